"""Scratch folders that processes left, and the folder with the locks of GPUs, which others may have made."""

import os
import signal
import tempfile
from pathlib import Path

from beyondtext.core.files import write_json
from beyondtext.core.scratch import HOST, remove_abandoned
from beyondtext.models import gpu_locks
from trying import REFUSED, Input

KIND = "leftovers and locks"
NOBODY = 65534


def inputs(shared, random):
    return [*leftovers(), *locks()]


# --- What processes that were killed have left.


def leftovers():
    def scratch(host=HOST, name="run.json"):
        return Path(f"results/.{name}.{'abcdefgh'}.{host}.tmp")

    def abandoned():
        killed(lambda: write_json("results/run.json", {}))

    def of_a_link():
        Path("mine").mkdir()
        Path("mine/thesis.tex").write_text("mine")
        scratch().mkdir()
        (scratch() / "link").symlink_to(Path("mine").absolute())

    def as_link():
        Path("mine").mkdir()
        Path("mine/thesis.tex").write_text("mine")
        scratch().symlink_to(Path("mine").absolute())

    def closed():
        scratch().mkdir()
        (scratch() / "part").mkdir()
        (scratch() / "part").chmod(0)

    def case(name, change, removed, kept):
        def prepare(work):
            Path("results").mkdir()
            change()

        def run(work):
            gone = len(remove_abandoned("results"))
            return [gone, sorted(path.as_posix() for path in Path().rglob("*"))]

        return Input(KIND, f"a scratch folder {name}", prepare, run, [removed, sorted(["results", *kept])])

    mine = ["mine", "mine/thesis.tex"]
    return [
        case("of a process that was killed", abandoned, 1, []),
        case("with a link to a folder", of_a_link, 1, mine),
        case("that is a link", as_link, 0, [*mine, scratch().as_posix()]),
        case("that is a file", lambda: scratch().write_text("x"), 0, [scratch().as_posix()]),
        case("of another machine", lambda: scratch("elsewhere").mkdir(), 0, [scratch("elsewhere").as_posix()]),
        case("with a closed folder in it", closed, 1, []),
        case("of a name with odd characters", lambda: scratch(name="a\nb \x1b").mkdir(), 1, []),
        case("within another", lambda: (scratch() / scratch().name).mkdir(parents=True), 1, []),
        case("with a name that is only similar", lambda: Path("results/.x.abc.tmp").mkdir(), 0, ["results/.x.abc.tmp"]),
        case(
            "of Snakemake",
            lambda: Path("results/.snakemake.abcdefgh.tmp").mkdir(),
            0,
            ["results/.snakemake.abcdefgh.tmp"],
        ),
    ]


def killed(write):
    """Kill a process while it writes."""
    child = os.fork()
    if child == 0:
        os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
        write()
    os.waitpid(child, 0)


# --- Locks of GPUs.


def locks():
    def case(name, change, expected):
        def prepare(work):
            os.environ["TMPDIR"] = str(work)
            tempfile.tempdir = None
            change(Path(f"beyondtext-{os.getuid()}"))

        def run(work):
            index = gpu_locks.claim_gpu(["GPU-1", "GPU-2"], 1)
            return [index, Path("mine.txt").read_text() if Path("mine.txt").exists() else ""]

        return Input(KIND, f"a folder of GPU locks {name}", prepare, run, expected, keeps=("beyondtext-*",))

    def owned(folder):
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)

    def linked(folder):
        Path("mine").mkdir()
        folder.symlink_to("mine")

    def lock_linked(folder):
        folder.mkdir(mode=0o700)
        Path("mine.txt").write_text("mine")
        (folder / "GPU-1-0.lock").symlink_to(Path("mine.txt").absolute())

    def lock_is_folder(folder):
        (folder / "GPU-1-0.lock").mkdir(parents=True)

    found = [
        case("that is missing", lambda folder: None, [0, ""]),
        case("that is a link", linked, REFUSED),
        case("that is a link to nothing", lambda folder: folder.symlink_to("gone"), REFUSED),
        case("that is a file", lambda folder: folder.write_text("x"), REFUSED),
        case("that is a pipe", lambda folder: os.mkfifo(folder), REFUSED),
        case("that others may write", lambda folder: (folder.mkdir(), folder.chmod(0o777)), REFUSED),
        case("that its group may write", lambda folder: (folder.mkdir(), folder.chmod(0o770)), REFUSED),
        case("that was closed", lambda folder: (folder.mkdir(), folder.chmod(0)), [0, ""]),
        case("that others may read", lambda folder: (folder.mkdir(), folder.chmod(0o755)), [0, ""]),
        case("with a lock that is a link", lock_linked, REFUSED),
        case("with a lock that is a folder", lock_is_folder, REFUSED),
    ]
    if os.getuid() == 0:
        found.append(case("of somebody else", owned, REFUSED))
    return found
