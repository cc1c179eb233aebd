#include "source/git/engine_detector.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "source/byte_stream.h"
#include "source/content.h"
#include "source/text_search.h"

namespace assay::source::git {

struct EngineDetector::Desk {
  explicit Desk(const secrets::Engine& engine) : scratch(engine) {}
  secrets::Engine::Scratch scratch;
  std::vector<secrets::Hit> hits;
};

namespace {

// Archives have no path yet. What the names inside make of a hit holds under any.
constexpr std::string_view kNoPath = "unknown";

}  // namespace

EngineDetector::EngineDetector(const secrets::Engine& engine, unsigned threads, ArchiveSettings archives)
    : engine_(engine), archives_(std::move(archives)) {
  for (unsigned i = 0; i < std::max(1U, threads); ++i) desks_.push_back(std::make_unique<Desk>(engine));
}

EngineDetector::~EngineDetector() = default;

void EngineDetector::detect(std::string_view text, unsigned thread, std::vector<Mark>& marks) const {
  Desk& desk = *desks_[thread];
  desk.hits.clear();
  engine_.scan(text, {.path = "unknown.env", .suppressed = false}, desk.scratch, desk.hits);
  for (secrets::Hit& hit : desk.hits) {
    if (hit.suppressed.empty()) marks.push_back({hit.begin, hit.end, key_of(hit), true});
    ::explicit_bzero(hit.secret.data(), hit.secret.size());
  }
}

bool EngineDetector::is_archive(std::string_view content) const {
  const auto kind = sniff(content).content;
  return kind == Content::archive || kind == Content::closed_archive;
}

Opened EngineDetector::open(std::string_view content, unsigned /*thread*/) const {
  Opened opened;
  const auto mark = [&](const secrets::Hit& hit, SecretPlace&) {
    // What is put aside as others' code is shown as that, like an ignored one, when it is looked at with its path.
    if (hit.suppressed.empty() || hit.suppressed == "vendored")
      opened.marks.push_back({0, content.size(), key_of(hit), true});
    return false;
  };
  const SearchTerms terms{.engine = engine_,
                          .key = {},
                          .archives = archives_.limits,
                          .heed_ignores = false,
                          .source = std::string(kNoPath),
                          .reveal = {},
                          .claim = mark,
                          .cache = archives_.cache};
  SweepProgress progress;
  TextSearch search(terms, progress, archives_.stop);
  MemoryStream stream(content);
  search.file(stream, std::string(kNoPath));
  opened.bytes = search.counts().bytes;
  SecretSweep missed;
  search.table().write(missed);
  for (auto& gap : missed.gaps)
    opened.gaps.push_back({gap.path.substr(kNoPath.size()), std::move(gap.reason), std::move(gap.detail)});
  return opened;
}

SecretKey EngineDetector::key_of(const secrets::Hit& hit) {
  std::string text = hit.rule->id;
  text += '\0';
  text += hit.secret;
  const Sha256 hash = sha256(as_bytes(text));
  ::explicit_bzero(text.data(), text.size());
  SecretKey key;
  std::memcpy(key.data(), hash.data(), key.size());
  return key;
}

}  // namespace assay::source::git
