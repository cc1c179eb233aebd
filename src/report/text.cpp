// The report for a terminal: short, grouped by severity, then what could not be looked at.

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/evidence_view.h"
#include "report/formats.h"

namespace assay::report {

namespace {

constexpr std::size_t kSubjectsShown = 3;
constexpr std::size_t kProofLines = 6;

// ANSI attributes by meaning; empty without colour.
struct Palette {
  explicit Palette(bool color)
      : bold(color ? "\x1b[1m" : ""),
        dim(color ? "\x1b[2m" : ""),
        red(color ? "\x1b[31m" : ""),
        yellow(color ? "\x1b[33m" : ""),
        green(color ? "\x1b[32m" : ""),
        cyan(color ? "\x1b[36m" : ""),
        off(color ? "\x1b[0m" : "") {}
  std::string_view of(Severity s) const {
    if (s >= Severity::high) return red;
    return s == Severity::medium ? yellow : cyan;
  }
  std::string_view bold, dim, red, yellow, green, cyan, off;
};

class TextReport {
 public:
  TextReport(const ScanRecord& record, const Options& options) : r_(record), options_(options), p_(options.color) {}

  std::string render() {
    head();
    findings();
    if (!options_.quiet) {
      closed("FIXED", p_.green, r_.fixed);
      closed("NO LONGER NAMED BY THE APP", p_.dim, r_.gone);
      suppressed();
      inconclusive();
      not_looked_at();
      notes();
    }
    summary();
    return std::move(out_);
  }

 private:
  template <class... A>
  void line(fmt::format_string<A...> format, A&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<A>(args)...);
    out_ += '\n';
  }

  // `text` wrapped to the width, first line after `label`, the others aligned with it.
  void labelled(std::string_view label, std::string_view text, std::string_view attribute = {}) {
    const std::size_t indent = 12;
    std::size_t lines = 0;
    for (const auto raw : split(trim(text), '\n')) {
      std::string current;
      const auto flush = [&] {
        const std::string lead = lines == 0 ? fmt::format("    {:<8}", label) : std::string(indent, ' ');
        line("{}{}{}{}", lead, attribute, current, attribute.empty() ? std::string_view{} : p_.off);
        ++lines;
        current.clear();
      };
      for (const auto word : split(printable(raw), ' ')) {
        if (!current.empty() && indent + display_width(current) + 1 + display_width(word) > options_.width) flush();
        if (!current.empty()) current += ' ';
        current += word;
      }
      flush();
      if (lines > kProofLines && label == "Proof") {
        line("{}…", std::string(indent, ' '));
        return;
      }
    }
  }

  void head() {
    const std::string name =
        r_.app.name.empty() || r_.app.name == r_.app.key ? "" : fmt::format(" ({})", printable(r_.app.name));
    line("{}{}{}{}  {}{}{}", p_.bold, printable(r_.app.key), p_.off, name, p_.dim, printable(r_.app.target), p_.off);
    line("{}{} · {} · took {} · {}{}", p_.dim, r_.app.kind, format_rfc3339(r_.started).substr(0, 19) + "Z",
         format_duration(r_.finished - r_.started), work(), p_.off);
    if (!r_.complete) line("{}Incomplete: {}.{}", p_.yellow, r_.incomplete_reason, p_.off);
    if (!r_.allowed_networks.empty())
      line("{}Networks allowed although not public: {}{}", p_.dim, join(r_.allowed_networks, ", "), p_.off);
  }

  void findings() {
    const auto all = findings_of(r_);
    for (const auto severity : {Severity::critical, Severity::high, Severity::medium, Severity::low, Severity::none}) {
      const auto count = std::ranges::count_if(all, [&](const Finding* f) { return f->severity == severity; });
      if (count == 0) continue;
      line("");
      line("{}{}{} · {}{}", p_.bold, p_.of(severity), ascii_upper(severity_title(severity)),
           plural(static_cast<std::uint64_t>(count), "finding"), p_.off);
      for (const auto* f : all)
        if (f->severity == severity) finding(*f);
    }
  }

  void finding(const Finding& f) {
    std::string marks;
    if (const auto at = r_.standing.find(f.fingerprint); at != r_.standing.end())
      marks += fmt::format("  [{}]", to_string(at->second));
    const auto ignored = r_.ignored.find(f.fingerprint);
    if (ignored != r_.ignored.end()) marks += "  [ignored]";
    line("  {}{}{}  {}{}", p_.bold, f.requirement, p_.off, printable(f.subject), marks);
    labelled("", f.title, p_.of(f.severity));
    if (ignored != r_.ignored.end()) labelled("Ignored", ignored->second);
    labelled("Proof", f.proof);
    labelled("Fix", f.remediation);
    line("    {}{:<8}{}{}{}", p_.dim, "", f.cvss.vector.empty() ? "" : fmt::format("CVSS {:.1f} · ", f.cvss.score),
         f.fingerprint, p_.off);
  }

  void closed(std::string_view title, std::string_view colour, const std::vector<Finding>& findings) {
    if (findings.empty()) return;
    line("");
    line("{}{}{} · {}{}", p_.bold, colour, title, plural(findings.size(), "finding"), p_.off);
    for (const auto& f : findings) line("  {}  {}  {}", f.requirement, printable(f.subject), printable(f.title));
  }

  void suppressed() {
    if (!options_.show_suppressed) return;
    line("");
    line("{}PUT ASIDE{}", p_.bold, p_.off);
    const EvidenceSet evidence(r_.evidence);
    for (const auto& sweep : evidence.sweeps()) {
      for (const auto& s : sweep.value.sightings) {
        if (s.suppressed.empty() || s.places.empty()) continue;
        const auto& place = s.places.front();
        const auto more = s.places.size() + s.places_left_out - 1;
        line("  {}  {}  {}:{}{}  {}{}{}", s.rule, printable(s.redacted), printable(place.path), place.line,
             more == 0 ? "" : fmt::format(" and {} more", more), p_.dim, printable(s.suppressed), p_.off);
      }
    }
  }

  // What a scan did: requests, or what it read.
  std::string work() const {
    const EvidenceSet evidence(r_.evidence);
    if (r_.app.kind != "source" || evidence.sweeps().empty())
      return fmt::format("{} · {}", plural(r_.statistics.http_requests, "request"),
                         plural(r_.statistics.tls_connections, "TLS connection"));
    const auto& s = evidence.sweeps().back().value;
    std::string text = fmt::format("{} · {}", plural(s.files, "file"), format_bytes(s.bytes));
    if (s.archives > 0) text += " · " + plural(s.archives, "archive");
    if (s.commits > 0) text += " · " + plural(s.commits, "commit");
    return text;
  }

  void inconclusive() {
    const auto groups = group_by_reason(r_, Outcome::inconclusive);
    if (groups.empty()) return;
    line("");
    line("{}{}INCONCLUSIVE{}", p_.bold, p_.yellow, p_.off);
    for (const auto& g : groups) {
      std::vector<std::string> shown;
      for (std::size_t i = 0; i < std::min(kSubjectsShown, g.subjects.size()); ++i)
        shown.push_back(printable(g.subjects[i]));
      std::string subjects = join(shown, ", ");
      if (g.subjects.size() > kSubjectsShown)
        subjects += fmt::format(" and {} more", g.subjects.size() - kSubjectsShown);
      line("  {}{}{}  {}", p_.bold, g.requirement, p_.off, subjects);
      labelled("", g.reason);
    }
  }

  void not_looked_at() {
    if (r_.not_verified.empty()) return;
    line("");
    line("{}NOT LOOKED AT{}", p_.bold, p_.off);
    for (const auto& g : group_not_verified(r_)) {
      line("  {}: {}", g.reason, plural(g.requirements.size(), "requirement"));
      labelled("", join(g.requirements, ", "), p_.dim);
    }
  }

  void notes() {
    if (r_.notes.empty()) return;
    line("");
    line("{}NOTES ON THE DESCRIPTOR{}", p_.bold, p_.off);
    for (const auto& n : r_.notes)
      line("  {}{}{}", printable(n.pointer), n.pointer.empty() ? "" : ": ", printable(n.detail));
  }

  void summary() {
    const auto c = count_outcomes(r_);
    line("");
    const std::string in_part = c.in_part > 0 ? fmt::format(" ({} in part inconclusive)", c.in_part) : "";
    line("{}pass {} · fail {}{} · inconclusive {} · not applicable {}{}", p_.bold, c.pass, c.fail, in_part,
         c.inconclusive, c.not_applicable, p_.off);
  }

  const ScanRecord& r_;
  const Options& options_;
  Palette p_;
  std::string out_;
};

std::string totals(const Records& records, const Options& options) {
  int with_findings = 0, inconclusive = 0;
  std::size_t counted = 0;
  for (const auto& r : records) {
    const auto at_level = std::ranges::count_if(findings_of(r), [&](const Finding* f) {
      return options.fail_on != Severity::none && f->severity >= options.fail_on && !r.ignored.contains(f->fingerprint);
    });
    counted += static_cast<std::size_t>(at_level);
    with_findings += at_level > 0 ? 1 : 0;
    inconclusive += count_outcomes(r).leaves_something_open() ? 1 : 0;
  }
  return fmt::format("{} · {} at {} or above in {} · {} with something inconclusive\n", plural(records.size(), "app"),
                     plural(counted, "finding"), to_string(options.fail_on),
                     plural(static_cast<std::uint64_t>(with_findings), "app"),
                     plural(static_cast<std::uint64_t>(inconclusive), "app"));
}

}  // namespace

std::string render_text(const Records& records, const catalog::Catalog&, const Options& options) {
  std::string out;
  for (const auto& record : records) {
    if (!out.empty()) out += "\n" + std::string(std::min<std::size_t>(options.width, 72), '-') + "\n\n";
    out += TextReport(record, options).render();
  }
  if (records.size() > 1) out += "\n" + totals(records, options);
  return out;
}

}  // namespace assay::report
