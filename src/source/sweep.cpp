#include "source/sweep.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <span>
#include <thread>
#include <utility>

#include "source/file_stream.h"
#include "source/git/engine_detector.h"
#include "source/git/history.h"
#include "source/git/staged.h"

namespace assay::source {

namespace {

// Counts what is read of a file.
class Counted final : public ByteStream {
 public:
  Counted(ByteStream& bytes, std::atomic<std::uint64_t>& count) : bytes_(bytes), count_(count) {}
  Look<std::size_t> read(std::span<char> to) override {
    auto got = bytes_.read(to);
    if (got) count_ += *got;
    return got;
  }

 private:
  ByteStream& bytes_;
  std::atomic<std::uint64_t>& count_;
};

}  // namespace

Sweep::Sweep(std::shared_ptr<const secrets::Engine> engine, Bytes key, SweepSettings settings, SweepProgress& progress,
             std::stop_token stop)
    : engine_(std::move(engine)),
      key_(std::move(key)),
      settings_(std::move(settings)),
      progress_(progress),
      stop_(std::move(stop)) {
  if (settings_.threads == 0) settings_.threads = std::max(1U, std::thread::hardware_concurrency());
}

Sweep::~Sweep() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

SearchTerms Sweep::terms(std::string_view source) const {
  return {.engine = *engine_,
          .key = key_,
          .archives = settings_.archives,
          .heed_ignores = settings_.heed_ignores,
          .source = std::string(source),
          .reveal = settings_.reveal,
          .claim = {},
          .suppressed = settings_.suppressed};
}

void Sweep::looked_at(std::string_view input) {
  if (std::ranges::find(sweep_.inputs, input) == sweep_.inputs.end()) sweep_.inputs.emplace_back(input);
}

void Sweep::keep(TextSearch& searched) {
  const auto& counts = searched.counts();
  sweep_.files += counts.files;
  sweep_.bytes += counts.bytes;
  sweep_.binary_files += counts.binary_files;
  sweep_.archives += counts.archives;
  sweep_.known += counts.known_files;
  if (counts.archives > 0) looked_at(sweep_input::kArchives);
  table_.merge(std::move(searched.table()));
}

Result<void> Sweep::tree(const std::string& root) {
  auto shared = terms("tree");
  shared.cache = settings_.cache;
  std::vector<std::unique_ptr<FileTaker>> takers;
  takers.reserve(settings_.threads);
  for (unsigned i = 0; i < settings_.threads; ++i)
    takers.push_back(std::make_unique<TextSearch>(shared, progress_, stop_));
  if (auto walked = walk_tree(root, settings_.tree, takers, progress_.tree, stop_); !walked) return walked;
  for (auto& taker : takers) keep(static_cast<TextSearch&>(*taker));
  looked_at(sweep_input::kTree);
  return {};
}

Result<void> Sweep::history(const std::string& root) {
  const git::EngineDetector detector(*engine_, settings_.threads, {settings_.archives, settings_.cache, stop_});
  const git::BlobScanOptions options{.threads = settings_.threads,
                                     .max_blob_bytes = settings_.max_blob_bytes,
                                     .stop = [this] { return stop_.stop_requested(); },
                                     .progress = &progress_.history,
                                     .cache = settings_.cache};
  std::span<const git::HistoryClaim> claims;  // of the text at hand
  std::vector<git::SecretKey> found;
  auto shared = terms(sweep_input::kHistory);
  shared.claim = [&](const secrets::Hit& hit, SecretPlace& place) {
    const auto claim = std::ranges::find(claims, git::EngineDetector::key_of(hit), &git::HistoryClaim::key);
    if (claim == claims.end()) return false;
    place.source = sweep_input::kHistory;  // also of what is in an archive there
    place.first_commit = claim->first_commit;
    place.last_commit = claim->last_commit;
    place.deleted = claim->deleted;
    found.push_back(claim->key);
    return true;
  };
  TextSearch search(shared, progress_, stop_);
  const auto report = git::search_history(root, detector, options, [&](const git::HistoryText& text) {
    claims = text.claims;
    found.clear();
    MemoryStream stream(text.text);
    search.file(stream, text.path);
    return found;
  });
  if (!report) return std::unexpected(report.error());
  // The texts of the visits are counted among the blobs, and what of them could not be looked at is told there.
  search.table().forget_gaps();
  table_.merge(std::move(search.table()));
  for (const auto& missed : report->gaps) table_.miss(missed);
  sweep_.gaps_left_out += report->gaps_left_out;
  sweep_.commits += report->commits;
  sweep_.blobs += report->blobs;
  sweep_.known += report->known_blobs;
  sweep_.archives += report->archives;
  sweep_.bytes += report->bytes;
  if (report->archives > 0) looked_at(sweep_input::kArchives);
  looked_at(sweep_input::kHistory);
  return {};
}

Result<void> Sweep::staged(const std::string& directory, const std::string& index_file) {
  git::StagedOptions options;
  options.index_file = index_file;
  options.max_file_bytes = settings_.max_blob_bytes;
  const auto report = git::read_staged(directory, options, [this](git::StagedFile&& file) {
    ++progress_.tree.files_found;
    text(file.bytes, file.path, sweep_input::kIndex);
    ++progress_.tree.files_done;
  });
  if (!report) return std::unexpected(report.error());
  for (const auto& missed : report->gaps) table_.miss(missed);
  looked_at(sweep_input::kIndex);
  return {};
}

Result<void> Sweep::file(const std::string& path) {
  auto stream = FileStream::open_path(path);
  if (!stream)
    return fail(ErrorCode::io, path, "cannot be opened: " + stream.error().detail,
                "check the path and its permissions");
  ++progress_.tree.files_found;
  progress_.tree.all_found = true;
  progress_.packed += stream->size();
  auto shared = terms("tree");
  shared.cache = settings_.cache;
  TextSearch search(shared, progress_, stop_);
  Counted counted(*stream, progress_.packed_read);
  search.file(counted, std::filesystem::path(path).filename().string());
  ++progress_.tree.files_done;
  keep(search);
  looked_at(sweep_input::kArchives);
  return {};
}

TextSearch& Sweep::text_search(std::string_view input) {
  if (!text_search_ || text_terms_->source != input) {
    if (text_search_) keep(*text_search_);
    text_search_.reset();
    text_terms_ = std::make_unique<SearchTerms>(terms(input));
    text_search_ = std::make_unique<TextSearch>(*text_terms_, progress_, stop_);
  }
  looked_at(input);
  return *text_search_;
}

void Sweep::text(std::string_view bytes, const std::string& name, std::string_view input) {
  MemoryStream stream(bytes);
  text_search(input).file(stream, name);
}

void Sweep::served(std::string_view bytes, const std::string& url, bool page) {
  auto& search = text_search(sweep_input::kServed);
  text_terms_->per_answer = page;
  MemoryStream stream(bytes);
  search.file(stream, url);
  sweep_.published = true;
}

void Sweep::missed(SweepGap gap) {
  table_.miss(std::move(gap));
}

SecretSweep Sweep::finish() {
  if (text_search_) keep(*text_search_);
  text_search_.reset();
  if (stop_.stop_requested()) table_.miss({".", std::string(gap::kInterrupted), "the search was ended before its end"});
  table_.write(sweep_);
  sweep_.engine = engine_->version();
  std::ranges::sort(sweep_.inputs);
  return std::exchange(sweep_, {});
}

}  // namespace assay::source
