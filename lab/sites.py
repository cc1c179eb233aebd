"""The lab's sites: one nginx server per TLS, certificate and header case, the fronts of the apps, and the fleet.

Every site has a registrable name and a loopback address of its own, so that host budgets never mix. The names end in
.lab, which the public DNS does not have: .test would be right for a test, but judges rightly call it no public name.
`expected` holds what a correct scan of the site says about its https origin; a requirement that is not named there is not
part of the case.
"""

import dataclasses

from pki import Leaf

GOOD = {"tls-version": "pass", "https-only": "pass", "hsts": "pass", "cert-valid": "pass"}
YEAR = "max-age=31536000"
SAFE_HEADERS = ('add_header Cache-Control "no-store" always;', 'add_header Referrer-Policy "no-referrer" always;',
                'add_header X-Content-Type-Options "nosniff" always;')
TLS = {
    "modern": ("TLSv1.3", "ECDHE+AESGCM"),
    "intermediate": ("TLSv1.2 TLSv1.3", "ECDHE+AESGCM:ECDHE+CHACHA20"),
    "tls12": ("TLSv1.2", "ECDHE+AESGCM"),
    "dhe": ("TLSv1.2 TLSv1.3", "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM"),
    "tls11": ("TLSv1.1 TLSv1.2", "ALL:@SECLEVEL=0"),
    "tls10": ("TLSv1", "ALL:@SECLEVEL=0"),
    "old": ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", "ALL:!aNULL:!eNULL:@SECLEVEL=0"),
}


@dataclasses.dataclass
class Site:
    name: str
    note: str
    tls: str = "intermediate"
    flaw: str = ""                     # of the certificate, see pki.Leaf
    rsa: bool = False
    hsts: tuple = (YEAR,)              # the field values sent, in order
    plain: str = "redirect"            # redirect | temporary | served | foreign | insecure | closed
    headers: tuple = SAFE_HEADERS
    body: tuple = ()                   # nginx directives in place of the static page
    also: tuple = ()                   # (TLS kind) of a second address of the same name
    v6: bool = False                   # the second address is ::1
    kind: str = "service"              # service | connect
    path: str = "/"
    expected: dict = dataclasses.field(default_factory=dict)
    addresses: list = dataclasses.field(default_factory=list)
    overrides: dataclasses.InitVar[dict] = None

    def __post_init__(self, overrides):
        if not self.expected:
            self.expected = GOOD | (overrides or {})


def proxy(port):
    # nginx refuses TRACE itself with 405; apps that are to see it get it through the error page.
    return (f"location / {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $http_host; "
            "proxy_set_header X-Forwarded-Proto $scheme; }",)


def sloppy_proxy(port):
    return (*proxy(port), "error_page 405 = @trace;",
            f"location @trace {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $http_host; }}")


def all_sites(ports):
    """Every site; `ports` maps the node and Python back ends by name."""
    return _apps(ports) + _tls() + _certificates() + _headers()


def _apps(ports):
    connect = {"kind": "connect", "path": "/atlassian-connect.json", "headers": ()}
    return [
        Site("good-app.lab", "correct Connect app", body=proxy(ports["good"]), **connect),
        Site("bad-app.lab", "its twin with every check off", tls="old", hsts=(), plain="served",
             body=sloppy_proxy(ports["bad"]), overrides={"tls-version": "fail", "https-only": "fail", "hsts": "fail"},
             **connect),
        Site("no-roles-app.lab", "authenticates, but lets every user into administration",
             body=proxy(ports["no-roles"]), **connect),
        Site("defects-app.lab", "one defect per endpoint", body=proxy(ports["defects"]), **connect),
        Site("ec2-203-0-113-9.compute-1.amazonaws.com", "the default name of a machine", overrides={"base-url-owned": "fail"}),
        Site("lab-app.ngrok.io", "behind a tunnel", overrides={"base-url-owned": "fail"}),
    ]


def _tls():
    old = {"tls-version": "fail"}
    return [
        Site("tls-modern.lab", "TLS 1.3 only", tls="modern"),
        Site("tls-intermediate.lab", "TLS 1.2 and 1.3, ECDSA"),
        Site("tls-12.lab", "TLS 1.2 only", tls="tls12"),
        Site("tls-dual.lab", "ECDSA and RSA certificates, DHE", tls="dhe", rsa=True),
        Site("tls-old.lab", "TLS 1.0 to 1.3", tls="old", rsa=True, overrides=old),
        Site("tls-11.lab", "TLS 1.1 and 1.2", tls="tls11", overrides=old),
        Site("tls-10.lab", "TLS 1.0 only", tls="tls10", expected=dict(old)),
        Site("tls-second-address.lab", "a second address still speaks TLS 1.0", also=("old",), overrides=old),
        Site("tls-second-v6.lab", "the IPv6 address still speaks TLS 1.0", also=("old",), v6=True, overrides=old),
    ]


def _certificates():
    bad = {"cert-valid": "fail"}
    unheard = bad | {"hsts": "inconclusive"}  # browsers ignore HSTS over a certificate that does not verify
    weak = {key: outcome for key, outcome in (GOOD | bad).items() if key != "hsts"}
    return [
        Site("cert-expired.lab", "expired", flaw="expired", overrides=unheard),
        Site("cert-future.lab", "not yet valid", flaw="not-yet-valid", overrides=unheard),
        Site("cert-name.lab", "made for another name", flaw="wrong-name", overrides=unheard),
        Site("cert-self.lab", "self-signed", flaw="self-signed", overrides=unheard),
        Site("cert-stranger.lab", "from an authority that nobody trusts", flaw="untrusted", overrides=unheard),
        Site("cert-chain.lab", "intermediate certificate missing", flaw="missing-intermediate", overrides=unheard),
        Site("cert-chain-named.lab", "intermediate certificate missing, but named for those who fetch it",
             flaw="missing-intermediate-named", overrides=unheard),
        Site("cert-purpose.lab", "made for clients", flaw="wrong-purpose", overrides=unheard),
        Site("cert-no-purpose.lab", "says nothing of its purpose", flaw="no-purpose", expected=weak),
        Site("cert-authority.lab", "could issue others", flaw="leaf-is-ca", expected=weak),
        Site("cert-revoked.lab", "revoked by its authority's list", flaw="revoked", expected=weak),
        Site("cert-listed.lab", "names a list that it is not on", flaw="listed"),
        Site("cert-unlisted.lab", "names a list that cannot be had", flaw="unlisted"),
        Site("cert-long.lab", "lives for longer than a public one may; the lab's authority is none", flaw="over-long"),
        # Lists and issuers are given out in plain: they are signed, and TLS would need them first.
        Site("authority.lab", "the lab's certificate authority", plain="served", overrides={"https-only": "fail"},
             body=('location = / { return 200 "<!doctype html><title>Authority</title>"; }', "location / { root ../pki/public; }")),
        Site("cert-rsa1024.lab", "RSA key of 1024 bits", flaw="weak-key", expected=weak),
        Site("cert-sha1.lab", "signed with SHA-1", flaw="sha1", expected=weak),
    ]


def _headers():
    hsts, plain = {"hsts": "fail"}, {"https-only": "fail"}
    insecure = ('add_header Set-Cookie "session=0c9d2b7e61f84a35; Path=/" always;',)
    trace = ("error_page 405 =200 @trace;", "location = / { return 200 \"<!doctype html><title>Lab</title>\"; }",
             "location @trace { default_type message/http; "
             "return 200 \"TRACE $request_uri HTTP/1.1\\r\\nHost: $http_host\\r\\nUser-Agent: $http_user_agent\\r\\n\\r\\n\"; }")
    stack = ("location = / { return 200 \"<!doctype html><title>Lab</title>\"; }",
             "location / { return 500 \"Traceback (most recent call last):\\n  File \\\"/srv/lab/shop/views.py\\\", line 41, "
             "in order\\n    row = cursor.fetchone()[0]\\nTypeError: 'NoneType' object is not subscriptable\\n\"; }")
    return [
        Site("hsts-none.lab", "no HSTS", hsts=(), overrides=hsts),
        Site("hsts-short.lab", "HSTS of a day", hsts=("max-age=86400",), overrides=hsts),
        Site("hsts-second-less.lab", "one second less than a year", hsts=("max-age=31535999",), overrides=hsts),
        Site("hsts-zero.lab", "HSTS switched off", hsts=("max-age=0",), overrides=hsts),
        Site("hsts-no-age.lab", "HSTS without max-age", hsts=("includeSubDomains; preload",), overrides=hsts),
        Site("hsts-quoted.lab", "quoted max-age", hsts=('max-age=\\"31536000\\"; includeSubDomains',)),
        Site("hsts-twice.lab", "two fields, the first is good", hsts=(YEAR, "max-age=0")),
        Site("hsts-twice-bad.lab", "two fields, the first switches it off", hsts=("max-age=0", YEAR), overrides=hsts),
        Site("plain-served.lab", "plain http serves the page", plain="served", overrides=plain),
        Site("plain-foreign.lab", "plain http redirects to another host", plain="foreign", overrides=plain),
        Site("plain-insecure.lab", "plain http redirects to plain http", plain="insecure", overrides=plain),
        Site("plain-temporary.lab", "plain http redirects with 302", plain="temporary"),
        Site("plain-closed.lab", "nothing listens in plain", plain="closed"),
        Site("cookie-bare.lab", "session cookie without flags", headers=SAFE_HEADERS + insecure,
             overrides={"cookie-flags": "fail"}),
        Site("method-trace.lab", "echoes TRACE", body=trace, overrides={"methods-disabled": "fail"}),
        Site("error-stack.lab", "stack trace in an error page", body=stack, overrides={"error-leak": "fail"}),
    ]


def leaves(sites, fleet):
    made = [Leaf(fleet.leaf(at), tuple(fleet.names_at(at))) for at in range(fleet.spread)]
    for site in sites:
        host = "somebody-else.lab" if site.flaw == "wrong-name" else site.name
        made.append(Leaf(site.name, (host,), site.flaw))
        if site.rsa:
            made.append(Leaf(site.name + ".rsa", (host,), site.flaw, rsa=True))
    made.append(Leaf("misbehave", ("*.misbehave.lab",)))
    return made


def assign_addresses(sites, with_v6):
    """Gives each site 127.0.1.n, and a second address to those that want one. Drops IPv6 cases on machines without it."""
    kept = [site for site in sites if with_v6 or not site.v6]
    number = 0
    for site in kept:
        for index in range(1 + len(site.also)):
            if index and site.v6:
                site.addresses.append("::1")
            else:
                number += 1
                site.addresses.append(f"127.0.1.{number}")
    return kept


class NginxConfig:
    def __init__(self, state, pki, ports, user):
        self.state, self.pki, self.ports, self.user = state, pki, ports, user

    def render(self, sites, fleet, more=()):
        """The configuration; `more` are lines of further servers."""
        prefix = self.state / "nginx"
        lines = [
            f"pid {prefix}/nginx.pid;", f"error_log {prefix}/error.log warn;", "daemon off;", f"worker_processes {fleet.workers};",
            f"user {self.user};" if self.user else "", "worker_rlimit_nofile 8192;", "events { worker_connections 4096; }", "http {",
            "default_type text/html;", "server_tokens off;", "server_names_hash_bucket_size 128;", "ssl_session_cache off;",
            "ssl_session_tickets off;", "ssl_dhparam " + str(self.state / "dhparam.pem") + ";", "proxy_http_version 1.1;",
            "log_format lab '$msec\\t$server_addr\\t$ssl_protocol\\t$http_host\\t$request_method\\t$request_uri\\t$status';",
            f"access_log {prefix}/access.log lab;",
            *(f"{kind}_temp_path {prefix}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))]
        for site in sites:
            for index, kind in enumerate((site.tls, *site.also)):
                lines += self._https(site, site.addresses[index], kind)
                lines += self._plain(site, site.addresses[index])
        lines += self._fleet(fleet)
        return "\n".join(filter(None, [*lines, *more])) + "\n}\n"

    def _listen(self, address, port, tls=False):
        shown = f"[{address}]" if ":" in address else address
        return f"listen {shown}:{port}{' ssl' if tls else ''};"

    def _tls(self, kind, *certificates):
        protocols, ciphers = TLS[kind]
        return [*(f"ssl_certificate {self.pki.chain(name)}; ssl_certificate_key {self.pki.key(name)};" for name in certificates),
                f"ssl_protocols {protocols};", f"ssl_ciphers {ciphers};", "ssl_prefer_server_ciphers on;"]

    def _https(self, site, address, kind):
        certificates = (site.name, site.name + ".rsa") if site.rsa else (site.name,)
        page = site.body or ('location = / { return 200 "<!doctype html><title>Lab</title>"; }', "location / { return 404; }")
        return ["server {", self._listen(address, self.ports["https"], True), f"server_name {site.name};",
                *self._tls(kind, *certificates), *(f'add_header Strict-Transport-Security "{value}" always;' for value in site.hsts),
                *site.headers, *page, "}"]

    def _plain(self, site, address):
        https = f"https://{site.name}:{self.ports['https']}$request_uri"
        answer = {
            "redirect": [f"return 301 {https};"], "temporary": [f"return 302 {https};"],
            "foreign": [f"return 301 https://www.foreign-site.lab:{self.ports['https']}/;"],
            "insecure": [f"return 301 http://www.{site.name}:{self.ports['http']}/;"],
            "served": site.body or ['location / { return 200 "<!doctype html><title>Lab</title>"; }'],
        }.get(site.plain)
        if answer is None:
            return []
        return ["server {", self._listen(address, self.ports["http"]), f"server_name {site.name};", *answer, "}"]

    def _fleet(self, fleet):
        """One server per address for the apps that live there: the descriptor names the host that was asked."""
        base = f"https://$host:{self.ports['https']}"
        descriptor = ('{"key":"$host","name":"Fleet app","baseUrl":"%s","authentication":{"type":"jwt"},"lifecycle":{"installed":'
                      '"/installed"},"modules":{"generalPages":[{"key":"page","name":{"value":"Page"},"url":"/page"}]}}' % base)
        lines = []
        for at, address in enumerate(fleet.addresses):
            lines += ["server {", self._listen(address, self.ports["https"], True), *self._tls("intermediate", fleet.leaf(at)),
                      "access_log off;", f'add_header Strict-Transport-Security "{YEAR}" always;', *SAFE_HEADERS,
                      "location = / { return 200 \"<!doctype html><title>Fleet app</title>\"; }",
                      f"location = /atlassian-connect.json {{ default_type application/json; return 200 '{descriptor}'; }}",
                      "location = /page { return 401 \"No token\"; }", "location = /installed { return 401 \"No token\"; }",
                      "location = /connections { stub_status; }",  # counted by bench/run.py
                      "location / { return 404; }", "}"]
        return lines + ["server {", *(self._listen(address, self.ports["http"]) for address in fleet.addresses),
                        "access_log off;", f"return 301 {base}$request_uri;", "}"]


@dataclasses.dataclass
class Fleet:
    """`count` apps on up to 200 addresses, each under a registrable name of its own; the same again behind the delay proxy."""

    count: int
    workers: int

    @property
    def spread(self):
        return min(self.count, 200)

    @property
    def addresses(self):
        return [f"127.0.2.{at + 1}" for at in range(self.spread)]

    def name(self, index, far=False):
        return f"{'far' if far else 'fleet'}-app-{index:05d}.lab"

    def leaf(self, at):
        return f"fleet-{at}"

    def names_at(self, at):
        """The names of the apps on address number `at`."""
        return [self.name(index, far) for index in range(at, self.count, self.spread) for far in (False, True)]

    def records(self):
        """The addresses of every name."""
        return {self.name(index, far): [f"127.0.{3 if far else 2}.{index % self.spread + 1}"]
                for index in range(self.count) for far in (False, True)}
