"""A user's own file, inspected by scripts/new_study.py: what it infers, what it refuses, and what it leaves behind."""

import csv
import io
import os
from dataclasses import replace

import task_files
from own_data_files import given, inferred
from task_files import AMINO_ACIDS, NUCLEOTIDES, PACK, as_file, distinct, draw_records, fasta, rows

KIND = "own data"
GENERATED = 30
SIZE = 40


def inputs(shared, random):
    """Files whose study must read them as they are meant, and files that must be refused."""
    task_files.preload()
    return [
        *distinct(lambda: _draw(random), GENERATED),
        *_names(random),
        *_values(random),
        *_columns(random),
        *_as_exported(random),
        *_options(random),
        *_refused(random),
        *_no_files(random),
    ]


def _records(random, targets=("p", "q"), alphabet=NUCLEOTIDES):
    return draw_records(random, SIZE, alphabet, (20, 60), targets)


def _table(cells, delimiter=","):
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(cells)
    return stream.getvalue()


# --- What is inferred.


def _draw(random):
    """A table or a FASTA file, written in some way."""
    alphabet = random.choice([NUCLEOTIDES, AMINO_ACIDS])
    names = random.choice([("p", "q"), ("binder", "none of these"), ("0", "1"), ("Nucleus-M", "Cell membrane-S")])
    records = _records(random, names, alphabet)
    counts, as_written = {}, records
    if random.random() < 0.3:
        as_written = [replace(one, sequence=one.sequence.lower()) for one in records]
        counts["lower_case"] = SIZE
    if random.random() < 0.6:
        delimiter = random.choice(",;\t|")
        words, text = [f"a table with {delimiter!r}"], _table(rows(as_written), delimiter)
    else:
        as_written = [replace(one, target=one.target.replace(" ", "_")) for one in as_written]
        records = [replace(one, target=one.target.replace(" ", "_")) for one in records]
        form = random.choice(["{id} kind={target} set={split}", "{id}|{target}|{split}", "{id}\t{target}\t{split}"])
        words, text = [f"FASTA {form!r}"], fasta(as_written, form, random.choice([10, 60, 1000]))
    more, content = as_file(text, random, 0.5)
    kind = {"kind": "class", "classes": sorted({one.target for one in records})}
    task = {"domain": "dna" if alphabet == NUCLEOTIDES else "protein", "target": kind}
    words = ", ".join([*words, names[1], "lower case" if counts else "upper case", task["domain"], *more])
    return given(KIND, words, "mine.data", content, inferred(records, "mine-data", task, **counts))


def _names(random):
    """Names of files that mean something to a shell, to YAML or to the file system, or are taken."""
    records = _records(random)
    text = _table(rows(records))
    names = {
        "it's my data.csv": "it-s-my-data",
        "$(touch pwned).csv": "touch-pwned",
        "`id`;rm -rf ~.csv": "id-rm-rf",
        "-rf.csv": "rf",
        "a\nb.csv": "a-b",
        "[ab]*?.csv": "ab",
        "{x}{wildcards.y}.csv": "x-wildcards-y",
        "%s%n.csv": "s-n",
        "<b>&amp;x.csv": "b-amp-x",
        "naïve Größe.csv": "naive-grosse",
        "数据.csv": "study",
        "🧬.csv": "study",
        "...csv": "study",
        ".hidden.csv": "hidden",
        "true.csv": "true",
        "null.csv": "null",
        "123.csv": "123",
        "1e5.csv": "1e5",
        "0x10.tsv": "0x10",
        "CON.csv": "con",
        "$x^2$.csv": "x-2",
        "=1+1.csv": "1-1",
        "#comment: x.csv": "comment-x",
        "a" * 251 + ".csv": "a" * 60,
        "train.csv": "data-train",
        "no ending": "no-ending",
        "picture.png": "picture-png",
    }
    found = [
        given(KIND, f"a file called {name!r:.60}", name, text, inferred(records, study))
        for name, study in names.items()
    ]
    not_utf8 = os.fsdecode(b"caf\xe9.csv")
    found.append(
        given(KIND, "a file whose name is not UTF-8", not_utf8, text, inferred(records, "caf"), or_refused=True)
    )
    found.append(given(KIND, "a file whose name has an escape sequence", "\x1b[31mred\x07.csv", text))
    taken = ["config.csv", "splice.csv", "bert-base-uncased.csv", "runs.csv", "full.csv", "Splice.fasta"]
    found += [given(KIND, f"a file called {name}, which is taken", name, text) for name in taken]
    return found


def _values(random):
    """Classes and ids that mean something to YAML, to a page or to a terminal."""
    classes = {
        "paths": ("../../x", "/etc/passwd"),
        "words of YAML": ("yes", "no"),
        "null and tilde": ("~", "null-ish"),
        "numbers with zeros in front": ("007", "008"),
        "numbers with exponents that are classes": ("1e3", "1e4"),
        "HTML": ("<b>", "</script>"),
        "formulas": ("=1+1", "@x"),
        "YAML": ("{a: b}", "!!python/object:os.system"),
        "anchors of YAML": ("&a", "*a"),
        "comments of YAML": ("a # b", "a: b"),
        "letters from right to left": ("א\u202ep", "\u2066q"),
        "backslashes": ("\\d", "\\\\"),
        "quotation marks": ('"', "'"),
        "braces": ("{0}", "{{}}"),
        "spaces that are no blanks": ("a\u00a0b", "a b"),
        "5,000 letters": ("p" * 5000, "q" * 5000),
        "emoji": ("🧬", "🎵"),
    }
    found = []
    for words, names in classes.items():
        records = _records(random, names)
        number = words.startswith("numbers")
        options = ["--target-kind", "class"] if number else []
        found.append(given(KIND, f"classes that are {words}", "mine.csv", _table(rows(records)),
                           inferred(records, "mine"), options))  # fmt: skip
    for words, names in {"differ in case": ("Yes", "yes"), "differ in what is not seen": ("p", "p\u200b"),
                         "stand for missing values": ("NA", "null")}.items():  # fmt: skip
        records = _records(random, names)
        found.append(given(KIND, f"classes that {words}", "mine.csv", _table(rows(records)),
                           inferred(records, "mine"), ["--keep-missing"]))  # fmt: skip
    for words, name in {"an escape sequence": "\x1b[2Jp", "U+0085": "a\x85b", "U+2028": "a\u2028b"}.items():
        found.append(given(KIND, f"a class with {words}", "mine.csv", _table(rows(_records(random, ("q", name))))))
    ids = {"ids with escape sequences": "\x1b]0;x\x07{}", "ids with line breaks": "a\nb{}", "ids of HTML": "<i>{}</i>"}
    for words, form in ids.items():
        records = [replace(one, id=form.format(one.id)) for one in _records(random)]
        counts = {"line_breaks": SIZE} if "\n" in form else {}
        found.append(given(KIND, words, "mine.csv", _table(rows(records)), inferred(records, "mine", **counts)))
    numbers = [replace(one, target=random.uniform(-5, 5)) for one in _records(random)]
    is_number = {"target": {"kind": "number"}}
    found.append(given(KIND, "numbers", "mine.csv", _table(rows(numbers)), inferred(numbers, "mine", is_number)))
    with_comma = [replace(one, target=str(one.target).replace(".", ",")) for one in numbers]
    commas = inferred(numbers, "mine", {"target": {"kind": "number", "decimal": ","}}, decimal_commas=SIZE)
    found.append(given(KIND, "decimal commas", "mine.csv", _table(rows(with_comma), ";"), commas))
    return found


def _columns(random):
    """Columns with names that mean something elsewhere, and very many of them."""
    records = _records(random)
    cells = rows(records)
    found = []
    for words, name in {
        "escape sequences": "\x1b[31mkind",
        "braces": "{kind}",
        "backticks": "`kind`",
        "a line break": "ki\nnd",
        "a name of YAML": "!!str kind: [x]",
        "HTML": "<img src=x onerror=alert(1)>",
        "blanks and quotation marks": 'the "kind"',
        "nothing but a sign": "?",
        "2,000 letters": "k" * 2000,
        "the word none": "none",
        "a number": "7",
    }.items():
        named = [[cell if cell != "kind" else name for cell in cells[0]], *cells[1:]]
        counts = {"line_breaks": 1} if "\n" in name else {}
        found.append(given(KIND, f"the target's column is called {words}", "mine.csv", _table(named),
                           inferred(records, "mine", **counts), or_refused="\x1b" in name))  # fmt: skip
    several = [[*row, *(f"c{place}" if number == 0 else str(number % 2) for place in range(500))]
               for number, row in enumerate(cells)]  # fmt: skip
    found.append(given(KIND, "500 columns that could be the target", "mine.csv", _table(several)))
    wide = [[*row, *["x"] * 100_000] for row in cells]
    wide[0][4:] = [f"c{place}" for place in range(100_000)]
    named = ["--sequence", "seq", "--target", "kind", "--split", "set", "--id", "id"]
    found.append(given(KIND, "100,000 columns", "mine.csv", _table(wide)))
    found.append(given(KIND, "100,000 columns, of which four are named", "mine.csv", _table(wide),
                       inferred(records, "mine"), named))  # fmt: skip
    fields = "".join(f" k{place}={{target}}" for place in range(300))
    found.append(given(KIND, "300 fields in each header", "mine.fa", fasta(records, "{id} set={split}" + fields),
                       inferred(records, "mine"), or_refused=True))  # fmt: skip
    long = fasta(records, "{id} kind={target} set={split} note=" + "a b=c|d;" * 5000)
    found.append(given(KIND, "headers of 40,000 letters", "mine.fa", long, inferred(records, "mine"), or_refused=True))
    return found


def _as_exported(random):
    """Tables as spreadsheets and scripts write them."""
    records = _records(random)
    cells = rows(records)
    found = []
    for words, more in {"an empty column": [""], "three empty columns": [""] * 3}.items():
        found.append(given(KIND, f"{words} at the end", "mine.csv", _table([[*row, *more] for row in cells]),
                           inferred(records, "mine")))  # fmt: skip
    below = [cells[0], *([*row, ""] for row in cells[1:])]
    found.append(given(KIND, "a delimiter at the end of each record", "mine.csv", _table(below),
                       inferred(records, "mine", extra_cells=SIZE)))  # fmt: skip
    blank = [replace(one, target=one.target.replace("\n", " ")) for one in _records(random, ("p\nx", "q\nx"))]
    broken = [replace(one, target=one.target.replace(" ", "\n")) for one in blank]
    found.append(given(KIND, "classes with line breaks", "mine.csv", _table(rows(broken)),
                       inferred(blank, "mine", line_breaks=SIZE)))  # fmt: skip
    for words, every in {"all cells have": 1, "some cells have": 4}.items():
        noted = [[*row, f"seen,\nthen {place}" if place % every == 0 else f"nothing on {place}"]
                 for place, row in enumerate(cells)]  # fmt: skip
        noted[0][-1] = "note"
        chosen = ["--sequence", "seq", "--target", "kind"]
        counts = len([row for row in noted if "\n" in row[-1]])
        found.append(given(KIND, f"{words} several lines", "mine.csv", _table(noted),
                           inferred(records, "mine", line_breaks=counts), chosen))  # fmt: skip
    for alphabet in (NUCLEOTIDES, AMINO_ACIDS):
        records = _records(random, alphabet=alphabet)
        for words, form, counts in (
            ("in single quotes", "'{}'", {"enclosing_quotes": SIZE}),
            ("in typographic quotes", "‘{}’", {"enclosing_quotes": SIZE}),
            ("with line breaks", "{0[0]}\n{0[1]}", {"white_space": SIZE, "line_breaks": SIZE}),
        ):
            halves = [(one.sequence[:9], one.sequence[9:]) if "[" in form else one.sequence for one in records]
            written = [replace(one, sequence=form.format(half)) for one, half in zip(records, halves, strict=True)]
            found.append(given(KIND, f"sequences of {len(alphabet)} letters {words}", "mine.csv", _table(rows(written)),
                               inferred(records, "mine", **counts)))  # fmt: skip
    text = _table(cells)
    head, _, body = text.partition("\n")
    refused = {
        "a header that is repeated": text + text,
        "a quotation mark that is never closed": f'{head}\n"{body}',
        "records joined by quotation marks": text.replace("r3,", '"r3,', 1).replace("r5,", 'r5",', 1),
        "a table of Markdown": "".join(f"| {' | '.join(row)} |\n" for row in [cells[0], ["---"] * 4, *cells[1:]]),
        "headers of FASTA in the cells": _table([cells[0], *([row[0], f">{row[0]} {row[1]}", *row[2:]]
                                                             for row in cells[1:])]),
    }  # fmt: skip
    found += [given(KIND, words, "mine.csv", content) for words, content in refused.items()]
    found.append(given(KIND, "a file that is compressed twice", "mine.csv.gz",
                       PACK["gzip"](PACK["gzip"](text.encode()))))  # fmt: skip
    return found


# --- Options.


def _options(random):
    records = _records(random)
    text = _table(rows(records))
    refused = [
        ["--target", "absent"], ["--target", ""], ["--target", "\x1b[31m"], ["--target", "x" * 5000],
        ["--target", "seq"],
        ["--sequence", "kind", "--target", "kind"], ["--name", "!!!"], ["--name", ""], ["--delimiter", "ab"],
        ["--delimiter", ""], ["--max-length", "0"], ["--max-length", "-1"], ["--max-length", "1e9"],
        ["--max-length", "9" * 20], ["--max-length", "100000"], ["--minutes", "nan"], ["--minutes", "0"],
        ["--minutes", "-inf"], ["--minutes", "1e999"], ["--model", "absent"], ["--model", "../../x"],
        ["--alphabet", "A"], ["--alphabet", "AA"], ["--alphabet", ""], ["--domain", "protein"], ["--margin", "-1"],
        ["--target-kind", "number"], ["--smallest-class", "1000"], ["--repeats", "mean"], ["--decimal", "point"],
        ["--relatives", "together"], ["--header", "no"], ["--quotes", "maybe"], ["--split", "kind"], ["--absent", "x"],
        ["--alphabet", "XYZ"], ["--margin", "1"], ["--margin", "2"], ["--margin", "nan"], ["--max-train", "0"],
        ["--max-train", "1"], ["--max-train", "9"],
    ]  # fmt: skip
    found = [given(KIND, f"{' '.join(options)!r:.80}", "mine.csv", text, options=options) for options in refused]
    named = {"../../x": "x", "A B_c": "a-b-c", "x" * 300: "x" * 60, "{y}": "y", "-\n-z": "z"}
    for name, study in named.items():
        found.append(
            given(KIND, f"--name {name!r:.60}", "mine.csv", text, inferred(records, study), [f"--name={name}"])
        )
    dry = given(KIND, "--dry-run", "mine.csv", text, task_files.same({"made": [], "unprintable": []}), ["--dry-run"])
    return [*found, dry]


# --- What is refused.


def _refused(random):
    records = _records(random)
    text = _table(rows(records))
    one_class = [replace(one, target="p") for one in records]
    contents = {
        "nothing": b"",
        "only blanks": b" \r\n\t\n",
        "a header only": b"id,seq,kind,set\n",
        "one record": b"id,seq,kind,set\nr1,ACGTACGTACGT,p,train\n",
        "one class": _table(rows(one_class)),
        "no target": _table([[row[0], row[1]] for row in rows(records)]),
        "no sequence": _table([[row[0], row[2], row[3]] for row in rows(records)]),
        "one sequence for all": _table(rows([replace(one, sequence="ACGTACGTAC") for one in records])),
        "three-letter code": _table([["seq", "kind"], *([code * 8, "pq"[number % 2]] for number, code
                                    in enumerate(["Ala-Gly-Ser-", "LysHisVal", "GLU TRP MET "] * 9))]),
        "three records": fasta(records[:3]),
        "only a number": b"42\n",
        "prose": b"It is a truth universally acknowledged, that a single man\nmust be in want of a wife.\n" * 20,
        "JSON": b'[{"seq": "ACGT", "kind": "p"}]',
        "JSON lines": b'{"seq": "ACGT", "kind": "p"}\n' * 20,
        "HTML": b"<!doctype html><html></html>",
        "XML": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a '&b;&b;'>]><x>&a;</x>",
        "a pickle": b"\x80\x04\x95\x1a\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x05touch\x85R.",
        "an old pickle": b"cos\nsystem\n(S'touch $CAMPAIGN_CANARY'\ntR.",
        "an Excel workbook": b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml",
        "a zip": b"PK\x05\x06" + bytes(18),
        "a PDF": b"%PDF-1.7\n" + bytes(50),
        "a Parquet file": b"PAR1" + bytes(50) + b"PAR1",
        "an SQLite database": b"SQLite format 3\0" + bytes(50),
        "a tar": b"mine.csv" + bytes(92) + b"0000644" + bytes(150) + b"ustar" + bytes(500),
        "a gzip that is cut": PACK["gzip"](text.encode())[:-9],
        "a gzip with rubbish behind it": PACK["gzip"](text.encode()) + b"rubbish",
        "a bomb of zstd": PACK["zstd"](b"A" * 2**24) * 500,
        "GenBank": b"LOCUS       X\nORIGIN\n//\n",
        "FASTQ": b"@r1\nACGT\n+\nIIII\n" * 20,
        "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\n",
        "random bytes": random.randbytes(4000),
        "NUL bytes": bytes(4000),
        "FASTA without targets": fasta(records, "{id}").encode(),
        "FASTA with an empty record": fasta(records).encode() + b">x p train\n",
        "FASTA with prose": fasta(records).encode() + b"The end of the file.\n",
        "a column twice": text.replace("id,", "kind,", 1).encode(),
        "two columns of targets": _table([[*row, "site" if number == 0 else "ab"[number // 7 % 2]]
                                          for number, row in enumerate(rows(records))]),
        "letters of no alphabet": _table([[row[0], row[1].translate(str.maketrans("ACGT", "БДЖЯ")), *row[2:]]
                                          for row in rows(records)]),
    }  # fmt: skip
    forms = {
        "some limits": lambda row: f">{row}" if row % 8 == 0 else f"{row}.5",
        "units": "{}.5 nM".format,
        "per cent": "{}.5%".format,
        "apostrophes between thousands": "1'{:03}".format,
        "infinity": lambda row: "inf" if row % 5 == 0 else f"{row}.5",
    }  # fmt: skip
    for words, form in forms.items():
        decorated = [replace(one, target=form(row)) for row, one in enumerate(records)]
        contents[f"numbers with {words}"] = _table(rows(decorated))
    found = [given(KIND, words, "mine.csv", content) for words, content in contents.items()]
    numbers = _records(random, ("1", "2", "3"))
    odd = {
        "infinity": ("inf", []),
        "a number too large": ("1e400", []),
        "no number, as Windows writes it": ("-1.#IND", []),
        "a limit": (">100", ["--target-kind", "number"]),
        "a unit": ("12.3 nM", ["--target-kind", "number"]),
        "a number in quotes": ("'4'", ["--target-kind", "number"]),
    }
    for words, (value, options) in odd.items():
        cells = rows([replace(numbers[0], target=value), *numbers[1:]])
        found.append(given(KIND, f"{words} among a few whole numbers", "mine.csv", _table(cells), options=options))
    return found


def _no_files(random):
    """What is no file."""

    kinds = {
        "nothing there": lambda path: None,
        "a pipe": os.mkfifo,
        "a device": lambda path: path.symlink_to("/dev/zero"),
        "a device without an end": lambda path: path.symlink_to("/dev/random"),
        "a link to itself": lambda path: path.symlink_to(path),
        "a link to nothing": lambda path: path.symlink_to("/nowhere"),
        "an empty folder": os.mkdir,
        "a folder in itself": lambda path: (path.mkdir(), (path / "x").symlink_to(path)),
        "a folder of tables": lambda path: (path.mkdir(), (path / "a.csv").write_text("id,seq,kind\n")),
    }
    found = [given(KIND, words, "mine.csv", make) for words, make in kinds.items()]
    found.append(given(KIND, "a path with a file as a folder", "mine.csv/x", lambda path: path.parent.write_text("x")))
    found.append(given(KIND, "a name of 5,000 letters", "x" * 5000, lambda path: None))
    return found
