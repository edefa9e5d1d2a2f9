"""A real Prometheus server: started with a configuration, asked, and ended by its process id."""

import contextlib
import pathlib
import subprocess
import tempfile
import urllib.parse

from harness import clean_environment, free_port, request, wait_until


@contextlib.contextmanager
def prometheus(files):
    """A server with these files, {name: text}, of which `prometheus.yaml` is its configuration; its URL."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
        port = free_port()
        with open(pathlib.Path(folder) / "log", "w+", encoding="utf-8") as log:
            server = subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=clean_environment())
            url = f"http://127.0.0.1:{port}"

            def ready():
                if server.poll() is not None:
                    log.seek(0)
                    raise AssertionError(f"prometheus ended by itself:\n{log.read()}")
                with contextlib.suppress(OSError):
                    return request(url, "/-/ready").status == 200
                return False
            try:
                wait_until(ready, "Prometheus is ready")
                yield url
            finally:
                server.terminate()
                server.wait(20)


def answered(server, path, **parameters):
    """What the API says to a question; a list as a parameter is given several times."""
    answer = request(server, f"/api/v1/{path}?" + urllib.parse.urlencode(parameters, doseq=True)).json()
    assert answer["status"] == "success", (path, parameters, answer)
    return answer["data"]


def query(server, expression):
    """The value of an expression of one value; None while there is none."""
    result = answered(server, "query", query=expression)["result"]
    return float(result[0]["value"][1]) if result else None
