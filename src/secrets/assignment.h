#pragma once

// A name and the literal that is given to it, in whatever language: db.password = "…", "apiKey": "…", PASSWORD=…,
// <password>…</password>, --token …, setSecret("…"), ("TOKEN", "…"), token: str = os.getenv("TOKEN", "…").

#include <cstddef>
#include <optional>
#include <string_view>

namespace assay::secrets {

struct Assignment {
  std::size_t key_begin = 0, key_end = 0;
  std::size_t begin = 0, end = 0;  // of the value, without its quotes
  bool quoted = false;
  bool flag = false;  // of a command line: its value needs no quotes in any kind of file
};

// Cheap: whether what stands behind a part of a name that ends at `end` may be an assignment. For each place of a word.
bool may_be_assigned(std::string_view text, std::size_t end);

// The assignment to the name that holds [begin, end) of `text`; nothing when no literal is assigned to it. Looks at
// most kMaxKey bytes to the left, and kMaxValue to the right of where the value begins.
std::optional<Assignment> read_assignment(std::string_view text, std::size_t begin, std::size_t end);

inline constexpr std::size_t kMaxKey = 80;
inline constexpr std::size_t kMaxValue = 1024;

}  // namespace assay::secrets
