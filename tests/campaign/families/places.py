"""Where files are written: folders that may not be written, names, links, temporary folders, two programs at once."""

import os
import tempfile
from pathlib import Path

from beyondtext.core import files
from beyondtext.core.scratch import SCRATCH
from damage import obey_permissions
from stage_network import run_in
from stage_study import copy_of, expected_of, made, same_as, write_expected
from stage_writers import DISK, WRITERS, baseline, choice, load, training, write_results
from trying import REFUSED, Input

KIND = "places and names"
OUTPUTS = {  # of the writers
    "baseline": "baseline",
    "training": "run",
    "choice": "choice.json",
    "examples": "demo.parquet",
    "extraction": "activations.safetensors",
    "comparison": "similarities.parquet",
    "measurement": "measurements.json",
    "figure": "losses.svg",
}
STATE = f"{DISK}/state"  # of `training`


def share(folder):
    write_results(folder / "study")
    write_expected(folder, WRITERS)


def inputs(shared, random):
    load()
    return [
        *outputs(shared),
        *names(shared, random),
        *surroundings(shared),
        *two_at_once(shared),
    ]


def one(shared, name, change, run, expected, or_refused=False, keeps=()):
    """An input on a copy of the study, in which ``change()`` does something before the program runs."""

    def prepare(work):
        copy_of(shared / "study", work)
        Path(DISK).mkdir()
        change()

    return Input(KIND, name, prepare, run, expected if expected == REFUSED else same_as(expected), or_refused, keeps)


# --- What is in the place of the output, or above it.


def outputs(shared):
    found = []
    for writer in WRITERS:
        if (name := writer.__name__) not in OUTPUTS:
            continue
        path, undamaged = Path(DISK, OUTPUTS[name]), expected_of(writer, shared)
        makes_folder = name in ("baseline", "training")

        def add(words, change, expected, or_refused=False, name=name, writer=writer):
            keeps = (STATE, *(f"{STATE}{'/*' * depth}" for depth in (1, 2, 3)))  # a run that only has to be published
            found.append(one(shared, f"{name}: {words}", change, writer, expected, or_refused, keeps))

        def elsewhere(path=path):
            Path("elsewhere").mkdir()
            path.symlink_to(Path("elsewhere").absolute())

        add("its folder may only be read", read_only, REFUSED)
        add("a pipe in the place of its output", lambda path=path: os.mkfifo(path), REFUSED)
        add("a link to a device in the place of its output", lambda path=path: path.symlink_to("/dev/null"), REFUSED)
        if makes_folder:
            add("a file in the place of its output", lambda path=path: path.write_text("mine"), REFUSED)
            add("a link to a folder in the place of its output", elsewhere, undamaged)
            add("a folder with other files as its output", lambda path=path: with_files(path), REFUSED)
        else:
            add("a folder in the place of its output", lambda path=path: path.mkdir(), REFUSED)
            add("a link to nothing in the place of its output", lambda path=path: path.symlink_to("gone"), undamaged)
            add(
                "a link to itself in the place of its output",
                lambda path=path: path.symlink_to(path.name),
                undamaged,
                True,
            )
        if name != "examples":  # which a helper of the tests writes
            add(
                "a file in the place of its folder",
                lambda: (Path(DISK).rmdir(), Path(DISK).write_text("mine")),
                REFUSED,
            )
    return found


def read_only():
    Path(DISK).chmod(0o555)
    obey_permissions()


def with_files(path):
    path.mkdir()
    (path / "thesis.tex").write_text("mine")


# --- Names.


def names(shared, random):
    undamaged = {Path(name).name: digest for name, digest in run_files(expected_of(baseline, shared)).items()}
    odd = {
        "with spaces": " a run ",
        "with a line feed": "a\nrun",
        "that begins with a dash": "-rf",
        "with quotes": 'it\'s "mine"',
        "with a command": "$(touch ran) `touch ran`",
        "with braces": "{task} {{x}}",
        "in Chinese": "运行" * 20,
        "with an accent in two characters": "e\u0301te\u0301",
        "with control characters": "a\x1b[31mrun\x07",
        "of 255 bytes": "r" * 255,
        "like a scratch folder": ".run.abcdefgh.here.tmp",
        "like a home folder": "~root",
        "with a backslash": "a\\run",
        "with two dots": "..run..",
        "with a percent sign": "%s%n%00",
    }
    refused = {
        "of 256 bytes": "r" * 256,
        "of 5,000 bytes": "/".join(["d" * 100] * 50),
        "of 300 letters in Chinese": "运" * 300,
        "that is not UTF-8": os.fsdecode(b"run-\xff\xfe"),
    }

    def run(name):
        def make(work):
            baseline(work, output=f"{DISK}/{name}")
            return {path.name: files.sha256(path) for path in Path(DISK, name).iterdir() if path.name != "run.json"}

        return make

    found = [one(shared, f"a folder {words}", list, run(name), undamaged) for words, name in odd.items()]
    for number in range(6):
        name = "".join(
            random.choice("ab .-_~'\"$;&|<>*?[](){}!#%\\\t\u00e9\u4e2d") for _ in range(random.randint(1, 30))
        )
        found.append(one(shared, f"a folder of random characters ({number + 1})", list, run(f"x{name}"), undamaged))
    return found + [
        one(shared, f"a folder {words}", list, run(name), REFUSED, keeps=(f"{DISK}/*", f"{DISK}/**/*"))
        for words, name in refused.items()
    ]


def run_files(value):
    return {name: digest for name, digest in value.items() if name != "record"}


# --- The surroundings of a process.


def surroundings(shared):
    def environment(**variables):
        def change():
            for name, value in variables.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
            tempfile.tempdir = None

        return change

    def limited():
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))

    def silent(target, mode=os.O_WRONLY):
        return lambda: os.dup2(os.open(target, mode), 1)

    changes = {
        "no home": (environment(HOME=None), False),
        "a home that is missing": (environment(HOME="/nonexistent"), False),
        "a temporary folder that is missing": (environment(TMPDIR="/nonexistent"), False),
        "a temporary folder that is a file": (environment(TMPDIR=os.devnull), False),
        "no variables but the path": (
            lambda: environment(**dict.fromkeys(set(os.environ) - {"PATH", "CAMPAIGN_CANARY"}))(),
            False,
        ),
        "a locale that does not exist": (environment(LC_ALL="xx_XX.UTF-8", LANG="xx"), False),
        "a mask that hides new files from others": (lambda: os.umask(0o077), False),
        "at most eight open files": (limited, True),
        "output to a pipe that nobody reads": (closed_pipe, True),
        "output to a full device": (silent("/dev/full"), True),
        "output closed": (lambda: os.close(1), True),
        "errors closed": (lambda: os.close(2), True),
    }
    found = []
    for words, (change, or_refused) in changes.items():
        for writer in (baseline, training):
            keeps = ("*", f"{DISK}/*", f"{DISK}/**/*") if or_refused else ()
            name = f"{writer.__name__}: {words}"
            found.append(one(shared, name, change, writer, expected_of(writer, shared), or_refused, keeps))
    return found


def closed_pipe():
    read, write = os.pipe()
    os.close(read)
    os.dup2(write, 1)


# --- Two processes at once.


def two_at_once(shared):
    def twice(writer):
        def run(work):
            children = []
            for _ in range(2):
                child = os.fork()
                if child == 0:
                    try:
                        writer(work)
                    except BaseException:
                        import traceback

                        traceback.print_exc()
                        os._exit(1)
                    os._exit(0)
                children.append(child)
            statuses = [os.waitpid(child, 0)[1] for child in children]
            assert statuses == [0, 0], statuses
            assert not [path for path in Path(DISK).rglob(".*") if SCRATCH.fullmatch(path.name)]
            return again(writer, work)

        return run

    def again(writer, work):
        """What the two have made, without making it once more."""
        if writer in (baseline, training):
            return run_in(f"{DISK}/{OUTPUTS[writer.__name__]}")
        return made(f"{DISK}/{OUTPUTS[writer.__name__]}")

    return [
        one(shared, f"{writer.__name__}: two processes at once", list, twice(writer), expected_of(writer, shared))
        for writer in (baseline, training, choice)
    ]
