"""The files of figures, which end with a checksum, so that the page shows no figure that was changed.

The last line of an SVG file is a comment with the SHA-256 of the names of the study and of the file, and of all lines
above.
"""

import hashlib
from xml.etree import ElementTree

from beyondtext.core.errors import InputError
from beyondtext.core.files import check_is_file

WIDE, NARROW = "{}.svg", "{}.narrow.svg"  # by the figure's name: for a wide screen, and for a narrow one
PIXELS = "{}.png"
SEAL = "<!-- SHA-256 of the study's name, the figure's name and the lines above: {} -->"


def files(name):
    """The names of a figure's files."""
    return [form.format(name) for form in (WIDE, NARROW, PIXELS)]


def seal_figure(path, study):
    """Append the checksum to an SVG file that is being written under its own name."""
    content = path.read_bytes()
    content += b"" if content.endswith(b"\n") else b"\n"
    path.write_bytes(content + _seal(content, path.name, study) + b"\n")


def read_figure(path, study):
    """The content of an SVG file.

    Raises
    ------
    InputError
        If it is missing, is not XML, was changed, has no checksum, or is another figure or that of another study.
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
    if last != _seal(lines + b"\n", path.name, study):
        raise InputError(
            f"{path} was changed, or is another figure or that of another study than {study}: its last line is not its "
            f"checksum; {again}"
        )
    return content


def _seal(content, name, study):
    """The comment that follows the content of a figure."""
    digest = hashlib.sha256(f"{study}\n{name}\n".encode() + content).hexdigest()
    return SEAL.format(digest).encode()
