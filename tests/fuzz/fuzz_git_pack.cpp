// Packs: an entry's head, a delta over a base, and a whole pack with its index, through the forest, a search and the
// reader of single objects. The first byte says which; a whole pack's index is made here, so that the fuzzer need not.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "source/git/blob_scan.h"
#include "source/git/delta.h"
#include "source/git/object_store.h"
#include "source/git/pack.h"
#include "source/git/repository.h"
#include "source/git/seams.h"

namespace {

using namespace assay::source::git;

void check(bool holds) {
  if (!holds) std::abort();
}

void try_entry(assay::ByteView bytes) {
  const auto head = read_entry_head(bytes);
  if (!head) return;
  check(head->length <= bytes.size());
  check(head->type != ObjectType::none);
}

// "<length of the base>", base, delta.
void try_delta(assay::ByteView bytes) {
  if (bytes.empty()) return;
  const std::size_t split = std::min<std::size_t>(bytes[0], bytes.size() - 1);
  const auto base = bytes.subspan(1, split), delta = bytes.subspan(1 + split);
  const auto head = read_delta_head(delta);
  if (!head || head->result_size > (1U << 20U)) return;
  std::vector<std::uint8_t> result(head->result_size), again(head->result_size);
  DeltaTrace trace;
  const bool right = apply_delta(base, delta, result, trace);
  check(apply_delta(base, delta, again) == right);
  if (!right) return;
  check(result == again);
  std::uint64_t end = 0;
  for (const Span& span : trace.fresh) {
    check(span.begin >= end && span.begin <= span.end && span.end <= result.size());
    end = span.end;
  }
  const std::vector<Mark> marks = {{0, base.size(), {}, true}, {base.size() / 2, base.size(), {}, true}};
  end = 0;
  for (const Span& span : spans_to_search(assay::as_text(result), trace, marks, 3)) {
    check(span.begin >= end && span.begin <= span.end && span.end <= result.size());
    end = span.end;
  }
  for (const Mark& mark : copied_marks(trace, marks, 100)) check(mark.begin <= mark.end && mark.end <= result.size());
}

void put32(std::string& out, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift);
}

// An index that says that an object begins at each of `offsets`.
std::string index_of(const std::vector<std::uint8_t>& offsets) {
  std::string out;
  put32(out, 0xFF744F63);
  put32(out, 2);
  for (unsigned first = 0; first < 256; ++first) {
    put32(out, static_cast<std::uint32_t>(std::min<std::size_t>(first + 1, offsets.size())));
  }
  for (std::size_t i = 0; i < offsets.size(); ++i) out += static_cast<char>(i) + std::string(19, '\x11');
  out.append(4 * offsets.size(), '\0');
  for (const std::uint8_t offset : offsets) put32(out, 12U + offset);
  return out.append(40, '\0');
}

class Everything final : public Detector {
 public:
  void detect(std::string_view text, unsigned, std::vector<Mark>& marks) const override {
    if (text.size() > 2) marks.push_back({1, text.size() - 1, {}, true});
  }
};

// "<number of objects>", their offsets, entries.
void try_pack(assay::ByteView bytes) {
  if (bytes.empty() || bytes.size() < 1U + bytes[0]) return;
  const std::vector<std::uint8_t> offsets(bytes.begin() + 1, bytes.begin() + 1 + bytes[0]);
  static const std::string folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "assay-fuzz-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr);
    std::filesystem::create_directories(name + "/pack");
    return name;
  }();
  std::string pack("PACK\0\0\0\2\0\0\0\0", 12);
  pack += assay::as_text(bytes.subspan(1 + offsets.size()));
  std::ofstream(folder + "/pack/pack-1.pack", std::ios::binary) << pack.append(20, '\0');
  std::ofstream(folder + "/pack/pack-1.idx", std::ios::binary) << index_of(offsets);
  Repository repository;
  repository.objects = {folder};
  const auto store = ObjectStore::open(repository);
  const auto scan = scan_blobs(store, Everything(), {.max_blob_bytes = 1U << 16U, .max_live_bytes = 1U << 20U});
  check(scan.blobs + scan.gaps.size() <= offsets.size());
  ObjectReader reader(store, 1U << 16U, 1U << 20U);
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const auto object = reader.read(store.packs()[0].index.id(static_cast<std::uint32_t>(i)));
    check(!object || object->content().size() <= (1U << 16U));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const assay::ByteView rest(data + 1, size - 1);
  if (data[0] % 3 == 0) try_entry(rest);
  if (data[0] % 3 == 1) try_delta(rest);
  if (data[0] % 3 == 2) try_pack(rest);
  return 0;
}
