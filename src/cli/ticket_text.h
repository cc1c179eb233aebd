#pragma once

// Tickets as a person reads them on a terminal, from the JSON of docs/openapi.yaml.

#include <string>

#include "base/json.h"

namespace assay::cli {

// One line: number, severity, state, due date, app, requirement, title.
std::string ticket_line(const Json& ticket);

// Everything: the ticket, what was asked for and decided, its history. `ticket`: a TicketDetail with the member
// "dispositions", a list of Disposition.
std::string ticket_page(const Json& ticket);

}  // namespace assay::cli
