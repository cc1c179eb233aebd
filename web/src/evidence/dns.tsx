// DNS as drawings: where a name leads, and who answers for a zone.

import { Fragment } from "preact";
import { words } from "../lib/format";
import { StateBadge } from "../parts/badges";
import { Icon } from "../parts/icon";
import type { DnsAnswer, DnsHost, DnsZone } from "./types";

const ends: Record<string, [string, boolean]> = {
  addresses: ["Has addresses", true],
  nxdomain: ["Does not exist", false],
  nodata: ["Exists and has no address", false],
  loop: ["Leads back to itself", false],
  "too-long": ["More than 16 links", false],
  bogus: ["Its signature does not validate", false],
  servfail: ["The servers fail", false],
  refused: ["The servers refuse", false],
  unknown: ["No answer", false],
};

function Answers({ of }: { of: DnsAnswer[] }) {
  return (
    <details>
      <summary class="small">Questions and answers</summary>
      <div class="table-box" tabIndex={0} role="region" aria-label="DNS answers">
        <table>
          <thead>
            <tr>
              <th scope="col">Question</th>
              <th scope="col">Asked</th>
              <th scope="col">Answer</th>
            </tr>
          </thead>
          <tbody>
            {of.map((one, i) => (
              <tr key={i}>
                <td>
                  <code>
                    {one.name} {one.type}
                  </code>
                </td>
                <td>
                  <code>
                    {one.server} {one.address}
                  </code>
                </td>
                <td>
                  {one.failure ? one.failure.detail : one.rcode}
                  {one.authoritative && ", authoritative"}
                  {one.answer.map((record, at) => (
                    <div key={at}>
                      <code>
                        {record.name} {record.ttl} {record.type} {record.data}
                      </code>
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Arrow({ label }: { label: string }) {
  return (
    <li class="arrow" aria-label={label}>
      <span class="small muted" aria-hidden="true">
        {label}
      </span>
      <svg viewBox="0 0 40 10" width="40" height="10" aria-hidden="true">
        <path d="M0 5h37M33 1l4 4-4 4" />
      </svg>
    </li>
  );
}

export function Host({ of }: { of: DnsHost }) {
  const [text, good] = ends[of.end] ?? [words(of.end), false];
  const last = of.chain.length - 1;
  return (
    <div class="stack-s">
      <ol class="flow" aria-label={`Where ${of.host} leads`}>
        {of.chain.map((name, i) => (
          <Fragment key={name}>
            {i > 0 && <Arrow label="CNAME" />}
            <li class={`node ${i === last && !good ? "bad" : ""}`}>
              <Icon name="host" />
              <code class="break">{name}</code>
            </li>
          </Fragment>
        ))}
        <Arrow label={good ? "A, AAAA" : "asked"} />
        <li class={`node ${good ? "good" : "bad"}`}>{good ? <code>{of.addresses.join(", ")}</code> : <b>{text}</b>}</li>
      </ol>
      <p class="muted small">
        {[
          of.nxdomain_confirmed === true && "The zone's own servers confirm that the name does not exist",
          of.nxdomain_confirmed === false && "The zone's own servers contradict that",
          of.wildcard && "A random sibling leads to the same place",
          of.resolver_rewrites && "The resolver rewrites names that do not exist",
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <Answers of={of.answers} />
    </div>
  );
}

const sound = (state: string) => state === "authoritative";
const zones: Record<string, string> = {
  sound: "Every server that can be reached answers for it",
  "partly-lame": "Some servers deny the zone",
  lame: "Every server that can be reached denies the zone",
  absent: "The parent says that the zone does not exist",
  undelegated: "The parent has the name and no servers for it",
  unknown: "Nothing certain can be said",
};

export function Zone({ of }: { of: DnsZone }) {
  return (
    <div class="stack-s">
      <p>
        <code>{of.zone}</code>{" "}
        <StateBadge of={of.state} tone={of.state === "sound" ? "pass" : of.state === "unknown" ? "doubt" : "fail"} />{" "}
        {zones[of.state]}
      </p>
      <div class="tree">
        <div class="node">
          <Icon name="host" />
          <code>{of.parent || "root"}</code> <span class="muted small">parent</span>
        </div>
        <ul>
          {of.servers.map((server) => (
            <li key={server.name}>
              <div class={`node ${server.addresses.some((one) => sound(one.state)) ? "good" : "bad"}`}>
                <div class="stack-s">
                  <code class="break">{server.name}</code>
                  {server.addresses.length === 0 && <span class="small fail-ink">{words(server.resolution)}</span>}
                  {server.addresses.map((one) => (
                    <span key={one.address} class={`small row ${sound(one.state) ? "pass-ink" : "fail-ink"}`}>
                      <Icon name={sound(one.state) ? "check" : "close"} />
                      <code>{one.address}</code>
                      {words(one.state)}
                    </span>
                  ))}
                </div>
              </div>
            </li>
          ))}
          {of.servers.length === 0 && (
            <li>
              <div class="node bad">No name server</div>
            </li>
          )}
        </ul>
      </div>
      <p class="muted small">
        {of.delegation_signed ? "Signed delegation (DS)" : "Delegation without DS"}
        {of.mail.length > 0 && ` · mail: ${of.mail.map((one) => one.data).join(", ")}`}
      </p>
      <Answers of={of.answers} />
    </div>
  );
}
