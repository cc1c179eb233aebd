// Administration: who may log in, what waits for a second pair of eyes, where notices go, what the rules are.

import type { ComponentType } from "preact";
import { useQuery } from "../lib/router";
import { useMay, type Permission } from "../lib/session";
import { Page, Tabs } from "../parts/page";
import { Approvals } from "./admin/approvals";
import { Organisations } from "./admin/organisations";
import { Pauses } from "./admin/pauses";
import { People } from "./admin/people";
import { PolicyView } from "./admin/policy";
import { Sessions, Tokens } from "./admin/tokens";
import { Sinks } from "./admin/sinks";

function Mine() {
  return (
    <div class="stack">
      <Tokens />
      <Sessions />
    </div>
  );
}

const all: [string, string, Permission, ComponentType][] = [
  ["people", "People", "administer", People],
  ["approvals", "Approvals", "administer", Approvals],
  ["organisations", "Organisations", "manage-apps", Organisations],
  ["sinks", "Sinks", "administer", Sinks],
  ["pauses", "Pauses", "read", Pauses],
  ["policy", "Policy and schedule", "read", PolicyView],
  ["tokens", "My tokens and sessions", "own-account", Mine],
];

export default function AdminPage() {
  const may = useMay();
  const [query] = useQuery();
  const tabs = all.filter(([, , needs]) => may(needs));
  const open = tabs.find(([id]) => id === query.get("tab")) ?? tabs[0];
  const View = open?.[3];
  return (
    <Page title="Administration">
      <Tabs label="Administration" tabs={tabs.map(([id, title]) => [id, title])} />
      {View && <View />}
    </Page>
  );
}
