"""deploy/openapi.yaml is what the admin and the metrics listener do: every route of the code is in it and every operation
of it is asked, with its own examples, and status, content type, headers and body are those that it promises."""

import hashlib
import hmac
import json
import pathlib
import re
import signal
import struct
import tempfile
import unittest

import jsonschema
import yaml

from harness import Program, mock_control_plane, request, sidecache, wait_until

SOURCE = pathlib.Path(__file__).resolve().parents[2]
API = yaml.safe_load((SOURCE / "deploy" / "openapi.yaml").read_text(encoding="utf-8"))
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
OPERATIONS = {(path, method): operation for path, item in API["paths"].items()
              for method, operation in item.items() if method in METHODS}
PEER = "/api/stale-served/peer"
TOKEN = "a-token-for-tests"
SECRET = "0123456789abcdef" * 4
SELF = "/v2/api-keys/self/details?include_organisation=true&include_workspace=true"
GATEWAY = {"Authorization": "demo-acme-client-auth", "x-portkey-api-key": "demo-acme-prod-key"}
RIGHT = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def source(*names):
    return "\n".join((SOURCE / "src" / name).read_text(encoding="utf-8") for name in names)


def resolved(value):
    while "$ref" in value:
        at = API
        for name in value["$ref"].removeprefix("#/").split("/"):
            at = at[name]
        value = at
    return value


def routes_of_the_code():
    admin = {(path, method) for method, path in
             re.findall(r'\{(get|post|put|patch|delete_|delete), "([^"]+)", &admin_handler::', source("admin/admin_handler.cpp"))}
    peer = re.search(r'peer_path = "([^"]+)"', source("proxy/peer_words.hpp")).group(1)
    metrics = set(re.findall(r'path == "(/[a-z]+)"', source("metrics/metrics_handler.cpp")))
    return admin | {(peer, "get")} | {(path, "get") for path in metrics}


def is_of_metrics(path):
    return API["paths"][path].get("servers", API["servers"])[0]["description"] == "metrics.listen"


def validator(schema):
    return jsonschema.Draft202012Validator({**schema, "components": API["components"]})


def digest(key, *parts):
    """As base/digest.cpp: an HMAC over parts with their lengths in front."""
    message = b"".join(struct.pack("<Q", len(part)) + part for part in parts)
    return hmac.new(key, message, hashlib.sha256).digest()[:16]


PEER_KEY = b"".join(digest(b"\0" * 32, b"sidecache peers", label, SECRET.encode()) for label in (b"first", b"second"))


class TheDocument(unittest.TestCase):
    def test_it_has_the_codes_routes_and_no_other(self):
        there = routes_of_the_code()
        self.assertGreater(len(there), 10)
        self.assertEqual(set(OPERATIONS), there, "deploy/openapi.yaml and the tables of routes differ")

    def test_it_has_the_codes_of_every_refusal(self):
        text = source("admin/admin_handler.cpp", "admin/browser_guard.cpp", "admin/peer_desk.cpp", "metrics/metrics_handler.cpp")
        said = set(re.findall(r'(?:refused\(\d{3}, |refusal\{|refusal cross_site\{)"([a-z_]+)"', text))
        self.assertEqual(set(API["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"]), said)

    def test_each_reference_leads_somewhere_and_each_schema_is_one(self):
        def walk(value):
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str):
                    resolved(value)
                for each in value.values():
                    walk(each)
            elif isinstance(value, list):
                for each in value:
                    walk(each)
        walk(API)
        for schema in API["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)
        names = [operation["operationId"] for operation in OPERATIONS.values()]
        self.assertEqual(len(set(names)), len(names))

    def test_it_is_of_the_version_that_is_built(self):
        version = re.search(r"(?m)^project\(sidecache\s+VERSION ([\d.]+)",
                            (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
        self.assertEqual(API["info"]["version"], version)


class TheServer(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.mock = self.enterContext(mock_control_plane())
        url = self.mock.url("mock")
        # Both kinds of plane behind one address; sidecache() of the harness gives an address to a lone plane.
        kinds = ("plane: admin", "plane: data, prefix: /albus")
        planes = ", ".join(f"{{{kind}, listen: '127.0.0.1:0', upstream: {{url: {url}}}}}" for kind in kinds)
        self.proxy = self.enterContext(Program(
            "serve", "--metrics-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--admin-token-file",
            self.file("token", TOKEN), "--sync-peer-secret-file", self.file("secret", SECRET), "--sync-heal", "true",
            "--planes", f"[{planes}]"))
        wait_until(lambda: request(self.proxy.url("metrics"), "/readyz").status == 200, "ready")
        for slug in ("openai-prod", "none-such"):
            request(self.proxy.url("proxy-admin"), f"/v1/integrations/{slug}", headers={"x-portkey-api-key": "demo-acme-prod-key"})

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def base(self, path):
        return self.proxy.url("metrics" if is_of_metrics(path) else "admin")

    def ask(self, path, method="get", headers=None, body=None, query=""):
        """The answer, after it was held to the document."""
        answer = request(self.base(path), path + query, method.upper(), headers, body)
        self.hold(answer, OPERATIONS[path, method])
        return answer

    def hold(self, answer, operation):
        self.assertIn(str(answer.status), operation["responses"], answer)
        promised = resolved(operation["responses"][str(answer.status)])
        for name, header in promised.get("headers", {}).items():
            self.assertTrue(not header.get("required") or name in answer.headers, f"{name}: {answer}")
        (content_type, content), = promised["content"].items()
        given = answer.headers["Content-Type"]
        self.assertEqual(given if ";" in content_type else given.split(";")[0], content_type)
        value = answer.json() if content_type == "application/json" else answer.body.decode()
        validator(content["schema"]).validate(value)

    def test_each_get_answers_what_is_promised_and_head_the_same_without_a_body(self):
        for path, method in OPERATIONS:
            if method != "get" or path == PEER:
                continue
            with self.subTest(path):
                answer = self.ask(path)
                self.assertEqual(answer.status, 200)
                head = request(self.base(path), path, "HEAD")
                self.assertEqual((head.status, head.headers["Content-Type"], head.body),
                                 (200, answer.headers["Content-Type"], b""))

    def test_what_is_shown_of_entries_is_there(self):
        entries = self.ask("/api/entries").json()
        self.assertEqual({row["ident"] for row in entries["entries"]}, {"openai-prod", "none-such"})
        self.assertEqual(len(self.ask("/api/entries", query="?limit=1").json()["entries"]), 1)
        for wrong in ("0", "1001", "x", ""):
            for path in ("/api/entries", "/api/stale-served"):
                self.assertEqual(self.ask(path, query=f"?limit={wrong}").status, 400, wrong)

    def test_each_example_of_a_post_is_taken_and_is_of_its_own_schema(self):
        tried = 0
        for (path, method), operation in OPERATIONS.items():
            if method != "post":
                continue
            content = operation["requestBody"]["content"]["application/json"]
            for name, example in content["examples"].items():
                with self.subTest(path=path, example=name):
                    validator(content["schema"]).validate(example["value"])
                    self.assertEqual(self.ask(path, "post", RIGHT, json.dumps(example["value"])).status, 200)
                    tried += 1
        self.assertGreater(tried, 4)
        self.assertEqual(self.ask("/api/drill").json()["active"], False, "the last example ends it")

    def test_the_schema_of_a_body_takes_what_the_server_takes(self):
        bodies = {
            "/api/purge": [{"all": True}, {"all": True, "soft": True}, {"all": False, "slug": "x"}, {"kind": "provider"}, {"workspace": "w", "soft": False},
                           {"uuid": "3F2504e0-4f89-41d3-9a0c-0305e82c3301"}, {"credential": {"authorization": "x"}}, {"all": True, "plane": "admin"},
                           {}, {"all": False}, {"all": 1}, {"slug": ""}, {"slug": 1}, {"kind": "key"}, {"uuid": "x"}, {"soft": True}, {"plane": "admin"},
                           {"all": True, "slug": "x"}, {"credential": {}}, {"credential": {"cookie": "x"}}, {"unknown": True}, []],
            "/api/drill": [{"for": "1s"}, {"for": "0s"}, {"for": "0"}, {}, {"for": 1}, {"for": "5"}, {"for": "-1s"}, {"for": "1s", "more": 1}, []],
        }
        for path, all_of_them in bodies.items():
            schema = OPERATIONS[path, "post"]["requestBody"]["content"]["application/json"]["schema"]
            for body in all_of_them:
                with self.subTest(path=path, body=body):
                    status = self.ask(path, "post", RIGHT, json.dumps(body)).status
                    self.assertEqual(validator(schema).is_valid(body), status == 200, status)

    def test_each_refusal_of_a_change_is_as_promised(self):
        for path, method in OPERATIONS:
            if method != "post":
                continue
            with self.subTest(path):
                for headers, status, code in (
                        ({"Content-Type": "application/json"}, 401, "bad_token"),
                        ({**RIGHT, "Authorization": "Bearer guess"}, 401, "bad_token"),
                        ({**RIGHT, "Content-Type": "text/plain"}, 415, "not_json"),
                        ({**RIGHT, "Host": "attacker.example"}, 403, "host_not_allowed"),
                        ({**RIGHT, "Origin": "http://attacker.example"}, 403, "cross_site")):
                    answer = self.ask(path, "post", headers, "{}")
                    self.assertEqual((answer.status, answer.json()["error"]["code"]), (status, code))
                long = self.ask(path, "post", RIGHT, json.dumps({"slug": "x" * 70000}))
                self.assertEqual((long.status, long.json()["error"]["code"]), (413, "body_too_large"))

    def test_what_came_of_a_reload_is_shown(self):
        self.proxy.signal(signal.SIGHUP)
        wait_until(lambda: self.ask("/api/settings").json()["reload"], "it reads its settings anew")

    def test_what_gateways_were_given_stale_is_listed(self):
        def look_up():
            return request(self.proxy.url("proxy-admin"), "/albus" + SELF, headers=GATEWAY).status
        self.assertEqual(look_up(), 200)
        self.mock.stop()
        self.assertEqual(look_up(), 200)
        record, = self.ask("/api/stale-served").json()["records"]
        self.assertEqual(record["times"], 1)

    def test_a_peers_question_is_answered_under_seal_alone(self):
        for query, status in (("?organisation=org&client=0f&told=0", 200), ("?organisation=org&client=x&told=0", 400)):
            seal = digest(PEER_KEY, b"question", (PEER + query).encode()).hex()
            answer = self.ask(PEER, headers={"Sidecache-Peer-Question": seal}, query=query)
            self.assertEqual(answer.status, status, answer)
            self.assertEqual(self.ask(PEER, headers={"Sidecache-Peer-Question": "0" * 32}, query=query).status, 403)

    def test_readyz_says_when_it_ends(self):
        with sidecache(self.mock.url("mock"), "--shutdown-delay", "20s") as proxy:
            proxy.signal(signal.SIGTERM)
            answer = wait_until(lambda: (a := request(proxy.url("metrics"), "/readyz")).status == 503 and a, "it ends")
            self.hold(answer, OPERATIONS["/readyz", "get"])
            self.assertEqual(request(proxy.url("metrics"), "/livez").status, 200)
            proxy.signal(signal.SIGINT)

    def test_without_a_token_nothing_can_be_changed(self):
        with sidecache(self.mock.url("mock")) as proxy:
            answer = request(proxy.url("admin"), "/api/purge", "POST", RIGHT, '{"all": true}')
            self.hold(answer, OPERATIONS["/api/purge", "post"])
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (403, "changes_disabled"))
            self.assertEqual(request(proxy.url("admin"), PEER).status, 404, "no secret, no peers")

    def test_what_is_not_in_it_is_not_there(self):
        paths = set(API["paths"])
        for path in paths:
            offered = {method.upper() for at, method in OPERATIONS if at == path}
            if "GET" in offered and path != PEER:
                offered.add("HEAD")
            for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - offered:
                with self.subTest(path=path, method=method):
                    answer = request(self.base(path), path, method, RIGHT, "{}")
                    self.assertEqual(answer.status, 405)
                    self.assertEqual(set(answer.headers["Allow"].split(", ")), offered)
                    if method != "HEAD":
                        validator(API["components"]["schemas"]["Error"]).validate(answer.json())
        for base, path in (("admin", "/metrics"), ("admin", "/api"), ("admin", "/api/stats/"), ("metrics", "/api/stats"), ("metrics", "/")):
            answer = request(self.proxy.url(base), path)
            validator(API["components"]["schemas"]["Error"]).validate(answer.json())
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (404, "not_found"), path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
