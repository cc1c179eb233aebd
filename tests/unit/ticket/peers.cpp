#include "unit/ticket/peers.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace assay::ticket {

namespace {

constexpr const char* kDirectory = "tests/peers";

void install() {
  const std::string command = std::string("cd ") + kDirectory +
                              " && exec 9>.install.lock && flock 9 && { cmp -s package-lock.json "
                              "node_modules/.assay-lock || { npm ci --no-audit --no-fund >/dev/null 2>&1 && cp "
                              "package-lock.json node_modules/.assay-lock; }; }";
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error("npm ci in tests/peers failed; check the npm registry settings");
}

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

Peers& Peers::fresh() {
  static Peers peers;
  peers.reset();
  return peers;
}

Peers::Peers() {
  install();
  std::array<int, 2> in{}, out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    if (::chdir(kDirectory) == 0) ::execlp("node", "node", "peers.js", nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  auto ports = parse_json(read_line(out[0]), "ports of the peers");
  ::close(out[0]);
  if (!ports) throw std::runtime_error("the peers did not start: " + ports.error().message());
  ports_ = std::move(*ports);
}

Peers::~Peers() {
  if (input_ >= 0) ::close(input_);
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

std::string Peers::http(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(ports_.at("http").get<int>()) + path;
}
std::string Peers::https(const std::string& path) const {
  return "https://localhost:" + std::to_string(ports_.at("https").get<int>()) + path;
}
std::string Peers::smtp() const {
  return "smtp://localhost:" + std::to_string(ports_.at("smtp").get<int>());
}
std::string Peers::smtps() const {
  return "smtps://localhost:" + std::to_string(ports_.at("smtps").get<int>());
}
std::string Peers::trust_file() const {
  return ports_.at("trustFile").get<std::string>();
}

Json Peers::state() const {
  return parse_json(ask("GET", "/__state", "").body, "state of the peers").value_or(Json());
}

void Peers::faults(const std::string& service, const Json& list) const {
  ask("POST", "/__faults", dump_json(Json{{service, list}}));
}

CourierSettings Peers::courier() const {
  return {.allowed_networks = {*net::parse_cidr("127.0.0.0/8"), *net::parse_cidr("::1")},
          .refused_networks = {},
          .trust_file = trust_file(),
          .connect_timeout = Duration{5'000},
          .timeout = Duration{15'000}};
}

void Peers::reset() const {
  ask("POST", "/__reset", "");
}

Reply Peers::ask(const std::string& method, const std::string& path, const std::string& body) const {
  const auto reply = Courier(courier()).send({.method = method, .url = http(path), .headers = {}, .body = body});
  if (!reply) throw std::runtime_error("the peers do not answer: " + reply.error().message());
  return *reply;
}

}  // namespace assay::ticket
