#include "source/text_search.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "model/secret.h"
#include "secrets/redact.h"

namespace assay::source {

namespace {

constexpr std::size_t kFirstBuffer = 256 << 10;
constexpr std::size_t kLineLook = 4096;   // how far a comment may be from its secret, in bytes of one line
constexpr std::size_t kNeighbours = 256;  // hits among which a companion is looked for, on either side
constexpr std::string_view kIgnore = "assay:ignore";

// Folders of other people's code: what is only likely there is theirs to know.
constexpr std::array<std::string_view, 6> kVendored = {"node_modules", "bower_components", "site-packages",
                                                       "vendor",       "third_party",      "jspm_packages"};

bool is_vendored(std::string_view path) {
  return std::ranges::any_of(
      split(path, '/'), [](std::string_view part) { return std::ranges::find(kVendored, part) != kVendored.end(); });
}

// Rules that any random value satisfies: in a page they find what its server made up for this answer.
constexpr std::array<std::string_view, 5> kAnyValue = {"generic-assignment", "generic-argument",
                                                       "generic-session-cookie", "generic-authorization-header",
                                                       "json-web-token"};

// Also what a short string leaves in itself when it is moved from.
void wipe(std::string& secret) {
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

std::uint64_t line_feeds(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

// Characters of UTF-8; of other bytes, bytes.
std::uint64_t characters(std::string_view text) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Moves a place, of lines and of characters before it in its line, behind `text`.
void advance(std::string_view text, std::uint64_t& line, std::uint64_t& column) {
  const auto begin = begin_of_line(text, 0, text.size());
  line += line_feeds(text);
  column = (begin == 0 ? column : 0) + characters(text.substr(begin));
}

// The line that holds [begin, end), and the one before it when that is nothing but a comment with our words.
std::string_view line_around(std::string_view text, std::size_t begin, std::size_t end) {
  const auto from = begin_of_line(text, begin - std::min(begin, kLineLook), begin);
  // The last line of a secret of several lines is not its own line.
  const auto first_end = std::min(end, std::max(begin, text.substr(0, end).find('\n', begin)));
  const auto to = text.substr(first_end, kLineLook).find('\n');
  return text.substr(
      from, first_end - from + (to == std::string_view::npos ? std::min(kLineLook, text.size() - first_end) : to));
}

std::string_view line_before(std::string_view text, std::string_view line) {
  const auto at = static_cast<std::size_t>(line.data() - text.data());
  if (at == 0 || text[at - 1] != '\n') return {};
  const auto above = text.substr(at - 1 > kLineLook ? at - 1 - kLineLook : 0, std::min(at - 1, kLineLook));
  return above.substr(begin_of_line(above, 0, above.size()));
}

// What is public by design may be what a secret is used with.
bool opens_something(const secrets::Hit& hit) {
  return hit.suppressed.empty() || hit.suppressed == secrets::kPublicByDesign;
}

}  // namespace

std::string ignore_reason(std::string_view line, bool& bare) {
  bare = false;
  const auto at = line.find(kIgnore);
  if (at == std::string_view::npos) return {};
  auto rest = trim(line.substr(at + kIgnore.size()));
  for (const std::string_view end : {"*/", "-->", "#}", "}}"}) rest = trim(rest.substr(0, rest.find(end)));
  const bool says_something =
      std::ranges::any_of(rest, [](unsigned char c) { return c >= 0x80 || std::isalpha(c) != 0; });
  bare = !says_something;
  return says_something ? valid_utf8(ellipsis(rest, 200)) : std::string();
}

// A stretch of a file. Hits that begin in [own_begin, own_end) are this window's; the others are a neighbour's.
struct TextSearch::Window {
  std::string_view text;
  std::size_t own_begin = 0, own_end = 0;
  std::uint64_t line = 1;    // of its first byte
  std::uint64_t column = 0;  // characters before its first byte in that line
};

struct TextSearch::Located {
  secrets::Hit hit;
  std::string hash;
  std::uint64_t line = 0, column = 0;
  std::set<std::string> companions;
};

TextSearch::TextSearch(const SearchTerms& terms, SweepProgress& progress, std::stop_token stop)
    : terms_(terms), progress_(progress), stop_(std::move(stop)), scratch_(terms.engine) {}

TextSearch::~TextSearch() {
  for (auto& buffer : buffers_) OPENSSL_cleanse(buffer.bytes.get(), buffer.capacity);
}

void TextSearch::missed(const std::string& path, Obstacle obstacle) {
  table_.miss({path, std::move(obstacle.reason), std::move(obstacle.detail)});
}

void TextSearch::file(ByteStream& bytes, const std::string& path) {
  budget_ = std::make_unique<ArchiveBudget>(terms_.archives);
  look(bytes, path, terms_.source, 0);
}

// Reads on until the buffer holds a window or the stream ends; gives how much it holds.
Look<std::size_t> TextSearch::fill(ByteStream& bytes, Buffer& buffer, std::size_t from) {
  while (true) {
    if (buffer.capacity == 0) {
      buffer.capacity = kFirstBuffer;
      buffer.bytes = std::make_unique_for_overwrite<char[]>(buffer.capacity);
    }
    auto got = bytes.read({buffer.bytes.get() + from, buffer.capacity - from});
    if (!got) return got;
    from += *got;
    if (from < buffer.capacity || buffer.capacity == kWindow) return from;
    const auto larger = std::min(kWindow, buffer.capacity * 4);
    auto moved = std::make_unique_for_overwrite<char[]>(larger);
    std::memcpy(moved.get(), buffer.bytes.get(), from);
    OPENSSL_cleanse(buffer.bytes.get(), buffer.capacity);
    buffer = {std::move(moved), larger};
  }
}

void TextSearch::look(ByteStream& bytes, const std::string& path, std::string_view source, std::size_t level,
                      const std::string& packed) {
  if (buffers_.size() <= level) buffers_.resize(level + 1);
  Buffer buffer = std::move(buffers_[level]);  // those of deeper levels may move the others
  const auto filled = fill(bytes, buffer, 0);
  if (!filled) {
    missed(path, filled.error());
  } else {
    const std::string_view head(buffer.bytes.get(), *filled);
    const auto kind = sniff(head);
    if (kind.content == Content::archive) {
      RewoundStream whole(head, bytes);
      look_inside(whole, kind.archive, kind.archive == ArchiveKind::tar && !packed.empty() ? packed : path, level);
    } else if (kind.content == Content::closed_archive) {
      missed(path, {std::string(gap::kUnsupported), "archives of this format are not opened; unpack it"});
    } else {
      ++counts_.files;
      if (kind.content != Content::text) ++counts_.binary_files;
      if (kind.content != Content::media) search(bytes, path, source, kind, buffer, *filled);
    }
  }
  buffers_[level] = std::move(buffer);
}

void TextSearch::look_inside(ByteStream& bytes, ArchiveKind kind, const std::string& path, std::size_t level) {
  ++counts_.archives;
  auto reader = ArchiveReader::open(bytes, kind, path, *budget_, stop_);
  if (!reader) return missed(path, reader.error());
  while (true) {
    auto name = (*reader)->next();
    if (!name) return missed(path, name.error());
    if (!*name) return;
    look((*reader)->content(), path + "!/" + **name, "archive", level + 1,
         kind == ArchiveKind::compressed ? path : std::string());
  }
}

void TextSearch::search(ByteStream& bytes, const std::string& path, std::string_view source, Sniffed kind,
                        Buffer& buffer, std::size_t filled) {
  const bool binary = kind.content != Content::text;
  Window window;
  bool searched = false;
  for (bool first = true;; first = false) {
    const bool last = filled < kWindow;
    window.text = {buffer.bytes.get(), filled};
    window.own_begin = first ? 0 : kOverlap / 2;
    window.own_end = last ? filled : filled - kOverlap / 2;
    searched = take_hits(window, path, source, binary) || searched;
    const auto fresh = first ? filled : filled - kOverlap;
    counts_.bytes += fresh;
    progress_.bytes += fresh;
    if (last) {
      if (!searched) ++counts_.known_files;
      return;
    }
    if (stop_.stop_requested()) return missed(path, {std::string(gap::kInterrupted), "the search was ended"});
    const auto done = window.text.substr(0, filled - kOverlap);
    advance(done, window.line, window.column);
    std::memmove(buffer.bytes.get(), buffer.bytes.get() + done.size(), kOverlap);
    const auto more = fill(bytes, buffer, kOverlap);
    if (!more) return missed(path, more.error());
    filled = *more;
  }
}

// What the place adds to what the engine saw: the words of whoever wrote the line, and whose code it is.
void TextSearch::settle(Located& found, std::string_view text, const std::string& path) const {
  auto& hit = found.hit;
  if (!hit.suppressed.empty()) return;
  if (hit.confidence == secrets::Confidence::low && is_vendored(path)) {
    hit.suppressed = "vendored";
    return;
  }
  if (terms_.per_answer && std::ranges::find(kAnyValue, hit.rule->id) != kAnyValue.end()) {
    hit.suppressed = "per-answer";
    return;
  }
  if (!terms_.heed_ignores) return;
  const auto line = line_around(text, hit.begin, hit.end);
  bool bare = false;
  auto reason = ignore_reason(line, bare);
  if (reason.empty() && !bare) {
    const auto above = line_before(text, line);
    // Above it only a line that is a comment of ours alone: one at the end of another secret's line is that secret's.
    if (above.substr(0, above.find(kIgnore)).find_first_of("=\"'") == std::string_view::npos)
      reason = ignore_reason(above, bare);
  }
  if (!reason.empty()) hit.suppressed = "ignored: " + reason;
  if (bare) hit.reasons.emplace_back("ignore-without-reason");
}

// Links what the rules say belongs together, where it stands near enough in the same file.
void TextSearch::link_companions(std::vector<Located>& found) {
  const auto link = [&](Located& one, const Located& other) {
    for (const auto& wanted : one.hit.rule->companions)
      if (other.hit.rule->id == wanted.rule && opens_something(other.hit) &&
          std::max(one.line, other.line) - std::min(one.line, other.line) <= wanted.within_lines)
        one.companions.insert(other.hash);
  };
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].hit.rule->companions.empty()) continue;
    const auto end = std::min(found.size(), i + kNeighbours);
    for (std::size_t j = i > kNeighbours ? i - kNeighbours : 0; j < end; ++j)
      if (j != i) link(found[i], found[j]);
  }
}

std::vector<TextSearch::Located> TextSearch::locate(const Window& window, const std::string& path, bool binary) {
  std::vector<Located> found;
  found.reserve(hits_.size());  // secrets must not stay behind in memory that was moved from
  std::size_t counted = 0;
  std::uint64_t line = window.line;
  std::uint64_t column = window.column;
  for (auto& hit : hits_) {
    // Of bytes that are no text only a provider's own shape counts.
    const bool counts = !binary || (!hit.rule->keywords.empty() && hit.confidence != secrets::Confidence::low);
    if (counts && hit.begin >= window.own_begin && hit.begin < window.own_end) {
      advance(window.text.substr(counted, hit.begin - counted), line, column);
      counted = hit.begin;
      auto& one = found.emplace_back();
      one.hash = secret_hash(terms_.key, hit.rule->id, hit.secret);
      one.line = binary ? 0 : line;
      one.column = binary ? 0 : column + 1;
      one.hit = hit;  // a copy, because a short string that was moved from keeps its bytes
      settle(one, window.text, path);
    }
    wipe(hit.secret);
  }
  return found;
}

// Whether an earlier search of the same bytes under the same path has found nothing. `name`: what to remember them by.
bool TextSearch::known(const Window& window, const std::string& path, SearchCache::Name& name) {
  if (terms_.cache == nullptr) return false;
  name = terms_.cache->name((terms_.suppressed ? "text and suppressed " : "text ") + path, as_bytes(window.text));
  return terms_.cache->knows(name);
}

// A file may be named after the secret that it holds: its name then shows no more of it than a report does. What is
// shorter may be a password that is a word, and names many a file that has to be found again.
std::string TextSearch::shown_path(std::string path, const std::vector<Located>& found) {
  constexpr std::size_t kLeast = 16;
  for (const auto& one : found)
    if (one.hit.suppressed.empty() && one.hit.secret.size() >= kLeast)
      path = replace_all(std::move(path), one.hit.secret, secrets::redact(one.hit.secret));
  return valid_utf8(path);
}

// False when nothing had to be searched.
bool TextSearch::take_hits(const Window& window, const std::string& path, std::string_view source, bool binary) {
  SearchCache::Name name{};
  if (known(window, path, name)) return false;
  hits_.clear();
  terms_.engine.scan(window.text, {path, terms_.suppressed}, scratch_, hits_);
  if (hits_.empty()) {
    if (terms_.cache != nullptr) terms_.cache->learn(name);
    return true;
  }
  auto found = locate(window, path, binary);
  link_companions(found);
  const auto shown = shown_path(path, found);
  for (auto& one : found) {
    SecretPlace place;
    place.path = shown;
    place.line = one.line;
    place.column = one.column;
    place.source = source;
    if (!terms_.claim || terms_.claim(one.hit, place)) {
      if (terms_.reveal && opens_something(one.hit)) terms_.reveal(one.hash, one.hit.secret);
      table_.add(one.hit, one.hash, one.companions, std::move(place));
    }
    wipe(one.hit.secret);
  }
  return true;
}

}  // namespace assay::source
