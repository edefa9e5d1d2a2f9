"""TLS towards clients: versions, ciphers, resumption, streams, the end, and handshakes that go wrong."""

import array
import contextlib
import fcntl
import socket
import ssl
import subprocess
import termios
import threading
import unittest
import urllib.parse

import hostile_control_plane as hostile
from harness import DEADLINE, run, wait_until
from supervisor import ELSEWHERE, handed_down, listening_tcp, port_of
from tls_test_case import GET, TlsTest, head_and_body

USAGE = 64


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

    def test_a_connection_that_asks_the_same_again_and_again_loses_nothing(self):
        """After a few hits a connection rests, and is answered by another way (net/ready_set.hpp)."""
        self.origin.behave("other", hostile.good("other"))
        with self.serving() as proxy:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context = self.trusting()
                context.minimum_version = context.maximum_version = version
                connection = self.connect(self.where(proxy), context)

                def answers(number, of="good", at=connection):
                    rest = b""
                    for _ in range(number):
                        head, body, rest = head_and_body(at, rest)
                        self.assertEqual(body, hostile.record(of), head)
                    self.assertEqual(rest, b"")
                for _ in range(10):
                    for _ in range(20):
                        connection.sendall(GET % b"good")
                        answers(1)
                    connection.sendall((GET % b"good") * 3)  # in one record
                    answers(3)
                    for _ in range(300):  # in many, more than is read at once
                        connection.sendall(GET % b"good")
                    answers(300)
                    for byte in GET % b"good":
                        connection.sendall(bytes([byte]))
                    answers(1)
                    connection.sendall(GET % b"other")
                    answers(1, "other")
                for _ in range(20):
                    connection.sendall(GET % b"good")
                    answers(1)
                connection.unwrap().close()  # says close_notify, and waits for the server's

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
            # Closing on what nobody has read would reset the connection and take the answer back.
            connection.sendall(b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + bytes(200000))
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



if __name__ == "__main__":
    unittest.main()
