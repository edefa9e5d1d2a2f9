"""sidecache starts with exactly the arguments, environment and configuration that each rendered container has. Control
planes, the files of Secrets and ports stand in for those of a cluster; nothing else is changed.
"""

import contextlib
import http.client
import pathlib
import re
import signal
import ssl
import tempfile
import unittest

import chart
import hostile_control_plane as hostile
from certificates import Authority
from control_plane_of_records import ControlPlane
from harness import DEADLINE, Program, free_port, request, run, wait_until

CONFIG = "/etc/sidecache/config/sidecache.yaml"


class Mounted:
    """What a container finds, in a folder: its ConfigMap's file, and a file for each key that its Secrets need."""

    def __init__(self, folder, name, workload):
        self.folder = folder
        container = chart.container_of(workload)
        self.volumes = {each["name"]: each for each in chart.pod_of(workload).get("volumes", [])}
        self.mounts = {each["mountPath"]: self.volumes[each["name"]] for each in container.get("volumeMounts", [])}
        self.environment = {each["name"]: each["value"] for each in container.get("env", [])}
        self.arguments = container["args"]
        self.ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        self.probes = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        self.config = ""
        for path, volume in self.mounts.items():
            if "configMap" in volume:
                held = next(each for each in chart.of_kind(chart.matrix()[name], "ConfigMap")
                            if each["metadata"]["name"] == volume["configMap"]["name"])
                self.config = held["data"][pathlib.Path(CONFIG).name]
                assert CONFIG.startswith(path + "/")
        self.said = self.config + "".join(self.environment.values())

    def here(self, text, certificate, authority):
        """Paths of mounted files replaced by those of files here, each of which lies in something that is mounted."""
        for path in set(re.findall(r"/etc/sidecache/[\w./-]+", text)):
            if path == CONFIG:
                text = text.replace(path, str(self.folder / "sidecache.yaml"))
                continue
            assert any(path.startswith(f"{mount}/") for mount in self.mounts), f"{path} is mounted nowhere"
            given = {"tls.crt": certificate[0], "tls.key": certificate[1], "ca.crt": authority}.get(path.rsplit("/", 1)[1])
            if not given:
                given = str(self.folder / "secret")
                pathlib.Path(given).write_text("0123456789abcdef" * 4, encoding="ascii")
            text = text.replace(path, given)
        return text


def with_ports_here(text, mounted, proxy, metrics):
    """Those of the values, which follow each other, replaced by these and, for the admin page, by any."""
    first = mounted.ports["cache-metrics"] - 1
    for port, here in ((first, proxy), (first + 1, metrics), (first + 2, 0)):
        text = re.sub(rf"(?<!\w)(127\.0\.0\.1)?:{port}\b", f"127.0.0.1:{here}", text)
    return text


def with_control_plane_here(text, origin):
    """The second of several by another name, since no two may be the same."""
    text = text.replace("https://cp-2.example", origin.url.replace("127.0.0.1", "localhost"))
    return re.sub(r"https://[\w-]+\.(portkey\.ai|example)\b", origin.url, text)


class Starts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.authority = Authority(self.folder, "authority")
        self.certificate = self.authority.issue("server")

    def containers(self):
        for name, form, workload in chart.workloads():
            yield f"{name}, {form}", Mounted(self.folder, name, workload)

    def put_here(self, mounted, change=lambda text: text):
        """The configuration as a file; arguments and environment to start with."""
        def local(text):
            return change(mounted.here(text, self.certificate, self.authority.certificate))
        (self.folder / "sidecache.yaml").write_text(local(mounted.config), encoding="utf-8")
        return ([local(each) for each in mounted.arguments],
                {key: local(value) for key, value in mounted.environment.items()})

    def test_nothing_is_wrong_with_its_configuration(self):
        for what, mounted in self.containers():
            with self.subTest(what):
                arguments, given = self.put_here(mounted)
                self.assertEqual(arguments[0], "serve")
                file = str(self.folder / "sidecache.yaml")
                self.assertEqual(run("check", file, env=given), (0, f"{file}: ok\n", ""))

    def test_it_is_ready_and_answers(self):
        for what, mounted in self.containers():
            with self.subTest(what), ControlPlane() as origin:
                proxy, metrics = free_port(), free_port()
                arguments, given = self.put_here(
                    mounted, lambda text: with_control_plane_here(with_ports_here(text, mounted, proxy, metrics), origin))
                if "upstream" not in mounted.said:
                    given["SIDECACHE_UPSTREAM_URL"] = origin.url
                with Program(*arguments, env=given) as program:
                    for path in mounted.probes:
                        wait_until(lambda path=path: not program.running() or self.status(metrics, path) == 200, path)
                    self.assertTrue(program.running(), program.output())
                    self.assert_answers(mounted, proxy, origin)
                    program.signal(signal.SIGINT)  # which begins where the delay and lingering are over
                    self.assertEqual(program.wait(), 0)

    def status(self, port, path):
        try:
            return request(f"http://127.0.0.1:{port}", path).status
        except OSError:
            return 0

    def assert_answers(self, mounted, port, origin):
        """Each plane asks its control plane once, and a lookup of the admin's is a hit the second time."""
        planes = re.findall(r'prefix"?: ?"?(/\w+)', mounted.said) or [""]
        for prefix in planes:
            data = prefix in ("/albus", "/sync") or (not prefix and "plane: data" in mounted.config)
            target = prefix + ("/v2/virtual-keys/known" if data else "/v1/integrations/known")
            asked = origin.asked
            for _ in range(2):
                self.assertEqual(self.ask("tls.crt" in mounted.config, port, target), (200, hostile.record("known")), target)
            # Where no sync passes, a data plane asks each time.
            self.assertEqual(origin.asked - asked, 2 if data else 1, target)

    def ask(self, by_tls, port, target):
        if by_tls:
            trusting = ssl.create_default_context(cafile=self.authority.certificate)
            trusting.load_cert_chain(*self.certificate)  # as tls.clientCertificates wants
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=DEADLINE, context=trusting)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        with contextlib.closing(connection):
            connection.request("GET", target, headers={"x-portkey-api-key": "k", "Authorization": "client"})
            answer = connection.getresponse()
            return answer.status, answer.read()


if __name__ == "__main__":
    unittest.main(verbosity=2)
