"""An egress proxy on bare sockets, and an https control plane behind it: both remember what they were asked.

The proxy resolves names by the test's own table, so that a control plane can be called cp.test while nothing on this
machine knows that name.
"""

import contextlib
import pathlib
import socket
import ssl
import subprocess
import threading

import hostile_control_plane as hostile

PAGE = b"a page of the proxy that no client should see"


class Listener:
    """Accepts on loopback, a thread a connection, until it is left; then everything that is open is closed."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._open = set()
        self._lock = threading.Lock()
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
                self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass  # one of the two hung up: that is how connections end
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def keep(self, connection):
        with self._lock:
            self._open.add(connection)

    def serve(self, connection):
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._lock:
            open_now = list(self._open)
        for one in [self._listener, *open_now]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def read_head(connection, kept=b""):
    """A head, and what came behind it; two empty ones at the connection's end."""
    while b"\r\n\r\n" not in kept:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        kept += more
    head, rest = kept.split(b"\r\n\r\n", 1)
    return head, rest


def pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class EgressProxy(Listener):
    """CONNECT and absolute-form. `names`: host:port -> the port on loopback that it means."""

    def __init__(self, names, credentials=None, status=None):
        self.heads = []  # of every request as it came, in order
        self._names, self._credentials, self._status = names, credentials, status
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"

    def refusal(self, head):
        if self._status:
            return self._status
        if self._credentials and f"Proxy-Authorization: Basic {self._credentials}" not in head:
            return 407
        return None

    def serve(self, connection):
        rest = b""
        while True:
            raw, rest = read_head(connection, rest)
            if not raw:
                return
            head = raw.decode("latin-1")
            self.heads.append(head)
            status = self.refusal(head)
            if status:
                connection.sendall(hostile.head_of(status, {"Proxy-Authenticate": 'Basic realm="x"',
                                                            "Content-Length": len(PAGE)}) + PAGE)
                continue
            method, target, _ = head.split("\r\n", 1)[0].split(" ")
            if method == "CONNECT":
                self.tunnel(connection, self._names[target], rest)
                return
            self.forward(connection, target, head)

    def tunnel(self, connection, port, rest):
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            self.keep(upstream)
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            upstream.sendall(rest)
            back = threading.Thread(target=pump, args=(upstream, connection), daemon=True)
            back.start()
            pump(connection, upstream)
            back.join()

    def forward(self, connection, target, head):
        """GET only, of answers that name their length."""
        host, _, path = target.removeprefix("http://").partition("/")
        lines = [line for line in head.split("\r\n")[1:] if not line.lower().startswith("proxy-")]
        port = self._names[host if ":" in host else host + ":80"]
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            self.keep(upstream)
            upstream.sendall("\r\n".join([f"GET /{path} HTTP/1.1", *lines, "", ""]).encode("latin-1"))
            answer, body = read_head(upstream)
            length = next(int(line.split(b":")[1]) for line in answer.lower().split(b"\r\n")
                          if line.startswith(b"content-length:"))
            while len(body) < length and (data := upstream.recv(65536)):
                body += data
        connection.sendall(answer + b"\r\n\r\n" + body)


class TlsControlPlane(Listener):
    """Answers every GET with a record of its slug. `name` stands in its certificate."""

    def __init__(self, folder, name):
        self.heads = []
        self.server_names = []
        self.ca_file, chain = make_certificates(pathlib.Path(folder), name)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain)
        self._context.sni_callback = lambda _socket, asked, _context: self.server_names.append(asked)
        super().__init__()

    def serve(self, connection):
        with self._context.wrap_socket(connection, server_side=True) as client:
            rest = b""
            while True:
                raw, rest = read_head(client, rest)
                if not raw:
                    return
                self.heads.append(raw.decode("latin-1"))
                slug = raw.split(b" ")[1].decode().rsplit("/", 1)[-1]
                hostile.good(slug)(client, raw)


def make_certificates(folder, name):
    """An authority of the test's own and a server's certificate by it: the paths of the one and of the chain."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)
    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(*new, "-x509", "-days", "1", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(*new, "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text(f"subjectAltName=DNS:{name}\n", encoding="ascii")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1",
            "-extfile", "names", "-out", "server.pem")
    chain = folder / "chain.pem"
    chain.write_bytes((folder / "server.key").read_bytes() + (folder / "server.pem").read_bytes())
    return str(folder / "ca.pem"), str(chain)
