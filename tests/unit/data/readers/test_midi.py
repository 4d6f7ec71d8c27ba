"""MIDI files."""

import pandas as pd
import pretty_midi
import pytest

from beyondtext.data.readers import midi
from beyondtext.data.tally import Tally
from inputs import NOTES, assert_refused, write, write_midi


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
