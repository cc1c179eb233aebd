#pragma once

// One request and its answer on an open connection.

#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "net/http/response_reader.h"
#include "net/stream.h"
#include "net/task.h"

namespace assay::net::http {

// Writes `request` and feeds `reader` until it is done. The result is the stream's error, if it ended by one: the
// reader may have an answer all the same, as a server may answer and close before it has read the whole request.
// `request` and `reader` must outlive the task.
Task<std::optional<Error>> exchange(Stream& stream, std::string_view request, ResponseReader& reader,
                                    Deadline deadline);

}  // namespace assay::net::http
