// The bodies of evidence that are drawn (docs/evidence.md; src/model/tls.h, dns.h, exchange.h, secret.h). What is absent there may
// be null or empty here; bodies of older schemas may lack members.

export interface Failure {
  code: string;
  detail: string;
}

export interface HttpField {
  name: string;
  value: string;
}

export interface HttpExchange {
  address: string;
  tls_trusted: boolean;
  request: { method: string; url: string; fields: HttpField[]; purpose: string; credential: string; body: string };
  response?: {
    status: number;
    version: string;
    reason: string;
    fields: HttpField[];
    body: string;
    body_bytes: number;
    truncated: boolean;
    complete: boolean;
    anomalies: string[];
  } | null;
  failure?: Failure | null;
  hop: number;
  duration_ms: number;
}

export interface Certificate {
  sha256: string;
  subject: string;
  issuer: string;
  serial: string;
  not_before: string;
  not_after: string;
  dns_names: string[];
  ip_addresses: string[];
  key_type: string;
  key_bits: number;
  curve: string;
  signature_algorithm: string;
  is_ca: boolean;
  self_signed: boolean;
}

export interface TlsHandshake {
  host: string;
  port: number;
  address: string;
  server_name: string;
  version: string;
  suite: string;
  group: string;
  alpn: string;
  chain: Certificate[];
  trusted: boolean;
  chain_errors: { rule: string; depth: number; sha256: string; detail: string }[];
  chain_notes: string[];
  anchor: string;
  name_matches: boolean;
  trust_store: string;
  timestamps?: { embedded: number; tls: number; ocsp: number } | null;
  failure?: Failure | null;
}

export interface TlsEnumeration {
  host: string;
  port: number;
  address: string;
  versions: {
    version: string;
    support: "accepted" | "refused" | "unknown";
    reason: string;
    suites: { code: number; name: string }[];
    suites_complete: boolean;
  }[];
  groups: { code: number; name: string }[];
  connections: number;
  notes: string[];
  failure?: Failure | null;
}

export interface Revocation {
  subject: string;
  serial: string;
  depth: number;
  status: string;
  exempt: string;
  sources: {
    method: string;
    url: string;
    status: string;
    detail: string;
    this_update: string;
    revoked_at: string;
    failure?: Failure | null;
  }[];
}

export interface DnsAnswer {
  name: string;
  type: string;
  server: string;
  address: string;
  rcode: string;
  authoritative: boolean;
  answer: { name: string; type: string; ttl: number; data: string }[];
  failure?: Failure | null;
}

export interface DnsHost {
  host: string;
  chain: string[];
  end: string;
  addresses: string[];
  nxdomain_confirmed?: boolean | null;
  wildcard: boolean;
  resolver_rewrites: boolean;
  answers: DnsAnswer[];
}

export interface DnsZone {
  zone: string;
  parent: string;
  state: string;
  servers: {
    name: string;
    registered_domain: string;
    resolution: string;
    addresses: { address: string; state: string }[];
  }[];
  delegation_signed: boolean;
  mail: { data: string }[];
  answers: DnsAnswer[];
}

export interface Registration {
  domain: string;
  protocol: string;
  server: string;
  state: string;
  statuses: string[];
  registered: string;
  expires: string;
  registrar: string;
  parent_says: string;
  excerpt: string;
  failure?: Failure | null;
}

export interface SecretPlace {
  path: string;
  line: number;
  column: number;
  source: string;
  first_commit: string;
  last_commit: string;
  deleted: boolean;
}

export interface SecretSighting {
  rule: string;
  title: string;
  opens: string;
  hash: string;
  redacted: string;
  confidence: string;
  score: number;
  reasons: string[];
  encodings: string[];
  suppressed: string;
  validity: string;
  places: SecretPlace[];
  places_left_out: number;
}

export interface SecretSweep {
  inputs: string[];
  files: number;
  bytes: number;
  commits: number;
  blobs: number;
  archives: number;
  known?: number;
  gaps: { path: string; reason: string; detail: string }[];
  sightings: SecretSighting[];
}
