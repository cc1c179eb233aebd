// Filters and orders of lists, as far as the fixtures go.

import { severities, tickets } from "../world.mjs";
import { Problem } from "./answers.mjs";

const rank = (severity) => 4 - severities.indexOf(severity);

// The filter grammar, as far as the fixtures go; unknown fields are errors as the server's.
const kTerm = /^(-?)([a-z_]+)(:|<=|>=|<|>)(.*)$/s;
function compare(text) {
  const relative = /^([+-])(\d+)([hdw])$/.exec(text);
  if (relative)
    return (
      Date.now() + Number(relative[1] + relative[2]) * { h: 3_600_000, d: 86_400_000, w: 604_800_000 }[relative[3]]
    );
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}
export function valueOf(row, field) {
  const known = {
    app: row.app,
    fail: row.counts?.fail,
    inconclusive: row.counts?.inconclusive ?? row.inconclusive,
    scanned: Boolean(row.last_scan_at),
    ticket: row.id,
    scan: row.id,
    due: row.due_at,
    opened: row.opened_at,
    closed: row.closed_at,
    last_scan: row.last_scan_at,
    added: row.added_at,
    created: row.created_at,
    ready: row.ready_at,
    started: row.started_at,
  };
  if (row.open && severities.includes(field)) return row.open[field];
  if (row.open && field === "open") return severities.reduce((sum, s) => sum + row.open[s], 0);
  if (row.open && field === "overdue") return String(tickets.some((one) => one.app === row.key && one.overdue));
  if (field === "disposition") return row.disposition ?? "none";
  const value = known[field] ?? row[field];
  return typeof value === "boolean" ? String(value) : value;
}
function holds(row, term, fields) {
  const parts = term.startsWith('"') ? null : kTerm.exec(term);
  if (!parts) return JSON.stringify(row).toLowerCase().includes(term.replaceAll('"', "").toLowerCase());
  const [, minus, field, operator, rest] = parts;
  if (!fields.includes(field))
    throw new Problem(
      400,
      "invalid-input",
      `The filter names the field "${field}", which this list does not have. It has: ${fields.join(", ")}.`,
      "filter",
    );
  const values = [valueOf(row, field)].flat();
  if (operator !== ":") {
    const number = typeof values[0] === "number" ? values[0] : Date.parse(values[0]);
    const limit = compare(rest);
    return { "<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit }[operator];
  }
  const truth = ["true", "false"].includes(values[0]) ? { yes: "true", no: "false" } : {};
  const wanted = [...rest.matchAll(/"([^"]*)"|([^,]+)/g)].map((m) => m[1] ?? m[2]).map((one) => truth[one] ?? one);
  const found = wanted.some((one) =>
    values.some((value) => (one.endsWith("*") ? String(value).startsWith(one.slice(0, -1)) : String(value) === one)),
  );
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
