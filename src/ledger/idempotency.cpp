#include "ledger/idempotency.h"

#include <soci/soci.h>

#include "ledger/dialect.h"

namespace assay::ledger {

namespace {

long long oldest(const Work& work) {
  return (work.now() - kIdempotencyTime).time_since_epoch().count();
}

}  // namespace

Result<std::optional<KeptAnswer>> find_answer(Work& work, const std::string& actor, const std::string& key) {
  KeptAnswer answer;
  long long status = 0;
  const long long since = oldest(work);
  work.sql() << "select request_hash, status, body from idempotency where actor = :actor and idempotency_key = :key "
                "and at_ms >= :since",
      soci::use(actor, "actor"), soci::use(key, "key"), soci::use(since, "since"), soci::into(answer.request_hash),
      soci::into(status), soci::into(answer.body);
  if (!work.sql().got_data()) return std::nullopt;
  answer.status = static_cast<int>(status);
  return answer;
}

Result<void> keep_answer(Work& work, const std::string& actor, const std::string& key, const KeptAnswer& answer) {
  const long long at = work.now().time_since_epoch().count(), since = oldest(work);
  const long long status = answer.status;
  const std::string body = storable(answer.body);
  long long kept = 0;
  work.sql() << "insert into idempotency as i (actor, idempotency_key, request_hash, status, body, at_ms) "
                "values (:actor, :key, :hash, :status, :body, :at) on conflict (actor, idempotency_key) do update set "
                "request_hash = excluded.request_hash, status = excluded.status, body = excluded.body, "
                "at_ms = excluded.at_ms where i.at_ms < :since returning 1",
      soci::use(actor, "actor"), soci::use(key, "key"), soci::use(answer.request_hash, "hash"),
      soci::use(status, "status"), soci::use(body, "body"), soci::use(at, "at"), soci::use(since, "since"),
      soci::into(kept);
  if (!work.sql().got_data()) {
    return fail(ErrorCode::conflict, "Idempotency-Key " + key, "is in use by a request that runs now",
                "wait for its answer, then ask again");
  }
  return {};
}

Result<long long> forget_answers(Work& work) {
  const long long since = oldest(work);
  soci::statement statement =
      (work.sql().prepare << "delete from idempotency where at_ms < :since", soci::use(since, "since"));
  statement.execute(true);
  return statement.get_affected_rows();
}

}  // namespace assay::ledger
