"""The platform part of run.py: a marketplace in a ledger, what `assay serve` answers over it, how fast a night's scans are recorded, and
a thousand clients of the event stream."""

import asyncio
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

PACE = 0.025  # seconds between requests: the server takes 50 a second of one person
ROUNDS = 60
SCANNED = 20  # apps that are scanned while the clients of the event stream listen

# What is asked for: a label and a path. {app} is an app that was scanned, {finding} one of its findings, {ticket} a ticket, {org} an organisation.
QUESTIONS = [
    ("list apps", "/apps"),
    ("apps, most open first", "/apps?sort=-open"),
    ("apps with a critical finding", "/apps?filter=critical>0"),
    ("active Forge apps", "/apps?filter=state:active kind:forge"),
    ("apps with an overdue ticket", "/apps?filter=overdue:true"),
    ("apps by word", "/apps?filter=app777"),
    ("apps of an organisation", "/apps?filter=organisation:\"Organisation 7\""),
    ("app", "/apps/{app}"),
    ("app: verdicts", "/apps/{app}/verdicts"),
    ("app: releases", "/apps/{app}/releases"),
    ("app: findings", "/findings?filter=app:\"{app}\""),
    ("app: scans", "/scans?filter=app:\"{app}\""),
    ("list findings", "/findings"),
    ("open findings", "/findings?filter=state:open"),
    ("open, critical or high", "/findings?filter=state:open severity:critical,high"),
    ("open of a requirement", "/findings?filter=requirement:hsts state:open"),
    ("open, of Forge apps, newest first", "/findings?filter=state:open kind:forge&sort=-first_seen"),
    ("findings opened within a week", "/findings?filter=opened>-7d"),
    ("false positives", "/findings?filter=disposition:false-positive"),
    ("findings of an organisation", "/findings?filter=organisation:{org} state:open"),
    ("findings by word", "/findings?filter=app777"),
    ("finding", "/apps/{app}/findings/{finding}"),
    ("list tickets", "/tickets"),
    ("live tickets by due date", "/tickets?filter=live:true&sort=due"),
    ("overdue tickets", "/tickets?filter=overdue:true"),
    ("overdue and critical", "/tickets?filter=overdue:true severity:critical"),
    ("tickets of an organisation", "/tickets?filter=organisation:{org} live:true"),
    ("ticket", "/tickets/{ticket}"),
    ("extensions", "/extensions"),
    ("posture", "/posture"),
    ("posture of an organisation", "/posture?organisation={org}"),
    ("posture of 90 days", "/posture/days"),
    ("findings counted by state", "/facets/findings/state"),
    ("open findings counted by severity", "/facets/findings/severity?filter=state:open"),
    ("tickets counted by state", "/facets/tickets/state"),
    ("export: first page of open findings", "/exports/findings?format=csv&filter=state:open"),
]


class Postgres:
    """A private server on a socket in `directory`, with its own settings but for shared memory; it waits for the disk as one in use does."""

    def __init__(self, directory):
        self.directory = directory
        self.programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))

    def __enter__(self):
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.directory, self.user.pw_uid, self.user.pw_gid)
            os.chmod(self.directory, 0o755)
        data = self.directory / "data"
        self._start("initdb", "-D", data, "-U", "assay", "-A", "trust", "-E", "UTF8", "--locale=C", "-N").wait()
        self.server = self._start("postgres", "-D", data, "-k", self.directory, "-c", "listen_addresses=", "-c", "shared_buffers=512MB",
                                  "-c", "max_wal_size=8GB")
        deadline = time.monotonic() + 60
        while subprocess.run([self.programs / "psql", "-h", self.directory, "-U", "assay", "-d", "postgres", "-qc", "create database market"],
                             capture_output=True).returncode != 0:
            if time.monotonic() > deadline:
                sys.exit("PostgreSQL does not start")
            time.sleep(0.2)
        return f"postgresql:host={self.directory} user=assay dbname=market"

    def __exit__(self, *_):
        self.server.send_signal(signal.SIGINT)
        self.server.wait()

    def _start(self, program, *arguments):
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return subprocess.Popen([self.programs / program, *arguments], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who)


class Served:
    """A running `assay serve`, and the session of its first administrator."""

    def __init__(self, build, ledger, scratch, *arguments):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([build / "assay", "serve", "--ledger", ledger, "--listen", f"127.0.0.1:{self.port}", "--log",
                                         scratch / "log", "--connections-per-address", "2000", *arguments], stderr=subprocess.PIPE, text=True)
        said = ""
        while "first-run" not in said:
            line = self.process.stderr.readline()
            if not line:
                sys.exit("assay serve ended: " + said)
            said += line
        self.headers, self.connection = {"Origin": f"http://127.0.0.1:{self.port}"}, None
        answer, _ = self.ask(re.search(r"/auth/first-run\?key=\S+", said).group())
        self.headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
        self.headers["X-CSRF-Token"] = self.get("/me")["csrf"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=120)

    def ask(self, path, body=None, kind="application/json"):
        """The answer and its text, over one connection that is kept; an export is cut after its first part."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self.connection.request("GET" if body is None else "POST", path, body, self.headers | ({} if body is None else {"Content-Type": kind}))
        answer = self.connection.getresponse()
        if "/exports/" in path:
            text = answer.read1(1 << 20)
            self.connection.close()
            self.connection = None
        else:
            text = answer.read()
            if answer.headers.get("Connection") == "close":
                self.connection = None
        return answer, text

    def get(self, path, body=None, kind="application/json"):
        answer, text = self.ask(urllib.parse.quote("/api/v1" + path, safe="/?=&%:"), body, kind)
        if answer.status == 429:
            time.sleep(float(answer.headers["Retry-After"]))
            return self.get(path, body, kind)
        if not 200 <= answer.status < 300:
            sys.exit(f"{path}: {answer.status} {text[:300]}")
        return None if "/exports/" in path else json.loads(text)

    def spread(self, path):
        """Milliseconds of ROUNDS requests, sorted. `path` is text or gives that of a round."""
        times = []
        for i in range(ROUNDS):
            one = path(i) if callable(path) else path
            started = time.monotonic()
            self.get(one)
            times.append((time.monotonic() - started) * 1000)
            time.sleep(PACE)
        return sorted(times)

    def resident(self):
        """Megabytes of memory that are the process's own, and of pages that it shares with the page cache."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return [int(re.search(rf"{name}:\s+(\d+)", status).group(1)) / 1024 for name in ("RssAnon", "RssFile")]


def at(times, share):
    return times[round(share * (len(times) - 1))]


def samples(served, rounds):
    """What the questions are about: scanned apps with a finding and a ticket each, and organisations."""
    scans = served.get(f"/scans?limit={rounds}")["items"]
    apps = sorted({scan["app"] for scan in scans})
    organisations = [one["id"] for one in served.get("/organisations")["items"]]
    tickets = served.get(f"/tickets?filter=live:true&limit={rounds}")["items"]
    chosen = []
    for i in range(rounds):
        app = apps[i % len(apps)]
        finding = served.get(f"/findings?filter=app:\"{app}\"&limit=1")["items"][0]["fingerprint"] if i < len(apps) else chosen[i % len(apps)]["finding"]
        chosen.append({"app": app, "finding": finding, "org": organisations[i % len(organisations)], "ticket": tickets[i % len(tickets)]["id"]})
        time.sleep(PACE)
    return chosen


def answers(served):
    print("| asked for | p50 ms | p99 ms | most ms |\n|---|---|---|---|")
    about = samples(served, ROUNDS)
    slow = []
    for label, path in QUESTIONS:
        times = served.spread(lambda i, path=path: path.format(**about[i]))
        print(f"| {label} | {at(times, 0.5):.1f} | {at(times, 0.99):.1f} | {times[-1]:.1f} |", flush=True)
        if at(times, 0.99) >= 100:
            slow.append(label)
    print(f"\nover 100 ms at p99: {', '.join(slow) or 'none'}")


class Site(http.server.BaseHTTPRequestHandler):
    """What is scanned while the clients listen."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Listeners:
    """Clients of the event stream, on a thread of their own."""

    def __init__(self, served, count):
        self.served, self.count = served, count
        self.ended, self.missed, self.open = [0] * count, 0, 0
        self.loop, self.tasks = asyncio.new_event_loop(), []
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._open_all(), self.loop).result()

    async def _open_all(self):
        for i in range(self.count):
            self.tasks.append(asyncio.ensure_future(self._listen(i)))  # the loop itself would not keep it
            await asyncio.sleep(PACE)
        while self.open < self.count:
            await asyncio.sleep(0.1)

    async def _listen(self, i):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
        fields = "".join(f"{name}: {value}\r\n" for name, value in self.served.headers.items())
        writer.write(f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{self.served.port}\r\n{fields}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            sys.stderr.write(head.decode())
            return
        self.open += 1
        rest = b""
        while part := await reader.read(1 << 16):
            *events, rest = (rest + part).split(b"\n\n")
            self.ended[i] += sum(b'"state":"done"' in e and b'"kind":"job"' in e for e in events)
            self.missed += sum(b'"kind":"missed"' in e for e in events)

    def wait(self, expected, seconds):
        deadline = time.monotonic() + seconds
        while min(self.ended) < expected and time.monotonic() < deadline:
            time.sleep(0.2)


def listen(build, ledger, scratch, clients):
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    with Served(build, ledger, scratch, "--allow-network", "127.0.0.0/8", "--rate", "0") as served:
        rows = [{"key": f"bench.site{i}", "kind": "service", "target": f"http://127.0.0.1:{site.server_port}/"} for i in range(SCANNED)]
        served.get("/apps/import", "\n".join(json.dumps(row) for row in rows), "application/x-ndjson")
        before = served.resident()
        listeners = Listeners(served, clients)
        started = time.monotonic()
        for row in rows:
            served.get(f"/apps/{row['key']}/scans", "{}")
            time.sleep(PACE)
        times = served.spread("/apps")
        listeners.wait(SCANNED, 180)
        took = time.monotonic() - started
        own, shared = served.resident()
        short = sum(ended < SCANNED for ended in listeners.ended)
        print(f"- {clients} clients of the event stream while {SCANNED} apps were scanned ({took:.0f} s): {clients - short} were told of every end, "
              f"{listeners.missed} gaps; a list of apps meanwhile {at(times, 0.5):.1f} ms (p50), {at(times, 0.99):.1f} ms (p99); "
              f"memory {before[0]:.0f} MB before, {own:.0f} MB then, and {shared:.0f} MB of files")
        if short:
            sys.exit("not every client was told")
    site.shutdown()


def record(build, ledger, apps, per_app, scans):
    for threads in (1, 2):
        out = subprocess.run([build / "bench_ledger", "record", ledger, str(apps), str(per_app), str(scans), str(threads)], check=True,
                             capture_output=True, text=True).stdout
        found = json.loads(out.splitlines()[-1])
        print(f"- {found['scans']} scans recorded by {threads} thread(s): **{found['scans_per_s']} apps/s**, "
              f"{found['cpu_ms_per_scan']} ms of the recorder's CPU each")


def one_database(build, ledger, scratch, arguments):
    apps, per_app = arguments.platform_apps, arguments.platform_findings // arguments.platform_apps
    out = subprocess.run([build / "bench_ledger", "fill", ledger, str(apps), str(per_app)], check=True, capture_output=True, text=True).stdout
    print("- filled: " + " ".join(out.split("\n")))
    record(build, ledger, apps, per_app, arguments.platform_scans)
    with Served(build, ledger, scratch, "--no-scans") as served:
        answers(served)
        own, shared = served.resident()
        print(f"\n- memory of the server after these answers: {own:.0f} MB of its own, {shared:.0f} MB of files")
    subprocess.run([build / "bench_ledger", "pause", ledger], check=True)
    listen(build, ledger, scratch, arguments.platform_clients)


def run(build, arguments):
    for engine in arguments.platform_databases:
        scratch = pathlib.Path(tempfile.mkdtemp(prefix="assay-bench-platform-"))
        load = os.getloadavg()
        print(f"\n## The platform on {engine}: {arguments.platform_apps} apps, {arguments.platform_findings} findings; load {load[0]:.1f}\n",
              flush=True)
        try:
            with contextlib.ExitStack() as stack:
                ledger = f"sqlite:{scratch / 'ledger.db'}"
                if engine == "postgresql":
                    directory = scratch / "postgresql"
                    directory.mkdir()
                    os.chmod(scratch, 0o755)
                    ledger = stack.enter_context(Postgres(directory))
                one_database(build, ledger, scratch, arguments)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
