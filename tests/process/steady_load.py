"""About 2,000 lookups a second over kept and over fresh connections, and what became of every one of them.

answered   with 200 and the whole body
cut        sent on a kept connection that then ended without one byte of an answer; asked again on a new one
refused    nobody listened
lost       anything else: half an answer, a fresh connection that was reset or closed
Bounded: at most `seconds`, and as many requests as the rate makes of that.
"""

import collections
import re
import socket
import threading
import time
import urllib.parse

CONNECTIONS = {"kept": 4, "fresh": 2}
RATES = {"kept": 400, "fresh": 200}  # requests a second of one connection


class Cut(Exception):
    """The connection ended before the first byte of an answer."""


class Lost(Exception):
    """The connection ended in the middle of an answer, or the answer was a wrong one."""


class Load:
    def __init__(self, base, target, headers, seconds=20.0, until_refused=False):
        where = urllib.parse.urlsplit(base)
        self._address = (where.hostname, where.port)
        lines = [f"GET {target} HTTP/1.1", f"Host: {where.netloc}", *(f"{n}: {v}" for n, v in headers.items())]
        self._kept = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._fresh = ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode()
        self._end = time.monotonic() + seconds
        self._until_refused = until_refused
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.counts = collections.Counter()
        self.answers = []  # when each was asked for, and when it was there
        self.troubles = []
        self._threads = [threading.Thread(target=self._ask, args=(kind,), daemon=True)
                         for kind, number in CONNECTIONS.items() for _ in range(number)]
        self._began = time.monotonic()

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._stop.set()
        self.wait()

    def wait(self):
        """Until it was stopped, or refused if that ends it."""
        for thread in self._threads:
            thread.join()
        self.took = time.monotonic() - self._began
        return self

    def __getattr__(self, name):
        if name in ("answered", "cut", "refused", "lost"):
            return self.counts[name]
        raise AttributeError(name)

    def back_after(self, moment):
        """Seconds from then to the first answer to a request that was made after it."""
        with self._lock:
            return min((answered for made, answered in self.answers if made > moment), default=float("inf")) - moment

    def rate(self):
        return self.answered / self.took

    def __str__(self):
        return (f"{self.rate():.0f} a second: {self.answered} answered, {self.cut} cut, {self.refused} refused, "
                f"{self.lost} lost {self.troubles[:3]}")

    def _ask(self, kind):
        connection, interval = None, 1 / RATES[kind]
        due = time.monotonic()
        while not self._stop.is_set() and time.monotonic() < self._end:
            try:
                connection = self._one(kind, connection)
            except Cut as cut:
                connection = None
                self._count("cut" if kind == "kept" else "lost", cut)
                continue  # asked again at once
            except Lost as lost:
                connection = None
                self._count("lost", lost)
            except ConnectionRefusedError:
                connection = None
                self._count("refused", None)
                if self._until_refused:
                    return
            due = max(due + interval, time.monotonic() - interval)
            self._stop.wait(max(0.0, due - time.monotonic()))
        if connection:
            connection.close()

    def _count(self, what, why):
        with self._lock:
            self.counts[what] += 1
            if why is not None:
                self.troubles.append(f"{what}: {why}")

    def _one(self, kind, connection):
        """One request; returns the connection if it may be used again."""
        used, made = connection is not None, time.monotonic()
        if not used:
            connection = socket.create_connection(self._address, timeout=20)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        got = b""
        try:
            connection.sendall(self._kept if kind == "kept" else self._fresh)
            got = connection.recv(65536)
            while got and not self._complete(got):
                more = connection.recv(65536)
                if not more:
                    raise Lost(f"half an answer: {got[:80]!r}")
                got += more
        except OSError as error:
            connection.close()
            raise Lost(f"{error} after {len(got)} bytes") if got or not used else Cut(str(error))
        if not got:
            connection.close()
            raise Cut("closed") if used else Lost("a fresh connection was closed")
        if not got.startswith(b"HTTP/1.1 200"):
            raise Lost(repr(got[:80]))
        with self._lock:
            self.counts["answered"] += 1
            self.answers.append((made, time.monotonic()))
        if re.search(rb"\r\nconnection: close\r\n", got[:2048], re.IGNORECASE):
            connection.close()
            return None
        return connection

    @staticmethod
    def _complete(got):
        head, blank, body = got.partition(b"\r\n\r\n")
        if not blank:
            return False
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
        if length:
            return len(body) >= int(length.group(1))
        return body.endswith(b"0\r\n\r\n")  # chunked
