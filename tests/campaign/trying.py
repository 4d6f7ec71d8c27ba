"""Give one hostile or broken input to the code, in a process of its own, and judge what happens.

Each input is tried in a new folder with a home and a folder for temporary files, in a child process with limits of
time, memory and disk. What may happen is in `GOOD`: the input is taken rightly, or it is refused in one sentence.
"""

import faulthandler
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.core.printing import visible

RIGHT, REFUSED = "right", "refused"
GOOD = (RIGHT, REFUSED)
WRONG = "wrong"  # taken, but with other values, or although it must be refused
REFUSED_WRONGLY = "refused wrongly"
MUMBLED = "badly refused"  # not in one sentence
TRACEBACK, HUNG, CRASHED = "traceback", "hung", "crashed"
LEFT = "left something behind"
ESCAPED = "ran code or left its folder"
BROKEN = "broken trial"  # a fault of the campaign itself

SECONDS = 30  # that an input may take
MEMORY, DISK = 16 * 2**30, 2**30  # bytes of address space, and of a file
LONGEST_MESSAGE = 1500  # characters
CANARY = "CAMPAIGN_CANARY"  # names, in the environment, the file that code in an input would write
UNSEEMLY = ("Traceback", "<class ", "object at 0x")  # in a message to users


@dataclass(frozen=True)
class Input:
    """One hostile or broken input.

    Attributes
    ----------
    kind : str
        The family in the campaign's table.
    name : str
        What is wrong with it, in words; unique within its kind.
    prepare : callable
        Takes the new folder, and writes the input there.
    run : callable
        Takes the folder, which is also the current one, gives the input to the code under test, and returns what is to
        be compared. An `InputError`, or the exit of a program with ``error: …``, is a refusal.
    expected : object, optional
        What ``run`` must return, or a function of it that raises AssertionError. By default the input must be refused.
    or_refused : bool
        Whether a refusal is also good, as for a damage that may or may not matter.
    keeps : tuple of str
        Glob patterns of what may be new or changed in the folder after a refusal.
    """

    kind: str
    name: str
    prepare: Callable
    run: Callable
    expected: object = REFUSED
    or_refused: bool = False
    keeps: tuple = ()


@dataclass(frozen=True)
class Outcome:
    """What happened to one input: one of the words above, the message or traceback, and the elapsed seconds."""

    kind: str
    name: str
    word: str
    said: str
    seconds: float


def try_all(inputs, sandbox, processes=1, seconds=SECONDS):
    """Try inputs, some at a time, below a folder; yield their outcomes as they come."""
    waiting, running = list(enumerate(inputs))[::-1], {}
    while waiting or running:
        while waiting and len(running) < processes:
            number, given = waiting.pop()
            box = Path(sandbox) / f"{number:04d}"
            running[_start(given, box)] = given, box, time.monotonic()
        for child in list(running):
            given, box, start = running[child]
            ended, status = os.waitpid(child, os.WNOHANG)
            took = time.monotonic() - start
            if not ended and took > seconds:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
            if ended or took > seconds:
                del running[child]
                yield _judge(given, box, took, status if ended else None)
                shutil.rmtree(box, ignore_errors=True)
        time.sleep(0.002)


def _start(given, box):
    """Start the trial of an input in a child process; return its id."""
    for name in ("work", "home", "tmp"):
        (box / name).mkdir(parents=True)
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    try:
        _in_child(given, box)
    finally:
        os._exit(0)


def _in_child(given, box):
    """Prepare and run an input, and write what happened to ``outcome.json``."""
    os.setsid()
    faulthandler.disable()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    output = os.open(box / "output", os.O_CREAT | os.O_WRONLY)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    work = box / "work"
    os.chdir(work)
    os.environ.update(HOME=str(box / "home"), TMPDIR=str(box / "tmp"), **{CANARY: str(box / "ran")})
    import tempfile

    tempfile.tempdir = None
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (DISK, DISK))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        given.prepare(work)
    except BaseException:
        return _tell(box, BROKEN, traceback.format_exc())
    before = _listing(work)
    word, said = _run(given, work)
    sys.stdout.flush()
    if word in (REFUSED, MUMBLED, REFUSED_WRONGLY):
        new = [name for name, state in _listing(work).items() if before.get(name) != state]
        new = [name for name in new if not any(Path(name).match(pattern) for pattern in given.keeps)]
        if new:
            word, said = LEFT, f"{', '.join(sorted(new)[:5])} after: {said}"
    _tell(box, word, said)


def _run(given, work):
    """Run an input; return the word for what happened, and the message."""
    try:
        value = given.run(work)
    except InputError as error:
        return _refusal(given, str(error))
    except SystemExit as end:
        if end.code in (0, None):
            return WRONG, "the program ended without an error"
        return _refusal(given, str(end.code) if isinstance(end.code, str) else _last_line(work.parent / "output"))
    except MemoryError:
        return CRASHED, traceback.format_exc()
    except BaseException:
        return TRACEBACK, traceback.format_exc()
    if isinstance(given.expected, str) and given.expected == REFUSED:
        return WRONG, f"it was taken: {value!r:.300}"
    if not callable(given.expected):
        return (RIGHT, "") if value == given.expected else (WRONG, f"{value!r:.400} instead of {given.expected!r:.400}")
    try:
        given.expected(value)
    except AssertionError as error:
        return WRONG, f"{value!r:.300}: {error!s:.500}"
    return RIGHT, ""


def _refusal(given, message):
    """The word for a refusal with this message."""
    is_seemly = (
        message.strip() != ""
        and len(message) <= LONGEST_MESSAGE
        and visible(message) == message
        and not any(text in message for text in UNSEEMLY)
    )
    if not is_seemly:
        return MUMBLED, message
    refused = isinstance(given.expected, str) and given.expected == REFUSED
    return (REFUSED if refused or given.or_refused else REFUSED_WRONGLY), message


def _last_line(path):
    """What a program printed last, such as argparse's ``program: error: …``."""
    sys.stderr.flush()
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return lines[-1] if lines else ""


def _listing(folder):
    """The size and time of every file, and the kind of everything else, by its path."""
    states = {}
    for path in folder.rglob("*"):
        with suppress(OSError):
            found = path.lstat()
            is_file = path.is_file() and not path.is_symlink()
            states[path.relative_to(folder).as_posix()] = (
                found.st_mode,
                is_file and (found.st_size, found.st_mtime_ns),
            )
    return states


def _tell(box, word, said):
    said = said.encode(errors="backslashreplace").decode()
    (box / "outcome.json").write_text(json.dumps({"word": word, "said": said[-4000:]}))


def _judge(given, box, took, status):
    """The outcome of a trial that has ended; ``status`` is None for one that was stopped."""
    outcome = box / "outcome.json"
    if outcome.exists():
        found = json.loads(outcome.read_text())
        word, said = found["word"], found["said"]
    elif status is None:
        word, said = HUNG, f"stopped after {took:.0f} seconds"
    else:
        word, said = CRASHED, f"exit status {status}: {_last_line(box / 'output')}"
    usual = {"work", "home", "tmp", "output", "outcome.json"}
    escaped = [path.name for path in box.iterdir() if path.name not in usual]
    if escaped:
        word, said = ESCAPED, f"{', '.join(escaped)}; {word}: {said}"
    elif word in GOOD and (left := [path.name for name in ("home", "tmp") for path in (box / name).iterdir()]):
        word, said = LEFT, f"{', '.join(left)} in the home or temporary folder; {word}: {said}"
    elif word in GOOD and "Traceback (most recent" in (box / "output").read_text(errors="replace"):
        word, said = TRACEBACK, (box / "output").read_text(errors="replace")[-4000:]
    return Outcome(given.kind, given.name, word, said, took)
