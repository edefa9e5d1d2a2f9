"""The files of deploy/gateway: they say what their README promises, and sidecache starts with exactly the environment
that they give it. Control planes, files and ports stand in for those of a cluster; nothing else is changed.
"""

import http.client
import pathlib
import re
import signal
import ssl
import tempfile
import unittest
import urllib.parse

import hostile_control_plane as hostile
import plain_yaml
from certificates import Authority
from control_plane_of_records import ControlPlane
from harness import DEADLINE, Program, free_port, request, run, wait_until

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOLDER = SOURCE / "deploy" / "gateway"
FILES = {path.name: plain_yaml.load_all(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))}
README = (FOLDER / "README.md").read_text(encoding="utf-8")

GATEWAY_PORTS = {"8787", "8788"}
BASE_PATHS = {"ALBUS_BASEPATH", "CONTROL_PLANE_BASEPATH", "SOURCE_SYNC_API_BASEPATH"}
SERVICE = "portkey-cache"
PEERS = "portkey-cache-peers"


def pod(file):
    """What the file makes of a pod: its own, or what the chart takes over into the gateway's."""
    deployment = next((document for document in FILES[file] if document.get("kind") == "Deployment"), None)
    return deployment["spec"]["template"]["spec"] if deployment else FILES[file][0]


def containers():
    for file in FILES:
        for each in [*pod(file).get("sidecars", []), *pod(file).get("containers", [])]:
            yield file, each


def environment(container):
    return {each["name"]: each["value"] for each in container["env"]}


def extra_env(file):
    return {each["name"]: each["value"] for each in FILES[file][0].get("extraEnv", [])}


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


class Promises(unittest.TestCase):
    """What the files say, without running anything."""

    def test_every_file_is_told_of_and_every_file_told_of_is_there(self):
        self.assertEqual(set(re.findall(r"\]\(([\w-]+\.yaml)\)", README)), set(FILES))
        self.assertEqual({file for file, _ in containers()},
                         {"values-sidecar.yaml", "values-self-hosted.yaml", "service.yaml"})

    def test_each_container_has_no_rights_and_a_user_of_its_own(self):
        for file, container in containers():
            with self.subTest(file):
                rights = container["securityContext"]
                for key, value in (("runAsNonRoot", "true"), ("readOnlyRootFilesystem", "true"), ("privileged", "false"),
                                   ("allowPrivilegeEscalation", "false"), ("capabilities", {"drop": ["ALL"]})):
                    self.assertEqual(rights[key], value, key)
                # The image's, as in the chart; the gateway's own is 1000, which could read its memory.
                self.assertEqual((rights["runAsUser"], rights["runAsGroup"]), ("65532", "65532"))
                self.assertIn("memory", container["resources"]["limits"])
                self.assertEqual(container["image"], "SIDECACHE_IMAGE", "none is published")

    def test_probes_ask_the_metrics_listener(self):
        for file, container in containers():
            with self.subTest(file):
                listens = environment(container)["SIDECACHE_METRICS_LISTEN"].rsplit(":", 1)[1]
                self.assertIn(listens, [each["containerPort"] for each in container["ports"]])
                self.assertLessEqual(max(len(each["name"]) for each in container["ports"]), 15, "RFC 6335 section 5.1")
                for probe, path in (("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
                    self.assertEqual(container[probe]["httpGet"], {"path": path, "port": listens})

    def test_it_ends_within_the_pods_patience_and_after_the_gateway(self):
        for file, container in containers():
            with self.subTest(file):
                given = environment(container)
                whole = seconds(given.get("SIDECACHE_SHUTDOWN_DELAY", "0s")) + seconds(given["SIDECACHE_SHUTDOWN_GRACE"]) + 1
                self.assertLess(whole, int(pod(file)["terminationGracePeriodSeconds"]))
                told_at_once = "sidecars" in pod(file)
                self.assertGreater(seconds(given.get(f"SIDECACHE_SHUTDOWN_{'LINGER' if told_at_once else 'DELAY'}", "0s")), 0)

    def test_gateways_ask_sidecache_by_paths_that_a_plane_has(self):
        for file in ("values-sidecar.yaml", "values-self-hosted.yaml", "values-service.yaml"):
            with self.subTest(file):
                given = extra_env(file)
                self.assertLessEqual(BASE_PATHS, set(given))
                self.assertNotIn("environment", FILES[file][0], "that reaches pods without a sidecar")
                server = "service.yaml" if file == "values-service.yaml" else file
                planes = next(environment(container) for each, container in containers() if each == server)["SIDECACHE_PLANES"]
                for name in BASE_PATHS:
                    at = urllib.parse.urlsplit(given[name])
                    self.assertRegex(planes, rf"prefix: /{at.path.split('/')[1]}[,}}]", name)
                    self.assertNotIn(str(at.port), GATEWAY_PORTS)
                    past_the_proxy = given["NO_PROXY"].split(",")
                    self.assertTrue(any(at.hostname == host or (host.startswith(".") and at.hostname.endswith(host))
                                        for host in past_the_proxy), f"{at.hostname} is asked past a proxy")

    def test_no_service_tells_pods_of_sidecache(self):
        kinds = {document["kind"]: document for document in FILES["service.yaml"]
                 if document["metadata"]["name"] != PEERS}
        self.assertEqual(set(kinds), {"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"})
        self.assertEqual({document["metadata"]["name"] for document in kinds.values()}, {SERVICE})
        self.assertEqual(pod("service.yaml")["enableServiceLinks"], "false")
        labels = kinds["Deployment"]["spec"]["template"]["metadata"]["labels"]
        for selector in (kinds["Service"]["spec"]["selector"], kinds["Deployment"]["spec"]["selector"]["matchLabels"],
                         kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
                         kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]):
            self.assertLessEqual(selector.items(), labels.items())
        target = kinds["Service"]["spec"]["ports"][0]["targetPort"]
        allowed = [port["port"] for rule in kinds["NetworkPolicy"]["spec"]["ingress"] for port in rule["ports"]]
        self.assertEqual(set(allowed), {target, "9401", "9402"})
        for name in BASE_PATHS:
            self.assertRegex(extra_env("values-service.yaml")[name], rf"^https://{SERVICE}\.NAMESPACE\.svc/")


    def test_sidecaches_find_each_other_by_a_name_for_all_of_them(self):
        for file, container in containers():
            with self.subTest(file):
                services = FILES["service.yaml" if file == "service.yaml" else "peers.yaml"]
                named = next(each for each in services if each["metadata"]["name"] == PEERS)
                self.assertEqual((named["kind"], named["spec"]["clusterIP"]), ("Service", "None"))
                self.assertEqual(named["spec"]["publishNotReadyAddresses"], "true")
                port = named["spec"]["ports"][0]["targetPort"]
                given = environment(container)
                self.assertEqual(given["SIDECACHE_SYNC_PEERS"], f"http://{PEERS}:{port}")
                self.assertEqual(given["SIDECACHE_ADMIN_LISTEN"], f":{port}")
                self.assertIn(port, [each["containerPort"] for each in container["ports"]])
                mounted = next(each for each in container["volumeMounts"]
                               if given["SIDECACHE_SYNC_PEER_SECRET_FILE"].startswith(each["mountPath"] + "/"))
                volume = next(each for each in pod(file)["volumes"] if each["name"] == mounted["name"])
                self.assertEqual(volume["secret"]["secretName"], PEERS)
        policy = next(each for each in FILES["service.yaml"] if each["kind"] == "NetworkPolicy")["spec"]
        for side, rules in (("from", policy["ingress"]), ("to", policy["egress"])):
            of_peers = [rule for rule in rules if rule["ports"][0]["port"] == "9402"]
            self.assertEqual([rule[side][0]["podSelector"]["matchLabels"] for rule in of_peers],
                             [policy["podSelector"]["matchLabels"]], side)


class Starts(unittest.TestCase):
    """The environment of each container, in front of control planes of ours."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.authority = Authority(self.folder, "authority")
        self.certificate = self.authority.issue("server")
        secret = self.folder / "peers"
        secret.write_text("0123456789abcdef" * 4, encoding="ascii")
        self.mounted = {"/etc/sidecache/peers/secret": str(secret),
                        "/etc/sidecache/tls/tls.crt": self.certificate[0],
                        "/etc/sidecache/tls/tls.key": self.certificate[1],
                        "/etc/sidecache/control-plane-ca/ca.pem": self.authority.certificate}

    def with_files_here(self, given):
        """As it is in the file, but for where its mounts are."""
        out = {}
        for name, value in given.items():
            for there, here in self.mounted.items():
                value = value.replace(there, here)
            self.assertNotIn("/etc/sidecache", value, "a file that the test doesn't know")
            out[name] = value
        return out

    def with_control_plane_here(self, given, origin, port):
        planes = re.sub(r"url: 'https://[^'/]+", f"url: '{origin.url}", given["SIDECACHE_PLANES"])
        planes = re.sub(r"listen: 'https://[^']*', ", "", planes)
        scheme = "https://" if "SIDECACHE_TLS_KEY_FILE" in given else ""
        planes = planes.replace("prefix:", f"listen: '{scheme}127.0.0.1:{port}', prefix:")
        return {**given, "SIDECACHE_PLANES": planes, "SIDECACHE_METRICS_LISTEN": "127.0.0.1:0",
                "SIDECACHE_ADMIN_LISTEN": "127.0.0.1:0"}

    def test_nothing_is_wrong_with_it(self):
        empty = self.folder / "empty.yaml"
        empty.write_text("", encoding="ascii")
        for file, container in containers():
            with self.subTest(file):
                self.assertEqual(container["args"], ["serve"])
                # Beside a Service that is called sidecache after all.
                neighbours = {"SIDECACHE_PORT": "tcp://10.0.0.7:443", "SIDECACHE_SERVICE_HOST": "10.0.0.7"}
                given = {**self.with_files_here(environment(container)), **neighbours}
                self.assertEqual(run("check", str(empty), env=given), (0, f"{empty}: ok\n", ""))
        lookups_alone = dict(re.findall(r"(SIDECACHE_\w+)=(\S+)", README.split("Lookups alone")[1].split("```")[1]))
        self.assertEqual(set(lookups_alone), {"SIDECACHE_PLANE", "SIDECACHE_UPSTREAM_URL"})
        self.assertEqual(run("check", str(empty), env=lookups_alone), (0, f"{empty}: ok\n", ""))

    def test_each_base_path_leads_to_its_plane(self):
        for file, container in containers():
            given = self.with_files_here(environment(container))
            trusted = self.certificate if "ca_file" in given["SIDECACHE_PLANES"] else None
            with self.subTest(file), ControlPlane(trusted) as origin:
                port = free_port()
                gateway = extra_env("values-service.yaml" if file == "service.yaml" else file)
                with Program("serve", env=self.with_control_plane_here(given, origin, port)) as proxy:
                    wait_until(lambda: request(proxy.url("metrics"), "/readyz").status == 200, "ready")
                    self.assert_answers("SIDECACHE_TLS_KEY_FILE" in given, port, gateway, origin)
                    proxy.signal(signal.SIGINT)  # nobody lingers here
                    self.assertEqual(proxy.wait(), 0)

    def assert_answers(self, by_tls, port, gateway, origin):
        for name, path in (("ALBUS_BASEPATH", "/v2/virtual-keys/known"), ("CONTROL_PLANE_BASEPATH", "/integrations/known"),
                           ("SOURCE_SYNC_API_BASEPATH", "/known")):
            asked = origin.asked
            answer = self.ask(by_tls, port, urllib.parse.urlsplit(gateway[name]).path + path)
            self.assertEqual(answer, (200, hostile.record("known")), name)
            self.assertEqual(origin.asked, asked + 1, f"{name}: a plane of its own")
        self.assertEqual(self.ask(by_tls, port, "/elsewhere/v1/integrations/known")[0], 404)

    def ask(self, by_tls, port, target):
        trusting = ssl.create_default_context(cafile=self.authority.certificate)
        made = (http.client.HTTPSConnection("127.0.0.1", port, timeout=DEADLINE, context=trusting) if by_tls else
                http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE))
        self.addCleanup(made.close)
        made.request("GET", target, headers={"x-portkey-api-key": "k", "Authorization": "client"})
        answer = made.getresponse()
        return answer.status, answer.read()


if __name__ == "__main__":
    unittest.main(verbosity=2)
