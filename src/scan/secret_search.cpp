#include "scan/secret_search.h"

#include <openssl/crypto.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "source/git/repository.h"
#include "source/hash_key.h"
#include "source/search_cache.h"

namespace assay::scan {

namespace {

// What is served to browsers is small; an archive among it that is not is there for us.
constexpr source::ArchiveLimits kServedArchives{.bytes = 64ULL << 20U, .entries = 2'000, .depth = 3};

// The index that git names to its hooks.
std::string index_of_hook() {
  const char* given = std::getenv("GIT_INDEX_FILE");
  return given == nullptr ? std::string() : std::string(given);
}

Result<void> search_directory(source::Sweep& sweep, const std::string& directory, bool history) {
  if (auto searched = sweep.tree(directory); !searched) return searched;
  if (!source::git::is_repository(directory)) return {};
  if (!history) {
    sweep.missed({".git", std::string(gap::kNotAsked), "the history was left out on demand"});
    return {};
  }
  // A work tree that was copied without its repository is searched as it is.
  if (auto searched = sweep.history(directory); !searched)
    sweep.missed({".git", std::string(gap::kIncomplete), searched.error().message()});
  return {};
}

}  // namespace

std::string default_search_cache() {
  // The specification has relative ones ignored.
  if (const char* given = std::getenv("XDG_CACHE_HOME"); given != nullptr && *given == '/')
    return std::string(given) + "/assay";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/assay" : std::string();
}

void SecretSearch::warn(const Result<void>& done) const {
  if (!done && settings_.warn) settings_.warn(done.error());
}

// Null when none is wanted, or engine or key fail, which the search itself will say.
std::unique_ptr<source::SearchCache> SecretSearch::open_cache() {
  if (settings_.cache.empty()) return nullptr;
  const auto built = engine();
  auto key = source::hash_key();
  if (!built || !key) return nullptr;
  // The program's version stands for how it searches, outside of the engine.
  auto cache = std::make_unique<source::SearchCache>(settings_.cache, *key, (*built)->version() + " " ASSAY_VERSION);
  OPENSSL_cleanse(key->data(), key->size());
  warn(cache->load());
  return cache;
}

Result<std::shared_ptr<const secrets::Engine>> SecretSearch::engine() {
  const std::scoped_lock lock(mutex_);
  if (!engine_) engine_ = secrets::Engine::build(*catalog_.secret_rules());
  return *engine_;
}

Result<std::unique_ptr<source::Sweep>> SecretSearch::begin(source::SweepSettings settings,
                                                           source::SweepProgress& progress,
                                                           const std::stop_token& stop) {
  auto built = engine();
  if (!built) return std::unexpected(built.error());
  auto key = source::hash_key();
  if (!key) return std::unexpected(key.error());
  settings.threads = settings_.threads;
  settings.suppressed = settings_.suppressed;
  settings.reveal = settings_.reveal;
  if (trials_)
    settings.reveal = [trials = trials_.get(), also = settings_.reveal](const std::string& hash,
                                                                        std::string_view secret) {
      trials->take(hash, secret);
      if (also) also(hash, secret);
    };
  return std::make_unique<source::Sweep>(std::move(*built), std::move(*key), std::move(settings), progress, stop);
}

Result<std::unique_ptr<source::Sweep>> SecretSearch::served(source::SweepProgress& progress,
                                                            const std::stop_token& stop) {
  source::SweepSettings settings;
  settings.heed_ignores = false;
  settings.archives = kServedArchives;
  return begin(std::move(settings), progress, stop);
}

Result<SecretSweep> SecretSearch::source(const Target& target, source::SweepProgress& progress,
                                         const std::stop_token& stop) {
  std::unique_lock turn(one_at_a_time_, std::defer_lock);
  while (!turn.try_lock_for(std::chrono::milliseconds(50)))
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, target.text, "the search was ended before it began");
  source::SweepSettings settings;
  settings.heed_ignores = settings_.heed_ignores;
  const auto cache = target.form == TargetForm::staged ? nullptr : open_cache();
  settings.cache = cache.get();
  auto sweep = begin(std::move(settings), progress, stop);
  if (!sweep) return std::unexpected(sweep.error());
  Result<void> searched;
  switch (target.form) {
    case TargetForm::directory:
      searched = search_directory(**sweep, target.text, settings_.history);
      break;
    case TargetForm::archive:
      searched = (*sweep)->file(target.text);
      break;
    case TargetForm::staged:
      searched = (*sweep)->staged(target.text, index_of_hook());
      break;
    case TargetForm::url:
    case TargetForm::file:
      return fail(ErrorCode::internal, target.text, "is no source");
  }
  if (cache) warn(cache->save());
  if (!searched) return std::unexpected(searched.error());
  auto done = (*sweep)->finish();
  done.published = settings_.published;
  return done;
}

}  // namespace assay::scan
