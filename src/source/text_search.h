#pragma once

// One thread's side of a search: takes files as streams, opens archives, cuts what is large into windows, and hands the
// texts to the engine.

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "secrets/engine.h"
#include "source/archive.h"
#include "source/content.h"
#include "source/search_cache.h"
#include "source/sighting_table.h"
#include "source/sweep_progress.h"
#include "source/tree.h"

namespace assay::source {

struct SweepCounts {
  std::uint64_t files = 0, bytes = 0, binary_files = 0, archives = 0;
  std::uint64_t known_files = 0;  // not searched: an earlier search has found nothing in them
};

// Called with the hash and, in the clear, the secret of what is not suppressed, or only as public by design; from any
// thread.
using Reveal = std::function<void(const std::string& hash, std::string_view secret)>;

// What all threads of a search share; must outlive them.
struct SearchTerms {
  const secrets::Engine& engine;
  ByteView key;  // for hashes
  ArchiveLimits archives;
  bool heed_ignores = true;  // "assay:ignore REASON" in the line of a secret
  std::string source;        // of the places outside archives: "tree", "index", "served", …
  Reveal reveal;             // may be null
  // Completes the place of a hit, or says that the hit does not count here. Sees the secret in the clear. May be null.
  std::function<bool(const secrets::Hit&, SecretPlace&)> claim;
  bool suppressed = false;       // tell also what is suppressed, and why
  bool per_answer = false;       // the texts are pages that a server made for one answer, see Sweep::served()
  SearchCache* cache = nullptr;  // may be null
};

// A file longer than kWindow is searched in windows that overlap by kOverlap: a secret with all that it is recognised
// by must fit into half of that. Memory of a thread is one window for each archive that is open.
inline constexpr std::size_t kWindow = 4 << 20;
inline constexpr std::size_t kOverlap = 128 << 10;

class TextSearch final : public FileTaker {
 public:
  TextSearch(const SearchTerms& terms, SweepProgress& progress, std::stop_token stop);
  ~TextSearch() override;
  TextSearch(const TextSearch&) = delete;
  TextSearch& operator=(const TextSearch&) = delete;

  void file(ByteStream& bytes, const std::string& path) override;
  void missed(const std::string& path, Obstacle obstacle) override;

  SightingTable& table() { return table_; }
  const SweepCounts& counts() const { return counts_; }

 private:
  struct Buffer {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
  };
  struct Window;
  struct Located;

  // `packed`: the path of the compressed file whose content this is: a tar in it has no name of its own.
  void look(ByteStream& bytes, const std::string& path, std::string_view source, std::size_t level,
            const std::string& packed = {});
  void look_inside(ByteStream& bytes, ArchiveKind kind, const std::string& path, std::size_t level);
  void search(ByteStream& bytes, const std::string& path, std::string_view source, Sniffed kind, Buffer& buffer,
              std::size_t filled);
  std::vector<Located> locate(const Window& window, const std::string& path, bool binary);
  static void link_companions(std::vector<Located>& found);
  static std::string shown_path(std::string path, const std::vector<Located>& found);
  bool known(const Window& window, const std::string& path, SearchCache::Name& name);
  bool take_hits(const Window& window, const std::string& path, std::string_view source, bool binary);
  void settle(Located& found, std::string_view text, const std::string& path) const;
  Look<std::size_t> fill(ByteStream& bytes, Buffer& buffer, std::size_t from);

  const SearchTerms& terms_;
  SweepProgress& progress_;
  std::stop_token stop_;
  secrets::Engine::Scratch scratch_;
  std::vector<secrets::Hit> hits_;
  std::vector<Buffer> buffers_;  // one for each level of archives
  std::unique_ptr<ArchiveBudget> budget_;
  SightingTable table_;
  SweepCounts counts_;
};

// The reason in a comment "assay:ignore REASON" in `line`; "" when there is none. `bare` says that the words are there
// without a reason. Pure.
std::string ignore_reason(std::string_view line, bool& bare);

}  // namespace assay::source
