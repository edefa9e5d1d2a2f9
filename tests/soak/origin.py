"""The soak's control plane: records by formula, writes that count, streams both ways, and faults on demand.

Run as a program it listens on a free port, prints it, and ends with its standard input. POST /__fault with a mode as body
changes what happens to lookups from then on; see FAULTS.
"""

import asyncio
import collections
import hashlib
import json
import random
import sys

import records

BLOCK = bytes(range(256)) * 256  # 64 KiB
EVENTS = 12


class Hangup(Exception):
    """The connection is to end here, in whatever state it is."""


async def reset(writer):
    writer.transport.abort()
    raise Hangup


async def stall(_writer):
    await asyncio.sleep(3)
    raise Hangup


async def slow(_writer):
    await asyncio.sleep(random.uniform(0.05, 0.5))


def says(*pieces):
    async def fault(writer):
        for piece in pieces:
            writer.write(piece)
        raise Hangup
    return fault


def plain(status, kind, body):
    return says(b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(body)), body)


# Mode: what it does to a lookup before the record would be sent, and to how many of a hundred.
FAULTS = {
    "none": (None, 0),
    "resets": (reset, 30),
    "stalls": (stall, 10),
    "slow": (slow, 50),
    "html": (plain(b"200 OK", b"text/html", b"<html>a login page</html>"), 30),
    "broken": (plain(b"503 Unavailable", b"application/json", b'{"success":false}'), 50),
    "throttles": (plain(b"429 Slow Down", b"application/json", b'{"success":false}'), 10),
    "garbage": (says(b"\0\1\2 this is no HTTP\r\n\r\n"), 30),
    "cut": (says(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n", b'{"slug":"re'), 30),
    "gone": (reset, 100),
}


class Origin:
    def __init__(self):
        self.fault, self.share = FAULTS["none"]
        self.versions = collections.Counter()

    async def talk(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.rstrip().split("\r\n")
                method, target, _ = first.split(" ")
                fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
                await self.answer(method, target.split("?")[0], fields, reader, writer)
                await writer.drain()
        except (Hangup, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # cancelled: the program ends
        finally:
            writer.close()

    async def answer(self, method, path, fields, reader, writer):
        body = body_of(fields, reader)
        if path.startswith("/v1/integrations/") and method in ("GET", "HEAD"):
            return await self.lookup(path.rsplit("/", 1)[1], method, fields, writer)
        if path == "/v1/download":
            return await self.download(writer)
        if path == "/v1/events":
            return await self.events(writer)
        received = bytearray() if method == "PUT" or path == "/__fault" else None
        digest = hashlib.sha256()
        async for piece in body:
            digest.update(piece)
            if received is not None:
                received += piece
        if path == "/__fault":
            self.fault, self.share = FAULTS[received.decode()]
        if method == "PUT":
            self.versions[path.rsplit("/", 1)[1]] += 1
            return send(writer, 200, json.dumps({"success": True}).encode())
        if path == "/v1/integrations":
            return send(writer, 200, json.dumps({"object": "list", "data": ["x" * 50] * 1000}).encode(), chunked=True)
        return send(writer, 200, json.dumps({"sha256": digest.hexdigest()}).encode())

    async def lookup(self, slug, method, fields, writer):
        if self.fault and random.randrange(100) < self.share:
            await self.fault(writer)
        number = int(slug[4:]) if slug.startswith("rec-") and slug[4:].isdigit() else records.KNOWN
        if number >= records.KNOWN:
            return send(writer, 404, b'{"success":false,"data":{"message":"not found","errorCode":"AB02"}}')
        version = self.versions[slug]
        more = b""
        if number % 5 == 0:
            tag = f'"{slug}-{version}"'
            if fields.get("if-none-match") == tag:
                return writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % tag.encode())
            more = b"ETag: %s\r\n" % tag.encode()
        body = records.body_of(slug, fields.get("x-portkey-api-key", ""), version)
        send(writer, 200, body, chunked=number % 3 == 0, more=more, with_body=method == "GET")

    async def download(self, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(32):
            writer.write(b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async def events(self, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(EVENTS):
            event = b"data: %d\n\n" % number
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(b"0\r\n\r\n")


def send(writer, status, body, chunked=False, more=b"", with_body=True):
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    writer.write(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%s%s\r\n\r\n" % (status, more, framing))
    if with_body:
        writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body)


async def body_of(fields, reader):
    if fields.get("transfer-encoding") == "chunked":
        while line := await reader.readline():
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            yield (await reader.readexactly(size + 2))[:-2]
        if not line or not await reader.readline():
            raise Hangup
        return
    left = int(fields.get("content-length", 0))
    while left:
        piece = await reader.read(min(left, 65536))
        if not piece:
            raise Hangup
        left -= len(piece)
        yield piece


async def main():
    server = await asyncio.start_server(Origin().talk, "127.0.0.1", 0, limit=2**18, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
