// How the apps stand, what is late, and what nobody could see.

import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { Schemas } from "../api/client";
import { useResource } from "../api/resource";
import { count, plural, severities, total } from "../lib/format";
import { link, useQuery } from "../lib/router";
import { dateIn } from "../lib/time";
import { DaysTable, OpenOverTime } from "../parts/chart";
import { Card, Page } from "../parts/page";
import { Empty, Loaded } from "../parts/states";
import { Missed, TicketCard, Unseen } from "./posture/cards";

type Posture = Schemas["Posture"];
const kDueSoon = "live:true overdue:false -state:extension-requested,in-review due<+7d";

function Tile(props: { title: string; value: number; href: string; tone?: string; children: ComponentChildren }) {
  return (
    <a class={`tile ${props.tone ?? ""}`} href={props.href}>
      <span class="tile-title">{props.title}</span>
      <span class="tile-value num">{count(props.value)}</span>
      <span class="tile-below">{props.children}</span>
    </a>
  );
}

function SeverityLine({ of }: { of: Schemas["SeverityCounts"] }) {
  const shown = severities.filter((s) => of[s] > 0);
  if (shown.length === 0) return <>None</>;
  return (
    <>
      {shown.map((s) => (
        <span key={s} class={`key ${s}`}>
          {count(of[s])} {s}
        </span>
      ))}
    </>
  );
}

function Tiles({ of }: { of: Posture }) {
  return (
    <div class="tiles">
      <Tile title="Open findings" value={total(of.open)} href={link("/findings", { filter: "state:open" })}>
        <SeverityLine of={of.open} />
      </Tile>
      <Tile
        title="Overdue tickets"
        value={of.tickets_overdue}
        tone={of.tickets_overdue ? "bad" : ""}
        href={link("/tickets", { filter: "overdue:true", sort: "due" })}
      >
        of{" "}
        {plural(
          Object.values(of.tickets).reduce((sum, n) => sum + n, 0),
          "live ticket",
        )}
      </Tile>
      <Tile
        title="Due in 7 days"
        value={of.tickets_due_soon}
        href={link("/tickets", { filter: kDueSoon, sort: "due" })}
      >
        Last 7 days: {count(of.last_7_days.fixed)} fixed, {count(of.last_7_days.opened)} opened
      </Tile>
      <Tile
        title="Apps with open findings"
        value={of.apps.with_open}
        href={link("/apps", { filter: "state:active open>0", sort: "-open" })}
      >
        of {plural(of.apps.active, "active app")}
      </Tile>
      <Tile
        title="Not fully looked at"
        value={of.apps.with_inconclusive}
        href={link("/apps", { filter: "state:active inconclusive>0" })}
      >
        {plural(of.inconclusive, "verdict")} could not be given
      </Tile>
    </div>
  );
}

const ranges = ["30", "90", "365"];

/** The days with the last one as it is now: the server brings it up to date every hour only. */
function upToNow(days: Schemas["PostureDay"][], now: Posture | undefined): Schemas["PostureDay"][] {
  if (!now) return days;
  const today = dateIn(0);
  return [...days.filter((one) => one.day !== today), { day: today, posture: now }];
}

function OverTime({ now }: { now: Posture | undefined }) {
  const [query, change] = useQuery();
  const [table, setTable] = useState(false);
  const range = query.get("days") ?? "90";
  const days = useResource("/posture/days", { query: { from: dateIn(-Number(range)), to: dateIn(0) } });
  const aside = (
    <>
      <div class="switch" role="group" aria-label="Days shown">
        {ranges.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === range}
            onClick={() => change({ days: one === "90" ? "" : one }, true)}
          >
            {one} d
          </button>
        ))}
      </div>
      <button type="button" class="button" aria-pressed={table} onClick={() => setTable(!table)}>
        Table
      </button>
    </>
  );
  return (
    <Card title="Open findings over time" aside={aside} class="span">
      <Loaded of={days}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="posture" title="No day is recorded yet">
              The first one is recorded a moment after the server starts, and brought up to date every hour.
            </Empty>
          ) : table ? (
            <DaysTable days={upToNow(items, now)} />
          ) : (
            <OpenOverTime days={upToNow(items, now)} />
          )
        }
      </Loaded>
    </Card>
  );
}

function AppStates({ of }: { of: Posture }) {
  const states = ["active", "paused", "retired"] as const;
  return (
    <>
      {states.map((state) => (
        <span key={state}>
          <a href={link("/apps", { filter: `state:${state}` })}>{plural(of.apps[state], `${state} app`)}</a>
          {" · "}
        </span>
      ))}
      {count(of.apps.scanned_last_day)} scanned in the last day · {plural(of.suspected, "suspected finding")}
    </>
  );
}

export default function PosturePage() {
  const posture = useResource("/posture");
  return (
    <Page title="Posture" lead={posture.data && <AppStates of={posture.data} />}>
      <Loaded of={posture} lines={3}>
        {(data) => <Tiles of={data} />}
      </Loaded>
      <div class="cards">
        <OverTime now={posture.data} />
        <TicketCard title="Overdue" filter="overdue:true" none="No ticket is overdue." />
        <TicketCard title="Due soon" filter={kDueSoon} none="No ticket is due in the next seven days." />
        {posture.data && <Missed of={posture.data} />}
        <Unseen />
      </div>
    </Page>
  );
}
