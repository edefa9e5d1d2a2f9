"""sidecache and those it is compared with: how each is configured, started and known to be ready.

All answer the same record of 1.5 KB from memory (nginx: from files in the page cache, as it does), keep connections
alive on both sides, have one worker and no access log of their own; sidecache has its metrics and its sampled access
line on, as by default. Each has a port that caches, and one that only proxies (`through`).

Where a peer can't do what sidecache does it is let off: HAProxy's cache is keyed by host and path alone, not by
credential, and it is not made to; Varnish and nginx are keyed by both credential headers.
"""

import http.client
import os
import shutil

from .processes import Process, Trouble, free_port, wait_until

KEY = "2xJ0f8m3qK7yVb1nTzR5cWd9"
TTL = 3600  # seconds, at every peer: nothing ends during a run
HOST = "127.0.0.1"  # without the port: some have it in their key, and a record must be one by all ports
WARM = "/v1/integrations/openai-prod"


def get(port, target, headers=None):
    """Status, header fields and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", target, headers={"Host": HOST, "x-portkey-api-key": KEY, **(headers or {})})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def ready(port):
    try:
        return get(port, WARM)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


class Peer:
    """Running from its construction on. `place` is a folder of its own, `core` where it runs (None: anywhere)."""

    name = label = None
    package = program = None  # what must be installed
    port = through = tls = None

    def __init__(self, bench, place, core, **wishes):
        self.bench, self.place, self.core = bench, place, core
        os.makedirs(place, exist_ok=True)
        self.process = self.start(**wishes)
        wait_until(lambda: ready(self.port), f"{self.name} ready: {self.process.said()[-500:]}")

    def write(self, name, text):
        path = self.place / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *command, **more):
        return Process(command, self.place / "log", self.core, **more)

    def stop(self):
        self.process.stop()
        shutil.rmtree(self.place, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Sidecache(Peer):
    name, label = "sidecache", "sidecache"

    def start(self, flags=(), env=None):
        token = self.write("token", "a-token-for-the-bench")
        listen = "127.0.0.1:0,https://127.0.0.1:0" if self.bench.certificate else "127.0.0.1:0"
        tls = ("--tls-certificate-file", self.bench.certificate) if self.bench.certificate else ()
        running = self.run(
            self.bench.program("sidecache"), "serve", "--listen", listen, *tls, "--metrics-listen", "127.0.0.1:0",
            "--admin-listen", "127.0.0.1:0", "--admin-token-file", token, "--upstream", self.bench.origin.url,
            "--cache-ttl", f"{TTL}s", "--limits-requests-per-connection", "0", "--limits-connections", "12000",
            "--limits-connections-per-client", "12000", *flags, env=env)
        self.port = int(running.line_matching(r"^listening: proxy http://127.0.0.1:(\d+)$").group(1))
        self.through = self.port
        if tls:
            self.tls = int(running.line_matching(r"^listening: proxy https://127.0.0.1:(\d+)$").group(1))
        self.metrics = int(running.line_matching(r"^listening: metrics http://127.0.0.1:(\d+)$").group(1))
        self.admin = int(running.line_matching(r"^listening: admin http://127.0.0.1:(\d+)$").group(1))
        return running


class Bare(Peer):
    """The floor: sends the bytes of sidecache's own hit and parses nothing."""

    name, label = "bare", "bare epoll"

    def start(self, answer, threads=1):
        path = self.place / "answer"
        path.write_bytes(answer)
        running = self.run(self.bench.program("bench/bare_epoll"), path, str(threads))
        self.port = int(running.line_matching(r"^listening: bare http://127.0.0.1:(\d+)$").group(1))
        return running


class Relay(Peer):
    """The floor of misses and pass-throughs: coroutines on Asio that pass bytes and do nothing else."""

    name, label = "relay", "bare relay"

    def start(self):
        running = self.run(self.bench.program("bench/bare_relay"), self.bench.origin.port)
        self.port = self.through = int(running.line_matching(r"^listening: relay http://127.0.0.1:(\d+)$").group(1))
        return running


class Nginx(Peer):
    name, label, package, program = "nginx", "nginx", "nginx", "/usr/sbin/nginx"

    def start(self):
        self.port, self.through, self.tls = free_port(), free_port(), free_port()
        certificate = self.bench.certificate
        tls = f"listen 127.0.0.1:{self.tls} ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate};"
        user = "user root;" if os.getuid() == 0 else ""
        config = self.write("nginx.conf", f"""
{user} daemon off; worker_processes 1; pid {self.place}/pid; error_log stderr error;
worker_rlimit_nofile 20000;
events {{ worker_connections 12000; multi_accept on; }}
http {{
  access_log off; sendfile on; tcp_nopush on;
  keepalive_timeout 1h; keepalive_requests 1000000000;
  proxy_temp_path {self.place}/tmp; client_body_temp_path {self.place}/body; fastcgi_temp_path {self.place}/f;
  uwsgi_temp_path {self.place}/u; scgi_temp_path {self.place}/s;
  proxy_cache_path {self.place}/cache levels=1:2 keys_zone=records:64m max_size=4g inactive=1d use_temp_path=off;
  open_file_cache max=10000 inactive=1h; open_file_cache_valid 1h;
  upstream origin {{ server {self.bench.origin.address}; keepalive 64; keepalive_requests 1000000000; }}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
  server {{
    listen 127.0.0.1:{self.port} backlog=4096; {tls if certificate else ""}
    location / {{
      proxy_pass http://origin; proxy_cache records; proxy_cache_lock on;
      proxy_cache_key "$request_uri $http_authorization $http_x_portkey_api_key";
      proxy_cache_valid 200 1h; proxy_cache_use_stale updating error timeout; proxy_cache_background_update on;
    }}
  }}
  server {{
    listen 127.0.0.1:{self.through};
    location / {{ proxy_pass http://origin; proxy_max_temp_file_size 0; }}
  }}
}}
""")
        return self.run(self.program, "-p", self.place, "-c", config, "-e", "stderr")


class Haproxy(Peer):
    name, label, package, program = "haproxy", "HAProxy", "haproxy", "/usr/sbin/haproxy"

    def start(self, cache_mib=512):
        self.port, self.through, self.tls = free_port(), free_port(), free_port()
        tls = f"bind 127.0.0.1:{self.tls} ssl crt {self.bench.certificate}" if self.bench.certificate else ""
        config = self.write("haproxy.cfg", f"""
global
  nbthread 1
  maxconn 12000
  no strict-limits
  ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1m
  timeout http-keep-alive 1h
cache records
  total-max-size {cache_mib}
  max-object-size 65536
  max-age {TTL}
frontend hits
  bind 127.0.0.1:{self.port} backlog 4096
  {tls}
  http-request cache-use records
  http-response cache-store records
  default_backend origin
frontend through
  bind 127.0.0.1:{self.through}
  default_backend origin
backend origin
  http-reuse always
  server origin {self.bench.origin.address}
""")
        return self.run(self.program, "-db", "-f", config)


class Varnish(Peer):
    name, label, package, program = "varnish", "Varnish", "varnish", "/usr/sbin/varnishd"

    def start(self):
        self.port, self.through = free_port(), free_port()
        host, port = self.bench.origin.address.split(":")
        recipe = self.write("records.vcl", f"""vcl 4.1;
backend origin {{ .host = "{host}"; .port = "{port}"; }}
sub vcl_recv {{
  if (local.socket == "through") {{ return (pass); }}
  return (hash);
}}
sub vcl_hash {{ hash_data(req.http.x-portkey-api-key); hash_data(req.http.Authorization); }}
""")
        return self.run(
            self.program, "-F", "-j", "none", "-n", self.place / "work", "-f", recipe, "-s", "malloc,1G", "-T", "none",
            "-a", f"hits=127.0.0.1:{self.port}", "-a", f"through=127.0.0.1:{self.through}", "-p", "thread_pools=1",
            "-p", "thread_pool_min=100", "-p", "thread_pool_max=5000", "-p", "listen_depth=4096",
            "-p", "timeout_idle=3600")


KINDS = {kind.name: kind for kind in (Sidecache, Bare, Relay, Haproxy, Nginx, Varnish)}


def version(kind, bench):
    """What it says of itself, for the results."""
    from .processes import run
    asks = {"sidecache": (bench.program("sidecache"), "version"), "nginx": (Nginx.program, "-v"),
            "haproxy": (Haproxy.program, "-v"), "varnish": (Varnish.program, "-V")}
    if kind not in asks:
        return None
    try:
        return run(asks[kind], check=False).strip().splitlines()[0]
    except (OSError, IndexError):
        raise Trouble(f"{kind} is not installed: `./dev bench` does that") from None
