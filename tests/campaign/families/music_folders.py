"""Folders of music: names, classes, tables that list the pieces, and what new_study.py finds in them."""

from functools import partial

from midi_bytes import smf
from music_files import LEFT_OUT, NOTES, REFUSED, good_pieces, import_once, melody, trial
from trying import Input

KIND = "folders of music"
ODD = smf(melody(*NOTES))
SPLIT = {"path": "list.csv", "columns": {"sequence": "file", "target": "class"}}
one = partial(trial, KIND)


def inputs(shared, random):
    import_once()
    return [*names(), *layouts(), *tables(), *own_folders()]


def names():
    for title, name in {
        "a line end": "p\nx.mid", "a command for the terminal": "p\x1b]2;x\x07.mid", "a number sign": "p#1#2.mid",
        "a comma and quotation marks": 'p,"x".mid',
        "a formula": "p=cmd().mid", "braces": "p{0}%s.mid", "an emoji": "p\U0001f3b9.mid",
        "an ending in upper case": "podd.MID", "text from right to left": "p\u202e.mid",
        "250 letters": "p" * 246 + ".mid", "a space first": "p odd .mid",
    }.items():  # fmt: skip
        yield one(f"name with {title}", ODD, list(NOTES), name)
    yield one(
        "name in another Unicode form",
        ODD,
        list(NOTES),
        "pe\u0301.mid",
        options={"window": 64, "classes": {"p": ["p[0-9].mid", "p\u00e9.mid"], "q": ["q*.mid"]}},
    )
    yield one("names in two Unicode forms", ODD, REFUSED, "pe\u0301.mid", {"p\u00e9.mid": ODD})
    yield one("file of the macOS beside the piece", ODD, list(NOTES), files={"._podd.mid": b"\0\5\x16\7"})


def layouts():
    def with_classes(name, classes, expected=REFUSED, files=None, **options):
        return one(name, ODD, expected, files=files, options={"window": 64, "classes": classes, **options})

    both = {"p": ["p*.mid"], "q": ["q*.mid"]}
    yield with_classes("piece in two classes", {"p": ["*.mid"], "q": ["q*.mid"]})
    yield with_classes("class without a piece", {**both, "r": ["r*.mid"]})
    yield with_classes("class of which no piece can be read", {**both, "r": ["r*.mid"]}, files={"r.mid": b"none"})
    yield with_classes("pattern that goes up", {"p": ["../p*.mid"], "q": ["q*.mid"]})
    yield with_classes("absolute pattern", {"p": ["/etc/*"], "q": ["q*.mid"]})
    yield with_classes("window of 10 to the 15", both, window=10**15, expected=list(NOTES))
    yield with_classes("fewest notes beyond the window", both, window=64, fewest_notes=1000)
    broken = dict.fromkeys(good_pieces(), b"none")
    yield one("no piece that can be read", None, REFUSED, files=broken)
    few = dict.fromkeys(list(good_pieces())[:2], b"none")
    yield one("too many pieces that cannot be read", ODD, REFUSED, files=few)
    yield one("folder without pieces", None, REFUSED, files=dict.fromkeys(good_pieces()))


def tables():
    rows = "".join(f"{name},{name[0]}\n" for name in good_pieces())

    def listed(name, text, expected=REFUSED, files=None, **table):
        content = text if isinstance(text, bytes) else f"file,class\n{rows}{text}".encode()
        options = {"window": 64, "table": {**SPLIT, **table}}
        return one(name, ODD, expected, files={"list.csv": content, **(files or {})}, options=options)

    yield listed("table that lists the pieces", "podd.mid,p\n", list(NOTES))
    yield listed("table with another case of the ending", "podd.MID,p\n", list(NOTES))
    yield listed("table that lists a piece twice", "podd.mid,p\npodd.mid,p\n")
    yield listed("table that lists a piece in two ways", "podd.mid,p\npodd.MID,p\n")
    yield listed("table that lists a missing piece", "none.mid,p\n")
    for title, path in {
        "a path up": "../demo/podd.mid",
        "an absolute path": "/etc/passwd",
        "a NUL": "podd\0.mid",
        "a web address": "http://x/podd.mid",
        "itself": "list.csv",
        "nothing": "",
        "5,000 letters": "p" * 5000,
    }.items():
        yield listed(f"table that lists {title}", f"{path},p\n", LEFT_OUT if title == "itself" else REFUSED)
    yield listed("table with a class of a formula", "podd.mid,=cmd()\n")
    yield listed("table without a class", "podd.mid,\n")
    yield listed("table without its columns", b"a,b\n1,2\n")
    yield listed("empty table", b"")
    yield listed("table that is a piece", ODD)


def own_folders():
    """What a user has, given to new_study.py: it finds the class of each piece, or says what is missing."""
    good = {f"{name[0]}/{name}": content for name, content in good_pieces(12).items()}

    def study(name, files, found=None, *options):
        def prepare(work):
            for path, content in files.items():
                (work / "mine" / path).parent.mkdir(parents=True, exist_ok=True)
                (work / "mine" / path).write_bytes(content)

        def run(work):
            import new_study as program

            program.main([str(work / "mine"), "--dry-run", *options])
            return (work.parent / "output").read_text()

        def check(printed):
            assert found in printed, found

        return Input(KIND, name, prepare, run, check if found else REFUSED)

    yield study("own folder with two classes", good, "p: 12 with 12")
    yield study(
        "own folder with a piece that cannot be read", {**good, "p/odd.mid": b"none"}, "1 piece that cannot be read"
    )
    yield study("own folder with hidden files", {**good, ".git/x.mid": b"none", "p/._p1.mid": b"none"}, "p: 12 with 12")
    yield study("own folder with one class", {path: content for path, content in good.items() if path[0] == "p"})
    yield study("own folder with a piece in no class", {**good, "odd.mid": ODD})
    yield study("own folder without music", {"a.txt": b"x"})
    yield study("own folder with scores only", {"a.krn": b"**kern\n4c\n*-\n"})
    yield study("own folder of pieces that cannot be read", dict.fromkeys(good, b"none"))
    rows = "".join(f"{path},{path[0]}\n" for path in good)
    listed = {**good, "list.csv": f"file,composer\n{rows}".encode()}
    yield study("own folder with a table", listed, "files listed in list.csv")
    for title, row in {"a path up": "../../x.mid,p\n", "a missing piece": "none.mid,p\n"}.items():
        text = f"file,composer\n{rows}{row}".encode()
        yield study(
            f"own folder with a table that lists {title}", {**good, "list.csv": text}, None, "--target", "composer"
        )
