"""What the chart promises, in what it renders over the values in its folder ci, and what it refuses."""

import json
import re
import unittest

import chart

UNITS = {"s": 1, "m": 60, "h": 3600}
SIZES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def seconds(text):
    return int(text[:-1]) * UNITS[text[-1]]


def mebibytes(text):
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(number) * SIZES[unit] / SIZES["MiB"]


def config_of(workload, objects):
    """The settings of a workload of the chart's own."""
    named = next(each["configMap"]["name"] for each in chart.pod_of(workload)["volumes"] if "configMap" in each)
    held = next(each for each in chart.of_kind(objects, "ConfigMap") if each["metadata"]["name"] == named)
    return chart.documents(held["data"]["sidecache.yaml"])[0][0]


def told(name, form, workload):
    """The times of its end, whichever way it is told them."""
    if form == "own":
        return config_of(workload, chart.matrix()[name])["shutdown"]
    given = {each["name"]: each["value"] for each in chart.container_of(workload)["env"]}
    return {key: given[f"SIDECACHE_SHUTDOWN_{key.upper()}"] for key in ("delay", "linger", "grace")}


class Promises(unittest.TestCase):
    def test_helm_finds_nothing_wrong_with_it(self):
        for name in chart.MATRIX:
            with self.subTest(name):
                code, said, errors = chart.program("helm", "lint", "--strict", chart.CHART, "--values",
                                                   chart.CHART / "ci" / f"{name}.yaml")
                self.assertEqual((code, "1 chart(s) linted, 0 chart(s) failed" in said + errors), (0, True), said + errors)

    def test_it_is_of_the_programs_version(self):
        version = re.search(r"project\(sidecache VERSION (\S+)", (chart.SOURCE / "CMakeLists.txt").read_text()).group(1)
        self.assertIn(f"\nappVersion: {version}\n", (chart.CHART / "Chart.yaml").read_text())

    def test_each_container_has_no_rights_and_a_user_of_its_own(self):
        for name, form, workload in chart.workloads():
            with self.subTest(f"{name}, {form}"):
                pod, rights = chart.pod_of(workload), chart.container_of(workload)["securityContext"]
                self.assertEqual({key: rights[key] for key in rights if not key.startswith("runAs")}, {
                    "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "privileged": False,
                    "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}})
                self.assertIs(rights["runAsNonRoot"], True)
                if name != "mesh":
                    self.assertEqual((rights["runAsUser"], rights["runAsGroup"]), (65532, 65532))
                if form == "own":
                    self.assertIs(pod["automountServiceAccountToken"], False)
                    self.assertIs(pod["enableServiceLinks"], False)
                    self.assertEqual(pod["securityContext"].get("fsGroup"), rights.get("runAsUser"))

    def test_secrets_are_files_that_nobody_can_write_and_sidecache_can_read(self):
        seen = 0
        for name, form, workload in chart.workloads():
            volumes = {each["name"]: each for each in chart.pod_of(workload).get("volumes", [])}
            for mount in chart.container_of(workload).get("volumeMounts", []):
                self.assertIs(mount["readOnly"], True)
                secret = volumes[mount["name"]].get("secret")
                if secret:
                    seen += 1
                    # By its group where the pod is sidecache's, else by anybody who mounts it: sidecache alone.
                    grouped = "fsGroup" in chart.pod_of(workload).get("securityContext", {})
                    self.assertEqual(secret["defaultMode"], 0o440 if grouped else 0o444, f"{name}, {form}")
            for other in chart.pod_of(workload)["containers"]:
                if other["name"] != "sidecache":
                    self.assertNotIn("volumeMounts", other)
        self.assertGreaterEqual(seen, 6)
        self.assertNotIn("Secret", {each["kind"] for objects in chart.matrix().values() for each in objects})

    def test_probes_ask_the_metrics_listener(self):
        for name, form, workload in chart.workloads():
            with self.subTest(f"{name}, {form}"):
                container = chart.container_of(workload)
                ports = {each["name"]: each["containerPort"] for each in container["ports"]}
                self.assertTrue(all(len(port) <= 15 for port in ports), "what Kubernetes takes as a port's name")
                for probe, path in (("startupProbe", "/readyz"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
                    self.assertEqual(container[probe]["httpGet"], {"path": path, "port": "cache-metrics"})
                listens = (config_of(workload, chart.matrix()[name])["metrics"]["listen"] if form == "own" else
                           next(each["value"] for each in container["env"] if each["name"] == "SIDECACHE_METRICS_LISTEN"))
                self.assertEqual(listens, f":{ports['cache-metrics']}")

    def test_others_reach_its_lookups_and_only_peers_its_admin_page(self):
        for name, form, workload in chart.workloads():
            if form != "own":
                continue
            config, everything = config_of(workload, chart.matrix()[name]), name == "everything"
            listens = {plane["listen"] for plane in config.get("planes", [config])}
            self.assertEqual(listens, {"https://:9400" if everything else ":9400"}, name)
            self.assertEqual(config["admin"]["listen"], ":9402" if everything else "127.0.0.1:9402", name)
            self.assertEqual("listen" in config, "planes" not in config)

    def test_pods_wait_for_its_end(self):
        for name, form, workload in chart.workloads():
            with self.subTest(f"{name}, {form}"):
                times, waits = told(name, form, workload), chart.pod_of(workload)["terminationGracePeriodSeconds"]
                self.assertGreater(waits, seconds(times["delay"]) + seconds(times["grace"]) + 1)
                self.assertEqual({"own": times["delay"] != "0s", "classic": times["linger"] == "3s",
                                  "native": times["linger"] == "0s"}[form], True, times)

    def test_the_limit_of_memory_covers_what_config_allows(self):
        for name, form, workload in chart.workloads():
            if form != "own":
                continue
            with self.subTest(name):
                config = config_of(workload, chart.matrix()[name])
                caches = sum(mebibytes(plane.get("cache", {}).get("max_bytes", "64MiB"))
                             for plane in config.get("planes", [config]))
                connections = config["limits"]["connections"] * 16 / 1024
                messages = mebibytes(config["limits"]["buffered_bytes"])
                resources = chart.container_of(workload)["resources"]
                base = 32 + 8 * config.get("threads", 1)
                self.assertAlmostEqual(mebibytes(resources["limits"]["memory"] + "B"),
                                       caches * 1.25 + messages + connections + base, delta=2)
                self.assertAlmostEqual(mebibytes(resources["requests"]["memory"] + "B"), caches * 1.25 + base, delta=2)

    def test_selectors_find_the_pods_and_nothing_else(self):
        for name, objects in chart.matrix().items():
            for workload in chart.of_kind(objects, *chart.WORKLOADS):
                labels = workload["spec"]["template"]["metadata"]["labels"]
                ports = {each["name"]: each["containerPort"] for each in chart.container_of(workload)["ports"]}
                selectors = [workload["spec"]["selector"]["matchLabels"]]
                for each in chart.of_kind(objects, "Service"):
                    selectors.append(each["spec"]["selector"])
                    self.assertLessEqual({port["targetPort"] for port in each["spec"]["ports"]}, set(ports), name)
                for each in chart.of_kind(objects, "PodDisruptionBudget", "PodMonitor"):
                    selectors.append(each["spec"]["selector"]["matchLabels"])
                for each in chart.of_kind(objects, "NetworkPolicy"):
                    selectors.append(each["spec"]["podSelector"]["matchLabels"])
                    allowed = {port["port"] for rule in each["spec"]["ingress"] for port in rule["ports"]}
                    self.assertEqual(allowed, set(ports.values()))
                for selector in selectors:
                    self.assertEqual(selector, {key: labels[key] for key in selector}, name)
                    self.assertEqual(set(selector), {"app.kubernetes.io/name", "app.kubernetes.io/instance"})
        everything = chart.matrix()["everything"]
        services = chart.of_kind(everything, "Service")
        monitored = chart.of_kind(everything, "ServiceMonitor")[0]["spec"]
        found = [each for each in services if monitored["selector"]["matchLabels"].items() <= each["metadata"]["labels"].items()]
        self.assertEqual([each["metadata"]["name"] for each in found], ["edge-cache"])
        self.assertIn(monitored["endpoints"][0]["port"], [port["name"] for port in found[0]["spec"]["ports"]])

    def test_a_daemonset_is_asked_by_its_own_node_and_never_leaves_it_alone(self):
        objects = chart.matrix()["daemonset"]
        self.assertEqual(chart.of_kind(objects, "Service")[0]["spec"]["internalTrafficPolicy"], "Local")
        daemonset = chart.of_kind(objects, "DaemonSet")[0]["spec"]
        self.assertEqual(daemonset["updateStrategy"]["rollingUpdate"], {"maxUnavailable": 0, "maxSurge": 1})
        self.assertNotIn("internalTrafficPolicy", chart.of_kind(chart.matrix()["deployment"], "Service")[0]["spec"])

    def test_a_policy_leaves_the_way_to_the_control_plane_open(self):
        chart.rendered("--set", "networkPolicy.enabled=true,config.upstream.url=https://cp.example")
        chart.rendered("--set-json", "networkPolicy.enabled=true", "--set-json", "networkPolicy.upstreamPorts=[3128]",
                       "--set-json", 'config.upstream={"url": "https://cp.example", "proxy": "http://proxy.example:3128"}')

    def test_what_it_says_after_the_installation_is_so(self):
        for name in ("deployment", "daemonset", "everything"):
            code, said, errors = chart.program("helm", "install", chart.RELEASE, chart.CHART, "--dry-run=client", "--values",
                                               chart.CHART / "ci" / f"{name}.yaml")
            self.assertEqual(code, 0, errors)
            objects = chart.matrix()[name]
            service, workload = chart.of_kind(objects, "Service")[0], chart.of_kind(objects, *chart.WORKLOADS)[0]
            port = service["spec"]["ports"][0]
            self.assertIn(f"{port['name']}://{service['metadata']['name']}.default.svc:{port['port']} ", said)
            self.assertIn(f" {workload['kind'].lower()}/{workload['metadata']['name']}\n", said)

    def test_switches_add_what_they_name(self):
        plain = {each["kind"] for each in chart.matrix()["deployment"]}
        self.assertEqual(plain, {"ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount"})
        self.assertEqual({each["kind"] for each in chart.matrix()["everything"]} - plain, {
            "HorizontalPodAutoscaler", "NetworkPolicy", "PodMonitor", "PrometheusRule", "ServiceMonitor"})
        scaled = chart.of_kind(chart.matrix()["everything"], "Deployment")[0]
        self.assertNotIn("replicas", scaled["spec"], "the autoscaler's")

    def test_its_rules_look_for_the_job_that_its_monitors_make(self):
        rules = (chart.CHART / "files" / "rules.yaml").read_text(encoding="utf-8")
        wanted = set(re.findall(r'job=~"([^"]+)"', rules))
        self.assertTrue(wanted)
        monitors = [each for objects in chart.matrix().values() for each in chart.of_kind(objects, "PodMonitor", "ServiceMonitor")]
        self.assertGreaterEqual(len(monitors), 4)
        for monitor in monitors:
            for endpoint in monitor["spec"].get("podMetricsEndpoints", []) + monitor["spec"].get("endpoints", []):
                job = next(each["replacement"] for each in endpoint["relabelings"] if each["targetLabel"] == "job")
                for pattern in wanted:
                    self.assertRegex(job, rf"^(?:{pattern})$")

    def test_its_service_has_the_port_that_its_scheme_has(self):
        for values, port in (("replicas=2", 9400), ("ports.proxy=9500", 9500), ("tls.secretName=a", 443), ("service.port=80", 80)):
            self.assertEqual(chart.of_kind(chart.rendered("--set", values), "Service")[0]["spec"]["ports"][0]["port"], port)

    def test_a_change_of_config_replaces_the_pods_unless_it_shall_not(self):
        def mark(*values):
            objects = chart.rendered(*values)
            return chart.of_kind(objects, "Deployment")[0]["spec"]["template"]["metadata"].get("annotations")
        before, after = mark(), mark("--set", "config.cache.ttl=1m")
        self.assertNotEqual(before, after)
        self.assertEqual(mark("--set", "replicas=5"), before)
        self.assertIsNone(mark("--set", "rolloutOnConfigChange=false"))


class Patches(unittest.TestCase):
    def test_a_native_sidecar_is_there_before_the_rest_and_ends_after_it(self):
        for values in ("sidecar", "sidecar-planes"):
            pod = chart.pod_of(chart.patched(values, "native.yaml"))
            self.assertEqual([each["name"] for each in pod["initContainers"]], ["sidecache", "migrate"])
            self.assertEqual(pod["initContainers"][0]["restartPolicy"], "Always")
            self.assertIn("startupProbe", pod["initContainers"][0])
            self.assertEqual([each["name"] for each in pod["containers"]], ["web"])

    def test_the_classic_form_is_one_more_container(self):
        pod = chart.pod_of(chart.patched("sidecar", "classic.yaml"))
        self.assertEqual({each["name"] for each in pod["containers"]}, {"sidecache", "web"})
        self.assertNotIn("restartPolicy", chart.container_of(chart.patched("sidecar", "classic.yaml")))
        self.assertEqual([each["name"] for each in pod["initContainers"]], ["migrate"])

    def test_it_listens_on_loopback_and_leaves_the_application_as_it_was(self):
        for values in ("sidecar", "sidecar-planes"):
            for form in ("native.yaml", "classic.yaml"):
                workload = chart.patched(values, form)
                given = json.dumps(chart.container_of(workload)["env"])
                self.assertNotRegex(given, r'SIDECACHE_LISTEN", "value": "(?!127\.0\.0\.1:)|\\"listen\\":\\"(?!127\.0\.0\.1:)')
                self.assertIn("127.0.0.1:9400" if values == "sidecar" else "127.0.0.1:9500", given)
                self.assertIn({"name": "web", "image": "web"}, chart.pod_of(workload)["containers"])
                self.assertIn({"name": "data", "emptyDir": {}}, chart.pod_of(workload)["volumes"])

    def test_prometheus_finds_the_pods_wherever_they_are(self):
        monitor = chart.of_kind(chart.matrix()["sidecar"], "PodMonitor")[0]["spec"]
        labels = chart.patched("sidecar", "native.yaml")["spec"]["template"]["metadata"]["labels"]
        self.assertLessEqual(monitor["selector"]["matchLabels"].items(), labels.items())
        self.assertEqual(labels["app"], "web")
        self.assertEqual(monitor["namespaceSelector"], {"any": True})
        self.assertEqual(monitor["podMetricsEndpoints"][0]["port"], "cache-metrics")


class Refusals(unittest.TestCase):
    """Values that can't be meant, and the words in which they are refused."""

    def refused(self, values, *words):
        with self.subTest(values):
            code, _, said = chart.template(*(part for value in values for part in ("--set-json", value)))
            self.assertNotEqual(code, 0, values)
            for each in words:
                self.assertIn(each, said)

    def test_by_the_schema(self):
        self.refused(['replica=3'], "additional properties 'replica' not allowed")
        self.refused(['service={"ports": 3}'], "at '/service'", "'ports' not allowed")
        self.refused(['kind="statefulset"'], "at '/kind'", "'deployment', 'daemonset', 'sidecar'")
        self.refused(['replicas="two"'], "at '/replicas': got string, want integer")
        self.refused(['uid=0'], "at '/uid'", "minimum: got 0, want 1")
        self.refused(['ports.proxy=80'], "at '/ports/proxy'", "want 1,024")
        self.refused(['image.repository=""'], "at '/image/repository'")
        self.refused(['image.repository="images.example/sidecache:1"'], "at '/image/repository'")
        self.refused(['image.digest="sha256:abc"'], "at '/image/digest'")
        self.refused(['config="log: {}"'], "at '/config': got string, want object")
        self.refused(['kind="daemonset"', 'autoscaling.enabled=true'], "at '/autoscaling/enabled': value must be false")
        self.refused(['kind="sidecar"', 'networkPolicy.enabled=true'], "at '/networkPolicy/enabled': value must be false")
        self.refused(['tls.clientCertificates=true'], "at '/tls/secretName'")
        self.refused(['secrets=[{"name": "admin"}]'], "at '/secrets/0'", "missing property 'secretName'")
        self.refused(['podDisruptionBudget.maxUnavailable=0'], "at '/podDisruptionBudget/maxUnavailable'")

    def test_by_the_templates(self):
        self.refused(['config.plane="data"'], "tls.secretName", "allow_plaintext")
        self.refused(['config.planes=[{"plane": "admin"}, {"plane": "data", "prefix": "/a"}]'], "tls.secretName")
        self.refused(['config.listen=":80"'], "config.listen: the chart decides where it listens")
        self.refused(['config.planes=[{"listen": ":80"}]'], "the chart decides where it listens")
        self.refused(['config.metrics.listen=":80"'], "ports.metrics")
        self.refused(['config.tls.key_file="/k"'], "config.tls.key_file: name a Secret in tls.secretName")
        self.refused(['config.admin.token_file="/etc/sidecache/secrets/admin/token"'], "secrets has no admin")
        self.refused(['config.cache.max_bytes="64 MB"'], "config: cache.max_bytes: 64 MB is no size")
        self.refused(['config.shutdown.grace="1m30s"'], "config: shutdown.grace: 1m30s is no duration")
        self.refused(['networkPolicy.enabled=true', 'config.upstream.url="https://cp.example:8443"'],
                     "networkPolicy.upstreamPorts lacks 8443, at which config asks https://cp.example:8443")
        self.refused(['networkPolicy.enabled=true', 'config.upstream.urls=["http://cp.example weight=2"]'], "lacks 80,")
        self.refused(['env=[{"name": "SIDECACHE_CACHE_TTL", "value": "1s"}]'], "SIDECACHE_CACHE_TTL is a setting")


if __name__ == "__main__":
    unittest.main(verbosity=2)
