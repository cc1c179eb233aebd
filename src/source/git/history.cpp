#include "source/git/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "source/git/attribution.h"
#include "source/git/commit_graph.h"
#include "source/git/object_store.h"

namespace assay::source::git {
namespace {

constexpr std::size_t kCacheBytes = 64ULL << 20;
constexpr std::size_t kMostClaims = 1'000'000;

// Paths below `directory` begin there.
std::string from_top(const std::string& directory, const std::string& path) {
  if (path == directory || path.empty()) return ".";
  return path.starts_with(directory + "/") ? path.substr(directory.size() + 1) : path;
}

// One secret under one path, from all versions that hold it.
struct Claim {
  std::uint32_t first = 0, last = ~std::uint32_t{0};  // commits
  bool present = false, reachable = true;
  // Versions to look at, by what is newest: of all, and of those where it was seen and not only copied.
  std::uint32_t newest = 0, own_newest = kNone, own_oldest = kNone;
  std::uint32_t own_last = ~std::uint32_t{0}, own_first = 0;
  bool found = false;

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  void add(std::uint32_t blob, const Occurrence& at, bool own) {
    first = std::max(first, at.first);
    present = present || at.present;
    if (at.last < last) {
      last = at.last;
      newest = blob;
    }
    if (!own) return;
    if (own_newest == kNone || at.last < own_last) {
      own_last = at.last;
      own_newest = blob;
    }
    if (own_oldest == kNone || at.first > own_first) {
      own_first = at.first;
      own_oldest = blob;
    }
  }
  std::uint32_t version(int round) const { return round == 0 ? newest : round == 1 ? own_newest : own_oldest; }
};

class Search {
 public:
  Search(const Repository& repository, const ObjectStore& store, const BlobScanOptions& options, HistoryReport& report)
      : repository_(repository),
        store_(store),
        options_(options),
        report_(report),
        reader_(store, options.max_blob_bytes, kCacheBytes) {}

  void place(BlobScan&& scan);
  void show(const HistoryVisitor& visit);

 private:
  using ClaimKey = std::pair<std::string, SecretKey>;  // path, secret

  void claim(const BlobScan& scan, const Attribution& attribution);
  void claim_unreachable(const MarkedBlob& blob, std::uint32_t number);
  void say_gaps(const BlobScan& scan, const Attribution& attribution);
  void say_submodules();
  void show_text(const std::string& path, std::uint32_t blob, const std::vector<SecretKey>& keys,
                 const HistoryVisitor& visit);
  std::string commit_id(std::uint32_t rank) const { return rank < commits_.size() ? to_hex(commits_[rank].id) : ""; }
  std::uint32_t number_of(const ObjectId& id) const {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(blobs_, id) - blobs_.begin());
  }

  const Repository& repository_;
  const ObjectStore& store_;
  const BlobScanOptions& options_;
  HistoryReport& report_;
  ObjectReader reader_;
  std::vector<Commit> commits_;
  std::vector<ObjectId> blobs_;  // marked ones and gaps, sorted
  std::map<ClaimKey, Claim> claims_;
};

// Finds out where the marked blobs were.
void Search::place(BlobScan&& scan) {
  commits_ = read_commits(repository_, reader_, options_.stop, report_.gaps);
  report_.commits = commits_.size();
  for (const auto& blob : scan.marked) blobs_.push_back(blob.id);
  for (const auto& gap : scan.gaps) blobs_.push_back(gap.id);
  std::ranges::sort(blobs_);
  const auto same = std::ranges::unique(blobs_);
  blobs_.erase(same.begin(), same.end());
  Attribution attribution;
  if (!blobs_.empty()) {
    attribution = attribute(store_, commits_, blobs_, {.threads = options_.threads, .stop = options_.stop});
  }
  claim(scan, attribution);
  say_gaps(scan, attribution);
  say_submodules();
}

void Search::claim(const BlobScan& scan, const Attribution& attribution) {
  const auto& places = attribution.occurrences;
  for (const auto& blob : scan.marked) {
    const std::uint32_t number = number_of(blob.id);
    auto at = std::ranges::lower_bound(places, number, {}, &Occurrence::blob);
    if (at == places.end() || at->blob != number) claim_unreachable(blob, number);
    for (; at != places.end() && at->blob == number; ++at) {
      for (const auto& key : blob.keys) {
        if (claims_.size() < kMostClaims) claims_[{at->path, key.key}].add(number, *at, key.own);
      }
    }
  }
  if (claims_.size() >= kMostClaims)
    report_.gaps.push_back({".", std::string(gap::kLimit), "more secrets than are followed"});
}

void Search::claim_unreachable(const MarkedBlob& blob, std::uint32_t number) {
  ++report_.unreachable_blobs;
  for (const auto& key : blob.keys) {
    if (claims_.size() >= kMostClaims) return;
    Claim& claim = claims_[{object_name(blob.id), key.key}];
    claim.newest = number;
    claim.reachable = false;
  }
}

void Search::say_gaps(const BlobScan& scan, const Attribution& attribution) {
  const auto& places = attribution.occurrences;
  for (const auto& gap : scan.gaps) {
    const std::uint32_t number = number_of(gap.id);
    const auto at = std::ranges::lower_bound(places, number, {}, &Occurrence::blob);
    const bool known = at != places.end() && at->blob == number;
    report_.gaps.push_back({(known ? at->path : object_name(gap.id)) + gap.inner, gap.reason,
                            "history: " + gap.detail + (known ? "; object " + to_hex(gap.id) : "")});
  }
  report_.gaps_left_out += scan.gaps_left_out;
  report_.gaps.insert(report_.gaps.end(), attribution.gaps.begin(), attribution.gaps.end());
}

// Submodules have repositories of their own: what the .gitmodules of the newest branch names.
void Search::say_submodules() {
  const auto head = std::ranges::find_if(commits_, &Commit::head);
  if (head == commits_.end()) return;
  const auto tree = reader_.read(head->tree);
  if (!tree || tree->type != ObjectType::tree) return;
  ByteView rest = tree->content();
  for (TreeEntry entry; next_entry(rest, entry);) {
    if (entry.name != ".gitmodules" || entry.tree || entry.submodule) continue;
    const auto file = reader_.read(object_id_at(entry.id));
    if (!file || file->type != ObjectType::blob) return;
    for (const std::string_view line : split(as_text(file->content()), '\n')) {
      const std::size_t equals = std::min(line.find('='), line.size());
      if (equals == line.size() || trim(line.substr(0, equals)) != "path") continue;
      report_.gaps.push_back({std::string(trim(line.substr(equals + 1))), std::string(gap::kSubmodule),
                              "its history is in a repository of its own: scan that one, too"});
    }
  }
}

void Search::show(const HistoryVisitor& visit) {
  for (int round = 0; round < 3; ++round) {
    std::map<std::pair<std::string, std::uint32_t>, std::vector<SecretKey>> texts;
    for (const auto& [key, claim] : claims_) {
      const std::uint32_t blob = claim.version(round);
      const bool again = (round > 0 && blob == claim.newest) || (round == 2 && blob == claim.own_newest);
      if (!claim.found && blob != Claim::kNone && !again) texts[{key.first, blob}].push_back(key.second);
    }
    for (const auto& [place, keys] : texts) {
      if (options_.stop && options_.stop()) {
        report_.stopped = true;
        return;
      }
      show_text(place.first, place.second, keys, visit);
    }
  }
}

void Search::show_text(const std::string& path, std::uint32_t blob, const std::vector<SecretKey>& keys,
                       const HistoryVisitor& visit) {
  const auto object = reader_.read(blobs_[blob]);
  if (!object) {
    report_.gaps.push_back({path, object.error().reason, "history: " + object.error().detail});
    return;
  }
  std::vector<HistoryClaim> claims;
  bool reachable = true;
  for (const SecretKey& key : keys) {
    const Claim& claim = claims_.at({path, key});
    reachable = claim.reachable;
    claims.push_back({key, reachable ? commit_id(claim.first) : "", reachable ? commit_id(claim.last) : "",
                      !claim.present && reachable});
  }
  for (const SecretKey& key : visit({as_text(object->content()), path, reachable, claims})) {
    if (const auto it = claims_.find({path, key}); it != claims_.end()) it->second.found = true;
  }
}

}  // namespace

Result<HistoryReport> search_history(const std::string& directory, const Detector& detector,
                                     const BlobScanOptions& options, const HistoryVisitor& visit) {
  auto repository = find_repository(directory);
  if (!repository) return std::unexpected(repository.error());
  HistoryReport report;
  report.gaps = repository->gaps;
  for (SweepGap& gap : report.gaps) gap.path = from_top(directory, gap.path);
  if (repository->objects.empty()) return report;  // of a format that is not read
  const ObjectStore store = ObjectStore::open(*repository);
  report.gaps.insert(report.gaps.end(), store.gaps().begin(), store.gaps().end());
  BlobScan scan = scan_blobs(store, detector, options);
  report.blobs = scan.blobs;
  report.known_blobs = scan.known_blobs;
  report.archives = scan.archives;
  report.bytes = scan.bytes;
  report.stopped = scan.stopped;
  Search search(*repository, store, options, report);
  search.place(std::move(scan));
  search.show(visit);
  report.stopped = report.stopped || (options.stop && options.stop());
  if (report.stopped)
    report.gaps.push_back(
        {directory, std::string(gap::kInterrupted), "the search of the history was stopped before its end"});
  for (SweepGap& gap : report.gaps) gap.path = from_top(directory, gap.path);
  std::ranges::sort(report.gaps, {}, [](const SweepGap& g) { return std::tie(g.path, g.reason, g.detail); });
  return report;
}

}  // namespace assay::source::git
