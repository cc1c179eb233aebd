#include "cli/live_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/text.h"

namespace assay::cli {

namespace {

std::string left_text(double share, Duration elapsed) {
  if (share <= 0.02 || share >= 1.0) return {};
  const auto left = Duration(static_cast<Duration::rep>(static_cast<double>(elapsed.count()) * (1.0 - share) / share));
  return fmt::format(" · about {} left", format_duration(std::chrono::ceil<std::chrono::seconds>(left)));
}

std::string source_text(const source::SweepProgress& p, Duration elapsed) {
  const std::uint64_t found = p.tree.files_found, done = p.tree.files_done;
  const std::uint64_t objects = p.history.objects, objects_done = p.history.objects_done;
  const std::uint64_t bytes = p.bytes + p.history.bytes;
  const double seconds = std::max(0.001, std::chrono::duration<double>(elapsed).count());
  std::string text = fmt::format("{}/{}{} files", done, found, p.tree.all_found ? "" : "+");
  if (objects > 0) text += fmt::format(" · {}/{} objects of the history", objects_done, objects);
  text += fmt::format(" · {} · {}/s", format_bytes(bytes),
                      format_bytes(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)));
  // What comes after is unknown until it begins: files before objects.
  const auto of = objects > 0 ? objects : found;
  const auto now = objects > 0 ? objects_done : done;
  if (p.tree.all_found && of > 0) text += left_text(static_cast<double>(now) / static_cast<double>(of), elapsed);
  return text;
}

}  // namespace

std::string live_text(const scan::Progress& p, Duration elapsed) {
  if (p.sweep.tree.files_found > 0 || p.sweep.history.objects > 0) return source_text(p.sweep, elapsed);
  const std::uint64_t total = p.targets_total, done = p.targets_done;
  const std::uint64_t steps = p.steps_total, steps_done = p.steps_done;
  std::string text =
      fmt::format("{}/{} · {} · {} · {}", done, plural(total, "target"), plural(p.http_requests, "request"),
                  plural(p.tls_connections, "TLS connection"), format_bytes(p.bytes_received));
  // Steps of targets not begun yet are unknown: they are taken to be as many as those of the begun ones.
  const double known = steps == 0 ? 0.0 : static_cast<double>(steps_done) / static_cast<double>(steps);
  const double share = total <= 1 ? known : static_cast<double>(done) / static_cast<double>(total);
  return text + left_text(share, elapsed);
}

LiveLine::LiveLine(const scan::Progress& progress, bool wanted) {
  if (!wanted || ::isatty(STDERR_FILENO) == 0) return;
  thread_ = std::thread([this, &progress] {
    const auto started = std::chrono::steady_clock::now();
    while (!ended_) {
      const auto elapsed = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
      winsize size{};
      const std::size_t width =
          ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79U;
      std::string text = live_text(progress, elapsed);
      while (display_width(text) > width) text = ellipsis(text, text.size() - 4);
      fmt::print(stderr, "\r\x1b[K{}", text);
      std::fflush(stderr);
      for (int i = 0; i < 4 && !ended_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  });
}

LiveLine::~LiveLine() {
  ended_ = true;
  if (thread_.joinable()) thread_.join();
}

}  // namespace assay::cli
