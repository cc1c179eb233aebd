// Field values as judges read them, and the texts of error answers. Besides not crashing: what is read keeps the
// promises of model/http_fields.h.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "judge/answer.h"
#include "judge/leak.h"
#include "judge/session_cookie.h"
#include "model/http_fields.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto hsts = parse_hsts(text)) require(hsts->max_age >= 0);
  if (const auto cookie = parse_set_cookie(text)) {
    require(cookie->name.size() + cookie->value.size() <= 4096);
    require(cookie->path.empty() || cookie->path.front() == '/');
    (void)prefix_violation(*cookie);
    (void)lifetime_of(*cookie, Time{});
    (void)judge::role_of(*cookie);
  }
  if (const auto date = parse_cookie_date(text)) require(format_rfc3339(*date).size() >= 20);
  for (const auto& d : parse_cache_control({text}).directives) require(!d.name.empty());
  for (const auto& m : parse_allow({text})) require(!m.empty());
  if (const auto policy = referrer_policy_of({text})) require(referrer_policy_of({*policy}) == policy);
  (void)meta_referrer_policy(text);
  (void)media_type_of(text);
  for (const auto& leak : judge::find_leaks(text, "/asked")) require(!leak.what.empty() && leak.excerpt.size() <= 256);
  (void)judge::product_version(text);
  const double likeness = judge::likeness(text, std::string_view(text).substr(size / 2));
  require(likeness >= 0.0 && likeness <= 1.0);
  return 0;
}
