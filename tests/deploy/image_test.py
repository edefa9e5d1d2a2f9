"""The image: built from its Dockerfile as it stands, looked into, started from its own root file system, asked for a record.

Nothing can be pulled here, so a debootstrap root stands for debian:bookworm-slim, by its name. The program is the one of
this build, unless DEPLOY_IMAGE_FROM_SOURCE is set: then the builder stage compiles it, in some minutes.
"""

import json
import os
import pathlib
import re
import signal
import unittest

import jsonschema

import debian_root
import plain_yaml
from debian_root import Inside, Root, call
from harness import PROGRAM, mock_control_plane, request, wait_until

PLACE = pathlib.Path(os.environ["DEPLOY_PLACE"])
HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
DOCKERFILE = SOURCE / "deploy/docker/Dockerfile"
BASE = "docker.io/library/debian:bookworm-slim"
KEY = {"x-portkey-api-key": "demo-acme-prod-key"}
RECORD = "/v1/integrations/openai-prod"


def buildah(*arguments, seconds=300):
    kept = ("--root", str(PLACE / "storage"), "--runroot", str(PLACE / "storage-run"), "--storage-driver", "vfs")
    # Health checks are of Docker's format alone.
    return call("buildah", *kept, *arguments, seconds=seconds, env={**os.environ, "BUILDAH_FORMAT": "docker"}).strip()


def make_base():
    """The root under the name that the Dockerfile gives."""
    with Root(debian_root.made_once(PLACE / "debian"), PLACE / "base") as root:
        call("rm", "-rf", str(root.path("/var/lib/apt/lists")))
        container = buildah("from", "scratch")
        buildah("add", "--quiet", container, str(root.place), "/")
    buildah("commit", "--quiet", "--rm", container, BASE)


def build():
    from_source = os.environ.get("DEPLOY_IMAGE_FROM_SOURCE")
    program = [] if from_source else ["--build-arg", "PROGRAM=build/release/sidecache"]
    buildah("bud", "--isolation", "chroot", "--pull-never", "-f", str(DOCKERFILE), "-t", "sidecache", *program,
            str(SOURCE), seconds=3600 if from_source else 300)


def storage_goes():
    call("rm", "-rf", str(PLACE / "storage"), str(PLACE / "storage-run"))


def setUpModule():
    global IMAGE, CONFIG, DEBS
    debian_root.need_root()
    storage_goes()
    unittest.addModuleCleanup(storage_goes)
    make_base()
    build()
    container = buildah("from", "--pull-never", "localhost/sidecache")
    IMAGE = Root.at(pathlib.Path(buildah("mount", container)))
    CONFIG = json.loads(buildah("inspect", "--type", "image", "localhost/sidecache"))["Docker"]["config"]
    debian_root.alone()


def said(*command, **how):
    """As the image's user."""
    return IMAGE.tried(*command, user=CONFIG["User"], read_only=(), **how)


class Content(unittest.TestCase):
    def test_it_runs_as_a_number_that_is_not_roots(self):
        self.assertEqual(CONFIG["User"], "65532:65532")
        self.assertEqual(said("id", "-un"), (0, "sidecache\n"))

    def test_it_says_what_it_is(self):
        labels = {name.removeprefix("org.opencontainers.image."): value for name, value in CONFIG["Labels"].items()}
        version = said("/usr/bin/sidecache", "version")[1].split()[1]
        self.assertEqual((labels["title"], labels["version"], labels["licenses"], labels["base.name"]),
                         ("sidecache", version, "MIT", BASE))
        self.assertEqual(set(CONFIG["ExposedPorts"]), {"9400/tcp", "9401/tcp"})

    def test_only_what_runs_is_in_it(self):
        for path in ("/source", "/out", "/var/lib/apt/lists/lock", "/usr/bin/clang++-19", "/usr/bin/cmake", "/usr/bin/gcc"):
            self.assertFalse(IMAGE.path(path).exists(), path)
        self.assertEqual(IMAGE.text("/usr/share/doc/sidecache/LICENSE"), (SOURCE / "LICENSE").read_text(encoding="utf-8"))
        self.assertTrue(IMAGE.path("/etc/ssl/certs/ca-certificates.crt").stat().st_size)
        self.assertNotIn("not found", said("ldd", "/usr/bin/sidecache")[1])
        writable = call("find", str(IMAGE.path("/usr/bin/sidecache")), str(IMAGE.path("/etc/sidecache")), "-perm", "/022")
        self.assertEqual(writable, "")

    def test_its_libraries_are_those_that_dpkg_shlibdeps_found_for_the_package(self):
        report = call("dpkg-shlibdeps", "-O", "--ignore-missing-info", PROGRAM, cwd=HERE / "shlibdeps", seconds=120)
        needed = {each.split()[0].removesuffix("-fmt9") for each in report.split("=", 1)[1].split(",")} - {"libc6"}
        named = re.search(r"no-install-recommends \\\n(.*?)\n && rm", DOCKERFILE.read_text(encoding="utf-8"), re.S)[1]
        listed = set(named.replace("\\", "").split())
        self.assertEqual(needed | {"ca-certificates"}, listed)


class Starts(unittest.TestCase):
    def setUp(self):
        self.control_plane = self.enterContext(mock_control_plane())
        self.given = {"SIDECACHE_UPSTREAM_URL": self.control_plane.url("mock")}

    def healthy(self):
        return said(*CONFIG["Healthcheck"]["Test"][1:])[0] == 0

    def test_it_answers_on_all_interfaces_and_is_healthy_then(self):
        self.assertEqual(CONFIG["Cmd"][0], "serve")
        self.assertEqual(CONFIG["Healthcheck"]["Test"][0], "CMD")
        self.assertFalse(self.healthy())
        with Inside(IMAGE, *CONFIG["Entrypoint"], *CONFIG["Cmd"], user=CONFIG["User"], read_only=(),
                    env=self.given) as proxy:
            wait_until(self.healthy, "healthy")
            # Not the address that a listener on loopback has, so it is all that there are.
            for status in ("fwd=uri-miss", "hit"):
                answer = request("http://127.0.0.2:9400", RECORD, headers=KEY)
                self.assertEqual((answer.status, answer.json()["slug"]), (200, "openai-prod"))
                self.assertIn(status, answer.cache_status())
            self.assertEqual(request("http://127.0.0.2:9401", "/readyz").status, 200)
            self.assertEqual(request("http://127.0.0.1:9402", "/api/stats").status, 200)
            with self.assertRaises(ConnectionRefusedError):
                request("http://127.0.0.2:9402", "/api/stats")
            proxy.signal(getattr(signal, CONFIG["StopSignal"]) if "StopSignal" in CONFIG else signal.SIGTERM)
            self.assertEqual(proxy.wait(), 0)
        self.assertFalse(self.healthy())


class Composed(unittest.TestCase):
    """Each service of deploy/compose.yaml that is ours, by its own command and environment; the others are other people's."""

    def started(self, service):
        command = service.get("command", CONFIG["Cmd"])
        return self.enterContext(Inside(IMAGE, *CONFIG["Entrypoint"], *command, user=CONFIG["User"], read_only=(),
                                        env=service.get("environment")))

    def test_sidecache_asks_the_mock(self):
        [compose] = plain_yaml.load_all((SOURCE / "deploy/compose.yaml").read_text(encoding="utf-8"))
        services = compose["services"]
        # As the container engine would have it: services find each other by their names.
        IMAGE.path("/etc/hosts").write_text(f"127.0.0.1 localhost {' '.join(services)}\n", encoding="ascii")
        self.started(services["mock"]).url("mock")
        proxy = self.started(services["sidecache"])
        proxy.url("admin")
        for status in ("fwd=uri-miss", "hit"):
            answer = request("http://127.0.0.2:9400", RECORD, headers=KEY)
            self.assertEqual(answer.status, 200, proxy.output())
            self.assertIn(status, answer.cache_status())
        published = [int(port.rsplit(":", 1)[1]) for port in services["sidecache"]["ports"]]
        for port, path in zip(published, (RECORD, "/metrics", "/api/stats"), strict=True):
            self.assertEqual(request(f"http://127.0.0.2:{port}", path, headers=KEY).status, 200, port)


class BillOfMaterials(unittest.TestCase):
    def document(self):
        return json.loads(call("/usr/bin/python3", "-B", str(SOURCE / "deploy/docker/sbom.py"), str(IMAGE.place)))

    def test_it_is_spdx(self):
        document = self.document()
        jsonschema.validate(document, json.loads((HERE / "spdx_2_3.schema.json").read_text(encoding="utf-8")))
        names = [each["SPDXID"] for each in document["packages"]]
        self.assertEqual(len(names), len(set(names)))
        for relation in document["relationships"]:
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, {*names, "SPDXRef-DOCUMENT"})
        licences = sorted({each["licenseDeclared"] for each in document["packages"]} - {"NOASSERTION"})
        self.assertIn("MIT", licences)
        script = "for (const each of process.argv.slice(1)) require('spdx-expression-parse')(each)"
        call("node", "-e", script, *licences, env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})

    def test_it_names_every_package_and_the_program(self):
        packages = {each["name"]: each for each in self.document()["packages"]}
        installed = dict(line.split() for line in IMAGE.run("dpkg-query", "-W", "-f", "${Package} ${Version}\n").splitlines())
        self.assertEqual({name: each["versionInfo"] for name, each in packages.items() if name in installed}, installed)
        self.assertEqual(set(packages) - set(installed), {"sidecache", "sidecache-image"})
        digest = call("sha256sum", str(IMAGE.path("/usr/bin/sidecache"))).split()[0]
        self.assertEqual(packages["sidecache"]["checksums"][0]["checksumValue"], digest)

    def test_the_same_image_gives_the_same_document(self):
        self.assertEqual(self.document(), self.document())


if __name__ == "__main__":
    unittest.main(verbosity=2)
