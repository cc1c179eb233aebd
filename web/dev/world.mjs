// A marketplace for the dashboard's development and tests. Four apps are real: verdicts, findings, evidence and request
// logs of the lab (data/lab.json, made by `assay scan`, shortened). Around them stand apps that a generator makes up, the
// same ones every time.

import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

const lab = JSON.parse(readFileSync(new URL("data/lab.json", import.meta.url)));
const catalog = new URL("../../catalog/", import.meta.url);
const kDay = 86_400_000;
const now = Date.now();
const at = (days, hours = 0) => new Date(now + days * kDay + hours * 3_600_000).toISOString();
export const severities = ["critical", "high", "medium", "low"];
const none = () => ({ critical: 0, high: 0, medium: 0, low: 0 });

let seed = 7;
const random = () => (seed = (seed * 1664525 + 1013904223) >>> 0) / 2 ** 32;
const pick = (list) => list[Math.floor(random() * list.length)];
const hex = (n) => Array.from({ length: n }, () => Math.floor(random() * 16).toString(16)).join("");

const severityOf = (score) => (score >= 9 ? "critical" : score >= 7 ? "high" : score >= 4 ? "medium" : "low");

function requirement(file) {
  const one = parse(readFileSync(new URL(`requirements/${file}`, catalog), "utf8"));
  const score = one.sources.find((source) => source.cvss)?.cvss ?? 5.3;
  const judge = one.verified_by?.judge;
  return {
    id: one.id,
    title: one.title,
    sources: one.sources.map(({ document, row }) => ({ document, row })),
    severity: one.severity ?? severityOf(score),
    cvss: { vector: typeof one.cvss === "string" ? one.cvss : (Object.values(one.cvss ?? {})[0] ?? ""), score },
    kinds: one.kinds,
    subject: one.subject ?? "app",
    verified: Boolean(judge),
    ...(judge
      ? {}
      : { not_verified_reason: "Not verified by this version; to be verified from a person's attestation." }),
    needs: one.needs ?? [],
    parameters: Object.entries(one.parameters ?? {}).map(([name, p]) => ({
      name,
      value: p.default ?? null,
      ...(p.unit && { unit: p.unit }),
      ...(p.description && { description: p.description.trim() }),
    })),
    what: one.detail.what.trim(),
    why: one.detail.why.trim(),
    how: (one.detail.how ?? "").trim(),
    remediation: one.remediation.trim(),
    references: one.references ?? [],
  };
}

export const requirements = readdirSync(new URL("requirements/", catalog)).sort().map(requirement);

export const organisations = [
  ["acme", "Acme Apps"],
  ["borealis", "Borealis Software"],
  ["cobalt", "Cobalt Works"],
  ["assay-lab", "Assay lab"],
].map(([id, name], i) => ({ id, name, created_at: at(-400 + i), apps: 0 }));

const nouns = [
  "Charts",
  "Roadmaps",
  "Checklists",
  "Diagrams",
  "Time Sheets",
  "Forms",
  "Automation",
  "Git Links",
  "Test Runs",
  "Polls",
  "Risk Register",
  "Exporter",
  "Macros",
  "Release Notes",
];

function appOf(key, name, kind, target, organisation, state = "active") {
  return {
    key,
    name,
    kind,
    target,
    organisation,
    state,
    ...(kind !== "service" && { release: hex(64) }),
    organisation_name: organisations.find((one) => one.id === organisation).name,
    open: none(),
    inconclusive: 0,
    added_at: at(-380),
    version: 3,
  };
}

export const apps = [];
export const findings = [];
export const tickets = [];
export const scans = [];

for (const [i, one] of lab.entries()) {
  const app = appOf(
    one.app.key,
    ["Lab: bad app", "Lab: expired domain", "Lab: takeover", "Lab: good app"][i],
    one.app.kind,
    one.app.target,
    "assay-lab",
  );
  app.release = one.app.release;
  app.last_scan = one.scan.id;
  app.last_scan_at = one.scan.started;
  app.inconclusive = one.verdicts.filter((v) => v.outcome === "inconclusive").length;
  apps.push(app);
  scans.push(
    ...[0, 1, 2, 3].map((back) => ({
      id: back ? `${one.scan.id.slice(0, -2)}0${back}` : one.scan.id,
      app: app.key,
      started_at: at(-back, -3),
      finished_at: new Date(now - back * kDay - 3 * 3_600_000 + 42_000).toISOString(),
      complete: back !== 2,
      ...(back === 2 && { incomplete_reason: "The server was stopped while the scan ran." }),
      counts: one.scan.counts,
      release: one.app.release,
      profiles: one.scan.profiles,
      allowed_networks: one.scan.allowed_networks,
      notes: one.notes,
      statistics: one.scan.statistics,
      not_verified: one.not_verified,
      source: one,
    })),
  );
  app.last_scan_at = scans.at(-4).started_at;
  for (const verdict of one.verdicts) {
    for (const finding of verdict.findings)
      if (verdict.outcome === "fail")
        findings.push({
          ...finding,
          app: app.key,
          kind: app.kind,
          organisation: "assay-lab",
          scan: one.scan.id,
          age: 3 + Math.floor(random() * 60),
        });
  }
}
// What the made-up apps miss is borrowed from the lab's.
const model = findings.slice();

for (let i = 0; i < 68; i++) {
  const noun = nouns[i % nouns.length];
  const organisation = pick(["acme", "borealis", "cobalt"]);
  const kind = pick(["connect", "connect", "connect", "forge", "service"]);
  const host = `${noun.toLowerCase().replace(" ", "-")}${Math.floor(i / nouns.length) || ""}.${organisation}.example`;
  const key =
    kind === "service"
      ? `https://${host}`
      : `com.${organisation}.${noun.toLowerCase().replace(" ", "-")}${Math.floor(i / nouns.length) || ""}`;
  const app = appOf(
    key,
    `${noun} for ${pick(["Jira", "Confluence"])}`,
    kind,
    kind === "connect" ? `https://${host}/atlassian-connect.json` : `https://${host}`,
    organisation,
    i % 17 === 5 ? "paused" : i % 23 === 9 ? "retired" : "active",
  );
  if (i % 29 !== 3) app.last_scan_at = at(0, -random() * 22);
  app.inconclusive = random() < 0.2 ? 1 + Math.floor(random() * 4) : 0;
  apps.push(app);
  for (let n = random() < 0.45 ? 0 : Math.floor(random() * 5); n > 0; n--) {
    const like = pick(model);
    const subject = `https://${host}`;
    findings.push({
      ...like,
      app: key,
      kind,
      organisation,
      subject,
      fingerprint: `fp1-${hex(40)}`,
      proof: like.proof.replaceAll(/bad-app\.lab(:\d+)?/g, host),
      title: like.title.replaceAll(/bad-app\.lab(:\d+)?/g, host),
      age: 1 + Math.floor(random() * 120),
    });
  }
}

const weeks = { critical: 4, high: 6, medium: 8, low: 25 };
const states = ["open", "open", "open", "open", "open", "suspected", "fixed", "fixed", "gone", "unconfirmed"];

for (const [i, finding] of findings.entries()) {
  finding.state = i < 12 ? "open" : pick(states);
  finding.first_seen = at(-finding.age);
  finding.last_seen = at(finding.state === "open" || finding.state === "suspected" ? 0 : -2, -3);
  if (finding.state !== "suspected" && finding.state !== "unconfirmed") finding.opened_at = at(-finding.age, 1);
  if (finding.state === "fixed" || finding.state === "gone") finding.closed_at = at(-1, -3);
  finding.fails_in_row = finding.state === "fixed" ? 0 : finding.state === "suspected" ? 1 : Math.min(finding.age, 20);
  finding.passes_in_row = finding.state === "fixed" ? 2 : 0;
  finding.reopened = i % 11 === 4 ? 1 : 0;
  finding.scan ??= scans[0].id;
  if (!finding.opened_at) continue;
  const live = finding.state === "open";
  const state = !live
    ? finding.state === "fixed"
      ? "patched"
      : "gone"
    : i % 9 === 4
      ? "extension-requested"
      : i % 7 === 3
        ? "in-review"
        : i % 6 === 2
          ? "fix-claimed"
          : i % 8 === 5
            ? "waiting-for-release"
            : "needs-patch";
  const due = -finding.age + weeks[finding.severity] * 7;
  tickets.push({
    id: 1001 + tickets.length,
    app: finding.app,
    fingerprint: finding.fingerprint,
    organisation: finding.organisation,
    kind: finding.kind,
    requirement: finding.requirement,
    subject: finding.subject,
    title: finding.title,
    severity: finding.severity,
    state,
    live,
    opened_at: finding.opened_at,
    due_at: `${at(due).slice(0, 10)}T23:59:59Z`,
    policy_version: 2,
    state_since: at(-Math.min(finding.age, 4)),
    ...(!live && { closed_at: finding.closed_at }),
    ...(i % 3 === 0 && { assignee: pick(["ana@acme.example", "li@borealis.example", "sam@cobalt.example"]) }),
    reopened: finding.reopened,
    clock_stands: state === "extension-requested" || state === "in-review",
    overdue: live && due < 0 && state !== "extension-requested" && state !== "in-review",
    version: 4,
  });
  finding.ticket = tickets.at(-1).id;
}

for (const app of apps) {
  organisations.find((one) => one.id === app.organisation).apps++;
  for (const finding of findings) if (finding.app === app.key && finding.state === "open") app.open[finding.severity]++;
}

export const days = Array.from({ length: 365 }, (_, back) => 364 - back).map((back) => {
  const wave = (base, size, phase) =>
    Math.max(0, Math.round(base + (back / 365) * size * 2.2 + size * Math.sin(back / 23 + phase) + random() * 2));
  const open = { critical: wave(2, 2, 0), high: wave(9, 4, 1), medium: wave(34, 9, 2), low: wave(21, 6, 3) };
  return {
    day: at(-back).slice(0, 10),
    open,
    tickets_overdue: (open.critical >> 1) + (open.high >> 2) + (open.medium >> 3),
  };
});

export const jobs = [
  "running",
  "running",
  "waiting",
  "waiting",
  "waiting",
  "done",
  "done",
  "done",
  "failed",
  "cancelled",
].map((state, i) => ({
  id: `job-${i + 1}`,
  app: apps[i].key,
  group: pick(["network-daily", "descriptor-daily"]),
  origin: pick(["requested", "verify", "second-look", "scheduled", "scheduled"]),
  requirements: i === 3 ? ["hsts"] : [],
  requested_by: i % 3 ? "schedule" : "ana@acme.example",
  state,
  created_at: at(0, -i / 2 - 0.1),
  ready_at: at(0, state === "waiting" ? i / 6 : -i / 2),
  ...(state !== "waiting" && { started_at: at(0, -i / 3 - 0.05), worker: "serve-1" }),
  ...(state === "done" && { finished_at: at(0, -i / 4), scan: scans[i % scans.length].id }),
  ...(state === "failed" && {
    finished_at: at(0, -i / 4),
    error: "The descriptor cannot be read: https://charts2.acme.example answers 503; try again when it is up.",
  }),
  attempt: state === "waiting" ? 0 : 1,
}));

const word = (person, text) => ({ actor: person, body: { text } });
export function historyOf(ticket) {
  const events = [{ at: ticket.opened_at, actor: "assay", kind: "opened", body: { due: ticket.due_at, policy: 2 } }];
  if (ticket.assignee)
    events.push({ at: at(-4), actor: "tri@market.example", kind: "assigned", body: { assignee: ticket.assignee } });
  events.push({
    at: at(-3),
    kind: "commented",
    ...word(
      "ana@acme.example",
      "We see it too. The header is set by the application and lost at the proxy; the configuration of the proxy is rolled out on Thursday.",
    ),
  });
  if (ticket.state === "fix-claimed")
    events.push({
      at: at(-1),
      actor: "ana@acme.example",
      kind: "moved",
      body: { from: "needs-patch", to: "fix-claimed", note: "Rolled out." },
    });
  if (ticket.state === "extension-requested")
    events.push({
      at: at(-1),
      actor: "ana@acme.example",
      kind: "extension-requested",
      body: { due: at(40), plan: "The proxy is replaced in the next quarter." },
    });
  if (ticket.state === "in-review")
    events.push({
      at: at(-1),
      actor: "ana@acme.example",
      kind: "disposition-requested",
      body: { kind: "risk-accepted" },
    });
  if (ticket.overdue) events.push({ at: at(-1), actor: "assay", kind: "reminded", body: { what: "overdue" } });
  if (!ticket.live) events.push({ at: ticket.closed_at, actor: "assay", kind: "closed", body: { as: ticket.state } });
  return events.map((event, ordinal) => ({ ordinal, ...event }));
}

export const people = [
  ["Ada Marsh", "ada@market.example", "admin"],
  ["Bo Lindqvist", "bo@market.example", "admin"],
  ["Eve Tan", "eve@market.example", "security-engineer"],
  ["Tri Nguyen", "tri@market.example", "triager"],
  ["Ana Ruiz", "ana@acme.example", "partner", "acme"],
  ["Li Wei", "li@borealis.example", "partner", "borealis"],
  ["Kim Aud", "kim@audit.example", "auditor"],
].map(([name, email, role, organisation], i) => ({
  id: `p-${i + 1}`,
  issuer: "https://login.market.example",
  subject: `${1000 + i}`,
  email,
  name,
  role,
  ...(organisation && { organisation }),
  enabled: i !== 5,
  created_at: at(-200),
  last_login_at: at(0, -i * 9),
  version: 2,
}));

export { at, hex, lab, now };
