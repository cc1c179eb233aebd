// A ticket's history as sentences, oldest first.

import type { ComponentChildren } from "preact";
import type { Schemas } from "../../api/client";
import { words } from "../../lib/format";
import { day } from "../../lib/time";
import { StateBadge } from "../../parts/badges";
import { When } from "../../parts/when";

type Event = Schemas["TicketEvent"];

const text = (event: Event, name: string): string | undefined => {
  const value = (event.body as Record<string, unknown>)[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
};

function until(event: Event): ComponentChildren {
  const due = text(event, "due") ?? text(event, "due_at");
  return due ? <>, due {day(due)}</> : null;
}

const sentences: Record<Event["kind"], (event: Event) => ComponentChildren> = {
  opened: (e) => <>opened the ticket{until(e)}</>,
  reopened: (e) => <>opened it again{until(e)}</>,
  moved: (e) => (
    <>
      moved it{" "}
      {text(e, "from") && (
        <>
          from <StateBadge of={text(e, "from") ?? ""} />
        </>
      )}{" "}
      to <StateBadge of={text(e, "to") ?? ""} />
    </>
  ),
  closed: (e) => (
    <>
      closed it as <StateBadge of={text(e, "as") ?? text(e, "to") ?? "closed"} />
    </>
  ),
  "severity-raised": (e) => (
    <>
      raised the severity {text(e, "to") && <>to {text(e, "to")}</>}
      {until(e)}
    </>
  ),
  commented: () => <>commented</>,
  "extension-requested": (e) => <>asked for more time{until(e)}</>,
  "extension-decided": (e) => (
    <>
      {text(e, "decision") === "reject" || text(e, "state") === "rejected" ? "rejected" : "approved"} more time
      {until(e)}
    </>
  ),
  "disposition-requested": (e) => (
    <>asked to close it as {words(text(e, "kind") ?? text(e, "disposition") ?? "disposition").toLowerCase()}</>
  ),
  "disposition-decided": (e) => <>decided on it: {text(e, "decision") ?? text(e, "state") ?? ""}</>,
  assigned: (e) => (
    <>
      {text(e, "assignee") || text(e, "to") ? (
        <>assigned it to {text(e, "assignee") ?? text(e, "to")}</>
      ) : (
        "took the assignee away"
      )}
    </>
  ),
  "watcher-added": (e) => <>lets {text(e, "email")} watch</>,
  "watcher-removed": (e) => <>stopped {text(e, "email")} from watching</>,
  linked: (e) => <>linked it to {text(e, "external_id") ?? "another tracker"}</>,
  reminded: (e) => <>reminded the owner{text(e, "what") && <>: {words(text(e, "what") ?? "").toLowerCase()}</>}</>,
  "still-failing": () => <>looked again: it still fails</>,
};

export function History({ of }: { of: Event[] }) {
  return (
    <ol class="history">
      {of.map((event) => {
        const said = text(event, "text") ?? text(event, "note") ?? text(event, "plan") ?? text(event, "reason");
        return (
          <li key={event.ordinal} class={event.kind}>
            <p>
              <b>{event.actor}</b> {sentences[event.kind](event)}{" "}
              <span class="muted small">
                <When at={event.at} />
              </span>
            </p>
            {said && <p class="said">{said}</p>}
          </li>
        );
      })}
    </ol>
  );
}
