"""Writing safetensors files."""

import stat

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from beyondtext.core.tensors import write_tensors


def test_a_file_has_the_tensors_the_metadata_and_the_usual_mode(tmp_path):
    path = tmp_path / "new/a.safetensors"
    write_tensors(path, save_file, {"a": np.arange(3.0)}, {"run": "x"})
    assert load_file(path)["a"].tolist() == [0, 1, 2]
    (tmp_path / "usual").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)


def test_a_full_disk_is_an_error_of_the_system(tmp_path):
    def full(tensors, path, metadata):
        path.write_bytes(b"half")
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    with pytest.raises(OSError, match=r"No space left on device: '.*a\.safetensors'") as caught:
        write_tensors(tmp_path / "a.safetensors", full, {}, {})
    assert caught.value.errno == 28 and not list(tmp_path.iterdir())


def test_other_errors_keep_their_traceback(tmp_path):
    def wrong(tensors, path, metadata):
        raise SafetensorError("tensors overlap")

    with pytest.raises(SafetensorError):
        write_tensors(tmp_path / "a.safetensors", wrong, {}, {})
