// One scan: what it concluded, what it saw, and what it cost the app.

import { useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { useResource } from "../api/resource";
import { EvidenceView, kindName } from "../evidence/evidence";
import { bytes, count, plural, short } from "../lib/format";
import { appPath, link, useQuery } from "../lib/router";
import { moment, span } from "../lib/time";
import { StateBadge } from "../parts/badges";
import { Button } from "../parts/controls";
import { Card, Facts, Page, Tabs } from "../parts/page";
import { Empty, Loaded } from "../parts/states";
import { When } from "../parts/when";
import { RequestLog } from "./app/history";
import { NotVerified, VerdictGroups } from "./app/verdicts";

type Scan = Schemas["Scan"];

function About({ of }: { of: Scan }) {
  const { statistics: cost } = of;
  return (
    <Card class="summary">
      <Facts
        of={[
          ["App", <a href={link(appPath(of.app))}>{of.app}</a>],
          ["Began", <When at={of.started_at} full />],
          ["Took", span(new Date(of.finished_at).getTime() - new Date(of.started_at).getTime())],
          ["Release", of.release ? <code title={of.release}>{short(of.release)}</code> : undefined],
          ["Profiles", of.profiles.join(", ")],
          [
            "Cost the app",
            `${plural(cost.http_requests, "request")}, ${plural(cost.tls_connections, "TLS connection")}, ${bytes(cost.bytes_received)} received`,
          ],
          ["DNS questions", count(cost.dns_queries)],
          ["Allowed networks", of.allowed_networks.join(", ")],
        ]}
      />
      {of.incomplete_reason && <p class="doubt-ink">Incomplete: {of.incomplete_reason}</p>}
    </Card>
  );
}

const kAtOnce = 30;

function EvidenceTab({ scan }: { scan: string }) {
  const heads = useResource("/scans/{scan}/evidence", { path: { scan } });
  const [kind, setKind] = useState("");
  const [shown, setShown] = useState(kAtOnce);
  return (
    <Loaded of={heads}>
      {({ items }) => {
        const kinds = [...new Set(items.map((one) => one.kind))];
        const chosen = items.filter((one) => !kind || one.kind === kind);
        if (items.length === 0) return <Empty icon="eye" title="The evidence is no longer kept" />;
        return (
          <div class="stack-s">
            <div class="facet" role="group" aria-label="Kinds of evidence">
              {kinds.map((one) => (
                <button
                  key={one}
                  type="button"
                  class="chip"
                  aria-pressed={one === kind}
                  onClick={() => setKind(one === kind ? "" : one)}
                >
                  <span title={kindName(one)}>{one}</span>{" "}
                  <span class="num">{items.filter((head) => head.kind === one).length}</span>
                </button>
              ))}
            </div>
            {chosen.slice(0, shown).map((one) => (
              <EvidenceRow key={one.id} scan={scan} head={one} />
            ))}
            {chosen.length > shown && (
              <div>
                <Button onClick={() => setShown(shown + kAtOnce)}>Show more</Button>
              </div>
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

function EvidenceRow({ scan, head }: { scan: string; head: Schemas["EvidenceHead"] }) {
  const [open, setOpen] = useState(false);
  if (open) return <EvidenceView scan={scan} id={head.id} />;
  return (
    <button type="button" class="card evidence-row" data-row onClick={() => setOpen(true)}>
      <b>{kindName(head.kind)}</b>
      <code class="muted small">{head.kind}</code>
      <span class="clip grow muted small">{head.subject}</span>
      {!head.stored && <StateBadge of="not stored" tone="doubt" />}
      <span class="muted small">
        <When at={head.time} full />
      </span>
    </button>
  );
}

function Tab({ of, name }: { of: Scan; name: string }) {
  if (name === "evidence") return <EvidenceTab scan={of.id} />;
  if (name === "requests") return <RequestLog scan={of.id} />;
  return (
    <div class="stack">
      <VerdictGroups verdicts={of.verdicts} app={of.app} />
      <NotVerified items={of.not_verified} />
    </div>
  );
}

export default function ScanPage({ scan: id = "" }: Record<string, string>) {
  const scan = useResource("/scans/{scan}", { path: { scan: id } });
  const [query] = useQuery();
  const { data } = scan;
  return (
    <Page
      title={data ? `Scan of ${moment(data.started_at)}` : "Scan"}
      crumbs={[["Scans", "/scans"], ...(data ? [[data.app, appPath(data.app)] as [string, string]] : [])]}
      badges={
        data && (data.complete ? <StateBadge of="complete" tone="pass" /> : <StateBadge of="incomplete" tone="doubt" />)
      }
    >
      <Loaded of={scan}>
        {(found) => (
          <>
            <About of={found} />
            <Tabs
              label="Of this scan"
              tabs={[
                ["verdicts", "Verdicts"],
                ["evidence", "Evidence"],
                ["requests", "Request log"],
              ]}
            />
            <Tab of={found} name={query.get("tab") ?? "verdicts"} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
