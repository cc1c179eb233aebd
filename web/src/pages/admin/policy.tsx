// The rules in force. They are files of the catalogue, changed there and not here.

import { useResource } from "../../api/resource";
import { plural, severities, words } from "../../lib/format";
import { kindName } from "../../evidence/evidence";
import { cadence, day } from "../../lib/time";
import { SeverityBadge } from "../../parts/badges";
import { Card, Facts } from "../../parts/page";
import { Loaded } from "../../parts/states";

function Policy() {
  const policy = useResource("/policy");
  return (
    <Loaded of={policy}>
      {(of) => (
        <div class="cards two">
          <Card
            title="Due dates"
            aside={
              <span class="muted small">
                version {of.version}, since {day(of.effective_from, "UTC")}
              </span>
            }
          >
            <dl class="facts">
              {severities.map((one) => (
                <div key={one}>
                  <dt>
                    <SeverityBadge of={one} />
                  </dt>
                  <dd>{plural(of.due_weeks[one] ?? 0, "week")}</dd>
                </div>
              ))}
            </dl>
          </Card>
          <Card title="Opening and closing">
            <Facts
              of={[
                [
                  "Network requirements",
                  `${plural(of.looks.network.open, "failing look")} open, ${plural(of.looks.network.close, "passing look")} close`,
                ],
                [
                  "Others",
                  `${plural(of.looks.other.open, "failing look")} open, ${plural(of.looks.other.close, "passing look")} close`,
                ],
                ["Second look after", plural(of.second_look_minutes, "minute")],
                ["Opens the old ticket again within", plural(of.reopen_days, "day")],
              ]}
            />
          </Card>
          <Card title="Reminders">
            <Facts
              of={[
                ["Before the due date", plural(of.due_soon_days, "day")],
                ["After it", plural(of.escalation.overdue_after_days, "day")],
                ["Then every", plural(of.escalation.overdue_every_days, "day")],
              ]}
            />
          </Card>
          <Card title="What is kept how long">
            <Facts of={Object.entries(of.retention_days).map(([kind, days]) => [words(kind), plural(days, "day")])} />
          </Card>
        </div>
      )}
    </Loaded>
  );
}

function Schedule() {
  const schedule = useResource("/schedule");
  return (
    <Card
      title="Schedule"
      flush
      aside={
        schedule.data && (
          <span class="muted small">
            at most {schedule.data.scheduled_at_once} scheduled scans at once, spread by {schedule.data.jitter_minutes}{" "}
            minutes
          </span>
        )
      }
    >
      <Loaded of={schedule}>
        {(of) => (
          <ul class="lines">
            {of.groups.map((group) => (
              <li key={group.id} class="verdict">
                <div class="verdict-what">
                  <b>{group.title}</b>
                  <span class="small muted">{group.kinds.join(", ")}</span>
                </div>
                <div class="verdict-why">
                  <p>
                    {[group.every_hours && cadence(group.every_hours * 60), group.on_release && "on release"]
                      .filter(Boolean)
                      .join(", and ")}
                  </p>
                  <p class="small muted">{group.evidence.map(kindName).join(", ")}</p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

export function PolicyView() {
  return (
    <div class="stack">
      <p class="muted small">These are files of the catalogue: an operator changes them there.</p>
      <Policy />
      <Schedule />
    </div>
  );
}
