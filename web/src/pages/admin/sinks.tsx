// Where notices go, and those that did not get there.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { plural, words } from "../../lib/format";
import { link } from "../../lib/router";
import { StateBadge } from "../../parts/badges";
import { Button } from "../../parts/controls";
import { Card } from "../../parts/page";
import { Empty, Loaded, ProblemView } from "../../parts/states";
import { Table, type Column } from "../../parts/table";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";
import { JsonFacts } from "./approvals";
import { SinkForm } from "./sink-form";

type Sink = Schemas["Sink"];
type Notice = Schemas["Notice"];

function SinkView({ of, onEdit, reload }: { of: Sink; onEdit: () => void; reload: () => void }) {
  const act = useAct();
  const test = () =>
    void act.run(async () => {
      const result = await send("post", "/sinks/{sink}/test", { path: { sink: of.id } });
      say(
        result.delivered
          ? `The test notice was taken: ${result.detail}`
          : `The test notice was not taken: ${result.detail}`,
      );
      reload();
    });
  return (
    <Card
      title={
        <>
          {of.name} <span class="muted small">{of.kind}</span>
        </>
      }
      aside={
        <>
          <StateBadge of={of.enabled ? "enabled" : "disabled"} tone={of.enabled ? "pass" : "doubt"} />
          <Button busy={act.busy} onClick={test}>
            Test
          </Button>
          <Button onClick={onEdit}>Change…</Button>
        </>
      }
    >
      <div class="stack-s">
        <p class="small">Told of: {of.filter ? <code class="break">{of.filter}</code> : "all tickets"}</p>
        <JsonFacts of={of.settings} />
        {act.error && <ProblemView error={act.error} />}
      </div>
    </Card>
  );
}

function Dead() {
  const dead = useResource("/notices", { query: { state: "dead", limit: 50 } });
  const act = useAct();
  const resend = (notice: string) =>
    void act
      .run(() => send("post", "/notices/{notice}/resend", { path: { notice } }))
      .then((ok) => ok && (dead.reload(), say("The notice is sent again.")));
  const columns: Column<Notice>[] = [
    {
      title: "Notice",
      kind: "main",
      cell: (one) => (
        <div class="title-cell">
          <span>
            {words(one.kind)} {one.ticket !== undefined && <a href={link(`/tickets/${one.ticket}`)}>#{one.ticket}</a>}
          </span>
          <div class="below break fail-ink">{one.last_error}</div>
        </div>
      ),
    },
    { title: "Sink", kind: "tight", wide: true, cell: (one) => one.sink },
    { title: "Made", kind: "tight", wide: true, cell: (one) => <When at={one.created_at} /> },
    { title: "Tries", kind: "number", wide: true, cell: (one) => one.attempts },
    {
      title: "Resend",
      kind: "tight",
      cell: (one) => (
        <Button busy={act.busy} onClick={() => resend(one.id)}>
          Send again
        </Button>
      ),
    },
  ];
  return (
    <Card
      title="Dead letters"
      flush
      aside={dead.data && <span class="muted small">{plural(dead.data.items.length, "notice")}</span>}
    >
      {act.error && <ProblemView error={act.error} />}
      <Loaded of={dead} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="none">Every notice was taken or is still tried.</p>
          ) : (
            <Table label="Dead letters" columns={columns} rows={items} id={(one) => one.id} />
          )
        }
      </Loaded>
    </Card>
  );
}

export function Sinks() {
  const sinks = useResource("/sinks");
  const [editing, setEditing] = useState<Sink | "new">();
  return (
    <div class="stack">
      <div>
        <Button icon="plus" onClick={() => setEditing("new")}>
          Add sink
        </Button>
      </div>
      <Loaded of={sinks}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="external" title="No sink yet">
              Without one, nobody is told of tickets.
            </Empty>
          ) : (
            <div class="cards two">
              {items.map((one) => (
                <SinkView key={one.id} of={one} onEdit={() => setEditing(one)} reload={sinks.reload} />
              ))}
            </div>
          )
        }
      </Loaded>
      <Dead />
      {editing && (
        <SinkForm
          of={editing === "new" ? undefined : editing}
          onClose={() => (setEditing(undefined), sinks.reload())}
        />
      )}
    </div>
  );
}
