"""Several planes in one process: whose a request is, and that none of them has to pay for another."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import tempfile
import threading
import unittest
import urllib.parse

from harness import DEADLINE, Program, request, run, wait_until
from scripted_control_plane import ControlPlane, answers
from supervisor import ELSEWHERE, handed_down, listening_tcp
from wire import README, ok, record

KEY = {"x-portkey-api-key": "alice"}
ONE = "/v1/integrations/one"


def plane(name, upstream, **more):
    return {"name": name, "listen": "127.0.0.1:0", "upstream": {"url": upstream}, **more}


@contextlib.contextmanager
def serving(planes, *flags, command=("serve",), env=None):
    """JSON is flow YAML too."""
    with Program(*command, *ELSEWHERE, "--planes", json.dumps(planes), *flags, env=env) as program:
        wait_until(lambda: request(program.url("metrics"), "/readyz").status == 200, "ready")
        yield program


def metrics(program, name):
    """{labels as they stand on the page: value}"""
    page = request(program.url("metrics"), "/metrics").body.decode()
    return {labels: float(value) for labels, value in re.findall(rf"^{name}{{(.*?)}} (\S+)$", page, re.M)}


def requests_of(program, of):
    """{outcome: how many} of a plane, over its routes."""
    counts = {}
    for labels, value in metrics(program, "sidecache_requests_total").items():
        at = dict(re.findall(r'(\w+)="(.*?)"', labels))
        if at["plane"] == of and value:
            counts[at["outcome"]] = counts.get(at["outcome"], 0) + int(value)
    return counts


class Planes(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.cp, self.gw, self.rest = (self.enterContext(ControlPlane()) for _ in range(3))
        for name in ("cp", "gw", "rest"):
            getattr(self, name).on(ONE, answers(ok(record("one", owner=name))))

    def by_prefix(self, *flags, **more):
        """Below /cp and below /gw, on one listener."""
        return serving([plane("cp", self.cp.url, prefix="/cp", **more), plane("gw", self.gw.url, prefix="/gw", **more)],
                       *flags)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)


class ByPrefix(Planes):
    def test_two_share_a_listener_and_nothing_else(self):
        with self.by_prefix() as proxy:
            base = proxy.url("proxy-cp")
            self.assertTrue(base.endswith("/cp"))
            self.assertEqual(base.removesuffix("/cp"), proxy.url("proxy-gw").removesuffix("/gw"))
            for owner in ("cp", "gw"):
                for expected in ("fwd=uri-miss", "hit"):
                    got = request(base, f"/{owner}{ONE}", headers=KEY)
                    self.assertEqual((got.status, got.json()["owner"]), (200, owner))
                    self.assertIn(expected, got.cache_status())
            self.assertEqual([len(each.requests(ONE)) for each in (self.cp, self.gw)], [1, 1])
            self.assertEqual(requests_of(proxy, "cp"), {"hit": 1, "miss": 1})
            self.assertEqual(requests_of(proxy, "gw"), {"hit": 1, "miss": 1})
            self.assertEqual(requests_of(proxy, "cp+gw"), {})

    def test_one_connection_may_ask_all_of_them_in_turn(self):
        with self.by_prefix() as proxy:
            where = urllib.parse.urlsplit(proxy.url("proxy-cp"))
            connection = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
            for owner in ("cp", "gw", "cp", "gw", "gw"):
                connection.request("GET", f"/{owner}{ONE}", headers=KEY)
                self.assertEqual(json.loads(connection.getresponse().read())["owner"], owner)
            connection.close()

    def test_what_is_behind_the_prefix_goes_upstream_to_the_letter(self):
        planes = [plane("gw", self.gw.url, prefix="/gw"), plane("cp", self.cp.url, prefix="/gw/cp"),
                  plane("rest", self.rest.url)]
        with serving(planes) as proxy:
            base = proxy.url("proxy-rest")
            host = urllib.parse.urlsplit(base).netloc
            for target, who, expected in (("/gw/x/1?a=/gw/cp", self.gw, "/x/1?a=/gw/cp"), ("/gw", self.gw, "/"),
                                          ("/gw/", self.gw, "/"), ("/gw?a=1", self.gw, "/?a=1"),
                                          ("/gw//x//2", self.gw, "//x//2"), ("/gw/a%2Fb%20c", self.gw, "/a%2Fb%20c"),
                                          (f"http://{host}/gw/x/3?b", self.gw, "/x/3?b"), (f"http://{host}/gw", self.gw, "/"),
                                          ("/gw/cp/x", self.cp, "/x"), ("/gw/cp", self.cp, "/"),
                                          ("/gw/cpx", self.gw, "/cpx"), ("/gw/gw/cp", self.gw, "/gw/cp"),
                                          ("/gwx", self.rest, "/gwx"), ("//gw/x", self.rest, "//gw/x"),
                                          ("/GW/x", self.rest, "/GW/x"), ("/%67w/x", self.rest, "/%67w/x"),
                                          ("/gw%2Fx", self.rest, "/gw%2Fx"), ("/", self.rest, "/"),
                                          ("/x/gw/x", self.rest, "/x/gw/x")):
                with self.subTest(target):
                    path = expected.split("?")[0]
                    before = len(who.requests(path))
                    self.assertEqual(request(base, target, method="POST", body="{}").status, 200)
                    got = who.requests(path)[before:]
                    self.assertEqual([(each.target, each.body) for each in got], [(expected, b"{}")])

    def test_a_path_of_no_plane_is_refused_by_name(self):
        with self.by_prefix() as proxy:
            for target in (ONE, "/", "/cpx", "/%63p/x"):
                got = request(proxy.url("proxy-cp"), target, headers=KEY)
                self.assertEqual((got.status, got.json()["error"]["code"]), (404, "no_such_plane"))
                self.assertIn("/cp, /gw", got.json()["error"]["message"])
            got = request(proxy.url("proxy-cp"), ONE, method="PUT", headers=KEY, body="x" * 100_000)
            self.assertEqual((got.status, got.headers["x-portkey-gateway-exception"]), (404, "true"))
            self.assertEqual(requests_of(proxy, "cp+gw"), {"rejected": 5})
            self.assertEqual(requests_of(proxy, "cp"), {})
            self.assertEqual(self.cp.bytes_received() + self.gw.bytes_received(), 0)

    def test_a_write_behind_a_prefix_drops_what_it_touches(self):
        with self.by_prefix() as proxy:
            lookup = lambda: request(proxy.url("proxy-cp"), "/cp" + ONE, headers=KEY).cache_status()
            self.assertIn("uri-miss", lookup())
            self.assertIn("hit", lookup())
            self.assertEqual(request(proxy.url("proxy-cp"), "/cp" + ONE, method="PUT", headers=KEY, body="{}").status, 200)
            self.assertIn("uri-miss", lookup())

    def test_a_write_through_one_plane_is_seen_by_the_others(self):
        with self.by_prefix() as proxy:
            base = proxy.url("proxy-cp")
            for owner in ("cp", "gw"):
                self.assertIn("uri-miss", request(base, f"/{owner}{ONE}", headers=KEY).cache_status())
            self.assertEqual(request(base, "/cp" + ONE, method="PUT", headers=KEY, body="{}").status, 200)
            self.assertIn("uri-miss", request(base, "/gw" + ONE, headers=KEY).cache_status())

    def test_a_plane_alone_may_have_a_prefix_by_flags(self):
        with Program("serve", *ELSEWHERE, "--listen", "127.0.0.1:0", "--upstream", self.cp.url, "--prefix", "/cp",
                     "--name", "main") as proxy:
            base = proxy.url("proxy")
            self.assertTrue(base.endswith("/cp"))
            self.assertEqual(request(base, "/cp" + ONE, headers=KEY).json()["owner"], "cp")
            self.assertEqual(request(base, ONE, headers=KEY).status, 404)
            self.assertEqual(requests_of(proxy, "main"), {"miss": 1, "rejected": 1})

    def test_the_access_log_shows_what_was_asked_for(self):
        with self.by_prefix("--log-access", "all", "--log-format", "json") as proxy:
            request(proxy.url("proxy-cp"), "/cp" + ONE + "?secret=1", headers=KEY)
            request(proxy.url("proxy-cp"), "/nobody", headers=KEY)
            wait_until(lambda: '"path":"/nobody"' in proxy.stderr(), "both lines")
            self.assertIn(f'"path":"/cp{ONE}"', proxy.stderr())


class Apart(Planes):
    def test_each_may_have_its_own_address(self):
        socket_path = str(self.folder / "gw.sock")
        planes = [plane("cp", self.cp.url), plane("gw", self.gw.url, listen=["127.0.0.2:0", f"unix:{socket_path}"])]
        with serving(planes) as proxy:
            self.assertEqual(request(proxy.url("proxy-cp"), ONE, headers=KEY).json()["owner"], "cp")
            self.assertEqual(request(proxy.url("proxy-gw"), ONE, headers=KEY).json()["owner"], "gw")
            self.assertIn(f"listening: proxy-gw unix:{socket_path}", proxy.stdout())
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(20)
                client.connect(socket_path)
                client.sendall(f"GET {ONE} HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: alice\r\nConnection: close\r\n\r\n".encode())
                got = b""
                while more := client.recv(65536):
                    got += more
            self.assertIn(b'"owner": "gw"', got)
            self.assertEqual(requests_of(proxy, "gw"), {"hit": 1, "miss": 1})

    def test_one_that_is_down_opens_its_own_breaker(self):
        gone = self.enterContext(socket.socket())  # has the port, so that nobody else gets it, and does not listen
        gone.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
        breaker = {"least_requests": 2, "open_for": "1m"}
        planes = [plane("cp", self.cp.url, prefix="/cp", breaker=breaker), plane("gw", url, prefix="/gw", breaker=breaker)]
        with serving(planes) as proxy:
            base = proxy.url("proxy-cp")
            states = lambda: {labels.split('"')[1]: value for labels, value in metrics(proxy, "sidecache_breaker_state").items()}

            def gw_is_given_up():
                request(base, f"/gw{ONE}", headers=KEY)
                return states()["gw"] > 0
            wait_until(gw_is_given_up, "the breaker of gw opens")
            self.assertEqual(states()["cp"], 0)
            self.assertIn(request(base, f"/gw{ONE}", headers=KEY).status, (502, 503))
            self.assertEqual(request(base, f"/cp{ONE}", headers=KEY).json()["owner"], "cp")

    def test_one_whose_connections_are_used_up_keeps_nobody_else_waiting(self):
        held, release = [], threading.Event()

        def holds(talk):
            held.append(talk)
            release.wait(DEADLINE)
            return False
        self.gw.on("/v1/integrations/slow", holds)
        scarce = {"url": self.gw.url, "max_connections": 1, "max_streams": 1, "max_pending": 1}
        planes = [plane("cp", self.cp.url, prefix="/cp"), {**plane("gw", "", prefix="/gw"), "upstream": scarce}]
        with serving(planes) as proxy:
            where = urllib.parse.urlsplit(proxy.url("proxy-gw"))
            waiting = []
            for _ in range(2):
                connection = socket.create_connection((where.hostname, where.port), timeout=20)
                connection.sendall(b"GET /gw/v1/integrations/slow HTTP/1.1\r\nHost: h\r\nx-portkey-api-key: "
                                   b"k%d\r\n\r\n" % len(waiting))
                waiting.append(connection)
            wait_until(lambda: held, "gw's only connection is taken")
            self.assertEqual(request(proxy.url("proxy-cp"), f"/cp{ONE}", headers=KEY).json()["owner"], "cp")
            release.set()
            for connection in waiting:
                connection.close()

    def test_the_data_plane_by_environment_alone(self):
        with Program("serve", *ELSEWHERE, env={"SIDECACHE_PLANE": "data", "SIDECACHE_LISTEN": "127.0.0.1:0",
                                               "SIDECACHE_UPSTREAM_URL": self.gw.url}) as proxy:
            self.assertEqual(request(proxy.url("proxy"), "/dp/metrics", method="POST", body="{}").status, 200)
            self.assertEqual(sum(requests_of(proxy, "data").values()), 1)


class Secrecy(Planes):
    def test_the_data_plane_in_clear_for_others_is_refused(self):
        planes = json.dumps([{"plane": "data", "listen": "0.0.0.0:0"}])
        for arguments, env in (((), {"SIDECACHE_PLANE": "data", "SIDECACHE_LISTEN": "0.0.0.0:0"}),
                               (("--planes", planes), {}), (("--plane", "data", "--listen", "[::]:0"), {})):
            code, _, said = run("serve", *ELSEWHERE, *arguments, env=env)
            self.assertEqual(code, 64, said)
            self.assertIn("providers' keys travel there", said)

    def test_unless_it_is_allowed(self):
        with Program("serve", *ELSEWHERE, "--plane", "data", "--listen", "0.0.0.0:0", "--allow-plaintext", "true",
                     "--upstream", self.gw.url) as proxy:
            proxy.url("admin")

    def test_nor_on_a_socket_that_is_handed_down(self):
        with listening_tcp("0.0.0.0") as handed:
            with handed_down([handed], *ELSEWHERE, "--plane", "data", "--upstream", self.gw.url, names="proxy") as proxy:
                wait_until(lambda: not proxy.running(), "it ends")
                self.assertEqual(proxy.wait(), 64)
                self.assertIn("providers' keys", proxy.stderr())

    def test_check_says_so_of_a_file(self):
        path = self.file("sidecache.yaml", "planes:\n  - {plane: admin}\n  - {plane: data, listen: '0.0.0.0:9500'}\n")
        code, _, said = run("check", path)
        self.assertEqual(code, 64)
        self.assertIn(f"{path}:3:27: planes[1].listen: ", said)


class Admin(Planes):
    def test_what_is_held_and_done_is_told_by_plane(self):
        token = self.file("token", "a-token")
        with self.by_prefix("--admin-token-file", token) as proxy:
            admin = proxy.url("admin")
            get = lambda path: request(admin, path).json()
            for owner in ("cp", "gw", "gw"):
                request(proxy.url("proxy-cp"), f"/{owner}{ONE}", headers=KEY)
            self.assertEqual(sorted((each["plane"], each["ident"]) for each in get("/api/entries")["entries"]),
                             [("cp", "one"), ("gw", "one")])
            stats = get("/api/stats")
            self.assertEqual(stats["requests"]["total"], 3)
            self.assertEqual({name: each["requests"]["total"] for name, each in stats["planes"].items()}, {"cp": 1, "gw": 2})
            coverage = get("/api/coverage")
            self.assertEqual((coverage["covered"], coverage["planes"]["cp"]["covered"]), (2, 1))
            settings = {row["key"]: row["value"] for row in get("/api/settings")["settings"]}
            self.assertEqual((settings["planes[0].prefix"], settings["planes[1].upstream.url"]), ("/cp", self.gw.url))

            ask = ("purge", "--admin-listen", admin.removeprefix("http://"), "--admin-token-file", token)
            self.assertEqual(run(*ask, "--all", "--only-plane", "gw")[:2], (0, "dropped: 1\n"))
            self.assertEqual([each["plane"] for each in get("/api/entries")["entries"]], ["cp"])
            code, _, said = run(*ask, "--all", "--only-plane", "none")
            self.assertEqual(code, 64)
            self.assertIn("one of cp, gw", said)
            request(proxy.url("proxy-cp"), f"/gw{ONE}", headers=KEY)
            self.assertEqual(run(*ask, "--slug", "one")[:2], (0, "dropped: 2\n"))

    def test_a_drill_is_for_all_of_them(self):
        token = self.file("token", "a-token")
        with self.by_prefix("--admin-token-file", token) as proxy:
            ask = ("drill", "--admin-listen", proxy.url("admin").removeprefix("http://"), "--admin-token-file", token)
            self.assertEqual(run(*ask, "--for", "10m", "--no-wait")[0], 0)
            self.assertEqual({request(proxy.url("proxy-cp"), f"/{each}{ONE}", headers=KEY).status for each in ("cp", "gw")},
                             {503})
            self.assertEqual(set(metrics(proxy, "sidecache_drill_active").values()), {1.0})
            code, said, _ = run(*ask, "--for", "0s")
            self.assertEqual(code, 1)
            self.assertIn("2 failed", said)


class Polling(Planes):
    PATH = "/v1/organisation/acme/sync/1"

    def test_a_data_plane_asks_for_changes_itself_under_an_identifier_that_stays(self):
        answer = json.dumps({"success": True, "data": {"virtualKeysV2": [{"slug": "one", "workspace_id": "w"}]}}).encode()
        self.gw.on(self.PATH, answers(ok(answer)))
        identifier = self.folder / "identifier"
        sync = {"interval": "1s", "poll_path": self.PATH + "?version=2", "identifier_file": str(identifier),
                "credential_file": self.file("credential", "a-gateways-own-key\n")}
        planes = [plane("admin", self.cp.url, prefix="/cp"), plane("albus", self.gw.url, plane="data", sync=sync)]
        for _ in range(2):
            before = len(self.gw.requests(self.PATH))
            with serving(planes) as proxy:
                wait_until(lambda: len(self.gw.requests(self.PATH)) > before, "it asks")
                heard = lambda: metrics(proxy, "sidecache_invalidations_total")['plane="albus",source="sync"']
                wait_until(lambda: heard() > 0, "it has heard")
                self.assertNotIn("a-gateways-own-key", proxy.output())
        asked = self.gw.requests(self.PATH)
        self.assertEqual({each.get("Authorization") for each in asked}, {"a-gateways-own-key"})
        self.assertEqual({each.target for each in asked},
                         {f"{self.PATH}?version=2&identifier={identifier.read_text(encoding='utf-8').strip()}"})
        for name, shape in (("x-request-id", "[0-9a-f-]{36}"), ("traceparent", "00-[0-9a-f]{32}-[0-9a-f]{16}-00")):
            ids = [each.get(name) for each in asked]
            self.assertEqual(len(set(ids)), len(asked), "each another")
            for each in ids:
                self.assertRegex(each, f"^{shape}$")

    def test_where_its_identifier_can_not_be_kept_it_does_not_start(self):
        credential = self.file("credential", "x")
        code, _, said = run("serve", *ELSEWHERE, "--plane", "data", "--listen", "127.0.0.1:0", "--sync-poll-path", self.PATH,
                            "--sync-identifier-file", str(self.folder / "no" / "folder"), "--sync-credential-file", credential)
        self.assertEqual(code, 64)
        self.assertIn("sync.identifier_file: ", said)


class Gateway(Planes):
    """Its three base paths on one listener, each another plane: what one of them hears concerns the others."""
    ASKS = {"Authorization": "the-gateways-own", "x-portkey-api-key": "a-callers"}
    RECORD = "/v2/virtual-keys/one"
    SYNC = "/v1/organisation/acme/sync/1"

    def setUp(self):
        super().setUp()
        self.tell("one")
        self.rest.on(self.SYNC, answers(ok(b'{"success":true,"data":{"virtualKeysV2":[]}}')))
        planes = [plane("control", self.cp.url, prefix="/cp"), plane("albus", self.gw.url, plane="data", prefix="/albus"),
                  plane("sync", self.rest.url, plane="data", prefix="/sync")]
        self.proxy = self.enterContext(serving(planes, "--sync-heal", "true"))
        self.base = self.proxy.url("proxy-albus")

    def tell(self, name):
        body = {"success": True, "data": {"slug": "one", "name": name, "key": "a-providers", "status": "active"}}
        self.gw.on(self.RECORD, answers(ok(json.dumps(body).encode())))

    def look_up(self):
        return request(self.base, f"/albus{self.RECORD}?organisation_id=acme", headers=self.ASKS)

    def sync(self):
        return request(self.base, f"/sync{self.SYNC}?version=2&identifier=pod", headers=self.ASKS)

    def test_sync_that_passes_on_one_plane_makes_answers_of_another_fresh_and_drops_what_it_names(self):
        self.assertEqual(self.sync().status, 200)
        self.assertIn("uri-miss", self.look_up().cache_status())
        self.assertIn("hit", self.look_up().cache_status())
        self.tell("renamed")
        named = b'{"success":true,"data":{"virtualKeysV2":[{"slug":"one","workspace_id":"w"}]}}'
        self.rest.on(self.SYNC, answers(ok(named)))
        self.assertEqual(self.sync().json(), json.loads(named))
        self.assertEqual(self.look_up().json()["data"]["name"], "renamed")

    def test_what_was_answered_stale_is_listed_until_the_next_sync_names_it(self):
        admin = self.proxy.url("admin")
        self.assertEqual(self.look_up().status, 200)
        self.gw.on(self.RECORD, answers(b"HTTP/1.1 503 Gone\r\nContent-Length: 0\r\n\r\n"))
        self.assertIn("stale-error", self.look_up().cache_status())
        said = request(admin, "/api/stale-served").json()
        self.assertEqual((said["total"], said["records"][0]["ident"], said["records"][0]["organisation_id"]), (1, "one", "acme"))
        all_planes = 'plane="control+albus+sync"'
        self.assertEqual(metrics(self.proxy, "sidecache_stale_served_records"), {all_planes: 1.0})

        self.assertIn("one", [each["slug"] for each in self.sync().json()["data"]["virtualKeysV2"]])
        wait_until(lambda: request(admin, "/api/stale-served").json()["total"] == 0, "it is healed")
        self.assertEqual(metrics(self.proxy, "sidecache_stale_served_healed_total"), {all_planes: 1.0})


class Documented(unittest.TestCase):
    def test_the_readmes_example_is_right(self):
        section = README.read_text(encoding="utf-8").split("\n## Planes\n")[1]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(re.search(r"```yaml\n(.*?)```", section, re.S).group(1))
            file.flush()
            self.assertEqual(run("check", file.name), (0, f"{file.name}: ok\n", ""))


class Supervised(Planes):
    def test_whatever_becomes_of_the_worker_each_plane_keeps_its_address(self):
        planes = [plane("cp", self.cp.url), plane("gw", self.gw.url, listen="127.0.0.2:0")]
        with serving(planes, command=("serve", "--supervise")) as proxy:
            def worker():
                with open(f"/proc/{proxy.pid}/task/{proxy.pid}/children", encoding="ascii") as children:
                    all_of_them = children.read().split()
                return int(all_of_them[0]) if len(all_of_them) == 1 else None

            def both_answer():
                for owner in ("cp", "gw"):
                    self.assertEqual(request(proxy.url(f"proxy-{owner}"), ONE, headers=KEY).json()["owner"], owner)
            both_answer()
            first = wait_until(worker, "one worker")
            os.kill(first, signal.SIGKILL)
            wait_until(lambda: worker() not in (None, first), "another worker")
            both_answer()
            second = wait_until(worker, "one worker")
            proxy.signal(signal.SIGUSR2)
            wait_until(lambda: worker() not in (None, second), "its successor alone")
            both_answer()


if __name__ == "__main__":
    unittest.main()
