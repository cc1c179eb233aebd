#include "source/git/blob_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

#include "source/git/delta.h"
#include "source/git/delta_forest.h"
#include "source/git/known_tree.h"
#include "source/git/loose.h"
#include "source/git/seams.h"

namespace assay::source::git {
namespace {

constexpr std::size_t kMostMarks = 4096;  // of one blob that its deltas inherit
constexpr std::size_t kPooledBytes = 64ULL << 20;

// Work that threads take piece by piece.
struct Queue {
  std::atomic<std::size_t> next_root{0}, next_unrooted{0}, next_loose{0};
  std::atomic<std::uint64_t> inflated{0};
  std::atomic<bool> stopped{false};
};

class Worker {
 public:
  Worker(const ObjectStore& store, const DeltaForest& forest, const Detector& detector, const BlobScanOptions& options,
         Queue& queue, unsigned thread)
      : store_(store),
        forest_(forest),
        detector_(detector),
        options_(options),
        queue_(queue),
        thread_(thread),
        pool_(kPooledBytes),
        known_(store, forest, options.cache) {}

  void run() {
    const auto& roots = forest_.blob_roots();
    for (std::size_t i; go_on() && (i = queue_.next_root++) < roots.size();) scan_tree(roots[i]);
    const auto& unrooted = forest_.unrooted();
    for (std::size_t i; go_on() && (i = queue_.next_unrooted++) < unrooted.size();) scan_single(unrooted[i]);
    const auto& loose = store_.loose();
    for (std::size_t i; go_on() && (i = queue_.next_loose++) < loose.size();) scan_loose(loose[i]);
    report_progress();
  }

  BlobScan result;

 private:
  // A blob whose deltas are not all made yet.
  struct Frame {
    std::uint32_t node = DeltaForest::kNone;
    Buffer data;
    std::vector<Mark> marks;
    bool archive = false;                      // opened: what is built on it is a text of its own
    std::uint32_t next = DeltaForest::kNone;   // child to be made next
    std::uint32_t heavy = DeltaForest::kNone;  // child to be made last, when `data` need not be kept for others
  };

  bool go_on() {
    if (queue_.stopped) return false;
    if (inflated_ - reported_bytes_ < (4U << 20U) && result.blobs - reported_blobs_ < 512) return true;
    report_progress();
    const std::uint64_t most = options_.max_inflated_bytes;
    if (queue_.inflated > (most == 0 ? store_.inflate_limit() : most)) queue_.stopped = true;
    if (options_.stop && options_.stop()) queue_.stopped = true;
    return !queue_.stopped;
  }

  void report_progress() {
    if (options_.progress != nullptr) {
      options_.progress->objects_done += result.blobs - reported_blobs_;
      options_.progress->bytes += inflated_ - reported_bytes_;
    }
    queue_.inflated += inflated_ - reported_bytes_;
    reported_blobs_ = result.blobs;
    reported_bytes_ = inflated_;
  }

  void scan_tree(std::uint32_t root);
  bool open_root(std::uint32_t node, Frame& frame);
  bool open_delta(std::uint32_t node, const Frame& base, Frame& frame);
  void close(Frame& frame);
  void choose_heavy(Frame& frame) const;
  void search(Frame& frame, const Frame* base);
  bool search_new(Frame& frame, const Frame* base);
  bool skip(std::uint32_t node, const Frame* base);
  bool search_whole(const ObjectId& id, std::string_view content, bool archive, std::vector<Mark>& marks);
  void search_span(std::string_view text, Span span, std::vector<Mark>& marks);
  void scan_single(std::uint32_t node);
  void scan_loose(const ObjectStore::Loose& loose);
  void count(std::uint64_t size);
  void emit(const ObjectId& id, const std::vector<Mark>& marks);
  void gap(BlobGap gap);
  void gap(const ObjectId& id, std::string_view reason, std::string detail) {
    gap({id, "", std::string(reason), std::move(detail)});
  }
  bool lost(std::uint32_t node, std::string_view reason, std::string detail);

  ObjectId id_of(std::uint32_t node) const {
    return store_.packs()[forest_.pack_of(node)].index.id(forest_.nodes()[node].position);
  }

  const ObjectStore& store_;
  const DeltaForest& forest_;
  const Detector& detector_;
  const BlobScanOptions& options_;
  Queue& queue_;
  unsigned thread_;
  BufferPool pool_;
  Inflater inflater_;
  Buffer delta_;
  DeltaTrace trace_;
  KnownTree known_;
  std::vector<Frame> stack_;
  std::uint64_t live_bytes_ = 0, inflated_ = 0, reported_bytes_ = 0, reported_blobs_ = 0;
};

void Worker::count(std::uint64_t size) {
  ++result.blobs;
  result.bytes += size;
}

void Worker::gap(BlobGap gap) {
  result.gaps.push_back(std::move(gap));
  if (result.gaps.size() < 2 * kMostBlobGaps) return;
  // The smallest ones stay, whichever thread met them.
  std::ranges::nth_element(result.gaps, result.gaps.begin() + kMostBlobGaps);
  result.gaps_left_out += result.gaps.size() - kMostBlobGaps;
  result.gaps.resize(kMostBlobGaps);
}

// Says that `node` cannot be made, nor what is built on it; always false.
bool Worker::lost(std::uint32_t node, std::string_view reason, std::string detail) {
  const std::uint32_t others = forest_.nodes()[node].weight - 1;
  if (others > 0) detail += fmt::format("; {} other versions are built on it", others);
  gap(id_of(node), reason, std::move(detail));
  return false;
}

bool Worker::open_root(std::uint32_t node, Frame& frame) {
  const ByteView bytes = entry_bytes(store_, forest_, node);
  const auto head = read_entry_head(bytes);
  if (!head) return lost(node, gap::kCorrupt, "its entry cannot be read");
  if (head->size > options_.max_blob_bytes) return lost(node, gap::kLimit, fmt::format("{} bytes", head->size));
  frame.node = node;
  frame.data = pool_.take(head->size);
  if (!inflater_.inflate(bytes.subspan(head->length), frame.data.span())) {
    pool_.give(std::move(frame.data));
    return lost(node, gap::kCorrupt, "it does not inflate");
  }
  search(frame, nullptr);
  return true;
}

bool Worker::open_delta(std::uint32_t node, const Frame& base, Frame& frame) {
  const ByteView bytes = entry_bytes(store_, forest_, node);
  const auto head = read_entry_head(bytes);
  if (!head || head->size > options_.max_blob_bytes) return lost(node, gap::kCorrupt, "its entry cannot be read");
  delta_.reset(head->size);
  if (!inflater_.inflate(bytes.subspan(head->length), delta_.span()))
    return lost(node, gap::kCorrupt, "it does not inflate");
  const auto sizes = read_delta_head(delta_.view());
  if (!sizes) return lost(node, gap::kCorrupt, "its delta has no head");
  if (sizes->result_size > options_.max_blob_bytes) {
    return lost(node, gap::kLimit, fmt::format("{} bytes", sizes->result_size));
  }
  if (live_bytes_ + sizes->result_size > options_.max_live_bytes) {
    return lost(node, gap::kLimit, "too many large versions are built on each other");
  }
  frame.node = node;
  frame.data = pool_.take(sizes->result_size);
  if (!apply_delta(base.data.view(), delta_.view(), frame.data.span(), trace_)) {
    pool_.give(std::move(frame.data));
    return lost(node, gap::kCorrupt, "its delta does not fit its base");
  }
  search(frame, &base);
  return true;
}

void Worker::close(Frame& frame) {
  live_bytes_ -= frame.data.size();
  pool_.give(std::move(frame.data));
}

void Worker::choose_heavy(Frame& frame) const {
  const auto& nodes = forest_.nodes();
  frame.next = frame.heavy = nodes[frame.node].first_child;
  for (std::uint32_t child = frame.next; child != DeltaForest::kNone; child = nodes[child].next_sibling) {
    if (nodes[child].weight > nodes[frame.heavy].weight) frame.heavy = child;
  }
}

// Depth first. The heaviest child comes last and its base goes before it, so that no more than the logarithm of the
// tree's size of blobs are in memory, however long a chain is.
void Worker::scan_tree(std::uint32_t root) {
  Frame frame;
  known_.survey(root);
  if (skip(root, nullptr) || !open_root(root, frame)) return;
  live_bytes_ = frame.data.size();
  choose_heavy(frame);
  stack_.push_back(std::move(frame));
  while (!stack_.empty() && go_on()) {
    Frame& top = stack_.back();
    if (top.next == top.heavy && top.next != DeltaForest::kNone) top.next = forest_.nodes()[top.next].next_sibling;
    const bool last = top.next == DeltaForest::kNone;
    const std::uint32_t child = last ? top.heavy : top.next;
    Frame below;
    bool made = false;
    if (child != DeltaForest::kNone) made = !skip(child, &top) && open_delta(child, top, below);
    if (last) {
      close(top);
      stack_.pop_back();
    } else {
      top.next = forest_.nodes()[child].next_sibling;
    }
    if (!made) continue;
    live_bytes_ += below.data.size();
    choose_heavy(below);
    stack_.push_back(std::move(below));
  }
  for (Frame& left : stack_) close(left);
  stack_.clear();
}

void Worker::search_span(std::string_view text, Span span, std::vector<Mark>& marks) {
  const std::size_t before = marks.size();
  detector_.detect(text.substr(span.begin, span.end - span.begin), thread_, marks);
  result.searched_bytes += span.end - span.begin;
  // A mark that touches a cut may be a part of something longer; if it is none, the base has it.
  const auto cut =
      std::ranges::remove_if(marks.begin() + static_cast<std::ptrdiff_t>(before), marks.end(), [&](Mark& mark) {
        mark.begin += span.begin;
        mark.end += span.begin;
        return (mark.begin == span.begin && span.begin != 0) || (mark.end == span.end && span.end != text.size());
      });
  marks.erase(cut.begin(), cut.end());
}

// Whether the tree below `node`, which is built on `base`, can bring nothing: it was searched, and there is nothing
// that it could have copied; or it is a single blob that another pack has, too.
bool Worker::skip(std::uint32_t node, const Frame* base) {
  if (forest_.duplicate(node) && forest_.nodes()[node].first_child == DeltaForest::kNone) return true;
  const auto* version = known_.find(node);
  if (version == nullptr || version->open > 0 || (base != nullptr && !base->marks.empty())) return false;
  result.blobs += version->blobs;
  result.known_blobs += version->blobs;
  return true;
}

// Gives what stands in the whole `content` of a blob. False when not all of it could be looked at.
bool Worker::search_whole(const ObjectId& id, std::string_view content, bool archive, std::vector<Mark>& marks) {
  if (!archive) {
    search_span(content, {0, content.size()}, marks);
    return true;
  }
  ++result.archives;
  auto opened = detector_.open(content, thread_);
  inflated_ += opened.bytes;
  result.searched_bytes += opened.bytes;
  std::ranges::move(opened.marks, std::back_inserter(marks));
  for (auto& missed : opened.gaps)
    gap({id, std::move(missed.inner), std::move(missed.reason), std::move(missed.detail)});
  return opened.gaps.empty();
}

// Searches what the base does not have. False when not all of it could be looked at.
bool Worker::search_new(Frame& frame, const Frame* base) {
  const std::string_view text = as_text(frame.data.view());
  if (frame.archive || base == nullptr || base->archive || options_.whole)
    return search_whole(id_of(frame.node), text, frame.archive, frame.marks);
  for (const Span& span : spans_to_search(text, trace_, base->marks, options_.window))
    search_span(text, span, frame.marks);
  return true;
}

void Worker::search(Frame& frame, const Frame* base) {
  const std::string_view text = as_text(frame.data.view());
  inflated_ += text.size();
  if (!forest_.duplicate(frame.node)) count(text.size());
  frame.archive = detector_.is_archive(text);
  if (const auto* version = known_.find(frame.node); version != nullptr && version->known) {
    if (!forest_.duplicate(frame.node)) ++result.known_blobs;
  } else if (search_new(frame, base) && frame.marks.empty()) {
    known_.learn(frame.node);
  }
  // Of a base that is an archive no mark is left, and a text that is one has no part of its base's.
  if (base != nullptr && !frame.archive && !options_.whole && !base->marks.empty())
    std::ranges::move(copied_marks(trace_, base->marks, kMostMarks), std::back_inserter(frame.marks));
  if (frame.marks.empty()) return;
  const auto order = [](const Mark& m) { return std::tuple(m.begin, m.end, m.key, !m.own); };
  std::ranges::sort(frame.marks, {}, order);
  const auto same = std::ranges::unique(frame.marks, {}, [](const Mark& m) { return std::tie(m.begin, m.end, m.key); });
  frame.marks.erase(same.begin(), same.end());
  emit(id_of(frame.node), frame.marks);
  if (frame.archive) frame.marks.clear();
  if (frame.marks.size() > kMostMarks) frame.marks.resize(kMostMarks);
}

void Worker::emit(const ObjectId& id, const std::vector<Mark>& marks) {
  if (marks.empty()) return;
  MarkedBlob blob;
  blob.id = id;
  for (const Mark& mark : marks) blob.keys.push_back({mark.key, mark.own});
  std::ranges::sort(blob.keys, {}, [](const MarkedBlob::Key& k) { return std::tuple(k.key, !k.own); });
  const auto same = std::ranges::unique(blob.keys, {}, &MarkedBlob::Key::key);
  blob.keys.erase(same.begin(), same.end());
  result.marked.push_back(std::move(blob));
}

// What no tree holds: a delta on a loose object, or something broken.
void Worker::scan_single(std::uint32_t node) {
  ObjectReader reader(store_, options_.max_blob_bytes, 1U << 20U);
  const ObjectId id = id_of(node);
  const auto object = reader.read(id);
  if (!object) return gap(id, object.error().reason, object.error().detail);
  if (object->type != ObjectType::blob || forest_.duplicate(node)) return;
  const std::string_view text = as_text(object->content());
  std::vector<Mark> marks;
  count(text.size());
  inflated_ += text.size();
  search_whole(id, text, detector_.is_archive(text), marks);
  emit(id, marks);
}

void Worker::scan_loose(const ObjectStore::Loose& loose) {
  const std::string path = loose_path(store_.folders()[loose.folder], loose.id);
  const auto file = Mapping::open(path);
  if (!file) return gap(loose.id, gap::kUnreadable, file.error().message());
  SearchCache::Name name{};
  if (options_.cache != nullptr) {
    name = options_.cache->name("loose", file->view());
    if (options_.cache->knows(name)) {
      ++result.blobs;
      ++result.known_blobs;
      return;
    }
  }
  const auto head = read_loose_head(file->view());
  if (!head) return gap(loose.id, gap::kCorrupt, "it is no object");
  if (head->type != ObjectType::blob) return;
  if (head->size > options_.max_blob_bytes) return gap(loose.id, gap::kLimit, fmt::format("{} bytes", head->size));
  if (!read_loose(file->view(), *head, inflater_, delta_)) return gap(loose.id, gap::kCorrupt, "it does not inflate");
  const std::string_view text = as_text(delta_.view().subspan(head->length));
  std::vector<Mark> marks;
  count(text.size());
  inflated_ += text.size();
  const bool all = search_whole(loose.id, text, detector_.is_archive(text), marks);
  if (all && marks.empty() && options_.cache != nullptr) options_.cache->learn(name);
  emit(loose.id, marks);
}

// Puts together what several packs have of the same blob.
void unite(std::vector<MarkedBlob>& marked) {
  std::ranges::sort(marked, {}, &MarkedBlob::id);
  std::vector<MarkedBlob> united;
  for (auto& blob : marked) {
    if (united.empty() || united.back().id != blob.id) {
      united.push_back(std::move(blob));
      continue;
    }
    auto& keys = united.back().keys;
    keys.insert(keys.end(), blob.keys.begin(), blob.keys.end());
    std::ranges::sort(keys, {}, [](const MarkedBlob::Key& k) { return std::tuple(k.key, !k.own); });
    const auto same = std::ranges::unique(keys, {}, &MarkedBlob::Key::key);
    keys.erase(same.begin(), same.end());
  }
  marked = std::move(united);
}

void add(BlobScan& all, BlobScan&& part) {
  std::ranges::move(part.marked, std::back_inserter(all.marked));
  std::ranges::move(part.gaps, std::back_inserter(all.gaps));
  all.gaps_left_out += part.gaps_left_out;
  all.blobs += part.blobs;
  all.known_blobs += part.known_blobs;
  all.archives += part.archives;
  all.bytes += part.bytes;
  all.searched_bytes += part.searched_bytes;
}

}  // namespace

BlobScan scan_blobs(const ObjectStore& store, const Detector& detector, const BlobScanOptions& options) {
  const DeltaForest forest(store);
  if (options.progress != nullptr) options.progress->objects = forest.nodes().size() + store.loose().size();
  Queue queue;
  std::vector<Worker> workers;
  workers.reserve(std::max(1U, options.threads));
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) {
    workers.emplace_back(store, forest, detector, options, queue, i);
  }
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < workers.size(); ++i) threads.emplace_back([&worker = workers[i]] { worker.run(); });
    workers.front().run();
  }
  BlobScan all;
  all.stopped = queue.stopped;
  for (Worker& worker : workers) add(all, std::move(worker.result));
  unite(all.marked);
  std::ranges::sort(all.gaps);
  if (all.gaps.size() > kMostBlobGaps) {
    all.gaps_left_out += all.gaps.size() - kMostBlobGaps;
    all.gaps.resize(kMostBlobGaps);
  }
  return all;
}

}  // namespace assay::source::git
