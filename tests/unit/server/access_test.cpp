// docs/platform.md's matrix, row by row, and what narrows it.

#include "server/access.h"

#include <gtest/gtest.h>

#include <array>

namespace assay::server {
namespace {

using ledger::Role;
using ledger::Scope;

struct Row {
  Permission permission;
  std::string_view reaches;  // admin, engineer, triager, partner, auditor, worker: 'a'll, 'o'wn, '-' none
};

TEST(Access, IsTheMatrixOfTheDocument) {
  constexpr std::array kRoles{Role::admin,   Role::security_engineer, Role::triager,
                              Role::partner, Role::auditor,           Role::worker};
  constexpr std::array kRows{
      Row{Permission::read, "aaaoa-"},         Row{Permission::request_scans, "aaao--"},
      Row{Permission::manage_apps, "aa----"},  Row{Permission::manage_contacts, "aa-o--"},
      Row{Permission::work_tickets, "aaao--"}, Row{Permission::decide, "aaa---"},
      Row{Permission::administer, "a-----"},   Row{Permission::read_audit, "a---a-"},
      Row{Permission::take_jobs, "-----a"},    Row{Permission::signed_in, "aaaoa-"},
      Row{Permission::own_account, "aaaoa-"},  Row{Permission::open, "aaaaaa"},
  };
  for (const auto& row : kRows) {
    for (std::size_t i = 0; i < kRoles.size(); ++i) {
      const Reach expected = row.reaches[i] == 'a' ? Reach::all : row.reaches[i] == 'o' ? Reach::own : Reach::none;
      EXPECT_EQ(reach(kRoles.at(i), row.permission), expected)
          << to_string(row.permission) << " " << to_string(kRoles.at(i));
    }
  }
}

Actor actor(Role role, Actor::Kind kind = Actor::Kind::session) {
  return {.kind = kind, .person_id = "per_1", .role = role};
}

TEST(Access, NobodyMustSignIn) {
  EXPECT_EQ(check_access(Actor{}, Permission::read).kind, Admission::Kind::sign_in);
  EXPECT_EQ(check_access(Actor{}, Permission::open).kind, Admission::Kind::allowed);
}

TEST(Access, PartnersSeeTheirOwnOrganisationOnly) {
  Actor partner = actor(Role::partner);
  EXPECT_EQ(check_access(partner, Permission::read).kind, Admission::Kind::refused);  // of no organisation
  partner.org_id = "org_1";
  const auto admission = check_access(partner, Permission::read);
  EXPECT_EQ(admission.kind, Admission::Kind::allowed);
  EXPECT_EQ(admission.only_org, "org_1");
  EXPECT_EQ(check_access(actor(Role::triager), Permission::read).only_org, std::nullopt);
}

TEST(Access, ScopesNarrowATokenAndNeverWiden) {
  Actor token = actor(Role::admin, Actor::Kind::token);
  token.scopes = {Scope::read};
  EXPECT_EQ(check_access(token, Permission::read).kind, Admission::Kind::allowed);
  EXPECT_EQ(check_access(token, Permission::administer).kind, Admission::Kind::refused);
  EXPECT_EQ(check_access(token, Permission::own_account).kind, Admission::Kind::refused);  // no token makes tokens
  Actor auditor = actor(Role::auditor, Actor::Kind::token);
  auditor.scopes = {Scope::admin, Scope::manage};
  EXPECT_EQ(check_access(auditor, Permission::administer).kind, Admission::Kind::refused);
  EXPECT_EQ(check_access(auditor, Permission::read_audit).kind, Admission::Kind::allowed);
}

}  // namespace
}  // namespace assay::server
