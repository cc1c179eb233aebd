// Scans that run, wait, or have run.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../api/client";
import { useEvents, type PlatformEvent } from "../api/events";
import { useAct, useResource } from "../api/resource";
import { words } from "../lib/format";
import { jobs, scans } from "../lib/lists";
import { appPath, link, useQuery } from "../lib/router";
import { useMay } from "../lib/session";
import { StateBadge } from "../parts/badges";
import { Button } from "../parts/controls";
import { ListView, useList } from "../parts/list-view";
import { Card, Page, Tabs } from "../parts/page";
import { Loaded, ProblemView } from "../parts/states";
import { Title, type Column } from "../parts/table";
import { When } from "../parts/when";
import { scanColumns } from "./app/history";

type Job = Schemas["Job"];
const appLink = (app: string) => link(appPath(app));

const jobColumns: Column<Job>[] = [
  { title: "State", kind: "tight", cell: (job) => <StateBadge of={job.state} /> },
  {
    title: "App",
    kind: "main",
    cell: (job) => (
      <Title
        href={appLink(job.app)}
        below={
          <span class="clip">
            {job.error ||
              (job.requirements.length
                ? job.requirements.join(", ")
                : job.group
                  ? `group ${job.group}`
                  : "everything that applies")}
          </span>
        }
      >
        {job.app}
      </Title>
    ),
  },
  {
    title: "Asked by",
    wide: true,
    cell: (job) => (
      <>
        {words(job.origin)} <span class="muted small">{job.origin === "scheduled" ? "" : job.requested_by}</span>
      </>
    ),
  },
  { title: "Created", sort: "created", kind: "tight", wide: true, cell: (job) => <When at={job.created_at} /> },
  { title: "Ready", sort: "ready", kind: "tight", wide: true, cell: (job) => <When at={job.ready_at} /> },
  { title: "Attempt", kind: "number", wide: true, cell: (job) => job.attempt },
  {
    title: "Scan",
    kind: "tight",
    cell: (job) => (job.scan ? <a href={link(`/scans/${job.scan}`)}>Open</a> : <span class="muted">—</span>),
  },
];

function Running({
  job,
  step,
  onCancel,
  busy,
}: {
  job: Job;
  step: PlatformEvent | undefined;
  onCancel: () => void;
  busy: boolean;
}) {
  const may = useMay();
  return (
    <li data-row class="running">
      <div class="title-cell grow">
        <a href={appLink(job.app)} class="clip">
          {job.app}
        </a>
        <div class="below">
          {words(job.origin)} · since <When at={job.started_at} />
          {job.worker && <> · {job.worker}</>}
        </div>
      </div>
      <div class="stack-s grow">
        <span class="small">
          {step?.phase ? words(step.phase) : "Starting"}
          {step?.total ? (
            <span class="muted num">
              {" "}
              · {step.done} of {step.total}
            </span>
          ) : (
            ""
          )}
        </span>
        <progress
          aria-label={`Progress of ${job.app}`}
          {...(step?.total ? { value: step.done ?? 0, max: step.total } : {})}
        />
      </div>
      {may("request-scans") && (
        <Button busy={busy} onClick={onCancel}>
          Cancel
        </Button>
      )}
    </li>
  );
}

function InProgress({ onChange }: { onChange: () => void }) {
  const running = useResource("/jobs", { query: { filter: "state:running", limit: 100 } });
  const [steps, setSteps] = useState<Record<string, PlatformEvent>>({});
  const act = useAct();
  const connected = useEvents("/events", (event) => {
    if (event?.kind === "progress" && event.job) setSteps((old) => ({ ...old, [event.job as string]: event }));
    else if (!event || event.kind === "job") (running.reload(), onChange());
  });
  const cancel = (job: string) =>
    void act.run(() => send("post", "/jobs/{job}/cancel", { path: { job } })).then((ok) => ok && running.reload());
  return (
    <Card
      title="In progress"
      flush
      aside={<span class={`live-mark small ${connected ? "on" : ""}`}>{connected ? "Live" : "Not live"}</span>}
    >
      {act.error && <ProblemView error={act.error} />}
      <Loaded of={running} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="none">No scan runs now.</p>
          ) : (
            <ul class="lines">
              {items.map((job) => (
                <Running key={job.id} job={job} step={steps[job.id]} busy={act.busy} onCancel={() => cancel(job.id)} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Jobs() {
  const data = useList<Job>(jobs);
  return (
    <>
      <InProgress onChange={data.reload} />
      <ListView
        list={jobs}
        path="/scans"
        data={data}
        columns={jobColumns}
        id={(job) => job.id}
        empty={{ title: "No job", text: "Scans are made by the schedule and by people." }}
      />
    </>
  );
}

const doneColumns: Column<Schemas["ScanSummary"]>[] = [
  ...scanColumns.slice(0, 1),
  {
    title: "App",
    cell: (scan) => (
      <a class="plain" href={appLink(scan.app)}>
        {scan.app}
      </a>
    ),
  },
  ...scanColumns.slice(1),
];

function Done() {
  const data = useList<Schemas["ScanSummary"]>(scans);
  return (
    <ListView
      list={scans}
      path="/scans?tab=done"
      data={data}
      columns={doneColumns}
      id={(scan) => scan.id}
      empty={{ title: "No scan yet", text: "The first one is recorded when a job is done." }}
    />
  );
}

export default function ScansPage() {
  const [query] = useQuery();
  return (
    <Page title="Scans">
      <Tabs
        label="Scans"
        tabs={[
          ["jobs", "Jobs"],
          ["done", "Recorded scans"],
        ]}
      />
      {query.get("tab") === "done" ? <Done /> : <Jobs />}
    </Page>
  );
}
