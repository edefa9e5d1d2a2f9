"""A control plane with many known records, whose mood can be changed, and a load of lookups that knows each right body.

Both run in threads of their own with an event loop; both are bounded: the load by its rate and its time.
"""

import asyncio
import collections
import json
import random
import socket
import struct
import threading
import time
import urllib.parse

KEYS = ("alice", "bob")


def body_of(key, number):
    """Told apart by its owner, its slug and its own padding, so that a cut or a foreign body can't be taken for it."""
    return json.dumps({"object": "integration", "slug": f"record-{number}", "status": "active", "owner": key,
                       "note": f"{number:x}" * (1 + number % 97)}).encode()


def message(status, kind, body):
    return b"HTTP/1.1 %d Whatever\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(body)) + body


class Looped:
    """An event loop in a thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def end(self):
        async def cancel():
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self.call(cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class ControlPlane(Looped):
    """Moods: good; gone (nobody listens, everything is reset); slow (5 s); wild (each third answer is an error, of any kind)."""

    def __init__(self, seed=1):
        super().__init__()
        self.mood = "good"
        self.asked = []  # when
        self._chance = random.Random(seed)
        self._writers = set()
        self._server = self.call(asyncio.start_server(self._talk, "127.0.0.1", 0, backlog=256))
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def rate(self, since, until):
        return sum(since <= at < until for at in self.asked) / (until - since)

    def go(self):
        async def leave():
            self.mood = "gone"
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
        self.call(leave())

    def come_back(self):
        async def listen():
            self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, backlog=256)
        self.mood = "good"
        self.call(listen())

    async def _talk(self, reader, writer):
        self._writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.asked.append(time.monotonic())
                if not await self._answer(head, writer):
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, head, writer):
        target = head.split(" ")[1]
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        slug = target.rsplit("/", 1)[-1]
        if not slug.startswith("record-"):
            writer.write(message(404, b"application/json", b'{"success":false,"data":{"message":"not found"}}'))
            return True
        good = message(200, b"application/json", body_of(fields["x-portkey-api-key"], int(slug[7:])))
        if self.mood == "slow":
            await asyncio.sleep(5)
        if self.mood == "wild" and self._chance.random() < 0.3:
            return self._misbehave(good, writer)
        writer.write(good)
        return True

    def _misbehave(self, good, writer):
        kind = self._chance.randrange(5)
        if kind == 0:
            writer.write(message(500, b"application/json", b'{"success":false}'))
            return True
        if kind == 1:
            writer.write(message(200, b"text/html", b"<html>Please log in</html>"))
            return True
        if kind == 2:
            writer.write(message(403, b"text/html", b"<html>Blocked</html>"))
            return True
        writer.write(good[:self._chance.randrange(len(good))])
        if kind == 3:  # reset in its middle
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return False  # else cut short


class Load(Looped):
    """`rate` lookups a second of known records, by chance, over kept connections, a few at a time on each."""

    CONNECTIONS, AT_ONCE = 8, 10

    def __init__(self, base, records, rate, seed=2):
        super().__init__()
        where = urllib.parse.urlsplit(base)
        self._address = (where.hostname, where.port)
        self._records = records
        self._pause = self.CONNECTIONS * self.AT_ONCE / rate
        self._chance = random.Random(seed)
        self.counts = collections.Counter()
        self.wrong = []
        self.took = []  # (when asked, seconds), of each few
        self._tasks = []

    def start(self):
        async def begin():
            self._tasks = [asyncio.ensure_future(self._client()) for _ in range(self.CONNECTIONS)]
        self.call(begin())
        return self

    def warm(self):
        """Asks for each record once, for each key."""
        async def all_of_them():
            reader, writer = await asyncio.open_connection(*self._address)
            for key in KEYS:
                for number in range(self._records):
                    await self._few(reader, writer, [(key, number)])
            writer.close()
        self.call(all_of_them())

    def p99(self, since, until):
        took = sorted(seconds for at, seconds in self.took if since <= at < until)
        return took[int(len(took) * 0.99)] if took else float("inf")

    def _wrong(self, what):
        self.counts["wrong"] += 1
        if len(self.wrong) < 10:
            self.wrong.append(what)

    async def _client(self):
        writer, due = None, time.monotonic() + self._chance.random() * self._pause
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due + self._pause, time.monotonic() - self._pause)
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection(*self._address)
                if await self._few(reader, writer, [(self._chance.choice(KEYS), self._chance.randrange(self._records))
                                                    for _ in range(self.AT_ONCE)]):
                    continue
                writer.close()  # it has served as many as one may
                writer = None
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                self._wrong(f"the connection ended: {error!r}")
                writer = None

    async def _few(self, reader, writer, asked):
        """True if the connection may be used on; what was asked after an answer that ends it is nobody's failure."""
        began = time.monotonic()
        writer.write(b"".join(
            b"GET /v1/integrations/record-%d HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: %s\r\n\r\n" % (number, key.encode())
            for key, number in asked))
        for key, number in asked:
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length: ") + 16
            body = await reader.readexactly(int(head[at:head.index(b"\r\n", at)]))
            if head[9:12] != b"200" or body != body_of(key, number):
                self._wrong(f"{key} {number}: {head[:60]!r} {body[:80]!r}")
            else:
                self.counts["right"] += 1
                if b"stale-error" in head:
                    self.counts["stale"] += 1
            if b"\r\nconnection: close" in head.lower():
                return False
        self.took.append((began, time.monotonic() - began))
        return True
