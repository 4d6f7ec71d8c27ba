"""Workspaces: one process at a time has a run, and its files stay there until they are published."""

import threading

import pytest

from beyondtext.training.workspace import Workspace
from tiny import finished_run


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "state", {"seed": 7})


def test_a_run_has_one_process_at_a_time(tmp_path, workspace, capfd):
    other = Workspace(tmp_path / "state", {"seed": 7})
    assert workspace.claim()
    assert not other.claim()
    waiting = threading.Thread(target=other.wait_and_claim)
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive()
    workspace.release()
    waiting.join(30)
    assert not waiting.is_alive()
    assert "another process is already training this run; waiting" in capfd.readouterr().err
    assert not workspace.claim()
    other.release()
    assert workspace.claim()


def test_runs_with_different_identities_do_not_share_a_workspace(tmp_path, workspace):
    other = Workspace(tmp_path / "state", {"seed": 8})
    assert workspace.claim() and other.claim()
    assert workspace.folder != other.folder


def test_a_run_whose_weights_are_damaged_is_not_finished(workspace):
    finished_run(workspace.run)
    assert workspace.finished
    (workspace.run / "encoder.safetensors").write_bytes(b"that the record does not know")
    assert not workspace.finished


def test_publishing_replaces_the_files_of_an_earlier_run_and_leaves_no_workspace(tmp_path, workspace):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "encoder.safetensors").write_bytes(b"of an earlier run")
    workspace.claim()
    assert not workspace.finished
    record = finished_run(workspace.run)
    assert workspace.finished
    assert workspace.publish(folder) == record
    assert sorted(path.name for path in folder.iterdir()) == ["curve.csv", "predictions.parquet", "run.json"]
    assert not list((tmp_path / "state").iterdir())
