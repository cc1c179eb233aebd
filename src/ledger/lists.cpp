#include "ledger/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/app_store.h"

namespace assay::ledger {

namespace {

constexpr std::size_t kMaxCursorBytes = 8192;
constexpr std::string_view kLastCharacter = "\xF4\x8F\xBF\xBF";  // sorts after every other one

template <class Named>
std::string names_of(const Named& all) {
  std::string names;
  for (const auto& each : all) names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  return names;
}

std::string words_of(const ListField& field) {
  std::string words;
  for (const auto& each : field.words) words += fmt::format("{}{}", words.empty() ? "" : ", ", each.word);
  return words;
}

template <class Named>
const typename Named::value_type* find_named(const Named& all, std::string_view name) {
  const auto at = std::ranges::find_if(all, [&](const auto& each) { return each.name == name; });
  return at == all.end() ? nullptr : &*at;
}

std::unexpected<Error> filter_error(std::size_t column, std::string reason, std::string remedy) {
  return fail(ErrorCode::invalid_input, "filter", fmt::format("column {}: {}", column, reason), std::move(remedy));
}

std::string_view sign_of(FilterOp op) {
  switch (op) {
    case FilterOp::one_of:
      return "=";
    case FilterOp::less:
      return "<";
    case FilterOp::at_most:
      return "<=";
    case FilterOp::greater:
      return ">";
    case FilterOp::at_least:
      return ">=";
  }
  return "=";
}

std::string starts_with(std::string_view column, std::string_view prefix, Parameters& parameters) {
  const std::string low = storable(prefix);
  return fmt::format("({0} >= {1} and {0} < {2})", column, parameters.add(low),
                     parameters.add(low + std::string(kLastCharacter)));
}

// One filter as SQL.
class Conditions {
 public:
  Conditions(const ListSpec& spec, Time now, Parameters& parameters)
      : spec_(spec), now_(now), parameters_(parameters) {}

  Result<std::string> of(const FilterTerm& term) {
    const auto* field = find_named(spec_.fields, term.field);
    if (field == nullptr)
      return filter_error(term.column, fmt::format("{} have no field \"{}\"", spec_.name, printable(term.field)),
                          "known: " + names_of(spec_.fields));
    const bool comparable =
        field->type == FieldType::integer || field->type == FieldType::time || field->type == FieldType::rank;
    if (term.op != FilterOp::one_of && !comparable)
      return filter_error(term.column, fmt::format("{} cannot be compared", field->name),
                          fmt::format("write {}:VALUE", field->name));
    std::string any;
    for (const auto& value : term.values) {
      auto one = of(*field, term.op, value);
      if (!one) return one;
      any += fmt::format("{}{}", any.empty() ? "" : " or ", *one);
    }
    // "is not true", not "not": a row without a value has none of those that are named.
    return fmt::format("({}){}", any, term.negated ? " is not true" : "");
  }

  Result<std::string> of_word(const std::string& text) {
    const auto words = split_words(text);
    if (words.empty() || (spec_.search.app_key.empty() && spec_.search.prefix.empty()))
      return fail(ErrorCode::invalid_input, "filter",
                  words.empty() ? fmt::format("\"{}\" holds no word to look for", printable(text))
                                : fmt::format("{} cannot be searched by words", spec_.name),
                  "known fields: " + names_of(spec_.fields));
    std::string any;
    if (!spec_.search.app_key.empty()) {
      for (const auto& word : words)
        any += fmt::format("{}{} in (select app_key from app_words where {})", any.empty() ? "(" : " and ",
                           spec_.search.app_key, starts_with("word", word, parameters_));
      any += ")";
    }
    if (!spec_.search.prefix.empty())
      any += fmt::format("{}{}", any.empty() ? "" : " or ",
                         starts_with(spec_.search.prefix, ascii_lower(text), parameters_));
    return fmt::format("({})", any);
  }

 private:
  Result<std::string> of(const ListField& field, FilterOp op, const FilterValue& value) {
    if (value.prefix && field.type != FieldType::text && field.type != FieldType::organisation)
      return filter_error(value.column, fmt::format("{} takes no \"*\"", field.name), "write the whole value");
    switch (field.type) {
      case FieldType::organisation:
        return of_organisation(field, value);
      case FieldType::text:
        if (value.prefix) return starts_with(field.column, value.text, parameters_);
        return fmt::format("{} = {}", field.column, parameters_.add(storable(value.text)));
      case FieldType::integer:
        return of_integer(field, op, value);
      case FieldType::time:
        return of_time(field, op, value);
      case FieldType::word:
      case FieldType::rank:
      case FieldType::condition:
        return of_word(field, op, value);
    }
    return fail(ErrorCode::internal, "filter", "has a field of no type");
  }

  // An id as the ledger makes them is compared as it is, which indexes can be used for; another value may be a name,
  // too.
  std::string of_organisation(const ListField& field, const FilterValue& value) {
    constexpr std::string_view kPrefix = "org-";
    if (!value.prefix && value.text.starts_with(kPrefix) && from_hex(value.text.substr(kPrefix.size())))
      return fmt::format("{} = {}", field.column, parameters_.add(value.text));
    const std::string text = storable(value.text);
    const std::string named =
        value.prefix ? starts_with("o.name", text, parameters_)
                     : fmt::format("(o.name = {} or o.org_id = {})", parameters_.add(text), parameters_.add(text));
    return fmt::format("{} in (select o.org_id from organisations o where {})", field.column, named);
  }

  Result<std::string> of_integer(const ListField& field, FilterOp op, const FilterValue& value) {
    long long number = 0;
    const auto* const end = value.text.data() + value.text.size();
    const auto [at, failed] = std::from_chars(value.text.data(), end, number);
    if (failed != std::errc{} || at != end)
      return filter_error(value.column, fmt::format("\"{}\" is no number", printable(ellipsis(value.text, 40))),
                          fmt::format("{} is a whole number", field.name));
    return fmt::format("{} {} {}", field.column, sign_of(op), parameters_.add(number));
  }

  Result<std::string> of_time(const ListField& field, FilterOp op, const FilterValue& value) {
    const auto time = parse_filter_time(value.text, now_);
    if (!time) return filter_error(value.column, time.error().reason, time.error().remedy);
    const auto from = [&] { return parameters_.add(milliseconds_of(time->from)); };
    const auto until = [&] { return parameters_.add(milliseconds_of(time->until)); };
    switch (op) {
      case FilterOp::one_of:
        return fmt::format("({0} >= {1} and {0} < {2})", field.column, from(), until());
      case FilterOp::less:
        return fmt::format("{} < {}", field.column, from());
      case FilterOp::at_most:
        return fmt::format("{} < {}", field.column, until());
      case FilterOp::greater:
        return fmt::format("{} >= {}", field.column, until());
      case FilterOp::at_least:
        return fmt::format("{} >= {}", field.column, from());
    }
    return fail(ErrorCode::internal, "filter", "has an unknown operator");
  }

  Result<std::string> of_word(const ListField& field, FilterOp op, const FilterValue& value) {
    // Of what is true or false: both spellings.
    const std::string word = value.text == "yes" ? "true" : value.text == "no" ? "false" : value.text;
    const auto at = std::ranges::find(field.words, word, &ListWord::word);
    if (at == field.words.end())
      return filter_error(value.column,
                          fmt::format("{} is never \"{}\"", field.name, printable(ellipsis(value.text, 40))),
                          "known: " + words_of(field));
    if (field.type == FieldType::word)
      return fmt::format("{} = {}", field.column, parameters_.add(std::string(at->word)));
    if (field.type == FieldType::rank)
      return fmt::format("{} {} {}", field.column, sign_of(op), parameters_.add(at->value));
    std::string condition(at->condition);
    if (condition.find(":now") != std::string::npos)
      condition = replace_all(std::move(condition), ":now", parameters_.add(milliseconds_of(now_)));
    return fmt::format("({})", condition);
  }

  const ListSpec& spec_;
  Time now_;
  Parameters& parameters_;
};

// The order of a page: the sort's column, then those of the key that are not the same.
struct Order {
  std::vector<ListSort> columns;
  bool descending = false;
  std::string name;  // as a query writes it
};

Result<Order> order_of(const ListSpec& spec, std::string_view sort) {
  Order order{.columns = {}, .descending = spec.descending, .name = {}};
  const ListSort* chosen = &spec.sorts.front();
  if (!sort.empty()) {
    order.descending = sort.starts_with('-');
    const auto name = sort.substr(order.descending ? 1 : 0);
    chosen = find_named(spec.sorts, name);
    if (chosen == nullptr)
      return fail(ErrorCode::invalid_input, "sort",
                  fmt::format("{} cannot be sorted by \"{}\"", spec.name, printable(ellipsis(name, 40))),
                  "known: " + names_of(spec.sorts));
  }
  order.columns.push_back(*chosen);
  for (const auto& column : spec.key)
    if (column.column != chosen->column) order.columns.push_back(column);
  order.name = fmt::format("{}{}", order.descending ? "-" : "", chosen->name);
  return order;
}

std::string make_cursor(const ListSpec& spec, const std::string& order, const std::vector<std::string>& values) {
  const std::string text = dump_json(Json{{"list", spec.name}, {"sort", order}, {"after", values}});
  return to_base64url(as_bytes(text));
}

std::unexpected<Error> bad_cursor() {
  return fail(ErrorCode::invalid_input, "cursor", "is none of this list in this order",
              "take next_cursor of the page before, or leave it out for the first page");
}

// The values that a cursor holds, as many as the order has columns, each readable as its column's type.
Result<std::vector<std::string>> read_cursor(const ListSpec& spec, const Order& order, std::string_view cursor) {
  if (cursor.size() > kMaxCursorBytes) return bad_cursor();
  const auto bytes = from_base64(cursor);
  if (!bytes) return bad_cursor();
  const auto json = parse_json(as_text(*bytes), "cursor", {.max_bytes = kMaxCursorBytes, .max_depth = 3});
  if (!json || !json->is_object()) return bad_cursor();
  if (json->value("list", Json()) != Json(spec.name) || json->value("sort", Json()) != Json(order.name))
    return bad_cursor();
  const auto values = decode_json<std::vector<std::string>>(json->value("after", Json()), "cursor");
  if (!values || values->size() != order.columns.size()) return bad_cursor();
  for (std::size_t i = 0; i < values->size(); ++i) {
    const auto& value = (*values)[i];
    long long number = 0;
    const auto* const end = value.data() + value.size();
    const bool is_number = [&] {
      const auto [at, failed] = std::from_chars(value.data(), end, number);
      return failed == std::errc{} && at == end;
    }();
    if (order.columns[i].integer && !is_number) return bad_cursor();
  }
  return values;
}

std::string after(const Order& order, const std::vector<std::string>& values, Parameters& parameters) {
  std::string columns, bounds;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& column = order.columns[i];
    const std::string bound =
        column.integer ? parameters.add(std::stoll(values[i])) : parameters.add(storable(values[i]));
    columns += fmt::format("{}{}", i == 0 ? "" : ", ", column.column);
    bounds += fmt::format("{}{}", i == 0 ? "" : ", ", bound);
  }
  return fmt::format(" and ({}) {} ({})", columns, order.descending ? "<" : ">", bounds);
}

void prepare_and_run(soci::statement& statement, const std::string& sql) {
  statement.alloc();
  statement.prepare(sql);
  statement.define_and_bind();
  statement.execute();
}

}  // namespace

std::string Parameters::add(std::string value) {
  auto& p = parameters_.emplace_back();
  p.name = fmt::format("p{}", parameters_.size());
  p.text = std::move(value);
  return ":" + p.name;
}

std::string Parameters::add(long long value) {
  auto& p = parameters_.emplace_back();
  p.name = fmt::format("p{}", parameters_.size());
  p.number = value;
  p.is_text = false;
  return ":" + p.name;
}

void Parameters::bind(soci::statement& statement) {
  for (auto& p : parameters_) {
    if (p.is_text) {
      statement.exchange(soci::use(p.text, p.name));
    } else {
      statement.exchange(soci::use(p.number, p.name));
    }
  }
}

Result<std::string> list_conditions(const ListSpec& spec, std::string_view filter, const FilterScope& scope, Time now,
                                    Parameters& parameters) {
  const auto parsed = parse_filter(filter);
  if (!parsed) return std::unexpected(parsed.error());
  std::string all = "1 = 1";
  if (!spec.where.empty()) all += fmt::format(" and ({})", spec.where);
  if (scope.org_id) all += fmt::format(" and {} = {}", spec.org, parameters.add(storable(*scope.org_id)));
  Conditions conditions(spec, now, parameters);
  for (const auto& term : parsed->terms) {
    auto condition = conditions.of(term);
    if (!condition) return condition;
    all += " and " + *condition;
  }
  for (const auto& word : parsed->words) {
    auto condition = conditions.of_word(word);
    if (!condition) return condition;
    all += " and " + *condition;
  }
  return all;
}

Result<std::unique_ptr<ListStatement>> ListStatement::create(Work& work, const ListSpec& spec, const ListQuery& query,
                                                             const FilterScope& scope) {
  if (query.limit < 1 || query.limit > kMaxPage)
    return fail(ErrorCode::invalid_input, "limit", fmt::format("is {}", query.limit),
                fmt::format("give 1 to {}", kMaxPage));
  const auto order = order_of(spec, query.sort);
  if (!order) return std::unexpected(order.error());
  std::unique_ptr<ListStatement> list(new ListStatement(work.sql(), spec));
  list->limit_ = query.limit;
  list->order_name_ = order->name;
  auto conditions = list_conditions(spec, query.filter, scope, work.now(), list->parameters_);
  if (!conditions) return std::unexpected(conditions.error());
  if (!query.cursor.empty()) {
    const auto values = read_cursor(spec, *order, query.cursor);
    if (!values) return std::unexpected(values.error());
    *conditions += after(*order, *values, list->parameters_);
  }
  std::string position, by;
  for (const auto& column : order->columns) {
    position += fmt::format(", cast({} as text)", column.column);
    by += fmt::format("{}{}{}", by.empty() ? "" : ", ", column.column, order->descending ? " desc" : "");
    list->position_.emplace_back();
  }
  list->sql_ = fmt::format("select {}{} from {} where {} order by {} limit {}", spec.columns, position, spec.from,
                           *conditions, by, list->parameters_.add(static_cast<long long>(query.limit) + 1));
  return list;
}

void ListStatement::run() {
  for (auto& value : position_) statement_.exchange(soci::into(value));
  parameters_.bind(statement_);
  prepare_and_run(statement_, sql_);
}

bool ListStatement::next() {
  if (more_ || !statement_.fetch()) return false;
  if (given_ == limit_) {
    more_ = true;
    return false;
  }
  ++given_;
  last_.assign(position_.begin(), position_.end());
  return true;
}

std::string ListStatement::next_cursor() const {
  return more_ ? make_cursor(spec_, order_name_, last_) : "";
}

Result<FacetCounts> read_facet(Work& work, const ListSpec& spec, std::string_view filter, const FilterScope& scope,
                               std::string_view field_name, long long most) {
  const auto* field = find_named(spec.fields, field_name);
  if (field == nullptr || field->type == FieldType::condition || field->type == FieldType::time)
    return fail(ErrorCode::invalid_input, "facet",
                fmt::format("{} cannot be counted by \"{}\"", spec.name, printable(field_name)),
                "known: " + names_of(spec.fields));
  Parameters parameters;
  const auto conditions = list_conditions(spec, filter, scope, work.now(), parameters);
  if (!conditions) return std::unexpected(conditions.error());
  const std::string sql = fmt::format(
      "select coalesce(cast(v as text), ''), count(*) from (select {} as v from {} where {} limit {}) as counted group "
      "by v "
      "order by 2 desc, 1",
      field->column, spec.from, *conditions, parameters.add(most));
  FacetCounts::Value row;
  long long count = 0, total = 0;
  soci::statement rows(work.sql());
  rows.exchange(soci::into(row.value));
  rows.exchange(soci::into(count));
  parameters.bind(rows);
  prepare_and_run(rows, sql);
  FacetCounts counts;
  while (rows.fetch()) {
    row.count = count;
    total += count;
    counts.values.push_back(row);
    if (field->type != FieldType::rank) continue;
    const auto word =
        std::ranges::find_if(field->words, [&](const ListWord& w) { return std::to_string(w.value) == row.value; });
    if (word != field->words.end()) counts.values.back().value = word->word;
  }
  counts.bounded = total == most;
  return counts;
}

Result<long long> count_rows(Work& work, const ListSpec& spec, std::string_view filter, const FilterScope& scope,
                             long long most) {
  Parameters parameters;
  const auto conditions = list_conditions(spec, filter, scope, work.now(), parameters);
  if (!conditions) return std::unexpected(conditions.error());
  const std::string sql = fmt::format("select count(*) from (select 1 as one from {} where {} limit {}) as counted",
                                      spec.from, *conditions, parameters.add(most));
  long long count = 0;
  soci::statement row(work.sql());
  row.exchange(soci::into(count));
  parameters.bind(row);
  prepare_and_run(row, sql);
  row.fetch();
  return count;
}

}  // namespace assay::ledger
