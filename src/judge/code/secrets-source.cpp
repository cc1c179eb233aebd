// secrets-source: no secret stands in what the app is made of and what it gives to browsers.
//
// One finding a secret, wherever and however often it stands. Its severity is its rule's; one step more when the secret
// was tried and works, or when everybody can read where it stands. What is only likely to be a secret and was not seen
// to work, and one that no longer works, is a warning. A pass takes a search of the source that left nothing out.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "judge/judge.h"
#include "judge/ruling.h"
#include "model/secret.h"

namespace assay::judge {

namespace {

constexpr std::size_t kPlacesShown = 20;
constexpr std::size_t kGapsShown = 3;
constexpr std::size_t kPathShown = 300;  // bytes

// What holds no content of the app's own.
constexpr std::array kHarmless = {gap::kSpecialFile, gap::kSubmodule};

bool hides_something(const SweepGap& g) {
  return std::ranges::find(kHarmless, g.reason) == kHarmless.end();
}

std::string path_of(std::string_view path) {
  return printable(ellipsis(path, kPathShown));
}

std::string place_line(const SecretPlace& p) {
  std::string text = path_of(p.path);
  if (p.line > 0) text += fmt::format(":{}:{}", p.line, p.column);
  if (!p.first_commit.empty()) {
    text += fmt::format(" (since commit {}", printable(p.first_commit.substr(0, 12)));
    if (p.deleted)
      text += fmt::format(", deleted after {}, still in the history", printable(p.last_commit.substr(0, 12)));
    text += ")";
  } else if (p.source == sweep_input::kHistory) {
    text += " (in no commit that could be read, but still in the repository)";
  }
  return text;
}

std::string proof_of(const SecretSighting& s) {
  std::string proof =
      fmt::format("{}, confidence {}, score {:.2f}", printable(s.redacted), printable(s.confidence), s.score);
  if (!s.reasons.empty()) proof += fmt::format(" ({})", printable(join(s.reasons, ", ")));
  if (!s.encodings.empty()) proof += fmt::format(", written as {}", printable(join(s.encodings, ", ")));
  if (s.validity != "unknown") proof += s.validity == "valid" ? ", tried: it works" : ", tried: it no longer works";
  for (std::size_t i = 0; i < std::min(s.places.size(), kPlacesShown); ++i) proof += "\n" + place_line(s.places[i]);
  const auto more = s.places_left_out + s.places.size() - std::min(s.places.size(), kPlacesShown);
  if (more > 0) proof += fmt::format("\nand {}", plural(more, "more place"));
  return proof;
}

std::string title_of(const SecretSighting& s) {
  const auto where = s.places.empty() ? std::string() : " in " + path_of(s.places.front().path);
  const auto count = s.places.size() + s.places_left_out;
  return printable(s.title) + where + (count > 1 ? fmt::format(" and {}", plural(count - 1, "other place")) : "");
}

std::string remedy_of(const SecretSighting& s) {
  const std::string revoke = s.remedy.empty() ? "Revoke it where it was issued." : std::string(trim(s.remedy));
  return revoke + " Then remove it, and read its successor from the environment or a secret store.";
}

Severity raised(Severity s) {
  return s == Severity::critical ? s : static_cast<Severity>(static_cast<int>(s) + 1);
}

void take(Ruling& ruling, const Observed<SecretSweep>& sweep, const SecretSighting& s) {
  Miss miss{secret_locator(s), title_of(s), proof_of(s), remedy_of(s), {sweep.id}, {}};
  if (!s.opens.empty()) miss.proof += "\nIt opens: " + printable(s.opens);
  const bool works = s.validity == "valid";
  if (!works && (s.confidence == "low" || s.validity == "invalid")) {
    ruling.warn(std::move(miss));
    return;
  }
  miss.severity = severity_from_string(s.severity).value_or(Severity::high);
  if (works || sweep.value.published) miss.severity = raised(*miss.severity);
  ruling.miss(std::move(miss));
}

std::string seen(const SecretSweep& s) {
  return fmt::format("{}, {} of {}", plural(s.files, "file"), format_bytes(s.bytes), join(s.inputs, ", "));
}

// Archives are opened wherever they come from.
bool is_source(std::string_view input) {
  return input != sweep_input::kServed && input != sweep_input::kArchives;
}

std::optional<Unknown> gaps_of(const SecretSweep& s) {
  std::vector<std::string> shown;
  std::uint64_t count = s.gaps_left_out;
  std::string code;
  for (const auto& g : s.gaps) {
    if (!hides_something(g)) continue;
    if (code.empty()) code = g.reason;
    if (++count <= kGapsShown + s.gaps_left_out)
      shown.push_back(fmt::format("{} ({})", path_of(g.path), printable(g.reason)));
  }
  if (count == 0) return std::nullopt;
  if (count > shown.size()) shown.push_back(fmt::format("{} more", count - shown.size()));
  return Unknown{code.empty() ? std::string(gap::kLimit) : code,
                 fmt::format("Not everything could be searched for secrets: {}.", join(shown, ", "))};
}

// A secret that was found is no reason to keep quiet about what was not searched: what stands there may be worse.
Verdict with_rest(Verdict verdict, const std::optional<Unknown>& gaps) {
  if (verdict.outcome != Outcome::fail || !gaps) return verdict;
  verdict.reason += " " + gaps->reason;
  verdict.reason_code = gaps->code;
  return verdict;
}

// The app's own material was given, or what is about to become it.
bool of_source(const SecretSweep& s) {
  const bool served = std::ranges::find(s.inputs, sweep_input::kServed) != s.inputs.end();
  return !served || std::ranges::any_of(s.inputs, is_source);
}

}  // namespace

Verdict secrets_source(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto sweeps = view.sweeps();
  if (sweeps.empty())
    return ruling.inconclusive(
        std::string(kNotProbed),
        "Nothing that the app is made of was searched for secrets: neither source nor bundle was given.");
  std::vector<std::string> searched;
  bool source = false;
  std::optional<Unknown> gaps;  // of the first sweep that has some
  for (const auto* sweep : sweeps) {
    ruling.rests_on(sweep->id);
    for (const auto& s : sweep->value.sightings)
      if (s.suppressed.empty()) take(ruling, *sweep, s);
    if (auto left_out = gaps_of(sweep->value)) {
      ruling.unknown(*left_out);
      if (!gaps) gaps = std::move(left_out);
    }
    source = source || of_source(sweep->value);
    searched.push_back(seen(sweep->value));
    if (sweep->value.files == 0 &&
        std::ranges::find(sweep->value.inputs, sweep_input::kIndex) == sweep->value.inputs.end() &&
        sweep->value.blobs == 0)
      ruling.unknown({"empty", "There was nothing to search for secrets."});
  }
  if (!source)
    ruling.unknown({"source-not-given",
                    fmt::format("What the app gives to browsers holds no secret ({}), but its source was not given.",
                                join(searched, "; "))});
  return with_rest(ruling.decide(fmt::format("No secret was found in {}.", join(searched, "; "))), gaps);
}

}  // namespace assay::judge
