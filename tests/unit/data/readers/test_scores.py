"""Printed scores."""

import re

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


def read_scores(folder, contents, seed=0, wanted=5):
    """Read scores from a dict of paths, whose first letter is the class, and contents."""
    files = {}
    for name, content in contents.items():
        files |= write(folder, name, content)
    classes = {letter: [f"{letter}*"] for letter in sorted({name[0] for name in contents})}
    options = {"classes": classes, "pieces_per_class": wanted, "seed": seed, "window": 2}
    tally = Tally()
    return scores.read(files, options, folder / "cache", tally), tally.count("failed_pieces")


@pytest.fixture
def one_worker(monkeypatch):
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
    for path in exported:
        write_midi(path, [(33, 0)])
    assert read_scores(tmp_path, contents)[0]["sequence"].tolist() == [[33], [33]]
    changed, _ = read_scores(tmp_path, {**contents, "p.krn": KERN.format("4d")})
    assert changed["sequence"].tolist() == [[62], [33]]


@pytest.mark.usefixtures("one_worker")
def test_a_score_that_cannot_be_exported_is_replaced_by_the_next_and_counted(tmp_path):
    silent = KERN.format("4r")
    contents = {"p1.krn": INVALID, "p2.krn": silent, "p3.krn": KERN.format("4c"), "q.musicxml": MUSICXML}
    failures = set()
    for seed in range(4):
        table, failed = read_scores(tmp_path, contents, seed, wanted=1)
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
