"""Records: JSON files in which a stage says what it made, with a checksum of their own content.

A record is an object. Its last key, ``checksum``, is the SHA-256 of the others, as JSON with sorted keys. Which keys a
record has is written down in the module that writes it.
"""

import hashlib
import json

from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json, write_json
from beyondtext.core.printing import kind_of

CHECKSUM = "checksum"


def write_record(path, record):
    """Write a dict of JSON types as a record, atomically."""
    assert CHECKSUM not in record
    write_json(path, {**record, CHECKSUM: _checksum(record)})


def read_record(path, keys, remedy):
    """Read a record.

    Parameters
    ----------
    path : path
    keys : set of str
        Those that it must have, besides the checksum.
    remedy : str
        What to do if the file is unusable; the end of the error message.

    Returns
    -------
    dict
        Without the checksum.

    Raises
    ------
    InputError
        If the file is missing, is not a JSON object, lacks a key, or has other content than was written.
    """
    record = read_json(path, remedy)
    if not isinstance(record, dict):
        raise InputError(f"{path} contains {kind_of(record)}, not an object with keys and values; {remedy}")
    missing = {*keys, CHECKSUM} - set(record)
    if missing:
        raise InputError(f"{path} lacks {', '.join(sorted(missing))}; {remedy}")
    checksum = record.pop(CHECKSUM)
    if checksum != _checksum(record):
        raise InputError(f"{path} was changed after it was written: its content does not have its checksum; {remedy}")
    return record


def _checksum(record):
    as_read = json.loads(json.dumps(record, allow_nan=False))  # keys that are numbers are sorted as text
    return hashlib.sha256(json.dumps(as_read, sort_keys=True).encode()).hexdigest()
