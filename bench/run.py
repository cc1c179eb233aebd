#!/usr/bin/env python3
"""Runs the benchmarks over a lab of its own and prints ratios. docs/benchmarks.md says what each means.

    bench/run.py --build build-bench [--apps 1000] [--only tls|sweep|dns|takeover|platform|secrets]
"""

import argparse
import collections
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lab"))

import dns_part  # noqa: E402
import lab  # noqa: E402  (needs the path above)
import platform_part  # noqa: E402
import secrets_part  # noqa: E402
import takeover_part  # noqa: E402

SITES = ["tls-intermediate.lab", "tls-dual.lab", "tls-old.lab"]


def run(command, watch=None, **options):
    """Runs `command` alone; returns (output, wall seconds, CPU seconds of it and its children, peak resident kB, exit code, errors).
    `watch` is called with its process id."""
    started = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if watch:
        watch(process.pid)
    errors = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    reader.start()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join()
    return output, time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, process.returncode, errors[0]


class ResidentMemory:
    """The most resident memory of a process while the request log grows: reports, which are written after it, do not count."""

    def __init__(self, log):
        self.log, self.samples, self.ended, self.thread = log, [], threading.Event(), None

    def watch(self, pid):
        self.thread = threading.Thread(target=self._sample, args=(pathlib.Path(f"/proc/{pid}/statm"),))
        self.thread.start()

    def _sample(self, statm):
        page = resource.getpagesize() // 1024
        while not self.ended.wait(0.02):
            try:
                self.samples.append((self.log.stat().st_size, int(statm.read_text().split()[1]) * page))
            except (OSError, IndexError):
                continue

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        if self.thread:
            self.thread.join()

    @property
    def highest(self):
        size = self.log.stat().st_size
        return max((kb for at, kb in self.samples if at < size), default=0)


class CountingProxy:
    """Forwards one port and counts connections, so that every tool's are counted the same way."""

    def __init__(self, address, port):
        self.upstream = (address, port)
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(self.upstream)
        except OSError:
            client.close()
            return
        back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        back.start()
        self._copy(client, server)
        back.join()
        client.close()
        server.close()

    @staticmethod
    def _copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def look_up(server, name):
    """One A query; the first address of the answer."""
    query = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(query, server)
        answer = sock.recv(4096)
    at = answer.find(b"\0\1\0\1", len(query))
    return socket.inet_ntoa(answer[at + 10 : at + 14])


class Bench:
    def __init__(self, build, apps):
        self.build, self.apps = build, apps
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="assay-bench-"))

    def __enter__(self):
        subprocess.run([sys.executable, ROOT / "lab/lab.py", "up", "--background", "--state", self.state, "--fleet", str(self.apps)], check=True,
                       stdout=subprocess.DEVNULL)
        self.lab = json.loads((self.state / "lab.json").read_text())
        host, port = self.lab["dns"].rsplit(":", 1)
        self.dns = (host, int(port))
        return self

    def __exit__(self, *_):
        subprocess.run([sys.executable, ROOT / "lab/lab.py", "down", "--state", self.state], check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.state, ignore_errors=True)

    # One port ---------------------------------------------------------------------------------------------------------

    def tls(self, sites, with_testssl):
        print("## One port: enumeration against sslscan and testssl.sh, same nginx, same run\n")
        print("| server | tool | connections | client CPU ms | wall ms |")
        print("|---|---|---|---|---|")
        for name in sites:
            site = next(s for s in self.lab["targets"] if s["name"] == name)
            port = int(site["base"].rsplit(":", 1)[1])
            address = site["addresses"][0]
            ours, suites = self._ours(name, address, port)
            peer, peer_suites = self._sslscan(name, address, port)
            rows = {"assay full": ours, "sslscan, enumeration only": peer}
            if with_testssl:
                rows["testssl.sh -p -E"] = self._testssl(name, address, port)
            for tool, (connections, cpu, wall) in rows.items():
                print(f"| {name} | {tool} | {connections} | {cpu * 1000:.2f} | {wall * 1000:.1f} |")
            for tool, (connections, cpu, wall) in list(rows.items())[1:]:
                print(f"| {name} | **ratio to {tool.split(',')[0]}** | {ours[0] / connections:.2f} | 1/{cpu / ours[1]:.0f} | 1/{wall / ours[2]:.0f} |")
            missed = {v: sorted(found - suites.get(v, set())) for v, found in peer_suites.items() if found - suites.get(v, set())}
            if missed:
                sys.exit(f"{name}: sslscan found suites that were missed: {missed}")
            more = sum(len(s) for s in suites.values()) - sum(len(s) for s in peer_suites.values())
            print(f"| {name} | suites accepted, over all versions: {sum(len(s) for s in suites.values())} of ours, none of sslscan's missed, "
                  f"{more} more than it | | | |")
            if ours[0] > peer[0]:
                sys.exit(f"{name}: more connections than sslscan")
        print()

    def _ours(self, name, address, port):
        best, suites = None, {}
        for _ in range(5):
            output, *_, code, errors = run([self.build / "bench_tls", name, address, port, 50, "full"])
            if code != 0:
                sys.exit(f"bench_tls failed: {errors}")
            result = json.loads(output)
            suites = {version: set(codes) for version, codes in result["versions"].items()}
            row = (result["connections"], result["cpu_us"] / 1e6, result["wall_us"] / 1e6)
            best = row if best is None or row[1] < best[1] else best
        return best, suites

    def _sslscan(self, name, address, port):
        command = ["sslscan", "--no-colour", "--no-heartbleed", "--no-compression", "--no-renegotiation", "--no-fallback", "--no-groups",
                   "--no-check-certificate", "--xml=-", f"--sni-name={name}"]
        proxy = CountingProxy(address, port)  # counted through the proxy, timed without it
        run([*command, f"127.0.0.1:{proxy.port}"])
        proxy.close()
        best, suites = None, {}
        for _ in range(5):
            output, wall, cpu, *_ = run([*command, f"{address}:{port}"])
            best = (proxy.connections, cpu, wall) if best is None or cpu < best[1] else best
            for version, code in re.findall(r'<cipher status="(?:preferred|accepted)" sslversion="([^"]+)"[^>]* id="(0x[0-9A-Fa-f]+)"', output):
                suites.setdefault(version, set()).add(int(code, 16))
        if not suites:
            sys.exit(f"{name}: sslscan's answer was not understood")
        return best, suites

    def _testssl(self, name, address, port):
        proxy = CountingProxy(address, port)
        _, wall, cpu, *_ = run(["testssl", "--color", "0", "--quiet", "--warnings", "off", "--ip", "127.0.0.1", "-p", "-E",
                                f"{name}:{proxy.port}"], cwd=self.state)
        proxy.close()
        return proxy.connections, cpu, wall

    # The fleet --------------------------------------------------------------------------------------------------------

    # What is behind TLS, headers and methods: the whole enumeration and one request of each kind, no tokens.
    TRANSPORT = [f"--only={r}" for r in ("tls-version", "https-only", "hsts", "cert-valid", "methods-disabled", "cookie-flags")]

    def sweep(self):
        print(f"## A sweep of {self.apps} apps\n")
        near, far = self.lab["fleet"]["targets"], self.lab["fleet"]["far_targets"]
        self._against_raw("transport checks", near, self.TRANSPORT)
        self._against_raw("every Connect check", near, [])
        scan = self._scan(far, jobs=400)
        print(f"- every Connect check, {self.lab['fleet']['far_round_trip_ms']} ms round trip, 400 at once, one thread: "
              f"**{scan['apps'] / scan['wall']:.0f} apps/s**, {scan['cpu'] * 1000:.2f} ms client CPU per app")
        self._memory()

    def _scan(self, targets, jobs, extra=()):
        """One run of the program; costs per app, and what the request log proves."""
        log = self.state / "requests.jsonl"
        log.unlink(missing_ok=True)
        command = [self.build / "assay", "scan", "--targets", targets, *self.lab["arguments"], "--rate", "0", "--jobs", str(jobs), "--threads", "1",
                   "--quiet", "--request-log", log, "--format", "json", "--fail-on", "none", *extra]
        with ResidentMemory(log) as memory:
            output, wall, cpu, _, code, errors = run(command, watch=memory.watch)
        if code not in (0, 3):
            sys.exit(f"assay scan failed with {code}: {errors[-2000:]}")
        reports = json.loads(output)
        incomplete = [r["app"]["key"] for r in reports if not r["scan"]["complete"]]
        unproved = [v for r in reports for v in r["verdicts"] if v["outcome"] == "fail"]
        if incomplete or unproved:
            sys.exit(f"the fleet is healthy, but {len(incomplete)} scans were incomplete and {len(unproved)} verdicts fail")
        kinds, links = collections.Counter(), collections.Counter()
        for line in log.open():
            entry = json.loads(line)
            kinds[entry["activity"] if entry["activity"] != "http" else entry["url"].partition(":")[0]] += 1
            if entry["activity"] == "http":
                links[entry["scan"], entry["link"]] += 1
        most = max(n for (_, link), n in links.items() if link != "validation")
        validation = max(n for (_, link), n in links.items() if link == "validation")
        if most > 6 or validation > 2:
            sys.exit(f"the budget was passed: {most} requests on one link, {validation} of initial validation")
        return {"apps": len(reports), "wall": wall, "cpu": cpu / len(reports), "kinds": kinds, "most": most, "validation": validation,
                "resident_kb": memory.highest}

    def _connections(self):
        """How many connections the fleet's nginx has accepted."""
        host, port = pathlib.Path(self.lab["fleet"]["targets"]).read_text().split("/")[2].split(":")
        context = ssl.create_default_context(cafile=self.lab["ca"])
        with socket.create_connection((look_up(self.dns, host), int(port))) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
            secure.sendall(f"GET /connections HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            answer = b"".join(iter(lambda: secure.recv(4096), b"")).decode()
        return int(re.search(r"requests\s+(\d+)", answer).group(1))

    def _against_raw(self, label, targets, extra):
        """Ours and the floor in turn, three times; the cheapest of each, as others use the machine."""
        hosts = self.state / "hosts.txt"
        names = [line.split("/")[2].split(":") for line in pathlib.Path(targets).read_text().split()]
        if not hosts.exists():
            hosts.write_text("".join(f"{n} {look_up(self.dns, n)}\n" for n, _ in names))
        scans, floors = [], []
        for _ in range(3):
            before = self._connections()
            scan = self._scan(targets, 64, extra)
            accepted = self._connections() - before - 1
            apps, kinds = scan["apps"], scan["kinds"]
            quick = kinds["tls-probe"] + kinds["http"]  # a connection without a handshake
            shape = [round(quick / apps), round((accepted - quick) / apps), round(kinds["https"] / apps)]
            floors.append(json.loads(run([self.build / "bench_raw", hosts, names[0][1], self.lab["ca"], *shape])[0])["cpu_us"] / 1e6)
            scans.append(scan)
        start = min(self._start(targets, extra) for _ in range(3))
        best, floor = min(scans, key=lambda s: s["cpu"]), min(floors)
        # What is paid once a run (trust store, catalogue, first key) is told apart: it says nothing about an app.
        ours = best["cpu"] - start / best["apps"]
        requests = (best["kinds"]["http"] + best["kinds"]["https"]) / best["apps"]
        print(f"- {label}, loopback, 64 at once, one thread: **{max(s['apps'] / s['wall'] for s in scans):.0f} apps/s**, "
              f"**{ours * 1000:.2f} ms client CPU per app** and {start * 1000:.0f} ms once")
        print(f"  - per app {requests:.0f} requests, {best['kinds']['tls-probe'] / best['apps']:.0f} TLS probes, {shape[1]} handshakes; at most "
              f"{max(s['most'] for s in scans)} requests on one link, {max(s['validation'] for s in scans)} of initial validation (request log)")
        print(f"  - the same connections, handshakes and requests with blocking sockets and OpenSSL alone: {floor * 1000:.2f} ms; "
              f"**ours is {ours / floor:.2f} ×**")

    def _start(self, targets, extra):
        """CPU of a run whose one target is refused before anything is sent: what is paid once."""
        command = [self.build / "assay", "scan", "http://192.0.2.1/", *self.lab["arguments"], "--kind", "service", "--quiet", "--format", "json",
                   "--fail-on", "none", *extra]
        return run(command)[2]

    def _memory(self):
        targets = self.lab["fleet"]["far_targets"]
        less, more = 32, min(512, self.apps)
        few = self._scan(targets, less)["resident_kb"]
        many = self._scan(targets, more)["resident_kb"]
        print(f"- memory while scanning, {self.lab['fleet']['far_round_trip_ms']} ms round trip: {few / 1024:.0f} MB with {less} scans in flight, "
              f"{many / 1024:.0f} MB with {more}: **{(many - few) / (more - less):.0f} kB per scan in flight**")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--apps", type=int, default=1000)
    parser.add_argument("--names", type=int, default=2000, help="of the takeover check (default 2000)")
    parser.add_argument("--descriptors", type=int, default=10_000, help="of the cold sweep of hosts (default 10000)")
    parser.add_argument("--only", choices=["tls", "sweep", "dns", "takeover", "platform", "secrets"])
    parser.add_argument("--platform-apps", type=int, default=10_000, help="in the ledger (default 10000)")
    parser.add_argument("--platform-findings", type=int, default=200_000, help="in the ledger (default 200000)")
    parser.add_argument("--platform-scans", type=int, default=1000, help="that are recorded, by one thread and by two (default 1000)")
    parser.add_argument("--platform-clients", type=int, default=1000, help="of the event stream (default 1000)")
    parser.add_argument("--platform-databases", nargs="*", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--sites", nargs="*", default=SITES, help="sites of the lab for the one-port benchmark")
    parser.add_argument("--no-testssl", action="store_true", help="leave testssl.sh out; it takes minutes")
    arguments = parser.parse_args()
    try:
        lab.enter()
    except lab.LabError as error:
        sys.exit(f"bench: {error}")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    if arguments.only in (None, "dns"):
        dns_part.run(arguments.build.resolve())
    if arguments.only in (None, "takeover"):
        takeover_part.run(run, arguments.build.resolve(), arguments.names, arguments.descriptors)
    if arguments.only in (None, "platform"):
        platform_part.run(arguments.build.resolve(), arguments)
    if arguments.only == "secrets":  # fetches peers and packages, so that it is asked for by name
        secrets_part.run(run, arguments.build.resolve())
    if arguments.only in ("dns", "takeover", "platform", "secrets"):
        return
    with Bench(arguments.build.resolve(), arguments.apps) as bench:
        if arguments.only != "sweep":
            bench.tls(arguments.sites, not arguments.no_testssl)
        if arguments.only != "tls":
            bench.sweep()


if __name__ == "__main__":
    main()
