"""Whole files, as users have them."""

import bz2
import gzip
import lzma
import os
import re

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.content import length_rule
from beyondtext.data.inspection.findings import AmbiguousError, Notes, Wishes
from beyondtext.data.inspection.inspect import inspect
from inputs import write_midi
from own_data import AMINO_ACIDS, fasta, letters, sentences, table, write

NUMBER = 60
TWO = ["enzyme" if row % 3 else "other" for row in range(NUMBER)]
SETS = ["train"] * 36 + ["val"] * 9 + ["test"] * 15


KINDS = {"ACGT": "DNA", "ACGU": "RNA", AMINO_ACIDS: "protein"}


def found(folder, name, text, **wishes):
    """The findings about a file."""
    return inspect(write(folder / name, text), Wishes(**wishes))


def said(findings, what):
    """The only remark that begins with some words, as it is printed."""
    (remark,) = [remark for remark in findings.remarks if remark.what.startswith(what)]
    return str(remark)


def split_sizes(findings):
    return tuple(findings.counts["splits"][name] for name in ("train", "validation", "test"))


# --- What is lost.


def losing(lost, form):
    """A table of which some records are lost or altered, and how."""
    sequences, labels = letters(NUMBER), list(TWO)
    for row in range(1, lost + 1):
        if form == "unknown":
            sequences[row] += "J"
        elif form == "repeats":
            sequences[row] = sequences[0]
        else:
            labels[row] = "NA"
    return table(sequences, labels, header=["sequence", "label"])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("unknown", "60% of the records are left out or altered (36 with unknown symbols"),
        ("repeats", "62% of the records are left out or altered (37 with conflicting targets"),
        ("missing", "60% of the records are left out or altered (36 with a word for a missing target"),
    ],
)
def test_no_limit_above_half_is_set_unless_the_user_does(tmp_path, form, words):
    message = re.escape(words) + r".*, but at most 50% may be; correct the data.* or, .* give --max-affected 0\.6[1-3]"
    with pytest.raises(InputError, match=message):
        found(tmp_path, "a.csv", losing(36, form))
    assert found(tmp_path, "a.csv", losing(36, form), max_affected=0.7).task["max_affected"] == 0.7
    assert found(tmp_path, "a.csv", losing(29, form)).task["max_affected"] <= 0.51
    with pytest.raises(InputError, match=r"of the records .*, but at most 30% may be"):
        found(tmp_path, "a.csv", losing(29, form), max_affected=0.3)


def test_most_records_may_be_lost_if_this_is_usual(tmp_path):
    masked = [f"{text}XX" for text in letters(NUMBER)]
    assert found(tmp_path, "a.csv", table(masked, TWO, header=["sequence", "label"])).task["max_affected"] == 1
    repeated = [(text, kind) for text, kind in zip(letters(NUMBER), TWO, strict=True) for _ in range(3)]
    rows = table(*zip(*repeated, strict=True), header=["sequence", "label"])
    assert found(tmp_path, "a.csv", rows).task["max_affected"] == 0.68
    named = found(tmp_path, "a.csv", losing(36, "missing"), target="label")
    assert named.task["max_affected"] == 0.61


def test_most_sequences_may_be_too_long(tmp_path):
    sequences = [text * (20 if row % 4 else 1) for row, text in enumerate(letters(NUMBER, alphabet="ACGT"))]
    findings = found(tmp_path, "a.csv", table(sequences, TWO, header=["dna", "label"]))
    assert said(findings, "most sequences are too long") and findings.task["max_affected"] == 0.76


# --- FASTA.


def uniprot(row, more=""):
    name = f"sp|P{row:05}|KIN{row}_HUMAN Protein kinase {row} OS=Homo sapiens OX=9606"
    return f"{name} GN=K{row % 7} PE={1 + row % 3} SV={1 + row % 2}{more}"


def test_the_fields_of_uniprot_are_no_targets(tmp_path):
    text = fasta([uniprot(row) for row in range(NUMBER)], letters(NUMBER), width=10)
    with pytest.raises(InputError, match=r"no field could be the target \(.*`PE`: one of UniProt's own fields"):
        found(tmp_path, "kinases.fasta", text)
    by_hand = found(tmp_path, "kinases.fasta", text, target="PE")
    assert by_hand.task["target"] == {"kind": "class", "classes": ["1", "2", "3"]}


def test_a_split_that_few_headers_name_is_kept(tmp_path):
    headers = [f"p{row} label={value}{' split=test' * (row % 5 == 0)}" for row, value in enumerate(TWO)]
    findings = found(tmp_path, "mine.fasta", fasta(headers, letters(NUMBER)))
    assert findings.task["split"]["method"] == "published"
    assert findings.counts["splits"]["test"] == NUMBER / 5
    assert "records without a split are in the train split" in said(findings, "records without a split")


def test_a_group_that_some_headers_name_is_said(tmp_path):
    headers = [f"p{row} label={value}{f' family=f{row % 9}' * (row % 5 < 2)}" for row, value in enumerate(TWO)]
    findings = found(tmp_path, "mine.fasta", fasta(headers, letters(NUMBER)))
    assert any("`family`" in str(remark) for remark in findings.remarks)


def test_a_field_that_the_user_names_is_found_in_few_headers(tmp_path):
    headers = [f"p{row} {f'location={value} ' * (row % 5 < 2)}note=x{row}" for row, value in enumerate(TWO)]
    text = fasta(headers, letters(NUMBER))
    with pytest.raises(InputError) as without:
        found(tmp_path, "mine.fasta", text)
    assert "location" not in str(without.value)
    named = found(tmp_path, "mine.fasta", text, target="location")
    assert named.task["target"]["classes"] == ["enzyme", "other"]
    assert any("36" in str(remark) for remark in named.remarks)  # that have no such field


def test_a_value_that_a_sign_may_cut_is_no_target_unless_the_user_says_so(tmp_path):
    headers = [f"p{row}|loc={['A|B', 'A|C', 'B'][row % 3]}|x=1" for row in range(NUMBER)]
    text = fasta(headers, letters(NUMBER))
    message = r"no field could be the target \(.*`loc`: it may end too early, at a sign within 'A\|B'"
    with pytest.raises(InputError, match=message):
        found(tmp_path, "mine.fasta", text)
    named = found(tmp_path, "mine.fasta", text, target="loc")
    assert said(named, "the value of `loc` ends at the first sign between fields").endswith(
        "in 40 of 60 headers more follows, as in 'A|B'; if this belongs to the value, write it with another sign"
    )


def test_a_key_that_a_header_gives_twice_is_refused_if_it_is_used(tmp_path):
    headers = [f"p{row} class={value} note=x note=y" for row, value in enumerate(TWO)]
    found(tmp_path, "mine.fasta", fasta(headers, letters(NUMBER)))
    headers[7] += " class=other"
    message = r"the header 'p7 class=.*' gives `class` twice, and it is not clear which one counts; remove one of them"
    with pytest.raises(InputError, match=message):
        found(tmp_path, "twice.fasta", fasta(headers, letters(NUMBER)))


def test_a_value_with_a_colon_before_a_blank_is_whole(tmp_path):
    classes = ["outer membrane type: A", "outer membrane type: B", "cell wall"] * 20
    headers = [f"p{row} class={value}" for row, value in enumerate(classes)]
    findings = found(tmp_path, "mine.fasta", fasta(headers, letters(NUMBER)))
    assert findings.task["target"]["classes"] == sorted(set(classes))


def test_a_target_after_the_fields_of_uniprot(tmp_path):
    headers = [uniprot(row, f" class={value}") for row, value in enumerate(TWO)]
    findings = found(tmp_path, "kinases.fasta", fasta(headers, letters(NUMBER), width=10))
    assert findings.task["target"] == {"kind": "class", "classes": ["enzyme", "other"]}
    assert findings.task["domain"] == "protein"
    assert said(findings, "2 classes") == (
        "2 classes: `class` has two values (enzyme: 40, other: 20) (change with `--target NAME`)"
    )
    assert "sequences over several lines" in said(findings, "FASTA, 60 records")
    assert findings.counts["read"] == NUMBER and findings.counts["changes"] == []


def test_biotrainers_fields_in_any_order(tmp_path):
    headers = [
        f"s{row} {'SET=train' if name == 'val' else f'SET={name}'} TARGET={value} VALIDATION={name == 'val'}"
        if row % 2
        else f"s{row} VALIDATION={name == 'val'} TARGET={value} {'SET=train' if name == 'val' else f'SET={name}'}"
        for row, (value, name) in enumerate(zip(TWO, SETS, strict=True))
    ]
    findings = found(tmp_path, "biotrainer.fasta", fasta(headers, letters(NUMBER)))
    assert not any("is not used as the split" in str(remark) for remark in findings.remarks)
    values = {"train": "train", "validation": "True", "test": "test"}
    assert findings.task["split"] == {"method": "published", "seed": 0, "values": values}
    assert split_sizes(findings) == (36, 9, 15)


def test_fields_between_vertical_bars(tmp_path):
    headers = [f"p{row}|{value}|{name}" for row, (value, name) in enumerate(zip(TWO, SETS, strict=True))]
    findings = found(tmp_path, "bars.fa", fasta(headers, letters(NUMBER, alphabet="ACGT")))
    assert findings.task["domain"] == "dna"
    assert findings.task["symbols"] == {"kind": "characters", "alphabet": "ACGT", "unknown": "refuse"}
    assert findings.task["split"]["values"] == {"train": "train", "validation": "val", "test": "test"}
    assert split_sizes(findings) == (36, 9, 15)


def test_numbers_after_the_id(tmp_path):
    headers = [f"p{row}\t{row * 0.37 - 4:.2f}" for row in range(NUMBER)]
    findings = found(tmp_path, "numbers.fasta", fasta(headers, letters(NUMBER)))
    assert (findings.task["target"], findings.task["metric"]) == ({"kind": "number"}, "spearman")
    assert "60 different numbers from -4 to 17.83" in said(findings, "the target is a number")


def test_a_common_ending_and_a_mark_of_the_test_records(tmp_path):
    places = [("Nucleus", "Cytoplasm", "Plastid")[row % 3] for row in range(NUMBER)]
    kinds = ["MSU"[row % 4 % 3] for row in range(NUMBER)]
    marks = [" test" if row >= 45 else "" for row in range(NUMBER)]
    parts = zip(places, kinds, marks, strict=True)
    headers = [f"Q{row} {place}-{kind}{mark}" for row, (place, kind, mark) in enumerate(parts)]
    text = fasta(headers, letters(NUMBER))
    with pytest.raises(AmbiguousError) as caught:
        found(tmp_path, "places.fasta", text)
    assert caught.value.candidates == {
        "field2": ["Nucleus-M", "Cytoplasm-S", "Plastid-U"],
        "field2.start": ["Nucleus", "Cytoplasm", "Plastid"],
        "field2.end": ["M", "S", "U"],
    }
    assert "choose with `--target field2` or another of these names" in str(caught.value)
    findings = found(tmp_path, "places.fasta", text, target="field2.start")
    assert findings.task["target"]["classes"] == ["Cytoplasm", "Nucleus", "Plastid"]
    assert findings.task["options"]["absent"] == {"split": "train"}
    assert findings.task["split"]["validation_fraction"] == 0.1
    assert findings.counts["splits"]["test"] == 15


def test_the_beginning_of_the_id_is_a_target_only_if_the_user_says_so(tmp_path):
    headers = [f"{'AMP' if row % 2 else 'nonAMP'}{row}" for row in range(NUMBER)]
    text = fasta(headers, letters(NUMBER))
    with pytest.raises(AmbiguousError, match=r"one field, a part of the id, could be the target: `id\.start` \(nonAMP"):
        found(tmp_path, "peptides.fasta", text)
    findings = found(tmp_path, "peptides.fasta", text, target="id.start")
    assert findings.task["target"]["classes"] == ["AMP", "nonAMP"]


@pytest.mark.parametrize("classes", [("1", "0"), ("AMP", "other"), ("-1.5", "2")])
def test_headers_may_be_the_target_and_nothing_else(tmp_path, classes):
    text = fasta([classes[row % 2] for row in range(NUMBER)], letters(NUMBER))
    with pytest.raises(AmbiguousError, match=r"could be the target: `id`"):
        found(tmp_path, "peptides.fasta", text)
    findings = found(tmp_path, "peptides.fasta", text, target="id", target_kind="class")
    assert set(findings.task["target"]["classes"]) == set(classes)
    assert "60 with repeated ids; line numbers are used as ids instead" in said(findings, "60 records make")


def test_numbers_of_records_and_accessions_before_the_target_are_no_candidates(tmp_path):
    for ids in (range(NUMBER), [7 * row % 997 for row in range(NUMBER)], ["Sequence"] * NUMBER, [1] * NUMBER):
        headers = [f"{name} {row} class={value}" for row, (name, value) in enumerate(zip(ids, TWO, strict=True))]
        findings = found(tmp_path, "numbered.fasta", fasta(headers, letters(NUMBER)))
        assert findings.task["target"]["classes"] == ["enzyme", "other"]


@pytest.mark.parametrize(
    "form", ["c{row} len={length}", "c{row}_{length}", "c{row} length:{length} X", "c{row} {length}bp"]
)
@pytest.mark.parametrize("width", [None, 7])
def test_the_lengths_of_sequences_are_no_target(tmp_path, form, width):
    sequences = [text[: 20 + row % 11] + "-" * (row % 3) for row, text in enumerate(letters(NUMBER))]
    headers = [form.format(row=row, length=20 + row % 11) for row in range(NUMBER)]
    with pytest.raises(InputError, match="no field could be the target"):
        found(tmp_path, "contigs.fasta", fasta(headers, sequences, width))
    headers = [f"{header} multi={row % 9}.5" for row, header in enumerate(headers)]
    assert found(tmp_path, "contigs.fasta", fasta(headers, sequences, width)).task["target"] == {"kind": "number"}


def test_the_lengths_in_a_table_may_have_units(tmp_path):
    sequences = letters(NUMBER)
    lengths = [f"{len(text)} aa" for text in sequences]
    findings = found(tmp_path, "a.csv", table(sequences, lengths, TWO, header=["sequence", "size", "kind"]))
    assert "`size`: the lengths of the sequences" in said(findings, "not used: `size`")


def test_three_lines_a_record(tmp_path):
    lines = zip(letters(NUMBER, alphabet="ACGT"), TWO, strict=True)
    text = "".join(f">dev\n{sequence}\n{value[0]}\n" for sequence, value in lines)
    findings = found(tmp_path, "histone.txt", text)
    assert findings.task["reader"] == "lines"
    assert findings.task["target"]["classes"] == ["e", "o"]


@pytest.mark.parametrize("word", ["NA", "nan", "none"])
def test_words_for_missing_sequences_are_left_out_of_fasta_as_of_tables(tmp_path, word):
    sequences = [word if row in (3, 4) else text for row, text in enumerate(letters(NUMBER))]
    text = fasta([f"p{row} class={value}" for row, value in enumerate(TWO)], sequences)
    as_fasta = found(tmp_path, "a.fasta", text)
    as_table = found(tmp_path, "a.csv", table(sequences, TWO, header=["sequence", "label"]))
    for findings in (as_fasta, as_table):
        assert counted(findings) == {"empty": 2} and findings.task["options"]["empty"] == "drop"
        assert f"'{word}' in 2" in "".join(map(str, findings.remarks))
    assert as_fasta.counts["splits"] == as_table.counts["splits"]


def test_a_tail_of_one_letter_is_sequence_and_no_target(tmp_path):
    sequences = [sequence[:61] for sequence in letters(NUMBER, length=61, alphabet="ACGT")]
    text = fasta([f"id{row} class={value}" for row, value in enumerate(TWO)], sequences, width=60)
    findings = found(tmp_path, "wrapped.fasta", text)
    assert (findings.task["reader"], findings.task["target"]["classes"]) == ("fasta", ["enzyme", "other"])
    assert findings.counts["length"]["max"] == 61


def test_a_description_after_the_target_is_named_and_a_unit_is_refused(tmp_path):
    headers = [f"p{row} class={value} number {row} of these" for row, value in enumerate(TWO)]
    findings = found(tmp_path, "described.fasta", fasta(headers, letters(NUMBER)))
    assert findings.task["target"]["classes"] == ["enzyme", "other"]
    assert said(findings, "the value of `class` is only its first word") == (
        "the value of `class` is only its first word: in 60 of 60 headers a description seems to follow, as in 'other "
        "number 0 of these'; if these words belong to the value, write it without spaces"
    )
    headers = [f"p{row} affinity={row * 1.37:.2f} {'uM' if row % 3 else 'nM'}" for row in range(NUMBER)]
    with pytest.raises(InputError, match=r"`affinity` are not plain numbers, such as '0\.00 nM'; delete what follows"):
        found(tmp_path, "units.fasta", fasta(headers, letters(NUMBER)))


# --- Sequences.


def test_rna(tmp_path):
    headers = [f"r{row} family={value}" for row, value in enumerate(TWO)]
    findings = found(tmp_path, "rna.fa", fasta(headers, letters(NUMBER, alphabet="ACGU")))
    assert (findings.task["domain"], findings.task["symbols"]["alphabet"]) == ("dna", "ACGU")
    assert said(findings, "RNA").startswith("RNA: 100% of the symbols are ACGU")


def test_soft_masked_dna_with_unknown_bases(tmp_path):
    sequences = [sequence[:9].lower() + sequence[9:] for sequence in letters(NUMBER, alphabet="ACGT")]
    sequences[7] = "NNN" + sequences[7]
    text = table(sequences, TWO, header=["dna", "label"])
    findings = found(tmp_path, "masked.csv", text)
    assert findings.task["symbols"] == {"kind": "characters", "alphabet": "ACGT", "unknown": "unknown"}
    assert "the others are N: 3" in said(findings, "DNA")
    assert "28% of the letters" in said(findings, "lower case")
    assert [change["count"] for change in findings.counts["changes"] if change["reason"] == "unknown"] == [1]


def test_dna_with_many_ambiguity_codes(tmp_path):
    headers = [f"d{row} class={value}" for row, value in enumerate(TWO)]
    text = fasta(headers, letters(NUMBER, alphabet="ACGT" * 10 + "RYS"))
    findings = found(tmp_path, "codes.fa", text)
    assert (findings.task["domain"], findings.task["symbols"]["alphabet"]) == ("dna", "ACGT")
    assert findings.task["symbols"]["unknown"] == "unknown"
    assert found(tmp_path, "codes.fa", text, domain="protein").task["domain"] == "protein"


def test_a_gapped_alignment(tmp_path):
    sequences = [sequence[:4] + "--" + sequence[4:20] + "." + sequence[20:] for sequence in letters(NUMBER)]
    headers = [f"a{row} class={value}" for row, value in enumerate(TWO)]
    findings = found(tmp_path, "aligned.fasta", fasta(headers, sequences))
    assert findings.task["symbols"]["alphabet"] == AMINO_ACIDS
    assert said(findings, "gaps").startswith("gaps: 180 gaps")
    assert f"--alphabet {AMINO_ACIDS}-." in said(findings, "gaps")


def counted(findings):
    """The counts of what was repaired or lost, by reason."""
    return {change["reason"]: change["count"] for change in findings.counts["changes"]}


@pytest.mark.parametrize("marks", ["''", "‘’", "“”", "«»", "`´"])
@pytest.mark.parametrize(("alphabet", "length"), [("ACGT", 30), (AMINO_ACIDS, 30), (AMINO_ACIDS, 8)])
def test_quotation_marks_around_sequences_are_no_symbols(tmp_path, marks, alphabet, length):
    sequences = letters(NUMBER, length, alphabet)
    in_marks = [f"{marks[0]}{sequence}{marks[1]}" if row % 3 else sequence for row, sequence in enumerate(sequences)]
    plain = found(tmp_path, "plain.csv", table(sequences, TWO, header=["a", "b"]))
    for delimiter in ",\t;":
        text = table(in_marks, TWO, delimiter=delimiter, header=["a", "b"])
        findings = found(tmp_path, "marks.csv", text)
        assert counted(findings) == counted(plain) | {"enclosing_quotes": 40}
        for key in ("symbols", "max_length", "domain", "target"):
            assert findings.task[key] == plain.task[key]


@pytest.mark.parametrize("width", [10, 20])
@pytest.mark.parametrize("alphabet", ["ACGT", "ACGU", AMINO_ACIDS])
@pytest.mark.parametrize("wishes", [{}, {"alphabet": "own"}])
def test_line_breaks_within_sequences_are_no_symbols(tmp_path, width, alphabet, wishes):
    sequences = letters(NUMBER, 60, alphabet)
    sequences[5] = sequences[5][:-2] + "#?"
    if wishes:
        wishes = {"alphabet": alphabet, "domain": "protein" if alphabet == AMINO_ACIDS else "dna"}
    wrapped = ['"' + "\n".join(text[at : at + width] for at in range(0, len(text), width)) + '"' for text in sequences]
    findings = found(tmp_path, "wrapped.csv", table(wrapped, TWO, header=["sequence", "label"]), **wishes)
    remark = said(findings, "your alphabet" if wishes else KINDS[alphabet])
    others = "'#': 1, '?': 1" if wishes else "#: 1, ?: 1"
    assert f"the others are {others}" in remark
    assert findings.task["symbols"]["alphabet"] == alphabet and findings.task["max_length"] == 64
    assert counted(findings) == {"unknown": 1, "line_breaks": NUMBER, "white_space": NUMBER}


@pytest.mark.parametrize("alphabet", ["ACGT", AMINO_ACIDS])
def test_sequences_in_blocks_of_ten_are_no_sentences(tmp_path, alphabet):
    blocks = [" ".join(text[at : at + 10] for at in range(0, len(text), 10)) for text in letters(NUMBER, 60, alphabet)]
    findings = found(tmp_path, "blocks.csv", table(blocks, TWO, header=["sequence", "label"]))
    assert (findings.task["symbols"]["alphabet"], findings.task["max_length"]) == (alphabet, 64)
    assert counted(findings) == {"white_space": NUMBER}


def test_final_stops_are_not_said_to_be_outside_the_alphabet(tmp_path):
    stopped = [f"{sequence}*" for sequence in letters(NUMBER)]
    findings = found(tmp_path, "stops.csv", table(stopped, TWO, header=["sequence", "label"]))
    assert said(findings, "protein").startswith(f"protein: 100% of the symbols are {AMINO_ACIDS} (")
    assert counted(findings) == {"stop": NUMBER} and findings.task["max_length"] == 34


def test_sequences_beyond_the_models_limit(tmp_path):
    sequences = letters(NUMBER, alphabet="ACGT")
    for row in range(0, NUMBER, 4):
        sequences[row] = sequences[row] * 20
    text = table(sequences, TWO, header=["dna", "label"])
    findings = found(tmp_path, "long-chains.csv", text)
    assert (findings.task["max_length"], findings.task["too_long"]) == (510, "truncate")
    assert "25.0% of the sequences are longer" in said(findings, "long sequences are truncated")
    assert findings.task["max_affected"] == pytest.approx(0.26)
    dropped = found(tmp_path, "long-chains.csv", text, too_long="drop", max_length=100)
    assert (dropped.task["max_length"], dropped.task["too_long"]) == (100, "drop")
    with pytest.raises(InputError, match="minilm-l6 reads at most 510 symbols"):
        found(tmp_path, "long-chains.csv", text, max_length=511)


def test_most_sequences_too_long(tmp_path):
    text = table(letters(NUMBER, 600), TWO, header=["sequence", "label"])
    findings = found(tmp_path, "long-chains.csv", text)
    assert said(findings, "most sequences are too long").endswith("answer the question about their beginnings")


def test_dna_among_proteins_is_named(tmp_path):
    sequences = [*letters(NUMBER - 2), *letters(2, alphabet="ACGT")]
    findings = found(tmp_path, "both.csv", table(sequences, TWO, header=["sequence", "label"]))
    assert said(findings, "DNA among proteins").startswith("DNA among proteins: 2 sequences have nothing but A, C, G")


def test_symbols_that_are_nothing_known(tmp_path):
    smiles = [f"C(=O)N[C@H]{'C' * (row % 9 + 1)}=O{row}" for row in range(NUMBER)]
    text = table(smiles, TWO, header=["sequence", "label"])
    with pytest.raises(InputError, match=r"neither DNA, RNA or protein nor sentences.*--alphabet, and --domain"):
        found(tmp_path, "smiles.csv", text)
    by_hand = found(tmp_path, "smiles.csv", text, domain="text", alphabet="CNOH()[]@=0123456789")
    assert by_hand.task["symbols"]["unknown"] == "refuse" and by_hand.task["domain"] == "text"


def test_text(tmp_path):
    findings = found(tmp_path, "reviews.csv", table(sentences(NUMBER), TWO, header=["sentence", "label"]))
    assert findings.task["domain"] == "text"
    assert findings.task["symbols"] == {"kind": "wordpieces", "vocabulary": "minilm-l6"}
    are_estimates = any("lengths are estimates" in str(remark) for remark in findings.remarks)
    assert findings.task["max_length"] == 510 if are_estimates else 7 <= findings.task["max_length"] <= 15


@pytest.mark.parametrize("sign", ["\U0001f600", "\U0001d4d0bc", "\U00020bb7"])
def test_words_that_no_vocabulary_knows_are_counted_before_it_is_downloaded(tmp_path, monkeypatch, sign):
    monkeypatch.setattr("beyondtext.data.inspection.words.RECORD", "no record")
    texts = [f"{text} {sign if row % 3 == 0 else 'ok'}" for row, text in enumerate(sentences(NUMBER))]
    findings = found(tmp_path, "reviews.csv", table(texts, TWO, header=["sentence", "label"]))
    assert counted(findings)["unknown"] == 20 and findings.task["max_affected"] == 0.35
    assert "most unknown words are not counted yet: minilm-l6 is not downloaded yet" in said(
        findings, "lengths are est"
    )
    assert "words that the vocabulary does not know are counted once it is downloaded" in said(
        findings, "60 records make"
    )


SINGLE = {"reader": "delimited", "options": {"columns": {"sequence": "a"}}}


def test_an_estimate_of_lengths_is_no_limit():
    lengths = pd.Series([5, 9, 16])
    assert length_rule(SINGLE, lengths, Wishes(), Notes())[0] == 16
    assert length_rule(SINGLE, lengths, Wishes(), Notes(), are_estimates=True)[0] == 510
    assert length_rule(SINGLE, lengths, Wishes(max_length=12), Notes(), are_estimates=True)[0] == 12


def test_an_empty_folder_is_called_one(tmp_path):
    with pytest.raises(InputError, match="is an empty folder; give a file, or a folder of MIDI files"):
        inspect(tmp_path, Wishes())


@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (["train.csv", "test.csv"], "give train.csv, and then set options.files to {train: train.csv, test: test.csv}"),
        (["my_dev.tsv", "my_train.tsv"], "give my_train.tsv, and then set options.files to {train: my_train.tsv, val"),
        (["train.fasta", "test.fasta"], "files for several splits, join them, with the split in each header"),
        (["a.csv", "b.csv"], "give one of its files, or a folder of MIDI files"),
        (["training-notes.csv", "b.csv"], "give one of its files, or a folder of MIDI files"),
    ],
)
def test_a_folder_with_a_file_for_each_split_is_refused_with_what_to_do(tmp_path, names, advice):
    for name in names:
        write(tmp_path / name, "sequence,label\n")
    with pytest.raises(InputError) as refused:
        inspect(tmp_path, Wishes())
    message = str(refused.value)
    assert advice in message and ("several splits" in message or "options.files" in message) == ("b.csv" not in names)


# --- Tables.


def test_a_table_without_a_header(tmp_path):
    text = table(TWO, letters(NUMBER), delimiter="\t")
    findings = found(tmp_path, "bare.tsv", text)
    assert findings.task["options"] == {
        "path": "bare.tsv",
        "delimiter": "\t",
        "header": ["column1", "column2"],
        "columns": {"sequence": "column2", "target": "column1"},
    }


def test_two_columns_that_could_be_the_target(tmp_path):
    strength, stability = ([f"{(row * step) % 17 / 3:.3f}" for row in range(NUMBER)] for step in (5, 7))
    text = table(letters(NUMBER), strength, stability, header=["sequence", "strength", "stability"])
    with pytest.raises(AmbiguousError) as caught:
        found(tmp_path, "two.csv", text)
    message = "2 fields could be the target: `strength` (0.000, 1.667, 3.333) or `stability` (0.000, 2.333, 4.667)"
    assert message in str(caught.value)
    findings = found(tmp_path, "two.csv", text, target="stability")
    assert findings.task["options"]["columns"] == {"sequence": "sequence", "target": "stability"}
    assert said(findings, "not used as target") == (
        "not used as target: `strength`: `stability` is (change with `--target strength`)"
    )


def test_two_columns_that_could_be_the_sequence(tmp_path):
    text = table(letters(NUMBER), letters(NUMBER, seed=1), TWO, header=["heavy", "light", "label"])
    with pytest.raises(AmbiguousError, match=r"the sequence: `heavy` \(.*or make them pairs with `--sequence heavy"):
        found(tmp_path, "chains.csv", text)
    paired = found(tmp_path, "chains.csv", text, sequence="heavy", second="light")
    assert paired.task["options"]["columns"] == {"sequence": "heavy", "second": "light", "target": "label"}
    assert paired.task["max_length"] == 34 + 1 + 34


def test_pairs(tmp_path):
    first, second = sentences(NUMBER), sentences(NUMBER, seed=1)
    text = table(range(NUMBER), first, second, TWO, delimiter="\t", header=["index", "text_a", "text_b", "label"])
    findings = found(tmp_path, "pairs.tsv", text)
    columns = {"id": "index", "sequence": "text_a", "second": "text_b", "target": "label"}
    assert findings.task["options"]["columns"] == columns
    single = found(tmp_path, "pairs.tsv", text, sequence="text_a", second="none")
    assert "second" not in single.task["options"]["columns"]


def test_sequences_that_repeat_in_pairs_are_named_with_the_option(tmp_path):
    proteins = letters(12)
    pairs = [(one, other) for row, one in enumerate(proteins) for other in proteins[row + 1 :]][:NUMBER]
    text = table(*zip(*pairs, strict=True), TWO, header=["seq2", "seq1", "kind"])
    message = r"`seq1`, `seq2` look like sequences that repeat: .*make them pairs with `--sequence seq1 --second seq2`"
    with pytest.raises(InputError, match=message):
        found(tmp_path, "pairs.csv", text)
    findings = found(tmp_path, "pairs.csv", text, sequence="seq1", second="seq2")
    assert findings.task["target"]["classes"] == ["enzyme", "other"]
    one = table([proteins[row % 12] for row in range(NUMBER)], TWO, header=["chain", "kind"])
    with pytest.raises(InputError, match=r"`chain` look like sequences that repeat: .* with `--sequence chain`$"):
        found(tmp_path, "one.csv", one)


def test_columns_for_split_group_and_id(tmp_path):
    groups = [f"g{row // 2}" for row in range(NUMBER)]
    names = [f"entry {row}" for row in range(NUMBER)]
    header = ["name", "sequence", "label", "family", "set"]
    text = table(names, letters(NUMBER), TWO, groups, SETS, header=header)
    divided = found(tmp_path, "all.csv", text)
    assert "group" not in divided.task["options"]["columns"]
    assert "divide 1 of its 30 groups" in said(divided, "`family` is not the group")
    findings = found(tmp_path, "all.csv", text, split="none")
    columns = {"id": "name", "sequence": "sequence", "target": "label", "group": "family"}
    assert findings.task["options"]["columns"] == columns
    assert findings.counts["groups"]["test"] == 6


@pytest.mark.parametrize("yes", ["True", "yes", "1"])
@pytest.mark.parametrize("no", ["", "False", "nan"])
@pytest.mark.parametrize("name", ["validation", "is_valid"])
def test_training_records_that_a_column_marks_are_for_validation(tmp_path, name, yes, no):
    sets = ["train" if split == "val" else split for split in SETS]
    marks = [yes if split == "val" else no for split in SETS]
    header = ["sequence", "label", "set", name]
    text = table(letters(NUMBER), TWO, sets, marks, header=header)
    findings = found(tmp_path, "flip.csv", text)
    columns = {"sequence": "sequence", "target": "label", "split": "set", "validation": name}
    assert findings.task["options"]["columns"] == columns
    assert findings.task["split"]["values"] == {"train": "train", "validation": "validation", "test": "test"}
    assert split_sizes(findings) == (36, 9, 15) and findings.counts["changes"] == []
    assert said(findings, f"`{name}` marks") == (
        f"`{name}` marks records of `set` for validation: true in 9 of the training records"
    )
    assert not any("not used" in str(remark) for remark in findings.remarks)
    assert found(tmp_path, "flip.csv", text, split="none").task["split"]["method"] == "random"


@pytest.mark.parametrize("changed", [-1, 36], ids=["in the test split", "neither yes nor no"])
def test_marks_for_validation_that_contradict_the_split_are_named(tmp_path, changed):
    sets = ["train" if split == "val" else split for split in SETS]
    marks = ["True" if split == "val" else "" for split in SETS]
    marks[changed] = "True" if changed == -1 else "perhaps"
    text = table(letters(NUMBER), TWO, sets, marks, header=["sequence", "label", "set", "validation"])
    findings = found(tmp_path, "flip.csv", text)
    assert "validation" not in findings.task["options"]["columns"]
    assert "not used" in said(findings, "`validation`" if changed == -1 else "not used")


@pytest.mark.parametrize("empty", [1, 5])
def test_a_group_that_few_records_lack_is_one(tmp_path, empty):
    groups = ["" if row < empty else f"g{row // 2}" for row in range(NUMBER)]
    text = table(letters(NUMBER), TWO, groups, header=["sequence", "label", "cluster"])
    findings = found(tmp_path, "groups.csv", text)
    assert findings.task["options"]["columns"]["group"] == "cluster"
    assert said(findings, "records with an empty cell").endswith(f"`cluster` is empty in {empty}")
    assert findings.counts["read"] == NUMBER and sum(split_sizes(findings)) == NUMBER - empty


@pytest.mark.parametrize("name", ["g", "none"])
def test_headers_without_a_group_are_one_group(tmp_path, name):
    headers = [
        f"p{row} class={value}" + ("" if row in (4, 9, 13) else f" cluster={name if row < 20 else f'g{row // 2}'}")
        for row, value in enumerate(TWO)
    ]
    findings = found(tmp_path, "groups.fasta", fasta(headers, letters(NUMBER)))
    other = "none_" if name == "none" else "none"
    assert findings.task["options"]["absent"] == {"group": other}
    assert said(findings, "records without a group") == (
        f"records without a group are one group, `{other}`: 3 headers have no `cluster`"
    )
    assert sum(findings.counts["groups"].values()) == 22 and sum(split_sizes(findings)) == NUMBER


def test_a_group_that_many_records_lack_is_not_used_and_named(tmp_path):
    groups = ["" if row % 4 == 0 else f"g{row // 2}" for row in range(NUMBER)]
    text = table(letters(NUMBER), TWO, groups, header=["sequence", "label", "cluster"])
    findings = found(tmp_path, "groups.csv", text)
    assert "group" not in findings.task["options"]["columns"]
    assert said(findings, "`cluster` is not the group") == (
        "`cluster` is not the group: 15 of 60 records have none (change with `--group cluster`)"
    )
    findings = found(tmp_path, "groups.csv", text, group="cluster")
    assert sum(split_sizes(findings)) == 45


def test_a_published_split_that_divides_the_records_without_a_group(tmp_path):
    groups = ["" if row in (0, 59) else f"g{row // 3}" for row in range(NUMBER)]
    header = ["sequence", "label", "cluster", "set"]
    findings = found(tmp_path, "all.csv", table(letters(NUMBER), TWO, groups, SETS, header=header))
    assert findings.task["options"]["columns"]["group"] == "cluster"
    headers = [
        f"p{row} class={value} set={name}" + (f" cluster={group}" if group else "")
        for row, (value, name, group) in enumerate(zip(TWO, SETS, groups, strict=True))
    ]
    findings = found(tmp_path, "all.fasta", fasta(headers, letters(NUMBER)))
    assert "the published splits divide 1 of its" in said(findings, "`cluster` is not the group")


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ("Train", "its values 'train' (31) and 'Train' (5) mean the same split; write them alike in the file"),
        ("learn", "its values 'train' (31) and 'learn' (5) mean the same split; write them alike in the file"),
        (
            "ood",
            "'ood' (5) is no known name of a split; call the splits train, validation and test, and delete records "
            "that belong to none",
        ),
    ],
)
@pytest.mark.parametrize("form", ["table", "fasta"])
def test_splits_that_cannot_be_used_are_named_with_the_reason(tmp_path, other, problem, form):
    sets = [other] * 5 + SETS[5:]
    if form == "table":
        text = table(letters(NUMBER), TWO, sets, header=["sequence", "kind", "set"])
    else:
        headers = [f"p{row} kind={TWO[row]} set={name}" for row, name in enumerate(sets)]
        text = fasta(headers, letters(NUMBER))
    findings = found(tmp_path, "splits.txt", text)
    assert findings.task["target"]["classes"] == ["enzyme", "other"]
    assert said(findings, "`set` is not used as the split") == (
        f"`set` is not used as the split: {problem} (change with `--split NAME`)"
    )
    assert "the file names no splits that can be used" in said(findings, "random splits")
    with pytest.raises(InputError) as caught:
        found(tmp_path, "splits.txt", text, split="set")
    assert str(caught.value) == f"--split set: {problem}"


@pytest.mark.parametrize(
    ("name", "words", "said_of_it"),
    [
        ("split", ("0", "1", "2"), "'0' (36) and '2' (15) and '1' (9), are not all known names of splits"),
        ("Set", ("Lernen", "Prüfung", "Prüfung"), "'Lernen' (36) and 'Prüfung' (24), are not all known"),
        ("subset", ("apprentissage", "test", "test"), "'apprentissage' (36) and 'test' (24), are not all known"),
        (
            "is_test",
            ("False", "False", "True"),
            "marks the records of one split, by the values 'False' (45) and 'True' (15); write",
        ),
        ("validation", ("", "True", ""), "marks the records of one split, by the values 'True' (9); write"),
        ("data_split", ("A", "B", "C"), "give --split data_split, or --group data_split if no split may divide them"),
        ("fold", ("0", "1", "2"), "'0' (36) and '2' (15), seem to number folds; "),
        ("Partition", ("4", "1", "3"), "or give --group Partition if no split may divide a fold"),
    ],
)
def test_a_field_with_the_name_of_a_split_is_no_target_and_is_named(tmp_path, name, words, said_of_it):
    values = [words[("train", "val", "test").index(split)] for split in SETS]
    text = table(letters(NUMBER), TWO, values, header=["sequence", "kind", name])
    findings = found(tmp_path, "splits.csv", text)
    assert findings.task["options"]["columns"]["target"] == "kind"
    assert said_of_it in said(findings, f"`{name}` is not used as the split")
    assert "the file names no splits that can be used" in said(findings, "random splits")


def test_a_fold_of_proteins_is_a_target(tmp_path):
    folds = ["a.1" if row % 2 else "b.40" for row in range(NUMBER)]
    findings = found(tmp_path, "scop.csv", table(letters(NUMBER), folds, header=["sequence", "fold"]))
    assert findings.task["target"]["classes"] == ["a.1", "b.40"]


def test_of_several_splits_the_user_chooses_one(tmp_path):
    header = ["sequence", "kind", "split_random", "split_cluster"]
    text = table(letters(NUMBER), TWO, SETS, SETS[::-1], header=header)
    with pytest.raises(
        AmbiguousError, match=r"2 fields could be the split: `split_random` .* with `--split none`"
    ) as caught:
        found(tmp_path, "splits.csv", text)
    assert caught.value.wish == "split" and list(caught.value.candidates) == header[2:]
    for name in header[2:]:
        columns = found(tmp_path, "splits.csv", text, split=name).task["options"]["columns"]
        assert columns == {"sequence": "sequence", "target": "kind", "split": name}
    assert found(tmp_path, "splits.csv", text, split="none").task["split"]["method"] == "random"
    same = table(letters(NUMBER), TWO, SETS, SETS, header=header)
    assert found(tmp_path, "splits.csv", same).task["options"]["columns"]["split"] == "split_random"
    named = table(letters(NUMBER), TWO, SETS, SETS[::-1], header=[*header[:3], "split"])
    assert found(tmp_path, "splits.csv", named).task["options"]["columns"]["split"] == "split"


@pytest.mark.parametrize("form", ["table", "fasta"])
@pytest.mark.parametrize("word", ["valid", "dev", "Validation"])
def test_a_validation_split_in_place_of_a_test_split_is_named(tmp_path, form, word):
    sets = [word if name == "test" else "train" for name in SETS]
    headers = [f"p{row} kind={TWO[row]} set={name}" for row, name in enumerate(sets)]
    text = table(letters(NUMBER), TWO, sets, header=["sequence", "kind", "set"])
    findings = found(tmp_path, "splits.txt", fasta(headers, letters(NUMBER)) if form == "fasta" else text)
    assert findings.task["split"]["values"] == {"train": "train", "test": word}
    assert f"use another word than {word!r}" in said(findings, "the validation split of the file is the test split")


@pytest.mark.parametrize("form", ["table", "fasta"])
@pytest.mark.parametrize(("word", "other"), [("test", "train"), ("training", "test")])
def test_records_without_a_split_are_in_the_other_one(tmp_path, form, word, other):
    is_marked = [row % 5 in ((1,) if word == "test" else (0, 1, 2)) or row in (2, 3, 4) for row in range(NUMBER)]
    sets = [word if marked else "" for marked in is_marked]
    headers = [f"p{row} {TWO[row]} {name}".strip() for row, name in enumerate(sets)]
    text = table(letters(NUMBER), TWO, sets, header=["sequence", "kind", "field3"])
    findings = found(tmp_path, "splits.txt", fasta(headers, letters(NUMBER)) if form == "fasta" else text)
    assert findings.task["options"]["absent"] == {"split": other} and "empty" not in findings.task["options"]
    without = NUMBER - sum(is_marked)
    assert said(findings, f"records without a split are in the {other} split") == (
        f"records without a split are in the {other} split: `field3` names only {word!r}, and is empty in {without} "
        "(change with `--split none`)"
    )
    assert split_sizes(findings)[2] == (without if other == "test" else NUMBER - without)
    assert sum(split_sizes(findings)) == NUMBER


def test_words_for_splits_among_many_others_are_classes(tmp_path):
    words = ["train", "test", "bus", "tram", "car", "ship", "bike", "boat"]
    kinds = [words[row % 8] for row in range(160)]
    findings = found(tmp_path, "words.csv", table(letters(160), kinds, header=["sequence", "kind"]))
    assert findings.task["target"]["classes"] == sorted(words)


def test_the_lengths_and_numbers_of_the_records_are_no_targets(tmp_path):
    sequences = letters(NUMBER)
    lengths = [len(sequence) for sequence in sequences]
    text = table(range(NUMBER), sequences, lengths, TWO, header=["", "sequence", "length", "kind"])
    findings = found(tmp_path, "lengths.csv", text)
    assert findings.task["options"]["columns"]["target"] == "kind"
    assert said(findings, "not used: `length`").startswith("not used: `length`: the lengths of the sequences")


def test_empty_cells_are_left_out_and_named(tmp_path):
    labels = ["" if row in (3, 9) else value for row, value in enumerate(TWO)]
    findings = found(tmp_path, "gaps.csv", table(letters(NUMBER), labels, header=["sequence", "label"]))
    assert findings.task["options"]["empty"] == "drop"
    assert said(findings, "records with an empty cell") == (
        "records with an empty cell are left out: `label` is empty in 2"
    )
    assert findings.counts["read"] == NUMBER and sum(split_sizes(findings)) == NUMBER - 2


def test_repeats_and_contradictions_are_counted_as_the_workflow_does(tmp_path):
    sequences = letters(NUMBER)
    sequences[4], sequences[6] = sequences[1], sequences[3]
    findings = found(tmp_path, "repeats.csv", table(sequences, TWO, header=["sequence", "label"]))
    assert {change["reason"]: change["count"] for change in findings.counts["changes"]} == {"duplicates": 2}
    conflicting = TWO[:]
    conflicting[4] = "other"
    findings = found(tmp_path, "repeats.csv", table(sequences, conflicting, header=["sequence", "label"]))
    assert {change["reason"]: change["count"] for change in findings.counts["changes"]} == {
        "conflicting": 2,
        "duplicates": 1,
    }
    assert "2 with conflicting targets" in said(findings, "60 records make")


def test_small_classes_are_named(tmp_path):
    labels = ["rare" if row < 6 else value for row, value in enumerate(TWO)]
    findings = found(tmp_path, "rare.csv", table(letters(NUMBER), labels, header=["sequence", "label"]))
    assert said(findings, "1 class with") == (
        "1 class with fewer than 10 records: rare: 6 (change with `--smallest-class 10`)"
    )
    assert findings.task["metric"] == "balanced_accuracy"


@pytest.mark.parametrize(
    ("most", "caps"), [(450, {"train": 450, "validation": 112}), (50, {"train": 50, "validation": 100})]
)
def test_a_limit_for_training_limits_the_validation_split_too(tmp_path, most, caps):
    number = 1200  # 840 to train on, 120 for validation
    classes = ["ab"[row % 2] for row in range(number)]
    path = write(tmp_path / "a.csv", table(letters(number), classes, header=["sequence", "kind"]))
    findings = inspect(path, Wishes(max_train=most, relatives="apart"))
    assert findings.task["caps"] == caps
    assert f"{most} of 840 train, {caps['validation']} of 120 validation: --max-train" in said(findings, "not all")


def test_a_pair_is_no_longer_than_its_model_reads():
    pair = {"reader": "delimited", "options": {"columns": {"sequence": "a", "second": "b"}}}
    lengths = pd.Series([100, 600])
    for model, task, most in (("minilm-l6", pair, 510), ("roberta-base", SINGLE, 510), ("roberta-base", pair, 509)):
        assert length_rule(task, lengths, Wishes(model=model), Notes())[0] == most


# --- Music.


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    """Six MIDI files of each of two composers, one of them long, by composer and number."""
    folder, written = tmp_path_factory.mktemp("pieces"), {}
    for place, composer in enumerate(("Bach", "Haydn")):
        for number in range(6):
            notes = [(50 + (note * (number + 2) + 3 * place) % 30, note / 4) for note in range(200)]
            path = write_midi(folder / "piece.mid", notes * (8 if (place, number) == (1, 0) else 1))
            written[composer, number] = path.read_bytes()
    return written


@pytest.fixture
def tunes(pieces):
    """A function that writes the pieces below a folder, with an ending, and returns the folder."""

    def written(folder, suffix=".MID"):
        for (composer, number), content in pieces.items():
            path = folder / composer / f"{number}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    return written


def test_midi_files_in_folders(tmp_path, tunes):
    findings = inspect(tunes(tmp_path / "tunes"))
    assert findings.source["paths"] == ["**/*.MID"]
    assert findings.task["options"] == {
        "window": 64,
        "fewest_notes": 32,
        "instruments": "all",
        "classes": {"Bach": ["Bach/**/*.MID"], "Haydn": ["Haydn/**/*.MID"]},
    }
    assert (findings.task["domain"], findings.task["symbols"]) == ("music", {"kind": "pitches"})
    assert "Bach: 6 with 18, Haydn: 6 with 40" in said(findings, "pieces and windows")
    assert "Haydn/0.MID has 43% of all windows" in said(findings, "one piece is very long")
    assert any("11 windows with too few notes (such as 'Bach/0.MID#4')" in remark.why for remark in findings.remarks)


def test_the_name_of_a_folder_is_a_class_even_if_it_is_a_word_for_nothing(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes")
    (folder / "Bach").rename(folder / "NA")
    assert inspect(folder).task["target"] == {"kind": "class", "classes": ["Haydn", "NA"]}


def test_folders_of_splits_are_no_classes_unless_the_user_says_so(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes")
    for old, new in (("Bach", "train"), ("Haydn", "test")):
        (folder / new).mkdir()
        (folder / old).rename(folder / new / old)
    with pytest.raises(
        InputError, match=r"tunes has its files in folders for splits \(test and train\), not in one for"
    ):
        inspect(folder)
    assert inspect(folder, Wishes(target="folder")).task["target"]["classes"] == ["test", "train"]


def test_midi_files_in_a_table(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes", ".mid")
    names = [f"{composer}/{number}.mid" for composer in ("Bach", "Haydn") for number in range(6)]
    splits = ["train", "train", "train", "validation", "test", "test"] * 2
    keys = ["major" if row in (1, 5, 7, 9, 11) else "minor" for row in range(12)]
    write(folder / "list.csv", table(names, keys, splits, header=["file", "key", "split"]))
    with pytest.raises(AmbiguousError) as caught:
        inspect(folder)
    assert set(caught.value.candidates) == {"key", "folder"}
    findings = inspect(folder, Wishes(target="key", window=32))
    assert findings.task["options"]["table"]["columns"] == {"sequence": "file", "target": "key", "split": "split"}
    assert findings.source["paths"] == ["**/*.mid", "list.csv"]
    by_folder = inspect(folder, Wishes(target="folder", split="none"))
    assert list(by_folder.task["options"]["classes"]) == ["Bach", "Haydn"]


@pytest.mark.parametrize(
    ("role", "column", "wishes"),
    [
        ("split", "split", {}),
        ("split", "split", {"split": "split"}),
        ("split", "part", {"target": "folder"}),
        ("group", "group", {}),
        ("group", "volume", {"group": "volume"}),
    ],
)
def test_a_table_with_a_split_or_a_group_needs_the_class_as_well(tmp_path, tunes, role, column, wishes):
    folder = tunes(tmp_path / "tunes", ".mid")
    names = [f"{composer}/{number}.mid" for composer in ("Bach", "Haydn") for number in range(6)]
    values = ["train", "train", "train", "train", "test", "test"] * 2 if role == "split" else list("aabbcc") * 2
    write(folder / "list.csv", table(names, values, header=["file", column]))
    message = (
        rf"list\.csv gives the {role} in its column '{column}', but the class .* column with the class .* --{role} none"
    )
    with pytest.raises(InputError, match=message):
        inspect(folder, Wishes(**wishes))
    findings = inspect(folder, Wishes(target="folder", **{role: "none"}))
    assert list(findings.task["options"]["classes"]) == ["Bach", "Haydn"]


@pytest.mark.parametrize(
    ("role", "wishes"), [("split", {}), ("split", {"split": "folder"}), ("group", {"group": "folder"})]
)
def test_folders_are_only_classes_of_files_that_a_table_lists(tmp_path, pieces, role, wishes):
    for (composer, number), content in pieces.items():
        path = tmp_path / "tunes" / ("train" if number < 4 else "test") / f"{composer}{number}.mid"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder = tmp_path / "tunes"
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.mid"))]
    composers = [name.split("/")[1][:4] for name in names]
    write(folder / "list.csv", table(names, composers, header=["file", "composer"]))
    message = (
        rf"the {role} could only be the folder .*list\.csv .* add a column with the {role} to it, or give --{role} none"
    )
    with pytest.raises(InputError, match=message):
        inspect(folder, Wishes(target="composer", **wishes))
    findings = inspect(folder, Wishes(target="composer", **{role: "none"} | {"split": "none"}))
    assert findings.task["options"]["table"]["columns"] == {"sequence": "file", "target": "composer"}


def listed(tunes, names, **columns):
    """Write a table that lists some MIDI files, with a title for each."""
    titles = [f"Piece number {row}" for row in range(len(names))]
    write(tunes / "list.csv", table(names, titles, *columns.values(), header=["file", "title", *columns]))


def test_a_sample_of_many_midi_files_has_all_classes_and_stands_for_all(tmp_path, tunes, monkeypatch):
    folder = tunes(tmp_path / "tunes", ".mid")
    for number in range(6, 18):
        notes = [(50 + note * (number + 2) % 30, note / 4) for note in range(200)]
        write_midi(folder / "Haydn" / f"{number}.mid", notes)
    whole = inspect(folder, Wishes(window=32))
    monkeypatch.setattr("beyondtext.data.inspection.music.MOST_PIECES", 12)
    findings = inspect(folder, Wishes(window=32, max_train=40))
    assert said(findings, "15 of 24 files read").endswith("the numbers of records in the task are estimated from them")
    assert findings.task["target"]["classes"] == ["Bach", "Haydn"]
    read, estimated, exact = (
        sum(counts.values())
        for counts in (findings.counts["available"], findings.task["records"], whole.task["records"])
    )
    assert estimated == pytest.approx(read * 24 / 15, abs=2) and estimated == pytest.approx(exact, rel=0.5)
    assert findings.task["caps"]["train"] == 40


def books(folder, lengths):
    """Tunes of so many notes, ten in each book, which a table lists with a kind."""
    folder.mkdir()
    for row, length in enumerate(lengths):
        write_midi(folder / f"{row}.mid", [(50 + (note * (row + 2)) % 30, note / 4) for note in range(length)])
    names, kinds = (
        [f"{row}.mid" for row in range(len(lengths))],
        [("jig", "reel")[row % 2] for row in range(len(lengths))],
    )
    groups = [f"book {row // 10}" for row in range(len(lengths))]
    write(folder / "list.csv", table(names, kinds, groups, header=["file", "kind", "group"]))
    return folder


@pytest.mark.parametrize("longest", [40, 400])
def test_windows_suit_the_pieces_and_not_their_groups(tmp_path, longest):
    folder = books(tmp_path / "tunes", [longest if row % 10 == 0 else 40 for row in range(60)])
    findings = inspect(folder, Wishes(target="kind"))
    assert said(findings, "windows of 32 notes").startswith("windows of 32 notes: a typical piece has 40 notes")
    assert findings.task["options"]["table"]["columns"]["group"] == "group"
    assert "jig: 30 with" in said(findings, "pieces and windows") and "reel: 30 with" in said(findings, "pieces and w")


def test_listed_midi_files_that_cannot_be_read_are_refused_in_a_sentence(tmp_path):
    folder = books(tmp_path / "tunes", [8] * 20)
    for path in folder.glob("*.mid"):
        write(path, "no music")
    with pytest.raises(InputError, match=r"none of the 20 MIDI files that are listed in .*tunes can be used \(20 piec"):
        inspect(folder, Wishes(target="kind"))


@pytest.mark.parametrize("lengths", [[40] * 24, [60] * 24, [40] * 12 + [60] * 12])
@pytest.mark.parametrize("failed", [2, 6])
def test_the_task_allows_the_pieces_that_cannot_be_read(tmp_path, lengths, failed):
    folder = books(tmp_path / "tunes", lengths)
    for number in range(failed):
        write(folder / f"{number}.mid", "no music")
    findings = inspect(folder, Wishes(target="kind", group="none"))
    allowed = [remark.why for remark in findings.remarks if remark.what.startswith("the task allows this")]
    assert allowed == ([] if failed == 2 else ["25% of the pieces cannot be read"])
    assert findings.task.get("max_affected", 0.1) == (0.1 if failed == 2 else 0.26)


@pytest.mark.parametrize(("short", "limit"), [(0, None), (1, None), (8, 0.35), (11, 0.47)])
def test_pieces_that_are_too_short_for_a_window_are_named_and_count_as_lost(tmp_path, short, limit):
    folder = books(tmp_path / "tunes", [20] * short + [256] * (24 - short))
    findings = inspect(folder, Wishes(target="kind", group="none", window=64))
    assert findings.task.get("max_affected") == limit
    remarks = [str(remark) for remark in findings.remarks if "of 24 pieces" in remark.what]
    assert len(remarks) == (short > 0)
    if short:
        start = "1 of 24 pieces is left out: it has" if short == 1 else f"{short} of 24 pieces are left out: they have"
        assert remarks[0].startswith(f"{start} fewer than 32 notes")
    if limit:
        assert "of the pieces cannot be read or are too short" in said(findings, "the task allows this")


def test_most_pieces_may_not_be_too_short(tmp_path):
    folder = books(tmp_path / "tunes", [20] * 10 + [256] * 14)
    for number in range(10, 13):
        write(folder / f"{number}.mid", "no music")
    wishes = Wishes(target="kind", group="none", window=64)
    message = r"54% of the pieces cannot be read or are too short \(3 pieces .*, 10 pieces .*, but at most 50% may be"
    with pytest.raises(InputError, match=message):
        inspect(folder, wishes)


@pytest.mark.parametrize(("unknown", "reason"), [("NA", "word for a missing target"), ("", "with an empty cell")])
@pytest.mark.parametrize("most", [300, 12])
def test_listed_midi_files_without_a_target_are_left_out(tmp_path, tunes, monkeypatch, unknown, reason, most):
    monkeypatch.setattr("beyondtext.data.inspection.music.MOST_PIECES", most)
    folder = tunes(tmp_path / "tunes", ".mid")
    names = [f"{composer}/{number}.mid" for composer in ("Bach", "Haydn") for number in range(6)]
    keys = [unknown, *["major", "minor"] * 5, "major"]
    write(folder / "list.csv", table(names, keys, header=["file", "key"]))
    findings = inspect(folder, Wishes(target="key", window=32))
    assert findings.task["options"]["table"]["empty"] == "drop"
    assert findings.task["target"]["classes"] == ["major", "minor"]
    assert any(reason in remark.why for remark in findings.remarks)


def test_midi_files_that_a_table_does_not_list_are_not_used(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes", ".mid")
    names = [f"{composer}/{number}.mid" for composer in ("Bach", "Haydn") for number in range(6)]
    listed(folder, names[1:])
    findings = inspect(folder)
    assert said(findings, "1 MIDI file is not used") == "1 MIDI file is not used: list.csv does not list Bach/0.mid"
    assert findings.task["options"]["classes"] == {"Bach": names[1:6], "Haydn": names[6:]}
    listed(folder, names)
    assert inspect(folder).task["options"]["classes"]["Bach"] == ["Bach/**/*.mid"]


@pytest.mark.parametrize("value", ["Bach/gone.mid", ""])
def test_a_table_that_lists_what_is_not_there_is_refused(tmp_path, tunes, value):
    folder = tunes(tmp_path / "tunes", ".mid")
    names = [f"{composer}/{number}.mid" for composer in ("Bach", "Haydn") for number in range(6)]
    listed(folder, [*names, value])
    with pytest.raises(
        InputError, match=rf"list\.csv has '{value}' in its column file, which is none of the 12 MIDI files"
    ):
        inspect(folder)


@pytest.mark.parametrize("sign", ["\\", "/"])
@pytest.mark.parametrize(("ending", "written"), [(".MID", ".mid"), (".mid", ".MID"), (".mid", ".mid")])
@pytest.mark.parametrize("place", ["", "lists/"])
def test_a_table_may_write_the_paths_in_another_way(tmp_path, tunes, sign, ending, written, place):
    folder = tunes(tmp_path / "tunes", ending)
    names = [f"{composer}{sign}{number}{written}" for composer in ("Bach", "Haydn") for number in range(6)]
    keys = ["major" if row in (1, 5, 7, 9, 11) else "minor" for row in range(12)]
    write(folder / place / "list.csv", table(names, keys, header=["file", "key"]))
    findings = inspect(folder, Wishes(target="key", window=32))
    assert findings.task["target"]["classes"] == ["major", "minor"] and findings.counts["groups"]["test"] == 3


def test_a_table_of_files_that_are_mostly_gone_is_refused_unless_the_folders_are_the_classes(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes", ".mid")
    names = [f"{composer}/{number}.mid" for composer in ("Bach", "Haydn", "Gone") for number in range(4, 14)]
    keys = ["major", "minor"] * 15
    write(folder / "list.csv", table(names, keys, header=["file", "key"]))
    message = r"'Bach/6\.mid' in its column file, .*; 26 such records\); .* or give --target folder to take"
    with pytest.raises(InputError, match=message):
        inspect(folder)
    findings = inspect(folder, Wishes(target="folder", window=32))
    assert list(findings.task["options"]["classes"]) == ["Bach", "Haydn"]
    write(folder / "all.csv", table(names[:2] + names[10:12], keys[:4], header=["file", "key"]))
    assert "files listed in all.csv" in str(found_in(folder))


def found_in(folder):
    """The remarks about a folder, whether it can be used or not."""
    with pytest.raises(InputError) as caught:
        inspect(folder)
    return [str(remark) for remark in caught.value.remarks]


def test_a_column_that_is_called_folder_is_a_column(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes", ".mid")
    names = [f"{composer}/{number}.mid" for composer in ("Bach", "Haydn") for number in range(6)]
    listed(folder, names, folder=["sacred", "secular"] * 6)
    findings = inspect(folder, Wishes(target="folder"))
    assert findings.task["options"]["table"]["columns"]["target"] == "folder"


def test_a_listed_file_outside_the_folders_of_the_classes_is_refused(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes", ".mid")
    (folder / "Bach" / "0.mid").rename(folder / "loose.mid")
    names = [f"{composer}/{number}.mid" for composer in ("Bach", "Haydn") for number in range(6)]
    listed(folder, ["loose.mid", *names[1:]])
    with pytest.raises(InputError, match=r"loose\.mid is in none of the folders of the classes"):
        inspect(folder, Wishes(target="folder"))


@pytest.mark.parametrize(
    ("ending", "compress"), [(".mid.gz", gzip.compress), (".MID.BZ2", bz2.compress), (".midi.xz", lzma.compress)]
)
def test_compressed_midi_files_are_pieces(tmp_path, tunes, ending, compress):
    folder = tunes(tmp_path / "tunes", ".mid")
    for path in sorted(folder.glob("*/[0-3].mid")):
        path.with_name(path.stem + ending).write_bytes(compress(path.read_bytes()))
        path.unlink()
    findings = inspect(folder)
    assert findings.source["paths"] == sorted(["**/*.mid", f"**/*{ending}"])
    assert sorted(findings.task["options"]["classes"]["Bach"]) == sorted(["Bach/**/*.mid", f"Bach/**/*{ending}"])
    assert "Bach: 6 with 18, Haydn: 6 with 40" in said(findings, "pieces and windows")


def test_folders_of_classes_that_are_links_are_followed(tmp_path, tunes):
    real, folder = tunes(tmp_path / "elsewhere"), tmp_path / "tunes"
    write(folder / ".hidden/Bach/9.mid", "not looked at")
    for composer in ("Bach", "Haydn"):
        (folder / composer).symlink_to(real / composer)
    findings = inspect(folder)
    assert list(findings.task["options"]["classes"]) == ["Bach", "Haydn"]
    assert "Bach: 6 with 18, Haydn: 6 with 40" in said(findings, "pieces and windows")


def test_a_link_to_a_folder_above_is_refused(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes")
    (folder / "Bach" / "again").symlink_to(folder)
    with pytest.raises(InputError, match=r"Bach/again is a link to a folder that it is in"):
        inspect(folder)


@pytest.mark.parametrize("above", ["Bach", "Haydn", "Bach/Haydn"])
def test_a_folder_of_all_classes_may_have_the_name_of_one(tmp_path, tunes, above):
    tunes(tmp_path / "tunes" / above)
    classes = inspect(tmp_path / "tunes").task["options"]["classes"]
    assert classes == {name: [f"{above}/{name}/**/*.MID"] for name in ("Bach", "Haydn")}


def test_files_that_are_not_read_are_named(tmp_path, tunes):
    folder = tunes(tmp_path / "tunes")
    for name in ("Bach/7.mxl", "Mozart/1.mxl", "Mozart/2.midx", "Haydn/.hidden.mxl"):
        write(folder / name, "a score")
    remark = said(inspect(folder), "3 other files are not read")
    assert remark.endswith("Bach/7.mxl, Mozart/1.mxl, Mozart/2.midx; only MIDI files are pieces")


def test_midi_files_without_classes(tmp_path):
    write_midi(tmp_path / "one.mid", [(60, 0)])
    with pytest.raises(InputError, match="neither a folder for each class nor a table"):
        inspect(tmp_path)


def test_a_folder_without_midi_files(tmp_path):
    write(tmp_path / "a.krn", "**kern")
    with pytest.raises(InputError, match=r"1 scores, such as a\.krn, but no MIDI files; export them"):
        inspect(tmp_path)


# --- All.


SYMBOLS = "\n".join(",".join([*"ACGTACGTA", f"class{row % 2}"]) for row in range(20))
TRIPLES = "".join(f">x\n{'ACGT' * 4}\n{row % 2}\n" for row in range(6))
UNSUITED = [
    (text, name, option)
    for text, name, options in [
        (
            fasta([f"p{row} class={value}" for row, value in enumerate(TWO)], letters(NUMBER)),
            "FASTA",
            {"decimal": "comma"},
        ),
        (TRIPLES, "three lines", {"decimal": "comma", "split": "target", "id": "id"}),
        (SYMBOLS, "one symbol in each", {"decimal": "comma", "group": "target", "id": "id"}),
    ]
    for option in {"sequence": "id", "delimiter": ";", "quotes": "yes", "header": "no", "window": 64, **options}.items()
]


@pytest.mark.parametrize(
    ("text", "name", "option"), [*UNSUITED, (table(letters(NUMBER), TWO), "table", ("window", 64))]
)
def test_options_that_do_not_suit_a_file_are_refused(tmp_path, text, name, option):
    key, value = option
    with pytest.raises(InputError, match=rf"--{key} is for a .*, but this is a .*{name}.*; leave the option out"):
        found(tmp_path, "mine.txt", text, **{key: value})


OF_SEQUENCES = {"alphabet": "ACGT", "domain": "protein", "relatives": "together"}
OF_TABLES = {"delimiter": ";", "header": "no", "quotes": "no", "sequence": "nosuch", "second": "nosuch", "id": "nosuch"}


@pytest.mark.parametrize("option", (OF_SEQUENCES | OF_TABLES).items())
def test_options_that_do_not_suit_midi_files_are_refused(tmp_path, tunes, option):
    key, value = option
    with pytest.raises(
        InputError, match=f"--{key} is for .*, but this is a folder of MIDI files; leave the option out"
    ):
        inspect(tunes(tmp_path / "tunes"), Wishes(**{key: value}))


@pytest.mark.parametrize("role", ["second", "split", "group", "id"])
def test_a_role_may_be_wished_empty_in_every_format(tmp_path, role):
    headers = [f"p{row} class={value}" for row, value in enumerate(TWO)]
    for number, text in enumerate([fasta(headers, letters(NUMBER)), table(letters(NUMBER), TWO, header=["x", "y"])]):
        assert found(tmp_path, f"mine{number}.txt", text, **{role: "none"}).counts["read"] == NUMBER


@pytest.mark.parametrize("role", ["target", "sequence"])
def test_a_target_and_a_sequence_are_needed(tmp_path, role):
    with pytest.raises(InputError, match=f"--{role}: there is no field 'none'"):
        found(tmp_path, "mine.csv", table(letters(NUMBER), TWO, header=["x", "y"]), **{role: "none"})


@pytest.mark.parametrize(("values", "option"), [(TWO, ("decimal", "comma")), (range(NUMBER), ("smallest_class", 5))])
def test_options_that_do_not_suit_the_target_are_refused(tmp_path, values, option):
    values, (key, value) = [str(value) for value in values], option
    with pytest.raises(InputError, match=f"--{key.replace('_', '-')} is for a target of the kind .*; leave the option"):
        found(tmp_path, "mine.csv", table(letters(NUMBER), values, header=["x", "y"]), target="y", **{key: value})


def test_an_error_keeps_what_was_found(tmp_path):
    text = table(letters(NUMBER), header=["sequence"])
    path = write(tmp_path / "alone.txt", text)
    with pytest.raises(InputError, match="neither FASTA nor a table") as caught:
        inspect(path)
    assert [remark.what for remark in caught.value.remarks] == ["the name is alone"]


def test_a_wish_for_a_field_that_does_not_exist(tmp_path):
    text = table(letters(NUMBER), TWO, header=["sequence", "label"])
    with pytest.raises(InputError, match=r"--target: there is no field 'lable' \(did you mean 'label'\?\)"):
        found(tmp_path, "a.csv", text, target="lable")


@pytest.mark.parametrize(("name", "title"), [(".hidden.csv", "hidden"), ("x" * 250, "x" * 60), ("a\nb.csv", "a b")])
def test_the_title_is_that_of_any_file(tmp_path, name, title):
    findings = found(tmp_path, name, table(letters(NUMBER), TWO, header=["sequence", "kind"]))
    assert findings.task["title"] == findings.source["title"] == title


def test_a_path_that_leads_nowhere_is_refused(tmp_path):
    (tmp_path / "a.csv").symlink_to(tmp_path / "a.csv")
    for path in (tmp_path / "a.csv", "~nobody-has-this-name/a.csv"):
        with pytest.raises(InputError, match="leads nowhere; correct its ~ or its links"):
            inspect(path)


def test_a_name_that_is_not_utf_8_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"caf\\xe9\.csv has a name that is not UTF-8"):
        inspect(tmp_path / os.fsdecode(b"caf\xe9.csv"))


def test_what_is_no_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe is not a file; give the path of a file"):
        inspect(tmp_path / "pipe")


def test_headers_of_fasta_in_the_cells_of_a_table_are_refused(tmp_path):
    rows = [(f">p{row} some protein {one}", TWO[row]) for row, one in enumerate(letters(NUMBER))]
    text = "sequence,kind\n" + "".join(f"{one},{kind}\n" for one, kind in rows)
    with pytest.raises(InputError, match=r"'sequence' follow headers of FASTA, as in '>p0 some .+; delete the headers"):
        found(tmp_path, "cells.csv", text)
    quoted = "".join(f"> i{row} think it is number {row},{TWO[row]}\n" for row in range(NUMBER))
    assert found(tmp_path, "mails.csv", f"text,kind\n{quoted}").task["domain"] == "text"


def test_a_repeated_header_is_refused_with_its_line(tmp_path):
    rows = [f"{one},{kind}\n" for one, kind in zip(letters(NUMBER), TWO, strict=True)]
    text = "".join(["sequence,kind\n", *rows[:20], "sequence,kind\n", *rows[20:]])
    with pytest.raises(InputError, match="line 22 repeats the header; delete it"):
        found(tmp_path, "merged.csv", text)


@pytest.mark.parametrize("name", ["id", "accession", "seq_id"])
@pytest.mark.parametrize("repeated", ["p1", ""])
def test_ids_of_a_table_that_repeat_are_not_used_and_named(tmp_path, name, repeated):
    ids = [repeated if row % 20 == 1 else f"p{row}" for row in range(NUMBER)]
    text = table(ids, letters(NUMBER), TWO, header=[name, "sequence", "label"])
    findings = found(tmp_path, "ids.csv", text)
    assert "id" not in findings.task["options"]["columns"]
    why = f"3 of {NUMBER} records have one that repeats or is empty"
    assert f"the numbers of the records are the ids, not `{name}`: {why}" in map(str, findings.remarks)
    unique = table(range(5, 5 + NUMBER), letters(NUMBER), TWO, header=[name, "sequence", "label"])
    assert not any("are the ids" in str(remark) for remark in found(tmp_path, "unique.csv", unique).remarks)


@pytest.mark.parametrize("title", ["Table S1,,,", "See the methods, page 3"])
def test_many_lines_above_the_header_are_an_error_that_says_what_to_delete(tmp_path, title):
    rows = table(range(NUMBER), letters(NUMBER), TWO, [1] * NUMBER, header=["id", "sequence", "label", "n"])
    with pytest.raises(InputError, match="delete the lines above the header"):
        found(tmp_path, "preamble.csv", f"{title}\n" * 15 + rows)
