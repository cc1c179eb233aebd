// The cards below the chart: what is late, what is missed most, what nobody could see.

import type { Schemas } from "../../api/client";
import { useResource } from "../../api/resource";
import { plural } from "../../lib/format";
import { appPath, link } from "../../lib/router";
import { Due, SeverityBadge } from "../../parts/badges";
import { Card } from "../../parts/page";
import { Loaded } from "../../parts/states";
import { When } from "../../parts/when";

export function TicketCard(props: { title: string; filter: string; none: string }) {
  const tickets = useResource("/tickets", { query: { filter: props.filter, sort: "due", limit: 6 } });
  return (
    <Card
      title={props.title}
      flush
      aside={
        <a class="small" href={link("/tickets", { filter: props.filter, sort: "due" })}>
          All
        </a>
      }
    >
      <Loaded of={tickets}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="none">{props.none}</p>
          ) : (
            <ul class="lines">
              {items.map((ticket) => (
                <li key={ticket.id} data-row>
                  <div class="title-cell grow">
                    <a href={link(`/tickets/${ticket.id}`)} class="clip">
                      {ticket.title}
                    </a>
                    <div class="below">
                      <span class="clip">{ticket.app}</span>
                      <Due of={ticket} />
                    </div>
                  </div>
                  <SeverityBadge of={ticket.severity} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

export function Missed({ of }: { of: Schemas["Posture"] }) {
  const most = Math.max(1, ...of.by_requirement.map((one) => one.open));
  return (
    <Card
      title="Most missed requirements"
      aside={
        <a class="small" href={link("/requirements")}>
          Catalogue
        </a>
      }
    >
      {of.by_requirement.length === 0 && <p class="none">No requirement is missed.</p>}
      <ul class="bars-list">
        {of.by_requirement.slice(0, 9).map((one) => (
          <li key={one.requirement}>
            <a href={link(`/requirements/${one.requirement}`)} class="clip">
              {one.requirement}
            </a>
            <meter min={0} max={most} value={one.open} aria-label={`${one.requirement}: open findings`} />
            <a class="small num" href={link("/findings", { filter: `requirement:${one.requirement} state:open` })}>
              {plural(one.open, "finding")}
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Unseen() {
  const apps = useResource("/apps", { query: { filter: "state:active inconclusive>0", limit: 6 } });
  return (
    <Card
      title="Could not be looked at"
      flush
      aside={
        <a class="small" href={link("/apps", { filter: "state:active inconclusive>0" })}>
          All
        </a>
      }
    >
      <Loaded of={apps}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="none">Everything was looked at.</p>
          ) : (
            <ul class="lines">
              {items.map((app) => (
                <li key={app.key} data-row>
                  <div class="title-cell grow">
                    <a href={link(appPath(app.key))} class="clip">
                      {app.name}
                    </a>
                    <div class="below">
                      Last scan <When at={app.last_scan_at} />
                    </div>
                  </div>
                  <span class="small doubt-ink">{plural(app.inconclusive, "verdict")}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}
