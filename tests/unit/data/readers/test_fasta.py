"""FASTA."""

import gzip

import pytest

from beyondtext.data.readers import fasta
from beyondtext.data.tally import Tally
from inputs import assert_refused, write

HEADER = r"^\S+ (?P<target>\w+)"


def read_fasta(folder, content, header=HEADER, **options):
    files = write(folder, "f.fasta", content)
    return fasta.read(files, {"path": "f.fasta", "header": header, **options}, folder, Tally()).to_dict("list")


def test_headers_give_ids_targets_groups_and_splits(tmp_path):
    header = r"(?P<id>\w+)\|(?P<target>\w+)\|(?P<group>\w+)( (?P<split>test))?$"
    content = ">a|x|g1 test\nAC\nG T\n\n>b|y|g2\nGT*\n"
    assert read_fasta(tmp_path, content, header, absent={"split": "train"}) == {
        "id": ["a", "b"],
        "sequence": ["ACGT", "GT"],
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
        (">a x\nAC\n>b y\nGT\n>a y\nCC\n", ["record 3", "the id 'a' of an earlier record"]),
        (">a x\nAC\n>b\nGT\n", ["header of record 2, 'b', does not match", repr(HEADER)]),
        (gzip.compress(b">a x\nAC\n", mtime=0), ["is not text", "unpack or replace it"]),
    ],
)
def test_the_problem_of_a_file_is_reported(tmp_path, content, texts):
    assert_refused([str(tmp_path / "f.fasta"), *texts], read_fasta, tmp_path, content)


def test_a_group_missing_from_a_header_is_reported_unless_absent_gives_it(tmp_path):
    texts = [str(tmp_path / "f.fasta"), "record 2, 'b y', has no split", "options.absent.split"]
    assert_refused(texts, read_fasta, tmp_path, ">a x test\nAC\n>b y\nGT\n", r"\S+ (?P<target>\w+)( (?P<split>test))?")


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


def test_a_byte_order_mark_is_ignored(tmp_path):
    assert read_fasta(tmp_path, "\ufeff>a x\nAC\n>b y\nGT\n")["id"] == ["a", "b"]


def test_a_sequence_before_the_first_header_is_refused(tmp_path):
    assert_refused([str(tmp_path / "f.fasta")], read_fasta, tmp_path, "ACGT\n>b y\nGT\n")
