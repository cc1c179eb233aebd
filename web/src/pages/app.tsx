// One app: what it passes and misses, what could not be seen, and everything around it.

import { useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { send } from "../api/client";
import { useAct, useResource, type Resource } from "../api/resource";
import { link, useQuery } from "../lib/router";
import { useMay } from "../lib/session";
import { SeverityCounts, StateBadge } from "../parts/badges";
import { Button } from "../parts/controls";
import { Card, Facts, Page, Tabs } from "../parts/page";
import { Loaded, ProblemView } from "../parts/states";
import { say } from "../parts/toast";
import { When } from "../parts/when";
import { Contacts } from "./app/contacts";
import { EditApp } from "./app/edit";
import { AppFindings, AppTickets } from "./app/lists";
import { LiveJob } from "./app/live-job";
import { PauseHost } from "./app/pause-host";
import { Releases, RequestLog, Scans } from "./app/history";
import { Verdicts } from "./app/verdicts";
import { short } from "../lib/format";

type App = Schemas["App"];

const tabs: [string, string][] = [
  ["verdicts", "Verdicts"],
  ["findings", "Findings"],
  ["tickets", "Tickets"],
  ["scans", "Scans"],
  ["releases", "Releases"],
  ["requests", "Request log"],
  ["contacts", "Contacts"],
];

function Tab({ app, name, onChange }: { app: App; name: string; onChange: () => void }) {
  if (name === "findings") return <AppFindings app={app.key} />;
  if (name === "tickets") return <AppTickets app={app.key} />;
  if (name === "scans") return <Scans app={app.key} />;
  if (name === "releases") return <Releases app={app.key} />;
  if (name === "requests") return <RequestLog scan={app.last_scan} />;
  if (name === "contacts") return <Contacts app={app.key} onChange={onChange} />;
  return <Verdicts app={app.key} />;
}

function Actions({
  app,
  etag,
  reload,
  onJob,
}: {
  app: App;
  etag: string | undefined;
  reload: () => void;
  onJob: (job: string) => void;
}) {
  const may = useMay();
  const act = useAct();
  const [asking, setAsking] = useState<"pause" | "edit">();
  const path = { app: app.key };
  const scan = () =>
    act
      .run(async () => onJob((await send("post", "/apps/{app}/scans", { path, body: {} })).id))
      .then((ok) => ok && say("Asked for a scan."));
  const setState = (state: App["state"]) =>
    act
      .run(() => send("patch", "/apps/{app}", { path, etag, body: { state } }))
      .then((ok) => ok && (reload(), say(`${app.name} is ${state}.`)));
  return (
    <>
      {may("request-scans") && (
        <Button icon="pause" onClick={() => setAsking("pause")}>
          Leave alone…
        </Button>
      )}
      {may("manage-apps") && <Button onClick={() => setAsking("edit")}>Edit</Button>}
      {may("manage-apps") && app.state !== "active" && (
        <Button icon="play" busy={act.busy} onClick={() => void setState("active")}>
          Resume
        </Button>
      )}
      {may("manage-apps") && app.state === "active" && (
        <Button busy={act.busy} onClick={() => void setState("paused")}>
          Pause
        </Button>
      )}
      {may("request-scans") && (
        <Button
          kind="primary"
          icon="scans"
          busy={act.busy}
          disabled={app.state === "retired"}
          onClick={() => void scan()}
        >
          Scan now
        </Button>
      )}
      {act.error && (
        <ProblemView error={act.error} retry={act.error.status === 412 ? () => (act.clear(), reload()) : undefined} />
      )}
      {asking === "pause" && <PauseHost target={app.target} onClose={() => setAsking(undefined)} />}
      {asking === "edit" && <EditApp app={app} etag={etag} onClose={() => setAsking(undefined)} onChanged={reload} />}
    </>
  );
}

function Schedule({ of }: { of: Resource<Schemas["AppScheduleList"]> }) {
  const next = of.data?.items.map((one) => one.next_at).sort()[0];
  return next ? <When at={next} /> : <span class="muted">Not scheduled</span>;
}

export default function AppPage({ app: key = "" }: Record<string, string>) {
  const [query] = useQuery();
  const app = useResource("/apps/{app}", { path: { app: key } });
  const schedule = useResource("/apps/{app}/schedule", { path: { app: key } });
  const [job, setJob] = useState<string>();
  const { data } = app;
  return (
    <Page
      title={data?.name ?? key}
      crumbs={[["Apps", "/apps"]]}
      badges={
        data && (
          <>
            <StateBadge of={data.state} />
            <span class="badge state plain">{data.kind}</span>
          </>
        )
      }
      actions={data && <Actions app={data} etag={app.etag} reload={app.reload} onJob={setJob} />}
    >
      <Loaded of={app}>
        {(found) => (
          <>
            {job && <LiveJob job={job} onDone={app.reload} onClose={() => setJob(undefined)} />}
            <Card class="summary">
              <Facts
                of={[
                  ["Open findings", <SeverityCounts of={found.open} label="Open findings" />],
                  [
                    "Inconclusive",
                    found.inconclusive ? <span class="doubt-ink">{found.inconclusive} verdicts</span> : "None",
                  ],
                  [
                    "Last scan",
                    found.last_scan ? (
                      <a href={link(`/scans/${found.last_scan}`)}>
                        <When at={found.last_scan_at} />
                      </a>
                    ) : (
                      "Never"
                    ),
                  ],
                  ["Next scan", <Schedule of={schedule} />],
                  ["Organisation", found.organisation_name ?? found.organisation ?? "None"],
                  ["Owner", found.owner],
                  ["Release", found.release ? <code title={found.release}>{short(found.release)}</code> : "None seen"],
                  ["Key", <code>{found.key}</code>],
                  ["Target", <code>{found.target}</code>],
                ]}
              />
            </Card>
            <Tabs tabs={tabs} label="Of this app" />
            <Tab app={found} name={query.get("tab") ?? "verdicts"} onChange={app.reload} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
