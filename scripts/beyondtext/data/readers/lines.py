"""Text files with a fixed number of lines for each record, such as a name, a sequence and a class."""

from itertools import groupby

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.ids import with_unique_ids
from beyondtext.data.raw import require_file
from beyondtext.data.text import read_text

MARK = ">"  # before names, in files that look like FASTA


def read(files, options, cache, tally):
    """Read one file.

    Options: ``path``; ``lines``, what each line of a record contains: ``sequence``, ``target``, ``id`` or ``group``.

    Records may be separated by empty lines. Without an ``id``, or if ids repeat, which is counted, the id is the number
    of the record's first line. See `beyondtext.data.readers` for the parameters and what is returned.
    """
    path, names = require_file(files, options["path"]), options["lines"]
    lines = [(number, line.strip()) for number, line in enumerate(read_text(path, tally).split("\n"), start=1)]
    expected = f"{len(names)} lines per record ({', '.join(names)}) were expected"
    blocks = [list(block) for is_text, block in groupby(lines, key=lambda line: line[1] != "") if is_text]
    if not blocks:
        raise InputError(f"{path} is empty, but {expected}; replace it")
    _check_complete(path, blocks, len(names), expected)
    numbers, texts = zip(*(line for block in blocks for line in block), strict=True)
    if "id" in names:
        offset = names.index("id")
        _check_ids(path, numbers[offset :: len(names)], texts[offset :: len(names)])
    table = pd.DataFrame({name: texts[offset :: len(names)] for offset, name in enumerate(names)})
    return with_unique_ids(table, numbers[:: len(names)], tally)


def _check_complete(path, blocks, size, expected):
    """Raise `InputError` unless all lines between empty ones are whole records.

    An empty line in place of a value would otherwise shift all that follows it.
    """
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
