import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { quote } from "../../lib/filter";
import { count } from "../../lib/format";
import { link } from "../../lib/router";
import { Button, Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { Empty, Loaded } from "../../parts/states";
import { Table, Title, type Column } from "../../parts/table";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";

type Organisation = Schemas["Organisation"];

/** Adds one, or renames `of`. */
function Edit({ of, onClose, onDone }: { of: Organisation | undefined; onClose: () => void; onDone: () => void }) {
  const read = useResource(of ? "/organisations/{organisation}" : undefined, { path: { organisation: of?.id ?? "" } });
  const [name, setName] = useState(of?.name ?? "");
  const act = useAct();
  const submit = () =>
    of
      ? send("patch", "/organisations/{organisation}", { path: { organisation: of.id }, etag: read.etag, body: { name } })
      : send("post", "/organisations", { body: { name } });
  return (
    <FormDialog
      title={of ? `Rename ${of.name}` : "Add an organisation"}
      verb={of ? "Rename" : "Add"}
      act={act}
      onClose={onClose}
      onSend={async () => submit()}
      onDone={() => (onClose(), onDone(), say(`Saved ${name}.`))}
    >
      <Field label="Name" value={name} onValue={setName} required />
    </FormDialog>
  );
}

export function Organisations() {
  const organisations = useResource("/organisations");
  const [editing, setEditing] = useState<Organisation | "new">();
  const columns: Column<Organisation>[] = [
    {
      title: "Organisation",
      kind: "main",
      cell: (one) => (
        <Title href={link("/apps", { filter: `organisation:${quote(one.id)}` })} below={<code>{one.id}</code>}>
          {one.name}
        </Title>
      ),
    },
    { title: "Apps", kind: "number", cell: (one) => count(one.apps) },
    { title: "Since", kind: "tight", wide: true, cell: (one) => <When at={one.created_at} full /> },
    { title: "Change", kind: "tight", cell: (one) => <Button onClick={() => setEditing(one)}>Rename…</Button> },
  ];
  return (
    <div class="stack">
      <div>
        <Button icon="plus" onClick={() => setEditing("new")}>
          Add organisation
        </Button>
      </div>
      <Loaded of={organisations}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="apps" title="No organisation yet" />
          ) : (
            <Table label="Organisations" columns={columns} rows={items} id={(one) => one.id} />
          )
        }
      </Loaded>
      {editing && (
        <Edit
          of={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onDone={organisations.reload}
        />
      )}
    </div>
  );
}
