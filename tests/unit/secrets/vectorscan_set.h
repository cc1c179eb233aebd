#pragma once

// The same literals in Vectorscan: what LiteralSet is held against, for its places (tests) and its speed (bench).

#include <hs/hs.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "secrets/literal_set.h"

namespace assay::secrets {

class VectorscanSet {
 public:
  // Throws when Vectorscan does not take them.
  explicit VectorscanSet(const std::vector<Literal>& literals) {
    std::vector<const char*> texts;
    std::vector<unsigned> flags;
    std::vector<unsigned> ids;
    std::vector<std::size_t> sizes;
    for (const auto& literal : literals) {
      ids.push_back(static_cast<unsigned>(texts.size()));
      texts.push_back(literal.text.data());
      flags.push_back(literal.caseless ? HS_FLAG_CASELESS : 0U);
      sizes.push_back(literal.text.size());
    }
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    const auto status =
        hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(), static_cast<unsigned>(texts.size()),
                             HS_MODE_BLOCK, nullptr, &database, &error);
    hs_free_compile_error(error);
    hs_scratch_t* scratch = nullptr;
    if (status != HS_SUCCESS || hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
      throw std::runtime_error("Vectorscan does not take the literals");
    database_.reset(database);
    scratch_.reset(scratch);
  }

  // As LiteralSet::scan(). One thread at a time.
  template <class Found>
  void scan(std::string_view text, Found& found) const {
    const auto tell = [](unsigned id, unsigned long long, unsigned long long end, unsigned, void* context) {
      (*static_cast<Found*>(context))(id, static_cast<std::size_t>(end));
      return 0;
    };
    if (hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch_.get(), tell, &found) !=
        HS_SUCCESS)
      throw std::runtime_error("Vectorscan did not scan the text");
  }

 private:
  struct Free {
    void operator()(hs_database_t* database) const { hs_free_database(database); }
    void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
  };
  std::unique_ptr<hs_database_t, Free> database_;
  std::unique_ptr<hs_scratch_t, Free> scratch_;
};

}  // namespace assay::secrets
