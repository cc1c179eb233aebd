import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { words } from "../../lib/format";
import { Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { say } from "../../parts/toast";

type Sink = Schemas["Sink"];
const kinds: Sink["kind"][] = ["webhook", "mail", "jira", "github"];

/** A new sink, or a change of one. Either waits for a second administrator, unless there is only one. */
export function SinkForm({ of, onClose }: { of: Sink | undefined; onClose: () => void }) {
  const read = useResource(of ? "/sinks/{sink}" : undefined, { path: { sink: of?.id ?? "" } });
  const [id, setId] = useState(of?.id ?? "");
  const [kind, setKind] = useState<string>(of?.kind ?? "webhook");
  const [name, setName] = useState(of?.name ?? "");
  const [filter, setFilter] = useState(of?.filter ?? "");
  const [settings, setSettings] = useState(JSON.stringify(of?.settings ?? {}, null, 2));
  const [secret, setSecret] = useState("");
  const [enabled, setEnabled] = useState(of?.enabled ?? true);
  const act = useAct();
  const submit = () => {
    const common = {
      name,
      enabled,
      filter,
      settings: JSON.parse(settings) as Record<string, never>,
      ...(secret && { secret }),
    };
    return of
      ? send("patch", "/sinks/{sink}", { path: { sink: of.id }, etag: read.etag, body: common })
      : send("post", "/sinks", { body: { id, kind: kind as Sink["kind"], ...common } });
  };
  return (
    <FormDialog
      title={of ? `Change ${of.name}` : "Add a sink"}
      verb="Ask for it"
      act={act}
      onClose={onClose}
      onSend={async () => submit()}
      onDone={() => (onClose(), say("Done, or waiting for a second administrator: see Approvals."))}
    >
      {!of && <Field label="Id" value={id} onValue={setId} required hint="Lower-case letters, digits, hyphens." />}
      {!of && (
        <Field
          label="Kind"
          value={kind}
          onValue={setKind}
          required
          options={kinds.map((one): [string, string] => [one, words(one)])}
        />
      )}
      <Field label="Name" value={name} onValue={setName} required />
      <Field
        label="Tickets it is told of"
        value={filter}
        onValue={setFilter}
        hint="A filter as in the list of tickets; empty for all."
      />
      <Field
        label="Settings"
        value={settings}
        onValue={setSettings}
        required
        rows={6}
        hint="JSON; docs/sinks.md names the members of each kind."
      />
      <Field
        label="Secret"
        type="password"
        value={secret}
        onValue={setSecret}
        hint={
          of?.has_secret
            ? "One is kept and never shown; write a new one to replace it."
            : "Kept sealed and never shown again."
        }
      />
      <label class="tick">
        <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />
        Enabled
      </label>
    </FormDialog>
  );
}
