"""What kind of file something is, judged by its content and not by its name."""

import re
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.findings import MAY_BE_EMPTY, NONE
from beyondtext.data.inspection.third_lines import THIRD, third_lines
from beyondtext.data.readers.fasta import COMMENTS
from beyondtext.data.tally import Tally
from beyondtext.data.text import MARKS, compression, read_content, unpack

FASTA, TRIPLES, KEEL, TABLE, MUSIC = "fasta", "triples", "keel", "table", "music"
NAMES = {
    FASTA: "a FASTA file",
    TRIPLES: "a file with three lines a record",
    KEEL: "a file with one symbol in each column",
    TABLE: "a table",
    MUSIC: "a folder of MIDI files",
}
SUITED = {  # the formats of the options that are not for all of them
    **dict.fromkeys(["sequence", "second", "delimiter", "quotes", "header"], (TABLE,)),
    **dict.fromkeys(["split", "group"], (FASTA, TABLE, MUSIC)),
    "id": (FASTA, TABLE),
    "decimal": (TABLE, MUSIC),
    **dict.fromkeys(["domain", "alphabet", "relatives"], (FASTA, TRIPLES, KEEL, TABLE)),
    "window": (MUSIC,),
}
TEXTS = (  # the beginning of text files of other formats
    (r"LOCUS +\S", "GenBank", "convert it to FASTA"),
    (r"ID {3}\S", "EMBL or UniProt flat file", "convert it to FASTA"),
    (r"# STOCKHOLM", "Stockholm", "convert it to FASTA"),
    (r"CLUSTAL", "Clustal", "convert it to FASTA"),
    (r"#NEXUS", "Nexus", "convert it to FASTA"),
    (r"@\S.*\n[A-Za-z.*-]+\n\+", "FASTQ", "convert it to FASTA, and write the target into the headers"),
    (r"\s*(<!DOCTYPE|<html)", "HTML", "download the file itself and not the page about it"),
    (r"\s*<\?xml", "XML", "save the records as CSV"),
    (r"\{\\rtf", "RTF", "save it as plain text"),
    (r'\s*(\[\s*)?\{\s*"', "JSON", "save the records as CSV"),
    (r"[^|\n]*\|[^\n]*\n *\|? *:?--+:? *(\| *:?--+:? *)+\|? *(\n|$)", "a Markdown table", "save it as CSV"),
    (r"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself with `git lfs pull`"),
)
LEAST_ATTRIBUTES = 8  # one symbol each


def recognise(path, notes, target=None):
    """What kind of file this is.

    Parameters
    ----------
    path : pathlib.Path
        A file or a folder.
    notes : Notes
    target : str, optional
        The field that the user chose as the target.

    Returns
    -------
    kind : str
        One of the words at the top of this module.
    text : str
        The decoded text of a text file; empty for a folder.

    Raises
    ------
    InputError
        If there is no such file, or if it is of no format that can be read.
    """
    if path.is_dir():
        return MUSIC, ""
    if not path.is_file():
        problem = "is not a file" if path.exists() else "does not exist"
        raise InputError(f"{path} {problem}; give the path of a file, or of a folder of MIDI files")
    content = unpack(path)
    tally = Tally()
    text = read_content(path, content, tally)
    if not text.strip():
        raise InputError(f"{path} is empty; replace it")
    for pattern, name, remedy in TEXTS:
        if re.match(pattern, text):
            raise InputError(f"{path} is {name}, which is not supported; {remedy}")
    _note_encoding(path, content, tally, notes)
    return _kind(text, notes, target), text


def check_options(kind, wishes):
    """Check that the user's options suit the kind of file; `InputError` if not."""
    for option, kinds in SUITED.items():
        value = getattr(wishes, option)
        if kind in kinds or value is None or (value == NONE and option in MAY_BE_EMPTY):
            continue
        suited = " or ".join(NAMES[kind] for kind in kinds)
        raise InputError(f"--{option} is for {suited}, but this is {NAMES[kind]}; leave the option out")


def _note_encoding(path, content, tally, notes):
    with open(path, "rb") as stream:
        kind = compression(stream.read(8))
    if kind:
        notes.add(f"compressed with {kind}", "its first bytes say so")
    mark = next((mark for mark in MARKS if content.startswith(mark)), None)
    if mark:
        notes.add(f"encoded as {MARKS[mark].upper()}", "it starts with a byte order mark")
    for reason, name in (("latin1", "Latin-1"), ("windows1252", "Windows-1252")):
        if not tally.count(reason):
            continue
        place = tally.entries[reason].example
        notes.add(f"encoded as {name}", f"{place} is not UTF-8; save the file as UTF-8 if letters look wrong")
    if b"\r" in content:
        notes.add("Windows (or old Mac) line ends", "there are carriage returns, which are read as line ends")


def _kind(text, notes, target):
    lines = [line for line in text.split("\n") if line.strip()]
    if _is_keel(lines):
        notes.add("one symbol in each column, the class last", "all cells but the last are single letters")
        return KEEL
    first = next((line for line in lines if not line.startswith(COMMENTS)), "")
    if not first.startswith(">"):
        return TABLE
    found = third_lines(text.split("\n"))
    is_other = target not in (None, THIRD) and (target != "target" or re.search(r"(?m)^>.*\btarget[=:]", text))
    if found and (found.are_sure or not is_other):
        labels = "a number" if found.are_numbers else "one of a few short words"
        why = f"lines that start with > are followed by two others, the second of which is {labels}"
        notes.add("three lines a record, with a name, a sequence and the target", why)
        return TRIPLES
    count = sum(line.startswith(">") for line in lines)
    wrapped = sum(not line.startswith((">", *COMMENTS)) for line in lines) > count
    notes.add(
        f"FASTA, {count:,} records",
        "lines that start with >" + (", and sequences over several lines, which are joined" if wrapped else ""),
    )
    return FASTA


def _is_keel(lines):
    lines = [line for line in lines if not line.startswith(("@", "%"))][:50]
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    return (
        len(rows) > 1
        and len(rows[0]) > LEAST_ATTRIBUTES
        and len({len(row) for row in rows}) == 1
        and all(len(cell) == 1 and not cell.isdigit() for row in rows for cell in row[:-1])
    )


def source_paths(paths):
    """Patterns of `beyondtext.data.patterns` that match exactly these paths."""
    return [re.sub(r"([*?[])", r"[\1]", Path(path).as_posix()) for path in paths]
