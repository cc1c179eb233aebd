#include "ledger/tokens.h"

#include <soci/soci.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "ledger/dialect.h"

namespace assay::ledger {

namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kRandom = 40, kChecksum = 6;
constexpr std::size_t kMaxTokens = 100;
constexpr std::string_view kSelect =
    "select token_id, prefix, name, person_id, scopes, created_ms, expires_ms, coalesce(last_used_ms, -1), "
    "coalesce(revoked_ms, -1) from api_tokens ";

std::string random_digits(std::size_t count) {
  std::string digits;
  while (digits.size() < count) {
    for (const std::uint8_t byte : random_bytes(count)) {
      // 248 is the last multiple of 62: larger bytes would make the first digits likelier.
      if (byte < 248 && digits.size() < count) digits += kDigits[byte % 62];
    }
  }
  return digits;
}

std::string checksum_of(std::string_view text) {
  const Sha256 hash = sha256(as_bytes(text));
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8U) | hash.at(i);
  std::string digits(kChecksum, '0');
  for (std::size_t i = kChecksum; i-- > 0; value /= 62) digits[i] = kDigits[value % 62];
  return digits;
}

struct Row {
  std::string id, prefix, name, person, scopes;
  long long created = 0, expires = 0, last_used = -1, revoked = -1;
};

std::optional<Time> time_or_none(long long ms) {
  return ms < 0 ? std::nullopt : std::optional(Time{Duration{ms}});
}

Result<Token> token_of(const Row& row) {
  Token token{.id = row.id,
              .prefix = row.prefix,
              .name = row.name,
              .person_id = row.person,
              .scopes = {},
              .created = Time{Duration{row.created}},
              .expires = Time{Duration{row.expires}},
              .last_used = time_or_none(row.last_used),
              .revoked = time_or_none(row.revoked)};
  for (const std::string_view name : split(row.scopes, ' ')) {
    const auto scope = scope_from_string(name);
    if (!scope) return fail(ErrorCode::internal, "stored token " + row.id, "has an unknown scope");
    token.scopes.push_back(*scope);
  }
  return token;
}

Result<std::vector<Token>> select(Work& work, std::string_view condition, const std::string& value) {
  Row row;
  const std::string text = std::string(kSelect) + std::string(condition) + " order by created_ms desc, token_id";
  soci::statement rows =
      (work.sql().prepare << text, soci::use(value, "value"), soci::into(row.id), soci::into(row.prefix),
       soci::into(row.name), soci::into(row.person), soci::into(row.scopes), soci::into(row.created),
       soci::into(row.expires), soci::into(row.last_used), soci::into(row.revoked));
  rows.execute();
  std::vector<Token> found;
  while (rows.fetch()) {
    auto token = token_of(row);
    if (!token) return std::unexpected(token.error());
    found.push_back(std::move(*token));
  }
  return found;
}

Result<void> check(Work& work, const std::string& person_id, const std::string& name, const std::vector<Scope>& scopes,
                   Time expires) {
  if (name.empty() || name.size() > 100)
    return fail(ErrorCode::invalid_input, "token", "has no name of 1 to 100 bytes", "say what it is for");
  if (scopes.empty())
    return fail(ErrorCode::invalid_input, "token " + name, "has no scope", "give at least one, e.g. read");
  if (expires <= work.now() || expires > work.now() + kTokenLife) {
    return fail(ErrorCode::invalid_input, "token " + name, "must expire between now and 366 days from now",
                "choose an earlier end and renew the token");
  }
  const auto own = tokens_of(work, person_id);
  if (!own) return std::unexpected(own.error());
  const auto live = std::ranges::count_if(*own, [&](const Token& t) { return !t.revoked && t.expires > work.now(); });
  if (static_cast<std::size_t>(live) >= kMaxTokens)
    return fail(ErrorCode::limit_exceeded, "tokens", "are 100 already", "revoke some that are not used");
  return {};
}

}  // namespace

bool has_token_form(std::string_view text) {
  if (text.size() != kTokenPrefix.size() + kRandom + kChecksum || !text.starts_with(kTokenPrefix)) return false;
  const std::string_view digits = text.substr(kTokenPrefix.size());
  if (digits.find_first_not_of(kDigits) != std::string_view::npos) return false;
  return text.ends_with(checksum_of(text.substr(0, text.size() - kChecksum)));
}

Result<CreatedToken> create_token(Work& work, const std::string& person_id, const std::string& name,
                                  const std::vector<Scope>& scopes, Time expires) {
  const std::string kept_name = storable(trim(name));
  if (const auto fits = check(work, person_id, kept_name, scopes, expires); !fits) return std::unexpected(fits.error());
  CreatedToken created;
  created.text = std::string(kTokenPrefix) + random_digits(kRandom);
  created.text += checksum_of(created.text);
  Token& token = created.token;
  token = {.id = "tok_" + to_hex(random_bytes(10)),
           .prefix = created.text.substr(0, 8),
           .name = kept_name,
           .person_id = person_id,
           .scopes = scopes,
           .created = work.now(),
           .expires = expires,
           .last_used = std::nullopt,
           .revoked = std::nullopt};
  std::ranges::sort(token.scopes);
  token.scopes.erase(std::ranges::unique(token.scopes).begin(), token.scopes.end());
  std::vector<std::string> names;
  names.reserve(token.scopes.size());
  for (const Scope scope : token.scopes) names.emplace_back(to_string(scope));
  const std::string hash = sha256_hex(created.text), kept_scopes = join(names, " ");
  const long long at = token.created.time_since_epoch().count(), until = expires.time_since_epoch().count();
  work.sql()
      << "insert into api_tokens (token_id, token_hash, prefix, name, person_id, scopes, created_ms, expires_ms) "
         "values (:id, :hash, :prefix, :name, :person, :scopes, :at, :until)",
      soci::use(token.id, "id"), soci::use(hash, "hash"), soci::use(token.prefix, "prefix"),
      soci::use(token.name, "name"), soci::use(token.person_id, "person"), soci::use(kept_scopes, "scopes"),
      soci::use(at, "at"), soci::use(until, "until");
  return created;
}

Result<std::optional<TokenHolder>> find_token(Work& work, const std::string& text) {
  if (!has_token_form(text)) return std::nullopt;
  auto found = select(work, "where token_hash = :value", sha256_hex(text));
  if (!found) return std::unexpected(found.error());
  if (found->empty() || found->front().revoked || found->front().expires <= work.now()) return std::nullopt;
  auto person = find_person(work, found->front().person_id);
  if (!person) return std::unexpected(person.error());
  if (!*person || !(*person)->enabled) return std::nullopt;
  return TokenHolder{.token = std::move(found->front()), .person = std::move(**person)};
}

Result<void> touch_token(Work& work, const std::string& id) {
  const long long current = work.now().time_since_epoch().count();
  work.sql() << "update api_tokens set last_used_ms = :now where token_id = :id and coalesce(last_used_ms, -1) < :now",
      soci::use(current, "now"), soci::use(id, "id");
  return {};
}

Result<std::vector<Token>> tokens_of(Work& work, const std::string& person_id) {
  return select(work, "where person_id = :value", person_id);
}

Result<std::vector<Token>> all_tokens(Work& work) {
  return select(work, "where token_id <> :value", "");
}

Result<bool> revoke_token(Work& work, const std::string& id, const std::string& person_id) {
  const long long current = work.now().time_since_epoch().count(), anybody = person_id.empty() ? 1 : 0;
  soci::statement statement =
      (work.sql().prepare << "update api_tokens set revoked_ms = :now where token_id = :id and "
                             "revoked_ms is null and (person_id = :person or :anybody = 1)",
       soci::use(current, "now"), soci::use(id, "id"), soci::use(person_id, "person"), soci::use(anybody, "anybody"));
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

Result<long long> revoke_tokens_of(Work& work, const std::string& person_id) {
  const long long current = work.now().time_since_epoch().count();
  soci::statement statement =
      (work.sql().prepare << "update api_tokens set revoked_ms = :now where person_id = :person and revoked_ms is null",
       soci::use(current, "now"), soci::use(person_id, "person"));
  statement.execute(true);
  return statement.get_affected_rows();
}

}  // namespace assay::ledger
