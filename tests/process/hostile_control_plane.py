"""A control plane that misbehaves, on bare sockets: what it does with a lookup depends on the slug.

behave(slug, what): `what(connection, head)` is given the socket and the request's head, and owns the connection until it
returns; returning true keeps the connection for the next request.
"""

import collections
import gzip
import io
import json
import socket
import struct
import threading


def record(slug, **more):
    return json.dumps({"object": "integration", "slug": slug, "name": f"The record {slug}", "status": "active",
                       "ai_provider_id": "openai", **more}).encode()


def good(slug, **more):
    def answer(connection, _head):
        body = record(slug, **more)
        connection.sendall(head_of(200, {"Content-Type": "application/json", "Content-Length": len(body)}) + body)
        return True
    return answer


def head_of(status, fields):
    lines = [f"HTTP/1.1 {status} Whatever"] + [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def says(*pieces):
    """Sends the pieces (bytes, or functions that make them) and closes in good order."""
    def answer(connection, _head):
        for piece in pieces:
            connection.sendall(piece)
        return False
    return answer


def whole(status, content_type, body):
    return says(head_of(status, {"Content-Type": content_type, "Content-Length": len(body)}), body)


def resets(connection, _head):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def stalls_after(*pieces):
    """Sends the pieces and then nothing more until the other side goes away."""
    def answer(connection, _head):
        for piece in pieces:
            connection.sendall(piece)
        wait_for_leaving(connection)
        return False
    return answer


def wait_for_leaving(connection):
    while connection.recv(4096):
        pass


def drips(connection, _head):
    """A header block that never ends, a byte at a time: never idle, never done."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Endless: ")
    connection.settimeout(0.05)
    while True:
        try:
            if not connection.recv(4096):
                return False
        except TimeoutError:
            connection.sendall(b"a")


def floods(head, block, times, tail=b""):
    """`head`, then the same block again and again, made once: a gibibyte costs this side nothing."""
    def answer(connection, _head):
        connection.sendall(head)
        for _ in range(times):
            connection.sendall(block)
        connection.sendall(tail)
        return False
    return answer


def gzip_bomb(size):
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as out:
        out.write(b'{"object":"integration","slug":"bomb","name":"')
        for _ in range(size >> 20):
            out.write(b"a" * (1 << 20))
        out.write(b'"}')
    return packed.getvalue()


class HostileControlPlane:
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._behaviour = {}
        self._asked = collections.Counter()
        self._open = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def behave(self, slug, what):
        with self._lock:
            self._behaviour[slug] = what

    def asked(self, slug):
        with self._lock:
            return self._asked[slug]

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        try:
            kept = b""
            while True:
                while b"\r\n\r\n" not in kept:
                    more = connection.recv(65536)
                    if not more:
                        return
                    kept += more
                head, kept = kept.split(b"\r\n\r\n", 1)
                slug = head.split(b" ")[1].decode().split("?")[0].rstrip("/").rsplit("/", 1)[-1]
                with self._lock:
                    self._asked[slug] += 1
                    what = self._behaviour.get(slug)
                if what is None:
                    body = b'{"success":false,"data":{"message":"no such behaviour"}}'
                    what = whole(404, "application/json", body)
                if not what(connection, head):
                    return
        except OSError:
            pass  # the proxy hung up on us, which is what we provoke
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # shutdown wakes a thread that waits in accept or recv; close alone doesn't
        with self._lock:
            open_now = list(self._open)
        for one in [self._listener, *open_now]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._listener.close()
