#include "source/git/repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/file.h"
#include "base/text.h"

namespace assay::source::git {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostSmallFile = 1 << 20;
constexpr std::size_t kMostAlternates = 32;

bool present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// "" when it cannot be read or is larger.
std::string small_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return {};
  auto text = read_file(path.string(), kMostSmallFile);
  return text ? std::move(*text) : std::string();
}

void for_each_line(std::string_view text, const std::function<void(std::string_view)>& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(trim(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string from(const fs::path& base, std::string_view path) {
  return (base / path).lexically_normal().string();
}

// What the configuration says of how objects and refs are stored; the rest of it is nobody's business here.
void read_config(Repository& repository) {
  std::string section;
  for_each_line(small_file(repository.common_dir + "/config"), [&](std::string_view line) {
    if (line.starts_with('[')) {
      section = ascii_lower(line.substr(1, line.find_first_of("] \t") - 1));
      return;
    }
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string key = ascii_lower(trim(line.substr(0, equals)));
    const std::string value = equals == line.size() ? "true" : ascii_lower(trim(line.substr(equals + 1)));
    if (section == "extensions" && key == "objectformat" && value != "sha1") {
      repository.gaps.push_back(
          {repository.git_dir, std::string(gap::kUnsupported), "its objects are named by " + value + ", not SHA-1"});
      repository.objects.clear();
    } else if (section == "extensions" && key == "refstorage" && value != "files") {
      repository.gaps.push_back({repository.git_dir, std::string(gap::kUnsupported),
                                 "its refs are stored as " + value + ": objects are searched, paths stay unknown"});
    } else if ((section == "extensions" && key == "partialclone") ||
               (section == "remote" && key == "promisor" && value == "true")) {
      repository.partial = true;
    }
  });
}

// Folders of objects that others keep, also those that they name in turn.
void add_alternates(Repository& repository) {
  for (std::size_t i = 0; i < repository.objects.size(); ++i) {
    const std::string objects = repository.objects[i];
    for_each_line(small_file(objects + "/info/alternates"), [&](std::string_view line) {
      if (line.empty() || line.starts_with('#')) return;
      const std::string other = from(objects, line);
      if (std::ranges::find(repository.objects, other) != repository.objects.end()) return;
      if (repository.objects.size() >= kMostAlternates) {
        repository.gaps.push_back({other, std::string(gap::kLimit), "more alternates than are followed"});
      } else if (!present(other)) {
        repository.gaps.push_back({other, std::string(gap::kUnreadable), "an alternate that does not exist"});
      } else {
        repository.objects.push_back(other);
      }
    });
  }
}

bool is_git_dir(const fs::path& directory) {
  return present(directory / "HEAD") && (present(directory / "objects") || present(directory / "commondir"));
}

void note_clone(Repository& repository) {
  if (present(repository.common_dir + "/shallow")) {
    repository.shallow = true;
    repository.gaps.push_back({repository.git_dir, std::string(gap::kIncomplete),
                               "the clone has no history before its oldest commits: `git fetch --unshallow` gets it"});
  }
  if (repository.partial) {
    repository.gaps.push_back({repository.git_dir, std::string(gap::kIncomplete),
                               "the clone left objects out: only what is on this disk is searched"});
  }
}

class RefReader {
 public:
  explicit RefReader(const Repository& repository) : repository_(repository) {}

  std::vector<Ref> read() {
    packed();
    loose(fs::path(repository_.common_dir));
    if (repository_.git_dir != repository_.common_dir) loose(fs::path(repository_.git_dir));
    head(fs::path(repository_.common_dir), "");
    std::error_code error;
    for (fs::directory_iterator it(fs::path(repository_.common_dir) / "worktrees", error), end; !error && it != end;
         it.increment(error)) {
      head(it->path(), "worktrees/" + it->path().filename().string() + "/");
      logs(it->path() / "logs");
    }
    logs(fs::path(repository_.common_dir) / "logs");
    std::ranges::sort(refs_, {}, [](const Ref& r) { return std::tie(r.name, r.id); });
    const auto same = std::ranges::unique(refs_, {}, [](const Ref& r) { return std::tie(r.name, r.id); });
    refs_.erase(same.begin(), same.end());
    return std::move(refs_);
  }

  std::vector<SweepGap> gaps;

 private:
  static constexpr std::size_t kMostRefs = 2'000'000;

  void add(std::string name, const ObjectId& id) {
    if (refs_.size() >= kMostRefs) {
      if (gaps.empty())
        gaps.push_back({repository_.git_dir, std::string(gap::kLimit), "more refs and reflog entries than are read"});
      return;
    }
    const bool head = name.starts_with("refs/heads/") || name.starts_with("refs/remotes/") || name == "HEAD" ||
                      name.starts_with("worktrees/");
    refs_.push_back({std::move(name), id, head});
  }

  void packed() {
    const fs::path path = fs::path(repository_.common_dir) / "packed-refs";
    if (!present(path)) return;
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) {  // reading a pipe would never end
      gaps.push_back({path.string(), std::string(gap::kCorrupt), "it is no regular file"});
      return;
    }
    const auto text = read_file(path.string(), 256ULL << 20);
    if (!text) {
      gaps.push_back({path.string(), std::string(gap::kUnreadable), text.error().message()});
      return;
    }
    for_each_line(*text, [&](std::string_view line) {
      const auto id = parse_object_id(line);
      if (!id || line.size() < 42) return;
      std::string name(line.substr(41));
      // A loose ref of the same name is newer.
      if (name.starts_with("refs/") && !name.contains("..") && present(fs::path(repository_.common_dir) / name)) return;
      add(std::move(name), *id);
    });
  }

  void loose(const fs::path& directory) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(directory / "refs", error), end; !error && it != end;
         it.increment(error)) {
      if (it.depth() > 64) it.disable_recursion_pending();
      std::error_code ignored;
      if (!it->is_regular_file(ignored)) continue;
      if (const auto id = parse_object_id(small_file(it->path()))) {
        add(it->path().lexically_relative(directory).generic_string(), *id);
      }
    }
  }

  void head(const fs::path& directory, const std::string& prefix) {
    if (const auto id = parse_object_id(small_file(directory / "HEAD"))) add(prefix + "HEAD", *id);
  }

  void logs(const fs::path& directory) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
      if (it.depth() > 64) it.disable_recursion_pending();
      std::error_code ignored;
      if (!it->is_regular_file(ignored)) continue;
      const auto text = read_file(it->path().string(), 64ULL << 20);
      if (!text) {
        gaps.push_back({it->path().string(), std::string(gap::kUnreadable), text.error().message()});
        continue;
      }
      for_each_line(*text, [&](std::string_view line) {
        for (const std::size_t at : {0, 41}) {
          const auto id = parse_object_id(line.substr(std::min(at, line.size())));
          if (id && *id != ObjectId{}) add("", *id);
        }
      });
    }
  }

  const Repository& repository_;
  std::vector<Ref> refs_;
};

}  // namespace

bool is_repository(const std::string& directory) {
  return present(fs::path(directory) / ".git") || is_git_dir(fs::path(directory));
}

Result<Repository> find_repository(const std::string& directory) {
  const fs::path top(directory), inner = top / ".git";
  std::error_code ignored;
  Repository repository;
  if (fs::is_directory(inner, ignored)) {
    repository.git_dir = inner.string();
  } else if (present(inner)) {
    const std::string text = small_file(inner);
    constexpr std::string_view kKey = "gitdir:";
    if (!text.starts_with(kKey)) {
      return fail(ErrorCode::invalid_input, inner.string(), "names no repository", "see what `git status` says there");
    }
    repository.git_dir = from(top, trim(std::string_view(text).substr(kKey.size())));
  } else {
    repository.git_dir = directory;
  }
  if (!is_git_dir(repository.git_dir)) {
    return fail(ErrorCode::not_found, directory, "is no git repository", "give the top of a work tree");
  }
  const std::string common = small_file(fs::path(repository.git_dir) / "commondir");
  repository.common_dir = common.empty() ? repository.git_dir : from(repository.git_dir, trim(common));
  repository.objects = {repository.common_dir + "/objects"};
  read_config(repository);
  add_alternates(repository);
  note_clone(repository);
  return repository;
}

std::vector<Ref> read_refs(const Repository& repository, std::vector<SweepGap>& gaps) {
  RefReader reader(repository);
  auto refs = reader.read();
  gaps.insert(gaps.end(), reader.gaps.begin(), reader.gaps.end());
  return refs;
}

std::vector<ObjectId> read_shallow(const Repository& repository) {
  std::vector<ObjectId> ids;
  for_each_line(small_file(repository.common_dir + "/shallow"), [&](std::string_view line) {
    if (const auto id = parse_object_id(line)) ids.push_back(*id);
  });
  std::ranges::sort(ids);
  return ids;
}

}  // namespace assay::source::git
