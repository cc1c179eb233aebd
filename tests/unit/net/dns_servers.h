#pragma once

// Name servers on addresses of loopback, all on one high port, UDP and TCP, that say what a test tells them to.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"

namespace assay::net::testing {

struct Reply {
  unsigned rcode = 0;
  bool aa = false, ad = false;
  bool tc = false;      // over UDP only the head comes
  bool silent = false;  // no answer at all
  // "www.example A 192.0.2.1": owner, type, data in presentation form.
  std::vector<std::string> answer = {}, authority = {}, additional = {};
  std::vector<int> extended_errors = {};
  // What a forger or a broken server would do.
  enum class Fault { none, other_id, other_case, lower_case, other_name, no_question, other_cookie, garbage };
  Fault fault = Fault::none;
  bool fault_first_only = false;  // a good answer follows the bad one
  bool no_edns = false;           // FORMERR as long as there is an OPT record
};

constexpr unsigned kFormerr = 1, kServfail = 2, kNxdomain = 3, kRefused = 5;

class DnsServers {
 public:
  // At most 127.0.53.1 to 127.0.53.<count>.
  explicit DnsServers(int count);
  ~DnsServers();
  DnsServers(const DnsServers&) = delete;
  DnsServers& operator=(const DnsServers&) = delete;

  static std::string address(int server) { return "127.0.53." + std::to_string(server); }
  std::uint16_t port() const { return port_; }

  // What server `server` says to `question`, "www.example A"; with " CD" at the end for questions with CD=1 alone.
  // Without an entry: REFUSED.
  void say(int server, const std::string& question, Reply reply);
  // How often the question came, over UDP and TCP.
  int asked(int server, const std::string& question) const;
  int asked(int server) const;
  // The questions as they came: names in their own case.
  std::vector<Bytes> messages(int server) const;

 private:
  struct Server {
    int udp = -1, tcp = -1;
    std::map<std::string, Reply> replies;
    std::map<std::string, int> counts;
    std::vector<Bytes> messages;
  };
  bool open(Server& server, const std::string& address);
  void serve();
  void answer_datagram(Server& server);
  void answer_connection(Server& server);
  std::vector<Bytes> answers_to(Server& server, ByteView message, bool tcp);

  std::vector<std::unique_ptr<Server>> servers_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace assay::net::testing
