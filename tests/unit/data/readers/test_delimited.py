"""Delimited text."""

import gzip
import lzma

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.readers import delimited
from beyondtext.data.tally import Tally
from inputs import assert_refused, write
from sources import zipped

TABLE = {"path": "t.csv", "columns": {"sequence": "s", "target": "t"}}


def read_table(folder, content, name="t.csv", **options):
    table, said = read_and_count(folder, content, name, **options)
    assert not said
    return table


def read_and_count(folder, content, name="t.csv", **options):
    tally = Tally()
    table = delimited.read(write(folder, name, content), {**TABLE, "path": name, **options}, folder, tally)
    return table.to_dict("list"), tally.sentence()


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
    read, said = read_and_count(tmp_path, content, **options)
    assert read == {"id": ["1", "2"], "sequence": ["AC", "GT"], "target": ["x", "y"]}
    skipped = "1 line at the top, skipped (such as 't.csv')"
    assert said == (skipped if "skip" in options else "")


def test_lines_that_are_skipped_are_counted_unless_they_are_empty(tmp_path):
    _, said = read_and_count(tmp_path, "made in 2020\n\n  \nat home\ns,t\nAC,x\nGT,y\n", skip=4)
    assert said == "2 lines at the top, skipped (such as 't.csv')"
    assert read_table(tmp_path, "\n\ns,t\nAC,x\nGT,y\n", skip=2)["id"] == ["1", "2"]


def test_quotes_enclose_fields_unless_they_are_turned_off(tmp_path):
    assert read_table(tmp_path, 's,t\n"A, ""C""",x\n')["sequence"] == ['A, "C"']
    assert read_table(tmp_path, 's,t\n"AC,x\nGT",y\n', quotes=False)["sequence"] == ['"AC', 'GT"']


def test_no_text_is_read_as_a_missing_value_or_a_number(tmp_path):
    read = read_table(tmp_path, "s,t\nAC,None\nGT,007\n")
    assert (read["sequence"], read["target"]) == (["AC", "GT"], ["None", "007"])


WORDS = ["NA", "nan", "None", "null", "#N/A", "n/a", "-", "\\N", "(null)", "<NA>"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("column", ["s", "second", "cluster", "part"])
def test_words_for_missing_values_are_empty_cells(tmp_path, word, column):
    columns = {"sequence": "s", "second": "second", "target": "t", "group": "cluster", "split": "part"}
    header = ["s", "second", "t", "cluster", "part"]
    rows = [[text, text[::-1], "x", f"g{text}", "train"] for text in ("ACGTACGT", "TTTTACGTAA", "GGGTACCCA")]
    rows[1][header.index(column)] = word
    content = "".join(",".join(row) + "\n" for row in [header, *rows])
    if word == "None" and column in ("cluster", "part"):
        assert len(read_table(tmp_path, content, columns=columns)["id"]) == 3
        return
    texts = [str(tmp_path / "t.csv"), f"record 2 has no {column!r}", f", but {word!r}, on line 3;"]
    assert_refused(texts, read_table, tmp_path, content, columns=columns)
    table, said = read_and_count(tmp_path, content, columns=columns, empty="drop")
    assert list(table["id"]) == ["1", "3"] and said == "1 with an empty cell (such as 't.csv: record 2')"


def test_words_among_short_sequences_are_sequences(tmp_path):
    table, said = read_and_count(tmp_path, "s,t\nNA,x\nMKVLAAG,y\nnan,x\nKV,y\n")
    assert list(table["sequence"]) == ["NA", "MKVLAAG", "nan", "KV"]
    assert said == ("2 sequences that may be words for a missing value, kept among short ones or texts (such as 'NA')")
    assert_refused(["record 2 has no 's'", "but '#N/A'"], read_table, tmp_path, "s,t\nNA,x\n#N/A,y\nKV,y\n")


def test_words_among_texts_are_texts(tmp_path):
    content = "s,t\na slow film,x\nn/a,y\nNone,x\nbut a warm story,y\nthe two brothers,x\n"
    table, said = read_and_count(tmp_path, content)
    assert table["sequence"][1:3] == ["n/a", "None"] and said.startswith("2 sequences that may be words")
    assert_refused(["record 2 has no 's'", "but '<NA>'"], read_table, tmp_path, content.replace("n/a", "<NA>"))


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("", ["is empty", "a table with a header was expected"]),
        ("s,label\nAC,x\n", ["has no column 't'", "its columns are s, label"]),
        ("s,t\nAC,x\nGT,\n", ["record 2 has no 't'", "the column for the target", "(1 such records)"]),
        ("s,t\nAC,x\n,y\n  ,z\n", ["record 2 has no 's'", "the column for the sequence", "(2 such records)"]),
        ("s,t\nAC,x\nGT\n", ["line 3: record 2 has 1 cell, but there are 2 columns", "1 such records"]),
        ("s,t\nAC,x\n\nGT,y,9\n", ["delimiter ','", "line 4: record 2 has 3 cells, but there are 2 columns"]),
        ("s,t\n1,AC,x\n2,GT,y\n", ["line 2: record 1 has 3 cells", "begin with the names of the rows"]),
        ("s,t\nAC,x\ns,t\nGT,y\n", ["line 3 repeats the header; delete it"]),
        ("s,t,,\n,,,\n", ["has a header but no records"]),
    ],
)
def test_the_problem_of_a_table_is_reported(tmp_path, content, texts):
    assert_refused([str(tmp_path / "t.csv"), *texts], read_table, tmp_path, content)


def test_a_repeated_id_is_reported(tmp_path):
    columns = {"id": "n", "sequence": "s", "target": "t"}
    texts = [str(tmp_path / "t.csv"), "line 5: record 3", "the id 'a' of an earlier record, on line 2"]
    assert_refused(texts, read_table, tmp_path, "n,s,t\na,AC,x\n\nb,GT,y\na,CC,y\n", columns=columns)


def test_a_header_with_more_columns_than_the_file_is_refused(tmp_path):
    texts = [str(tmp_path / "t.csv"), "line 1: record 1 has 2 cells, but there are 3 columns", "2 such records"]
    assert_refused(texts, read_table, tmp_path, "AC,x\nGT,y\n", header=["s", "u", "t"])


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


def test_a_gz_file_that_is_truncated_is_refused(tmp_path):
    content = gzip.compress(b"s,t\nAC,x\n" * 99)[:-12]
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
    assert_refused(["record 2 has 1 cell,"], delimited.read, short, {**TABLE, "path": "u.csv"}, tmp_path, tally)


# --- How people's files differ.


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (gzip.compress(b"s,t\nAC,x\nGT,y\n", mtime=0), "t.csv"),
        (b"s,t\nAC,x\nGT,y\n", "t.csv.gz"),
        (lzma.compress(b"s,t\nAC,x\nGT,y\n"), "t.txt"),
        ("s,t\r\nAC,x\r\nGT,y\r\n".encode("utf-16"), "t.csv"),
        ("s,t\nAC,x\nGT,y".encode("utf-8-sig"), "t.csv"),
        (b"s,t\rAC,x\rGT,y\r", "t.csv"),
        (b"\n\n s , t \n AC,  x\n\tGT , y\t\n", "t.csv"),
        (b's, "t"\n"AC", "x"\n"GT",    "y"\n', "t.csv"),
    ],
)
def test_compression_encoding_line_ends_and_blanks_do_not_matter(tmp_path, content, name):
    read = read_table(tmp_path, content, name=name)
    assert (read["sequence"], read["target"]) == (["AC", "GT"], ["x", "y"])


def test_the_encoding_that_is_guessed_is_counted(tmp_path):
    read, said = read_and_count(tmp_path, "s,t\nAC,Gärung\n".encode("latin-1"))
    assert (read["target"], said) == (["Gärung"], "1 not UTF-8, read as Latin-1 (such as 't.csv, line 2')")


def test_only_line_ends_end_a_line(tmp_path):
    assert read_table(tmp_path, "s,t\nA\u2028C,x\x0by\nG\x85T,y\x1cz\n") == {
        "id": ["1", "2"],
        "sequence": ["A\u2028C", "G\x85T"],
        "target": ["x\x0by", "y\x1cz"],
    }


def test_every_file_of_a_set_may_have_a_byte_order_mark(tmp_path):
    files = write(tmp_path, "a.csv", "\ufeffs,t\nAC,x\n") | write(tmp_path, "b.csv", "s,t\nG,y\n".encode("utf-16"))
    options = {"files": {"train": "a.csv", "test": "b.csv"}, "columns": TABLE["columns"]}
    assert delimited.read(files, options, tmp_path, Tally())["sequence"].tolist() == ["AC", "G"]


def test_a_column_without_a_name_is_no_repeat(tmp_path):
    read = read_table(tmp_path, ",s,t,,\n0,AC,x,,\n1,GT,y,,7\n")
    assert (read["sequence"], read["target"]) == (["AC", "GT"], ["x", "y"])


@pytest.mark.parametrize("header", ["s,t,s", "s, t ,t", '"s","t","s "', "a,s,t,b, a"])
def test_a_name_of_two_columns_is_refused(tmp_path, header):
    name = {"s,t,s": "s", "s, t ,t": "t", '"s","t","s "': "s"}.get(header, "a")
    content = f"{header}\n{','.join(header)}\n"
    assert_refused([f"two columns with the name '{name}'"], read_table, tmp_path, content)


def test_names_are_compared_with_their_case(tmp_path):
    columns = {"sequence": " Seq ", "target": "t"}
    assert read_table(tmp_path, "Seq,seq ,t\nAC,GG,x\n", columns=columns)["sequence"] == ["AC"]
    texts = ["has no column 'Seq' (did you mean 'seq'?); its columns are seq, (no name), t: correct options.columns"]
    assert_refused(texts, read_table, tmp_path, "seq,,t\nAC,,x\n", columns=columns)


@pytest.mark.parametrize(
    ("content", "options", "remedy"),
    [
        ("s;t\nAC;x\n", {"delimiter": ","}, "correct options.delimiter from ',' to ';'"),
        ("seq\tt\nAC\tx\n", {"delimiter": ","}, r"correct options.delimiter from ',' to '\t'"),
        ("s|t|u\nA|x|1,2\n", {"delimiter": ","}, "correct options.delimiter from ',' to '|'"),
        ('"s"\t"t"\n"AC"\t"x"\n', {"delimiter": "\t"}, "set options.quotes to true"),
        ("made in 2020\nat home\ns,t\nAC,x\n", {}, "set options.skip to 2, since the header is on line 3"),
        ("a\nb\nc\ns,t\nAC,x\n", {"skip": 1}, "set options.skip to 3, since the header is on line 4"),
        ("AC,x\nGT,y\n", {}, "correct options.columns, or set options.header if the file has no header"),
    ],
)
def test_a_header_without_a_column_comes_with_a_remedy(tmp_path, content, options, remedy):
    assert_refused(["has no column 's'", remedy], read_table, tmp_path, content, **options)


def test_a_record_of_another_delimiter_than_the_header_names_is_refused_with_it(tmp_path):
    options = {"header": ["s", "t", "u"], "delimiter": ","}
    texts = ["line 1: record 1 has 1 cell, but there are 3 columns", "options.delimiter: it seems to be '|'"]
    assert_refused(texts, read_table, tmp_path, "AC|x|1\nGT|y|2\n", **options)


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "vertical bar")])
@pytest.mark.parametrize("header", [["i", "s", "t"], None])
def test_another_delimiter_than_the_comma_is_recognized_and_counted(tmp_path, delimiter, word, header):
    rows = [["i", "s", "t"], ["1", "AC", "1,5"], ["2", "G T", "a,b"], ["3", "GG", "x"]]
    content = "\n".join(delimiter.join(row) for row in rows[header is not None :])
    options = {"header": header} if header else {}
    read, said = read_and_count(tmp_path, content, **options)
    assert (read["sequence"], read["target"]) == (["AC", "G T", "GG"], ["1,5", "a,b", "x"])
    assert said == f"1 with a recognized delimiter other than the comma (such as 't.csv: {word}')"


def test_a_comma_is_preferred_and_a_given_delimiter_is_not_questioned(tmp_path):
    assert read_table(tmp_path, "s,t\nA;C,x\nG;T,y\n")["sequence"] == ["A;C", "G;T"]
    assert read_table(tmp_path, "a;s:t\nAC;:x\n", delimiter=":", columns={"sequence": "a;s", "target": "t"}) == {
        "id": ["1"],
        "sequence": ["AC;"],
        "target": ["x"],
    }


def test_a_workbook_is_refused(tmp_path):
    texts = [f"{tmp_path / 't.csv'} is an Excel workbook (.xlsx); save the sheet as CSV"]
    assert_refused(texts, read_table, tmp_path, zipped({"xl/workbook.xml": "x"}))
    texts = ["is an old Office file (.xls or .doc); save the table as CSV"]
    assert_refused(texts, read_table, tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50))


# --- Quotation marks.


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('i,s,t\n1,"AC,x\n2,GT,y\n3,CC,x\n', ["line 2: a quotation mark opens a cell and is never closed"]),
        ('i,s,t\n1,AC,x\n"2,GT,y\n', ["line 3: a quotation mark opens a cell and is never closed"]),
        ('i,s,t\n1,"A\nC", "x\n2,GT,y\n', ["line 3: a quotation mark opens a cell and is never closed"]),
        ('i,s,t\n1,5" A,x\n2,"G,T",y\n3,"CC,x\n', ["line 4: a quotation mark opens a cell and is never closed"]),
        ('i,s,t\n1,"AC,x\n2,GT,y\n3,"C,C",x\n', ["line 4: a quotation mark closes a cell that opens on line 2"]),
        ('i,s,t\n1,"say \\"AC\\" x",y\n', ["line 2: a quotation mark closes a cell that opens on line 2", "double it"]),
        ('i,s,t\n1,"AC,x\n2,GT,y\n3,CC",x\n', ["lines 2 to 4 are one record", "each of these lines looks like a rec"]),
        ('i,s,t\n1,AC,"x\n2,GT,y\n3,CC,x"\n4,G,y\n', ["lines 2 to 4 are one record", "looks like a record"]),
        ('i,s,t\n1,"AC,x\n2,",GT,y\n', ["line 2: record 1 has 4 cells, but there are 3 columns"]),
    ],
)
def test_a_stray_quotation_mark_swallows_no_line(tmp_path, content, texts):
    assert_refused([str(tmp_path / "t.csv"), *texts], read_table, tmp_path, content)


def test_line_breaks_within_quotation_marks_are_counted(tmp_path):
    content = 's,t\nAC,x\n"G\nG\n\nT",y\nTT,"x\n"\n'
    read, said = read_and_count(tmp_path, content)
    assert (read["sequence"], read["target"]) == (["AC", "G\nG\n\nT", "TT"], ["x", "y", "x"])
    assert said == "2 with line breaks within quotation marks (such as 't.csv, line 3')"


@pytest.mark.parametrize("column", ["a (b)", "a\n(b)"])
def test_line_breaks_in_names_and_labels_read_as_blanks(tmp_path, column):
    columns = {"sequence": "s", "target": column, "split": "set"}
    content = 's,"a\n(b)",set\n"A\nC","one \nclass","to\ntrain"\n'
    read, said = read_and_count(tmp_path, content, columns=columns)
    assert read == {"id": ["1"], "sequence": ["A\nC"], "target": ["one class"], "split": ["to train"]}
    assert said == "2 with line breaks within quotation marks (such as 't.csv, line 1')"


BLANKS = [" ", "\t", "\u00a0", "\u3000", "\u2003 "]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("name", ["t", "set", "family"])
def test_blanks_at_the_ends_of_labels_are_counted_if_others_have_none(tmp_path, blank, name):
    columns = {"sequence": "s", "target": "t", "split": "set", "group": "family"}
    rows = [["AC", "x", "train", "f"], ["GT", "x", "train", "f"], ["TT", "y", "test", "g"], ["GG", "y", "test", "g"]]
    header = ["s", *list(columns.values())[1:]]
    place = header.index(name)
    for changed in ((1,), (0, 3)):
        cells = [[cell + blank * (row in changed and column == place) for column, cell in enumerate(cells)]
                 for row, cells in enumerate(rows)]  # fmt: skip
        content = "".join(",".join(row) + "\n" for row in [header, *cells])
        read, said = read_and_count(tmp_path, content, columns=columns)
        assert read["target"] == ["x", "x", "y", "y"] and read["group"] == ["f", "f", "g", "g"]
        line = changed[0] + 2
        number = len(changed)
        words = "with blanks at an end of the target, the split or the group, where others have none"
        assert said == f"{number} {words} (such as 't.csv, line {line}')"


def test_blanks_at_the_ends_of_all_labels_or_of_other_cells_merge_nothing(tmp_path):
    assert read_table(tmp_path, "s,t\nAC ,x \nGT,x \nTT,y\u00a0\n")["target"] == ["x", "x", "y"]
    assert read_table(tmp_path, "n,s,t\na,AC,x\nb,AC ,x\n")["target"] == ["x", "x"]


def test_line_breaks_that_look_like_ends_of_records_are_kept_if_the_task_says_so(tmp_path):
    content = 's,t\n"Well, he\nsaid, no",x\n"Oh, it\nis",y\n'
    assert_refused(["lines 4 to 5 are one record", "options.quotes to true"], read_table, tmp_path, content)
    read, said = read_and_count(tmp_path, content, quotes=True)
    assert read["sequence"] == ["Well, he\nsaid, no", "Oh, it\nis"] and said.startswith("2 with line breaks")


def test_quotation_marks_of_a_tsv_are_text_unless_the_task_says_otherwise(tmp_path):
    content = 's\tt\n"AC, he said\tx\n5" GT\t"y\n"a ""b"" c"\tz\n'
    read, said = read_and_count(tmp_path, content, delimiter="\t")
    assert read["sequence"] == ['"AC, he said', '5" GT', '"a ""b"" c"']
    assert read["target"] == ["x", '"y', "z"]
    assert said == "1 with a cell in quotation marks, which are part of it (such as 't.csv, line 4')"
    assert read_table(tmp_path, content, delimiter="\t", quotes=False)["sequence"] == read["sequence"]
    content = 's\tt\n"a ""b"" c"\t"x\ty"\n'
    read = read_table(tmp_path, content, delimiter="\t", quotes=True)
    assert (read["sequence"], read["target"]) == (['a "b" c'], ["x\ty"])


def test_a_line_break_in_a_cell_of_a_tsv_is_refused(tmp_path):
    options = {"delimiter": "\t", "quotes": True}
    texts = ["lines 3 to 4 are one record", "a cell of a TSV cannot have line breaks"]
    assert_refused(texts, read_table, tmp_path, 's\tt\nA\tx\n"AC\nGT"\ty\n', **options)


# --- Records that are not like the others.


def test_lines_of_delimiters_and_cells_after_the_last_column_are_counted(tmp_path):
    read, said = read_and_count(tmp_path, "s,t\n,\nAC,x,\n , ,\nGT,y\n,,,\n")
    assert (read["id"], read["sequence"], read["target"]) == (["1", "2"], ["AC", "GT"], ["x", "y"])
    assert said == (
        "1 with empty cells after the last column (such as 't.csv, line 3'), "
        "3 lines with delimiters only (such as 't.csv, line 2')"
    )


def test_records_that_end_early_are_dropped_on_request_but_longer_ones_are_not(tmp_path):
    content = "s,t,note\nAC,x,a\nGT,y\nTT,x,b\n"
    read, said = read_and_count(tmp_path, content, empty="drop")
    assert (read["id"], said) == (["1", "3"], "1 with an empty cell (such as 't.csv: record 2')")
    texts = ["line 3: record 2 has 4 cells, but there are 3 columns", "1 such records"]
    assert_refused(texts, read_table, tmp_path, content.replace("GT,y", "G,T,y,b") + "G\n", empty="drop")


def test_a_header_that_the_task_repeats_is_no_record(tmp_path):
    texts = ["line 1 repeats the header", "options.skip"]
    assert_refused(texts, read_table, tmp_path, "s,t\nAC,x\n", header=["s", "t"])


@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"])
@pytest.mark.parametrize("second", ["n,s,t", "N,S,T", "t,s,n", "n,t,s", "n, s ,t"])
def test_the_header_of_a_file_that_was_joined_is_no_record(tmp_path, mark, second):
    content = f"{mark}n,s,t\na,AC,x\nb,GT,y\n{mark}{second}\nc,TT,x\n"
    said = (
        "repeats the header; delete it" if second in ("n,s,t", "n, s ,t") else "has names of columns in place of values"
    )
    columns = {"id": "n", "sequence": "s", "target": "t"}
    with pytest.raises(InputError, match=f"line 4 {said}") as caught:
        read_table(tmp_path, content, columns=columns)
    assert "options." not in str(caught.value)


def test_a_class_with_the_name_of_a_column_is_one(tmp_path):
    assert read_table(tmp_path, "s,t\nAC,t\nGT,s\n")["target"] == ["t", "s"]


def test_ids_in_several_files_are_counted(tmp_path):
    files = write(tmp_path, "a.csv", "n,s,t\nq,A,1\nr,C,0\n") | write(tmp_path, "b.csv", "n,s,t\nr,G,1\ns,T,1\n")
    options = {"files": {"fit": "a.csv", "score": "b.csv"}, "columns": {**TABLE["columns"], "id": "n"}}
    tally = Tally()
    assert delimited.read(files, options, tmp_path, tally)["id"].tolist() == ["fit-q", "fit-r", "score-r", "score-s"]
    assert tally.sentence() == "1 id in several files, told apart by the splits (such as 'r')"


def test_the_delimiter_of_a_set_is_a_comma_if_one_file_has_it(tmp_path):
    files = write(tmp_path, "a.csv", "s;t\nA;1\n") | write(tmp_path, "b.csv", "s,t\nA,1\n")
    for names, delimiter in ((("a.csv", "a.csv"), ";"), (("a.csv", "b.csv"), ",")):
        options = {"files": dict(zip(("train", "test"), names, strict=True)), "columns": TABLE["columns"]}
        assert delimited.read(files, options, tmp_path, Tally()).attrs == {"delimiter": delimiter}


def test_a_cell_may_be_as_long_as_a_chromosome(tmp_path):
    assert len(read_table(tmp_path, f"s,t\n{'ACGT' * 100_000},x\n")["sequence"][0]) == 400_000


def test_many_columns_are_taken_in_time_and_named_in_part(tmp_path):
    names = [f"c{number}" for number in range(50_000)]
    content = f"s,t,{','.join(names)}\nAC,x{',1' * len(names)}\n"
    assert read_table(tmp_path, content)["sequence"] == ["AC"]
    texts = ["has no column 'u'; its columns are s, t, c0", "and 49,982 more"]
    columns = {"sequence": "s", "target": "u"}
    assert_refused(texts, read_table, tmp_path, content, columns=columns)


def test_a_message_has_the_beginning_of_a_long_id(tmp_path):
    content = f"n,s,t\n{'i' * 5000},AC,x\n{'i' * 5000},GT,y\n"
    columns = {"id": "n", "sequence": "s", "target": "t"}
    assert_refused([f"the id '{'i' * 200}…' of an earlier"], read_table, tmp_path, content, columns=columns)


def test_absent_gives_the_split_of_records_that_name_none(tmp_path):
    columns, content = {"sequence": "s", "target": "t", "split": "part"}, "s,t,part\nAC,x,test\nGT,y,\nCC,x,NA\n"
    assert_refused(["record 2 has no 'part'"], read_table, tmp_path, content, columns=columns)
    read = read_table(tmp_path, content, columns=columns, absent={"split": "train"})
    assert read["split"] == ["test", "train", "train"]
    texts = ["options.absent has a value for 'split'", "options.columns names no column for it"]
    assert_refused(texts, read_table, tmp_path, content, absent={"split": "train"})


MARKED = {"sequence": "s", "target": "t", "split": "set", "validation": "val"}


def test_training_records_may_be_marked_for_validation(tmp_path):
    content = "s,t,set,val\nAC,x,tr,TRUE\nGT,y,tr,\nCC,x,te,no\nGG,y,te,NA\n"
    read = read_table(tmp_path, content, columns=MARKED)
    assert read["split"] == ["validation", "tr", "te", "te"] and "validation" not in read
    assert read_table(tmp_path, content.replace("TRUE", "0"), columns=MARKED)["split"] == ["tr", "tr", "te", "te"]


@pytest.mark.parametrize(
    ("record", "texts"),
    [
        ("GG,y,tr,perhaps", ["line 3: record 2 has 'perhaps'", "true or false was expected"]),
        ("GG,y,te,1", ["line 3: record 2 is marked for validation", "in the split 'te', and others in 'tr'"]),
        ("GG,y,validation,", ["line 3: record 2 is already in the split 'validation'"]),
    ],
)
def test_marks_that_contradict_the_split_are_refused(tmp_path, record, texts):
    assert_refused(texts, read_table, tmp_path, f"s,t,set,val\nAC,x,tr,1\n{record}\n", columns=MARKED)
