import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { say } from "../../parts/toast";

type NewApp = Schemas["NewApp"];

const kinds: [NewApp["kind"], string][] = [
  ["connect", "Connect app: the URL of its descriptor"],
  ["forge", "Forge app"],
  ["service", "Service: its base URL"],
  ["source", "Source tree"],
];

export function AddApp({ onClose, onAdded }: { onClose: () => void; onAdded: (key: string) => void }) {
  const organisations = useResource("/organisations", {});
  const [app, setApp] = useState({
    key: "",
    name: "",
    kind: "connect",
    target: "",
    owner: "",
    organisation: "",
    contacts: "",
  });
  const act = useAct();
  const set = (field: keyof typeof app) => (value: string) => setApp({ ...app, [field]: value });
  const body = (): NewApp => ({
    key: app.key.trim(),
    kind: app.kind as NewApp["kind"],
    target: app.target.trim(),
    ...(app.name.trim() && { name: app.name.trim() }),
    ...(app.owner.trim() && { owner: app.owner.trim() }),
    ...(app.organisation && { organisation: app.organisation }),
    ...(app.contacts.trim() && {
      contacts: app.contacts
        .trim()
        .split(/[\s,]+/)
        .map((email) => ({ email })),
    }),
  });
  return (
    <FormDialog
      title="Add an app"
      verb="Add app"
      act={act}
      onClose={onClose}
      onSend={() => send("post", "/apps", { body: body() })}
      onDone={() => (say(`Added ${app.key.trim()}.`), onAdded(app.key.trim()))}
    >
      <Field
        label="Key"
        value={app.key}
        onValue={set("key")}
        required
        hint="Unique among all apps; of a Connect app the key of its descriptor."
      />
      <Field label="Kind" value={app.kind} onValue={set("kind")} required options={kinds} />
      <Field
        label="Target"
        value={app.target}
        onValue={set("target")}
        required
        hint="What is scanned, for example https://app.example.com/atlassian-connect.json"
      />
      <Field label="Name" value={app.name} onValue={set("name")} />
      <Field
        label="Organisation"
        value={app.organisation}
        onValue={set("organisation")}
        options={[
          ["", "None"],
          ...(organisations.data?.items ?? []).map((one): [string, string] => [one.id, one.name]),
        ]}
      />
      <Field label="Owner" value={app.owner} onValue={set("owner")} hint="Who answers for it, in words." />
      <Field
        label="Security contacts"
        value={app.contacts}
        onValue={set("contacts")}
        hint="E-mail addresses, separated by spaces."
      />
    </FormDialog>
  );
}
