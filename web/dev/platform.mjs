// The API of docs/openapi.yaml over the made-up marketplace: enough of it that every page of the dashboard can be used.
// A handler gets {path, query, body, me, etag} and gives {status, body, etag} or throws a Problem.

import * as world from "./world.mjs";

const { apps, at, findings, jobs, lab, organisations, people, requirements, scans, severities, tickets } = world;

export class Problem extends Error {
  constructor(status, code, detail, thing) {
    super(detail);
    Object.assign(this, { status, code, thing });
  }
}

const notFound = (thing) => new Problem(404, "not-found", `There is no ${thing} here. Check the address, or look for it in the list.`);
const need = (found, thing) => found ?? (() => { throw notFound(thing); })();
const ok = (body, more = {}) => ({ status: 200, body, ...more });
const all = (items) => ok({ items });
const own = (rows, me) => (me.organisation ? rows.filter((row) => row.organisation === me.organisation) : rows);
const rank = (severity) => 4 - severities.indexOf(severity);

// The filter grammar, as far as the fixtures go; unknown fields are errors as the server's.
const kTerm = /^(-?)([a-z_]+)(:|<=|>=|<|>)(.*)$/s;
function compare(text) {
  const relative = /^([+-])(\d+)([hdw])$/.exec(text);
  if (relative) return Date.now() + Number(relative[1] + relative[2]) * { h: 3_600_000, d: 86_400_000, w: 604_800_000 }[relative[3]];
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}
function valueOf(row, field) {
  const known = { app: row.app, org: row.organisation_name, org_id: row.organisation, fail: row.counts?.fail, inconclusive: row.counts?.inconclusive ?? row.inconclusive, scanned: Boolean(row.last_scan_at), ticket: row.id, scan: row.id, due: row.due_at, opened: row.opened_at, closed: row.closed_at, last_scan: row.last_scan_at, added: row.added_at, created: row.created_at, ready: row.ready_at, started: row.started_at };
  if (row.open && severities.includes(field)) return row.open[field];
  if (row.open && field === "open") return severities.reduce((sum, s) => sum + row.open[s], 0);
  if (row.open && field === "overdue") return String(tickets.some((one) => one.app === row.key && one.overdue));
  if (field === "disposition") return row.disposition ?? "none";
  const value = known[field] ?? row[field];
  return typeof value === "boolean" ? (row.due_at ? (value ? "yes" : "no") : String(value)) : value;
}
function holds(row, term, fields) {
  const parts = term.startsWith('"') ? null : kTerm.exec(term);
  if (!parts) return JSON.stringify(row).toLowerCase().includes(term.replaceAll('"', "").toLowerCase());
  const [, minus, field, operator, rest] = parts;
  if (!fields.includes(field)) throw new Problem(400, "invalid-input", `The filter names the field "${field}", which this list does not have. It has: ${fields.join(", ")}.`, "filter");
  const values = [valueOf(row, field)].flat();
  if (operator !== ":") {
    const number = typeof values[0] === "number" ? values[0] : Date.parse(values[0]);
    const limit = compare(rest);
    return { "<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit }[operator];
  }
  const wanted = [...rest.matchAll(/"([^"]*)"|([^,]+)/g)].map((m) => m[1] ?? m[2]);
  const found = wanted.some((one) => values.some((value) => (one.endsWith("*") ? String(value).startsWith(one.slice(0, -1)) : String(value) === one)));
  return minus ? !found : found;
}
export function filtered(rows, query, fields) {
  const terms = (query.filter ?? "").match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  if (rows.length === 0) return rows;
  const kept = rows.filter((row) => terms.every((term) => holds(row, term, fields)));
  const sort = (query.sort ?? "").replace(/^-/, "");
  if (!sort) return kept;
  const key = (row) => (sort === "severity" && row.severity ? rank(row.severity) : (valueOf(row, sort) ?? ""));
  const sorted = [...kept].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return query.sort.startsWith("-") ? sorted.reverse() : sorted;
}
function page(rows, query) {
  const from = Number(query.cursor ?? 0);
  const limit = Number(query.limit ?? 50);
  return ok({ items: rows.slice(from, from + limit), ...(from + limit < rows.length && { next_cursor: String(from + limit) }) });
}

const nameOf = (key) => apps.find((app) => app.key === key).name;
const shortFinding = ({ app, fingerprint, organisation, kind, requirement, subject, locator, title, severity, state, first_seen, last_seen, opened_at, closed_at, fails_in_row, passes_in_row, reopened, disposition, ticket }) =>
  ({ app, app_name: nameOf(app), fingerprint, organisation, kind, requirement, subject, locator, title, severity, state, first_seen, last_seen, ...(opened_at && { opened_at }), ...(closed_at && { closed_at }), fails_in_row, passes_in_row, reopened, ...(disposition && { disposition }), ...(ticket && { ticket, ticket_state: tickets.find((one) => one.id === ticket).state }) });
const summary = ({ id, app, started_at, finished_at, complete, counts }) => ({ id, app, started_at, finished_at, complete, counts });
const verdictsOf = (scan) => scan.source.verdicts.map(({ requirement, subject, outcome, reason, reason_code, evidence, findings: found }) => ({ requirement, subject, outcome, reason, ...(reason_code && { reason_code }), evidence, findings: found.map((one) => one.fingerprint), scan: scan.id, looked_at: scan.started_at }));

const dispositions = [];
const extensions = [];
const comments = new Map();
const watchers = new Map();
const views = [{ id: 1, list: "tickets", name: "Overdue and grave", query: "filter=severity%3Acritical%2Chigh+overdue%3Ayes&sort=due", shared: true, mine: false }, { id: 2, list: "findings", name: "My open ones", query: "filter=state%3Aopen", shared: false, mine: true }];
const pauses = [{ id: 1, host: "charts.acme.example", reason: "The data centre is moved this weekend.", from: at(-1), until: at(2), requested_by: "ana@acme.example" }, { id: 2, host: "forms.cobalt.example", reason: "Load test", from: at(-9), until: at(-8), requested_by: "sam@cobalt.example" }];
const tokens = [{ id: "t-1", name: "CI of Charts", prefix: "assay_7Qx2", person: "p-1", email: "ada@market.example", scopes: ["read", "scan"], created_at: at(-40), expires_at: at(50), last_used_at: at(0, -2) }, { id: "t-2", name: "Old export", prefix: "assay_p0Lm", person: "p-1", email: "ada@market.example", scopes: ["read"], created_at: at(-200), expires_at: at(20), revoked_at: at(-3) }];
const sinks = [{ id: "security-chat", kind: "webhook", name: "Security chat", enabled: true, filter: "severity:critical,high", settings: { url: "https://hooks.market.example/assay" }, has_secret: true, created_at: at(-100), version: 2 }, { id: "jira", kind: "jira", name: "Jira of the marketplace", enabled: true, filter: "", settings: { base_url: "https://tracker.market.example", project: "AMS" }, has_secret: true, created_at: at(-90), version: 5 }, { id: "mail", kind: "mail", name: "Mail", enabled: false, filter: "", settings: { host: "mail.market.example", port: 465, from: "assay@market.example" }, has_secret: false, created_at: at(-90), version: 1 }];
const notices = [1, 2, 3].map((n) => ({ id: `n-${n}`, sink: n === 2 ? "jira" : "security-chat", ticket: 1000 + n, kind: n === 3 ? "digest" : "ticket.opened", state: "dead", attempts: 12, created_at: at(-n), last_error: n === 2 ? "HTTP 400: project AMS has no issue type Ecoscanner Vulnerability" : "The peer closed the connection before it answered." }));
const approvals = [{ id: 1, act: "person.update", body: { email: "li@borealis.example", role: "partner", organisation: "borealis", enabled: true }, state: "requested", requested_by: "bo@market.example", requested_at: at(0, -5) }, { id: 2, act: "sink.create", body: { kind: "mail", name: "Mail" }, state: "approved", requested_by: "ada@market.example", requested_at: at(-90), decided_by: "bo@market.example", decided_at: at(-89) }];
const audit = Array.from({ length: 120 }, (_, i) => ({ seq: 120 - i, at: at(0, -i * 2.3), actor: ["ada@market.example", "tri@market.example", "ana@acme.example", "assay"][i % 4], act: ["ticket.move", "app.change", "disposition.approve", "login", "view.create", "scan.request"][i % 6], object: [`ticket/${1001 + i}`, `app/${apps[i % apps.length].key}`][i % 2], request_id: `01jd${world.hex(8)}`, body: i % 2 ? { before: { state: "active" }, after: { state: "paused" } } : { to: "fix-claimed" }, previous_hash: world.hex(64), hash: world.hex(64) }));

const appOf = (path, me) => need(own(apps, me).find((app) => app.key === path.app), "such app");
const findingOf = (path, me) => need(own(findings, me).find((one) => one.app === path.app && one.fingerprint === path.fingerprint), "such finding");
const ticketOf = (path, me) => need(own(tickets, me).find((one) => one.id === Number(path.ticket)), "such ticket");
const tagged = (thing, more = {}) => ok(thing, { etag: `"${thing.version}"`, ...more });
function fresh(thing, etag) {
  if (!etag) throw new Problem(428, "precondition-required", "The change carries no If-Match. Read the thing first.");
  if (etag !== `"${thing.version}"`) throw new Problem(412, "precondition-failed", "The thing was changed after you read it.");
  thing.version++;
}
for (const [i, ticket] of tickets.entries()) {
  if (ticket.state === "extension-requested") extensions.push({ id: i + 1, ticket: ticket.id, plan: "The proxy that drops the header is replaced in the next quarter. Until then the application sets the header on every answer that it makes itself.", due_at: at(40), state: "requested", requested_by: "ana@acme.example", requested_at: at(-1) });
  if (ticket.state === "in-review") dispositions.push({ id: i + 1, app: ticket.app, fingerprint: ticket.fingerprint, kind: "risk-accepted", reason: "Only old installations use this host, and it is switched off at the end of the quarter.", until: at(60), state: "requested", requested_by: "ana@acme.example", requested_at: at(-1) });
}
function detailOf(ticket, me) {
  const moves = me.permissions.includes("work-tickets") && ticket.live ? ["needs-patch", "fix-claimed", "waiting-for-release"].filter((to) => to !== ticket.state) : [];
  const said = comments.get(ticket.id) ?? [];
  const history = world.historyOf(ticket);
  return { ...ticket, history: [...history, ...said.map((one, i) => ({ ...one, ordinal: history.length + i }))], extensions: extensions.filter((one) => one.ticket === ticket.id), watchers: watchers.get(ticket.id) ?? ["security@acme.example"], links: ticket.id % 3 ? [] : [{ sink: "jira", external_id: `AMS-${ticket.id}`, url: `https://tracker.market.example/browse/AMS-${ticket.id}` }], moves };
}
function newJob(app, by, only = [], origin = "requested") {
  const job = { id: `job-${jobs.length + 1}`, app, group: "network-daily", origin, requirements: only, requested_by: by, state: "waiting", created_at: at(0), ready_at: at(0), attempt: 0 };
  jobs.unshift(job);
  return { status: 202, body: job, location: `/api/v1/jobs/${job.id}` };
}
function posture(me) {
  const mine = { apps: own(apps, me), findings: own(findings, me), tickets: own(tickets, me) };
  const count = (rows) => Object.fromEntries(severities.map((s) => [s, rows.filter((row) => row.severity === s).length]));
  const active = mine.apps.filter((app) => app.state === "active");
  const open = mine.findings.filter((one) => one.state === "open");
  const live = mine.tickets.filter((one) => one.live);
  const byRequirement = open.reduce((found, one) => found.set(one.requirement, [...(found.get(one.requirement) ?? []), one]), new Map());
  const soon = live.filter((one) => !one.overdue && !one.clock_stands && Date.parse(one.due_at) < Date.now() + 7 * 86_400_000);
  return {
    apps: {
      ...Object.fromEntries(["active", "paused", "retired"].map((state) => [state, mine.apps.filter((app) => app.state === state).length])),
      scanned_last_day: active.filter((app) => app.last_scan_at).length,
      with_open: active.filter((app) => severities.some((s) => app.open[s])).length,
      with_inconclusive: active.filter((app) => app.inconclusive).length,
    },
    inconclusive: active.reduce((sum, app) => sum + app.inconclusive, 0),
    open: count(open),
    suspected: mine.findings.filter((one) => one.state === "suspected").length,
    tickets: Object.fromEntries(["needs-patch", "fix-claimed", "waiting-for-release", "extension-requested", "in-review"].map((state) => [state, live.filter((one) => one.state === state).length])),
    tickets_overdue: live.filter((one) => one.overdue).length,
    tickets_due_soon: soon.length,
    last_7_days: { opened: 9, fixed: 14 },
    last_30_days: { opened: 41, fixed: 52 },
    by_requirement: [...byRequirement].map(([requirement, rows]) => ({ requirement, open: rows.length, worst: severities.find((s) => rows.some((row) => row.severity === s)) })).sort((a, b) => b.open - a.open),
  };
}
const moved = (ticket, to) => Object.assign(ticket, { state: to, state_since: at(0), clock_stands: false, version: ticket.version + 1 });
const remove = (list, id) => list.splice(list.findIndex((one) => String(one.id) === String(id)), 1);
const evidenceHead = ({ id, kind, body_schema, subject, time, probe, probe_version }) => ({ id, kind, subject, time, probe, probe_version, stored: true });
const scanOf = (path) => need(scans.find((one) => one.id === path.scan), "such scan");
const evidenceOf = (path) => lab.flatMap((one) => one.evidence).find((one) => one.id === path.evidence);

export const handlers = {
  getMe: ({ me }) => ok(me),
  listMySessions: () => all([{ id: "s-1", created_at: at(0, -3), last_used_at: at(0), expires_at: at(0, 9), user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", current: true }, { id: "s-2", created_at: at(-2), last_used_at: at(-1), expires_at: at(1), user_agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15", current: false }]),
  endMySession: () => ({ status: 204 }),
  listPeople: () => all(people),
  invitePerson: ({ body }) => { const made = { id: `p-${people.length + 1}`, issuer: "", subject: "", name: "", ...body, enabled: true, created_at: at(0), version: 1 }; people.push(made); return { status: 201, body: made }; },
  getPerson: ({ path }) => tagged(need(people.find((one) => one.id === path.person), "such person")),
  changePerson: ({ path, body, me }) => { approvals.unshift({ id: approvals.length + 1, act: "person.update", body: { email: people.find((one) => one.id === path.person).email, ...body }, state: "requested", requested_by: me.email, requested_at: at(0) }); return { status: 202, body: approvals[0] }; },
  listTokens: () => all(tokens),
  createToken: ({ body, me }) => { const token = { id: `t-${tokens.length + 1}`, name: body.name, prefix: "assay_Zk81", person: me.person, email: me.email, scopes: body.scopes, created_at: at(0), expires_at: body.expires_at }; tokens.unshift(token); return { status: 201, body: { token, secret: "assay_Zk81-a-fixture-and-no-secret-at-all" } }; },
  revokeToken: ({ path }) => { tokens.find((one) => one.id === path.token).revoked_at = at(0); return { status: 204 }; },
  listApprovals: ({ query }) => all(approvals.filter((one) => !query.state || one.state === query.state)),
  decideApproval: ({ path, body, me }) => ok(Object.assign(approvals.find((one) => one.id === Number(path.approval)), { state: { approve: "approved", reject: "rejected", withdraw: "withdrawn" }[body.decision], decided_by: me.email, decided_at: at(0) })),
  listAudit: ({ query }) => page(audit.filter((one) => (!query.actor || one.actor === query.actor) && (!query.act || one.act === query.act) && (!query.object || one.object === query.object)), query),
  verifyAudit: () => ok({ intact: true, entries: audit.length, first_seq: 1, last_seq: audit.length, head: audit[0].hash }),
  listOrganisations: () => all(organisations),
  createOrganisation: ({ body }) => { const made = { id: `org-${organisations.length}`, ...body, created_at: at(0), apps: 0 }; organisations.push(made); return { status: 201, body: made }; },
  changeOrganisation: ({ path, body }) => ok(Object.assign(organisations.find((one) => one.id === path.organisation), body)),
  listApps: ({ query, me, fields }) => page(filtered(own(apps, me), query, fields), query),
  createApp: ({ body }) => {
    if (apps.some((app) => app.key === body.key)) throw new Problem(409, "conflict", `There is an app with the key "${body.key}" already. Change that one, or choose another key.`, "/key");
    const { contacts: _, ...rest } = body;
    const app = { name: body.key, state: "active", open: { critical: 0, high: 0, medium: 0, low: 0 }, inconclusive: 0, added_at: at(0), version: 1, ...rest };
    apps.push(app);
    return { status: 201, body: app, etag: '"1"' };
  },
  importApps: ({ body }) => { const lines = body.trim().split("\n"); const failed = lines.flatMap((line, i) => (i > 0 && line.split(",").length < 4 ? [{ line: i + 1, reason: `The line has ${line.split(",").length} cells and the heading names ${lines[0].split(",").length}. Add what is missing.` }] : [])); return ok({ added: lines.length - 1 - failed.length, changed: 0, unchanged: 0, refused: failed }); },
  getApp: ({ path, me }) => tagged(appOf(path, me)),
  changeApp: ({ path, me, body, etag }) => { const app = appOf(path, me); fresh(app, etag); return tagged(Object.assign(app, body)); },
  getContacts: ({ path, me }) => ok({ items: [{ email: "security@acme.example", name: "Security team" }, { email: "ana@acme.example" }] }, { etag: `"${appOf(path, me).version}"` }),
  putContacts: ({ path, me, body, etag }) => { const app = appOf(path, me); fresh(app, etag); return ok(body, { etag: `"${app.version}"` }); },
  listReleases: ({ path, me }) => all(appOf(path, me).release ? [{ release: appOf(path, me).release, first_seen: at(-12), last_seen: at(0, -3) }, { release: "5f".repeat(32), first_seen: at(-90), last_seen: at(-13) }] : []),
  getVerdicts: ({ path, me }) => { const scan = scans.find((one) => one.id === appOf(path, me).last_scan); return ok(scan ? { items: verdictsOf(scan), not_verified: scan.not_verified } : { items: [], not_verified: [] }); },
  getAppSchedule: ({ path, me }) => all(appOf(path, me).state === "active" ? [{ group: "network-daily", next_at: at(0, 7), last_at: at(0, -17) }] : []),
  requestScan: ({ path, me }) => newJob(appOf(path, me).key, me.email),
  listScans: ({ query, fields }) => page(filtered(scans.map(summary), query, fields), query),
  getScan: ({ path }) => { const { source: _, ...scan } = scanOf(path); return ok({ ...scan, verdicts: verdictsOf(scanOf(path)) }); },
  listEvidence: ({ path }) => all(scanOf(path).source.evidence.map(evidenceHead)),
  getEvidence: ({ path }) => { const one = need(evidenceOf(path), "such evidence"); const { stored: _, ...head } = evidenceHead(one); return ok({ ...head, schema_version: one.body_schema, body: one.body }); },
  listRequests: ({ path }) => all(scanOf(path).source.requests),
  listJobs: ({ query, fields }) => page(filtered(jobs, query, fields), query),
  getJob: ({ path }) => ok(need(jobs.find((one) => one.id === path.job), "such job")),
  cancelJob: ({ path }) => ok(Object.assign(jobs.find((one) => one.id === path.job), { state: "cancelled", finished_at: at(0) })),
  listPauses: () => all(pauses),
  createPause: ({ body, me }) => { const made = { id: pauses.length + 1, from: at(0), requested_by: me.email, ...body }; pauses.unshift(made); return { status: 201, body: made }; },
  endPause: ({ path }) => ok(Object.assign(pauses.find((one) => one.id === Number(path.pause)), { ended_at: at(0) })),
  listFindings: ({ query, me, fields }) => page(filtered(own(findings, me).map(shortFinding), query, fields), query),
  getFinding: ({ path, me }) => {
    const one = findingOf(path, me);
    const sightings = scans.filter((scan) => scan.app === one.app).map((scan) => ({ scan: scan.id, started_at: scan.started_at, complete: scan.complete }));
    return ok({ ...shortFinding(one), proof: one.proof, remediation: one.remediation, cvss: { vector: one.cvss.vector ?? "", score: one.cvss.score ?? 0 }, evidence: one.evidence, scan: one.scan, sightings, dispositions: dispositions.filter((d) => d.fingerprint === one.fingerprint) });
  },
  verifyFinding: ({ path, me }) => newJob(findingOf(path, me).app, me.email, [findingOf(path, me).requirement], "verify"),
  listDispositions: ({ query }) => page(dispositions, query),
  requestDisposition: ({ path, body, me }) => { const made = { id: dispositions.length + 100, ...path, ...body, state: "requested", requested_by: me.email, requested_at: at(0) }; dispositions.unshift(made); return { status: 201, body: made }; },
  decideDisposition: ({ path, body, me }) => ok(Object.assign(dispositions.find((one) => one.id === Number(path.disposition)), { state: body.decision === "approve" ? "approved" : "rejected", decided_by: me.email, decided_at: at(0) })),
  withdrawDisposition: ({ path }) => ok(Object.assign(dispositions.find((one) => one.id === Number(path.disposition)), { state: "withdrawn" })),
  listTickets: ({ query, me, fields }) => page(filtered(own(tickets, me), query, fields), query),
  getTicket: ({ path, me }) => tagged(detailOf(ticketOf(path, me), me)),
  moveTicket: ({ path, me, body, etag }) => { const ticket = ticketOf(path, me); fresh(ticket, etag); return tagged(detailOf(moved(ticket, body.to), me)); },
  moveTickets: ({ body, me }) => { const result = { moved: [], failed: [] }; for (const id of body.tickets) { const ticket = ticketOf({ ticket: id }, me); if (ticket.clock_stands) result.failed.push({ ticket: id, code: "conflict", detail: "A decision is waited for. Decide on it first." }); else result.moved.push(moved(ticket, body.to).id); } return ok(result); },
  commentTicket: ({ path, me, body }) => { const id = Number(path.ticket); const made = { ordinal: 0, at: at(0), actor: me.email, kind: "commented", body }; comments.set(id, [...(comments.get(id) ?? []), made]); return { status: 201, body: detailOf(ticketOf(path, me), me), etag: '"1"' }; },
  assignTicket: ({ path, me, body, etag }) => { const ticket = ticketOf(path, me); fresh(ticket, etag); return tagged(detailOf(Object.assign(ticket, { assignee: body.assignee }), me)); },
  watchTicket: ({ path }) => { const id = Number(path.ticket); watchers.set(id, [...(watchers.get(id) ?? ["security@acme.example"]), path.email]); return { status: 204 }; },
  unwatchTicket: ({ path }) => { const id = Number(path.ticket); watchers.set(id, (watchers.get(id) ?? []).filter((one) => one !== path.email)); return { status: 204 }; },
  requestExtension: ({ path, me, body, etag }) => { const ticket = ticketOf(path, me); fresh(ticket, etag); const made = { id: extensions.length + 100, ticket: ticket.id, ...body, state: "requested", requested_by: me.email, requested_at: at(0) }; extensions.push(made); moved(ticket, "extension-requested").clock_stands = true; return { status: 201, body: made }; },
  listExtensions: ({ query }) => page(extensions, query),
  decideExtension: ({ path, body, me }) => { const one = extensions.find((e) => e.id === Number(path.extension)); moved(tickets.find((t) => t.id === one.ticket), "needs-patch"); return ok(Object.assign(one, { state: body.decision === "approve" ? "approved" : "rejected", decided_by: me.email, decided_at: at(0), ...(body.note && { decision_note: body.note }) })); },
  getFacet: ({ path, query, me, fields }) => {
    const rows = filtered(own({ apps, findings, tickets, jobs, scans: scans.map(summary) }[path.list], me), query, fields);
    const counts = new Map();
    for (const row of rows) for (const value of [valueOf(row, path.field)].flat()) counts.set(value, (counts.get(value) ?? 0) + 1);
    return ok({ field: path.field, values: [...counts].map(([value, count]) => ({ value: String(value), count })).sort((a, b) => b.count - a.count), bounded: false });
  },
  getPosture: ({ me }) => ok(posture(me)),
  listPostureDays: ({ query, me }) => all(world.days.filter((one) => (!query.from || one.day >= query.from) && (!query.to || one.day <= query.to)).map(({ day, ...then }) => ({ day, posture: { ...posture(me), ...then } }))),
  listRequirements: () => all(requirements),
  getRequirement: ({ path }) => ok(need(requirements.find((one) => one.id === path.requirement), "such requirement")),
  listProfiles: () => all([]),
  getPolicy: () => ok({ version: 2, effective_from: "2026-01-01", due_weeks: { critical: 4, high: 6, medium: 8, low: 25 }, looks: { network: { open: 2, close: 2 }, other: { open: 1, close: 1 } }, second_look_minutes: 60, reopen_days: 30, due_soon_days: 7, escalation: { overdue_after_days: 1, overdue_every_days: 7 }, retention_days: { evidence: 90, request_logs: 90, scans: 180, notices: 90, jobs: 30, audit: 400 } }),
  getSchedule: () => ok({ groups: [{ id: "network-daily", title: "Network", kinds: ["connect", "service"], evidence: ["tls.handshake", "tls.enumeration", "http.origin"], every_hours: 24, on_release: true }, { id: "domains-weekly", title: "Domains", kinds: ["connect", "service"], evidence: ["dns.host", "dns.zone", "registration.domain"], every_hours: 168, on_release: false }, { id: "forge-release", title: "Forge manifests", kinds: ["forge"], evidence: ["surface"], on_release: true }], scheduled_at_once: 16, catch_up_minutes: 60, jitter_minutes: 30 }),
  listSinks: () => all(sinks),
  createSink: ({ body, me }) => { const { secret: _, ...kept } = body; approvals.unshift({ id: approvals.length + 1, act: "sink.create", body: kept, state: "requested", requested_by: me.email, requested_at: at(0) }); return { status: 202, body: approvals[0] }; },
  getSink: ({ path }) => tagged(need(sinks.find((one) => one.id === path.sink), "such sink")),
  changeSink: ({ path, body, me }) => { const { secret: _, ...kept } = body; approvals.unshift({ id: approvals.length + 1, act: "sink.update", body: { id: path.sink, ...kept }, state: "requested", requested_by: me.email, requested_at: at(0) }); return { status: 202, body: approvals[0] }; },
  testSink: () => ok({ delivered: true, detail: "HTTP 204 in 80 ms" }),
  listNotices: ({ query }) => page(notices.filter((one) => !query.state || one.state === query.state), query),
  resendNotice: ({ path }) => ok(Object.assign(notices.find((one) => one.id === path.notice), { state: "waiting", next_at: at(0) })),
  listViews: ({ query }) => all(views.filter((one) => !query.list || one.list === query.list)),
  createView: ({ body }) => { const made = { shared: false, ...body, id: views.length + 1, mine: true }; views.push(made); return { status: 201, body: made }; },
  deleteView: ({ path }) => { remove(views, path.view); return { status: 204 }; },
};

/** Lets a job run, for its event stream: what happens next, or nothing at the end. */
export function* run(job) {
  const phases = ["resolving names", "reading the descriptor", "asking endpoints", "enumerating TLS", "looking into registries", "judging"];
  Object.assign(job, { state: "running", started_at: at(0), attempt: 1, worker: "serve-1" });
  yield { kind: "job", at: at(0), app: job.app, job: job.id, state: "running" };
  for (const [i, phase] of phases.entries()) yield { kind: "progress", at: at(0), app: job.app, job: job.id, phase, done: i + 1, total: phases.length };
  Object.assign(job, { state: "done", finished_at: at(0), scan: scans.find((one) => one.app === job.app)?.id ?? scans[0].id });
  yield { kind: "job", at: at(0), app: job.app, job: job.id, state: "done" };
}
