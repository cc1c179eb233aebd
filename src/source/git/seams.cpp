#include "source/git/seams.h"

#include <algorithm>

namespace assay::source::git {
namespace {

constexpr std::uint64_t kLineReach = 256;  // how far a line's end is looked for
constexpr std::uint64_t kLeastGap = 128;   // spans nearer than this are searched as one

std::uint64_t longest(const std::vector<Mark>& marks) {
  std::uint64_t size = 0;
  for (const Mark& mark : marks) size = std::max(size, mark.end - mark.begin);
  return size;
}

// Calls `visit` with every mark that shares a byte with what `copy` copies.
template <class Visit>
void for_each_touched(const DeltaTrace::Copy& copy, const std::vector<Mark>& marks, std::uint64_t reach,
                      Visit&& visit) {
  const std::uint64_t from = copy.from > reach ? copy.from - reach : 0;
  auto it = std::ranges::lower_bound(marks, from, {}, &Mark::begin);
  for (; it != marks.end() && it->begin < copy.from + copy.size; ++it) {
    if (it->end > copy.from) visit(*it);
  }
}

bool whole(const DeltaTrace::Copy& copy, const Mark& mark) {
  return mark.begin >= copy.from && mark.end <= copy.from + copy.size;
}

// What the result has of marks that were torn apart.
void add_torn(const DeltaTrace& trace, const std::vector<Mark>& marks, std::vector<Span>& fresh) {
  const std::uint64_t reach = longest(marks);
  for (const auto& copy : trace.copies) {
    for_each_touched(copy, marks, reach, [&](const Mark& mark) {
      if (whole(copy, mark)) return;
      const std::uint64_t begin = std::max(mark.begin, copy.from), end = std::min(mark.end, copy.from + copy.size);
      fresh.push_back({begin - copy.from + copy.to, end - copy.from + copy.to});
    });
  }
  std::ranges::sort(fresh, {}, &Span::begin);
}

std::uint64_t line_begin(std::string_view text, std::uint64_t at) {
  const std::uint64_t least = at > kLineReach ? at - kLineReach : 0;
  for (std::uint64_t i = at; i > least; --i) {
    if (text[i - 1] == '\n') return i;
  }
  return least == 0 ? 0 : at;
}

std::uint64_t line_end(std::string_view text, std::uint64_t at) {
  const std::uint64_t most = std::min<std::uint64_t>(text.size(), at + kLineReach);
  for (std::uint64_t i = at; i < most; ++i) {
    if (text[i] == '\n') return i + 1;
  }
  return most == text.size() ? most : at;
}

}  // namespace

std::vector<Span> spans_to_search(std::string_view text, const DeltaTrace& trace, const std::vector<Mark>& marks,
                                  std::uint64_t window) {
  std::vector<Span> torn;
  if (!marks.empty()) {
    torn = trace.fresh;
    add_torn(trace, marks, torn);
  }
  std::vector<Span> spans;
  for (const Span& fresh : marks.empty() ? trace.fresh : torn) {
    const std::uint64_t begin = fresh.begin > window ? fresh.begin - window : 0;
    const std::uint64_t end = std::min<std::uint64_t>(text.size(), fresh.end + window);
    if (!spans.empty() && begin <= spans.back().end + kLeastGap) {
      spans.back().end = std::max(spans.back().end, end);
    } else {
      spans.push_back({begin, end});
    }
  }
  for (std::size_t i = 0; i < spans.size(); ++i) {
    spans[i].begin = std::max(line_begin(text, spans[i].begin), i == 0 ? 0 : spans[i - 1].end);
    spans[i].end = line_end(text, spans[i].end);
  }
  return spans;
}

std::vector<Mark> copied_marks(const DeltaTrace& trace, const std::vector<Mark>& marks, std::size_t most) {
  std::vector<Mark> copied;
  const std::uint64_t reach = longest(marks);
  for (const auto& copy : trace.copies) {
    for_each_touched(copy, marks, reach, [&](const Mark& mark) {
      if (!whole(copy, mark) || copied.size() >= most) return;
      copied.push_back({mark.begin - copy.from + copy.to, mark.end - copy.from + copy.to, mark.key, false});
    });
    if (copied.size() >= most) break;
  }
  return copied;
}

}  // namespace assay::source::git
