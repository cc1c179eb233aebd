// A scan while it runs, told by the server as it goes.

import { useState } from "preact/hooks";
import { useEvents } from "../../api/events";
import { useResource } from "../../api/resource";
import { link } from "../../lib/router";
import { words } from "../../lib/format";
import { StateBadge } from "../../parts/badges";
import { Icon } from "../../parts/icon";

const ended = (state: string | undefined) => state === "done" || state === "failed" || state === "cancelled";

export function LiveJob({ job, onDone, onClose }: { job: string; onDone: () => void; onClose?: () => void }) {
  const resource = useResource("/jobs/{job}", { path: { job } });
  const [step, setStep] = useState<{ phase: string; done: number; total: number }>();
  const { data } = resource;
  useEvents(data && ended(data.state) ? undefined : `/jobs/${encodeURIComponent(job)}/events`, (event) => {
    if (event?.kind === "progress")
      setStep({ phase: event.phase ?? "", done: event.done ?? 0, total: event.total ?? 0 });
    else resource.reload();
    if (event?.kind === "job" && ended(event.state)) onDone();
  });
  if (!data) return null;
  return (
    <div class="card live" role="status">
      <StateBadge of={data.state} />
      <div class="grow stack-s">
        {data.state === "waiting" && <span>The scan waits for its turn.</span>}
        {data.state === "running" && (
          <>
            <span>
              {step ? words(step.phase) : "Starting"}
              {step?.total ? (
                <span class="muted num">
                  {" "}
                  · step {step.done} of {step.total}
                </span>
              ) : (
                ""
              )}
            </span>
            <progress
              aria-label="Progress of the scan"
              {...(step?.total ? { value: step.done, max: step.total } : {})}
            />
          </>
        )}
        {data.state === "done" && (
          <span>The scan is done. {data.scan && <a href={link(`/scans/${data.scan}`)}>What it saw</a>}</span>
        )}
        {data.state === "failed" && <span class="break">The scan failed: {data.error}</span>}
        {data.state === "cancelled" && <span>The scan was cancelled.</span>}
      </div>
      {onClose && ended(data.state) && (
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
