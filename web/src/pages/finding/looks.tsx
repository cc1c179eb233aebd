// How a finding came and went: one mark for each scan that looked.

import type { Schemas } from "../../api/client";
import { plural } from "../../lib/format";
import { link } from "../../lib/router";
import { OutcomeBadge } from "../../parts/badges";
import { Card } from "../../parts/page";
import { When } from "../../parts/when";

type Detail = Schemas["FindingDetail"];

function streak(of: Detail): string {
  if (of.state === "suspected") return `Failed in ${plural(of.fails_in_row, "look")} in a row; not open yet.`;
  if (of.state === "open" && of.passes_in_row > 0) return `Passed in ${plural(of.passes_in_row, "look")} in a row; not closed yet.`;
  if (of.state === "open") return `Failed in ${plural(of.fails_in_row, "look")} in a row.`;
  return "";
}

export function Looks({ of }: { of: Detail }) {
  return (
    <Card title="Looks">
      {streak(of) && <p class="small">{streak(of)}</p>}
      <ol class="timeline">
        {of.looks.map((look) => (
          <li key={look.scan} class={look.outcome}>
            <div class="row wrap">
              <OutcomeBadge of={look.outcome} />
              <a class="small" href={link(`/scans/${look.scan}`)}><When at={look.at} full /></a>
            </div>
            {look.reason && look.outcome !== "fail" && <p class="small muted break">{look.reason}</p>}
          </li>
        ))}
      </ol>
      {of.looks.length === 0 && <p class="muted small">No look is kept.</p>}
    </Card>
  );
}
