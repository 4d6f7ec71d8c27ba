"""MIDI files that are cut, lie about lengths, or have what nobody expects."""

import bz2
import gzip
import lzma
import struct
from functools import partial

import zstandard

from midi_bytes import END, chunk, meta, of_chunks, off, on, program, scale, smf
from music_files import NOTES, REFUSED, either, import_once, melody, notes, something, trial

KIND = "music"
ODD = smf(melody(*NOTES))
CUTS = {
    "its name": 2, "its length": 6, "its format": 9, "its division": 13, "the name of a track": 16,
    "the length of a track": 20,
    "the first delta": 22, "a status": 24, "a pitch": 25, "a note-off": 29, "the second note": 33,
    "the end of the track": -1, "the last delta": -4,
}  # fmt: skip
FLIPS, RANDOM_CUTS, MESSAGES = 8, 3, 6
one = partial(trial, KIND)
LONG = {"window": 30_000, "classes": {"p": ["p*.mid"], "q": ["q*.mid"]}}


def inputs(shared, random):
    import_once()
    return [
        *cut(random),
        *lengths(),
        *headers(),
        *messages(),
        *metas(),
        *times(),
        *many(random),
        *packed(),
        *others(),
    ]


def cut(random):
    for title, place in CUTS.items():
        yield one(f"piece cut in {title}", ODD[:place])
    for number in range(RANDOM_CUTS):
        yield one(f"piece cut at a random place ({number + 1})", ODD[: random.randrange(1, len(ODD) - 1)])
    for number in range(FLIPS):
        changed = bytearray(ODD)
        changed[random.randrange(len(ODD))] ^= 1 << random.randrange(8)
        yield one(f"piece with a random bit flipped ({number + 1})", bytes(changed), something)
    for number in range(MESSAGES):
        track = random.randbytes(random.randrange(1, 200))
        yield one(f"piece of random bytes ({number + 1})", smf(track + END), something)


def lengths():
    track = melody(*NOTES)
    for title, size in {
        "one byte too long": len(track) + 1,
        "one byte too short": len(track) - 1,
        "0": 0,
        "4 GB": 2**32 - 1,
        "2 GB": 2**31,
    }.items():
        yield one(f"track whose length is {title}", of_chunks(chunk(track, size=size), announced=1))
    yield one("track that is empty", smf(b""))
    yield one("track without an end", smf(notes(*NOTES)), either(*NOTES))
    yield one("track that goes on after its end", smf(melody(*NOTES) + melody(50)))
    yield one("bytes after the last track", ODD + b"more")
    yield one("a second piece after the first", ODD + smf(melody(50)))
    yield one("chunk that nobody knows", of_chunks(chunk(b"x" * 9, b"XFIH"), chunk(track), announced=1), either(*NOTES))
    yield one(
        "chunk that nobody knows at the end",
        of_chunks(chunk(track), chunk(b"x" * 9, b"XFIH"), announced=1),
        either(*NOTES),
    )


def headers():
    track = melody(*NOTES)
    for announced in (0, 2, 65535):
        yield one(f"one track, and {announced} announced", smf(track, announced=announced))
    yield one("two tracks, and one announced", smf(track, track, announced=1))
    for kind in (2, 3, 65535):
        yield one(f"format {kind}", smf(track, kind=kind))
    yield one("format 0 with one track", smf(track, kind=0), list(NOTES))
    for division in (1, 2, 24, 32767):
        yield one(f"{division} ticks in a quarter note", smf(track, division=division), list(NOTES))
    yield one("0 ticks in a quarter note", smf(track, division=0))
    for frames in (24, 25, 29, 30, 99):
        yield one(f"{frames} frames a second", smf(track, division=(256 - frames) << 8 | 40))
    long = struct.pack(">4sLHHHH", b"MThd", 8, 1, 1, 480, 7) + chunk(track)
    yield one("header with two bytes more", long, either(*NOTES))
    yield one("header with a length of 0", struct.pack(">4sLHHH", b"MThd", 0, 1, 1, 480) + chunk(track))
    yield one("header with a length of 4 GB", struct.pack(">4sLHHH", b"MThd", 2**32 - 1, 1, 1, 480) + chunk(track))
    yield one("header in lower case", ODD.replace(b"MThd", b"mthd"))
    yield one("track in lower case", ODD.replace(b"MTrk", b"mtrk"))


def messages():
    """Notes in unusual forms, and what is between them."""
    running = bytes([0, 0x90]) + b"".join(bytes([0, p, 64, 96, p, 0])[(i == 0) :] for i, p in enumerate(NOTES)) + END
    yield one("running status", smf(running), list(NOTES))
    silent = b"".join(on(pitch) + on(pitch, 96, velocity=0) for pitch in NOTES) + END
    yield one("ends that are beginnings without velocity", smf(silent), list(NOTES))
    yield one("notes without an end", smf(b"".join(on(pitch, 9) for pitch in NOTES) + END), list(NOTES))
    yield one(
        "ends without a beginning", smf(b"".join(off(pitch) for pitch in (1, 2, 3)) + melody(*NOTES)), list(NOTES)
    )
    yield one("notes without a length", smf(b"".join(on(p, 9) + off(p, 0) for p in NOTES) + END), list(NOTES))
    yield one("a note that begins twice", smf(on(90) + on(90, 9) + off(90) + melody(*NOTES)), [90, 90, *NOTES])
    yield one(
        "a chord",
        smf(b"".join(on(pitch) for pitch in NOTES) + b"".join(off(pitch, 9) for pitch in NOTES) + END),
        sorted(NOTES),
    )
    yield one("a pitch of 200", smf(on(200) + melody(*NOTES)))
    yield one("a velocity of 200", smf(on(100, velocity=200) + off(100) + melody(*NOTES)), either(100, *NOTES))
    yield one("a program of 200", smf(program(200) + melody(*NOTES)), either(*NOTES))
    between = {
        "bent pitch": bytes([0, 0xE0, 0, 127]), "pressure": bytes([0, 0xD0, 99]),
        "pressure of a key": bytes([0, 0xA0, 60, 99]),
        "a controller": bytes([0, 0xB0, 123, 0]), "a message of a maker": bytes([0, 0xF0, 3, 0x7E, 9, 0xF7]),
    }  # fmt: skip
    for title, data in between.items():
        yield one(f"{title} between the notes", smf(notes(*NOTES[:2]) + data + notes(*NOTES[2:]) + END), list(NOTES))
    wrong = {
        "a message of a maker without an end": bytes([0, 0xF0, 99, 1]),
        "a message of a maker of 200 MB": bytes([0, 0xF0, 0xDF, 0xAF, 0x90, 0x80, 1]),
        "a sign of life": bytes([0, 0xFE]), "a clock": bytes([0, 0xF8]), "a status that is none": bytes([0, 0xF4]),
        "a song position": bytes([0, 0xF2, 1, 1]),
        "a delta of five bytes": bytes([0x81, 0x80, 0x80, 0x80, 0]) + bytes([0x90, 60, 64]),
    }  # fmt: skip
    for title, data in wrong.items():
        yield one(f"{title} between the notes", smf(notes(*NOTES[:2]) + data + notes(*NOTES[2:]) + END), something)
    yield one("running status at the beginning", smf(bytes([0, 60, 64]) + melody(*NOTES)), something)
    drums = scale(35, 38, channel=9)
    yield one("drums only", smf(drums))
    yield one("drums and a melody", smf(drums, melody(*NOTES)), list(NOTES))
    yield one("a track without notes", smf(END))
    tracks = [program(number) + scale(NOTES[number % 4]) for number in range(128)]
    yield one("128 instruments", smf(*tracks), sorted(NOTES[number % 4] for number in range(128)))
    first = {"window": 64, "classes": {"p": ["p*.mid"], "q": ["q*.mid"]}, "instruments": "first"}
    yield one("first of two instruments", smf(melody(*NOTES), melody(40, 41)), list(NOTES), options=first)


def metas():
    """Messages about the piece that are out of range."""
    listed = {
        "tempo 0": meta(0x51, bytes(3)), "tempo of 16 seconds": meta(0x51, b"\xff" * 3),
        "tempo of two bytes": meta(0x51, b"\1\2"), "no tempo": meta(0x51),
        "key with 99 sharps": meta(0x59, b"\x63\0"), "key with 8 flats": meta(0x59, b"\xf8\0"),
        "key that is neither major nor minor": meta(0x59, b"\0\x09"),
        "metre of 0": meta(0x58, bytes(4)), "metre of 255 over 2 to the 255": meta(0x58, b"\xff" * 4),
        "metre of one byte": meta(0x58, b"\4"),
        "offset of 99 hours": meta(0x54, b"\x63" * 5), "channel 200": meta(0x20, b"\xc8"),
        "number of one byte": meta(0, b"\1"), "number without bytes": meta(0),
        "kind that nobody knows": meta(0x7E, b"x"), "text that is not UTF-8": meta(1, b"\xff\xfe\x80"),
        "name with a NUL and commands": meta(3, b"\0\x1b[2J\n=cmd()"),
        "name of 127 zeros": meta(3, bytes(127)),
        "text longer than the file": bytes([0, 0xFF, 1, 0xFF, 0xFF, 0x7F]) + b"x",
    }  # fmt: skip
    for title, data in listed.items():
        yield one(f"{title} before the notes", smf(data + melody(*NOTES)), either(*NOTES))
    yield one(
        "tempo 0 between the notes", smf(notes(*NOTES[:2]) + meta(0x51, bytes(3)) + melody(*NOTES[2:])), either(*NOTES)
    )
    tempo = meta(0x51, b"\7\xa1\x20", 50)
    yield one("tempo in the second track", smf(melody(*NOTES), tempo + END), list(NOTES))
    long = bytes([0, 0xFF, 1, 0x84, 0xE2, 0xAD, 0]) + bytes(10 * 2**20)
    yield one("text of 10 MB", smf(long + melody(*NOTES)), either(*NOTES))


def times():
    huge = b"\xff\xff\xff\x7f"
    yield one("wait of the longest time", smf(notes(*NOTES[:2]) + huge + bytes([0x90, 60, 64]) + END))
    yield one("wait of the longest time after the notes", smf(notes(*NOTES) + huge + b"\xff\x2f\0"))
    waits = (huge + bytes([0xB0, 1, 1])) * 1000
    yield one("a thousand waits of the longest time", smf(waits + melody(*NOTES)))
    nine = b"\x84\xe1\xa5\0"  # 9,990,000 ticks
    yield one(
        "wait just below what is read",
        smf(nine + bytes([0x90, NOTES[0], 64]) + off(NOTES[0]) + melody(*NOTES[1:])),
        either(*NOTES),
    )


def many(random):
    yield one("65,535 tracks", smf(melody(*NOTES), *[END] * 65534), either(*NOTES))
    yield one("100,000 tracks", of_chunks(chunk(melody(*NOTES)), *[chunk(END)] * 99_999, announced=100_000 % 65536))
    pitches = [random.randrange(128) for _ in range(20_000)]
    # The windows of 64 random notes are all different.
    short = b"".join(on(pitch, 1) + off(pitch, 1) for pitch in pitches) + END
    yield one("20,000 notes", smf(short), pitches)
    yield one(
        "30,000 notes at once",
        smf(b"".join(on(pitch) for pitch in [60] * 30_000) + END),
        [60] * 30_000,
        max_length=30_000,
        options=LONG,
    )
    yield one("million of messages", smf(bytes([0, 0xB0]) + bytes([1, 1, 0]) * 500_000 + b"\xff\x2f\0"), something)


def packed():
    frames = {
        "gzip": gzip.compress,
        "bzip2": bz2.compress,
        "xz": lzma.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }
    for title, compress in frames.items():
        content = compress(ODD)
        yield one(f"piece compressed by {title}", content, list(NOTES))
        yield one(f"piece compressed by {title} and cut", content[:-5])
        yield one(f"piece compressed by {title} twice", compress(content))
        yield one(f"zeros compressed by {title}", compress(bytes(3 * 10**7)))
    riff = b"RIFF" + struct.pack("<L", len(ODD) + 12) + b"RMIDdata" + struct.pack("<L", len(ODD)) + ODD
    yield one("piece in a container", riff, list(NOTES))
    yield one("container that is cut", riff[:-9])
    yield one("container without a piece", riff[:12])
    yield one("container with a length of 4 GB", riff[:16] + b"\xff" * 4 + riff[20:], either(*NOTES))
    yield one(
        "container in a container", riff[:20].replace(struct.pack("<L", len(ODD)), struct.pack("<L", len(riff))) + riff
    )


def others():
    pages = {
        "nothing": b"", "one byte": b"M", "a text": b"not music\n", "a web page": b"<html>log in</html>",
        "zeros": bytes(9999), "a zip": b"PK\3\4" + bytes(99),
        "a score": b'<?xml version="1.0"?><score-partwise/>', "only a header": ODD[:14],
        "a pickle that runs code": b"cos\nsystem\n(S'touch $CAMPAIGN_CANARY'\ntR.",
    }  # fmt: skip
    for title, content in pages.items():
        yield one(f"piece that is {title}", content)
        yield one(f"piece that is {title}, where none may be left out", content, REFUSED, max_affected=0.05)
