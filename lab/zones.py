"""Makes the zones of a small DNS of our own: a signed root, its top-level domains, and every domain of scenarios.py.

Each kind of server has an address of its own in one block 127.0.N.0/24, so that several labs run side by side.
"""

import dataclasses
import subprocess
from pathlib import Path

from scenarios import DOMAINS, PROVIDERS, Domain

HOSTS = {"resolver": 1, "root": 2, "tld": 3, "ns1": 4, "ns2": 5, "provider": 6, "unclaimed": 7, "unclaimed2": 8,
         # misbehaving name servers, dns.py
         "cases": 9, "silent": 10, "servfail": 11, "upward": 12, "slow": 13, "flapping": 14, "rebinding": 15, "truncating": 16,
         # registries, registry.py
         "registry": 20,
         # web servers, providers.py
         "web": 30, "s3": 31, "azure": 32, "heroku": 33, "pages": 34, "ghost": 35,
         "dead": 250}
TTL = 60
SIGNED_TLD = "org"
HOLDER = "hosting.lab"
PROVIDER = "zone-provider.lab"


class Layout:
    """The addresses of one lab."""

    def __init__(self, block):
        self.block = block
        self.addresses = {name: f"127.0.{block}.{number}" for name, number in HOSTS.items()}

    def __getitem__(self, name):
        return self.addresses[name]


@dataclasses.dataclass
class NameServer:
    """One NSD process: where it listens, and the file of each of its zones."""

    name: str
    addresses: list
    zones: dict = dataclasses.field(default_factory=dict)


def registrable(name):
    return ".".join(name.split(".")[-2:])


class World:
    """All zones. `names` maps further host names to addresses: the sites, the fleet, …; `facts` are further words for braces."""

    def __init__(self, directory: Path, layout, names, facts):
        self.directory, self.layout = directory, layout
        self.words = layout.addresses | facts
        directory.mkdir(parents=True, exist_ok=True)
        self.domains = {one.name: one for one in DOMAINS}
        self.extra = {}
        for name, addresses in names.items():
            lines = [f"{name}. {'AAAA' if ':' in address else 'A'} {address}" for address in addresses]
            self.extra.setdefault(registrable(name), []).extend(lines)
        for name in self.extra:
            if name not in PROVIDERS:
                self.domains.setdefault(name, Domain(name, "a site of the lab"))
        self.servers = {key: NameServer(key, [layout[host] for host in hosts]) for key, hosts in (
            ("root", ["root"]), ("tld", ["tld"]), ("hosting", ["ns1", "ns2"]), ("providers", ["provider"]),
            ("unclaimed", ["unclaimed", "unclaimed2"]))}
        self.anchor = directory / "root.key"

    def tlds(self):
        return {name.rpartition(".")[2] for name in (*self.domains, *PROVIDERS)} | {"net"}

    def write(self):
        """Writes and signs every zone file."""
        digests = self._write_domains()
        for name, records in PROVIDERS.items():
            self._write("providers", name, [*records, *self.extra.get(name, [])], "ns1.provider-servers.net")
        delegations = self._write_tlds(digests)
        self._write("root", ".", [f"a.root-servers.net. A {self.layout['root']}", f"a.tld-servers.net. A {self.layout['tld']}",
                                  *delegations], "a.root-servers.net")
        self.anchor.write_text(self._sign("root", ".").with_suffix(".key").read_text())

    def _write_domains(self):
        """Returns the DS records of the signed ones, by domain."""
        digests = {}
        for name, domain in self.domains.items():
            names = [server.partition(".")[2] for server in domain.servers]
            holder = "hosting" if HOLDER in names else "unclaimed" if domain.claimed else ""
            if not holder:
                continue
            self._write(holder, name, [*domain.records, *self.extra.get(name, [])], *domain.servers)
            if domain.signed:
                digest = self._sign(holder, name).with_suffix(".ds").read_text().split()
                if domain.signed == "bogus":
                    digest[-1] = digest[-1][:-4] + ("0000" if digest[-1][-4:] != "0000" else "1111")
                digests[name] = " ".join(digest)
        return digests

    def _write_tlds(self, digests):
        """Returns the records of the root zone."""
        tlds = {tld: [] for tld in sorted(self.tlds())}
        for name, domain in self.domains.items():
            tlds[name.rpartition(".")[2]] += [f"{name}. NS {server}." for server in domain.servers]
        for name in PROVIDERS:
            tlds[name.rpartition(".")[2]].append(f"{name}. NS ns1.provider-servers.net.")
        tlds["lab"] += [f"{host}.{HOLDER}. A {self.layout[host]}" for host in ("ns1", "ns2")]
        tlds["net"] += [f"a.root-servers.net. A {self.layout['root']}", f"a.tld-servers.net. A {self.layout['tld']}",
                        f"ns1.provider-servers.net. A {self.layout['provider']}"]
        tlds[SIGNED_TLD] += digests.values()
        records = []
        for tld, lines in tlds.items():
            self._write("tld", tld, lines, "a.tld-servers.net")
            records.append(f"{tld}. NS a.tld-servers.net.")
        records.append(self._sign("tld", SIGNED_TLD).with_suffix(".ds").read_text().strip())
        return records

    def _write(self, server, zone, records, *name_servers):
        path = self.directory / f"{'root' if zone == '.' else zone}.zone"
        origin = "." if zone == "." else zone + "."
        head = [f"$ORIGIN {origin}", f"$TTL {TTL}", f"@ SOA {name_servers[0]}. admin.{HOLDER}. 1 3600 600 86400 {TTL}",
                *(f"@ NS {name}." for name in name_servers)]
        # The braces of scenarios.py; a record of the lab has none of its own.
        path.write_text("\n".join([*head, *records]).format_map(self.words) + "\n")
        self.servers[server].zones[zone] = path

    def _sign(self, server, zone):
        """Signs a zone that was written; returns the path of its key, without a suffix."""
        def run(*command):
            return subprocess.run(command, cwd=self.directory, check=True, capture_output=True, text=True).stdout.strip()

        base = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone)
        plain = self.servers[server].zones[zone]
        signed = plain.with_suffix(".signed")
        run("ldns-signzone", "-o", zone, "-f", str(signed), str(plain), base)
        self.servers[server].zones[zone] = signed
        # Names of keys hold dots: with_suffix() of the caller must have one to replace.
        return self.directory / (base + ".key")
