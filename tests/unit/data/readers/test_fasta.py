"""FASTA."""

import bz2
import gzip
import lzma
from functools import partial

import pytest
import zstandard

from beyondtext.core.errors import InputError
from beyondtext.core.timed_search import timed_search
from beyondtext.data.readers import fasta
from beyondtext.data.tally import REPAIRED, Tally
from inputs import assert_refused, write
from sources import zipped

HEADER = r"^\S+ (?P<target>\w+)"


def read_fasta(folder, content, header=HEADER, tally=None, **options):
    files = write(folder, "f.fasta", content)
    options = {"path": "f.fasta", "header": header, **options}
    return fasta.read(files, options, folder, tally or Tally()).to_dict("list")


def sequence(folder, lines, tally=None):
    """The sequence of a record with these lines, which another one follows."""
    return read_fasta(folder, f">a x\n{lines}\n>b y\nGT\n", tally=tally)["sequence"][0]


def test_headers_give_ids_targets_groups_and_splits(tmp_path):
    header = r"(?P<id>\w+)\|(?P<target>\w+)\|(?P<group>\w+)( (?P<split>test))?$"
    content = ">a|x|g1 test\nAC\nG T\n\n>b|y|g2\nGT*\n"
    assert read_fasta(tmp_path, content, header, absent={"split": "train"}) == {
        "id": ["a", "b"],
        "sequence": ["ACGT", "GT*"],  # the task's alphabet decides about stops
        "target": ["x", "y"],
        "group": ["g1", "g2"],
        "split": ["test", "train"],
    }


def test_without_an_id_it_is_the_headers_first_word(tmp_path):
    assert read_fasta(tmp_path, ">a x\nAC\n>b y\nGT\n")["id"] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("", ["has no FASTA records", "lines that start with >"]),
        ("ACGT\nGT\n", ["has no FASTA records"]),
        (">a x\nAC\n>b y\n>c x\nGT\n", ["record 2, 'b y', has no sequence"]),
        (">a x\nAC\n>b y\n*\n", ["record 2, 'b y', has no sequence"]),
        (">a x\nAC\n>b\nGT\n", ["header of record 2, 'b', does not match", repr(HEADER)]),
        (gzip.compress(b">a x\nAC\n", mtime=0)[:-9], ["is not a whole gzip file"]),
        (">a x\n>b y\nGT\n", ["record 1, 'a x', has no sequence (its header is line 1, and line 2 is the next one)"]),
        (">a x\nAC\n\n>b y\n\n \n", ["record 2, 'b y', has no sequence (its header is line 4)"]),
        (">a x\n-.~\n>b y\nGT\n", ["record 1, 'a x', has no sequence"]),
        (">a x\nAC\n>\nGT\n", [", line 3: the header of record 2 is empty"]),
        ("; by us\n> \t\nGT\n", [", line 2: the header of record 1 is empty"]),
        ("@a\nAC\n+\nII\n", ["has no FASTA records at its start", "line 1 is '@a'"]),
        ("# by us\nACGT\n>a x\nAC\n", ["has no FASTA records at its start", "line 2 is 'ACGT'"]),
        (">P1;a x\nALPHA CHAIN\nAC*\n", [", line 1: record 1, 'P1;a x', begins like one of a PIR file"]),
    ],
)
def test_the_problem_of_a_file_is_reported(tmp_path, content, texts):
    assert_refused([str(tmp_path / "f.fasta"), *texts], read_fasta, tmp_path, content)


@pytest.mark.parametrize("code", ["P1", "F1", "N3"])
def test_an_id_that_looks_like_a_code_of_pir_is_one_among_others(tmp_path, code):
    header = r"(?P<id>[^;]+);(?P<target>.+)"
    table = read_fasta(tmp_path, f">P0;x\nAC\n>{code};y\nGT\n", header=header)
    assert (table["id"], table["target"]) == (["P0", code], ["x", "y"])


def test_first_words_that_repeat_are_replaced_by_line_numbers_and_counted(tmp_path):
    tally = Tally()
    table = read_fasta(tmp_path, ";1\n>a x\nAC\nGT\n>b y\nG T\n\n>a y\nCC\n", tally=tally)
    assert (table["id"], table["target"]) == (["2", "5", "8"], ["x", "y", "y"])
    assert tally.sentence((REPAIRED,)) == (
        "1 with white space, removed (such as record '5'), "
        "2 with repeated ids; line numbers are used as ids instead (of all 3 records; such as 'a')"
    )
    assert read_fasta(tmp_path, ">x\nAC\n>y\nGT\n>x\nCC\n", r"^(?P<target>\S+)")["id"] == ["1", "3", "5"]


def test_ids_that_the_header_expression_names_must_differ(tmp_path):
    texts = ["record 3 (line 5) has the id 'a' of an earlier record", "leave the group id out of options.header"]
    content = ">1 a x\nAC\n>2 b y\nGT\n>3 a y\nCC\n"
    assert_refused(texts, read_fasta, tmp_path, content, r"^\d (?P<id>\w+) (?P<target>\w+)")


def test_a_group_missing_from_a_header_is_reported_unless_absent_gives_it(tmp_path):
    texts = [str(tmp_path / "f.fasta"), "record 2, 'b y', has no split", "options.absent.split"]
    assert_refused(texts, read_fasta, tmp_path, ">a x test\nAC\n>b y\nGT\n", r"\S+ (?P<target>\w+)( (?P<split>test))?")


def test_records_without_a_target_are_dropped_and_counted_if_the_task_says_so(tmp_path):
    tally, header = Tally(), r"^(?P<id>\S+)(?: (?P<target>\S+))?$"
    rows = read_fasta(tmp_path, ">a x\nAC\n>b\nGT\n>c y\nTT\n", header, tally, empty="drop")
    assert rows["id"] == ["a", "c"]
    assert tally.sentence() == "1 with an empty cell (such as 'f.fasta, line 3')"
    with pytest.raises(InputError, match=r"has no target; add it, or set options\.absent\.target or options\.empty"):
        read_fasta(tmp_path, ">a x\nAC\n>b\nGT\n", header)
    with pytest.raises(InputError, match=r"has 2 records, but none with a target"):
        read_fasta(tmp_path, ">a\nAC\n>b\nGT\n", header, empty="drop")


def test_a_header_expression_needs_a_target(tmp_path):
    texts = [r"options.header '^(\\S+)' has no group named target", "(?P<target>...)"]
    assert_refused(texts, read_fasta, tmp_path, ">a x\nAC\n", r"^(\S+)")


def test_an_invalid_header_expression_is_refused(tmp_path):
    assert_refused(["options.header", "(?P<target>"], read_fasta, tmp_path, ">a x\nAC\n", "(?P<target>")


def test_an_unknown_group_of_the_header_expression_is_refused(tmp_path):
    assert_refused(
        ["has the group groups", "use only group, id, split, target"],
        read_fasta,
        tmp_path,
        ">a\nAC\n",
        r"(?P<target>\w)(?P<groups>)",
    )


def test_a_group_that_matches_nothing_takes_the_value_of_absent(tmp_path):
    header = r"^(?P<id>\S+) (?P<target>\w+) ?(?P<split>\w*)"
    table = read_fasta(tmp_path, ">a x test\nAC\n>b y\nGT\n", header, absent={"split": "train"})
    assert table["split"] == ["test", "train"]
    texts = ["options.absent has a value for 'splits'", "its groups are id, target, split"]
    assert_refused(texts, read_fasta, tmp_path, ">a x\nAC\n", header, absent={"splits": "train"})


def test_white_space_around_headers_and_what_they_say_is_ignored(tmp_path):
    table = read_fasta(tmp_path, "> a | x \nAC\n>b |x\nGT\n", r"^(?P<id>[^|]+)\|(?P<target>.+)$")
    assert (table["id"], table["target"]) == (["a", "b"], ["x", "x"])


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff>a x\nAC\nGT\n>b y\nGT\n",
        ">a x\r\nAC\r\nGT\r\n>b y\r\nGT\r\n",
        ">a x\rACGT\r\r>b y\rGT",
        "\n\n>a x\n\nAC\t\n  GT  \n>b y\nGT\n",
        ">a x\nACGT\n>b y\nGT\n".encode("utf-16"),
        gzip.compress(b">a x\nACGT\n>b y\nGT\n", mtime=0),
        bz2.compress(b">a x\nACGT\n>b y\nGT\n"),
        lzma.compress(b">a x\nACGT\n>b y\nGT\n"),
        zstandard.compress(b">a x\nACGT\n>b y\nGT\n"),
    ],
)
def test_line_ends_encodings_and_compression_make_no_difference(tmp_path, content):
    tally = Tally()
    table = read_fasta(tmp_path, content, tally=tally)
    assert table == {"id": ["a", "b"], "target": ["x", "y"], "sequence": ["ACGT", "GT"]}
    assert not tally.entries


def test_a_workbook_is_refused(tmp_path):
    content = zipped({"xl/workbook.xml": "x"})
    assert_refused(["is an Excel workbook (.xlsx); save the sheet as CSV"], read_fasta, tmp_path, content)


def test_only_line_feeds_end_lines(tmp_path):
    assert read_fasta(tmp_path, ">a x \u2028AC\x0bAC\x85\nAC\n")["sequence"] == ["AC"]


def test_a_header_in_latin1_is_read_and_counted(tmp_path):
    tally = Tally()
    content = ">a x Universit\u00e9\nAC\n>\u00e9 y\nGT\n".encode("latin-1")
    assert read_fasta(tmp_path, content, tally=tally)["id"] == ["a", "\u00e9"]
    assert tally.sentence() == "1 not UTF-8, read as Latin-1 (such as 'f.fasta, line 1')"


def test_comments_are_skipped_and_counted(tmp_path):
    tally = Tally()
    table = read_fasta(tmp_path, "#1\n>a x\n; 2\nAC\n;c z\nGT\n#>d z\n#GT\n>b y\nGT\n;", tally=tally)
    assert (table["id"], table["sequence"]) == (["a", "b"], ["ACGT", "GT"])
    assert tally.sentence() == "6 comment lines, skipped (such as 'f.fasta, line 1')"
    read_fasta(tmp_path, ">a x\nAC\n;\n>b y\nGT\n", tally=(tally := Tally()))
    assert tally.sentence() == "1 comment line, skipped (such as 'f.fasta, line 3')"


@pytest.mark.parametrize("mark", ["#", ";", "## ", "; ; "])
@pytest.mark.parametrize("more", ["", "\n", "# note\n"])
def test_the_sequence_below_a_header_that_is_commented_out_is_in_no_other_record(tmp_path, mark, more):
    content = f">a x\nAC\n{mark}>c z\n{more}GT\n>b y\nGT\n"
    texts = [f", line 3 is a header that is commented out, '{mark}>c z', but line {4 + bool(more)} below it is not"]
    assert_refused([*texts, "record 1, 'a x'"], read_fasta, tmp_path, content)


@pytest.mark.parametrize("footer", ["END", "End", "EOF", "END OF FILE", "The end"])
def test_a_footer_is_no_sequence(tmp_path, footer):
    for end in ("", "\n", "\n\n \n"):
        texts = [
            f", line 6: the last line is '{footer}'",
            "delete it or, if it is sequence, join it to the line before",
        ]
        assert_refused(texts, read_fasta, tmp_path, f">a x\nAC\n\n>b y\nGT\n{footer}{end}")
    assert read_fasta(tmp_path, ">a x\nAC\nEND\n>b y\nEND\n")["sequence"] == ["ACEND", "END"]


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ("AC GT\nAC  G", "ACGTACG"),
        ("ACGTACGTAC acgtacgtac\nACGTACGTAC ACGT\nACGT", "ACGTACGTACacgtacgtacACGTACGTACACGTACGT"),
        ("ac gta c\nac", "acgtacac"),
        ("ATGGCC atttggg AC", "ATGGCCatttgggAC"),
    ],
)
def test_blanks_within_a_sequence_are_removed_and_counted_by_records(tmp_path, lines, joined):
    tally = Tally()
    assert sequence(tmp_path, lines, tally) == joined
    assert tally.sentence() == "1 with white space, removed (such as record 'a')"


def test_gaps_stops_and_case_are_left_to_the_alphabet(tmp_path):
    tally = Tally()
    assert sequence(tmp_path, "ac..GT--~~\nM*K*", tally) == "ac..GT--~~M*K*"
    assert not tally.entries


@pytest.mark.parametrize(
    ("line", "found", "remedy"),
    [
        ("ACGT\t5", "has a tab and then '5'", "remove the column"),
        ("ACGT\tsoluble", "has a tab and then 'soluble'", "remove the column"),
        ("1 acgtacgtac acgt", "has '1' at character 1", "GenBank and EMBL"),
        ("acgtacgtac acgt 60", "has '6' at character 17", "GenBank and EMBL"),
        ("AC2GT", "has '2' at character 3 of the line ('AC2GT')", "only letters"),
        ('"ACGT"', "has '\"' at character 1", "only letters"),
        ("ACGT>c z", "has '>' at character 5", "a header starts with > at the beginning"),
        (" >c z", "has '>' at character 1", "a header starts with > at the beginning"),
        ("ACGT ; see above", "has ';' at character 6", "a comment is a line of its own that starts with ;"),
        ("ACGT # see above", "has '#' at character 6", "a comment is a line of its own that starts with #"),
        ("total: many", "has ':' at character 6", "correct or remove the line"),
        ("AC\u00a0GT", "has '\\xa0' at character 3", "only letters"),
        ("AC\u2028GT", "has '\\u2028' at character 3", "only letters"),
        ("AC\u0421GT", "has '\u0421' at character 3", "only letters"),  # looks like a C
        ("AC\x0cGT", "has '\\x0c' at character 3", "only letters"),
        ("AC?GT", "has '?' at character 3", "only letters"),
        ("\ufeffACGT", "has '\\ufeff' at character 1", "only letters"),
        ("end of it", "has 'end of it', which looks like words", "remove the line or"),
        ("This is a note.", "has 'This is a note.', which looks like words", "remove the line or"),
    ],
)
def test_what_is_not_sequence_is_refused_with_its_place(tmp_path, line, found, remedy):
    place = f"{tmp_path / 'f.fasta'}, line 3: "
    assert_refused([place, "record 1, 'a x',", found, remedy], sequence, tmp_path, f"ACGT\n{line}")


@pytest.mark.parametrize("line", ["\ufeffACGT", "\ufeff>b y", "AC\ufeffGT"])
def test_a_byte_order_mark_within_a_file_is_to_be_deleted_without_its_line(tmp_path, line):
    texts = ["line 3", "has '\\ufeff' at character", "delete this character and keep the line"]
    assert_refused(texts, read_fasta, tmp_path, f">a x\nAC\n{line}\nGT\n")


@pytest.mark.parametrize("sign", ["\u200b", "\u00a0", "\u00ad", "\x0c"])
def test_characters_that_cannot_be_seen_are_to_be_deleted_without_their_lines(tmp_path, sign):
    assert_refused(
        ["line 2", "it cannot be seen", "delete this character"], read_fasta, tmp_path, f">a x\nAC{sign}GT\n"
    )


def test_words_are_found_after_a_sequence_in_lower_case(tmp_path):
    assert_refused(["line 3", "'This is a note.', which looks"], sequence, tmp_path, "acgt acg\nThis is a note.")


@pytest.mark.parametrize(
    "words", ["Sequence unavailable", "SEQUENCE UNAVAILABLE", "No\nsequence yet", "MKVLA\nEND OF IT"]
)
def test_words_in_place_of_a_sequence_are_refused(tmp_path, words):
    text = "".join(f">r{row} x\nMKVLAAGIVGLPWRST\n" for row in range(5))
    texts = ["f.fasta: record 'w' says ", "where a sequence was expected; delete the record or"]
    assert_refused(texts, read_fasta, tmp_path, f"{text}>w y\n{words}\n")


def test_overlapping_kmers_are_refused(tmp_path):
    texts = ["f.fasta: the sequences are overlapping 3-mers, as in 'ACG CGT GTT TTA", "write each as a plain sequence"]
    assert_refused(texts, read_fasta, tmp_path, ">a x\nACG CGT GTT TTA TAG AGG GGA\n>b y\nACG CGA GAA AAA\nAAT ATT\n")


def test_a_latin1_byte_in_a_sequence_is_refused(tmp_path):
    assert_refused([", line 2: ", "'\u00e9' at character 3"], read_fasta, tmp_path, b">a x\nAC\xe9\n")


def test_lines_with_a_label_for_each_residue_are_refused(tmp_path):
    content = ">a x\nMKVLAAG\nSSSIIII\n>b y\n;1\nMKVLA\nIIIII\n>c y\nMLA\n"
    texts = [", line 3: 'SSSIIII' and the like in most records", "labels of the residues; delete these lines or"]
    assert_refused(texts, read_fasta, tmp_path, content)


@pytest.mark.parametrize("words", [["Nucleus", "Cytosol"], ["POS", "NEG"], ["Membrane", "Golgi"]])
def test_words_below_or_after_most_sequences_are_refused(tmp_path, words):
    rows = [(f">p{row} x", "MKVLAAGIVG"[: 3 + row % 7] + "ACDEFGHI", words[row % 2]) for row in range(9)]
    below = "".join(f"{header}\n{sequence}\n{word}\n" for header, sequence, word in rows)
    texts = [f"line 3: '{words[0]}' and the like, below the sequences of most records", "write each sequence on one"]
    assert_refused(texts, read_fasta, tmp_path, below)
    assert_refused(texts, read_fasta, tmp_path, f"{below}>q y\nMKVLA\n")
    after = "".join(f"{header}\n{sequence} {word}\n" for header, sequence, word in rows)
    assert_refused(["f.fasta: record 'p0' has", "labels rather than"], read_fasta, tmp_path, after)


def test_a_sequence_before_the_first_header_is_refused(tmp_path):
    assert_refused([str(tmp_path / "f.fasta")], read_fasta, tmp_path, "ACGT\n>b y\nGT\n")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (r"^(?P<target>(a+)+)$", "a" * 60 + "!"),
        (r"^(\w+\s?)*=(?P<target>x)", "word " * 40),
        (r"(?P<target>x*)(x|xx)+y", "x" * 90),
    ],
)
def test_a_header_expression_that_never_ends_is_stopped(tmp_path, monkeypatch, header, name):
    content = f">{name}\nAC\n>b y\nGT\n"
    monkeypatch.setattr(fasta, "timed_search", partial(timed_search, longest=0.2))
    texts = ["line 1: options.header", "takes too long to match the header of record 1", "without a repeat in a repeat"]
    assert_refused(texts, read_fasta, tmp_path, content, header)


@pytest.mark.parametrize("header", ["(" * 20_000 + ")" * 20_000, "(?P<target>a{99999999999999})", "(?P<target>[)"])
def test_a_header_expression_that_python_cannot_read_is_refused(tmp_path, header):
    with pytest.raises(InputError, match="is not a regular expression"):
        read_fasta(tmp_path, ">a x\nAC\n>b y\nGT\n", header)


@pytest.mark.parametrize("word", ["NA", "n/a", "-", "null"])
@pytest.mark.parametrize("name", ["group", "split"])
def test_a_word_for_a_missing_value_is_no_group_or_split(tmp_path, word, name):
    header = rf"\S+ (?P<target>\S+) (?P<{name}>\S+)"
    content = f">a x train\nAC\n>b y {word}\nGT\n"
    assert_refused([f"'b y {word}', has no {name}"], read_fasta, tmp_path, content, header)
    assert read_fasta(tmp_path, content, header, absent={name: "other"})[name] == ["train", "other"]


@pytest.mark.parametrize("word", ["NA", "nan", "None", "null", "N\nA"])
def test_a_word_for_a_missing_value_is_no_sequence_among_long_ones(tmp_path, word):
    content = "".join(f">r{row} x\nMKVLAAGIVGLPWRST\n" for row in range(5)) + f">w y\n{word}\n>z x\nMK VLA\nGGHI\n"
    joined = word.replace("\n", "")
    texts = [
        f"f.fasta, line 11: the record 'w' has '{joined}' for its sequence",
        "(1 such record), or set options.empty",
    ]
    assert_refused(texts, read_fasta, tmp_path, content)
    tally = Tally()
    table = read_fasta(tmp_path, content, tally=tally, empty="drop")
    assert (table["id"], table["sequence"][-1]) == (["r0", "r1", "r2", "r3", "r4", "z"], "MKVLAGGHI")
    assert tally.sentence() == (
        "1 with an empty cell (such as 'f.fasta, line 11'), 1 with white space, removed (such as record 'z')"
    )


def test_a_word_for_a_missing_value_may_be_a_peptide_among_short_ones(tmp_path):
    tally = Tally()
    assert read_fasta(tmp_path, ">a x\nNA\n>b y\nKV\n>c y\nAAG\n", tally=tally)["sequence"] == ["NA", "KV", "AAG"]
    assert tally.count("likely_missing") == 1
