// What a registry says of a domain.

import { words } from "../lib/format";
import { day } from "../lib/time";
import { StateBadge } from "../parts/badges";
import { Facts } from "../parts/page";
import type { Registration } from "./types";

export function RegistrationView({ of }: { of: Registration }) {
  const free = of.state !== "registered";
  return (
    <div class="stack-s">
      <Facts
        of={[
          ["Domain", <code>{of.domain}</code>],
          [
            "State",
            <StateBadge
              of={of.state}
              tone={!free ? "pass" : of.state === "unknown" || of.state === "throttled" ? "doubt" : "fail"}
            />,
          ],
          [
            "Asked",
            <span class="break">
              {of.protocol.toUpperCase()} {of.server}
            </span>,
          ],
          ["Registrar", of.registrar],
          ["Registered", of.registered && day(of.registered, "UTC")],
          ["Expires", of.expires && day(of.expires, "UTC")],
          ["Status", of.statuses.join(", ")],
          ["Parent zone says", of.parent_says && words(of.parent_says)],
          ["Failure", of.failure?.detail],
        ]}
      />
      {of.excerpt && <pre class="excerpt">{of.excerpt}</pre>}
    </div>
  );
}
