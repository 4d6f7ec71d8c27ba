"""FASTA, by Biopython.

Its parser joins whatever the lines of a record have, and does not tell where it is, so each line is checked before.
"""

import re
import unicodedata
from collections import deque
from dataclasses import dataclass, field

import pandas as pd

from beyondtext.core.errors import InputError, located
from beyondtext.core.printing import quoted
from beyondtext.core.timed_search import timed_search
from beyondtext.data.annotations import Annotations
from beyondtext.data.blanks import check_blanks, is_in_blocks
from beyondtext.data.ids import with_unique_ids
from beyondtext.data.missing import MISSING, count_likely_missing, without_missing_words
from beyondtext.data.raw import require_file
from beyondtext.data.text import read_text

COMMENTS = (";", "#")  # at the beginning of a line
COMMENTED = re.compile(r"[;#\s]*>")  # a header
FOOTER = re.compile(r"(the )?end( of (the )?(file|data|fasta|sequences?))?|EOF", re.IGNORECASE)  # of a whole file
GROUPS = {"id", "target", "group", "split"}
SEQUENCE = re.compile(r"[A-Za-z*.~ -]*")  # with gaps and stops, which the task's alphabet decides about
NOT_SEQUENCE = re.compile(r"[^A-Za-z*.~ -]")
BYTE_ORDER_MARK = "\ufeff"
INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}  # kinds of characters
PIR = re.compile(r"(P1|F1|D[LC]|R[LC]|N[13]|XX);")  # after it, a line with a title


@dataclass
class Place:
    """Where a record is: its number, from 1, the line of its header, and its lines with their numbers in the file."""

    number: int
    line: int
    header: str
    lines: list = field(default_factory=list)  # of pairs: number, text

    @property
    def name(self):
        """How messages name it."""
        return f"record {self.number}, {quoted(self.header)},"

    @property
    def has_blanks(self):
        """Whether there are any within its lines."""
        return any(" " in line for _, line in self.lines)


def read(files, options, cache, tally):
    """Read one file.

    Options: ``path``; ``header``, a regular expression that matches every record's header line (without the ``>``) and
    has the named group ``target`` and optionally ``id``, ``group`` and ``split``; ``absent``, the values of groups that
    match nothing, such as ``{split: train}`` if only test records are marked; ``empty``, whether to ``refuse`` (the
    default) or ``drop`` records without a target, or with a word for a missing value as their sequence.

    A word for a missing value, such as NA, is no value of ``group`` and ``split``, and no sequence unless the others
    are as short.

    Without a group ``id``, the id is the first word of the header or, if first words repeat, which is counted, the
    number of its line. Lines that start with ``;`` or ``#`` are comments. Blanks within a sequence are removed. See
    `beyondtext.data.readers` for the parameters and what is returned.
    """
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    path = require_file(files, options["path"])
    pattern = _header_pattern(options["header"], options.get("absent", {}))
    rows, lines, spaced, ids = [], [], {}, set()
    places, annotations = deque(), Annotations()
    with timed_search(pattern) as search:
        for _, sequence in SimpleFastaParser(_checked_lines(path, read_text(path, tally), tally, places)):
            place = places.popleft()  # the place of the next record follows, since the parser reads up to its header
            row = _fields(path, place, pattern, search, options)
            if "id" in pattern.groupindex and row["id"] in ids:
                raise InputError(
                    f"{path}: record {place.number} (line {place.line}) has the id {quoted(row['id'])} of an "
                    "earlier record; make the ids unique, or leave the group id out of options.header"
                )
            ids.add(row["id"])
            _check_sequence(path, place, sequence, places)
            annotations.add(place.lines)
            if not row["target"]:
                tally.add("empty", 1, f"{path.name}, line {place.line}")
                continue
            if place.has_blanks:
                spaced[len(rows)] = "\n".join(line for _, line in place.lines)
            rows.append({**row, "sequence": sequence})
            lines.append(place.line)
    if annotations.are_present:
        number, line = annotations.example
        raise InputError(
            f"{path}, line {number}: {quoted(line, 40)} and the like in most records are as long as the lines before "
            "them, so they seem to be labels of the residues; delete these lines or, if they are sequence, write each "
            "sequence on one line"
        )
    if annotations.word:
        number, line = annotations.word
        raise InputError(
            f"{path}, line {number}: {quoted(line, 40)} and the like, below the sequences of most records, seem to be "
            "words; delete these lines or, if they are sequence, write each sequence on one line; if they are targets, "
            "read the file with the reader lines"
        )
    if not ids:
        raise InputError(f"{path} has no FASTA records, but lines that start with > were expected; replace it")
    if not rows:
        raise InputError(f"{path} has {place.number:,} records, but none with a target; correct options.header")
    table = pd.DataFrame(rows)
    is_missing = _missing_sequences(path, table, lines, options, tally)
    if "id" not in pattern.groupindex:
        table = with_unique_ids(table, lines, tally)
    table = table[~is_missing]
    if spaced:
        tally.add("white_space", len(spaced), table["id"][min(spaced)])  # blanks are in no missing word
        with located(path):
            check_blanks(table["id"], (spaced.get(row, text) for row, text in table["sequence"].items()))
    return table.reset_index(drop=True)


def _missing_sequences(path, table, lines, options, tally):
    """Which records have a word for a missing value as their sequence; they are counted, or `InputError` is raised."""
    is_missing = without_missing_words(table["sequence"], "sequence") == ""
    if is_missing.any():
        row, number = int(is_missing.idxmax()), int(is_missing.sum())
        if options.get("empty") != "drop":
            name, word = table["id"][row], table["sequence"][row]
            raise InputError(
                f"{path}, line {lines[row]}: the record {quoted(name)} has {quoted(word)} for its sequence, which "
                f"stands for a missing value; delete the record or fill it in ({number:,} such "
                f"{'record' if number == 1 else 'records'}), or set options.empty to drop"
            )
        tally.add("empty", number, f"{path.name}, line {lines[row]}")
    count_likely_missing(table["sequence"][~is_missing], tally)
    return is_missing


def _header_pattern(text, absent):
    shown = f"options.header {quoted(text)}"
    try:
        pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:  # the last two: brackets nested too deep, a{9999999999}
        raise InputError(f"{shown} is not a regular expression: {error}; correct it") from None
    unknown = sorted(set(pattern.groupindex) - GROUPS)
    if unknown:
        raise InputError(f"{shown} has the group {unknown[0]}; use only {', '.join(sorted(GROUPS))}")
    if "target" not in pattern.groupindex:
        raise InputError(f"{shown} has no group named target; write (?P<target>...) where the target is")
    for name in absent:
        if name not in pattern.groupindex:
            raise InputError(
                f"options.absent has a value for {quoted(name)}, but {shown} has no group of that name; its "
                f"groups are {', '.join(pattern.groupindex)}"
            )
    return pattern


def _checked_lines(path, text, tally, places):
    """Yield the headers and the lines of sequence, without blanks around them; append the `Place` of each record."""
    number, lines, commented = 0, text.split("\n"), 0
    last = next((len(lines) - place for place, line in enumerate(reversed(lines)) if line.strip(" \t")), 0)
    is_pir = all(PIR.match(line[1:].strip()) for line in lines if line.startswith(">"))  # an id may be P1 too
    for line_number, line in enumerate(lines, start=1):
        if line.startswith(">"):
            number, commented = number + 1, 0
            places.append(Place(number, line_number, line[1:].strip()))
            _check_header(path, places[-1], is_pir)
            yield ">" + places[-1].header
        elif line.startswith(COMMENTS):
            tally.add("comments", 1, f"{path.name}, line {line_number}")
            commented = line_number if COMMENTED.match(line) else commented
        elif line := line.strip(" \t"):
            if not number:
                raise InputError(
                    f"{path} has no FASTA records at its start: a line that starts with > was expected, but line "
                    f"{line_number} is {line[:40]!r}; correct or replace it"
                )
            if commented:
                raise InputError(
                    f"{path}, line {commented} is a header that is commented out, {quoted(lines[commented - 1], 40)}, "
                    f"but line {line_number} below it is not, and would belong to {places[-1].name} which is before "
                    "it; comment it out, too, or restore the header"
                )
            if line_number == last and places[-1].lines and FOOTER.fullmatch(line):
                raise InputError(
                    f"{path}, line {line_number}: the last line is {quoted(line)}, which seems to mark the end of the "
                    "file; delete it or, if it is sequence, join it to the line before it"
                )
            if not SEQUENCE.fullmatch(line):
                raise InputError(f"{path}, line {line_number}: the sequence of {places[-1].name} {_problem(line)}")
            places[-1].lines.append((line_number, line))
            yield line


def _check_header(path, place, is_pir):
    if not place.header:
        raise InputError(
            f"{path}, line {place.line}: the header of record {place.number} is empty; write an id and the target "
            "after the >"
        )
    if is_pir:
        raise InputError(
            f"{path}, line {place.line}: {place.name} begins like one of a PIR file, in which a title follows; "
            "convert the file to FASTA"
        )


def _check_sequence(path, place, sequence, following):
    """Check that a record has letters and no words; ``following`` has the place of the next record, if any."""
    if not any(map(str.isalnum, sequence)):
        where = f"its header is line {place.line}"
        where += f", and line {following[0].line} is the next one" if following else ""
        raise InputError(f"{path}: {place.name} has no sequence ({where}); delete the record or fill it in")
    cases = {_case(line) for _, line in place.lines} if place.has_blanks else set()
    for number, line in place.lines:
        if _is_prose(line, cases):
            raise InputError(
                f"{path}, line {number}: {place.name} has {line[:40]!r}, which looks like words; remove the line or, "
                "if it is sequence, the spaces in it"
            )


def _fields(path, place, pattern, search, options):
    """What a header says: a dict with ``id``, ``target`` (empty if such records are dropped) and other groups."""
    try:
        match = search(place.header)
    except TimeoutError:
        raise InputError(
            f"{path}, line {place.line}: options.header {quoted(pattern.pattern)} takes too long to match the "
            f"header of record {place.number}, {quoted(place.header)}; write it without a repeat in a repeat"
        ) from None
    if match is None:
        raise InputError(
            f"{path}, line {place.line}: the header of {place.name} does not match options.header "
            f"{quoted(pattern.pattern)}; correct the header or the expression"
        )
    absent, may_lack = options.get("absent", {}), {"target"} if options.get("empty") == "drop" else set()
    fields = {name: _known(name, value) or absent.get(name, "") for name, value in match.groupdict().items()}
    for name, value in fields.items():
        if not value and name not in may_lack:
            raise InputError(
                f"{path}, line {place.line}: the header of {place.name} has no {name}; add it, or set "
                f"options.absent.{name}{' or options.empty to drop' if name == 'target' else ''}"
            )
    return {"id": place.header.split()[0], **fields}


def _known(name, value):
    """The value of a group of the expression; empty where nothing, or a word such as NA, says that there is none."""
    value = (value or "").strip()
    return "" if name in ("group", "split") and value.lower() in MISSING else value


def _problem(line):
    """What a line has that is not sequence, and what to do."""
    found = NOT_SEQUENCE.search(line)
    position = found.start()
    if found[0] == "\t":
        return f"has a tab and then {line[position:].strip()[:40]!r}; a line has only sequence: remove the column"
    excerpt = line[max(0, position - 10) : position + 10]
    return f"has {found[0]!r} at character {position + 1} of the line ({excerpt!r}); {_remedy(found[0], line)}"


def _remedy(found, line):
    if found == BYTE_ORDER_MARK:
        return (
            "it is an invisible byte order mark, as where files were joined: delete this character and keep the line, "
            "since sequences have only letters, gaps (- . ~) and stops (*), and headers start with >"
        )
    if unicodedata.category(found) in INVISIBLE:
        return "it cannot be seen, and sequences have only letters, gaps (- . ~) and stops (*): delete this character"
    if found == ">":
        return "a header starts with > at the beginning of a line: break or correct the line"
    if found in COMMENTS:
        return f"a comment is a line of its own that starts with {found} and nothing before it: remove or move it"
    if re.match(r"\d+\s", line) or re.search(r"\s\d+$", line):
        return "remove the numbers of the lines, as in GenBank and EMBL files, or convert the file to FASTA"
    return "sequences have only letters, gaps (- . ~) and stops (*): correct or remove the line"


def _is_prose(line, cases):
    """Whether a line is rather words than sequence, from it and the `_case` of all of the record's lines.

    It is if blanks divide it other than into blocks of equal length, and some of it is in lower case but other lines
    are not, or capitalized but others are not.
    """
    lower, upper = _case(line)
    if is_in_blocks(line) or not lower:
        return False
    return (False, True) in cases or (upper and (True, False) in cases)


def _case(line):
    """Whether a line has lower case and whether it has upper case."""
    return any(letter.islower() for letter in line), any(letter.isupper() for letter in line)
