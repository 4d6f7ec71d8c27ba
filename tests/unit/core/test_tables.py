import pytest

from beyondtext.core.errors import InputError
from beyondtext.core.tables import read_table


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


def test_options_are_those_of_pandas(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2.10\n")
    assert read_table(path, ["a", "b"], "", dtype={"b": str})["b"].tolist() == ["2.10"]
