"""Printed scores (MusicXML, Humdrum …): music21 exports each as MIDI, and the MIDI reader reads it."""

import hashlib
import resource
import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import pandas as pd
from tqdm import tqdm

from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError
from beyondtext.core.files import sha256
from beyondtext.core.machine import threads
from beyondtext.data.midi_notes import read_notes
from beyondtext.data.readers.midi import count_failed, cut_pieces, files_by_class, order_pitches, what_is_wrong

LONGEST_REASON = 100  # characters of music21's
# What the export of a score may take. Some repeat a measure a million times.
MOST_SECONDS = 600  # of the processor, so that a busy machine exports the same scores
MOST_MEMORY = 8 * 2**30  # bytes


def read(files, options, cache, tally):
    """Export scores to MIDI, read them and cut each into windows.

    Options: ``classes``, ``window``, ``windows_per_piece``, ``fewest_notes`` and ``instruments`` as for
    `beyondtext.data.readers.midi`; ``pieces_per_class``, the number of scores of each class, drawn at random with
    ``seed``. A score that music21 cannot export, or whose MIDI file cannot be read (because it has too many ticks,
    say), is replaced by the next one drawn, and counted. Notes without a length are left out and counted: music21 gives
    none to the tones of chord symbols, which nobody plays, and none to grace notes.

    A piece is a group. The exported files are kept in ``cache``, in a folder for each score and version of music21,
    and named by their checksums: a file that was changed, or is that of another score, is exported again.
    See `beyondtext.data.readers` for the parameters and what is returned.
    """
    candidates = files_by_class(files, options["classes"], tally)
    generator = np.random.default_rng(options["seed"])
    queues = {name: list(generator.permutation(part["path"].to_numpy())) for name, part in candidates.groupby("target")}
    exported = _export_wanted(files, queues, options, cache)
    for name in queues:
        if not any(target == name and score.pitches for (target, _), score in exported.items()):
            raise InputError(f"music21 could export none of the scores of class {name!r}; check options.classes")
    problems = {path: score.problem for (_, path), score in exported.items() if score.problem}
    count_failed(problems, len(exported), files, tally)
    for (_, path), score in exported.items():
        for reason, count in score.changes.items():
            tally.add(reason, count, path)
    chosen = sorted(piece for piece, score in exported.items() if score.pitches)
    pieces = pd.DataFrame(chosen, columns=["target", "path"])
    return cut_pieces(pieces, [exported[piece].pitches for piece in chosen], options, tally)


@dataclass(frozen=True)
class Score:
    """What a score's export gives.

    Attributes
    ----------
    pitches : list of int
        Empty if the score is not used.
    changes : collections.Counter
        What was left out or repaired, by the reasons of a tally.
    problem : str
        Why the score cannot be used, if it cannot.
    """

    pitches: list
    changes: Counter
    problem: str = ""


def _export_wanted(files, queues, options, cache):
    """Export scores from the front of each class's queue, in parallel, until there are as many as wanted.

    Parameters
    ----------
    files : dict of str to pathlib.Path
    queues : dict of str to list of str
        The paths of each class, in the order drawn.
    options : dict
        As of `read`.
    cache : pathlib.Path

    Returns
    -------
    dict of (str, str) to Score
        All that were tried, by class and path.
    """
    wanted = {name: min(options["pieces_per_class"], len(queue)) for name, queue in queues.items()}
    exported = {}
    with (
        ProcessPoolExecutor(threads()) as pool,
        tqdm(total=sum(wanted.values()), desc="scores to MIDI", unit="piece", mininterval=5) as bar,
    ):
        while True:
            usable = Counter(name for (name, _), score in exported.items() if score.pitches)
            missing = {name: wanted[name] - usable[name] for name in wanted}
            batch = [(name, path) for name in queues for path in queues[name][: missing[name]]]
            if not batch:
                return exported
            queues = {name: queue[missing[name] :] for name, queue in queues.items()}
            instruments = options.get("instruments", "all")
            jobs = [pool.submit(export_pitches, files[path], cache, instruments) for _, path in batch]
            for piece, job in zip(batch, jobs, strict=True):
                exported[piece] = job.result()
                bar.update(bool(exported[piece].pitches))


def export_pitches(path, cache, instruments):
    """Read the pitches of one score from its MIDI file in ``cache``, which is exported if it is missing or changed.

    Parameters
    ----------
    path : path
        The score.
    cache : pathlib.Path
    instruments : {"all", "first"}

    Returns
    -------
    Score
        Without pitches if music21 cannot export the score, or the MIDI file cannot be read or has no notes.
    """
    folder = cache / "midi" / f"{sha256(path)}-music21-{version('music21')}"
    with _limited_memory():
        try:
            with _limited_time():
                midi = _intact(folder) or _export(path, folder)
        except OSError:
            raise  # a full disk is not the score's fault
        except Exception as error:  # music21 raises many kinds of exceptions for scores that it cannot export
            reason = " ".join(str(error).replace(str(path), path.name).split()) or type(error).__name__
            return Score([], Counter(), f"cannot be exported by music21 ({reason[:LONGEST_REASON]})")
    changes = Counter()
    try:
        complete, begun = read_notes(midi)
        changes["instant_notes"] = len(begun) - len(complete)
        return Score(order_pitches(complete, instruments, midi, changes), changes)
    except InputError as error:
        return Score([], Counter(), what_is_wrong(error, midi))


class _TooLongError(Exception):
    """An export that has used up its time."""


@contextmanager
def _limited_memory():
    """Give the body `MOST_MEMORY`, or what the limits of the process leave if that is less."""
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    least = min(limit for limit in (MOST_MEMORY, *limits) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (least, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)


@contextmanager
def _limited_time():
    """End the body with an exception if it takes more than `MOST_SECONDS`."""

    def stop(*about):
        raise _TooLongError(f"it takes more than {MOST_SECONDS} seconds")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS, 1)  # again each second, if music21 catches the exception
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _intact(folder):
    """The MIDI file in a folder of the cache if it is the one that was exported there, else None."""
    found = [path for path in folder.glob("*.mid") if path.is_file() and path.name == cached_name(folder, path)]
    return found[0] if len(found) == 1 else None


def cached_name(folder, path):
    """The name of a MIDI file in a folder of the cache: a checksum of its content and of the folder's name."""
    return hashlib.sha256(f"{folder.name} {sha256(path)}".encode()).hexdigest() + ".mid"


def _export(path, folder):
    """Export a score into a folder of the cache, in place of what is there; return the MIDI file."""
    from music21 import converter, environment

    with replacing(folder) as part:
        part.mkdir()
        # Otherwise it is a folder for everybody, of a known name, which music21 makes and leaves there.
        environment.Environment()["directoryScratch"] = str(part.parent)
        # forceSource: otherwise music21 reads pickles of parsed scores from a temporary folder.
        score = converter.parse(path, forceSource=True)
        exported = part / "score.mid"
        score.write("midi", exported)
        name = cached_name(folder, exported)
        exported.rename(part / name)
    return folder / name
