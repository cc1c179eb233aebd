#include "ledger/sinks.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/dialect.h"
#include "ledger/envelope.h"
#include "ledger/statement.h"

namespace assay::ledger {

namespace {

constexpr std::string_view kSelectSink =
    "select sink_id, kind, name, enabled, filter, settings, case when secret is null then 0 else 1 end, created_ms, "
    "version from sinks";

struct SinkRow {
  Sink sink;
  std::string kind, settings;
  long long enabled = 0, secret = 0, created = 0, version = 0;

  void bind(soci::statement& statement) {
    for (auto* text : {&sink.id, &kind, &sink.name}) statement.exchange(soci::into(*text));
    statement.exchange(soci::into(enabled));
    for (auto* text : {&sink.filter, &settings}) statement.exchange(soci::into(*text));
    for (auto* number : {&secret, &created, &version}) statement.exchange(soci::into(*number));
  }
  Result<Sink> take() const {
    const auto read_kind = sink_kind_from_string(kind);
    if (!read_kind) return fail(ErrorCode::internal, "stored sink " + sink.id, "is of the unknown kind " + kind);
    auto json = parse_json(settings, "settings of sink " + sink.id);
    if (!json) return std::unexpected(json.error());
    Sink taken = sink;
    taken.kind = *read_kind;
    taken.settings = std::move(*json);
    taken.enabled = enabled == 1;
    taken.has_secret = secret == 1;
    taken.created = time_of(created);
    taken.version = version;
    return taken;
  }
};

struct SecretRow {
  std::string id;
  SealedSecret secret;
  void bind(soci::statement& statement) {
    for (auto* text : {&id, &secret.key_id, &secret.text}) statement.exchange(soci::into(*text));
  }
  Result<SecretRow> take() const { return *this; }
};

constexpr std::string_view kSelectSecret =
    "select sink_id, coalesce(secret_key_id, ''), encode(secret, 'base64') from sinks where secret is not null";

std::string context_of(const std::string& sink_id) {
  return "sink:" + sink_id;
}

Result<void> write_secret(Work& work, const std::string& id, const std::string& secret,
                          const std::optional<Ledger::Key>& key) {
  if (secret.empty()) {
    work.sql() << "update sinks set secret = null, secret_key_id = null where sink_id = :id", soci::use(id, "id");
    return {};
  }
  const auto sealed = seal_sink_secret(id, secret, key);
  if (!sealed) return std::unexpected(sealed.error());
  work.sql() << "update sinks set secret = decode(:secret, 'base64'), secret_key_id = :key where sink_id = :id",
      soci::use(sealed->text, "secret"), soci::use(sealed->key_id, "key"), soci::use(id, "id");
  return {};
}

}  // namespace

Result<Sink> insert_sink(Work& work, Sink sink, const std::string& secret, const std::optional<Ledger::Key>& key) {
  const std::string kind(to_string(sink.kind)), name = storable(sink.name), filter = storable(sink.filter);
  const std::string settings = storable(dump_json(sink.settings));
  const long long enabled = sink.enabled ? 1 : 0, created = milliseconds_of(work.now());
  const long long made = run_counted(
      work.sql(),
      "insert into sinks (sink_id, kind, name, enabled, filter, settings, created_ms) values (:id, :kind, "
      ":name, :enabled, :filter, :settings, :created) on conflict do nothing",
      soci::use(sink.id, "id"), soci::use(kind, "kind"), soci::use(name, "name"), soci::use(enabled, "enabled"),
      soci::use(filter, "filter"), soci::use(settings, "settings"), soci::use(created, "created"));
  if (made != 1) return fail(ErrorCode::conflict, "sink " + sink.id, "exists already", "choose another id");
  if (auto written = write_secret(work, sink.id, secret, key); !written) return std::unexpected(written.error());
  return get_sink(work, sink.id);
}

Result<Sink> get_sink(Work& work, const std::string& id) {
  auto found =
      read_rows<Sink, SinkRow>(work.sql(), std::string(kSelectSink) + " where sink_id = :id", soci::use(id, "id"));
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return fail(ErrorCode::not_found, "sink " + id, "does not exist", "list the known ones");
  return std::move(found->front());
}

Result<std::vector<Sink>> list_sinks(Work& work) {
  return read_rows<Sink, SinkRow>(work.sql(), std::string(kSelectSink) + " order by sink_id");
}

Result<Sink> update_sink(Work& work, Sink sink, const std::optional<std::string>& secret,
                         const std::optional<Ledger::Key>& key) {
  const std::string name = storable(sink.name), filter = storable(sink.filter);
  const std::string settings = storable(dump_json(sink.settings));
  const long long enabled = sink.enabled ? 1 : 0, version = sink.version;
  const long long changed =
      run_counted(work.sql(),
                  "update sinks set name = :name, enabled = :enabled, filter = :filter, settings = :settings, "
                  "version = version + 1 where sink_id = :id and version = :version",
                  soci::use(name, "name"), soci::use(enabled, "enabled"), soci::use(filter, "filter"),
                  soci::use(settings, "settings"), soci::use(sink.id, "id"), soci::use(version, "version"));
  if (changed != 1)
    return fail(ErrorCode::conflict, "sink " + sink.id, "has changed meanwhile or is gone", "look at it again");
  if (secret)
    if (auto written = write_secret(work, sink.id, *secret, key); !written) return std::unexpected(written.error());
  return get_sink(work, sink.id);
}

Result<void> delete_sink(Work& work, const std::string& id, std::int64_t version) {
  const long long seen = version;
  const long long gone = run_counted(work.sql(), "delete from sinks where sink_id = :id and version = :version",
                                     soci::use(id, "id"), soci::use(seen, "version"));
  if (gone != 1) return fail(ErrorCode::conflict, "sink " + id, "has changed meanwhile or is gone", "look at it again");
  return {};
}

Result<std::string> sink_secret(Work& work, const std::string& id, const std::optional<Ledger::Key>& key) {
  const auto rows = read_rows<SecretRow, SecretRow>(work.sql(), std::string(kSelectSecret) + " and sink_id = :id",
                                                    soci::use(id, "id"));
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return std::string();
  return open_sink_secret(id, rows->front().secret, key);
}

Result<SealedSecret> seal_sink_secret(const std::string& sink_id, const std::string& secret,
                                      const std::optional<Ledger::Key>& key) {
  if (!key)
    return fail(ErrorCode::crypto, "secret of sink " + sink_id, "cannot be stored: there is no key to seal it with",
                "start with an evidence key; docs/ledger.md says how");
  auto bytes = seal(as_bytes(key->bytes), as_bytes(secret), context_of(sink_id));
  if (!bytes) return std::unexpected(bytes.error());
  return SealedSecret{.key_id = key->id, .text = to_base64(*bytes)};
}

Result<std::string> open_sink_secret(const std::string& sink_id, const SealedSecret& sealed,
                                     const std::optional<Ledger::Key>& key) {
  if (!key || key->id != sealed.key_id)
    return fail(ErrorCode::crypto, "secret of sink " + sink_id, "is sealed with the key " + sealed.key_id,
                "start with that key, or give the sink its secret again");
  // PostgreSQL breaks base64 into lines.
  const auto bytes = from_base64(replace_all(sealed.text, "\n", ""));
  if (!bytes) return std::unexpected(bytes.error());
  const auto plain = unseal(as_bytes(key->bytes), *bytes, context_of(sink_id));
  if (!plain) return std::unexpected(plain.error());
  return std::string(as_text(*plain));
}

Result<std::size_t> reseal_sinks(Work& work, const Ledger::Key& old_key, const Ledger::Key& new_key) {
  const auto rows = read_rows<SecretRow, SecretRow>(
      work.sql(), std::string(kSelectSecret) + " and secret_key_id = :key", soci::use(old_key.id, "key"));
  if (!rows) return std::unexpected(rows.error());
  for (const auto& row : *rows) {
    const auto secret = open_sink_secret(row.id, row.secret, old_key);
    if (!secret) return std::unexpected(secret.error());
    if (auto written = write_secret(work, row.id, *secret, new_key); !written) return std::unexpected(written.error());
  }
  return rows->size();
}

bool disable_failing_sink(Work& work, const std::string& id, Time since) {
  const long long before = milliseconds_of(since);
  // The oldest notice that failed after the last one that was taken.
  return run_counted(work.sql(),
                     "update sinks set enabled = 0, version = version + 1 where sink_id = :id and enabled = 1 "
                     "and (select min(o.created_ms) from outbox o where o.sink_id = :failing and o.last_error <> '' "
                     "and o.state <> 'done' and o.created_ms > (select coalesce(max(d.done_ms), 0) from outbox d "
                     "where d.sink_id = :taken and d.state = 'done')) < :before",
                     soci::use(id, "id"), soci::use(id, "failing"), soci::use(id, "taken"),
                     soci::use(before, "before")) == 1;
}

}  // namespace assay::ledger
