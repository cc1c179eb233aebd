// Many apps from a file or from pasted lines, with what became of each.

import { useState } from "preact/hooks";
import { send, type Schemas } from "../../api/client";
import { useAct } from "../../api/resource";
import { plural } from "../../lib/format";
import { Button } from "../../parts/controls";
import { Dialog } from "../../parts/dialog";
import { ProblemView } from "../../parts/states";

type Report = Schemas["ImportReport"];

function ReportView({ of }: { of: Report }) {
  return (
    <div class="stack-s" role="status">
      <p>
        <b>{plural(of.added, "app")}</b> added, <b>{of.changed}</b> changed, <b>{of.unchanged}</b> unchanged
        {of.refused.length > 0 ? (
          <>
            , <b class="fail-ink">{plural(of.refused.length, "line")} left out</b>.
          </>
        ) : (
          "."
        )}
      </p>
      {of.refused.length > 0 && (
        <div class="table-box tall" tabIndex={0} role="region" aria-label="Lines with errors">
          <table>
            <thead>
              <tr>
                <th scope="col" class="number">
                  Line
                </th>
                <th scope="col">What is wrong</th>
              </tr>
            </thead>
            <tbody>
              {of.refused.map((one) => (
                <tr key={`${one.line} ${one.reason}`}>
                  <td class="number">{one.line}</td>
                  <td>{one.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

export function ImportApps({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [name, setName] = useState("");
  const [report, setReport] = useState<Report>();
  const act = useAct();
  const type = text.trimStart().startsWith("{") ? "application/x-ndjson" : "text/csv";
  const run = () => act.run(async () => setReport(await send("post", "/apps/import", { body: text, type })));
  const write = (lines: string) => (setText(lines), setReport(undefined));
  const take = async (file: File | undefined) => {
    if (!file) return;
    write(await file.text());
    setName(file.name);
  };
  return (
    <Dialog title="Import apps" onClose={onClose} wide>
      <div class="dialog-body stack">
        <p class="small muted">
          CSV whose first line names its columns, of{" "}
          <code>key, target, name, kind, owner, organisation, state, contacts</code>, or one JSON object with these
          names a line. Good lines are kept, bad ones are reported. The app of a known key is changed.
        </p>
        <label class="button file">
          <input
            type="file"
            accept=".csv,.json,.jsonl,.ndjson,text/csv"
            onChange={(event) => void take(event.currentTarget.files?.[0])}
          />
          {name || "Choose a file"}
        </label>
        <div class="field">
          <label for="import-text">Or paste the lines</label>
          <textarea
            id="import-text"
            class="mono"
            rows={8}
            spellcheck={false}
            value={text}
            onInput={(event) => write(event.currentTarget.value)}
          />
        </div>
        {report && <ReportView of={report} />}
        {act.error && <ProblemView error={act.error} />}
      </div>
      <footer class="dialog-foot">
        <Button onClick={onClose}>{report ? "Done" : "Cancel"}</Button>
        {!report && (
          <Button kind="primary" disabled={!text.trim()} busy={act.busy} onClick={() => void run()}>
            Import
          </Button>
        )}
      </footer>
    </Dialog>
  );
}
