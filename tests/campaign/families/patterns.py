"""Header expressions and glob patterns that somebody else wrote."""

import json

from own_config import FASTA, SOURCE, copy_config, move_to, write_definition
from sources import write_source
from trying import REFUSED, Input
from wrong_values import printed, with_value

KIND = "patterns"


def inputs(shared, random):
    import check_study
    import download
    import make_examples
    from beyondtext.core import paths

    check_study.main([paths.default_config()])  # imports once what every input needs
    assert download and make_examples
    return [*header_expressions(), *globs()]


def header_expressions():
    """Header expressions that may take for ever, in what `make_examples.py` is given."""
    records = [(f"{number}", "pq"[number % 2]) for number in range(24)]
    letters = ["ACDEFGHIKLMN"[number % 12] for number in range(24)]
    text = "".join(
        f">{'a' * 40}{number} {name}\n{letters[int(number)]}{'AC' * int(number)}\n" for number, name in records
    )

    def examples(words, header, expected=REFUSED):
        def prepare(folder):
            write_source(folder / "raw" / "mine", {"a.fasta": text})

        def run(folder):
            import make_examples

            move_to(folder)
            definition = with_value(FASTA, ("options", "header"), header)
            options = ["--definition", json.dumps(definition), "--raw", "raw", "--output", "out/mine.parquet"]
            return printed(make_examples.main, "mine", *options).partition(" sequences")[0]

        return Input(KIND, f"a header expression with {words}", prepare, run, expected, keeps=("out",))

    read = "mine: 12 train, 6 validation, 6 test"
    yield examples("the id and the target", r"^(?P<id>\S+) (?P<target>\w+)$", read)
    yield examples("a look behind", r"(?<= )(?P<target>[pq])$", read)
    yield examples("repeats within repeats", r"^((a+)+)+b(?P<target>\w)$")
    yield examples("two ways for every letter", r"^(?:a|a)+!(?P<target>\w)$")
    yield examples("no target", r"^(?P<id>\S+)")
    yield examples("a group that is not known", r"^(?P<id>\S+) (?P<target>\w)(?P<code>.*)$")
    yield examples("an empty target", r"(?P<target>)")


def globs():
    """Patterns of a local source's files."""
    tree = {
        "a.fasta": "A",
        "b/a.fasta": "B",
        "b/[1].fasta": "C",
        "b/c/d/e/f/g/h/i/j/k/x.txt": "D",
        ".hidden.fasta": "E",
    }
    tree["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.csv"] = "F"

    def files(words, patterns, expected=REFUSED):
        def prepare(folder):
            copy_config(folder)
            write_definition(folder, "sources", "mine", {**SOURCE, "paths": patterns})
            for name, content in tree.items():
                (folder / "own" / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / "own" / name).write_text(content)

        def run(folder):
            import download
            from beyondtext.data.raw import raw_files

            move_to(folder, with_config=True)
            download.main(["mine", "--path", str(folder / "own")])
            return {name: path.read_text() for name, path in raw_files(folder / "data" / "raw" / "mine").items()}

        return Input(KIND, f"a pattern with {words}", prepare, run, expected, keeps=("data", "data/raw"))

    yield files("a star", ["*.fasta"], {"a.fasta": "A"})
    yield files("two stars", ["**/*.fasta"], {name: tree[name] for name in ("a.fasta", "b/a.fasta", "b/[1].fasta")})
    yield files("brackets that are the file's own", ["b/[1].fasta"], {"b/[1].fasta": "C"})
    yield files("a hundred stars for folders", ["/".join(["**"] * 100 + ["x.txt"])], {"b/c/d/e/f/g/h/i/j/k/x.txt": "D"})
    yield files("a hundred stars for folders and nothing there", ["/".join(["**"] * 100 + ["y.txt"])])
    yield files("a star between all letters", ["*" + "a*" * 60 + "b"])
    yield files("a dot for a hidden file", [".hidden.fasta"], {".hidden.fasta": "E"})
    for words, pattern in {
        "an open bracket": "[",
        "an open class": "[!",
        "a range that ends before it begins": "[z-a].fasta",
        "braces": "{a,b}.fasta",
        "an absolute path": "/etc/passwd",
        "dots that climb": "../config/config.yaml",
        "dots that climb and come back": "b/../../own/a.fasta",
        "a home folder": "~/a.fasta",
        "a backslash": "b\\a.fasta",
        "a folder": "b",
        "a line feed at its end": "a.fasta\n",
        "a command": "$(touch ran).fasta",
        "ten thousand letters": "a" * 10_000,
    }.items():
        yield files(words, [pattern])
