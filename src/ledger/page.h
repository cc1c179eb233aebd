#pragma once

// What every list of the ledger takes and gives.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::ledger {

inline constexpr int kDefaultPage = 50, kMaxPage = 500;

struct ListQuery {
  std::string filter;  // docs/platform.md, "Lists: one filter grammar"; empty: everything
  std::string sort;    // a sort of the list, "-" before it for descending; empty: the list's own
  std::string cursor;  // next_cursor of the page before, with the same filter and sort; empty: the first page
  int limit = kDefaultPage;
};

// What the asking person may see: one organisation, or everything.
struct FilterScope {
  std::optional<std::string> org_id;
};

template <class T>
struct Page {
  std::vector<T> items;
  std::string next_cursor;  // empty: there is no more
};

// How many rows of a list have each value of one field.
struct FacetCounts {
  struct Value {
    std::string value;
    std::int64_t count = 0;
  };
  std::vector<Value> values;  // the most frequent first
  bool bounded = false;       // only the first rows were counted, because there are more
};

}  // namespace assay::ledger
