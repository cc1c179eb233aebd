#pragma once

// The files of a directory tree. No symbolic link is followed, special files are passed over, and .git is left out (it
// is searched as history). Everything else is looked at: what is vendored is shipped, too.

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "source/byte_stream.h"
#include "source/sweep_progress.h"

namespace assay::source {

struct TreeLimits {
  std::uint64_t files = 10'000'000;
  std::size_t depth = 256;  // of directories
};

// Takes the files that one thread reads.
class FileTaker {
 public:
  virtual ~FileTaker() = default;
  // `path` is relative to the root, with "/" between its parts, as the file system spells it. The stream lives as long
  // as the call.
  virtual void file(ByteStream& bytes, const std::string& path) = 0;
  // Something that could not be looked at. `path` is "." for the whole tree.
  virtual void missed(const std::string& path, Obstacle obstacle) = 0;
};

// Hands every file of the tree to one of `takers`, each of which is called by one thread; as many threads work, the
// calling one among them. Which taker gets which file, and when, is open. Ends early, without a word, when `stop` is
// requested. Errors: the root cannot be opened or is no directory.
Result<void> walk_tree(const std::string& root, const TreeLimits& limits,
                       const std::vector<std::unique_ptr<FileTaker>>& takers, TreeProgress& progress,
                       const std::stop_token& stop);

}  // namespace assay::source
