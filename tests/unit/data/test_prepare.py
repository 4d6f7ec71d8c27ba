"""From a reader's table to the examples file: what is left out is counted, what is wrong is refused."""

import itertools
import json
import re

import pandas as pd
import pretty_midi
import pytest

import make_examples
from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data import examples
from beyondtext.data.examples import SEPARATOR, UNKNOWN, check_disjoint, read_examples, write_examples
from beyondtext.data.prepare import build, drop_duplicates, handle_long, handle_unknown, read_targets, shortened

CLASSES = {"kind": "class", "classes": ["p", "q"]}
TASK = {
    "domain": "dna",
    "title": "Demo",
    "description": "Which half?",
    "source": "demo",
    "reader": "delimited",
    "options": {"path": "t.csv", "columns": {"sequence": "s", "target": "t"}},
    "target": CLASSES,
    "metric": "accuracy",
    "symbols": {"kind": "characters", "alphabet": "ACGT", "unknown": "refuse"},
    "max_length": 8,
    "too_long": "drop",
    "split": {"method": "random", "seed": 0, "fractions": {"train": 0.5, "validation": 0.25, "test": 0.25}},
    "caps": {},
}
PUBLISHED = {"method": "published", "seed": 0, "values": {"train": "1", "validation": "2", "test": "3"}}
CAPPED = {"train": 8, "test": 4}
WORDS = ["".join(letters) for letters in itertools.product("ACGT", repeat=3)]


def table(size=40, **columns):
    """Distinct sequences of three letters, of the classes p and q in turn."""
    numbers = range(size)
    read = {"id": [f"r{n}" for n in numbers], "sequence": WORDS[:size], "target": ["pq"[n % 2] for n in numbers]}
    return pd.DataFrame({**read, **columns})


def published(*rows):
    """A table of (split, target, sequence)."""
    split, target, sequence = zip(*rows, strict=True)
    return table(len(rows), sequence=sequence, target=target, split=split)


def of_symbols(*rows):
    """A table, after the symbols are made, of (sequence, target); N is an unknown symbol."""
    sequences, targets = zip(*rows, strict=True)
    made = [[UNKNOWN if letter == "N" else letter for letter in sequence] for sequence in sequences]
    return table(len(rows), sequence=sequences, target=targets, symbols=made)


def on_disk(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) if folder.exists() else []


def test_a_clean_table_is_split_and_counted():
    made, alphabet, counts = build(TASK, table())
    assert alphabet == ["A", "C", "G", "T"]
    assert list(made.columns) == ["id", "split", "group", "target", "symbols"]
    assert made["symbols"].map("".join).tolist() == WORDS[:40]
    assert made["group"].tolist() == made["id"].tolist()
    assert counts == {
        "read": 40,
        "outside_bins": 0,
        "unknown_symbols": 0,
        "dropped_unknown": 0,
        "dropped_long": 0,
        "truncated": 0,
        "duplicates": 0,
        "conflicting": 0,
        "capped": 0,
        "splits": {"train": 20, "validation": 10, "test": 10},
        "groups": {"train": 20, "validation": 10, "test": 10},
        "length": {"min": 3, "median": 3.0, "max": 3},
    }


def test_everything_left_out_is_counted():
    odd = [
        ("1", "p", "AAA"),  # in the published test split, too
        ("1", "p", "AAAA"),
        ("1", "q", "CCCC"),
        ("1", "q", "GGGGGGGGG"),  # too long
        ("2", "p", "AAT"),
        ("2", "q", "NNT"),  # unknown
        ("2", "q", "CCT"),
        ("3", "p", "aaa"),
        ("3", "p", "GG"),
        ("3", "q", "TTTT"),
        ("3", "p", "TG"),  # two that disagree
        ("3", "q", "TG"),
    ]
    task = {**TASK, "split": PUBLISHED, "symbols": {**TASK["symbols"], "unknown": "drop"}}
    made, _, counts = build(task, published(*odd))
    assert made["id"].tolist() == ["r1", "r2", "r4", "r6", "r7", "r8", "r9"]
    assert made["split"].tolist() == ["train", "train", "validation", "validation", "test", "test", "test"]
    left_out = {"unknown_symbols": 2, "dropped_unknown": 1, "dropped_long": 1, "duplicates": 1, "conflicting": 2}
    assert {name: counts[name] for name in left_out} == left_out
    assert (counts["read"], counts["capped"], counts["truncated"]) == (12, 0, 0)
    assert counts["splits"] == {"train": 2, "validation": 2, "test": 3}
    assert counts["length"] == {"min": 2, "median": 3.0, "max": 4}


def test_caps_are_applied_and_counted():
    made, _, counts = build({**TASK, "caps": CAPPED}, table())
    assert counts["splits"] == {"train": 8, "validation": 10, "test": 4}
    assert (counts["capped"], len(made)) == (18, 22)


def test_windows_of_a_group_go_to_one_split_and_groups_are_counted():
    groups = [f"g{n // 4}" for n in range(64)]
    targets = ["pq"[n // 4 % 2] for n in range(64)]
    made, _, counts = build(TASK, table(64, group=groups, target=targets))
    assert counts["groups"] == {"train": 8, "validation": 4, "test": 4}
    assert counts["splits"] == {"train": 32, "validation": 16, "test": 16}
    assert (made.groupby("group")["split"].nunique() == 1).all()


def test_repeats_are_dropped_but_the_first():
    kept, repeats, conflicting = drop_duplicates(of_symbols(("AC", "p"), ("GT", "q"), ("AC", "p"), ("AC", "p")))
    assert (kept["id"].tolist(), repeats, conflicting) == (["r0", "r1"], 2, 0)


def test_none_of_equal_sequences_with_different_targets_is_kept():
    rows = [("AC", "p"), ("GT", "q"), ("AC", "q"), ("AC", "p"), ("GT", "q")]
    kept, repeats, conflicting = drop_duplicates(of_symbols(*rows))
    assert (kept["id"].tolist(), repeats, conflicting) == (["r1"], 1, 3)


def test_equal_text_of_different_symbols_is_no_repeat():
    made = pd.DataFrame({"id": ["a", "b"], "symbols": [["1", "12"], ["11", "2"]], "target": ["p", "q"]})
    assert drop_duplicates(made)[1:] == (0, 0)


def test_unknown_symbols_are_kept_dropped_or_refused():
    rows = of_symbols(("AC", "p"), ("ANNC", "q"), ("NT", "q"))
    kept, *counts = handle_unknown(rows, {"unknown": "unknown"})
    assert (kept["id"].tolist(), counts) == (["r0", "r1", "r2"], [3, 0])
    kept, *counts = handle_unknown(rows, {"unknown": "drop"})
    assert (kept["id"].tolist(), counts) == (["r0"], [3, 2])
    message = r"record 'r1' .* outside the alphabet ACGT at position 2 \(2 such records\); .*symbols\.unknown"
    with pytest.raises(InputError, match=message):
        handle_unknown(rows, {"unknown": "refuse", "alphabet": "ACGT"})


def test_the_refused_symbol_is_shown():
    with pytest.raises(InputError, match=r"record 'r1' has .*'X'.* at position 3"):
        build(TASK, table(2, sequence=["AC", "ACX"]))


@pytest.mark.parametrize("rule", [{"kind": "pitches"}, {"kind": "wordpieces", "vocabulary": "m"}])
def test_a_rule_without_unknown_keeps_unknown_symbols(rule):
    kept, *counts = handle_unknown(of_symbols(("AN", "p")), rule)
    assert (len(kept), counts) == (1, [1, 0])


def test_long_sequences_are_dropped_or_truncated():
    rows = of_symbols(("ACG", "p"), ("ACGT", "q"), ("TTTTT", "p"))
    kept, *counts = handle_long(rows, 3, "drop")
    assert (kept["symbols"].map("".join).tolist(), counts) == (["ACG"], [2, 0])
    kept, *counts = handle_long(rows, 3, "truncate")
    assert (kept["symbols"].map("".join).tolist(), counts) == (["ACG", "ACG", "TTT"], [0, 2])


def test_truncation_comes_before_the_check_for_repeats():
    rows = [("123"[n % 3], "pq"[n // 3 % 2], word) for n, word in enumerate(WORDS[:12])]
    ends = [("1", "p", "TTTTA"), ("3", "p", "TTTTC"), ("2", "q", "GGGGA"), ("3", "p", "GGGGC")]
    task = {**TASK, "split": PUBLISHED, "max_length": 4, "too_long": "truncate"}
    made, _, counts = build(task, published(*rows, *ends))
    assert (counts["truncated"], counts["duplicates"], counts["conflicting"]) == (4, 2, 0)
    assert made["symbols"].map("".join).tolist() == [*WORDS[:12], "TTTT", "GGGG"]
    assert made["split"].tolist()[-2:] == ["test", "test"]


def test_labels_rename_what_the_file_says_all_at_once():
    rule = {**CLASSES, "labels": {"0": "p", "p": "q"}}
    read, outside = read_targets(table(3, target=["0", "p", "q"]), rule)
    assert (read["target"].tolist(), outside) == (["p", "q", "q"], 0)


def test_bins_make_classes_of_numbers_and_leave_out_the_rest():
    rule = {**CLASSES, "bins": {"p": [None, -1], "q": [1, 2.5]}}
    read, outside = read_targets(table(7, target=["-1", "-0.99", "0", "1", "2.5", "2.51", "-1e9"]), rule)
    assert dict(zip(read["id"], read["target"], strict=True)) == {"r0": "p", "r3": "q", "r4": "q", "r6": "p"}
    assert outside == 3


def test_bins_that_overlap_are_refused():
    rule = {**CLASSES, "bins": {"p": [None, 1], "q": [1, None]}}
    with pytest.raises(InputError, match=r"q overlaps another bin at 1"):
        read_targets(table(2, target=["1", "2"]), rule)


def test_numbers_are_floats():
    read, outside = read_targets(table(3, target=["1", "-2.5", "1e3"]), {"kind": "number"})
    assert (read["target"].tolist(), read["target"].dtype, outside) == ([1.0, -2.5, 1000.0], "float64", 0)


@pytest.mark.parametrize("rule", [{"kind": "number"}, {**CLASSES, "bins": {"p": [None, 0], "q": [1, None]}}])
@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "1e999", "high", "1,5", ""])
def test_what_is_no_finite_number_is_refused(rule, bad):
    message = rf"record 'r1' has the target '{bad}', where a number was expected; .*\(1 such records\)"
    with pytest.raises(InputError, match=message):
        read_targets(table(3, target=["1", bad, "2"]), rule)


@pytest.mark.parametrize("labels", [{}, {"labels": {"z": "y"}}])
def test_an_unknown_class_is_named(labels):
    found = "y" if labels else "z"
    with pytest.raises(InputError, match=rf"record 'r2' has the target '{found}', but target\.classes are p, q; "):
        build({**TASK, "target": {**CLASSES, **labels}}, table(3, target=["p", "q", "z"]))


def test_a_sequence_without_symbols_is_named():
    with pytest.raises(InputError, match=r"record 'r1' has a sequence without symbols"):
        build(TASK, table(3, sequence=["AC", "", "GT"]))


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_an_empty_split_is_named(split):
    given = [value for name, value in PUBLISHED["values"].items() if name != split]
    with pytest.raises(InputError, match=rf"the {split} split is empty; check the split rule"):
        build({**TASK, "split": PUBLISHED}, table(split=[given[n // 2 % 2] for n in range(40)]))


def test_a_split_of_one_class_is_named():
    rows = published(*[("123"[n % 3], "q" if n % 3 == 1 else "pq"[n // 3 % 2], WORDS[n]) for n in range(30)])
    with pytest.raises(InputError, match=r"the validation split has only the target 'q' \(10 records\)"):
        build({**TASK, "split": PUBLISHED}, rows)


def test_a_cap_that_leaves_one_class_is_refused():
    with pytest.raises(InputError, match=r"the test split has only the target '[pq]' \(1 records\)"):
        build({**TASK, "caps": {"test": 1}}, table())


def test_a_split_of_one_number_is_named():
    with pytest.raises(InputError, match=r"the train split has only the target 3\.0 \(20 records\)"):
        build({**TASK, "target": {"kind": "number"}, "metric": "spearman"}, table(target="3"))


@pytest.mark.parametrize(
    ("changes", "read"),
    [
        ({"max_length": 2}, table()),
        ({"target": {**CLASSES, "bins": {"p": [None, -1], "q": [1, None]}}}, table(target="0")),
        ({"symbols": {"kind": "characters", "alphabet": "XY", "unknown": "drop"}}, table()),
        ({}, table(0)),
    ],
    ids=["long", "bins", "unknown", "none read"],
)
def test_nothing_left_is_said_so(changes, read):
    with pytest.raises(InputError) as error:
        build({**TASK, **changes}, read)
    assert "too few groups" not in str(error.value)


def test_a_published_split_that_parts_a_group_is_refused():
    rows = table(group=[f"g{n // 4}" for n in range(40)], split=["123"[n // 2 % 3] for n in range(40)])
    with pytest.raises(InputError, match="group 'g0'"):
        build({**TASK, "split": PUBLISHED}, rows)


def test_examples_are_read_as_they_were_written(tmp_path):
    made, alphabet, counts = build(TASK, table())
    path = tmp_path / "new" / "demo.parquet"
    write_examples(path, "demo", TASK, made, alphabet, counts)
    assert on_disk(tmp_path / "new") == ["demo.json", "demo.parquet"]
    back, info = read_examples(path)
    plain = back.assign(symbols=back["symbols"].map(list))
    assert plain.to_dict("list") == made.to_dict("list")
    assert info == {
        "task": "demo",
        **{name: TASK[name] for name in ("domain", "target", "metric", "symbols", "source")},
        "alphabet": ["A", "C", "G", "T"],
        "counts": counts,
        "sha256": files.sha256(path),
    }


def test_numbers_come_back_as_floats(tmp_path):
    made, alphabet, counts = build({**TASK, "target": {"kind": "number"}}, table(target=[f"{n}.5" for n in range(40)]))
    write_examples(tmp_path / "demo.parquet", "demo", TASK, made, alphabet, counts)
    back, _ = read_examples(tmp_path / "demo.parquet")
    assert back["target"].dtype == "float64"
    assert back["target"].tolist() == [n + 0.5 for n in range(40)]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "out" / "demo.parquet"
    write_examples(path, "demo", TASK, *build(TASK, table()))
    return path


def test_an_altered_examples_file_is_refused(written):
    content = bytearray(written.read_bytes())
    content[len(content) // 2] ^= 1
    written.write_bytes(content)
    with pytest.raises(
        InputError, match=r"demo\.parquet is not the file that demo\.json describes; delete both"
    ) as error:
        read_examples(written)
    assert str(written) in str(error.value)
    assert "scripts/make_examples.py makes both again" in str(error.value)


@pytest.mark.parametrize("name", ["demo.parquet", "demo.json"])
def test_a_missing_examples_file_is_named(written, name):
    written.with_name(name).unlink()
    with pytest.raises(InputError, match=f"{re.escape(str(written.with_name(name)))} is missing; "):
        read_examples(written)


def test_a_description_that_is_no_json_is_named(written):
    written.with_suffix(".json").write_text("{")
    with pytest.raises(InputError, match=rf"{re.escape(str(written.with_suffix('.json')))} is not valid JSON"):
        read_examples(written)


def test_a_description_without_a_checksum_is_refused(written):
    written.with_suffix(".json").write_text("{}")
    with pytest.raises(InputError, match=r"demo\.parquet is not the file that demo\.json describes"):
        read_examples(written)


def rows_in_splits(*rows):
    """Examples of (id, split, group, symbols)."""
    return pd.DataFrame(rows, columns=["id", "split", "group", "symbols"]).assign(target="p")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "train", "g", ["A"]), ("a", "train", "g", ["C"])], "an id occurs twice"),
        ([("a", "train", "g", ["A", "C"]), ("b", "test", "h", ["A", "C"])], r"sequence 'A\x1fC' is in two splits"),
        ([("a", "train", "g", ["A"]), ("b", "validation", "g", ["C"])], "group 'g' is in two splits"),
    ],
)
def test_what_is_in_two_splits_is_not_written(tmp_path, rows, said):
    with pytest.raises(AssertionError) as error:
        check_disjoint(rows_in_splits(*rows))
    assert str(error.value).startswith(said)
    with pytest.raises(AssertionError):
        write_examples(tmp_path / "x.parquet", "x", TASK, rows_in_splits(*rows), [], {})
    assert on_disk(tmp_path) == []


def test_groups_and_symbols_may_be_shared_inside_a_split():
    rows = [("a", "train", "g", ["A"]), ("b", "train", "g", ["A"]), ("c", "test", "h", ["C"])]
    assert check_disjoint(rows_in_splits(*rows)) is None


def full_disk(self, path, **options):
    path.write_bytes(b"PAR1 half")
    raise OSError(28, "No space left on device", str(path))


def test_nothing_half_written_stays_and_what_was_there_is_kept(written, monkeypatch):
    before = {path.name: path.read_bytes() for path in written.parent.iterdir()}
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_disk)
    for path in (written, written.parent / "deep" / "other.parquet"):
        with pytest.raises(OSError, match="No space left"):
            write_examples(path, "demo", TASK, *build(TASK, table()))
    assert on_disk(written.parent) == ["deep", "demo.json", "demo.parquet"]
    assert {name: (written.parent / name).read_bytes() for name in before} == before


def test_without_its_description_no_examples_file_appears(tmp_path, monkeypatch):
    def full(path, value):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(examples, "write_json", full)
    with pytest.raises(OSError, match="No space left"):
        write_examples(tmp_path / "demo.parquet", "demo", TASK, *build(TASK, table()))
    assert on_disk(tmp_path) == []


def source_of(folder, contents):
    """Write a downloaded source, as the download stage leaves it."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    listed = {
        name: {"sha256": files.sha256(folder / name), "size": (folder / name).stat().st_size} for name in contents
    }
    files.write_json(folder / "source.json", {"source": folder.name, "files": listed})


def run(folder, contents, **changes):
    """Run the program on a source of these files; its output folder is ``folder/out``."""
    source_of(folder / "raw" / "demo", contents)
    make_examples.main(
        [
            "trial",
            *("--definition", json.dumps({**TASK, **changes})),
            *("--raw", str(folder / "raw")),
            *("--cache", str(folder / "cache")),
            *("--output", str(folder / "out" / "trial.parquet")),
        ]
    )


def csv(rows, header="s,t"):
    return "\n".join([header, *rows]) + "\n"


def rows_of(read):
    return [f"{sequence},{target}" for sequence, target in zip(read["sequence"], read["target"], strict=True)]


def fasta(*records):
    return "".join(f">{name} {target}\n{sequence}\n" for name, target, sequence in records)


def midi(*pitches, drum=False):
    song, instrument = pretty_midi.PrettyMIDI(), pretty_midi.Instrument(0, is_drum=drum)
    instrument.notes = [pretty_midi.Note(64, pitch, onset, onset + 0.5) for onset, pitch in enumerate(pitches)]
    song.instruments.append(instrument)
    return song


FASTA = {"reader": "fasta", "options": {"path": "f.fasta", "header": r"^\S+ (?P<target>\w)$"}}
MIDI = {
    "domain": "music",
    "reader": "midi",
    "options": {"window": 2, "classes": {"p": ["p*.mid"], "q": ["q*.mid"]}},
    "symbols": {"kind": "pitches"},
}
COLUMN = {"path": "t.csv", "columns": {"sequence": "s", "target": "t", "split": "set"}}


def test_the_program_writes_both_files_and_says_what_it_kept(tmp_path, capsys):
    run(tmp_path, {"t.csv": csv(rows_of(table()))}, caps={"train": 8})
    assert on_disk(tmp_path / "out") == ["trial.json", "trial.parquet"]
    made, info = read_examples(tmp_path / "out" / "trial.parquet")
    assert (
        info["counts"]["splits"] == {"train": 8, "validation": 10, "test": 10} == made["split"].value_counts().to_dict()
    )
    written = tmp_path / "out" / "trial.parquet"
    said = f"trial: 8 train, 10 validation, 10 test sequences of 40 read, in {written}\n"
    assert capsys.readouterr().out == said


def test_the_readers_counts_are_kept(tmp_path):
    for name in [f"{letter}{number}.mid" for letter in "pq" for number in range(8)]:
        base = 30 + 60 * (name[0] == "q") + 3 * int(name[1])
        midi(base, base + 1, base + 2).write(str(tmp_path / name))
    run(tmp_path, {path.name: path.read_bytes() for path in tmp_path.glob("*.mid")}, **MIDI)
    info = read_examples(tmp_path / "out" / "trial.parquet")[1]
    assert (info["counts"]["pieces"], info["counts"]["read"]) == (16, 32)
    assert info["counts"]["groups"] == {"train": 8, "validation": 4, "test": 4}


BAD_INPUT = {
    "fasta, empty record": (
        {"f.fasta": fasta(("a", "p", "ACG"), ("b", "q", ""), ("c", "p", "GG"))},
        FASTA,
        ["raw/demo/f.fasta: record 2, 'b q', has no sequence"],
    ),
    "fasta, duplicate id": (
        {"f.fasta": fasta(("a", "p", "ACG"), ("b", "q", "CC"), ("a", "p", "GG"))},
        FASTA,
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
        {"split": PUBLISHED, "options": COLUMN},
        ["the validation split is empty"],
    ),
    "table, unknown split": (
        {"t.csv": csv([f"{row},4" for row in rows_of(table())], header="s,t,set")},
        {"split": PUBLISHED, "options": COLUMN},
        ["record '1' is in split '4'", "split.values names 1, 2, 3 only"],
    ),
    "table, too few": ({"t.csv": csv(rows_of(table(4)))}, {}, ["too few groups for a test split of 0.25", "p 2, q 2"]),
    "midi, does not parse": ({"p.mid": b"no music", "q.mid": b""}, MIDI, ["raw/demo/p.mid does not parse as MIDI"]),
    "midi, no class file": ({"x.mid": b"no music"}, MIDI, ["the pattern 'p*.mid'", "x.mid"]),
    "no such file": ({"u.csv": csv(["AC,p"])}, {}, ["the source has no file 't.csv'; its files are u.csv"]),
    "wrong kind of symbols": ({"t.csv": csv(["AC,p"])}, {"symbols": {"kind": "pitches"}}, ["symbols of kind pitches"]),
}


def refused(folder, said, contents, **changes):
    """Check that the program stops with one line that names the task and holds ``said``, and writes nothing."""
    with pytest.raises(SystemExit) as caught:
        run(folder, contents, **changes)
    message = caught.value.code
    assert isinstance(message, str)
    assert message.startswith("error: task trial: ")
    assert "\n" not in message
    assert [text for text in said if text not in message] == [], message
    assert on_disk(folder / "out") == []


@pytest.mark.parametrize("case", BAD_INPUT)
def test_the_program_refuses_bad_input_in_one_line_and_writes_nothing(tmp_path, case):
    contents, changes, said = BAD_INPUT[case]
    refused(tmp_path, said, contents, **changes)


def test_the_program_refuses_midi_without_notes(tmp_path):
    midi(60, 62).write(str(tmp_path / "p.mid"))
    midi(35, 38, drum=True).write(str(tmp_path / "q.mid"))
    contents = {name: (tmp_path / name).read_bytes() for name in ("p.mid", "q.mid")}
    refused(tmp_path, ["raw/demo/q.mid has no pitched notes"], contents, **MIDI)


def test_the_program_refuses_a_published_split_that_parts_a_group(tmp_path):
    rows = [f"{row},{'123'[n // 2 % 3]},g{n // 4}" for n, row in enumerate(rows_of(table()))]
    options = {**COLUMN, "columns": {**COLUMN["columns"], "group": "family"}}
    contents = {"t.csv": csv(rows, header="s,t,set,family")}
    refused(tmp_path, ["group 'g0'"], contents, split=PUBLISHED, options=options)


def test_the_program_refuses_a_source_that_was_altered(tmp_path):
    source_of(tmp_path / "raw" / "demo", {"t.csv": csv(["AC,p"])})
    (tmp_path / "raw" / "demo" / "t.csv").write_text(csv(["AC,q"]))
    arguments = ["trial", "--definition", json.dumps(TASK), "--raw", str(tmp_path / "raw")]
    with pytest.raises(SystemExit) as caught:
        make_examples.main([*arguments, "--output", str(tmp_path / "out" / "trial.parquet")])
    assert caught.value.code.startswith("error: task trial: ")
    assert "raw/demo/t.csv was altered after its download" in caught.value.code
    assert on_disk(tmp_path / "out") == []


def test_a_full_disk_leaves_nothing_and_no_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_disk)
    with pytest.raises(SystemExit) as caught:
        run(tmp_path, {"t.csv": csv(rows_of(table()))})
    assert caught.value.code.startswith("error: no space left on the disk while writing ")
    assert "trial.parquet" in caught.value.code
    assert on_disk(tmp_path / "out") == []


# --- pairs, and splits of which one is drawn


def test_both_sequences_of_a_pair_become_symbols():
    pairs = table(second=["TT" + word for word in WORDS[:40]])
    made, alphabet, counts = build({**TASK, "max_length": 9}, pairs)
    assert made["symbols"].iloc[5] == [*WORDS[5], SEPARATOR, "T", "T", *WORDS[5]]
    assert SEPARATOR not in alphabet
    assert counts["length"] == {"min": 9, "median": 9.0, "max": 9}
    assert build({**TASK, "max_length": 8, "too_long": "truncate"}, pairs)[2]["truncated"] == 40


def test_an_empty_side_of_a_pair_is_named():
    with pytest.raises(InputError, match=r"record 'r3' has a sequence without symbols"):
        build(TASK, table(second=["" if n == 3 else "A" for n in range(40)]))


def test_an_unknown_symbol_is_found_on_either_side():
    with pytest.raises(InputError, match=r"record 'r2' has the symbol 'X' outside the alphabet ACGT at position 6"):
        build(TASK, table(second=["AX" if n == 2 else "AC" for n in range(40)]))


@pytest.mark.parametrize(
    ("a", "b", "length", "kept"),
    [(5, 5, 7, (3, 3)), (5, 5, 8, (4, 3)), (9, 2, 7, (4, 2)), (2, 9, 7, (2, 4)), (1, 1, 7, (1, 1)), (9, 9, 3, (1, 1))],
)
def test_of_a_pair_the_longer_one_is_truncated_first(a, b, length, kept):
    symbols = shortened(["a"] * a + [SEPARATOR] + ["b"] * b, length)
    assert (symbols.count("a"), symbols.count("b"), symbols.count(SEPARATOR)) == (*kept, 1)
    assert symbols == sorted(symbols, key=["a", SEPARATOR, "b"].index)


def test_a_published_test_split_stays_whole():
    rows = [("1", "p", "AAA"), ("1", "q", "CCC"), ("1", "p", "GGG"), ("2", "p", "AAC"), ("2", "q", "AAG")]
    rows += [("3", "q", "AAA"), ("3", "p", "CCC"), ("3", "q", "TTT"), ("1", "q", "TCT")]
    made, _, counts = build({**TASK, "split": PUBLISHED}, published(*rows))
    assert made.loc[made["split"] == "test", "id"].tolist() == ["r5", "r6", "r7"]  # whatever their training twins say
    assert made.loc[made["split"] == "train", "id"].tolist() == ["r2", "r8"]
    assert (counts["duplicates"], counts["conflicting"]) == (2, 0)


def test_a_validation_split_is_drawn_from_training_alone():
    split = {"method": "published", "seed": 0, "values": {"train": "1", "test": "3"}, "validation_fraction": 0.25}
    read = table(
        40, split=["3" if n % 4 == 3 else "1" for n in range(40)], target=["pq"[n // 4 % 2] for n in range(40)]
    )
    made, _, counts = build({**TASK, "split": split}, read)
    assert counts["splits"] == {"train": 22, "validation": 8, "test": 10}
    assert made.loc[made["split"] == "test", "id"].tolist() == [f"r{n}" for n in range(3, 40, 4)]
    again, _, _ = build({**TASK, "split": split}, read)
    assert again.equals(made)


def test_without_classes_those_that_occur_are_classes():
    made, _, _ = build({**TASK, "target": {"kind": "class"}}, table(target=["xyz"[n % 3] for n in range(40)]))
    assert set(made["target"]) == {"x", "y", "z"}
