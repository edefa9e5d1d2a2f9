"""HTTP/1.1 as bytes, without a client library in between: a client that sends what it likes and reads answers to the
letter.

Everything waits with a deadline; nothing here waits for a time.
"""

import fcntl
import json
import pathlib
import re
import socket
import struct
import termios
import urllib.parse

from harness import DEADLINE, wait_until

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
BODILESS = {204, 304}


def rules():
    """What is refused, by the README's table, which is made from the code's: [(code, status or None, sentence)]."""
    section = re.search(r"<!-- refusals:.*?-->\n(.*?)<!-- end of refusals -->", README.read_text(encoding="utf-8"), re.S)
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (.*?) \|$", section.group(1), re.M)
    return [(code, int(status), sentence) for code, status, sentence in rows]


def record(slug, **more):
    return json.dumps({"object": "integration", "slug": slug, "name": f"The record {slug}", "status": "active",
                       "ai_provider_id": "openai", **more}).encode()


def message(first_line, fields=(), body=b""):
    """A head of CRLF lines and whatever follows it. Text is Latin-1: every byte can be written."""
    lines = [first_line, *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def ok(body, *fields, content_type="application/json"):
    return message("HTTP/1.1 200 OK", [("Content-Type", content_type), ("Content-Length", len(body)), *fields], body)


def chunk(data, extension=b""):
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


class Stream:
    """The reading side of a socket: lines and counted bytes, a deadline on each wait."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(DEADLINE)
        self.kept = b""
        self.received = 0

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        """False at the end of the stream, in good order."""
        data = self.socket.recv(1 << 16)
        self.kept += data
        self.received += len(data)
        return bool(data)

    def until(self, mark):
        while mark not in self.kept:
            if not self.more():
                raise EOFError(f"the stream ended before {mark!r}: {self.kept[:200]!r}")
        found, self.kept = self.kept.split(mark, 1)
        return found + mark

    def exactly(self, size):
        while len(self.kept) < size:
            if not self.more():
                raise EOFError(f"the stream ended {size - len(self.kept)} bytes early")
        found, self.kept = self.kept[:size], self.kept[size:]
        return found

    def rest(self):
        """Everything up to the end of the stream; ConnectionResetError where it ends otherwise."""
        while self.more():
            pass
        found, self.kept = self.kept, b""
        return found

    def next_chunk(self):
        """The data of one chunk; b"" for the last one, whose trailer section is left to read."""
        data = self.exactly(int(self.until(b"\r\n").split(b";")[0], 16))
        if data and self.exactly(2) != b"\r\n":
            raise ValueError("a chunk without an end")
        return data

    def chunks(self):
        """The body and the trailer section's lines."""
        body = b""
        while data := self.next_chunk():
            body += data
        trailers = []
        while (line := self.until(b"\r\n")) != b"\r\n":
            trailers.append(line[:-2].decode("latin-1"))
        return body, trailers

    def delivered(self):
        """Waits until the other side's kernel has everything that was sent: send() alone does not promise it."""
        left = lambda: struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, b"\0" * 4))[0]
        wait_until(lambda: left() == 0, "what was sent is acknowledged")

    def close(self):
        self.socket.close()


class Head:
    def __init__(self, raw):
        self.raw = raw
        lines = raw[:-4].decode("latin-1").split("\r\n")
        self.first_line = lines[0]
        self.fields = [(name, value.strip()) for name, value in (line.split(":", 1) for line in lines[1:])]

    def all(self, name):
        return [value for each, value in self.fields if each.lower() == name.lower()]

    def get(self, name, default=None):
        return next(iter(self.all(name)), default)

    def has(self, name):
        return bool(self.all(name))

    def names(self):
        return [name.lower() for name, _ in self.fields]


class Answer(Head):
    def __init__(self, raw):
        super().__init__(raw)
        self.status = int(self.first_line.split(" ")[1])
        self.body, self.trailers, self.interim = b"", [], []

    def closes(self):
        return "close" in (self.get("Connection") or "").lower()

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.raw!r} {self.body[:300]!r}"


class Client(Stream):
    def __init__(self, base):
        where = urllib.parse.urlsplit(base)
        super().__init__(socket.create_connection((where.hostname, where.port), timeout=DEADLINE))

    def head(self):
        """The next head, interim or final; the body is left to read."""
        return Answer(self.until(b"\r\n\r\n"))

    def answer(self, method="GET"):
        interim = []
        while (got := self.head()).status < 200:
            interim.append(got.status)
        got.interim = interim
        if method == "HEAD" or got.status in BODILESS:
            return got
        if got.has("Transfer-Encoding"):
            got.body, got.trailers = self.chunks()
        elif got.has("Content-Length"):
            got.body = self.exactly(int(got.get("Content-Length")))
        else:
            got.body = self.rest()
        return got

    def ask(self, request, method="GET"):
        self.send(request)
        return self.answer(method)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
