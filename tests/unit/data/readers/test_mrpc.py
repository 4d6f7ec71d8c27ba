"""The paraphrase corpus; tests/unit/data/test_paper_sources.py reads a complete one."""

from beyondtext.data.readers import mrpc
from beyondtext.data.tally import Tally
from inputs import assert_refused, write


def test_ids_of_another_corpus_are_refused(tmp_path):
    header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
    files = write(tmp_path, "t.txt", header + "1\t1\t2\ta\tb\n") | write(tmp_path, "d.tsv", "1\t2\n5\t6\n")
    options = {"train": "t.txt", "development_ids": "d.tsv"}
    assert_refused(["d.tsv lists 2 pairs", "has 1 of them"], mrpc.read, files, options, tmp_path, Tally())


def test_only_line_feeds_end_lines_and_other_encodings_are_counted(tmp_path):
    header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
    files = write(tmp_path, "t.txt", header + "1\t1\t2\ta\tb\n0\t3\t\u00e94\ta\tb\n")
    files |= write(tmp_path, "d.tsv", "3\t\u00e94\r\n".encode("latin-1"))
    tally = Tally()
    table = mrpc.read(files, {"train": "t.txt", "development_ids": "d.tsv"}, tmp_path, tally)
    assert (table["split"].tolist(), tally.count("latin1")) == (["train", "dev"], 1)
