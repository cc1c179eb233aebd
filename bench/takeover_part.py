"""The takeover part of run.py: the verdicts of dns-dangling on many hosts, in a small DNS of our own with registries and hosting
providers that answer (those of ../lab), where one name server stays silent."""

import asyncio
import datetime
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import lab
import nameservers
import pki
import providers
import registry
import zones
from dns import start as start_misbehaving
from scenarios import Domain

HOSTS_OF_A_DOMAIN = 10
AZURE, PAGES = "azurewebsites.net.", "github.io."


def records_of(at, host):
    """What a host of a domain leads to, and the verdict that it must get. In ten: three dangle, two are claimed at a provider, five are sound."""
    return {0: (f"CNAME gone-{at}.{AZURE}", "fail"),           # NXDOMAIN from the provider's zone
            1: (f"CNAME {host}.s3.amazonaws.com.", "fail"),    # the provider's page of buckets that do not exist
            2: (f"CNAME gone-{at}.{PAGES}", "fail"),           # the same of pages, which a control must not show
            3: (f"CNAME assay-lab-claimed.{AZURE}", "pass"),
            4: (f"CNAME assay-lab-claimed.{PAGES}", "pass"),
            5: ("CNAME h9", "pass"), 6: ("CNAME h9", "pass")}.get(at % HOSTS_OF_A_DOMAIN, ("A {dead}", "pass"))


def domains_of(hosts):
    """The domains, and what is expected of each host. In a hundred domains one is left to the silent server."""
    domains, expected = [], {}
    for number in range(hosts // HOSTS_OF_A_DOMAIN):
        name, silent = f"d{number:04d}.lab", number % 100 == 99
        records = []
        for at in range(HOSTS_OF_A_DOMAIN):
            host = f"h{at}.{name}"
            data, expected[host] = records_of(number * HOSTS_OF_A_DOMAIN + at, host)
            records.append(f"h{at} {data}")
            if silent:
                expected[host] = "inconclusive"
            elif at in (3, 4):
                providers.CLAIMED.add(host)
        servers = {"servers": ("ns1.silent-dns.lab",)} if silent else {}
        domains.append(Domain(name, "of the benchmark", records=tuple(records), **servers))
    return domains, expected


class Marketplace:
    """`hosts` hosts, the servers behind them, and one descriptor for each."""

    def __init__(self, hosts):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="assay-bench-takeover-"))
        self.layout = lab.choose_layout()
        self.domains, self.expected = domains_of(hosts)
        self.children, self.loop = {}, asyncio.new_event_loop()

    def __enter__(self):
        self.pki = pki.Pki(self.directory / "pki")
        self.pki.ensure(providers.leaves(), "http://authority.lab:1")
        world = zones.World(self.directory / "zones", self.layout, {}, {"web_key": self.pki.key_digest("web")})
        world.domains |= {one.name: one for one in self.domains}
        world.write()
        self.anchor = world.anchor
        for server in world.servers.values():
            self._spawn(server.name, nameservers.nsd_command(lab.find_program("nsd", "nsd"), server, world.directory),
                        server.addresses[0], next(iter(server.zones)))
        bootstrap = self.directory / "catalog" / "registration" / "rdap.json"
        bootstrap.parent.mkdir(parents=True)
        bootstrap.write_text(json.dumps(registry.Registry.bootstrap(world.tlds())))
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.own = self._on_loop(self._start_own(world))
        self.restart_resolver()
        self.arguments = ["--resolver", f"{self.layout['resolver']}:53", "--trust", self.pki.trust, "--allow-network", "127.0.0.0/8",
                          "--catalog", self.directory / "catalog", "--rate", "0", "--dns-rate", "0", "--registry-rate", "0", "--second-look", "0"]
        return self

    def __exit__(self, *_):
        self._on_loop(self._end_own())
        self.loop.call_soon_threadsafe(self.loop.stop)
        for name in list(self.children):
            self._end(name)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _on_loop(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def _start_own(self, world):
        return [*await start_misbehaving(self.layout), *await providers.start(self.layout, self.pki),
                *await registry.Registry(world.domains, zones.PROVIDERS).start(self.layout, self.pki)]

    async def _end_own(self):
        for server in self.own:
            server.close()
        await asyncio.sleep(0)  # a datagram's socket is closed by the loop's next turn

    def _spawn(self, name, command, address, zone):
        self.children[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            if nameservers.answers(address, zone):
                return
        sys.exit(f"{name} does not come up on {address}")

    def _end(self, name):
        process = self.children.pop(name, None)
        if process:
            process.terminate()
            process.wait()

    def restart_resolver(self):
        """An empty cache."""
        self._end("unbound")
        command = nameservers.lab_resolver_command(lab.find_program("unbound", "unbound"), self.layout, self.anchor, self.directory / "zones")
        self._spawn("unbound", command, self.layout["resolver"], "hosting.lab")

    def descriptors(self):
        """A file that lists a descriptor for each host."""
        place = self.directory / "descriptors"
        place.mkdir(exist_ok=True)
        paths = []
        for host in self.expected:
            app = {"key": host, "name": host, "baseUrl": f"https://{host}", "authentication": {"type": "none"}}
            paths.append(place / f"{host}.json")
            paths[-1].write_text(json.dumps(app))
        return self._targets(paths)

    def urls(self):
        return self._targets(f"https://{host}/" for host in self.expected)

    def _targets(self, lines):
        path = self.directory / "targets"
        path.write_text("".join(f"{line}\n" for line in lines))
        return path


def check(verdicts, expected):
    """Every planted name is found, no sound one is accused, and what nobody answers for is no pass."""
    wrong = {host: verdicts.get(host) for host, outcome in expected.items() if verdicts.get(host) != outcome}
    if wrong:
        sys.exit(f"{len(wrong)} of {len(expected)} verdicts are wrong, e.g. {dict(list(wrong.items())[:5])}")


def sweep(run_program, build, market, targets, kind, in_flight):
    """One run over `targets`; seconds until all but the silent hosts were judged, seconds in all, CPU seconds."""
    market.restart_resolver()
    command = [build / "assay", "scan", "--targets", targets, *market.arguments, "--kind", kind, "--only", "dns-dangling", "--jobs", str(in_flight),
               "--threads", "1", "--quiet", "--format", "json", "--fail-on", "none"]
    output, _, cpu, _, code, errors = run_program(command)
    if code not in (0, 3):
        sys.exit(f"assay scan failed with {code}: {errors[-2000:]}")
    verdicts, ends, begun = {}, {}, []
    for report in json.loads(output):
        begun.append(datetime.datetime.fromisoformat(report["scan"]["started"]))
        for verdict in report["verdicts"]:
            verdicts[verdict["subject"]] = verdict["outcome"]
            ends[verdict["subject"]] = datetime.datetime.fromisoformat(report["scan"]["finished"])
    check(verdicts, market.expected)
    first = min(begun)
    others = max(end for host, end in ends.items() if market.expected[host] != "inconclusive")
    return (others - first).total_seconds(), (max(ends.values()) - first).total_seconds(), cpu


def run(run_program, build, names=2000, descriptors=10_000):
    print(f"## The takeover check, verdicts included: {names} names, then the hosts of {descriptors} descriptors, one in a hundred behind a "
          "silent name server\n")
    for label, hosts, kind, rounds, in_flight in (("names", names, "service", 3, 200), ("descriptors", descriptors, "connect", 1, 400)):
        with Marketplace(hosts) as market:
            targets = market.urls() if kind == "service" else market.descriptors()
            runs = [sweep(run_program, build, market, targets, kind, in_flight) for _ in range(rounds)]
            sound = sum(outcome != "inconclusive" for outcome in market.expected.values())
            dangling = sum(outcome == "fail" for outcome in market.expected.values())
        others, whole, _ = min(runs)
        cpu = min(seconds for *_, seconds in runs)
        print(f"- {hosts} {label}, resolver cold, {in_flight} at once, one thread: **{sound / others:.0f}/s**, {cpu / hosts * 1e6:.0f} µs client CPU "
              f"each; {sound} were judged after {others:.1f} s, the {hosts - sound} behind the silent server after {whole:.1f} s; all {dangling} "
              f"dangling names found, no other accused")
    print()
