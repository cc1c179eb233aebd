// Work on many tickets at once: choose rows, move them, read what became of each.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../api/client";
import { useAct } from "../api/resource";
import { plural, words } from "../lib/format";
import { tickets } from "../lib/lists";
import { appPath, link } from "../lib/router";
import { useMay } from "../lib/session";
import { Due, SeverityBadge, StateBadge } from "../parts/badges";
import { Button, Field } from "../parts/controls";
import { FormDialog } from "../parts/dialog";
import { ListView, useList, useSelection } from "../parts/list-view";
import { Page } from "../parts/page";
import { Title, type Column } from "../parts/table";
import { say } from "../parts/toast";

export type Ticket = Schemas["Ticket"];

export const ticketColumns: Column<Ticket>[] = [
  { title: "Severity", sort: "severity", kind: "tight", cell: (one) => <SeverityBadge of={one.severity} /> },
  {
    title: "Ticket",
    sort: "ticket",
    kind: "main",
    cell: (one) => (
      <Title
        href={link(`/tickets/${one.id}`)}
        below={
          <>
            <span class="num">#{one.id}</span>
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
    wide: true,
    cell: (one) => (
      <a class="plain" href={link(appPath(one.app))}>
        {one.app}
      </a>
    ),
  },
  { title: "State", kind: "tight", wide: true, cell: (one) => <StateBadge of={one.state} /> },
  { title: "Due", sort: "due", kind: "tight", cell: (one) => <Due of={one} /> },
  { title: "Assignee", wide: true, cell: (one) => one.assignee || <span class="muted">Nobody</span> },
];

const moves: Schemas["TicketState"][] = ["needs-patch", "fix-claimed", "waiting-for-release"];

function BulkMove({ ids, onClose, onMoved }: { ids: string[]; onClose: () => void; onMoved: () => void }) {
  const [to, setTo] = useState<string>(moves[1] as string);
  const [note, setNote] = useState("");
  const [failed, setFailed] = useState<Schemas["BulkResult"]["failed"]>([]);
  const act = useAct();
  const move = async () => {
    const body = { tickets: ids.map(Number), to: to as Schemas["TicketState"], ...(note && { note }) };
    const result = await send("post", "/tickets/bulk-move", { body });
    setFailed(result.failed);
    say(
      `Moved ${plural(result.moved.length, "ticket")}${result.failed.length ? `, ${result.failed.length} stayed` : ""}.`,
    );
    onMoved();
    if (result.failed.length === 0) onClose();
  };
  return (
    <FormDialog
      title={`Move ${plural(ids.length, "ticket")}`}
      verb="Move"
      act={act}
      onClose={onClose}
      onSend={move}
      onDone={() => undefined}
    >
      <Field
        label="To"
        value={to}
        onValue={setTo}
        required
        options={moves.map((state): [string, string] => [state, words(state)])}
      />
      <Field label="Note" value={note} onValue={setNote} rows={3} hint="Added to the history of each." />
      {to === "fix-claimed" && (
        <p class="small muted">Each claimed fix starts a scan of just what its finding needs.</p>
      )}
      {failed.length > 0 && (
        <ul class="stack-s small" role="alert">
          {failed.map((one) => (
            <li key={one.ticket}>
              <b>#{one.ticket}</b> stayed: {one.detail}
            </li>
          ))}
        </ul>
      )}
    </FormDialog>
  );
}

export default function TicketsPage() {
  const data = useList<Ticket>(tickets);
  const may = useMay();
  const selection = useSelection((data.data?.items ?? []).filter((one) => one.live).map((one) => String(one.id)));
  const [moving, setMoving] = useState(false);
  const bulk = selection.size > 0 && (
    <div class="bulk" role="status">
      <b>{plural(selection.size, "ticket")} selected</b>
      <Button kind="primary" onClick={() => setMoving(true)}>
        Move…
      </Button>
      <Button onClick={selection.clear}>Clear</Button>
    </div>
  );
  return (
    <Page title="Tickets" lead="A finding's life with its owner, and when it is due.">
      <ListView
        list={tickets}
        path="/tickets"
        data={data}
        columns={ticketColumns}
        id={(one) => String(one.id)}
        {...(may("work-tickets") && { selection })}
        above={bulk}
        empty={{ title: "No ticket", text: "A finding that opens makes one." }}
        mark={(one) => (one.overdue ? "late" : "")}
      />
      {moving && (
        <BulkMove ids={selection.ids} onClose={() => (setMoving(false), selection.clear())} onMoved={data.reload} />
      )}
    </Page>
  );
}
