// Findings, tickets, and what is decided on them.

import { apps, at, findings, historyOf, scans, tickets } from "../world.mjs";
import { fresh, need, ok, own, page, tagged } from "./answers.mjs";
import { newJob } from "./apps.mjs";
import { filtered } from "./filter.mjs";

const nameOf = (key) => apps.find((app) => app.key === key).name;
export const shortFinding = ({
  app,
  fingerprint,
  organisation,
  kind,
  requirement,
  subject,
  locator,
  title,
  severity,
  state,
  first_seen,
  last_seen,
  opened_at,
  closed_at,
  fails_in_row,
  passes_in_row,
  reopened,
  disposition,
  ticket,
}) => ({
  app,
  app_name: nameOf(app),
  fingerprint,
  organisation,
  kind,
  requirement,
  subject,
  locator,
  title,
  severity,
  state,
  first_seen,
  last_seen,
  ...(opened_at && { opened_at }),
  ...(closed_at && { closed_at }),
  fails_in_row,
  passes_in_row,
  reopened,
  ...(disposition && { disposition }),
  ...(ticket && { ticket, ticket_state: tickets.find((one) => one.id === ticket).state }),
});

const dispositions = [];
const extensions = [];
const comments = new Map();
const watchers = new Map();

const findingOf = (path, me) =>
  need(
    own(findings, me).find((one) => one.app === path.app && one.fingerprint === path.fingerprint),
    "such finding",
  );
const ticketOf = (path, me) =>
  need(
    own(tickets, me).find((one) => one.id === Number(path.ticket)),
    "such ticket",
  );

for (const [i, ticket] of tickets.entries()) {
  if (ticket.state === "extension-requested")
    extensions.push({
      id: i + 1,
      ticket: ticket.id,
      plan: "The proxy that drops the header is replaced in the next quarter. Until then the application sets the header on every answer that it makes itself.",
      due_at: at(40),
      state: "requested",
      requested_by: "ana@acme.example",
      requested_at: at(-1),
    });
  if (ticket.state === "in-review")
    dispositions.push({
      id: i + 1,
      app: ticket.app,
      fingerprint: ticket.fingerprint,
      kind: "risk-accepted",
      reason: "Only old installations use this host, and it is switched off at the end of the quarter.",
      until: at(60),
      state: "requested",
      requested_by: "ana@acme.example",
      requested_at: at(-1),
    });
}
function detailOf(ticket, me) {
  const moves =
    me.permissions.includes("work-tickets") && ticket.live
      ? ["needs-patch", "fix-claimed", "waiting-for-release"].filter((to) => to !== ticket.state)
      : [];
  const said = comments.get(ticket.id) ?? [];
  const history = historyOf(ticket);
  return {
    ...ticket,
    history: [...history, ...said.map((one, i) => ({ ...one, ordinal: history.length + i }))],
    extensions: extensions.filter((one) => one.ticket === ticket.id),
    watchers: watchers.get(ticket.id) ?? ["security@acme.example"],
    links:
      ticket.id % 3
        ? []
        : [
            {
              sink: "jira",
              external_id: `AMS-${ticket.id}`,
              url: `https://tracker.market.example/browse/AMS-${ticket.id}`,
            },
          ],
    moves,
  };
}

const moved = (ticket, to) =>
  Object.assign(ticket, { state: to, state_since: at(0), clock_stands: false, version: ticket.version + 1 });

export const workHandlers = {
  listFindings: ({ query, me, fields }) => page(filtered(own(findings, me).map(shortFinding), query, fields), query),
  getFinding: ({ path, me }) => {
    const one = findingOf(path, me);
    const sightings = scans
      .filter((scan) => scan.app === one.app)
      .map((scan) => ({ scan: scan.id, started_at: scan.started_at, complete: scan.complete }));
    return ok({
      ...shortFinding(one),
      proof: one.proof,
      remediation: one.remediation,
      cvss: { vector: one.cvss.vector ?? "", score: one.cvss.score ?? 0 },
      evidence: one.evidence,
      scan: one.scan,
      sightings,
      dispositions: dispositions.filter((d) => d.fingerprint === one.fingerprint),
    });
  },
  verifyFinding: ({ path, me }) =>
    newJob(findingOf(path, me).app, me.email, [findingOf(path, me).requirement], "verify"),
  listDispositions: ({ query }) => page(dispositions, query),
  requestDisposition: ({ path, body, me }) => {
    const made = {
      id: dispositions.length + 100,
      ...path,
      ...body,
      state: "requested",
      requested_by: me.email,
      requested_at: at(0),
    };
    dispositions.unshift(made);
    return { status: 201, body: made };
  },
  decideDisposition: ({ path, body, me }) =>
    ok(
      Object.assign(
        dispositions.find((one) => one.id === Number(path.disposition)),
        { state: body.decision === "approve" ? "approved" : "rejected", decided_by: me.email, decided_at: at(0) },
      ),
    ),
  withdrawDisposition: ({ path }) =>
    ok(
      Object.assign(
        dispositions.find((one) => one.id === Number(path.disposition)),
        { state: "withdrawn" },
      ),
    ),
  listTickets: ({ query, me, fields }) => page(filtered(own(tickets, me), query, fields), query),
  getTicket: ({ path, me }) => tagged(detailOf(ticketOf(path, me), me)),
  moveTicket: ({ path, me, body, etag }) => {
    const ticket = ticketOf(path, me);
    fresh(ticket, etag);
    return tagged(detailOf(moved(ticket, body.to), me));
  },
  moveTickets: ({ body, me }) => {
    const result = { moved: [], failed: [] };
    for (const id of body.tickets) {
      const ticket = ticketOf({ ticket: id }, me);
      if (ticket.clock_stands)
        result.failed.push({ ticket: id, code: "conflict", detail: "A decision is waited for. Decide on it first." });
      else result.moved.push(moved(ticket, body.to).id);
    }
    return ok(result);
  },
  commentTicket: ({ path, me, body }) => {
    const id = Number(path.ticket);
    const made = { ordinal: 0, at: at(0), actor: me.email, kind: "commented", body };
    comments.set(id, [...(comments.get(id) ?? []), made]);
    return { status: 201, body: detailOf(ticketOf(path, me), me), etag: '"1"' };
  },
  assignTicket: ({ path, me, body, etag }) => {
    const ticket = ticketOf(path, me);
    fresh(ticket, etag);
    return tagged(detailOf(Object.assign(ticket, { assignee: body.assignee }), me));
  },
  watchTicket: ({ path }) => {
    const id = Number(path.ticket);
    watchers.set(id, [...(watchers.get(id) ?? ["security@acme.example"]), path.email]);
    return { status: 204 };
  },
  unwatchTicket: ({ path }) => {
    const id = Number(path.ticket);
    watchers.set(
      id,
      (watchers.get(id) ?? []).filter((one) => one !== path.email),
    );
    return { status: 204 };
  },
  requestExtension: ({ path, me, body, etag }) => {
    const ticket = ticketOf(path, me);
    fresh(ticket, etag);
    const made = {
      id: extensions.length + 100,
      ticket: ticket.id,
      ...body,
      state: "requested",
      requested_by: me.email,
      requested_at: at(0),
    };
    extensions.push(made);
    moved(ticket, "extension-requested").clock_stands = true;
    return { status: 201, body: made };
  },
  listExtensions: ({ query }) => page(extensions, query),
  decideExtension: ({ path, body, me }) => {
    const one = extensions.find((e) => e.id === Number(path.extension));
    moved(
      tickets.find((t) => t.id === one.ticket),
      "needs-patch",
    );
    return ok(
      Object.assign(one, {
        state: body.decision === "approve" ? "approved" : "rejected",
        decided_by: me.email,
        decided_at: at(0),
        ...(body.note && { decision_note: body.note }),
      }),
    );
  },
};
