"""Text files with a fixed number of lines for each record, such as a name, a sequence and a class."""

from itertools import groupby, pairwise

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.ids import with_unique_ids
from beyondtext.data.missing import count_likely_missing, without_missing_words
from beyondtext.data.raw import require_file
from beyondtext.data.text import read_text

MARK = ">"  # before names, in files that look like FASTA
COMMENTS = (";", "#")  # at the beginning of a line of such a file


def read(files, options, cache, tally):
    """Read one file.

    Options: ``path``; ``lines``, what each line of a record contains: ``sequence``, ``target``, ``id`` or ``group``.

    Records may be separated by empty lines and, if ids start with >, by comments: lines that start with ; or #, which
    are counted. Without an ``id``, or if ids repeat, which is counted, the id is the number
    of the record's first line. See `beyondtext.data.readers` for the parameters and what is returned.
    """
    path, names = require_file(files, options["path"]), options["lines"]
    lines = [(number, line.strip()) for number, line in enumerate(read_text(path, tally).split("\n"), start=1)]
    if names[0] == "id":
        lines = _without_comments(path, lines, len(names), tally)
    expected = f"{len(names)} lines per record ({', '.join(names)}) were expected"
    blocks = [list(block) for is_text, block in groupby(lines, key=lambda line: line[1] != "") if is_text]
    if not blocks:
        raise InputError(f"{path} is empty, but {expected}; replace it")
    _check_complete(path, blocks, names, expected)
    numbers, texts = zip(*(line for block in blocks for line in block), strict=True)
    if "id" in names:
        offset = names.index("id")
        _check_ids(path, numbers[offset :: len(names)], texts[offset :: len(names)])
    table = pd.DataFrame({name: texts[offset :: len(names)] for offset, name in enumerate(names)})
    is_missing = without_missing_words(table["sequence"], "sequence") == ""
    if is_missing.any():
        row = int(is_missing.idxmax())
        raise InputError(
            f"{path}, line {numbers[row * len(names) + names.index('sequence')]} is {quoted(table['sequence'][row])}, "
            f"where a sequence was expected; it stands for a missing value: delete the record or fill it in"
        )
    count_likely_missing(table["sequence"], tally)
    return with_unique_ids(table, numbers[:: len(names)], tally)


def _without_comments(path, lines, size, tally):
    """The lines without comments before ids that start with >; a value of another line may start with ; or #."""
    first = next((line for _, line in lines if line and not line.startswith(COMMENTS)), "")
    if not first.startswith(MARK):
        return lines
    kept, count = [], 0
    for number, line in lines:
        if line.startswith(COMMENTS) and count % size == 0:
            tally.add("comments", 1, f"{path.name}, line {number}")
            continue
        count += line != ""
        kept.append((number, line))
    return kept


def _check_marked(path, lines, size, expected):
    """Raise `InputError` for the first record with too many or too few lines, if its first line starts with >."""
    starts = [place for place, (_, line) in enumerate(lines) if line.startswith(MARK)]
    for start, end in pairwise([*starts, len(lines)] if starts and not starts[0] else []):
        if end - start != size:
            number, line = lines[start]
            found = "1 line" if end - start == 1 else f"{end - start} lines"
            raise InputError(
                f"{path}, line {number}: the record {quoted(line, 40)} has {found}, but {expected}; correct or delete "
                "it"
            )


def _check_complete(path, blocks, names, expected):
    """Raise `InputError` unless all lines between empty ones are whole records.

    An empty line in place of a value would otherwise shift all that follows it.
    """
    size = len(names)
    if names[0] == "id" and any(len(block) % size for block in blocks):
        _check_marked(path, [line for block in blocks for line in block], size, expected)
    for position, block in enumerate(blocks):
        if len(block) % size == 0:
            continue
        first, last = block[0][0], block[-1][0]
        if position + 1 < len(blocks):
            raise InputError(
                f"{path}, line {last + 1} is empty after {len(block)} lines, but {expected}; delete the record or fill "
                "it in"
            )
        since = f" from line {first} on" if position else ""
        raise InputError(
            f"{path} ends in the middle of a record: it has {len(block)} lines{since}, but {expected}; correct or "
            "replace it"
        )


def _check_ids(path, numbers, ids):
    """Raise `InputError` for an id without a > if the first one has it: its line is that of something else."""
    for number, text in zip(numbers, ids, strict=True):
        if ids[0].startswith(MARK) and not text.startswith(MARK):
            raise InputError(
                f"{path}, line {number} is {text[:40]!r}, where an id that starts with > was expected as in line "
                f"{numbers[0]}; put each sequence in one line, or correct options.lines"
            )
