#include "unit/net/dns_servers.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

#include "base/text.h"
#include "net/dns/message.h"
#include "net/dns/name.h"
#include "unit/net/loopback.h"

namespace assay::net::testing {

namespace {

void put16(Bytes& out, unsigned v) {
  out.push_back(static_cast<std::uint8_t>(v >> 8U));
  out.push_back(static_cast<std::uint8_t>(v));
}

unsigned number_of_type(const std::string& name) {
  for (const unsigned n : {1U, 2U, 5U, 6U, 15U, 16U, 28U, 39U, 43U, 52U, 257U})
    if (dns::to_string(static_cast<dns::Type>(n)) == name) return n;
  throw std::logic_error("no type of the test's servers: " + name);
}

Bytes data_of(const std::string& type, std::istringstream& words) {
  Bytes out;
  std::string word;
  const auto name = [&] {
    words >> word;
    EXPECT_TRUE(dns::append_name(out, word)) << word;
  };
  const auto number = [&](int bytes) {
    unsigned long value = 0;
    words >> value;
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  const auto counted = [&] {
    out.push_back(static_cast<std::uint8_t>(word.size()));
    out.insert(out.end(), word.begin(), word.end());
  };
  if (type == "A" || type == "AAAA") {
    words >> word;
    const auto a = testing::address(word);
    out.assign(a.bytes.begin(), a.bytes.begin() + (a.v6 ? 16 : 4));
  } else if (type == "SOA") {
    name();
    name();
    for (int i = 0; i < 5; ++i) number(4);
  } else if (type == "MX") {
    number(2);
    name();
  } else if (type == "TXT") {
    std::getline(words >> std::ws, word);
    counted();
  } else if (type == "CAA") {
    number(1);
    words >> word;
    counted();
    words >> word;
    out.insert(out.end(), word.begin(), word.end());
  } else if (type == "DS" || type == "TLSA") {
    number(type == "DS" ? 2 : 1);
    number(1);
    number(1);
    words >> word;
    const auto digest = from_hex(word).value();
    out.insert(out.end(), digest.begin(), digest.end());
  } else {
    name();
  }
  return out;
}

void put_record(Bytes& out, const std::string& text) {
  std::istringstream words(text);
  std::string owner, type;
  words >> owner >> type;
  EXPECT_TRUE(dns::append_name(out, owner)) << text;
  put16(out, number_of_type(type));
  put16(out, 1);
  put16(out, 0);
  put16(out, 60);
  const auto data = data_of(type, words);
  put16(out, static_cast<unsigned>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

struct Asked {
  unsigned id = 0, type = 0;
  bool checking_disabled = false, edns = false;
  std::string name;  // lower case
  Bytes question;
  Bytes cookie;
};

Asked read(ByteView message) {
  Asked q;
  dns::Reader in(message);
  q.id = in.u16();
  q.checking_disabled = (in.u16() & 0x10U) != 0;
  in.bytes(6);
  q.edns = in.u16() != 0;
  const auto start = in.at();
  q.name = in.name();
  q.type = in.u16();
  in.u16();
  q.question.assign(message.begin() + static_cast<std::ptrdiff_t>(start),
                    message.begin() + static_cast<std::ptrdiff_t>(in.at()));
  // The client's only option is its cookie: root, type, size, rcode and flags, length, code, length, 8 bytes.
  if (q.edns && in.left() == 23) {
    in.bytes(15);
    const auto cookie = in.bytes(8);
    q.cookie.assign(cookie.begin(), cookie.end());
  }
  return q;
}

void put_opt(Bytes& out, const Asked& q, const Reply& reply) {
  Bytes options;
  if (!q.cookie.empty()) {
    put16(options, 10);
    put16(options, 16);
    options.insert(options.end(), q.cookie.begin(), q.cookie.end());
    if (reply.fault == Reply::Fault::other_cookie) options.back() ^= 1U;
    options.insert(options.end(), 8, 0x55);
  }
  for (const int code : reply.extended_errors) {
    put16(options, 15);
    put16(options, 2);
    put16(options, static_cast<unsigned>(code));
  }
  out.push_back(0);
  put16(out, 41);
  put16(out, 1232);
  put16(out, 0);
  put16(out, 0);
  put16(out, static_cast<unsigned>(options.size()));
  out.insert(out.end(), options.begin(), options.end());
}

Bytes question_of(const Asked& q, const Reply& reply) {
  Bytes question = q.question;
  if (reply.fault == Reply::Fault::no_question) return {};
  if (reply.fault == Reply::Fault::other_name) question[1] = question[1] == 'x' ? 'y' : 'x';
  for (std::size_t i = 1; i + 4 < question.size(); ++i) {
    const bool upper = question[i] >= 'A' && question[i] <= 'Z', lower = question[i] >= 'a' && question[i] <= 'z';
    const bool turn = reply.fault == Reply::Fault::other_case || (reply.fault == Reply::Fault::lower_case && upper);
    if (turn && (upper || lower)) question[i] ^= 0x20U;
  }
  return question;
}

Bytes message_of(const Asked& q, const Reply& reply, bool tcp) {
  const bool head_only = reply.tc && !tcp;
  const bool refuses_edns = reply.no_edns && q.edns;
  Bytes out;
  put16(out, reply.fault == Reply::Fault::other_id ? q.id ^ 1U : q.id);
  put16(out, 0x8000U | (reply.aa ? 0x0400U : 0U) | (head_only ? 0x0200U : 0U) | (reply.ad ? 0x20U : 0U) |
                 (refuses_edns ? kFormerr : reply.rcode));
  const auto question = question_of(q, reply);
  put16(out, question.empty() ? 0 : 1);
  const bool records = !head_only && !refuses_edns;
  const bool opt = q.edns && !refuses_edns;
  put16(out, records ? static_cast<unsigned>(reply.answer.size()) : 0);
  put16(out, records ? static_cast<unsigned>(reply.authority.size()) : 0);
  put16(out, (records ? static_cast<unsigned>(reply.additional.size()) : 0) + (opt ? 1 : 0));
  out.insert(out.end(), question.begin(), question.end());
  if (records)
    for (const auto* section : {&reply.answer, &reply.authority, &reply.additional})
      for (const auto& record : *section) put_record(out, record);
  if (opt) put_opt(out, q, reply);
  if (reply.fault == Reply::Fault::garbage) out.resize(out.size() / 2);
  return out;
}

}  // namespace

DnsServers::DnsServers(int count) {
  for (int attempt = 0; attempt < 20 && servers_.empty(); ++attempt) {
    port_ = closed_port();
    for (int i = 1; i <= count; ++i) {
      servers_.push_back(std::make_unique<Server>());
      if (open(*servers_.back(), address(i))) continue;
      for (const auto& server : servers_) {
        ::close(server->udp);
        ::close(server->tcp);
      }
      servers_.clear();
      break;
    }
  }
  EXPECT_EQ(servers_.size(), static_cast<std::size_t>(count));
  thread_ = std::thread([this] { serve(); });
}

DnsServers::~DnsServers() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  thread_.join();
  for (const auto& server : servers_) {
    ::close(server->udp);
    ::close(server->tcp);
  }
}

bool DnsServers::open(Server& server, const std::string& text) {
  sockaddr_storage storage{};
  const auto size = to_sockaddr(testing::address(text), port_, storage);
  const auto* where = reinterpret_cast<const sockaddr*>(&storage);
  server.udp = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  server.tcp = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(server.tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return ::bind(server.udp, where, size) == 0 && ::bind(server.tcp, where, size) == 0 && ::listen(server.tcp, 64) == 0;
}

void DnsServers::say(int server, const std::string& question, Reply reply) {
  const std::scoped_lock lock(mutex_);
  servers_.at(static_cast<std::size_t>(server - 1))->replies[question] = std::move(reply);
}

int DnsServers::asked(int server, const std::string& question) const {
  const std::scoped_lock lock(mutex_);
  const auto& counts = servers_.at(static_cast<std::size_t>(server - 1))->counts;
  const auto it = counts.find(question);
  return it == counts.end() ? 0 : it->second;
}

int DnsServers::asked(int server) const {
  const std::scoped_lock lock(mutex_);
  int all = 0;
  for (const auto& [question, count] : servers_.at(static_cast<std::size_t>(server - 1))->counts) all += count;
  return all;
}

std::vector<Bytes> DnsServers::messages(int server) const {
  const std::scoped_lock lock(mutex_);
  return servers_.at(static_cast<std::size_t>(server - 1))->messages;
}

void DnsServers::serve() {
  std::vector<pollfd> fds;
  for (const auto& server : servers_) {
    fds.push_back({server->udp, POLLIN, 0});
    fds.push_back({server->tcp, POLLIN, 0});
  }
  for (;;) {
    {
      const std::scoped_lock lock(mutex_);
      if (stop_) return;
    }
    if (::poll(fds.data(), fds.size(), 20) <= 0) continue;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if ((fds[2 * i].revents & POLLIN) != 0) answer_datagram(*servers_[i]);
      if ((fds[2 * i + 1].revents & POLLIN) != 0) answer_connection(*servers_[i]);
    }
  }
}

void DnsServers::answer_datagram(Server& server) {
  std::array<std::uint8_t, 1500> buffer{};
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const auto n = ::recvfrom(server.udp, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (n <= 0) return;
  for (const auto& answer : answers_to(server, ByteView(buffer).first(static_cast<std::size_t>(n)), false))
    ::sendto(server.udp, answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
}

void DnsServers::answer_connection(Server& server) {
  const int fd = ::accept(server.tcp, nullptr, nullptr);
  std::array<std::uint8_t, 1500> buffer{};
  if (::recv(fd, buffer.data(), 2, MSG_WAITALL) == 2) {
    const auto size = static_cast<std::size_t>(buffer[0] << 8 | buffer[1]);
    if (size <= buffer.size() && ::recv(fd, buffer.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size))
      for (const auto& answer : answers_to(server, ByteView(buffer).first(size), true)) {
        Bytes out;
        put16(out, static_cast<unsigned>(answer.size()));
        out.insert(out.end(), answer.begin(), answer.end());
        ::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
      }
  }
  ::close(fd);
}

std::vector<Bytes> DnsServers::answers_to(Server& server, ByteView message, bool tcp) {
  const auto q = read(message);
  const auto question = q.name + ' ' + dns::to_string(static_cast<dns::Type>(q.type));
  const std::scoped_lock lock(mutex_);
  ++server.counts[question];
  server.messages.emplace_back(message.begin(), message.end());
  auto it = q.checking_disabled ? server.replies.find(question + " CD") : server.replies.end();
  if (it == server.replies.end()) it = server.replies.find(question);
  Reply reply{.rcode = kRefused};
  if (it != server.replies.end()) reply = it->second;
  if (reply.silent) return {};
  std::vector<Bytes> out{message_of(q, reply, tcp)};
  if (!reply.fault_first_only) return out;
  reply.fault = Reply::Fault::none;
  out.push_back(message_of(q, reply, tcp));
  return out;
}

}  // namespace assay::net::testing
