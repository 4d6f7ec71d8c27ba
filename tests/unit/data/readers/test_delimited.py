"""Delimited text."""

import gzip

import pytest

from beyondtext.data.readers import delimited
from beyondtext.data.tally import Tally
from inputs import assert_refused, write

TABLE = {"path": "t.csv", "columns": {"sequence": "s", "target": "t"}}


def read_table(folder, content, name="t.csv", **options):
    tally = Tally()
    table = delimited.read(write(folder, name, content), {**TABLE, "path": name, **options}, folder, tally)
    assert not tally.entries
    return table.to_dict("list")


def test_columns_are_found_by_their_names(tmp_path):
    columns = {"id": "name", "sequence": "s", "target": "t", "group": "family", "split": "set"}
    content = "t,extra,set,s,family,name\nx,1,tr, AC ,f1,a\ny,2,te,GT,f2,b\n"
    assert read_table(tmp_path, content, columns=columns) == {
        "id": ["a", "b"],
        "sequence": ["AC", "GT"],
        "target": ["x", "y"],
        "group": ["f1", "f2"],
        "split": ["tr", "te"],
    }


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("s,t\nAC,x\nGT,y\n", {}),
        ("AC,x\nGT,y\n", {"header": ["s", "t"]}),
        ("2 rows\ns,t\nAC,x\nGT,y\n", {"skip": 1}),
        ("2 rows\nAC,x\nGT,y\n", {"skip": 1, "header": ["s", "t"]}),
        ("s\tt\nAC\tx\nGT\ty\n", {"delimiter": "\t"}),
        ("s|t\nAC|x\nGT|y\n", {"delimiter": "|"}),
        ('"s","t"\n"AC","x"\n"GT","y"\n', {}),
        ("\ufeffs,t\r\nAC,x\r\n\r\nGT,y", {}),
        (gzip.compress(b"s,t\nAC,x\nGT,y\n", mtime=0), {"name": "t.csv.gz"}),
    ],
)
def test_every_form_of_a_table_is_read(tmp_path, content, options):
    assert read_table(tmp_path, content, **options) == {
        "id": ["1", "2"],
        "sequence": ["AC", "GT"],
        "target": ["x", "y"],
    }


def test_quotes_enclose_fields_unless_they_are_turned_off(tmp_path):
    assert read_table(tmp_path, 's,t\n"A, ""C""",x\n')["sequence"] == ['A, "C"']
    assert read_table(tmp_path, 's,t\n"AC,x\nGT",y\n', quotes=False)["sequence"] == ['"AC', 'GT"']


def test_no_text_is_read_as_a_missing_value_or_a_number(tmp_path):
    read = read_table(tmp_path, "s,t\nNA,None\nnan,007\n")
    assert (read["sequence"], read["target"]) == (["NA", "nan"], ["None", "007"])


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("", ["is empty", "a table with a header was expected"]),
        ("s,label\nAC,x\n", ["has no column 't'", "its columns are s, label"]),
        ("s;t\nAC;x\n", ["has no column 's'", "its columns are s;t"]),
        ("s,t\nAC,x\nGT,\n", ["record 2 has no 't'", "the column for the target", "(1 such records)"]),
        ("s,t\nAC,x\n,y\n  ,z\n", ["record 2 has no 's'", "the column for the sequence", "(2 such records)"]),
        ("s,t\nAC,x\nGT\n", ["record 2 has no 't'", "(1 such records)"]),
        ("s,t\nAC,x\nGT,y,9\n", ["delimiter ','", "Expected 2 fields in line 3, saw 3"]),
        ('s,t\n"AC,x\nGT,y\n', ["delimiter ','", "EOF inside string starting at row 1"]),
        ("s,t\nAC,é\n".encode("latin-1"), ["is not a table of UTF-8 text", "0xe9"]),
    ],
)
def test_the_problem_of_a_table_is_reported(tmp_path, content, texts):
    assert_refused([str(tmp_path / "t.csv"), *texts], read_table, tmp_path, content)


def test_a_repeated_id_is_reported(tmp_path):
    columns = {"id": "n", "sequence": "s", "target": "t"}
    texts = [str(tmp_path / "t.csv"), "record 3", "the id 'a' of an earlier record"]
    assert_refused(texts, read_table, tmp_path, "n,s,t\na,AC,x\nb,GT,y\na,CC,y\n", columns=columns)


def test_a_header_with_more_columns_than_the_file_is_refused(tmp_path):
    texts = [str(tmp_path / "t.csv"), "record 1 has no 't'", "(2 such records)"]
    assert_refused(texts, read_table, tmp_path, "AC,x\nGT,y\n", header=["s", "u", "t"])


@pytest.mark.filterwarnings("ignore::pandas.errors.ParserWarning")
@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("s,t\nAC,x,9\nGT,y\n", {}),
        ("s,t\nAC,x,9\nGT,y,9\n", {}),
        ("AC,x,9\nGT,y\n", {"header": ["s", "t"]}),
    ],
)
def test_a_first_record_with_too_many_cells_is_refused(tmp_path, content, options):
    assert_refused([str(tmp_path / "t.csv")], read_table, tmp_path, content, **options)


@pytest.mark.parametrize("other", ["sequence", "target"])
def test_an_unused_column_may_have_the_name_of_one_of_ours(tmp_path, other):
    read = read_table(tmp_path, f"s,t,{other}\nAC,x,9\n")
    assert (read["sequence"], read["target"]) == (["AC"], ["x"])


def test_one_column_may_be_used_twice(tmp_path):
    read = read_table(tmp_path, "s,t\nAC,x\n", columns={"id": "s", "sequence": "s", "target": "t"})
    assert read == {"id": ["AC"], "sequence": ["AC"], "target": ["x"]}


@pytest.mark.parametrize("content", [b"s,t\nAC,x\n", gzip.compress(b"s,t\nAC,x\n" * 99)[:-12]], ids=["text", "cut"])
def test_a_gz_file_that_is_not_gzip_or_is_truncated_is_refused(tmp_path, content):
    assert_refused([str(tmp_path / "t.csv.gz")], read_table, tmp_path, content, name="t.csv.gz")


def test_a_table_without_records_is_refused(tmp_path):
    assert_refused([str(tmp_path / "t.csv")], read_table, tmp_path, "s,t\n")


def test_each_split_may_have_a_file_and_records_may_be_pairs(tmp_path):
    files = write(tmp_path, "a.tsv", "q\tp\tt\nA C\tG\t1\nC\tT\t0\n") | write(
        tmp_path, "b.tsv", "t\tx\tp\tq\n1\t-\tA\tG\n"
    )
    options = {
        "files": {"train": "a.tsv", "dev": "b.tsv"},
        "delimiter": "\t",
        "columns": {"sequence": "q", "second": "p", "target": "t"},
    }
    tally = Tally()
    table = delimited.read(files, options, tmp_path, tally)
    assert table.to_dict("list") == {
        "id": ["train-1", "train-2", "dev-1"],
        "sequence": ["A C", "C", "G"],
        "second": ["G", "T", "A"],
        "target": ["1", "0", "1"],
        "split": ["train", "train", "dev"],
    }
    assert not tally.entries


def test_records_with_an_empty_cell_are_dropped_and_counted_on_request(tmp_path):
    content = "s,t\nA,1\n,0\nC\nG,0\n"
    files = write(tmp_path, "t.csv", content)
    tally = Tally()
    table = delimited.read(files, {**TABLE, "empty": "drop"}, tmp_path, tally)
    assert (table["sequence"].tolist(), table["id"].tolist()) == (["A", "G"], ["1", "4"])
    assert tally.sentence() == "2 with an empty cell (such as 't.csv: record 2')"
    assert_refused(["record 2 has no 's'", "set options.empty to drop"], delimited.read, files, TABLE, tmp_path, tally)
    short = write(tmp_path, "u.csv", "s,t\nA,1\nC\n")
    assert_refused(["record 2 has no 't'"], delimited.read, short, {**TABLE, "path": "u.csv"}, tmp_path, tally)
