import pytest

from beyondtext.core.errors import InputError
from beyondtext.trainability.files import COLUMNS, read_measurements, write_measurements


def test_a_file_is_read_as_it_was_written(tmp_path):
    identity = {"task": "demo", "model": "text", "init": "scratch", "mapping": "permutation", "seed": 3}
    summary = {"n": 2, "mean": 0.5, "sd": 0.125, "lowest": 0.25, "median": 0.5, "highest": 0.75}
    rows = [
        {"analysis": "perturbation", "noise": 0.01, **summary},
        {"analysis": "layer_norm_input", "place": "1 embeddings.LayerNorm", **summary},
    ]
    written = write_measurements(tmp_path / "seed3.csv", {**identity, "batches": 12}, rows)
    read, settings = read_measurements(tmp_path / "seed3.csv")
    assert settings == {**identity, "batches": 12}
    assert list(read.columns) == list(written.columns) == COLUMNS
    assert read["place"].tolist() == ["", "1 embeddings.LayerNorm"]
    assert read["noise"].isna().tolist() == [False, True]
    assert read.loc[0, list(identity)].to_dict() == identity
    assert read[list(summary)].to_dict("records") == [summary] * 2


def test_a_missing_file_and_other_columns_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"seed3\.csv is missing or empty; delete it"):
        read_measurements(tmp_path / "seed3.csv")
    (tmp_path / "seed3.csv").write_text("task,mean\ndemo,1\n")
    with pytest.raises(InputError, match=r"seed3\.csv has the columns task, mean, not task, model, .*; delete it"):
        read_measurements(tmp_path / "seed3.csv")
