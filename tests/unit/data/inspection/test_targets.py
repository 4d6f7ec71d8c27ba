"""Classes or numbers."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.fields import Field
from beyondtext.data.inspection.findings import Notes, Wishes
from beyondtext.data.inspection.targets import target_rule


def rule(values, sign=".", **wishes):
    notes = Notes()
    found = target_rule(Field("y", pd.Series(values, dtype=str), decimal=sign), Wishes(**wishes), notes)
    return (*found, [str(remark) for remark in notes.remarks])


def test_few_whole_numbers_are_classes():
    target, metric, remarks = rule(["0", "1", "1"] * 10)
    assert (target, metric) == ({"kind": "class", "classes": ["0", "1"]}, "accuracy")
    assert remarks[0] == "2 classes: `y` has two values (1: 20, 0: 10) (change with `--target-kind number`)"
    assert rule(["0", "1", "1"] * 10, target_kind="number")[0] == {"kind": "number"}


@pytest.mark.parametrize("values", [["0.5", "1.5", "2"] * 10, [str(number) for number in range(11)] * 9])
def test_other_numbers_are_numbers(values):
    assert rule(values)[:2] == ({"kind": "number"}, "spearman")
    assert rule(values, target_kind="class")[0]["kind"] == "class"


@pytest.mark.parametrize(
    ("codes", "sign"),
    [
        ([f"{number:03d}" for number in range(12)], "."),
        ([f"{number:02d}.{number % 3}" for number in range(1, 20)], "."),
        (["10", "20", "007", "40", "50", "60", "70", "80", "90", "100", "110"], "."),
        (["1.1", "1.10", "1.2", "1.20", "2.1", "2.10"], "."),
        (["3,1", "3,10", "3,2", "4,5"], ","),
        (["-1.5", "-1.50", "2.5", "3.5"], "."),
    ],
)
def test_codes_that_look_like_numbers_are_classes_and_the_reason_is_printed(codes, sign):
    target, metric, remarks = rule(codes * 10, sign)
    assert (target, metric) == ({"kind": "class", "classes": sorted(codes)}, "accuracy")
    assert remarks[0].startswith("these numbers are names of classes: ")
    assert remarks[0].endswith("(change with `--target-kind number`)")
    zeros = sum(code.startswith("0") for code in codes)
    assert (f"{10 * zeros:,} of {10 * len(codes):,} begin with zeros" if zeros else "spellings make") in remarks[0]
    target, *_, remarks = rule(codes * 10, sign, target_kind="number")
    assert target["kind"] == "number" and not any("codes" in remark or "spellings" in remark for remark in remarks)


def test_many_spellings_of_fewer_numbers_are_numbers_and_said():
    values = [f"{major}.{minor}" for major in range(1, 5) for minor in (1, 10, 2, 20)] * 9
    target, *_, remarks = rule(values)
    assert target == {"kind": "number"}
    assert remarks[0] == (
        "numbers that may be codes: 16 spellings make 8 numbers, such as '1.1' and '1.10' (change with "
        "`--target-kind class`)"
    )
    *_, remarks = rule([f"{number:05d}" for number in range(40)])
    assert remarks[0].startswith("numbers that may be codes: 40 of 40 begin with zeros, as codes do, such as '00000'")


@pytest.mark.parametrize(
    "values",
    [["1", "1.0", "2.5", "3"] * 9, ["\N{MINUS SIGN}1.5", "-1.5", "0.5", "3.5"] * 9, ["0.5", "+2", "2", "0.25"] * 9],
)
def test_ordinary_spellings_of_a_number_are_not_remarked_on(values):
    target, *_, remarks = rule(values)
    assert target == {"kind": "number"} and not any("codes" in remark for remark in remarks)


@pytest.mark.parametrize("wishes", [{}, {"target_kind": "number"}])
@pytest.mark.parametrize(
    ("odd", "remedy"),
    [
        (">10", "replace them with numbers, such as the limit itself, or delete these records"),
        ("12.3 nM", "delete what follows the numbers, such as the unit"),
        ("‘4.5’", "delete the quotation marks around the numbers"),
        ("1'234", "write all numbers with a decimal point and without signs between thousands"),
        ("weak", "correct them, or delete these records"),
    ],
)
def test_a_value_among_numbers_that_is_none_is_refused_with_what_to_do(odd, remedy, wishes):
    with pytest.raises(InputError) as caught:
        rule([str(number / 7) for number in range(30)] + [odd], **wishes)
    option = "--target-kind number: " if wishes else ""
    assert str(caught.value) == f"{option}30 of 31 values of `y` are numbers, {odd!r} (1) is not; {remedy}"


def test_numbers_that_are_wished_for_must_be_all_of_the_values():
    for values, found in ((["1", "2", ">3"] * 9, "18 of 27 values"), (["1", "a", "b", "c"] * 9, "only 9 of 36 values")):
        with pytest.raises(InputError, match=f"^--target-kind number: {found} of `y` are numbers, .*; .*delete"):
            rule(values, target_kind="number")
        assert rule(values, target_kind="class")[0]["kind"] == "class"


NOT_FINITE = [
    "inf",
    "-Inf",
    "Infinity",
    "+∞",
    "1e400",
    "-1e999",
    "−1e400",
    "-nan",
    "nan(ind)",
    "1.#INF",
    "-1.#IND",
    "#NUM!",
]


@pytest.mark.parametrize("wishes", [{}, {"target_kind": "number"}])
@pytest.mark.parametrize("odd", NOT_FINITE)
def test_numbers_that_are_not_finite_are_refused_however_often_they_occur(odd, wishes):
    remedy = "replace them with finite numbers, such as the limit of the measurement, or delete these records"
    for values in (["1", "2", "3"] * 9, [str(number / 7) for number in range(30)]):
        for times in (1, len(values) // 2):
            with pytest.raises(InputError) as caught:
                rule([*values, *[odd] * times], **wishes)
            total, verb = len(values) + times, "is" if times == 1 else "are"
            found = f"{times} of {total} values of `y` {verb} not finite: {odd!r} ({times}); {remedy}"
            assert str(caught.value) == found + (
                "" if wishes else ", or give --target-kind class if they are names of classes"
            )


def test_infinity_is_a_class_among_names_and_if_that_is_wished():
    assert rule(["high", "low", "inf"] * 9)[0]["classes"] == ["high", "inf", "low"]
    assert rule(["1", "2", "inf"] * 9, target_kind="class")[0]["classes"] == ["1", "2", "inf"]


def test_words_for_missing_values_are_not_infinite():
    assert rule([str(number / 7) for number in range(30)] + ["nan", "NaN", "-", "NA"])[0] == {"kind": "number"}


def test_numbers_with_something_else_are_no_classes():
    values = [*(str(number / 7) for number in range(24)), *[">10"] * 6]
    for wishes in ({}, {"target_kind": "number"}):
        if wishes:
            values = [f"{value} nM" for value in values]
        with pytest.raises(InputError, match=r"values of `y` are (numbers, '>10' \(6\) is not|not plain numbers)"):
            rule(values, **wishes)
    with pytest.raises(InputError, match="no value of `y` is a number; leave the option out"):
        rule(["a", "b"] * 9, target_kind="number")


def test_numbers_are_the_alternative_to_classes_that_mostly_are():
    *_, remarks = rule(["1.5", "2.5", "weak", "3.5", ">9"] * 9)
    assert remarks[0].startswith("5 classes: ") and remarks[0].endswith("(change with `--target-kind number`)")
    *_, remarks = rule(["1.5", "a", "b"] * 9)
    assert remarks[0].endswith("(change with `--target NAME`)")


def test_an_imbalance_decides_the_metric():
    assert rule(["a"] * 30 + ["b"] * 10)[1] == "accuracy"
    assert rule(["a"] * 31 + ["b"] * 10)[1] == "balanced_accuracy"


def test_many_small_classes_raise_the_question_whether_they_are_meant():
    *_, remarks = rule([f"c{number}" for number in range(23)] * 2)
    (remark,) = [remark for remark in remarks if "fewer than 10" in remark]
    assert "half of all classes have at most 2 records: is this the target?" in remark


def test_small_classes_can_be_left_out():
    values = ["a"] * 12 + ["b"] * 12 + ["c"] * 3
    target, _, remarks = rule(values, smallest_class=10)
    assert target == {"kind": "class", "classes": ["a", "b"], "others": "drop"}
    assert "1 class left out: c: 3; they have fewer records than you ask for" in remarks
    with pytest.raises(InputError, match="has 1 class with at least 13 known records"):
        rule(["d", *values, *["a"]], smallest_class=13)


def test_words_for_missing_values_are_no_classes_and_others_may_be():
    target, _, remarks = rule(["a", "b", "NA", "none"] * 10)
    assert target["classes"] == ["a", "b", "none"]
    assert "classes that may stand for missing values: 'none' 10 times; delete these records if so" in remarks


def test_decimal_commas():
    values = [f"{number},{number % 7}" for number in range(30)]
    assert rule(values, ",")[0] == {"kind": "number", "decimal": ","}
    unclear = [f"{number},500" for number in range(1, 30)]
    with pytest.raises(InputError, match=r"'1,500' is 1\.500 or 1500, and the others with a comma are no clearer"):
        rule(unclear, ",")
    assert rule(unclear, ",", decimal="comma")[0] == {"kind": "number", "decimal": ","}


def test_one_value_is_no_target():
    with pytest.raises(InputError, match="has only the value 'x'"):
        rule(["x"] * 9)


def test_classes_that_look_alike_are_named():
    *_, remarks = rule(["Yes", "yes", "no", "no\u200b", "maybe"] * 10)
    (remark,) = [remark for remark in remarks if "look alike" in remark]
    assert "'Yes' and 'yes', 'no' and 'no\\u200b' differ only in case, white space or invisible characters" in remark
    assert "write them alike in the file" in remark and "(Yes: 10, maybe: 10, no: 10, no\\u200b: 10," in remarks[0]
    assert not [remark for remark in rule(["a", "b"] * 10)[-1] if "look alike" in remark]


@pytest.mark.parametrize("number", ["1.0", "1.000"])
def test_whole_numbers_with_zeros_as_decimals_are_the_same_classes(number):
    target, _, remarks = rule(["0", "1"] * 10 + ["0.0", number] * 5)
    assert target == {"kind": "class", "classes": ["0", "1"]}
    assert remarks[0].startswith("2 classes: `y` has two values (0: 15, 1: 15)")
    assert rule(["0.0", "1.0"] * 10)[0]["classes"] == ["0.0", "1.0"]
    assert rule(["a", "1", "1.0", "b"] * 10)[0]["classes"] == ["1", "a", "b"]
    with pytest.raises(InputError, match="has 1 class with at least 1 known records"):
        rule(["1", "1.0"] * 10)


@pytest.mark.parametrize(("one", "other"), [("1", "001"), ("1.0", "1.00"), ("1.5", "1,5"), ("1", "+1"), ("2", "2e0")])
def test_classes_that_are_equal_numbers_are_named(one, other):
    target, *_, remarks = rule([one, other, "3"] * 10, target_kind="class")
    assert target["classes"] == sorted([one, other, "3"])
    (remark,) = [remark for remark in remarks if "look alike" in remark]
    assert f"'{one}'" in remark and f"'{other}'" in remark and "or are equal numbers" in remark


def test_large_numbers_are_compared_digit_by_digit():
    large = [str(10**20 + number) for number in range(60)]
    assert not [remark for remark in rule(large * 3, target_kind="class")[-1] if "look alike" in remark]
    *_, remarks = rule([*large, "0" + large[7], "1e9999999999999999999", "a"] * 3, target_kind="class")
    (remark,) = [remark for remark in remarks if "look alike" in remark]
    assert remark.startswith(f"classes that look alike: '0{large[7]}' and '{large[7]}' differ only")


def test_only_a_few_of_many_classes_that_look_alike_are_named():
    *_, remarks = rule([f"{'0' * number}7" for number in range(60)] * 3 + ["x"] * 400)
    (remark,) = [remark for remark in remarks if "look alike" in remark]
    assert remark.count("7'") == 4 and " and 56 more differ only in case" in remark


def test_long_classes_are_shortened_where_they_are_named():
    *_, remarks = rule(["a" * 3000, "b"] * 10)
    assert "a" * 60 + "…: 10" in remarks[0] and "a" * 61 not in remarks[0]


def test_a_sign_for_missing_values_may_be_a_class():
    with pytest.raises(InputError, match=r"two are needed; .*--keep-missing if '-' is a class, not a missing value"):
        rule(["+", "-"] * 10)
    assert rule(["+", "-"] * 10, keep_missing=True)[0] == {"kind": "class", "classes": ["+", "-"]}
