#pragma once

// What people do at the desk of tickets, as the server keeps it: in the audit log and in the queue of scans.

#include "ticket/desk.h"

namespace assay::server {

// Acts go into the audit log, and a claimed fix makes the job of the scan that verifies it. `notify` is the caller's.
ticket::DeskHooks desk_hooks();

}  // namespace assay::server
