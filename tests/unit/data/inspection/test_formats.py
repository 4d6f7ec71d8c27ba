"""Formats, by what files contain."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.findings import Notes
from beyondtext.data.inspection.formats import recognise, source_paths
from beyondtext.data.patterns import matches
from own_data import write

FASTA = ">a x\nACGT\nAC\n>b y\nACGA\nAC\n"


def kind(path):
    notes = Notes()
    return recognise(path, notes)[0], [str(remark) for remark in notes.remarks]


def test_the_name_of_a_file_does_not_matter(tmp_path):
    found, remarks = kind(write(tmp_path / "a.doc", FASTA, compressed=True))
    assert found == "fasta"
    assert remarks == [
        "compressed with gzip: its first bytes say so",
        "FASTA, 2 records: lines that start with >, and sequences over several lines, which are joined",
    ]


def test_a_table_that_begins_with_the_letters_of_bzip2_is_not_compressed(tmp_path):
    assert kind(write(tmp_path / "a.csv", "BZhello,target\nACGT,a\n")) == ("table", [])


@pytest.mark.parametrize("mark", [";", "#"])
def test_fasta_may_begin_with_comments(tmp_path, mark):
    records = FASTA.replace("AC\n", "")
    found, remarks = kind(write(tmp_path / "a.fasta", f"{mark} by us\n\n{mark}{mark}\n{records}{mark}\n"))
    assert (found, remarks) == ("fasta", ["FASTA, 2 records: lines that start with >"])


def test_encodings_and_line_ends_are_named(tmp_path):
    _, remarks = kind(write(tmp_path / "a.fasta", FASTA.replace("\n", "\r\n"), encoding="utf-16"))
    assert remarks[0] == "encoded as UTF-16-LE: it starts with a byte order mark"
    assert remarks[1].startswith("Windows (or old Mac) line ends: ")
    path = tmp_path / "b.fasta"
    path.write_bytes(FASTA.encode() + b">c gr\xfcn\nACGT\n")
    assert kind(path)[1][0].startswith("encoded as Latin-1: b.fasta, line 7 is not UTF-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.5", "a PDF"),
        (b"LOCUS       X 12 bp\n", "GenBank, which is not supported; convert it to FASTA"),
        (b"@read1\nACGT\n+\nIIII\n", "FASTQ"),
        (b"CLUSTAL W\n", "Clustal"),
        (b'[\n {"id": 1}]', "JSON"),
        (b"<!DOCTYPE html><p>404", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b" \n\n", "is empty"),
        (b"| seq | kind |\n|---|:--:|\n| ACGT | a |\n", "a Markdown table, which is not supported; save it as CSV"),
        (b"seq | kind\n--- | ---\nACGT | a\n", "a Markdown table"),
    ],
)
def test_other_formats_are_named_with_what_to_do(tmp_path, content, message):
    path = tmp_path / "data.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        kind(path)


def test_text_that_begins_like_a_zip(tmp_path):
    for text in ("PKA_ID,seq,class\nx,ACGT,a\n", "PK\tseq\n1\tMKV\n", "PK"):
        assert kind(write(tmp_path / "a.csv", text))[0] == "table"


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"no\.csv does not exist"):
        kind(tmp_path / "no.csv")


def test_three_lines_a_record_or_fasta(tmp_path):
    triples = "".join(f">x\n{'ACGT' * 4}\n{number % 2}\n" for number in range(6))
    assert kind(write(tmp_path / "a.txt", triples))[0] == "triples"
    wrapped = "".join(f">x{number}\nACGTACGT\nAC{'ACGT'[number % 4]}T{number}G\n" for number in range(6))
    assert kind(write(tmp_path / "b.txt", wrapped))[0] == "fasta"


@pytest.mark.parametrize("tails", ["ACGT", ["A", "CC", "CGT"], ["K*", "M*"], "acgt"])
def test_sequences_wrapped_into_two_lines_are_no_three_lines_a_record(tmp_path, tails):
    line = "ACGTKM" * 10 if "K*" in tails else "ACGTacgt" * 6
    text = "".join(f">x{row} class={row % 2}\n{line}\n{tails[row % len(tails)]}\n" for row in range(60))
    assert kind(write(tmp_path / "a.fasta", text))[0] == "fasta"


@pytest.mark.parametrize("names", [("EI", "IE", "N"), ("0", "1"), ("+", "-"), ("pos", "neg")])
def test_sequences_of_one_length_may_have_their_targets_on_a_third_line(tmp_path, names):
    text = "".join(f">x{row}\n{'ACGT' * 15}\n{names[row % len(names)]}\n" for row in range(60))
    assert kind(write(tmp_path / "a.txt", text))[0] == "triples"


def test_one_symbol_in_each_column(tmp_path):
    text = "@data\n" + "A, C, G, T, A, C, G, T, A, C, yes\n" * 3
    assert kind(write(tmp_path / "a.dat", text))[0] == "keel"
    assert kind(write(tmp_path / "b.dat", f"% made by hand, 1999\n{text}% the end\n"))[0] == "keel"


@pytest.mark.parametrize("name", ["a.csv", "a[1].csv", "what?.csv", "*.csv"])
def test_the_pattern_of_a_path_matches_it_alone(name):
    (pattern,) = source_paths([name])
    assert matches(name, pattern) and not matches("a1.csv", pattern)
