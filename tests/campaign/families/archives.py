"""Archives with hostile names, links, devices and folders: what arrives is exactly what was asked for."""

import stat
import tarfile
from functools import partial

from fetching import import_once, local
from packed import Entry, attributes, member, pack, tar_of, tarred, zip_of, zipped
from trying import REFUSED

KIND = "archives"
GOOD = {"set/a.txt": b"alpha\n" * 200, "b.csv": b"1,2\n"}
TABLE = {"b.csv": GOOD["b.csv"]}
# A member's name, and where its file arrives; None if the archive must be refused.
NAMES = {
    "a path to the folder above": ("../evil.txt", None),
    "a path up and down and up": ("set/../../evil.txt", None),
    "a path that goes up and comes back": ("set/../a.txt", None),
    "an absolute path": ("/tmp/evil.txt", None),
    "two slashes first": ("//tmp/evil.txt", None),
    "a drive of Windows": ("C:/evil.txt", None),
    "a drive without a slash": ("c:evil.txt", None),
    "backslashes that go up": ("..\\evil.txt", None),
    "a share of Windows": ("\\\\server\\evil.txt", None),
    "300 letters": ("n" * 300, None),
    "6,000 letters": ("n" * 6000, None),
    "200 letters of two bytes": ("é" * 200, None),
    "a path of 5,000 characters": ("/".join(["f" * 100] * 50), None),
    "101 folders": ("f/" * 101 + "a.txt", None),
    "nothing": ("", None),
    "two dots": ("..", None),
    "the name of the record": ("source.json", None),
    "255 letters": ("n" * 255, "n" * 255),
    "99 folders": ("f/" * 99 + "a.txt", "f/" * 99 + "a.txt"),
    "a dot first": ("./a.txt", "a.txt"),
    "two slashes inside": ("set//b.txt", "set/b.txt"),
    "a folder of a dot inside": ("set/./b.txt", "set/b.txt"),
    "dots inside": ("a..b/c...txt", "a..b/c...txt"),
    "a dash first": ("-rf", "-rf"),
    "a space at the end": ("a.txt ", "a.txt "),
    "a line end": ("a\nb.txt", "a\nb.txt"),
    "a command for the terminal": ("\x1b[2Ja.txt", "\x1b[2Ja.txt"),
    "text from right to left": ("a\u202etxt.exe", "a\u202etxt.exe"),
    "an emoji and an accent": ("é\U0001f3b9.txt", "é\U0001f3b9.txt"),
    "a command for the shell": ("$(touch ran).txt", "$(touch ran).txt"),
    "a percent sign and braces": ("%s{0}.txt", "%s{0}.txt"),
    "a leading dot": (".bashrc", ""),
    "a hidden folder": ("set/.ssh/keys", ""),
}
LINKS = {
    "a link to a file of the system": {"kind": tarfile.SYMTYPE, "linkname": "/etc/hostname"},
    "a link to a folder above": {"kind": tarfile.SYMTYPE, "linkname": "../.."},
    "a link to itself": {"kind": tarfile.SYMTYPE, "linkname": "link.txt"},
    "a hard link to a file of the system": {"kind": tarfile.LNKTYPE, "linkname": "/etc/hostname"},
    "a hard link to a file in it": {"kind": tarfile.LNKTYPE, "linkname": "b.csv"},
    "a pipe": {"kind": tarfile.FIFOTYPE},
    "a device": {"kind": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5},
    "a disk": {"kind": tarfile.BLKTYPE, "devmajor": 8},
}
one = partial(local, KIND)


def inputs(shared, random):
    import_once()
    return [*names(), *strange_names(), *links(), *kinds_in_tars(), *kinds_in_zips()]


def names():
    """Each name in each kind of archive; the compressed ones only differ in how they are read, so one is drawn."""
    for title, (name, place) in NAMES.items():
        expected = REFUSED if place is None else {**GOOD, **({place: b"more"} if place else {})}
        for container in ("zip", "tar", "tar.gz"):
            yield one(f"{container} with a name of {title}", pack(container, {**GOOD, name: b"more"}), expected)


def strange_names():
    for title, name in {"a NUL": "a\0.txt", "a NUL and a path": "a\0/../../evil.txt"}.items():
        yield one(f"zip with a name that has {title}", zip_of({**GOOD, name: b"evil"}))
        path = attributes({b"path": name.encode()})
        yield one(f"tar with a name that has {title}", tarred(path, member("a", b"evil")))
    composed = "caf\u00e9.txt"
    twins = {
        "in two Unicode forms": (composed, "cafe\u0301.txt"),
        "twice": ("a", "a"),
        "also as a folder": ("a", "a/b"),
    }
    for title, pair in twins.items():
        yield one(f"zip with a name {title}", zipped(*(Entry(name, b"x") for name in pair)))
        yield one(f"tar with a name {title}", tarred(*(member(name, b"x") for name in pair)))
    both = {"a.TXT": b"one", "A.txt": b"two"}
    for container in ("zip", "tar.xz"):
        yield one(f"{container} with a name in two cases", pack(container, both), both, or_refused=True)
    old, foreign = Entry(b"caf\x82.txt", b"x", flags=0), Entry(composed, b"x", flags=0)
    yield one("zip with a name in the old code page", zipped(old), {composed: b"x"})
    yield one("zip with a name as macOS writes it", zipped(foreign), {composed: b"x"})
    yield one("zip with a name that is not the UTF-8 declared", zipped(Entry(b"caf\xe9.txt", b"x")))
    latin = tarred(member("caf\udce9.txt", b"x"), form=tarfile.GNU_FORMAT)
    yield one("tar with a name that is not UTF-8", latin)
    yield one("zip with backslashes between folders", zipped(Entry("set\\a.txt", b"x")), {"set/a.txt": b"x"})
    yield one("zip with a path written in two ways", zipped(Entry("set\\a.txt", b"x"), Entry("set/a.txt", b"y")))
    yield one("zip with another name in front of the content", zipped(Entry("a.txt", b"x", local=b"../a.txt")))
    for title, key in {"path": b"path", "path of the old kind": b"GNU.sparse.name"}.items():
        up = attributes({key: b"../evil.txt", b"GNU.sparse.major": b"0", b"GNU.sparse.size": b"1"})
        yield one(f"tar with an attribute for a {title} to the folder above", tarred(up, member("a.txt", b"x")))
    for_all = tarfile.TarInfo.create_pax_global_header({"path": "../evil.txt"})
    yield one("tar with a path for all members", tarred(for_all, member("a.txt", b"x")), or_refused=True)


def links():
    good = [member(name, content) for name, content in GOOD.items()]
    for title, link in LINKS.items():
        content = tarred(*good, member("link.txt", **link))
        yield one(f"tar with {title}, asked for", content)
        yield one(f"tar with {title}, not asked for", content, TABLE, paths=["*.csv"])
    folder = member("set", kind=tarfile.SYMTYPE, linkname="/tmp")
    yield one("tar with a file below a link to a folder", tarred(folder, member("set/a.txt", b"evil")))
    yield one(
        "tar with a file below a link that is not asked for",
        tarred(folder, member("set/a.txt", b"x")),
        {"set/a.txt": b"x"},
        or_refused=True,
        paths=["set/a.txt"],
    )
    good = [Entry(name, content) for name, content in GOOD.items()]
    content = zipped(*good, Entry("link.txt", b"/etc/hostname", mode=stat.S_IFLNK | 0o777))
    yield one("zip with a link, asked for", content)
    yield one("zip with a link, not asked for", content, TABLE, paths=["*.csv"])
    yield one("zip with a device", zipped(*good, Entry("d", mode=stat.S_IFCHR | 0o666)))
    yield one("zip with a pipe", zipped(*good, Entry("d", mode=stat.S_IFIFO | 0o666)))


def kinds_in_tars():
    expected = {"a.txt": b"x"}
    yield one("tar with a file that runs as its owner", tarred(member("a.txt", b"x", mode=0o6777)), expected)
    yield one("tar with a file that nobody may read", tarred(member("a.txt", b"x", mode=0)), expected)
    closed = member("set", kind=tarfile.DIRTYPE, mode=0)
    yield one("tar with a folder that nobody may enter", tarred(closed, member("set/a.txt", b"x")), {"set/a.txt": b"x"})
    yield one("tar with a file of an unknown kind", tarred(member("a.txt", b"x", kind=b"Q")), expected, or_refused=True)
    yield one("tar with a file in one piece", tarred(member("a.txt", b"x", kind=tarfile.CONTTYPE)), expected)
    far = member("a.txt", b"x", uid=2**40, gid=2**40, mtime=2**60, uname="root")
    yield one("tar with owners and times beyond all bounds", tarred(far, form=tarfile.GNU_FORMAT), expected)
    old = member("a.txt", b"x", kind=tarfile.AREGTYPE)
    yield one("tar of the oldest kind", tarred(old, form=tarfile.USTAR_FORMAT), expected)
    yield one(
        "tar with a folder that has a size",
        tarred(member("set", b"x" * 512, kind=tarfile.DIRTYPE), *[old]),
        expected,
        or_refused=True,
    )
    yield one("tar of folders only", tarred(member("set", kind=tarfile.DIRTYPE)))
    holes = {b"GNU.sparse.major": b"0", b"GNU.sparse.minor": b"1", b"GNU.sparse.size": b"9", b"GNU.sparse.map": b"8,1"}
    sparse = tarred(attributes(holes), member("a.txt", b"x"))
    yield one("tar with a file with a hole", sparse, {"a.txt": bytes(8) + b"x"}, or_refused=True)
    huge = tarred(attributes({**holes, b"GNU.sparse.size": b"9" * 13}), member("a.txt", b"x"))
    yield one("tar with a file with a hole of terabytes", huge)
    long = attributes({b"path": b"set/" * 20 + b"a" * 120})
    yield one("tar with a long path in an attribute", tarred(long, member("a", b"x")), {"set/" * 20 + "a" * 120: b"x"})
    yield one("tar that has only its end", tar_of({}))


def kinds_in_zips():
    expected = {"a.txt": b"x"}
    good = [Entry(name, content) for name, content in GOOD.items()]
    yield one("zip with a file that runs as its owner", zipped(Entry("a.txt", b"x", mode=0o106777)), expected)
    yield one("zip with a file that nobody may read", zipped(Entry("a.txt", b"x", mode=0o100000)), expected)
    yield one("zip without modes", zipped(Entry("a.txt", b"x", mode=0)), expected)
    yield one("zip with a folder that has content", zipped(*good, Entry("more/", b"evil")), GOOD, or_refused=True)
    yield one("zip of folders only", zipped(Entry("set/")))
    yield one("zip with a file whose folder is a file", zipped(Entry("a", b"x"), Entry("a/b/c", b"y")))
    yield one(
        "zip with a file and a folder of one name", zipped(Entry("a", b"x"), Entry("a/")), {"a": b"x"}, or_refused=True
    )
    yield one("empty zip", zipped())
