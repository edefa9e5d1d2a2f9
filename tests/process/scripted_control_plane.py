"""A control plane on bare sockets whose every answer is written by the test, and which remembers what it was sent."""

import collections
import socket
import threading

from harness import wait_until
from wire import Head, Stream, ok, record


class Request(Head):
    def __init__(self, raw):
        super().__init__(raw)
        self.method, self.target, self.version = self.first_line.split(" ")
        self.body, self.trailers, self.complete = b"", [], False


class Conversation(Stream):
    """One connection of sidecache's to the control plane. `number` tells connections apart."""

    def __init__(self, connection, number):
        super().__init__(connection)
        self.number = number
        self.request = None

    def read_head(self):
        self.request = Request(self.until(b"\r\n\r\n"))
        return self.request

    def read_body(self):
        got = self.request
        if got.has("Transfer-Encoding"):
            got.body, got.trailers = self.chunks()
        else:
            got.body = self.exactly(int(got.get("Content-Length", 0)))
        got.complete = True
        return got.body

    def ended(self):
        """Waits until sidecache closes, in whichever way."""
        try:
            while self.more():
                self.kept = b""
        except ConnectionError:
            pass


class ControlPlane:
    """`on(path, what)`: `what(conversation)` is called when a request's head was read and owns the conversation until it
    returns; true keeps the connection. Without one, the body is read and a record by the path's last segment answered.
    """

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._scripts = {}
        self._conversations = []
        self._requests = collections.defaultdict(list)
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def on(self, path, what):
        with self._lock:
            self._scripts[path] = what

    def bytes_received(self):
        with self._lock:
            return sum(each.received for each in self._conversations)

    def requests(self, path):
        """Those whose head came, in order."""
        with self._lock:
            return list(self._requests[path])

    def one_request(self, path):
        return wait_until(lambda: self.requests(path), f"a request of {path}")[0]

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                talk = Conversation(connection, len(self._conversations))
                self._conversations.append(talk)
            threading.Thread(target=self._talk, args=(talk,), daemon=True).start()

    def _talk(self, talk):
        try:
            talk.socket.settimeout(None)  # a kept connection may stay unused
            while True:
                got = talk.read_head()
                got.connection = talk.number
                path = got.target.split("?")[0]
                with self._lock:
                    self._requests[path].append(got)
                    what = self._scripts.get(path, answers_a_record)
                if not what(talk):
                    return
        except (OSError, EOFError, ValueError):
            pass  # sidecache hung up, which tests provoke
        finally:
            talk.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._lock:
            everything = [self._listener, *(each.socket for each in self._conversations)]
        for one in everything:  # shutdown wakes a thread that waits in accept or recv; close alone doesn't
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._listener.close()


def answers_a_record(talk):
    talk.read_body()
    body = record(talk.request.target.split("?")[0].rsplit("/", 1)[-1])
    talk.send(ok(b"" if talk.request.method == "HEAD" else body))
    return True


def answers(data, keep=True):
    def what(talk):
        talk.read_body()
        talk.send(data)
        return keep
    return what
