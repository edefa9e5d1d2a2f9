"""What the documents point at is there: files, anchors, settings, metrics, error codes; all of them are found from the
README; and the commands of TROUBLESHOOTING.md do what it says, against a sidecache that runs."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import PROGRAM, clean_environment, mock_control_plane, request, sidecache

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {"build", "node_modules", ".git"}
DOCUMENTS = {path: path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.md"))
             if not SKIPPED & set(path.relative_to(SOURCE).parts)}
README = SOURCE / "README.md"
TROUBLESHOOTING = SOURCE / "TROUBLESHOOTING.md"
OURS = [SOURCE / name for name in ("README.md", "TROUBLESHOOTING.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")]


def prose(text):
    """Without what is code: links and names there are examples."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"(?ms)^```.*?^```$", "", text))


def anchors(text):
    """As a forge makes them of headings: lower case, punctuation gone, blanks to hyphens."""
    heads = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?ms)^```.*?^```$", "", text))
    return {re.sub(r"[^\w -]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head)).strip().lower().replace(" ", "-") for head in heads}


def links(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(DOCUMENTS[path])):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = target.partition("#")
            yield target, (path.parent / file).resolve() if file else path, anchor


class Links(unittest.TestCase):
    def test_each_relative_link_leads_to_a_file_and_each_anchor_to_a_heading(self):
        count = 0
        for path in DOCUMENTS:
            for target, file, anchor in links(path):
                with self.subTest(document=str(path.relative_to(SOURCE)), link=target):
                    count += 1
                    self.assertTrue(file.exists(), "no such file")
                    if anchor:
                        self.assertIn(anchor, anchors(DOCUMENTS[file]))
        self.assertGreater(count, 60)

    def test_every_document_and_every_folder_of_deploy_is_linked_from_the_readme(self):
        linked = {file for _, file, _ in links(README)}
        for path in DOCUMENTS:
            if "data" not in path.parts:
                self.assertTrue(path in linked or path.parent in linked or path == README, path.relative_to(SOURCE))
        from_deploy = {file for _, file, _ in links(SOURCE / "deploy" / "README.md")}
        for folder in (each for each in (SOURCE / "deploy").iterdir() if each.is_dir()):
            self.assertTrue(any(file == folder or folder in file.parents for file in from_deploy | linked), folder.name)

    def test_each_folder_of_the_tree_has_its_line_in_the_readme(self):
        text = DOCUMENTS[README]
        for folder in (each for each in SOURCE.iterdir() if each.is_dir() and not each.name.startswith(".") and each.name != "build"):
            self.assertRegex(text, rf"(?m)^\|.*\]\({folder.name}\)", f"{folder.name} is not in the index")


class Names(unittest.TestCase):
    """Settings, metrics and codes that a document names exist."""

    def test_settings(self):
        schema = json.loads((SOURCE / "deploy" / "sidecache.schema.json").read_text(encoding="utf-8"))["properties"]
        sections = {name: set(what["properties"]) for name, what in schema.items() if "properties" in what}
        for path in OURS:
            for section, key in re.findall(r"`([a-z]+)\.([a-z_]+)(?:: [^`]*)?`", DOCUMENTS[path]):
                if section in sections and key not in ("cpp", "hpp", "py", "yaml"):
                    self.assertIn(key, sections[section], f"{path.name}: {section}.{key}")

    def test_metrics(self):
        known = set(re.findall(r"(?m)^\| `(sidecache_[a-z_]+)` \|", DOCUMENTS[README]))
        for path in OURS:
            for name in re.findall(r"\b(sidecache_[a-z_]+)\b", DOCUMENTS[path]):
                self.assertTrue(name in known or re.sub("_(bucket|sum|count)$", "", name) in known, f"{path.name}: {name}")

    def test_files_and_commands_of_dev(self):
        known = subprocess.run([SOURCE / "dev", "help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
        for path in OURS:
            for name in re.findall(r"`((?:src|tests|deploy|bench|config|\.ci)/[A-Za-z0-9_./-]+)`", DOCUMENTS[path]):
                if not re.search(r"\b(ROOM|TARGET)\b", name):
                    self.assertTrue((SOURCE / name).exists(), f"{path.name}: {name}")
            for command in re.findall(r"\./dev ([a-z]+)", DOCUMENTS[path]):
                self.assertRegex(known, rf"(?m)^  {command}\b", path.name)

    def test_each_outcome_and_each_detail_of_cache_status_is_explained(self):
        outcomes = (SOURCE / "src/base/outcome.hpp").read_text(encoding="utf-8").split("outcome_names{", 1)[1].split("}", 1)[0]
        explained = DOCUMENTS[README].split("| `outcome` | what became", 1)[1].split("\n## ", 1)[0]
        self.assertEqual(re.findall(r"(?m)^\| `([a-z_]+)` \|", explained), re.findall(r'"([a-z_]+)"', outcomes))
        # Each is a literal where it is said: of an answer from memory, of what is passed on, of a plan; and there are failures.
        code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((SOURCE / "src" / "proxy").glob("*.cpp")))
        said = set(re.findall(r'(?:answer_from_memory|relay)\([^;]*?"([a-z-]+)"', code))
        plans = "".join((SOURCE / "src/proxy" / name).read_text(encoding="utf-8") for name in ("plan.hpp", "plan.cpp"))
        said |= set(re.findall(r'(?:return|made\.detail =|bypassed =) "([a-z-]+)"', plans))
        said |= set(re.findall(r"; detail=([a-z-]+)", code)) | {"shadow", "sync"}
        self.assertLessEqual({"stale-error", "max-stale", "mode", "cookie", "succeeded", "only-if-cached"}, said)
        section = DOCUMENTS[README].split("\n## Cache-Status\n", 1)[1].split("\n## ", 1)[0]
        self.assertEqual(said - set(re.findall(r"detail=([a-z-]+)", section)), set())
        kinds = (SOURCE / "src/proxy/origin.cpp").read_text(encoding="utf-8").split("to_string(failure_kind", 1)[1].split("\n}", 1)[0]
        failures = set(re.findall(r'return "([a-z_]+)"', kinds)) - {"too_large", "unknown"}  # passed on; never
        self.assertGreater(len(failures), 6)
        self.assertEqual(failures - set(re.findall(r"(?:detail=|`)([a-z]+)`", section)), set())

    def test_codes_of_errors(self):
        code = "\n".join(path.read_text(encoding="utf-8") for path in (SOURCE / "src").rglob("*.[ch]pp"))
        named = re.findall(r"(?m)^## .*\(`([a-z_]+)`\)", DOCUMENTS[TROUBLESHOOTING])
        self.assertGreater(len(named), 2)
        for name in named:
            self.assertIn(f'"{name}"', code)


class Commands(unittest.TestCase):
    def test_each_command_of_troubleshooting_works(self):
        blocks = re.findall(r"(?ms)^```sh\n(.*?)^```$", DOCUMENTS[TROUBLESHOOTING])
        commands = [line for block in blocks for line in block.splitlines()]
        self.assertGreater(len(commands), 8)
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        token = folder / "token"
        token.write_text("a-token-for-tests", encoding="utf-8")
        token.chmod(0o600)
        mock = self.enterContext(mock_control_plane())
        proxy = self.enterContext(sidecache(mock.url("mock"), "--admin-token-file", str(token)))
        key = "demo-acme-prod-key"
        request(proxy.url("proxy"), "/v1/integrations/openai-prod", headers={"x-portkey-api-key": key})
        (folder / "sidecache.yaml").write_text("cache: {ttl: 1m}\n", encoding="utf-8")
        where = {name: proxy.url(name).removeprefix("http://") for name in ("proxy", "metrics", "admin")}
        environment = clean_environment({
            "PATH": f"{pathlib.Path(PROGRAM).parent}:{os.environ['PATH']}", "KEY": key, "SLUG": "openai-prod",
            "SIDECACHE_ADMIN_LISTEN": where["admin"], "SIDECACHE_METRICS_LISTEN": where["metrics"],
            "SIDECACHE_ADMIN_TOKEN_FILE": str(token)})
        for command in commands:
            with self.subTest(command):
                here = command
                for name, port in (("proxy", 9400), ("metrics", 9401), ("admin", 9402)):
                    here = here.replace(f"127.0.0.1:{port}", where[name])
                done = subprocess.run(["sh", "-c", here], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=folder,
                                      env=environment, timeout=30, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertNotRegex(done.stdout, r"HTTP/1\.1 [45]")


if __name__ == "__main__":
    unittest.main(verbosity=2)
