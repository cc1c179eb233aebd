#include "net/http/anomaly.h"

#include <algorithm>

namespace assay::net::http {

void Anomalies::note(std::string_view code) {
  if (!has(code)) codes_.emplace_back(code);
}

bool Anomalies::has(std::string_view code) const {
  return std::ranges::find(codes_, code) != codes_.end();
}

}  // namespace assay::net::http
