"""The check of a task and its table of similarities; the reports' tests have the tables that were changed."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.similarity.files import (
    problem_in,
    read_similarities,
    write_check,
    write_problem,
    write_similarities,
)


def test_a_check_is_read_as_it_was_written(tmp_path):
    for problem in (None, "too few"):
        write_check(tmp_path / "demo.json", "demo", problem)
        assert problem_in(tmp_path / "demo.json", "demo") == problem


@pytest.mark.parametrize("content", ["{}", "[]", "null", "", '{"task": "demo", "problem": null}'])
def test_a_check_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "demo.json").write_text(content)
    with pytest.raises(InputError, match=r"demo\.json .*; delete it and run `snakemake --cores 2 tokenize` again"):
        problem_in(tmp_path / "demo.json", "demo")


def test_a_check_that_was_changed_or_is_of_another_task_is_refused(tmp_path):
    path = tmp_path / "demo.json"
    write_check(path, "demo", None)
    path.write_text(path.read_text().replace("null", '"too few"'))
    with pytest.raises(InputError, match="was changed after it was written"):
        problem_in(path, "demo")
    write_check(path, "other", None)
    with pytest.raises(InputError, match=r"demo\.json is the check of the task other, not of demo"):
        problem_in(path, "demo")


def test_the_table_of_a_task_without_similarities_is_read_as_it_was_written(tmp_path):
    write_problem(tmp_path / "demo.parquet", "demo", "too few")
    table, settings = read_similarities(tmp_path / "demo.parquet", "demo")
    assert table.to_dict("records") == [{"task": "demo", "problem": "too few"}] and settings is None


def test_a_table_of_similarities_comes_with_the_settings_that_it_was_made_with(tmp_path):
    path, settings = tmp_path / "demo.parquet", {"measures": ["cka"], "confidence": 0.95, "encoders": {"text": [3]}}
    written = pd.DataFrame({"task": ["demo"], "value": [0.5]})
    write_similarities(path, written, settings)
    table, found = read_similarities(path, "demo")
    pd.testing.assert_frame_equal(table, written)
    assert found == settings
    changed = pd.read_parquet(path)
    changed.attrs["settings"]["confidence"] = 0.9
    changed.to_parquet(path, index=False)
    with pytest.raises(InputError, match=r"demo\.parquet was changed .*: its rows and settings do not have"):
        read_similarities(path, "demo")
