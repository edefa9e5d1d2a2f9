"""mTLS, and certificates that are replaced while sidecache runs."""

import contextlib
import os
import pathlib
import ssl
import unittest

from certificates import Authority, replace
from harness import wait_until
from tls_test_case import TlsTest


class Mutual(TlsTest):
    def test_only_clients_of_the_authority_are_served(self):
        strangers = Authority(self.folder, "strangers")
        with self.serving("--tls-client-ca-file", self.authority.certificate) as proxy:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                known = self.trusting(self.authority.issue("client"))
                known.minimum_version = known.maximum_version = version
                first = self.connect(self.where(proxy), known)
                self.assert_served(first)
                self.assertTrue(self.connect(self.where(proxy), known, first.session).session_reused)
                for certificate in (None, strangers.issue("stranger")):
                    context = self.trusting(certificate)
                    context.minimum_version = context.maximum_version = version
                    with self.assertRaises(ssl.SSLError) as refused:
                        self.ask(self.connect(self.where(proxy), context))
                    self.assertNotIsInstance(refused.exception, ssl.SSLEOFError)  # an alert says why
            self.await_handshakes(proxy, "client_certificate", 4)
            self.assertEqual(self.origin.asked("good"), 1)

    def test_a_session_of_another_authority_time_is_not_resumed(self):
        authorities = self.folder / "clients.pem"
        replace(self.authority.certificate, authorities)
        others = Authority(self.folder, "others")
        with self.serving("--tls-client-ca-file", str(authorities)) as proxy:
            known = self.trusting(self.authority.issue("client"))
            first = self.connect(self.where(proxy), known)
            self.assert_served(first)
            replace(others.certificate, authorities)
            wait_until(lambda: self.metric(proxy, 'sidecache_tls_reloads_total{result="taken"}') == 1, "reloaded")
            with self.assertRaises(ssl.SSLError):
                self.ask(self.connect(self.where(proxy), known, first.session))
            self.assert_served(first)
            self.assert_served(self.connect(self.where(proxy), self.trusting(others.issue("new-client"))))


class Replaced(TlsTest):
    def shown(self, proxy):
        """The common name of the certificate that a new connection is shown."""
        with contextlib.closing(self.connect(self.where(proxy))) as connection:
            return dict(part[0] for part in connection.getpeercert()["subject"])["commonName"]

    def reloads(self, proxy, result):
        return self.metric(proxy, f'sidecache_tls_reloads_total{{result="{result}"}}')

    def test_new_connections_get_the_new_certificate_and_old_ones_go_on(self):
        with self.serving() as proxy:
            before = self.connect(self.where(proxy))
            self.assert_served(before)
            expiry = self.metric(proxy, "sidecache_tls_certificate_expiry_timestamp_seconds")
            certificate, key = self.authority.issue("renewed", days=30)
            replace(key, self.key)
            wait_until(lambda: self.reloads(proxy, "refused") == 1, "a key that does not fit is refused")
            self.assertEqual(self.shown(proxy), "server")
            self.assertIn("the certificate from before stays", proxy.stderr())
            replace(certificate, self.certificate)
            wait_until(lambda: self.shown(proxy) == "renewed", "the new certificate is shown")
            self.assertEqual(self.reloads(proxy, "taken"), 1)
            later = self.metric(proxy, "sidecache_tls_certificate_expiry_timestamp_seconds")
            self.assertEqual(round((later - expiry) / 86400), 28)
            self.assert_served(before)

    def test_a_file_that_is_gone_or_broken_changes_nothing(self):
        with self.serving() as proxy:
            os.unlink(self.certificate)
            wait_until(lambda: self.reloads(proxy, "refused") == 1, "it is missed")
            self.assertEqual(self.shown(proxy), "server")
            pathlib.Path(self.certificate).write_text("-----BEGIN CERTIFICATE-----\nhalf", encoding="ascii")
            wait_until(lambda: self.reloads(proxy, "refused") == 2, "half a file is refused")
            self.assertEqual(self.shown(proxy), "server")

    def test_a_directory_that_is_swapped_behind_a_link(self):
        """As Kubernetes updates a mounted secret: DIR/tls.crt -> ..data/tls.crt, ..data -> ..1, and then -> ..2."""
        mount = self.folder / "mount"
        for version, (certificate, key) in enumerate((self.authority.issue("one"), self.authority.issue("two")), 1):
            (mount / f"..{version}").mkdir(parents=True)
            replace(certificate, mount / f"..{version}" / "tls.crt")
            replace(key, mount / f"..{version}" / "tls.key")
        os.symlink("..1", mount / "..data")
        for name in ("tls.crt", "tls.key"):
            os.symlink(f"..data/{name}", mount / name)
        self.certificate, self.key = str(mount / "tls.crt"), str(mount / "tls.key")
        with self.serving() as proxy:
            self.assertEqual(self.shown(proxy), "one")
            os.symlink("..2", mount / "..data-new")
            os.replace(mount / "..data-new", mount / "..data")
            wait_until(lambda: self.shown(proxy) == "two", "the other certificate is shown")
            self.assertEqual((self.reloads(proxy, "taken"), self.reloads(proxy, "refused")), (1, 0))


if __name__ == "__main__":
    unittest.main()
