// Serves dist/ with the headers of the real server and answers the API from fixtures, each answer held to
// docs/openapi.yaml. `node dev/server.mjs [port]`; the cookie `as` chooses the role, `nobody` is not signed in.

import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { parse } from "yaml";
import { filtered, handlers, Problem, run } from "./platform.mjs";
import * as world from "./world.mjs";

const dist = new URL("../dist/", import.meta.url);
const spec = parse(readFileSync(new URL("../../docs/openapi.yaml", import.meta.url), "utf8"));
const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
formats(ajv);
ajv.addSchema({ $id: "spec", ...spec });

export const kPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

const permissions = {
  admin: [
    "read",
    "request-scans",
    "manage-apps",
    "manage-contacts",
    "work-tickets",
    "decide",
    "administer",
    "read-audit",
  ],
  triager: ["read", "request-scans", "work-tickets", "decide"],
  partner: ["read", "request-scans", "manage-contacts", "work-tickets"],
  auditor: ["read", "read-audit"],
};
const emails = {
  admin: "ada@market.example",
  triager: "tri@market.example",
  partner: "ana@acme.example",
  auditor: "kim@audit.example",
};

function meOf(request) {
  const role = /(?:^|; )as=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "admin";
  if (!permissions[role]) return undefined;
  const person = world.people.find((one) => one.email === emails[role]);
  return {
    person: person.id,
    name: person.name,
    email: person.email,
    role,
    ...(person.organisation && { organisation: person.organisation }),
    permissions: ["signed-in", "own-account", ...permissions[role]],
    via: "session",
    csrf: "fixture-csrf",
    expires_at: world.at(0, 9),
  };
}

const operations = Object.entries(spec.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
    operation,
    needsKey: (operation.parameters ?? []).some((one) => one.$ref?.endsWith("/idempotency_key")),
  })),
);

/** What does not fit the document; nothing when the answer is as promised. */
function breaches(found, status, body) {
  const escaped = found.path.replaceAll("~", "~0").replaceAll("/", "~1");
  const answer = found.operation.responses[status];
  if (!answer) return `${status} is not among the answers of ${found.operation.operationId}`;
  if (!answer.content?.["application/json"]) return undefined;
  const validate = ajv.compile({
    $ref: `spec#/paths/${escaped.replaceAll("{", "%7B").replaceAll("}", "%7D")}/${found.method.toLowerCase()}/responses/${status}/content/application~1json/schema`,
  });
  return validate(JSON.parse(JSON.stringify(body))) ? undefined : ajv.errorsText(validate.errors);
}

export const faults = []; // answers that broke the contract, for the tests

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  return request.headers["content-type"] === "application/json" ? JSON.parse(text) : text;
}

function send(response, status, body, headers = {}) {
  response.writeHead(status, { "Cache-Control": "no-store", "X-Request-Id": "01jfixture", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

const problem = (response, error) =>
  send(
    response,
    error.status,
    {
      type: `/problems/${error.code}`,
      title: "Problem",
      status: error.status,
      detail: error.message,
      ...(error.thing && { thing: error.thing }),
      request_id: "01jfixture",
    },
    { "Content-Type": "application/problem+json" },
  );

function stream(response, events, pause) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": here\n\n");
  const timer = setInterval(() => {
    const { value, done } = events.next();
    if (done) return (clearInterval(timer), response.end());
    response.write(`event: ${value.kind}\ndata: ${JSON.stringify(value)}\n\n`);
  }, pause);
  response.on("close", () => clearInterval(timer));
}

function* forever() {
  for (let i = 0; ; i = (i + 1) % 30)
    yield {
      kind: "progress",
      at: world.at(0),
      app: "x",
      job: `job-${1 + (i % 2)}`,
      phase: i % 2 ? "asking endpoints" : "enumerating TLS",
      done: i,
      total: 30,
    };
}

function exported(response, list, query, me) {
  const rows = filtered(
    handlers[`list${list[0].toUpperCase()}${list.slice(1)}`]({
      query: { limit: 100000, ...query, cursor: "0" },
      me,
      fields: fieldsOf(`/${list}`),
    }).body.items,
    {},
    [],
  );
  const keys = Object.keys(rows[0] ?? {});
  const text =
    query.format === "json"
      ? JSON.stringify(rows)
      : [keys.join(","), ...rows.map((row) => keys.map((key) => JSON.stringify(row[key] ?? "")).join(","))].join(
          "\r\n",
        );
  response.writeHead(200, {
    "Content-Type": query.format === "json" ? "application/json" : "text/csv",
    "Content-Disposition": `attachment; filename="${list}.${query.format ?? "csv"}"`,
  });
  response.end(text);
}

const fieldsOf = (path) => spec.paths[path]?.get?.["x-fields"] ?? [];

async function api(request, response, url) {
  const me = meOf(request);
  if (!me) throw new Problem(401, "unauthenticated", "Nobody is signed in. Sign in and ask again.");
  const path = url.pathname.slice("/api/v1".length);
  const found = operations.find((one) => one.method === request.method && one.pattern.test(path));
  if (!found) throw new Problem(404, "not-found", "There is no such resource.");
  const parameters = Object.fromEntries(
    Object.entries(found.pattern.exec(path).groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
  );
  const query = Object.fromEntries(url.searchParams);
  const id = found.operation.operationId;
  if (request.method !== "GET") {
    if (request.headers["x-csrf-token"] !== me.csrf)
      throw new Problem(403, "forbidden", "The request carries no valid X-CSRF-Token.");
    if (found.needsKey && !request.headers["idempotency-key"])
      throw new Problem(400, "invalid-input", "The request carries no Idempotency-Key.");
  }
  if (id === "exportList" || path.startsWith("/exports/")) return exported(response, parameters.list, query, me);
  if (path === "/events") return stream(response, forever(), 700);
  if (path.endsWith("/events")) return stream(response, run(world.jobs.find((one) => one.id === parameters.job)), 350);
  const handler = handlers[id];
  if (!handler) throw new Problem(501, "not-implemented", `The fixtures do not answer ${id}.`);
  const body = request.method === "GET" ? undefined : await bodyOf(request);
  const answer = handler({
    path: parameters,
    query,
    body,
    me,
    etag: request.headers["if-match"],
    fields: found.operation["x-fields"] ?? fieldsOf(`/${parameters.list}`),
  });
  const wrong = breaches(found, answer.status, answer.body);
  if (wrong) (faults.push(`${id}: ${wrong}`), console.error(`fixture breaks the contract: ${id}: ${wrong}`));
  send(response, answer.status, answer.body, {
    "Content-Type": "application/json",
    ...(answer.etag && { ETag: answer.etag }),
  });
}

/** The whole of dist/ as it is now, so that a build that comes later does not disturb. */
const files = new Map(
  readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(fileURLToPath(dist).length).replace(/^\//, ""))
    .map((name) => [name, readFileSync(new URL(name, dist))]),
);

function asset(response, url) {
  const name = url.pathname.slice(1);
  const file = files.has(name) ? name : "index.html";
  if (file === "index.html" && name.startsWith("assets/")) return response.writeHead(404).end();
  response.writeHead(200, {
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
    "Content-Security-Policy": kPolicy,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  });
  response.end(files.get(file));
}

export function serve(port = 0) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    try {
      if (url.pathname.startsWith("/api/v1/")) await api(request, response, url);
      else asset(response, url);
    } catch (error) {
      if (!(error instanceof Problem)) console.error(error);
      problem(response, error instanceof Problem ? error : new Problem(500, "internal", "The fixture server failed."));
    }
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await serve(Number(process.argv[2] ?? 5180));
  console.log(`http://127.0.0.1:${server.address().port}/`);
}
