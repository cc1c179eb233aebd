#!/usr/bin/env python3
"""Runs the benchmarks over a lab of its own and prints ratios. docs/benchmarks.md says what each means.

    bench/run.py --build build-bench [--apps 1000] [--only tls|sweep]
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

SITES = ["tls-intermediate.lab", "tls-dual.lab", "tls-old.lab"]
ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(command, **options):
    """Runs `command` alone; returns (output, wall seconds, CPU seconds of it and its children, peak resident kB)."""
    started = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    errors = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    reader.start()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join()
    return output, time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, process.returncode, errors[0]


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
            ours = self._ours(name, address, port)
            rows = {"assay full": ours, "sslscan, enumeration only": self._peer(name, address, port, self._sslscan)}
            if with_testssl:
                rows["testssl.sh -p -E"] = self._peer(name, address, port, self._testssl)
            for tool, (connections, cpu, wall) in rows.items():
                print(f"| {name} | {tool} | {connections} | {cpu * 1000:.2f} | {wall * 1000:.1f} |")
            peer = rows["sslscan, enumeration only"]
            print(f"| {name} | **ratio to sslscan** | {ours[0] / peer[0]:.2f} | 1/{peer[1] / ours[1]:.0f} | 1/{peer[2] / ours[2]:.0f} |")
            if with_testssl:
                print(f"| {name} | **ratio to testssl.sh** | {ours[0] / rows['testssl.sh -p -E'][0]:.2f} | 1/{rows['testssl.sh -p -E'][1] / ours[1]:.0f} "
                      f"| 1/{rows['testssl.sh -p -E'][2] / ours[2]:.0f} |")
        print()

    def _ours(self, name, address, port):
        best = None
        for _ in range(5):
            output, *_, code, errors = run([self.build / "bench_tls", name, address, port, 50, "full"])
            if code != 0:
                sys.exit(f"bench_tls failed: {errors}")
            result = json.loads(output)
            row = (result["connections"], result["cpu_us"] / 1e6, result["wall_us"] / 1e6)
            best = row if best is None or row[1] < best[1] else best
        return best

    def _peer(self, name, address, port, command):
        proxy = CountingProxy(address, port)
        run(command(name, "127.0.0.1", proxy.port))  # counted through the proxy, timed without it
        connections = proxy.connections
        proxy.close()
        best = None
        for _ in range(3 if command == self._sslscan else 1):
            _, wall, cpu, *_ = run(command(name, address, port))
            best = (connections, cpu, wall) if best is None or cpu < best[1] else best
        return best

    @staticmethod
    def _sslscan(name, address, port):
        return ["sslscan", "--no-colour", "--no-heartbleed", "--no-compression", "--no-renegotiation", "--no-fallback", "--no-groups",
                "--no-check-certificate", f"--sni-name={name}", f"{address}:{port}"]

    @staticmethod
    def _testssl(name, address, port):
        return ["testssl", "--color", "0", "--quiet", "--warnings", "off", "--ip", address, "-p", "-E", f"{name}:{port}"]

    # The fleet --------------------------------------------------------------------------------------------------------

    def sweep(self):
        print(f"## A sweep of {self.apps} apps\n")
        near = self._sweep(self.lab["fleet"]["targets"], jobs=64, label="loopback")
        self._sweep(self.lab["fleet"]["far_targets"], jobs=256, label=f"{self.lab['fleet']['far_round_trip_ms']} ms round trip")
        self._memory()
        self._against_raw(near)

    def _scan(self, targets, jobs, extra=()):
        log, report = self.state / "requests.jsonl", self.state / "report.json"
        log.unlink(missing_ok=True)
        arguments = self.lab["arguments"]
        output, wall, cpu, peak, code, errors = run(
            [self.build / "assay", "scan", "--targets", targets, *arguments, "--rate", "0", "--jobs", str(jobs), "--threads", "1", "--quiet",
             "--request-log", log, "--format", "json", "--fail-on", "none", *extra])
        if code not in (0, 3):
            sys.exit(f"assay scan failed with {code}: {errors[-2000:]}")
        return json.loads(output), wall, cpu, peak, log

    def _sweep(self, targets, jobs, label):
        reports, wall, cpu, peak, log = self._scan(targets, jobs)
        apps = len(reports)
        failed = sum(r["scan"]["counts"]["fail"] for r in reports)
        most, validation = self._most_per_link(log)
        statistics = [r["scan"]["statistics"] for r in reports]
        requests = sum(s["http_requests"] for s in statistics) / apps
        connections = sum(s["tls_connections"] for s in statistics) / apps
        print(f"- {label}, {jobs} at once, one thread: **{apps / wall:.0f} apps/s**, **{cpu / apps * 1000:.2f} ms client CPU per app**, "
              f"{requests:.1f} requests and {connections:.1f} TLS connections per app, peak {peak / 1024:.0f} MB, {failed} failing verdicts")
        print(f"  - request log: at most {most} requests on one link, at most {validation} of initial validation")
        if most > 6 or validation > 2:
            sys.exit("the budget was passed")
        return {"cpu": cpu / apps, "apps": apps, "log": log, "reports": reports}

    @staticmethod
    def _most_per_link(log):
        counts = {}
        for line in log.open():
            entry = json.loads(line)
            if entry["activity"] == "http":
                key = (entry["scan"], entry["link"])
                counts[key] = counts.get(key, 0) + 1
        links = [n for (_, link), n in counts.items() if link != "validation"]
        return max(links, default=0), max((n for (_, link), n in counts.items() if link == "validation"), default=0)

    def _memory(self):
        targets = self.lab["fleet"]["far_targets"]
        few = self._scan(targets, 8)[3]
        many = self._scan(targets, 512)[3]
        print(f"- memory: peak {few / 1024:.0f} MB with 8 scans in flight, {many / 1024:.0f} MB with 512: "
              f"**{(many - few) / 504:.0f} kB per scan in flight** (50 ms round trip)")

    def _against_raw(self, near):
        hosts = self.state / "hosts.txt"
        names = [line.split("/")[2].split(":")[0] for line in pathlib.Path(self.lab["fleet"]["targets"]).read_text().split()]
        hosts.write_text("".join(f"{n} {look_up(self.dns, n)}\n" for n in names))
        port = int(pathlib.Path(self.lab["fleet"]["targets"]).read_text().split()[0].split(":")[2].split("/")[0])
        probes = handshakes = requests = 0
        for line in near["log"].open():
            entry = json.loads(line)
            probes += entry["activity"] == "tls-probe"
            handshakes += entry["activity"] == "tls-handshake"
            requests += entry["activity"] == "http" and entry["url"].startswith("https:")
        apps = near["apps"]
        connections = round(handshakes / apps) + 1  # the http connection makes a handshake of its own
        shape = [round(probes / apps), connections, round(requests / apps)]
        best = min(json.loads(run([self.build / "bench_raw", hosts, port, self.lab["ca"], *shape])[0])["cpu_us"] for _ in range(3))
        ours = near["cpu"] * 1e6
        print(f"- the raw floor (blocking sockets and OpenSSL: {shape[0]} probes, {shape[1]} handshakes, {shape[2]} requests per app): "
              f"{best / 1000:.2f} ms CPU per app; **ours is {ours / best:.2f} ×**")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--apps", type=int, default=1000)
    parser.add_argument("--only", choices=["tls", "sweep"])
    parser.add_argument("--sites", nargs="*", default=SITES, help="sites of the lab for the one-port benchmark")
    parser.add_argument("--no-testssl", action="store_true", help="leave testssl.sh out; it takes minutes")
    arguments = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    with Bench(arguments.build.resolve(), arguments.apps) as bench:
        if arguments.only != "sweep":
            bench.tls(arguments.sites, not arguments.no_testssl)
        if arguments.only != "tls":
            bench.sweep()


if __name__ == "__main__":
    main()
