import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { words } from "../../lib/format";
import { StateBadge } from "../../parts/badges";
import { Button, Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { Empty, Loaded } from "../../parts/states";
import { Table, type Column } from "../../parts/table";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";

type Person = Schemas["Person"];
const roles: Person["role"][] = ["admin", "security-engineer", "triager", "partner", "auditor", "worker"];

const choices = (all: Schemas["Organisation"][] = []): [string, string][] => [
  ["", "None"],
  ...all.map((one): [string, string] => [one.id, one.name]),
];

const kSecond = "A second administrator has to approve it, unless there is only one.";
const kAsked = "Done, or waiting for a second administrator: see Approvals.";

function ChangePerson({ of, onClose }: { of: Person; onClose: () => void }) {
  const person = useResource("/people/{person}", { path: { person: of.id } });
  const organisations = useResource("/organisations", {});
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
      onDone={() => (onClose(), say(kAsked))}
    >
      <p class="small muted">{kSecond}</p>
      <Field
        label="Role"
        value={role}
        onValue={setRole}
        required
        options={roles.map((one): [string, string] => [one, words(one)])}
      />
      <Field
        label="Organisation"
        value={organisation}
        onValue={setOrganisation}
        hint="A partner sees the apps of this organisation and no others."
        options={choices(organisations.data?.items)}
      />
      <label class="tick">
        <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />
        May log in
      </label>
    </FormDialog>
  );
}

function Invite({ onClose }: { onClose: () => void }) {
  const organisations = useResource("/organisations");
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("partner");
  const [organisation, setOrganisation] = useState("");
  const act = useAct();
  const body = { email, role: role as Person["role"], ...(name && { name }), ...(organisation && { organisation }) };
  return (
    <FormDialog
      title="Invite somebody"
      verb="Invite"
      act={act}
      onClose={onClose}
      onSend={() => send("post", "/people", { body })}
      onDone={() => (onClose(), say(kAsked))}
    >
      <p class="small muted">They come in with this role when they sign in with this address. {kSecond}</p>
      <Field label="E-mail address" value={email} onValue={setEmail} required />
      <Field label="Name" value={name} onValue={setName} />
      <Field
        label="Role"
        value={role}
        onValue={setRole}
        required
        options={roles.map((one): [string, string] => [one, words(one)])}
      />
      <Field
        label="Organisation"
        value={organisation}
        onValue={setOrganisation}
        hint="Needed by a partner."
        options={choices(organisations.data?.items)}
      />
    </FormDialog>
  );
}

export function People() {
  const people = useResource("/people");
  const [inviting, setInviting] = useState(false);
  const [changing, setChanging] = useState<Person>();
  const columns: Column<Person>[] = [
    {
      title: "Person",
      kind: "main",
      cell: (one) => (
        <div class="title-cell">
          <button type="button" class="link" onClick={() => setChanging(one)}>
            {one.name || one.email}
          </button>
          <div class="below">
            <span class="clip">{one.email}</span>
          </div>
        </div>
      ),
    },
    { title: "Role", kind: "tight", cell: (one) => words(one.role) },
    { title: "Organisation", wide: true, cell: (one) => one.organisation ?? <span class="muted">None</span> },
    {
      title: "Access",
      kind: "tight",
      wide: true,
      cell: (one) =>
        one.enabled ? <StateBadge of="enabled" tone="pass" /> : <StateBadge of="disabled" tone="doubt" />,
    },
    { title: "Last login", kind: "tight", wide: true, cell: (one) => <When at={one.last_login_at} /> },
  ];
  return (
    <div class="stack">
      <div>
        <Button icon="plus" onClick={() => setInviting(true)}>
          Invite somebody
        </Button>
      </div>
      <Loaded of={people}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="person" title="Nobody has logged in yet" />
          ) : (
            <Table label="People" columns={columns} rows={items} id={(one) => one.id} />
          )
        }
      </Loaded>
      {changing && <ChangePerson of={changing} onClose={() => (setChanging(undefined), people.reload())} />}
      {inviting && <Invite onClose={() => (setInviting(false), people.reload())} />}
    </div>
  );
}
