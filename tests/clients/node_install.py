"""npm ci, in a folder of its own: the SDK at the versions and hashes of the lock file. Run as: node_install.py FOLDER"""

import pathlib
import shutil
import subprocess
import sys

here, place = pathlib.Path(__file__).parent / "node", pathlib.Path(sys.argv[1])
place.mkdir(parents=True, exist_ok=True)
for name in ("package.json", "package-lock.json", ".npmrc"):
    shutil.copy(here / name, place)

# npm ci removes and fetches everything again; what is there at these very hashes need not be.
mark, wanted = place / "installed-lock.json", (here / "package-lock.json").read_text(encoding="utf-8")
if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
    subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=place, stdin=subprocess.DEVNULL, check=True, timeout=240)
    mark.write_text(wanted, encoding="utf-8")
