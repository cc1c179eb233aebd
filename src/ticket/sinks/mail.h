#pragma once

// Mails: RFC 5322 with RFC 2047 headers, one for all notices of one recipient. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace assay::ticket {

struct MailHead {
  std::string from, to;    // bare addresses
  std::string subject;     // any UTF-8
  std::string message_id;  // without brackets
  Time date{};
};

// Header and body with CRLF; the body is `text` in base64, so no line of it is long or begins with a dot.
std::string compose_mail(const MailHead& head, std::string_view text);

// The value of an unstructured header field: as it is when it is short printable ASCII, else RFC 2047 words, folded.
// Line breaks and controls do not survive.
std::string header_text(std::string_view text);

// Subject and text of one mail over `notices` (their bodies, oldest first).
std::string digest_subject(const std::vector<Json>& notices);
std::string digest_text(const std::vector<Json>& notices);

}  // namespace assay::ticket
