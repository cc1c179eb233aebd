'use strict';

// Starts every peer on loopback, prints one line of JSON with their ports, and ends when its standard input does.
// /hook receives webhooks and verifies them with the reference library; /jira and /github are the stubs.
// POST /__faults {"hook"|"jira"|"github": [{status, retryAfter} | {drop: "before"|"after"} | {delay: ms}]}: what happens
// to the next requests, in order. GET /__state: all that was received. POST /__reset forgets it.

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const os = require('node:os');
const path = require('node:path');
const { Webhook } = require('standardwebhooks');

const { answerGithub } = require('./github.js');
const { answerJira } = require('./jira.js');
const { startMail } = require('./mail.js');
const { makeCertificate } = require('./tls.js');

const HOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const state = {};
const faults = {};

function reset() {
  Object.assign(state, { hooks: [], mails: [], jira: { issues: [] }, github: { issues: [] }, requests: [] });
  Object.assign(faults, { hook: [], jira: [], github: [] });
}

function answerHook(request) {
  const entry = { id: request.headers['webhook-id'], valid: true, text: request.text };
  try {
    new Webhook(HOOK_SECRET).verify(request.text, request.headers);
  } catch {
    entry.valid = false;
  }
  state.hooks.push(entry);
  return { status: entry.valid ? 204 : 401 };
}

const services = {
  hook: answerHook,
  jira: (request) => answerJira(state.jira, request),
  github: (request) => answerGithub(state.github, request),
};

function control(request) {
  if (request.path === '/__state') return { status: 200, body: state };
  if (request.path === '/__reset') reset();
  if (request.path === '/__faults') Object.assign(faults, request.body);
  return { status: 204 };
}

function send(response, answer) {
  const body = answer.body === undefined ? '' : JSON.stringify(answer.body);
  const headers = { 'content-type': 'application/json', ...(answer.headers ?? {}) };
  response.writeHead(answer.status, headers);
  response.end(body);
}

async function serve(incoming, response) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const request = { method: incoming.method, path: incoming.url, headers: incoming.headers, text };
  if (text !== '') request.body = JSON.parse(text);
  if (request.path.startsWith('/__')) return send(response, control(request));
  const [, name, rest] = /^\/([a-z]+)(.*)$/.exec(request.path) ?? [];
  const service = services[name];
  if (!service) return send(response, { status: 404 });
  state.requests.push(`${request.method} ${request.path}`);
  const fault = faults[name].shift() ?? {};
  if (fault.drop === 'before') return incoming.socket.destroy();
  if (fault.status) {
    const headers = fault.retryAfter ? { 'retry-after': String(fault.retryAfter) } : {};
    return send(response, { status: fault.status, headers, body: { message: 'a fault of the test' } });
  }
  const answer = service({ ...request, path: rest });
  if (fault.drop === 'after') return incoming.socket.destroy();
  if (fault.delay) await new Promise((resolve) => setTimeout(resolve, fault.delay));
  return send(response, answer);
}

function listen(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

async function main() {
  reset();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'assay-peers-'));
  const { key, cert, trustFile } = makeCertificate(directory);
  const handle = (incoming, response) => serve(incoming, response).catch(() => incoming.socket.destroy());
  const ports = {
    http: await listen(http.createServer(handle)),
    https: await listen(https.createServer({ key, cert }, handle)),
    smtp: await startMail({ key, cert, secure: false, state }),
    smtps: await startMail({ key, cert, secure: true, state }),
    trustFile,
  };
  process.stdout.write(JSON.stringify(ports) + '\n');
  process.stdin.resume();
  process.stdin.on('end', () => {
    fs.rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  });
}

main();
