#pragma once

// JSON Schema, as far as docs/openapi.yaml uses it: what draft-07 and OpenAPI 3.1 have in common.

#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace valijson {
class Schema;
}

namespace assay::server::api {

// One schema, made ready for checking. Immutable; safe to share between threads.
class Schema {
 public:
  // `schema` may refer to "#/components/…", which is read in `document`. Error internal when it cannot be read.
  static Result<Schema> compile(const Json& schema, const Json& document);

  // Error invalid_input with the JSON pointer of the first thing that does not fit, after `what` ("body", "parameter").
  Result<void> check(const Json& value, std::string_view what) const;

 private:
  explicit Schema(std::shared_ptr<const valijson::Schema> schema) : schema_(std::move(schema)) {}

  std::shared_ptr<const valijson::Schema> schema_;
};

}  // namespace assay::server::api
