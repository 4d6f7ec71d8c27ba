"""Targets: the file's own classes, renamed classes, bins of numbers, and numbers."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.tally import Tally
from beyondtext.data.targets import count_small_classes, parse_targets
from demo_task import CLASSES, table


def test_labels_rename_the_files_values_all_at_once():
    rule = {**CLASSES, "labels": {"0": "p", "p": "q"}}
    tally = Tally()
    parsed = parse_targets(table(3, target=["0", "p", "q"]), rule, tally)
    assert (parsed["target"].tolist(), tally.count("outside_bins")) == (["p", "q", "q"], 0)


def test_bins_make_classes_of_numbers_and_exclude_the_others():
    rule = {**CLASSES, "bins": {"p": [None, -1], "q": [1, 2.5]}}
    tally = Tally()
    parsed = parse_targets(table(7, target=["-1", "-0.99", "0", "1", "2.5", "2.51", "-1e9"]), rule, tally)
    assert dict(zip(parsed["id"], parsed["target"], strict=True)) == {"r0": "p", "r3": "q", "r4": "q", "r6": "p"}
    assert tally.count("outside_bins") == 3


def test_bins_that_overlap_are_refused():
    rule = {**CLASSES, "bins": {"p": [None, 1], "q": [1, None]}}
    with pytest.raises(InputError, match=r"q overlaps another bin at 1"):
        parse_targets(table(2, target=["1", "2"]), rule, Tally())


def test_numbers_are_floats():
    tally = Tally()
    parsed = parse_targets(table(3, target=["1", "-2.5", "1e3"]), {"kind": "number"}, tally)
    assert (parsed["target"].tolist(), parsed["target"].dtype, tally.count("outside_bins")) == (
        [1.0, -2.5, 1000.0],
        "float64",
        0,
    )


@pytest.mark.parametrize("rule", [{"kind": "number"}, {**CLASSES, "bins": {"p": [None, 0], "q": [1, None]}}])
@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "1e999", "high", "1,5", ""])
def test_a_target_that_is_not_a_finite_number_is_refused(rule, bad):
    expected = "a finite number" if bad in ("inf", "-inf", "1e999") else "a number"
    message = rf"record 'r1' has the target '{bad}', where {expected} was expected; .*\(1 such records\)"
    with pytest.raises(InputError, match=message):
        parse_targets(table(3, target=["1", bad, "2"]), rule, Tally())


@pytest.mark.parametrize("labels", [{}, {"labels": {"z": "y"}}])
def test_an_unknown_class_is_reported(labels):
    value = "y" if labels else "z"
    with pytest.raises(InputError, match=rf"record 'r2' has the target '{value}', but target\.classes are p, q; "):
        parse_targets(table(3, target=["p", "q", "z"]), {**CLASSES, **labels}, Tally())


def test_without_classes_every_value_is_a_class():
    tally = Tally()
    parsed = parse_targets(table(3, target=["x", "y", "z"]), {"kind": "class"}, tally)
    assert (parsed["target"].tolist(), tally.count("outside_bins")) == (["x", "y", "z"], 0)


def parse(targets, rule, delimiter=None, empty="refuse"):
    """The targets by the number of their record, and what the tally says."""
    rows, tally = table(len(targets), target=targets), Tally()
    rows.attrs = {"delimiter": delimiter} if delimiter else {}
    parsed = parse_targets(rows, rule, tally, empty)
    assert parsed.attrs == {}
    return {
        int(name[1:]): target for name, target in zip(parsed["id"], parsed["target"], strict=True)
    }, tally.sentence()


NUMBER = {"kind": "number"}


@pytest.mark.parametrize("word", ["NA", "nan", "N/A", "#N/A", "null", "NULL", "-", "<NA>"])
@pytest.mark.parametrize("rule", [NUMBER, {"kind": "class"}, CLASSES, {"kind": "class", "labels": {"1": "one"}}])
def test_words_for_missing_values_are_like_empty_cells(word, rule):
    one = "1" if rule == NUMBER or "labels" in rule else "p"
    with pytest.raises(
        InputError, match=r"record 'r1' has the target '(.+)', where a .*\(2 such records\).*empty to drop"
    ) as caught:
        parse([one, word, one, word], rule)
    assert repr(word) in str(caught.value)
    kept, said = parse([one, word, one, word], rule, empty="drop")
    assert list(kept) == [0, 2]
    assert said == f"2 with a word for a missing target (most often {word!r} 2 times; such as record 'r1')"


def test_words_that_the_task_names_are_classes():
    assert parse(["+", "-"], {"kind": "class", "classes": ["+", "-"]}) == ({0: "+", 1: "-"}, "")
    assert parse(["NA", "EU"], {"kind": "class", "labels": {"NA": "America", "EU": "Europe"}})[0] == {
        0: "America",
        1: "Europe",
    }
    assert parse(["none", "?"], {"kind": "class"}) == ({0: "none", 1: "?"}, "")


@pytest.mark.parametrize("rule", [NUMBER, {"kind": "class", "bins": {"low": [None, 0.6], "high": [0.6001, None]}}])
def test_decimal_commas_are_recognized_where_they_are_clear(rule):
    kept, said = parse(["0,5", "12", "-3,25", "1,5e-2", "0,125", "1234,567"], rule, delimiter=";")
    numbers = [0.5, 12.0, -3.25, 0.015, 0.125, 1234.567]
    expected = numbers if rule == NUMBER else ["low" if number < 0.6 else "high" for number in numbers]
    assert list(kept.values()) == expected
    assert said == "5 with a decimal comma (such as record 'r0')"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_comma_that_may_be_between_thousands_is_refused(delimiter):
    message = (
        r"record 'r1' has the target '1,500', which is 1\.500 or 1500 \(2 such records\); set target\.decimal to \",\""
    )
    with pytest.raises(InputError, match=message):
        parse(["0,5", "1,500", "-22,125"], NUMBER, delimiter)
    kept, said = parse(["0,5", "1,500", "-22,125"], {**NUMBER, "decimal": ","}, delimiter)
    assert (kept, said) == ({0: 0.5, 1: 1.5, 2: -22.125}, "3 with a decimal comma (such as record 'r0')")


def test_a_point_that_may_be_between_thousands_is_refused():
    message = (
        r"record 'r1' has the target '1\.234', whose point may be .* \(2 such records\); .*target\.decimal to \"\.\""
    )
    for targets in (["950", "1.234", "-12.345"], ["7", "1.234.567", "1.000"]):
        with pytest.raises(InputError, match=message if "950" in targets else r"'1\.234\.567', whose point may be"):
            parse(targets, NUMBER, ";")
    assert parse(["950", "1.234"], {**NUMBER, "decimal": "."}, ";") == ({0: 950.0, 1: 1.234}, "")
    for targets in (["950", "1.2345"], ["0.950", "1.234"], ["1950", "1.234"], ["1.950", "1.234"], ["950", "12"]):
        assert list(parse(targets, NUMBER, ";")[0].values()) == list(map(float, targets))
    for delimiter in (",", "\t", None):
        assert parse(["950", "1.234"], NUMBER, delimiter)[0] == {0: 950.0, 1: 1.234}


@pytest.mark.parametrize(
    ("targets", "delimiter"),
    [(["1,5", "2"], ","), (["1,5", "2"], None), (["1,5", "2.5"], ";"), (["1,5", "1,2,3"], ";"), (["1,5", "2,x"], ";")],
)
def test_other_commas_in_numbers_are_refused_with_the_key(targets, delimiter):
    message = r"record 'r0' has the target '1,5', where a number was expected; .*set target\.decimal to \",\""
    with pytest.raises(InputError, match=message):
        parse(targets, NUMBER, delimiter)


def test_decimal_commas_that_the_task_states_need_no_other_delimiter_and_allow_no_points():
    assert parse(["1,5", "2"], {**NUMBER, "decimal": ","}, ",")[0] == {0: 1.5, 1: 2.0}
    with pytest.raises(InputError, match=r"record 'r1' has the target '2\.5', but target\.decimal is a comma \(1 such"):
        parse(["1,5", "2.5"], {**NUMBER, "decimal": ","}, ";")


@pytest.mark.parametrize(
    "text", ["1_000", "0x1F", "1e", "\u2212\u22121", "1\u22121", "\u2212", "1 000", "5%", "<1", "\u0663", "True", "--1"]
)
def test_only_numbers_are_read_as_numbers(text):
    with pytest.raises(InputError, match="where a number was expected"):
        parse(["1", text], NUMBER)


def test_the_minus_sign_of_word_processors_is_a_minus():
    kept, said = parse(["\u22121.5", "-2", "3", "1e\u22122"], NUMBER)
    assert kept == {0: -1.5, 1: -2.0, 2: 3.0, 3: 0.01}
    assert said.startswith("2 with the minus sign U+2212, read as a minus (")
    assert parse(["\u22121,5", "2"], NUMBER, ";")[0] == {0: -1.5, 1: 2.0}
    assert parse(["\u22121", "2"], {"kind": "class"})[0] == {0: "\u22121", 1: "2"}


@pytest.mark.parametrize("rule", [NUMBER, {"kind": "class", "bins": {"low": [None, 7], "high": [7.1, None]}}])
def test_numbers_with_zeros_in_front_are_read_and_counted(rule):
    kept, said = parse(["007", "7", "-01", "0", "0.5", "10", "08.50"], rule)
    numbers = [7.0, 7.0, -1.0, 0.0, 0.5, 10.0, 8.5]
    assert list(kept.values()) == (numbers if rule == NUMBER else ["low" if n <= 7 else "high" for n in numbers])
    assert said == "3 with a number such as 007, read as 7 (such as record 'r0')"
    assert parse(["007", "7"], {"kind": "class"}) == ({0: "007", 1: "7"}, "")


def test_other_classes_are_dropped_on_request_after_they_are_renamed():
    rule = {"kind": "class", "classes": ["p", "q"], "labels": {"z": "p", "w": "r"}, "others": "drop"}
    kept, said = parse(["p", "z", "x", "w", "w", "q"], rule)
    assert kept == {0: "p", 1: "p", 5: "q"}
    assert said == "3 of classes that the task leaves out (most often 'r' 2 times, 'x' once; such as record 'r2')"
    with pytest.raises(InputError, match=r"record 'r0' has the target 'P', but .* set target\.others to drop \(2 such"):
        parse(["P", "p", "Q"], {**rule, "others": "refuse"})


def test_whole_numbers_may_be_written_with_decimals():
    rule = {"kind": "class", "labels": {"0": "low", "1": "high"}}
    kept, said = parse(["0.0", "1.00", "1", "-0.0"], {**rule, "classes": ["low", "high", "-0.0"]})
    assert kept == {0: "low", 1: "high", 2: "high", 3: "-0.0"}
    assert said == "2 with a class such as 1 written as 1.0 (such as record 'r0')"
    assert parse(["-2.0", "10.0"], {"kind": "class", "classes": ["-2", "10"]})[0] == {0: "-2", 1: "10"}


@pytest.mark.parametrize("text", ["1.5", "01", "1.", "1e0", "10", "1.0.0"])
def test_other_texts_are_not_the_whole_number(text):
    with pytest.raises(InputError, match=r"but target\.classes are 0, 1"):
        parse(["0", text], {"kind": "class", "classes": ["0", "1"]})


def test_without_names_classes_are_what_is_written():
    assert parse(["1.0", "1.00", "01", "1.5"], {"kind": "class"}) == ({0: "1.0", 1: "1.00", 2: "01", 3: "1.5"}, "")
    assert parse(["1.0", "2"], {"kind": "class", "labels": {"2": "two"}}) == ({0: "1.0", 1: "two"}, "")


@pytest.mark.parametrize("rule", [{"kind": "class"}, {"kind": "class", "labels": {"a": "b"}}])
def test_without_names_whole_numbers_with_decimals_are_those_without_if_there_are_some(rule):
    kept, said = parse(["1.0", "1", "1.00", "-2", "-2.0", "3.0", "a"], rule)
    assert list(kept.values()) == ["1", "1", "1", "-2", "-2", "3.0", "b" if "labels" in rule else "a"]
    assert said == "3 with a class such as 1 written as 1.0 (such as record 'r0')"


def test_labels_that_no_record_has_are_counted():
    kept, said = parse(["a", "b"], {"kind": "class", "labels": {"a": "b", "A": "c", "B": "c"}})
    assert (kept, said) == ({0: "b", 1: "b"}, "2 labels that no record has (such as 'A')")


def test_small_classes_are_named_with_those_that_have_no_record():
    rows, tally = table(31, target=["p"] * 10 + ["q"] * 9 + ["x"] * 12), Tally()
    count_small_classes(rows, {"kind": "class", "classes": ["p", "q", "x", "r"]}, tally)
    assert tally.sentence() == "2 classes with fewer than 10 records (r 0, q 9)"
    tally = Tally()
    count_small_classes(table(24, target=[f"c{n // 2:02}" for n in range(24)]), {"kind": "class"}, tally)
    names = ", ".join(f"c{n:02} 2" for n in range(10))
    question = "half of the 12 classes have at most 2 members: is this the target?"
    assert tally.sentence() == f"12 classes with fewer than 10 records ({names}, …; {question})"
    tally = Tally()
    most = [f"c{n // 2:02}" for n in range(20)] + [f"d{n // 10:02}" for n in range(110)]
    count_small_classes(pd.DataFrame({"target": most}), {"kind": "class"}, tally)
    assert tally.sentence() == f"10 classes with fewer than 10 records ({names})"
    tally = Tally()
    count_small_classes(table(2, target=[1.0, 2.0]), NUMBER, tally)
    count_small_classes(table(20), CLASSES, tally)
    assert not tally.entries
