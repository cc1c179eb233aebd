// API tokens and logins of the reader; administrators see everybody's tokens.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { dateIn, endOfDay } from "../../lib/time";
import { StateBadge } from "../../parts/badges";
import { Button, Copy, Field } from "../../parts/controls";
import { Dialog, FormDialog } from "../../parts/dialog";
import { Card } from "../../parts/page";
import { Empty, Loaded, ProblemView } from "../../parts/states";
import { Table, type Column } from "../../parts/table";
import { say } from "../../parts/toast";
import { When } from "../../parts/when";

type Token = Schemas["Token"];
const scopes: Schemas["Scope"][] = ["read", "scan", "triage", "manage", "admin", "worker"];

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Schemas["Scope"][]>(["read"]);
  const [until, setUntil] = useState(dateIn(90));
  const act = useAct();
  const make = async () =>
    onMade((await send("post", "/tokens", { body: { name, scopes: chosen, expires_at: endOfDay(until) } })).secret);
  return (
    <FormDialog title="Make a token" verb="Make token" act={act} onClose={onClose} onSend={make} onDone={onClose}>
      <Field label="Name" value={name} onValue={setName} required hint="What uses it, for example “CI of charts”." />
      <fieldset class="field">
        <legend>May be used to</legend>
        <div class="row wrap">
          {scopes.map((scope) => (
            <label key={scope} class="tick">
              <input
                type="checkbox"
                checked={chosen.includes(scope)}
                onChange={(event) =>
                  setChosen(event.currentTarget.checked ? [...chosen, scope] : chosen.filter((one) => one !== scope))
                }
              />
              {scope}
            </label>
          ))}
        </div>
      </fieldset>
      <Field label="Until the end of (UTC)" type="date" value={until} onValue={setUntil} required min={dateIn(1)} />
    </FormDialog>
  );
}

function stateOf(token: Token): [string, "pass" | "none"] {
  if (token.revoked_at) return ["revoked", "none"];
  return new Date(token.expires_at).getTime() < Date.now() ? ["expired", "none"] : ["valid", "pass"];
}

export function Tokens() {
  const tokens = useResource("/tokens");
  const act = useAct();
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState("");
  const revoke = (token: string) =>
    void act
      .run(() => send("delete", "/tokens/{token}", { path: { token } }))
      .then((ok) => ok && (tokens.reload(), say("Revoked the token.")));
  const columns: Column<Token>[] = [
    {
      title: "Token",
      kind: "main",
      cell: (one) => (
        <div class="title-cell">
          <b>{one.name}</b>
          <div class="below">
            <code>{one.prefix}…</code>
            <span class="clip">{one.email ?? one.person}</span>
          </div>
        </div>
      ),
    },
    { title: "Scopes", wide: true, cell: (one) => one.scopes.join(", ") },
    {
      title: "State",
      kind: "tight",
      cell: (one) => {
        const [text, tone] = stateOf(one);
        return <StateBadge of={text} tone={tone} />;
      },
    },
    { title: "Ends", kind: "tight", wide: true, cell: (one) => <When at={one.expires_at} full /> },
    { title: "Last used", kind: "tight", wide: true, cell: (one) => <When at={one.last_used_at} /> },
    {
      title: "Revoke",
      kind: "tight",
      cell: (one) =>
        stateOf(one)[0] === "valid" && (
          <Button busy={act.busy} onClick={() => revoke(one.id)}>
            Revoke
          </Button>
        ),
    },
  ];
  return (
    <Card
      title="API tokens"
      flush
      aside={
        <Button icon="plus" onClick={() => setMaking(true)}>
          Make token
        </Button>
      }
    >
      {act.error && <ProblemView error={act.error} />}
      <Loaded of={tokens} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="lock" title="No token yet" />
          ) : (
            <Table label="Tokens" columns={columns} rows={items} id={(one) => one.id} />
          )
        }
      </Loaded>
      {making && <NewToken onClose={() => setMaking(false)} onMade={(made) => (setSecret(made), tokens.reload())} />}
      {secret && (
        <Dialog title="The new token" onClose={() => setSecret("")}>
          <div class="dialog-body stack">
            <p>Copy it now: it is shown this once, and the server keeps only its hash.</p>
            <p class="row secret">
              <code class="break grow">{secret}</code>
              <Copy text={secret} label="Copy the token" />
            </p>
          </div>
        </Dialog>
      )}
    </Card>
  );
}

export function Sessions() {
  const sessions = useResource("/me/sessions");
  const act = useAct();
  const end = (session: string) =>
    void act
      .run(() => send("delete", "/me/sessions/{session}", { path: { session } }))
      .then((ok) => ok && sessions.reload());
  const columns: Column<Schemas["Session"]>[] = [
    {
      title: "Login",
      kind: "main",
      cell: (one) => (
        <div class="title-cell">
          <span class="break">{one.user_agent}</span>
          <div class="below">
            since <When at={one.created_at} full />
          </div>
        </div>
      ),
    },
    { title: "Last used", kind: "tight", wide: true, cell: (one) => <When at={one.last_used_at} /> },
    {
      title: "End",
      kind: "tight",
      cell: (one) =>
        one.current ? (
          <StateBadge of="this one" tone="info" />
        ) : (
          <Button busy={act.busy} onClick={() => end(one.id)}>
            End
          </Button>
        ),
    },
  ];
  return (
    <Card title="My logins" flush>
      {act.error && <ProblemView error={act.error} />}
      <Loaded of={sessions} lines={2}>
        {({ items }) => <Table label="Logins" columns={columns} rows={items} id={(one) => one.id} />}
      </Loaded>
    </Card>
  );
}
