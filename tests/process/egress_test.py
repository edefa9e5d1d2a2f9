"""sidecache behind an egress proxy, in a chain of its own kind, and in a loop: the real program at the wire."""

import base64
import contextlib
import pathlib
import re
import socket
import tempfile
import unittest

import hostile_control_plane as hostile
from egress_proxy import PAGE, EgressProxy, TlsControlPlane
from harness import Program, free_port, mock_control_plane, request, run, sidecache, wait_until

KEY = {"x-portkey-api-key": "a-key"}
PASSWORD = "planted-proxy-password-4711"
BASIC = base64.b64encode(f"someone:{PASSWORD}".encode()).decode()
LOUD = ("--log-level", "trace", "--log-access", "all")


class RecordingControlPlane(hostile.HostileControlPlane):
    """Keeps the heads that it gets."""

    def __init__(self):
        self.heads = []
        super().__init__()

    def behave(self, slug, what):
        def remembering(connection, head):
            self.heads.append(head.decode("latin-1"))
            return what(connection, head)
        super().behave(slug, remembering)

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])


def field(head, name):
    lines = [line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith(name.lower() + ":")]
    return ", ".join(lines)


class Egress(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.credentials = self.folder / "credentials"
        self.credentials.write_text(f"someone:{PASSWORD}\n", encoding="utf-8")
        self.credentials.chmod(0o600)

    def lookup(self, proxy, slug="held", **more):
        return request(proxy.url("proxy"), f"/v1/integrations/{slug}", headers={**KEY, **more})

    def code_count(self, proxy, code):
        page = request(proxy.url("metrics"), "/metrics").body.decode()
        return sum(int(n) for n in re.findall(
            rf'^sidecache_upstream_requests_total{{[^}}]*code="{code}"[^}}]*}} (\d+)$', page, re.MULTILINE))


class Tunnels(Egress):
    """An https control plane, whose name only the proxy knows."""

    def setUp(self):
        super().setUp()
        self.plane = self.enterContext(TlsControlPlane(self.folder, "cp.test"))

    def egress(self, **more):
        return self.enterContext(EgressProxy({"cp.test:443": self.plane.port}, **more))

    def through(self, *flags, env=None, upstream="https://cp.test"):
        return self.enterContext(sidecache(upstream, "--upstream-ca-file", self.plane.ca_file, *flags, *LOUD, env=env))

    def test_connect_with_credentials_and_the_control_planes_own_name(self):
        egress = self.egress(credentials=BASIC)
        proxy = self.through("--upstream-proxy", egress.url, "--upstream-proxy-credentials-file", str(self.credentials))
        answer = self.lookup(proxy)
        self.assertEqual((answer.status, answer.body), (200, hostile.record("held")), answer)
        self.assertEqual(egress.heads, [f"CONNECT cp.test:443 HTTP/1.1\r\nHost: cp.test:443\r\n"
                                        f"Proxy-Authorization: Basic {BASIC}"])
        self.assertEqual(self.plane.server_names, ["cp.test"])
        self.assertEqual(field(self.plane.heads[0], "Host"), "cp.test")
        self.assertNotIn("proxy-", self.plane.heads[0].lower())

        for slug in ("second", "third"):
            self.assertEqual(self.lookup(proxy, slug).status, 200)
        self.assertEqual(len(egress.heads), 1, "the tunnel is kept")
        settings = request(proxy.url("admin"), "/api/settings").body.decode()
        for text in (proxy.output(), settings, request(proxy.url("metrics"), "/metrics").body.decode()):
            self.assertNotIn(PASSWORD, text)
            self.assertNotIn(BASIC, text)
        self.assertIn(egress.url.removeprefix("http://"), proxy.output(), "the proxy in use is named at the start")

    def test_the_environment_names_the_proxy_and_who_is_asked_past_it(self):
        egress = self.egress()
        proxy = self.through(env={"HTTPS_PROXY": "http://127.0.0.1:1", "https_proxy": egress.url,
                                  "http_proxy": "http://127.0.0.1:2"})
        self.assertEqual(self.lookup(proxy).status, 200)
        self.assertEqual(len(egress.heads), 1)
        past = self.through("--upstream-connect-timeout", "1s",
                            env={"https_proxy": egress.url, "NO_PROXY": "10.0.0.0/8, .test:443"})
        self.assertEqual(self.lookup(past).status, 502, "cp.test is nobody's name here")
        self.assertEqual(len(egress.heads), 1, "it did not ask the proxy")
        self.assertEqual(self.code_count(past, "proxy"), 0)
        self.assertGreater(self.code_count(past, "connect"), 0)

    def test_a_proxy_that_refuses_is_named_as_such_and_its_page_stays_away(self):
        for status in (407, 502):
            with self.subTest(status):
                egress = self.egress(status=status)
                proxy = self.through("--upstream-proxy", egress.url, "--upstream-proxy-credentials-file",
                                     str(self.credentials))
                for answer in (self.lookup(proxy), request(proxy.url("proxy"), "/v1/configs", headers=KEY),
                               request(proxy.url("proxy"), "/v1/integrations/held", "PUT", KEY, b"{}")):
                    self.assertEqual(answer.status, 502, answer)
                    self.assertIn("proxy", answer.json()["error"]["message"])
                    self.assertNotIn(PAGE, answer.body)
                    self.assertIsNone(answer.headers["Proxy-Authenticate"])
                self.assertEqual(self.code_count(proxy, "proxy"), 3)
                wait_until(lambda: f"CONNECT with {status}" in proxy.output(), "the reason in the log")
                self.assertNotIn(PASSWORD, proxy.output())
                self.assertNotIn(BASIC, proxy.output())
                self.assertEqual(self.plane.connections, 0)

    def test_a_proxy_can_not_play_the_control_plane(self):
        other = self.enterContext(TlsControlPlane(self.enterContext(tempfile.TemporaryDirectory()), "proxy.test"))
        egress = self.enterContext(EgressProxy({"cp.test:443": other.port}))
        proxy = self.enterContext(sidecache("https://cp.test", "--upstream-ca-file", other.ca_file,
                                            "--upstream-proxy", egress.url))
        self.assertEqual(self.lookup(proxy).status, 502)
        self.assertEqual(self.code_count(proxy, "tls"), 1)
        self.assertEqual(other.heads, [])

    def test_stale_records_outlive_the_proxy(self):
        egress = self.egress()
        proxy = self.through("--upstream-proxy", egress.url, "--cache-ttl", "0s",
                             "--cache-stale-while-revalidate", "0s")
        self.assertEqual(self.lookup(proxy).status, 200)
        egress.__exit__(None, None, None)
        answer = self.lookup(proxy)
        self.assertEqual(answer.body, hostile.record("held"))
        self.assertIn("stale-error", answer.cache_status())


class WholeUrls(Egress):
    """An http control plane: the proxy reads each request."""

    def setUp(self):
        super().setUp()
        self.plane = self.enterContext(RecordingControlPlane())
        for slug in ("held", "second", "configs"):
            self.plane.behave(slug, hostile.good(slug))

    def test_each_request_names_the_control_plane_and_logs_in(self):
        egress = self.enterContext(EgressProxy({"cp.test:80": self.plane.port}, credentials=BASIC))
        proxy = self.enterContext(sidecache(
            "http://cp.test", "--upstream-proxy-credentials-file", str(self.credentials),
            env={"http_proxy": egress.url.removeprefix("http://")}))
        smuggled = {"Proxy-Authorization": "Basic b2Y6Y2xpZW50", "Proxy-Connection": "keep-alive"}
        self.assertEqual(self.lookup(proxy).status, 200)
        self.assertEqual(self.lookup(proxy, "second").status, 200)
        self.assertEqual(request(proxy.url("proxy"), "/v1/configs", headers={**KEY, **smuggled}).status, 200)
        self.assertEqual([head.split(" ")[1] for head in egress.heads],
                         ["http://cp.test/v1/integrations/held", "http://cp.test/v1/integrations/second",
                          "http://cp.test/v1/configs"])
        for head in egress.heads:
            self.assertEqual(field(head, "Proxy-Authorization"), f"Basic {BASIC}")
            self.assertEqual(field(head, "Host"), "cp.test")
            self.assertEqual(field(head, "Proxy-Connection"), "")
        self.assertEqual(egress.connections, 2, "one for lookups, one for the rest, both kept")

    def test_its_407_is_its_own(self):
        egress = self.enterContext(EgressProxy({}, credentials="other"))
        proxy = self.enterContext(sidecache("http://cp.test", "--upstream-proxy", egress.url))
        for answer in (self.lookup(proxy), request(proxy.url("proxy"), "/v1/configs", headers=KEY)):
            self.assertEqual(answer.status, 502, answer)
            self.assertNotIn(PAGE, answer.body)
        self.assertEqual(self.code_count(proxy, "proxy"), 2)

    def test_loopback_is_asked_directly_whatever_the_environment_says(self):
        proxy = self.enterContext(sidecache(
            self.plane.url, env={"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "socks5://x"}))
        self.assertEqual(self.lookup(proxy).status, 200)

    def test_passwords_in_urls_are_refused_and_not_repeated(self):
        url = f"http://someone:{PASSWORD}@127.0.0.1:3128"
        for flags, env in ((["--upstream-proxy", url], {}), ([], {"http_proxy": url}), ([], {"ALL_PROXY": url})):
            code, out, err = run("serve", "--upstream", "http://cp.test", *flags, env=env)
            self.assertEqual(code, 64, err)
            self.assertIn("upstream.proxy_credentials_file", err)
            self.assertNotIn(PASSWORD, out + err)


class Forwarding(Egress):
    """Via and X-Forwarded-For."""

    def setUp(self):
        super().setUp()
        self.plane = self.enterContext(RecordingControlPlane())
        for slug in ("held", "configs"):
            self.plane.behave(slug, hostile.good(slug))

    def write(self, proxy, **headers):
        answer = request(proxy.url("proxy"), "/v1/integrations/held", "DELETE", {**KEY, **headers})
        self.assertEqual(answer.status, 200)
        return self.plane.heads[-1]

    def test_two_sidecaches_in_a_chain_are_two(self):
        with mock_control_plane() as mock, sidecache(mock.url("mock")) as near, sidecache(near.url("proxy")) as far:
            key = {"x-portkey-api-key": "demo-acme-prod-key"}
            for base in (far.url("proxy"), far.url("proxy"), near.url("proxy")):
                answer = request(base, "/v1/integrations/openai-prod", headers=key)
                self.assertEqual(answer.status, 200, answer)
            self.assertIn("hit", answer.cache_status(), "the nearer one has stored it too")
            self.assertEqual(request(far.url("proxy"), "/v1/integrations", headers=key).status, 200)

    def test_each_hop_of_a_chain_stands_in_via(self):
        with sidecache(self.plane.url) as near, sidecache(near.url("proxy")) as far:
            self.assertEqual(self.lookup(far, Via="1.0 edge").status, 200)
            own = r"1\.1 sidecache-[0-9a-f]{16}"
            self.assertRegex(field(self.plane.heads[-1], "Via"), rf"^1\.0 edge, ({own}), (?!\1)({own})$")
            self.assertRegex(field(self.write(far), "Via"), rf"^{own}, {own}$")
            self.assertRegex(field(self.write(near), "Via"), rf"^{own}$")
            port = int(near.url("proxy").rsplit(":", 1)[1])
            with contextlib.closing(socket.create_connection(("127.0.0.1", port))) as old:
                old.sendall(b"DELETE /v1/integrations/held HTTP/1.0\r\nx-portkey-api-key: k\r\n\r\n")
                self.assertTrue(old.recv(4096).startswith(b"HTTP/1.1 200"))
            self.assertRegex(field(self.plane.heads[-1], "Via"), r"^1\.0 sidecache-[0-9a-f]{16}$")

    def test_a_loop_is_answered_at_once_and_goes_round_once(self):
        port = free_port()
        with Program("serve", "--listen", f"127.0.0.1:{port}", "--metrics-listen", "127.0.0.1:0", "--admin-listen",
                     "127.0.0.1:0", "--upstream", f"http://localhost:{port}") as itself:
            wait_until(lambda: request(itself.url("metrics"), "/readyz").status == 200, "ready")
            base = itself.url("proxy")
            for turn, (method, target, body) in enumerate((("GET", "/v1/integrations/held", None),
                                                           ("GET", "/v1/configs", None),
                                                           ("PUT", "/v1/integrations/x", b"{}")), 1):
                answer = request(base, target, method, KEY, body)
                self.assertEqual(answer.status, 508, answer)
                self.assertEqual(answer.json()["error"]["code"], "loop_detected")
                self.assertEqual(self.code_count(itself, "508"), turn, "asked upstream once each")
            page = request(itself.url("metrics"), "/metrics").body.decode()
            rejected = re.findall(r'^sidecache_requests_total{[^}]*outcome="rejected"[^}]*} (\d+)$', page, re.MULTILINE)
            self.assertEqual(sum(map(int, rejected)), 3)

    def test_a_loop_through_two_ends_where_it_began(self):
        ports = [free_port(), free_port()]
        with contextlib.ExitStack() as both:
            for own, other in (ports, reversed(ports)):
                one = both.enter_context(Program(
                    "serve", "--listen", f"127.0.0.1:{own}", "--metrics-listen", "127.0.0.1:0", "--admin-listen",
                    "127.0.0.1:0", "--upstream", f"http://127.0.0.1:{other}"))
                wait_until(lambda: request(one.url("metrics"), "/readyz").status == 200, "ready")
            for target in ("/v1/integrations/held", "/v1/configs"):
                answer = request(f"http://127.0.0.1:{ports[0]}", target, headers=KEY)
                self.assertEqual(answer.status, 508, answer)
                self.assertEqual(answer.json()["error"]["code"], "loop_detected")

    def test_the_clients_address_is_told_only_where_that_is_wanted(self):
        with sidecache(self.plane.url) as silent:
            self.assertEqual(field(self.write(silent), "X-Forwarded-For"), "")
            head = self.write(silent, **{"X-Forwarded-For": "192.0.2.1"})
            self.assertEqual(field(head, "X-Forwarded-For"), "192.0.2.1", "what came is passed on")
        path = self.folder / "s"
        with sidecache(self.plane.url, "--upstream-forwarded-for", "append", "--listen",
                       f"127.0.0.1:0,unix:{path}") as telling:
            self.assertEqual(field(self.write(telling), "X-Forwarded-For"), "127.0.0.1")
            head = self.write(telling, **{"X-Forwarded-For": "192.0.2.1"})
            self.assertEqual(field(head, "X-Forwarded-For"), "192.0.2.1, 127.0.0.1")
            self.assertEqual(self.lookup(telling).status, 200)
            self.assertEqual(field(self.plane.heads[-1], "X-Forwarded-For"), "", "a lookup is nobody's alone")
            before = len(self.plane.heads)
            with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
                client.connect(str(path))
                client.sendall(b"DELETE /v1/integrations/held HTTP/1.1\r\nHost: x\r\nx-portkey-api-key: k\r\n\r\n")
                self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 200"))
            self.assertEqual(field(self.plane.heads[before], "X-Forwarded-For"), "", "a Unix socket has no address")


if __name__ == "__main__":
    unittest.main(verbosity=2)
