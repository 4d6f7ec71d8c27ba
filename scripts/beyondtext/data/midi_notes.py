"""The notes of MIDI files, by pretty_midi, and checks that none of them is lost or changed.

pretty_midi 0.2.11 leaves out notes without an end or a length, so they are counted in the messages of mido, on which it
builds. What mido 1.3.3 misreads without an error is refused here.
"""

import io
import re
import struct
import warnings
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

from beyondtext.core.errors import InputError
from beyondtext.data.text import unpack

DRUMS = 9  # the channel of the drums, counted from 0
WITH_STATUS = re.compile(rb"[\x80-\xff]*[\0-\x7f][\x80-\xff]")  # a message, from the time before it
SIZES = {"note_on": 2, "note_off": 2, "program_change": 1}  # of the data, which begin with the pitch or the program


class Note(NamedTuple):
    """A note: when it begins, in ticks or seconds, its pitch from 0 to 127, and what its instrument is told by."""

    onset: float
    pitch: int
    instrument: object
    is_drum: bool


class _Stream(io.BytesIO):
    """Remembers where mido asks for its position: where a track begins, and then before and after every message."""

    def __init__(self, content):
        super().__init__(content)
        self.positions = []

    def tell(self):
        self.positions.append(super().tell())
        return self.positions[-1]


def read_notes(path):
    """Read a Standard MIDI File of format 0 or 1, as such or in a RIFF file, compressed or not.

    Parameters
    ----------
    path : path

    Returns
    -------
    complete : list of Note
        The notes that end later than they begin, as pretty_midi reads them: by instrument, in the order of the tracks
        and, within a track, of the instruments' first ends.
    begun : list of Note
        One for each note-on, in the order of the tracks. An instrument is a track, a channel and a program.

    Raises
    ------
    InputError
        If the libraries cannot read the file, or would lose or change notes.
    """
    import pretty_midi

    content = unpack(path)
    try:
        midi = _read_messages(_unwrap(content))
        if reason := _unsupported(midi):
            raise InputError(f"{path} {reason}; replace the file or exclude it")
        begun = _note_ons(midi)  # before pretty_midi changes the messages
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about tempo changes outside track 0, which do not affect pitches
            instruments = pretty_midi.PrettyMIDI(mido_object=midi).instruments
    except InputError:
        raise
    except Exception as error:  # the libraries raise many kinds of exceptions for invalid bytes
        default = "it ends too early" if isinstance(error, EOFError) else type(error).__name__
        problem = " ".join(str(error).split()) or default
        raise InputError(f"{path} is not valid MIDI: {problem}; replace the file or exclude it") from None
    complete = [
        Note(note.start, note.pitch, number, instrument.is_drum)
        for number, instrument in enumerate(instruments)
        for note in instrument.notes
    ]
    return complete, begun


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
    raise ValueError("its RIFF container has no data")


def _read_messages(content):
    """Read a file with mido, and raise `ValueError` if that is not what it says."""
    import mido

    if not content.startswith(b"MThd"):
        raise ValueError(f"it begins with {content[:8]!r}, not with b'MThd'" if content else "it is empty")
    content = _without_foreign_chunks(content)
    stream = _Stream(content)
    midi = mido.MidiFile(file=stream, clip=True)  # so that only the values are checked that matter here
    if rest := stream.read():
        found = "more tracks than" if b"MTrk" in rest else f"{len(rest):,} bytes after the last track that"
        raise ValueError(f"it has {found} its header announces")
    if not (midi.tracks and all(midi.tracks)):
        raise ValueError("it has an empty track" if midi.tracks else "it has no tracks")
    positions = iter(stream.positions)
    for track in midi.tracks:
        places = pairwise(islice(positions, 1, len(track) + 2))
        for message, (start, stop) in zip(track, places, strict=True):
            _check(message, content[start:stop], is_last=message is track[-1])
    return midi


def _without_foreign_chunks(content):
    """A file with its header and its tracks only: readers are to ignore other chunks, such as Yamaha's ``XFIH``."""
    kept, position = [], 0
    while len(content) - position >= 8:
        name, size = content[position : position + 4], int.from_bytes(content[position + 4 : position + 8], "big")
        end = position + 8 + size
        if end > len(content) or not name.isalnum():
            break
        if name in (b"MThd", b"MTrk"):
            kept.append(content[position:end])
        position = end
    return b"".join([*kept, content[position:]])


def _check(message, written, is_last):
    """Check for what mido does not notice: ``written`` is the message, from the time before it."""
    if not (hasattr(message, "channel") or WITH_STATUS.match(written)):
        raise ValueError("a message without a status follows a system message")
    if message.type == "unknown_meta" and written[0] > 0:
        raise ValueError("time passes before a meta message of an unknown type, and mido would lose it")
    if message.type == "end_of_track" and not is_last:
        raise ValueError("a track goes on after its end")
    if message.type in SIZES and (value := written[-SIZES[message.type]]) > 127:
        raise ValueError(f"it has a {'program' if message.type == 'program_change' else 'pitch'} of {value}")


def _unsupported(midi):
    """Why pretty_midi cannot read a file, although it may be valid, or None."""
    from pretty_midi.pretty_midi import MAX_TICK

    if midi.type not in (0, 1):
        return f"has the MIDI format {midi.type}, but only 0 and 1 can be read"
    if midi.ticks_per_beat <= 0:
        return "does not count time in parts of a quarter note, as pretty_midi requires"
    ticks = max(sum(message.time for message in track) for track in midi.tracks)
    return f"has {ticks:,} ticks, but pretty_midi reads fewer than {MAX_TICK:,.0f}" if ticks >= MAX_TICK else None


def _note_ons(midi):
    """A note for every note-on."""
    notes = []
    for number, track in enumerate(midi.tracks):
        programs = [0] * 16
        for tick, message in zip(accumulate(message.time for message in track), track, strict=True):
            if message.type == "program_change":
                programs[message.channel] = message.program
            elif message.type == "note_on" and message.velocity > 0:
                instrument = number, message.channel, programs[message.channel]
                notes.append(Note(tick, message.note, instrument, message.channel == DRUMS))
    return notes
