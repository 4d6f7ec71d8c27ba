"""Whether an answer of a web server can be the file that was asked for, where no checksum tells.

A server may answer with a login page, or with a message in JSON, and status 200. The checksum of such an answer must
not be recorded as that of the file.
"""

import json
import re
from mimetypes import guess_type
from pathlib import PurePosixPath

from beyondtext.core.printing import printable, without_secrets
from beyondtext.data.text import PACKED, compression

PAGE_TYPES = ("text/html", "application/xhtml+xml")
PROBLEM = "application/problem+json"  # what RFC 9457 reserves for messages
MESSAGE_TYPES = ("application/json", "text/json", PROBLEM, "application/xml", "text/xml")
JSON_ENDINGS = (".json", ".jsonl", ".ndjson", ".jsonld", ".geojson", ".ipynb")
MESSAGE_ENDINGS = (*JSON_ENDINGS, ".xml", ".musicxml")
PAGE = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
HEAD = 4096  # bytes at the beginning that are looked at
LONGEST_MESSAGE = 2**20  # bytes of a body that may be a message in JSON
BROWSER = (
    "open the address in a browser to see what it gives and whether the server needs a login, then correct it or give "
    "another one under `mirrors`"
)
IS_DATA = f"{BROWSER}; if this is the file, give its `sha256` and `size` in the source's definition"
OTHER_SERVER = "the same server will do so again, so give an address on another one under `mirrors`"
ENDINGS = {**PACKED, ".tgz": "gzip"}


def wrong_headers(name, headers):
    """Why an answer with these headers is not the file ``name``; None if it may be.

    Parameters
    ----------
    name : str
    headers : mapping of str to str
        Those of the answer, whose names are compared without regard to case.

    Returns
    -------
    tuple of (str, str) or None
        What is wrong, and advice.
    """
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    expected = guess_type(name)[0]
    if kind in PAGE_TYPES and expected not in PAGE_TYPES:
        return f"the server sends a web page ({kind}), perhaps for a login, not the file {name}", BROWSER
    # A name without an ending may be that of records in JSON; then the body decides.
    is_message = kind == PROBLEM or (kind in MESSAGE_TYPES and "." in name)
    if is_message and not _ends(name, MESSAGE_ENDINGS):
        return f"the server sends a message ({kind}), not the file {name}", IS_DATA
    return compressed(name, headers)


def _ends(name, endings):
    """Whether a file has one of these endings, before that of its compression."""
    path = PurePosixPath(name.lower())
    return (path.stem if path.suffix in PACKED else path.name).endswith(endings)


def compressed(name, headers):
    """Why the body of an answer is not the file as it is stored, and advice; None if it is."""
    encoding = headers.get("Content-Encoding", "").strip().lower()
    # Some servers announce the compression of a file that is stored compressed, as if they had compressed it.
    is_stored = encoding.removeprefix("x-") == "gzip" == _compression_of(name)
    if encoding in ("", "identity") or is_stored:
        return None
    encoding = printable(encoding)
    return f"the server compresses the file (Content-Encoding: {encoding}), although it was asked not to", OTHER_SERVER


def wrong_beginning(name, path):
    """Why the bytes at ``path`` are not the file ``name``, and advice; None if they may be."""
    with open(path, "rb") as stream:
        head = stream.read(HEAD)
    if not head:
        return f"the server sends an empty file for {name}", BROWSER
    is_page = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and PAGE.search(head)
    if is_page and guess_type(name)[0] not in PAGE_TYPES:
        return f"the server sends a web page, perhaps for a login, not the file {name}", BROWSER
    message = None if _ends(name, JSON_ENDINGS) else _json_object(path)
    if message:
        return f"the server sends a message in JSON ({message}), not the file {name}", IS_DATA
    expected = _compression_of(name)
    if expected and compression(head) != expected:
        return f"the server sends a file that is not compressed by {expected}, as the name {name} says", BROWSER
    return None


def _compression_of(name):
    """The kind of compression that a file's name promises, or None."""
    return ENDINGS.get(PurePosixPath(name.lower()).suffix)


def _json_object(path):
    """The text of a short file that is one object in JSON as a whole, on one line; None for any other.

    Lists are data, as are several lines with an object each.
    """
    if path.stat().st_size > LONGEST_MESSAGE:
        return None
    content = path.read_bytes()
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return printable(without_secrets(json.dumps(found, ensure_ascii=False)))
