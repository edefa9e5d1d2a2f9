"""What the tests of TLS towards clients share: certificates, a control plane, connections, figures."""

import contextlib
import pathlib
import re
import socket
import ssl
import tempfile
import unittest
import urllib.parse

import hostile_control_plane as hostile
from certificates import Authority
from harness import DEADLINE, Program, request, wait_until
from supervisor import ELSEWHERE

GET = b"GET /v1/integrations/%s HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: k\r\n\r\n"


def head_and_body(connection, buffered=b""):
    """An answer with a Content-Length, and what came after it."""
    while b"\r\n\r\n" not in buffered:
        more = connection.recv(65536)
        if not more:
            raise AssertionError(f"the connection ended in a head: {buffered!r}")
        buffered += more
    head, rest = buffered.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    pieces, got = [rest], len(rest)
    while got < length:
        pieces.append(connection.recv(65536))
        got += len(pieces[-1])
        if not pieces[-1]:
            raise AssertionError("the connection ended in a body")
    body = b"".join(pieces)
    return head, body[:length], body[length:]


class TlsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.authority = Authority(self.folder, "authority")
        self.certificate, self.key = self.authority.issue("server")
        self.origin = self.enterContext(hostile.HostileControlPlane())
        self.origin.behave("good", hostile.good("good"))

    def flags(self, *more):
        return ("--upstream", self.origin.url, "--tls-certificate-file", self.certificate, "--tls-key-file", self.key,
                *more)

    @contextlib.contextmanager
    def serving(self, *more, listen="https://127.0.0.1:0", elsewhere=ELSEWHERE):
        with Program("serve", "--listen", listen, *elsewhere, *self.flags(*more)) as proxy:
            proxy.line_matching("^listening: admin ")
            yield proxy

    def where(self, program, name="proxy"):
        return program.line_matching(rf"^listening: {name} (https?://\S+)$").group(1)

    def trusting(self, certificate=None):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def plain(self, where):
        at = urllib.parse.urlsplit(where)
        connection = socket.create_connection((at.hostname, at.port), timeout=DEADLINE)
        self.addCleanup(connection.close)
        return connection

    def connect(self, where, context=None, session=None):
        """A TLS connection; whoever cuts it off without saying so is an error."""
        connection = (context or self.trusting()).wrap_socket(
            self.plain(where), server_hostname="127.0.0.1", session=session, suppress_ragged_eofs=False)
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, slug=b"good"):
        connection.sendall(GET % slug)
        head, body, _ = head_and_body(connection)
        return int(head.split()[1]), body

    def assert_served(self, connection):
        self.assertEqual(self.ask(connection), (200, hostile.record("good")))

    def metric(self, program, name):
        page = request(self.where(program, "metrics"), "/metrics").body.decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.M)
        return float(found.group(1)) if found else None

    def handshakes(self, program, result):
        return self.metric(program, f'sidecache_tls_handshakes_total{{result="{result}"}}')

    def await_handshakes(self, program, result, count=1):
        wait_until(lambda: self.handshakes(program, result) == count, f"{count} handshakes are {result}")
