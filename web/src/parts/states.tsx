// What stands where data is not there yet, is not there, or could not be had.

import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/client";
import type { Resource } from "../api/resource";
import { Icon, type IconName } from "./icon";

export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <i key={i} class={`w${(i * 7) % 4}`} />
      ))}
    </div>
  );
}

export function Empty(props: { icon?: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={props.icon ?? "search"} />
      <p class="empty-title">{props.title}</p>
      {props.children && <div class="muted small">{props.children}</div>}
    </div>
  );
}

const titles: Record<number, string> = {
  0: "No connection to the server",
  401: "Please sign in",
  403: "This is not yours to see or do",
  404: "There is nothing here",
  409: "That is not possible now",
  412: "Somebody changed this meanwhile",
  428: "Somebody may have changed this meanwhile",
  429: "Too many requests",
};

/** Whether a change rested on a state of things that is over. */
export const isStale = (error: ApiError) => error.status === 412 || error.status === 428;

/** A problem: what is wrong, what can be done, and the id under which the server's log knows it. */
export function ProblemView({ error, retry }: { error: ApiError; retry?: (() => void) | undefined }) {
  const { status, detail, thing, request_id } = error.problem;
  const stale = isStale(error);
  return (
    <div class="problem" role="alert">
      <Icon name="findings" />
      <div class="stack-s grow">
        <p class="problem-title">{titles[status] ?? (status >= 500 ? "The server failed" : "That did not work")}</p>
        <p class="break">{detail}</p>
        {stale && <p>Load it again, look at what is new, and repeat your change if it still fits.</p>}
        <p class="muted small break">
          {[status > 0 && `HTTP ${status}`, thing, request_id && `request ${request_id}`].filter(Boolean).join(" · ")}
        </p>
      </div>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          {stale ? "Load again" : "Try again"}
        </button>
      )}
    </div>
  );
}

/** Shows a resource when it is there, and says what is the matter when it is not. */
export function Loaded<T>(props: { of: Resource<T>; lines?: number; children: (data: T) => ComponentChildren }) {
  const { data, error, loading, reload } = props.of;
  if (data === undefined) {
    return error && !loading ? <ProblemView error={error} retry={reload} /> : <Skeleton lines={props.lines ?? 6} />;
  }
  return (
    <>
      {error && <ProblemView error={error} retry={reload} />}
      {props.children(data)}
    </>
  );
}
