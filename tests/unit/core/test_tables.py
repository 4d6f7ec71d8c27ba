import os

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.core.tables import read_parquet, read_table


@pytest.mark.parametrize("content", [None, ""], ids=["missing", "empty"])
def test_a_missing_or_empty_table_is_an_error_that_says_what_to_do(tmp_path, content):
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"t\.csv is missing or empty; make it again"):
        read_table(path, ["a"], "make it again")


@pytest.mark.parametrize("header", ["a", "b,a", "a,b,c", "a,B"])
def test_other_columns_are_an_error_that_names_both(tmp_path, header):
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n")
    found = ", ".join(header.split(","))
    with pytest.raises(InputError, match=rf"t\.csv has the columns {found}, not a, b; make it again"):
        read_table(path, ["a", "b"], "make it again")


@pytest.mark.parametrize("content", [bytes(5000), b"\x1b[31m" * 1000, b"a,b\n" + b'"' * 5000 + b"\n1,2,3\n"])
def test_the_message_about_a_broken_file_is_short(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_table(path, ["a", "b"], "make it again")
    assert len(str(caught.value)) < 1200 + len(str(path)) and "\x1b" not in str(caught.value)


def test_pipes_and_folders_are_refused_before_they_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(InputError, match="not a file; give the path of a file"):
            read_table(path, ["a"], "make it again")
        with pytest.raises(InputError, match="not a file; give the path of a file"):
            read_parquet(path, "make it again")


def test_options_are_those_of_pandas(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2.10\n")
    assert read_table(path, ["a", "b"], "", dtype={"b": str})["b"].tolist() == ["2.10"]


def test_damaged_parquet_files_are_refused_or_read(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"place": ["1", "2", "3"], "mean": [0.1, 0.25, 1e-9]}).to_parquet(path)
    content = path.read_bytes()
    with pytest.raises(InputError, match=r"gone\.parquet is missing; make it again"):
        read_parquet(tmp_path / "gone.parquet", "make it again")
    for damaged in (b"", b"PAR1", content[:-1], content[: len(content) // 2], b"\0" * 500, content[4:]):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"t\.parquet is not a parquet file that can be read .*; make it again"):
            read_parquet(path, "make it again")
