// One proven miss: the proof, the evidence as a person reads it, how it came and went, and what can be done about it.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../api/client";
import { useAct, useResource } from "../api/resource";
import { EvidenceView } from "../evidence/evidence";
import { plural } from "../lib/format";
import { appPath, link } from "../lib/router";
import { useMay } from "../lib/session";
import { SeverityBadge, StateBadge } from "../parts/badges";
import { Button, Copy } from "../parts/controls";
import { Card, Facts, Page } from "../parts/page";
import { Empty, Loaded, ProblemView } from "../parts/states";
import { say } from "../parts/toast";
import { When } from "../parts/when";
import { LiveJob } from "./app/live-job";
import { AskDisposition, Dispositions } from "./finding/dispositions";
import { Sightings } from "./finding/sightings";

type Detail = Schemas["FindingDetail"];

function Actions({ finding, onJob, reload }: { finding: Detail; onJob: (job: string) => void; reload: () => void }) {
  const may = useMay();
  const act = useAct();
  const [asking, setAsking] = useState(false);
  const path = { app: finding.app, fingerprint: finding.fingerprint };
  const verify = () =>
    act
      .run(async () => onJob((await send("post", "/apps/{app}/findings/{fingerprint}/verify", { path })).id))
      .then((ok) => ok && say("A scan of just this finding was asked for."));
  const decided = finding.dispositions.some((one) => one.state === "requested" || one.state === "approved");
  return (
    <>
      {may("work-tickets") && !decided && <Button onClick={() => setAsking(true)}>Needs no patch…</Button>}
      {may("request-scans") && (
        <Button kind="primary" icon="scans" busy={act.busy} onClick={() => void verify()}>
          Verify my fix
        </Button>
      )}
      {act.error && <ProblemView error={act.error} />}
      {asking && (
        <AskDisposition of={finding} onClose={() => setAsking(false)} onDone={() => (setAsking(false), reload())} />
      )}
    </>
  );
}

function About({ of }: { of: Detail }) {
  return (
    <Card title="About">
      <Facts
        of={[
          ["App", <a href={link(appPath(of.app))}>{of.app_name}</a>],
          ["Requirement", <a href={link(`/requirements/${of.requirement}`)}>{of.requirement}</a>],
          ["Subject", <code>{of.subject}</code>],
          ["Where", of.locator && <code>{of.locator}</code>],
          ["Ticket", of.ticket !== undefined ? <a href={link(`/tickets/${of.ticket}`)}>#{of.ticket}</a> : "None"],
          of.ticket_state !== undefined && ["Its state", <StateBadge of={of.ticket_state} />],
          [
            "CVSS",
            <span title={of.cvss.vector}>
              {of.cvss.vector ? `${of.cvss.score.toFixed(1)} ` : "Weighs less than the requirement"}
              {of.cvss.vector && <code class="small break">{of.cvss.vector}</code>}
            </span>,
          ],
          ["First seen", <When at={of.first_seen} full />],
          ["Last seen", <When at={of.last_seen} full />],
          of.opened_at ? ["Opened", <When at={of.opened_at} full />] : false,
          of.closed_at ? ["Closed", <When at={of.closed_at} full />] : false,
          of.reopened > 0 && ["Opened again", plural(of.reopened, "time")],
          [
            "Fingerprint",
            <span class="row">
              <code class="clip" title={of.fingerprint}>
                {of.fingerprint}
              </code>
              <Copy text={of.fingerprint} label="Copy the fingerprint" />
            </span>,
          ],
        ]}
      />
    </Card>
  );
}

function EvidenceList({ of }: { of: Detail }) {
  const [all, setAll] = useState(false);
  const { scan, evidence } = of;
  if (!scan || evidence.length === 0) return <Empty icon="eye" title="The evidence is no longer kept" />;
  const shown = all ? evidence : evidence.slice(0, 3);
  const pointer = { requirement: of.requirement, locator: of.locator ?? "", proof: of.proof };
  return (
    <section class="stack" aria-label="Evidence">
      <h2>
        Evidence{" "}
        <span class="muted small">
          {plural(evidence.length, "record")} of <a href={link(`/scans/${scan}`)}>the last scan that saw it</a>
        </span>
      </h2>
      {shown.map((id, i) => (
        <EvidenceView key={id} scan={scan} id={id} pointer={pointer} open={i < 3} />
      ))}
      {evidence.length > shown.length && (
        <Button onClick={() => setAll(true)}>Show {evidence.length - shown.length} more</Button>
      )}
    </section>
  );
}

export default function FindingPage({ app = "", fingerprint = "" }: Record<string, string>) {
  const finding = useResource("/apps/{app}/findings/{fingerprint}", { path: { app, fingerprint } });
  const [job, setJob] = useState<string>();
  const { data, reload } = finding;
  return (
    <Page
      title={data?.title ?? "Finding"}
      crumbs={[
        ["Findings", "/findings"],
        [data?.app_name ?? app, appPath(app)],
      ]}
      badges={
        data && (
          <>
            <SeverityBadge of={data.severity} />
            <StateBadge of={data.state} />
            {data.disposition && <StateBadge of={data.disposition} tone="none" />}
          </>
        )
      }
      actions={data && <Actions finding={data} onJob={setJob} reload={reload} />}
    >
      <Loaded of={finding}>
        {(found) => (
          <>
            {job && <LiveJob job={job} onDone={reload} onClose={() => setJob(undefined)} />}
            <div class="split">
              <div class="stack">
                <Card title="What was seen">
                  <pre class="proof">{found.proof}</pre>
                </Card>
                <Card title="How to mend it">
                  <p class="prose">{found.remediation}</p>
                </Card>
                <EvidenceList of={found} />
              </div>
              <aside class="stack">
                <About of={found} />
                <Dispositions of={found} reload={reload} />
                <Sightings of={found} />
              </aside>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}
