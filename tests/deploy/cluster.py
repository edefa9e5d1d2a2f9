"""A cluster as far as the commands of deploy/README.md need one: a folder with an object a file. kubectl and helm are the
real ones, told to do their work here (--local, --dry-run=client, template) instead of asking an API server; what they make
is put into the folder. Anything that deploy/README.md does not use is an error.

Run as: cluster.py kubectl|helm ARGUMENTS, with the folder in CLUSTER. `commands` makes a folder of programs that do that.
"""

import json
import os
import pathlib
import sys

import chart

FOLDER = pathlib.Path(os.environ.get("CLUSTER", "."))


def commands(folder):
    """Programs called kubectl and helm, for PATH."""
    for name in ("kubectl", "helm"):
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "$@"\n', encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def objects(folder=FOLDER):
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def file_of(kind, name):
    return FOLDER / f"{kind.lower()}.{name}.json"


def put(each):
    file_of(each["kind"], each["metadata"]["name"]).write_text(json.dumps(each), encoding="utf-8")


def real(program, *arguments):
    code, said, errors = chart.program(program, *arguments)
    if code != 0:
        sys.exit(errors)
    return said


def held(name):
    """The file of `deployment/web`, or of two words."""
    path = file_of(*name.split("/"))
    if not path.exists():
        sys.exit(f"{name} was not found")
    return path


def rolled_out(path):
    """A rollout ends only if the image can be had: it was named, since none is published."""
    for container in chart.containers_of(json.loads(path.read_text(encoding="utf-8"))):
        if container["image"].startswith("sidecache"):
            sys.exit(f"{path.stem}: {container['image']} can't be pulled")


def kubectl(verb, *rest):
    if verb == "create":
        put(json.loads(real("kubectl", verb, *rest, "--dry-run=client", "-o", "json")))
    elif verb == "apply" and rest[0] == "-f" and len(rest) == 2:
        for each in chart.documents(pathlib.Path(rest[1]).read_text(encoding="utf-8"))[0]:
            put(each)
    elif verb == "patch":
        kind, name, *how = rest
        put(json.loads(real("kubectl", verb, "--local", "-f", held(f"{kind}/{name}"), *how, "-o", "json")))
    elif verb == "set":
        what, name, *how = rest
        put(json.loads(real("kubectl", verb, what, "--local", "-f", held(name), *how, "-o", "json")))
    elif verb == "rollout" and rest[0] == "status":
        rolled_out(held(rest[1]))
    elif verb == "get" and rest[2:] == ("-o", r"jsonpath={.data.native\.yaml}"):
        print(json.loads(held(f"{rest[0]}/{rest[1]}").read_text(encoding="utf-8"))["data"]["native.yaml"], end="")
    else:
        sys.exit(f"kubectl {verb} {rest}: not a command of the README's")


def helm(verb, *rest):
    if verb != "install":
        sys.exit(f"helm {verb}: not a command of the README's")
    for each in chart.documents(real("helm", "template", *rest))[0]:
        put(each)


if __name__ == "__main__":
    {"kubectl": kubectl, "helm": helm}[sys.argv[1]](*sys.argv[2:])
