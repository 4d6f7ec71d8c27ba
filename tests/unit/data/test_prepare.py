"""From a reader's table to examples: exclusions are counted, unusable input is refused."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data import prepare
from beyondtext.data.examples import SEPARATOR
from beyondtext.data.tally import Tally
from demo_task import CLASSES, PUBLISHED, TASK, WORDS, build, counted, published, table

CAPS = {"train": 8, "test": 4}


def test_a_clean_table_is_split_and_counted():
    examples, alphabet, counts = build(TASK, table())
    assert alphabet == ["A", "C", "G", "T"]
    assert list(examples.columns) == ["id", "split", "group", "target", "symbols"]
    assert examples["symbols"].map("".join).tolist() == WORDS[:40]
    assert examples["group"].tolist() == examples["id"].tolist()
    assert counts == {
        "read": 40,
        "changes": [],
        "available": {"train": 20, "validation": 10, "test": 10},
        "splits": {"train": 20, "validation": 10, "test": 10},
        "groups": {"train": 20, "validation": 10, "test": 10},
        "length": {"min": 3, "median": 3.0, "max": 3},
    }


def test_every_exclusion_is_counted():
    rows = [
        ("1", "p", "AAA"),  # also in the published test split
        ("1", "p", "AAAA"),
        ("1", "q", "CCCC"),
        ("1", "q", "GGGGGGGGG"),  # too long
        ("2", "p", "AAT"),
        ("2", "q", "NNT"),  # unknown
        ("2", "q", "CCT"),
        ("3", "p", "aaa"),
        ("3", "p", "GG"),
        ("3", "q", "TTTT"),
        ("3", "p", "TG"),  # a published test split keeps equal sequences with different targets
        ("3", "q", "TG"),
    ]
    task = {**TASK, "split": PUBLISHED, "symbols": {**TASK["symbols"], "unknown": "drop"}}
    examples, _, counts = build(task, published(*rows))
    assert examples["id"].tolist() == ["r1", "r2", "r4", "r6", "r7", "r8", "r9", "r10", "r11"]
    assert examples["split"].tolist() == ["train"] * 2 + ["validation"] * 2 + ["test"] * 5
    assert counts["changes"] == [
        {"reason": "unknown_dropped", "count": 1, "example": "r5", "symbols": {"N": 2}},
        {"reason": "long", "count": 1, "example": "r3", "symbols": {}},
        {"reason": "in_test", "count": 1, "example": "r0", "symbols": {}},
        {"reason": "small_classes", "count": 2, "example": "", "symbols": {}, "remark": "q 4, p 5"},
        {"reason": "lower_case", "count": 1, "example": "r7", "symbols": {}},
    ]
    assert counts["read"] == 12
    assert counts["splits"] == {"train": 2, "validation": 2, "test": 5}
    assert counts["length"] == {"min": 2, "median": 3.0, "max": 4}


@pytest.mark.parametrize("column", ["sequence", "second"])
@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["AC CG GT", "TA AG GG", "GA AA AC"] * 10, "the sequences are overlapping 2-mers, as in 'AC CG GT'"),
        (["ACGT"] * 29 + ["Sequence unavailable"], "record 'r29' says 'Sequence unavailable' where a sequence"),
    ],
)
def test_blanks_that_are_not_between_blocks_are_refused(column, texts, message):
    read = table(30, second=WORDS[:30])
    read[column] = texts
    with pytest.raises(InputError, match=message):
        build(TASK, read)
    with_blanks = {"kind": "characters", "alphabet": " ACGTNSequncvailb", "unknown": "refuse"}
    build({**TASK, "symbols": with_blanks, "max_length": 100}, read)


def test_caps_are_applied_and_counted():
    examples, _, counts = build({**TASK, "caps": CAPS}, table())
    assert counts["splits"] == {"train": 8, "validation": 10, "test": 4}
    assert (counted(counts), len(examples)) == ({"capped": 18}, 22)


def test_a_group_stays_in_one_split_and_groups_are_counted():
    groups = [f"g{n // 4}" for n in range(64)]
    targets = ["pq"[n // 4 % 2] for n in range(64)]
    examples, _, counts = build(TASK, table(64, group=groups, target=targets))
    assert counts["groups"] == {"train": 8, "validation": 4, "test": 4}
    assert counts["splits"] == {"train": 32, "validation": 16, "test": 16}
    assert (examples.groupby("group")["split"].nunique() == 1).all()


def test_sequences_that_truncation_makes_equal_are_in_one_split_only():
    rows = [("123"[n % 3], "pq"[n // 3 % 2], word) for n, word in enumerate(WORDS[:12])]
    ends = [("1", "p", "TTTTA"), ("3", "p", "TTTTC"), ("2", "q", "GGGGA"), ("3", "p", "GGGGC")]
    task = {**TASK, "split": PUBLISHED, "max_length": 4, "too_long": "truncate"}
    examples, _, counts = build(task, published(*rows, *ends))
    assert counted(counts) == {"truncated": 4, "cut_repeats": 2}
    assert examples["symbols"].map("".join).tolist() == [*WORDS[:12], "TTTT", "GGGG"]
    assert examples["split"].tolist()[-2:] == ["test", "test"]


@pytest.mark.parametrize("rule", ["mean", "median", "first", "drop"])
def test_measurements_of_sequences_that_truncation_makes_equal_are_never_merged(rule):
    ends = ["AAAAC", "AAAAC", "AAAAG", "CCCCA", "CCCCG", "GGGGT", "GGGG"]
    values = [1, 1, 9, 4, 4, 5, 6]
    rows = table(47, sequence=WORDS[:40] + ends, target=[str(n) for n in [*range(40), *values]])
    task = {**TASK, "target": {"kind": "number"}, "metric": "spearman", "repeats": rule, "max_length": 4}
    examples, _, counts = build({**task, "too_long": "truncate"}, rows)
    kept = examples.iloc[40:]
    assert list(zip(kept["symbols"].map("".join), kept["target"], strict=True)) == [("CCCC", 4.0)]
    repeats = {"duplicates": 1} if rule == "drop" else {"repeats": 1}
    assert counted(counts) == {"truncated": 6, "cut_repeats": 1, "cut_conflicting": 4, **repeats}
    assert {change.get("remark") for change in counts["changes"] if change["reason"] == "cut_conflicting"} == {
        "of 2 beginnings"
    }


def test_repeats_are_merged_before_the_cut_is_looked_at():
    rows = table(43, sequence=[*WORDS[:40], *["AAAAC"] * 3], target=[str(n) for n in range(43)])
    task = {**TASK, "target": {"kind": "number"}, "metric": "spearman", "repeats": "mean", "max_length": 4}
    examples, _, counts = build({**task, "too_long": "truncate"}, rows)
    assert examples["target"].iloc[-1] == 41 and counted(counts) == {"truncated": 3, "repeats": 2}


def test_sequences_that_are_all_equal_after_the_cut_are_refused_with_the_reason():
    rows = table(40, sequence=["AAAAAAAA" + word for word in WORDS[:40]])
    with pytest.raises(InputError, match=r"no example is left \(.*40 whose target differs .* only after truncation"):
        build({**TASK, "too_long": "truncate"}, rows)


def test_a_refused_symbol_is_reported_with_its_position():
    with pytest.raises(InputError, match=r"record 'r1' has .*'X'.* at position 3"):
        build(TASK, table(2, sequence=["AC", "ACX"]))


def test_a_sequence_without_symbols_is_reported():
    with pytest.raises(InputError, match=r"record 'r1' has a sequence without symbols"):
        build(TASK, table(3, sequence=["AC", "", "GT"]))


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_an_empty_split_is_refused(split):
    values = [value for name, value in PUBLISHED["values"].items() if name != split]
    with pytest.raises(InputError, match=rf"the {split} split is empty; check the split rule"):
        build({**TASK, "split": PUBLISHED}, table(split=[values[n // 2 % 2] for n in range(40)]))


def test_a_split_with_a_single_class_is_refused():
    rows = published(*[("123"[n % 3], "q" if n % 3 == 1 else "pq"[n // 3 % 2], WORDS[n]) for n in range(30)])
    with pytest.raises(InputError, match=r"the validation split has only the target 'q' \(10 records\)"):
        build({**TASK, "split": PUBLISHED}, rows)


def test_a_cap_that_leaves_a_single_class_is_refused():
    with pytest.raises(InputError, match=r"the test split has only the target '[pq]' \(1 records\)"):
        build({**TASK, "caps": {"test": 1}}, table())


def test_a_split_with_a_single_number_is_refused():
    with pytest.raises(InputError, match=r"the train split has only the target 3\.0 \(20 records\)"):
        build({**TASK, "target": {"kind": "number"}, "metric": "spearman"}, table(target="3"))


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({"max_length": 2}, table()),
        ({"target": {**CLASSES, "bins": {"p": [None, -1], "q": [1, None]}}}, table(target="0")),
        ({"symbols": {"kind": "characters", "alphabet": "XY", "unknown": "drop"}}, table()),
        ({}, table(0)),
    ],
    ids=["long", "bins", "unknown", "none read"],
)
def test_a_table_without_usable_rows_is_refused(changes, rows):
    with pytest.raises(InputError) as error:
        build({**TASK, **changes}, rows)
    assert "too few groups" not in str(error.value)


def test_a_published_split_that_divides_a_group_is_refused():
    rows = table(group=[f"g{n // 4}" for n in range(40)], split=["123"[n // 2 % 3] for n in range(40)])
    with pytest.raises(InputError, match="group 'g0'"):
        build({**TASK, "split": PUBLISHED}, rows)


def test_both_sequences_of_a_pair_become_symbols():
    pairs = table(second=["TT" + word for word in WORDS[:40]])
    examples, alphabet, counts = build({**TASK, "max_length": 9}, pairs)
    assert examples["symbols"].iloc[5] == [*WORDS[5], SEPARATOR, "T", "T", *WORDS[5]]
    assert SEPARATOR not in alphabet
    assert counts["length"] == {"min": 9, "median": 9.0, "max": 9}
    assert build({**TASK, "max_length": 8, "too_long": "truncate"}, pairs)[2]["changes"][0]["count"] == 40


def test_an_empty_sequence_of_a_pair_is_reported():
    with pytest.raises(InputError, match=r"record 'r3' has a sequence without symbols"):
        build(TASK, table(second=["" if n == 3 else "A" for n in range(40)]))


def test_an_unknown_symbol_of_the_second_sequence_is_reported():
    with pytest.raises(InputError, match=r"record 'r2' has the symbol 'X' outside the alphabet ACGT at position 6"):
        build(TASK, table(second=["AX" if n == 2 else "AC" for n in range(40)]))


def test_repairs_are_counted_once_for_a_pair_and_are_no_losses():
    rows = table(second=["tt" + word for word in WORDS[:40]])
    rows.loc[3, "sequence"] = "aa-a"
    examples, _, counts = prepare.build({**TASK, "max_length": 9}, rows, Tally(limit=0.0))
    assert counted(counts) == {"lower_case": 40, "gaps": 1}
    assert {change["reason"]: change["example"] for change in counts["changes"]} == {"lower_case": "r0", "gaps": "r3"}
    assert examples["symbols"].iloc[3][:4] == ["A", "A", "A", SEPARATOR]


def test_a_sequence_of_gaps_only_is_reported():
    with pytest.raises(InputError, match=r"record 'r1' has a sequence without symbols"):
        build(TASK, table(3, sequence=["AC", "--*", "GT"]))


def test_ids_as_targets_are_refused_with_examples():
    message = r"40 records have 40 different targets, such as 'P0', 'P1', 'P2', but a class needs several records: corr"
    with pytest.raises(InputError, match=message):
        build({**TASK, "target": {"kind": "class"}}, table(target=[f"P{number}" for number in range(40)]))


def test_a_published_test_split_stays_complete():
    rows = [("1", "p", "AAA"), ("1", "q", "CCC"), ("1", "p", "GGG"), ("2", "p", "AAC"), ("2", "q", "AAG")]
    rows += [("3", "q", "AAA"), ("3", "p", "CCC"), ("3", "q", "TTT"), ("1", "q", "TCT")]
    examples, _, counts = build({**TASK, "split": PUBLISHED}, published(*rows))
    # The first two have the sequences of training examples with other targets.
    assert examples.loc[examples["split"] == "test", "id"].tolist() == ["r5", "r6", "r7"]
    assert examples.loc[examples["split"] == "train", "id"].tolist() == ["r2", "r8"]
    assert counted(counts) == {"in_test": 2}


def test_a_published_test_split_keeps_repeats_and_conflicts_and_the_others_do_not():
    rows = [
        (split, "pq"[n % 2], word)
        for split, words in (("1", WORDS[:4]), ("2", WORDS[4:8]), ("3", WORDS[8:12]))
        for n, word in enumerate(words)
    ]
    rows += [
        ("3", "p", WORDS[8]),
        ("3", "q", WORDS[8]),
        ("1", "p", WORDS[0]),
        ("2", "p", WORDS[5]),
        ("1", "p", WORDS[5]),
    ]
    examples, _, counts = build({**TASK, "split": PUBLISHED}, published(*rows))
    assert (examples["split"] == "test").sum() == 6
    assert counted(counts) == {"duplicates": 1, "in_validation": 1, "conflicting": 2}


@pytest.mark.parametrize("rule", [{"kind": "class"}, {"kind": "class", "classes": ["p", "q", "s", "t"]}])
@pytest.mark.parametrize("split", ["2", "3"])
def test_classes_that_training_lacks_are_counted_and_refused_if_a_split_has_no_other(rule, split):
    rows = [(part, "pq"[n % 2], word) for part in "123" for n, word in enumerate(WORDS[10 * int(part) :][:10])]
    task = {**TASK, "split": PUBLISHED, "target": rule}
    assert "unseen_classes" not in counted(build(task, published(*rows))[2])
    some = [
        (part, "st"[n % 2] if part == split and n % 10 > 5 else name, word) for n, (part, name, word) in enumerate(rows)
    ]
    number = sum(name in "st" for _, name, _ in some)
    examples, _, counts = build(task, published(*some))
    assert counted(counts) == {"unseen_classes": number} and len(examples) == 30
    (change,) = [change for change in counts["changes"] if change["reason"] == "unseen_classes"]
    assert set(change["symbols"]) == {"s", "t"}
    every = [(part, "st"[n % 2] if part == split else name, word) for n, (part, name, word) in enumerate(rows)]
    word = "validation" if split == "2" else "test"
    message = f"no example of the {word} split has a class of the training split: its classes are s, t, those for tr"
    with pytest.raises(InputError, match=message):
        build(task, published(*every))


def test_a_cap_that_leaves_a_class_out_of_training_is_said():
    rows = [("1", "pq"[n % 2], WORDS[n]) for n in range(40)] + [("1", "r", WORDS[40])]
    rows += [(part, "pqr"[n % 3], WORDS[41 + 6 * (part == "3") + n]) for part in "23" for n in range(6)]
    task = {**TASK, "split": PUBLISHED, "target": {"kind": "class"}, "caps": {"train": 6}}
    assert counted(build(task, published(*rows))[2])["unseen_classes"] == 4


def test_losses_above_the_tasks_limit_are_an_error():
    letters = ["NNA", "NNC", "NNG", "NNG", "NNT", *WORDS[5:40]]  # the third and the fourth have different classes
    task = {**TASK, "symbols": {**TASK["symbols"], "unknown": "unknown"}}
    message = r"of 40 records, 5 \(12%\) would be dropped or altered: 5 with unknown symbols \(most often 'N' 10 "
    with pytest.raises(InputError, match=message + r".*conflicting.* at most 10% may be.*max_affected"):
        prepare.build(task, table(sequence=letters), Tally())
    assert counted(prepare.build(task, table(sequence=letters), Tally(0.13))[2]) == {"unknown": 5, "conflicting": 2}


def test_an_error_in_a_split_says_what_was_left_out():
    rows = published(*[("123"[n % 3], "q" if n % 3 == 1 else "pq"[n // 3 % 2], WORDS[n]) for n in range(30)])
    rows.loc[1, "sequence"] = "A" * 9
    with pytest.raises(
        InputError, match=r"only the target 'q'.*\(left out or altered: 1 too long \(such as record 'r1'\)\)"
    ):
        build({**TASK, "split": PUBLISHED}, rows)


def test_a_validation_split_is_drawn_from_the_training_split_only():
    split = {"method": "published", "seed": 0, "values": {"train": "1", "test": "3"}, "validation_fraction": 0.25}
    rows = table(
        40, split=["3" if n % 4 == 3 else "1" for n in range(40)], target=["pq"[n // 4 % 2] for n in range(40)]
    )
    examples, _, counts = build({**TASK, "split": split}, rows)
    assert counts["splits"] == {"train": 22, "validation": 8, "test": 10}
    assert examples.loc[examples["split"] == "test", "id"].tolist() == [f"r{n}" for n in range(3, 40, 4)]
    again, _, _ = build({**TASK, "split": split}, rows)
    assert again.equals(examples)


def test_an_unknown_class_is_refused():
    with pytest.raises(InputError, match=r"record 'r2' has the target 'z', but target\.classes are p, q; "):
        build(TASK, table(3, target=["p", "q", "z"]))


def test_without_classes_every_value_is_a_class():
    examples, _, _ = build({**TASK, "target": {"kind": "class"}}, table(target=["xyz"[n % 3] for n in range(40)]))
    assert set(examples["target"]) == {"x", "y", "z"}
