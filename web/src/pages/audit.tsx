// The audit log: who did what, chained entry by entry, and whether the chain holds.

import { useState } from "preact/hooks";
import { address, read, type Schemas } from "../api/client";
import { useAct, useResource } from "../api/resource";
import { count, short } from "../lib/format";
import { useQuery } from "../lib/router";
import { Button } from "../parts/controls";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { Pager } from "../parts/list-view";
import { Facts, Page } from "../parts/page";
import { Empty, Loaded, ProblemView } from "../parts/states";
import { Table, type Column } from "../parts/table";
import { When } from "../parts/when";

type Entry = Schemas["AuditEntry"];
type Check = Schemas["AuditCheck"];

function Verify() {
  const act = useAct();
  const [check, setCheck] = useState<Check>();
  const run = () => void act.run(async () => setCheck((await read<Check>(address("/audit/verify"))).data));
  return (
    <div class="row wrap" role="status">
      {check &&
        (check.intact ? (
          <span class="row pass-ink">
            <Icon name="check" />
            The chain of {count(check.entries)} entries holds.
          </span>
        ) : (
          <span class="row fail-ink">
            <Icon name="close" />
            Broken at entry {check.broken_at}: {check.reason}
          </span>
        ))}
      {act.error && <ProblemView error={act.error} />}
      <Button icon="check" busy={act.busy} onClick={run}>
        Check the chain
      </Button>
    </div>
  );
}

function EntryDialog({ of, onClose }: { of: Entry; onClose: () => void }) {
  return (
    <Dialog title={`Entry ${of.seq}`} onClose={onClose} wide>
      <div class="dialog-body stack">
        <Facts
          of={[
            ["Time", <When at={of.at} full />],
            ["Who", of.actor],
            ["Act", <code>{of.act}</code>],
            ["Object", <code>{of.object}</code>],
            ["Request", <code>{of.request_id}</code>],
            ["Hash", <code>{of.hash}</code>],
            ["Hash before", <code>{of.previous_hash}</code>],
          ]}
        />
        <pre class="excerpt" tabIndex={0} aria-label="Before and after">
          {JSON.stringify(of.body, null, 2)}
        </pre>
      </div>
    </Dialog>
  );
}

function Search({ name, label }: { name: string; label: string }) {
  const [query, change] = useQuery();
  const [text, setText] = useState(query.get(name) ?? "");
  return (
    <form class="filter-input" onSubmit={(event) => (event.preventDefault(), change({ [name]: text.trim() }))}>
      <Icon name="search" />
      <input
        {...(name === "actor" && { "data-search": true })}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={() => change({ [name]: text.trim() })}
      />
    </form>
  );
}

export default function AuditPage() {
  const [query] = useQuery();
  const [open, setOpen] = useState<Entry>();
  const audit = useResource("/audit", {
    query: {
      actor: query.get("actor") ?? undefined,
      act: query.get("act") ?? undefined,
      object: query.get("object") ?? undefined,
      cursor: query.get("cursor") ?? undefined,
      limit: 50,
    },
  });
  const columns: Column<Entry>[] = [
    { title: "Entry", kind: "number", wide: true, cell: (one) => one.seq },
    { title: "Time", kind: "tight", wide: true, cell: (one) => <When at={one.at} full /> },
    { title: "Who", wide: true, cell: (one) => one.actor },
    {
      title: "Act",
      kind: "main",
      cell: (one) => (
        <div class="title-cell">
          <button type="button" class="link" onClick={() => setOpen(one)}>
            {one.act}
          </button>
          <div class="below">
            <code class="clip">{one.object}</code>
          </div>
        </div>
      ),
    },
    {
      title: "Hash",
      kind: "tight",
      wide: true,
      cell: (one) => (
        <code title={one.hash} class="muted">
          {short(one.hash, 8)}
        </code>
      ),
    },
  ];
  return (
    <Page title="Audit log" lead="Every act that changed something. Nothing is ever taken out." actions={<Verify />}>
      <div class="list-bar">
        <Search name="actor" label="Only acts of this actor" />
        <Search name="act" label="Only this act" />
        <Search name="object" label="Only acts on this object" />
      </div>
      <Loaded of={audit} lines={12}>
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            <Empty icon="audit" title="No such act" />
          ) : (
            <>
              <Table label="Audit log" columns={columns} rows={items} id={(one) => String(one.seq)} />
              <Pager next={next_cursor} shown={items.length} />
            </>
          )
        }
      </Loaded>
      {open && <EntryDialog of={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}
