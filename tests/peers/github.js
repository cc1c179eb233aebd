'use strict';

// GitHub's issues as far as a sink of tickets uses them, and strict.

function problem(status, message) {
  return { status, body: { message } };
}

function view(issue) {
  return { ...issue, comments: issue.comments.length, html_url: `https://github.example/acme/shop/issues/${issue.number}` };
}

function create(state, body) {
  if (typeof body?.title !== 'string' || body.title === '' || !Array.isArray(body.labels)) {
    return problem(422, 'Validation Failed');
  }
  const issue = { number: state.issues.length + 1, title: body.title, body: body.body, labels: body.labels,
                  state: 'open', state_reason: null, comments: [] };
  state.issues.push(issue);
  return { status: 201, body: view(issue) };
}

function change(issue, body) {
  for (const name of Object.keys(body ?? {})) {
    if (!['state', 'state_reason', 'title', 'body'].includes(name)) return problem(422, `${name} is not permitted`);
  }
  if (!['open', 'closed'].includes(body?.state)) return problem(422, 'state is invalid');
  Object.assign(issue, body);
  return { status: 200, body: view(issue) };
}

function answerGithub(state, request) {
  if (!request.headers['user-agent']) return problem(403, 'Request forbidden by administrative rules');
  if (request.headers.authorization !== 'Bearer github-token') return problem(401, 'Bad credentials');
  const url = new URL(request.path, 'http://stub');
  const prefix = '/repos/acme/shop/issues';
  if (url.pathname === prefix && request.method === 'POST') return create(state, request.body);
  if (url.pathname === prefix && request.method === 'GET') {
    const label = url.searchParams.get('labels');
    return { status: 200, body: state.issues.filter((i) => i.labels.includes(label)).map(view) };
  }
  const match = /^\/repos\/acme\/shop\/issues\/(\d+)(\/comments)?$/.exec(url.pathname);
  const issue = match && state.issues.find((i) => i.number === Number(match[1]));
  if (!issue) return problem(404, 'Not Found');
  if (!match[2]) return request.method === 'PATCH' ? change(issue, request.body) : problem(405, 'no such operation');
  if (request.method === 'GET') return { status: 200, body: issue.comments };
  if (typeof request.body?.body !== 'string' || request.body.body === '') return problem(422, 'body is missing');
  issue.comments.push({ id: issue.comments.length + 1, body: request.body.body });
  return { status: 201, body: issue.comments.at(-1) };
}

module.exports = { answerGithub };
