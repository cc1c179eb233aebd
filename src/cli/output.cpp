#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "cli/command.h"
#include "report/report.h"
#include "scan/baseline.h"
#include "scan/ignore.h"

namespace assay::cli {

namespace {

Result<report::Format> read_format(const std::string& name) {
  if (const auto format = report::format_from_string(name)) return *format;
  return fail(ErrorCode::invalid_input, fmt::format("format \"{}\"", printable(name)), "is not known",
              "choose text, json, sarif, html or junit");
}

struct FileOutput {
  report::Format format;
  std::string path;
};

Result<FileOutput> read_output(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size())
    return fail(ErrorCode::invalid_input, fmt::format("-o {}", printable(text)), "is not FORMAT=PATH",
                "write e.g. -o sarif=assay.sarif");
  const auto format = read_format(text.substr(0, equals));
  if (!format) return std::unexpected(format.error());
  return FileOutput{*format, text.substr(equals + 1)};
}

Result<Severity> read_fail_on(const std::string& name) {
  if (const auto severity = severity_from_string(name)) return *severity;
  return fail(ErrorCode::invalid_input, fmt::format("--fail-on {}", printable(name)), "is no severity",
              "choose critical, high, medium, low or none");
}

// Devices and pipes, whatever /dev/stdout is now, too: written to as they are, and never replaced by a file.
bool is_outlet(const std::string& path) {
  std::error_code ec;
  const auto type = std::filesystem::status(path, ec).type();
  return (path.starts_with("/dev/") && !path.starts_with("/dev/shm/")) ||
         (type != std::filesystem::file_type::regular && type != std::filesystem::file_type::not_found);
}

// Files whole or not at all: a reader never sees half a report. What a link leads to is written, not the link.
Result<void> write_file(const std::string& given, const std::string& text) {
  std::error_code ec;
  const bool in_place = is_outlet(given);
  const auto real = std::filesystem::canonical(given, ec);
  const std::string path = in_place || ec ? given : real.string();
  const std::string temporary = in_place ? path : fmt::format("{}.{}.tmp", path, ::getpid());
  std::FILE* file = std::fopen(temporary.c_str(), in_place ? "ab" : "wb");
  const auto failed = [&](int cause) {
    return fail(ErrorCode::io, path, std::string("cannot be written: ") + std::strerror(cause),
                "check the path and the room on the disk");
  };
  if (file == nullptr) return failed(errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int cause = errno;
  const bool closed = std::fclose(file) == 0;
  const bool named = in_place || (written && closed && std::rename(temporary.c_str(), path.c_str()) == 0);
  if (!written || !closed || !named) {
    const int why = written ? errno : cause;
    if (!in_place) std::remove(temporary.c_str());
    return failed(why);
  }
  return {};
}

report::Options report_options(const OutputOptions& options, Severity fail_on) {
  report::Options out;
  out.quiet = options.quiet;
  out.show_suppressed = options.show_suppressed;
  out.fail_on = fail_on;
  if (::isatty(STDOUT_FILENO) != 0) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    out.color = (no_color == nullptr || *no_color == '\0') && (term == nullptr || std::string_view(term) != "dumb");
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
      out.width = std::clamp<std::size_t>(size.ws_col, 40, 160);
  }
  return out;
}

// What a report cannot be written to shows before the scan, not after it.
Result<void> check_place(const FileOutput& output) {
  std::error_code ec;
  const std::filesystem::path path(output.path);
  if (output.path == "-")
    return fail(ErrorCode::invalid_input, "-o with \"-\"", "names no file", "use --format for standard output");
  if (std::filesystem::is_directory(path, ec))
    return fail(ErrorCode::invalid_input, output.path, "is a directory", "name the report's file in it");
  if (path.has_parent_path() && !std::filesystem::is_directory(path.parent_path(), ec))
    return fail(ErrorCode::invalid_input, output.path, "cannot be written: it is to lie in no directory",
                "make the directory, or name another");
  return {};
}

int exit_code_of(const std::vector<ScanRecord>& records, Severity fail_on) {
  bool inconclusive = false;
  for (const auto& record : records) {
    for (const auto* f : findings_of(record))
      if (fail_on != Severity::none && f->severity >= fail_on && !record.ignored.contains(f->fingerprint))
        return kFindings;
    inconclusive = inconclusive || !record.complete || count_outcomes(record).leaves_something_open();
  }
  return inconclusive ? kInconclusive : kClean;
}

}  // namespace

void OutputOptions::add_to(CLI::App& command) {
  command.add_option("--format", format, "Format on standard output: text, json, sarif, html, junit")
      ->capture_default_str()
      ->type_name("FORMAT");
  command.add_option("-o,--output", outputs, "Write a report of FORMAT to PATH; may be repeated")
      ->allow_extra_args(false)
      ->type_name("FORMAT=PATH");
  command
      .add_option("--fail-on", fail_on,
                  "Exit with 1 at findings of this severity or above: critical, high, medium, low, none")
      ->capture_default_str()
      ->type_name("SEVERITY");
  command.add_option("--baseline", baseline, "Compare with an earlier JSON report")->type_name("FILE");
  command
      .add_option("--ignore-file", ignore_file,
                  "Accepted findings, each with reason and expiry (default: .assayignore here, and at the top of a "
                  "directory that is scanned)")
      ->type_name("FILE");
  command.add_flag("--show-suppressed", show_suppressed,
                   "List what looked like secrets and was put aside, with the reasons (text and JSON)");
  command.add_flag("-q,--quiet", quiet, "Print findings and the summary only; no progress");
}

Result<void> check_output_options(const OutputOptions& options) {
  if (const auto format = read_format(options.format); !format) return std::unexpected(format.error());
  if (const auto severity = read_fail_on(options.fail_on); !severity) return std::unexpected(severity.error());
  for (const auto& text : options.outputs) {
    const auto output = read_output(text);
    if (!output) return std::unexpected(output.error());
    if (auto checked = check_place(*output); !checked) return checked;
  }
  if (!options.baseline.empty())
    if (const auto baseline = scan::read_baseline(options.baseline); !baseline)
      return std::unexpected(baseline.error());
  return {};
}

Result<int> deliver(std::vector<ScanRecord>& records, const catalog::Catalog& catalog, const OutputOptions& options,
                    const scan::Ignores& ignores) {
  const auto fail_on = read_fail_on(options.fail_on);
  if (!fail_on) return std::unexpected(fail_on.error());
  if (!options.baseline.empty()) {
    const auto baseline = scan::read_baseline(options.baseline);
    if (!baseline) return std::unexpected(baseline.error());
    for (auto& record : records) scan::compare_with_baseline(record, *baseline);
  }
  const Time today = now();
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const auto& warning : scan::apply_ignores(records[i], ignores, i, today)) report_warning(warning);

  const auto format = read_format(options.format);
  if (!format) return std::unexpected(format.error());
  auto rendering = report_options(options, *fail_on);
  if (auto written = write_stdout(report::render(*format, records, catalog, rendering)); !written)
    return std::unexpected(written.error());
  rendering.color = false;
  rendering.width = report::Options{}.width;
  for (const auto& text : options.outputs) {
    const auto output = read_output(text);
    if (!output) return std::unexpected(output.error());
    if (auto written = write_file(output->path, report::render(output->format, records, catalog, rendering)); !written)
      return std::unexpected(written.error());
  }
  return exit_code_of(records, *fail_on);
}

}  // namespace assay::cli
