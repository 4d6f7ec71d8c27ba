"""Whether an answer of a web server can be the file that was asked for, where no checksum tells.

A server may answer with a login page, or with a message in JSON, and status 200. The checksum of such an answer must
not be recorded as that of the file.
"""

import re
from mimetypes import guess_type

from beyondtext.core.printing import printable
from beyondtext.data.text import COMPRESSIONS

PAGE_TYPES = ("text/html", "application/xhtml+xml")
MESSAGE_TYPES = ("application/json", "application/problem+json", "application/xml", "text/xml")
MESSAGE_ENDINGS = (".json", ".jsonl", ".xml", ".musicxml")
PAGE = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
HEAD = 4096  # bytes at the beginning that are looked at
ENDINGS = {"gzip": (".gz", ".tgz"), "bzip2": (".bz2",), "xz": (".xz",), "zstd": (".zst",)}


def wrong_headers(name, headers):
    """Why an answer with these headers is not the file ``name``; None if it may be.

    Parameters
    ----------
    name : str
    headers : mapping of str to str
        Those of the answer, whose names are compared without regard to case.

    Returns
    -------
    str or None
    """
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    expected = guess_type(name)[0]
    if kind in PAGE_TYPES and expected not in PAGE_TYPES:
        return f"the server sends a web page ({kind}), perhaps for a login, not the file {name}"
    # A name without an ending may be anything.
    if kind in MESSAGE_TYPES and "." in name and not name.lower().endswith(MESSAGE_ENDINGS):
        return f"the server sends a message ({kind}), not the file {name}"
    return compressed(name, headers)


def compressed(name, headers):
    """Why the body of an answer is not the file as it is stored; None if it is."""
    encoding = headers.get("Content-Encoding", "").strip().lower()
    # Some servers announce the compression of a file that is stored compressed, as if they had compressed it.
    is_stored = encoding.removeprefix("x-") == "gzip" and name.lower().endswith(ENDINGS["gzip"])
    if encoding in ("", "identity") or is_stored:
        return None
    return f"the server compresses the file (Content-Encoding: {printable(encoding)}), although it was asked not to"


def wrong_beginning(name, path):
    """Why the bytes at ``path`` are not the file ``name``; None if they may be."""
    with open(path, "rb") as stream:
        head = stream.read(HEAD)
    if not head:
        return f"the server sends an empty file for {name}"
    is_page = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and PAGE.search(head)
    if is_page and guess_type(name)[0] not in PAGE_TYPES:
        return f"the server sends a web page, perhaps for a login, not the file {name}"
    for mark, compression in COMPRESSIONS.items():
        if name.lower().endswith(ENDINGS[compression]) and not head.startswith(mark):
            return f"the server sends a file that is not compressed by {compression}, as the name {name} says"
    return None
