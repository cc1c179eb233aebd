#pragma once

// The machinery of lists: a list declares what it selects, what can be filtered, sorted and searched; this turns a
// ListQuery into one statement with bound parameters and keyset paging. For the .cpp files of this room.

#include <soci/soci.h>

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/page.h"
#include "ledger/statement.h"
#include "ledger/work.h"
#include "model/filter.h"

namespace assay::ledger {

enum class FieldType {
  text,          // any value, prefixes
  integer,       // numbers, compared
  time,          // milliseconds; dates, compared
  word,          // one of `words`, stored as text
  rank,          // one of `words`, stored as their `value`; compared
  condition,     // one of `words`, each of which stands for its `condition`
  organisation,  // `column` is an id; any id or name of an organisation, prefixes of names
};

struct ListWord {
  std::string_view word;
  long long value = 0;         // of a rank
  std::string_view condition;  // SQL, true of the rows that the word names; may hold :now
};

struct ListField {
  std::string_view name;    // in filters
  std::string_view column;  // SQL; never null, or a comparison with null that may be false
  FieldType type = FieldType::text;
  std::span<const ListWord> words = {};  // what is known; of word, rank and condition
};

struct ListSort {
  std::string_view name;
  std::string_view column;  // SQL; never null
  bool integer = false;     // otherwise text
};

// How a word is looked for: in the words of an app (app_words), or as the start of a column.
struct ListSearch {
  std::string_view app_key;  // SQL of the key of the row's app; empty: none
  std::string_view prefix;   // SQL of a text column; empty: none
};

struct ListSpec {
  std::string_view name;     // in errors and cursors: "apps"
  std::string_view columns;  // select …
  std::string_view from;     // from …, with joins
  std::string_view org;      // SQL of the organisation that owns the row
  std::span<const ListField> fields;
  std::span<const ListSort> sorts;  // the first one, with `descending`, is the list's own
  bool descending = false;
  std::span<const ListSort> key;  // columns that name one row, in the order of the indexes; ends every order
  ListSearch search;
  std::string_view where = {};  // SQL that always holds; empty: none
};

// Parameters of a statement under construction. Their addresses stay.
class Parameters {
 public:
  std::string add(std::string value);  // gives ":pN"
  std::string add(long long value);
  void bind(soci::statement& statement);

 private:
  struct Parameter {
    std::string name;
    std::string text;
    long long number = 0;
    bool is_text = true;
  };
  std::deque<Parameter> parameters_;
};

// The conditions of a filter and a scope over `spec`, joined by "and"; "1 = 1" when there are none. Errors name the
// field or value, its column, and what is known.
Result<std::string> list_conditions(const ListSpec& spec, std::string_view filter, const FilterScope& scope, Time now,
                                    Parameters& parameters);

// One page as a statement. The order of use: create, exchange the row's variables through statement() in the order of
// spec.columns, run, next until false, next_cursor.
class ListStatement {
 public:
  static Result<std::unique_ptr<ListStatement>> create(Work& work, const ListSpec& spec, const ListQuery& query,
                                                       const FilterScope& scope);
  ListStatement(const ListStatement&) = delete;
  ListStatement& operator=(const ListStatement&) = delete;

  soci::statement& statement() { return statement_; }
  void run();
  bool next();  // false after the page's last row
  std::string next_cursor() const;

 private:
  ListStatement(soci::session& sql, const ListSpec& spec) : spec_(spec), statement_(sql) {}
  const ListSpec& spec_;
  soci::statement statement_;
  Parameters parameters_;
  std::string sql_, order_name_;
  std::deque<std::string> position_;  // of the present row: the sort's value, then the key's
  std::vector<std::string> last_;     // of the last row that next() gave
  int limit_ = 0, given_ = 0;
  bool more_ = false;
};

// One page. `Row` has bind(soci::statement&), which exchanges its variables, and Result<T> take().
template <class T, class Row>
Result<Page<T>> read_page(Work& work, const ListSpec& spec, const ListQuery& query, const FilterScope& scope,
                          Row row = {}) {
  auto list = ListStatement::create(work, spec, query, scope);
  if (!list) return std::unexpected(list.error());
  row.bind((*list)->statement());
  (*list)->run();
  Page<T> page;
  while ((*list)->next()) {
    auto item = row.take();
    if (!item) return std::unexpected(item.error());
    page.items.push_back(std::move(*item));
  }
  page.next_cursor = (*list)->next_cursor();
  return page;
}

// Counts of the rows that the filter names by the values of the field; at most `most` rows are looked at.
Result<FacetCounts> read_facet(Work& work, const ListSpec& spec, std::string_view filter, const FilterScope& scope,
                               std::string_view field, long long most = 10'000);

// How many rows the filter names, counted up to `most`.
Result<long long> count_rows(Work& work, const ListSpec& spec, std::string_view filter, const FilterScope& scope,
                             long long most = 10'000);

}  // namespace assay::ledger
