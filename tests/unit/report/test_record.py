"""The record of a study."""

import json

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.report import sections
from beyondtext.report.load import write_table
from beyondtext.report.record import write_record


def test_a_record_has_the_tables_the_figures_and_the_configuration(three, tmp_path):
    output = tmp_path / "record"
    write_record(three.config, three.tables.folder, three.figures, output)
    assert sorted(path.stem for path in (output / "tables").iterdir()) == sorted(sections.tables())
    for name in sections.tables():
        assert (output / "tables" / f"{name}.csv").read_bytes() == (three.tables.folder / f"{name}.csv").read_bytes()
    assert {path.name for path in (output / "figures").iterdir()} == {path.name for path in three.figures.glob("*.svg")}
    assert json.loads((output / "config.json").read_text()) == three.config


def test_a_record_replaces_an_older_one_as_a_whole(three, tmp_path):
    stale = tmp_path / "figures" / "gone.svg"
    stale.parent.mkdir()
    stale.write_text("<svg/>")
    write_record(three.config, three.tables.folder, three.figures, tmp_path)
    assert not stale.exists()


def test_an_unfinished_study_leaves_an_older_record_as_it_is(three, tmp_path):
    tables = tmp_path / "tables"
    tables.mkdir()
    write_table(pd.DataFrame({"a": [1]}), tables, "verdicts")
    kept = tmp_path / "record" / "tables" / "old.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("old")
    with pytest.raises(InputError, match=r"advice\.csv is missing; `snakemake --cores 2 report` makes it"):
        write_record(three.config, tables, three.figures, tmp_path / "record")
    assert kept.read_text() == "old"
