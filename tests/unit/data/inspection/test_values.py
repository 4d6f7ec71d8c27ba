"""Values that the readers repair, leave out or merge: the task says so."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.findings import Wishes
from beyondtext.data.inspection.inspect import inspect
from own_data import fasta, letters, table, write

NUMBER = 60
TWO = ["enzyme" if row % 3 else "other" for row in range(NUMBER)]
NUMBERS = [f"{row / 7:.2f}" for row in range(NUMBER)]


def changes(findings):
    return {change["reason"]: change["count"] for change in findings.counts["changes"]}


def test_decimal_commas_and_semicolons(tmp_path):
    numbers = [value.replace(".", ",") for value in NUMBERS]
    text = table(letters(NUMBER), numbers, delimiter=";", header=["Sequenz", "Aktivität"])
    findings = inspect(write(tmp_path / "german.csv", text, encoding="latin-1"))
    assert findings.task["options"]["delimiter"] == ";"
    assert findings.task["target"] == {"kind": "number", "decimal": ","}
    assert changes(findings) == {"latin1": 1, "decimal_commas": NUMBER}


def test_whole_numbers_in_two_forms_are_counted(tmp_path):
    targets = ["0", "1"] * 20 + ["0.0", "1.0"] * 10
    text = table(letters(60), targets, header=["sequence", "label"])
    findings = inspect(write(tmp_path / "merged.csv", text))
    assert findings.task["target"]["classes"] == ["0", "1"]
    assert changes(findings) == {"decimal_classes": 20}


def test_words_for_missing_targets_are_left_out(tmp_path):
    labels = ["NA" if row in (3, 9) else value for row, value in enumerate(TWO)]
    findings = inspect(write(tmp_path / "na.csv", table(letters(NUMBER), labels, header=["sequence", "label"])))
    assert findings.task["target"]["classes"] == ["enzyme", "other"]
    assert findings.seen["options.empty"] == "'NA' is the target in 2"
    assert changes(findings) == {"missing": 2}
    (remark,) = [str(remark) for remark in findings.remarks if "left out" in remark.what]
    why = "'NA' is the target in 2, which is taken for a missing value (change with `--keep-missing`)"
    assert remark == f"records without a known target are left out: {why}"


@pytest.mark.parametrize("unmarked", [" class=NA", " class=", ""])
def test_records_of_fasta_without_a_target_are_left_out(tmp_path, unmarked):
    headers = [f"p{row}{f' class={value}' if row % 10 else unmarked}" for row, value in enumerate(TWO)]
    findings = inspect(write(tmp_path / "mine.fasta", fasta(headers, letters(NUMBER))))
    assert findings.task["options"]["empty"] == "drop" and findings.task["target"]["classes"] == ["enzyme", "other"]
    assert changes(findings) == {"missing" if "NA" in unmarked else "empty": 6}
    assert findings.counts["read"] == NUMBER and sum(findings.counts["splits"].values()) == NUMBER - 6


def test_a_class_may_be_called_like_a_missing_value(tmp_path):
    labels = ["NA" if row % 4 == 0 else value for row, value in enumerate(TWO)]
    path = write(tmp_path / "na.csv", table(letters(NUMBER), labels, header=["sequence", "label"]))
    findings = inspect(path, Wishes(keep_missing=True))
    assert findings.task["target"]["classes"] == ["NA", "enzyme", "other"] and changes(findings) == {}
    assert findings.counts["read"] == NUMBER and "empty" not in findings.task["options"]


def test_repeated_measurements_are_averaged(tmp_path):
    sequences = letters(NUMBER)
    sequences[5] = sequences[4]
    text = table(sequences, NUMBERS, header=["sequence", "value"])
    findings = inspect(write(tmp_path / "replicates.csv", text))
    assert findings.task["repeats"] == "mean" and changes(findings) == {"repeats": 1}
    dropped = inspect(write(tmp_path / "replicates.csv", text), Wishes(repeats="drop"))
    assert dropped.task["repeats"] == "drop" and changes(dropped) == {"conflicting": 2}


def test_what_the_cut_makes_equal_is_not_averaged(tmp_path):
    sequences = letters(NUMBER)
    sequences[:20] = [sequences[0][:20] + other for other in sequences[:20]]
    text = table(sequences, NUMBERS, header=["sequence", "value"])
    findings = inspect(write(tmp_path / "variants.csv", text), Wishes(max_length=20))
    assert "repeats" not in findings.task and changes(findings)["cut_conflicting"] == 20
    (remark,) = [str(remark) for remark in findings.remarks if "truncation removes the part" in remark.what]
    assert "20 records differ from another one only after their first 20 symbols, and are left out" in remark


def test_small_classes_that_the_user_leaves_out(tmp_path):
    labels = ["rare" if row < 6 else value for row, value in enumerate(TWO)]
    text = table(letters(NUMBER), labels, header=["sequence", "label"])
    findings = inspect(write(tmp_path / "rare.csv", text), Wishes(smallest_class=10))
    assert findings.task["target"] == {"kind": "class", "classes": ["enzyme", "other"], "others": "drop"}
    assert changes(findings) == {"other_classes": 6}


def test_a_compressed_alignment_with_stops_and_lower_case(tmp_path):
    sequences = [f"{sequence[:9].lower()}--{sequence[9:]}*" for sequence in letters(NUMBER)]
    text = fasta([f"a{row} class={value}" for row, value in enumerate(TWO)], sequences)
    findings = inspect(write(tmp_path / "aligned.a2m", text, encoding="utf-16", compressed=True))
    assert changes(findings) == {"lower_case": NUMBER, "gaps": NUMBER, "stop": NUMBER}


@pytest.mark.parametrize("rule", ["mean", "median"])
def test_classes_have_no_mean(tmp_path, rule):
    path = write(tmp_path / "a.csv", table(letters(NUMBER), TWO, header=["sequence", "label"]))
    with pytest.raises(InputError, match=f"--repeats {rule} is for targets of the kind number, and these are class"):
        inspect(path, Wishes(repeats=rule))


@pytest.mark.parametrize(
    ("alphabet", "message"), [("", "has one symbol only"), ("XZ", "most symbols of the sequences are not in it")]
)
def test_an_alphabet_that_is_none_of_these_sequences(tmp_path, alphabet, message):
    path = write(tmp_path / "a.csv", table(letters(NUMBER), TWO, header=["sequence", "label"]))
    with pytest.raises(InputError, match=message):
        inspect(path, Wishes(alphabet=alphabet, domain="protein"))


@pytest.mark.parametrize("between", ["", "-", " "])
def test_three_letter_code_is_refused(tmp_path, between):
    codes = ["Ala", "Gly", "Ser", "Leu", "Trp"]
    sequences = [between.join(codes[(row // 5**place) % 5] for place in range(9)) for row in range(NUMBER)]
    path = write(tmp_path / "a.csv", table(sequences, TWO, header=["sequence", "label"]))
    with pytest.raises(InputError, match=r"the sequences are in three-letter code, .* convert them to one-letter code"):
        inspect(path)


def test_numbers_with_something_else_are_named_with_the_remedy(tmp_path):
    limits = [">9.5" if row % 6 == 0 else value for row, value in enumerate(NUMBERS)]
    path = write(tmp_path / "a.csv", table(letters(NUMBER), limits, header=["sequence", "IC50"]))
    for wishes in (Wishes(), Wishes(target="IC50")):
        with pytest.raises(InputError, match=r"50 of 60 values of `IC50` are numbers, '>9.5' \(10\) is not; replace "):
            inspect(path, wishes)


def test_the_minus_sign_of_word_processors(tmp_path):
    numbers = [f"\N{MINUS SIGN}{value}" if row % 2 else value for row, value in enumerate(NUMBERS)]
    findings = inspect(write(tmp_path / "a.csv", table(letters(NUMBER), numbers, header=["sequence", "y"])))
    assert findings.task["target"] == {"kind": "number"}
    assert changes(findings) == {"minus_signs": NUMBER // 2}


def test_symbols_of_no_alphabet_are_named(tmp_path):
    sequences = [f"|{sequence}|" for sequence in letters(NUMBER)]
    path = write(tmp_path / "a.csv", table(sequences, TWO, header=["sequence", "label"]))
    with pytest.raises(InputError, match=r"and '\|' 120 times in no alphabet, without which they are (protein|DNA);"):
        inspect(path)


def test_equal_sequences_are_refused(tmp_path):
    same = ["MKVLAAGIVGLPWRST"] * NUMBER
    path = write(tmp_path / "a.csv", table(same, NUMBERS, header=["sequence", "y"]))
    with pytest.raises(InputError, match="all sequences, in `sequence`, are the same; a study needs different ones"):
        inspect(path)
    path = write(tmp_path / "a.fa", fasta([f"r{row} class={value}" for row, value in enumerate(TWO)], same))
    with pytest.raises(InputError, match="all 60 sequences are the same; a study needs different ones"):
        inspect(path)


def test_very_few_records_are_refused(tmp_path):
    path = write(tmp_path / "a.fa", fasta(["r1 class=a", "r2 class=b", "r3 class=a"], letters(3)))
    with pytest.raises(InputError, match="3 records are too few for a study; give at least 10"):
        inspect(path)


@pytest.mark.parametrize("word", ["NA", "nan", "None", "#N/A", "n/a", "-"])
@pytest.mark.parametrize("second", [False, True])
def test_words_for_missing_sequences_are_left_out_and_named(tmp_path, word, second):
    sequences = [word if row in (3, 9, 30) else value for row, value in enumerate(letters(NUMBER))]
    others = [letters(NUMBER, seed=1)] if second else []
    header = ["sequence1", "sequence2"] if second else ["sequence"]
    path = write(tmp_path / "na.csv", table(*others, sequences, TWO, header=[*header, "label"]))
    findings = inspect(path)
    assert changes(findings) == {"empty": 3} and findings.task["options"]["empty"] == "drop"
    (remark,) = [str(remark) for remark in findings.remarks if "read as empty" in remark.what]
    assert remark == f"`{header[-1]}` has words for missing values, read as empty: {word!r} in 3"


@pytest.mark.parametrize(("number", "is_used"), [(20, False), (3, True)])
@pytest.mark.parametrize("form", ["table", "fasta"])
def test_words_for_missing_groups_are_no_group(tmp_path, number, is_used, form):
    groups = ["NA" if row < number else f"g{row // 2}" for row in range(NUMBER)]
    kinds = ["enzyme" if row // 2 % 2 else "other" for row in range(NUMBER)]
    if form == "table":
        text = table(letters(NUMBER), kinds, groups, header=["sequence", "label", "cluster"])
    else:
        headers = [f"p{row} label={value} cluster={groups[row]}" for row, value in enumerate(kinds)]
        text = fasta(headers, letters(NUMBER))
    findings = inspect(write(tmp_path / "groups.txt", text), Wishes(target="label"))
    remarks = [str(remark) for remark in findings.remarks]
    if not is_used:
        assert "`cluster` is not the group: 20 of 60 records have none (change with `--group cluster`)" in remarks
        assert "groups" not in findings.counts or sum(findings.counts["groups"].values()) == NUMBER
    elif form == "table":
        assert changes(findings)["empty"] == 3 and sum(findings.counts["groups"].values()) == 29
    else:
        assert findings.task["options"]["absent"] == {"group": "none"}


@pytest.mark.parametrize("word", ["NA", "null"])
def test_words_for_missing_splits_are_left_out(tmp_path, word):
    splits = [word] * 4 + ["train"] * 36 + ["dev"] * 8 + ["test"] * 12
    path = write(tmp_path / "na.csv", table(letters(NUMBER), TWO, splits, header=["sequence", "label", "split"]))
    findings = inspect(path)
    assert findings.task["split"]["values"] == {"train": "train", "validation": "dev", "test": "test"}
    assert changes(findings) == {"empty": 4}


@pytest.mark.parametrize("word", ["n.a.", ".", "not available", "no data", "nil", "NaT", "N.D.", "#REF!", "TBD"])
def test_classes_that_may_stand_for_missing_values_are_named(tmp_path, word):
    labels = [word if row % 4 == 0 else value for row, value in enumerate(TWO)]
    findings = inspect(write(tmp_path / "na.csv", table(letters(NUMBER), labels, header=["sequence", "label"])))
    assert word in findings.task["target"]["classes"]
    remarks = [str(remark) for remark in findings.remarks]
    assert f"classes that may stand for missing values: {word!r} 15 times; delete these records if so" in remarks


@pytest.mark.parametrize("word", [r"\N", "(null)"])
def test_words_of_databases_for_missing_targets_are_left_out(tmp_path, word):
    labels = [word if row in (3, 9) else value for row, value in enumerate(TWO)]
    findings = inspect(write(tmp_path / "na.csv", table(letters(NUMBER), labels, header=["sequence", "label"])))
    assert findings.task["target"]["classes"] == ["enzyme", "other"] and changes(findings) == {"missing": 2}


@pytest.mark.parametrize("values", [("950", "1.234"), ("7", "12.345"), ("100", "1.500"), ("-20", "-1.000")])
def test_points_that_may_be_between_thousands_are_asked_about(tmp_path, values):
    small, large = values
    numbers = [f"{large[:-3]}{row:03}" if row % 2 else f"{int(small) - row}" for row in range(NUMBER)]
    path = write(tmp_path / "german.csv", table(letters(NUMBER), numbers, delimiter=";", header=["sequence", "value"]))
    with pytest.raises(
        InputError, match=r"`value` has values such as .* next to whole numbers .*or give --decimal point"
    ):
        inspect(path)
    findings = inspect(path, Wishes(decimal="point"))
    assert findings.task["target"] == {"kind": "number", "decimal": "."}


@pytest.mark.parametrize(
    "form", ["{:.2f};1", "{:.3f};0.500", "{:.3f};1000", "{:.3f};12.5", "{:.4f};7", "{:.3f};9.999", "{:.3f};0"]
)
def test_points_that_are_decimal_points_are_read_as_such(tmp_path, form):
    most, other = form.split(";")
    numbers = [most.format(1 + row / 7) if row % 2 else other for row in range(NUMBER)]
    delimiter = "," if other == "0" else ";"
    path = write(tmp_path / "a.csv", table(letters(NUMBER), numbers, delimiter=delimiter, header=["sequence", "value"]))
    assert inspect(path).task["target"] == {"kind": "number"}


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u3000"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_classes_that_blanks_at_their_ends_divide_are_one_and_said(tmp_path, blank, delimiter):
    labels = [value + blank * (row % 10 == 0) for row, value in enumerate(TWO)]
    text = table(letters(NUMBER), labels, delimiter=delimiter, header=["sequence", "label"])
    findings = inspect(write(tmp_path / "blanks.csv", text))
    assert findings.task["target"]["classes"] == ["enzyme", "other"] and changes(findings)["blank_ends"] == 6
    (remark,) = [str(remark) for remark in findings.remarks if "white space" in remark.what]
    assert remark == (
        "classes that differ only in white space at their ends are one: 6 records have blanks at an end, such as "
        f"{'other' + blank!r}"
    )


@pytest.mark.parametrize(
    "cells", [["1,2", "3", "1,3", "2"], ["1,2"] * 5 + ["4", "2,3", "1,4"], ["10,25", "7", "3,4", "9,1"]]
)
def test_lists_of_labels_in_a_table_with_commas_are_no_decimals(tmp_path, cells):
    values = [cells[row % len(cells)] for row in range(NUMBER)]
    rows = [f'{sequence},"{value}"' for sequence, value in zip(letters(NUMBER), values, strict=True)]
    path = write(tmp_path / "lists.csv", "\n".join(["sequence,label", *rows]))
    number = sum("," in value for value in values)
    found = f"{number} of {NUMBER} values of `label` have a comma, such as '{cells[0]}', and others do not, such as "
    for wishes in ({}, {"target_kind": "number"}):
        with pytest.raises(InputError, match=found + ".*give --decimal comma for numbers, or --target-kind class"):
            inspect(path, Wishes(**wishes))
    assert inspect(path, Wishes(decimal="comma")).task["target"] == {"kind": "number", "decimal": ","}
    assert inspect(path, Wishes(target_kind="class")).task["target"]["classes"] == sorted(set(cells))


@pytest.mark.parametrize(
    ("odd", "delimiter"), [("1,05", ","), (",5", ","), ("1,5e3", ","), ("0,83", ";"), ("0,83", "\t")]
)
def test_decimal_commas_that_are_clear_need_no_option(tmp_path, odd, delimiter):
    values = [odd if row % 3 == 0 else str(row) if row % 3 == 1 else f"{row},{row}" for row in range(1, NUMBER + 1)]
    rows = [f'{sequence}{delimiter}"{value}"' for sequence, value in zip(letters(NUMBER), values, strict=True)]
    findings = inspect(write(tmp_path / "clear.csv", "\n".join([f"sequence{delimiter}label", *rows])))
    assert findings.task["target"] == {"kind": "number", "decimal": ","}
    values = [f"{row},{row % 7}" for row in range(NUMBER)]
    rows = [f'{sequence},"{value}"' for sequence, value in zip(letters(NUMBER), values, strict=True)]
    findings = inspect(write(tmp_path / "all.csv", "\n".join(["sequence,label", *rows])))
    assert findings.task["target"] == {"kind": "number", "decimal": ","}
