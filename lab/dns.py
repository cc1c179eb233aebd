"""A small authoritative DNS responder (UDP and TCP) for the lab's names, with a few names that misbehave."""

import asyncio
import ipaddress
import struct

A, CNAME, SOA, AAAA = 1, 5, 6, 28
NOERROR, FORMERR, SERVFAIL, NXDOMAIN = 0, 1, 2, 3
TTL = 60


def encode_name(name):
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".") if label) + b"\0"


def read_question(message):
    """(name in lower case, type, end offset) of the first question, or None when there is no readable one."""
    labels, at = [], 12
    while at < len(message) and message[at]:
        length = message[at]
        if length > 63:
            return None
        labels.append(message[at + 1:at + 1 + length].decode("ascii", "replace").lower())
        at += 1 + length
    if at + 5 > len(message):
        return None
    return ".".join(labels), struct.unpack_from("!H", message, at + 1)[0], at + 5


class Zone:
    """What is known: `records` maps a name to addresses; `patterns` are functions name → addresses or None."""

    def __init__(self, records, patterns=()):
        self.records = records
        self.patterns = patterns
        self.aliases = {"alias.dns-cases.lab": "good-app.lab", "loop-a.dns-cases.lab": "loop-b.dns-cases.lab",
                        "loop-b.dns-cases.lab": "loop-a.dns-cases.lab"}
        self.failing = {"servfail.dns-cases.lab"}
        self.silent = {"silent.dns-cases.lab"}
        self.rebinding = {"rebind.dns-cases.lab": ["203.0.113.7", "127.0.0.1"]}
        self.asked = 0

    def addresses(self, name):
        if name in self.rebinding:
            self.asked += 1
            return [self.rebinding[name][(self.asked - 1) % 2]]
        if name in self.records:
            return self.records[name]
        return next((found for found in (pattern(name) for pattern in self.patterns) if found), None)

    def answer(self, message):
        """The response to one message, or None for silence."""
        if len(message) < 12:
            return None
        query_id, flags = struct.unpack_from("!HH", message)
        if flags & 0x8000:
            return None
        question = read_question(message)
        if question is None:
            return struct.pack("!HHHHHH", query_id, 0x8000 | FORMERR, 0, 0, 0, 0)
        name, kind, end = question
        if name in self.silent:
            return None
        code, records = self._look_up(name, kind)
        authority = b""
        if not records and code != SERVFAIL:
            soa = encode_name("ns.lab") + encode_name("admin.lab") + struct.pack("!IIIII", 1, 3600, 600, 86400, TTL)
            authority = encode_name("lab") + struct.pack("!HHIH", SOA, 1, TTL, len(soa)) + soa
        # QR and AA set, opcode and RD as asked.
        header = struct.pack("!HHHHHH", query_id, 0x8400 | (flags & 0x7900) | code, 1, len(records), 1 if authority else 0, 0)
        return header + message[12:end] + b"".join(records) + authority

    def _look_up(self, name, kind):
        if name in self.failing:
            return SERVFAIL, []
        records, owner, seen = [], name, set()
        while owner in self.aliases and owner not in seen:
            seen.add(owner)
            target = encode_name(self.aliases[owner])
            records.append(encode_name(owner) + struct.pack("!HHIH", CNAME, 1, TTL, len(target)) + target)
            owner = self.aliases[owner]
        known = self.addresses(owner)
        if known is None:
            return (NOERROR if records else NXDOMAIN), records
        for text in known:
            address = ipaddress.ip_address(text)
            if kind == (A if address.version == 4 else AAAA):
                records.append(encode_name(owner) + struct.pack("!HHIH", kind, 1, TTL, len(address.packed)) + address.packed)
        return NOERROR, records


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, zone):
        self.zone = zone
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        response = self.zone.answer(data)
        if response is not None:
            self.transport.sendto(response, addr)


async def start(zone, address, port):
    """Serves `zone`; returns the things to close."""

    async def serve_tcp(reader, writer):
        try:
            while True:
                size = struct.unpack("!H", await reader.readexactly(2))[0]
                response = zone.answer(await reader.readexactly(size))
                if response is not None:
                    writer.write(struct.pack("!H", len(response)) + response)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(zone), local_addr=(address, port))
    tcp = await asyncio.start_server(serve_tcp, address, port)
    return [udp, tcp]
