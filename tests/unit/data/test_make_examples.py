"""From a downloaded source to the examples file, by the program scripts/make_examples.py and the function it calls."""

import json

import pandas as pd
import pretty_midi
import pytest

import make_examples as program
from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.data.examples import read_examples
from beyondtext.data.prepare import make_examples
from beyondtext.data.raw import raw_record
from beyondtext.study import definitions
from demo_task import PUBLISHED, TASK, WORDS, counted, full_disk, table
from sources import on_disk, write_record_of_source, write_source

FASTA = {"reader": "fasta", "options": {"path": "f.fasta", "header": r"^\S+ (?P<target>\w)$"}}
MIDI = {
    "domain": "music",
    "reader": "midi",
    "options": {"window": 2, "classes": {"p": ["p*.mid"], "q": ["q*.mid"]}},
    "symbols": {"kind": "pitches"},
}
WITH_SPLIT = {"path": "t.csv", "columns": {"sequence": "s", "target": "t", "split": "set"}}


def run(folder, contents, **changes):
    """Run the program on a source of these files; its output folder is ``folder/out``."""
    write_source(folder / "raw" / "demo", contents)
    program.main(
        [
            "trial",
            *("--definition", json.dumps({**TASK, **changes})),
            *("--raw", str(folder / "raw")),
            *("--cache", str(folder / "cache")),
            *("--output", str(folder / "out" / "trial.parquet")),
        ]
    )


def make(folder, contents, **changes):
    """Call the function on a source of these files; return the counts."""
    write_source(folder / "raw/demo", contents)
    return make_examples("trial", {**TASK, **changes}, folder / "raw", folder / "cache", folder / "trial.parquet")


def csv(rows, header="s,t"):
    return "\n".join([header, *rows]) + "\n"


def rows_of(table):
    return [f"{sequence},{target}" for sequence, target in zip(table["sequence"], table["target"], strict=True)]


def fasta(*records):
    return "".join(f">{name} {target}\n{sequence}\n" for name, target, sequence in records)


def midi(*pitches, drum=False):
    song, instrument = pretty_midi.PrettyMIDI(), pretty_midi.Instrument(0, is_drum=drum)
    instrument.notes = [pretty_midi.Note(64, pitch, onset, onset + 0.5) for onset, pitch in enumerate(pitches)]
    song.instruments.append(instrument)
    return song


def test_the_program_writes_both_files_and_prints_the_counts(tmp_path, capsys):
    run(tmp_path, {"t.csv": csv(rows_of(table()))}, caps={"train": 8})
    assert on_disk(tmp_path / "out") == ["trial.json", "trial.parquet"]
    examples, info = read_examples(tmp_path / "out" / "trial.parquet", "trial")
    assert info["counts"]["splits"] == {"train": 8, "validation": 10, "test": 10}
    assert info["counts"]["splits"] == examples["split"].value_counts().to_dict()
    written = tmp_path / "out" / "trial.parquet"
    message = f"trial: 8 train, 10 validation, 10 test sequences of 40 read, in {written}; 12 over the split's cap\n"
    assert capsys.readouterr().out == message


def test_every_window_of_a_piece_is_read(tmp_path):
    for name in [f"{letter}{number}.mid" for letter in "pq" for number in range(8)]:
        base = 30 + 60 * (name[0] == "q") + 3 * int(name[1])
        midi(base, base + 1, base + 2).write(str(tmp_path / name))
    run(tmp_path, {path.name: path.read_bytes() for path in tmp_path.glob("*.mid")}, **MIDI)
    info = read_examples(tmp_path / "out" / "trial.parquet", "trial")[1]
    assert (sum(info["counts"]["groups"].values()), info["counts"]["read"]) == (16, 32)
    assert info["counts"]["groups"] == {"train": 8, "validation": 4, "test": 4}


INVALID_INPUT = {
    "fasta, empty record": (
        {"f.fasta": fasta(("a", "p", "ACG"), ("b", "q", ""), ("c", "p", "GG"))},
        FASTA,
        ["raw/demo/f.fasta: record 2, 'b q', has no sequence"],
    ),
    "fasta, duplicate id": (
        {"f.fasta": fasta(("a", "p", "ACG"), ("b", "q", "CC"), ("a", "p", "GG"))},
        {**FASTA, "options": {"path": "f.fasta", "header": r"^(?P<id>\S+) (?P<target>\w)$"}},
        ["raw/demo/f.fasta: record 3", "the id 'a' of an earlier record"],
    ),
    "fasta, symbol outside the alphabet": (
        {"f.fasta": fasta(("a", "p", "ACG"), ("b", "q", "ACX"))},
        FASTA,
        ["record 'b'", "outside the alphabet ACGT at position 3"],
    ),
    "table, no such column": (
        {"t.csv": csv(["AC,p"], header="s,label")},
        {},
        ["raw/demo/t.csv has no column 't'", "s, label"],
    ),
    "table, missing target": (
        {"t.csv": csv(["AC,p", "GT,"])},
        {},
        ["raw/demo/t.csv: record 2 has no 't'", "the column for the target"],
    ),
    "table, one class": (
        {"t.csv": csv(rows_of(table(target="q")))},
        {},
        ["the train split has only the target 'q' (20 records)"],
    ),
    "table, unknown class": (
        {"t.csv": csv(["AC,p", "GT,z"])},
        {},
        ["record '2' has the target 'z'", "target.classes are p, q"],
    ),
    "table, empty split": (
        {"t.csv": csv([f"{row},{'13'[n // 2 % 2]}" for n, row in enumerate(rows_of(table()))], header="s,t,set")},
        {"split": PUBLISHED, "options": WITH_SPLIT},
        ["the validation split is empty"],
    ),
    "table, unknown split": (
        {"t.csv": csv([f"{row},4" for row in rows_of(table())], header="s,t,set")},
        {"split": PUBLISHED, "options": WITH_SPLIT},
        ["record '1' is in split '4'", "split.values names only 1, 2, 3"],
    ),
    "table, too few": ({"t.csv": csv(rows_of(table(4)))}, {}, ["too few groups for a test split of 0.25", "p 2, q 2"]),
    "midi, does not parse": ({"p.mid": b"no music", "q.mid": b""}, MIDI, ["raw/demo/p.mid is not valid MIDI"]),
    "midi, no file of a class": ({"x.mid": b"no music"}, MIDI, ["the pattern 'p*.mid'", "x.mid"]),
    "no such file": ({"u.csv": csv(["AC,p"])}, {}, ["the source has no file 't.csv'; its files are u.csv"]),
    "wrong kind of symbols": ({"t.csv": csv(["AC,p"])}, {"symbols": {"kind": "pitches"}}, ["symbols of kind pitches"]),
}


def assert_refused(folder, texts, contents, **changes):
    """Check that the program stops with one line that names the task and has all texts, and writes nothing."""
    with pytest.raises(SystemExit) as caught:
        run(folder, contents, **changes)
    message = caught.value.code
    assert isinstance(message, str)
    assert message.startswith("error: task trial: ")
    assert "\n" not in message
    assert [text for text in texts if text not in message] == [], message
    assert on_disk(folder / "out") == []


@pytest.mark.parametrize("case", INVALID_INPUT)
def test_the_program_refuses_invalid_input_in_one_line_and_writes_nothing(tmp_path, case):
    contents, changes, texts = INVALID_INPUT[case]
    assert_refused(tmp_path, texts, contents, **changes)


@pytest.mark.parametrize(
    ("name", "definition", "said"),
    [
        ("trial", {}, "--definition: at the top level: 'domain' is a required property"),
        ("trial", {**TASK, "source": "../elsewhere"}, "--definition: at source: '../elsewhere' does not match"),
        ("trial", {**TASK, "max_length": "8"}, "--definition: at max_length: '8' is not of type 'integer'"),
        ("trial", {**TASK, "symbols": {**TASK["symbols"], "alphabet": "ACA"}}, "'ACA' has 'A' twice"),
        ("../trial", TASK, "'../trial' cannot be the name of a task"),
    ],
)
def test_a_definition_on_the_command_line_is_checked_like_a_file(tmp_path, monkeypatch, name, definition, said):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    with pytest.raises(SystemExit) as caught:
        program.main([name, "--definition", json.dumps(definition)])
    assert said in caught.value.code and on_disk(tmp_path) == []


def test_an_output_that_is_a_folder_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "out" / "trial.parquet").mkdir(parents=True)
    with pytest.raises(SystemExit, match="is a folder, not a file; give the path of a file"):
        run(tmp_path, {"t.csv": csv(rows_of(table()))})
    assert on_disk(tmp_path / "out") == ["trial.parquet"]


def test_the_program_refuses_midi_without_notes(tmp_path):
    midi(60, 62).write(str(tmp_path / "p.mid"))
    midi(35, 38, drum=True).write(str(tmp_path / "q.mid"))
    contents = {name: (tmp_path / name).read_bytes() for name in ("p.mid", "q.mid")}
    assert_refused(tmp_path, ["raw/demo/q.mid has no pitched notes"], contents, **MIDI)


def test_the_program_refuses_a_published_split_that_divides_a_group(tmp_path):
    rows = [f"{row},{'123'[n // 2 % 3]},g{n // 4}" for n, row in enumerate(rows_of(table()))]
    options = {**WITH_SPLIT, "columns": {**WITH_SPLIT["columns"], "group": "family"}}
    contents = {"t.csv": csv(rows, header="s,t,set,family")}
    assert_refused(tmp_path, ["group 'g0'"], contents, split=PUBLISHED, options=options)


def test_the_program_refuses_a_source_that_was_changed(tmp_path):
    write_source(tmp_path / "raw" / "demo", {"t.csv": csv(["AC,p"])})
    (tmp_path / "raw" / "demo" / "t.csv").write_text(csv(["AC,q"]))
    arguments = ["trial", "--definition", json.dumps(TASK), "--raw", str(tmp_path / "raw")]
    with pytest.raises(SystemExit) as caught:
        program.main([*arguments, "--output", str(tmp_path / "out" / "trial.parquet")])
    assert caught.value.code.startswith("error: task trial: ")
    assert "raw/demo/t.csv was changed after its download" in caught.value.code
    assert on_disk(tmp_path / "out") == []


def test_a_full_disk_leaves_nothing_and_no_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_disk)
    with pytest.raises(SystemExit) as caught:
        run(tmp_path, {"t.csv": csv(rows_of(table()))})
    assert caught.value.code.startswith("error: no space left on the disk while writing ")
    assert "trial.parquet" in caught.value.code
    assert on_disk(tmp_path / "out") == []


def test_the_function_returns_the_counts_that_it_writes(tmp_path):
    counts = make(tmp_path, {"t.csv": csv([*rows_of(table()), ",p"])}, options={**TASK["options"], "empty": "drop"})
    assert (counts["read"], counted(counts), sum(counts["splits"].values())) == (41, {"empty": 1}, 40)
    assert read_examples(tmp_path / "trial.parquet", "trial")[1]["counts"] == counts


def test_words_for_missing_targets_and_decimal_commas_go_through(tmp_path):
    rows = [f"{word};{number / 8:.3f}".replace(".", ",") for number, word in enumerate(WORDS[:40])]
    options = {"path": "t.csv", "columns": TASK["options"]["columns"], "empty": "drop"}
    target, contents = {"kind": "number", "decimal": ","}, {"t.csv": csv([*rows, "CGCG;n/a", "CGCC;"], header="s;t")}
    counts = make(tmp_path, contents, options=options, target=target, metric="spearman")
    assert counted(counts) == {"empty": 1, "missing": 1, "decimal_commas": 40, "delimiter": 1}
    examples, _ = read_examples(tmp_path / "trial.parquet", "trial")
    assert (counts["read"], sorted(examples["target"])) == (42, [number / 8 for number in range(40)])


def test_the_classes_of_a_task_without_any_are_written(tmp_path):
    contents = {"t.csv": csv(rows_of(table(target=["yx"[n % 2] for n in range(40)])))}
    make(tmp_path, contents, target={"kind": "class"})
    examples, info = read_examples(tmp_path / "trial.parquet", "trial")
    assert info["target"] == {"kind": "class", "classes": ["x", "y"]}
    assert set(examples["target"]) == {"x", "y"}


@pytest.mark.parametrize(
    ("values", "target", "classes"),
    [
        ("01", {"labels": {"0": "no", "1": "yes"}}, ["no", "yes"]),
        ("19", {"bins": {"low": [0, 5], "high": [5, 10]}}, ["high", "low"]),
    ],
)
def test_the_classes_are_those_that_labels_or_bins_make(tmp_path, values, target, classes):
    contents = {"t.csv": csv(rows_of(table(target=[values[n % 2] for n in range(40)])))}
    make(tmp_path, contents, target={"kind": "class", **target})
    examples, info = read_examples(tmp_path / "trial.parquet", "trial")
    assert info["target"] == {"kind": "class", **target, "classes": classes}
    assert set(examples["target"]) == set(classes)


def test_word_pieces_are_those_of_the_models_vocabulary_file(tmp_path, monkeypatch):
    monkeypatch.setattr(definitions, "model", lambda name: {"source": f"{name}-files", "vocabulary": "set/vocab.txt"})
    vocabulary = "\n".join(["[PAD]", "[UNK]", *WORDS]).lower() + "\n"
    symbols = {"kind": "wordpieces", "vocabulary": "m"}
    write_source(tmp_path / "raw/m-files", {"set/vocab.txt": vocabulary.replace("[unk]", "[UNK]")})
    make(tmp_path, {"t.csv": csv(rows_of(table()))}, symbols=symbols)
    examples, _ = read_examples(tmp_path / "trial.parquet", "trial")
    assert examples["symbols"].map("".join).str.upper().tolist() == WORDS[:40]
    counts = make(tmp_path, {"t.csv": csv(rows_of(table()))}, symbols=symbols, max_affected=0)
    assert {change["reason"]: change["count"] for change in counts["changes"]} == {"upper_case": 40}  # no losses
    write_source(tmp_path / "raw/m-files", {"vocab.txt": vocabulary})
    message = r"^task trial: the source has no file 'set/vocab\.txt'; its files are vocab\.txt$"
    with pytest.raises(InputError, match=message):
        make(tmp_path, {"t.csv": csv(rows_of(table()))}, symbols=symbols)


def test_what_the_download_left_out_is_among_the_counts(tmp_path):
    write_source(tmp_path / "raw/demo", {"t.csv": csv(rows_of(table()))})
    entries = raw_record(tmp_path / "raw/demo")["files"]
    change = {"reason": "unused", "count": 2, "example": "a.bak, b.bak", "symbols": {}}
    write_record_of_source(tmp_path / "raw/demo", entries, changes=[change])
    counts = make_examples("trial", TASK, tmp_path / "raw", tmp_path / "cache", tmp_path / "trial.parquet")
    assert counts["changes"] == [change]


def test_midi_that_cannot_be_read_is_counted_within_the_tasks_limit(tmp_path):
    for name in [f"{letter}{number}.mid" for letter in "pq" for number in range(10)]:
        base = 30 + 60 * (name[0] == "q") + 3 * int(name[1])
        midi(base, base + 1, base + 2).write(str(tmp_path / name))
    contents = {path.name: path.read_bytes() for path in tmp_path.glob("*.mid")} | {"q0.mid": b""}
    counts = make(tmp_path, contents, **MIDI)
    assert counted(counts) == {"failed_pieces": 1}
    assert counts["read"] == 38
    message = (
        r"1 of 20 pieces cannot be used, but at most 4% may be left out \(\S+q0\.mid is not valid MIDI: it is empty\)"
    )
    with pytest.raises(InputError, match=message):
        make(tmp_path, contents, **MIDI, max_affected=0.04)


@pytest.mark.parametrize(("windows", "failed"), [(1, 2), (1, 1), (2, 2)])
def test_the_limit_for_midi_that_cannot_be_read_is_for_pieces_and_not_for_windows(tmp_path, windows, failed):
    for name in [f"{letter}{number}.mid" for letter in "pq" for number in range(10)]:
        base = 30 + 60 * (name[0] == "q") + 3 * int(name[1])
        midi(base, base + 1, base + 2).write(str(tmp_path / name))
    contents = {path.name: path.read_bytes() for path in tmp_path.glob("*.mid")}
    contents |= {f"q{number}.mid": b"" for number in range(failed)}
    options = {**MIDI["options"], "window": 4 - windows}
    counts = make(tmp_path, contents, **{**MIDI, "options": options}, max_affected=failed / 20)
    assert counted(counts) == {"failed_pieces": failed} and counts["read"] == windows * (20 - failed)


@pytest.mark.parametrize("target", [{"kind": "class"}, {"kind": "class", "classes": ["p", "q"]}])
def test_examples_say_which_definition_they_are_of_and_how_many_there_were_before_capping(tmp_path, target):
    contents = {"t.csv": csv(rows_of(table()))}
    make(tmp_path, contents, target=target, caps={"train": 3})
    _, info = read_examples(tmp_path / "trial.parquet", "trial")
    described = {**TASK, "target": target, "caps": {}, "title": "a title", "records": 7}
    assert info["definition"] == definitions.digest(described)
    assert info["definition"] != definitions.digest({**described, "max_length": 1})
    assert info["counts"]["available"] == {"train": 20, "validation": 10, "test": 10}
    assert info["counts"]["splits"] == {"train": 3, "validation": 10, "test": 10}
