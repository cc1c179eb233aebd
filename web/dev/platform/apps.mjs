// Apps, scans, jobs, pauses.

import { apps, at, jobs, lab, scans } from "../world.mjs";
import { all, fresh, need, ok, own, page, Problem, tagged } from "./answers.mjs";
import { filtered } from "./filter.mjs";

export const summary = ({ id, app, started_at, finished_at, complete, counts }) => ({
  id,
  app,
  started_at,
  finished_at,
  complete,
  counts,
});

const verdictsOf = (scan) =>
  scan.source.verdicts.map(({ requirement, subject, outcome, reason, reason_code, evidence, findings: found }) => ({
    requirement,
    subject,
    outcome,
    reason,
    ...(reason_code && { reason_code }),
    evidence,
    findings: found.map((one) => one.fingerprint),
    scan: scan.id,
    looked_at: scan.started_at,
  }));

const pauses = [
  {
    id: 1,
    host: "charts.acme.example",
    reason: "The data centre is moved this weekend.",
    from: at(-1),
    until: at(2),
    requested_by: "ana@acme.example",
  },
  {
    id: 2,
    host: "forms.cobalt.example",
    reason: "Load test",
    from: at(-9),
    until: at(-8),
    requested_by: "sam@cobalt.example",
  },
];

const appOf = (path, me) =>
  need(
    own(apps, me).find((app) => app.key === path.app),
    "such app",
  );

export function newJob(app, by, only = [], origin = "requested") {
  const job = {
    id: `job-${jobs.length + 1}`,
    app,
    group: "network-daily",
    origin,
    requirements: only,
    requested_by: by,
    state: "waiting",
    created_at: at(0),
    ready_at: at(0),
    attempt: 0,
  };
  jobs.unshift(job);
  return { status: 202, body: job, location: `/api/v1/jobs/${job.id}` };
}

const evidenceHead = ({ id, kind, body_schema, subject, time, probe, probe_version }) => ({
  id,
  kind,
  subject,
  time,
  probe,
  probe_version,
  stored: true,
});
const scanOf = (path) =>
  need(
    scans.find((one) => one.id === path.scan),
    "such scan",
  );
const evidenceOf = (path) => lab.flatMap((one) => one.evidence).find((one) => one.id === path.evidence);

export const appHandlers = {
  listApps: ({ query, me, fields }) => page(filtered(own(apps, me), query, fields), query),
  createApp: ({ body }) => {
    if (apps.some((app) => app.key === body.key))
      throw new Problem(
        409,
        "conflict",
        `There is an app with the key "${body.key}" already. Change that one, or choose another key.`,
        "/key",
      );
    const { contacts: _, ...rest } = body;
    const app = {
      name: body.key,
      state: "active",
      open: { critical: 0, high: 0, medium: 0, low: 0 },
      inconclusive: 0,
      added_at: at(0),
      version: 1,
      ...rest,
    };
    apps.push(app);
    return { status: 201, body: app, etag: '"1"' };
  },
  importApps: ({ body }) => {
    const lines = body.trim().split("\n");
    const failed = lines.flatMap((line, i) =>
      i > 0 && line.split(",").length < 4
        ? [
            {
              line: i + 1,
              reason: `The line has ${line.split(",").length} cells and the heading names ${lines[0].split(",").length}. Add what is missing.`,
            },
          ]
        : [],
    );
    return ok({ added: lines.length - 1 - failed.length, changed: 0, unchanged: 0, refused: failed });
  },
  getApp: ({ path, me }) => tagged(appOf(path, me)),
  changeApp: ({ path, me, body, etag }) => {
    const app = appOf(path, me);
    fresh(app, etag);
    return tagged(Object.assign(app, body));
  },
  getContacts: ({ path, me }) =>
    ok(
      { items: [{ email: "security@acme.example", name: "Security team" }, { email: "ana@acme.example" }] },
      { etag: `"${appOf(path, me).version}"` },
    ),
  putContacts: ({ path, me, body, etag }) => {
    const app = appOf(path, me);
    fresh(app, etag);
    return ok(body, { etag: `"${app.version}"` });
  },
  listReleases: ({ path, me }) =>
    all(
      appOf(path, me).release
        ? [
            { release: appOf(path, me).release, first_seen: at(-12), last_seen: at(0, -3) },
            { release: "5f".repeat(32), first_seen: at(-90), last_seen: at(-13) },
          ]
        : [],
    ),
  getVerdicts: ({ path, me }) => {
    const scan = scans.find((one) => one.id === appOf(path, me).last_scan);
    return ok(scan ? { items: verdictsOf(scan), not_verified: scan.not_verified } : { items: [], not_verified: [] });
  },
  getAppSchedule: ({ path, me }) =>
    all(appOf(path, me).state === "active" ? [{ group: "network-daily", next_at: at(0, 7), last_at: at(0, -17) }] : []),
  requestScan: ({ path, me }) => newJob(appOf(path, me).key, me.email),
  listScans: ({ query, fields }) => page(filtered(scans.map(summary), query, fields), query),
  getScan: ({ path }) => {
    const { source: _, ...scan } = scanOf(path);
    return ok({ ...scan, verdicts: verdictsOf(scanOf(path)) });
  },
  listEvidence: ({ path }) => all(scanOf(path).source.evidence.map(evidenceHead)),
  getEvidence: ({ path }) => {
    const one = need(evidenceOf(path), "such evidence");
    const { stored: _, ...head } = evidenceHead(one);
    return ok({ ...head, schema_version: one.body_schema, body: one.body });
  },
  listRequests: ({ path }) => all(scanOf(path).source.requests),
  listJobs: ({ query, fields }) => page(filtered(jobs, query, fields), query),
  getJob: ({ path }) =>
    ok(
      need(
        jobs.find((one) => one.id === path.job),
        "such job",
      ),
    ),
  cancelJob: ({ path }) =>
    ok(
      Object.assign(
        jobs.find((one) => one.id === path.job),
        { state: "cancelled", finished_at: at(0) },
      ),
    ),
  listPauses: () => all(pauses),
  createPause: ({ body, me }) => {
    const made = { id: pauses.length + 1, from: at(0), requested_by: me.email, ...body };
    pauses.unshift(made);
    return { status: 201, body: made };
  },
  endPause: ({ path }) =>
    ok(
      Object.assign(
        pauses.find((one) => one.id === Number(path.pause)),
        { ended_at: at(0) },
      ),
    ),
};
