"""What tests of outages share: a control plane that goes and comes back and counts who knocks, and clients."""

import socket
import struct
import threading
import time
import unittest

from harness import request, sidecache, wait_until
from limits_case import metric
from scripted_control_plane import ControlPlane

KEY = {"x-portkey-api-key": "a-key"}


class Outage(ControlPlane):
    """While it is gone, whoever connects is reset. `attempts` are the times at which somebody did."""

    def __init__(self):
        self.gone = False
        self._attempts = []
        super().__init__()

    def _talk(self, talk):
        self._attempts.append(time.monotonic())
        if self.gone:
            talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            talk.close()
            return
        super()._talk(talk)

    def attempts_since(self, when):
        return [each for each in list(self._attempts) if each >= when]

    def go(self):
        self.gone = True
        with self._lock:
            kept = [each.socket for each in self._conversations]
        for one in kept:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def come_back(self):
        self.gone = False


class Case(unittest.TestCase):
    def start(self, url, *flags):
        self.proxy = self.enterContext(sidecache(url, "--shutdown-grace", "0s", *flags))
        self.base = self.proxy.url("proxy")
        return self.proxy

    def lookup(self, slug):
        return request(self.base, f"/v1/integrations/{slug}", headers=KEY)

    def metric(self, name, **labels):
        return metric(self.proxy, name, **labels)

    def wait_metric(self, value, name, **labels):
        wait_until(lambda: self.metric(name, **labels) == value, f"{name} {labels} is {value}")

    def load(self, seconds, slugs, threads=4):
        """Lookups as fast as they are answered, from several clients, for so long: every answer."""
        answers = []
        end = time.monotonic() + seconds

        def client(number):
            turn = number
            while time.monotonic() < end:
                answers.append(self.lookup(slugs[turn % len(slugs)]))
                turn += threads

        clients = [threading.Thread(target=client, args=(number,)) for number in range(threads)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        return answers
