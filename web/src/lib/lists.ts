// What each list can be filtered and sorted by (x-fields and x-sorts of docs/openapi.yaml), for suggestions and chips.

import type { Schemas } from "../api/client";

const severity = ["critical", "high", "medium", "low"];
const kind = ["connect", "forge", "service", "source"];
const yes = ["yes", "no"];

export interface List {
  name: Schemas["ListName"];
  search: string;
  fields: Record<string, string[]>; // a field and the values that are known; dates and free text have none
  facets: { field: string; label: string; values: string[] }[];
}

const ticketStates = ["needs-patch", "fix-claimed", "waiting-for-release", "extension-requested", "in-review"];
const closedStates = ["patched", "false-positive", "risk-accepted", "not-applicable", "duplicate", "gone"];
const findingStates = ["open", "suspected", "fixed", "gone", "unconfirmed"];
const jobStates = ["waiting", "running", "done", "failed", "cancelled"];
const origins = ["requested", "verify", "second-look", "release", "scheduled"];
const appStates = ["active", "paused", "retired"];

export const apps: List = {
  name: "apps",
  search: "Filter apps: name, kind:connect, severity:critical, last_scan<-7d …",
  fields: {
    app: [], name: [], kind, organisation: [], state: appStates, target: [], severity, inconclusive: [], last_scan: [], added: [],
  },
  facets: [
    { field: "state", label: "State", values: appStates },
    { field: "kind", label: "Kind", values: kind },
    { field: "severity", label: "Open", values: severity },
  ],
};

export const findings: List = {
  name: "findings",
  search: "Filter findings: severity:critical,high state:open app:com.example.* …",
  fields: {
    app: [], fingerprint: [], organisation: [], kind, requirement: [], subject: [], severity, state: findingStates,
    disposition: ["none", "false-positive", "risk-accepted", "not-applicable", "duplicate"],
    first_seen: [], last_seen: [], opened: [], closed: [],
  },
  facets: [
    { field: "severity", label: "Severity", values: severity },
    { field: "state", label: "State", values: findingStates },
  ],
};

export const tickets: List = {
  name: "tickets",
  search: "Filter tickets: severity:critical overdue:yes assignee:ana* due<+7d …",
  fields: {
    ticket: [], app: [], organisation: [], kind, requirement: [], subject: [], title: [], severity,
    state: [...ticketStates, ...closedStates], live: yes, assignee: [], due: [], opened: [], closed: [], overdue: yes,
  },
  facets: [
    { field: "severity", label: "Severity", values: severity },
    { field: "state", label: "State", values: ticketStates },
    { field: "overdue", label: "Overdue", values: ["yes"] },
  ],
};

export const jobs: List = {
  name: "jobs",
  search: "Filter jobs: state:failed origin:requested app:com.example.* …",
  fields: { app: [], group: [], origin: origins, state: jobStates, created: [], ready: [], organisation: [] },
  facets: [
    { field: "state", label: "State", values: jobStates },
    { field: "origin", label: "Asked by", values: origins },
  ],
};

export const scans: List = {
  name: "scans",
  search: "Filter scans: app:com.example.* complete:no started>-7d …",
  fields: { scan: [], app: [], started: [], complete: yes },
  facets: [{ field: "complete", label: "Complete", values: yes }],
};
