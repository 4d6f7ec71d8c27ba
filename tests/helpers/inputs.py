"""Input files for the readers, and the check that a reader refuses one."""

import pretty_midi
import pytest

from beyondtext.core.errors import InputError

NOTES = [(67, 1.0), (60, 0.0), (64, 0.0), (72, 0.5)]  # pitch and onset; in order: 60 64 72 67


def write(folder, name, content):
    """Write a file of text or bytes; return its location by its name, as a reader gets it."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {name: path}


def write_midi(path, *parts, drums=()):
    """Write a MIDI file with an instrument for each part, a list of (pitch, onset), and one for the drums."""
    song = pretty_midi.PrettyMIDI()
    for number, part in enumerate([*parts, drums]):
        instrument = pretty_midi.Instrument(number, is_drum=number == len(parts))
        instrument.notes = [pretty_midi.Note(64, pitch, onset, onset + 0.25) for pitch, onset in part]
        song.instruments.append(instrument)
    song.write(str(path))
    return path


def assert_refused(texts, function, *arguments, **options):
    """Check that the call raises `InputError` with a message of one line that contains every text."""
    with pytest.raises(InputError) as caught:
        function(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert [text for text in texts if text not in message] == [], message
