"""Targets, repeats and splits: numbers and classes in all forms, and what a task's rules make of them."""

from dataclasses import replace

import task_files
from task_files import COLUMNS, TASK, changed, draw_records, given, meant, rows

KIND = "targets and splits"
LOOSE = {**TASK, "max_affected": 1.0}
NUMBERS = {**TASK, "target": {"kind": "number"}, "metric": "spearman"}
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


def inputs(shared, random):
    """Tables whose targets, repeats and splits are unusual."""
    task_files.preload()
    return [*_numbers(random), *_repeats(random), *_targets(random), *_splits(random)]


def _without_splits(records):
    return {"t.csv": task_files.csv(rows(records, {key: COLUMNS[key] for key in ("id", "sequence", "target")}))}


def _table(records):
    return {"t.csv": task_files.csv(rows(records))}


def _given(name, records, task=LOOSE, expected=None, **options):
    return given(KIND, name, _table(records), task, expected, **options)


# --- Numbers.


def _numbers(random):
    """Targets that are numbers, in all forms that have one meaning, and in forms that have none or two."""
    exact = [random.uniform(-1000, 1000) for _ in range(20)]
    whole = [float(random.randint(-9999, 9999)) for _ in range(20)]
    forms = {
        "numbers with all their digits": (exact, repr, {}, {}),
        "numbers with exponents": (whole, lambda value: f"{value:.6E}", {}, {}),
        "numbers with a plus": (whole, lambda value: f"{value:+.1f}", {}, {}),
        "numbers without a zero before the point": ([value / 1e5 for value in whole],
                                                    lambda value: f"{value:.5f}".replace("0.", ".", 1), {}, {}),
        "numbers with a point at the end": (whole, lambda value: f"{value:.0f}.", {}, {}),
        "numbers with zeros in front": (list(map(abs, whole)), lambda value: f"{value:012.1f}", {},
                                        {"leading_zeros": 20}),
        "numbers with 40 digits": (exact, lambda value: f"{value:.40f}", {}, {}),
        "tiny numbers": ([value * 1e-300 for value in exact], repr, {}, {}),
        "huge numbers": ([value * 1e300 for value in exact], repr, {}, {}),
        "large whole numbers": ([float(2**60 + 4096 * row) for row in range(20)], lambda value: f"{value:.0f}", {}, {}),
        "the minus sign of word processors": (sorted(exact), lambda value: f"{value:.3f}".replace("-", "−"), {},
                                              {"minus_signs": sum(value < 0 for value in exact)}),
        "decimal commas": (exact, lambda value: f'"{value:.5f}"'.replace(".", ","), {"decimal": ","},
                           {"decimal_commas": 20}),
        "whole numbers": (whole, lambda value: f"{value:.0f}", {}, {}),
    }  # fmt: skip
    found = []
    for words, (values, write, target, counts) in forms.items():
        read = [float(write(value).strip('"').replace(",", ".").replace("−", "-")) for value in values]
        records = [replace(one, target=value) for one, value in zip(draw_records(random), read, strict=True)]
        as_written = [replace(one, target=write(value)) for one, value in zip(records, values, strict=True)]
        found.append(given(KIND, words, {"t.csv": task_files.csv(rows(as_written))},
                           changed(NUMBERS, target=target), meant(records, **counts)))  # fmt: skip
    wrong = ("NaN", "nan", "NA", "inf", "-Infinity", "1e999", "-", "", "1,5", '"1,500"', "1_000", "0x1F", "1 000", "5%")
    wrong += (
        "½",
        "−−5",
        "5−",
        "1.2.3",
        "1e",
        "--1",
        "true",
        "<0.1",
        "~3",
        "2020-01-01",
        "#DIV/0!",
        "٣",
        "1d5",
        "n.d.",
        "€5",
    )
    for word in wrong:
        records = [replace(one, target=f"{row}.5") for row, one in enumerate(draw_records(random))]
        records[7] = replace(records[7], target=word)
        found.append(given(KIND, f"the number {word!r}", {"t.csv": task_files.csv(rows(records))}, NUMBERS))
    return found


# --- Repeats, classes and splits.


def _repeats(random):
    """Several records of a sequence."""
    found = []
    records = draw_records(random, 40)
    again = [replace(one, id=f"again-{one.id}") for one in records if one.split == "train"]
    other = [replace(one, target="q" if one.target == "p" else "p") for one in again]
    found.append(
        _given("all of the training split twice", [*records, *again], LOOSE, meant(records, 64, duplicates=24))
    )
    found.append(_given("every training record in conflict", [*records, *other], LOOSE))
    some = other[:10]
    kept = [one for one in records if one.sequence not in {one.sequence for one in some}]
    found.append(_given("ten in conflict", [*records, *some], LOOSE, meant(kept, 50, conflicting=20)))
    first = meant(records, 50, repeats=10)
    found.append(
        _given("ten in conflict, of which the first stays", [*records, *some], {**LOOSE, "repeats": "first"}, first)
    )
    ties = meant(kept, 50, ties=20)
    found.append(
        _given("ten in conflict, ties of the majority", [*records, *some], {**LOOSE, "repeats": "majority"}, ties)
    )
    third = [replace(one, id=f"third-{one.id}") for one in again[:10]]
    third_task = {**LOOSE, "repeats": "majority"}
    found.append(_given("two against one", [*records, *some, *third], third_task, meant(records, 60, repeats=20)))
    tests = [replace(one, id=f"again-{one.id}") for one in records if one.split == "test"]
    found.append(_given("a published test split with repeats", [*records, *tests], LOOSE, meant([*records, *tests])))
    numbers = [replace(one, target=float(row)) for row, one in enumerate(draw_records(random, 20))]
    task = {**LOOSE, "target": {"kind": "number"}, "metric": "spearman"}
    more = [replace(one, id=f"again-{one.id}", target=one.target + 1) for one in numbers if one.split == "train"]
    most = [replace(one, id=f"most-{one.id}", target=one.target + 100) for one in numbers if one.split == "train"]
    for rule, change in (("mean", 101 / 3), ("median", 1), ("first", 0)):
        merged = [replace(one, target=(one.target * 3 + 101) / 3 if rule == "mean" else one.target + change)
                  if one.split == "train" else one for one in numbers]  # fmt: skip
        found.append(_given(f"replicates, {rule}", [*numbers, *more, *most], {**task, "repeats": rule},
                            meant(merged, 44, repeats=24)))  # fmt: skip
    found.append(_given("one sequence for all", [replace(one, sequence="ACGT") for one in records]))
    return found


def _targets(random):
    """Classes, bins and labels."""
    records = draw_records(random)
    found = []
    bins = {"low": [None, 4], "high": [6, None]}
    values = [[1.5, 8.5, 5][row // 5 % 3] + row / 1000 for row in range(40)]
    numbers = [replace(one, target=value) for one, value in zip(draw_records(random, 40), values, strict=True)]
    in_bins = [replace(one, target="low" if one.target < 4 else "high") for one in numbers if not 4 < one.target < 6]
    binned = {**LOOSE, "target": {"kind": "class", "classes": ["high", "low"], "bins": bins}}
    found.append(_given("bins with a gap", numbers, binned, meant(in_bins, 40, outside_bins=10)))
    overlap = {
        **LOOSE,
        "target": {"kind": "class", "classes": ["high", "low"], "bins": {"low": [0, 6], "high": [4, 10]}},
    }
    found.append(_given("bins that overlap", numbers, overlap))
    empty = {
        **LOOSE,
        "target": {"kind": "class", "classes": ["high", "low"], "bins": {"low": [0, 10], "high": [50, 60]}},
    }
    found.append(_given("a bin with nothing in it", numbers, empty))
    labels = changed(TASK, target={"classes": ["yes", "no"], "labels": {"p": "yes", "q": "no"}})
    named = [replace(one, target={"p": "yes", "q": "no"}[one.target]) for one in records]
    found.append(_given("labels", records, labels, meant(named)))
    unused = changed(labels, target={"labels": {"p": "yes", "q": "no", "r": "no"}})
    found.append(_given("a label that no record has", records, unused, meant(named, unused_labels=1)))
    any_class = {**TASK, "target": {"kind": "class"}}
    found.append(_given("classes that the task does not name", records, any_class, meant(records)))
    own = [replace(one, target=one.id) for one in records]
    found.append(_given("a class for each record", own, any_class))
    found.append(_given("a number for each record, as classes", numbers, any_class))
    found.append(_given("one class", [replace(one, target="p") for one in records]))
    one_in_test = [replace(one, target="p") if one.split == "test" else one for one in records]
    found.append(_given("one class in the test split", one_in_test))
    number_task = {**TASK, "target": {"kind": "number"}, "metric": "spearman"}
    found.append(_given("classes where numbers are expected", records, number_task))
    found.append(_given("the same number for all", [replace(one, target="1.5") for one in records], number_task))
    thousand = [replace(one, target=f"c{row % 100}") for row, one in enumerate(draw_records(random, 1000))]
    many = changed(TASK, target={"classes": [f"c{row}" for row in range(99)]})
    found.append(_given("one class too many, of a hundred", thousand, many))
    for word in ("True", "TRUE", "yes", "1", "p ", "P", "p\u00a0", "\tp", "p\u200b", "p.", "'p'"):
        odd = [replace(records[0], target=word), *records[1:]]
        as_p = meant(records, blank_ends=1) if word.strip() == "p" else None
        found.append(_given(f"the class {word!r} among p and q", odd, TASK, as_p))
    return found


def _splits(random):
    records = draw_records(random, 40)
    task = {**TASK, "split": {"method": "random", "seed": 0, "fractions": SHARES}}
    task = changed(task, options={"columns": {key: COLUMNS[key] for key in ("id", "sequence", "target")}})
    sizes = task_files.same({"splits": {"train": 24, "validation": 8, "test": 8}, "changes": {}})
    found = [given(KIND, "random splits", _without_splits(records), task, sizes)]
    for words, change in {
        "the largest seed": {"seed": 4294967295},
        "shares that are more than all": {"fractions": {"train": 0.9, "validation": 0.5, "test": 0.5}},
        "shares of almost nothing": {"fractions": {"train": 0.999998, "validation": 1e-6, "test": 1e-6}},
    }.items():
        expected = sizes if "seed" in change else None
        found.append(given(KIND, words, _without_splits(records), changed(task, split=change), expected))
    capped = {**task, "caps": {"train": 4, "validation": 4, "test": 4}}
    is_capped = task_files.same({"splits": {"train": 4, "validation": 4, "test": 4}, "changes": {"capped": 28}})
    found.append(given(KIND, "caps", _without_splits(records), capped, is_capped))
    found.append(given(KIND, "caps of one", _without_splits(records), {**task, "caps": {"test": 1}}))
    found.append(given(KIND, "two records", _without_splits(records[4:6]), task))
    groups = {"t.csv": task_files.csv([["id", "seq", "kind", "family"], *([one.id, one.sequence, one.target,
              f"g{row // 4}"] for row, one in enumerate(records))])}  # fmt: skip
    grouped = changed(task, options={"columns": {**task["options"]["columns"], "group": "family"}})

    def whole(found):
        groups = {}
        for name, group in found["groups"].items():
            groups.setdefault(group, set()).add(found["examples"][name][0])
        assert len(groups) == 10 and all(len(splits) == 1 for splits in groups.values()), groups

    found.append(given(KIND, "groups", groups, grouped, whole))
    one_group = {"t.csv": groups["t.csv"].replace(",g", ",g0#")}
    one_group["t.csv"] = "\n".join(line.partition("#")[0] for line in one_group["t.csv"].split("\n"))
    found.append(given(KIND, "one group for all", one_group, grouped))
    divided = changed(TASK, options={"columns": {**COLUMNS, "group": "family"}})
    text = [[*row, "family" if number == 0 else "g1"] for number, row in enumerate(rows(records))]
    found.append(given(KIND, "published splits that divide a group", {"t.csv": task_files.csv(text)}, divided))
    copied = [replace(one, split="test", id=f"t{one.id}") for one in records if one.split == "train"]
    trains_only = [one for one in records if one.split != "test"]
    found.append(_given("a test split that is the training split", [*trains_only, *copied]))
    return found
