// People, sessions, tokens, the audit log, approvals and kept answers, on both engines.

#include <thread>

#include "base/bytes.h"
#include "ledger/approvals.h"
#include "ledger/audit.h"
#include "ledger/database.h"
#include "ledger/idempotency.h"
#include "ledger/people.h"
#include "ledger/retention.h"
#include "ledger/sessions.h"
#include "ledger/tokens.h"
#include "unit/ledger/sample.h"

namespace assay::ledger {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;

// One area at a chosen time.
class IdentityTest : public BothEngines {
 protected:
  void SetUp() override {
    BothEngines::SetUp();
    ASSERT_TRUE(open());
    auto database = Database::connect(url());
    ASSERT_TRUE(database) << database.error().message();
    database_ = std::move(*database);
  }
  template <class Body>
  auto at(Time time, Body body) {
    return database_->transact([&](soci::session& sql) {
      Work work(sql, database_->dialect(), time);
      return body(work);
    });
  }
  Result<void> run(const std::string& statement) {
    return database_->run([&](soci::session& sql) -> Result<void> {
      sql << statement;
      return {};
    });
  }
  void execute(const std::string& statement) { EXPECT_OK(run(statement)); }
  Person add(const std::string& email, Role role, const std::string& org = {}) {
    auto added = at(day(0), [&](Work& work) {
      return add_person(
          work, {.issuer = "https://id.example", .subject = email, .email = email, .role = role, .org_id = org});
    });
    EXPECT_OK(added);
    return added.value_or(Person{});
  }

 private:
  std::unique_ptr<Database> database_;
};
INSTANTIATE_TEST_SUITE_P(Engines, IdentityTest, ::testing::Values(kSqlite, kPostgresql), engine_name);

TEST_P(IdentityTest, PeopleSignInByGroupsOrInvitation) {
  const SignIn somebody{
      .issuer = "https://id.example", .subject = "42", .email = "Ann@Example.com", .email_verified = true};
  const auto stranger = at(day(1), [&](Work& work) { return sign_in(work, somebody); });
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, ErrorCode::not_found);

  const auto invited = at(day(1), [&](Work& work) {
    return add_person(work, {.issuer = "https://id.example",
                             .subject = "mailto:ann@example.com",
                             .email = "ann@example.com",
                             .role = Role::triager});
  });
  ASSERT_TRUE(invited) << invited.error().message();
  SignIn unproven = somebody;
  unproven.email_verified = false;
  EXPECT_FALSE(at(day(1), [&](Work& work) { return sign_in(work, unproven); }));
  const auto came = at(day(2), [&](Work& work) { return sign_in(work, somebody); });
  ASSERT_TRUE(came) << came.error().message();
  EXPECT_EQ(came->id, invited->id);
  EXPECT_EQ(came->subject, "42");
  EXPECT_EQ(came->role, Role::triager);
  EXPECT_EQ(came->last_login, day(2));

  SignIn promoted = unproven;
  promoted.role = Role::admin;
  const auto now_admin = at(day(3), [&](Work& work) { return sign_in(work, promoted); });
  ASSERT_TRUE(now_admin) << now_admin.error().message();
  EXPECT_EQ(now_admin->id, invited->id);
  const auto stored = at(day(3), [&](Work& work) { return find_person(work, invited->id); });
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->role, Role::admin);
  EXPECT_EQ((*stored)->email, "ann@example.com");
}

TEST_P(IdentityTest, TheLastAdminStays) {
  Person admin = add("a@example.com", Role::admin);
  admin.role = Role::auditor;
  const auto refused = at(day(1), [&](Work& work) { return update_person(work, admin); });
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("last admin"));
  add("b@example.com", Role::admin);
  const auto changed = at(day(1), [&](Work& work) { return update_person(work, admin); });
  ASSERT_TRUE(changed) << changed.error().message();
  EXPECT_EQ(changed->version, 2);
  const auto stale = at(day(1), [&](Work& work) { return update_person(work, admin); });
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, ErrorCode::conflict);
}

TEST_P(IdentityTest, APartnerNeedsAnOrganisation) {
  const auto alone = at(day(0), [&](Work& work) {
    return add_person(work, {.issuer = "i", .subject = "s", .email = "p@example.com", .role = Role::partner});
  });
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().code, ErrorCode::invalid_input);
  const auto unknown = at(day(0), [&](Work& work) {
    return add_person(
        work, {.issuer = "i", .subject = "s", .email = "p@example.com", .role = Role::partner, .org_id = "org_x"});
  });
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  execute("insert into organisations (org_id, name, created_ms) values ('org_x', 'X', 0)");
  EXPECT_EQ(add("p@example.com", Role::partner, "org_x").org_id, "org_x");
}

TEST_P(IdentityTest, SessionsEndInTime) {
  const Person person = add("a@example.com", Role::triager);
  const auto started = at(day(1), [&](Work& work) { return start_session(work, person.id, "Browser\x1b[0m", ""); });
  ASSERT_TRUE(started) << started.error().message();
  EXPECT_NE(started->session.hash, started->key);
  const auto found = [&](Time time) {
    const auto session = at(time, [&](Work& work) { return find_session(work, started->key); });
    EXPECT_OK(session);
    return session && session->has_value();
  };
  EXPECT_TRUE(found(day(1) + hours(11)));
  EXPECT_FALSE(found(day(1) + hours(12)));  // idle
  for (int i = 0; i < 7 * 24 - 12; i += 11) {
    EXPECT_OK(at(day(1) + hours(i), [&](Work& work) { return touch_session(work, started->session.hash); }));
  }
  EXPECT_TRUE(found(day(8) - hours(12)));
  EXPECT_OK(at(day(8) - hours(1), [&](Work& work) { return touch_session(work, started->session.hash); }));
  EXPECT_FALSE(found(day(8)));  // too old, however much it is used
  EXPECT_EQ(at(day(8), [&](Work& work) { return forget_sessions(work); }), 1);
}

TEST_P(IdentityTest, SigningInChangesTheKey) {
  const Person person = add("a@example.com", Role::triager);
  const auto first = at(day(1), [&](Work& work) { return start_session(work, person.id, "", ""); });
  ASSERT_TRUE(first);
  const auto second = at(day(1), [&](Work& work) { return start_session(work, person.id, "", first->key); });
  ASSERT_TRUE(second);
  EXPECT_NE(first->key, second->key);
  const auto all = at(day(1), [&](Work& work) { return sessions_of(work, person.id); });
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().hash, second->session.hash);
  EXPECT_EQ(at(day(1), [&](Work& work) { return end_session(work, "somebody else", second->session.hash); }), false);
  EXPECT_EQ(at(day(1), [&](Work& work) { return end_session(work, person.id, second->session.hash); }), true);
}

TEST_P(IdentityTest, DisabledPeopleAreOut) {
  Person person = add("a@example.com", Role::triager);
  const auto session = at(day(1), [&](Work& work) { return start_session(work, person.id, "", ""); });
  const auto token =
      at(day(1), [&](Work& work) { return create_token(work, person.id, "ci", {Scope::read}, day(30)); });
  ASSERT_TRUE(session && token);
  person.enabled = false;
  EXPECT_OK(at(day(1), [&](Work& work) { return update_person(work, person); }));
  const auto by_session = at(day(1), [&](Work& work) { return find_session(work, session->key); });
  const auto by_token = at(day(1), [&](Work& work) { return find_token(work, token->text); });
  ASSERT_TRUE(by_session && by_token);
  EXPECT_FALSE(*by_session);
  EXPECT_FALSE(*by_token);
}

TEST_P(IdentityTest, TokensAreHashedAndExpire) {
  const Person person = add("a@example.com", Role::triager);
  const auto made = at(day(1), [&](Work& work) {
    return create_token(work, person.id, " ci ", {Scope::triage, Scope::read, Scope::read}, day(30));
  });
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(has_token_form(made->text));
  std::string wrong = made->text;
  wrong[10] = wrong[10] == 'x' ? 'y' : 'x';
  EXPECT_FALSE(has_token_form(wrong));
  const auto holder = at(day(2), [&](Work& work) { return find_token(work, made->text); });
  ASSERT_TRUE(holder && *holder);
  EXPECT_EQ((*holder)->person.id, person.id);
  EXPECT_EQ((*holder)->token.name, "ci");
  EXPECT_EQ((*holder)->token.scopes, (std::vector{Scope::read, Scope::triage}));
  EXPECT_FALSE(at(day(30), [&](Work& work) { return find_token(work, made->text); })->has_value());
  EXPECT_OK(at(day(2), [&](Work& work) { return touch_token(work, made->token.id); }));
  const auto all = at(day(2), [&](Work& work) { return tokens_of(work, person.id); });
  ASSERT_TRUE(all);
  EXPECT_EQ(all->front().last_used, day(2));
  EXPECT_EQ(at(day(2), [&](Work& work) { return revoke_token(work, made->token.id, "another"); }), false);
  EXPECT_EQ(at(day(2), [&](Work& work) { return revoke_token(work, made->token.id, person.id); }), true);
  EXPECT_FALSE(at(day(2), [&](Work& work) { return find_token(work, made->text); })->has_value());
  const auto endless =
      at(day(1), [&](Work& work) { return create_token(work, person.id, "x", {Scope::read}, day(400)); });
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().code, ErrorCode::invalid_input);
}

TEST_P(IdentityTest, TheAuditLogShowsWhatWasChanged) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_OK(at(day(i), [&](Work& work) {
      return append_audit(work, {.actor = "a@example.com",
                                 .act = i == 2 ? "token.revoke" : "person.update",
                                 .object = "person:1",
                                 .request_id = "r",
                                 .body = {{"n", i}, {"text", std::string("a\0b", 3)}}});
    }));
  }
  const auto check = [&] { return at(day(9), [&](Work& work) { return verify_audit(work); }); };
  auto whole = check();
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_EQ(whole->entries, 5);
  EXPECT_FALSE(whole->broken_at) << whole->reason;
  const auto people_only =
      at(day(9), [&](Work& work) { return audit_entries(work, {.act = "person.*", .before = 5, .limit = 2}); });
  ASSERT_TRUE(people_only);
  ASSERT_EQ(people_only->size(), 2U);
  EXPECT_EQ(people_only->at(0).seq, 4);
  EXPECT_EQ(people_only->at(1).seq, 2);

  // The store refuses what follows; who owns it may take that away, and the chain still shows it.
  execute(sqlite() ? "drop trigger audit_is_kept" : "drop trigger audit_is_kept on audit");
  if (sqlite()) execute("drop trigger audit_is_not_changed");
  execute("delete from audit where seq = 1");  // retention takes the oldest
  EXPECT_FALSE(check()->broken_at);
  execute("update audit set actor = 'b@example.com' where seq = 3");
  EXPECT_EQ(check()->broken_at, 3);
  execute("delete from audit where seq = 3");
  const auto cut = check();
  EXPECT_EQ(cut->broken_at, 4);
  EXPECT_THAT(cut->reason, HasSubstr("entry 3 is missing"));
}

TEST_P(IdentityTest, TheAuditLogIsOnlyAppendedTo) {
  const Time old = now() - std::chrono::days(100);
  for (const Time time : {old, old, now(), old})  // the clock was set back before the last
    EXPECT_OK(at(time, [](Work& work) { return append_audit(work, {.actor = "a", .act = "b"}); }));
  std::vector<std::string> refused = {"update audit set actor = 'x' where seq = 1", "delete from audit",
                                      "delete from audit where seq = 3",  // young
                                      "delete from audit where seq = 4",  // the last, which the next one names
                                      "insert into audit select 0, at_ms, actor, act, object, request_id, body, "
                                      "previous_hash, hash from audit where seq = 1"};
  refused.emplace_back(sqlite() ? "insert or replace into audit select * from audit where seq = 1" : "truncate audit");
  for (const auto& statement : refused) {
    const auto done = run(statement);
    ASSERT_FALSE(done) << statement;
    EXPECT_THAT(done.error().message(), HasSubstr("only appended to")) << statement;
  }
  // Retention may, from the old end.
  const auto pruned = prune(*open(), {{Retained::audit, 90}});
  ASSERT_TRUE(pruned) << pruned.error().message();
  EXPECT_EQ(pruned->at(Retained::audit), 2);
  EXPECT_OK(at(now(), [](Work& work) { return append_audit(work, {.actor = "a", .act = "b"}); }));
  const auto check = at(now(), [](Work& work) { return verify_audit(work); });
  EXPECT_EQ(check->entries, 3);
  EXPECT_FALSE(check->broken_at) << check->reason;
}

TEST_P(IdentityTest, TheAuditLogHasNoGapsUnderConcurrency) {
  const auto ledger = open();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_OK(ledger->write([&](Work& work) { return append_audit(work, {.actor = "a", .act = "b"}); }));
      }
    });
  }
  threads.clear();
  const auto check = ledger->read([](Work& work) { return verify_audit(work); });
  ASSERT_TRUE(check);
  EXPECT_EQ(check->last_seq, 40);
  EXPECT_FALSE(check->broken_at) << check->reason;
}

TEST_P(IdentityTest, ASecondAdminDecides) {
  const Person one = add("a@example.com", Role::admin);
  EXPECT_EQ(at(day(0), [&](Work& work) { return has_second_admin(work); }), false);
  const Person two = add("b@example.com", Role::admin);
  EXPECT_EQ(at(day(0), [&](Work& work) { return has_second_admin(work); }), true);
  const auto ask = [&] {
    return at(day(1), [&](Work& work) { return request_approval(work, "person.update", {{"id", "x"}}, one.id); })->id;
  };
  const auto decide = [&](std::int64_t id, ApprovalState decision, const Person& by, Time time) {
    return at(time, [&](Work& work) { return decide_approval(work, id, decision, by.id); });
  };
  const auto first = ask();
  EXPECT_FALSE(decide(first, ApprovalState::approved, one, day(2)));
  EXPECT_FALSE(decide(first, ApprovalState::withdrawn, two, day(2)));
  EXPECT_FALSE(decide(first, ApprovalState::approved, two, day(9)));
  const auto approved = decide(first, ApprovalState::approved, two, day(2));
  ASSERT_TRUE(approved) << approved.error().message();
  EXPECT_EQ(approved->body["id"], "x");
  EXPECT_FALSE(decide(first, ApprovalState::rejected, two, day(2)));
  EXPECT_TRUE(decide(ask(), ApprovalState::withdrawn, one, day(2)));
  const auto waiting = at(day(2), [&](Work& work) { return approvals(work, ApprovalState::requested); });
  const auto all = at(day(2), [&](Work& work) { return approvals(work, std::nullopt); });
  ASSERT_TRUE(waiting && all);
  EXPECT_TRUE(waiting->empty());
  EXPECT_EQ(all->size(), 2U);
}

TEST_P(IdentityTest, AnswersAreKeptForADay) {
  const auto keep = [&](Time time, const std::string& body) {
    return at(time, [&](Work& work) {
      return keep_answer(work, "a", "k", {.request_hash = "h", .status = 201, .body = body});
    });
  };
  const auto find = [&](Time time) {
    return at(time, [&](Work& work) { return find_answer(work, "a", "k"); }).value_or(std::nullopt);
  };
  EXPECT_OK(keep(day(1), "{}"));
  ASSERT_TRUE(find(day(1)));
  EXPECT_EQ(find(day(1))->status, 201);
  EXPECT_FALSE(keep(day(1), "other"));
  EXPECT_FALSE(find(day(3)));
  EXPECT_OK(keep(day(3), "other"));
  EXPECT_EQ(find(day(3))->body, "other");
  EXPECT_EQ(at(day(5), [&](Work& work) { return forget_answers(work); }), 1);
}

}  // namespace
}  // namespace assay::ledger
