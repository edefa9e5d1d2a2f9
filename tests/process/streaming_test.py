"""Bodies go through as they come, both ways at once, in bounded memory, and events one by one."""

import hashlib
import queue
import select
import socket
import struct
import threading
import unittest
import zlib

from harness import DEADLINE, SANITIZER, sidecache
from scripted_control_plane import ControlPlane
from wire import Client, chunk, message

KEY = "x-portkey-api-key: a-key\r\n"
KIB, MIB = 1 << 10, 1 << 20
SIZE = (64 if SANITIZER else 1024) * MIB
BLOCK = bytes(i * 7 % 251 for i in range(MIB))
# What sidecache may grow by, however much goes through or waits: its buffers. A sanitizer keeps freed memory for a while.
GROWTH_KIB = (64 if SANITIZER else 4) * 1024
LAST_CHUNK = b"0\r\n\r\n"


def blocks(size):
    """No two of them are the same, so that one that is lost, doubled or out of order is noticed."""
    for number in range(size // MIB):
        yield struct.pack(">Q", number) + BLOCK[8:]


def echoes(talk):
    """Answers while it reads: what comes in goes out, framed as it came."""
    got = talk.request
    chunked = got.has("Transfer-Encoding")
    framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", got.get("Content-Length"))
    talk.send(message("HTTP/1.1 200 OK", [framing]))
    left = 0 if chunked else int(framing[1])
    tail, mine = b"", talk.kept
    talk.kept = b""
    while True:  # with chunks: the framing is echoed too, and the last chunk ends it
        if mine:
            talk.send(mine)
            left -= len(mine)
            tail = (tail + mine)[-len(LAST_CHUNK):]
        if (tail == LAST_CHUNK and b"\r\n" + LAST_CHUNK) if chunked else left <= 0:
            return True
        mine = talk.socket.recv(MIB)
        if not mine:
            return False


class Streaming(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plane = cls.enterClassContext(ControlPlane())
        cls.proxy = cls.enterClassContext(sidecache(cls.plane.url, "--cache-ttl", "1h"))
        cls.base = cls.proxy.url("proxy")

    def setUp(self):
        self.path = "/v1/completions/" + self.id().rsplit(".", 1)[-1]

    def client(self):
        return self.enterContext(Client(self.base))

    def head(self, fields="", method="POST", target=None):
        return f"{method} {target or self.path} HTTP/1.1\r\nHost: h\r\n{KEY}{fields}\r\n".encode()

    # --- both ways at once, flat

    def echo(self, fields, framed, unframe):
        self.plane.on(self.path, echoes)
        client, sent, got = self.client(), hashlib.sha1(), hashlib.sha1()
        client.send(self.head(fields))
        before, largest = self.proxy.memory_kib(), 0

        def upload():
            for block in blocks(SIZE):
                sent.update(block)
                client.send(framed(block))
            if framed is chunk:
                client.send(LAST_CHUNK)
        sender = threading.Thread(target=upload, daemon=True)
        sender.start()
        answer = client.head()
        self.assertEqual(answer.status, 200)
        size = 0
        for piece in unframe(client):
            got.update(piece)
            if (size + len(piece)) // (64 * MIB) > size // (64 * MIB):
                largest = max(largest, self.proxy.memory_kib())
            size += len(piece)
        sender.join()
        self.assertEqual((size, got.digest()), (SIZE, sent.digest()))
        self.assertLess(largest - before, GROWTH_KIB)
        # It was said before the upload's end was near: a counted one would have been too long to be read off.
        self.assertEqual(answer.closes(), framed is not chunk)
        if framed is chunk:
            self.assertEqual(client.ask(self.head(method="GET", target=self.path + "-next")).status, 200)

    def counted(self, client, left):
        while left > 0:
            piece = client.kept or client.socket.recv(min(left, MIB))
            client.kept = b""
            self.assertTrue(piece)
            left -= len(piece)
            yield piece

    def test_a_counted_gibibyte_up_and_down_at_once(self):
        self.echo(f"Content-Length: {SIZE}\r\n", lambda block: block, lambda client: self.counted(client, SIZE))

    def test_a_chunked_gibibyte_up_and_down_at_once(self):
        def chunked(client):
            """Chunks are cut where the proxy likes; only what they hold counts."""
            while (size := int(client.until(b"\r\n"), 16)) > 0:
                while size > 0:
                    if not client.kept:
                        client.more()
                    piece, client.kept = client.kept[:size], client.kept[size:]
                    size -= len(piece)
                    yield piece
                client.exactly(2)
            client.exactly(2)
        self.echo("Transfer-Encoding: chunked\r\n", chunk, chunked)

    def test_a_reader_that_reads_nothing_holds_back_the_control_plane(self):
        size, accepted, blocked = 64 * MIB, [0], threading.Event()

        def floods(talk):
            talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * KIB)
            talk.send(message("HTTP/1.1 200 OK", [("Content-Length", size)]))
            for block in blocks(size):
                left = memoryview(block)
                while left:
                    # Not writable for a second: nobody takes anything any more.
                    if not select.select([], [talk.socket], [], 1)[1]:
                        blocked.set()
                        select.select([], [talk.socket], [])
                    taken = talk.socket.send(left[:64 * KIB], socket.MSG_DONTWAIT)
                    accepted[0] += taken
                    left = left[taken:]
            return True
        self.plane.on(self.path, floods)
        # One of its own: the kernel gives a connection that was fast before larger buffers.
        with sidecache(self.plane.url) as proxy, Client(proxy.url("proxy")) as client:
            before = proxy.memory_kib()
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * KIB)
            client.send(self.head(method="GET"))
            self.assertTrue(blocked.wait(DEADLINE), "the control plane is held back")
            self.assertLess(accepted[0], 3 * MIB)
            self.assertLess(proxy.memory_kib() - before, GROWTH_KIB)
            wanted, got = hashlib.sha1(), hashlib.sha1()
            for block in blocks(size):
                wanted.update(block)
            self.assertEqual(client.head().status, 200)
            for piece in self.counted(client, size):
                got.update(piece)
            self.assertEqual(got.digest(), wanted.digest())

    # --- event by event

    def events(self, head, pack):
        """The next event is sent when the client has the one before."""
        turn = queue.Queue()

        def streams(talk):
            talk.read_body()
            talk.send(head)
            for number in iter(turn.get, None):
                talk.send(pack(b"data: %d\n\n" % number))
            talk.send(pack(b""))
            return False
        self.plane.on(self.path, streams)
        client = self.client()
        client.send(self.head("Accept: text/event-stream\r\nContent-Length: 2\r\n") + b"{}")
        answer = client.head()
        self.assertEqual((answer.status, answer.get("Content-Type")), (200, "text/event-stream"))
        self.assertFalse(answer.has("Content-Encoding"))
        for number in range(200):
            turn.put(number)
            event = b""
            while not event.endswith(b"\n\n"):
                event += client.next_chunk()
            self.assertEqual(event, b"data: %d\n\n" % number)
        turn.put(None)
        self.assertEqual(client.chunks()[0], b"")

    def test_events_arrive_one_by_one(self):
        fields = [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"), ("Connection", "close")]
        self.events(message("HTTP/1.1 200 OK", fields), lambda event: chunk(event) if event else LAST_CHUNK)

    def test_events_arrive_one_by_one_though_the_end_of_the_connection_ends_them(self):
        self.events(message("HTTP/1.1 200 OK", [("Content-Type", "text/event-stream")]), lambda event: event)

    def test_events_arrive_one_by_one_though_they_are_packed(self):
        packer = zlib.compressobj(wbits=31)
        fields = [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"),
                  ("Connection", "close")]

        def pack(event):
            if event:
                return chunk(packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH))
            return chunk(packer.flush()) + LAST_CHUNK
        self.events(message("HTTP/1.1 200 OK", fields), pack)


if __name__ == "__main__":
    unittest.main(verbosity=2)
