"""The record of a study."""

import json
import shutil
import tarfile
from types import SimpleNamespace

import pandas as pd
import pytest

import make_tables
from beyondtext.core.errors import InputError
from beyondtext.report import sections
from beyondtext.report.load import write_table
from beyondtext.report.record import measured_files, write_record


@pytest.fixture(scope="module")
def recorded(reports, tmp_path_factory):
    """A finished study, and its record, which must not be changed."""
    three, output = reports["three"], tmp_path_factory.mktemp("record") / "three"
    write_record(three.config, three.root, three.tables.folder, three.figures, output)
    return SimpleNamespace(**vars(three), output=output)


def test_a_record_has_the_tables_the_figures_and_the_configuration(recorded):
    output = recorded.output
    assert sorted(path.stem for path in (output / "tables").iterdir()) == sorted(sections.tables())
    for folder, kept in ((recorded.tables.folder, "tables/*.csv"), (recorded.figures, "figures/*.svg")):
        files = list(output.glob(kept))
        assert files and all(path.read_bytes() == (folder / path.name).read_bytes() for path in files)
    assert sorted(path.stem for path in (output / "figures").iterdir()) == sorted(sections.figures(recorded.config))
    assert json.loads((output / "config.json").read_text()) == recorded.config


def test_a_record_names_no_folder_of_the_machine(recorded, tmp_path):
    config = {**recorded.config, "paths": {"source": "/home/me/downloads"}}
    write_record(config, recorded.root, recorded.tables.folder, recorded.figures, tmp_path / "record")
    assert json.loads((tmp_path / "record" / "config.json").read_text()) == {**config, "paths": {}}


def test_all_tables_can_be_made_again_from_a_record(recorded, tmp_path):
    with tarfile.open(recorded.output / "measurements.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    assert not list(tmp_path.rglob("*.safetensors"))
    again = tmp_path / "again"
    config = str(recorded.output / "config.json")
    make_tables.main(["--config", config, "--root", str(tmp_path), "--output", str(again)])
    for name in sections.tables():
        assert (again / f"{name}.csv").read_bytes() == (recorded.output / "tables" / f"{name}.csv").read_bytes()


def test_the_same_measurements_are_the_same_archive(recorded, root, tmp_path):
    for path in root.rglob("*"):
        path.touch()
    write_record(recorded.config, root, recorded.tables.folder, recorded.figures, tmp_path / "record")
    archives = (folder / "measurements.tar.xz" for folder in (recorded.output, tmp_path / "record"))
    one, other = (archive.read_bytes() for archive in archives)
    assert one == other


def test_a_changed_run_is_not_recorded(recorded, root, tmp_path):
    files = measured_files(recorded.config, root)
    assert files == sorted(files) and all((root / name).is_file() for name in files)
    predictions = next(name for name in files if name.endswith("predictions.parquet"))
    (root / predictions).write_bytes(b"changed")
    with pytest.raises(InputError, match=r"predictions\.parquet was changed"):
        write_record(recorded.config, root, recorded.tables.folder, recorded.figures, tmp_path / "record")
    assert not (tmp_path / "record").exists()


def test_a_record_replaces_an_older_one_as_a_whole(recorded, tmp_path):
    stale = shutil.copytree(recorded.output, tmp_path / "record") / "figures" / "gone.svg"
    stale.write_text("<svg/>")
    write_record(recorded.config, recorded.root, recorded.tables.folder, recorded.figures, tmp_path / "record")
    assert not stale.exists()


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (["default/config.json", "long/config.json"], "contains default"),
        (["config.json", "tables/scores.csv", "notes.txt"], r"contains notes\.txt"),
        (["tables/scores.csv", "figures/effects.svg"], r"has no config\.json"),
        (["config.json"], "has no tables"),
        ([".git/HEAD"], r"contains \.git"),
    ],
)
def test_a_folder_that_is_not_a_record_is_not_replaced(recorded, tmp_path, files, reason):
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("{}")
    with pytest.raises(InputError, match=f"{reason}, so it is not an earlier record, .* give --output a new or empty"):
        write_record(recorded.config, recorded.root, recorded.tables.folder, recorded.figures, tmp_path)
    assert all((tmp_path / file).exists() for file in files)


def test_an_empty_folder_may_be_given_for_a_record(recorded, tmp_path):
    write_record(recorded.config, recorded.root, recorded.tables.folder, recorded.figures, tmp_path)
    assert (tmp_path / "config.json").exists()


def test_an_unfinished_study_leaves_an_older_record_as_it_is(recorded, tmp_path):
    tables = tmp_path / "tables"
    tables.mkdir()
    write_table(pd.DataFrame({"a": [1]}), tables, "verdicts")
    output = shutil.copytree(recorded.output, tmp_path / "record")
    with pytest.raises(InputError, match=r"advice\.csv is missing; `snakemake --cores 2 report` makes it"):
        write_record(recorded.config, recorded.root, tables, recorded.figures, output)
    for path in recorded.output.rglob("*.*"):
        assert (output / path.relative_to(recorded.output)).read_bytes() == path.read_bytes()
