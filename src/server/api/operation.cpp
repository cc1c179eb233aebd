#include "server/api/operation.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ledger/audit.h"
#include "server/api/api.h"
#include "server/api/openapi_text.h"
#include "server/api/schema.h"
#include "server/conditional.h"
#include "server/problem.h"

namespace assay::server::api {

namespace {

constexpr std::string_view kPrefix = "/api/v1";

// A part of `document`, or what its "$ref" names.
const Json& resolve(const Json& document, const Json* part) {
  const auto reference = part->find("$ref");
  if (reference == part->end()) return *part;
  return document.at(Json::json_pointer(reference->get<std::string>().substr(1)));
}

struct ParameterRule {
  std::string name;
  bool in_path = false;
  std::string type;  // of JSON
  Json fallback;
};

// What one operation takes.
struct Form {
  std::vector<ParameterRule> parameters;  // of path and query
  std::optional<Schema> parameter_schema;
  std::vector<std::string> body_types;  // media types; empty when it takes no body
  std::optional<Schema> body_schema;    // of JSON; none: the body is not read before the handler runs
};

// The text of a parameter as the document's type; text that is no such value stays text, and the schema says so.
Json typed(std::string_view text, std::string_view type) {
  if (type == "integer") {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  if (type == "boolean" && (text == "true" || text == "false")) return text == "true";
  return std::string(text);
}

Result<Form> read_form(const Json& document, const Json& description) {
  Form form;
  Json properties = Json::object(), required = Json::array();
  for (const auto& entry : description.value("parameters", Json::array())) {
    const Json& parameter = resolve(document, &entry);
    const std::string where = parameter.at("in");
    if (where != "path" && where != "query") continue;
    const Json& schema = parameter.at("schema");
    const Json& type = resolve(document, &schema).at("type");
    const std::string name = parameter.at("name");
    form.parameters.push_back({name, where == "path", type, schema.value("default", Json())});
    properties[name] = schema;
    if (parameter.value("required", false)) required.push_back(name);
  }
  auto schema = Schema::compile({{"type", "object"}, {"properties", properties}, {"required", required}}, document);
  if (!schema) return std::unexpected(schema.error());
  form.parameter_schema = std::move(*schema);
  const auto body = description.find("requestBody");
  if (body == description.end()) return form;
  for (const auto& [type, content] : body->at("content").items()) {
    form.body_types.push_back(type);
    if (type != "application/json" || !content.contains("schema")) continue;  // without: the handler's to read
    auto compiled = Schema::compile(content.at("schema"), document);
    if (!compiled) return std::unexpected(compiled.error());
    form.body_schema = std::move(*compiled);
  }
  return form;
}

// Unknown parameters of the query are errors: a mistyped filter must not give the whole list.
Result<Json> read_parameters(const Form& form, const Request& request) {
  Json values = Json::object();
  for (const auto& rule : form.parameters) {
    const auto given = (rule.in_path ? request.parameters : request.query).find(rule.name);
    if (given) {
      values[rule.name] = typed(*given, rule.type);
    } else if (!rule.fallback.is_null()) {
      values[rule.name] = rule.fallback;
    }
  }
  for (const auto& [name, value] : request.query.all()) {
    const bool known =
        std::ranges::any_of(form.parameters, [&](const auto& rule) { return !rule.in_path && rule.name == name; });
    if (known && request.query.values(name).size() == 1) continue;
    return fail(ErrorCode::invalid_input, "parameter " + ellipsis(printable(name), 60),
                known ? "is given more than once" : "is not one of this operation",
                "docs/openapi.yaml lists what it takes");
  }
  if (auto fits = form.parameter_schema->check(values, "parameter "); !fits) return std::unexpected(fits.error());
  return values;
}

bool takes(const Form& form, const Request& request) {
  const auto field = request.headers.get("Content-Type");
  const auto type = ascii_lower(trim(field.substr(0, field.find(';'))));
  return std::ranges::find(form.body_types, type) != form.body_types.end();
}

Response answer(const Form& form, Operate operate, const Services& services, const Request& request) {
  const auto parameters = read_parameters(form, request);
  if (!parameters) return problem(request, parameters.error());
  Json body;
  if (!form.body_types.empty() && !takes(form, request)) {
    return problem(request, 415, "unsupported-media-type", "Send " + join(form.body_types, " or ") + ".");
  }
  if (form.body_schema) {
    auto read = request.json();
    if (!read) return problem(request, read.error());
    body = std::move(*read);
    if (auto fits = form.body_schema->check(body, "body"); !fits) return problem(request, fits.error());
  }
  const Call call{request, services, *parameters, body};
  auto done = operate(call);
  return done ? std::move(*done) : problem(request, done.error());
}

}  // namespace

std::string Call::text(std::string_view name) const {
  return parameters.value(std::string(name), std::string());
}

std::int64_t Call::number(std::string_view name) const {
  return parameters.value(std::string(name), std::int64_t{0});
}

std::optional<std::string> Call::given(std::string_view name) const {
  const auto at = body.find(name);
  if (at == body.end() || !at->is_string()) return std::nullopt;
  return at->get<std::string>();
}

ledger::ListQuery Call::list() const {
  return {.filter = text("filter"),
          .sort = text("sort"),
          .cursor = text("cursor"),
          .limit = static_cast<int>(parameters.value("limit", std::int64_t{ledger::kDefaultPage}))};
}

Response Call::write(const std::function<Result<Response>(ledger::Work&)>& change) const {
  return in_transaction(services.ledger, request, change);
}

Result<void> Call::audit(ledger::Work& work, std::string act, std::string object, Json what) const {
  return ledger::append_audit(work, {.actor = request.actor.label(),
                                     .act = std::move(act),
                                     .object = std::move(object),
                                     .request_id = request.request_id,
                                     .body = std::move(what)});
}

Result<Document> Document::embedded() {
  auto json = parse_json(openapi_text(), "docs/openapi.yaml");
  if (!json) return std::unexpected(json.error());
  return Document(std::move(*json));
}

Result<Route> Document::route(const Operation& operation, const Services& services) const try {
  for (const auto& [path, methods] : json_.at("paths").items()) {
    for (const auto& [name, description] : methods.items()) {
      const auto method = method_from_string(ascii_upper(name));
      if (!method || description.value("operationId", "") != operation.id) continue;
      auto form = read_form(json_, description);
      if (!form) return std::unexpected(form.error());
      auto shared = std::make_shared<const Form>(std::move(*form));
      return Route{.name = std::string(operation.id),
                   .method = *method,
                   .pattern = std::string(kPrefix) + path,
                   .permission = operation.permission,
                   .handler = [shared, operate = operation.operate, &services](
                                  const Request& request) { return answer(*shared, operate, services, request); },
                   .max_body = operation.max_body};
    }
  }
  return fail(ErrorCode::internal, "operation " + std::string(operation.id), "is not in docs/openapi.yaml");
} catch (const Json::exception& e) {
  return fail(ErrorCode::internal, "operation " + std::string(operation.id), e.what());
}

}  // namespace assay::server::api
