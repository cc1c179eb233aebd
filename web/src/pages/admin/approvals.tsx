// What one administrator asked for and another decides on.

import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { words } from "../../lib/format";
import { useMe } from "../../lib/session";
import { StateBadge } from "../../parts/badges";
import { Button } from "../../parts/controls";
import { Card } from "../../parts/page";
import { Empty, Loaded } from "../../parts/states";
import { When } from "../../parts/when";
import { Decide } from "../ticket/extensions";

type Approval = Schemas["Approval"];

export function JsonFacts({ of }: { of: unknown }) {
  const entries = Object.entries((of ?? {}) as Record<string, unknown>);
  if (entries.length === 0) return null;
  return (
    <dl class="facts tight">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{words(name)}</dt>
          <dd class="break">
            <code>{typeof value === "string" ? value : JSON.stringify(value)}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function View({ of, reload }: { of: Approval; reload: () => void }) {
  const me = useMe();
  const act = useAct();
  const decide = (decision: Schemas["ApprovalDecision"]["decision"]) =>
    send("post", "/approvals/{approval}/decision", { path: { approval: of.id }, body: { decision } });
  const mine = of.requested_by === me.person || of.requested_by === me.email;
  return (
    <Card title={words(of.act)} aside={<StateBadge of={of.state} />}>
      <div class="stack-s">
        <p class="muted small">
          {of.requested_by} asked <When at={of.requested_at} />
          {of.decided_by && (
            <>
              ; {of.decided_by} decided <When at={of.decided_at} />
            </>
          )}
        </p>
        <JsonFacts of={of.body} />
        {of.state === "requested" && mine && (
          <div class="row wrap">
            <p class="small doubt-ink grow">A second administrator has to decide.</p>
            <Button
              busy={act.busy}
              onClick={() => void act.run(() => decide("withdraw")).then((done) => done && reload())}
            >
              Withdraw
            </Button>
          </div>
        )}
        {of.state === "requested" && !mine && (
          <Decide what="the request" noteless send={({ decision }) => decide(decision)} onDone={reload} />
        )}
      </div>
    </Card>
  );
}

export function Approvals() {
  const approvals = useResource("/approvals");
  return (
    <Loaded of={approvals}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty icon="check" title="Nothing waits">
            Changes of people and sinks wait here for a second administrator.
          </Empty>
        ) : (
          <div class="stack">
            {items.map((one) => (
              <View key={one.id} of={one} reload={approvals.reload} />
            ))}
          </div>
        )
      }
    </Loaded>
  );
}
