#!/usr/bin/env python3
"""The lab: a marketplace of our own on loopback. One command, no root, standard library only.

    python3 lab/lab.py up [--state DIR] [--background] [--fleet N]   raise it (idempotent)
    python3 lab/lab.py status [--state DIR]                          what runs, as JSON
    python3 lab/lab.py down [--state DIR]                            take it down
    python3 lab/lab.py enter COMMAND...                              run a command where a lab can be raised

docs/lab.md says what is in it.
"""

import argparse
import asyncio
import contextlib
import ctypes
import errno
import fcntl
import getpass
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import delay_proxy
import dns
import namespace
import nameservers
import providers
import zones
from connect_product import Product
from defects import DefectsApp
from misbehave import Misbehaviour
from pki import Pki
from registry import Registry
from scenarios import APPS, CASES
from sites import Fleet, NginxConfig, all_sites, assign_addresses, leaves

HERE = Path(__file__).resolve().parent
PREFERRED = {"https": 18443, "http": 18080, "keys": 18104, "good": 18101, "bad": 18102, "no-roles": 18103,
             "defects": 18105}
PAGES_ADDRESS = "185.199.108.153"  # of GitHub Pages, in ../catalog/takeover.yaml
MARKER = "ASSAY_LAB_STATE"
START_SECONDS = 60
INSTALL_SECONDS = 600
CONNECT_APPS = {
    "good": {"AC_APP_KEY": "lab-good-app", "NODE_ENV": "production", "host": "good-app.lab"},
    "bad": {"AC_APP_KEY": "lab-bad-app", "NODE_ENV": "development", "AC_OPTS": "no-auth", "LAB_SLOPPY": "1", "host": "bad-app.lab"},
    "no-roles": {"AC_APP_KEY": "lab-no-roles-app", "NODE_ENV": "production", "LAB_ROLES": "off", "host": "no-roles-app.lab"},
}


class LabError(Exception):
    """Something that the operator can act on; printed as one line."""


def is_free(port):
    """Whether `port` can be bound on every loopback address: nothing listens on any of them."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1 if kind == socket.SOCK_STREAM else 0)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def choose_ports():
    chosen = {}
    for name, preferred in PREFERRED.items():
        candidates = [preferred, *random.sample(range(20000, 32000), 50)]
        chosen[name] = next((port for port in candidates if port not in chosen.values() and is_free(port)), None)
        if chosen[name] is None:
            raise LabError("no free port between 20000 and 32000 on loopback; stop what listens there")
    return chosen


def choose_layout():
    """Addresses in a block whose port 53 is free."""
    for block in range(53, 250, 10):
        layout = zones.Layout(block)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as root:
            with contextlib.suppress(OSError):
                resolver.bind((layout["resolver"], 53))
                root.bind((layout["root"], 53))
                return layout
    raise LabError("port 53 is taken on every block of loopback addresses; stop other labs")


def has_ipv6():
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


def find_program(name, package):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if not found:
        raise LabError(f"{name} is not installed, the lab needs it; apt-get install {package}")
    return found


def install_modules():
    """Installs the Connect framework unless it is there; uses the lock file, runs no scripts."""
    directory = HERE / "connect"
    stamp = directory / "node_modules" / ".assay-lab"
    lock = (directory / "package-lock.json").read_text()
    with open(directory / ".install.lock", "w", encoding="utf-8") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == lock:
            return
        print("lab: installing the Connect framework (npm ci, about 20 s, once)", file=sys.stderr, flush=True)
        result = subprocess.run([find_program("npm", "npm"), "ci"], cwd=directory, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise LabError(f"npm ci in lab/connect failed: {' '.join(result.stderr.split()[-30:])}; check the npm registry settings")
        stamp.write_text(lock)


def enter():
    """Returns in a place where the low ports can be bound; runs this program again to get there."""
    install_modules()  # asks the npm registry, which cannot be reached from inside
    try:
        namespace.enter()
    except namespace.NamespaceError as error:
        raise LabError(error) from error


class Lab:
    def __init__(self, state, fleet):
        self.state, self.fleet = state, fleet
        self.children, self.servers = {}, []
        self.ports, self.sites, self.layout = {}, [], None
        self.product, self.misbehaviour, self.defects = Product(state), None, None
        self.pki = Pki(state / "pki")

    # --- starting -----------------------------------------------------------------------------------------------------

    async def start(self):
        started = time.monotonic()
        nginx, node = find_program("nginx", "nginx-light"), find_program("node", "nodejs")
        find_program("openssl", "openssl")
        self.ports, self.layout = choose_ports(), choose_layout()
        self.sites = assign_addresses(all_sites(self.ports), has_ipv6())
        await asyncio.to_thread(self.product.prepare)
        for name, settings in CONNECT_APPS.items():
            self._start_node(node, name, settings)
        await asyncio.to_thread(self._prepare_tls)
        self._start_nginx(nginx)
        await self._start_own()
        await asyncio.gather(*(self._wait_for(name, self.ports[name]) for name in CONNECT_APPS))
        await self._wait_for("nginx", self.ports["https"], self.sites[0].addresses[0])
        for name, settings in CONNECT_APPS.items():
            await asyncio.to_thread(self.product.install, settings["AC_APP_KEY"], self._base(settings["host"]), self.ports[name])
        self._write_description(time.monotonic() - started)

    def _base(self, host):
        return f"https://{host}:{self.ports['https']}"

    def _prepare_tls(self):
        self.pki.ensure([*leaves(self.sites, self.fleet), *providers.leaves()], f"http://authority.lab:{self.ports['http']}")
        dhparam = self.state / "dhparam.pem"
        if not dhparam.exists():
            # A named group (RFC 7919): nothing to compute.
            subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out",
                            str(dhparam)], check=True, capture_output=True)

    def _spawn(self, name, command, environment, directory):
        libc = ctypes.CDLL(None)

        def before_exec():
            # The kernel ends the child when the lab dies, however it dies.
            libc.prctl(1, signal.SIGTERM)

        log = open(self.state / f"{name}.log", "wb")
        self.children[name] = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                               env=os.environ | environment | {MARKER: str(self.state)}, preexec_fn=before_exec)
        log.close()
        (self.state / "children.json").write_text(json.dumps({key: child.pid for key, child in self.children.items()}))

    def _start_node(self, node, name, settings):
        environment = {key: value for key, value in settings.items() if key.isupper()}
        environment |= {"PORT": str(self.ports[name]), "AC_LOCAL_BASE_URL": self._base(settings["host"]),
                        "CONNECT_KEYS_CDN_URL": f"http://127.0.0.1:{self.ports['keys']}", "NO_PROXY": "*"}
        self._spawn(name, [node, "app.js"], environment, HERE / "connect")

    def _start_nginx(self, nginx):
        prefix = self.state / "nginx"
        prefix.mkdir(exist_ok=True)
        user = getpass.getuser() if os.geteuid() == 0 else ""
        config = prefix / "nginx.conf"
        more = providers.front(self.layout, self.pki)
        config.write_text(NginxConfig(self.state, self.pki, self.ports, user).render(self.sites, self.fleet, more))
        # The system's configuration of OpenSSL may forbid what the old and weak cases are there to show.
        openssl = prefix / "openssl.cnf"
        openssl.write_text("openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = weak\n[weak]\n"
                           "MinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n")
        command = [nginx, "-p", str(prefix), "-c", str(config), "-e", str(prefix / "error.log")]
        environment = {"OPENSSL_CONF": str(openssl)}
        test = subprocess.run([*command, "-t", "-q"], env=os.environ | environment, capture_output=True, text=True, check=False)
        if test.returncode != 0:
            raise LabError(f"nginx refuses {config}: {test.stderr.strip()}")
        self._spawn("nginx", command, environment, prefix)

    async def _start_own(self):
        self.defects = DefectsApp(self._base("defects-app.lab"), self.product.tenant)
        self.misbehaviour = Misbehaviour(self.ports, self.pki, self.state / "trap.log")
        world = await self._start_names()
        self.servers += await providers.start(self.layout, self.pki)
        self.servers += await Registry(world.domains, zones.PROVIDERS).start(self.layout, self.pki)
        self._write_catalog(world)
        self.servers.append(await self.product.serve_keys(self.ports["keys"]))
        self.servers.append(await self.defects.serve(self.ports["defects"]))
        self.servers += await self.misbehaviour.start()
        self.servers += await delay_proxy.start(self.fleet, self.ports)

    def _write_catalog(self, world):
        """What replaces files of the program's own catalogue."""
        # The list of registries; its table of WHOIS servers fits, for the lab resolves their names.
        bootstrap = self.state / "catalog" / "registration" / "rdap.json"
        bootstrap.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.write_text(json.dumps(Registry.bootstrap(world.tlds()), indent=2) + "\n")
        # The facts of providers, with the lab's address where names are told by the address of the provider.
        facts = (HERE.parent / "catalog" / "takeover.yaml").read_text()
        (self.state / "catalog" / "takeover.yaml").write_text(facts.replace(PAGES_ADDRESS, self.layout["pages"]))

    async def _start_names(self):
        """The name servers and the resolver; returns what they serve."""
        nsd, unbound = find_program("nsd", "nsd"), find_program("unbound", "unbound")
        find_program("ldns-signzone", "ldnsutils")
        names = {site.name: site.addresses for site in self.sites} | self.misbehaviour.records() | self.fleet.records()
        directory = self.state / "zones"
        shutil.rmtree(directory, ignore_errors=True)
        world = zones.World(directory, self.layout, names, {"web_key": self.pki.key_digest("web")})
        await asyncio.to_thread(world.write)
        for server in world.servers.values():
            self._spawn(f"nsd-{server.name}", nameservers.nsd_command(nsd, server, directory), {}, directory)
        self.servers += await dns.start(self.layout)
        for server in world.servers.values():
            await self._wait_for_names(f"nsd-{server.name}", server.addresses[0], next(iter(server.zones)))
        self._spawn("unbound", nameservers.lab_resolver_command(unbound, self.layout, world.anchor, directory), {}, directory)
        await self._wait_for_names("unbound", self.layout["resolver"], "hosting.lab")
        return world

    async def _wait_for_names(self, name, address, zone):
        deadline = time.monotonic() + START_SECONDS
        while not await asyncio.to_thread(nameservers.answers, address, zone):
            self._check_alive(name, f"{address}:53")
            if time.monotonic() > deadline:
                raise LabError(f"{name} does not answer on {address}:53; see {self.state / (name + '.log')}")

    def _check_alive(self, name, place):
        if self.children[name].poll() is None:
            return
        if "address already in use" in (self.state / f"{name}.log").read_text().lower():
            raise OSError(errno.EADDRINUSE, f"{name}: {place} was taken")
        raise LabError(f"{name} ended with code {self.children[name].returncode}; see {self.state / (name + '.log')}")

    async def _wait_for(self, name, port, address="127.0.0.1"):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self._check_alive(name, f"port {port}")
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(address, port)
                writer.close()
                return
            await asyncio.sleep(0.05)
        raise LabError(f"{name} did not listen on {address}:{port} within {START_SECONDS} s; see {self.state / (name + '.log')}")

    # --- describing ---------------------------------------------------------------------------------------------------

    def _write_description(self, seconds):
        https, http = self.ports["https"], self.ports["http"]
        description = {
            "schema": "assay-lab/1", "pid": os.getpid(), "start_seconds": round(seconds, 2), "ports": self.ports,
            "dns": f"{self.layout['resolver']}:53", "catalog": str(self.state / "catalog"), "ca": str(self.pki.trust), "plain_port": f"{https}={http}",
            "key_server": f"http://127.0.0.1:{self.ports['keys']}", "tenant": str(self.product.tenant_file),
            "user_jwt": str(self.product.user_jwt_file), "trap": str(self.misbehaviour.trap_file),
            "access_log": str(self.state / "nginx" / "access.log"),
            "arguments": ["--registry-rate", "0", "--second-look", "0.2", "--resolver", f"{self.layout['resolver']}:53", "--trust", str(self.pki.trust), "--allow-network",
                          "127.0.0.0/8", "--allow-network", "::1/128", "--plain-port", f"{https}={http}",
                          "--catalog", str(self.state / "catalog")],
            "targets": [{"name": site.name, "kind": site.kind, "note": site.note, "url": self._base(site.name) + site.path,
                         "base": self._base(site.name), "addresses": site.addresses, "expected": site.expected}
                        for site in self.sites] + [
                           {"name": one.name, "kind": "connect", "note": one.note, "base": f"https://{one.host}",
                            "url": f"https://{one.host}/atlassian-connect.json", "addresses": [self.layout["web"]], "expected": {}}
                           for one in APPS],
            "domains": [{"domain": one.name, "host": one.host, "note": one.note, "url": f"https://{one.host}/", "proof": one.proof,
                         "registration": one.registration, "dangling": one.dangling, "registered": one.registered,
                         "leads_to": one.leads_to} for one in CASES],
            "defects": [{"requirement": requirement, "path": path, "outcome": outcome, "with_tenant": with_tenant}
                        for with_tenant in (False, True)
                        for (requirement, path), outcome in self.defects.expected(with_tenant).items()],
            "behaviours": self.misbehaviour.index(),
            "fleet": {"count": self.fleet.count, "targets": self._write_fleet("fleet-targets.txt", False),
                      "far_targets": self._write_fleet("far-targets.txt", True), "far_round_trip_ms": delay_proxy.ROUND_TRIP_MS},
        }
        partial = self.state / "lab.json.partial"
        partial.write_text(json.dumps(description, indent=2) + "\n")
        partial.replace(self.state / "lab.json")

    def _write_fleet(self, name, far):
        path = self.state / name
        path.write_text("".join(f"{self._base(self.fleet.name(index, far))}/atlassian-connect.json\n" for index in range(self.fleet.count)))
        return str(path)

    # --- running and stopping -----------------------------------------------------------------------------------------

    async def run(self):
        """Until a signal arrives or a child dies."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            await self._start_on_free_ports()
            print(f"lab: up, described in {self.state / 'lab.json'}", flush=True)
            while not stop.is_set():
                dead = next((name for name, child in self.children.items() if child.poll() is not None), None)
                if dead:
                    raise LabError(f"{dead} died; see {self.state / (dead + '.log')}")
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(stop.wait(), 0.5)
        finally:
            self.stop()

    async def _start_on_free_ports(self):
        # Between choosing a port and binding it somebody else may take it.
        for attempts_left in (2, 1, 0):
            try:
                return await self.start()
            except OSError as error:
                if error.errno != errno.EADDRINUSE or not attempts_left:
                    raise
                self.stop()

    def stop(self):
        (self.state / "lab.json").unlink(missing_ok=True)
        for server in self.servers:
            server.close()
        self.servers.clear()
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children.clear()
        (self.state / "children.json").unlink(missing_ok=True)


def end_leftovers(state):
    """Ends children of a lab that was killed; a process counts only if its environment names this state directory."""
    path = state / "children.json"
    if not path.exists():
        return
    mark = f"{MARKER}={state}".encode()
    for pid in json.loads(path.read_text()).values():
        with contextlib.suppress(OSError):
            if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGTERM)
    path.unlink()


def take_lock(state):
    """The lock of the running lab, or None when another process holds it."""
    lock = open(state / "lab.lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise
    return lock


def read_description(state):
    try:
        return json.loads((state / "lab.json").read_text())
    except (OSError, ValueError):
        return None


def command_up(state, fleet, background):
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if background:
        return start_in_background(state, fleet)
    enter()
    lock = take_lock(state)
    if lock is None:
        print(f"lab: already up, described in {state / 'lab.json'}")
        return 0
    with lock:
        (state / "lab.json").unlink(missing_ok=True)
        end_leftovers(state)
        asyncio.run(Lab(state, fleet).run())
    return 0


def start_in_background(state, fleet):
    log_path = state / "lab.log"
    with open(log_path, "w", encoding="utf-8") as log:
        child = subprocess.Popen([sys.executable, __file__, "up", "--state", str(state), "--fleet", str(fleet.count), "--nginx-workers",
                                  str(fleet.workers)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + 2 * START_SECONDS + INSTALL_SECONDS
    while time.monotonic() < deadline:
        ended = child.poll()
        description = read_description(state)
        # A file left behind by a lab that was killed names another process.
        if description and (description["pid"] == child.pid or ended == 0):
            print(f"lab: {'up' if ended is None else 'already up'}, described in {state / 'lab.json'}")
            return 0
        if ended:
            raise LabError(f"it did not start: {' '.join(log_path.read_text().splitlines()[-1:])}")
        time.sleep(0.05)
    raise LabError(f"it did not start in time; see {log_path}")


def command_down(state):
    description = read_description(state)
    if state.is_dir():
        deadline = time.monotonic() + 20
        while (lock := take_lock(state)) is None and time.monotonic() < deadline:
            if description:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(description["pid"], signal.SIGTERM)
            time.sleep(0.1)
            description = description or read_description(state)
        if lock is None:
            raise LabError(f"the lab in {state} does not stop; end it by hand")
        with lock:
            end_leftovers(state)
            (state / "lab.json").unlink(missing_ok=True)
    print("lab: down")
    return 0


def command_status(state):
    description = read_description(state)
    lock = take_lock(state) if state.is_dir() else None
    running = state.is_dir() and lock is None
    if lock:
        lock.close()
    print(json.dumps(description if running and description else {"schema": "assay-lab/1", "running": running}, indent=2))
    return 0 if running else 1


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--state", type=Path, default=HERE.parent / ".lab", help="where the lab keeps its files (default .lab)")
    up = commands.add_parser("up", parents=[shared], help="raise it")
    up.add_argument("--background", action="store_true", help="return once the lab is up")
    up.add_argument("--fleet", type=int, default=1000, metavar="N", help="apps in the fleet (default 1000)")
    up.add_argument("--nginx-workers", type=int, default=1, metavar="N")
    commands.add_parser("status", parents=[shared], help="what runs, as JSON")
    commands.add_parser("down", parents=[shared], help="take it down")
    inside = commands.add_parser("enter", help="run a command where the low ports can be bound")
    inside.add_argument("inside", nargs=argparse.REMAINDER, metavar="COMMAND")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    try:
        if arguments.command == "enter":
            enter()
            os.execvp(arguments.inside[0], arguments.inside)
        state = arguments.state.resolve()
        if arguments.command == "up":
            return command_up(state, Fleet(arguments.fleet, arguments.nginx_workers), arguments.background)
        return command_down(state) if arguments.command == "down" else command_status(state)
    except (LabError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
