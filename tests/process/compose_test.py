"""deploy/compose.yaml: what it mounts, builds and names is there. tests/deploy/image_test.py starts its services."""

import pathlib
import re
import unittest

import plain_yaml

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy"
[COMPOSE] = plain_yaml.load_all((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]


class Compose(unittest.TestCase):
    def test_there_is_all_that_it_takes_to_see_sidecache_at_work(self):
        self.assertEqual(set(SERVICES), {"mock", "sidecache", "prometheus", "grafana"})
        for name, service in SERVICES.items():
            self.assertLessEqual(set(service.get("depends_on", [])), set(SERVICES), name)

    def test_everything_that_is_mounted_or_built_from_is_there(self):
        build = SERVICES["sidecache"]["build"]
        self.assertTrue((FOLDER / build["context"] / build["dockerfile"]).is_file())
        for name, service in SERVICES.items():
            for volume in service.get("volumes", []):
                with self.subTest(f"{name}: {volume}"):
                    here, _, mode = volume.split(":")
                    self.assertTrue((FOLDER / here).exists())
                    self.assertEqual(mode, "ro")

    def test_only_loopback_is_published(self):
        for name, service in SERVICES.items():
            for port in service.get("ports", []):
                self.assertRegex(port, r"^127\.0\.0\.1:(\d+):\1$", name)

    def test_what_asks_another_asks_a_service_that_there_is(self):
        scraped = (FOLDER / "prometheus/prometheus.yaml").read_text(encoding="utf-8")
        self.assertIn("sidecache:9401", scraped)
        source = (FOLDER / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8")
        self.assertIn("url: http://prometheus:9090", source)
        provider = (FOLDER / "grafana/provisioning/dashboards/sidecache.yaml").read_text(encoding="utf-8")
        shown = re.search(r"path: (\S+)", provider)[1]
        self.assertIn(f"./grafana/sidecache.json:{shown}/sidecache.json:ro", SERVICES["grafana"]["volumes"])
        home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        self.assertEqual(home, f"{shown}/sidecache.json")
        config = next(each for each in SERVICES["prometheus"]["command"] if each.startswith("--config.file="))
        self.assertEqual(config, "--config.file=/etc/prometheus/prometheus.yaml")

    def test_our_services_may_do_nothing(self):
        for name in ("mock", "sidecache"):
            self.assertEqual((SERVICES[name]["read_only"], SERVICES[name]["cap_drop"], SERVICES[name]["security_opt"]),
                             ("true", ["ALL"], ["no-new-privileges"]), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
