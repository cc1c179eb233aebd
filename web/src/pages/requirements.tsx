// The catalogue: every requirement, how grave missing it is, and how many miss it now.

import { useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { useResource } from "../api/resource";
import { plural } from "../lib/format";
import { link, useQuery } from "../lib/router";
import { SeverityBadge } from "../parts/badges";
import { Icon } from "../parts/icon";
import { Page } from "../parts/page";
import { Empty, Loaded } from "../parts/states";
import { Table, Title, type Column } from "../parts/table";

type Requirement = Schemas["Requirement"];

function columns(open: Map<string, number>): Column<Requirement>[] {
  return [
    { title: "Severity", kind: "tight", cell: (one) => <SeverityBadge of={one.severity} /> },
    {
      title: "Requirement",
      kind: "main",
      cell: (one) => (
        <Title href={link(`/requirements/${one.id}`)} below={<code>{one.id}</code>}>
          {one.title}
        </Title>
      ),
    },
    {
      title: "CVSS",
      kind: "number",
      wide: true,
      cell: (one) => <span title={one.cvss.vector}>{one.cvss.score.toFixed(1)}</span>,
    },
    { title: "Kinds of app", wide: true, cell: (one) => one.kinds.join(", ") },
    {
      title: "Judged",
      kind: "tight",
      wide: true,
      cell: (one) =>
        one.verified ? (
          <span class="pass-ink row">
            <Icon name="check" />
            By Assay
          </span>
        ) : (
          <span class="muted">Not yet</span>
        ),
    },
    {
      title: "Open",
      kind: "number",
      cell: (one) => {
        const n = open.get(one.id) ?? 0;
        return n ? (
          <a href={link("/findings", { filter: `requirement:${one.id} state:open` })}>{n}</a>
        ) : (
          <span class="muted">0</span>
        );
      },
    },
  ];
}

const matches = (one: Requirement, text: string) =>
  text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => `${one.id} ${one.title} ${one.kinds.join(" ")} ${one.severity}`.toLowerCase().includes(word));

export default function RequirementsPage() {
  const requirements = useResource("/requirements");
  const posture = useResource("/posture");
  const [query, change] = useQuery();
  const [text, setText] = useState(query.get("filter") ?? "");
  const open = new Map((posture.data?.by_requirement ?? []).map((one) => [one.requirement, one.open]));
  return (
    <Page title="Requirements" lead="What every app must meet, why, and how it is checked.">
      <div class="list-bar">
        <div class="filter-input">
          <Icon name="search" />
          <input
            data-search
            type="search"
            aria-label="Find a requirement"
            placeholder="Find a requirement"
            value={text}
            onInput={(event) => (
              setText(event.currentTarget.value),
              change({ filter: event.currentTarget.value.trim() }, true)
            )}
          />
        </div>
      </div>
      <Loaded of={requirements} lines={12}>
        {({ items }) => {
          const shown = items.filter((one) => matches(one, text.trim()));
          if (shown.length === 0) return <Empty title="No requirement matches" />;
          return (
            <>
              <Table label="Requirements" columns={columns(open)} rows={shown} id={(one) => one.id} />
              <p class="muted small">
                {plural(shown.length, "requirement")}, {shown.filter((one) => one.verified).length} of them judged by
                Assay
              </p>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
