'use strict';

// Jira Cloud's REST v3 as far as a sink of tickets uses it, and stricter: whatever the documents do not allow is a 400.

const AUTHORIZATION = 'Basic ' + Buffer.from('bot@market.example:jira-token').toString('base64');
const STATUSES = { 11: 'To Do', 21: 'In Progress', 31: 'Done' };

function problem(status, message) {
  return { status, body: { errorMessages: [message], errors: {} } };
}

// What is wrong with an Atlassian document; empty when nothing is.
function documentFault(doc) {
  if (!doc || doc.type !== 'doc' || doc.version !== 1 || !Array.isArray(doc.content)) return 'is no document';
  for (const paragraph of doc.content) {
    if (paragraph.type !== 'paragraph' || !Array.isArray(paragraph.content)) return 'holds what is no paragraph';
    for (const node of paragraph.content) {
      if (node.type !== 'text' || typeof node.text !== 'string' || node.text === '') return 'holds an empty text';
    }
  }
  return '';
}

function fieldsFault(fields, create) {
  const known = ['project', 'issuetype', 'summary', 'description', 'labels', 'duedate'];
  for (const name of Object.keys(fields)) if (!known.includes(name)) return `Field '${name}' cannot be set`;
  if (fields.duedate !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(fields.duedate)) return 'duedate is no day';
  if (fields.labels && fields.labels.some((l) => typeof l !== 'string' || /\s/.test(l))) return 'a label holds a space';
  if (!create) return '';
  if (fields.project?.key !== 'SEC') return 'valid project is required';
  if (fields.issuetype?.name !== 'Bug') return 'valid issue type is required';
  if (typeof fields.summary !== 'string' || fields.summary === '' || fields.summary.length > 255 ||
      /[\r\n]/.test(fields.summary)) return 'summary is missing, too long or of two lines';
  return documentFault(fields.description) && 'description ' + documentFault(fields.description);
}

function search(state, body) {
  const match = /^project = "SEC" AND labels = "([a-z0-9-]+)"$/.exec(body?.jql ?? '');
  if (!match || !Array.isArray(body.fields)) return problem(400, 'Error in the JQL query');
  const found = state.issues.filter((i) => i.fields.labels.includes(match[1]));
  return { status: 200, body: { issues: found.map((i) => ({ key: i.key, fields: { summary: i.fields.summary } })) } };
}

function create(state, body) {
  const fault = fieldsFault(body?.fields ?? {}, true);
  if (fault) return problem(400, fault);
  const issue = { key: `SEC-${state.issues.length + 1}`, fields: body.fields, status: 'To Do', comments: [] };
  state.issues.push(issue);
  return { status: 201, body: { id: String(10000 + state.issues.length), key: issue.key } };
}

function onIssue(issue, rest, method, body) {
  if (rest === '' && method === 'PUT') {
    const fault = fieldsFault(body?.fields ?? {}, false);
    if (fault) return problem(400, fault);
    Object.assign(issue.fields, body.fields);
    return { status: 204 };
  }
  if (rest === '/transitions' && method === 'GET') {
    const ways = Object.entries(STATUSES).filter(([, name]) => name !== issue.status);
    return { status: 200, body: { transitions: ways.map(([id, name]) => ({ id, name: `To ${name}`, to: { name } })) } };
  }
  if (rest === '/transitions' && method === 'POST') {
    const name = STATUSES[body?.transition?.id];
    if (!name || name === issue.status) return problem(400, 'no such transition');
    issue.status = name;
    return { status: 204 };
  }
  if (rest === '/comment' && method === 'GET') return { status: 200, body: { comments: issue.comments } };
  if (rest === '/comment' && method === 'POST') {
    const fault = documentFault(body?.body);
    if (fault) return problem(400, 'comment ' + fault);
    issue.comments.push({ id: String(issue.comments.length + 1), body: body.body });
    return { status: 201, body: issue.comments.at(-1) };
  }
  return problem(405, 'no such operation');
}

function answerJira(state, request) {
  if (request.headers.authorization !== AUTHORIZATION) return problem(401, 'who are you?');
  if (request.body !== undefined && request.headers['content-type'] !== 'application/json') {
    return problem(415, 'no JSON');
  }
  const path = request.path.split('?')[0];
  if (path === '/rest/api/3/search/jql' && request.method === 'POST') return search(state, request.body);
  if (path === '/rest/api/3/issue' && request.method === 'POST') return create(state, request.body);
  const match = /^\/rest\/api\/3\/issue\/(SEC-\d+)(.*)$/.exec(path);
  const issue = match && state.issues.find((i) => i.key === match[1]);
  if (!issue) return problem(404, 'Issue does not exist');
  return onIssue(issue, match[2], request.method, request.body);
}

module.exports = { answerJira };
