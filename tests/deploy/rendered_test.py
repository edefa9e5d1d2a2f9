"""What was rendered from the chart and committed is what the chart renders; its README knows every value."""

import json
import os
import re
import subprocess
import unittest

import chart
from harness import clean_environment

KUBERNETES = chart.SOURCE / "deploy" / "kubernetes"
README = (chart.CHART / "README.md").read_text(encoding="utf-8")
RULES = chart.CHART / "files" / "rules.yaml"


def leaves(schema, path=()):
    """Paths of the values that have no further ones within."""
    for name, each in schema["properties"].items():
        if "properties" in each and path != ("resources",):
            yield from leaves(each, (*path, name))
        else:
            yield ".".join((*path, name))


class Rendered(unittest.TestCase):
    def test_plain_manifests_the_table_of_values_and_the_rules_are_as_rendered(self):
        done = subprocess.run([chart.SOURCE / "deploy" / "render", "--check"], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, env=clean_environment({"HELM": str(chart.PLACE / "bin" / "helm")}),
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), "run deploy/render")
        self.assertEqual({path.name for path in KUBERNETES.glob("*.yaml")},
                         {"deployment.yaml", "daemonset.yaml", "gateways.yaml", "sidecar-native.yaml", "sidecar-classic.yaml"})

    def test_patches_fit_an_application(self):
        for form in ("native", "classic"):
            path = KUBERNETES / f"sidecar-{form}.yaml"
            application = chart.PLACE / "application.json"
            application.write_text(json.dumps(chart.APPLICATION), encoding="utf-8")
            code, text, errors = chart.program("kubectl", "patch", "--local", "-f", application, "--patch-file", path,
                                               "--type", "strategic", "-o", "json")
            self.assertEqual(code, 0, errors)
            self.assertEqual(chart.container_of(json.loads(text)),
                             chart.container_of(chart.patched("sidecar", f"{form}.yaml")))

    def test_the_readme_has_every_value_and_every_file_it_names_is_there(self):
        schema = json.loads((chart.CHART / "values.schema.json").read_text(encoding="utf-8"))
        table = re.findall(r"(?m)^\| `([\w.]+)` \| .* \| .{8,} \|$", README.split("<!-- values: ")[1])
        self.assertEqual(sorted(table), sorted(set(leaves(schema)) - {"global"}))
        for link in re.findall(r"\]\(([^)#]+)", README):
            self.assertTrue((chart.CHART / link).exists(), link)

    def test_its_commands_are_understood(self):
        commands = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines()]
        installs = [line for line in commands if line.startswith("helm install ")]
        self.assertEqual(len(installs), 2)
        for line in installs:
            words = line.replace("IMAGE", "images.example/sidecache").replace("TAG", "1").split()
            code, _, errors = chart.program("helm", "template", words[2], chart.SOURCE / words[3], *words[4:])
            self.assertEqual(code, 0, f"{line}: {errors}")
        examples = re.findall(r"```yaml\n(.*?)```", README, re.S)
        self.assertEqual(len(examples), 2)
        for text in examples:
            values = chart.PLACE / "readme-values.yaml"
            values.write_text(text, encoding="utf-8")
            self.assertEqual(chart.template("--values", values)[0], 0, text)

    def test_its_rules_survive_templating_and_ask_for_metrics_that_exist(self):
        rendered = chart.of_kind(chart.matrix()["everything"], "PrometheusRule")[0]["spec"]
        written = chart.documents(RULES.read_text(encoding="utf-8"))[0][0]
        self.assertEqual(rendered, written)
        catalogue = (chart.SOURCE / "src" / "metrics" / "catalogue.cpp").read_text(encoding="utf-8")
        rules = [rule for group in written["groups"] for rule in group["rules"]]
        own = {rule["record"] for rule in rules if "record" in rule}
        for rule in rules:
            for name in re.findall(r"\b(?:sidecache|process)[\w:]+", rule["expr"]):
                if name not in own and ":" not in name:
                    self.assertIn(f'"{re.sub("_(bucket|sum|count)$", "", name)}"', catalogue)
        done = subprocess.run(["promtool", "check", "rules", RULES], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ}, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
