"""Servers that misbehave: one host name, one address and one behaviour each, on the lab's https and plain ports.

A behaviour of layer "tcp" acts right after accept (before any TLS); one of layer "http" acts after a request was read.
`python3 lab/misbehave.py` prints the index.
"""

import asyncio
import dataclasses
import gzip
import json
import socket
import ssl
import struct
from typing import Callable

FOREIGN = ("docs.foreign-site.lab", "vendor.foreign-site.lab", "www.foreign-site.lab", "login.foreign-site.lab")
FOREIGN_ADDRESS = "127.0.5.1"
PATIENCE = 60  # seconds that a slow behaviour goes on for
OK = b"HTTP/1.1 200 OK\r\n"
JSON_TYPE = b"Content-Type: application/json\r\n"
HSTS = b"Strict-Transport-Security: max-age=31536000\r\n"


@dataclasses.dataclass
class Behaviour:
    name: str
    note: str
    layer: str
    act: Callable
    exits: tuple = ()  # exit codes that a scan of the descriptor URL may end with; () where the issue does not say
    address: str = ""


class Request:
    def __init__(self, host, base_url, target, count):
        self.host, self.base_url, self.target, self.count = host, base_url, target, count


BEHAVIOURS = []


def behaviour(name, note, layer="http", exits=()):
    def register(act):
        BEHAVIOURS.append(Behaviour(name, note, layer, act, exits))
        return act
    return register


def reply(body, *fields, status=b"200 OK", kind=JSON_TYPE):
    head = b"".join(field + b"\r\n" for field in fields)
    return b"HTTP/1.1 %s\r\n%s%s%sContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, kind, HSTS, head, len(body), body)


def descriptor(request, **changes):
    """A small sound descriptor of the behaviour's host, with `changes` (None removes a key)."""
    value = {"key": request.host.split(".")[0], "name": "Misbehaving app", "baseUrl": request.base_url,
             "authentication": {"type": "jwt"}, "lifecycle": {"installed": "/installed"},
             "modules": {"generalPages": [{"key": "page", "name": {"value": "Page"}, "url": "/page"}]}} | changes
    return json.dumps({key: item for key, item in value.items() if item is not None}).encode()


async def pour(writer, piece):
    """Writes `piece` again and again until the peer has gone."""
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)  # drain() alone never lets the loop learn that the connection is lost


async def trickle(writer, data, pause=0.5):
    for at in range(len(data)):
        writer.write(data[at:at + 1])
        await writer.drain()
        await asyncio.sleep(pause)


def reset(writer):
    """Ends the connection with RST."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# --- before TLS -----------------------------------------------------------------------------------------------------

@behaviour("tcp-silent", "accepts and never says anything", "tcp")
async def tcp_silent(reader, writer):
    await asyncio.sleep(PATIENCE)


@behaviour("tcp-reset", "resets every connection", "tcp")
async def tcp_reset(reader, writer):
    reset(writer)


@behaviour("tcp-close", "closes every connection at once", "tcp")
async def tcp_close(reader, writer):
    pass


@behaviour("tcp-reset-late", "resets after the first bytes arrived", "tcp")
async def tcp_reset_late(reader, writer):
    await reader.read(1)
    reset(writer)


@behaviour("tls-plain-http", "speaks plain HTTP on the https port", "tcp")
async def tls_plain_http(reader, writer):
    await reader.read(4096)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@behaviour("tls-garbage", "answers a ClientHello with noise", "tcp")
async def tls_garbage(reader, writer):
    await reader.read(4096)
    writer.write(bytes((at * 73 + 11) % 256 for at in range(4096)))


@behaviour("tls-alert", "refuses every ClientHello with handshake_failure", "tcp")
async def tls_alert(reader, writer):
    await reader.read(4096)
    writer.write(bytes([21, 3, 3, 0, 2, 2, 40]))


@behaviour("tls-closes", "closes on every ClientHello without an alert", "tcp")
async def tls_closes(reader, writer):
    await reader.read(4096)


@behaviour("tls-trickle", "sends its ServerHello one byte a second", "tcp")
async def tls_trickle(reader, writer):
    await reader.read(4096)
    await trickle(writer, bytes([22, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3]) + bytes(116), 1)


@behaviour("tls-endless", "sends handshake records for ever", "tcp")
async def tls_endless(reader, writer):
    await reader.read(4096)
    await pour(writer, bytes([22, 3, 3, 64, 0, 11, 255, 255, 255]) + bytes(16380))


@behaviour("tls-sslv3", "speaks nothing above SSL 3.0", "tcp")
async def tls_sslv3(reader, writer):
    await reader.read(4096)
    hello = bytes([3, 0]) + bytes(range(32)) + bytes([0, 0, 10, 0])
    writer.write(bytes([22, 3, 0, 0, len(hello) + 4, 2, 0, 0, len(hello)]) + hello)


# --- time -----------------------------------------------------------------------------------------------------------

@behaviour("slow-silent", "reads the request and never answers")
async def slow_silent(request, writer):
    await asyncio.sleep(PATIENCE)


@behaviour("slow-headers", "sends its header one byte each half second")
async def slow_headers(request, writer):
    await trickle(writer, reply(descriptor(request)))


@behaviour("slow-drip", "sends the header at once and the body drop by drop")
async def slow_drip(request, writer):
    head, _, body = reply(descriptor(request)).partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    await trickle(writer, body)


@behaviour("reset-mid-body", "resets in the middle of the body")
async def reset_mid_body(request, writer):
    writer.write(reply(descriptor(request))[:-40])
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


@behaviour("close-mid-header", "closes in the middle of the header")
async def close_mid_header(request, writer):
    writer.write(OK + JSON_TYPE + b"Content-Le")


@behaviour("empty-answer", "closes without a byte")
async def empty_answer(request, writer):
    pass


@behaviour("flapping", "answers every second request with 500")
async def flapping(request, writer):
    writer.write(reply(descriptor(request)) if request.count % 2 else reply(b"{}", status=b"500 Internal Server Error"))


# --- size -----------------------------------------------------------------------------------------------------------

@behaviour("huge-header", "one header field of 1 MB")
async def huge_header(request, writer):
    writer.write(OK + b"X-Huge: " + b"a" * (1 << 20) + b"\r\n" + reply(descriptor(request)).partition(b"\r\n")[2])


@behaviour("endless-headers", "header fields for ever")
async def endless_headers(request, writer):
    writer.write(OK)
    await pour(writer, b"X-More: and more\r\n" * 512)


@behaviour("endless-body", "a body without end")
async def endless_body(request, writer):
    writer.write(OK + JSON_TYPE + b"Connection: close\r\n\r\n")
    await pour(writer, b" " * 65536)


@behaviour("endless-chunks", "a chunk extension without end")
async def endless_chunks(request, writer):
    writer.write(OK + JSON_TYPE + b"Transfer-Encoding: chunked\r\n\r\n5;x=")
    await pour(writer, b"y" * 65536)


@behaviour("gzip-bomb", "200 MB of spaces in 200 kB of gzip")
async def gzip_bomb(request, writer):
    writer.write(reply(gzip.compress(b" " * (200 << 20), 9), b"Content-Encoding: gzip"))


# --- form -----------------------------------------------------------------------------------------------------------

def malformed(name, note, make):
    """A behaviour that answers with the bytes of `make(request)` and closes."""
    @behaviour(name, note)
    async def act(request, writer):
        writer.write(make(request))


def with_head(status_line, *fields, body=descriptor, end=b"\r\n"):
    return lambda request: end.join([status_line, JSON_TYPE.rstrip(), HSTS.rstrip(), *fields, b"", b""]) + body(request)


def chunked(*parts):
    return lambda request: OK + JSON_TYPE + HSTS + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(
        part(request) if callable(part) else part for part in parts)


def one_chunk(request):
    body = descriptor(request)
    return b"%x\r\n%s\r\n" % (len(body), body)


malformed("length-too-long", "Content-Length larger than the body", with_head(OK.rstrip(), b"Content-Length: 999999"))
malformed("length-too-short", "Content-Length smaller than the body", with_head(OK.rstrip(), b"Content-Length: 10"))
malformed("length-negative", "negative Content-Length", with_head(OK.rstrip(), b"Content-Length: -1"))
malformed("length-word", "Content-Length is no number", with_head(OK.rstrip(), b"Content-Length: many"))
malformed("length-twice", "two different Content-Length fields", with_head(OK.rstrip(), b"Content-Length: 3", b"Content-Length: 4"))
malformed("length-and-chunked", "Content-Length beside chunked",
          lambda request: with_head(OK.rstrip(), b"Content-Length: 5", b"Transfer-Encoding: chunked", body=one_chunk)(request)
          + b"0\r\n\r\n")
malformed("chunk-bad-size", "chunk size that is no number", chunked(b"zz\r\nhello\r\n0\r\n\r\n"))
malformed("chunk-huge-size", "chunk size of 2^80", chunked(b"1" + b"0" * 20 + b"\r\nhello"))
malformed("chunk-no-end", "last chunk missing", chunked(one_chunk))
malformed("chunk-bare-lf", "chunks ended by bare LF", chunked(lambda request: one_chunk(request).replace(b"\r\n", b"\n"), b"0\n\n"))
malformed("bare-lf", "lines ended by bare LF", with_head(OK.rstrip(), end=b"\n"))
malformed("nul-in-field", "NUL in a field value", with_head(OK.rstrip(), b"X-Nul: a\0b"))
malformed("no-colon", "a field line without a colon", with_head(OK.rstrip(), b"this is no field"))
malformed("folded-field", "a folded field line", with_head(OK.rstrip(), b"X-Folded: one\r\n two"))
malformed("space-before-colon", "a space before the colon", with_head(OK.rstrip(), b"X-Space : one"))
malformed("no-reason", "status line without a reason", with_head(b"HTTP/1.1 200"))
malformed("odd-version", "HTTP/3.7 in the status line", with_head(b"HTTP/3.7 200 OK"))
malformed("odd-status", "status 999", with_head(b"HTTP/1.1 999 Odd"))
malformed("leading-blank", "blank lines before the status line", lambda request: b"\r\n\r\n" + reply(descriptor(request)))
malformed("http-0.9", "a body and nothing else", descriptor)
malformed("early-hints", "103 five times, then the answer",
          lambda request: b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 5 + reply(descriptor(request)))
malformed("endless-hints", "103 a thousand times, then the answer",
          lambda request: b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000 + reply(descriptor(request)))
malformed("noise", "bytes that are no HTTP", lambda request: bytes((at * 151 + 7) % 256 for at in range(8192)))


# --- status and redirects ---------------------------------------------------------------------------------------------

def redirect(name, note, location):
    malformed(name, note, lambda request: reply(b"", b"Location: " + location(request).encode(), status=b"302 Found"))


redirect("redirect-loop", "redirects to itself", lambda request: request.base_url + request.target)
redirect("redirect-chain", "redirects further and further", lambda request: f"{request.base_url}/step/{request.count}")
redirect("redirect-file", "redirects to file:", lambda request: "file:///etc/passwd")
redirect("redirect-metadata", "redirects to the metadata address", lambda request: "http://169.254.169.254/latest/meta-data/")
redirect("redirect-foreign", "redirects to a foreign host", lambda request: f"https://{FOREIGN[2]}:{request.base_url.rpartition(':')[2]}/")
redirect("redirect-script", "redirects to javascript:", lambda request: "javascript:alert(1)")
malformed("redirect-nowhere", "a redirect without Location", lambda request: reply(b"", status=b"302 Found"))
malformed("retry-after", "503 with Retry-After", lambda request: reply(b"{}", b"Retry-After: 120", status=b"503 Service Unavailable"))
malformed("too-many", "429 with Retry-After", lambda request: reply(b"{}", b"Retry-After: 120", status=b"429 Too Many Requests"))
malformed("always-500", "500 always", lambda request: reply(b"{}", status=b"500 Internal Server Error"))


# --- descriptors ------------------------------------------------------------------------------------------------------

def bad_descriptor(name, note, make, exits=(2, 3)):
    @behaviour(name, note, exits=exits)
    async def act(request, writer):
        if request.target.startswith("/atlassian-connect.json"):
            writer.write(reply(make(request)))
        else:
            writer.write(reply(b"No token", status=b"401 Unauthorized", kind=b"Content-Type: text/plain\r\n"))


def base(url):
    return lambda request: descriptor(request, baseUrl=url)


bad_descriptor("descriptor-html", "a page in place of a descriptor", lambda request: b"<!doctype html><title>Welcome</title>")
bad_descriptor("descriptor-truncated", "cut in the middle", lambda request: descriptor(request)[:60])
bad_descriptor("descriptor-deep", "200,000 nested arrays", lambda request: b'{"key":' + b"[" * 200_000)
bad_descriptor("descriptor-empty", "nothing", lambda request: b"")
bad_descriptor("descriptor-list", "an array", lambda request: b"[1,2,3]")
bad_descriptor("descriptor-no-key", "no key", lambda request: descriptor(request, key=None))
bad_descriptor("descriptor-no-base", "no baseUrl", lambda request: descriptor(request, baseUrl=None))
bad_descriptor("descriptor-base-file", "baseUrl is file:", base("file:///etc/passwd"), (1, 2, 3))
bad_descriptor("descriptor-base-metadata", "baseUrl is the metadata address", base("http://169.254.169.254/"), (1, 2, 3))
bad_descriptor("descriptor-base-octal", "baseUrl is an address in octal", base("http://0251.0376.0251.0376/"), (1, 2, 3))
bad_descriptor("descriptor-base-integer", "baseUrl is an address as one number", base("http://2852039166/"), (1, 2, 3))
bad_descriptor("descriptor-base-userinfo", "baseUrl carries a password", base("https://user:pass@good-app.lab/"), (1, 2, 3))
bad_descriptor("descriptor-base-private", "baseUrl's name resolves to a private address", base("https://private.dns-cases.lab/"), (1, 2, 3))
bad_descriptor("descriptor-bom", "a byte order mark first", lambda request: b"\xef\xbb\xbf" + descriptor(request), ())
bad_descriptor("descriptor-latin1", "bytes that are no UTF-8", lambda request: descriptor(request, name="X").replace(b'"X"', b'"\xe9"'), ())
bad_descriptor("descriptor-many", "4,000 links", lambda request: descriptor(request, modules={"generalPages": [
    {"key": f"p{at}", "url": f"/page/{at}"} for at in range(4000)]}), ())


@behaviour("descriptor-huge", "100 MB", exits=(2, 3))
async def descriptor_huge(request, writer):
    writer.write(OK + JSON_TYPE + b"Content-Length: %d\r\n\r\n" % (100 << 20) + b'{"key":"')
    for _ in range(1600):
        writer.write(b"a" * 65536)
        await writer.drain()


class Misbehaviour:
    """All behaviours, listening. Besides them the trap: the foreign host, whose every caller is written to a file."""

    def __init__(self, ports, pki, trap_file):
        self.ports, self.trap_file, self.counts = ports, trap_file, {}
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(pki.chain("misbehave"), pki.key("misbehave"))
        for number, one in enumerate(BEHAVIOURS, 1):
            one.address = f"127.0.4.{number}"

    def records(self):
        return {f"{one.name}.misbehave.lab": [one.address] for one in BEHAVIOURS} | {name: [FOREIGN_ADDRESS] for name in FOREIGN}

    def index(self):
        return [{"name": one.name, "note": one.note, "layer": one.layer, "address": one.address, "exits": list(one.exits),
                 "url": f"https://{one.name}.misbehave.lab:{self.ports['https']}/atlassian-connect.json"} for one in BEHAVIOURS]

    async def start(self):
        self.trap_file.write_text("")
        servers = []
        for one in BEHAVIOURS:
            for scheme in ("https", "http"):
                secure = self.tls if scheme == "https" and one.layer == "http" else None
                servers.append(await asyncio.start_server(self._server(one, scheme), one.address, self.ports[scheme], ssl=secure))
        for scheme in ("https", "http"):
            servers.append(await asyncio.start_server(self._trap, FOREIGN_ADDRESS, self.ports[scheme]))
        return servers

    async def _trap(self, reader, writer):
        with self.trap_file.open("a") as file:
            file.write(f"{writer.get_extra_info('peername')}\n")
        writer.close()

    def _server(self, one, scheme):
        host = f"{one.name}.misbehave.lab"
        base_url = f"{scheme}://{host}:{self.ports[scheme]}"

        async def serve(reader, writer):
            try:
                if one.layer == "tcp":
                    await asyncio.wait_for(one.act(reader, writer), PATIENCE)
                else:
                    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
                    self.counts[one.name] = self.counts.get(one.name, 0) + 1
                    target = head.split(b" ", 2)[1].decode("latin-1")
                    await asyncio.wait_for(one.act(Request(host, base_url, target, self.counts[one.name]), writer), PATIENCE)
                await writer.drain()
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
                pass  # the peer had enough
            finally:
                writer.close()

        return serve


if __name__ == "__main__":
    print(json.dumps([{"name": one.name, "layer": one.layer, "note": one.note} for one in BEHAVIOURS], indent=2))
