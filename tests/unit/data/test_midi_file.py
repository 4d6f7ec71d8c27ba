"""The notes of MIDI files: all of them, in any file in which they can be found."""

import bz2
import gzip
import io
import struct
import warnings

import pretty_midi
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from beyondtext.core.errors import InputError
from beyondtext.data.midi_file import read_midi
from midi_bytes import END, chunk, meta, of_chunks, off, on, program, scale, smf

SCALE = scale(60, 62, 64)


def read(folder, content):
    (folder / "a.mid").write_bytes(content)
    return read_midi(folder / "a.mid")


def pitches(midi):
    return [note.pitch for note in sorted(midi.notes)]


def assert_faultless(midi):
    assert (midi.invalid, midi.is_irregular, midi.is_sequential) == (0, False, False)
    assert all(note.is_complete for note in midi.notes)


def test_a_note_has_its_onset_its_instrument_and_whether_it_is_complete(tmp_path):
    first = on(60) + off(60) + END
    second = program(7, channel=3) + on(61, 5, 3) + program(8, channel=3) + on(62, 1, 3) + off(61, 1, 3) + END
    midi = read(tmp_path, smf(first, second))
    assert [tuple(note) for note in midi.notes] == [
        (0, 60, (0, 0, 0), True),
        (5, 61, (1, 3, 7), True),
        (6, 62, (1, 3, 8), False),
    ]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (on(60) + on(60, 9, velocity=0), [(0, True)]),  # a note-on without velocity is a note-off
        (on(60) + on(60, 9) + off(60, 9), [(0, True), (9, True)]),  # one end for both
        (on(60) + on(60, 9) + off(60, 9) + off(60, 9), [(0, True), (9, True)]),  # and one to spare
        (on(60) + on(60, 9) + off(60, 0) + off(60, 9), [(0, True), (9, True)]),  # the first is ended as it is repeated
        (on(60) + off(60, 9) + on(60) + off(60), [(0, True), (9, True)]),
        (on(60), [(0, False)]),
        (on(60) + off(61), [(0, False)]),
        (on(60) + off(60, channel=1), [(0, False)]),
        (on(60) + off(60, 0), [(0, False)]),  # without a length
        (off(60, 9) + on(60), [(9, False)]),
        (on(60) + on(60) + off(60, 0), [(0, False), (0, False)]),
        (off(60) + on(62) + off(62), [(96, True)]),
    ],
)
def test_every_note_on_is_a_note(tmp_path, messages, expected):
    midi = read(tmp_path, smf(messages + END))
    assert [(note.onset, note.is_complete) for note in midi.notes] == expected


KEY, TEMPO, METRE, SMPTE = 0x59, 0x51, 0x58, 0x54


@pytest.mark.parametrize(
    "message",
    [
        meta(KEY, b"\x0b\0"),
        meta(KEY, b"\xf8\0"),
        meta(KEY, b"\0\x02"),
        meta(KEY, b"\0"),
        meta(TEMPO, b"\1"),
        meta(METRE, b"\4"),
        meta(SMPTE),
        b"\0\xb0\7\xc8",  # a controller of 200
        b"\0\x90\x4f\xff" + off(79),  # a velocity of 255
        b"\0\xf8",  # a clock tick
        b"\0\xf3\1",  # a choice of song
    ],
)
def test_an_invalid_message_that_does_not_concern_notes_is_counted(tmp_path, message):
    midi = read(tmp_path, smf(message + SCALE))
    assert [pitch for pitch in pitches(midi) if pitch != 79] == [60, 62, 64]
    assert (midi.invalid, midi.is_irregular) == (1, False)


@pytest.mark.parametrize(
    "message",
    [
        meta(KEY, b"\xf9\1"),
        meta(TEMPO, bytes(3)),
        meta(0x60, b"unknown"),
        meta(1, b"text \xff"),
        b"\0\xf0\4\x7e\x7f\x09\xf7",
        b"\0\xf7\2ab",
        b"\0\xe0\0\x40\0\xd0\1\0\xa0\x3c\1",
    ],
    ids=["key", "tempo", "unknown", "text", "exclusive", "continued", "channel"],
)
def test_other_messages_are_passed_over(tmp_path, message):
    midi = read(tmp_path, smf(message + SCALE))
    assert pitches(midi) == [60, 62, 64]
    assert_faultless(midi)


@pytest.mark.parametrize("between", [meta(1, b"text"), b"\0\xf0\2\x7e\xf7", b"\0\xf7\1a"], ids=["meta", "f0", "f7"])
def test_the_running_status_goes_on_after_other_messages(tmp_path, between):
    midi = read(tmp_path, smf(on(60) + between + bytes([9, 60, 0]) + bytes([0, 62, 1]) + off(62) + END))
    assert pitches(midi) == [60, 62]
    assert_faultless(midi)


def test_the_time_before_an_unknown_message_counts(tmp_path):
    late = meta(0x60, delta=120) + on(70) + off(70, 10) + END
    assert pitches(read(tmp_path, smf(late, scale(60, 62)))) == [60, 62, 70]


LAST = chunk(scale(70))


@pytest.mark.parametrize(
    "content",
    [
        *(of_chunks(chunk(SCALE, size=size), LAST, announced=2) for size in (0, 4, 5, len(SCALE) + 1, 2**31)),
        *(of_chunks(LAST, chunk(SCALE, size=size), announced=2) for size in (0, 4, 5, len(SCALE) + 1, 2**31)),
        smf(SCALE[: -len(END)], scale(70)),
        smf(scale(70), SCALE[: -len(END)]),
        smf(SCALE + bytes(5), scale(70)),
        smf(SCALE + b"rubbish", scale(70)),
        smf(b"", SCALE, scale(70)),
        smf(SCALE, scale(70), announced=1),
        smf(SCALE, scale(70), announced=0),
    ],
)
def test_tracks_with_wrong_lengths_ends_or_numbers_are_read_whole(tmp_path, content):
    midi = read(tmp_path, content)
    assert sorted(pitches(midi)) == [60, 62, 64, 70]
    assert midi.is_irregular


def test_a_length_of_more_than_16_bits_that_was_cut_off_is_read_whole(tmp_path):
    long = scale(*[60 + n % 40 for n in range(20_000)])
    assert len(long) > 2 * 65_536
    midi = read(tmp_path, of_chunks(chunk(long, size=len(long) % 65_536), LAST, announced=2))
    assert (len(midi.notes), midi.is_irregular) == (20_001, True)


@pytest.mark.parametrize(
    "content",
    [
        smf(SCALE, scale(70)),
        smf(SCALE, scale(70)) + b"\0",
        smf(SCALE, scale(70)) + b"\r\n, and then some",
        of_chunks(chunk(SCALE), chunk(b"any", name=b"XFIH"), LAST, announced=2),
        of_chunks(chunk(b"", name=b"XFIH"), chunk(SCALE), LAST, announced=2),
        smf(END, SCALE, scale(70), END),
        smf(SCALE + scale(70)),  # an end of the track within it
        smf(SCALE, scale(70), kind=0),
    ],
)
def test_other_chunks_and_what_follows_the_last_track_are_passed_over(tmp_path, content):
    midi = read(tmp_path, content)
    assert sorted(pitches(midi)) == [60, 62, 64, 70]
    assert_faultless(midi)


@pytest.mark.parametrize(
    ("division", "quarters"), [(480, 288 / 480), (96, 3.0), (0xE728, 0.0), (0xE204, 0.0), (0, 0.0), (1, 288.0)]
)
def test_the_order_does_not_depend_on_the_time_division(tmp_path, division, quarters):
    midi = read(tmp_path, smf(SCALE, on(63, 90) + off(63) + END, division=division))
    assert pitches(midi) == [60, 63, 62, 64]
    assert midi.quarters == quarters
    assert_faultless(midi)


def test_the_longest_track_counts_with_its_end(tmp_path):
    assert read(tmp_path, smf(scale(60), on(70) + off(70) + meta(0x2F, delta=127))).quarters == (96 + 127) / 480


def test_a_piece_may_last_for_days(tmp_path):
    pause = b"\xff\xff\xff\x7f\xff\x01\0"
    midi = read(tmp_path, smf(on(60) + off(60) + pause + SCALE))
    assert [note.onset for note in midi.notes] == [0, *(2**28 - 1 + 96 * n for n in (1, 2, 3))]


def test_the_tracks_of_format_2_are_said_to_follow_one_another(tmp_path):
    midi = read(tmp_path, smf(SCALE, scale(70), kind=2))
    assert midi.is_sequential
    assert len(midi.notes) == 4


def riff(content, *before):
    chunks = b"".join(
        name + struct.pack("<L", len(data)) + data + bytes(len(data) % 2)
        for name, data in [*before, (b"data", content), (b"LIST", b"INFO")]
    )
    return b"RIFF" + struct.pack("<L", 4 + len(chunks)) + b"RMID" + chunks


@pytest.mark.parametrize(
    "content",
    [
        riff(smf(SCALE)),
        riff(smf(SCALE) + b"\0"),
        riff(smf(SCALE), (b"DISP", b"odd")),
        gzip.compress(smf(SCALE)),
        bz2.compress(smf(SCALE)),
        zstandard.compress(smf(SCALE)),
        gzip.compress(riff(smf(SCALE))),
    ],
    ids=["riff", "odd riff", "riff with a title", "gzip", "bzip2", "zstd", "gzip of riff"],
)
def test_a_file_may_be_in_a_container_or_compressed(tmp_path, content):
    midi = read(tmp_path, content)
    assert pitches(midi) == [60, 62, 64]
    assert_faultless(midi)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"<?xml version", "begins with b'<?xml ve', not with b'MThd'"),
        (b"RIFF\0\0\0\0WAVEdata", "begins with b'RIFF"),
        (b"RIFF\0\0\0\0RMIDLIST\0\0\0\0", "RIFF container has no data"),
        (b"MThd\0\0\0\6\0", "ends within its header"),
        (smf(SCALE, kind=3), "its format is 3"),
        (smf(SCALE, announced=2), "has 1 of the 2 tracks"),
        (smf(SCALE) + b"MTrk\0", "ends within the last track"),
        (smf(SCALE)[:-1], "ends within a track"),
        (smf(SCALE)[:-5], "ends within a track"),
        (smf(SCALE)[:30], "ends within a track"),
        (smf(b"\0\x3c\x40" + END), "it has 0x3c where a message should begin"),
        (smf(b"\0\xf4" + END), "an undefined message, 0xf4"),
        (smf(b"\0\xf5" + SCALE), "an undefined message, 0xf5"),
        (smf(b"\xff\xff\xff\xff\0" + on(60) + END), "more than four bytes"),
        (smf(on(200) + END), "a pitch of 200"),
        (smf(program(200) + SCALE), "a program of 200"),
        (of_chunks(chunk(SCALE), b"\0\0\0\0\0\0\0\0", LAST, announced=2), "has b'\\x00\\x00\\x00\\x00' where track 2"),
        (smf(meta(1)[:-1] + b"\x7f" + SCALE), "goes beyond the end of its track"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, problem):
    with pytest.raises(InputError, match=r"a\.mid is not valid MIDI: .*; replace the file or exclude it$") as caught:
        read(tmp_path, content)
    assert problem in str(caught.value)


def test_half_a_compressed_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.mid is not a whole gzip file"):
        read(tmp_path, gzip.compress(smf(SCALE))[:-9])


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_file_that_ends_early_is_never_read_in_part(tmp_path, cut):
    content = smf(scale(60, 62, 64, 65), scale(70, 71))
    with pytest.raises(InputError, match="is not valid MIDI"):
        read(tmp_path, content[:-cut])


KEYS = st.tuples(st.integers(0, 2), st.integers(60, 63))  # channel and pitch


@st.composite
def valid_tracks(draw):
    """Tracks in which every note has an end later than its beginning, and every program comes before the notes."""
    tracks = []
    for _ in range(draw(st.integers(1, 3))):
        content = b"".join(program(draw(st.integers(0, 2)), channel=channel) for channel in range(3))
        sounding = {}
        for is_end, key, delta in draw(st.lists(st.tuples(st.booleans(), KEYS, st.integers(1, 9)), max_size=30)):
            channel, pitch = key
            if is_end and key in sounding:
                content += off(pitch, delta, channel)
                del sounding[key]
            elif not is_end:
                content += on(pitch, delta, channel)
                sounding[key] = True
        content += b"".join(off(pitch, 1, channel) for channel, pitch in sounding)
        tracks.append(content + END)
    return tracks


@given(valid_tracks())
def test_the_notes_of_valid_files_are_those_of_pretty_midi(tmp_path_factory, tracks):
    content = smf(*tracks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pretty_midi.PrettyMIDI(io.BytesIO(content))
    midi = read(tmp_path_factory.mktemp("valid"), content)
    assert_faultless(midi)
    by_instrument = {}
    for note in midi.notes:
        by_instrument.setdefault(note.instrument, []).append((note.onset, note.pitch))
    assert list(by_instrument.values()) == [
        [(theirs.time_to_tick(note.start), note.pitch) for note in instrument.notes]
        for instrument in theirs.instruments
    ]


@given(st.lists(st.sampled_from([on(60), off(60), meta(0x59, b"\1\1"), END, b"MTrk", b"\0\0\0\4", b"\x80", b"\xf0"])))
def test_any_bytes_are_read_or_refused(tmp_path_factory, parts):
    try:
        midi = read(tmp_path_factory.mktemp("any"), smf(SCALE, b"".join(parts)))
    except InputError as error:
        assert "is not valid MIDI" in str(error)
    else:
        assert pitches(midi).count(62) == 1
