#pragma once

// The head of a response, read line by line: status line and fields. Lenient; every leniency is an anomaly code.

#include <string>
#include <string_view>
#include <vector>

#include "model/exchange.h"
#include "net/http/anomaly.h"

namespace assay::net::http {

struct Head {
  int status = 0;
  std::string version;  // as sent; never empty once there is a status line
  std::string reason;
  std::vector<HttpField> fields;  // valid UTF-8; CR and NUL inside values became spaces (RFC 9110 §5.5)
};

class HeadParser {
 public:
  enum class Progress {
    more,      // the head goes on
    end,       // that was the blank line
    not_http,  // the first line is no status line
  };

  // Reports into `anomalies`, which outlives the parser. At most `max_fields` are kept.
  HeadParser(Anomalies& anomalies, std::size_t max_fields) : anomalies_(&anomalies), max_fields_(max_fields) {}

  // `line` without its LF.
  Progress take(std::string_view line);

  bool status_line_seen() const { return !head_.version.empty(); }
  // True while `prefix`, the first bytes of a response, can still turn out to be a status line.
  static bool may_be_status_line(std::string_view prefix);

  const Head& head() const { return head_; }
  Head release() { return std::move(head_); }

 private:
  bool status_line(std::string_view line);
  bool status_code(std::string_view& rest);
  void field_line(std::string_view line);
  void fold(std::string_view line);
  std::string clean(std::string_view text);

  Anomalies* anomalies_;
  std::size_t max_fields_;
  Head head_;
  bool any_field_line_ = false;
  bool last_dropped_ = false;  // the line before was not kept, so a continuation of it is not either
};

}  // namespace assay::net::http
