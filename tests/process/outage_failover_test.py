"""Two control planes: the second takes over at once, and the first is used again when it is well."""

import time
import unittest

from harness import request, run, wait_until
from outage_case import KEY, Case, Outage
from scripted_control_plane import answers
from wire import message

OK = message("HTTP/1.1 200 OK", [("Content-Type", "application/json"), ("Content-Length", 2)], b"{}")


def asked(plane):
    return sum(len(each) for each in list(plane._requests.values()))


class Failover(Case):
    def setUp(self):
        self.first = self.enterContext(Outage())
        self.second = self.enterContext(Outage())
        self.urls = f"{self.first.url},{self.second.url}"
        self.fresh = 0

    def start_both(self, *flags):
        self.start("", "--upstream-urls", self.urls, *flags)

    def miss(self):
        """A lookup of something that nobody has asked for yet."""
        self.fresh += 1
        return self.lookup(f"miss-{self.fresh}")

    def test_the_second_answers_while_the_first_is_gone_and_the_first_again_when_it_is_back(self):
        self.start_both("--breaker-open-for", "200ms")
        self.assertEqual([self.miss().status for _ in range(10)], [200] * 10)
        self.assertEqual((asked(self.first), asked(self.second)), (10, 0))

        self.first.go()
        begun = time.monotonic()
        while time.monotonic() < begun + 2:
            self.assertEqual(self.miss().status, 200)
        self.assertEqual(self.metric("sidecache_breaker_state", upstream=self.first.url.split("//")[1]), 2)
        self.assertLessEqual(len(self.first.attempts_since(begun + 0.5)), 9, "a probe each 200 ms")
        write = request(self.base, "/v1/integrations", "POST", KEY, b"{}")
        self.assertEqual(write.status, 200)
        self.assertEqual(len(self.second.requests("/v1/integrations")), 1)

        self.first.come_back()
        wait_until(lambda: self.miss().status == 200 and self.metric("sidecache_breaker_state") == 0, "both are well")
        before = asked(self.second)
        self.assertEqual([self.miss().status for _ in range(10)], [200] * 10)
        self.assertEqual(asked(self.second), before)

    def test_checks_find_out_before_anybody_asks(self):
        self.first.on("/health", answers(OK))
        self.start_both("--upstream-check-path", "/health", "--upstream-check-interval", "50ms",
                        "--breaker-open-for", "50ms")
        wait_until(lambda: len(self.first.requests("/health")) >= 3 and len(self.second.requests("/health")) >= 3, "checked")
        self.assertFalse(self.first.requests("/health")[0].has("x-portkey-api-key"))
        self.first.go()
        where = self.first.url.split("//")[1]
        wait_until(lambda: self.metric("sidecache_breaker_changes_total", upstream=where, state="open") >= 1, "ejected")
        self.first.come_back()
        self.wait_metric(0, "sidecache_breaker_state", upstream=where)
        self.assertEqual(self.miss().status, 200)

    def test_a_late_lookup_is_asked_at_the_other_too(self):
        self.start_both("--upstream-hedging", "on")
        for _ in range(20):
            self.miss()
        late = "/v1/integrations/late"

        def stalls(talk):
            talk.read_body()
            talk.ended()
            return False
        self.first.on(late, stalls)
        self.assertEqual(self.lookup("late").status, 200)
        self.assertEqual((len(self.first.requests(late)), len(self.second.requests(late))), (1, 1))
        self.assertEqual(self.metric("sidecache_upstream_retries_total", result="hedge_won"), 1)
        self.assertEqual(self.metric("sidecache_upstream_requests_total", code="reset"), 0, "stopping it is no failure")

    def test_one_url_and_several_are_a_mistake(self):
        code, _, said = run("serve", "--upstream", self.first.url, "--upstream-urls", self.urls)
        self.assertEqual(code, 64)
        self.assertIn("either upstream.urls or upstream.url", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
