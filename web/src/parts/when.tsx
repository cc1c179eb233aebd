import { ago, moment, utc } from "../lib/time";

/** A time in the reader's zone, UTC on hover; `full` shows the date, otherwise how long ago it is. */
export function When({ at, full = false }: { at: string | undefined; full?: boolean }) {
  if (!at) return <span class="muted">Never</span>;
  return (
    <time dateTime={at} title={full ? utc(at) : `${moment(at)} (${utc(at)})`} class="nowrap">
      {full ? moment(at) : ago(at)}
    </time>
  );
}
