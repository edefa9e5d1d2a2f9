"""A target for `sidecache replay` that does to each connection what a test wants, and remembers what it was asked."""

import contextlib
import re
import socket
import ssl
import threading

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Target:
    """`behave(target, connection)` answers a request: bytes to send, or None to close the connection.

    Listens on a free port of `host`, or on a Unix socket at `path`. tls: (certificate, key) files."""

    def __init__(self, behave=lambda target, connection: OK, path=None, tls=None, host="127.0.0.1"):
        self._behave = behave
        self._lock = threading.Lock()
        self._asked = []
        self.heads = []
        self.connections = 0
        self._open = set()
        self._context = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        if path:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(path)
            self._listener.listen(512)
            self.url = f"unix:{path}"
        else:
            self._listener = socket.create_server((host, 0), backlog=512)
            self.port = self._listener.getsockname()[1]
            self.url = f"http{'s' if tls else ''}://{host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def asked(self):
        with self._lock:
            return list(self._asked)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        got = b""
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            while True:
                while b"\r\n\r\n" not in got:
                    more = connection.recv(65536)
                    if not more:
                        return
                    got += more
                head, _, got = got.partition(b"\r\n\r\n")
                length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
                while length and len(got) < int(length.group(1)):
                    got += connection.recv(65536)
                got = got[int(length.group(1)):] if length else got
                target = head.split(b" ", 2)[1].decode()
                with self._lock:
                    self._asked.append(target)
                    self.heads.append(head.decode())
                answer = self._behave(target, connection)
                if answer is None:
                    return
                connection.sendall(answer)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


class OneAtATime:
    """Takes `seconds` for each answer, whoever asks: so many a second and no more."""

    def __init__(self, seconds):
        self._seconds = seconds
        self._lock = threading.Lock()

    def __call__(self, target, connection):
        with self._lock:
            threading.Event().wait(self._seconds)
        return OK


class StallOnce:
    """Answers at once, but that for `seconds`, once, nobody is answered: begun by the n-th request."""

    def __init__(self, after, seconds):
        self._after, self._seconds = after, seconds
        self._lock = threading.Lock()
        self._count = 0

    def __call__(self, target, connection):
        with self._lock:  # whoever comes meanwhile waits here
            self._count += 1
            if self._count == self._after:
                threading.Event().wait(self._seconds)  # the stall itself, which is what the test is about
        return OK
