import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { useMay } from "../../lib/session";
import { StateBadge } from "../../parts/badges";
import { Button } from "../../parts/controls";
import { Empty, Loaded, ProblemView } from "../../parts/states";
import { Table, type Column } from "../../parts/table";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";
import { PauseHost } from "../app/pause-host";

type Pause = Schemas["Pause"];

function stateOf(pause: Pause): [string, "doubt" | "none" | "info"] {
  const now = Date.now();
  if (pause.ended_at || new Date(pause.until).getTime() < now) return ["over", "none"];
  return new Date(pause.from).getTime() > now ? ["to come", "info"] : ["in force", "doubt"];
}

export function Pauses() {
  const pauses = useResource("/pauses");
  const may = useMay();
  const act = useAct();
  const [adding, setAdding] = useState(false);
  const end = (pause: number) =>
    void act
      .run(() => send("post", "/pauses/{pause}/end", { path: { pause } }))
      .then((ok) => ok && (pauses.reload(), say("Ended the pause.")));
  const columns: Column<Pause>[] = [
    {
      title: "Host",
      kind: "main",
      cell: (one) => (
        <div class="title-cell">
          <code class="break">{one.host}</code>
          <div class="below">{one.reason}</div>
        </div>
      ),
    },
    {
      title: "State",
      kind: "tight",
      cell: (one) => {
        const [text, tone] = stateOf(one);
        return <StateBadge of={text} tone={tone} />;
      },
    },
    { title: "From", kind: "tight", wide: true, cell: (one) => <When at={one.from} full /> },
    { title: "Until", kind: "tight", wide: true, cell: (one) => <When at={one.ended_at ?? one.until} full /> },
    { title: "Asked by", wide: true, cell: (one) => one.requested_by },
    {
      title: "End",
      kind: "tight",
      cell: (one) =>
        may("request-scans") &&
        stateOf(one)[0] !== "over" && (
          <Button busy={act.busy} onClick={() => end(one.id)}>
            End
          </Button>
        ),
    },
  ];
  return (
    <div class="stack">
      {may("request-scans") && (
        <div>
          <Button icon="pause" onClick={() => setAdding(true)}>
            Leave a host alone…
          </Button>
        </div>
      )}
      {act.error && <ProblemView error={act.error} />}
      <Loaded of={pauses}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="pause" title="No host is left alone" />
          ) : (
            <Table label="Pauses" columns={columns} rows={items} id={(one) => String(one.id)} />
          )
        }
      </Loaded>
      {adding && <PauseHost onClose={() => setAdding(false)} onMade={pauses.reload} />}
    </div>
  );
}
