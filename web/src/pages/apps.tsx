import { useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { apps } from "../lib/lists";
import { appPath, go, link } from "../lib/router";
import { useMay } from "../lib/session";
import { SeverityCounts, StateBadge } from "../parts/badges";
import { Button } from "../parts/controls";
import { ListView, useList } from "../parts/list-view";
import { Page } from "../parts/page";
import { Title, type Column } from "../parts/table";
import { When } from "../parts/when";
import { AddApp } from "./apps/add";
import { ImportApps } from "./apps/import";

type App = Schemas["App"];

const columns: Column<App>[] = [
  {
    title: "App",
    sort: "name",
    kind: "main",
    cell: (app) => (
      <Title href={link(appPath(app.key))} below={<span class="clip">{app.key}</span>}>
        {app.name}
      </Title>
    ),
  },
  { title: "Kind", wide: true, kind: "tight", cell: (app) => app.kind },
  {
    title: "Organisation",
    wide: true,
    cell: (app) => app.organisation_name ?? app.organisation ?? <span class="muted">None</span>,
  },
  { title: "State", kind: "tight", wide: true, cell: (app) => <StateBadge of={app.state} /> },
  { title: "Open", sort: "open", kind: "tight", cell: (app) => <SeverityCounts of={app.open} label="Open findings" /> },
  {
    title: "Inconclusive",
    kind: "number",
    wide: true,
    cell: (app) =>
      app.inconclusive ? <span class="doubt-ink">{app.inconclusive}</span> : <span class="muted">0</span>,
  },
  { title: "Last scan", sort: "last_scan", kind: "tight", wide: true, cell: (app) => <When at={app.last_scan_at} /> },
];

export default function AppsPage() {
  const data = useList<App>(apps);
  const may = useMay();
  const [asking, setAsking] = useState<"add" | "import">();
  const actions = may("manage-apps") && (
    <>
      <Button icon="download" onClick={() => setAsking("import")}>
        Import
      </Button>
      <Button icon="plus" kind="primary" onClick={() => setAsking("add")}>
        Add app
      </Button>
    </>
  );
  return (
    <Page title="Apps" actions={actions}>
      <ListView
        list={apps}
        path="/apps"
        data={data}
        columns={columns}
        id={(app) => app.key}
        empty={{ title: "No app yet", text: "Add one, or import a list of them." }}
      />
      {asking === "add" && <AddApp onClose={() => setAsking(undefined)} onAdded={(key) => go(link(appPath(key)))} />}
      {asking === "import" && <ImportApps onClose={() => (setAsking(undefined), data.reload())} />}
    </Page>
  );
}
