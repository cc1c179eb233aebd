import { useEffect, useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct, useResource } from "../../api/resource";
import { useMay } from "../../lib/session";
import { Button } from "../../parts/controls";
import { Card } from "../../parts/page";
import { Loaded, ProblemView } from "../../parts/states";
import { say } from "../../parts/toast";

type Contact = Schemas["Contact"];

function Editor({
  app,
  given,
  etag,
  onSaved,
}: {
  app: string;
  given: Contact[];
  etag: string | undefined;
  onSaved: () => void;
}) {
  const may = useMay();
  const [contacts, setContacts] = useState(given);
  const act = useAct();
  useEffect(() => setContacts(given), [given]);
  const set = (at: number, change: Partial<Contact>) =>
    setContacts(contacts.map((one, i) => (i === at ? { ...one, ...change } : one)));
  const save = async (event: Event) => {
    event.preventDefault();
    const items = contacts.filter((one) => one.email.trim());
    const ok = await act.run(() => send("put", "/apps/{app}/contacts", { path: { app }, etag, body: { items } }));
    if (ok) (onSaved(), say("Saved the security contacts."));
  };
  const readOnly = !may("manage-contacts");
  return (
    <form class="stack" onSubmit={(event) => void save(event)}>
      <p class="muted small">They are told of every finding of this app.</p>
      {contacts.length === 0 && <p class="doubt-ink">Nobody is told of this app's findings.</p>}
      {contacts.map((contact, i) => (
        <div key={i} class="row wrap contact">
          <input
            type="email"
            aria-label={`E-mail address ${i + 1}`}
            placeholder="security@example.com"
            value={contact.email}
            readOnly={readOnly}
            onInput={(event) => set(i, { email: event.currentTarget.value })}
          />
          <input
            type="text"
            aria-label={`Name ${i + 1}`}
            placeholder="Name"
            value={contact.name ?? ""}
            readOnly={readOnly}
            onInput={(event) => set(i, { name: event.currentTarget.value })}
          />
          {!readOnly && <Button onClick={() => setContacts(contacts.filter((_, at) => at !== i))}>Remove</Button>}
        </div>
      ))}
      {act.error && (
        <ProblemView error={act.error} retry={act.error.status === 412 ? () => (act.clear(), onSaved()) : undefined} />
      )}
      {!readOnly && (
        <div class="row">
          <Button icon="plus" onClick={() => setContacts([...contacts, { email: "" }])}>
            Add contact
          </Button>
          <Button submit kind="primary" busy={act.busy}>
            Save contacts
          </Button>
        </div>
      )}
    </form>
  );
}

export function Contacts({ app, onChange }: { app: string; onChange: () => void }) {
  const contacts = useResource("/apps/{app}/contacts", { path: { app } });
  return (
    <Card title="Security contacts">
      <Loaded of={contacts} lines={3}>
        {(data) => (
          <Editor app={app} given={data.items} etag={contacts.etag} onSaved={() => (contacts.reload(), onChange())} />
        )}
      </Loaded>
    </Card>
  );
}
