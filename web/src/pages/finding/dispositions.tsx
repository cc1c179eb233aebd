// Why a finding needs no patch: asked for by one person, decided by another.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct } from "../../api/resource";
import { words } from "../../lib/format";
import { useMe, useMay } from "../../lib/session";
import { dateIn, day, endOfDay } from "../../lib/time";
import { StateBadge } from "../../parts/badges";
import { Button, Field } from "../../parts/controls";
import { FormDialog } from "../../parts/dialog";
import { Card } from "../../parts/page";
import { ProblemView } from "../../parts/states";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";
import { Decide, useMayDecide } from "../ticket/extensions";

type Kind = Schemas["DispositionKind"];
type Disposition = Schemas["Disposition"];

const kinds: [Kind, string][] = [
  ["false-positive", "False positive: what was seen is no miss"],
  ["risk-accepted", "Risk accepted, until a date"],
  ["not-applicable", "Not applicable to this app"],
  ["duplicate", "Duplicate of another finding"],
];

export function AskDisposition(props: {
  of: { app: string; fingerprint: string };
  onClose: () => void;
  onDone: () => void;
}) {
  const [kind, setKind] = useState<string>("false-positive");
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState(dateIn(90));
  const [other, setOther] = useState("");
  const act = useAct();
  const { app, fingerprint } = props.of;
  const body: Schemas["NewDisposition"] = {
    kind: kind as Kind,
    reason,
    ...(kind === "risk-accepted" && { until: endOfDay(until) }),
    ...(kind === "duplicate" && { duplicate_of: other.trim() }),
  };
  return (
    <FormDialog
      title="This needs no patch"
      verb="Ask"
      act={act}
      onClose={props.onClose}
      onSend={() =>
        send("post", "/apps/{app}/findings/{fingerprint}/dispositions", { path: { app, fingerprint }, body })
      }
      onDone={() => (props.onDone(), say("Asked. Somebody else decides."))}
    >
      <p class="small muted">Somebody else decides. Scans go on looking, whatever is decided.</p>
      <Field label="Because" value={kind} onValue={setKind} required options={kinds} />
      {kind === "risk-accepted" && (
        <Field label="Until the end of (UTC)" type="date" value={until} onValue={setUntil} required min={dateIn(1)} />
      )}
      {kind === "duplicate" && (
        <Field label="Fingerprint of the other finding" value={other} onValue={setOther} required />
      )}
      <Field
        label="Reason"
        value={reason}
        onValue={setReason}
        required
        rows={4}
        hint="What the one who decides needs to know."
      />
    </FormDialog>
  );
}

function View({ of, reload }: { of: Disposition; reload: () => void }) {
  const me = useMe();
  const may = useMay();
  const mayDecide = useMayDecide(of.requested_by);
  const act = useAct();
  const mine = of.requested_by === me.person || of.requested_by === me.email;
  const withdraw = () =>
    act
      .run(() => send("post", "/dispositions/{disposition}/withdraw", { path: { disposition: of.id }, body: {} }))
      .then((ok) => ok && (reload(), say("Withdrawn.")));
  const live = of.state === "requested" || of.state === "approved";
  return (
    <div class="stack-s block">
      <div class="row wrap">
        <b>{words(of.kind)}</b>
        <StateBadge of={of.state} />
        {of.until && <span class="small muted">until {day(of.until)}</span>}
      </div>
      <p class="prose">{of.reason}</p>
      <p class="muted small">
        {of.requested_by} asked <When at={of.requested_at} />
      </p>
      {of.decided_by && (
        <p class="muted small">
          {of.decided_by} decided <When at={of.decided_at} />
          {of.decision_note && <>: “{of.decision_note}”</>}
        </p>
      )}
      {of.state === "requested" && mayDecide && (
        <Decide
          what="the disposition"
          send={(body) => send("post", "/dispositions/{disposition}/decision", { path: { disposition: of.id }, body })}
          onDone={reload}
        />
      )}
      {of.state === "requested" && mine && may("decide") && (
        <p class="small muted">Somebody else has to decide on your request.</p>
      )}
      {live && (mine || (of.state === "approved" && may("decide"))) && (
        <div>
          <Button busy={act.busy} onClick={() => void withdraw()}>
            Withdraw
          </Button>
        </div>
      )}
      {act.error && <ProblemView error={act.error} />}
    </div>
  );
}

export function Dispositions({ of, reload }: { of: Schemas["FindingDetail"]; reload: () => void }) {
  if (of.dispositions.length === 0) return null;
  return (
    <Card title="Dispositions">
      {of.dispositions.map((one) => (
        <View key={one.id} of={one} reload={reload} />
      ))}
    </Card>
  );
}
