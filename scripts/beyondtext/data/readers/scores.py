"""Printed scores (MusicXML, Humdrum …): music21 writes each as MIDI, and the MIDI reader reads it."""

from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version

import numpy as np
import pandas as pd
from tqdm import tqdm

from beyondtext.core.errors import InputError
from beyondtext.core.files import replacing, sha256
from beyondtext.core.machine import threads
from beyondtext.data.readers.midi import by_class, piece_pitches, windows


def read(files, options, cache):
    """Export scores to MIDI and read them; see `beyondtext.data.readers` for what is returned.

    Options: those of `beyondtext.data.readers.midi` with ``classes``; ``pieces_per_class``, drawn with
    ``seed``. A piece that music21 cannot export is replaced by the next one drawn, and counted. Exported
    files are kept in ``cache``, named by the score's checksum and music21's version.
    """
    candidates = by_class(files, options["classes"])
    generator = np.random.default_rng(options["seed"])
    queues = {name: list(generator.permutation(part["path"].to_numpy())) for name, part in candidates.groupby("target")}
    wanted = {name: min(options["pieces_per_class"], len(queue)) for name, queue in queues.items()}
    pitches, failed = {}, 0
    workers = threads()
    with (
        ProcessPoolExecutor(workers) as pool,
        tqdm(total=sum(wanted.values()), desc="scores to MIDI", unit="piece", mininterval=5) as bar,
    ):
        while True:
            missing = {name: wanted[name] - sum(target == name for target, _ in pitches) for name in wanted}
            batch = [(name, path) for name in queues for path in queues[name][: missing[name]]]
            if not batch:
                break
            queues = {name: queue[missing[name] :] for name, queue in queues.items()}
            jobs = [pool.submit(export, files[path], cache, options.get("instruments", "all")) for _, path in batch]
            for piece, job in zip(batch, jobs, strict=True):
                notes = job.result()
                if notes is None:
                    failed += 1
                else:
                    pitches[piece] = notes
                    bar.update()
    for name in wanted:
        if not any(target == name for target, _ in pitches):
            raise InputError(f"music21 could export none of the scores of class {name!r}; look at options.classes")
    chosen = sorted(pitches)
    pieces = pd.DataFrame(chosen, columns=["target", "path"])
    table = windows(pieces, [pitches[piece] for piece in chosen], options["window"])
    return table, {"pieces": len(chosen), "pieces_failed": failed}


def export(path, cache, instruments):
    """The pitches of one score by way of its MIDI file; None if music21 or pretty_midi cannot."""
    midi = cache / "midi" / f"{sha256(path)}-music21-{version('music21')}.mid"
    try:
        if not midi.exists():
            from music21 import converter

            # forceSource: music21 would keep pickles of parsed scores in a temporary folder, and read them.
            score = converter.parse(path, forceSource=True)
            with replacing(midi) as part:
                score.write("midi", part)
        return piece_pitches(midi, instruments)
    except OSError:
        raise  # a full disk is no fault of the score
    except Exception:  # music21 raises a great many kinds for scores that it cannot play
        return None
