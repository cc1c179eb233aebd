// What each list can be filtered and sorted by (x-fields and x-sorts of docs/openapi.yaml), for suggestions and chips.

import type { Schemas } from "../api/client";

export interface Facet {
  field: string;
  label: string;
  values: string[];
}

export interface List {
  name: Schemas["ListName"];
  search: string;
  fields: Record<string, string[]>; // a field and the values that are known; dates, numbers and free text have none
  facets: Facet[]; // chips with counts
  terms: [string, string][]; // chips for whole terms, and their words
}

const severity = ["critical", "high", "medium", "low"];
const kind = ["connect", "forge", "service", "source"];
const truth = ["true", "false"];
const liveStates = ["needs-patch", "fix-claimed", "waiting-for-release", "extension-requested", "in-review"];
const closedStates = ["patched", "false-positive", "risk-accepted", "not-applicable", "duplicate", "gone"];
const findingStates = ["open", "suspected", "fixed", "gone", "unconfirmed"];
const jobStates = ["waiting", "running", "done", "failed", "cancelled"];
const origins = ["requested", "verify", "second-look", "release", "scheduled"];
const appStates = ["active", "paused", "retired"];
const dispositions = ["none", "false-positive", "risk-accepted", "not-applicable", "duplicate"];

export const apps: List = {
  name: "apps",
  search: "Filter apps: a name, kind:connect, critical>0, last_scan<-7d …",
  fields: {
    key: [],
    name: [],
    kind,
    state: appStates,
    organisation: [],
    target: [],
    owner: [],
    release: [],
    critical: [],
    high: [],
    medium: [],
    low: [],
    open: [],
    inconclusive: [],
    overdue: truth,
    scanned: truth,
    last_scan: [],
    added: [],
  },
  facets: [
    { field: "state", label: "State", values: appStates },
    { field: "kind", label: "Kind", values: kind },
  ],
  terms: [
    ["open>0", "With open findings"],
    ["overdue:true", "With overdue tickets"],
    ["inconclusive>0", "Not fully looked at"],
  ],
};

export const findings: List = {
  name: "findings",
  search: "Filter findings: severity:critical,high state:open app:com.example.* …",
  fields: {
    app: [],
    organisation: [],
    kind,
    requirement: [],
    severity,
    state: findingStates,
    disposition: dispositions,
    fingerprint: [],
    subject: [],
    reopened: [],
    first_seen: [],
    last_seen: [],
    opened: [],
    closed: [],
  },
  facets: [
    { field: "severity", label: "Severity", values: severity },
    { field: "state", label: "State", values: findingStates },
  ],
  terms: [["-disposition:none", "With a disposition"]],
};

export const tickets: List = {
  name: "tickets",
  search: "Filter tickets: severity:critical overdue:true assignee:ana* due<+7d …",
  fields: {
    ticket: [],
    app: [],
    organisation: [],
    kind,
    requirement: [],
    subject: [],
    fingerprint: [],
    title: [],
    severity,
    state: [...liveStates, ...closedStates],
    live: truth,
    assignee: [],
    due: [],
    opened: [],
    closed: [],
    overdue: truth,
  },
  facets: [
    { field: "severity", label: "Severity", values: severity },
    { field: "state", label: "State", values: liveStates },
  ],
  terms: [
    ["overdue:true", "Overdue"],
    ["live:true", "Live"],
  ],
};

export const jobs: List = {
  name: "jobs",
  search: "Filter jobs: state:failed origin:requested app:com.example.* …",
  fields: { app: [], organisation: [], group: [], origin: origins, state: jobStates, created: [], ready: [] },
  facets: [
    { field: "state", label: "State", values: jobStates },
    { field: "origin", label: "Asked by", values: origins },
  ],
  terms: [],
};

export const scans: List = {
  name: "scans",
  search: "Filter scans: app:com.example.* complete:false started>-7d fail>0 …",
  fields: { app: [], organisation: [], complete: truth, started: [], fail: [], inconclusive: [] },
  facets: [],
  terms: [
    ["fail>0", "With misses"],
    ["inconclusive>0", "With something inconclusive"],
    ["complete:false", "Incomplete"],
  ],
};
