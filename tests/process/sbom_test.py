"""deploy/docker/sbom.py: which licences it dares to declare. tests/deploy/image_test.py has a whole image described."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy" / "docker"))

import sbom  # noqa: E402

HEAD = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"


def of_files(*licences):
    return HEAD + "".join(f"\nFiles: *\nCopyright: somebody\nLicense: {each}\n text\n" for each in licences)


class Licences(unittest.TestCase):
    def test_names_of_debian_become_those_of_spdx(self):
        for debian, spdx in (("Expat", "MIT"), ("GPL-2+", "GPL-2.0-or-later"), ("GPL-3", "GPL-3.0-only"), ("ISC", "ISC"),
                             ("LGPL-2.1+", "LGPL-2.1-or-later"), ("Apache-2", "Apache-2.0"), ("BSD-3-clause", "BSD-3-Clause")):
            self.assertEqual(sbom.licence(of_files(debian)), spdx)

    def test_what_has_no_name_is_not_declared(self):
        for text in (of_files("public-domain"), of_files("GPL-2+ with Bison exception"), of_files("GPL"), of_files("BSD"),
                     of_files("MIT/X11"), of_files("GPL-4"), of_files("LGPL-2.0.5"), "Copyright 1999, GPL-2", HEAD,
                     of_files("")):
            self.assertEqual(sbom.licence(text), "NOASSERTION", text)

    def test_one_unknown_licence_is_enough(self):
        self.assertEqual(sbom.licence(of_files("Expat", "GAP")), "NOASSERTION")

    def test_all_licences_hold_together_and_a_choice_stays_one(self):
        self.assertEqual(sbom.licence(of_files("Zlib", "Expat", "Zlib")), "MIT AND Zlib")
        self.assertEqual(sbom.licence(of_files("GPL-1+ or Artistic, and Expat")),
                         "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT")
        self.assertEqual(sbom.licence(of_files("GPL-1+ or Artistic and Expat")),
                         "(GPL-1.0-or-later OR (Artistic-1.0-Perl AND MIT))")
        self.assertEqual(sbom.licence(of_files("GPL-2 or ISC", "Expat")), "(GPL-2.0-only OR ISC) AND MIT")


class Packages(unittest.TestCase):
    def test_only_what_is_installed_counts(self):
        status = ("Package: here\nStatus: install ok installed\nVersion: 1\nDescription: of this\n Version: no\n\n"
                  "Package: gone\nStatus: deinstall ok config-files\nVersion: 2\n")
        self.assertEqual([(each["Package"], each["Version"]) for each in sbom.stanzas(status)], [("here", "1")])

    def test_identifiers_and_references_are_of_the_letters_that_spdx_and_purl_allow(self):
        fields = {"Package": "libstdc++6", "Version": "1:12.2.0-14+deb12u1", "Architecture": "amd64"}
        described = sbom.of_debian(fields, pathlib.Path("/nowhere"))
        self.assertEqual(described["SPDXID"], "SPDXRef-deb-libstdc--6-amd64")
        self.assertEqual(described["externalRefs"][0]["referenceLocator"],
                         "pkg:deb/debian/libstdc%2B%2B6@1%3A12.2.0-14%2Bdeb12u1?arch=amd64")


if __name__ == "__main__":
    unittest.main(verbosity=2)
