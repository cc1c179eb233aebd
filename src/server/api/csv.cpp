#include "server/api/csv.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace assay::server::api {

namespace {

// Characters at the start of a cell that make spreadsheets read a formula, and those that they skip before one.
constexpr std::string_view kFormula = "=+-@\t\r\n";

std::string quoted(std::string text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos && trim(text) == text) return text;
  return "\"" + replace_all(std::move(text), "\"", "\"\"") + "\"";
}

std::string cell_of(const Json& row, std::string_view pointer) {
  const Json::json_pointer path{std::string(pointer)};
  if (!row.contains(path)) return {};
  const Json& value = row.at(path);
  if (!value.is_string()) return quoted(dump_json(value));
  auto text = value.get<std::string>();
  if (!text.empty() && kFormula.find(text.front()) != std::string_view::npos) text.insert(text.begin(), '\'');
  return quoted(std::move(text));
}

}  // namespace

std::string csv_heading(std::span<const std::string_view> columns) {
  std::string line;
  for (const auto column : columns) {
    std::string name(column.substr(1));
    std::ranges::replace(name, '/', '_');
    line += (line.empty() ? "" : ",") + name;
  }
  return line + "\r\n";
}

std::string csv_row(const Json& row, std::span<const std::string_view> columns) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) line += (i == 0 ? "" : ",") + cell_of(row, columns[i]);
  return line + "\r\n";
}

}  // namespace assay::server::api
