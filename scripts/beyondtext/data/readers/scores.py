"""Printed scores (MusicXML, Humdrum …): music21 exports each as MIDI, and the MIDI reader reads it."""

from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version

import numpy as np
import pandas as pd
from tqdm import tqdm

from beyondtext.core.errors import InputError
from beyondtext.core.files import replacing, sha256
from beyondtext.core.machine import threads
from beyondtext.data.readers.midi import cut_windows, files_by_class, read_pitches


def read(files, options, cache, tally):
    """Export scores to MIDI, read them and cut each into windows.

    Options: ``classes``, ``window`` and ``instruments`` as for `beyondtext.data.readers.midi`; ``pieces_per_class``,
    the number of scores of each class, drawn at random with ``seed``. A score that music21 cannot export is replaced by
    the next one drawn, and counted.

    A piece is a group. The exported files are kept in ``cache``, named by the score's checksum and music21's version.
    See `beyondtext.data.readers` for the parameters and what is returned.
    """
    candidates = files_by_class(files, options["classes"])
    generator = np.random.default_rng(options["seed"])
    queues = {name: list(generator.permutation(part["path"].to_numpy())) for name, part in candidates.groupby("target")}
    wanted = {name: min(options["pieces_per_class"], len(queue)) for name, queue in queues.items()}
    pitches, failed = _export_wanted(files, queues, wanted, options.get("instruments", "all"), cache)
    for name in wanted:
        if not any(target == name for target, _ in pitches):
            raise InputError(f"music21 could export none of the scores of class {name!r}; check options.classes")
    chosen = sorted(pitches)
    pieces = pd.DataFrame(chosen, columns=["target", "path"])
    for path in failed:
        tally.add("failed_pieces", 1, path)
    return cut_windows(pieces, [pitches[piece] for piece in chosen], options["window"])


def _export_wanted(files, queues, wanted, instruments, cache):
    """Export scores from the front of each class's queue, in parallel, until there are as many as wanted.

    Parameters
    ----------
    files : dict of str to pathlib.Path
    queues : dict of str to list of str
        The paths of each class, in the order drawn.
    wanted : dict of str to int
        The number of scores of each class.
    instruments : {"all", "first"}
    cache : pathlib.Path

    Returns
    -------
    pitches : dict of (str, str) to list of int
        The pitches of each score, by class and path.
    failed : list of str
        The paths of the scores that could not be exported.
    """
    pitches, failed = {}, []
    with (
        ProcessPoolExecutor(threads()) as pool,
        tqdm(total=sum(wanted.values()), desc="scores to MIDI", unit="piece", mininterval=5) as bar,
    ):
        while True:
            missing = {name: wanted[name] - sum(target == name for target, _ in pitches) for name in wanted}
            batch = [(name, path) for name in queues for path in queues[name][: missing[name]]]
            if not batch:
                return pitches, failed
            queues = {name: queue[missing[name] :] for name, queue in queues.items()}
            jobs = [pool.submit(export_pitches, files[path], cache, instruments) for _, path in batch]
            for piece, job in zip(batch, jobs, strict=True):
                exported = job.result()
                if exported is None:
                    failed.append(piece[1])
                else:
                    pitches[piece] = exported
                    bar.update()


def export_pitches(path, cache, instruments):
    """Read the pitches of one score from its MIDI file in ``cache``, which is exported if missing.

    Parameters
    ----------
    path : path
        The score.
    cache : pathlib.Path
    instruments : {"all", "first"}

    Returns
    -------
    list of int or None
        None if music21 cannot export the score or the MIDI file has no notes.
    """
    midi = cache / "midi" / f"{sha256(path)}-music21-{version('music21')}.mid"
    try:
        if not midi.exists():
            from music21 import converter

            # forceSource: otherwise music21 reads pickles of parsed scores from a temporary folder.
            score = converter.parse(path, forceSource=True)
            with replacing(midi) as part:
                score.write("midi", part)
        return read_pitches(midi, instruments)
    except OSError:
        raise  # a full disk is not the score's fault
    except Exception:  # music21 raises many kinds of exceptions for scores that it cannot export
        return None
