"""A small finished study, the programs that read its files, and inputs in which one of these files is damaged.

The results that the tables are made from are those of `small_study`, whose outcomes are chosen by hand. A tiny network
is really trained on a tiny task, for what only training makes: its state, its weights and its activations.
"""

import contextlib
import importlib
import io
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import damage
import small_study
from beyondtext.core.errors import InputError
from beyondtext.core.files import sha256
from beyondtext.study import grid
from beyondtext.study.selection import selected
from beyondtext.training.run_files import read_predictions, read_run, write_run
from trying import REFUSED, Input

EXPECTED = "expected.json"


@dataclass(frozen=True)
class Target:
    """A file of the study, and the program that reads it.

    Attributes
    ----------
    name : str
        What it is, in words.
    path : str
        Relative to the study's folder.
    program : callable
        Takes the study's folder, runs a program there and returns what it made.
    kind : str
        One of those of `damage.of_content`.
    others : dict of str to str
        Other files of its format, by what they are in words.
    says : str
        What a refusal must have, besides the name of the file: how to make it again.
    heals : bool
        Whether the program makes the file again, or does without, so that its result must be the same.
    sealed : bool
        Whether the file has the checksum of all its bytes somewhere, so that any other byte is to be refused.
    """

    name: str
    path: str
    program: object
    kind: str = damage.BINARY
    others: dict = field(default_factory=dict)
    says: str = "snakemake --cores 2"
    heals: bool = False
    sealed: bool = False


def copy_of(study, work):
    """Fill a folder with a finished study, whose files are shared: replace them, and write into none."""
    shutil.copytree(study, work, copy_function=os.link, symlinks=True, dirs_exist_ok=True)


def write_expected(folder, programs):
    """Run programs on copies of the study in ``folder``, and write what they make; all return JSON types."""
    values = {}
    for program in programs:
        work = folder / "undamaged" / program.__name__
        copy_of(folder / "study", work)
        os.chdir(work)
        values[program.__name__] = program(work)
    os.chdir(folder)
    shutil.rmtree(folder / "undamaged")
    (folder / EXPECTED).write_text(json.dumps(values))


def damaged_inputs(kind, targets, shared, random, most=None):
    """Inputs in which a file of the study is damaged, each in one way.

    Parameters
    ----------
    kind : str
        The family.
    targets : list of Target
    shared : pathlib.Path
        The family's folder, with the ``study`` and what `write_expected` wrote.
    random : random.Random
    most : int, optional
        Of the ways to damage a file's content, so many are drawn, and seven of what may lie in its place.

    Returns
    -------
    list of Input
    """
    found = []
    for target in targets:
        others = {name: shared / "study" / other for name, other in target.others.items()}
        content = (shared / "study" / target.path).read_bytes()
        ways = damage.of_content(content, target.kind, random, others)
        others = damage.in_its_place()
        if most is not None:
            ways, others = (
                random.sample(these, min(len(these), count)) for these, count in ((ways, most), (others, 7))
            )
        found += inputs_of(kind, target, [*ways, *others], shared)
    return found


def inputs_of(kind, target, ways, shared):
    """An input for each of some ways to damage a file, a list of `damage.Damage`; as for `damaged_inputs`."""
    undamaged = expected_of(target.program, shared)
    return [_input(kind, target, way, shared / "study", undamaged) for way in ways]


def expected_of(program, shared):
    """What a program makes of the undamaged study."""
    return json.loads((shared / EXPECTED).read_text())[program.__name__]


def _input(kind, target, way, study, undamaged):
    is_refused = way.consequence == damage.LOST or (way.consequence == damage.MAY and target.sealed)

    def prepare(work):
        copy_of(study, work)
        way.apply(work / target.path)

    return Input(
        kind,
        f"{target.name}: {way.name}",
        prepare,
        lambda work: naming(target, lambda: target.program(work)),
        REFUSED if is_refused and not target.heals else same_as(undamaged),
        or_refused=way.consequence != damage.HARMLESS,
        keeps=("results/.state/*.lock",),  # empty; another process may be waiting for it
    )


def same_as(expected):
    """What `Input.expected` takes: a check that a value is the expected one, which names what differs."""

    def check(value):
        if isinstance(value, dict) and isinstance(expected, dict):
            keys = [key for key in {**expected, **value} if expected.get(key) != value.get(key)]
            for key in keys:
                same_as(expected.get(key))(value.get(key))
        assert value == expected, f"{value!r} instead of {expected!r}"

    return check


def naming(target, run):
    """Run a program; if it refuses a damaged file, it must name the file and say what to do."""
    try:
        return run()
    except (InputError, SystemExit) as error:
        path = Path(target.path)  # or its folder, which may be closed
        assert path.name in str(error) or str(path.parent) in str(error), f"{path} is not named in: {error}"
        others = ("permissions", "symbolic links", "scripts/")
        assert any(text in str(error) for text in (target.says, *others)), f"what to do is not said in: {error}"
        raise


def quietly(main, *arguments):
    """Run a program without what it prints, and with one thread: with others, torch would round otherwise."""
    os.environ["OMP_NUM_THREADS"] = "1"
    with contextlib.redirect_stdout(io.StringIO()):
        main([str(argument) for argument in arguments])


def made(*paths):
    """The checksums of files, and of all files in folders, by their paths: what a program made."""
    files = [file for path in map(Path, paths) for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
    return {file.as_posix(): sha256(file) for file in files if file.is_file()}


# --- The study that tables, figures and the page are made of.

REPORTED = small_study.with_frozen(["pretrained", "scratch"], 3)
CHOOSING = small_study.config(tasks=["gb1"], arms=small_study.CONFIG["arms"][:1])
CHOOSING["training_per_task"] = {"gb1": {"learning_rate": [3e-5, 1e-4]}}
CHOOSING["trainability"]["tasks"] = ["gb1"]


def write_reported(study):
    """Write all results of the small study, with out-of-fold predictions, and the choices of another one."""
    config = selected(REPORTED)
    small_study.write_study(study, config)
    for run in (*grid.frozen_runs(config), *grid.baseline_runs(config)):
        record, table = read_run(study / run.directory), read_predictions(study / run.directory)
        record["scores"]["cross_validation"] = record["scores"]["test"]
        record["folds"] = {"number": 4, "reason": ""}
        write_run(study / run.directory, record, table, None, out_of_fold=table)
    small_study.write_choices(study, CHOOSING)


def tables(*names, config=REPORTED, output="tables"):
    """Make some of the report's tables; return their checksums."""
    quietly(program("make_tables"), *names, "--config", json.dumps(config), "--root", ".", "--output", output)
    return made(output)


def program(name):
    """The main function of a program in scripts/."""
    return importlib.import_module(name).main


def run_folder(task, init, seed, model="minilm-l6", mapping="permutation", rate="fixed"):
    """The folder of a run, relative to the study's."""
    return grid.Run(task, model, init, mapping, 1, rate, seed).directory
