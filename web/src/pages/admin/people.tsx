import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { words } from "../../lib/format";
import { useQuery } from "../../lib/router";
import { StateBadge } from "../../parts/badges";
import { Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { Pager } from "../../parts/list-view";
import { Empty, Loaded } from "../../parts/states";
import { Table, type Column } from "../../parts/table";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";

type Person = Schemas["Person"];
const roles: Person["role"][] = ["admin", "security-engineer", "triager", "partner", "auditor", "worker"];

function ChangePerson({ of, onClose }: { of: Person; onClose: () => void }) {
  const person = useResource("/people/{person}", { path: { person: of.id } });
  const organisations = useResource("/organisations", { query: { limit: 500 } });
  const [role, setRole] = useState<string>(of.role);
  const [organisation, setOrganisation] = useState(of.organisation ?? "");
  const [enabled, setEnabled] = useState(of.enabled);
  const act = useAct();
  const body = { role: role as Person["role"], organisation: organisation || null, enabled };
  return (
    <FormDialog
      title={`Change ${of.name || of.email}`}
      verb="Ask for the change"
      act={act}
      onClose={onClose}
      onSend={() => send("patch", "/people/{person}", { path: { person: of.id }, etag: person.etag, body })}
      onDone={() => (onClose(), say("Asked. A second administrator has to approve it."))}
    >
      <p class="small muted">A second administrator has to approve the change.</p>
      <Field label="Role" value={role} onValue={setRole} required options={roles.map((one): [string, string] => [one, words(one)])} />
      <Field
        label="Organisation"
        value={organisation}
        onValue={setOrganisation}
        hint="A partner sees the apps of this organisation and no others."
        options={[["", "None"], ...(organisations.data?.items ?? []).map((one): [string, string] => [one.id, one.name])]}
      />
      <label class="tick">
        <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />
        May log in
      </label>
    </FormDialog>
  );
}

export function People() {
  const [query] = useQuery();
  const people = useResource("/people", { query: { cursor: query.get("cursor") ?? undefined, limit: 50 } });
  const [changing, setChanging] = useState<Person>();
  const columns: Column<Person>[] = [
    {
      title: "Person",
      kind: "main",
      cell: (one) => (
        <div class="title-cell">
          <button type="button" class="link" onClick={() => setChanging(one)}>{one.name || one.email}</button>
          <div class="below"><span class="clip">{one.email}</span></div>
        </div>
      ),
    },
    { title: "Role", kind: "tight", cell: (one) => words(one.role) },
    { title: "Organisation", wide: true, cell: (one) => one.organisation ?? <span class="muted">None</span> },
    { title: "Access", kind: "tight", wide: true, cell: (one) => (one.enabled ? <StateBadge of="enabled" tone="pass" /> : <StateBadge of="disabled" tone="doubt" />) },
    { title: "Last login", kind: "tight", wide: true, cell: (one) => <When at={one.last_login_at} /> },
  ];
  return (
    <>
      <Loaded of={people}>
        {({ items, next_cursor }) =>
          items.length === 0 ? <Empty icon="person" title="Nobody has logged in yet" /> : (
            <>
              <Table label="People" columns={columns} rows={items} id={(one) => one.id} />
              <Pager next={next_cursor} shown={items.length} />
            </>
          )
        }
      </Loaded>
      {changing && <ChangePerson of={changing} onClose={() => setChanging(undefined)} />}
    </>
  );
}
