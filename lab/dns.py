"""Name servers that misbehave, over UDP and TCP: one address and one way each (scenarios.py says which zones they hold).

What is sound is served by NSD (zones.py, nameservers.py).
"""

import asyncio
import contextlib
import dataclasses
import ipaddress
import struct

A, NS, CNAME, SOA, AAAA = 1, 2, 5, 6, 28
NOERROR, FORMERR, SERVFAIL, NXDOMAIN = 0, 1, 2, 3
AUTHORITATIVE, TRUNCATED = 0x0400, 0x0200
TTL = 60
SLOW_SECONDS = 0.6


@dataclasses.dataclass
class Question:
    message: bytes
    name: str
    kind: int
    end: int  # offset of what follows the question
    over_tcp: bool

    @property
    def zone(self):
        return ".".join(self.name.split(".")[-2:])


def encode_name(name):
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".") if label) + b"\0"


def read_question(message, over_tcp):
    """The first question of a query, or None when there is no readable one."""
    if len(message) < 12 or message[2] & 0x80:
        return None
    labels, at = [], 12
    while at < len(message) and message[at]:
        length = message[at]
        if length > 63:
            return None
        labels.append(message[at + 1:at + 1 + length].decode("ascii", "replace").lower())
        at += 1 + length
    if at + 5 > len(message):
        return None
    return Question(message, ".".join(labels), struct.unpack_from("!H", message, at + 1)[0], at + 5, over_tcp)


def record(owner, kind, data, ttl=TTL):
    return encode_name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def soa(zone):
    return record(zone, SOA, encode_name("ns." + zone) + encode_name("admin." + zone) + struct.pack("!IIIII", 1, 3600, 600, 86400, TTL))


def reply(question, code=NOERROR, answers=(), authority=(), flags=AUTHORITATIVE):
    query_id, asked = struct.unpack_from("!HH", question.message)
    # QR set, opcode and RD as asked.
    header = struct.pack("!HHHHHH", query_id, 0x8000 | (asked & 0x7900) | flags | code, 1, len(answers), len(authority), 0)
    return header + question.message[12:question.end] + b"".join(answers) + b"".join(authority)


def sound(question, address, name_server, ttl=TTL):
    """What a sound server of the question's zone says, in which every name has `address`."""
    answers = []
    if question.kind == A:
        answers.append(record(question.name, A, ipaddress.ip_address(address).packed, ttl))
    elif question.name == question.zone and question.kind == SOA:
        answers.append(soa(question.zone))
    elif question.name == question.zone and question.kind == NS:
        answers.append(record(question.zone, NS, encode_name(name_server)))
    return reply(question, NOERROR, answers, () if answers else [soa(question.zone)])


class Misbehaving:
    """The ways to misbehave: each takes a Question and returns the response, or None for silence."""

    def __init__(self, web):
        self.web, self.count = web, 0

    async def silent(self, question):
        return None

    async def servfail(self, question):
        return reply(question, SERVFAIL, flags=0)

    async def upward(self, question):
        return reply(question, NOERROR, (), [record("", NS, encode_name("a.root-servers.net"))], flags=0)

    async def slow(self, question):
        await asyncio.sleep(SLOW_SECONDS)
        return sound(question, self.web, "ns1.slow-dns.lab")

    async def flapping(self, question):
        self.count += 1
        return reply(question, SERVFAIL, flags=0) if self.count % 2 else sound(question, self.web, "ns1.flapping-dns.lab")

    async def rebinding(self, question):
        self.count += 1
        address = ("198.51.100.7", "10.0.0.1")[self.count % 2]
        return sound(question, address, "ns1.rebinding-dns.lab", 0)

    async def truncating(self, question):
        if not question.over_tcp:
            return reply(question, flags=AUTHORITATIVE | TRUNCATED)
        return sound(question, self.web, "ns1.truncating-dns.lab")


class Cases:
    """dns-cases.lab: names that fail in one way each."""

    def __init__(self):
        self.addresses = {"private.dns-cases.lab": ["10.0.0.7"], "metadata.dns-cases.lab": ["169.254.169.254"]}
        self.aliases = {"alias.dns-cases.lab": "good-app.lab", "loop-a.dns-cases.lab": "loop-b.dns-cases.lab",
                        "loop-b.dns-cases.lab": "loop-a.dns-cases.lab"}
        self.rebinding = {"rebind.dns-cases.lab": ["203.0.113.7", "127.0.0.1"]}
        self.asked = 0

    async def answer(self, question):
        name = question.name
        if name == "silent.dns-cases.lab":
            return None
        if name == "servfail.dns-cases.lab":
            return reply(question, SERVFAIL)
        if name in self.aliases:
            return reply(question, NOERROR, [record(name, CNAME, encode_name(self.aliases[name]))])
        if question.kind == A and name in self.rebinding:
            self.asked += 1
            address = self.rebinding[name][(self.asked - 1) % 2]
            return reply(question, NOERROR, [record(name, A, ipaddress.ip_address(address).packed, 0)])
        if question.kind == A and name in self.addresses:
            return reply(question, NOERROR, [record(name, A, ipaddress.ip_address(text).packed) for text in self.addresses[name]])
        if name == question.zone and question.kind in (SOA, NS):
            return sound(question, "", "ns1.cases-dns.lab")
        exists = name == question.zone or name in self.addresses or name in self.rebinding
        return reply(question, NOERROR if exists else NXDOMAIN, (), [soa(question.zone)])


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, act):
        self.act, self.transport, self.tasks = act, None, set()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        task = asyncio.ensure_future(self._answer(data, addr))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answer(self, data, addr):
        question = read_question(data, over_tcp=False)
        response = await self.act(question) if question else None
        if response is not None and not self.transport.is_closing():
            self.transport.sendto(response, addr)


async def serve(act, address, port=53):
    """Answers with `act`; returns the things to close."""

    async def serve_tcp(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = struct.unpack("!H", await reader.readexactly(2))[0]
                question = read_question(await reader.readexactly(size), over_tcp=True)
                response = await act(question) if question else None
                if response is not None:
                    writer.write(struct.pack("!H", len(response)) + response)
                    await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(act), local_addr=(address, port))
    return [udp, await asyncio.start_server(serve_tcp, address, port)]


async def start(layout):
    """Every misbehaving server at its address in `layout` (zones.py)."""
    servers = await serve(Cases().answer, layout["cases"])
    for way in ("silent", "servfail", "upward", "slow", "flapping", "rebinding", "truncating"):
        servers += await serve(getattr(Misbehaving(layout["web"]), way), layout[way])
    return servers
