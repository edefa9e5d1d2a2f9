"""Every field that the chart renders exists, at its place and of its type: tsc holds each object, as a literal, to the
types that are made from Kubernetes' and the Prometheus operator's own descriptions. Literals may have no field that the
type has not. So with the manifests of deploy/gateway.
"""

import json
import subprocess
import tempfile
import unittest

import chart
from harness import clean_environment

MODULES = {
    "v1": "kubernetes-types/core/v1",
    "apps/v1": "kubernetes-types/apps/v1",
    "autoscaling/v2": "kubernetes-types/autoscaling/v2",
    "networking.k8s.io/v1": "kubernetes-types/networking/v1",
    "policy/v1": "kubernetes-types/policy/v1",
    "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1",
}
COMPILER = ("--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution",
            "bundler", "--pretty", "false")


def type_of(each):
    module = MODULES[each["apiVersion"]]
    return module, f"I{each['kind']}" if module.startswith("@") else each["kind"]


def compiled(objects):
    """What tsc says of (name, object)s; "" is nothing."""
    imports, lines = set(), []
    for number, (name, each) in enumerate(objects):
        module, kind = type_of(each)
        imports.add(f'import type {{ {kind} }} from "{module}";')
        lines.append(f"// {name}\nexport const object_{number}: {kind} = {json.dumps(each, indent=1)};")
    # Packages are looked for above the file.
    with tempfile.NamedTemporaryFile("w", suffix=".ts", dir=chart.PLACE, encoding="utf-8") as source:
        source.write("\n".join([*sorted(imports), *lines]))
        source.flush()
        done = subprocess.run(["node", chart.PLACE / "node_modules" / "typescript" / "bin" / "tsc", *COMPILER, source.name],
                              cwd=chart.PLACE, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              env=clean_environment(), check=False)
    return done.stdout + done.stderr


def everything():
    for name, objects in chart.matrix().items():
        yield from ((name, each) for each in objects)
    for name, form, workload in chart.workloads():
        if form != "own":
            yield f"{name}, {form}", workload
    files = [chart.SOURCE / "deploy" / "gateway" / name for name in ("service.yaml", "peers.yaml")]
    for path, objects in zip(files, chart.documents(*(path.read_text(encoding="utf-8") for path in files))):
        yield from ((path.name, each) for each in objects)


class Types(unittest.TestCase):
    def test_every_field_is_one_of_its_kind(self):
        objects = list(everything())
        kinds = {each["kind"] for _, each in objects}
        self.assertEqual(kinds, {"ConfigMap", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy",
                                 "PodDisruptionBudget", "PodMonitor", "PrometheusRule", "Service", "ServiceAccount",
                                 "ServiceMonitor"})
        self.assertEqual(compiled(objects), "")

    def test_a_field_that_is_misspelt_or_of_another_type_is_found(self):
        wrong = chart.rendered("--set", "podMonitor.enabled=true")
        deployment = chart.of_kind(wrong, "Deployment")[0]
        chart.pod_of(deployment)["enableServiceLink"] = False
        chart.of_kind(wrong, "Service")[0]["spec"]["ports"][0]["port"] = "http"
        chart.of_kind(wrong, "PodMonitor")[0]["spec"]["podMetricsEndpoints"][0]["scrapeEvery"] = "30s"
        said = compiled([("wrong", each) for each in wrong])
        self.assertRegex(said, "\"enableServiceLink\"' does not exist in type 'PodSpec'")
        self.assertRegex(said, "scrapeEvery\"' does not exist")
        self.assertRegex(said, "Type 'string' is not assignable to type 'number'")


if __name__ == "__main__":
    unittest.main(verbosity=2)
