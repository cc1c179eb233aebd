// Administration: people, tokens, approvals, sinks, audit.

import { apps, at, hex, organisations, people } from "../world.mjs";
import { all, need, ok, page, tagged } from "./answers.mjs";

const tokens = [
  {
    id: "t-1",
    name: "CI of Charts",
    prefix: "assay_7Qx2",
    person: "p-1",
    email: "ada@market.example",
    scopes: ["read", "scan"],
    created_at: at(-40),
    expires_at: at(50),
    last_used_at: at(0, -2),
  },
  {
    id: "t-2",
    name: "Old export",
    prefix: "assay_p0Lm",
    person: "p-1",
    email: "ada@market.example",
    scopes: ["read"],
    created_at: at(-200),
    expires_at: at(20),
    revoked_at: at(-3),
  },
];
const sinks = [
  {
    id: "security-chat",
    kind: "webhook",
    name: "Security chat",
    enabled: true,
    filter: "severity:critical,high",
    settings: { url: "https://hooks.market.example/assay" },
    has_secret: true,
    created_at: at(-100),
    version: 2,
  },
  {
    id: "jira",
    kind: "jira",
    name: "Jira of the marketplace",
    enabled: true,
    filter: "",
    settings: { base_url: "https://tracker.market.example", project: "AMS" },
    has_secret: true,
    created_at: at(-90),
    version: 5,
  },
  {
    id: "mail",
    kind: "mail",
    name: "Mail",
    enabled: false,
    filter: "",
    settings: { host: "mail.market.example", port: 465, from: "assay@market.example" },
    has_secret: false,
    created_at: at(-90),
    version: 1,
  },
];
const notices = [1, 2, 3].map((n) => ({
  id: `n-${n}`,
  sink: n === 2 ? "jira" : "security-chat",
  ticket: 1000 + n,
  kind: n === 3 ? "digest" : "ticket.opened",
  state: "dead",
  attempts: 12,
  created_at: at(-n),
  last_error:
    n === 2
      ? "HTTP 400: project AMS has no issue type Ecoscanner Vulnerability"
      : "The peer closed the connection before it answered.",
}));
const approvals = [
  {
    id: 1,
    act: "person.update",
    body: { email: "li@borealis.example", role: "partner", organisation: "borealis", enabled: true },
    state: "requested",
    requested_by: "bo@market.example",
    requested_at: at(0, -5),
  },
  {
    id: 2,
    act: "sink.create",
    body: { kind: "mail", name: "Mail" },
    state: "approved",
    requested_by: "ada@market.example",
    requested_at: at(-90),
    decided_by: "bo@market.example",
    decided_at: at(-89),
  },
];
const audit = Array.from({ length: 120 }, (_, i) => ({
  seq: 120 - i,
  at: at(0, -i * 2.3),
  actor: ["ada@market.example", "tri@market.example", "ana@acme.example", "assay"][i % 4],
  act: ["ticket.move", "app.change", "disposition.approve", "login", "view.create", "scan.request"][i % 6],
  object: [`ticket/${1001 + i}`, `app/${apps[i % apps.length].key}`][i % 2],
  request_id: `01jd${hex(8)}`,
  body: i % 2 ? { before: { state: "active" }, after: { state: "paused" } } : { to: "fix-claimed" },
  previous_hash: hex(64),
  hash: hex(64),
}));

export const adminHandlers = {
  getMe: ({ me }) => ok(me),
  listMySessions: () =>
    all([
      {
        id: "s-1",
        created_at: at(0, -3),
        last_used_at: at(0),
        expires_at: at(0, 9),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0",
        current: true,
      },
      {
        id: "s-2",
        created_at: at(-2),
        last_used_at: at(-1),
        expires_at: at(1),
        user_agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15",
        current: false,
      },
    ]),
  endMySession: () => ({ status: 204 }),
  listPeople: () => all(people),
  invitePerson: ({ body }) => {
    const made = {
      id: `p-${people.length + 1}`,
      issuer: "",
      subject: "",
      name: "",
      ...body,
      enabled: true,
      created_at: at(0),
      version: 1,
    };
    people.push(made);
    return { status: 201, body: made };
  },
  getPerson: ({ path }) =>
    tagged(
      need(
        people.find((one) => one.id === path.person),
        "such person",
      ),
    ),
  changePerson: ({ path, body, me }) => {
    approvals.unshift({
      id: approvals.length + 1,
      act: "person.update",
      body: { email: people.find((one) => one.id === path.person).email, ...body },
      state: "requested",
      requested_by: me.email,
      requested_at: at(0),
    });
    return { status: 202, body: approvals[0] };
  },
  listTokens: () => all(tokens),
  createToken: ({ body, me }) => {
    const token = {
      id: `t-${tokens.length + 1}`,
      name: body.name,
      prefix: "assay_Zk81",
      person: me.person,
      email: me.email,
      scopes: body.scopes,
      created_at: at(0),
      expires_at: body.expires_at,
    };
    tokens.unshift(token);
    return { status: 201, body: { token, secret: "assay_Zk81-a-fixture-and-no-secret-at-all" } };
  },
  revokeToken: ({ path }) => {
    tokens.find((one) => one.id === path.token).revoked_at = at(0);
    return { status: 204 };
  },
  listApprovals: ({ query }) => all(approvals.filter((one) => !query.state || one.state === query.state)),
  decideApproval: ({ path, body, me }) =>
    ok(
      Object.assign(
        approvals.find((one) => one.id === Number(path.approval)),
        {
          state: { approve: "approved", reject: "rejected", withdraw: "withdrawn" }[body.decision],
          decided_by: me.email,
          decided_at: at(0),
        },
      ),
    ),
  listAudit: ({ query }) =>
    page(
      audit.filter(
        (one) =>
          (!query.actor || one.actor === query.actor) &&
          (!query.act || one.act === query.act) &&
          (!query.object || one.object === query.object),
      ),
      query,
    ),
  verifyAudit: () =>
    ok({ intact: true, entries: audit.length, first_seq: 1, last_seq: audit.length, head: audit[0].hash }),
  listOrganisations: () => all(organisations),
  createOrganisation: ({ body }) => {
    const made = { id: `org-${organisations.length}`, ...body, created_at: at(0), apps: 0 };
    organisations.push(made);
    return { status: 201, body: made };
  },
  getOrganisation: ({ path }) => ok(organisations.find((one) => one.id === path.organisation), { etag: '"1"' }),
  changeOrganisation: ({ path, body }) =>
    ok(
      Object.assign(
        organisations.find((one) => one.id === path.organisation),
        body,
      ),
    ),
  listSinks: () => all(sinks),
  createSink: ({ body, me }) => {
    const { secret: _, ...kept } = body;
    approvals.unshift({
      id: approvals.length + 1,
      act: "sink.create",
      body: kept,
      state: "requested",
      requested_by: me.email,
      requested_at: at(0),
    });
    return { status: 202, body: approvals[0] };
  },
  getSink: ({ path }) =>
    tagged(
      need(
        sinks.find((one) => one.id === path.sink),
        "such sink",
      ),
    ),
  changeSink: ({ path, body, me }) => {
    const { secret: _, ...kept } = body;
    approvals.unshift({
      id: approvals.length + 1,
      act: "sink.update",
      body: { id: path.sink, ...kept },
      state: "requested",
      requested_by: me.email,
      requested_at: at(0),
    });
    return { status: 202, body: approvals[0] };
  },
  testSink: () => ok({ delivered: true, detail: "HTTP 204 in 80 ms" }),
  listNotices: ({ query }) =>
    page(
      notices.filter((one) => !query.state || one.state === query.state),
      query,
    ),
  resendNotice: ({ path }) =>
    ok(
      Object.assign(
        notices.find((one) => one.id === path.notice),
        { state: "waiting", next_at: at(0) },
      ),
    ),
};
