#include "unit/ledger/postgres_fixture.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace assay::ledger {

namespace {

namespace fs = std::filesystem;

// Debian keeps the server programs outside PATH, one directory for each major version; the newest one is taken.
std::string server_programs() {
  std::string best;
  int best_version = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const auto bin = entry.path() / "bin";
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    if (version > best_version && fs::exists(bin / "postgres", none) && fs::exists(bin / "initdb", none)) {
      best = bin;
      best_version = version;
    }
  }
  if (best.empty()) throw std::runtime_error("PostgreSQL's server programs are missing: install postgresql");
  return best;
}

// PostgreSQL refuses to run as root; then the package's own user, or else nobody, runs it.
const passwd* server_user() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  return user != nullptr ? user : getpwnam("nobody");
}

// Starts a program with its output in `log`; it gets SIGQUIT when this process ends however it ends.
pid_t spawn(const std::vector<std::string>& command, const std::string& log) {
  const passwd* user = server_user();
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  if (chdir("/") != 0) _exit(126);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

PostgresServer& PostgresServer::instance() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() : owner_(getpid()) {
  try {
    start();
  } catch (const std::exception& e) {
    failure_ = e.what();
  }
}

PostgresServer::~PostgresServer() {
  if (getpid() != owner_) return;
  if (server_ > 0) {
    kill(server_, SIGINT);  // "fast": clients are disconnected
    waitpid(server_, nullptr, 0);
  }
  std::error_code ignored;
  if (!directory_.empty()) fs::remove_all(directory_, ignored);
}

void PostgresServer::start() {
  const std::string programs = server_programs();
  std::string pattern = (fs::temp_directory_path() / "assay-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
  directory_ = pattern;
  if (const passwd* user = server_user(); user != nullptr && chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0)
    throw std::runtime_error("cannot give the temporary directory to the server's user");
  const std::string data = directory_ + "/data", log = directory_ + "/log";
  const pid_t init =
      spawn({programs + "/initdb", "-D", data, "-U", "assay", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"}, log);
  int status = -1;
  if (waitpid(init, &status, 0) != init || status != 0)
    throw std::runtime_error("initdb failed, see its log in " + log);
  server_ = spawn({programs + "/postgres", "-D", data, "-k", directory_, "-c", "listen_addresses=", "-c", "fsync=off",
                   "-c", "max_connections=60"},
                  log);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const std::string probe = "host=" + directory_ + " user=assay dbname=postgres";
  while (PQping(probe.c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > deadline || waitpid(server_, nullptr, WNOHANG) == server_)
      throw std::runtime_error("PostgreSQL did not start, see its log in " + log);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void PostgresServer::execute(const std::string& statement) const {
  const std::string target = "host=" + directory_ + " user=assay dbname=postgres";
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(target.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), statement.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
}

std::string PostgresServer::new_database() {
  if (!failure_.empty()) throw std::runtime_error(failure_);
  const std::string name = "test_" + std::to_string(++databases_);
  execute("create database " + name);
  return "postgresql:host=" + directory_ + " user=assay dbname=" + name;
}

}  // namespace assay::ledger
