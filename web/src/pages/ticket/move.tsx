import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct } from "../../api/resource";
import { words } from "../../lib/format";
import { Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { say } from "../../parts/toast";

const hints: Record<string, string> = {
  "fix-claimed":
    "A scan of just what this finding needs starts at once. When it still fails, the ticket needs a patch again.",
  "waiting-for-release": "The fix is made and waits for a release. The clock goes on.",
  "needs-patch": "The ticket waits for its owner again.",
};

export function MoveTicket(props: {
  ticket: Schemas["TicketDetail"];
  etag: string | undefined;
  to: Schemas["TicketState"];
  onClose: () => void;
  onDone: () => void;
}) {
  const [note, setNote] = useState("");
  const act = useAct();
  const { ticket, to } = props;
  return (
    <FormDialog
      title={`Move #${ticket.id} to “${words(to)}”`}
      verb="Move"
      act={act}
      onClose={props.onClose}
      onSend={() =>
        send("post", "/tickets/{ticket}/move", {
          path: { ticket: ticket.id },
          etag: props.etag,
          body: { to, ...(note && { note }) },
        })
      }
      onDone={() => (props.onDone(), say(`Moved to “${words(to)}”.`))}
    >
      <p class="small muted">{hints[to]}</p>
      <Field label="Note" value={note} onValue={setNote} rows={3} />
    </FormDialog>
  );
}
