"""MIDI files written byte by byte, so that they can be invalid in every way."""

import struct

END = b"\0\xff\x2f\0"


def smf(*tracks, announced=None, **options):
    """A file of these tracks; the header need not announce their number truly."""
    return of_chunks(*map(chunk, tracks), announced=len(tracks) if announced is None else announced, **options)


def of_chunks(*chunks, announced, kind=1, division=480):
    """A file of a header and these chunks."""
    return struct.pack(">4sLHHH", b"MThd", 6, kind, announced, division) + b"".join(chunks)


def chunk(content, name=b"MTrk", size=None):
    """A chunk whose length need not be true."""
    return struct.pack(">4sL", name, len(content) if size is None else size) + content


def on(pitch, delta=0, channel=0, velocity=64):
    """A note-on; without velocity, a note-off."""
    return bytes([delta, 0x90 | channel, pitch, velocity])


def off(pitch, delta=96, channel=0):
    """A note-off."""
    return bytes([delta, 0x80 | channel, pitch, 0])


def program(number, delta=0, channel=0):
    """A change of program."""
    return bytes([delta, 0xC0 | channel, number])


def meta(kind, content=b"", delta=0):
    """A meta message."""
    return bytes([delta, 0xFF, kind, len(content)]) + content


def scale(*pitches, channel=0):
    """Notes one after another, with the end of the track."""
    return b"".join(on(pitch, channel=channel) + off(pitch, channel=channel) for pitch in pitches) + END
