// The API of docs/openapi.yaml over the made-up marketplace: enough of it that every page of the dashboard can be used.
// A handler gets {path, query, body, me, etag, fields} and gives {status, body, etag} or throws a Problem.

import { adminHandlers } from "./platform/admin.mjs";
import { all, need, ok, own } from "./platform/answers.mjs";
import { appHandlers, summary } from "./platform/apps.mjs";
import { filtered, valueOf } from "./platform/filter.mjs";
import { workHandlers } from "./platform/work.mjs";
import { apps, at, days, findings, jobs, requirements, scans, severities, tickets } from "./world.mjs";

export { Problem } from "./platform/answers.mjs";
export { filtered };

const views = [
  {
    id: 1,
    list: "tickets",
    name: "Overdue and grave",
    query: "filter=severity%3Acritical%2Chigh+overdue%3Ayes&sort=due",
    shared: true,
    mine: false,
  },
  { id: 2, list: "findings", name: "My open ones", query: "filter=state%3Aopen", shared: false, mine: true },
];

function posture(me) {
  const mine = { apps: own(apps, me), findings: own(findings, me), tickets: own(tickets, me) };
  const count = (rows) =>
    Object.fromEntries(severities.map((s) => [s, rows.filter((row) => row.severity === s).length]));
  const active = mine.apps.filter((app) => app.state === "active");
  const open = mine.findings.filter((one) => one.state === "open");
  const live = mine.tickets.filter((one) => one.live);
  const byRequirement = open.reduce(
    (found, one) => found.set(one.requirement, [...(found.get(one.requirement) ?? []), one]),
    new Map(),
  );
  const soon = live.filter(
    (one) => !one.overdue && !one.clock_stands && Date.parse(one.due_at) < Date.now() + 7 * 86_400_000,
  );
  return {
    apps: {
      ...Object.fromEntries(
        ["active", "paused", "retired"].map((state) => [state, mine.apps.filter((app) => app.state === state).length]),
      ),
      scanned_last_day: active.filter((app) => app.last_scan_at).length,
      with_open: active.filter((app) => severities.some((s) => app.open[s])).length,
      with_inconclusive: active.filter((app) => app.inconclusive).length,
    },
    inconclusive: active.reduce((sum, app) => sum + app.inconclusive, 0),
    open: count(open),
    suspected: mine.findings.filter((one) => one.state === "suspected").length,
    tickets: Object.fromEntries(
      ["needs-patch", "fix-claimed", "waiting-for-release", "extension-requested", "in-review"].map((state) => [
        state,
        live.filter((one) => one.state === state).length,
      ]),
    ),
    tickets_overdue: live.filter((one) => one.overdue).length,
    tickets_due_soon: soon.length,
    last_7_days: { opened: 9, fixed: 14 },
    last_30_days: { opened: 41, fixed: 52 },
    by_requirement: [...byRequirement]
      .map(([requirement, rows]) => ({
        requirement,
        open: rows.length,
        worst: severities.find((s) => rows.some((row) => row.severity === s)),
      }))
      .sort((a, b) => b.open - a.open),
  };
}

const remove = (list, id) =>
  list.splice(
    list.findIndex((one) => String(one.id) === String(id)),
    1,
  );

export const handlers = {
  ...adminHandlers,
  ...appHandlers,
  ...workHandlers,
  getFacet: ({ path, query, me, fields }) => {
    const rows = filtered(
      own({ apps, findings, tickets, jobs, scans: scans.map(summary) }[path.list], me),
      query,
      fields,
    );
    const counts = new Map();
    for (const row of rows)
      for (const value of [valueOf(row, path.field)].flat()) counts.set(value, (counts.get(value) ?? 0) + 1);
    return ok({
      field: path.field,
      values: [...counts].map(([value, count]) => ({ value: String(value), count })).sort((a, b) => b.count - a.count),
      bounded: false,
    });
  },
  getPosture: ({ me }) => ok(posture(me)),
  listPostureDays: ({ query, me }) =>
    all(
      days
        .filter((one) => (!query.from || one.day >= query.from) && (!query.to || one.day <= query.to))
        .map(({ day, ...then }) => ({ day, posture: { ...posture(me), ...then } })),
    ),
  listRequirements: () => all(requirements),
  getRequirement: ({ path }) =>
    ok(
      need(
        requirements.find((one) => one.id === path.requirement),
        "such requirement",
      ),
    ),
  listProfiles: () => all([]),
  getPolicy: () =>
    ok({
      version: 2,
      effective_from: "2026-01-01",
      due_weeks: { critical: 4, high: 6, medium: 8, low: 25 },
      looks: { network: { open: 2, close: 2 }, other: { open: 1, close: 1 } },
      second_look_minutes: 60,
      reopen_days: 30,
      due_soon_days: 7,
      escalation: { overdue_after_days: 1, overdue_every_days: 7 },
      retention_days: { evidence: 90, request_logs: 90, scans: 180, notices: 90, jobs: 30, audit: 400 },
    }),
  getSchedule: () =>
    ok({
      groups: [
        {
          id: "network-daily",
          title: "Network",
          kinds: ["connect", "service"],
          evidence: ["tls.handshake", "tls.enumeration", "http.origin"],
          every_hours: 24,
          on_release: true,
        },
        {
          id: "domains-weekly",
          title: "Domains",
          kinds: ["connect", "service"],
          evidence: ["dns.host", "dns.zone", "registration.domain"],
          every_hours: 168,
          on_release: false,
        },
        { id: "forge-release", title: "Forge manifests", kinds: ["forge"], evidence: ["surface"], on_release: true },
      ],
      scheduled_at_once: 16,
      catch_up_minutes: 60,
      jitter_minutes: 30,
    }),
  listViews: ({ query }) => all(views.filter((one) => !query.list || one.list === query.list)),
  createView: ({ body }) => {
    const made = { shared: false, ...body, id: views.length + 1, mine: true };
    views.push(made);
    return { status: 201, body: made };
  },
  deleteView: ({ path }) => {
    remove(views, path.view);
    return { status: 204 };
  },
};

/** Lets a job run, for its event stream: what happens next, or nothing at the end. */
export function* run(job) {
  const phases = [
    "resolving names",
    "reading the descriptor",
    "asking endpoints",
    "enumerating TLS",
    "looking into registries",
    "judging",
  ];
  Object.assign(job, { state: "running", started_at: at(0), attempt: 1, worker: "serve-1" });
  yield { kind: "job", at: at(0), app: job.app, job: job.id, state: "running" };
  for (const [i, phase] of phases.entries())
    yield { kind: "progress", at: at(0), app: job.app, job: job.id, phase, done: i + 1, total: phases.length };
  Object.assign(job, {
    state: "done",
    finished_at: at(0),
    scan: scans.find((one) => one.app === job.app)?.id ?? scans[0].id,
  });
  yield { kind: "job", at: at(0), app: job.app, job: job.id, state: "done" };
}
