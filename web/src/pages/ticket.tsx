// One ticket: where it stands, what was said and done, and what the reader may do next.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../api/client";
import { useAct, useResource } from "../api/resource";
import { plural, words } from "../lib/format";
import { appPath, link } from "../lib/router";
import { useMay } from "../lib/session";
import { Due, SeverityBadge, StateBadge } from "../parts/badges";
import { Button } from "../parts/controls";
import { Card, Facts, Page } from "../parts/page";
import { Loaded, ProblemView } from "../parts/states";
import { say } from "../parts/toast";
import { When } from "../parts/when";
import { findingPath } from "./findings";
import { AskDisposition } from "./finding/dispositions";
import { AskExtension, ExtensionView } from "./ticket/extensions";
import { History } from "./ticket/history";
import { MoveTicket } from "./ticket/move";
import { People } from "./ticket/people";

type Detail = Schemas["TicketDetail"];

function Actions({ ticket, etag, reload }: { ticket: Detail; etag: string | undefined; reload: () => void }) {
  const may = useMay();
  const [moving, setMoving] = useState<Schemas["TicketState"]>();
  const [asking, setAsking] = useState<"extension" | "disposition">();
  if (!may("work-tickets") || !ticket.live) return null;
  const done = () => (setMoving(undefined), setAsking(undefined), reload());
  const plain = ticket.moves.filter((to) => to !== "extension-requested" && to !== "in-review");
  return (
    <>
      {ticket.state !== "extension-requested" && ticket.state !== "in-review" && (
        <>
          <Button onClick={() => setAsking("disposition")}>Needs no patch…</Button>
          <Button onClick={() => setAsking("extension")}>Ask for more time…</Button>
        </>
      )}
      {plain.map((to) => (
        <Button key={to} kind={to === "fix-claimed" ? "primary" : "quiet"} onClick={() => setMoving(to)}>
          {to === "fix-claimed" ? "Claim the fix…" : `${words(to)}…`}
        </Button>
      ))}
      {moving && (
        <MoveTicket ticket={ticket} etag={etag} to={moving} onClose={() => setMoving(undefined)} onDone={done} />
      )}
      {asking === "extension" && (
        <AskExtension ticket={ticket} etag={etag} onClose={() => setAsking(undefined)} onDone={done} />
      )}
      {asking === "disposition" && <AskDisposition of={ticket} onClose={() => setAsking(undefined)} onDone={done} />}
    </>
  );
}

function CommentForm({ ticket, onDone }: { ticket: number; onDone: () => void }) {
  const [text, setText] = useState("");
  const act = useAct();
  const submit = async (event: Event) => {
    event.preventDefault();
    const ok = await act.run(() => send("post", "/tickets/{ticket}/comments", { path: { ticket }, body: { text } }));
    if (ok) (setText(""), onDone(), say("Commented."));
  };
  return (
    <form class="stack-s comment" onSubmit={(event) => void submit(event)}>
      <label class="unseen" for="comment">
        Comment
      </label>
      <textarea
        id="comment"
        rows={3}
        required
        maxLength={10000}
        placeholder="Write to everyone who works on this ticket"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {act.error && <ProblemView error={act.error} />}
      <div class="row">
        <span class="end" />
        <Button submit kind="primary" busy={act.busy} disabled={!text.trim()}>
          Comment
        </Button>
      </div>
    </form>
  );
}

function About({ ticket }: { ticket: Detail }) {
  return (
    <Card title="About">
      <Facts
        of={[
          ["Due", <Due of={ticket} />],
          ["App", <a href={link(appPath(ticket.app))}>{ticket.app}</a>],
          ["Finding", <a href={link(findingPath(ticket))}>Proof and evidence</a>],
          ["Requirement", <a href={link(`/requirements/${ticket.requirement}`)}>{ticket.requirement}</a>],
          ["Subject", <code>{ticket.subject}</code>],
          ["Organisation", ticket.organisation],
          ["Opened", <When at={ticket.opened_at} full />],
          ["In this state since", <When at={ticket.state_since} full />],
          ticket.closed_at ? ["Closed", <When at={ticket.closed_at} full />] : false,
          ["Dated by policy", `version ${ticket.policy_version}`],
          ticket.reopened > 0 && ["Opened again", plural(ticket.reopened, "time")],
          ticket.follows !== undefined && [
            "Follows",
            <a href={link(`/tickets/${ticket.follows}`)}>#{ticket.follows}</a>,
          ],
        ]}
      />
    </Card>
  );
}

export default function TicketPage({ ticket: number = "" }: Record<string, string>) {
  const resource = useResource("/tickets/{ticket}", { path: { ticket: number } });
  const { data, reload, etag } = resource;
  const may = useMay();
  return (
    <Page
      title={data ? data.title : `Ticket ${number}`}
      crumbs={[["Tickets", "/tickets"]]}
      badges={
        data && (
          <>
            <span class="muted num">#{data.id}</span>
            <SeverityBadge of={data.severity} />
            <StateBadge of={data.state} />
          </>
        )
      }
      actions={data && <Actions ticket={data} etag={etag} reload={reload} />}
    >
      <Loaded of={resource}>
        {(ticket) => (
          <div class="split">
            <div class="stack">
              {ticket.extensions.map((one) => (
                <ExtensionView key={one.id} of={one} onDone={reload} />
              ))}
              <Card title="History">
                <History of={ticket.history} />
                {may("work-tickets") && <CommentForm ticket={ticket.id} onDone={reload} />}
              </Card>
            </div>
            <aside class="stack">
              <About ticket={ticket} />
              <People ticket={ticket} etag={etag} reload={reload} />
            </aside>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
