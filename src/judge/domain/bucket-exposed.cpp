// bucket-exposed: no storage bucket that the app names lists its content to everybody. docs/judges/bucket-exposed.md
// says what is proof.

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "judge/judge.h"
#include "judge/ruling.h"
#include "model/bucket.h"

namespace assay::judge {

namespace {

// The documents in which the stores list a bucket.
bool is_listing(const HttpResponseRecord& response) {
  return response.status == 200 && (response.body.find("<ListBucketResult") != std::string::npos ||
                                    response.body.find("<EnumerationResults") != std::string::npos);
}

// Refused, or not there: 401 and 403, Azure's 409 where public access is switched off, and 404.
bool is_refusal(int status) {
  return status == 401 || status == 403 || status == 404 || status == 409;
}

void judge_answer(Ruling& ruling, const NamedBucket& named, const Observed<HttpExchange>& e) {
  ruling.rests_on(e.id);
  if (auto why = unanswered(e.value)) return ruling.unknown(std::move(*why));
  const auto& response = *e.value.response;
  const auto answered = fmt::format("{} was answered {}", request_line(e.value), status_line(response));
  if (is_listing(response)) {
    auto evidence = named.evidence;
    evidence.push_back(e.id);
    Miss miss{named.bucket.id(),
              fmt::format("The bucket {} lists its content to everybody", printable(named.bucket.name)),
              printable(ellipsis(named.named_by, 300)) + "\n" + answered + " with a listing",
              "Block public access for the bucket, and serve what must be public through a CDN that alone may read it.",
              std::move(evidence),
              {}};
    return named.of_app ? ruling.miss(std::move(miss)) : ruling.warn(std::move(miss));
  }
  if (!is_refusal(response.status))
    ruling.unknown({"not-understood", answered + ", which is neither a listing nor a refusal."});
}

}  // namespace

Verdict bucket_exposed(const EvidenceView& view, const Requirement& requirement) {
  Ruling ruling(view, requirement);
  const auto* hosts = view.all().hosts();
  if (hosts == nullptr) return ruling.inconclusive(std::string(kNotProbed), "The hosts of the app were not gathered.");
  ruling.rests_on(hosts->id);
  const auto buckets = named_buckets(view.all());
  if (buckets.empty()) return ruling.not_applicable("no-bucket", "Nothing that can be seen of the app names a bucket.");
  for (const auto& named : buckets) {
    ruling.rests_on(named.evidence);
    const auto asks = [&](const Observed<HttpExchange>& e) {
      return e.value.request.purpose == purpose::kBucketListing && e.value.request.url == named.bucket.listing;
    };
    const auto& all = view.all().exchanges();
    const auto answer = std::ranges::find_if(all, asks);
    if (answer == all.end()) {
      ruling.unknown(
          {std::string(kNotProbed), fmt::format("The bucket {} was not asked.", printable(named.bucket.name))});
    } else {
      judge_answer(ruling, named, *answer);
    }
  }
  return ruling.decide(fmt::format("{} that the app names {} to list to strangers.", plural(buckets.size(), "bucket"),
                                   buckets.size() == 1 ? "refuses" : "refuse"));
}

}  // namespace assay::judge
