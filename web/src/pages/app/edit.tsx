import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { say } from "../../parts/toast";

type App = Schemas["App"];

export function EditApp(props: { app: App; etag: string | undefined; onClose: () => void; onChanged: () => void }) {
  const { app } = props;
  const organisations = useResource("/organisations", {});
  const [name, setName] = useState(app.name);
  const [target, setTarget] = useState(app.target);
  const [organisation, setOrganisation] = useState(app.organisation ?? "");
  const [state, setState] = useState<string>(app.state);
  const act = useAct();
  const body = { name, target, organisation, state: state as App["state"] };
  return (
    <FormDialog
      title={`Edit ${app.name}`}
      verb="Save"
      act={act}
      onClose={props.onClose}
      onSend={() => send("patch", "/apps/{app}", { path: { app: app.key }, etag: props.etag, body })}
      onDone={() => (props.onClose(), props.onChanged(), say("Saved."))}
    >
      <Field label="Name" value={name} onValue={setName} required />
      <Field label="Target" value={target} onValue={setTarget} required />
      <Field
        label="Organisation"
        value={organisation}
        onValue={setOrganisation}
        options={[
          ["", "None"],
          ...(organisations.data?.items ?? []).map((one): [string, string] => [one.id, one.name]),
        ]}
      />
      <Field
        label="State"
        value={state}
        onValue={setState}
        required
        options={[
          ["active", "Active: scanned on schedule"],
          ["paused", "Paused: not scanned for now"],
          ["retired", "Retired: not scanned, history kept"],
        ]}
      />
    </FormDialog>
  );
}
