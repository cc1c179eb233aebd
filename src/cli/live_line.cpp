#include "cli/live_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace assay::cli {

namespace {

constexpr std::string_view kBetween = " · ";
constexpr std::size_t kLeastBar = 10, kMostBar = 20;

// What the line may say, in its order. Where there is no room, parts of the least weight go first.
class Parts {
 public:
  void add(int weight, std::string text) {
    if (!text.empty()) parts_.push_back({weight, std::move(text)});
  }

  std::string fitted(std::size_t width) {
    while (parts_.size() > 1 && display_width(text()) > width) parts_.erase(std::ranges::min_element(parts_));
    auto line = text();
    while (display_width(line) > width && line.size() > 4) line = ellipsis(line, line.size() - 4);
    return line;
  }

 private:
  struct Part {
    int weight = 0;
    std::string text;
    auto operator<=>(const Part&) const = default;
  };
  std::string text() const {
    std::string line;
    for (const auto& part : parts_) line += (line.empty() ? "" : std::string(kBetween)) + part.text;
    return line;
  }
  std::vector<Part> parts_;
};

double share_of(std::uint64_t done, std::uint64_t all) {
  return all == 0 ? 0.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
}

std::string left_text(double share, Duration elapsed) {
  if (share <= 0.02 || share >= 1.0) return {};
  const auto left = Duration(static_cast<Duration::rep>(static_cast<double>(elapsed.count()) * (1.0 - share) / share));
  return fmt::format("about {} left", format_duration(std::chrono::ceil<std::chrono::seconds>(left)));
}

std::string bar(double share, std::size_t cells) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(cells));
  return fmt::format("[{:<{}}] {:>2}%", std::string(full, '='), cells, static_cast<int>(share * 100));
}

// What comes after is unknown until it begins: files before objects.
std::string source_text(const scan::Progress& progress, const LiveTimes& times, std::size_t width) {
  const auto& p = progress.sweep;
  const std::uint64_t targets = progress.targets_total, targets_done = progress.targets_done;
  const std::uint64_t found = p.tree.files_found, done = p.tree.files_done;
  const std::uint64_t objects = p.history.objects, objects_done = p.history.objects_done;
  const std::uint64_t packed = p.packed, packed_read = p.packed_read;
  const std::uint64_t bytes = p.bytes + p.history.bytes;
  const bool single_file = packed > 0 && found == 1;
  const double seconds = std::max(0.001, std::chrono::duration<double>(times.elapsed).count());
  double share = 0;
  if (targets > 1) {
    share = share_of(targets_done, targets);
  } else if (objects > 0) {
    share = share_of(objects_done, objects);
  } else if (single_file) {
    share = packed_read < packed ? share_of(packed_read, packed) : 0;  // a small file is read before it is unpacked
  } else if (p.tree.all_found) {
    share = share_of(done, found);
  }
  Parts parts;
  if (targets > 1) parts.add(3, fmt::format("{}/{} targets", targets_done, targets));
  if (single_file) {
    parts.add(2, fmt::format("{} of {} read", format_bytes(packed_read), format_bytes(packed)));
  } else if (found > 0 || objects == 0) {
    parts.add(objects > 0 ? 1 : 4, fmt::format("{}/{}{} files", done, found, p.tree.all_found ? "" : "+"));
  }
  if (objects > 0) parts.add(4, fmt::format("{}/{} objects of the history", objects_done, objects));
  parts.add(6, format_bytes(bytes));
  parts.add(3, fmt::format("{}/s", format_bytes(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds))));
  parts.add(5, left_text(share, objects > 0 && targets == 1 ? times.history : times.elapsed));
  auto line = parts.fitted(width);
  const auto beside = display_width(line) + display_width(kBetween) + display_width(bar(share, 0));
  if (share == 0 || beside + kLeastBar > width) return line;
  return bar(share, std::min(kMostBar, width - beside)) + std::string(kBetween) + line;
}

std::string network_text(const scan::Progress& p, Duration elapsed, std::size_t width) {
  const std::uint64_t total = p.targets_total, done = p.targets_done;
  // Steps of targets not begun yet are unknown: they are taken to be as many as those of the begun ones.
  const double share = total == 1 ? share_of(p.steps_done, p.steps_total) : share_of(done, total);
  Parts parts;
  parts.add(4, fmt::format("{}/{}", done, plural(total, "target")));
  parts.add(3, plural(p.http_requests, "request"));
  parts.add(1, plural(p.tls_connections, "TLS connection"));
  parts.add(2, format_bytes(p.bytes_received));
  parts.add(5, left_text(share, elapsed));
  return parts.fitted(width);
}

bool moves_cursor() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && terminal != nullptr && *terminal != '\0' &&
         std::string_view(terminal) != "dumb";
}

}  // namespace

std::string live_text(const scan::Progress& p, const LiveTimes& times, std::size_t width) {
  if (p.targets_total == 0) return {};
  const bool searching = p.sweep.tree.files_found > 0 || p.sweep.history.objects > 0;
  if (searching || p.sources_total >= p.targets_total) return source_text(p, times, width);
  return network_text(p, times.elapsed, width);
}

LiveLine::LiveLine(const scan::Progress& progress, bool wanted) {
  if (wanted && moves_cursor()) thread_ = std::thread([this, &progress] { draw(progress); });
}

void LiveLine::draw(const scan::Progress& progress) const {
  const auto started = std::chrono::steady_clock::now();
  LiveTimes times;
  Duration before_history{};
  while (!ended_) {
    times.elapsed = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
    if (progress.sweep.history.objects == 0) before_history = times.elapsed;
    times.history = times.elapsed - before_history;
    winsize size{};
    const std::size_t width =
        ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79U;
    fmt::print(stderr, "\r\x1b[K{}", live_text(progress, times, width));
    std::fflush(stderr);
    for (int i = 0; i < 4 && !ended_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

LiveLine::~LiveLine() {
  ended_ = true;
  if (thread_.joinable()) thread_.join();
}

}  // namespace assay::cli
