// How a finding came and went: the scans that saw it, and how near it is to opening or closing.

import type { Schemas } from "../../api/client";
import { plural } from "../../lib/format";
import { link } from "../../lib/router";
import { Card } from "../../parts/page";
import { When } from "../../parts/when";

type Detail = Schemas["FindingDetail"];

function streak(of: Detail): string {
  if (of.state === "suspected") return `Failed in ${plural(of.fails_in_row, "look")} in a row; not open yet.`;
  if (of.state === "open" && of.passes_in_row > 0)
    return `Passed in ${plural(of.passes_in_row, "look")} in a row; not closed yet.`;
  if (of.state === "open") return `Failed in ${plural(of.fails_in_row, "look")} in a row.`;
  return "";
}

/** What happened to it, newest first: each state it came to, and each scan that saw it. */
function moments(of: Detail): { at: string; text: string; kind: string; scan?: string }[] {
  const all = of.sightings.map((one) => ({
    at: one.started_at,
    text: one.complete ? "Seen" : "Seen by an incomplete scan",
    kind: "fail",
    scan: one.scan,
  }));
  const marks = [
    { at: of.opened_at, text: of.reopened ? "Opened again" : "Opened", kind: "mark" },
    { at: of.closed_at, text: of.state === "gone" ? "Its subject is gone" : "Fixed", kind: "pass" },
  ].flatMap(({ at, ...rest }) => (at ? [{ at, ...rest }] : []));
  return [...all, ...marks].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

export function Sightings({ of }: { of: Detail }) {
  return (
    <Card title="Timeline">
      {streak(of) && <p class="small">{streak(of)}</p>}
      <ol class="timeline">
        {moments(of).map((one) => (
          <li key={one.at + one.text} class={one.kind}>
            <span class="small">
              {one.text}{" "}
              {one.scan ? (
                <a href={link(`/scans/${one.scan}`)}>
                  <When at={one.at} full />
                </a>
              ) : (
                <When at={one.at} full />
              )}
            </span>
          </li>
        ))}
        <li class="mark">
          <span class="small">
            First seen <When at={of.first_seen} full />
          </span>
        </li>
      </ol>
    </Card>
  );
}
