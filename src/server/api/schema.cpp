#include "server/api/schema.h"

#include <exception>
#include <string>
#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace assay::server::api {

namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

// "<root>", "[contacts]", "[0]" as "/contacts/0".
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (const auto& step : context) {
    if (step.starts_with('[') && step.ends_with(']')) pointer += "/" + step.substr(1, step.size() - 2);
  }
  return pointer;
}

// References are resolved from the root of one document: what `schema` refers to is copied into `root`, and nothing
// else, because the whole document for each schema would be most of what the server holds.
void add_references(const Json& schema, const Json& document, Json& root) {
  if (schema.is_object() && schema.contains("$ref")) {
    const Json::json_pointer pointer(schema.at("$ref").get<std::string>().substr(1));
    if (root.contains(pointer)) return;
    root[pointer] = document.at(pointer);
    add_references(document.at(pointer), document, root);
  } else if (schema.is_structured()) {
    for (const auto& part : schema) add_references(part, document, root);
  }
}

}  // namespace

Result<Schema> Schema::compile(const Json& schema, const Json& document) {
  try {
    Json root = schema;
    add_references(schema, document, root);
    auto compiled = std::make_shared<valijson::Schema>();
    valijson::SchemaParser parser;
    parser.populateSchema(Adapter(root), *compiled);
    return Schema(std::move(compiled));
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, "a schema of the API", e.what());
  }
}

Result<void> Schema::check(const Json& value, std::string_view what) const {
  valijson::Validator validator;
  valijson::ValidationResults results;
  try {
    if (validator.validate(*schema_, Adapter(value), &results)) return {};
  } catch (const std::exception& e) {
    return fail(ErrorCode::invalid_input, std::string(what), e.what(), "docs/openapi.yaml tells the form");
  }
  valijson::ValidationResults::Error error;
  results.popError(error);  // the deepest comes first
  return fail(ErrorCode::invalid_input, std::string(what) + pointer_of(error.context),
              error.description.empty() ? "does not fit" : error.description, "docs/openapi.yaml tells the form");
}

}  // namespace assay::server::api
