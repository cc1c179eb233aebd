// What was scanned, which contents the descriptor had, and what the last scan did on the network.

import type { Schemas } from "../../api/client";
import { useResource } from "../../api/resource";
import { quote } from "../../lib/filter";
import { plural, words } from "../../lib/format";
import { link } from "../../lib/router";
import { span } from "../../lib/time";
import { StateBadge } from "../../parts/badges";
import { Copy } from "../../parts/controls";
import { Empty, Loaded } from "../../parts/states";
import { Table, Title, type Column } from "../../parts/table";
import { When } from "../../parts/when";

type Summary = Schemas["ScanSummary"];

const length = (scan: { started_at: string; finished_at: string }) =>
  span(new Date(scan.finished_at).getTime() - new Date(scan.started_at).getTime());

export const scanColumns: Column<Summary>[] = [
  {
    title: "Scan",
    sort: "started",
    kind: "main",
    cell: (scan) => (
      <Title href={link(`/scans/${scan.id}`)} below={length(scan)}>
        <When at={scan.started_at} full />
      </Title>
    ),
  },
  {
    title: "State",
    kind: "tight",
    cell: (scan) =>
      scan.complete ? <StateBadge of="complete" tone="pass" /> : <StateBadge of="incomplete" tone="doubt" />,
  },
  {
    title: "Missed",
    kind: "number",
    cell: (scan) => <span class={scan.counts.fail ? "fail-ink" : "muted"}>{scan.counts.fail}</span>,
  },
  {
    title: "Inconclusive",
    kind: "number",
    wide: true,
    cell: (scan) => <span class={scan.counts.inconclusive ? "doubt-ink" : "muted"}>{scan.counts.inconclusive}</span>,
  },
  { title: "Passed", kind: "number", wide: true, cell: (scan) => scan.counts.pass },
];

export function Scans({ app }: { app: string }) {
  const scans = useResource("/scans", { query: { filter: `app:${quote(app)}`, limit: 50 } });
  return (
    <Loaded of={scans}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty icon="scans" title="Not scanned yet" />
        ) : (
          <Table label="Scans" columns={scanColumns} rows={items} id={(scan) => scan.id} />
        )
      }
    </Loaded>
  );
}

export function Releases({ app }: { app: string }) {
  const releases = useResource("/apps/{app}/releases", { path: { app } });
  const columns: Column<Schemas["Release"]>[] = [
    {
      title: "Release",
      kind: "main",
      cell: (one) => (
        <span class="row">
          <code class="break">{one.release}</code>
          <Copy text={one.release} label="Copy the hash" />
        </span>
      ),
    },
    { title: "First seen", kind: "tight", cell: (one) => <When at={one.first_seen} full /> },
    { title: "Last seen", kind: "tight", wide: true, cell: (one) => <When at={one.last_seen} full /> },
  ];
  return (
    <Loaded of={releases}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty icon="apps" title="No release seen yet">
            A scan that sees a new content of the app's descriptor makes a release.
          </Empty>
        ) : (
          <Table label="Releases" columns={columns} rows={items} id={(one) => one.release} />
        )
      }
    </Loaded>
  );
}

type Entry = Schemas["RequestLogEntry"];

const requestColumns: Column<Entry & { at: number }>[] = [
  { title: "Time", kind: "tight", wide: true, cell: (one) => <When at={one.time} full /> },
  {
    title: "Act",
    kind: "tight",
    cell: (one) => (one.activity === "refused" ? <StateBadge of="refused" tone="doubt" /> : words(one.activity)),
  },
  {
    title: "What",
    kind: "main",
    cell: (one) => (
      <div class="title-cell">
        <code class="break">{one.url ? `${one.method ?? ""} ${one.url}` : one.host}</code>
        {one.reason && <div class="below">{one.reason}</div>}
      </div>
    ),
  },
  { title: "Address", kind: "tight", wide: true, cell: (one) => <code>{one.address ?? ""}</code> },
  { title: "Why", kind: "tight", wide: true, cell: (one) => (one.purpose ? words(one.purpose) : "") },
];

export function RequestLog({ scan }: { scan: string | undefined }) {
  const log = useResource(scan ? "/scans/{scan}/requests" : undefined, { path: { scan: scan ?? "" } });
  if (!scan)
    return (
      <Empty icon="scans" title="Not scanned yet">
        What scans do on the network is logged here.
      </Empty>
    );
  return (
    <Loaded of={log}>
      {({ items }) => (
        <div class="stack-s">
          <p class="muted small">
            {plural(items.length, "act")} on the network in <a href={link(`/scans/${scan}`)}>the last scan</a>. Each
            names why it was made.
          </p>
          <Table
            label="Request log"
            columns={requestColumns}
            rows={items.map((one, at) => ({ ...one, at }))}
            id={(one) => String(one.at)}
          />
        </div>
      )}
    </Loaded>
  );
}
