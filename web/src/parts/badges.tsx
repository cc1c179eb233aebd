// The states of things, each as a word with a colour and a mark, so that no colour is needed to read it.

import type { Schemas } from "../api/client";
import { count, severities, total, words } from "../lib/format";
import { ago, day, dueState, utc } from "../lib/time";
import { Icon, type IconName } from "./icon";

export function SeverityBadge({ of }: { of: Schemas["Severity"] }) {
  const rank = of === "none" ? severities.length : severities.indexOf(of);
  return (
    <span class={`badge sev ${of}`}>
      <span class="bars" aria-hidden="true">
        {severities.map((s, i) => (
          <i key={s} class={i >= rank ? "on" : ""} />
        ))}
      </span>
      {words(of)}
    </span>
  );
}

const outcomes: Record<Schemas["Outcome"], [IconName, string]> = {
  pass: ["check", "Pass"],
  fail: ["close", "Fail"],
  inconclusive: ["doubt", "Inconclusive"],
  "not-applicable": ["minus", "Not applicable"],
};

export function OutcomeBadge({ of }: { of: Schemas["Outcome"] }) {
  const [icon, label] = outcomes[of];
  return (
    <span class={`badge outcome ${of}`}>
      <Icon name={icon} />
      {label}
    </span>
  );
}

type Tone = "plain" | "info" | "pass" | "fail" | "doubt" | "none";
const tones: Record<string, Tone> = {
  open: "fail",
  suspected: "doubt",
  fixed: "pass",
  patched: "pass",
  "needs-patch": "fail",
  "fix-claimed": "info",
  "waiting-for-release": "info",
  "extension-requested": "doubt",
  "in-review": "doubt",
  requested: "doubt",
  approved: "pass",
  rejected: "fail",
  running: "info",
  done: "pass",
  failed: "fail",
  dead: "fail",
  active: "pass",
  paused: "doubt",
  registered: "pass",
  waiting: "plain",
};

export function StateBadge({ of, tone }: { of: string; tone?: Tone }) {
  return <span class={`badge state ${tone ?? tones[of] ?? "none"}`}>{words(of)}</span>;
}

/** How a ticket stands against its due date, with the date. */
export function Due({ of }: { of: Schemas["Ticket"] }) {
  const state = dueState(of);
  if (state === "closed") return <span class="muted small">Closed {of.closed_at ? day(of.closed_at) : ""}</span>;
  const label = { stands: "Clock stands", overdue: "Overdue", "due-soon": "Due soon", "on-track": "On track" }[state];
  return (
    <span class={`due ${state}`} title={utc(of.due_at)}>
      <b>{label}</b>{" "}
      <span class="nowrap">{state === "stands" ? day(of.due_at) : `${day(of.due_at)}, ${ago(of.due_at)}`}</span>
    </span>
  );
}

export function SeverityCounts({ of, label }: { of: Schemas["SeverityCounts"]; label: string }) {
  if (total(of) === 0) return <span class="muted">None</span>;
  return (
    <span class="counts" role="img" aria-label={`${label}: ${severities.map((s) => `${of[s]} ${s}`).join(", ")}`}>
      {severities.map(
        (s) =>
          of[s] > 0 && (
            <span key={s} class={`count ${s}`} title={words(s)}>
              {count(of[s])}
            </span>
          ),
      )}
    </span>
  );
}
