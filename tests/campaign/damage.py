"""What can happen to a file: ways to damage its content, or to put something else in its place.

Each way has a name in words and one of three consequences: its content is `LOST`; it `MAY` still say the same, such as
a flipped bit that turns e into E in a number; or it is `HARMLESS`.
"""

import ctypes
import gzip
import json
import os
import re
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

LOST, MAY, HARMLESS = "lost", "may say the same", "harmless"
BINARY, TEXT, JSON = "binary", "text", "json"
DIGITS = re.compile(rb"(?<=[ ,:.0-9])[0-9](?=[ ,.0-9\n])")
NUMBER = re.compile(rb"(?<=[ ,\n])-?[0-9]+(\.[0-9]+)?(?=[,\n])")
HUGE = "7" * 5000  # digits
DEEP = 100_000  # lists within each other
DAC_CAPABILITIES = (1 << 1) | (1 << 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
CAPABILITY_VERSION = 0x20080522


@dataclass(frozen=True)
class Damage:
    """One way to damage a file.

    Attributes
    ----------
    name : str
    apply : callable
        Takes the path.
    consequence : str
    """

    name: str
    apply: object
    consequence: str = LOST


def of_content(content, kind, random, others=()):
    """Ways to give a file other content.

    Parameters
    ----------
    content : bytes
        What it has.
    kind : {"binary", "text", "json"}
    random : random.Random
    others : dict of str to pathlib.Path, optional
        Other files of the same format, by what they are in words.

    Returns
    -------
    list of Damage
    """
    found = _of_bytes(content, random)
    if kind in (TEXT, JSON):
        found += _of_characters(content, random)
    if kind == TEXT:
        found += _of_lines(content, random)
    if kind == JSON:
        found += _of_json(content, random)
    return [_content(*one) for one in found] + [
        _content(name, path.read_bytes()) for name, path in dict(others).items()
    ]


def _content(name, content, consequence=LOST):
    return Damage(name, lambda path: replace(path, content), consequence)


def replace(path, content):
    """Give a file other content without writing into what other folders share with it."""
    if path.exists():
        path.unlink()
    path.write_bytes(content)


def _of_bytes(content, random):
    size = len(content)
    cut, place = random.randrange(1, size - 1), random.randrange(size)
    found = [
        ("empty", b""),
        (f"cut after {cut} of {size} bytes", content[:cut]),
        ("its second half only", content[size // 2 :]),
        ("all zeros, as after a power cut", bytes(size)),
        ("zeros in its second half", content[: size // 2] + bytes(size - size // 2)),
        ("compressed with gzip", gzip.compress(content, mtime=0)),
        ("a web page", b"<!DOCTYPE html><html><title>Log in</title></html>\n"),
        (f"byte {place} lost", content[:place] + content[place + 1 :], MAY),
        (f"byte {place} twice", content[: place + 1] + content[place:], MAY),
        ("zeros after its end", content + bytes(64), MAY),
    ]
    for place in random.sample(range(size), 4):
        bit = random.randrange(8)
        found.append((f"bit {bit} of byte {place} flipped", _with(content, place, content[place] ^ 1 << bit), MAY))
    return found


def _with(content, place, value):
    return content[:place] + bytes([value]) + content[place + 1 :]


def _of_characters(content, random):
    text = content.decode()
    found = [
        ("in UTF-16", text.encode("utf-16")),
        ("with a byte order mark", b"\xef\xbb\xbf" + content, MAY),
        ("with the line ends of Windows", content.replace(b"\n", b"\r\n"), MAY),
        ("with a byte that is not UTF-8", _with(content, random.randrange(len(content)), 0xFF)),
    ]
    digits = [match.start() for match in DIGITS.finditer(content)]
    for place in random.sample(digits, min(3, len(digits))):
        other = (content[place] - 48 + random.randrange(1, 10)) % 10 + 48
        found.append((f"another digit at byte {place}", _with(content, place, other)))
    return found


def _of_lines(content, random):
    lines = content.splitlines(keepends=True)
    first = random.randrange(1, len(lines) - 1)
    numbers = list(NUMBER.finditer(content))
    found = [
        ("header only", lines[0]),
        ("without its header", b"".join(lines[1:])),
        ("its last line lost", b"".join(lines[:-1])),
        (f"cut at the end of line {first + 1}", b"".join(lines[: first + 1])),
        (f"line {first + 1} lost", b"".join(lines[:first] + lines[first + 1 :])),
        (f"line {first + 1} twice", b"".join(lines[: first + 1] + lines[first:])),
        (
            f"line {first + 1} after the next",
            b"".join(lines[:first] + lines[first : first + 2][::-1] + lines[first + 2 :]),
        ),
    ]
    values = (("NaN", b"NaN"), ("nothing", b""), ("a number of 5,000 digits", HUGE.encode()))
    for name, value in values if numbers else ():
        number = random.choice(numbers)
        found.append((f"{name} at byte {number.start()}", content[: number.start()] + value + content[number.end() :]))
    return found


def _of_json(content, random):
    value = json.loads(content)
    found = [
        ("an empty object", b"{}"),
        ("an empty list", b"[]"),
        ("null", b"null"),
        ("NaN", b"NaN"),
        ("a text", b'"run"'),
        ("a number of 5,000 digits", HUGE.encode()),
        (f"{DEEP:,} lists within each other", b"[" * DEEP + b"]" * DEEP),
        (f"{DEEP:,} objects within each other", b'{"a":' * DEEP + b"0" + b"}" * DEEP),
        ("laid out on one line", json.dumps(value).encode(), HARMLESS),
        ("with other white space", json.dumps(value, indent=7).encode() + b"\n\n", HARMLESS),
    ]
    return found + (_of_object(value, random) if isinstance(value, dict) else [])


def _of_object(record, random):
    def written(changed):
        return json.dumps(changed, indent=2).encode()

    keys = list(record)
    one = random.choice([key for key in keys if key != "checksum"])
    without = {key: value for key, value in record.items() if key != one}
    text = json.dumps(record, indent=2)
    found = [
        ("its keys in another order", written(dict(random.sample(list(record.items()), len(record)))), HARMLESS),
        (f"without the key {one}", written(without)),
        (f"the key {one} renamed", written({**without, f"{one}s": record[one]})),
        (f"the key {one} twice", text.replace("{", f'{{\n"{one}": "other",', 1).encode(), MAY),
        ("a key more", written({**record, "note": "mine"})),
        ("in a list", written([record])),
    ]
    if "checksum" in record:
        older = {key: value for key, value in record.items() if key != "checksum"}
        found.append(("of an earlier version, without a checksum", written(older)))
        found.append(("its checksum null", written({**older, "checksum": None})))
    values = {"null": None, "a list": [], "a long text": "x" * 100_000, "half of a surrogate pair": "\ud800"}
    for name, value in values.items():
        key = random.choice([key for key in keys if key != "checksum" and record[key] != value])
        found.append((f"{name} under {key}", written({**record, key: value})))
    for name, value in (("infinity", "1e999"), ("a number of 5,000 digits", HUGE), ("NaN", "NaN")):
        key = random.choice([key for key in keys if key != "checksum"])
        found.append((f"{name} under {key}", written({**record, key: "%"}).replace(b'"%"', value.encode())))
    return found


def in_its_place():
    """Ways to put something else in the place of a file, or nothing; a list of `Damage`."""
    return [
        Damage("missing", lambda path: path.unlink()),
        Damage("a folder", lambda path: (path.unlink(), path.mkdir())),
        Damage("a link to nothing", lambda path: (path.unlink(), path.symlink_to("gone"))),
        Damage("a link to itself", lambda path: (path.unlink(), path.symlink_to(path.name))),
        Damage("a pipe", lambda path: (path.unlink(), os.mkfifo(path))),
        Damage("a device without end", lambda path: (path.unlink(), path.symlink_to("/dev/zero"))),
        Damage("a device without content", lambda path: (path.unlink(), path.symlink_to("/dev/null"))),
        Damage("a socket", _socket),
        Damage("a file that may not be read", _unreadable),
        Damage("in a folder that may not be entered", lambda path: _close(path.parent)),
        Damage("a link to the same file elsewhere", _moved, HARMLESS),
        Damage("a file with another time", lambda path: os.utime(_copied(path), (0, 0)), HARMLESS),
        Damage("a file that may only be read", lambda path: _copied(path).chmod(0o444), HARMLESS),
    ]


def _socket(path):
    path.unlink()
    folder = os.open(path.parent, os.O_RDONLY)  # since the whole path may be too long for a socket
    with closing(socket.socket(socket.AF_UNIX)) as made:
        made.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


def _copied(path):
    """A file of the trial's own, in place of one that it shares."""
    replace(path, path.read_bytes())
    return path


def _unreadable(path):
    _copied(path).chmod(0)
    obey_permissions()


def _close(folder):
    folder.chmod(0)
    obey_permissions()


def _moved(path):
    elsewhere = Path(f"elsewhere{path.suffix}").absolute()
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def obey_permissions():
    """Let this process obey permissions, even if it is root's."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, in two parts
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capget(header, data):
        raise OSError(ctypes.get_errno(), "the capabilities of this process cannot be read")
    for place in range(3):
        data[place] &= ~DAC_CAPABILITIES
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "the capabilities of this process cannot be lowered")
