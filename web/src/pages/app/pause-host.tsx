import { useState } from "preact/hooks";
import { send } from "../../api/client";
import { useAct } from "../../api/resource";
import { dateIn, endOfDay } from "../../lib/time";
import { Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { say } from "../../parts/toast";

function hostOf(target: string): string {
  try {
    return new URL(target).hostname;
  } catch {
    return "";
  }
}

/** Leaves a host alone for a time: no scan contacts it. */
export function PauseHost({
  target = "",
  onClose,
  onMade,
}: {
  target?: string;
  onClose: () => void;
  onMade?: () => void;
}) {
  const [host, setHost] = useState(hostOf(target));
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState(dateIn(1));
  const act = useAct();
  return (
    <FormDialog
      title="Leave a host alone"
      verb="Leave alone"
      act={act}
      onClose={onClose}
      onSend={() => send("post", "/pauses", { body: { host: host.trim(), reason, until: endOfDay(until) } })}
      onDone={() => (onClose(), onMade?.(), say(`${host} is left alone until ${until}.`))}
    >
      <Field label="Host" value={host} onValue={setHost} required />
      <Field
        label="Reason"
        value={reason}
        onValue={setReason}
        required
        rows={2}
        hint="For example a maintenance window. Everyone who may see the app reads it."
      />
      <Field label="Until the end of (UTC)" type="date" value={until} onValue={setUntil} required min={dateIn(0)} />
    </FormDialog>
  );
}
