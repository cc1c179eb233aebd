// Saved views of a list, and its export: both are of exactly the filter and order that are shown.

import { useState } from "preact/hooks";
import { address, send } from "../api/client";
import { useAct, useResource } from "../api/resource";
import type { List } from "../lib/lists";
import { go, useQuery } from "../lib/router";
import { Button, Field, Menu } from "./controls";
import { FormDialog } from "./dialog";
import { Icon } from "./icon";
import { say } from "./toast";

export function SavedViews({ list, path, fixed }: { list: List; path: string; fixed: string }) {
  const views = useResource("/views", { query: { list: list.name } });
  const [saving, setSaving] = useState(false);
  const remove = useAct();
  const items = views.data?.items ?? [];
  return (
    <>
      <Menu label="Views" icon="star">
        {(close) => (
          <>
            {items.length === 0 && <p class="menu-note">No saved view of this list yet.</p>}
            {items.map((view) => (
              <div key={view.id} class="menu-row">
                <button
                  type="button"
                  class="menu-item"
                  onClick={() => (close(), go(`${path}${path.includes("?") ? "&" : "?"}${view.query}`))}
                >
                  {view.name}
                  {view.shared && <span class="muted small"> shared</span>}
                </button>
                {view.mine && (
                  <button
                    type="button"
                    class="icon-button"
                    aria-label={`Delete the view ${view.name}`}
                    onClick={() =>
                      void remove
                        .run(() => send("delete", "/views/{view}", { path: { view: view.id } }))
                        .then(views.reload)
                    }
                  >
                    <Icon name="close" />
                  </button>
                )}
              </div>
            ))}
            <button type="button" class="menu-item line" onClick={() => (close(), setSaving(true))}>
              Save what is shown as a view
            </button>
          </>
        )}
      </Menu>
      {saving && <SaveView list={list} fixed={fixed} onClose={() => setSaving(false)} onSaved={views.reload} />}
    </>
  );
}

/** The filter in force: the part that the page sets, and the reader's. */
export function whole(fixed: string, query: URLSearchParams): string {
  return `${fixed} ${query.get("filter") ?? ""}`.trim();
}

function SaveView(props: { list: List; fixed: string; onClose: () => void; onSaved: () => void }) {
  const { list, onClose, onSaved } = props;
  const [query] = useQuery();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const act = useAct();
  const kept = new URLSearchParams();
  const filter = whole(props.fixed, query);
  if (filter) kept.set("filter", filter);
  if (query.get("sort")) kept.set("sort", query.get("sort") as string);
  return (
    <FormDialog
      title="Save a view"
      verb="Save view"
      act={act}
      onClose={onClose}
      onSend={() => send("post", "/views", { body: { list: list.name, name, query: kept.toString(), shared } })}
      onDone={() => (onClose(), onSaved(), say(`Saved the view “${name}”.`))}
    >
      <Field label="Name" value={name} onValue={setName} required maxLength={100} />
      <p class="small muted break">{filter ? <code>{filter}</code> : "The whole list, without a filter."}</p>
      <label class="tick">
        <input type="checkbox" checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
        Everyone may use it
      </label>
    </FormDialog>
  );
}

const formats: [string, string][] = [
  ["csv", "CSV, for spreadsheets"],
  ["json", "JSON"],
  ["sarif", "SARIF 2.1.0"],
];

export function Export({ list, fixed }: { list: List; fixed: string }) {
  const [query] = useQuery();
  const shown = { filter: whole(fixed, query) || undefined, sort: query.get("sort") ?? undefined };
  return (
    <Menu label="Export" icon="download">
      {(close) => (
        <>
          <p class="menu-note">{shown.filter ? "All rows of this filter and order" : "The whole list"}</p>
          {formats
            .filter(([format]) => format !== "sarif" || list.name === "findings")
            .map(([format, text]) => (
              <a
                key={format}
                class="menu-item"
                href={address("/exports/{list}", { list: list.name }, { ...shown, format })}
                download={`${list.name}.${format}`}
                onClick={close}
              >
                {text}
              </a>
            ))}
        </>
      )}
    </Menu>
  );
}

export function ClearFilter() {
  const [query, change] = useQuery();
  return query.get("filter") ? <Button onClick={() => change({ filter: "" })}>Clear the filter</Button> : null;
}
