#pragma once

// Secrets that commands are given without a name that tells: mysql -p…, lftp -u user,…, net user name …, in lines that
// people run and in literals of programs (os.system("mysql -p…"), ["mysql", "-p…"]); and the same of
// statements: IDENTIFIED BY '…'.

#include <span>
#include <string_view>
#include <vector>

#include "secrets/generic.h"

namespace assay::secrets {

// Lower-case beginnings of such commands.
std::span<const std::string_view> command_words();

// Adds what stands in the command whose word is [begin, end).
void find_in_command(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                     std::vector<GenericFind>& finds);

// Names of commands, as programs begin literals with them.
std::span<const std::string_view> program_words();

// Adds what stands in the command whose name is [begin, end), when that begins a command in a literal of a program.
void find_in_program(std::string_view text, std::size_t begin, std::size_t end, const PlaceFacts& facts,
                     std::vector<GenericFind>& finds);

}  // namespace assay::secrets
