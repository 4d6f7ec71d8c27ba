"""The cache of scores exported as MIDI: what is damaged there is exported again."""

import hashlib
import importlib
import shutil
import tempfile
from pathlib import Path

from beyondtext.core.errors import command_line
from beyondtext.core.files import sha256
from beyondtext.data.readers import scores
from damage import HARMLESS, Damage
from stage_study import Target, damaged_inputs, inputs_of, write_expected

KIND = "cache of music"
SCORE, OTHER = "scores/one.krn", "scores/two.krn"
KERN = "**kern\n*M4/4\n{}\n*-\n"
LIBRARIES = ("music21.converter", "music21.midi.translate", "pretty_midi")


def exported(work):
    found = []
    try:
        command_line(lambda given: found.append(scores.export_pitches(Path(SCORE), Path("cache"), "all")))([])
    finally:
        own = Path(tempfile.gettempdir(), "music21")
        if own.exists() and not any(own.iterdir()):
            own.rmdir()  # which music21 makes; pickles of scores in it would be left behind
    (score,) = found
    assert score.pitches == [60, 64, 62, 65], score  # c, e, d and f of KERN
    return {"pitches": [int(pitch) for pitch in score.pitches], "problem": score.problem}


def share(folder):
    study = folder / "study"
    (study / "scores").mkdir(parents=True)
    for name, notes in ((SCORE, "4c\n4e\n4d\n4f"), (OTHER, "4g\n4a\n4b")):
        (study / name).write_text(KERN.format(notes))
        scores.export_pitches(study / name, study / "cache", "all")
    write_expected(folder, (exported,))


def inputs(shared, random):
    for name in LIBRARIES:  # before the children are forked
        importlib.import_module(name)
    study = shared / "study"
    cached, other = (place(study, name) for name in (SCORE, OTHER))
    target = Target("an exported score", cached, exported, others={"that of another score": other}, heals=True)
    found = damaged_inputs(KIND, [target], shared, random)
    return found + inputs_of(
        KIND, Target("the folder of a score", cached, exported, heals=True), folders(other), shared
    )


def place(study, name):
    """The exported file of a score, relative to the study's folder."""
    (path,) = (study / "cache/midi").glob(f"{sha256(study / name)}-*/*.mid")
    return path.relative_to(study).as_posix()


def folders(other):
    """What can happen to a score's folder."""

    def of_another(path):
        content = Path(other).read_bytes()
        path.unlink()
        digest = hashlib.sha256(content).hexdigest()
        (path.parent / f"{digest}.mid").write_bytes(content)

    def moved(path):
        path.unlink()
        shutil.copyfile(other, path.parent / Path(other).name)

    return [
        Damage("with the file of another score under its name", moved),
        Damage("with the file of another score under its own checksum", of_another),
        Damage(
            "with two intact files", lambda path: (path.parent / Path(other).name).write_bytes(Path(other).read_bytes())
        ),
        Damage("with a scratch folder", lambda path: (path.parent / ".x.abcdefgh.here.tmp").mkdir(), HARMLESS),
        Damage("with notes", lambda path: (path.parent / "notes.txt").write_text("mine"), HARMLESS),
    ]
