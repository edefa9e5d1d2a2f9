"""What tests of limits share: raw connections, the page's numbers, and a case with a control plane that misbehaves."""

import socket
import struct
import unittest
import urllib.parse

import hostile_control_plane as hostile
from harness import DEADLINE, request, sidecache, wait_until

KEY = {"x-portkey-api-key": "a-key"}
KIB, MIB = 1 << 10, 1 << 20
RECORD_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def lookup_head(slug):
    return f"GET /v1/integrations/{slug} HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: a-key\r\n\r\n".encode()


def connect(base, source=None, receive_buffer=None):
    where = urllib.parse.urlsplit(base)
    made = socket.socket()
    made.settimeout(DEADLINE)
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if source:
        made.bind((source, 0))
    made.connect((where.hostname, where.port))
    return made


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def everything_from(connection):
    """All that comes until the other side ends it, in whatever way."""
    got = b""
    try:
        while more := connection.recv(65536):
            got += more
    except ConnectionError:
        pass
    return got


def metric(proxy, name, **labels):
    """The sum of the series that have these labels."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    total = 0.0
    for line in request(proxy.url("metrics"), "/metrics").body.decode().splitlines():
        if line.startswith((name + "{", name + " ")) and all(one in line for one in wanted):
            total += float(line.rsplit(" ", 1)[1])
    return total


def counted(proxy, reason, at_least=1):
    wait_until(lambda: metric(proxy, "sidecache_connections_closed_total", reason=reason) >= at_least,
               f"counted as {reason}")


class Case(unittest.TestCase):
    def setUp(self):
        self.origin = self.enterContext(hostile.HostileControlPlane())

    def start(self, *flags):
        # What a test leaves stalled is not waited for at its end.
        proxy = self.enterContext(sidecache(self.origin.url, "--shutdown-grace", "0s", *flags))
        self.base = proxy.url("proxy")
        return proxy

    def lookup(self, slug, base=None):
        return request(base or self.base, f"/v1/integrations/{slug}", headers=KEY)

    def hit(self, slug="held"):
        """Stored before, so that nothing but memory is needed to answer it."""
        answer = self.lookup(slug)
        self.assertEqual((answer.status, answer.body), (200, hostile.record(slug)))
        self.assertIn("hit", answer.cache_status())

    def hold(self, slug="held"):
        self.origin.behave(slug, hostile.good(slug))
        self.assertEqual(self.lookup(slug).status, 200)
