"""The DNS part of run.py: hosts probed through a resolver of our own, one name server of which stays silent."""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

RESOLVER, AUTHORITY, SILENT = "127.0.54.1", "127.0.54.2", "127.0.54.3"
ZONE, SLOW = "bench.lab", "silent.lab"
TYPES = ("A", "AAAA", "MX", "TXT", "CAA")

NSD = """server:
  server-count: 1
  do-ip6: no
  ip-address: {authority}@{port}
  username: ""
  zonesdir: "{directory}"
  database: ""
  xfrdfile: "{directory}/xfrd"
  xfrdir: "{directory}"
  zonelistfile: "{directory}/zones"
  pidfile: "{directory}/nsd.pid"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "{zone}"
  zonefile: "{directory}/{zone}"
zone:
  name: "com"
  zonefile: "{directory}/com"
"""

UNBOUND = """server:
  interface: {resolver}@{port}
  outgoing-interface: {resolver}
  do-ip6: no
  num-threads: 1
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  username: ""
  chroot: ""
  directory: "{directory}"
  pidfile: "{directory}/unbound.pid"
  use-syslog: no
  module-config: "iterator"
  outgoing-range: 4096
  num-queries-per-thread: 2048
  so-rcvbuf: 0
remote-control:
  control-enable: no
"""


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.bind((RESOLVER, 0))
        return tcp.getsockname()[1]


class Servers:
    """NSD and Unbound on high ports of loopback, and a server that takes questions and says nothing."""

    def __init__(self, names):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="assay-bench-dns-"))
        self.port = free_port()
        self.hosts = self._zones(names)
        self.processes = []

    def _zones(self, names):
        """Most hosts are sound, some lead to a name that is gone, one in a hundred to the silent server."""
        soa = "$TTL 300\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\nns A {}\n".format(AUTHORITY)
        lines, hosts = [soa], []
        for i in range(names):
            host = f"h{i}.{ZONE}"
            if i % 100 == 99:
                host = f"h{i}.{SLOW}"
            elif i % 10 == 8:
                lines.append(f"h{i} CNAME gone{i}\n")
            elif i % 10 > 5:
                lines.append(f"h{i} CNAME a{i}\na{i} A 192.0.2.{i % 250}\n")
            else:
                lines.append(f"h{i} A 192.0.2.{i % 250}\nh{i} AAAA 2001:db8::{i:x}\n")
            hosts.append(host)
        (self.directory / ZONE).write_text("".join(lines))
        (self.directory / "com").write_text(soa)
        return hosts

    def __enter__(self):
        fill = {"directory": self.directory, "port": self.port, "zone": ZONE, "authority": AUTHORITY, "resolver": RESOLVER}
        (self.directory / "nsd.conf").write_text(NSD.format(**fill))
        stubs = "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {server}@{self.port}\n  stub-prime: no\n'
                        for zone, server in ((ZONE, AUTHORITY), ("com", AUTHORITY), (SLOW, SILENT)))
        (self.directory / "unbound.conf").write_text(UNBOUND.format(**fill) + stubs)
        self.silent = [socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        for one in self.silent:
            one.bind((SILENT, self.port))
        self.silent[1].listen(64)
        self._start("nsd", "-d", "-c", self.directory / "nsd.conf", at=AUTHORITY)
        self.restart_resolver()
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.wait()
        for one in self.silent:
            one.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _start(self, program, *arguments, at):
        path = shutil.which(program) or f"/usr/sbin/{program}"
        process = subprocess.Popen([path, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        for _ in range(200):
            try:
                socket.create_connection((at, self.port), timeout=0.1).close()
                return process
            except OSError:
                time.sleep(0.05)
        sys.exit(f"{program} does not come up on {at}:{self.port}")

    def restart_resolver(self):
        """An empty cache."""
        for process in self.processes[1:]:
            process.terminate()
            process.wait()
        del self.processes[1:]
        self._start("unbound", "-d", "-c", self.directory / "unbound.conf", at=RESOLVER)


def probe(build, servers, names, in_flight):
    command = [build / "bench_dns", f"{RESOLVER}:{servers.port}", str(servers.port), names, str(in_flight), SLOW]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"bench_dns failed: {done.stderr}")
    return json.loads(done.stdout)


def dnsperf(servers):
    """Questions a second that the resolver answers to dnsperf: the types that the probe asks for, of the hosts that work."""
    questions = servers.directory / "questions"
    questions.write_text("".join(f"{host} {kind}\n" for host in servers.hosts if host.endswith(ZONE) for kind in TYPES))
    output = subprocess.run(["dnsperf", "-s", RESOLVER, "-p", str(servers.port), "-d", str(questions), "-n", "5", "-c", "1", "-q", "200"],
                            capture_output=True, text=True, check=True).stdout
    return float(re.search(r"Queries per second:\s+([\d.]+)", output).group(1))


def run(build, names=2000):
    if not shutil.which("dnsperf"):
        sys.exit("bench: dnsperf is missing (Debian package dnsperf)")
    print(f"## The DNS of {names} hosts, one in a hundred behind a silent name server\n")
    with Servers(names) as servers:
        listing = servers.directory / "names"
        listing.write_text("\n".join(servers.hosts) + "\n")
        probe(build, servers, listing, 64)
        results = {}
        for state in ("cold", "warm"):
            rounds = []
            for _ in range(3):
                if state == "cold":
                    servers.restart_resolver()
                rounds.append(probe(build, servers, listing, 200))
            results[state] = min(rounds, key=lambda r: r["others_wall_us"])
        ceiling = max(dnsperf(servers) for _ in range(3))
        for state, result in results.items():
            sound = sum(1 for host in servers.hosts if host.endswith(ZONE))
            seconds = result["others_wall_us"] / 1e6
            asked = result["questions"] / seconds
            print(f"- resolver {state}: **{sound / seconds:.0f} hosts/s** ({asked:.0f} questions/s, {asked / ceiling:.0%} of dnsperf's "
                  f"{ceiling:.0f}), {result['cpu_us'] / names:.0f} µs client CPU per host; they were done after {seconds:.1f} s, the {names - sound} "
                  f"behind the silent server after {result['wall_us'] / 1e6:.1f} s; ends {result['ends']}")
        few, many = (probe(build, servers, listing, n)["resident_growth_kb"] for n in (10, 1000))
        print(f"- memory: **{(many - few) / 990:.1f} kB per host in flight**")
        expected = results["warm"]["ends"]
        if expected.get("nxdomain", 0) != sum(1 for i in range(names) if i % 10 == 8):
            sys.exit(f"hosts whose target is gone were missed: {expected}")
    print()
