#include "secrets/literal_set.h"

#include <algorithm>

namespace assay::secrets {

Result<LiteralSet> LiteralSet::compile(const std::vector<Literal>& literals) {
  LiteralSet set;
  std::vector<const char*> texts;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  std::vector<std::size_t> lengths;
  for (const auto& literal : literals) {
    ids.push_back(static_cast<unsigned>(texts.size()));
    texts.push_back(literal.text.data());
    flags.push_back(literal.caseless ? HS_FLAG_CASELESS : 0U);
    lengths.push_back(literal.text.size());
    set.longest_ = std::max(set.longest_, literal.text.size());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto status =
      hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), lengths.data(), static_cast<unsigned>(texts.size()),
                           HS_MODE_BLOCK, nullptr, &database, &error);
  if (status != HS_SUCCESS) {
    const std::string reason = error != nullptr ? error->message : "no memory";
    const auto at =
        error != nullptr && error->expression >= 0 ? static_cast<std::size_t>(error->expression) : literals.size();
    hs_free_compile_error(error);
    return fail(ErrorCode::invalid_input, at < literals.size() ? "keyword \"" + literals[at].text + "\"" : "keywords",
                "Vectorscan does not take it: " + reason, "use another literal");
  }
  set.database_.reset(database);
  return set;
}

LiteralSet::Scratch LiteralSet::scratch() const {
  hs_scratch_t* scratch = nullptr;
  hs_alloc_scratch(database_.get(), &scratch);
  return Scratch(scratch);
}

}  // namespace assay::secrets
