// Many apps from a file: first what would happen, line by line, then the import itself.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct } from "../../api/resource";
import { plural } from "../../lib/format";
import { Button } from "../../parts/controls";
import { Dialog } from "../../parts/dialog";
import { ProblemView } from "../../parts/states";

type Report = Schemas["ImportReport"];

function ReportView({ of, done }: { of: Report; done: boolean }) {
  const verb = done ? "" : "would be ";
  return (
    <div class="stack-s" role="status">
      <p>
        <b>{plural(of.added, "app")}</b> {verb}added, <b>{of.updated}</b> {verb}updated, <b>{of.unchanged}</b> unchanged
        {of.failures > 0 ? <>, <b class="fail-ink">{plural(of.failures, "line")} {verb}left out</b>.</> : "."}
      </p>
      {of.failed.length > 0 && (
        <div class="table-box tall" tabIndex={0} role="region" aria-label="Lines with errors">
          <table>
            <thead><tr><th scope="col" class="number">Line</th><th scope="col">What is wrong</th></tr></thead>
            <tbody>
              {of.failed.map((one) => (
                <tr key={`${one.line} ${one.reason}`}><td class="number">{one.line}</td><td>{one.reason}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {of.failures > of.failed.length && <p class="muted small">The first {of.failed.length} are listed.</p>}
    </div>
  );
}

export function ImportApps({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [name, setName] = useState("");
  const [report, setReport] = useState<{ of: Report; done: boolean }>();
  const act = useAct();
  const type = text.trimStart().startsWith("{") ? "application/x-ndjson" : "text/csv";
  const run = (dry_run: boolean) =>
    act.run(async () => {
      const of = await send("post", "/apps/import", { body: text, type, query: { dry_run } });
      setReport({ of, done: !dry_run });
    });
  const take = async (file: File | undefined) => {
    if (!file) return;
    setText(await file.text());
    setName(file.name);
    setReport(undefined);
  };
  return (
    <Dialog title="Import apps" onClose={onClose} wide>
      <div class="dialog-body stack">
        <p class="small muted">
          CSV whose first line names the columns <code>key, name, kind, target, organisation, state, contacts</code>, or one
          JSON object a line. Good lines are kept, bad ones are reported. A known key is updated.
        </p>
        <label class="button file">
          <input type="file" accept=".csv,.json,.jsonl,.ndjson,text/csv" onChange={(event) => void take(event.currentTarget.files?.[0])} />
          {name || "Choose a file"}
        </label>
        <div class="field">
          <label for="import-text">Or paste the lines</label>
          <textarea id="import-text" class="mono" rows={8} spellcheck={false} value={text} onInput={(event) => (setText(event.currentTarget.value), setReport(undefined))} />
        </div>
        {report && <ReportView {...report} />}
        {act.error && <ProblemView error={act.error} />}
      </div>
      <footer class="dialog-foot">
        <Button onClick={onClose}>{report?.done ? "Done" : "Cancel"}</Button>
        {!report?.done && <Button disabled={!text.trim()} busy={act.busy} onClick={() => void run(true)}>Check</Button>}
        {!report?.done && (
          <Button kind="primary" disabled={!text.trim()} busy={act.busy} onClick={() => void run(false)}>Import</Button>
        )}
      </footer>
    </Dialog>
  );
}
