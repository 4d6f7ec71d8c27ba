"""Text files with a fixed number of lines for each record, such as a name, a sequence and a class."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import read_text, require_file


def read(files, options, cache, tally):
    """Read one file.

    Options: ``path``; ``lines``, what each line of a record contains: ``sequence``, ``target``, ``id`` or ``group``.

    Without an ``id``, or if ids repeat, the id is the number of the record's first line. Empty lines at the end of the
    file are ignored. See `beyondtext.data.readers` for the parameters and what is returned.
    """
    path = require_file(files, options["path"])
    names = options["lines"]
    lines = [line.strip() for line in read_text(path).rstrip().splitlines()]
    expected = f"{len(names)} lines per record ({', '.join(names)}) were expected"
    if not lines:
        raise InputError(f"{path} is empty, but {expected}; replace it")
    if len(lines) % len(names):
        raise InputError(
            f"{path} ends in the middle of a record: it has {len(lines)} lines, but {expected}; correct or replace it"
        )
    for number, line in enumerate(lines, start=1):
        if not line:
            raise InputError(f"{path}, line {number} is empty, but {expected}; delete the record or fill it in")
    table = pd.DataFrame({name: lines[offset :: len(names)] for offset, name in enumerate(names)})
    if "id" not in table or table["id"].duplicated().any():
        table["id"] = [str(number) for number in range(1, len(lines) + 1, len(names))]
    return table
