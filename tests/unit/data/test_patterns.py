"""Glob patterns for the paths of a source's files."""

import time
from unicodedata import normalize

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.patterns import add_unused, folders_of_globs, matches, reaches, same_path, select, twin
from beyondtext.data.tally import Tally


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


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("K0.MID", "*.mid", True),
        ("K0.mid", "*.MID", True),
        ("K0.Midi", "*.mid*", True),
        ("K0.MID", "K?.[mM][iI][dD]", True),
        ("K0.MID", "K?.[mM]id", True),
        ("K0.MID", "*MID", True),
        ("K0.MID", "*mid", True),
        ("K0MID", "*mid", False),
        ("k0.MID", "K*.mid", False),
        ("A/K0.MID", "a/*.mid", False),
        ("A.MID/k0.mid", "a.mid/*.mid", False),
        ("x.FASTA.GZ", "*.fasta.gz", True),
        ("X.fasta.gz", "x.fasta.gz", False),
        ("x.FASTA.gz", "*.FASTA.*", True),
        ("x.CSV.zst", "x.csv.ZST", True),
        ("a.B.csv", "a.b.csv", False),
        ("a.tar.gz", "a.*", True),
        ("README", "readme", False),
        ("xB", "x[a.B]", True),
        ("No. 3 in A", "No. 3*", True),
    ],
)
def test_only_the_endings_of_names_may_differ_in_case(path, pattern, expected):
    assert matches(path, pattern) is expected


NAMES = ["Dvořák/Größe 1.mid", "Åse/ﬁn.mid", "한글/노래.mid", "naïve.CSV"]


@pytest.mark.parametrize("name", NAMES)
def test_the_unicode_form_of_a_path_makes_no_difference(name):
    composed, decomposed = normalize("NFC", name), normalize("NFD", name)
    star = f"{name.rpartition('/')[0]}/*".lstrip("/")
    for stored, written in ((composed, decomposed), (decomposed, composed)):
        assert matches(stored, written)
        assert select([stored, "other"], [written], "here") == [stored]
        assert same_path({stored: 1, "other": 2}, written) == stored
    assert matches(decomposed, normalize("NFC", star))
    assert not matches(composed, f"x{composed}")


@pytest.mark.parametrize(
    ("names", "pattern", "expected"),
    [
        (["a[1].mid", "a1.mid"], "a[1].mid", ["a[1].mid"]),
        (["a1.mid", "a2.mid"], "a[1].mid", ["a1.mid"]),
        (["a[1].MID", "a1.mid"], "a[1].mid", ["a[1].MID"]),
        (["live [1]/x.mid", "live 1/x.mid"], "live [1]/*.mid", ["live [1]/x.mid"]),
        (["live 1/x.mid"], "live [1]/*.mid", ["live 1/x.mid"]),
        (["what?.mid", "what1.mid"], "what?.mid", ["what?.mid"]),
        (["*.mid", "a.mid"], "*.mid", ["*.mid"]),
        (["[!a].mid", "b.mid"], "[!a].mid", ["[!a].mid"]),
        (["a.mid", "b.mid"], "[!a].mid", ["b.mid"]),
        (["{1}!'\".mid", "a.mid"], "{1}!'\".mid", ["{1}!'\".mid"]),
        (["{1}.mid", "1.mid"], "{1}.*", ["{1}.mid"]),
        ([" a  b .mid", "ab.mid"], " a  b .mid", [" a  b .mid"]),
        (["a].mid", "b.mid"], "*].mid", ["a].mid"]),
        (["a[.mid", "b.mid"], "a[.mid", ["a[.mid"]),
        (["K0.mid", "K0.MID"], "K0.MID", ["K0.MID"]),
        (["K0.mid", "K0.MID"], "*.mid", ["K0.MID", "K0.mid"]),
    ],
)
def test_a_pattern_that_is_a_name_means_it_and_brackets_are_a_class_only_otherwise(names, pattern, expected):
    assert select(names, [pattern], "here") == expected


def test_two_names_that_differ_in_their_unicode_form_are_refused():
    names = [normalize(form, "x/é.mid") for form in ("NFC", "NFD")]
    message = r"^here: the names 'x/e\\u0301\.mid' and 'x/\\xe9\.mid' differ only in their Unicode form; rename one"
    for pattern in ("x/*", "**", names[0], names[1]):
        with pytest.raises(InputError, match=message):
            select([*names, "b.txt"], [pattern], "here")
    assert select([*names, "b.txt"], ["*.txt"], "here") == ["b.txt"]


def test_a_name_that_is_not_unicode_is_refused_only_if_it_is_selected():
    name = b"Z\xfcrich.mid".decode("utf-8", "surrogateescape")
    with pytest.raises(InputError, match=r"^here: the name Z\\xfcrich\.mid is not UTF-8; rename the file$"):
        select([name], ["*.mid"], "here")
    assert select([name, "b.txt"], ["*.txt"], "here") == ["b.txt"]
    with pytest.raises(InputError, match=r"available are Z\\xfcrich\.mid \(1 in all\)"):
        select([name], ["*.txt"], "here")


@pytest.mark.parametrize(
    ("paths", "pattern", "hint"),
    [
        (["mozart/k1.mid"], "mozart", r"it is a folder: write 'mozart/\*\*' for all files in it"),
        (["a/mozart/k1.mid"], "a/mozart/", r"it is a folder: write 'a/mozart/\*\*'"),
        (["Mozart/k1.mid"], "mozart/*.mid", r"Mozart/k1\.mid differs from it in upper and lower case"),
        (["mozart/k1.mid"], "mozart\\*.mid", r"write / instead of \\ between folders"),
    ],
)
def test_a_pattern_that_matches_nothing_for_an_evident_reason_is_explained(paths, pattern, hint):
    with pytest.raises(InputError, match=hint):
        select(paths, [pattern], "here")


@pytest.mark.parametrize(
    ("folder", "pattern", "expected"),
    [
        ("a", "a/*.mid", True),
        ("a", "*/x.mid", True),
        ("a", "*.mid", False),
        ("a", "a", False),
        ("a", "b/*.mid", False),
        ("a/b", "a/*.mid", False),
        ("a/b", "a/*/c/x.mid", True),
        ("a/b/c", "**/x.mid", True),
        ("a/b", "**", True),
        (".git", "**/x.mid", False),
        ("a/.git", "**", False),
        (".git", ".git/**", True),
        ("[a]", "[a]/x.mid", True),
        (normalize("NFD", "é"), normalize("NFC", "é/x"), True),
    ],
)
def test_a_folder_is_reached_if_a_file_in_it_may_match(folder, pattern, expected):
    assert reaches(folder, pattern) is expected


def test_a_path_is_found_whatever_the_case_of_its_ending():
    assert same_path(["a.CSV", "b.csv"], "a.csv") == "a.CSV"
    assert same_path(["a.CSV", "a.csv"], "a.csv") == "a.csv"
    assert same_path(["A.csv", "x/a.csv"], "a.csv") is None
    assert same_path(["a1.csv"], "a[1].csv") is None


def test_twins_differ_in_case_or_unicode_form_only():
    names = ["a/B.mid", "A/b.MID", "a/c.mid", normalize("NFD", "É.mid")]
    assert twin("a/B.mid", names) == "A/b.MID"
    assert twin("a/c.mid", names) is None
    assert twin(normalize("NFC", "é.mid"), names) == names[3]


def unused(paths, patterns):
    tally = Tally()
    add_unused(tally, paths, select(paths, patterns, "here"), folders_of_globs(paths, patterns))
    return [(change["count"], change["example"]) for change in tally.as_list()]


def test_files_that_no_pattern_matches_are_counted_next_to_those_that_one_does():
    paths = ["x/a.mid", "x/b.midi", "x/c.txt", "x/.d.mid", "x/e.bak", "x/y/f.txt", "z/g.mid", "z/h.txt", "i.txt"]
    assert unused(paths, ["x/*.mid"]) == [(4, "x/.d.mid, x/b.midi, x/c.txt")]
    assert unused(paths, ["**/*.mid"]) == [(5, "x/.d.mid, x/b.midi, x/c.txt")]
    assert unused(paths, ["x/*", "x/.*"]) == []
    assert unused(paths, ["x/a.mid", "i.txt"]) == []  # named one by one
    assert unused(["x/[a].mid", "x/b.mid"], ["x/[a].mid"]) == []
    assert unused(paths, ["x/*.mid", "x/b.midi"]) == [(3, "x/.d.mid, x/c.txt, x/e.bak")]


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("/".join(["a"] * 40), "**/" * 30 + "x", False),
        ("/".join(["a"] * 40), "**/a/" * 20 + "**/b", False),
        ("/".join(["a"] * 40), "**/a/" * 20 + "**/a", True),
        ("a/b/x", "**/**/**/x", True),
        ("x", "**/**/**/x", True),
        ("a/.b/x", "**/**/x", False),
        ("a" * 200, "*a" * 80 + "b", False),
        ("a" * 200 + ".txt", "*?" * 90 + ".txt", True),
    ],
)
def test_patterns_with_many_stars_are_compared_in_no_time(path, pattern, expected):
    began = time.process_time()
    assert matches(path, pattern) is expected
    assert reaches("/".join(["a"] * 40), "**/a/" * 20 + "**/b")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("folder", "pattern", "expected"),
    [
        ("a", "a/**", True),
        ("a/b", "a/*", False),
        ("a", "a", False),
        ("a/b", "**/x", True),
        ("b", "a/**", False),
        (".a", "**/x", False),
        ("a", "**", True),
    ],
)
def test_a_pattern_reaches_the_folders_in_which_it_may_match(folder, pattern, expected):
    assert reaches(folder, pattern) is expected
