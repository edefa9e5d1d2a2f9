"""deploy/sidecache.schema.json and `sidecache check` agree: what is right for the one is right for the other, and what is
wrong is refused by both, as far as a schema can say it. Where it can't, the check alone refuses, and that is tried too."""

import json
import pathlib
import re
import tempfile
import unittest

import jsonschema
import yaml

from harness import run

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((SOURCE / "deploy" / "sidecache.schema.json").read_text(encoding="utf-8"))
EXAMPLE = SOURCE / "config" / "sidecache.yaml"

RIGHT = [
    "",
    "cache:\n  # ttl: 30s\n",
    "cache: {ttl: 0, max_bytes: 65536, refresh_ahead: '10'}",
    "listen: [':9400', 'unix:/run/s.sock', '[::1]:9401', 'http://127.0.0.1:9403']",
    "prefixes: ['', /v1]",
    "prefixes: /v1",
    "allow_plaintext: true\nplane: data",
    "tls: {min_version: 1.3}",
    "upstream: {url: 'http://cp.example:8080/base/', no_proxy: ['.example', 10.0.0.0/8]}",
    "upstream: {urls: ['https://a.example weight=3', 'https://b.example weight=1']}",
    "upstream: {proxy: direct, check_path: '/health?x=1'}",
    "unix: {mode: '0600', owner: 'root:root'}",
    "unix: {mode: 600}",
    "limits: {requests_per_connection: 0, min_rate: 0}",
    "routes: [{path: /integrations/*, ttl: 5m, freshness: settings}, {path: /virtual-keys/main, ttl: 0s}]",
    "routes: []",
    "planes: [{plane: admin, name: control, prefix: /cp}, {plane: data, prefix: /albus, cache: {ttl: 1s}, upstream: {url: 'https://a.example'}}]",
    "planes: []",
    "name: control_1",
]
WRONG = [
    "cahce: {ttl: 30s}",
    "cache: {tll: 30s}",
    "cache: 5",
    "cache.ttl: 30s",
    "cache: {ttl: 30}",
    "cache: {ttl: 30 s}",
    "cache: {ttl: -1s}",
    "cache: {ttl: 1.5s}",
    "cache: {ttl: [30s]}",
    "cache: {ttl: }",
    "cache: {max_bytes: 64Mi}",
    "cache: {max_bytes: 1}",
    "cache: {freshness: Shortest}",
    "threads: 0",
    "threads: 257",
    "threads: many",
    "listen: 9400",
    "listen: []",
    "listen: localhost",
    "listen: unix:relative",
    "metrics: {listen: ['127.0.0.1:1', '127.0.0.1:2']}",
    "prefixes: [v1]",
    "prefixes: [/v1/]",
    "prefix: /a/",
    "plane: both",
    "name: Control",
    "allow_plaintext: 'yes'",
    "tls: {min_version: 1.1}",
    "upstream: {url: cp.example}",
    "upstream: {url: 'ftp://cp.example'}",
    "upstream: {url: 'https://cp.example?x=1'}",
    "upstream: {urls: ['https://a.example weight']}",
    "upstream: {check_path: health}",
    "unix: {mode: rw}",
    "log: {level: verbose}",
    "routes: {path: /integrations/*}",
    "routes: [{ttl: 5m}]",
    "routes: [{path: /integrations}]",
    "routes: [{path: /users/x}]",
    "routes: [{path: /integrations/*, stale_after: 1s}]",
    "planes: [admin]",
    "planes: [{plane: admin, threads: 2}]",
    "planes: {plane: admin}",
    "- listen",
    "5",
]
# Bounds with units, and what settings say of each other.
BEYOND_A_SCHEMA = [
    "cache: {ttl: 8d}",
    "cache: {max_bytes: 1KiB}",
    "listen: 127.0.0.1:9402",
    "listen: ':99999'",
    "planes: [{plane: admin}, {plane: data}]",
]


class Reader(yaml.SafeLoader):
    """YAML 1.2's core schema (§10.3), as editors read it: PyYAML's own 1.1 makes `off` false and 0660 a 432."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in (("bool", r"true|false", "tf"), ("int", r"[-+]?[0-9]+", "-+0123456789"), ("null", r"null|~|", ["n", "~", ""]),
                            ("float", r"[-+]?[0-9]+\.[0-9]+", "-+0123456789")):
    Reader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})$"), list(first))
Reader.add_constructor("tag:yaml.org,2002:int", lambda loader, at: int(loader.construct_scalar(at), 10))


def wrong_by_schema(text):
    value = yaml.load(text, Reader)
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(value)]


def files_for_sidecache():
    """Every file below config/ and deploy/ that is one of sidecache's own."""
    sections = set(SCHEMA["properties"])
    for path in [EXAMPLE, *sorted((SOURCE / "deploy").rglob("*.yaml"))]:
        if "helm" in path.parts:
            continue  # templates, and values
        # PyYAML alone stumbles over a plain text that begins with a colon in a flow (YAML 1.2 §7.3.3 has it).
        source = re.sub(r"(: )(:[0-9]+)", r"\1'\2'", path.read_text(encoding="utf-8"))
        documents = list(yaml.load_all(source, Reader))
        if len(documents) == 1 and isinstance(documents[0], dict) and set(documents[0]) <= sections:
            yield path, source
        for document in documents:
            if isinstance(document, dict) and document.get("kind") == "ConfigMap":
                for name, text in document["data"].items():
                    if name.endswith(".yaml"):
                        yield path / name, text


class Agreement(unittest.TestCase):
    def setUp(self):
        self.file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "sidecache.yaml"

    def check(self, text):
        self.file.write_text(text, encoding="utf-8")
        code, _, said = run("check", str(self.file))
        return code, said

    def test_it_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_what_is_right_is_right_for_both(self):
        for text in RIGHT:
            with self.subTest(text):
                self.assertEqual(wrong_by_schema(text), [])
                self.assertEqual(self.check(text)[0], 0, self.check(text))

    def test_what_is_wrong_is_wrong_for_both(self):
        for text in WRONG:
            with self.subTest(text):
                self.assertNotEqual(wrong_by_schema(text), [])
                self.assertEqual(self.check(text)[0], 64)

    def test_where_a_schema_ends_the_check_goes_on(self):
        for text in BEYOND_A_SCHEMA:
            with self.subTest(text):
                self.assertEqual(wrong_by_schema(text), [])
                self.assertEqual(self.check(text)[0], 64)

    def test_the_files_that_are_shipped_are_right_for_both(self):
        folders = set()
        for path, text in files_for_sidecache():
            with self.subTest(path):
                self.assertEqual(wrong_by_schema(text), [])
                code, said = self.check(text)
                # What stands elsewhere than here may be missing, and nothing else may be wrong.
                lines = [line for line in said.splitlines() if not re.search(r"_file: ", line)]
                self.assertTrue(code == 0 or not lines, said)
                folders.add(path.relative_to(SOURCE).parts[:2])
        self.assertLessEqual({("config", "sidecache.yaml"), ("deploy", "docker"), ("deploy", "kubernetes")}, folders)

    def test_each_setting_has_its_default_and_what_it_does(self):
        example = EXAMPLE.read_text(encoding="utf-8")
        keys = {key for key in re.findall(r"(?m)^(?:  )?(?:# )?([a-z_]+):", example)}
        known = set()
        for name, what in SCHEMA["properties"].items():
            for key, setting in (what["properties"].items() if "properties" in what else [(name, what)]):
                known.add(key)
                self.assertTrue(setting["description"], key)
                if "default" in setting:
                    at = {name: {key: setting["default"]}} if "properties" in what else {key: setting["default"]}
                    self.assertEqual(wrong_by_schema(yaml.safe_dump(at)), [], key)
        self.assertLessEqual(known, keys)


if __name__ == "__main__":
    unittest.main(verbosity=2)
