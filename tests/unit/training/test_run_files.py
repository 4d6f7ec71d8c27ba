"""The files of a run: whole or not at all, and its own."""

import os
import shutil
from dataclasses import replace

import pandas as pd
import pytest

import small_study as study
from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json
from beyondtext.study.grid import Run
from beyondtext.training.learning_rate import read_choice_record
from beyondtext.training.run_files import check_weights, is_run_of, publish_run, read_run, write_run
from tiny import finished_run

RUN = Run("splice", "minilm-l6", "scratch", "permutation", 1, "fixed", 101)
OTHER = Run("splice", "minilm-l6", "pretrained", "permutation", 1, "fixed", 101)


@pytest.fixture
def root(tmp_path):
    """Two runs of a study."""
    for run in (RUN, OTHER):
        study.write_one(tmp_path, run)
    return tmp_path


def half(path, other):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def without_last_line(path, other):
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def header_only(path, other):
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


def with_nan(path, other):
    path.write_text(path.read_text().replace("0.7", "nan"))


def of_another_run(path, other):
    shutil.copyfile(other, path)


def flipped_bit(path, other):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def emptied(path, other):
    path.write_bytes(b"")


def folder(path, other):
    path.unlink()
    path.mkdir()


DAMAGE = {
    "curve.csv": [half, without_last_line, header_only, with_nan, of_another_run, flipped_bit, emptied, folder],
    "predictions.parquet": [half, of_another_run, flipped_bit, emptied, folder],
}


@pytest.mark.parametrize(("name", "damage"), [(name, damage) for name in DAMAGE for damage in DAMAGE[name]])
def test_a_file_that_is_not_the_runs_own_is_refused(root, name, damage):
    path = root / RUN.directory / name
    damage(path, root / OTHER.directory / name)
    with pytest.raises(InputError) as caught:
        read_run(root / RUN.directory)
    assert str(caught.value).startswith(f"{path} ") and "\n" not in str(caught.value)
    assert str(caught.value).endswith("; delete the run's folder and run `snakemake --cores 2 finetune` again")


@pytest.mark.parametrize("name", ["cross_validation.parquet", "curve.csv"])
def test_a_file_that_the_run_does_not_have_is_refused(root, name):
    baseline = Run("splice", "kmer", "baseline", "identity", 1, "none", 0)
    study.write_one(root, baseline)
    shutil.copyfile(root / RUN.directory / "curve.csv", root / baseline.directory / name)
    with pytest.raises(InputError, match=rf"{name} was changed, or is that of another run"):
        read_run(root / baseline.directory)


def test_a_run_in_the_folder_of_another_is_refused(root):
    shutil.copytree(root / OTHER.directory, root / RUN.directory, dirs_exist_ok=True)
    with pytest.raises(
        InputError, match=rf"{RUN.directory}/run\.json is the record of another run, {OTHER.directory}; "
    ):
        read_run(root / RUN.directory)
    shutil.copytree(root / OTHER.directory, root / "mine")  # users may copy runs elsewhere
    assert read_run(root / "mine")["init"] == "pretrained"


@pytest.mark.parametrize("content", [b"{}", b"[]", b"null", b"", b"\xff\xfe", b"3", b'{"task": "splice"}'])
def test_a_record_that_is_none_is_refused(root, content):
    (root / RUN.directory / "run.json").write_bytes(content)
    with pytest.raises(InputError, match=r"run\.json .*; delete it and run `snakemake --cores 2 finetune` again$"):
        read_run(root / RUN.directory)


@pytest.mark.parametrize("keys", [["checksum"], ["files"], ["checksum", "files"]])
def test_a_run_of_an_earlier_version_is_refused(root, keys):
    path = root / RUN.directory / "run.json"
    record = read_json(path)
    files.write_json(path, {key: value for key, value in record.items() if key not in keys})
    with pytest.raises(InputError, match=rf"run\.json lacks {', '.join(keys)}; delete it"):
        read_run(root / RUN.directory)


def test_another_score_in_the_record_is_refused(root):
    path = root / RUN.directory / "run.json"
    path.write_text(path.read_text().replace('"test": 0.625', '"test": 0.725'))
    with pytest.raises(InputError, match=r"run\.json was changed after it was written"):
        read_run(root / RUN.directory)


def test_a_folder_has_a_jobs_run_if_what_decides_its_numbers_and_its_files_are_the_jobs(root):
    trial = replace(RUN, rate="0.001")
    study.write_trial(root, trial, [0.1, 0.2, 0.3])
    for run, scored in ((RUN, True), (trial, False)):
        directory = root / run.directory
        record = read_run(directory)
        identity = {key: record[key] for key in ("settings", "data_sha256", "code", "versions")}
        identity |= {"score_test": scored, "keep_weights": False}
        assert is_run_of(directory, identity) and not is_run_of(root / "none", identity)
        for key in identity:
            other = not identity[key] if isinstance(identity[key], bool) else "other"
            assert not is_run_of(directory, {**identity, key: other}), key


def test_a_run_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    place, seen = tmp_path / "run", []
    fsync = os.fsync

    def look(descriptor):
        seen.append(sorted(path.name for path in place.iterdir()) if place.exists() else None)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    finished_run(place)
    assert set(map(str, seen)) == {"None"}
    place.joinpath("encoder.safetensors").touch()  # of an earlier run
    finished_run(place)
    assert sorted(path.name for path in place.iterdir()) == ["curve.csv", "predictions.parquet", "run.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_write_that_fails_keeps_the_earlier_run(root, monkeypatch):
    def full(self, path, **options):
        raise OSError(28, "No space left on device", str(path))

    before = {path.name: path.read_bytes() for path in (root / RUN.directory).iterdir()}
    record = read_run(root / RUN.directory)
    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match="No space left"):
        write_run(
            root / RUN.directory,
            record,
            pd.DataFrame({"a": [1]}),
            pd.DataFrame(columns=["step"]).reindex(
                columns=["step", "examples", "train_loss", "validation", "validation_loss"]
            ),
        )
    assert {path.name: path.read_bytes() for path in (root / RUN.directory).iterdir()} == before


@pytest.mark.parametrize("name", ["thesis.tex", ".git", "run.json.bak"])
def test_a_folder_with_other_files_is_not_replaced(tmp_path, name):
    finished_run(tmp_path / "workspace")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).touch()
    with pytest.raises(
        InputError, match=rf"mine contains {name}, but a run replaces its folder as a whole; give --out"
    ):
        publish_run(tmp_path / "workspace", tmp_path / "mine")
    with pytest.raises(InputError, match="contains"):
        finished_run(tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [name] and read_run(tmp_path / "workspace")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file is a file, but a run is a folder"):
        publish_run(tmp_path / "workspace", tmp_path / "file")


def test_a_flipped_bit_in_the_weights_is_found_when_they_are_used(tmp_path):
    import torch

    record = finished_run(tmp_path / "old")
    curve = pd.DataFrame(columns=["step", "examples", "train_loss", "validation", "validation_loss"])
    write_run(tmp_path / "run", record, None, curve, {"a": torch.arange(100.0)})
    path, expected = tmp_path / "run/encoder.safetensors", {"task": record["task"], "seed": record["seed"]}
    check_weights(path, expected)
    assert path.stat().st_mode == (tmp_path / "run/run.json").stat().st_mode
    flipped_bit(path, None)
    with pytest.raises(
        InputError, match=r"encoder\.safetensors was changed, .*; make it with `snakemake .*--force .*run"
    ):
        check_weights(path, expected)
    assert read_run(tmp_path / "run")  # the report does not need them
    with pytest.raises(InputError, match=r"encoder\.safetensors was changed"):
        read_run(tmp_path / "run", with_weights=True)
    path.unlink()
    with pytest.raises(InputError, match=r"encoder\.safetensors is missing"):
        read_run(tmp_path / "run", with_weights=True)
    with pytest.raises(InputError, match=r"encoder\.safetensors is missing; make it with `snakemake .*--force .*run"):
        check_weights(path, expected)


def test_the_weights_of_another_run_are_refused(tmp_path):
    import torch

    record = {**finished_run(tmp_path / "old"), "task": "demo", "seed": 7}
    for seed in (7, 8):
        write_run(tmp_path / str(seed), {**record, "seed": seed}, None, None, {"a": torch.full((9,), float(seed))})
    path = tmp_path / "7/encoder.safetensors"
    check_weights(path, {"task": "demo", "seed": 7})
    with pytest.raises(InputError, match=r"weights of a run with the seed 7, but those with the seed 8 were expected"):
        check_weights(path, {"task": "demo", "seed": 8})
    shutil.copyfile(tmp_path / "8/encoder.safetensors", path)
    with pytest.raises(InputError, match=r"encoder\.safetensors was changed, or is that of another run"):
        check_weights(path, {"task": "demo", "seed": 7})
    path.with_name("run.json").unlink()
    with pytest.raises(InputError, match=r"run\.json is missing"):
        check_weights(path, {"task": "demo", "seed": 7})


def choices(tmp_path):
    """Two choices of learning rates, as paths."""
    config = study.config(tasks=["gb1"], arms=study.config()["arms"][:1])
    config["training_per_task"]["gb1"]["learning_rate"] = [3e-5, 1e-4]
    study.write_choices(tmp_path, config)
    return sorted((tmp_path / "results/selection").rglob("*.json"))


@pytest.mark.parametrize("content", ["{}", "[]", "null", '{"chosen": 3e-5}', "{"])
def test_a_choice_that_is_none_is_refused(tmp_path, content):
    path, _ = choices(tmp_path)
    path.write_text(content)
    with pytest.raises(InputError, match=r"fraction1\.json .*; delete it and run `snakemake --cores 2 finetune` again"):
        read_choice_record(path)


def test_a_choice_that_was_changed_or_is_of_another_arm_is_refused(tmp_path):
    first, second = choices(tmp_path)
    text = first.read_text()
    first.write_text(text.replace('"chosen": 3e-05', '"chosen": 0.0001'))
    assert first.read_text() != text
    with pytest.raises(InputError, match="was changed after it was written"):
        read_choice_record(first)
    shutil.copyfile(second, first)
    with pytest.raises(InputError, match="is the choice of another arm, results/selection/gb1/minilm-l6/scratch"):
        read_choice_record(first)
