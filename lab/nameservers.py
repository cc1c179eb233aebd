"""Configuration of the lab's real name servers: NSD for the zones of zones.py, and a validating Unbound in front."""

import socket
import struct
import time

NSD = """server:
  server-count: 1
  do-ip6: no
{interfaces}
  username: ""
  zonesdir: "{directory}"
  database: ""
  xfrdfile: "{directory}/{name}.xfrd"
  xfrdir: "{directory}"
  zonelistfile: "{directory}/{name}.zones"
  pidfile: "{directory}/{name}.pid"
  # The limit of 200 answers a second would silence the server under a scan, and look like a lame one.
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
"""

UNBOUND = """server:
  interface: {address}@{port}
  outgoing-interface: {address}
  do-ip6: no
  num-threads: 1
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  username: ""
  chroot: ""
  directory: "{directory}"
  pidfile: "{directory}/unbound.pid"
  use-syslog: no
  outgoing-range: 4096
  num-queries-per-thread: 2048
{settings}
remote-control:
  control-enable: no
"""


LAB_SETTINGS = """  root-hints: "{hints}"
  trust-anchor-file: "{anchor}"
  module-config: "validator iterator"
  # Names of the lab come and go; a resolver that remembers would show the last lab's.
  cache-max-negative-ttl: 5
  infra-host-ttl: 5
  qname-minimisation: no
  ede: yes
  msg-cache-size: 16m
  rrset-cache-size: 32m"""


def nsd_command(nsd, server, directory, port=53):
    """Writes the configuration of one NSD for `server` (zones.NameServer); returns its command."""
    lines = [NSD.format(name=server.name, directory=directory,
                        interfaces="\n".join(f"  ip-address: {address}@{port}" for address in server.addresses))]
    lines += [f'zone:\n  name: "{zone}"\n  zonefile: "{path}"\n' for zone, path in server.zones.items()]
    config = directory / f"nsd-{server.name}.conf"
    config.write_text("".join(lines))
    return [nsd, "-d", "-c", str(config)]


def unbound_command(unbound, address, directory, settings, port=53):
    """Writes the configuration of a resolver, with `settings` (lines of the section "server") besides what every one here
    has; returns its command."""
    config = directory / "unbound.conf"
    config.write_text(UNBOUND.format(address=address, port=port, directory=directory, settings=settings))
    return [unbound, "-d", "-p", "-c", str(config)]


def lab_resolver_command(unbound, layout, anchor, directory):
    """unbound_command() for the resolver of the lab, which validates from the lab's own root."""
    hints = directory / "root.hints"
    hints.write_text(f". 3600000 NS a.root-servers.net.\na.root-servers.net. 3600000 A {layout['root']}\n")
    return unbound_command(unbound, layout["resolver"], directory, LAB_SETTINGS.format(hints=hints, anchor=anchor))


def answers(address, name):
    """Whether the name server at `address` has an answer to a question for the SOA of `name`, within 0.1 s."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    question = struct.pack("!HHHHHH", 4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 6, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.1)
        try:
            client.connect((address, 53))
            client.send(question)
            return client.recv(4096)[3] & 15 == 0
        except TimeoutError:
            return False
        except OSError:  # nobody listens yet
            time.sleep(0.03)
            return False
