"""Text files as such: encodings, line ends, compression, and what they are when they are damaged."""

import gzip
from dataclasses import replace

import task_files
from task_files import (
    COLUMNS,
    FASTA_TASK,
    PACK,
    TASK,
    as_file,
    changed,
    distinct,
    draw_records,
    fasta,
    given,
    in_parts,
    meant,
    rows,
)

KIND = "text files"
GENERATED, DAMAGED = 40, 16
CLASSES = ("crème", "façon")
NAMED = changed(TASK, target={"classes": list(CLASSES)})
ENDS = ["\n", "\r\n", "\r"]


def inputs(shared, random):
    """Files of all formats in all encodings and compressions, whole and damaged."""
    task_files.preload()
    return [
        *distinct(lambda: _draw(random), GENERATED),
        *distinct(lambda: _flipped(random), DAMAGED),
        *_cut(random),
        *_followed(random),
        *_bombs(random),
        *_encodings(random),
        *_signs(random),
    ]


# --- The same records in files of any format.


def _as_table(records):
    return "t.csv", task_files.csv(rows(records)), TASK


def _as_fasta(records):
    return "f.fasta", fasta(records), FASTA_TASK


def _draw(random):
    """A file in a format, an encoding and a compression."""
    records = draw_records(random)
    write = random.choice([_as_table, _as_fasta])
    name, text, task = write(records)
    words, content = as_file(text, random, 0.85)
    format_of = {_as_table: "a table", _as_fasta: "FASTA"}[write]
    return given(KIND, ", ".join([format_of, *words]), {name: content}, task, meant(records))


# --- Damaged files.


def _flipped(random):
    """A compressed file with one bit changed: it is refused, or it did not matter."""
    records = draw_records(random, 50)
    name, text, task = random.choice([_as_table, _as_fasta])(records)
    kind = random.choice(list(PACK))
    packed = bytearray(PACK[kind](text.encode()))
    place, bit = random.randrange(len(packed)), random.randrange(8)
    packed[place] ^= 1 << bit
    words = f"{name} in {kind} with bit {bit} of byte {place} changed"
    return given(KIND, words, {name: bytes(packed)}, task, meant(records), or_refused=True)


def _cut(random):
    """A compressed file without its end."""
    found = []
    for kind, pack in PACK.items():
        records = draw_records(random, 50)
        packed = pack(task_files.csv(rows(records)).encode())
        ends = {
            "without its last byte": -1,
            "cut in half": len(packed) // 2,
            "cut somewhere": random.randrange(8, len(packed)),
        }
        ends |= {"with its first bytes only": 6}
        for words, end in ends.items():
            found.append(given(KIND, f"{kind}, {words}", {"t.csv": packed[:end]}, TASK))
        lines = task_files.csv(rows(records)).encode().split(b"\n")
        parts = [pack(b"\n".join(lines[:20]) + b"\n"), pack(b"\n".join(lines[20:]))]
        broken = parts[0] + parts[1][:-5]
        found.append(given(KIND, f"{kind}, the second part cut", {"t.csv": broken}, TASK))
        damaged = parts[0] + b"\x55" + parts[1][1:]
        found.append(given(KIND, f"{kind}, the second part's first byte damaged", {"t.csv": damaged}, TASK))
        found.append(given(KIND, f"{kind}, in two parts", {"t.csv": b"".join(parts)}, TASK, meant(records)))
    return found  # fmt: skip


def _followed(random):
    """A compressed file with something behind it."""
    records = draw_records(random)
    content = task_files.csv(rows(records)).encode()
    found = []
    for kind, pack in PACK.items():
        for words, end in (("rubbish", b"rubbish"), ("a table", content), ("the name of a signature", b"\n--sig\n")):
            found.append(given(KIND, f"{kind}, {words} behind it", {"t.csv": pack(content) + end}, TASK))
        twice = {"t.csv": pack(pack(content))}
        found.append(given(KIND, f"{kind} of {kind}", twice, TASK))
        empty = given(KIND, f"{kind} of nothing", {"t.csv": pack(b"")}, TASK)
        with_empty = {"t.csv": pack(content) + pack(b"")}
        found += [empty, given(KIND, f"{kind}, an empty part behind it", with_empty, TASK, meant(records))]
    padded = {"t.csv": gzip.compress(content) + bytes(4096)}
    note = b"\x5a\x2a\x4d\x18\x05\0\0\0notes"
    noted = {"t.csv": in_parts(PACK["zstd"], content) + note}
    words = {"t.csv": "BZhang id,seq,kind,set\n" + content.decode().partition("\n")[2]}
    named = changed(TASK, options={"columns": {**COLUMNS, "id": "BZhang id"}})
    return [
        *found,
        given(KIND, "gzip with zeros behind it, as on a tape", padded, TASK, meant(records)),
        given(KIND, "zstd with a frame of notes behind it", noted, TASK, meant(records)),
        given(KIND, "a text that begins like bzip2", words, named, meant(records)),
    ]


def _bombs(random):
    """Small files that unpack to very large ones."""
    found = []
    for kind, pack in PACK.items():
        block = pack(b"A" * 2**24)
        found.append(given(KIND, f"a bomb of {kind}", {"f.fasta": pack(b">a p train\n") + block * 2000}, FASTA_TASK))
    return found


# --- Encodings.


def _encodings(random):
    records = draw_records(random, targets=CLASSES)
    text = task_files.csv(rows(records))
    in_ascii = draw_records(random)
    ascii_text = task_files.csv(rows(in_ascii))
    quotes = ("don’t", "“no” – …")
    curly = draw_records(random, targets=quotes)
    with_curly = changed(TASK, target={"classes": list(quotes)})
    mixed = text.encode().replace("façon".encode(), "façon".encode("latin-1"), 2)
    right = [
        ("Latin-1", text.encode("latin-1"), NAMED, meant(records, latin1=1)),
        ("Windows-1252", task_files.csv(rows(curly)).encode("cp1252"), with_curly, meant(curly, windows1252=1)),
        ("UTF-8", text.encode(), NAMED, meant(records)),
        ("UTF-16 with little-endian BOM", b"\xff\xfe" + text.encode("utf-16-le"), NAMED, meant(records)),
    ]
    wrong = {
        "Latin-1 and UTF-8 mixed": mixed,
        "UTF-8 that is cut within a letter": text.encode() + "rx,ACGT,crème,train".encode()[:-12],
        "UTF-8 with one wrong byte": text.encode().replace("crème".encode(), b"cr\xffme", 1),
        "UTF-8 of UTF-8": text.encode().decode("latin-1").encode(),
        "letters in their decomposed form": text.replace("è", "e\u0300").encode(),
        "Shift-JIS": text.replace("crème", "日本語").encode("shift-jis", "replace"),
        "KOI8-R": text.replace("crème", "Крем").encode("koi8-r", "replace"),
        "UTF-16 without a BOM": text.encode("utf-16-be"),
        "UTF-16 with the other BOM": b"\xfe\xff" + text.encode("utf-16-le"),
        "UTF-16 with half a letter at its end": text.encode("utf-16") + b"A",
        "UTF-16 with half a pair of surrogates": text.encode("utf-16") + b"\x3d\xd8",
        "UTF-8 with a surrogate": text.encode() + b"rx\xed\xa0\x80,ACGT,cr\xc3\xa8me,train\n",
        "UTF-8 in six bytes a letter": text.encode() + b"r\xfd\xbf\xbf\xbf\xbf\xbf,ACGT,cr\xc3\xa8me,train\n",
        "UTF-32 cut within a letter": text.encode("utf-32")[:-1],
        "UTF-32 with a letter beyond the last": text.encode("utf-32") + b"\0\0\x22\0",
        "UTF-8 with a BOM and a wrong byte": b"\xef\xbb\xbf" + text.encode("latin-1"),
        "UTF-7": text.encode("utf-7"),
        "EBCDIC": ascii_text.encode("cp500"),
        "random bytes": random.randbytes(5000),
        "a picture": b"\x89PNG\r\n\x1a\n" + random.randbytes(500),
        "a program": b"\x7fELF\x02\x01\x01" + random.randbytes(500),
    }
    twice = {"t.csv": "\ufeff\ufeff" + ascii_text}
    return [
        *(given(KIND, words, {"t.csv": content}, task, expected) for words, content, task, expected in right),
        *(given(KIND, words, {"t.csv": content}, NAMED) for words, content in wrong.items()),
        given(KIND, "a BOM twice", twice, TASK, meant(in_ascii, extra_marks=1)),
    ]


# --- Signs that end a line for some programs and not for others, and line ends in one file of several kinds.


def _signs(random):
    records = draw_records(random)
    found = []
    signs = {"U+2028": "\u2028", "U+2029": "\u2029", "U+0085": "\x85", "a form feed": "\x0c", "a vertical tab": "\x0b"}
    signs |= {"a record separator": "\x1e", "a backspace": "\b", "DEL": "\x7f", "a bell": "\a", "end of file": "\x1a"}
    signs |= {"U+FFFF": "\uffff", "U+FFFD": "\ufffd", "a private sign": "\ue000", "the last letter": "\U0010ffff"}
    for words, sign in signs.items():
        named = [replace(one, id=f"a{sign}b{one.id}") for one in records]
        found.append(given(KIND, f"{words} in ids", {"t.csv": task_files.csv(rows(named))}, TASK, meant(named)))
    for name, text, task in (_as_table(records), _as_fasta(records)):
        mixed = "".join(line + random.choice(ENDS) for line in text.split("\n")[:-1])
        found.append(given(KIND, f"several kinds of line ends in {name}", {name: mixed}, task, meant(records)))
        ended = {name: text.replace("\n", "\r\r\n")}
        found.append(given(KIND, f"a carriage return too many in {name}", ended, task, meant(records)))
    end = {"t.csv": task_files.csv(rows(records)) + "\x1a"}
    return [*found, given(KIND, "the end of file of DOS", end, TASK)]
