"""sbom.py ROOT: what is in an image, as SPDX 2.3 in JSON on standard output; ROOT is its root file system.

Debian's packages are those of dpkg's status, and sidecache itself. A licence is declared where the package's copyright file is in
Debian's machine-readable format and every licence in it has a name of SPDX's; else NOASSERTION, as for all conclusions:
nobody has read the sources. The same image gives the same document: its identifier follows from the content, and its time
is SOURCE_DATE_EPOCH, or when the program was put into the image.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

UNKNOWN = "NOASSERTION"
PROGRAM = "usr/bin/sidecache"

# Debian's short names (its copyright-format 1.0, §7.1) that say exactly what SPDX's list says by another name.
SPDX_NAMES = {"Expat": "MIT", "Apache-2": "Apache-2.0", "BSD-2-clause": "BSD-2-Clause", "BSD-3-clause": "BSD-3-Clause",
              "BSD-4-clause": "BSD-4-Clause", "Zlib": "Zlib", "zlib": "Zlib", "ZLIB": "Zlib", "Artistic": "Artistic-1.0-Perl",
              "FSFAP": "FSFAP", "FSFUL": "FSFUL", "FSFULLR": "FSFULLR"}
SAME_NAME = {"ISC", "X11", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "CC0-1.0", "BSL-1.0", "0BSD", "MIT-0", "MPL-2.0",
             "BSD-4-Clause-UC", "Unicode-DFS-2016", "OpenSSL", "PSF-2.0", "Unlicense", "curl", "Beerware"}


def spdx_name(short):
    """Nothing for what SPDX has no name for, or where a name has meant several texts."""
    gnu = re.fullmatch(r"(A?GPL|LGPL)-(\d)(\.\d)?(\+?)", short)
    if gnu and (gnu[1], gnu[2] + (gnu[3] or ".0")) in {("GPL", "1.0"), ("GPL", "2.0"), ("GPL", "3.0"), ("LGPL", "2.0"),
                                                       ("LGPL", "2.1"), ("LGPL", "3.0"), ("AGPL", "3.0")}:
        return f"{gnu[1]}-{gnu[2]}{gnu[3] or '.0'}-{'or-later' if gnu[4] else 'only'}"
    return SPDX_NAMES.get(short) or (short if short in SAME_NAME else None)


def choice(declared):
    """"A or B and C", where "and" binds closer."""
    joined = []
    for alternative in re.split(r"\s+or\s+", declared):
        names = [spdx_name(name) for name in re.split(r"\s+and\s+", alternative)]
        if not all(names):
            return None
        joined.append(" AND ".join(names))
    return joined[0] if len(joined) == 1 else "(" + " OR ".join(f"({each})" if " " in each else each for each in joined) + ")"


def expression(declared):
    """Of one License field: "A or B, and C" is C with a choice, as "and" binds wider after a comma (§7.2)."""
    parts = [choice(part) for part in re.split(r",\s+and\s+", declared)]
    return " AND ".join(parts) if all(parts) else None


def licence(copyright_text):
    """All that stand with files of the package, together."""
    if "copyright-format/1" not in copyright_text.split("\n\n")[0]:
        return UNKNOWN
    found = set()
    for paragraph in re.split(r"\n\s*\n", copyright_text):
        if re.search(r"(?m)^Files:", paragraph):
            stated = re.search(r"(?m)^License:[ \t]*(\S.*)$", paragraph)
            found.add(expression(stated[1].strip()) if stated else None)
    return UNKNOWN if not found or None in found else " AND ".join(sorted(found))


def stanzas(status):
    """dpkg's status: {field: first line of its value} of each package that is installed."""
    for paragraph in status.split("\n\n"):
        fields = dict(re.findall(r"(?m)^([\w-]+): (.*)$", paragraph))
        if fields.get("Status") == "install ok installed":
            yield fields


def reference(purl):
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]


def package(identifier, name, version, supplier, declared, **more):
    return {"SPDXID": f"SPDXRef-{re.sub('[^A-Za-z0-9.-]', '-', identifier)}", "name": name, "versionInfo": version,
            "supplier": supplier, "downloadLocation": UNKNOWN, "filesAnalyzed": False, "licenseConcluded": UNKNOWN,
            "licenseDeclared": declared, "copyrightText": UNKNOWN, **more}


def of_debian(fields, root):
    name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
    text = root / "usr/share/doc" / name / "copyright"
    declared = licence(text.read_text(encoding="utf-8", errors="replace")) if text.exists() else UNKNOWN
    purl = f"pkg:deb/debian/{name.replace('+', '%2B')}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}"
    return package(f"deb-{name}-{architecture}", name, version, "Organization: Debian", declared,
                   primaryPackagePurpose="LIBRARY" if fields.get("Section") == "libs" else "APPLICATION",
                   sourceInfo=f"built from Debian's source package {fields.get('Source', name)}",
                   externalRefs=reference(purl))


def own_version(root):
    """What the program in the image says of itself; its libraries are the image's."""
    said = subprocess.run(["chroot", str(root), f"/{PROGRAM}", "version"], capture_output=True, text=True, check=True, timeout=60)
    return said.stdout.split()[1]


def document(root, version):
    program = root / PROGRAM
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    own = package("sidecache", "sidecache", version, "Organization: The sidecache authors", "MIT",
                  primaryPackagePurpose="APPLICATION", checksums=[{"algorithm": "SHA256", "checksumValue": digest}],
                  externalRefs=reference(f"pkg:generic/sidecache@{version}"))
    own["copyrightText"] = "Copyright (c) 2026 The sidecache authors"
    status = (root / "var/lib/dpkg/status").read_text(encoding="utf-8")
    image = package("image", "sidecache-image", version, "Organization: The sidecache authors", UNKNOWN,
                    primaryPackagePurpose="CONTAINER")
    inside = [own, *sorted((of_debian(fields, root) for fields in stanzas(status)), key=lambda each: each["SPDXID"])]
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", program.stat().st_mtime))
    content = json.dumps([image, *inside], sort_keys=True)
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"sidecache-image-{version}", "documentNamespace": uuid.uuid5(uuid.NAMESPACE_URL, content).urn,
            "creationInfo": {"created": datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                             "creators": ["Tool: sidecache-sbom", "Organization: The sidecache authors"]},
            "packages": [image, *inside],
            "relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBES", image["SPDXID"]),
                              *(relation(image["SPDXID"], "CONTAINS", each["SPDXID"]) for each in inside)]}


def relation(subject, kind, related):
    return {"spdxElementId": subject, "relationshipType": kind, "relatedSpdxElement": related}


if __name__ == "__main__":
    place = pathlib.Path(sys.argv[1])
    json.dump(document(place, own_version(place)), sys.stdout, indent=1)
    print()
