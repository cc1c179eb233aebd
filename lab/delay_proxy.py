"""A round trip of 50 ms on loopback, for benchmarks: 127.0.3.n:https forwards to the fleet's 127.0.2.n:https.

Kernels without netem cannot delay loopback, so this proxy does it in user land: bytes wait half a round trip in each
direction, and the client's first bytes a whole one more, which stands for the TCP handshake that loopback does at once.
"""

import asyncio
import collections
import time

ROUND_TRIP_MS = 50


class _Pipe(asyncio.Protocol):
    """One direction's receiving end: hands on what arrives to `peer` after `delay`, in order."""

    def __init__(self, loop, one_way, first_extra=0.0):
        self.loop, self.one_way, self.extra = loop, one_way, first_extra
        self.transport, self.peer = None, None
        self.waiting, self.timer, self.opened = collections.deque(), None, 0.0

    def connection_made(self, transport):
        self.transport = transport
        self.opened = time.monotonic()

    def data_received(self, data):
        self._queue(data)

    def eof_received(self):
        self._queue(b"")
        return True

    def connection_lost(self, exc):
        self._queue(None)

    def _queue(self, item):
        now = time.monotonic()
        self.waiting.append((max(now, self.opened + self.extra) + self.one_way, item))
        if self.timer is None:
            self._arm()

    def _arm(self):
        self.timer = self.loop.call_later(max(0.001, self.waiting[0][0] - time.monotonic()), self._deliver)

    def _deliver(self):
        self.timer = None
        while self.peer and self.waiting and self.waiting[0][0] <= time.monotonic() + 0.0005:
            item = self.waiting.popleft()[1]
            out = self.peer.transport
            if out.is_closing():
                continue
            if item is None:
                out.abort()
            elif item:
                out.write(item)
            elif out.can_write_eof():
                out.write_eof()
        if self.waiting:
            self._arm()


class _Front(_Pipe):
    def __init__(self, loop, target):
        super().__init__(loop, ROUND_TRIP_MS / 2000, ROUND_TRIP_MS / 1000)
        self.target = target

    def connection_made(self, transport):
        super().connection_made(transport)
        self.loop.create_task(self._open_back())

    async def _open_back(self):
        back = _Pipe(self.loop, ROUND_TRIP_MS / 2000)
        back.peer = self
        try:
            await self.loop.create_connection(lambda: back, *self.target)
        except OSError:
            self.transport.abort()
            return
        self.peer = back


async def start(fleet, ports):
    """Listens beside every address of the fleet, on the https and the plain port; returns the servers."""
    loop = asyncio.get_running_loop()
    servers = []
    for address in fleet.addresses:
        here = address.replace("127.0.2.", "127.0.3.")
        for scheme in ("https", "http"):
            target = (address, ports[scheme])
            servers.append(await loop.create_server(lambda target=target: _Front(loop, target), here, ports[scheme]))
    return servers
