#pragma once

// What the product posts to an app's lifecycle callbacks, made so that nobody can take it for a real tenant's.

#include <string>
#include <string_view>

#include "base/json.h"
#include "model/surface.h"

namespace assay::net::connect {

// A client key that no product has, different at each call: "assay-forged-tenant-…-ignore".
std::string forged_client_key();

// The JSON body of `event` for the forged tenant `client_key`. Its base URL is a reserved name that never resolves, its
// secret is a constant that says what it is.
Json lifecycle_body(const Surface& surface, std::string_view event, std::string_view client_key);

}  // namespace assay::net::connect
