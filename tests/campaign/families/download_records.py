"""Records of downloads and of their checksums, damaged, changed, or those of another source."""

import json
import os
import shutil
from itertools import pairwise

from fetching import DESTINATION, arrived, checksum, definition, hurry, import_once, make_room
from trying import REFUSED, Input
from web import BODY, running, serve

KIND = "records of downloads"
FILES = {"a.txt": b"alpha\n", "set/b.csv": b"1,2\n"}
FLIPS, CUTS = 8, 5  # at random places
LOCK = "sources.lock.yaml"


def inputs(shared, random):
    import_once()
    return [*damaged_records(random), *changed_values(), *changed_files(), *locks()]


def record(name, change, expected=REFUSED, or_refused=False):
    """A trial of a download whose folder is changed before it is read."""

    def prepare(work):
        from beyondtext.data.fetch import fetch

        make_room(work)
        for path, content in FILES.items():
            (work / "given" / path).parent.mkdir(parents=True, exist_ok=True)
            (work / "given" / path).write_bytes(content)
        fetch(definition(address=str(work / "given")), work / DESTINATION)
        change(work / DESTINATION)

    def run(work):
        from beyondtext.data.raw import raw_files

        return {path: place.read_bytes() for path, place in raw_files(DESTINATION).items()}

    return Input(KIND, name, prepare, run, expected, or_refused)


def rewrite(change):
    """Change the bytes of the record."""

    def write(folder):
        path = folder / "source.json"
        path.write_bytes(change(path.read_bytes()))

    return write


def edited(change):
    """Change the record as an object, and leave its checksum."""

    def in_text(content):
        value = json.loads(content)
        change(value)
        return json.dumps(value).encode()

    return rewrite(in_text)


def damaged_records(random):
    yield record("record as it was written", lambda folder: None, FILES)
    yield record("record with other spaces", rewrite(lambda content: json.dumps(json.loads(content)).encode()), FILES)
    for number in range(FLIPS):
        place, bit = random.random(), random.randrange(8)

        def flip(content, place=place, bit=bit):
            changed = bytearray(content)
            changed[int(place * len(content))] ^= 1 << bit
            return bytes(changed)

        # A changed space is none of the content.
        yield record(f"record with a random bit flipped ({number + 1})", rewrite(flip), FILES, or_refused=True)
    for number in range(CUTS):
        share = random.random()
        cut = rewrite(lambda content, share=share: content[: int(share * (len(content) - 2))])
        yield record(f"record cut at a random place ({number + 1})", cut)
    for title, text in {
        "nothing": b"", "zeros": bytes(200), "null": b"null", "a list": b"[]", "an empty object": b"{}",
        "a number": b"7", "NaN": b'{"files": NaN}',
        "100,000 open brackets": b"[" * 100_000, "no UTF-8": b"\xff\xfe{}", "two objects": b"{}{}",
        "a number of 5,000 digits": b"9" * 5000,
        "a pickle that runs code": b"cos\nsystem\n(S'touch $CAMPAIGN_CANARY'\ntR.",
    }.items():  # fmt: skip
        yield record(f"record that is {title}", rewrite(lambda content, text=text: text))


def changed_values():
    for key in ("source", "version", "sha256", "size", "changes", "files", "checksum"):
        yield record(f"record without {key}", edited(lambda value, key=key: value.pop(key)))
        yield record(
            f"record with a null for {key}",
            edited(
                lambda value, key=key: value.update({key: None}) if value[key] is not None else value.update({key: 0})
            ),
        )
    yield record("record with one key more", edited(lambda value: value.update(more=1)))
    yield record("record without one of its files", edited(lambda value: value["files"].pop("a.txt")))
    yield record(
        "record with a file of the system",
        edited(lambda value: value["files"].update({"/etc/hostname": {"sha256": "0" * 64, "size": 1}})),
    )

    def of_another(folder):
        shutil.copytree(folder, folder.parent / "other")
        shutil.rmtree(folder)
        from beyondtext.core.records import read_record, write_record

        path = folder.parent / "other/source.json"
        found = read_record(path, set(), "")
        path.unlink()
        write_record(path, {**found, "source": "other"})
        shutil.move(folder.parent / "other", folder)

    yield record("folder and record of another source", of_another)


def changed_files():
    def swap(folder):
        one, two = folder / "a.txt", folder / "set/b.csv"
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)

    def to_link(folder):
        (folder / "copy").write_bytes(FILES["a.txt"])
        replace(folder / "a.txt", lambda path: path.symlink_to("copy"))

    changes = {
        "is missing": lambda folder: (folder / "a.txt").unlink(),
        "is empty": lambda folder: (folder / "a.txt").write_bytes(b""),
        "has one byte more": lambda folder: (folder / "a.txt").write_bytes(FILES["a.txt"] + b"\n"),
        "has one letter changed": lambda folder: (folder / "a.txt").write_bytes(b"Alpha\n"),
        "is a folder": lambda folder: replace(folder / "a.txt", lambda path: path.mkdir()),
        "is a pipe": lambda folder: replace(folder / "a.txt", os.mkfifo),
        "is a link to nothing": lambda folder: replace(folder / "a.txt", lambda path: path.symlink_to("/nowhere")),
        "is a link to another file": lambda folder: replace(
            folder / "a.txt", lambda path: path.symlink_to("/etc/hostname")
        ),
        "was exchanged with the other": swap,
    }
    for title, change in changes.items():
        yield record(f"file that {title}", change)
    yield record("file that is a link to the same bytes", to_link, FILES)
    yield record("file more than the record has", lambda folder: (folder / "more.txt").write_bytes(b"x"), FILES)
    yield record("folder that is missing", shutil.rmtree)
    yield record("folder that is a file", lambda folder: replace_tree(folder))


def replace(path, make):
    path.unlink()
    make(path)


def replace_tree(folder):
    shutil.rmtree(folder)
    folder.write_text("x")


def locks():
    """The file with the checksums of first downloads."""
    known = checksum(BODY)
    expected = {"data.bin": BODY}
    whole = {"origin": "{url}/data.bin", **known}

    def lock(name, text, expected=REFUSED, or_refused=False, after=None, keeps=()):
        def prepare(work):
            make_room(work)
            if callable(text):
                text(work / LOCK)

        def run(work):
            hurry()
            import download as program
            from beyondtext.data import locks
            from beyondtext.study import definitions

            locks.LOCK = work / LOCK
            with running() as server:
                server.answers["/data.bin"] = [serve()]
                source = definition("http", address=f"{server.url}/data.bin")
                definitions.source = lambda name: source
                if isinstance(text, str | bytes):
                    content = text if isinstance(text, bytes) else text.encode()
                    (work / LOCK).write_bytes(content.replace(b"{url}", server.url.encode()))
                try:
                    program.main(["demo", "--destination", str(DESTINATION)])
                finally:
                    if isinstance(text, str | bytes) and after != "new":
                        assert (work / LOCK).read_bytes() == content.replace(b"{url}", server.url.encode())
                entry = locks._read(work / LOCK).get("demo")
                assert entry == {"origin": source["address"], **known}, entry
            return arrived()

        return Input(KIND, name, prepare, run, expected, or_refused, (LOCK, f".{LOCK}.lock", *keeps))

    def entry(**changes):
        return json.dumps({"demo": {key: value for key, value in {**whole, **changes}.items() if value is not None}})

    yield lock("no file of checksums", lambda path: None, expected)
    yield lock("file of checksums with the right one", entry(), expected)
    yield lock("file of checksums with the right one and line ends of Windows", entry() + "\r\n", expected)
    yield lock(
        "file of checksums with a mark of the byte order", b"\xef\xbb\xbf" + entry().encode(), expected, or_refused=True
    )
    yield lock("checksum of another address", entry(origin="http://elsewhere/x"), expected, after="new")
    yield lock("checksum of other bytes", entry(sha256="0" * 64))
    yield lock("size of other bytes", entry(size=7))
    for title, change in {
        "checksum in upper case": {"sha256": known["sha256"].upper()}, "no checksum": {"sha256": None},
        "no size": {"size": None}, "a size in words": {"size": "many"},
        "size 0": {"size": 0}, "a size below 0": {"size": -5}, "half a size": {"size": 0.5},
        "no address": {"origin": None}, "a list of addresses": {"origin": []},
        "a commit that is a path": {"revision": "../../evil"}, "a key that nobody knows": {"more": 1},
        "a checksum with a line end": {"sha256": known["sha256"] + "\n"},
    }.items():  # fmt: skip
        yield lock(f"file of checksums with {title}", entry(**change))
    letters = "abcdefghij"
    anchors = [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in pairwise(letters)]
    for title, text in {
        "nothing": "", "a list": "- demo\n", "a word": "demo\n", "no YAML": "demo: [\n",
        "a key twice": entry()[:-1] + ", " + entry()[1:], "binary": bytes(range(256)),
        "code": "!!python/object/apply:os.system ['touch $CAMPAIGN_CANARY']\n", "null": "demo: null\n",
        "nested lists": "[" * 100_000,
        "anchors that multiply": "\n".join(["a: &a [x]", *anchors]),
    }.items():  # fmt: skip
        yield lock(f"file of checksums that is {title}", text)
    yield lock("file of checksums that is a folder", lambda path: path.mkdir())
    yield lock("file of checksums that is a pipe", os.mkfifo)
    yield lock(
        "file of checksums that is a link to nothing",
        lambda path: path.symlink_to("/nowhere/x"),
        expected,
        or_refused=True,
        keeps=(),
    )
    yield lock(
        "lock of the file of checksums that is a folder",
        lambda path: path.with_name(f".{LOCK}.lock").mkdir(),
        expected,
        or_refused=True,
        keeps=("demo", "demo/*"),
    )
