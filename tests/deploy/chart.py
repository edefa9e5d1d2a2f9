"""The chart, rendered: over the values in its folder ci, and whatever else a test sets."""

import functools
import json
import os
import pathlib
import subprocess

from harness import DEADLINE, clean_environment

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CHART = SOURCE / "deploy" / "helm" / "sidecache"
PLACE = pathlib.Path(os.environ["DEPLOY_PLACE"])
MATRIX = sorted(path.stem for path in (CHART / "ci").glob("*.yaml"))
RELEASE = "portkey"  # so that names are portkey-cache
WORKLOADS = ("Deployment", "DaemonSet")


def program(name, *arguments, text=None):
    """helm or kubectl, which ask no cluster and know none: exit code, stdout, stderr."""
    environment = clean_environment({"KUBECONFIG": os.devnull, "HELM_CACHE_HOME": str(PLACE / "helm"),
                                     "HELM_CONFIG_HOME": str(PLACE / "helm"), "HELM_DATA_HOME": str(PLACE / "helm")})
    done = subprocess.run([PLACE / "bin" / name, *map(str, arguments)], input=text, stdin=None if text else subprocess.DEVNULL,
                          capture_output=True, text=True, env=environment, timeout=DEADLINE, check=False)
    return done.returncode, done.stdout, done.stderr


def template(*arguments):
    """helm template: exit code, stdout, stderr."""
    return program("helm", "template", RELEASE, CHART, *arguments)


def documents(*texts):
    """For each text in YAML the list of its documents."""
    done = subprocess.run(["node", SOURCE / "tests" / "deploy" / "to_json.mjs"], input=json.dumps(texts),
                          capture_output=True, text=True, env=clean_environment({"DEPLOY_PLACE": str(PLACE)}),
                          timeout=DEADLINE, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


@functools.cache
def matrix():
    """What each of the values in ci renders: a list of objects by the values' name."""
    texts = []
    for name in MATRIX:
        code, text, errors = template("--values", CHART / "ci" / f"{name}.yaml")
        if code != 0:
            raise AssertionError(f"{name}: {errors}")
        texts.append(text)
    return dict(zip(MATRIX, documents(*texts)))


def rendered(*arguments):
    code, text, errors = template(*arguments)
    if code != 0:
        raise AssertionError(errors)
    return documents(text)[0]


def of_kind(objects, *kinds):
    return [each for each in objects if each["kind"] in kinds]


# What a patch is put into: an application with a volume, an init container and a good-bye of its own.
APPLICATION = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"initContainers": [{"name": "migrate", "image": "web"}], "containers": [{"name": "web", "image": "web"}],
                 "volumes": [{"name": "data", "emptyDir": {}}]}}}}


@functools.cache
def patched(values, form):
    """The application once kubectl has patched it with what the values render."""
    held = next(each for each in matrix()[values] if each["metadata"]["name"].endswith("-sidecar"))["data"]
    folder = PLACE / "patched" / values
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "application.json").write_text(json.dumps(APPLICATION), encoding="utf-8")
    (folder / form).write_text(held[form], encoding="utf-8")
    code, text, errors = program("kubectl", "patch", "--local", "-f", folder / "application.json",
                                 "--patch-file", folder / form, "--type", "strategic", "-o", "json")
    if code != 0:
        raise AssertionError(errors)
    return json.loads(text)


def workloads():
    """What runs sidecache somewhere: (values, form, object), patched applications among them."""
    for name, objects in matrix().items():
        for each in of_kind(objects, *WORKLOADS):
            yield name, "own", each
        if any(each["metadata"]["name"].endswith("-sidecar") for each in objects):
            for form in ("native", "classic"):
                yield name, form, patched(name, f"{form}.yaml")


def pod_of(workload):
    return workload["spec"]["template"]["spec"]


def containers_of(workload):
    pod = pod_of(workload)
    return pod.get("initContainers", []) + pod["containers"]


def container_of(workload):
    return next(each for each in containers_of(workload) if each["name"] == "sidecache")
