"""MIDI files."""

import itertools
from unicodedata import normalize

import pandas as pd
import pretty_midi
import pytest

from beyondtext.data.readers import midi
from beyondtext.data.tally import NOTED, Tally
from inputs import NOTES, assert_refused, write, write_midi
from midi_bytes import END, meta, off, on, scale, smf


def test_notes_of_all_instruments_except_drums_are_sorted_by_onset_then_pitch(tmp_path):
    path = write_midi(tmp_path / "a.mid", NOTES, [(41, 0.5), (62, 0.0)], drums=[(35, 0.0), (38, 0.75)])
    assert midi.read_pitches(path, "all") == [60, 62, 64, 41, 72, 67]
    assert midi.read_pitches(path, "first") == [60, 64, 72, 67]


def test_the_first_instrument_is_the_first_that_is_not_a_drum(tmp_path):
    song = pretty_midi.PrettyMIDI()
    for drum, pitch in ((True, 35), (False, 50), (False, 70)):
        instrument = pretty_midi.Instrument(0, is_drum=drum)
        instrument.notes = [pretty_midi.Note(64, pitch, 0, 1)]
        song.instruments.append(instrument)
    song.write(str(tmp_path / "a.mid"))
    assert midi.read_pitches(tmp_path / "a.mid", "first") == [50]


def test_pieces_are_cut_into_windows_that_share_their_group(tmp_path):
    files = {
        "x/a.mid": write_midi(tmp_path / "a.mid", NOTES, [(41, 0.5)]),
        "y/b.mid": write_midi(tmp_path / "b.mid", [(50, 0), (51, 1)]),
    }
    table = midi.read(files, {"window": 2, "classes": {"q": ["y/*"], "p": ["x/*.mid"]}}, tmp_path, Tally())
    assert table.to_dict("list") == {
        "id": ["y/b.mid#1", "x/a.mid#1", "x/a.mid#2", "x/a.mid#3"],
        "sequence": [[50, 51], [60, 64], [41, 72], [67]],
        "group": ["y/b.mid", "x/a.mid", "x/a.mid", "x/a.mid"],
        "target": ["q", "p", "p", "p"],
    }
    options = {"window": 9, "instruments": "first", "classes": {"p": ["x/*"], "q": ["y/*"]}}
    first = midi.read(files, options, tmp_path, Tally())
    assert first["sequence"].tolist() == [[60, 64, 72, 67], [50, 51]]


def test_windows_inherit_a_pieces_own_group_and_split():
    pieces = pd.DataFrame({"path": ["a"], "target": ["p"], "group": ["opus 1"], "split": ["test"]})
    table = midi.cut_windows(pieces, [[1, 2, 3]], 2)
    assert table[["id", "group", "split"]].to_numpy().tolist() == [["a#1", "opus 1", "test"], ["a#2", "opus 1", "test"]]


def read_listed(folder, listing):
    files = {"m/a.mid": write_midi(folder / "a.mid", NOTES), **write(folder, "list.csv", listing)}
    columns = {"sequence": "file", "target": "by", "group": "opus"}
    return midi.read(files, {"window": 3, "table": {"path": "list.csv", "columns": columns}}, folder, Tally())


def test_a_table_may_list_the_files(tmp_path):
    table = read_listed(tmp_path, "file,by,opus\nm/a.mid,bach,7\n")
    assert table.to_dict("list") == {
        "id": ["m/a.mid#1", "m/a.mid#2"],
        "sequence": [[60, 64, 72], [67]],
        "group": ["7", "7"],
        "target": ["bach", "bach"],
    }


def test_a_table_may_list_files_in_its_own_folder(tmp_path):
    write_midi(tmp_path / "one.mid", NOTES)
    files = {"top/2004/one.mid": tmp_path / "one.mid"}
    (tmp_path / "t.csv").write_text("f,t\n2004/one.mid,x\n")
    options = {"window": 4, "table": {"path": "top/t.csv", "columns": {"sequence": "f", "target": "t"}}}
    table = midi.read(files | {"top/t.csv": tmp_path / "t.csv"}, options, tmp_path, Tally())
    assert table["group"].tolist() == ["top/2004/one.mid"]


def test_a_table_that_lists_a_missing_file_is_refused(tmp_path):
    assert_refused(["no file 'm/b.mid'", "list.csv, m/a.mid"], read_listed, tmp_path, "file,by,opus\nm/b.mid,bach,7\n")


def test_a_table_that_lists_a_file_twice_is_refused(tmp_path):
    assert_refused(["m/a.mid"], read_listed, tmp_path, "file,by,opus\nm/a.mid,bach,7\nm/a.mid,palestrina,8\n")


def test_a_table_that_lists_no_file_is_refused(tmp_path):
    assert_refused(["list.csv"], read_listed, tmp_path, "file,by,opus\n")


def test_a_class_without_files_is_reported_with_the_files_available():
    files = {"x/a.mid": None, "x/b.mid": None}
    texts = ["the source's files", "the pattern 'y/*.mid'", "x/a.mid, x/b.mid"]
    assert_refused(texts, midi.files_by_class, files, {"p": ["x/*"], "q": ["y/*.mid"]})


def test_a_file_in_two_classes_is_reported():
    files = {"x/a.mid": None, "x/b.mid": None}
    assert_refused(
        ["x/b.mid matches the patterns of two classes"], midi.files_by_class, files, {"p": ["x/*"], "q": ["x/b*"]}
    )
    assert midi.files_by_class(files, {"p": ["x/*", "x/a*"]})["path"].tolist() == ["x/a.mid", "x/b.mid"]


@pytest.mark.parametrize(
    "content",
    [b"", b"not music at all", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x10"],
    ids=["empty", "text", "cut"],
)
def test_a_file_that_is_not_midi_is_reported(tmp_path, content):
    path = write(tmp_path, "a.mid", content)["a.mid"]
    assert_refused([f"{path} is not valid MIDI: ", "replace the file or exclude it"], midi.read_pitches, path, "all")


def test_a_file_without_pitched_notes_is_reported(tmp_path):
    path = write_midi(tmp_path / "a.mid", drums=[(35, 0)])
    assert_refused([f"{path} has no pitched notes"], midi.read_pitches, path, "all")
    assert_refused([f"{path} has no pitched notes"], midi.read_pitches, path, "first")


def pieces(folder, **contents):
    """Write a file for each keyword, whose first letter is its class; return the files and the classes."""
    files = {}
    for name, content in contents.items():
        files |= write(folder, f"{name}.mid", content)
    return files, {letter: [f"{letter}*"] for letter in sorted({name[0] for name in contents})}


def read_pieces(folder, limit=0.1, options=None, **contents):
    files, classes = pieces(folder, **contents)
    tally = Tally(limit)
    table = midi.read(files, {"window": 2, "classes": classes, **(options or {})}, folder, tally)
    return table, {change["reason"]: (change["count"], change["example"]) for change in tally.as_list()}


def enough(**contents):
    """Twenty faultless pieces of the classes p and q, of one window each, and the given ones."""
    return {f"{letter}0{n}": smf(scale(60 + n)) for letter in "pq" for n in range(10)} | contents


def test_notes_without_an_end_or_a_length_are_kept_and_counted(tmp_path):
    content = smf(on(60) + on(62, 9) + off(62, 0) + on(64, 9) + off(64) + END, on(35, channel=9) + END)
    table, counted = read_pieces(tmp_path, **enough(p10=content))
    assert table.loc[table["group"] == "p10.mid", "sequence"].tolist() == [[60, 62], [64]]
    assert counted == {"endless_notes": (2, "p10.mid"), "drums": (1, "p10.mid")}


def test_endless_notes_of_drums_alone_are_counted_as_drums(tmp_path):
    content = smf(scale(60, 62), on(35, channel=9) + on(38, 9, channel=9) + off(38, 9, channel=9) + END)
    table, counted = read_pieces(tmp_path, **enough(p10=content))
    assert table.loc[table["group"] == "p10.mid", "sequence"].tolist() == [[60, 62]]
    assert counted == {"drums": (2, "p10.mid")}


def test_the_first_instrument_of_a_file_with_endless_notes_is_that_of_its_first_track(tmp_path):
    content = smf(on(35, channel=9) + END, on(70) + on(72, 9) + off(72) + END, scale(60, 62))
    table, counted = read_pieces(tmp_path, options={"instruments": "first"}, **enough(p10=content))
    assert table.loc[table["group"] == "p10.mid", "sequence"].tolist() == [[70, 72]]
    assert counted == {key: (n, "p10.mid") for key, n in (("endless_notes", 1), ("drums", 1), ("other_instruments", 2))}


def test_files_that_the_libraries_refuse_or_would_misread_are_left_out_and_named(tmp_path):
    contents = enough(
        p15=smf(b"\0\xb0\7\xc8" + scale(60)),  # a controller of 200
        p16=smf(meta(0x59, b"\x0b\0") * 3 + scale(60)),
        p17=smf(scale(60), announced=0),
        q18=smf(scale(60, 62), scale(70, 71), kind=2),
    )
    table, counted = read_pieces(tmp_path, limit=0.2, **contents)
    assert len(table) == 21
    problems = [
        "p16.mid is not valid MIDI: Could not decode key with 11 sharps and mode 0",
        "p17.mid is not valid MIDI: it has more tracks than its header announces",
        "q18.mid has the MIDI format 2, but only 0 and 1 can be read",
    ]
    assert counted == {"failed_pieces": (3, "; ".join(problems))}


def test_the_notes_of_drums_and_of_other_instruments_are_counted(tmp_path):
    content = smf(scale(60), scale(70, 71, 72), scale(35, 36, channel=9))
    table, counted = read_pieces(tmp_path, options={"instruments": "first"}, **enough(q10=content))
    assert table["sequence"].tolist()[-1] == [60]
    assert counted == {"drums": (2, "q10.mid"), "other_instruments": (3, "q10.mid")}


def test_pieces_that_cannot_be_read_are_left_out_and_the_first_three_named(tmp_path):
    broken = {"p15": b"", "p16": smf(scale(35, 36, channel=9)), "q16": smf(END), "q17": b"MThd"}
    table, counted = read_pieces(tmp_path, limit=0.3, **enough(**broken))
    assert table["group"].tolist() == [f"{letter}0{n}.mid" for letter in "pq" for n in range(10)]
    problems = ["p15.mid is not valid MIDI: it is empty", "p16.mid has no pitched notes, only 2 of drums"]
    assert counted == {"failed_pieces": (4, "; ".join([*problems, "q16.mid has no pitched notes"]))}


def test_the_share_of_pieces_that_cannot_be_read_is_limited(tmp_path):
    broken = {f"p{number}": b"" for number in range(20, 33)}
    texts = [
        "13 of 33 pieces cannot be used, but at most 30% may be left out",
        f"{tmp_path / 'p20.mid'} is not valid MIDI: it is empty; ",
        f"{tmp_path / 'p29.mid'} is not valid MIDI",
        "; p30.mid; p31.mid; p32.mid); replace or exclude them, or raise the task's max_affected",
    ]
    assert_refused(texts, read_pieces, tmp_path, limit=0.3, **enough(**broken))
    read_pieces(tmp_path, limit=13 / 33, **enough(**broken))


def test_a_class_of_which_nothing_can_be_read_is_refused(tmp_path):
    texts = ["none of the pieces of class 'r'", "r1.mid is not valid MIDI: it is empty", "options.classes"]
    assert_refused(texts, read_pieces, tmp_path, limit=1, **enough(r1=b""))


def test_a_table_of_numbers_may_list_a_file_that_cannot_be_read(tmp_path):
    files, _ = pieces(tmp_path, **enough(p10=b""))
    listing = "f,t\n" + "".join(f"{name},{n}.5\n" for n, name in enumerate(files))
    options = {"window": 2, "table": {"path": "list.csv", "columns": {"sequence": "f", "target": "t"}}}
    tally = Tally()
    table = midi.read(files | write(tmp_path, "list.csv", listing), options, tmp_path, tally)
    assert (len(table), tally.count("failed_pieces"), tally.count("unused")) == (20, 1, 0)


def test_a_table_may_write_names_in_another_unicode_form_and_endings_in_another_case(tmp_path):
    names = ["Bartók.MID", "x/Dvořák.mid", "x/notes.txt"]
    files = {normalize("NFD", name): tmp_path / f"{n}.mid" for n, name in enumerate(names)}
    for number in range(2):
        (tmp_path / f"{number}.mid").write_bytes(smf(scale(60 + number)))
    listing = "f,t\nBartók.mid,p\nx/Dvořák.MID,q\n"
    options = {"window": 2, "table": {"path": "list.csv", "columns": {"sequence": "f", "target": "t"}}}
    tally = Tally()
    table = midi.read(files | write(tmp_path, "list.csv", listing), options, tmp_path, tally)
    assert table["sequence"].tolist() == [[60], [61]]
    assert "1 file left out of the folders that are read (such as 'x/notes.txt')" in tally.sentence((NOTED,))


def test_files_of_no_class_are_counted_in_the_folders_of_a_class_only(tmp_path):
    paths = ["x/a.mid", "x/b.MID", "x/b.mid.bak", "x/.hidden.mid", "x/c.midi", "x/notes.txt", "y/d.mid", "z/e.mid"]
    files = dict.fromkeys([*paths, "top.mid"])
    tally = Tally()
    found = midi.files_by_class(files, {"p": ["x/*.mid"], "q": ["y/d.mid"]}, tally)
    assert found["path"].tolist() == ["x/a.mid", "x/b.MID", "y/d.mid"]
    assert tally.as_list() == [
        {"reason": "unused", "count": 4, "example": "x/.hidden.mid, x/b.mid.bak, x/c.midi", "symbols": {}}
    ]


def test_a_capped_piece_keeps_windows_from_all_of_it(tmp_path):
    content = smf(scale(*range(40, 80)))  # 20 windows, of 40 41, 42 43 and so on
    table, counted = read_pieces(tmp_path, options={"windows_per_piece": 4}, **enough(p10=content))
    large = table[table["group"] == "p10.mid"]
    assert large["id"].tolist() == ["p10.mid#3", "p10.mid#8", "p10.mid#13", "p10.mid#18"]
    assert [first for first, _ in large["sequence"]] == [44, 54, 64, 74]
    assert len(table) == 24
    assert counted == {"other_windows": (16, "p10.mid")}


def test_windows_with_too_few_notes_are_left_out_and_counted(tmp_path):
    contents = {"p10": smf(scale(60, 61, 62)), "q10": smf(scale(60, 61)), "q11": smf(scale(60))}
    table, counted = read_pieces(tmp_path, options={"window": 3, "fewest_notes": 2}, **contents)
    assert table["id"].tolist() == ["p10.mid#1", "q10.mid#1"] and table.index.tolist() == [0, 1]
    large = {"large_pieces": (3, "p10.mid with 1 of 3")}
    assert counted == {"short_windows": (1, "q11.mid#1"), "short_pieces": (1, "q11.mid"), **large}


@pytest.mark.parametrize("group", ["q10", "other"])
def test_pieces_without_a_window_are_counted_apart_from_those_that_keep_others(group):
    rows = [("a#1", 3), ("a#2", 1), ("x#y#1", 1), ("x#y#2", 1), ("b#1", 1), ("c#1", 3)]
    windows = pd.DataFrame([{"id": name, "sequence": [60] * notes, "group": group} for name, notes in rows])
    tally = Tally()
    assert midi.without_short(windows, 2, tally)["id"].tolist() == ["a#1", "c#1"]
    assert tally.sentence() == (
        "4 windows with too few notes (such as 'a#2'), 2 pieces with too few notes for a window (such as 'x#y')"
    )


@pytest.mark.parametrize("number", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("most", [1, 2, 3, 49, 50, 51])
def test_the_windows_of_a_cap_are_distinct_in_order_and_evenly_spread(number, most):
    chosen = list(midi.spread(number, most))
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(number, most)
    assert all(0 <= place < number for place in chosen)
    distances = {later - earlier for earlier, later in itertools.pairwise(chosen)}
    assert not distances or max(distances) - min(distances) <= 1
    assert abs(chosen[0] - (number - 1 - chosen[-1])) <= 1


def test_a_piece_with_a_large_share_of_the_windows_is_noted_unless_it_is_capped(tmp_path):
    contents = enough(p18=smf(scale(60, 61, 62)), q19=smf(scale(*range(40, 60))))
    _, counted = read_pieces(tmp_path, **contents)
    assert counted == {"large_pieces": (1, "q19.mid with 10 of 32")}  # p18.mid has two
    assert read_pieces(tmp_path, options={"windows_per_piece": 10}, **contents)[1] == {}
