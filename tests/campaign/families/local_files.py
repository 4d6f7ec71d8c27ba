"""Files and folders on the disk as sources: links, pipes, devices, names, and what changes while it is read."""

import os
import shutil
import socket
from functools import partial

from fetching import DESTINATION, definition, download, filled, import_once, local, make_room
from packed import zip_of
from trying import REFUSED, Input

KIND = "local files"
FILES = {"a.txt": b"alpha\n", "set/b.csv": b"1,2\n"}


def inputs(shared, random):
    import_once()
    return [*links(), *others(), *names(), *places(), *instead(), *changing(random)]


def folder(name, more=lambda folder: None, expected=REFUSED, or_refused=False, keeps=(), **changes):
    """A trial of the folder ``given``, to which ``more`` adds something."""

    def write(work):
        put(work / "given", FILES)
        more(work / "given")

    return local(KIND, name, write, expected, "given", or_refused, keeps, **changes)


def put(folder, files):
    for path, content in files.items():
        place = os.path.join(os.fsencode(folder), path if isinstance(path, bytes) else path.encode())
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as out:
            out.write(content)


def links():
    def link(target, name="link"):
        return lambda folder: (folder / name).symlink_to(target)

    both = {**FILES, "link": FILES["a.txt"]}
    yield folder("folder with a link to a file in it", link("a.txt"), both)
    yield folder("folder with a link to a folder in it", link("set"), {**FILES, "link/b.csv": FILES["set/b.csv"]})
    for title, target in {
        "nothing": "/nowhere",
        "itself": "link",
        "a device": "/dev/zero",
        "an endless file": "/dev/urandom",
    }.items():
        yield folder(f"folder with a link to {title}", link(target))
        yield folder(
            f"folder with a link to {title} that is not asked for",
            link(target),
            {"a.txt": FILES["a.txt"]},
            paths=["*.txt"],
        )
    yield folder("folder with a link to itself inside", link("..", "set/up"))
    yield folder("folder with a link to the folder above", link("../.."))

    def circle(folder):
        (folder / "one").symlink_to("two")
        (folder / "two").symlink_to("one")

    def deep(folder):
        for number in range(8):
            (folder / f"x{number}").symlink_to("set" if number == 0 else f"x{number - 1}")

    yield folder("folder with a circle of two links", circle)
    expected = {**FILES, **{f"x{number}/b.csv": FILES["set/b.csv"] for number in range(8)}}
    yield folder("folder with links to links", deep, expected)


def others():
    """What is neither a file nor a folder."""

    def listening(folder):
        here = os.getcwd()
        os.chdir(folder)  # the path of a socket is short
        socket.socket(socket.AF_UNIX).bind("x")
        os.chdir(here)

    kinds = {"pipe": lambda folder: os.mkfifo(folder / "x"), "socket": listening}
    for title, make in kinds.items():
        yield folder(f"folder with a {title}", make)
        yield folder(f"folder with a {title} that is not asked for", make, FILES, paths=["*.txt", "set/*"])
        yield folder(f"{title} as the source", make, address="{work}/given/x")
    for path in ("/dev/zero", "/dev/stdin", "/proc/self/mem", "/proc/kmsg", "/proc/self/fd/0", "/dev"):
        yield folder(f"{path} as the source", address=path)
    yield folder("folder of a process", address="/proc/self/fd", or_refused=True, paths=["0"])
    yield folder("empty folder", emptied)
    yield folder("empty file", lambda folder: (folder / "x").touch(), address="{work}/given/x")


def emptied(folder):
    shutil.rmtree(folder)
    folder.mkdir()


def names():
    """Names that a file of a folder may have, and whether it arrives."""
    for title, name in {
        "a line end": "a\nb", "a command for the terminal": "\x1b]2;x\x07", "a backslash": "a\\b",
        "a dash first": "-rf", "an emoji": "\U0001f3b9",
        "text from right to left": "a\u202etxt", "a space": " ", "a quotation mark": "a'\"b",
        "a command for the shell": "$(touch ran)",
        "255 letters": "n" * 255, "brackets and a star": "[a]*?.txt", "a folder with a line end": "a\n/b",
    }.items():  # fmt: skip
        yield folder(f"file whose name has {title}", partial(put, files={name: b"x"}), {**FILES, name: b"x"})
    yield folder("file whose name is not UTF-8", partial(put, files={b"caf\xe9": b"x"}))
    yield folder(
        "file whose name is not UTF-8 that is not asked for",
        partial(put, files={b"caf\xe9": b"x"}),
        FILES,
        paths=["*.txt", "set/*"],
    )
    yield folder("file whose name is that of the record", partial(put, files={"source.json": b"{}"}))
    yield folder("files in two Unicode forms", partial(put, files={"caf\u00e9": b"x", "cafe\u0301": b"y"}))
    cases = {"x.TXT": b"x", "X.txt": b"y"}
    yield folder("files in two cases", partial(put, files=cases), {**FILES, **cases}, or_refused=True)
    yield folder("hidden files", partial(put, files={".x": b"x", ".git/config": b"y"}), FILES)
    many = {f"f{number}": b"" for number in range(3000)}
    yield folder("3,000 files", partial(put, files=many), {**FILES, **many})
    deep = "d/" * 200 + "x"
    yield folder("file below 200 folders", partial(put, files={deep: b"x"}), {**FILES, deep: b"x"})


def places():
    """Addresses and patterns."""
    for title, address in {
        "nothing": "", "a NUL": "{work}/given\0", "a line end": "{work}/given\n", "5,000 letters": "n" * 5000,
        "nobody's home": "~nobody-here/x", "a missing file": "{work}/given/x",
        "a file as folder": "{work}/given/a.txt/x", "a web address": "http://127.0.0.1/x",
        "an address of a file": "file:///etc/passwd", "spaces": "   ",
    }.items():  # fmt: skip
        yield folder(f"address that is {title}", address=address)
    for title, pattern in {
        "a path up": "../x", "an absolute path": "/etc/passwd", "an open bracket": "[", "a folder": "set",
        "an empty path": "/",
        "a path with a NUL": "a\0b", "300 folders": "**/" * 300 + "x", "in another case": "A.TXT.gz",
        "with a backslash": "set\\b.csv",
    }.items():  # fmt: skip
        yield folder(f"pattern that is {title}", paths=[pattern])
    yield folder("pattern of 2,000 stars", paths=["*" * 2000], expected={"a.txt": FILES["a.txt"]})
    yield folder("the same pattern twice", paths=["*.txt", "*.txt"], expected={"a.txt": FILES["a.txt"]})
    yield folder("patterns that overlap", paths=["**", "a.txt", "**/*.csv"], expected=FILES)
    yield folder("checksum of another folder", sha256="0" * 64, size=10)
    yield folder("size of another folder", size=7)

    def prepare(work):
        make_room(work)
        put(work / DESTINATION, FILES)

    def run(work):
        return download(definition(address=str(work / DESTINATION)))

    yield Input(KIND, "source that is its own destination, with files of somebody", prepare, run)

    def prepare_above(work):
        make_room(work)
        put(work / "data", FILES)

    def run_twice(work):
        first = download(definition(address=str(work / "data")))
        return first, download(definition(address=str(work / "data")))

    def same(results):
        assert results[0] == results[1] == FILES, [sorted(result) for result in results]

    yield Input(KIND, "source that has its own destination in it", prepare_above, run_twice, same, or_refused=True)


def instead():
    """A path that is given in place of a source's address."""
    body = zip_of(FILES)
    source = {"kind": "http", "address": "http://127.0.0.1:9/x.zip", "licence": "x", "homepage": "x"}

    def given(name, make, path, expected=REFUSED, **changes):
        def prepare(work):
            make_room(work)
            make(work)

        def run(work):
            return download(definition(**{**source, **changes}), "--path", path)

        return Input(KIND, name, prepare, run, expected)

    def archive(work):
        (work / "by-hand.zip").write_bytes(body)

    from fetching import checksum

    yield given("archive that was fetched by hand", archive, "by-hand.zip", FILES, **checksum(body))
    yield given("another archive that was fetched by hand", archive, "by-hand.zip", sha256="0" * 64, size=len(body))
    yield given(
        "half an archive that was fetched by hand",
        lambda work: (work / "by-hand.zip").write_bytes(body[:-9]),
        "by-hand.zip",
    )
    yield given("folder in place of an archive", lambda work: put(work / "x", FILES), "x", FILES, **checksum(body))
    yield given("path that is missing", archive, "nowhere.zip")
    yield given("path of nobody's home", archive, "~nobody-here/x")


def changing(random):
    """Files that another program changes while they are read, at the moment of the copy."""

    def trial(name, change, expected=REFUSED):
        def prepare(work):
            make_room(work)
            put(work / "given", FILES)

        def run(work):
            copy = shutil.copyfile

            def copyfile(source, target, **options):
                change(work / "given")
                return copy(source, target, **options)

            shutil.copyfile = copyfile
            return download(filled(definition(address=str(work / "given")), ""))

        return Input(KIND, name, prepare, run, expected, keeps=("given/*",))

    yield trial("file that is deleted before it is copied", lambda folder: (folder / "a.txt").unlink(missing_ok=True))
    yield trial("folder that is deleted before it is copied", lambda folder: shutil.rmtree(folder, ignore_errors=True))

    def to_pipe(folder):
        (folder / "a.txt").unlink()
        os.mkfifo(folder / "a.txt")

    yield trial("file that becomes a pipe before it is copied", to_pipe)
