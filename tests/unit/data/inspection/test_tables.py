"""How tables are written."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.findings import Notes, Wishes
from beyondtext.data.inspection.tables import Dialect, find_dialect, read_table
from own_data import letters, sentences

ROWS = [("MKVLLA", "1.5"), ("AKKDEF", "2"), ("WWYTSR", "0.25"), ("GGHKLM", "3")]


def dialect(text, **wishes):
    return find_dialect("file", text, Wishes(**wishes), Notes())


def lines(*rows, delimiter=","):
    return "".join(delimiter.join(row) + "\n" for row in rows)


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
def test_delimiters(delimiter):
    text = lines(("sequence", "value"), *ROWS, delimiter=delimiter)
    assert dialect(text) == Dialect(delimiter)


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_a_first_line_for_excel_names_the_delimiter_and_is_skipped(first):
    text = f"{first}\nseq;kind\n" + "".join(f"ACGTACGT{'ACGT'[row % 4]}A,C;a,b\n" for row in range(20))
    assert dialect(text) == Dialect(";", skip=1)
    assert dialect(text, delimiter=",").delimiter == ","
    notes = Notes()
    _, fields = read_table("a.csv", text, Wishes(), notes)
    assert list(fields) == ["seq", "kind"] and len(fields["kind"].values) == 20
    shown = [str(remark) for remark in notes.remarks]
    assert shown[0].startswith("a table, delimiter semicolon: the first line, ") and "says so" in shown[0]
    assert shown[1].startswith("1 line at the top skipped: the first, ") and "is for Excel" in shown[1]


def test_a_line_for_excel_alone_is_no_table():
    with pytest.raises(InputError, match="names of columns but no records"):
        read_table("a.csv", "sep=;\n\n", Wishes(), Notes())


@pytest.mark.parametrize("sign", [",", "\t", "|"])
def test_lines_between_the_one_for_excel_and_the_header_are_skipped_too(sign):
    text = f"sep={sign}\nmade in 1999\n" + lines(["seq", "kind", "n"], *[["ACGT" * 3, "a", "1"]] * 20, delimiter=sign)
    assert dialect(text) == Dialect(sign, skip=2)


def test_blanks_are_a_delimiter_if_nothing_else_is():
    assert dialect(lines(("sequence", "value"), *ROWS, delimiter=" ")) == Dialect(" ")
    with pytest.raises(InputError, match="neither FASTA nor a table"):
        dialect("one two\nthree four five\n")


@pytest.mark.parametrize("values", [["\N{MINUS SIGN}3,41"], [",26", "-,5"], ["1,5e3", "2"]])
def test_decimal_commas_in_every_form_that_is_read(values):
    numbers = [*values, *["0,83"] * 40]
    rows = zip(letters(len(numbers)), numbers, strict=True)
    _, fields = read_table("file", lines(("sequence", "value"), *rows, delimiter=";"), Wishes(), Notes())
    assert fields["value"].decimal == ","


@pytest.mark.parametrize(
    "titles", [["Table S1. Enzymes,,"], ["Table S1. Enzymes,,", ",,"], [",,", "See the text,,", ",,"]]
)
def test_titles_that_excel_pads_are_skipped(titles):
    rows = [(f"e{row}", sequence, "xy"[row % 2]) for row, sequence in enumerate(letters(20))]
    notes = Notes()
    text = "\n".join([*titles, lines(("Name", "Sequence", "Class"), *rows)])
    found, fields = read_table("file", text, Wishes(), notes)
    assert found.skip == len(titles) and list(fields) == ["Name", "Sequence", "Class"]
    assert any("skipped" in str(remark) and "first of their cells" in str(remark) for remark in notes.remarks)


def test_a_first_record_with_empty_cells_is_no_title():
    rows = [("e0", "", ""), *((f"e{row}", sequence, "xy"[row % 2]) for row, sequence in enumerate(letters(20)))]
    assert read_table("file", lines(*rows), Wishes(), Notes())[0].skip == 0


def test_a_semicolon_and_decimal_commas():
    text = lines(("sequence", "value"), *((a, b.replace(".", ",")) for a, b in ROWS), delimiter=";")
    found, fields = read_table("file", text, Wishes(), Notes())
    assert found.delimiter == ";" and fields["value"].decimal == ","
    assert list(fields["value"].numbers) == [1.5, 2, 0.25, 3]


def test_a_header_that_the_file_lacks():
    assert dialect(lines(*ROWS)).header == ["column1", "column2"]
    assert dialect(lines(("MKVLLA", "a"), ("AKKDEF", "b"), *[("WWYTSR", "a")] * 9)).header == ["column1", "column2"]


def test_the_user_knows_whether_there_is_a_header():
    assert dialect(lines(*ROWS), header="yes").header is None
    assert dialect(lines(("sequence", "value"), *ROWS), header="no").header == ["column1", "column2"]


def test_lines_above_the_table_are_skipped():
    found = dialect("# exported today\n# 4 records\n" + lines(("sequence", "value"), *ROWS))
    assert (found.skip, found.header) == (2, None)


def test_a_header_without_the_column_of_row_names_as_r_writes_it():
    rows = [(str(number), *row) for number, row in enumerate(ROWS, start=1)]
    found = dialect(lines(("sequence", "value"), *rows))
    assert (found.skip, found.header) == (1, ["row", "sequence", "value"])


def test_quotation_marks_around_cells():
    rows = [(f'"{a}, one"', b) for a, b in ROWS]
    found, fields = read_table("file", lines(("sequence", "value"), *rows), Wishes(), Notes())
    assert found.options == {"delimiter": ",", "quotes": True}
    assert fields["sequence"].values[0] == "MKVLLA, one"


def test_quotation_marks_within_cells():
    rows = [(f'he said "{a}', b) for a, b in ROWS]
    rows[2] = ('"well', "1")
    found, fields = read_table("file", lines(("text", "value"), *rows, delimiter="\t"), Wishes(), Notes())
    assert found.options == {"delimiter": "\t", "quotes": False}
    assert fields["text"].values[2] == '"well'


def test_records_with_other_numbers_of_cells_are_counted():
    notes = Notes()
    rows = [ROWS[number % 4] for number in range(20)]
    _, fields = read_table("file", lines(("sequence", "value"), *rows, ("MKV",)), Wishes(), notes)
    (remark,) = [remark for remark in notes.remarks if remark.what == "uneven numbers of cells"]
    assert remark.why == "1 of 21 records have more or fewer than 2, such as 'MKV'"
    assert fields["value"].values[20] == ""


def test_a_text_that_is_no_table():
    with pytest.raises(InputError, match=r"neither FASTA nor a table: its first line is 'once upon a time'"):
        dialect("once upon a time\nthere was a\n")


def test_two_columns_of_one_name():
    with pytest.raises(InputError, match="two columns named 'value'"):
        read_table("file", lines(("sequence", "value", "value"), *((*row, "x") for row in ROWS)), Wishes(), Notes())


def test_roles_are_not_looked_for_in_too_many_columns():
    names = ["sequence", "value", *(f"c{number}" for number in range(1000))]
    text = lines(names, *((*row, *("x" * 1000)) for row in ROWS))
    with pytest.raises(InputError, match=r"has 1,002 columns, more than the 1,000 .+ with --sequence and --target"):
        read_table("file", text, Wishes(), Notes())
    fields = read_table("file", text, Wishes(sequence="sequence", target="c7"), Notes())[1]
    assert list(fields) == ["sequence", "c7"] and list(fields["c7"].values) == ["x"] * 4


def test_columns_at_the_end_without_a_name_and_values_do_not_hide_the_header():
    for more in ([""], ["", "", ""]):
        rows = [(*row, *more) for row in ROWS]
        found, fields = read_table("file", lines(("sequence", "value", *more), *rows), Wishes(), Notes())
        assert found == Dialect(",") and list(fields) == ["sequence", "value"]
        notes = Notes()
        found, fields = read_table("file", lines(("sequence", "value"), *rows), Wishes(), notes)
        assert found == Dialect(",") and list(fields["sequence"].values) == [a for a, _ in ROWS]
        assert not [one for one in notes.remarks if one.what == "uneven numbers of cells"]
        assert dialect(lines(*rows)).header == [f"column{number}" for number in range(1, 3 + len(more))]


def test_a_name_that_is_missing_does_not_hide_the_others():
    rows = [(*ROWS[number % 4], "seen twice" if number == 3 else "") for number in range(20)]
    assert dialect(lines(("sequence", "value", ""), *rows)) == Dialect(",")
    assert dialect(lines(*rows)).header == ["column1", "column2", "column3"]


def test_a_header_that_is_repeated_is_one():
    rows = [(a * 2, "ab"[number % 2]) for number, (a, _) in enumerate(ROWS * 5)]
    text = lines(("sequence", "label"), *rows, ("sequence", "label"), *rows)
    found, fields = read_table("file", text, Wishes(), Notes())
    assert found == Dialect(",") and set(fields["label"].values) == {"a", "b"}


def test_line_breaks_in_names_and_values_read_as_blanks():
    text = 'sequence,"Tm\n(°C)",kind\n' + "".join(f'{a},{b},"two \n words"\n' for a, b in ROWS)
    fields = read_table("file", text, Wishes(), Notes())[1]
    assert list(fields) == ["sequence", "Tm (°C)", "kind"] and set(fields["kind"].values) == {"two words"}


def test_lines_to_skip_are_counted_with_the_empty_ones():
    text = "\n# exported\n\n" + lines(("sequence", "value", "kind"), *((*row, "x") for row in ROWS))
    assert dialect(text) == Dialect(",", skip=3)


@pytest.mark.parametrize(
    "text", [",,,\n,,,\n", ";\n;\n", "\t\t\n", '"",""\n"",""\n', " | \n", "sep=;\n;;\n", "sep=#\n##\n"]
)
def test_a_file_of_delimiters_only_is_refused(text):
    with pytest.raises(InputError, match="file has delimiters only, but no records; replace it"):
        dialect(text)
    with pytest.raises(InputError, match="file has delimiters only"):
        dialect("~~~\n~~~\n", delimiter="~")


KINDS = [(f"{a}{b}", kind) for (a, _), (b, _), kind in zip(ROWS * 5, ROWS[::-1] * 5, "abbab" * 4, strict=True)]


@pytest.mark.parametrize("number", [1, 3, 14])
@pytest.mark.parametrize("comment", ["# Data from Smith, Jones", "#made on 1,2,3", "# a", "# see doi:10/x; y, z"])
@pytest.mark.parametrize("header", [("sequence", "label"), ("chain", "fitness"), None])
def test_comments_above_the_table_are_skipped(number, comment, header):
    rows = KINDS if header else [(sequence, f"{row / 7:.2f}") for row, sequence in enumerate(letters(20))]
    text = f"{comment}\n" * number + lines(*([header] if header else []), *rows)
    if header is None and comment.count(",") == 1:
        assert dialect(text) == Dialect(",", skip=number - 1)  # it may be a header as well as any
        return
    notes = Notes()
    found, fields = read_table("a.csv", text, Wishes(), notes)
    assert (found.delimiter, found.skip, found.header) == (",", number, None if header else ["column1", "column2"])
    assert all(len(field.values) == len(rows) for field in fields.values())
    assert any("they begin with #, as comments do" in str(remark) for remark in notes.remarks)


@pytest.mark.parametrize("above", [0, 2])
@pytest.mark.parametrize("name", ["#sequence", "# Sequence", "#chain"])
def test_a_header_that_begins_like_a_comment_is_one(above, name):
    text = "# made by a program\n" * above + lines((name, "label"), *KINDS, delimiter="\t")
    found, fields = read_table("a.tsv", text, Wishes(), Notes())
    assert found == Dialect("\t", skip=above) and list(fields) == [name, "label"]
    assert len(fields["label"].values) == len(KINDS)


def test_columns_without_names_are_said_to_be_ignored():
    rows = [(str(number), *row, "", f"note {number}") for number, row in enumerate(KINDS)]
    for names, said in {
        ("", "sequence", "kind", "", "notes"): ["1 column without a name is not used"],
        ("", "sequence", "kind", "", ""): ["2 columns without names are not used"],
        ("id", "sequence", "kind", "", "notes"): [],
    }.items():
        notes = Notes()
        _, fields = read_table("a.csv", lines(names, *rows), Wishes(), notes)
        assert list(fields) == [name for name in names if name]
        assert [remark.what for remark in notes.remarks if "without" in remark.what] == said


IDS = [f"p{row}" for row in range(40)]
TEXTS = sentences(40)


@pytest.mark.parametrize("sequences", [letters(40), letters(40, 30, "ACGT"), TEXTS])
@pytest.mark.parametrize("targets", ["ab" * 20, [f"{row / 7:.2f}" for row in range(40)]])
@pytest.mark.parametrize("number", [1, 3, 12])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_first_records_with_other_numbers_of_cells_are_no_lines_to_skip(sequences, targets, number, delimiter):
    rows = [list(row) for row in zip(IDS, sequences, targets, strict=True)]
    for changed in ([row[:2] for row in rows[:number]], [[*row, "see a reference"] for row in rows[:number]]):
        text = lines(*changed, *rows[number:], delimiter=delimiter)
        for wishes in ({}, {"header": "no"}):
            notes = Notes()
            found, fields = read_table("file", text, Wishes(**wishes), notes)
            assert (found.skip, len(found.header)) == (0, 3)
            assert list(fields["column1"].values) == IDS and list(fields["column2"].values) == list(sequences)
            assert any(remark.what == "uneven numbers of cells" for remark in notes.remarks)


@pytest.mark.parametrize("title", [[], ["Table S1"]])
@pytest.mark.parametrize("header", [None, "yes"])
@pytest.mark.parametrize(
    "names",
    [("id", "sequence", "label", "comment"), ("name", "chain", "kind", "a", "b"), ("chain", "binds, or not", "x", "y")],
)
def test_a_header_with_too_many_names_is_refused_and_not_skipped(names, header, title):
    rows = list(zip(IDS, letters(40), "ab" * 20, strict=True))
    rows[9] = (*rows[9], "see a reference")
    text = lines(*[[one] for one in title], names, *rows, delimiter="\t")
    with pytest.raises(
        InputError,
        match=rf"file, line {1 + len(title)} has {len(names)} cells \('{names[0]}', .*\), but most lines below have 3; "
        "if it names the columns, ",
    ):
        dialect(text, header=header)


def test_a_first_line_that_may_be_a_title_or_a_text_without_its_label_is_refused():
    rows = list(zip(TEXTS, "ab" * 20, strict=True))
    with pytest.raises(InputError, match=r"file, line 1 has 1 cell \('the film is a slow story…?'\), but most lines"):
        dialect("the film is a slow story\n" + lines(*rows, delimiter="\t"))
    found = dialect("Films that we saw last year\n" + lines(("text", "label"), *rows, delimiter="\t"))
    assert (found.skip, found.header) == (1, None)


@pytest.mark.parametrize(
    "above", ["Data from Smith, Jones\n", "Version 3, of May\nFrom A, B\n", "Smith, 2020, all of it, x\n"]
)
@pytest.mark.parametrize("wishes", [{}, {"header": "yes"}])
def test_lines_above_a_header_of_usual_names_may_have_delimiters(above, wishes):
    text = above + lines(("id", "sequence", "label"), *zip(IDS, letters(40), "ab" * 20, strict=True))
    found = dialect(text, **wishes)
    assert (found.skip, found.header) == (above.count("\n"), None)


def test_the_first_line_is_a_record_if_the_user_says_so_and_it_has_other_cells():
    rows = list(zip(IDS, letters(40), "ab" * 20, strict=True))
    found, fields = read_table("file", lines(("chain", "kind"), *rows), Wishes(header="no"), Notes())
    assert (found.skip, len(found.header)) == (0, 3) and len(fields["column1"].values) == 41


def test_many_lines_above_the_table_are_named():
    text = "".join(f"line {row} of the licence\n" for row in range(14))
    text += lines(("id", "sequence", "label"), *zip(IDS, letters(40), "ab" * 20, strict=True))
    with pytest.raises(
        InputError, match=r"the first 14 lines, such as 'line 0 of .* delete the lines above the header"
    ):
        dialect(text)
