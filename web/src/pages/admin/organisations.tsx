import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { quote } from "../../lib/filter";
import { link, useQuery } from "../../lib/router";
import { Button, Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { Pager } from "../../parts/list-view";
import { Empty, Loaded } from "../../parts/states";
import { Table, Title, type Column } from "../../parts/table";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";

const columns: Column<Schemas["Organisation"]>[] = [
  { title: "Organisation", kind: "main", cell: (one) => <Title href={link("/apps", { filter: `organisation:${quote(one.id)}` })} below={<code>{one.id}</code>}>{one.name}</Title> },
  { title: "Since", kind: "tight", cell: (one) => <When at={one.created_at} full /> },
];

function Add({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const act = useAct();
  return (
    <FormDialog
      title="Add an organisation"
      verb="Add"
      act={act}
      onClose={onClose}
      onSend={() => send("post", "/organisations", { body: { id, name } })}
      onDone={() => (onClose(), onAdded(), say(`Added ${name}.`))}
    >
      <Field label="Id" value={id} onValue={setId} required hint="Lower-case letters, digits, hyphens." />
      <Field label="Name" value={name} onValue={setName} required />
    </FormDialog>
  );
}

export function Organisations() {
  const [query] = useQuery();
  const organisations = useResource("/organisations", { query: { cursor: query.get("cursor") ?? undefined, limit: 50 } });
  const [adding, setAdding] = useState(false);
  return (
    <div class="stack">
      <div><Button icon="plus" onClick={() => setAdding(true)}>Add organisation</Button></div>
      <Loaded of={organisations}>
        {({ items, next_cursor }) =>
          items.length === 0 ? <Empty icon="apps" title="No organisation yet" /> : (
            <>
              <Table label="Organisations" columns={columns} rows={items} id={(one) => one.id} />
              <Pager next={next_cursor} shown={items.length} />
            </>
          )
        }
      </Loaded>
      {adding && <Add onClose={() => setAdding(false)} onAdded={organisations.reload} />}
    </div>
  );
}
