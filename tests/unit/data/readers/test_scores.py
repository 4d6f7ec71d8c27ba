"""Printed scores."""

import importlib
import re
import resource
import tempfile

import pytest

from beyondtext.data.readers import scores
from beyondtext.data.tally import Tally
from inputs import assert_refused, write, write_midi

KERN = "**kern\n*M4/4\n{}\n*-\n"

MUSICXML = """<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="3.1"><part-list><score-part id="P1"><part-name>A</part-name></score-part></part-list>
<part id="P1"><measure number="1"><attributes><divisions>1</divisions></attributes>
<note><pitch><step>G</step><octave>4</octave></pitch><duration>1</duration></note>
<note><pitch><step>A</step><octave>4</octave></pitch><duration>1</duration></note>
</measure></part></score-partwise>"""

INVALID = "this is not a score\n"


def read_counted(folder, contents, seed=0, wanted=5, limit=0.1, **options):
    """Read scores from a dict of paths, whose first letter is the class, and contents; return also the tally."""
    files = {}
    for name, content in contents.items():
        files |= write(folder, name, content)
    classes = {letter: [f"{letter}*"] for letter in sorted({name[0] for name in contents})}
    options = {"classes": classes, "pieces_per_class": wanted, "seed": seed, "window": 2, **options}
    tally = Tally(limit)
    return scores.read(files, options, folder / "cache", tally), tally


def read_scores(folder, contents, seed=0, wanted=5, limit=0.1):
    """Like `read_counted`, with the number of scores that could not be read instead of the tally."""
    table, tally = read_counted(folder, contents, seed, wanted, limit)
    return table, tally.count("failed_pieces")


@pytest.fixture
def one_worker(monkeypatch):
    """One process for the export, forked from one that has imported music21, which takes seconds."""
    importlib.import_module("music21")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.usefixtures("one_worker")
def test_scores_are_exported_and_cut_into_windows(tmp_path):
    table, failed = read_scores(tmp_path, {"p.krn": KERN.format("4c\n4e\n4d"), "q.musicxml": MUSICXML})
    assert failed == 0
    assert table.to_dict("list") == {
        "id": ["p.krn#1", "p.krn#2", "q.musicxml#1"],
        "sequence": [[60, 64], [62], [67, 69]],
        "group": ["p.krn", "p.krn", "q.musicxml"],
        "target": ["p", "p", "q"],
    }


@pytest.mark.usefixtures("one_worker")
def test_exported_midi_is_read_from_the_cache_the_second_time(tmp_path):
    contents = {"p.krn": KERN.format("4c"), "q.musicxml": MUSICXML}
    read_scores(tmp_path, contents)
    exported = sorted((tmp_path / "cache" / "midi").iterdir())
    assert len(exported) == 2
    for folder in exported:  # with content that tells it from a new export
        (path,) = folder.iterdir()
        write_midi(path, [(33, 0)])
        path.rename(folder / scores.cached_name(folder, path))
    assert read_scores(tmp_path, contents)[0]["sequence"].tolist() == [[33], [33]]
    changed, _ = read_scores(tmp_path, {**contents, "p.krn": KERN.format("4d")})
    assert changed["sequence"].tolist() == [[62], [33]]


@pytest.mark.usefixtures("one_worker")
@pytest.mark.parametrize("damage", ["truncated", "another_score", "exchanged", "empty", "missing", "two"])
def test_midi_that_was_changed_in_the_cache_is_exported_again(tmp_path, damage):
    contents = {"p.krn": KERN.format("4c\n4e"), "q.musicxml": MUSICXML}
    before, _ = read_scores(tmp_path, contents)
    cache = tmp_path / "cache" / "midi"
    kept = {path: path.read_bytes() for path in cache.rglob("*.mid")}
    for path, content in kept.items():
        if damage == "truncated":
            path.write_bytes(content[:-9])
        elif damage == "another_score":
            write_midi(path, [(33, 0)])
        elif damage == "exchanged":
            (other,) = kept.keys() - {path}
            path.unlink()
            (path.parent / other.name).write_bytes(kept[other])
        elif damage == "empty":
            path.write_bytes(b"")
        elif damage == "missing":
            path.unlink()
        else:
            write_midi(path.with_name("other.mid"), [(33, 0)])
            path.write_bytes(content[:50] + b"?" + content[51:])
    after, failed = read_scores(tmp_path, contents)
    assert after.to_dict() == before.to_dict() and failed == 0
    assert {path: path.read_bytes() for path in cache.rglob("*.mid")} == kept


@pytest.mark.usefixtures("one_worker")
def test_a_score_that_cannot_be_exported_is_replaced_by_the_next_and_counted(tmp_path):
    silent = KERN.format("4r")
    contents = {"p1.krn": INVALID, "p2.krn": silent, "p3.krn": KERN.format("4c"), "q.musicxml": MUSICXML}
    failures = set()
    for seed in range(4):
        table, failed = read_scores(tmp_path, contents, seed, wanted=1, limit=0.5)
        assert table["group"].tolist() == ["p3.krn", "q.musicxml"]
        failures.add(failed)
    assert max(failures) == 2  # with one seed both are drawn before the valid one
    assert len(failures) > 1  # with another they are not


@pytest.mark.usefixtures("one_worker")
def test_the_seed_determines_which_scores_are_drawn(tmp_path):
    names = ["p1.krn", "p2.krn", "p3.krn", "p4.krn"]
    contents = {name: KERN.format(f"4{tone}") for name, tone in zip(names, "cdef", strict=True)}
    contents["q.musicxml"] = MUSICXML
    drawn = [read_scores(tmp_path, contents, seed, wanted=1)[0]["group"][0] for seed in (0, 1, 2, 3, 0, 1, 2, 3)]
    assert drawn[:4] == drawn[4:]
    assert len(set(drawn)) > 1 and set(drawn) <= set(names)


@pytest.mark.usefixtures("one_worker")
def test_a_class_without_exportable_scores_is_reported(tmp_path):
    contents = {"p.krn": KERN.format("4c"), "q1.krn": INVALID, "q2.musicxml": "<nothing"}
    assert_refused(["none of the scores of class 'q'", "options.classes"], read_scores, tmp_path, contents)


def test_a_full_disk_is_not_counted_as_a_failed_score(tmp_path, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device", str(path))

    path = write(tmp_path, "p.krn", KERN.format("4c"))["p.krn"]
    monkeypatch.setattr(scores, "replacing", full)
    with pytest.raises(OSError, match=re.escape("No space left on device")):
        scores.export_pitches(path, tmp_path / "cache", "all")


@pytest.mark.usefixtures("one_worker")
def test_the_share_of_scores_that_cannot_be_read_is_limited(tmp_path):
    silent = KERN.format("4r")
    contents = {"p1.krn": INVALID, "p2.krn": silent, "p3.krn": KERN.format("4c"), "q.musicxml": MUSICXML}
    texts = [
        "2 of 4 pieces cannot be used, but at most 49% may be left out",
        f"{tmp_path / 'p1.krn'} cannot be exported by music21 (",
        f"{tmp_path / 'p2.krn'} has no pitched notes",
    ]
    assert_refused(texts, read_scores, tmp_path, contents, limit=0.49)
    _, tally = read_counted(tmp_path, contents, limit=0.5)
    [change] = [change for change in tally.as_list() if change["reason"] == "failed_pieces"]
    assert change["count"] == 2
    assert "p1.krn cannot be exported by music21 (" in change["example"]
    assert "p2.krn has no pitched notes" in change["example"]


HARMONY = "<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>"
GRACE = "<note><grace/><pitch><step>B</step><octave>4</octave></pitch><type>eighth</type></note>"


@pytest.mark.usefixtures("one_worker")
@pytest.mark.parametrize(("extra", "count"), [(HARMONY, 3), (GRACE, 1)])
def test_notes_without_a_length_are_left_out_and_counted(tmp_path, extra, count):
    first = MUSICXML.index("<note>")
    contents = {"p.musicxml": MUSICXML[:first] + extra + MUSICXML[first:], "q.musicxml": MUSICXML}
    table, tally = read_counted(tmp_path, contents)
    assert table["sequence"].tolist() == [[67, 69], [67, 69]]
    assert tally.count("instant_notes") == count


@pytest.mark.usefixtures("one_worker")
def test_a_score_that_is_too_long_for_pretty_midi_is_replaced_by_the_next_and_counted(tmp_path):
    long = KERN.format("\n".join(["00c"] * 63))  # 1,008 quarter notes of 10,080 ticks
    contents = {"p1.krn": long, "p2.krn": long, "p3.krn": KERN.format("4d"), "q.musicxml": MUSICXML}
    examples = {}
    for seed in range(4):
        table, tally = read_counted(tmp_path, contents, seed, wanted=1, limit=0.5)
        assert table["group"].tolist() == ["p3.krn", "q.musicxml"]
        examples |= {c["count"]: c["example"] for c in tally.as_list() if c["reason"] == "failed_pieces"}
    assert "p1.krn has 10,170,720 ticks, but pretty_midi reads fewer than 10,000,000" in examples[2]
    shorter = {"p1.krn": KERN.format("\n".join(["00c"] * 61)), "q.musicxml": MUSICXML}
    assert len(read_counted(tmp_path, shorter)[0]["group"].unique()) == 2


@pytest.mark.usefixtures("one_worker")
def test_a_cap_on_the_windows_of_a_score_and_files_of_no_class_are_counted(tmp_path):
    contents = {"p.krn": KERN.format("4c\n4e\n4d"), "q.musicxml": MUSICXML}
    files = write(tmp_path, "p.krn", contents["p.krn"]) | write(tmp_path, "q.musicxml", MUSICXML)
    options = {"classes": {"p": ["p.k*"], "q": ["q.m*"]}, "pieces_per_class": 1, "seed": 0, "window": 2}
    tally = Tally()
    table = scores.read(files | {"notes.txt": None}, options | {"windows_per_piece": 1}, tmp_path / "cache", tally)
    assert len(table) == 2
    assert {change["reason"]: change["count"] for change in tally.as_list()} == {"other_windows": 1, "unused": 1}


@pytest.mark.usefixtures("one_worker")
def test_a_score_that_takes_too_long_is_left_out_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(scores, "MOST_SECONDS", 0.5)
    repeat = "<barline location='right'><repeat direction='backward' times='1000000'/></barline></measure>"
    contents = {
        "p.krn": KERN.format("4c"),
        "q.krn": KERN.format("4d"),
        "q.musicxml": MUSICXML.replace("</measure>", repeat),
    }
    table, tally = read_counted(tmp_path, contents, limit=0.5)
    assert table["id"].tolist() == ["p.krn#1", "q.krn#1"]
    assert tally.entries["failed_pieces"].example.endswith("music21 (it takes more than 0.5 seconds)")


@pytest.mark.usefixtures("one_worker")
def test_a_score_that_takes_too_much_memory_is_left_out_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(scores, "_export", lambda path, folder: bytearray(scores.MOST_MEMORY))
    score = scores.export_pitches(write(tmp_path, "p.krn", KERN.format("4c"))["p.krn"], tmp_path / "cache", "all")
    assert score.pitches == [] and "MemoryError" in score.problem


GIB = 2**30


@pytest.mark.parametrize(
    ("soft", "hard", "given"),
    [
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, scores.MOST_MEMORY),
        (resource.RLIM_INFINITY, 3 * GIB, 3 * GIB),
        (2 * GIB, resource.RLIM_INFINITY, 2 * GIB),
        (2 * GIB, 3 * GIB, 2 * GIB),
        (16 * GIB, 16 * GIB, scores.MOST_MEMORY),
    ],
)
def test_the_limit_for_memory_is_no_higher_than_those_of_the_process(tmp_path, monkeypatch, soft, hard, given):
    limits = [(soft, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: limits.append(pair))
    monkeypatch.setattr(scores, "_export", lambda path, folder: write_midi(tmp_path / "p.mid", [(60, 0)]))
    score = scores.export_pitches(write(tmp_path, "p.krn", KERN.format("4c"))["p.krn"], tmp_path / "cache", "all")
    assert score.pitches == [60] and limits == [(soft, hard), (given, hard), (soft, hard)]


def test_a_limit_that_cannot_be_set_is_not_counted_as_a_failed_score(tmp_path, monkeypatch):
    def refuse(kind, pair):
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    with pytest.raises(ValueError, match="not allowed"):
        scores.export_pitches(write(tmp_path, "p.krn", KERN.format("4c"))["p.krn"], tmp_path / "cache", "all")


@pytest.mark.usefixtures("one_worker")
def test_music21_leaves_nothing_in_the_folder_for_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    read_counted(tmp_path, {"p.krn": KERN.format("4c"), "q.musicxml": MUSICXML})
    assert list((tmp_path / "tmp").iterdir()) == []
