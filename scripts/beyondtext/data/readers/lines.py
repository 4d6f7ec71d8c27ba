"""Text files whose records take the same number of lines each, such as a name, a sequence and a class."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import only_file


def read(files, options, cache):
    """Read one file; see `beyondtext.data.readers` for what is returned.

    Options: ``path``; ``lines``, what each line of a record holds: ``sequence``, ``target``, ``id``, ``group``.
    Without an ``id``, or where the file gives one several times, the id is the number of the record's first line.
    Empty lines at the end of the file are ignored.
    """
    path = only_file(files, options["path"])
    names = options["lines"]
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").rstrip().splitlines()]
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: {error}; convert it") from None
    shape = f"{len(names)} lines a record were expected ({', '.join(names)})"
    if not lines:
        raise InputError(f"{path} is empty; {shape}")
    if len(lines) % len(names):
        raise InputError(
            f"{path} ends in the middle of a record: it has {len(lines)} lines, and {shape}; mend or replace it"
        )
    for number, line in enumerate(lines, start=1):
        if not line:
            raise InputError(f"{path}, line {number}: it is empty, and {shape}; delete the record or fill it in")
    table = pd.DataFrame({name: lines[place :: len(names)] for place, name in enumerate(names)})
    table["target"] = table["target"].astype(str)
    if "id" not in table or table["id"].duplicated().any():
        table["id"] = [str(number) for number in range(1, len(lines) + 1, len(names))]
    return table, {}
