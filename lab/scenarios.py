"""Every domain of the lab, in one file: its zone, who serves it, what the registry says of it, what a correct scan says.

zones.py makes zone files of this, registry.py the answers of the registries, tests/e2e/test_domains.py the expectations.
Zone records are in master-file form (RFC 1035 §5), relative to the domain. Braces name addresses of zones.py: {web} serves
pages, {dead} has no server, {root} and so on; {web_key} is the SHA-256 of the public key of {web}.
"""

import dataclasses

LIVE = "@ A {web}", "www A {web}"
BOTH = ("ns1.hosting.lab", "ns2.hosting.lab")
LONG_TEXT = " ".join('"%s"' % (chr(97 + at) * 250) for at in range(20))  # 5 kB: more than any UDP answer holds


@dataclasses.dataclass(frozen=True)
class Domain:
    """One registrable domain. `host` is what a scan is pointed at; "" when nothing of it is scanned."""

    name: str
    note: str
    host: str = ""
    records: tuple = ()
    servers: tuple = BOTH        # the NS set at the parent; () leaves the domain out of the parent zone
    claimed: bool = False        # zone-provider.lab has set the zone up
    signed: str = ""             # "" | "good" | "bogus"; only below .org, whose zone is signed
    registration: str = "registered"  # a state of registry.py
    dangling: str = ""           # expected verdict of dns-dangling on the host, "" when it is no part of the case
    leads_to: str = ""           # a domain that nobody has and that the records depend on; domain-registered names it, too
    registered: str = ""         # of domain-registered on the domain
    proof: str = ""              # a text that the finding's proof must contain


def _www(name, note, *records, **rest):
    return Domain(name, note, host="www." + name, records=records, **rest)


def _cname(name, note, target, **rest):
    return _www(name, note, "@ A {web}", f"www CNAME {target}", **rest)


def _on(server, name, note, **rest):
    """A domain whose zone is left to one server (or several)."""
    servers = (server,) if isinstance(server, str) else server
    return _www(name, note, *LIVE, servers=servers, **rest)


# Providers, as the public DNS shows them: names that nobody has claimed answer with the provider's page, or not at all.
# The names are those of takeover catalogues; what is claimed here is called assay-lab-claimed, the rest assay-lab-gone.
PROVIDERS = {
    "amazonaws.com": ("*.s3 A {s3}", "s3 A {s3}", "*.s3.eu-central-1 A {s3}", "s3.eu-central-1 A {s3}",
                      "*.elb.eu-central-1 A {web}"),
    "elasticbeanstalk.com": ("assay-lab-claimed.us-east-1 A {web}", "us-east-1 A {web}"),
    "azurewebsites.net": ("@ A {azure}", "assay-lab-claimed A {azure}"),
    "trafficmanager.net": ("@ A {azure}",),
    "herokuapp.com": ("* A {heroku}", "@ A {heroku}"),
    "herokudns.com": ("* A {heroku}",),
    "github.io": ("* A {pages}", "@ A {pages}"),
    "github.com": ("pages A {pages}", "@ A {pages}"),
    "cloudfront.net": ("@ A {web}",),
    "ghost.io": ("* A {ghost}", "@ A {ghost}"),
    "ngrok.io": ("@ A {web}",),
    # where the WHOIS of the real registries is
    "nic.io": ("whois A {registry}",),
    "denic.de": ("whois A {registry}",),
}

# Domains that the others lean on: name servers, and hosts in front of providers.
SUPPORT = [
    Domain("hosting.lab", "the host of sound zones", records=("@ A {web}", "ns1 A {ns1}", "ns2 A {ns2}", "mail A {web}")),
    Domain("zone-provider.lab", "its server refuses what nobody has set up", records=("ns1 A {unclaimed}", "ns2 A {unclaimed2}")),
    Domain("digitalocean.com", "a provider of zones that anybody can claim",
           records=("ns1 A {unclaimed}", "ns2 A {unclaimed2}", "ns3 A {unclaimed}")),
    Domain("failing-dns.lab", "its server answers SERVFAIL", records=("ns1 A {servfail}",)),
    Domain("upward-dns.lab", "its server refers to the root", records=("ns1 A {upward}",)),
    Domain("silent-dns.lab", "its server never answers", records=("ns1 A {silent}", "ns2 A {silent}")),
    Domain("slow-dns.lab", "its server takes 0.6 s", records=("ns1 A {slow}",)),
    Domain("flapping-dns.lab", "its server fails every second question", records=("ns1 A {flapping}",)),
    Domain("rebinding-dns.lab", "its server changes its mind", records=("ns1 A {rebinding}",)),
    Domain("truncating-dns.lab", "its server truncates everything over UDP", records=("ns1 A {truncating}",)),
    Domain("private-dns.lab", "its server has a private address", records=("ns1 A 10.11.12.53",)),
    Domain("registry.lab", "the registries (registry.py)", records=("rdap A {registry}", "* A {registry}")),
    Domain("cases-dns.lab", "the server of dns-cases.lab", records=("ns1 A {cases}",)),
    Domain("dns-cases.lab", "names that fail, loop or stay silent (dns.py)", servers=("ns1.cases-dns.lab",)),
    Domain("front.lab", "a second hop", records=("gone CNAME assay-lab-gone.azurewebsites.net.",
                                                 "*.wild CNAME assay-lab-gone.azurewebsites.net.",
                                                 "claimed CNAME assay-lab-claimed.azurewebsites.net.", "live A {web}")),
    Domain("foreign-site.lab", "a third party that no scan may call (misbehave.py)"),
    Domain("misbehave.lab", "servers that misbehave (misbehave.py)"),
]

FAIL, PASS, OPEN = {"dangling": "fail"}, {"dangling": "pass"}, {"dangling": "inconclusive"}

DANGLING = [
    _cname("cname-bucket.lab", "CNAME to a bucket that does not exist", "www.cname-bucket.lab.s3.amazonaws.com.", **FAIL,
           proof="NoSuchBucket"),
    _cname("cname-azure.lab", "CNAME to an App Service that does not exist: NXDOMAIN", "assay-lab-gone.azurewebsites.net.", **FAIL,
           proof="NXDOMAIN"),
    _cname("cname-beanstalk.lab", "CNAME to an environment that does not exist", "assay-lab-gone.us-east-1.elasticbeanstalk.com.",
           **FAIL, proof="NXDOMAIN"),
    _cname("cname-two-hops.lab", "the second CNAME is the one that dangles", "gone.front.lab.", **FAIL,
           proof="assay-lab-gone.azurewebsites.net"),
    _cname("cname-ghost.lab", "CNAME to a blog that was given up", "assay-lab-gone.ghost.io.", **FAIL),
    _cname("cname-heroku.lab", "CNAME to an app that does not exist, at a provider with random targets",
           "quiet-forest-1234.herokudns.com.", **OPEN),
    _cname("cname-pages.lab", "CNAME to pages that nobody has set up, at a provider that verifies domains",
           "assay-lab-gone.github.io.", **FAIL, proof="There isn't a GitHub Pages site here."),
    _cname("cname-unregistered.lab", "CNAME into a domain that nobody has", "app.lapsed-target.lab.", **FAIL,
           proof="lapsed-target.lab", leads_to="lapsed-target.lab"),
    _www("wildcard-cname.lab", "every name is a CNAME to an app that does not exist", "@ A {web}",
         "* CNAME assay-lab-gone.azurewebsites.net.", **FAIL),
    _on(("ns1.digitalocean.com", "ns2.digitalocean.com"), "ns-claimable.lab", "the provider of the zone has no such zone", **FAIL,
        proof="refused"),
    _on(("ns1.zone-provider.lab", "ns2.zone-provider.lab"), "ns-refused.lab", "REFUSED by every server, of no known provider", **FAIL),
    _on("ns1.failing-dns.lab", "ns-servfail.lab", "SERVFAIL by the only server", **FAIL),
    _on("ns1.upward-dns.lab", "ns-upward.lab", "the only server refers to the root", **FAIL),
    _on("ns1.lapsed-dns.lab", "ns-unregistered.lab", "the name server is in a domain that nobody has", **FAIL, proof="lapsed-dns.lab", leads_to="lapsed-dns.lab"),
    _on(("ns1.hosting.lab", "ns2.lapsed-dns.lab"), "ns-half-unregistered.lab", "one of two name servers is in such a domain", **FAIL,
        proof="lapsed-dns.lab", leads_to="lapsed-dns.lab"),
    _on(("ns1.hosting.lab", "ns1.zone-provider.lab"), "ns-partly-lame.lab", "one of two servers refuses the zone", **PASS),
    _on(("ns1.silent-dns.lab", "ns2.silent-dns.lab"), "ns-silent.lab", "no server answers", **OPEN),
    _on("ns1.private-dns.lab", "ns-private.lab", "the name server has a private address", **OPEN),
    _www("mx-unregistered.lab", "mail goes to a domain that nobody has", *LIVE, "@ MX 10 mx.lapsed-mail.lab.", "www MX 10 mx.lapsed-mail.lab.",
         **FAIL, proof="lapsed-mail.lab", leads_to="lapsed-mail.lab"),
    _www("mx-of-host.lab", "mail for the host alone goes to a domain that nobody has", *LIVE, "www MX 10 mx.lapsed-mx.lab.",
         **FAIL, proof="lapsed-mx.lab", leads_to="lapsed-mx.lab"),
    _www("spf-unregistered.lab", "the domain's SPF policy takes in a domain that nobody has", *LIVE,
         '@ TXT "v=spf1 include:_spf.lapsed-spf.lab -all"', **FAIL, proof="include:_spf.lapsed-spf.lab", leads_to="lapsed-spf.lab"),
    _www("a-pages.lab", "the address of a provider of pages that knows no such name", "@ A {web}", "www A {pages}", **FAIL,
         proof="There isn't a GitHub Pages site here."),
]

SOUND = [
    _cname("cname-claimed.lab", "CNAME to an App Service that exists", "assay-lab-claimed.azurewebsites.net.", **PASS),
    _cname("cname-claimed-hops.lab", "the same through a second CNAME", "claimed.front.lab.", **PASS),
    _cname("cname-claimed-pages.lab", "CNAME to pages that exist", "assay-lab-claimed.github.io.", **PASS),
    _cname("cname-claimed-bucket.lab", "CNAME to a bucket that exists", "www.cname-claimed-bucket.lab.s3.amazonaws.com.", **PASS),
    _www("wildcard-a.lab", "every name has the address", "@ A {web}", "* A {web}", **PASS),
    Domain("assay-lab-signed.org", "DNSSEC that validates, and a TLSA record for the key in use", "www.assay-lab-signed.org",
           (*LIVE, "_443._tcp.www TLSA 3 1 1 {web_key}"), signed="good", **PASS),
    Domain("assay-lab-rekeyed.org", "a TLSA record for a key that is gone", "www.assay-lab-rekeyed.org",
           (*LIVE, f"_443._tcp.www TLSA 3 1 1 {'07' * 32}"), signed="good", **PASS),
    _on(("ns1.zone-provider.lab", "ns2.zone-provider.lab"), "ns-claimed.lab", "the provider of the zone has set it up", claimed=True,
        **PASS),
    _on(("ns1.hosting.lab", "ns1.silent-dns.lab"), "ns-half-silent.lab", "one of two servers never answers", **PASS),
    _on("ns1.slow-dns.lab", "ns-slow.lab", "the name server is slow", **PASS),
    _on("ns1.truncating-dns.lab", "ns-truncating.lab", "the name server answers over TCP only", **PASS),
    _www("zero-ttl.lab", "no answer may be kept", "@ 0 A {web}", "www 0 A {web}", **PASS),
    _www("long-chain.lab", "eight CNAMEs", "www CNAME c1", *(f"c{at} CNAME c{at + 1}" for at in range(1, 8)), "c8 A {web}", **PASS),
    _www("long-text.lab", "TXT records that need TCP", *LIVE, f"@ TXT {LONG_TEXT}", f"www TXT {LONG_TEXT}", **PASS),
    _www("null-mx.lab", "a null MX (RFC 7505)", *LIVE, "@ MX 0 .", "www MX 0 .", **PASS),
    _www("mx-sound.lab", "mail goes to a host that exists", *LIVE, "@ MX 10 mail.hosting.lab.", **PASS),
    _www("spf-sound.lab", "an SPF policy that takes in a domain that exists", *LIVE, '@ TXT "v=spf1 include:hosting.lab -all"',
         'www TXT "v=spf1 redirect=hosting.lab"', **PASS),
    _www("a-claimed-pages.lab", "the address of a provider of pages that knows the name", "@ A {web}", "www A {pages}", **PASS),
    _www("dname.lab", "a DNAME on the way", "@ A {web}", "new A {web}", "www.new A {web}", "old DNAME new", "www CNAME www.old", **PASS),
    _www("xn--bcher-kva.lab", "an internationalised name", *LIVE, **PASS),
    _www("a-dead.lab", "an address where nothing listens proves nothing", "@ A {web}", "www A {dead}", **PASS),
]

UNKNOWABLE = [
    Domain("assay-lab-bogus.org", "DNSSEC that does not validate", "www.assay-lab-bogus.org", LIVE, signed="bogus", **OPEN),
    _on("ns1.flapping-dns.lab", "ns-flapping.lab", "the name server fails every second question"),
    _cname("cname-cdn.lab", "CNAME that does not exist at a provider that checks names", "d111111abcdef8.cloudfront.net."),
    _www("cname-loop.lab", "a circle of CNAMEs", "@ A {web}", "www CNAME ring", "ring CNAME www", **OPEN),
    _www("too-long-chain.lab", "forty CNAMEs", "www CNAME c1", *(f"c{at} CNAME c{at + 1}" for at in range(1, 40)), "c40 A {web}", **OPEN),
    _www("non-terminal.lab", "an empty non-terminal", "@ A {web}", "deep.www A {web}"),
    _www("nodata.lab", "a CNAME to a name without addresses", "@ A {web}", "www CNAME text", 'text TXT "no address here"'),
    _www("nobody-there.lab", "the host does not exist in a sound zone", "@ A {web}"),
    _www("private-address.lab", "private addresses in public DNS", "@ A {web}", "www A 10.0.0.7", "www A 192.168.3.4"),
    _www("metadata-address.lab", "the metadata address", "@ A {web}", "www A 169.254.169.254"),
    _www("mapped-address.lab", "IPv4 inside IPv6: mapped, NAT64, 6to4", "@ A {web}", "www AAAA ::ffff:10.0.0.7",
         "www AAAA 64:ff9b::a00:7", "www AAAA 2002:a00:7::1"),
    _on("ns1.rebinding-dns.lab", "rebinding.lab", "another address at every question"),
]

REGISTRIES = [
    Domain("lapsed-app.lab", "the app's own domain is free for everybody", "www.lapsed-app.lab", servers=(), registration="free",
           registered="fail", proof="lapsed-app.lab"),
    Domain("held-app.lab", "on client hold", "www.held-app.lab", servers=(), registration="hold", registered="fail"),
    Domain("redeemed-app.lab", "in its redemption period", "www.redeemed-app.lab", servers=(), registration="redemption",
           registered="fail"),
    Domain("dropping-app.lab", "about to be deleted", "www.dropping-app.lab", servers=(), registration="pending-delete",
           registered="fail"),
    Domain("reserved-app.lab", "nobody can register it", "www.reserved-app.lab", servers=(), registration="reserved",
           registered="inconclusive"),
    Domain("free-but-there.lab", "the registry says free, the zone says delegated", "www.free-but-there.lab", LIVE,
           registration="free", registered="pass"),
    _www("expiring-app.lab", "expires in 5 days", *LIVE, registration="expiring", registered="pass"),
    _www("renewing-app.lab", "lapsed and renewed by the registry for a grace period", *LIVE, registration="auto-renew"),
    _www("lasting-app.lab", "registered for years", *LIVE, registration="registered", registered="pass"),
    _www("undated-app.lab", "the registry tells no dates", *LIVE, registration="undated", registered="pass"),
    _www("throttled-app.lab", "429 with Retry-After", *LIVE, registration="throttled", registered="inconclusive"),
    _www("html-app.lab", "a page in place of RDAP", *LIVE, registration="html", registered="inconclusive"),
    _www("malformed-app.lab", "JSON that is cut", *LIVE, registration="malformed", registered="inconclusive"),
    _www("error-app.lab", "an error object with status 200", *LIVE, registration="error-in-200", registered="inconclusive"),
    _www("slow-registry-app.lab", "the registry never answers", *LIVE, registration="slow", registered="inconclusive"),
    _www("moved-app.lab", "the registry redirects", *LIVE, registration="moved", registered="pass"),
    # .io and .de have no RDAP in the lab's bootstrap file, as in IANA's of 2026-03.
    _www("assay-lab-whois.io", "registered, says WHOIS", *LIVE, registered="pass"),
    Domain("assay-lab-free.io", "free, says WHOIS", "www.assay-lab-free.io", servers=(), registration="free", registered="fail"),
    Domain("assay-lab-free.de", "free, says DENIC", "www.assay-lab-free.de", servers=(), registration="free", registered="fail"),
    _www("assay-lab-undated.de", "registered, says DENIC, which tells no dates", *LIVE, registered="pass"),
    _www("assay-lab-throttled.io", "WHOIS limits us", *LIVE, registration="throttled", registered="inconclusive"),
    _www("assay-lab-unreadable.io", "WHOIS answers noise", *LIVE, registration="html", registered="inconclusive"),
]

# The marketplace's two apps of this kind: the app itself is sound, one host that it names is not.
APPS = [
    _www("expired-domain-app.lab", "its webhooks still go to a domain that nobody has any more: lapsed-hooks.lab", *LIVE),
    _www("takeover-app.lab", "a page of it comes from a bucket that nobody has any more", *LIVE,
         "docs CNAME docs.takeover-app.lab.s3.amazonaws.com."),
    _www("bucket-app.lab", "a page of it comes from a bucket that lists itself, another from a locked one", *LIVE,
         "files CNAME files.bucket-app.lab.s3.amazonaws.com.", "safe CNAME safe.bucket-app.lab.s3.amazonaws.com."),
]

# Hosts directly at a provider: what the registry says of its domain is no concern of the app.
HOSTED = [
    Domain("", "the app's host is an App Service name that nobody holds", "assay-lab-gone.azurewebsites.net", **FAIL, proof="NXDOMAIN"),
    Domain("", "the app's host is a bucket that nobody holds", "assay-lab-gone.s3.amazonaws.com", **FAIL, proof="NoSuchBucket"),
    Domain("", "the app's host is an App Service that exists", "assay-lab-claimed.azurewebsites.net", **PASS),
]

DOMAINS = SUPPORT + DANGLING + SOUND + UNKNOWABLE + REGISTRIES + APPS
CASES = DANGLING + SOUND + UNKNOWABLE + REGISTRIES + HOSTED
