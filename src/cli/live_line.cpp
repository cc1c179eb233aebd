#include "cli/live_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "base/text.h"

namespace assay::cli {

std::string live_text(const scan::Progress& p, Duration elapsed) {
  const std::uint64_t total = p.targets_total, done = p.targets_done;
  const std::uint64_t steps = p.steps_total, steps_done = p.steps_done;
  std::string text =
      fmt::format("{}/{} · {} · {} · {}", done, plural(total, "target"), plural(p.http_requests, "request"),
                  plural(p.tls_connections, "TLS connection"), format_bytes(p.bytes_received));
  // Steps of targets not begun yet are unknown: they are taken to be as many as those of the begun ones.
  const double known = steps == 0 ? 0.0 : static_cast<double>(steps_done) / static_cast<double>(steps);
  const double share = total <= 1 ? known : static_cast<double>(done) / static_cast<double>(total);
  if (share > 0.02 && share < 1.0) {
    const auto left =
        Duration(static_cast<Duration::rep>(static_cast<double>(elapsed.count()) * (1.0 - share) / share));
    text += fmt::format(" · about {} left", format_duration(std::chrono::ceil<std::chrono::seconds>(left)));
  }
  return text;
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
