import json

import pytest

from beyondtext.core.errors import InputError
from beyondtext.trainability.files import COLUMNS, read_measurements, write_measurements

IDENTITY = {"task": "demo", "model": "text", "init": "scratch", "mapping": "permutation", "seed": 3}
SUMMARY = {"n": 2, "mean": 0.5, "sd": 0.125, "lowest": 0.25, "median": 0.5, "highest": 0.75}


def test_a_file_is_read_as_it_was_written(tmp_path):
    rows = [
        {"analysis": "perturbation", "noise": 0.01, **SUMMARY},
        {"analysis": "layer_norm_input", "place": "1 embeddings.LayerNorm", **SUMMARY},
    ]
    written = write_measurements(tmp_path / "seed3.json", {**IDENTITY, "batches": 12}, rows)
    read, settings = read_measurements(tmp_path / "seed3.json", IDENTITY)
    assert settings == {**IDENTITY, "batches": 12}
    assert list(read.columns) == list(written.columns) == COLUMNS
    assert read["place"].tolist() == ["", "1 embeddings.LayerNorm"]
    assert read["noise"].isna().tolist() == [False, True]
    assert read.loc[0, list(IDENTITY)].to_dict() == IDENTITY
    assert read[list(SUMMARY)].to_dict("records") == [SUMMARY] * 2


def test_a_number_that_is_not_finite_is_left_empty(tmp_path):
    path = tmp_path / "seed3.json"
    numbers = {"mean": float("nan"), "highest": float("inf")}
    write_measurements(path, IDENTITY, [{"analysis": "gradient_cosine", **SUMMARY, **numbers}])
    [row] = json.loads(path.read_text())["rows"]
    assert row["mean"] is row["highest"] is row["noise"] is row["place"] is None
    table, _ = read_measurements(path, IDENTITY)
    assert table[["mean", "highest", "noise"]].isna().all(axis=None)
    assert set(table[["mean", "highest", "noise"]].dtypes) == {table["sd"].dtype}


def test_a_file_that_is_missing_changed_or_another_record_is_refused(tmp_path):
    path = tmp_path / "seed3.json"
    with pytest.raises(InputError, match=r"seed3\.json is missing; .*`snakemake --cores 2 .*seed3\.json` makes it"):
        read_measurements(path, IDENTITY)
    write_measurements(path, IDENTITY, [{"analysis": "gradient_cosine", **SUMMARY}])
    path.write_text(path.read_text().replace("0.5", "0.6"))
    with pytest.raises(InputError, match=r"seed3\.json was changed after it was written: .*; delete it"):
        read_measurements(path, IDENTITY)
    path.write_text('{"task": "demo"}')
    with pytest.raises(InputError, match=r"seed3\.json lacks checksum, rows, settings; delete it"):
        read_measurements(path, IDENTITY)
