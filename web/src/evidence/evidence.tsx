// One record of evidence, drawn by its kind, with the raw record on demand.

import { useState } from "preact/hooks";
import type { Schemas } from "../api/client";
import { useResource } from "../api/resource";
import { words } from "../lib/format";
import { Copy } from "../parts/controls";
import { Icon } from "../parts/icon";
import { Loaded } from "../parts/states";
import { When } from "../parts/when";
import { Host, Zone } from "./dns";
import { Exchange } from "./exchange";
import { Enumeration, Handshake, RevocationView } from "./handshake";
import type { Pointer } from "./marks";
import { RegistrationView } from "./registration";
import { SweepView } from "./sweep";
import type {
  DnsHost,
  DnsZone,
  HttpExchange,
  Registration,
  Revocation,
  SecretSweep,
  TlsEnumeration,
  TlsHandshake,
} from "./types";

type Record_ = Schemas["Evidence"];

export const kindNames: Record<string, string> = {
  "tls.handshake": "TLS handshake",
  "tls.enumeration": "TLS versions and suites",
  "tls.revocation": "Revocation of a certificate",
  "dns.host": "Where a name leads",
  "dns.zone": "Delegation of a zone",
  "dns.resolution": "Name look-up",
  "registration.domain": "Look into the registry",
  "secret.sweep": "Search for secrets",
  "surface.hosts": "Hosts that the app names",
  surface: "What the app says can be reached",
};

export const kindName = (kind: string) => kindNames[kind] ?? (kind.startsWith("http.") ? "HTTP exchange" : words(kind));

/** Whether there is a drawing for the kind; other bodies are shown as they are. */
const isDrawn = (kind: string) =>
  kind.startsWith("http.") || /^(tls\.|dns\.(host|zone)|registration\.|secret\.sweep)/.test(kind);

function Drawing({ of, pointer }: { of: Record_; pointer?: Pointer | undefined }) {
  const body = of.body as unknown;
  if (of.kind.startsWith("http.")) return <Exchange of={body as HttpExchange} pointer={pointer} />;
  if (of.kind === "tls.handshake") return <Handshake of={body as TlsHandshake} />;
  if (of.kind === "tls.enumeration") return <Enumeration of={body as TlsEnumeration} pointer={pointer} />;
  if (of.kind === "tls.revocation") return <RevocationView of={body as Revocation} />;
  if (of.kind === "dns.host") return <Host of={body as DnsHost} />;
  if (of.kind === "secret.sweep") return <SweepView of={body as SecretSweep} pointer={pointer} />;
  if (of.kind === "dns.zone") return <Zone of={body as DnsZone} />;
  return <RegistrationView of={body as Registration} />;
}

function Raw({ of, open }: { of: Record_; open: boolean }) {
  const [shown, setShown] = useState(open);
  const text = shown ? JSON.stringify(of.body, null, 2) : "";
  return (
    <details class="raw" open={open} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary class="small">Raw record</summary>
      <div class="raw-box">
        <Copy text={text} label="Copy the record" />
        <pre tabIndex={0} aria-label="Raw record">
          {text}
        </pre>
      </div>
    </details>
  );
}

export function EvidenceView({
  scan,
  id,
  pointer,
  open = true,
}: {
  scan: string;
  id: string;
  pointer?: Pointer | undefined;
  open?: boolean;
}) {
  const [shown, setShown] = useState(open);
  const record = useResource(shown ? "/scans/{scan}/evidence/{evidence}" : undefined, { path: { scan, evidence: id } });
  const { data } = record;
  return (
    <details class="card evidence" open={open} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        <h3>{data ? kindName(data.kind) : "Evidence"}</h3>
        <span class="muted small clip grow">{data ? data.subject : id}</span>
        {data && (
          <span class="muted small">
            <When at={data.time} full />
          </span>
        )}
      </summary>
      <div class="card-body stack">
        {shown && (
          <Loaded of={record} lines={4}>
            {(found) =>
              found.body === null ? (
                <p class="row muted">
                  <Icon name="lock" />
                  The body is not at hand: it was not stored, is kept no longer, or its key is missing.
                </p>
              ) : (
                <>
                  {isDrawn(found.kind) && <Drawing of={found} pointer={pointer} />}
                  <Raw of={found} open={!isDrawn(found.kind)} />
                  <p class="muted small row">
                    <code>{found.id}</code> seen by probe {found.probe} {found.probe_version}
                  </p>
                </>
              )
            }
          </Loaded>
        )}
      </div>
    </details>
  );
}
