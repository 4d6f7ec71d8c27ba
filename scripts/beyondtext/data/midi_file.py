"""The notes of a Standard MIDI File.

The messages are read here and not by pretty_midi 0.2.11, because it changes notes silently: it drops those without an
end or a length, ignores tracks that the header does not announce, loses its place after a system-exclusive message,
merges the songs of a format 2 file, and (through mido 1.3.3) forgets the time before an unknown meta message. It also
refuses files for messages that say nothing about notes, and long ones. The notes of other files are the same, except
that a note has the program of its beginning and not of its end.

Reference: MIDI Manufacturers Association, Standard MIDI Files 1.0 (RP-001), 1996.
"""

import struct
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from beyondtext.core.errors import InputError
from beyondtext.data.text import unpack

DRUMS = 9  # the channel of the drums, counted from 0
HEADER, TRACK = b"MThd", b"MTrk"
END_OF_TRACK, KEY_SIGNATURE = 0x2F, 0x59
META_SIZES = {END_OF_TRACK: 0, 0x51: 3, 0x54: 5, 0x58: 4, KEY_SIGNATURE: 2}  # of the data, in bytes
# Of messages that belong on a cable, not in a file.
SYSTEM_SIZES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFE: 0}
SEQUENTIAL = 2  # the format of a file whose tracks are songs of their own


class Note(NamedTuple):
    """A note, by its beginning.

    Attributes
    ----------
    onset : int
        In ticks.
    pitch : int
        0 to 127.
    instrument : tuple of int
        Track, channel and program, counted from 0.
    is_complete : bool
        Whether it ends later than it begins.
    """

    onset: int
    pitch: int
    instrument: tuple
    is_complete: bool


@dataclass(frozen=True)
class MidiFile:
    """What a file contains.

    Attributes
    ----------
    notes : list of Note
        Track by track, in the order of their ends.
    is_sequential : bool
        Whether the tracks follow one another, as in format 2, and do not sound together.
    quarters : float
        The end of the longest track, in quarter notes; 0 if the file counts in seconds.
    invalid : int
        How many messages that do not concern notes have invalid values.
    is_irregular : bool
        Whether tracks have wrong lengths or no end, or are more than the header announces.
    """

    notes: list
    is_sequential: bool
    quarters: float
    invalid: int
    is_irregular: bool


class _DamagedError(Exception):
    """What is wrong with a file."""


@dataclass
class _Track:
    messages: list  # tick, status and data of each message about a note or a program
    ticks: int  # when it ends
    stop: int  # where the next chunk begins
    invalid: int  # messages
    has_end: bool
    is_regular: bool = True


def read_midi(path):
    """Read a Standard MIDI File, as such or in a RIFF file, compressed or not.

    Parameters
    ----------
    path : path

    Returns
    -------
    MidiFile

    Raises
    ------
    InputError
        If the file is not MIDI, or damaged so that notes may be lost.
    """
    try:
        content = _unwrap(unpack(path))
        kind, announced, division = _read_header(content)
        tracks = _read_tracks(content, 8 + struct.unpack_from(">L", content, 4)[0], announced)
    except _DamagedError as error:
        raise InputError(f"{path} is not valid MIDI: {error}; replace the file or exclude it") from None
    is_metrical = 0 < division < 0x8000  # otherwise it counts frames of a film
    return MidiFile(
        notes=[note for number, track in enumerate(tracks) for note in _pair(track.messages, number)],
        is_sequential=kind == SEQUENTIAL,
        quarters=max((track.ticks for track in tracks), default=0) / division if is_metrical else 0.0,
        invalid=sum(track.invalid for track in tracks),
        is_irregular=len(tracks) > announced or not all(track.is_regular for track in tracks),
    )


def _unwrap(content):
    """The MIDI file inside a RIFF file, or the content itself."""
    if not (content.startswith(b"RIFF") and content[8:12] == b"RMID"):
        return content
    position = 12
    while position + 8 <= len(content):
        name, size = struct.unpack_from("<4sL", content, position)
        if name == b"data":
            return content[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    raise _DamagedError("its RIFF container has no data")


def _read_header(content):
    if not content:
        raise _DamagedError("it is empty")
    if not content.startswith(HEADER):
        raise _DamagedError(f"it begins with {content[:8]!r}, not with {HEADER!r}")
    if len(content) < 14:
        raise _DamagedError("it ends within its header")
    kind, announced, division = struct.unpack_from(">HHH", content, 8)
    if kind > SEQUENTIAL:
        raise _DamagedError(f"its format is {kind}, but 0, 1 and 2 are defined")
    return kind, announced, division


def _read_tracks(content, position, announced):
    """All tracks, also those that the header does not announce; chunks of other kinds are skipped."""
    tracks = []
    while len(tracks) < announced or content.startswith(TRACK, position):
        if position + 8 > len(content):
            missing = f"has {len(tracks)} of the {announced} tracks that its header announces"
            raise _DamagedError(f"it {missing if len(tracks) < announced else 'ends within the last track'}")
        size = struct.unpack_from(">L", content, position + 4)[0]
        if content.startswith(TRACK, position):
            tracks.append(_read_track(content, position + 8, position + 8 + size))
            position = tracks[-1].stop
        elif (name := content[position : position + 4]).isalnum():
            position += 8 + size
        else:
            raise _DamagedError(f"it has {name!r} where track {len(tracks) + 1} should begin")
    return tracks


def _can_end(content, position):
    """Whether a track can end here: at the next one, or with the file."""
    return position == len(content) or content.startswith(TRACK, position)


def _read_track(content, start, end):
    """Read a track up to its end as its length says or, if that is wrong, up to its last message."""
    try:
        track = _read_messages(content, start, end)
        if track.has_end:
            return track
        if _can_end(content, end):
            track.is_regular = False
            return track
        problem = _DamagedError("a track has no end")
    except _DamagedError as error:
        problem = error
    try:
        track = _read_messages(content, start, None)
    except _DamagedError:
        raise problem from None
    track.is_regular = False
    if track.stop < end <= len(content) and not _can_end(content, track.stop) and _can_end(content, end):
        track.stop = end  # the rest is padding
    return track


def _read_messages(content, position, end):
    """Read messages up to ``end`` or, if that is None, up to the message that ends the track."""
    track = _Track([], 0, position, 0, has_end=False)
    running = None  # the status of messages that do not give their own
    try:
        while position != end and not (end is None and track.has_end):
            delta, position = _variable_number(content, position)
            track.ticks += delta
            status = content[position]
            if status >= 0x80:
                position += 1
            elif running is None:
                raise _DamagedError(f"it has {status:#x} where a message should begin")
            else:
                status = running
            track.has_end = False
            if status == 0xFF:
                kind = content[position]
                size, position = _variable_number(content, position + 1)
                track.has_end = kind == END_OF_TRACK
                track.invalid += not _is_valid_meta(kind, content[position : position + size])
                running = None if track.has_end else running
            elif status in (0xF0, 0xF7):
                size, position = _variable_number(content, position)
            elif status > 0xF0:
                size = _system_size(status)
                track.invalid += 1
            else:
                running = status
                size = 1 if 0xC0 <= status < 0xE0 else 2
                _add_message(track, status, content[position : position + size])
            position += size
            if position > (len(content) if end is None else end):
                raise _DamagedError("a message goes beyond the end of its track")
    except IndexError:
        raise _DamagedError("it ends within a track") from None
    track.stop = position
    return track


def _variable_number(content, position):
    """A number of one to four bytes with seven bits each, and the position after it."""
    number = 0
    for place in range(position, position + 4):
        number = number << 7 | content[place] & 0x7F
        if content[place] < 0x80:
            return number, place + 1
    raise _DamagedError("it has a time or a length of more than four bytes")


def _is_valid_meta(kind, data):
    if kind == KEY_SIGNATURE and len(data) == 2:
        sharps, mode = struct.unpack("bB", data)
        return -7 <= sharps <= 7 and mode <= 1
    return META_SIZES.get(kind, len(data)) == len(data)


def _system_size(status):
    if status not in SYSTEM_SIZES:
        raise _DamagedError(f"it has an undefined message, {status:#x}")
    return SYSTEM_SIZES[status]


def _add_message(track, status, data):
    """Keep a message about a note or a program; a pitch or program must be valid, other values need not."""
    kind = status & 0xF0
    is_kept = kind in (0x80, 0x90, 0xC0)
    if data and max(data) >= 0x80:
        if is_kept and data[0] >= 0x80:
            raise _DamagedError(f"it has a {'program' if kind == 0xC0 else 'pitch'} of {data[0]}")
        track.invalid += 1
    if is_kept:
        track.messages.append((track.ticks, status, *data))


def _pair(messages, number):
    """The notes of a track, in the order of their ends.

    A note-off ends all earlier notes of its channel and pitch. One that begins at the same tick goes on, unless there
    is no earlier one.
    """
    sounding = defaultdict(list)
    programs = [0] * 16
    notes = []
    for tick, status, first, *rest in messages:
        channel = status & 0x0F
        key = channel, first
        if status >= 0xC0:
            programs[channel] = first
        elif status >= 0x90 and rest[0] > 0:
            sounding[key].append((tick, first, (number, channel, programs[channel])))
        elif key in sounding:
            begun = sounding.pop(key)
            earlier = [note for note in begun if note[0] < tick]
            notes += [Note(*note, is_complete=bool(earlier)) for note in earlier or begun]
            if earlier and len(earlier) < len(begun):
                sounding[key] = begun[len(earlier) :]
    return notes + [Note(*note, is_complete=False) for begun in sounding.values() for note in begun]
