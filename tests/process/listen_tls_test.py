"""TLS towards clients: versions, ciphers, mTLS, resumption, what goes wrong, and certificates that are replaced."""

import array
import contextlib
import fcntl
import os
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import termios
import threading
import unittest
import urllib.parse

import hostile_control_plane as hostile
from certificates import Authority, replace
from harness import DEADLINE, Program, request, run, wait_until
from listen_test import ELSEWHERE, USAGE, handed_down, listening_tcp, port_of

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


class Tls(TlsTest):
    def test_both_versions_and_http_1_1_alone(self):
        with self.serving() as proxy:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context = self.trusting()
                context.minimum_version = context.maximum_version = version
                context.set_alpn_protocols(["h2", "http/1.1"])
                connection = self.connect(self.where(proxy), context)
                self.assertEqual(connection.version(), version.name.replace("_", "."))
                self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")
                self.assertIsNone(connection.compression())
                self.assert_served(connection)
                self.assert_served(connection)
            only_h2 = self.trusting()
            only_h2.set_alpn_protocols(["h2"])
            with self.assertRaises(ssl.SSLError):
                self.connect(self.where(proxy), only_h2)
            self.await_handshakes(proxy, "ok", 2)
            self.await_handshakes(proxy, "failed")

    def test_what_is_too_weak_is_refused(self):
        old = self.trusting()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.serving("--tls-min-version", "1.3") as proxy:
            with self.assertRaises(ssl.SSLError):
                self.connect(self.where(proxy), old)
            self.assert_served(self.connect(self.where(proxy)))
        with self.serving() as proxy:
            old.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA")
            with self.assertRaises(ssl.SSLError):
                self.connect(self.where(proxy), old)
            self.await_handshakes(proxy, "failed")

    def test_nobody_renegotiates(self):
        with self.serving() as proxy:
            at = urllib.parse.urlsplit(self.where(proxy))
            done = subprocess.run(["openssl", "s_client", "-connect", at.netloc, "-tls1_2", "-CAfile",
                                   self.authority.certificate, "-verify_return_error"], input=b"R\n",
                                  capture_output=True, timeout=DEADLINE, check=False)
            self.assertIn(b"Verify return code: 0", done.stdout)
            self.assertIn(b"no renegotiation", done.stderr)

    def test_requests_in_one_record_and_a_request_in_many(self):
        with self.serving() as proxy:
            connection = self.connect(self.where(proxy))
            connection.sendall((GET % b"good") * 3)
            rest = b""
            for _ in range(3):
                head, body, rest = head_and_body(connection, rest)
                self.assertEqual(body, hostile.record("good"), head)
            self.assertEqual(rest, b"")
            for byte in GET % b"good":
                connection.sendall(bytes([byte]))
            self.assertEqual(head_and_body(connection)[1], hostile.record("good"))

    def test_a_long_answer_to_a_slow_reader_is_whole(self):
        block = bytes(range(256)) * 256
        long = hostile.head_of(200, {"Content-Type": "application/octet-stream", "Content-Length": len(block) * 128})
        self.origin.behave("long", hostile.floods(long, block, 128))
        with self.serving() as proxy:
            connection = self.connect(self.where(proxy))
            connection.sendall(b"GET /v1/files/long HTTP/1.1\r\nHost: h\r\n\r\n")
            # Nothing is read before the kernels' buffers between us are full: 8 MiB fit none.
            wait_until(lambda: self.filling_stopped(connection), "the server is stuck")
            head, body, rest = head_and_body(connection)
            self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
            self.assertEqual((len(body), rest), (len(block) * 128, b""))
            self.assertEqual(body, block * 128)

    def filling_stopped(self, connection):
        """What waits for us in the kernel is no more than when last asked."""
        count = array.array("i", [0])
        fcntl.ioctl(connection.fileno(), termios.FIONREAD, count)
        before, self.waiting = getattr(self, "waiting", -1), count[0]
        return count[0] > 0 and before == count[0]

    def test_a_long_request_is_passed_on(self):
        size, got = 4 << 20, []
        control_plane = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(control_plane.close)

        def takes_all():
            connection, _ = control_plane.accept()
            with connection:
                _, body, _ = head_and_body(connection)
                got.append(len(body))
                connection.sendall(hostile.head_of(200, {"Content-Length": 2}) + b"ok")
        threading.Thread(target=takes_all, daemon=True).start()
        self.origin.url = f"http://127.0.0.1:{port_of(control_plane)}"
        with self.serving() as proxy:
            connection = self.connect(self.where(proxy))
            connection.sendall(b"POST /v1/files/upload HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                               b"Content-Length: %d\r\n\r\n" % size)
            self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 100 "))
            connection.sendall(bytes(size))
            self.assertEqual(head_and_body(connection)[1], b"ok")
            self.assertEqual(got, [size])

    def test_sessions_are_resumed(self):
        with self.serving() as proxy:
            for count, version in enumerate((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3), 1):
                context = self.trusting()
                context.minimum_version = context.maximum_version = version
                first = self.connect(self.where(proxy), context)
                self.assert_served(first)
                again = self.connect(self.where(proxy), context, first.session)
                self.assertTrue(again.session_reused)
                self.assert_served(again)
                self.await_handshakes(proxy, "resumed", count)

    def test_the_end_is_said(self):
        with self.serving("--limits-idle-timeout", "300ms") as proxy:
            closing = self.connect(self.where(proxy))
            closing.sendall(b"GET /v1/integrations/good HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            head_and_body(closing)
            self.assertEqual(closing.recv(1), b"")  # an end without close_notify would be raised
            idle = self.connect(self.where(proxy))
            self.assertEqual(idle.recv(1), b"")
            last = self.connect(self.where(proxy))
            self.assert_served(last)
            self.assertEqual(proxy.stop(), 0)
            self.assertEqual(last.recv(1), b"")

    def test_metrics_admin_and_health_over_tls(self):
        elsewhere = ("--metrics-listen", "https://127.0.0.1:0", "--admin-listen", "https://[::1]:0")
        with self.serving(listen="127.0.0.1:0", elsewhere=elsewhere) as proxy:
            metrics = self.where(proxy, "metrics")
            self.assertTrue(metrics.startswith("https://"))
            connection = self.connect(metrics)
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b" 200 ", head_and_body(connection)[0])
            wait_until(lambda: run("health", *self.flags("--metrics-listen", metrics))[0] == 0, "healthy")
            admin = self.connect(self.where(proxy, "admin"))
            admin.sendall(b"GET /api/stats HTTP/1.1\r\nHost: [::1]\r\n\r\n")
            self.assertIn(b" 200 ", head_and_body(admin)[0])
        self.assertEqual(run("health", *self.flags("--metrics-listen", metrics))[0], 1)

    def test_tls_and_clear_and_unix_at_once(self):
        with self.serving(listen=f"https://127.0.0.1:0,127.0.0.1:0,unix:{self.folder}/s") as proxy:
            lines = [line.split()[2] for line in proxy.stdout().splitlines() if line.startswith("listening: proxy ")]
            self.assertEqual([line.split(":")[0] for line in lines], ["https", "http", "unix"])
            self.assert_served(self.connect(lines[0]))
            self.assert_served(self.plain(lines[1]))

    def test_an_inherited_socket_speaks_tls_by_its_name(self):
        with contextlib.closing(listening_tcp()) as bound, \
                handed_down([bound], *self.flags(*ELSEWHERE), names="proxy-tls") as program:
            self.assertEqual(self.where(program), f"https://127.0.0.1:{port_of(bound)}")
            self.assert_served(self.connect(self.where(program)))

    def test_what_is_missing_or_wrong_is_said_at_the_start(self):
        at = ("--listen", "https://127.0.0.1:0", *ELSEWHERE)
        other, other_key = self.authority.issue("other")
        for flags, says in (((), "tls.certificate_file"),
                            (("--tls-key-file", self.key), "tls.certificate_file"),
                            (("--tls-certificate-file", "/nowhere"), "not there"),
                            (("--tls-certificate-file", self.key), "cannot use the certificate"),
                            (("--tls-certificate-file", self.certificate), "cannot use the key"),
                            (("--tls-certificate-file", other, "--tls-key-file", self.key), "cannot use the key"),
                            (("--tls-certificate-file", other, "--tls-key-file", other_key, "--tls-client-ca-file",
                              other_key), "cannot use the authorities")):
            code, out, err = run("serve", *at, *flags)
            self.assertEqual((code, out), (USAGE, ""), (flags, err))
            self.assertIn(says, err)


class BadHandshakes(TlsTest):
    def test_a_request_in_clear_is_told(self):
        with self.serving() as proxy:
            connection = self.plain(self.where(proxy))
            connection.sendall(GET % b"good")
            head, body, _ = head_and_body(connection)
            self.assertTrue(head.startswith(b"HTTP/1.1 400 "), head)
            self.assertIn(b'"tls_expected"', body)
            self.assertEqual(connection.recv(1), b"")
            self.await_handshakes(proxy, "plain_http")

    def test_garbage_and_those_who_leave(self):
        with self.serving() as proxy:
            connection = self.plain(self.where(proxy))
            connection.sendall(b"\x16\x03\x01\x10\x00" + b"\xff" * 5000)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1000):
                pass
            self.await_handshakes(proxy, "failed")
            leaving = self.plain(self.where(proxy))
            leaving.sendall(b"\x16\x03\x01")
            leaving.close()
            self.await_handshakes(proxy, "client_left")
            self.assert_served(self.connect(self.where(proxy)))

    def test_a_stalled_handshake_ends(self):
        with self.serving("--limits-header-timeout", "200ms") as proxy:
            silent = self.plain(self.where(proxy))
            half = self.plain(self.where(proxy))
            half.sendall(b"\x16\x03\x01\x02\x00\x01")
            for connection in (silent, half):
                self.assertEqual(connection.recv(1), b"")
            self.await_handshakes(proxy, "timeout", 2)

    def test_a_shutdown_does_not_wait_for_them(self):
        with self.serving() as proxy:
            silent = self.plain(self.where(proxy))
            wait_until(lambda: self.metric(proxy, 'sidecache_client_connections{plane="admin"}') == 1, "accepted")
            self.assertEqual(proxy.stop(), 0)
            self.assertEqual(silent.recv(1), b"")


class Mutual(TlsTest):
    def test_only_clients_of_the_authority_are_served(self):
        strangers = Authority(self.folder, "strangers")
        with self.serving("--tls-client-ca-file", self.authority.certificate) as proxy:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                known = self.trusting(self.authority.issue("client"))
                known.minimum_version = known.maximum_version = version
                first = self.connect(self.where(proxy), known)
                self.assert_served(first)
                self.assertTrue(self.connect(self.where(proxy), known, first.session).session_reused)
                for certificate in (None, strangers.issue("stranger")):
                    context = self.trusting(certificate)
                    context.minimum_version = context.maximum_version = version
                    with self.assertRaises(ssl.SSLError) as refused:
                        self.ask(self.connect(self.where(proxy), context))
                    self.assertNotIsInstance(refused.exception, ssl.SSLEOFError)  # an alert says why
            self.await_handshakes(proxy, "client_certificate", 4)
            self.assertEqual(self.origin.asked("good"), 1)

    def test_a_session_of_another_authority_time_is_not_resumed(self):
        authorities = self.folder / "clients.pem"
        replace(self.authority.certificate, authorities)
        others = Authority(self.folder, "others")
        with self.serving("--tls-client-ca-file", str(authorities)) as proxy:
            known = self.trusting(self.authority.issue("client"))
            first = self.connect(self.where(proxy), known)
            self.assert_served(first)
            replace(others.certificate, authorities)
            wait_until(lambda: self.metric(proxy, 'sidecache_tls_reloads_total{result="taken"}') == 1, "reloaded")
            with self.assertRaises(ssl.SSLError):
                self.ask(self.connect(self.where(proxy), known, first.session))
            self.assert_served(first)
            self.assert_served(self.connect(self.where(proxy), self.trusting(others.issue("new-client"))))


class Replaced(TlsTest):
    def shown(self, proxy):
        """The common name of the certificate that a new connection is shown."""
        with contextlib.closing(self.connect(self.where(proxy))) as connection:
            return dict(part[0] for part in connection.getpeercert()["subject"])["commonName"]

    def reloads(self, proxy, result):
        return self.metric(proxy, f'sidecache_tls_reloads_total{{result="{result}"}}')

    def test_new_connections_get_the_new_certificate_and_old_ones_go_on(self):
        with self.serving() as proxy:
            before = self.connect(self.where(proxy))
            self.assert_served(before)
            expiry = self.metric(proxy, "sidecache_tls_certificate_expiry_timestamp_seconds")
            certificate, key = self.authority.issue("renewed", days=30)
            replace(key, self.key)
            wait_until(lambda: self.reloads(proxy, "refused") == 1, "a key that does not fit is refused")
            self.assertEqual(self.shown(proxy), "server")
            self.assertIn("the certificate from before stays", proxy.stderr())
            replace(certificate, self.certificate)
            wait_until(lambda: self.shown(proxy) == "renewed", "the new certificate is shown")
            self.assertEqual(self.reloads(proxy, "taken"), 1)
            later = self.metric(proxy, "sidecache_tls_certificate_expiry_timestamp_seconds")
            self.assertEqual(round((later - expiry) / 86400), 28)
            self.assert_served(before)

    def test_a_file_that_is_gone_or_broken_changes_nothing(self):
        with self.serving() as proxy:
            os.unlink(self.certificate)
            wait_until(lambda: self.reloads(proxy, "refused") == 1, "it is missed")
            self.assertEqual(self.shown(proxy), "server")
            pathlib.Path(self.certificate).write_text("-----BEGIN CERTIFICATE-----\nhalf", encoding="ascii")
            wait_until(lambda: self.reloads(proxy, "refused") == 2, "half a file is refused")
            self.assertEqual(self.shown(proxy), "server")

    def test_a_directory_that_is_swapped_behind_a_link(self):
        """As Kubernetes updates a mounted secret: DIR/tls.crt -> ..data/tls.crt, ..data -> ..1, and then -> ..2."""
        mount = self.folder / "mount"
        for version, (certificate, key) in enumerate((self.authority.issue("one"), self.authority.issue("two")), 1):
            (mount / f"..{version}").mkdir(parents=True)
            replace(certificate, mount / f"..{version}" / "tls.crt")
            replace(key, mount / f"..{version}" / "tls.key")
        os.symlink("..1", mount / "..data")
        for name in ("tls.crt", "tls.key"):
            os.symlink(f"..data/{name}", mount / name)
        self.certificate, self.key = str(mount / "tls.crt"), str(mount / "tls.key")
        with self.serving() as proxy:
            self.assertEqual(self.shown(proxy), "one")
            os.symlink("..2", mount / "..data-new")
            os.replace(mount / "..data-new", mount / "..data")
            wait_until(lambda: self.shown(proxy) == "two", "the other certificate is shown")
            self.assertEqual((self.reloads(proxy, "taken"), self.reloads(proxy, "refused")), (1, 0))


if __name__ == "__main__":
    unittest.main()
