"""Every panel of the dashboard and every rule is answered with data by a real Prometheus that scraped a real run, with all
that they show in it: hits and misses, evictions, writes, purges, syncs, limits, a slow control plane, an outage and a drill.

The configuration is deploy/prometheus/prometheus.yaml but for its target and its pace.
"""

import contextlib
import re
import time
import unittest

import catalogue
import promql
from dashboard_test import TARGETS, VARIABLES, asked
from harness import request, wait_until
from prometheus_server import answered, prometheus, query
from traffic import World

WINDOW = "10s"
FOLDER = catalogue.DEPLOY / "prometheus"

# What is truly 0 in a run in which nothing is that bad. They are answered, with 0.
ZERO_IS_WELL = {("Log lines lost", ""), ("Settings refused", ""), ("Mode is not on", ""), ("Records that gateways hold stale", "{{plane}} forgotten"),
                ("What no schema knows", "{{kind}} values"), ("What no schema knows", "{{kind}} fields"),
                ("Drills and recovery", "{{plane}} recovery")}


def files(target):
    configuration = (FOLDER / "prometheus.yaml").read_text(encoding="utf-8")
    assert configuration.count(": 15s") == 2 and configuration.count("sidecache:9401") == 1
    return {"prometheus.yaml": configuration.replace(": 15s", ": 1s").replace("sidecache:9401", target),
            "rules.yaml": (FOLDER / "rules.yaml").read_text(encoding="utf-8")}


def with_all_chosen(expression):
    """Variables as Grafana puts them in when All is chosen."""
    for name in ("job", "instance", "plane"):
        expression = expression.replace(f"${name}", VARIABLES[name]["allValue"])
    return asked(expression, WINDOW)


class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.known = catalogue.with_recorded()
        with contextlib.ExitStack() as stack:
            cls.world = World(stack)
            cls.server = stack.enter_context(prometheus(files(cls.world.proxy.url("metrics").removeprefix("http://"))))
            cls.began = time.time()
            wait_until(cls.scraped, "a first scrape")
            cls.happen()
            cls.addClassCleanup(stack.pop_all().close)

    @classmethod
    def scraped(cls, after=0.0):
        value = query(cls.server, "timestamp(sidecache_build_info)")
        return value is not None and value > after

    @classmethod
    def happen(cls):
        """Each kind of thing between two scrapes, twice: a rate takes a counter that was there before."""
        for _ in range(2):
            for what in (cls.world.lookups, cls.world.too_much_for_memory, cls.world.changes, cls.world.limits):
                what()
            done = time.time()
            wait_until(lambda at=done: cls.scraped(at), "a scrape after that")
            cls.world.outage(lambda: query(cls.server, "max(sidecache_breaker_state)") == 2
                             and (query(cls.server, "max(sidecache_stale_served_records)") or 0) > 0)
        cls.world.slow(lambda: query(cls.server, "max(sidecache_upstream_queue_waiting)")
                       and query(cls.server, "max(sidecache_buffered_bytes)"))
        cls.world.drill(lambda: query(cls.server, "max(sidecache_drill_active)") == 1)
        done = time.time()
        wait_until(lambda: cls.scraped(done), "a last scrape")

    def values(self, expression):
        """Every value that it had in the run, of all series."""
        result = answered(self.server, "query_range", query=expression, start=self.began, end=time.time(), step="1s")["result"]
        return [float(value) for series in result for _, value in series["values"] if value != "NaN"]

    def test_every_panel_is_answered_with_data(self):
        for panel, target in TARGETS:
            with self.subTest(panel["title"], legend=target["legendFormat"]):
                values = self.values(with_all_chosen(target["expr"]))
                self.assertTrue(values, "no data")
                if (panel["title"], target["legendFormat"]) not in ZERO_IS_WELL:
                    self.assertGreater(max(values), 0, "it never moved")

    def test_every_value_that_a_matcher_names_is_one(self):
        named = {(panel["title"], *each) for panel, target in TARGETS
                 for each in promql.literal_values(promql.parse(with_all_chosen(target["expr"]), self.known))}
        for kind in ("record", "alert"):
            named |= {(name, *each) for name, rule in catalogue.rules(kind).items()
                      for each in promql.literal_values(promql.parse(rule["expr"], self.known))}
        self.assertGreater(len(named), 30)
        for where, metric, label, value in sorted(named):
            there = answered(self.server, f"label/{label}/values", **{"match[]": metric})
            self.assertIn(value, there, f"{where}: {label} of {metric}")

    def test_every_variable_has_something_to_choose(self):
        for name in ("job", "instance", "plane"):
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", VARIABLES[name]["query"]["query"]).groups()
            offered = answered(self.server, f"label/{label}/values", **{"match[]": with_all_chosen(selector)})
            self.assertTrue(offered)
            if name == "plane":
                self.assertEqual(offered, ["control", "gateways"])

    def test_every_recorded_rule_is_recorded(self):
        for name in catalogue.rules("record"):
            with self.subTest(name):
                self.assertTrue(self.values(name), "no data")

    def test_both_sides_of_every_alert_are_answered_with_data(self):
        for alert, rule in catalogue.rules("alert").items():
            # An hour's offset has nothing to say in a run of seconds.
            expression = re.sub(r"offset \w+", "offset 1s", rule["expr"])
            for question in promql.questions(expression, promql.parse(expression, self.known)):
                with self.subTest(alert, question=question):
                    self.assertTrue(self.values(question), "no data")

    def test_rules_were_evaluated_without_an_error(self):
        groups = answered(self.server, "rules")["groups"]
        healths = {rule["name"]: (rule["health"], rule.get("lastError", "")) for group in groups for rule in group["rules"]}
        self.assertEqual(set(healths), set(catalogue.rules("record")) | set(catalogue.rules("alert")))
        self.assertEqual(set(healths.values()), {("ok", "")})

    def test_what_the_run_brought_about_is_noticed(self):
        # Pending, since none of it lasted. The certificate is one for two days.
        wait_until(lambda: {"SidecacheCertificateExpires", "SidecacheConnectionLimit", "SidecacheEvictionPressure"}
                   <= self.noticed(), "three alerts are pending")
        self.assertEqual(self.noticed() & {"SidecacheTargetDown", "SidecacheBreakerOpen", "SidecacheStaleNearsItsEnd"}, set())

    def noticed(self):
        return {each["labels"]["alertname"] for each in answered(self.server, "alerts")["alerts"]}

    def test_the_bound_of_the_cache_is_the_one_that_was_set(self):
        self.assertEqual(set(self.values("sidecache_cache_max_bytes")), {256 * 1024})

    def test_what_the_runbooks_ask_is_answered(self):
        runbooks = (catalogue.DEPLOY / "RUNBOOKS.md").read_text(encoding="utf-8")
        for question in {line for block in re.findall(r"```promql\n(.*?)```", runbooks, re.S) for line in block.splitlines()}:
            with self.subTest(question):
                self.assertTrue(self.values(question), "no data")
        where = {"9401": self.world.proxy.url("metrics"), "9402": self.world.proxy.url("admin")}
        pages = set(re.findall(r"^curl -\w+ http://127\.0\.0\.1:(940[12])(/\S*)$", runbooks, re.M))
        self.assertIn(("9402", "/api/coverage"), pages)
        for port, path in pages:
            self.assertEqual(request(where[port], path).status, 200, path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
