"""npm ci, in a folder of its own: packages at the versions and hashes of a lock file. Run as: node_install.py FOLDER [SOURCE]

SOURCE has package.json, package-lock.json and .npmrc; without it, those of the SDK, in the folder node."""

import pathlib
import shutil
import subprocess
import sys

place = pathlib.Path(sys.argv[1])
here = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).parent / "node"
place.mkdir(parents=True, exist_ok=True)
for name in ("package.json", "package-lock.json", ".npmrc"):
    shutil.copy(here / name, place)

# npm ci removes and fetches everything again; what is there at these very hashes need not be.
mark, wanted = place / "installed-lock.json", (here / "package-lock.json").read_text(encoding="utf-8")
if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
    subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=place, stdin=subprocess.DEVNULL, check=True, timeout=240)
    mark.write_text(wanted, encoding="utf-8")
