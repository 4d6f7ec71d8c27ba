"""Whether double quotes enclose cells."""

from pathlib import Path

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.findings import Notes, Wishes
from beyondtext.data.inspection.inspect import inspect
from beyondtext.data.inspection.quotation import choose_quotes
from beyondtext.data.inspection.tables import read_table

NUMBER = 60
STARS = [str(1 + number % 3) for number in range(NUMBER)]


def quotes(text, delimiter=",", **wishes):
    notes = Notes()
    found = choose_quotes(Path("t.csv"), text.split("\n"), delimiter, Wishes(**wishes), notes)
    return found, [str(remark) for remark in notes.remarks]


def reviews(form, every=1):
    """A table of texts, of which some are written in another form."""
    return "text,stars\n" + "".join(
        f"{form.format(number)},{star}\n" if number % every == 0 else f"nothing to say on {number},{star}\n"
        for number, star in enumerate(STARS)
    )


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize(
    "form",
    [
        '"I like it,\nthing {}"',  # two lines of two cells each
        '"Dear shop, I like it\n\nRegards, customer {}"',
        '"I like it\nthing {}"',
        '"She said ""yes"",\nthen {}"',
    ],
)
def test_cells_of_several_lines_are_one_record(form, every, tmp_path):
    text = reviews(form, every)
    fields = read_table(Path("t.csv"), text, Wishes(), Notes())[1]
    first = form.strip('"').format(0).replace('""', '"')
    assert list(fields["stars"].values) == STARS and fields["text"].values[0].split() == first.split()
    (tmp_path / "t.csv").write_text(text)
    findings = inspect(tmp_path / "t.csv", Wishes())
    assert findings.counts["read"] == NUMBER and findings.task["options"]["quotes"] is True
    assert "empty" not in findings.task["options"]


def test_what_is_unusual_is_printed():
    found, remarks = quotes(reviews('"I like it,\nthing {}"'))
    assert found is True and remarks == [
        "quotation marks enclose cells: all that open a cell are closed, some of them on another line (change with "
        "`--quotes no`)"
    ]
    found, remarks = quotes('text\tstars\n"well\t1\nthere\t2\n', "\t")
    assert found is False and remarks == [
        "quotation marks do not enclose cells: '\"well' begins with one and does not end with one (change with "
        "`--quotes yes`)"
    ]
    assert quotes(reviews('"Great" thing {}'))[0] is False
    assert quotes(reviews('"one, two {}"')) == (True, [])
    assert quotes(reviews('the "great" {}')) == (None, [])
    assert quotes(reviews("nothing {}")) == (None, [])


@pytest.mark.parametrize("record", [0, 5, NUMBER - 1])
def test_a_mark_that_is_never_closed_is_an_error_but_for_a_tsv(record):
    text = "".join(f"{chr(34) * (number == record)}it is {number},{star}\n" for number, star in enumerate(STARS))
    with pytest.raises(InputError, match=rf"line {record + 2}: a quotation mark opens a cell and is never closed"):
        read_table(Path("t.csv"), f"text,stars\n{text}", Wishes(), Notes())
    fields = read_table(Path("t.csv"), f"text,stars\n{text}", Wishes(quotes="no"), Notes())[1]
    assert fields["text"].values[record] == f'"it is {record}'
    assert quotes(f"text,stars\n{text}".replace(",", "\t"), "\t")[0] is False


def test_marks_that_join_records_are_refused_unless_the_user_knows_better(tmp_path):
    rows = [f"it is {number},{star}" for number, star in enumerate(STARS)]
    rows[5], rows[7] = f'"{rows[5]}', 'it is 7",1'
    (tmp_path / "t.csv").write_text("text,stars\n" + "\n".join(rows))
    with pytest.raises(InputError, match=r"lines 7 to 9 are one record, .+ each of these lines looks like a record"):
        inspect(tmp_path / "t.csv", Wishes())
    assert inspect(tmp_path / "t.csv", Wishes(quotes="no")).counts["read"] == NUMBER
    assert inspect(tmp_path / "t.csv", Wishes(quotes="yes")).counts["read"] == NUMBER - 2


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("form", ['"it is {}"', '"she said ""{}"""', '"{}, well"'])
def test_marks_around_cells_of_a_tsv_are_counted_and_can_be_kept(form, every, tmp_path):
    rows = [f"{form.format(number) if number % every == 0 else number}\t{star}" for number, star in enumerate(STARS)]
    text = "text\tstars\n" + "\n".join(rows) + "\n"
    found, remarks = quotes(text, "\t")
    assert found is True and remarks == [
        f"quotation marks enclose cells: all that open a cell also close it, in {NUMBER // every} rows, such as "
        f"{form.format(0)!r} (change with `--quotes no`)"
    ]
    assert quotes(text.replace("\t", ";"), ";") == (True, [])
    fields = read_table(tmp_path / "t.tsv", text, Wishes(quotes="no"), Notes())[1]
    assert fields["text"].values[0] == form.format(0)


@pytest.mark.parametrize("delimiter", ["\t", ",", "|"])
@pytest.mark.parametrize("form", ['"Good" is {} "bad"', '"{}" or "two" or "three"', '""{}" and more"'])
def test_texts_that_begin_and_end_with_a_quotation_are_kept_as_they_are(form, delimiter, tmp_path):
    lines = [f"{form.format(number)}{delimiter}{star}" for number, star in enumerate(STARS)]
    lines = [line if number % 3 else f"the plain {number}{delimiter}1" for number, line in enumerate(lines)]
    text = "\n".join([f"text{delimiter}stars", *lines])
    found, remarks = quotes(text, delimiter)
    assert found is False and "begins and ends with one and has others between" in remarks[0]
    assert remarks[0].endswith("(change with `--quotes yes`)")
    (tmp_path / "t.txt").write_text(text)
    assert inspect(tmp_path / "t.txt", Wishes(domain="text")).counts["read"] == NUMBER
