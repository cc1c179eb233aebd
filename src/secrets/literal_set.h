#pragma once

// Literals found in one pass over bytes (Vectorscan).

#include <hs/hs.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace assay::secrets {

struct Literal {
  std::string text;
  bool caseless = false;  // ASCII only
};

class LiteralSet {
 public:
  struct FreeScratch {
    void operator()(hs_scratch_t* s) const { hs_free_scratch(s); }
  };
  using Scratch = std::unique_ptr<hs_scratch_t, FreeScratch>;

  // At least one literal, none of them empty. Some milliseconds for a hundred.
  static Result<LiteralSet> compile(const std::vector<Literal>& literals);
  // Null when there is no memory for it.
  Scratch scratch() const;
  std::size_t longest() const { return longest_; }

  // Calls found(index of the literal, offset of its end) for each place of each literal, in the order of the ends.
  // `text` of at most 4 GiB.
  template <class Found>
  void scan(std::string_view text, const Scratch& scratch, Found& found) const {
    const auto on_match = [](unsigned id, unsigned long long, unsigned long long end, unsigned, void* context) {
      (*static_cast<Found*>(context))(id, static_cast<std::size_t>(end));
      return 0;
    };
    hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.get(), on_match, &found);
  }

 private:
  struct FreeDatabase {
    void operator()(hs_database_t* d) const { hs_free_database(d); }
  };
  std::unique_ptr<hs_database_t, FreeDatabase> database_;
  std::size_t longest_ = 0;
};

}  // namespace assay::secrets
