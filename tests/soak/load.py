"""What the soak's clients do, each kind a coroutine that runs until it is cancelled. Every answer is checked."""

import asyncio
import collections
import contextlib
import hashlib
import json
import random
import ssl

import records

CREDENTIALS = ("alice", "bob", "carol")
HOT = 300  # records that the hitters ask for
BLOCK = bytes(range(256)) * 256
MALFORMED = (
    b"GET /v1/integrations/rec-1 HTTP/1.1\r\n\r\n",
    b"GET /v1/integrations/rec-1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"PUT /v1/integrations/rec-1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
    b"GET /v1/integrations/rec-1 HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    b"GET /v1/integrations/rec-1 HTTP/3.0\r\nHost: a\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
)
GONE = (ConnectionError, asyncio.IncompleteReadError, EOFError, ssl.SSLError)


class Load:
    def __init__(self, ports, unix_path, metrics_port, admin_port, tls):
        self.tcp, self.https = ports
        self.unix_path, self.metrics_port, self.admin_port, self.tls = unix_path, metrics_port, admin_port, tls
        self.done = collections.Counter()  # what happened, by kind and outcome
        self.faults = []  # what must not have happened
        self.acknowledged = collections.Counter()  # version by slug

    # --- connections

    async def connect(self, way="tcp"):
        if way == "unix":
            return await asyncio.open_unix_connection(self.unix_path, limit=2**20)
        if way == "https":
            return await asyncio.open_connection("127.0.0.1", self.https, ssl=self.tls, limit=2**20)
        return await asyncio.open_connection("127.0.0.1", self.tcp, limit=2**20)

    @contextlib.asynccontextmanager
    async def connection(self, way="tcp"):
        reader, writer = await self.connect(way)
        try:
            yield reader, writer
        finally:
            writer.close()

    def blame(self, text):
        self.done["WRONG"] += 1
        if len(self.faults) < 20:
            self.faults.append(text)
            print("WRONG:", text, flush=True)

    # --- lookups

    async def lookup(self, stream, slug, owner):
        """Status, and whether the connection may be used again. The record is checked."""
        reader, writer = stream
        at_least = self.acknowledged[slug]
        writer.write(request("GET", f"/v1/integrations/{slug}", owner))
        status, fields, body = await answer(reader)
        if status == 200 and fields.get("content-type") == "text/html":
            status = "html"  # no record, and no stale one to stand in: the client gets what came
        if status == 200:
            if wrong := records.wrong_with(body, slug, owner, at_least):
                self.blame(wrong)
            self.done["lookup " + fields.get("cache-status", "?").split(";")[1].split("=")[0].strip()] += 1
        else:
            self.done[f"lookup {status}"] += 1
            if status not in ("html", 404, 429, 502, 503, 504):
                self.blame(f"{slug}: {status} {body[:100]!r}")
        return status, fields.get("connection") != "close"

    async def hitter(self, way):
        while True:
            async with self.connection(way) as stream:
                for _ in range(5000):
                    slug = f"rec-{int(HOT * random.random() ** 3)}"
                    _, goes_on = await self.lookup(stream, slug, random.choice(CREDENTIALS))
                    if not goes_on:
                        break

    async def wanderer(self):
        """A connection for each lookup, all over the records: misses, evictions, oversized ones."""
        while True:
            async with self.connection() as stream:
                await self.lookup(stream, f"rec-{random.randrange(records.KNOWN)}", random.choice(CREDENTIALS))

    async def stranger(self):
        """Slugs that nobody has: negatives."""
        while True:
            async with self.connection() as stream:
                for _ in range(100):
                    status, goes_on = await self.lookup(stream, f"no-{random.randrange(10**9)}", "alice")
                    if status == 200:
                        self.blame("a record nobody has")
                    if not goes_on:
                        break
                    await asyncio.sleep(0.01)

    async def pipeliner(self):
        while True:
            slugs = [f"rec-{random.randrange(HOT)}" for _ in range(20)]
            async with self.connection() as (reader, writer):
                at_least = {slug: self.acknowledged[slug] for slug in slugs}
                writer.write(b"".join(request("GET", f"/v1/integrations/{slug}", "bob") for slug in slugs))
                for slug in slugs:
                    status, fields, body = await answer(reader)
                    is_record = status == 200 and fields.get("content-type") == "application/json"
                    if is_record and (wrong := records.wrong_with(body, slug, "bob", at_least[slug])):
                        self.blame("pipelined: " + wrong)
                self.done["pipelined"] += len(slugs)
            await asyncio.sleep(0.2)

    async def deserter(self):
        """Asks and leaves: before, or in the middle of, the answer."""
        while True:
            reader, writer = await self.connect(random.choice(("tcp", "unix", "https")))
            writer.write(request("GET", random.choice(("/v1/download", f"/v1/integrations/rec-{random.randrange(2000)}",
                                                       "/v1/events")), "carol"))
            if random.random() < 0.7:
                await reader.read(random.choice((1, 1000, 100_000)))
            writer.transport.abort()
            self.done["deserted"] += 1
            await asyncio.sleep(0.1)

    # --- the rest

    async def writer(self):
        while True:
            async with self.connection() as stream:
                slug = f"rec-{random.randrange(HOT)}"
                stream[1].write(request("PUT", f"/v1/integrations/{slug}", "alice", b'{"name":"x"}'))
                before = self.acknowledged[slug]
                status, _, _ = await answer(stream[0])
                self.done[f"write {status}"] += 1
                if status == 200:
                    self.acknowledged[slug] = before + 1  # the one writer of all: nobody else counts
                    await self.lookup(stream, slug, random.choice(CREDENTIALS))
            await asyncio.sleep(0.05)

    async def lister(self):
        while True:
            async with self.connection("https") as (reader, writer):
                writer.write(request("GET", "/v1/integrations", "alice"))
                self.done[f"list {(await answer(reader))[0]}"] += 1
            await asyncio.sleep(0.2)

    async def uploader(self):
        while True:
            blocks = random.randrange(1, 48)
            async with self.connection(random.choice(("tcp", "https"))) as (reader, writer):
                writer.write(b"POST /v1/logs/exports HTTP/1.1\r\nHost: a\r\nx-portkey-api-key: alice\r\n"
                             b"Content-Length: %d\r\n\r\n" % (blocks * len(BLOCK)))
                for _ in range(blocks):
                    writer.write(BLOCK)
                    await writer.drain()
                status, _, body = await answer(reader)
                if status == 200 and json.loads(body)["sha256"] != hashlib.sha256(BLOCK * blocks).hexdigest():
                    self.blame("an upload that arrived as something else")
                self.done[f"upload {status}"] += 1
            await asyncio.sleep(0.2)

    async def downloader(self):
        while True:
            async with self.connection(random.choice(("tcp", "unix", "https"))) as (reader, writer):
                writer.write(request("GET", "/v1/download", "alice"))
                status, _, body = await answer(reader)
                if status == 200 and body != BLOCK * 32:
                    self.blame("a download that arrived as something else")
                self.done[f"download {status}"] += 1
            await asyncio.sleep(0.5)

    async def listener(self):
        """Reads server-sent events."""
        while True:
            async with self.connection() as (reader, writer):
                writer.write(request("GET", "/v1/events", "alice"))
                status, _, body = await answer(reader)
                if status == 200 and body.count(b"data:") != 12:
                    self.blame(f"events lost: {body!r}")
                self.done[f"events {status}"] += 1

    async def dribbler(self):
        """A head that never ends, a byte every other second."""
        while True:
            async with self.connection(random.choice(("tcp", "unix"))) as (_, writer):
                for byte in b"GET /v1/integrations/rec-1 HTTP/1.1\r\nX-Never: ending":
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(2)
                    if writer.transport.is_closing():
                        break
            self.done["dribbled"] += 1

    async def idler(self):
        while True:
            async with self.connection(random.choice(("tcp", "unix", "https"))) as (reader, _):
                await asyncio.wait_for(reader.read(), 120)
            self.done["idled"] += 1

    async def vandal(self):
        while True:
            async with self.connection(random.choice(("tcp", "unix"))) as (reader, writer):
                sent = random.choice(MALFORMED)
                writer.write(sent)
                first = await reader.readline()
                if not first.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")):
                    self.blame(f"malformed, {sent[:60]!r}, and answered {first!r}")
                await reader.read()
                self.done["refused"] += 1
            await asyncio.sleep(0.1)

    async def scraper(self):
        pages = [(self.metrics_port, "/metrics"), (self.metrics_port, "/readyz"), (self.admin_port, "/"),
                 (self.admin_port, "/api/stats"), (self.admin_port, "/api/entries")]
        while True:
            for port, page in pages:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
                writer.write(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % page.encode())
                status, _, _ = await answer(reader)
                writer.close()
                if status != 200:
                    self.blame(f"{page}: {status}")
            self.done["scraped"] += 1
            await asyncio.sleep(1)

    async def forever(self, kind, *arguments):
        """`kind` again and again: a connection may break at any time while faults are about, and that is all that may."""
        while True:
            try:
                await kind(*arguments)
            except GONE:
                self.done[f"{kind.__name__} broken off"] += 1
            except TimeoutError:
                self.done[f"{kind.__name__} timed out"] += 1
            await asyncio.sleep(0.01)

    def start(self):
        crowd = [(self.hitter, "tcp")] * 3 + [(self.hitter, "unix"), (self.hitter, "https"), (self.lister,),
                 (self.writer,), (self.stranger,), (self.pipeliner,), (self.uploader,), (self.downloader,),
                 (self.vandal,), (self.scraper,)]
        crowd += [(self.wanderer,)] * 2 + [(self.deserter,)] * 2 + [(self.listener,)] * 3
        crowd += [(self.dribbler,)] * 50 + [(self.idler,)] * 100
        return [asyncio.create_task(self.forever(*each)) for each in crowd]


def request(method, target, credential, body=b""):
    head = (f"{method} {target} HTTP/1.1\r\nHost: a\r\nUser-Agent: soak\r\nAccept: application/json\r\n"
            f"x-portkey-api-key: {credential}\r\n")
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in head[1:])}
    if fields.get("transfer-encoding") != "chunked":
        return int(head[0][9:12]), fields, await reader.readexactly(int(fields.get("content-length", 0)))
    body = []
    while size := int(await reader.readline(), 16):
        body.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return int(head[0][9:12]), fields, b"".join(body)
