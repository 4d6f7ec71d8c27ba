"""Several records of one sequence: one of them stays, or none, and both are counted."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data import prepare
from beyondtext.data.cleaning import drop_duplicates
from beyondtext.data.tally import Tally
from demo_task import PUBLISHED, TASK, WORDS, build, counted, published, table, with_symbols

MEASURED = [("AC", 1.0), ("GT", 5.0), ("AC", 2.0), ("TT", 7.0), ("AC", 6.0), ("TT", 9.0), ("CC", 4.0), ("CC", 4.0)]
VOTES = [("AC", "q"), ("AC", "p"), ("GT", "q"), ("AC", "p"), ("TT", "p"), ("TT", "q"), ("GT", "q"), ("CC", "q")]
NUMBERS = {**TASK, "target": {"kind": "number"}, "metric": "spearman"}


def merged(rows, rule):
    tally = Tally()
    kept = drop_duplicates(with_symbols(*rows), tally, repeats=rule)
    return dict(zip(kept["id"], kept["target"], strict=True)), tally


@pytest.mark.parametrize(
    ("rule", "targets", "words"),
    [
        ("mean", [3.0, 5.0, 8.0, 4.0], "their mean is the target"),
        ("median", [2.0, 5.0, 8.0, 4.0], "their median is the target"),
        ("first", [1.0, 5.0, 7.0, 4.0], "the first one's target stays"),
    ],
)
def test_repeated_measurements_become_one(rule, targets, words):
    kept, tally = merged(MEASURED, rule)
    assert kept == dict(zip(["r0", "r1", "r3", "r6"], targets, strict=True))
    # The standard deviations are sqrt(7), sqrt(2) and 0.
    assert tally.sentence() == (
        f"4 repeats, for which another record stays (sequences with several records: 3; {words}; median standard "
        "deviation 1.41; such as record 'r2')"
    )
    tally.check(8, altered=0)  # what the task asks for is no loss


def test_measurements_that_differ_are_dropped_by_default_with_their_spread():
    kept, tally = merged(MEASURED, "drop")
    assert kept == {"r1": 5.0, "r6": 4.0}
    assert tally.sentence() == (
        "1 duplicate (such as record 'r7'), 5 with conflicting targets (sequences with several targets: 2; median "
        "standard deviation 2.03; such as record 'r0')"
    )
    with pytest.raises(InputError, match=r"6 \(75%\) would .*several targets: 2;.*set the task's repeats to"):
        tally.check(8, altered=0)


@pytest.mark.parametrize(("altered", "is_suggested"), [(0, True), (10, True), (11, False)])
def test_the_key_is_suggested_only_if_it_is_enough(altered, is_suggested):
    tally = Tally()
    tally.add("duplicates", 5, "a")
    tally.add("conflicting", 6, "b")
    with pytest.raises(InputError) as caught:
        tally.check(100, altered)
    assert ("; to keep repeats, set the task's repeats to mean" in str(caught.value)) == is_suggested


def test_the_commonest_class_wins_and_ties_are_dropped():
    kept, tally = merged(VOTES, "majority")
    assert kept == {"r0": "p", "r2": "q", "r7": "q"}
    assert tally.sentence() == (
        "2 with repeats that are tied between classes (such as record 'r4'), 3 repeats, for which another record "
        "stays (sequences with several records: 2; the commonest class is the target; such as record 'r1')"
    )
    assert merged(VOTES, "first")[0] == {"r0": "q", "r2": "q", "r4": "p", "r7": "q"}


@pytest.mark.parametrize("rule", ["drop", "first", "mean", "median"])
def test_sequences_without_repeats_are_left_alone(rule):
    kept, tally = merged([("AC", 1.5), ("CA", 1.5), ("ACA", 0.25)], rule)
    assert kept == {"r0": 1.5, "r1": 1.5, "r2": 0.25} and not tally.entries


@pytest.mark.parametrize("rule", ["drop", "first", "mean", "median"])
def test_a_published_test_split_keeps_every_measurement(rule):
    rows = with_symbols(("AC", 1.0), ("GT", 2.0), ("AC", 5.0), ("AC", 9.0), ("GT", 4.0), ("TT", 0.0))
    tally = Tally()
    kept = drop_duplicates(rows, tally, pd.Series(["train", "train", "test", "test", "train", "train"]), rule)
    test = kept.loc[[2, 3], ["id", "target"]]
    assert test.to_numpy().tolist() == [["r2", 5.0], ["r3", 9.0]]
    assert tally.count("in_test") == 1 and "r0" not in set(kept["id"]) and kept.index.is_monotonic_increasing
    assert (
        dict(zip(kept["id"], kept["target"], strict=True)).get("r1")
        == {
            "drop": None,
            "first": 2.0,
            "mean": 3.0,
            "median": 3.0,
        }[rule]
    )


def test_repeats_in_several_groups_have_the_first_ones_group_and_cross_no_splits():
    rows = pd.concat([table(60), table(60), table(60)], ignore_index=True)
    rows["id"] = [f"r{n}" for n in range(180)]
    rows["group"] = [f"g{n % 7 if n < 60 else n % 11}" for n in range(180)]
    rows["target"] = [str(n * n % 17) for n in range(180)]
    examples, _, counts = build({**NUMBERS, "repeats": "mean"}, rows)
    assert examples["id"].tolist() == [f"r{n}" for n in range(60)]
    assert examples["group"].tolist() == [f"g{n % 7}" for n in range(60)]
    assert examples["target"].tolist() == [sum((n + 60 * k) ** 2 % 17 for k in range(3)) / 3 for n in range(60)]
    assert counted(counts) == {"repeats": 120}
    assert (examples.groupby("group")["split"].nunique() == 1).all()


def test_repeats_in_several_published_splits_stay_in_the_last_ones():
    rows = [("123"[n % 3], "pq"[n // 3 % 2], word) for n, word in enumerate(WORDS[:18])]
    rows += [("2", "q", WORDS[0]), ("2", "q", WORDS[0]), ("1", "q", WORDS[1]), ("1", "p", WORDS[2])]
    examples, _, counts = build({**TASK, "split": PUBLISHED, "repeats": "majority"}, published(*rows))
    assert examples["symbols"].map("".join).tolist() == [*WORDS[1:18], WORDS[0]]
    assert examples["split"].tolist() == ["validation", "test", *["train", "validation", "test"] * 5, "validation"]
    assert examples["target"].tolist() == ["p", "p", *["pq"[n // 3 % 2] for n in range(3, 18)], "q"]
    assert counted(counts) == {"in_test": 1, "in_validation": 2, "repeats": 1}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("rule", ["drop", "first", "mean", "median"])
def test_a_validation_measurement_changes_no_training_target_in_any_order(rule, order):
    rows = [("123"[n % 3], str(n), word) for n, word in enumerate(WORDS[:18])]
    rows += [("1", "90", WORDS[1]), ("1", "50", WORDS[0]), ("1", "80", WORDS[2]), ("2", "70", WORDS[5])]
    examples, _, counts = build({**NUMBERS, "split": PUBLISHED, "repeats": rule}, published(*rows[::order]))
    by_word = {"".join(row.symbols): (row.split, row.target) for row in examples.itertuples()}
    assert by_word[WORDS[1]] == ("validation", 1.0) and by_word[WORDS[2]] == ("test", 2.0)
    first = 0.0 if order == 1 else 50.0
    merged = {"mean": 25.0, "median": 25.0, "first": first}
    assert by_word.get(WORDS[0]) == (("train", merged[rule]) if rule in merged else None)
    lost = {"conflicting": 2} if rule == "drop" else {"repeats": 1}
    assert counted(counts) == {"in_validation": 1, "in_test": 2, **lost}


def test_the_default_is_to_drop():
    rows = table(42, sequence=WORDS[:40] + WORDS[:2], target=[str(n) for n in range(42)])
    assert counted(prepare.build(NUMBERS, rows, Tally())[2]) == {"conflicting": 4}
    assert counted(prepare.build({**NUMBERS, "repeats": "median"}, rows, Tally())[2]) == {"repeats": 2}
