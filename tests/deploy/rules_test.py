"""The rules for Prometheus: promtool's own tests of them, that these would notice a rule turned round, that every metric
and label exists, and that whoever is woken finds a runbook that names what there is."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import catalogue
import plain_yaml
import promql

FOLDER = catalogue.DEPLOY / "prometheus"
ALERTS = catalogue.rules("alert")
TESTS = plain_yaml.load_all((FOLDER / "rules_test.yaml").read_text(encoding="utf-8"))[0]
RUNBOOKS = (catalogue.DEPLOY / "RUNBOOKS.md").read_text(encoding="utf-8")
README = (catalogue.SOURCE / "README.md").read_text(encoding="utf-8")
TURNED = {"<": ">", ">": "<", "==": "!=", "<=": ">", ">=": "<", "!=": "=="}


def promtool(*arguments, cwd=FOLDER):
    done = subprocess.run(["promtool", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def alerts_of(test):
    return {each["alertname"] for each in test["alert_rule_test"]}


def noticed(alert, rules):
    """Which of these, {name: rule}, fail a test of that alert in its place. They are told apart by their names, without
    annotations."""
    tests = []
    for test in TESTS["tests"]:
        asked = [{**each, "alertname": name,
                  "exp_alerts": [{"exp_labels": one["exp_labels"]} for one in each.get("exp_alerts", [])]}
                 for each in test["alert_rule_test"] for name in rules if each["alertname"] == alert]
        if asked:
            tests.append({**test, "alert_rule_test": asked})
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        tried = [{**rule, "alert": name, "annotations": {}} for name, rule in rules.items()]
        groups = [catalogue.RULES["groups"][0], {"name": "tried", "rules": tried}]
        (place / "rules.yaml").write_text(json.dumps({"groups": groups}), encoding="utf-8")
        (place / "rules_test.yaml").write_text(json.dumps({**TESTS, "tests": tests}), encoding="utf-8")
        return set(re.findall(r"alertname: ?(\w+)", promtool("test", "rules", "rules_test.yaml", cwd=folder)[1]))


def wrong_ways(rule, tree):
    """The rule with each of its comparisons turned round, and without its patience."""
    expression = rule["expr"]
    for node in tree.all():
        if node.operator in TURNED:
            end = node.sign_at + len(node.operator)
            yield {**rule, "expr": expression[:node.sign_at] + TURNED[node.operator] + expression[end:]}
    yield {**rule, "for": "0s"}


class Promtool(unittest.TestCase):
    def test_the_configuration_and_the_rules_are_valid(self):
        code, said = promtool("check", "config", "prometheus.yaml")
        self.assertEqual(code, 0, said)
        self.assertIn("1 rule files found", said)
        code, said = promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.yaml")
        self.assertEqual(code, 0, said)

    def test_each_alert_fires_and_stays_silent_as_told(self):
        code, said = promtool("test", "rules", "rules_test.yaml")
        self.assertEqual(code, 0, said)

    def test_each_alert_is_tested_both_ways(self):
        fires, silent = set(), set()
        for test in TESTS["tests"]:
            for each in test["alert_rule_test"]:
                (fires if "exp_alerts" in each else silent).add(each["alertname"])
        self.assertEqual(fires, set(ALERTS))
        self.assertEqual(silent, set(ALERTS))

    def test_a_comparison_turned_round_is_noticed(self):
        known = catalogue.with_recorded()
        for alert, rule in ALERTS.items():
            ways = {f"way_{number}": way for number, way in enumerate(wrong_ways(rule, promql.parse(rule["expr"], known)))}
            self.assertGreater(len(ways), 1, f"{alert} compares nothing")
            found = noticed(alert, {"as_it_is": rule, **ways})
            self.assertNotIn("as_it_is", found)
            for name in set(ways) - found:
                self.fail(f"{alert} may as well be {ways[name]}")


class Names(unittest.TestCase):
    def test_recorded_ones_say_level_metric_and_operations(self):
        known = catalogue.metrics()
        for name, rule in catalogue.rules("record").items():
            with self.subTest(name):
                level, metric, operations = name.split(":")
                known[name] = promql.parse(rule["expr"], known).labels
                self.assertEqual(set(level.split("_")), known[name])
                self.assertTrue(metric.startswith("sidecache_"))
                self.assertRegex(operations, r"^(ratio_)?rate\d+[mh]$")
                self.assertIn(operations.removeprefix("ratio_").removeprefix("rate"),
                              re.findall(r"\[(\w+)\]", rule["expr"]), "the window")

    def test_every_recorded_one_is_used(self):
        for name in catalogue.rules("record"):
            self.assertTrue(any(name in rule["expr"] for group in catalogue.RULES["groups"] for rule in group["rules"]), name)

    def test_every_metric_and_label_is_in_the_catalogue(self):
        known = catalogue.with_recorded()
        for alert, rule in ALERTS.items():
            with self.subTest(alert):
                labels = promql.parse(rule["expr"], known).labels
                told = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
                self.assertLessEqual(told, labels)
                self.assertIn("job", told, "whoever is woken must know where")


class Alerts(unittest.TestCase):
    def test_each_says_how_bad_what_and_where_to_read_on(self):
        for alert, rule in ALERTS.items():
            with self.subTest(alert):
                self.assertTrue(alert.startswith("Sidecache"))
                self.assertIn(rule["labels"]["severity"], {"critical", "warning"})
                self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook"})
                self.assertEqual(rule["annotations"]["runbook"], f"RUNBOOKS.md#{alert.lower()}")
                self.assertRegex(rule["annotations"]["description"], r"\.$")


class Runbooks(unittest.TestCase):
    def sections(self):
        return {title: text for title, text in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOKS, re.M | re.S)}

    def test_there_is_one_for_each_alert(self):
        self.assertEqual(list(self.sections()), list(ALERTS))

    def test_each_says_what_it_means_whom_it_hurts_how_to_look_and_what_to_do(self):
        for title, text in self.sections().items():
            with self.subTest(title):
                self.assertEqual(re.findall(r"^\*\*(.*?)\.\*\*", text, re.M), ["Meaning", "Impact", "Look", "Do"])
                self.assertRegex(text, r"```(sh|promql)\n", "something to paste")

    def test_what_is_to_be_pasted_names_what_there_is(self):
        known = catalogue.with_recorded()
        for question in re.findall(r"```promql\n(.*?)```", RUNBOOKS, re.S):
            for line in question.strip().splitlines():
                with self.subTest(line):
                    promql.parse(line, known)

    def test_every_setting_and_metric_is_one(self):
        table = README.split("<!-- settings:")[1].split("<!-- end of settings -->")[0]
        settings = set(re.findall(r"^\| `([a-z_.]+)` \| ", table, re.M))
        for name in set(re.findall(r"`([a-z_]+\.[a-z_]+)`", RUNBOOKS)):
            self.assertIn(name, settings)
        for name in set(re.findall(r"\b(sidecache_\w+)", RUNBOOKS)):
            self.assertTrue(name in catalogue.with_recorded(), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
