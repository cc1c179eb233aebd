#pragma once

// What every answer carries, whatever it is (backend checklist: "Security Headers").

#include "server/http.h"

namespace assay::server {

// Sets them on `response`; HTML gets the policy of documents, everything else that of APIs, which lets nothing be
// rendered. A Cache-Control and a Content-Security-Policy that a handler set are kept.
void add_security_headers(Response& response, bool secure);

}  // namespace assay::server
