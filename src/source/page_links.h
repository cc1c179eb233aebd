#pragma once

// What a page of the app refers to: the URLs in its HTML and the hosts in its Content-Security-Policy. Pure; linear in
// the input; foreign bytes.

#include <string>
#include <string_view>
#include <vector>

#include "base/url.h"

namespace assay::source {

// The most references that are taken from one page or policy.
inline constexpr std::size_t kMaxPageLinks = 1000;

struct PageLink {
  Url url;              // absolute, http or https
  bool runs = false;    // the browser loads it into the page with its powers: script, style sheet, frame, object
  bool script = false;  // what the page names as JavaScript
};

// URLs in the attributes of `html`, resolved against `base` or the page's own <base href>. A tolerant reader: it looks
// at start tags only, skips comments and the text of script and style elements, and takes what a browser would. In the
// order of the page; repeats are kept.
std::vector<PageLink> links_of_page(std::string_view html, const Url& base);

// The hosts of the source expressions (CSP Level 3 §2.3.1) of one policy or several joined by commas, normalised, in
// order, without repeats. "https://*.example.com:8443/x" gives "example.com"; keywords, schemes, nonces and hashes
// none.
std::vector<std::string> hosts_of_csp(std::string_view policy);

}  // namespace assay::source
