"""The notes of MIDI files: all of them, or the file is refused."""

import bz2
import gzip
import io
import struct
import warnings

import mido
import pretty_midi
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from beyondtext.core.errors import InputError
from beyondtext.data.midi_notes import read_notes
from midi_bytes import END, chunk, meta, of_chunks, off, on, program, scale, smf

SCALE = scale(60, 62, 64)


def read(folder, content):
    """The notes that have an end, as pretty_midi reads them, and one for each note-on."""
    (folder / "a.mid").write_bytes(content)
    return read_notes(folder / "a.mid")


def pitches(folder, content):
    """The pitches of a file of which every note has an end."""
    complete, begun = read(folder, content)
    expected = [note.pitch for note in sorted(begun)]
    assert [note.pitch for note in sorted(complete)] == expected
    return expected


def refuse(folder, content, problem, kind="is not valid MIDI: "):
    with pytest.raises(InputError, match=rf"a\.mid {kind}.*; replace the file or exclude it$") as caught:
        read(folder, content)
    assert problem in str(caught.value)


def test_a_note_has_its_onset_its_pitch_and_its_instrument(tmp_path):
    first = on(60) + off(60) + END
    second = program(7, channel=3) + on(61, 5, 3) + program(8, channel=3) + on(62, 1, 3) + off(61, 1, 3) + END
    complete, begun = read(tmp_path, smf(first, second, scale(35, channel=9)))
    assert [tuple(note) for note in begun] == [
        (0, 60, (0, 0, 0), False),
        (5, 61, (1, 3, 7), False),
        (6, 62, (1, 3, 8), False),
        (0, 35, (2, 9, 0), True),
    ]
    assert [tuple(note) for note in complete] == [(0, 60, 0, False), (5 / 960, 61, 1, False), (0, 35, 2, True)]


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
    complete, begun = read(tmp_path, smf(messages + END))
    assert sorted(note.onset for note in begun) == [onset for onset, _ in expected]
    assert sorted(round(960 * note.onset) for note in complete) == [onset for onset, is_whole in expected if is_whole]


KEY, TEMPO, METRE, SMPTE = 0x59, 0x51, 0x58, 0x54


@pytest.mark.parametrize(
    "message",
    [
        meta(KEY, b"\x0b\0"),
        meta(KEY, b"\xf8\0"),
        meta(KEY, b"\0\x02"),
        meta(KEY, b"\0"),
        meta(TEMPO, b"\1"),
        meta(TEMPO, bytes(3)),
        meta(METRE, b"\4"),
        meta(SMPTE),
    ],
)
def test_an_invalid_meta_message_is_refused_as_the_libraries_do(tmp_path, message):
    refuse(tmp_path, smf(message + SCALE), "")


@pytest.mark.parametrize(
    "message",
    [
        b"\0\xb0\7\xc8",  # a controller of 200
        b"\0\x90\x4f\xff" + off(79),  # a velocity of 255
        b"\0\xf8",  # a clock tick
        b"\0\xf3\1",  # a choice of song
    ],
)
def test_an_invalid_message_that_does_not_concern_notes_is_passed_over(tmp_path, message):
    assert [pitch for pitch in pitches(tmp_path, smf(message + SCALE)) if pitch != 79] == [60, 62, 64]


@pytest.mark.parametrize(
    "message",
    [
        meta(KEY, b"\xf9\1"),
        meta(TEMPO, b"\0\0\1"),
        meta(0x60, b"unknown"),
        meta(1, b"text \xff"),
        b"\0\xf0\4\x7e\x7f\x09\xf7",
        b"\0\xf7\2ab",
        b"\0\xe0\0\x40\0\xd0\1\0\xa0\x3c\1",
    ],
    ids=["key", "tempo", "unknown", "text", "exclusive", "continued", "channel"],
)
def test_other_messages_are_passed_over(tmp_path, message):
    assert pitches(tmp_path, smf(message + SCALE)) == [60, 62, 64]


RUNNING = bytes([9, 60, 0]) + bytes([0, 62, 1])  # the end of a note and the beginning of another, without a status


def test_the_running_status_goes_on_after_a_meta_message(tmp_path):
    assert pitches(tmp_path, smf(on(60) + meta(1, b"text") + RUNNING + off(62) + END)) == [60, 62]


@pytest.mark.parametrize(
    "between",
    [b"\0\xf0\2\x7e\xf7", b"\0\xf7\1a", b"\0\xf0\2\x7e\xf7" + meta(1, b"text"), b"\0\xf3\1"],
    ids=["f0", "f7", "meta after f0", "song"],
)
def test_a_file_in_which_mido_loses_its_place_is_refused(tmp_path, between):
    content = smf(on(60) + between + RUNNING + bytes([5, 62, 0]) + off(64, 3) + END)
    read_by_mido = [m.note for m in mido.MidiFile(file=io.BytesIO(content), clip=True).tracks[0] if m.type == "note_on"]
    assert read_by_mido == [60]  # without an error
    refuse(tmp_path, content, "a message without a status follows a system message")


def test_a_status_after_a_system_message_is_read(tmp_path):
    assert pitches(tmp_path, smf(b"\0\xf0\2\x7e\xf7" * 2 + b"\0\xf8\x81\0\xf7\1a" + SCALE)) == [60, 62, 64]


@pytest.mark.parametrize("delta", [120, 127])
def test_a_file_in_which_mido_loses_time_is_refused(tmp_path, delta):
    late = meta(0x60, delta=delta) + on(70) + off(70, 10) + END
    refuse(tmp_path, smf(late, scale(60, 62)), "time passes before a meta message of an unknown type")


LAST = chunk(scale(70))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        *((of_chunks(chunk(SCALE, size=size), LAST, announced=2), "") for size in (0, 4, 5, len(SCALE) + 1, 2**31)),
        *((of_chunks(LAST, chunk(SCALE, size=size), announced=2), "") for size in (0, 4, 5, len(SCALE) + 1, 2**31)),
        (smf(SCALE + bytes(5), scale(70)), ""),
        (smf(SCALE + b"rubbish", scale(70)), ""),
        (smf(SCALE + scale(70)), "a track goes on after its end"),
        (smf(b"", SCALE, scale(70)), "it has an empty track"),
        (smf(SCALE, scale(70), announced=1), "it has more tracks than its header announces"),
        (smf(SCALE, scale(70), announced=0), "it has more tracks than its header announces"),
        (smf(announced=0), "it has no tracks"),
        (smf(SCALE, scale(70)) + b"\0", "it has 1 bytes after the last track that its header announces"),
        (smf(SCALE) + b"\r\n, and then some", "it has 17 bytes after the last track that its header announces"),
        (of_chunks(chunk(SCALE), chunk(b"any", name=b"XFIH", size=99), announced=2), ""),
    ],
)
def test_tracks_with_wrong_lengths_ends_or_numbers_are_refused(tmp_path, content, problem):
    refuse(tmp_path, content, problem)


def test_a_length_of_more_than_16_bits_that_was_cut_off_is_refused(tmp_path):
    long = scale(*[60 + n % 40 for n in range(20_000)])
    assert len(long) > 2 * 65_536
    refuse(tmp_path, of_chunks(chunk(long, size=len(long) % 65_536), LAST, announced=2), "")


@pytest.mark.parametrize(
    "content",
    [
        smf(SCALE, scale(70)),
        smf(END, SCALE, scale(70), END),
        smf(SCALE, scale(70), kind=0),
        smf(SCALE[: -len(END)], scale(70)),
        smf(scale(70), SCALE[: -len(END)]),
    ],
)
def test_tracks_may_be_silent_many_in_format_0_or_without_an_end(tmp_path, content):
    assert sorted(pitches(tmp_path, content)) == [60, 62, 64, 70]


@pytest.mark.parametrize("division", [480, 96, 1, 0x7FFF])
def test_the_order_does_not_depend_on_the_time_division(tmp_path, division):
    assert pitches(tmp_path, smf(SCALE, on(63, 90) + off(63) + END, division=division)) == [60, 63, 62, 64]


@pytest.mark.parametrize("division", [0xE728, 0xE204, 0])
def test_a_division_into_frames_is_refused(tmp_path, division):
    for content in (SCALE, on(60) + END):
        refuse(tmp_path, smf(content, division=division), "parts of a quarter note", kind="does not count time ")


def test_a_file_with_more_ticks_than_pretty_midi_reads_is_refused(tmp_path):
    def until(tick):
        times = [2**21 - 1] * (tick // (2**21 - 1)) + [tick % (2**21 - 1)]
        pauses = b"".join(bytes([0x80 | t >> 14, 0x80 | t >> 7 & 127, t & 127]) + meta(1)[1:] for t in times)
        return smf(SCALE, on(60) + pauses + off(60, 0) + END)

    assert len(read(tmp_path, until(9_999_999))[0]) == 4
    problem = "has 10,000,000 ticks, but pretty_midi reads fewer than 10,000,000"
    refuse(tmp_path, until(10_000_000), problem, kind="")


@pytest.mark.parametrize("kind", [2, 3])
def test_other_formats_are_refused(tmp_path, kind):
    refuse(tmp_path, smf(SCALE, scale(70), kind=kind), f"has the MIDI format {kind}, but only 0 and 1", kind="has ")


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
        riff(smf(meta(1, b"a") + SCALE)),
        riff(smf(SCALE), (b"DISP", b"odd")),
        gzip.compress(smf(SCALE), mtime=0),
        bz2.compress(smf(SCALE)),
        zstandard.compress(smf(SCALE)),
        gzip.compress(riff(smf(SCALE)), mtime=0),
    ],
    ids=["riff", "odd riff", "riff with a title", "gzip", "bzip2", "zstd", "gzip of riff"],
)
def test_a_file_may_be_in_a_container_or_compressed(tmp_path, content):
    assert pitches(tmp_path, content) == [60, 62, 64]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"<?xml version", "begins with b'<?xml ve', not with b'MThd'"),
        (b"RIFF\0\0\0\0WAVEdata", "begins with b'RIFF"),
        (b"RIFF\0\0\0\0RMIDLIST\0\0\0\0", "RIFF container has no data"),
        (b"MThd\0\0\0\6\0", "it ends too early"),
        (smf(SCALE, announced=2), "it ends too early"),
        (smf(SCALE) + b"MTrk\0", "more tracks than its header announces"),
        (smf(SCALE)[:-1], "it ends too early"),
        (smf(SCALE)[:-5], "it ends too early"),
        (smf(SCALE)[:30], "it ends too early"),
        (smf(b"\0\x3c\x40" + END), "running status without last_status"),
        (smf(b"\0\xf4" + END), "undefined status byte 0xf4"),
        (smf(b"\0\xf5" + SCALE), "undefined status byte 0xf5"),
        (smf(on(200) + END), "a pitch of 200"),
        (smf(program(200) + SCALE), "a program of 200"),
        (of_chunks(chunk(SCALE), b"\0\0\0\0\0\0\0\0", LAST, announced=2), "no MTrk header"),
        (smf(meta(1)[:-1] + b"\x7f" + SCALE), "it ends too early"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, problem):
    refuse(tmp_path, content, problem)


def test_a_time_of_more_than_four_bytes_is_refused(tmp_path):
    refuse(tmp_path, smf(b"\xff\xff\xff\xff\0" + on(60)[1:] + END), "has 34,359,738,240 ticks", kind="")


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


@settings(deadline=None)
@given(valid_tracks())
def test_the_notes_of_valid_files_are_those_of_pretty_midi(tmp_path_factory, tracks):
    content = smf(*tracks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pretty_midi.PrettyMIDI(io.BytesIO(content))
    complete, begun = read(tmp_path_factory.mktemp("valid"), content)
    assert complete == [
        (note.start, note.pitch, number, False)
        for number, instrument in enumerate(theirs.instruments)
        for note in instrument.notes
    ]
    by_instrument = {}
    for note in begun:
        by_instrument.setdefault(note.instrument, []).append((note.onset, note.pitch))
    assert sorted(map(sorted, by_instrument.values())) == sorted(
        sorted((theirs.time_to_tick(note.start), note.pitch) for note in instrument.notes)
        for instrument in theirs.instruments
    )


@settings(deadline=None)
@given(st.lists(st.sampled_from([on(60), off(60), meta(0x59, b"\1\1"), END, b"MTrk", b"\0\0\0\4", b"\x80", b"\xf0"])))
def test_any_bytes_are_read_or_refused(tmp_path_factory, parts):
    try:
        _, begun = read(tmp_path_factory.mktemp("any"), smf(SCALE[: -len(END)] + b"".join(parts)))
    except InputError as error:
        assert "is not valid MIDI" in str(error) or "ticks, but pretty_midi reads fewer" in str(error)
    else:
        assert [note.pitch for note in begun].count(62) == 1


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("content", [b"", b"any", SCALE])
def test_chunks_that_are_no_tracks_are_skipped(tmp_path, place, content):
    """Such as Yamaha's XFIH and XFKM: the standard tells readers to ignore what they do not know."""
    chunks = [chunk(SCALE), chunk(scale(70))]
    chunks.insert(place, chunk(content, name=b"XFIH"))
    assert pitches(tmp_path, of_chunks(*chunks, announced=2)) == pitches(tmp_path, smf(SCALE, scale(70)))
