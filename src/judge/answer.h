#pragma once

// How an endpoint answered, read from the structure of the answer (status, redirect target, media type, members of a
// JSON body, likeness to the answer for a path that cannot exist) and never from the words on the page.

#include <string>
#include <string_view>
#include <vector>

#include "judge/ruling.h"
#include "model/evidence_view.h"

namespace assay::judge {

enum class AnswerKind {
  refused,   // 4xx, a redirect to a log-in page or to another site, a JSON body that states 401 or 403
  absent,    // 404 or 410, as a path that does not exist is answered, too: proves a refusal only beside another answer
  accepted,  // 2xx with content of the endpoint's own
  empty,     // 2xx without content: taken or dropped, nobody can tell
  unclear,   // none of these: `unknown` says why
};

struct Answer {
  AnswerKind kind = AnswerKind::unclear;
  Unknown unknown;                    // for `unclear`
  std::string seen;                   // one line for people: request, credential, status, media type, size
  std::string method;                 // of the first request
  std::string credential;             // one of assay::credential
  int status = 0;                     // of the last hop; 0 when there is none
  std::vector<std::string> evidence;  // every hop, and the control where it was compared with
  const Observed<HttpExchange>* last = nullptr;
};

// `first` is hop 0. The control is the answer of the endpoint's origin to a path that cannot exist, when there is one.
Answer read_answer(const EvidenceView& view, const Observed<HttpExchange>& first);
// All answers (hop 0) of one kind of evidence for the view's subject, in order.
std::vector<Answer> read_answers(const EvidenceView& view, std::string_view evidence_kind);

// Says why no answer showed the page itself, for judges of a page's own headers: not asked, only refused, or neither.
void report_page_not_seen(Ruling& ruling, const std::vector<Answer>& answers);

// "without a token", "with an unsigned token (alg=none)", …
std::string_view describe_credential(std::string_view credential);

// Likeness of two texts by their words, 0 to 1; the paths that were asked and long random words are left out before.
double likeness(std::string_view a, std::string_view b);

// True for media types of files that are the same for everybody: images, fonts, style sheets, scripts.
bool is_static_media(std::string_view media_type);

}  // namespace assay::judge
