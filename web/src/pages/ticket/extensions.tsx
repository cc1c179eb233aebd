// More time: the owner's plan and date, and the decision of somebody else.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct } from "../../api/resource";
import { useMe, useMay } from "../../lib/session";
import { dateIn, day, endOfDay, kDay } from "../../lib/time";
import { StateBadge } from "../../parts/badges";
import { Button, Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { Card } from "../../parts/page";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";

type Ticket = Schemas["TicketDetail"];
type Extension = Schemas["Extension"];

export function AskExtension(props: {
  ticket: Ticket;
  etag: string | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const { ticket } = props;
  const after = Math.max(Date.now(), new Date(ticket.due_at).getTime());
  const [plan, setPlan] = useState("");
  const [date, setDate] = useState(dateIn(28, after));
  const act = useAct();
  return (
    <FormDialog
      title="Ask for more time"
      verb="Ask"
      act={act}
      onClose={props.onClose}
      onSend={() =>
        send("post", "/tickets/{ticket}/extensions", {
          path: { ticket: ticket.id },
          etag: props.etag,
          body: { plan, due_at: endOfDay(date) },
        })
      }
      onDone={() => (props.onDone(), say("Asked for more time."))}
    >
      <p class="small muted">Due now: {day(ticket.due_at)}. The clock stands still until somebody has decided.</p>
      <Field
        label="Plan"
        value={plan}
        onValue={setPlan}
        required
        rows={4}
        hint="What is done until when, and what protects users meanwhile."
      />
      <Field
        label="New due date"
        type="date"
        value={date}
        onValue={setDate}
        required
        min={dateIn(1, after - (after % kDay))}
      />
    </FormDialog>
  );
}

/** Asks for approve or reject with a note; used for extensions, dispositions and approvals alike. */
export function Decide(props: {
  what: string;
  noteless?: boolean;
  send: (decision: Schemas["Decision"]) => Promise<unknown>;
  onDone: () => void;
}) {
  const [decision, setDecision] = useState<"approve" | "reject">();
  const [note, setNote] = useState("");
  const act = useAct();
  return (
    <div class="row">
      <Button kind="primary" onClick={() => setDecision("approve")}>
        Approve…
      </Button>
      <Button onClick={() => setDecision("reject")}>Reject…</Button>
      {decision && (
        <FormDialog
          title={`${decision === "approve" ? "Approve" : "Reject"} ${props.what}`}
          verb={decision === "approve" ? "Approve" : "Reject"}
          danger={decision === "reject"}
          act={act}
          onClose={() => setDecision(undefined)}
          onSend={() => props.send({ decision, ...(note && { note }) })}
          onDone={() => (
            setDecision(undefined),
            props.onDone(),
            say(decision === "approve" ? "Approved." : "Rejected.")
          )}
        >
          {props.noteless ? (
            <p>The one who asked is told.</p>
          ) : (
            <Field label="Note" value={note} onValue={setNote} rows={3} hint="The one who asked reads it." />
          )}
        </FormDialog>
      )}
    </div>
  );
}

/** The four-eyes rule as the reader meets it: who asked may not decide. */
export function useMayDecide(requestedBy: string): boolean {
  const me = useMe();
  const may = useMay();
  return may("decide") && requestedBy !== me.person && requestedBy !== me.email;
}

export function ExtensionView({ of, onDone }: { of: Extension; onDone: () => void }) {
  const mayDecide = useMayDecide(of.requested_by);
  return (
    <Card title={`More time, until ${day(of.due_at)}`} aside={<StateBadge of={of.state} />}>
      <div class="stack-s">
        <p class="prose">{of.plan}</p>
        <p class="muted small">
          {of.requested_by} asked <When at={of.requested_at} />
        </p>
        {of.decided_by && (
          <p class="muted small">
            {of.decided_by} {of.state} it <When at={of.decided_at} />
            {of.decision_note && <>: “{of.decision_note}”</>}
          </p>
        )}
        {of.state === "requested" && mayDecide && (
          <Decide
            what="the extension"
            send={(body) => send("post", "/extensions/{extension}/decision", { path: { extension: of.id }, body })}
            onDone={onDone}
          />
        )}
      </div>
    </Card>
  );
}
