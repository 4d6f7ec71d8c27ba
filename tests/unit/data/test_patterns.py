"""Glob patterns for the paths of a source's files."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.patterns import matches, select


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("a/b.txt", "a/*.txt", True),
        ("a/b/c.txt", "a/*.txt", False),
        ("b.txt", "*.txt", True),
        ("a/b.txt", "*.txt", False),
        ("a/b/c.txt", "**/*.txt", True),
        ("c.txt", "**/*.txt", True),
        ("a/b/c.txt", "a/**", True),
        ("a/B.txt", "a/b.txt", False),
        ("a/._b.txt", "a/*.txt", False),
        (".git/b.txt", "**/*.txt", False),
        (".git/b.txt", ".git/*.txt", True),
    ],
)
def test_a_star_stays_in_its_folder_and_skips_names_with_a_leading_dot(path, pattern, expected):
    assert matches(path, pattern) is expected


def test_the_selected_paths_are_sorted_without_repeats():
    assert select(["b.txt", "a.csv", "b.txt"], ["*.txt", "b*", "*.csv"], "here") == ["a.csv", "b.txt"]


@pytest.mark.parametrize(
    ("paths", "available"),
    [
        ([], r"none \(0 in all\)"),
        (["b", "a"], r"a, b \(2 in all\)"),
        ("fedcba", r"a, b, c, d, e, … \(6 in all\)"),
    ],
)
def test_a_pattern_that_matches_nothing_is_reported_with_the_paths_available(paths, available):
    message = rf"^here: no file matches the pattern 'x\*'; available are {available}; correct the pattern$"
    with pytest.raises(InputError, match=message):
        select(paths, ["x*"], "here")
