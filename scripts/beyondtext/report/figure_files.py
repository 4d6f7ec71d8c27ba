"""The files of figures, which end with a checksum, so that the page shows no figure that was changed.

The last line of an SVG file is a comment with the SHA-256 of the study's name and of all lines above.
"""

import hashlib
import re
from xml.etree import ElementTree

from beyondtext.core.errors import InputError
from beyondtext.core.files import check_is_file

SEAL = re.compile(rb"<!-- SHA-256 of the study's name and the lines above: ([0-9a-f]{64}) -->\n")


def seal_figure(path, study):
    """Append the checksum to an SVG file that is being written."""
    content = path.read_bytes()
    content += b"" if content.endswith(b"\n") else b"\n"
    comment = f"<!-- SHA-256 of the study's name and the lines above: {_digest(content, study)} -->\n"
    path.write_bytes(content + comment.encode())


def read_figure(path, study):
    """The content of an SVG file.

    Raises
    ------
    InputError
        If it is missing, is not XML, or was changed, or is that of another study. One without a checksum is of an
        earlier version, or drawn by hand.
    """
    again = "delete it and run `snakemake --cores 2 report` again"
    check_is_file(path)
    try:
        content = path.read_bytes()
        ElementTree.fromstring(content)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run scripts/make_figures.py first") from None
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # also for an encoding that nobody knows
        raise InputError(f"{path} is incomplete or was changed ({error}); {again}") from None
    lines, _, last = content.rstrip(b"\n").rpartition(b"\n")
    seal = SEAL.fullmatch(last + b"\n")
    if seal and seal[1].decode() != _digest(lines + b"\n", study):
        raise InputError(f"{path} was changed, or is the figure of another study than {study}; {again}")
    return content


def _digest(content, study):
    return hashlib.sha256(study.encode() + b"\n" + content).hexdigest()
