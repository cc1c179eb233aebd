#include "net/dns/chain.h"

#include <algorithm>
#include <utility>

#include "net/dns/probe.h"

namespace assay::net::dns {

namespace {

constexpr std::string_view kNoError = "NOERROR";
constexpr std::string_view kNxdomain = "NXDOMAIN";
constexpr std::string_view kServfail = "SERVFAIL";
constexpr std::string_view kRefused = "REFUSED";

bool is_definite(const DnsAnswer& a) {
  return a.rcode == kNoError || a.rcode == kNxdomain;
}

std::string_view end_of_failure(const DnsAnswer& a) {
  if (a.rcode == kServfail) return chain_end::kServfail;
  if (a.rcode == kRefused) return chain_end::kRefused;
  return chain_end::kUnknown;
}

// The target of the link at `name`, or "".
std::string link_target(const std::vector<DnsRecord>& records, const std::string& name) {
  if (const auto targets = data_of(records, name, "CNAME"); !targets.empty()) return targets.front();
  // RFC 6672 §2.2: what is under the owner moves under the target. Most servers send the CNAME that follows, too.
  for (const auto& r : records) {
    if (r.type != "DNAME" || r.name == name || r.name == "." || !is_within(name, r.name)) continue;
    const auto kept = name.substr(0, name.size() - r.name.size());  // with its dot
    return r.data == "." ? kept.substr(0, kept.size() - 1) : kept + r.data;
  }
  return {};
}

// One chain being followed.
class Walk {
 public:
  Walk(Client& client, ScanContext& scan, std::string name) : client_(client), scan_(scan) {
    chain_.names.push_back(std::move(name));
  }
  Task<Chain> run();

 private:
  Task<bool> step();
  Task<bool> after_servfail();
  Task<void> add_ipv6();
  Task<Answer> ask(Type type, bool checking_disabled = false);
  bool take(const DnsAnswer& answer);
  void end(std::string_view how) { chain_.end = how; }

  Client& client_;
  ScanContext& scan_;
  Chain chain_;
  bool silent_ = false;  // nothing came on the last question: a resolver that hangs on this zone hangs on the next, too
};

Task<Answer> Walk::ask(Type type, bool checking_disabled) {
  auto answer = co_await client_.ask_resolver(scan_, chain_.names.back(), type, checking_disabled);
  silent_ = answer->failure.has_value();
  chain_.answers.push_back(answer);
  co_return answer;
}

// Takes links and addresses from an answer without an error. True when the last link's target must be asked for itself.
bool Walk::take(const DnsAnswer& answer) {
  const auto links = chain_.names.size();
  if (const auto stop = walk_links(answer.answer, chain_.names)) {
    end(*stop);
    return false;
  }
  if (answer.rcode == kNxdomain) {
    end(chain_end::kNxdomain);
    return false;
  }
  chain_.addresses = data_of(answer.answer, chain_.names.back(), "A");
  end(chain_.addresses.empty() ? chain_end::kNoData : chain_end::kAddresses);
  return chain_.addresses.empty() && chain_.names.size() > links;
}

// One question for the last name; true to go on with the next.
Task<bool> Walk::step() {
  const auto answer = co_await ask(Type::a);
  if (is_definite(*answer)) co_return take(*answer);
  end(end_of_failure(*answer));
  if (answer->rcode != kServfail) co_return false;
  co_return co_await after_servfail();
}

Task<bool> Walk::after_servfail() {
  const auto unchecked = co_await ask(Type::a, true);
  if (is_definite(*unchecked)) {
    take(*unchecked);
    end(chain_end::kBogus);
    co_return false;
  }
  if (silent_) co_return false;
  // A resolver says SERVFAIL for the whole chain when its last zone, or its length, is what fails.
  const auto link = co_await ask(Type::cname);
  if (link->rcode != kNoError) co_return false;
  const auto links = chain_.names.size();
  if (const auto stop = walk_links(link->answer, chain_.names)) {
    end(*stop);
    co_return false;
  }
  co_return chain_.names.size() > links;
}

Task<void> Walk::add_ipv6() {
  const bool may_have =
      chain_.end == chain_end::kAddresses || chain_.end == chain_end::kNoData || chain_.end == chain_end::kServfail;
  if (!may_have || silent_) co_return;
  const auto answer = co_await ask(Type::aaaa);
  const auto found = data_of(answer->answer, chain_.names.back(), "AAAA");
  chain_.addresses.insert(chain_.addresses.end(), found.begin(), found.end());
  if (!chain_.addresses.empty()) {
    end(chain_end::kAddresses);
  } else if (chain_.end == chain_end::kNoData && !is_definite(*answer)) {
    end(end_of_failure(*answer));
  }
}

Task<Chain> Walk::run() {
  bool more = true;
  while (more) more = co_await step();  // g++-12 never leaves a loop whose condition is a co_await
  co_await add_ipv6();
  co_return std::move(chain_);
}

}  // namespace

std::optional<std::string_view> walk_links(const std::vector<DnsRecord>& records, std::vector<std::string>& names) {
  for (;;) {
    auto target = link_target(records, names.back());
    if (target.empty()) return std::nullopt;
    const bool seen = std::ranges::find(names, target) != names.end();
    if (!seen && names.size() > kChainLimit) return chain_end::kTooLong;
    names.push_back(std::move(target));
    if (seen) return chain_end::kLoop;
  }
}

std::vector<std::string> data_of(const std::vector<DnsRecord>& records, std::string_view name, std::string_view type) {
  std::vector<std::string> out;
  for (const auto& r : records)
    if (r.name == name && r.type == type) out.push_back(r.data);
  return out;
}

Task<Chain> follow_chain(Client& client, ScanContext& scan, std::string name) {
  Walk walk(client, scan, std::move(name));
  co_return co_await walk.run();
}

}  // namespace assay::net::dns
