"""Everything that a dashboard can show, made to happen: two planes before one mock control plane, with caches that are too
small, limits that are too low and TTLs that end soon."""

import http.client
import json
import pathlib
import signal
import socket
import ssl
import tempfile
import threading
import urllib.parse

from certificates import Authority
from harness import DEADLINE, Program, free_port, mock_control_plane, request, wait_until
from limits_case import connect, metric

KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
GATEWAY = {"Authorization": "demo-acme-client-auth", **KEY}
SELF = "/v2/api-keys/self/details?include_organisation=true&include_workspace=true"
TOKEN = "a-token-for-tests"
PER_CLIENT, CONNECTIONS = 16, 20


class World:
    """What it starts ends with the stack. `slugs` never repeat: what is asked for the first time is a miss."""

    def __init__(self, stack):
        self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.mock = stack.enter_context(mock_control_plane("--records", "1000000", "--etag", "--latency", "5ms"))
        self.authority = Authority(self.folder, "authority")
        certificate, key = self.authority.issue("server")
        self.proxy = stack.enter_context(Program(
            "serve", "--planes", json.dumps([self.plane("control", "admin", "/cp"), self.plane("gateways", "data", "/gw")]),
            "--metrics-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
            "--admin-token-file", self.file("token", TOKEN),
            "--tls-certificate-file", certificate, "--tls-key-file", key,
            "--sync-interval", "1s", "--sync-heal", "true", "--sync-peers", f"http://127.0.0.1:{free_port()}",
            "--sync-peer-secret-file", self.file("secret", "0123456789abcdef" * 2),
            "--limits-connections", str(CONNECTIONS), "--limits-connections-per-client", str(PER_CLIENT),
            "--limits-requests-per-connection", "5", "--shutdown-grace", "0s"))
        wait_until(lambda: request(self.proxy.url("metrics"), "/readyz").status == 200, "ready")
        self.base = self.proxy.url("proxy-control").removesuffix("/cp")
        self.admin = self.proxy.url("admin")
        self.slugs = (f"load-{number}" for number in range(1, 1_000_000))
        self.mine = self.get("/gw" + SELF, GATEWAY).json()["data"]

    def plane(self, name, kind, prefix):
        return {"name": name, "plane": kind, "prefix": prefix, "listen": ["127.0.0.1:0", "https://127.0.0.1:0"],
                "upstream": {"url": self.mock.url("mock"), "max_connections": 4, "concurrency": "fixed"},
                "breaker": {"least_requests": 4, "open_for": "50ms"},
                "cache": {"ttl": "200ms", "stale_while_revalidate": "2s" if kind == "admin" else "0s",
                          "refresh_ahead": 0, "max_bytes": "256KiB", "cool_down": "0s"}}

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def get(self, target, headers=KEY):
        return request(self.base, target, headers=headers)

    def lookup(self, slug, headers=KEY):
        return self.get(f"/cp/v1/integrations/{slug}", headers)

    def told(self, base, path, what, method="POST", headers=None):
        done = request(base, path, method, {"content-type": "application/json", **(headers or {})}, json.dumps(what))
        assert done.status < 300, (path, done)
        return done

    def gateway_record(self, family="configs", slug="pc-router"):
        return self.get(f"/gw/v2/{family}/{slug}?organisation_id={self.mine['organisation_id']}"
                        f"&workspace_id={self.mine['workspace_id']}", GATEWAY)

    def sync(self):
        return self.get(f"/gw/v1/organisation/{self.mine['organisation_id']}/sync/1?version=1.0.0&identifier=gateway",
                        {"Authorization": GATEWAY["Authorization"]})

    # What happens while all is well.

    def lookups(self):
        slug = next(self.slugs)
        for _ in range(10):
            self.lookup(slug)
        wait_until(lambda: "stale-while-revalidate" in self.lookup(slug).cache_status(), "its TTL is over")
        shared = next(self.slugs)
        clients = [threading.Thread(target=self.lookup, args=(shared,)) for _ in range(6)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        self.lookup(next(self.slugs), {"x-portkey-api-key": "nobody's"})
        self.get("/cp/v1/integrations")
        self.get("/of-no-plane")

    def too_much_for_memory(self):
        """Twice what the cache holds of records, and as much of denials as they may have."""
        ahead = [next(self.slugs) for _ in range(240)]
        unknown = [f"unknown-{slug}" for slug in ahead]

        def client(names):
            where = urllib.parse.urlsplit(self.base)
            for name in names:
                connection = http.client.HTTPConnection(where.hostname, where.port, timeout=DEADLINE)
                connection.request("GET", f"/cp/v1/integrations/{name}", headers=KEY)
                connection.getresponse().read()
                connection.close()
        clients = [threading.Thread(target=client, args=(names[number::4],)) for names in (ahead, unknown)
                   for number in range(4)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()

    def changes(self):
        self.lookup("openai-prod")
        self.told(self.base, "/cp/v1/integrations/openai-prod", {"description": "changed"}, "PUT", KEY)
        self.lookup("openai-prod")
        self.told(self.admin, "/api/purge", {"all": True}, headers={"Authorization": f"Bearer {TOKEN}"})
        self.proxy.signal(signal.SIGHUP)
        self.sync()
        self.gateway_record()
        self.told(self.mock.url("mock"), "/__mock/edit",
                  {"kind": "configs", "slug": "pc-router", "workspace": "acme-prod", "organisation": "acme",
                   "patch": {"name": "changed"}})
        assert "pc-router" in self.sync().body.decode()
        self.gateway_record()

    def limits(self):
        where = urllib.parse.urlsplit(self.base)
        kept = http.client.HTTPConnection(where.hostname, where.port, timeout=DEADLINE)
        for _ in range(5):
            kept.request("GET", "/cp/v1/integrations/openai-prod", headers=KEY)
            kept.getresponse().read()
        kept.close()
        trusting = ssl.create_default_context(cafile=self.authority.certificate)
        secure = next(line.split()[-1] for line in self.proxy.stdout().splitlines() if "https://" in line)
        at = urllib.parse.urlsplit(secure)
        with socket.create_connection((at.hostname, at.port), timeout=DEADLINE) as plain:
            with trusting.wrap_socket(plain, server_hostname=at.hostname):
                pass
        self.flood()

    def flood(self):
        """More connections than one client may have, and than there may be."""
        held = [connect(self.base) for _ in range(PER_CLIENT + 1)]
        wait_until(lambda: metric(self.proxy, "sidecache_connections_refused_total", reason="client_limit"), "one too many")
        before = metric(self.proxy, "sidecache_connections_refused_total", reason="limit")
        held += [connect(self.base, "127.0.0.2") for _ in range(CONNECTIONS)]
        wait_until(lambda: metric(self.proxy, "sidecache_connections_refused_total", reason="limit") > before, "full")
        for each in held:
            each.close()
        wait_until(lambda: metric(self.proxy, "sidecache_client_connections") <= 2, "they have left")

    # What happens while it is not.

    def slow(self, until):
        """More lookups than there are connections wait for bodies that come in drips, until `until()`; a refresh that
        nobody waits for is kept from the control plane meanwhile."""
        known = next(self.slugs)
        self.lookup(known)
        self.told(self.mock.url("mock"), "/__mock/faults", {"kind": "slow_body", "bytes": 64, "ms": 100})
        over = threading.Event()

        def ask(slugs):
            for slug in slugs:
                if over.is_set():
                    return
                self.lookup(slug)

        def kept_back():
            self.lookup(known)
            return metric(self.proxy, "sidecache_upstream_shed_total", urgency="refresh")
        before = kept_back()
        clients = [threading.Thread(target=ask, args=([next(self.slugs) for _ in range(100)],)) for _ in range(6)]
        for each in clients:
            each.start()
        wait_until(lambda: kept_back() > before, "a refresh is kept back")  # while what is known may be revalidated
        wait_until(until, "the queue is seen")
        over.set()
        request(self.mock.url("mock"), "/__mock/faults", "DELETE")
        for each in clients:
            each.join()

    def outage(self, until):
        """The control plane fails until `until()`, and comes back."""
        slug = next(self.slugs)
        self.lookup(slug)
        self.gateway_record()
        self.told(self.mock.url("mock"), "/__mock/faults", {"kind": "error", "status": 503})

        def suffered():
            self.lookup(slug)
            self.lookup(next(self.slugs))
            self.gateway_record()
            return until()
        wait_until(suffered, "the outage is seen")
        request(self.mock.url("mock"), "/__mock/faults", "DELETE")

        def healthy():
            self.lookup(slug)
            self.gateway_record()
            return metric(self.proxy, "sidecache_breaker_state") == 0
        wait_until(healthy, "the breakers close")
        self.sync()

    def drill(self, until):
        token = {"Authorization": f"Bearer {TOKEN}"}
        self.told(self.admin, "/api/drill", {"for": "1m"}, headers=token)
        wait_until(until, "the drill is seen")
        self.told(self.admin, "/api/drill", {"for": "0s"}, headers=token)
