import type { Schemas } from "../api/client";
import { useResource } from "../api/resource";
import { plural, words } from "../lib/format";
import { link } from "../lib/router";
import { SeverityBadge, StateBadge } from "../parts/badges";
import { kindName } from "../evidence/evidence";
import { Card, Facts, Page } from "../parts/page";
import { Loaded } from "../parts/states";

type Requirement = Schemas["Requirement"];

const documents: Record<string, string> = {
  ecoscanner: "Ecoscanner",
  "marketplace-guidelines": "Marketplace guidelines",
  "backend-checklist": "Backend checklist",
};

function Parameters({ of }: { of: Requirement["parameters"] }) {
  if (of.length === 0) return null;
  return (
    <Card title="What an operator may set">
      <dl class="stack-s">
        {of.map((one) => (
          <div key={one.name}>
            <dt>
              <code>{one.name}</code> = <code>{JSON.stringify(one.value)}</code> {one.unit}
            </dt>
            <dd class="muted small">{one.description}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Missed({ requirement }: { requirement: string }) {
  const posture = useResource("/posture");
  const found = posture.data?.by_requirement.find((one) => one.requirement === requirement);
  if (!found?.open) return <>None</>;
  return (
    <a href={link("/findings", { filter: `requirement:${requirement} state:open` })}>
      {plural(found.open, "open finding")}
    </a>
  );
}

export default function RequirementPage({ requirement: id = "" }: Record<string, string>) {
  const requirement = useResource("/requirements/{requirement}", { path: { requirement: id } });
  const { data } = requirement;
  return (
    <Page
      title={data?.title ?? id}
      crumbs={[["Requirements", "/requirements"]]}
      badges={
        data && (
          <>
            <SeverityBadge of={data.severity} />
            {data.verified ? (
              <StateBadge of="judged by Assay" tone="pass" />
            ) : (
              <StateBadge of="not judged yet" tone="doubt" />
            )}
          </>
        )
      }
    >
      <Loaded of={requirement}>
        {(one) => (
          <div class="split">
            <div class="stack">
              <Card title="What is asked">
                <p class="prose">{one.what}</p>
              </Card>
              <Card title="Why">
                <p class="prose">{one.why}</p>
              </Card>
              <Card title="How it is checked">
                <p class="prose">{one.how}</p>
                {one.not_verified_reason && <p class="prose doubt-ink">{one.not_verified_reason}</p>}
              </Card>
              <Card title="How to mend it">
                <p class="prose">{one.remediation}</p>
              </Card>
              <Parameters of={one.parameters} />
            </div>
            <aside class="stack">
              <Card title="About">
                <Facts
                  of={[
                    ["Id", <code>{one.id}</code>],
                    ["Missed now", <Missed requirement={one.id} />],
                    [
                      "CVSS",
                      <>
                        {one.cvss.score.toFixed(1)} <code class="small break">{one.cvss.vector}</code>
                      </>,
                    ],
                    ["Kinds of app", one.kinds.join(", ")],
                    ["One verdict per", words(one.subject)],
                    ["Rests on", one.needs.map(kindName).join(", ")],
                  ]}
                />
              </Card>
              <Card title="Sources">
                <ul class="stack-s small">
                  {one.sources.map((source) => (
                    <li key={source.document + source.row}>
                      <b>{documents[source.document] ?? source.document}</b>: {source.row}
                    </li>
                  ))}
                </ul>
              </Card>
              {one.references.length > 0 && (
                <Card title="References">
                  <ul class="stack-s small">
                    {one.references.map((url) => (
                      <li key={url} class="break">
                        <a href={url} target="_blank" rel="noreferrer">
                          {url.replace(/^https:\/\//, "")}
                        </a>
                      </li>
                    ))}
                  </ul>
                </Card>
              )}
            </aside>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
