#pragma once

// What the tests of the HTTP client and of its probe share.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http_server.h"
#include "model/evidence.h"
#include "net/http/client.h"
#include "net/request_log.h"
#include "net/request_signer.h"

namespace assay::net::http::testing {

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// What servers were asked, from their threads.
class Asked {
 public:
  void add(std::string request) {
    const std::scoped_lock lock(mutex_);
    all_.push_back(std::move(request));
  }
  std::vector<std::string> all() const {
    const std::scoped_lock lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

// Answers every request on every connection with `answer(request)`.
inline ScriptedServer::Serve always(Asked& asked, std::function<std::string(const std::string&)> answer) {
  return [&asked, answer = std::move(answer)](Peer& peer, int) {
    for (auto request = peer.request(); !request.empty(); request = peer.request()) {
      asked.add(request);
      if (!peer.send(answer(request))) return;
    }
  };
}

inline std::string redirect_to(const std::string& location, int status = 302) {
  return fmt::format("HTTP/1.1 {} Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", status, location);
}

// A client over a real gate to scripted servers, with what it records.
class HttpClient : public ::testing::Test {
 protected:
  HttpClient() {
    settings.allowed_networks.push_back(*parse_cidr("127.0.0.0/8"));
    settings.refused_ports.clear();
    settings.host_requests_per_second = 0;
    settings.host_failures_to_pause = 0;
    settings.request_timeout = Duration(5000);
    settings.user_agent = "Assay-test/1";
    scan.scan_id = "scan";
    scan.deadline = deadline_in(std::chrono::seconds(120));
    scan.budget = Budget({.validation_requests = 2, .requests_per_link = 6, .bytes = 64U << 20U});
    scan.record = [this](Evidence e) {
      evidence.push_back(std::move(e));
      return evidence.back().id;
    };
    for (const auto* host : {"app.test", "other.test", "foreign.test"}) resolver.answer(host, {"127.0.0.1"});
  }

  Request request(const std::string& url) {
    Request r;
    r.url = *parse_url(url);
    r.link = "link";
    r.evidence_kind = kind::kHttpPage;
    r.subject = "subject";
    r.endpoint = "endpoint";
    r.purpose = purpose::kPage;
    return r;
  }
  static std::string url(const ScriptedServer& server, const std::string& path = "/", const char* host = "app.test") {
    return fmt::format("http://{}:{}{}", host, server.port(), path);
  }

  Client& client() {
    if (!client_) {
      gate_ = std::make_unique<Gate>(loop, resolver, log, settings, signer.get());
      if (!tls_) tls_ = std::make_unique<tls::ClientContext>(*tls::TrustStore::load({}));
      client_ = std::make_unique<Client>(*gate_, scan, *tls_);
    }
    return *client_;
  }
  Gate& gate() { return *gate_; }
  tls::ClientContext& tls() { return *tls_; }
  std::vector<Hop> fetch(Request r) { return net::testing::run(loop, client().fetch(std::move(r))); }
  HttpExchange fetch_one(const std::string& url) {
    auto hops = fetch(request(url));
    EXPECT_EQ(hops.size(), 1U);
    return hops.at(0).exchange;
  }
  // Starts the next fetch with new connections.
  void forget_client() { client_.reset(); }

  Loop loop;
  net::testing::StubResolver resolver{loop};
  RequestLog log;
  GateSettings settings;
  std::unique_ptr<RequestSigner> signer;
  ScanContext scan;
  std::vector<Evidence> evidence;
  Asked asked;

 private:
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<tls::ClientContext> tls_;
  std::unique_ptr<Client> client_;
};

inline std::string failure_code(const HttpExchange& exchange) {
  EXPECT_FALSE(exchange.response);
  return exchange.failure ? exchange.failure->code : "";
}

}  // namespace assay::net::http::testing
