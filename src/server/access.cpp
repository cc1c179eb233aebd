#include "server/access.h"

#include <algorithm>
#include <array>

namespace assay::server {

namespace {

using ledger::Role;
using ledger::Scope;

// One row of docs/platform.md's matrix, and the scope that a token needs for it.
struct Row {
  Permission permission;
  std::string_view name;
  Reach admin, security_engineer, triager, partner, auditor, worker;
  std::optional<Scope> scope;  // nullopt: no token may
};

constexpr Reach kNo = Reach::none, kOwn = Reach::own, kAll = Reach::all;

// clang-format off
constexpr std::array kMatrix{
    //                                                     admin  engineer triager partner auditor worker
    Row{Permission::signed_in,       "signed-in",          kAll,  kAll,    kAll,   kOwn,   kAll,   kNo,  Scope::read},
    Row{Permission::own_account,     "own-account",        kAll,  kAll,    kAll,   kOwn,   kAll,   kNo,  std::nullopt},
    Row{Permission::read,            "read",               kAll,  kAll,    kAll,   kOwn,   kAll,   kNo,  Scope::read},
    Row{Permission::request_scans,   "request-scans",      kAll,  kAll,    kAll,   kOwn,   kNo,    kNo,  Scope::scan},
    Row{Permission::manage_apps,     "manage-apps",        kAll,  kAll,    kNo,    kNo,    kNo,    kNo,  Scope::manage},
    Row{Permission::manage_contacts, "manage-contacts",    kAll,  kAll,    kNo,    kOwn,   kNo,    kNo,  Scope::manage},
    Row{Permission::work_tickets,    "work-tickets",       kAll,  kAll,    kAll,   kOwn,   kNo,    kNo,  Scope::triage},
    Row{Permission::decide,          "decide",             kAll,  kAll,    kAll,   kNo,    kNo,    kNo,  Scope::triage},
    Row{Permission::administer,      "administer",         kAll,  kNo,     kNo,    kNo,    kNo,    kNo,  Scope::admin},
    Row{Permission::read_audit,      "read-audit",         kAll,  kNo,     kNo,    kNo,    kAll,   kNo,  Scope::admin},
    Row{Permission::take_jobs,       "take-jobs",          kNo,   kNo,     kNo,    kNo,    kNo,    kAll, Scope::worker},
};
// clang-format on

const Row* row_of(Permission permission) {
  const auto* const row = std::ranges::find(kMatrix, permission, &Row::permission);
  return row == kMatrix.end() ? nullptr : row;
}

}  // namespace

std::string_view to_string(Permission permission) {
  const Row* const row = row_of(permission);
  return row != nullptr ? row->name : "open";
}

Reach reach(Role role, Permission permission) {
  if (permission == Permission::open) return Reach::all;
  const Row* const row = row_of(permission);
  if (row == nullptr) return Reach::none;
  switch (role) {
    case Role::admin:
      return row->admin;
    case Role::security_engineer:
      return row->security_engineer;
    case Role::triager:
      return row->triager;
    case Role::partner:
      return row->partner;
    case Role::auditor:
      return row->auditor;
    case Role::worker:
      return row->worker;
  }
  return Reach::none;
}

Admission check_access(const Actor& actor, Permission permission) {
  using Kind = Admission::Kind;
  if (permission == Permission::open) return {.kind = Kind::allowed};
  if (actor.kind == Actor::Kind::nobody) return {.kind = Kind::sign_in, .reason = "nobody is signed in"};
  const Row* const row = row_of(permission);
  const Reach far = reach(actor.role, permission);
  const std::string needed(to_string(permission));
  if (row == nullptr || far == Reach::none) {
    return {.kind = Kind::refused,
            .reason = "the role " + std::string(to_string(actor.role)) + " lacks the permission " + needed};
  }
  if (actor.kind == Actor::Kind::token) {
    if (!row->scope) return {.kind = Kind::refused, .reason = needed + " takes a session, not a token"};
    if (std::ranges::find(actor.scopes, *row->scope) == actor.scopes.end())
      return {.kind = Kind::refused, .reason = "the token lacks the scope " + std::string(to_string(*row->scope))};
  }
  if (far == Reach::all) return {.kind = Kind::allowed};
  if (actor.org_id.empty()) return {.kind = Kind::refused, .reason = "the partner belongs to no organisation"};
  return {.kind = Kind::allowed, .only_org = actor.org_id};
}

}  // namespace assay::server
