import type { Schemas } from "../api/client";
import { findings } from "../lib/lists";
import { appPath, link } from "../lib/router";
import { SeverityBadge, StateBadge } from "../parts/badges";
import { ListView, useList } from "../parts/list-view";
import { Page } from "../parts/page";
import { Title, type Column } from "../parts/table";
import { When } from "../parts/when";

export type Finding = Schemas["Finding"];

export const findingPath = (finding: { app: string; fingerprint: string }) =>
  `${appPath(finding.app)}findings/${encodeURIComponent(finding.fingerprint)}`;

export const findingColumns: Column<Finding>[] = [
  { title: "Severity", sort: "severity", kind: "tight", cell: (one) => <SeverityBadge of={one.severity} /> },
  {
    title: "Finding",
    kind: "main",
    cell: (one) => (
      <Title
        href={link(findingPath(one))}
        below={
          <>
            <span>{one.requirement}</span>
            <span class="clip">{one.subject}</span>
          </>
        }
      >
        {one.title}
      </Title>
    ),
  },
  {
    title: "App",
    sort: "app",
    wide: true,
    cell: (one) => (
      <a class="plain" href={link(appPath(one.app))}>
        {one.app_name}
      </a>
    ),
  },
  {
    title: "State",
    kind: "tight",
    wide: true,
    cell: (one) => (
      <>
        <StateBadge of={one.state} /> {one.disposition && <StateBadge of={one.disposition} tone="none" />}
      </>
    ),
  },
  { title: "First seen", sort: "first_seen", kind: "tight", wide: true, cell: (one) => <When at={one.first_seen} /> },
  { title: "Last seen", sort: "last_seen", kind: "tight", wide: true, cell: (one) => <When at={one.last_seen} /> },
];

export default function FindingsPage() {
  const data = useList<Finding>(findings);
  return (
    <Page title="Findings" lead="One proven miss of one app each.">
      <ListView
        list={findings}
        path="/findings"
        data={data}
        columns={findingColumns}
        id={(one) => `${one.app} ${one.fingerprint}`}
        empty={{ title: "No finding", text: "Scans have found nothing, or nothing was scanned yet." }}
      />
    </Page>
  );
}
