#pragma once

// A PostgreSQL server of the test's own: started on first use, reached over a Unix socket in a temporary directory only
// (no TCP), stopped and removed at the end of the program. It needs PostgreSQL's server programs; without them the
// tests that use it fail, because they are a dependency of the project.

#include <sys/types.h>

#include <string>

namespace assay::ledger {

class PostgresServer {
 public:
  // The server of this process. Call from the main thread: the server ends with the thread that started it.
  static PostgresServer& instance();

  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  // A URL of a new, empty database; throws std::runtime_error with the reason when there is no server.
  std::string new_database();
  const std::string& directory() const { return directory_; }

 private:
  PostgresServer();
  void start();
  void execute(const std::string& statement) const;

  std::string directory_;
  std::string failure_;  // why there is no server; empty when there is one
  pid_t server_ = -1;
  pid_t owner_ = -1;  // the process that started it: forked children leave it alone
  int databases_ = 0;
};

}  // namespace assay::ledger
