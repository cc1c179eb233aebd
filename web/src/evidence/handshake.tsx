// A TLS handshake: what was agreed, and the certificates as a chain with each breach at its certificate.

import { attribute, short, words } from "../lib/format";
import { day } from "../lib/time";
import { StateBadge } from "../parts/badges";
import { Icon } from "../parts/icon";
import { Facts } from "../parts/page";
import type { Certificate, Revocation, TlsEnumeration, TlsHandshake } from "./types";
import type { Pointer } from "./marks";

const nameOf = (dn: string) => attribute(dn, "CN") ?? attribute(dn, "O") ?? dn;

function Names({ of }: { of: Certificate }) {
  const names = [...of.dns_names, ...of.ip_addresses];
  if (names.length === 0) return null;
  return (
    <details class="names">
      <summary class="small">
        {names.slice(0, 3).join(", ")}
        {names.length > 3 && ` and ${names.length - 3} more`}
      </summary>
      <p class="small break">{names.join(", ")}</p>
    </details>
  );
}

function CertificateView({ of, problems, role }: { of: Certificate; problems: string[]; role: string }) {
  const key = of.curve ? `${of.key_type} ${of.curve}` : `${of.key_type} ${of.key_bits} bits`;
  return (
    <li class={`link-box ${problems.length ? "bad" : ""}`}>
      <div class="row wrap">
        <b class="break">{nameOf(of.subject)}</b>
        <span class="muted small">{role}</span>
        {problems.length > 0 && <StateBadge of="fails" tone="fail" />}
      </div>
      {problems.map((problem) => (
        <p key={problem} class="fail-ink row top">
          <Icon name="close" />
          {problem}
        </p>
      ))}
      <p class="small muted">
        Issued by {nameOf(of.issuer)} · valid {day(of.not_before, "UTC")} to {day(of.not_after, "UTC")} · {key} ·{" "}
        {of.signature_algorithm}
      </p>
      <Names of={of} />
      <p class="small muted">
        SHA-256 <code title={of.sha256}>{short(of.sha256, 16)}</code>
      </p>
    </li>
  );
}

export function Handshake({ of }: { of: TlsHandshake }) {
  if (of.failure)
    return (
      <p class="doubt-ink">
        No handshake with {of.host}: {words(of.failure.code)}. {of.failure.detail}
      </p>
    );
  const said = (certificate: Certificate, depth: number) => [
    ...of.chain_errors
      .filter((error) => (error.sha256 ? error.sha256 === certificate.sha256 : error.depth === depth))
      .map((error) => `${words(error.rule)}${error.detail ? `: ${error.detail}` : ""}`),
    ...(depth === 0 && !of.name_matches ? [`Does not name ${of.host}`] : []),
  ];
  const known = of.chain.map((one) => one.sha256);
  const loose = of.chain_errors.filter((error) =>
    error.sha256 ? !known.includes(error.sha256) : error.depth >= of.chain.length,
  );
  return (
    <div class="stack">
      <Facts
        of={[
          [
            "Host",
            <code>
              {of.host}:{of.port}
            </code>,
          ],
          ["Address", <code>{of.address}</code>],
          ["Agreed", `${of.version} with ${of.suite}`],
          ["Group", of.group],
          ["ALPN", of.alpn],
          ["Trusted", of.trusted ? <StateBadge of="yes" tone="pass" /> : <StateBadge of="no" tone="fail" />],
          [
            "Name",
            of.name_matches ? <StateBadge of="matches" tone="pass" /> : <StateBadge of="does not match" tone="fail" />,
          ],
          [
            "Signed timestamps",
            of.timestamps ? String(of.timestamps.embedded + of.timestamps.tls + of.timestamps.ocsp) : undefined,
          ],
          ["Notes", of.chain_notes.map(words).join(", ")],
        ]}
      />
      <ol class="chain" aria-label="Certificates as sent, leaf first">
        {of.chain.map((one, depth) => (
          <CertificateView
            key={one.sha256}
            of={one}
            problems={said(one, depth)}
            role={depth === 0 ? "of the server" : one.self_signed ? "root, sent" : "intermediate"}
          />
        ))}
        {of.anchor ? (
          <li class="link-box anchor">
            <b>{nameOf(of.anchor)}</b> <span class="muted small">trust anchor, from {of.trust_store}</span>
          </li>
        ) : (
          <li class="link-box ghost">
            <Icon name="doubt" /> No trust anchor was reached
            {loose.length > 0 && `: ${loose.map((e) => e.detail || words(e.rule)).join("; ")}`}
          </li>
        )}
      </ol>
    </div>
  );
}

const marks = { accepted: "check", refused: "minus", unknown: "doubt" } as const;

function Suites({ of }: { of: { code: number; name: string }[] }) {
  const list = of.map((suite) => (
    <div key={suite.code}>
      <code>{suite.name}</code>
    </div>
  ));
  if (of.length <= 3) return <>{list}</>;
  return (
    <details>
      <summary class="small">{of.length} suites</summary>
      {list}
    </details>
  );
}

export function Enumeration({ of, pointer }: { of: TlsEnumeration; pointer?: Pointer | undefined }) {
  if (of.failure)
    return (
      <p class="doubt-ink">
        Nothing could be asked of {of.host}: {of.failure.detail}
      </p>
    );
  return (
    <div class="stack-s">
      <p class="muted small">
        <code>
          {of.host}:{of.port}
        </code>{" "}
        at <code>{of.address}</code>, asked in {of.connections} connections
        {of.notes.length > 0 && ` · ${of.notes.join("; ")}`}
      </p>
      <div class="table-box" tabIndex={0} role="region" aria-label="TLS versions">
        <table>
          <thead>
            <tr>
              <th scope="col" class="tight">
                Version
              </th>
              <th scope="col" class="tight">
                Support
              </th>
              <th scope="col" class="main">
                Suites and reason
              </th>
            </tr>
          </thead>
          <tbody>
            {of.versions.map((one) => (
              <tr key={one.version} class={one.version === pointer?.locator ? "marked" : ""}>
                <th scope="row" class="tight">
                  {one.version === pointer?.locator ? <mark>{one.version}</mark> : one.version}
                </th>
                <td class="tight">
                  <span class={`row support ${one.support}`}>
                    <Icon name={marks[one.support]} />
                    {words(one.support)}
                  </span>
                </td>
                <td class="main">
                  <Suites of={one.suites} />
                  <span class="muted small">{one.reason}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {of.groups.length > 0 && <p class="small muted">Groups: {of.groups.map((group) => group.name).join(", ")}</p>}
    </div>
  );
}

export function RevocationView({ of }: { of: Revocation }) {
  return (
    <div class="stack-s">
      <p>
        <b>{nameOf(of.subject)}</b>{" "}
        <StateBadge of={of.status} tone={of.status === "good" ? "pass" : of.status === "revoked" ? "fail" : "doubt"} />
        {of.exempt && <span class="muted"> · not asked: {words(of.exempt).toLowerCase()}</span>}
      </p>
      <ul class="stack-s small">
        {of.sources.map((source) => (
          <li key={source.method + source.url} class="break">
            <b>{source.method.toUpperCase()}</b> {source.url && <code>{source.url}</code>}: {source.status}
            {source.detail && `, ${source.detail}`}
            {source.revoked_at && `, revoked ${day(source.revoked_at, "UTC")}`}
            {source.failure && `, ${source.failure.detail}`}
          </li>
        ))}
      </ul>
    </div>
  );
}
