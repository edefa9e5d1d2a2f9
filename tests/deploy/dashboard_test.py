"""The Grafana dashboard: what Grafana's JSON model asks for, and that its questions name what there is."""

import itertools
import json
import re
import unittest

import catalogue
import plain_yaml
import promql

GRAFANA = catalogue.DEPLOY / "grafana"
DASHBOARD = json.loads((GRAFANA / "sidecache.json").read_text(encoding="utf-8"))
ROWS = [panel for panel in DASHBOARD["panels"] if panel["type"] == "row"]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
TARGETS = [(panel, target) for panel in PANELS for target in panel["targets"]]
COLUMNS = 24


def asked(expression, window="1m"):
    """The expression as Grafana sends it, but for variables inside quotes."""
    return expression.replace("$__rate_interval", window)


class Model(unittest.TestCase):
    """https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/"""

    def test_it_can_be_imported(self):
        self.assertEqual((DASHBOARD["uid"], DASHBOARD["title"]), ("sidecache", "sidecache"))
        self.assertGreaterEqual(DASHBOARD["schemaVersion"], 36, "data sources as objects")
        self.assertNotIn("id", DASHBOARD, "that one instance's database gave it")
        self.assertNotIn("__inputs", DASHBOARD, "provisioning does not ask for them")

    def test_ids_are_unique(self):
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertTrue(all(isinstance(each, int) and each > 0 for each in ids))

    def test_panels_do_not_overlap(self):
        for panel in DASHBOARD["panels"]:
            at = panel["gridPos"]
            self.assertTrue(at["x"] >= 0 and at["y"] >= 0 and at["w"] > 0 and at["h"] > 0, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], COLUMNS, panel["title"])
        for one, other in itertools.combinations(DASHBOARD["panels"], 2):
            a, b = one["gridPos"], other["gridPos"]
            apart = (a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or a["y"] + a["h"] <= b["y"]
                     or b["y"] + b["h"] <= a["y"])
            self.assertTrue(apart, f"{one['title']} lies over {other['title']}")

    def test_the_first_screen_tells_the_most(self):
        first = {panel["title"] for panel in PANELS if panel["gridPos"]["y"] < 6}
        self.assertEqual(first, {"Hit ratio", "Failed", "Served stale", "Control plane", "Covered", "Covered for",
                                 "Cache full", "Instances"})
        self.assertEqual({panel["type"] for panel in PANELS if panel["title"] in first}, {"stat"})

    def test_each_panel_says_what_it_is_in_which_unit(self):
        titles = [panel["title"] for panel in PANELS]
        self.assertEqual(len(set(titles)), len(titles))
        for panel in PANELS:
            with self.subTest(panel["title"]):
                self.assertIn(panel["type"], {"stat", "timeseries", "state-timeline", "table"})
                self.assertRegex(panel["description"], r"\.$")
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
                self.assertIsNone(steps[0]["value"], "the first step has no lower end")
                bounds = [step["value"] for step in steps[1:]]
                self.assertEqual(bounds, sorted(set(bounds)))

    def test_each_target_asks_the_data_source_that_was_chosen(self):
        for panel, target in TARGETS:
            with self.subTest(panel["title"]):
                self.assertEqual(target["datasource"], {"type": "prometheus", "uid": "${datasource}"})
                self.assertEqual(panel["datasource"], target["datasource"])
        for panel in PANELS:
            letters = [target["refId"] for target in panel["targets"]]
            self.assertEqual(len(set(letters)), len(letters), panel["title"])


class Questions(unittest.TestCase):
    def setUp(self):
        self.known = catalogue.metrics()

    def test_every_metric_and_label_is_in_the_catalogue(self):
        for panel, target in TARGETS:
            with self.subTest(panel["title"]):
                tree = promql.parse(asked(target["expr"]), self.known)
                shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
                self.assertLessEqual(shown, tree.labels)

    def test_windows_follow_the_zoom(self):
        for panel, target in TARGETS:
            self.assertEqual(set(re.findall(r"\[(.*?)\]", target["expr"])) - {"$__rate_interval"}, set(), panel["title"])

    def test_every_question_is_about_what_was_chosen(self):
        for panel, target in TARGETS:
            for node in promql.parse(asked(target["expr"]), self.known).all():
                if node.metric:
                    self.assertLessEqual({("job", "=~", "$job"), ("instance", "=~", "$instance")}, set(node.matchers),
                                         panel["title"])

    def test_every_variable_is_defined_and_used(self):
        self.assertEqual(list(VARIABLES), ["datasource", "job", "instance", "plane"])
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"]))) - {"__rate_interval"}
        self.assertEqual(used, set(VARIABLES))

    def test_variables_offer_labels_that_there_are(self):
        self.assertEqual(VARIABLES["datasource"]["query"], "prometheus")
        for name in ("job", "instance", "plane"):
            with self.subTest(name):
                variable = VARIABLES[name]
                self.assertEqual(variable["allValue"], ".*")
                selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
                self.assertEqual(label, name)
                self.assertIn(label, promql.parse(selector, self.known).labels)


class Provisioning(unittest.TestCase):
    """Where deploy/compose.yaml mounts these: provisioning at /etc/grafana/provisioning, the dashboard where it says."""

    def read(self, path):
        return plain_yaml.load_all((GRAFANA / "provisioning" / path).read_text(encoding="utf-8"))[0]

    def test_the_data_source_is_the_prometheus_beside_it_at_its_pace(self):
        source = self.read("datasources/prometheus.yaml")["datasources"][0]
        self.assertEqual((source["type"], source["url"], source["isDefault"]), ("prometheus", "http://prometheus:9090", "true"))
        scraped = plain_yaml.load_all((catalogue.DEPLOY / "prometheus" / "prometheus.yaml").read_text(encoding="utf-8"))[0]
        self.assertEqual(source["jsonData"]["timeInterval"], scraped["global"]["scrape_interval"])

    def test_dashboards_come_from_files(self):
        provider = self.read("dashboards/sidecache.yaml")["providers"][0]
        self.assertEqual((provider["type"], provider["options"]["path"]), ("file", "/var/lib/grafana/dashboards"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
