// Who works on a ticket, who watches it, and where else it is known.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct } from "../../api/resource";
import { useMe, useMay } from "../../lib/session";
import { Button } from "../../parts/controls";
import { Icon } from "../../parts/icon";
import { Card } from "../../parts/page";
import { ProblemView } from "../../parts/states";

type Ticket = Schemas["TicketDetail"];

export function People({ ticket, etag, reload }: { ticket: Ticket; etag: string | undefined; reload: () => void }) {
  const me = useMe();
  const may = useMay();
  const act = useAct();
  const [assignee, setAssignee] = useState(ticket.assignee ?? "");
  const [watcher, setWatcher] = useState("");
  const path = { ticket: ticket.id };
  const run = (work: () => Promise<unknown>) => void act.run(work).then((ok) => ok && reload());
  const assign = (to: string) =>
    run(() => send("put", "/tickets/{ticket}/assignee", { path, etag, body: { assignee: to } }));
  const watch = (email: string, on: boolean) =>
    run(() => send(on ? "put" : "delete", "/tickets/{ticket}/watchers/{email}", { path: { ...path, email } }));
  const mine = me.email !== undefined && ticket.watchers.includes(me.email);
  const submit = (work: () => void) => (event: Event) => (event.preventDefault(), work());
  return (
    <Card title="People">
      <div class="stack">
        <form class="field" onSubmit={submit(() => assign(assignee.trim()))}>
          <label for="assignee">Assignee</label>
          {may("work-tickets") ? (
            <div class="row">
              <input
                id="assignee"
                type="text"
                class="grow"
                placeholder="Nobody"
                value={assignee}
                onInput={(event) => setAssignee(event.currentTarget.value)}
              />
              <Button submit busy={act.busy} disabled={assignee === (ticket.assignee ?? "")}>
                Assign
              </Button>
            </div>
          ) : (
            <span>{ticket.assignee || "Nobody"}</span>
          )}
        </form>
        <div class="stack-s">
          <h3>Watchers</h3>
          {ticket.watchers.length === 0 && <p class="muted small">Nobody besides the app's security contacts.</p>}
          {ticket.watchers.map((email) => (
            <div key={email} class="row">
              <span class="clip grow">{email}</span>
              {may("work-tickets") && (
                <button
                  type="button"
                  class="icon-button"
                  aria-label={`Stop ${email} from watching`}
                  onClick={() => watch(email, false)}
                >
                  <Icon name="close" />
                </button>
              )}
            </div>
          ))}
          {may("work-tickets") && (
            <form class="row" onSubmit={submit(() => (watch(watcher.trim(), true), setWatcher("")))}>
              <input
                type="email"
                required
                class="grow"
                aria-label="E-mail address of a watcher"
                placeholder="name@example.com"
                value={watcher}
                onInput={(event) => setWatcher(event.currentTarget.value)}
              />
              <Button submit>Add</Button>
            </form>
          )}
          {may("work-tickets") && me.email && !mine && (
            <Button icon="eye" onClick={() => watch(me.email as string, true)}>
              Watch this ticket
            </Button>
          )}
        </div>
        {ticket.links.length > 0 && (
          <div class="stack-s">
            <h3>Elsewhere</h3>
            {ticket.links.map((one) => (
              <a key={one.sink} href={one.url} target="_blank" rel="noreferrer" class="row">
                <Icon name="external" />
                {one.external_id} <span class="muted small">{one.sink}</span>
              </a>
            ))}
          </div>
        )}
        {act.error && <ProblemView error={act.error} retry={() => (act.clear(), reload())} />}
      </div>
    </Card>
  );
}
