"""Walks each path of deploy/README.md, and that of the chart's README, by the commands that stand there: a new user's
first hour, without one who knows. Programs and images, a slug and a key are filled in, and cluster.py stands for the
cluster; then every sidecache that was made there is started as it would be, and asked.
"""

import base64
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import chart
import cluster
from certificates import Authority
from control_plane_of_records import ControlPlane
from harness import clean_environment, mock_control_plane, request, run, sidecache, wait_until
from mounted import Mounted, assert_answers

DEPLOY = chart.SOURCE / "deploy"
README = (DEPLOY / "README.md").read_text(encoding="utf-8")
IMAGE, TAG = "images.example:5000/portkey/sidecache", "1"
KEY = "demo-acme-prod-key"


def section(title, text=README):
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def blocks(text, language="sh"):
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


class Paths(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.cluster = self.folder / "cluster"
        for name in ("cluster", "bin"):
            (self.folder / name).mkdir()
        (self.folder / "deploy").symlink_to(DEPLOY)
        cluster.commands(self.folder / "bin")
        self.authority = Authority(self.folder, "ca")
        for made, name in zip(self.authority.issue("server"), ("tls.crt", "tls.key")):
            pathlib.Path(made).rename(self.folder / name)
        (self.cluster / "deployment.web.json").write_text(json.dumps(chart.APPLICATION), encoding="utf-8")

    def walk(self, *commands):
        """As they stand there, in a shell, in a folder that has deploy/ as the source has it."""
        text = "\n".join(commands).replace("IMAGE", IMAGE).replace("TAG", TAG).replace("deployment NAME", "deployment web")
        environment = clean_environment({"CLUSTER": str(self.cluster)})
        environment["PATH"] = f"{self.folder / 'bin'}:{environment['PATH']}"
        done = subprocess.run(["sh", "-eu", "-c", text], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}{done.stderr}")

    def secret_file(self, secret, key):
        """The key of a Secret that was made, as a file."""
        made = [each for each in cluster.objects(self.cluster)
                if each["kind"] == "Secret" and each["metadata"]["name"] == secret]
        self.assertEqual(len(made), 1, f"no Secret {secret} was made")
        path = self.folder / f"{secret}.{key}"
        path.write_bytes(base64.b64decode(made[0]["data"][key]))
        return path

    def assert_it_answers(self, count, certificate=None):
        """Every workload that has sidecache in it; there are so many."""
        objects = cluster.objects(self.cluster)
        found = [each for each in chart.of_kind(objects, *chart.WORKLOADS)
                 if any(container["name"] == "sidecache" for container in chart.containers_of(each))]
        self.assertEqual(len(found), count)
        for workload in found:
            with self.subTest(workload["metadata"]["name"]), ControlPlane(certificate) as origin:
                self.assertEqual(chart.container_of(workload)["image"], f"{IMAGE}:{TAG}")
                mounted = Mounted(self.folder, workload, objects, self.secret_file)
                assert_answers(self, mounted, origin, self.authority.certificate)

    def served(self, command, mock):
        """The README's line, in front of the mock and on ports that are free."""
        self.assertTrue(command.startswith("build/release/sidecache serve --upstream https://api.portkey.ai"), command)
        self.assertIn("Default: 127.0.0.1:9400", run("serve", "--help")[1])
        return sidecache(mock.url("mock"), *command.split()[4:])

    def test_every_kind_of_user_has_a_path_that_is_walked_and_files_that_are_there(self):
        titles = re.findall(r"(?m)^## (.*)$", README)
        self.assertEqual(titles, ["An SDK", "Terraform", "Gateways", "A control plane of your own", "Trying it safely"])
        for title in titles:
            self.assertIn(f"](#{title.lower().replace(' ', '-')})", README)
        for link in re.findall(r"\]\(([^)#]+)", README):
            self.assertTrue((DEPLOY / link).exists(), link)

    def test_an_sdk_on_a_machine(self):
        serve, curl = blocks(section("An SDK"))[:2]
        with mock_control_plane() as mock, self.served(serve.strip(), mock) as proxy:
            command = curl.replace("http://127.0.0.1:9400", proxy.url("proxy")).replace("SLUG", "openai-prod")
            for _ in range(2):
                done = subprocess.run(["sh", "-eu", "-c", command], env=clean_environment({"PORTKEY_API_KEY": KEY}),
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True)
            self.assertRegex(done.stdout, "^HTTP/1.1 200 ")
            self.assertIn("Cache-Status: sidecache; hit", done.stdout)

    def test_an_sdk_in_a_pod(self):
        self.walk(blocks(section("An SDK"))[2])
        workload = json.loads((self.cluster / "deployment.web.json").read_text(encoding="utf-8"))
        application = next(each for each in chart.pod_of(workload)["containers"] if each["name"] == "web")
        self.assertIn({"name": "PORTKEY_BASE_URL", "value": "http://127.0.0.1:9400/v1"}, application["env"])
        self.assert_it_answers(1)

    def test_one_for_many_programs(self):
        self.walk(blocks(section("An SDK"))[3])
        service = chart.of_kind(cluster.objects(self.cluster), "Service")[0]
        at = re.search(r"http://([\w-]+)\.NAMESPACE\.svc:(\d+)/v1", section("An SDK"))
        self.assertEqual((service["metadata"]["name"], service["spec"]["ports"][0]["port"]), (at[1], int(at[2])))
        self.assert_it_answers(1)

    def test_trying_it_safely_on_a_machine(self):
        text = section("Trying it safely")
        first, then = blocks(text, "yaml")
        serve, report = blocks(text)[:2]
        file = self.folder / "sidecache.yaml"
        file.write_text(first, encoding="utf-8")
        serve = serve.strip().replace("sidecache.yaml", str(file))
        self.assertEqual(report.strip(), "build/release/sidecache shadow-report")
        with mock_control_plane() as mock, self.served(serve, mock) as proxy:
            def read():
                return request(proxy.url("proxy"), "/v1/integrations/openai-prod", headers={"x-portkey-api-key": KEY})

            for _ in range(2):
                self.assertIn("detail=shadow", read().cache_status())
            admin = ("--admin-listen", proxy.url("admin").removeprefix("http://"))
            code, said, _ = run(*report.split()[1:], *admin)
            self.assertEqual(code, 0, said)
            self.assertIn("Nothing wrong so far", said)
            file.write_text(then, encoding="utf-8")
            wait_until(lambda: "; hit" in read().cache_status(), "memory answers")

    def test_trying_it_safely_in_a_cluster(self):
        self.walk(blocks(section("Trying it safely"))[2])
        made = chart.of_kind(cluster.objects(self.cluster), "ConfigMap")
        self.assertTrue(any("mode: shadow" in text for each in made for text in each["data"].values()), made)

    def test_terraform(self):
        text = section("Terraform")
        base = re.search(r'base_url = "http://127\.0\.0\.1:9400(/v1)"', blocks(text, "hcl")[0])[1]
        who = {"x-portkey-api-key": KEY, "Content-Type": "application/json"}
        with mock_control_plane() as mock, self.served(blocks(text)[0].strip(), mock) as proxy:
            def read():
                return request(proxy.url("proxy"), f"{base}/integrations/openai-prod", headers=who)

            before = read().json()
            self.assertIn("hit", read().cache_status())
            # What apply does.
            written = request(proxy.url("proxy"), f"{base}/integrations/openai-prod", "PUT", who, '{"name": "written"}')
            self.assertEqual(written.status, 200, written)
            after = read()
            self.assertNotIn("hit", after.cache_status())
            self.assertEqual((before["name"] != "written", after.json()["name"]), (True, "written"))

    def test_gateways(self):
        self.walk(blocks(section("Gateways"))[0])
        made = chart.of_kind(cluster.objects(self.cluster), "Service")
        self.assertEqual({each["metadata"]["name"] for each in made}, {"portkey-cache", "portkey-cache-peers"})
        # The values for the gateways' chart ask it where it is, by paths that it has.
        values = (DEPLOY / "gateway" / "values-service.yaml").read_text(encoding="utf-8")
        hosts = {each for each in re.findall(r"https://([\w.-]+)/", values) if "NAMESPACE" in each}
        self.assertEqual(hosts, {"portkey-cache.NAMESPACE.svc"})
        held = next(each for each in chart.of_kind(cluster.objects(self.cluster), "ConfigMap"))["data"]["sidecache.yaml"]
        for prefix in set(re.findall(r"https://portkey-cache\.NAMESPACE\.svc(/\w+)", values)):
            self.assertIn(f"prefix: {prefix}\n", held)
        self.assertEqual(next(each for each in made if each["metadata"]["name"] == "portkey-cache")["spec"]["ports"][0]["port"], 443)
        self.assert_it_answers(1)

    def test_a_control_plane_of_ones_own(self):
        self.walk(blocks(section("A control plane of your own"))[0])
        self.assert_it_answers(1, (str(self.folder / "tls.crt"), str(self.folder / "tls.key")))

    def test_the_charts_own_way_to_a_sidecar(self):
        readme = (chart.CHART / "README.md").read_text(encoding="utf-8")
        self.walk(blocks(section("Which kind", readme))[0])
        self.assert_it_answers(1)

    def test_a_command_is_missed_if_it_is_left_out(self):
        """What stands for the cluster is not content with everything."""
        lines = blocks(section("Gateways"))[0].splitlines()
        for left_out, said in ((2, "was not found"), (3, "can't be pulled")):
            with self.assertRaisesRegex(AssertionError, said):
                self.walk(*lines[:left_out], *lines[left_out + 1:])


if __name__ == "__main__":
    unittest.main(verbosity=2)
