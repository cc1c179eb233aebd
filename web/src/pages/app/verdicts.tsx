// The last look at each requirement, grouped by what it said: misses first, then what could not be seen.

import type { Schemas } from "../../api/client";
import { useResource } from "../../api/resource";
import { plural, words } from "../../lib/format";
import { appPath, link } from "../../lib/router";
import { OutcomeBadge } from "../../parts/badges";
import { Card } from "../../parts/page";
import { Empty, Loaded } from "../../parts/states";
import { When } from "../../parts/when";

type Verdict = Schemas["Verdict"];
const order: Schemas["Outcome"][] = ["fail", "inconclusive", "pass", "not-applicable"];
const titles = {
  fail: "Missed",
  inconclusive: "Could not be judged",
  pass: "Passed",
  "not-applicable": "Do not apply",
};

function Line({ of, app }: { of: Verdict; app: string | undefined }) {
  const first = of.findings[0];
  return (
    <li data-row class="verdict">
      <div class="verdict-what">
        <a href={link(`/requirements/${of.requirement}`)}>{of.requirement}</a>
        <span class="muted small break">{of.subject}</span>
      </div>
      <div class="verdict-why">
        <p class="break">{of.reason}</p>
        <p class="muted small">
          {of.reason_code && <>{words(of.reason_code)} · </>}
          <a href={link(`/scans/${of.scan}`)}>looked at</a> <When at={of.looked_at} />
          {of.evidence.length > 0 && <> · {plural(of.evidence.length, "record")} of evidence</>}
        </p>
      </div>
      {app && first && (
        <a
          class="small nowrap"
          href={
            of.findings.length === 1
              ? link(`${appPath(app)}findings/${first}`)
              : link(appPath(app), { tab: "findings", filter: `requirement:${of.requirement}` })
          }
        >
          {plural(of.findings.length, of.outcome === "fail" ? "finding" : "warning")}
        </a>
      )}
    </li>
  );
}

export function VerdictGroups({ verdicts, app }: { verdicts: Verdict[]; app?: string }) {
  return (
    <>
      {order.map((outcome) => {
        const group = verdicts.filter((verdict) => verdict.outcome === outcome);
        return (
          group.length > 0 && (
            <details key={outcome} class="card flush group" open={outcome === "fail" || outcome === "inconclusive"}>
              <summary>
                <OutcomeBadge of={outcome} />
                <h2>{titles[outcome]}</h2>
                <span class="muted small">{plural(group.length, "verdict")}</span>
              </summary>
              <ul class="lines">
                {group.map((verdict) => (
                  <Line key={`${verdict.requirement} ${verdict.subject}`} of={verdict} app={app} />
                ))}
              </ul>
            </details>
          )
        );
      })}
    </>
  );
}

export function NotVerified({ items }: { items: Schemas["NotVerified"][] }) {
  if (items.length === 0) return null;
  return (
    <Card title="Not judged, and never counted as passed" flush>
      <ul class="lines">
        {items.map((one) => (
          <li key={one.requirement} class="verdict">
            <div class="verdict-what">
              <a href={link(`/requirements/${one.requirement}`)}>{one.requirement}</a>
            </div>
            <p class="verdict-why muted">{one.reason}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Verdicts({ app }: { app: string }) {
  const verdicts = useResource("/apps/{app}/verdicts", { path: { app } });
  return (
    <Loaded of={verdicts}>
      {(data) =>
        data.items.length === 0 ? (
          <Empty icon="scans" title="Not scanned yet">
            Until a scan has looked, nothing counts as passed.
          </Empty>
        ) : (
          <div class="stack">
            <VerdictGroups verdicts={data.items} app={app} />
            <NotVerified items={data.not_verified} />
          </div>
        )
      }
    </Loaded>
  );
}
