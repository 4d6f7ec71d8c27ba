"""Files of a repository, from a server that takes the place of the model hub."""

import json
import os
import subprocess
import sys

import download as program
from beyondtext.data.raw import raw_files
from sources import without_checksum
from web import BODY, serve_hub

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def fetch_hub(server, tmp_path, revision="main", **environment):
    """Run the program, since huggingface_hub reads its settings when it is imported."""
    paths = ["config.json", "w/x.bin"]
    source = without_checksum(kind="hub", repository="some/model", revision=revision, paths=paths)
    command = [sys.executable, program.__file__, "demo", "--destination", str(tmp_path / "demo")]
    command += ["--definition", json.dumps(source)]
    settings = {"HF_ENDPOINT": server.url, "HF_HOME": str(tmp_path / "cache"), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(command, env={**os.environ, **settings, **environment}, text=True, capture_output=True)


def test_files_are_fetched_from_the_endpoint_and_then_from_the_cache(server, tmp_path):
    for path, body in (("config.json", b"{}"), ("w/x.bin", BODY)):
        server.answers[f"/some/model/resolve/main/{path}"] = [serve_hub(body, COMMIT)]
    done = fetch_hub(server, tmp_path)
    assert done.returncode == 0, done.stderr
    assert {name: path.read_bytes() for name, path in raw_files(tmp_path / "demo").items()} == {
        "config.json": b"{}",
        "w/x.bin": BODY,
    }
    assert json.loads((tmp_path / "demo" / "source.json").read_text())["version"] == COMMIT
    server.answers.clear()
    offline = fetch_hub(server, tmp_path, HF_HUB_OFFLINE="1")
    assert offline.returncode == 0, offline.stderr


def test_a_repository_that_is_not_available_is_reported_in_one_sentence(server, tmp_path):
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}):
        done = fetch_hub(server, tmp_path, **environment)
        assert done.returncode == 1
        message = done.stderr.strip().splitlines()[-1]
        assert message.startswith("error: source demo: config.json of some/model at main is not available")
        assert "HF_ENDPOINT" in message and "`paths`" in message
    assert not (tmp_path / "demo").exists()
