"""A control plane that has a record for everybody, over TLS if need be, for tests of what others configure."""

import contextlib
import ssl

import egress_proxy
import hostile_control_plane as hostile


class ControlPlane(egress_proxy.Listener):
    """Answers everything with a record, by TLS with a certificate that was given, and counts."""

    def __init__(self, certificate=None):
        self.asked = 0
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        super().__init__()
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"

    def serve(self, connection):
        by_tls = self._context
        with by_tls.wrap_socket(connection, server_side=True) if by_tls else contextlib.nullcontext(connection) as talk:
            head, rest = egress_proxy.read_head(talk)
            while head:
                self.asked += 1
                hostile.good("known")(talk, head)
                head, rest = egress_proxy.read_head(talk, rest)
