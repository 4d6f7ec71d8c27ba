"""Splits: random ones by group, stratified and seeded; published ones; and random caps."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.examples import SPLITS
from beyondtext.data.splits import assign_splits, cap_splits, take_fraction

FRACTIONS = {"train": 0.5, "validation": 0.25, "test": 0.25}
PUBLISHED = {"method": "published", "seed": 0, "values": {"train": "fit", "validation": "choose", "test": "score"}}


def rule(seed=0, **fractions):
    return {"method": "random", "seed": seed, "fractions": fractions or FRACTIONS}


def grouped(groups=40, rows=3):
    """Groups of several rows; every fourth group is of class b, the others of class a."""
    names = [f"g{number:02}" for number in range(groups) for _ in range(rows)]
    targets = ["b" if number % 4 == 0 else "a" for number in range(groups) for _ in range(rows)]
    return pd.DataFrame({"id": [str(n) for n in range(len(names))], "group": names, "target": targets})


def per_group(table, seed):
    return assign_splits(table, rule(seed)).groupby(table["group"].to_numpy()).first().to_dict()


def test_groups_stay_whole_and_classes_keep_their_proportions():
    table = grouped(groups=32)
    table["split"] = assign_splits(table, rule())
    assert (table.groupby("group")["split"].nunique() == 1).all()
    counts = table.groupby(["split", "target"])["group"].nunique().to_dict()
    assert counts == {
        ("train", "a"): 12,
        ("train", "b"): 4,
        ("validation", "a"): 6,
        ("validation", "b"): 2,
        ("test", "a"): 6,
        ("test", "b"): 2,
    }


@pytest.mark.parametrize(("train", "validation", "test"), [(0.7, 0.1, 0.2), (0.6, 0.15, 0.25), (0.8, 0.1, 0.1)])
def test_split_sizes_match_the_fractions(train, validation, test):
    table = grouped(groups=200, rows=1)
    counts = assign_splits(table, rule(train=train, validation=validation, test=test)).value_counts()
    assert counts.to_dict() == {"train": 200 * train, "validation": 200 * validation, "test": 200 * test}


def test_only_the_seed_determines_the_splits():
    table = grouped()
    assert per_group(table, 1) == per_group(table, 1)
    assert per_group(table, 1) != per_group(table, 2)
    shuffled = table.sample(frac=1, random_state=0)
    assert per_group(shuffled, 1) == per_group(table, 1)


def test_splits_have_the_index_of_the_table():
    table = grouped().iloc[::-2]
    splits = assign_splits(table, rule())
    assert splits.index.equals(table.index)
    assert set(splits) == set(SPLITS)


def test_numbers_are_split_without_strata():
    table = grouped(rows=1).assign(target=[float(number) for number in range(40)])
    assert assign_splits(table, rule()).value_counts().to_dict() == {"train": 20, "validation": 10, "test": 10}


def test_the_class_of_a_group_is_its_most_frequent_one():
    rows = [("g1", "a"), ("g1", "b"), ("g1", "b"), ("g2", "b"), ("g2", "a"), ("g3", "a"), ("g3", "b"), ("g3", "b")]
    table = pd.DataFrame(rows, columns=["group", "target"])
    with pytest.raises(InputError, match=r"\(b 2, a 1\)"):
        assign_splits(table, rule())


def test_of_many_classes_the_smallest_are_reported():
    targets = [f"c{number:02}" for number in range(30) for _ in range(1 if number == 7 else 4)]
    table = pd.DataFrame({"group": [str(n) for n in range(len(targets))], "target": targets})
    with pytest.raises(InputError, match=r"\(the smallest of 30 classes: (c\d\d 4, ){9}c07 1\)"):
        assign_splits(table, rule())


def test_too_few_groups_are_reported_with_their_numbers():
    with pytest.raises(InputError, match=r"too few groups for a test split of 0\.25 with every class .*\(a 3, b 1\)"):
        assign_splits(grouped(groups=4, rows=9), rule())
    numbers = pd.DataFrame({"group": ["g1", "g2"], "target": [1.0, 2.0]})
    with pytest.raises(InputError, match=r"too few groups for a validation split of 0\.25 .*\(all 2\)"):
        assign_splits(numbers, rule())


@pytest.mark.parametrize("target", [["a", "b"], [1.0, 2.0]])
def test_a_training_split_without_records_is_called_that(target):
    values = {"train": "train", "test": "test"}
    published = {"method": "published", "values": values, "validation_fraction": 0.1, "seed": 0}
    table = pd.DataFrame({"group": ["g1", "g2"], "target": target, "id": ["a", "b"], "split": ["test", "test"]})
    with pytest.raises(InputError, match=r"no record is left from which a validation split of 0\.1 could be drawn"):
        assign_splits(table, published)
    with pytest.raises(InputError, match=r"no record is left from which a test split of 0\.25 could be drawn"):
        assign_splits(table.iloc[:0], rule())


def test_many_classes_of_two_raise_the_question_whether_they_are_meant():
    classes = [f"c{n // 2:02}" for n in range(46)]
    table = pd.DataFrame({"group": [str(n) for n in range(46)], "target": classes})
    with pytest.raises(InputError, match=r"; half of the 23 classes have at most 2 members: is this the target\?$"):
        assign_splits(table, rule())


def test_the_smallest_class_is_named_with_what_to_do():
    rows = grouped(groups=40, rows=2)
    rows.loc[rows["group"] == "g07", "target"] = "rare"
    message = r"\(a 29, b 10, rare 1\); the class 'rare' has only 1: add records .*target\.labels.*target\.others"
    with pytest.raises(InputError, match=message):
        assign_splits(rows, rule())
    many = pd.DataFrame({"group": [f"g{n}" for n in range(29)], "target": [f"c{n // 2:02}" for n in range(29)]})
    with pytest.raises(
        InputError,
        match=r"every class in it \(the smallest of 15 classes: (c\d\d 2, ){9}c14 1\); the class 'c14' has only 1",
    ):
        assign_splits(many, rule())


def test_a_published_split_is_kept():
    table = pd.DataFrame({"id": list("uvwx"), "split": ["score", "fit", "choose", "fit"]})
    assert assign_splits(table, PUBLISHED).tolist() == ["test", "train", "validation", "train"]


def test_an_unknown_published_split_is_reported():
    table = pd.DataFrame({"id": list("uvw"), "split": ["score", "fit", "extra"]})
    with pytest.raises(InputError, match=r"record 'w' is in split 'extra', but .* names only fit, choose, score"):
        assign_splits(table, PUBLISHED)


def test_a_published_split_needs_a_column():
    with pytest.raises(InputError, match=r"split\.method is published, but the reader found no split"):
        assign_splits(grouped(), PUBLISHED)


def sorted_by_class():
    """The splits of 200 training rows, the first half of class a, and of 60 test rows."""
    return pd.Series(["train"] * 200 + ["test"] * 60)


def test_a_cap_draws_at_random_from_a_sorted_file():
    kept = cap_splits(sorted_by_class(), {"train": 50}, seed=0)
    assert (kept[:200].sum(), kept[200:].sum()) == (50, 60)
    assert 10 < kept[:100].sum() < 40


def test_a_cap_is_seeded():
    kept = [cap_splits(sorted_by_class(), {"train": 50}, seed).tolist() for seed in (1, 1, 2)]
    assert kept[0] == kept[1] != kept[2]


def test_the_cap_of_one_split_does_not_change_the_draw_of_another():
    small, large = (cap_splits(sorted_by_class(), {"train": train, "test": 20}, 0) for train in (10, 150))
    assert small[200:].tolist() == large[200:].tolist()
    assert small[200:].sum() == 20


def test_a_larger_cap_includes_the_rows_of_a_smaller_one():
    small, large = (cap_splits(sorted_by_class(), {"train": train}, 0) for train in (10, 150))
    assert large[small].all()
    assert large.sum() > small.sum()


@pytest.mark.parametrize("caps", [{}, {"train": 200, "test": 60}, {"train": 999, "validation": 5}])
def test_a_cap_that_is_not_reached_removes_nothing(caps):
    assert cap_splits(sorted_by_class(), caps, 0).all()


def test_a_fraction_draws_rows_by_its_seed_and_a_larger_one_includes_them():
    train = grouped(groups=20, rows=2).iloc[::-1]
    rows = {}
    for seed in (1, 2):
        small, half, whole = (take_fraction(train, fraction, seed) for fraction in (0.1, 0.5, 1))
        assert (len(small), len(half)) == (4, 20) and whole.equals(train)
        assert set(small["id"]) < set(half["id"]) and half.equals(train[train["id"].isin(half["id"])])  # in their order
        assert len(take_fraction(train, 0.001, seed)) == 1
        rows[seed] = set(half["id"])
    assert rows[1] != rows[2]
