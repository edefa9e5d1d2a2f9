"""A container of sidecache's as a process here: its arguments, environment and files as it would find them, but for where
these lie, which ports are free, and a control plane of the test's in place of those that are named.
"""

import contextlib
import http.client
import pathlib
import re
import signal
import ssl

import chart
import hostile_control_plane as hostile
from harness import DEADLINE, Program, free_port, request, run, wait_until

CONFIG = "/etc/sidecache/config/sidecache.yaml"


class Mounted:
    """`objects` has the ConfigMap; `secret_file(secret, key)` is where a key of a Secret lies, as far as anything names it."""

    def __init__(self, folder, workload, objects, secret_file):
        container, pod = chart.container_of(workload), chart.pod_of(workload)
        volumes = {each["name"]: each for each in pod.get("volumes", [])}
        self.folder, self.secret_file = folder, secret_file
        self.mounts = {each["mountPath"]: volumes[each["name"]] for each in container.get("volumeMounts", [])}
        self.environment = {each["name"]: each["value"] for each in container.get("env", [])}
        self.arguments = container["args"]
        self.ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        self.probes = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        self.config = ""
        for path, volume in self.mounts.items():
            if "configMap" in volume:
                held = next(each for each in chart.of_kind(objects, "ConfigMap")
                            if each["metadata"]["name"] == volume["configMap"]["name"])
                self.config = held["data"][CONFIG.removeprefix(f"{path}/")]
        self.said = self.config + "".join(self.environment.values())

    def _here(self, text):
        """Paths of files that are mounted, by those of files here."""
        for path in set(re.findall(r"/etc/sidecache/[\w./-]+", text)):
            mount = next((each for each in self.mounts if path.startswith(f"{each}/")), None)
            assert mount, f"{path} is mounted nowhere"
            secret = self.mounts[mount].get("secret")
            found = self.secret_file(secret["secretName"], path.removeprefix(f"{mount}/")) if secret else (
                self.folder / "sidecache.yaml")
            text = text.replace(path, str(found))
        return text

    def put_here(self, change=lambda text: text):
        """The configuration as a file; arguments and environment to start with."""
        (self.folder / "sidecache.yaml").write_text(change(self._here(self.config)), encoding="utf-8")
        return ([change(self._here(each)) for each in self.arguments],
                {key: change(self._here(value)) for key, value in self.environment.items()})

    @contextlib.contextmanager
    def started(self, origin):
        """It runs, as its probes would have it; gives the port of its lookups, and ends it."""
        proxy, metrics = free_port(), free_port()
        arguments, given = self.put_here(
            lambda text: with_control_plane_here(with_ports_here(text, self.ports, proxy, metrics), origin))
        if "upstream" not in self.said:
            given["SIDECACHE_UPSTREAM_URL"] = origin.url
        with Program(*arguments, env=given) as program:
            for path in self.probes:
                wait_until(lambda path=path: not program.running() or status(metrics, path) == 200, path)
            assert program.running(), program.output()
            # As somebody in the pod asks, with the same environment and configuration.
            healthy = run("health", *arguments[1:], env=given)
            assert healthy[0] == 0, healthy
            yield proxy
            program.signal(signal.SIGINT)  # which begins where the delay and lingering are over
            assert program.wait() == 0, program.output()

    def targets(self):
        """A lookup for each plane, and how often two of it ask the control plane: where no sync passes, a data plane does."""
        for prefix in re.findall(r'prefix"?: ?"?(/\w+)', self.said) or [""]:
            data = prefix in ("/albus", "/sync") or (not prefix and "plane: data" in self.config)
            yield prefix + ("/v2/virtual-keys/known" if data else "/v1/integrations/known"), 2 if data else 1

    def by_tls(self):
        return "certificate_file" in self.config


def with_ports_here(text, ports, proxy, metrics):
    """Those of the values, which follow each other, replaced by these and, for the admin page, by any."""
    first = ports["cache-metrics"] - 1
    for port, here in ((first, proxy), (first + 1, metrics), (first + 2, 0)):
        text = re.sub(rf"(?<!\w)(127\.0\.0\.1)?:{port}\b", f"127.0.0.1:{here}", text)
    return text


def with_control_plane_here(text, origin):
    """The second of several by another name, since no two may be the same."""
    text = text.replace("https://cp-2.example", origin.url.replace("127.0.0.1", "localhost"))
    return re.sub(r"https://[\w-]+\.(portkey\.ai|example)\b", origin.url, text)


def status(port, path):
    try:
        return request(f"http://127.0.0.1:{port}", path).status
    except OSError:
        return 0


def ask(port, target, authority=None, certificate=None):
    """With an authority by TLS, and with a certificate as one's own: status and body."""
    if authority:
        trusting = ssl.create_default_context(cafile=authority)
        if certificate:
            trusting.load_cert_chain(*certificate)
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=DEADLINE, context=trusting)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    with contextlib.closing(connection):
        connection.request("GET", target, headers={"x-portkey-api-key": "k", "Authorization": "client"})
        answer = connection.getresponse()
        return answer.status, answer.read()


def assert_answers(test, mounted, origin, authority, certificate=None):
    with mounted.started(origin) as port:
        for target, often in mounted.targets():
            asked = origin.asked
            for _ in range(2):
                answer = ask(port, target, authority if mounted.by_tls() else None, certificate)
                test.assertEqual(answer, (200, hostile.record("known")), target)
            test.assertEqual(origin.asked - asked, often, target)
