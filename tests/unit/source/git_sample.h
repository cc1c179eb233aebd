#pragma once

// A detector for tests that needs no rules, and what libgit2 gives it to look at: the oracle of the pack reader.

#include <git2.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "source/git/delta.h"
#include "source/git/detector.h"
#include "source/git/library.h"
#include "source/git/object_id.h"

namespace assay::source::git {

inline SecretKey key_of(std::string_view secret) {
  const auto hash = sha256(as_bytes(secret));
  SecretKey key;
  std::memcpy(key.data(), hash.data(), key.size());
  return key;
}

// Finds "tok_" and sixteen letters or digits, with neither before nor after it.
class TokenDetector : public Detector {
 public:
  static std::vector<Span> tokens(std::string_view text) {
    std::vector<Span> found;
    const auto inner = [&](std::size_t i) { return std::isalnum(static_cast<unsigned char>(text[i])) != 0; };
    for (std::size_t at = text.find("tok_"); at != std::string_view::npos; at = text.find("tok_", at + 1)) {
      std::size_t end = at + 4;
      while (end < text.size() && inner(end)) ++end;
      if (end - at == 20 && (at == 0 || !inner(at - 1))) found.push_back({at, end});
    }
    return found;
  }
  void detect(std::string_view text, unsigned, std::vector<Mark>& marks) const override {
    for (const auto& [begin, end] : tokens(text))
      marks.push_back({begin, end, key_of(text.substr(begin, end - begin))});
  }
};

struct OracleBlobs {
  std::map<std::string, std::set<std::string>> tokens;  // by blob id, of those that have any
  std::uint64_t blobs = 0, bytes = 0;
};

// Every blob of a repository through libgit2.
inline OracleBlobs oracle(const std::string& directory) {
  auto repository = open_repository(directory);
  EXPECT_TRUE(repository);
  git_odb* raw = nullptr;
  EXPECT_EQ(git_repository_odb(&raw, repository->get()), 0);
  const OdbHandle store(raw);
  struct State {
    git_odb* store;
    OracleBlobs result;
    std::set<std::string> seen;
  } state{store.get(), {}, {}};
  const auto visit = [](const git_oid* id, void* payload) {
    auto& s = *static_cast<State*>(payload);
    const std::string name = to_hex(object_id_at(id->id));
    git_odb_object* object = nullptr;
    if (!s.seen.insert(name).second || git_odb_read(&object, s.store, id) != 0) return 0;
    if (git_odb_object_type(object) == GIT_OBJECT_BLOB) {
      const std::string_view text(static_cast<const char*>(git_odb_object_data(object)), git_odb_object_size(object));
      ++s.result.blobs;
      s.result.bytes += text.size();
      for (const auto& [begin, end] : TokenDetector::tokens(text)) {
        s.result.tokens[name].emplace(text.substr(begin, end - begin));
      }
    }
    git_odb_object_free(object);
    return 0;
  };
  EXPECT_EQ(git_odb_foreach(store.get(), visit, &state), 0);
  return std::move(state.result);
}

}  // namespace assay::source::git
