"""A control plane that goes, comes back, or fails now and then: who is asked, how often, and what clients get."""

import itertools
import time
import unittest

from outage_case import KEY, Case, Outage
from harness import request, wait_until
from scripted_control_plane import answers, answers_a_record
from wire import Client, message, record

UNAVAILABLE = message("HTTP/1.1 503 Service Unavailable", [("Content-Type", "application/json"), ("Content-Length", 2)], b"{}")
SHORT_LIVED = ("--cache-ttl", "20ms", "--cache-stale-while-revalidate", "0s")


def ends(talk):
    """The request is read, and the connection ends without an answer."""
    talk.read_body()
    return False


def first(*several):
    """What each further request is answered by; the last goes on."""
    left = list(several)

    def what(talk):
        return (left.pop(0) if len(left) > 1 else left[0])(talk)
    return what


class Gone(Case):
    def setUp(self):
        self.plane = self.enterContext(Outage())

    def test_it_is_asked_once_a_second_and_known_records_go_on(self):
        self.start(self.plane.url, *SHORT_LIVED)
        slugs = [f"known-{i}" for i in range(50)]
        for slug in slugs:
            self.assertEqual(self.lookup(slug).status, 200)
        self.plane.go()
        begun = time.monotonic()
        every = self.load(4, slugs)
        self.assertGreater(len(every), 200)
        wrong = [one for one in every if one.status != 200]
        self.assertEqual(wrong, [])
        self.assertEqual(self.metric("sidecache_breaker_changes_total", state="open") >= 1, True)
        late = self.plane.attempts_since(begun + 1)
        self.assertLessEqual(len(late), 4, "one a second in three seconds, and one at the edge")
        self.assertGreaterEqual(len(late), 2, "it is probed")

        unknown = self.lookup("unknown")
        self.assertEqual((unknown.status, unknown.headers["Retry-After"]), (503, "1"), unknown)

        self.plane.come_back()
        wait_until(lambda: "stale" not in (a := self.lookup(slugs[0])).cache_status() and a.status == 200 and
                   self.metric("sidecache_breaker_state") == 0, "its breaker is closed again")
        self.assertEqual(self.lookup("unknown").status, 200)

    def test_writes_are_tried_all_the_same_and_lists_are_not(self):
        self.start(self.plane.url, "--breaker-open-for", "10m")
        self.plane.go()
        for i in range(5):
            self.lookup(f"any-{i}")
        self.wait_metric(2, "sidecache_breaker_state")
        before = time.monotonic()
        self.assertEqual(request(self.base, "/v1/integrations", headers=KEY).status, 503)
        self.assertEqual(self.plane.attempts_since(before), [])
        write = request(self.base, "/v1/integrations", "POST", {**KEY, "content-type": "application/json"}, b"{}")
        self.assertEqual(write.status, 502)
        self.assertEqual(len(self.plane.attempts_since(before)), 1)


    def test_one_that_answers_nothing_is_found_out_long_before_its_deadline(self):
        self.start(self.plane.url, "--breaker-slow-after", "300ms", "--breaker-slow-percent", "2", "--breaker-open-for",
                   "10m", "--upstream-timeout", "15s")

        def silent(talk):
            talk.read_body()
            talk.ended()
            return False
        crowd = [f"silent-{i}" for i in range(6)]
        for slug in crowd:
            self.plane.on(f"/v1/integrations/{slug}", silent)
        begun = time.monotonic()
        clients = [self.enterContext(Client(self.base)) for _ in crowd]
        for client, slug in zip(clients, crowd):
            client.send(message(f"GET /v1/integrations/{slug} HTTP/1.1", [("Host", "h"), *KEY.items()]))
        wait_until(lambda: all(self.plane.requests(f"/v1/integrations/{slug}") for slug in crowd), "all are asked")
        fresh = itertools.count()
        wait_until(lambda: self.lookup(f"another-{next(fresh)}").status == 503, "nothing is asked any more")
        self.assertLess(time.monotonic() - begun, 10, "before their deadline")
        self.assertEqual(self.metric("sidecache_breaker_state"), 2)


class Failing(Case):
    """One control plane that fails now and then; its breaker stays closed for want of requests."""

    def setUp(self):
        self.plane = self.enterContext(Outage())
        self.start(self.plane.url, "--breaker-least-requests", "1000")

    def test_a_lookup_is_sent_again_once(self):
        for number, failure in enumerate((ends, answers(UNAVAILABLE))):  # the first on a fresh connection
            slug = f"again-{number}"
            self.plane.on(f"/v1/integrations/{slug}", first(failure, answers_a_record))
            got = self.lookup(slug)
            self.assertEqual((got.status, got.body), (200, record(slug)))
            self.assertEqual(len(self.plane.requests(f"/v1/integrations/{slug}")), 2)
        self.assertEqual(self.metric("sidecache_upstream_retries_total", result="retried"), 2)

        self.plane.on("/v1/integrations/never", answers(UNAVAILABLE))
        self.assertEqual(self.lookup("never").status, 503)
        self.assertEqual(len(self.plane.requests("/v1/integrations/never")), 2)

    def test_a_list_is_sent_again_and_a_write_is_not(self):
        self.plane.on("/v1/integrations", first(ends, answers_a_record))
        self.assertEqual(request(self.base, "/v1/integrations", headers=KEY).status, 200)
        self.assertEqual(len(self.plane.requests("/v1/integrations")), 2)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            path = f"/v1/integrations/{method.lower()}"
            for number, failure in enumerate((ends, answers(UNAVAILABLE)), 1):
                self.plane.on(path, failure)
                self.assertIn(request(self.base, path, method, KEY, b"{}").status, (502, 503))
                self.assertEqual(len(self.plane.requests(path)), number, method)


if __name__ == "__main__":
    unittest.main(verbosity=2)
