"""Certificates for tests, made by the openssl program."""

import os
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL, capture_output=True)


class Authority:
    """A certificate that signs others; everything is a file in the folder."""

    def __init__(self, folder, name):
        self.folder = folder
        self.certificate, self.key = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
        self._new(name, self.certificate, self.key)

    def _new(self, name, certificate, key, *more, days=2):
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                 "-out", certificate, "-days", str(days), "-subj", f"/CN={name}", *more)

    def issue(self, name, days=2):
        """The files of a new certificate for loopback, and of its key."""
        certificate, key = str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")
        self._new(name, certificate, key, "-CA", self.certificate, "-CAkey", self.key,
                  "-addext", "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost", "-addext",
                  "basicConstraints=critical,CA:FALSE", days=days)
        return certificate, key


def replace(source, target):
    """As a careful installer does it: the new file takes the old one's name in one step."""
    with open(source, "rb") as made, open(f"{target}.new", "wb") as copy:
        copy.write(made.read())
    os.replace(f"{target}.new", target)
