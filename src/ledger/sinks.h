#pragma once

// Sinks as rows. Their secrets are sealed with the key of the evidence (ledger/envelope.h), bound to the sink's id, and
// come out by sink_secret() only. Every function works in the caller's transaction and throws what SOCI throws.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/ledger.h"
#include "ledger/work.h"
#include "model/sink.h"

namespace assay::ledger {

// `secret`: empty for none. Errors: conflict when the id is taken; crypto when there is a secret and no key.
Result<Sink> insert_sink(Work& work, Sink sink, const std::string& secret, const std::optional<Ledger::Key>& key);
Result<Sink> get_sink(Work& work, const std::string& id);  // Error not_found
Result<std::vector<Sink>> list_sinks(Work& work);          // by id
// Name, enabled, filter and settings; the secret only when one is given. Error conflict when the stored version is not
// `sink.version`.
Result<Sink> update_sink(Work& work, Sink sink, const std::optional<std::string>& secret,
                         const std::optional<Ledger::Key>& key);
// With its notices and links.
Result<void> delete_sink(Work& work, const std::string& id, std::int64_t version);
// Empty when it has none. Error crypto when it was sealed with another key.
Result<std::string> sink_secret(Work& work, const std::string& id, const std::optional<Ledger::Key>& key);

// A secret that cannot be stored yet because a second admin decides first: sealed as the sink of that id will have it.
struct SealedSecret {
  std::string key_id;
  std::string text;  // base64
};
// Errors: crypto when there is no key, or another one than it was sealed with.
Result<SealedSecret> seal_sink_secret(const std::string& sink_id, const std::string& secret,
                                      const std::optional<Ledger::Key>& key);
Result<std::string> open_sink_secret(const std::string& sink_id, const SealedSecret& sealed,
                                     const std::optional<Ledger::Key>& key);

// Seals every secret of `old_key` with `new_key` instead; gives how many there were.
Result<std::size_t> reseal_sinks(Work& work, const Ledger::Key& old_key, const Ledger::Key& new_key);
// Switches a sink off that has failed without pause since before `since`; true when it did.
bool disable_failing_sink(Work& work, const std::string& id, Time since);

}  // namespace assay::ledger
