"""Delimited text: tables written in every usual way, which must read the same; and broken or hostile ones."""

import csv
import io
from dataclasses import replace

import task_files
from task_files import COLUMNS, TASK, changed, distinct, draw_records, given, meant, rows, with_pairs

KIND = "tables"
GENERATED = 50
NAMES = {  # what a column may be called
    "usual names": {},
    "names with signs": {"id": "#", "seq": "Séq (5'→3')", "kind": "a/b %", "set": "__proto__"},
    "names with a delimiter in them": {"id": "the id", "seq": "seq, one; or | two", "kind": "k,i", "set": "s;t"},
    "names in braces": {"id": "{id}", "seq": "{0}", "kind": "{{kind}}", "set": "%(set)s"},
    "names that are numbers": {"id": "0", "seq": "1", "kind": "2", "set": "3"},
}
ODD_CELLS = ("", 'she said "no"', "a,b;c|d\te", "=1+1", "\u2028\x85\x0b", "'", "NA", "{x}", "\\", '""', "1,5", "ß𝄞")


def inputs(shared, random):
    """Tables that say the same in other ways, and tables that say nothing."""
    task_files.preload()
    return [
        *distinct(lambda: _draw(random), GENERATED),
        *_unusual(random),
        *_large(random),
        *_refused(random),
    ]


# --- The same records, written in many ways.


def _draw(random):
    """Records written with some of the choices that must not change what is read."""
    records, columns = draw_records(random), dict(COLUMNS)
    words, counts, options = [], {}, {}
    if random.random() < 0.3:
        words.append("pairs")
        records, columns = with_pairs(records, random), {**columns, "second": "other"}
    if random.random() < 0.2:
        words.append("without ids")
        del columns["id"]
    cells = rows(records, columns)
    naming = random.choice(list(NAMES))
    words.append(naming)
    cells[0] = [NAMES[naming].get(name, name) for name in cells[0]]
    options["columns"] = dict(zip(columns, cells[0], strict=True))
    delimiter, is_quoted = _delimiter(random, cells, words, options, counts)
    cells = _more_columns(random, cells, words, is_quoted)
    text = _text(random, cells, delimiter, is_quoted, words)
    text = _around(random, text, cells[0], delimiter, words, options, counts)
    more, content = task_files.as_file(text, random, 0.4)
    if "id" not in columns:
        records = [replace(one, id=str(row)) for row, one in enumerate(records, start=1)]
    return given(KIND, ", ".join([*words, *more]), {"t.csv": content},
                 {**TASK, "options": {"path": "t.csv", **options}}, meant(records, **counts))  # fmt: skip


def _delimiter(random, cells, words, options, counts):
    """Choose a delimiter, and whether cells may be in quotation marks."""
    known = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    delimiter = random.choice([*known, *":^~\x01"])
    words.append(known.get(delimiter, f"delimiter {delimiter!r}"))
    if delimiter not in known or random.random() < 0.3:
        options["delimiter"] = delimiter
    elif delimiter != ",":
        counts["delimiter"] = 1
    needs_quotes = any(delimiter in cell for row in cells for cell in row)
    is_quoted = needs_quotes or random.random() < 0.6
    if is_quoted and delimiter == "\t":
        options["quotes"] = True
    if not is_quoted and delimiter != "\t":
        options["quotes"] = False
    return delimiter, is_quoted


def _more_columns(random, cells, words, is_quoted):
    """Put columns that are not used between the others, in any order."""
    number = random.choice([0, 0, 1, 3, 40])
    if number:
        words.append(f"{number} more columns")
    odd = ODD_CELLS if is_quoted else ("", "=1+1", "NA", "{x}", "\\", "'")
    extra = [[f"more{place}", *(random.choice(odd) for _ in cells[1:])] for place in range(number)]
    columns = [*map(list, zip(*cells, strict=True)), *extra]
    if random.random() < 0.5:
        words.append("in another order")
        random.shuffle(columns)
    return list(map(list, zip(*columns, strict=True)))


def _text(random, cells, delimiter, is_quoted, words):
    """Write the table, with as many quotation marks as are needed or with all."""
    if not is_quoted:
        blank = random.choice(["", "", " "])
        words.extend(["blanks behind the delimiters"] * bool(blank))
        return "".join(f"{delimiter}{blank}".join(row) + "\n" for row in cells)
    quoting = random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    words.append("quotation marks where needed" if quoting == csv.QUOTE_MINIMAL else "all in quotation marks")
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(cells)
    return stream.getvalue()


def _around(random, text, names, delimiter, words, options, counts):
    """Lines above the header, no header, delimiters at the ends of lines, and lines of delimiters."""
    way = random.choice(["", "", "above", "none", "ends", "blank", "empty"])
    lines = text.split("\n")[:-1]
    if way == "above":
        number = random.randint(1, 5)
        words.append(f"{number} lines above the header")
        lines = ["# made by a program, on Monday; see | there"] * number + lines
        options["skip"] = counts["skipped_lines"] = number
    if way == "none":
        words.append("no header")
        lines, options["header"] = lines[1:], names
    if way == "ends":
        words.append("a delimiter at the end of each record")
        lines = [lines[0], *(line + delimiter for line in lines[1:])]
        counts["extra_cells"] = len(lines) - 1
    if way == "blank":
        words.append("lines of delimiters")
        lines = [*lines, delimiter * (len(names) - 1), delimiter * (len(names) - 1)]
        counts["blank_lines"] = 2
    if way == "empty":
        words.append("empty lines")
        lines = ["", *lines[:5], "", *lines[5:], "", ""]
    return "\n".join(lines) + random.choice(["", "\n"])


# --- Unusual, but with one meaning.


def _unusual(random):
    records = draw_records(random)
    cells = rows(records)
    parts = {split: [one for one in records if one.split == split] for split in ("train", "validation", "test")}
    columns = {"id": "id", "sequence": "seq", "target": "kind"}
    per_split = {f"{split}.csv": task_files.csv(rows(part, columns)) for split, part in parts.items()}
    by_file = {"files": {split: f"{split}.csv" for split in parts}, "columns": columns}
    in_files = [replace(one, id=f"{one.split}-{one.id}") for one in records]
    found = [given(KIND, "a file for each split", per_split, {**TASK, "options": by_file}, meant(in_files))]
    ids = {
        "ids with line breaks": 'a\nb{}',
        "ids with escape sequences": "\x1b]0;owned\x07{}",
        "ids that a spreadsheet would run": "=cmd|'/c calc'!A{}",
        "ids that are paths": "/etc/../passwd{}",
        "ids with quotation marks": 'a "b" {}',
        "ids that are like words for missing values": "NA{}",
        "ids of 100,000 letters": "x" * 100_000 + "{}",
    }  # fmt: skip
    for words, form in ids.items():
        named = [replace(one, id=form.format(one.id)) for one in records]
        text = ",".join(cells[0]) + "\n" + "".join(
            '"{}",{},{},{}\n'.format(one.id.replace('"', '""'), one.sequence, one.target, one.split) for one in named
        )  # fmt: skip
        counts = {"line_breaks": 20} if "\n" in form else {}
        found.append(given(KIND, words, {"t.csv": text}, TASK, meant(named, **counts)))
    classes = {
        "classes that are paths": ("../../x", "/etc/passwd"),
        "classes that are HTML": ("<b>p</b>", "<script>x</script>"),
        "classes that are formulas": ("=1+1", "@SUM(A1)"),
        "classes that are mathematics": ("$x^2$", "\\alpha_1"),
        "classes in braces": ("{p}", "{{q}}"),
        "classes that differ in case": ("p", "P"),
        "classes with escape sequences": ("\x1b[31mp", "\x1b[32mq"),
        "classes in other scripts": ("белок", "蛋白"),
        "classes that are yes and no": ("yes", "no"),
        "classes that are true and false": ("true", "false"),
        "classes that are words for missing values": ("NA", "null"),
        "classes of 10,000 letters": ("p" * 10_000, "q" * 10_000),
        "classes that are whole numbers": ("0", "1"),
    }
    for words, names in classes.items():
        named = draw_records(random, 20, targets=names)
        task = changed(TASK, target={"classes": list(names)})
        # A definition has no control characters.
        expected = None if "\x1b" in names[0] else meant(named)
        found.append(given(KIND, words, {"t.csv": task_files.csv(rows(named))}, task, expected))
    broken = draw_records(random, 20, targets=("p\nx", "q\nx"))
    on_one_line = [replace(one, target=one.target.replace("\n", " ")) for one in broken]
    named = changed(TASK, target={"classes": ["p x", "q x"]})
    text = _text(random, rows(broken), ",", True, [])
    found.append(given(KIND, "classes with line breaks", {"t.csv": text}, named,
                       meant(on_one_line, line_breaks=20)))  # fmt: skip
    zeros = draw_records(random, 20, targets=("0", "1"))
    as_decimals = [replace(one, target=f"{one.target}.00") for one in zeros]
    whole = changed(TASK, target={"classes": ["0", "1"]})
    found.append(given(KIND, "whole classes with decimals", {"t.csv": task_files.csv(rows(as_decimals))}, whole,
                       meant(zeros, decimal_classes=20)))  # fmt: skip
    return found


# --- Large ones.


def _large(random):
    records = draw_records(random)
    many = draw_records(random, 150_000, lengths=(12, 16))
    wide = [[*row, *["x"] * 200_000] for row in rows(records)]
    wide[0][4:] = [f"c{place}" for place in range(200_000)]
    huge = [[*row, "x" * 5_000_000 * (row[0] == "r3")] for row in rows(records)]
    deep = [[*row, '"' + '""' * 500_000 + '"'] for row in rows(records)]
    missing = changed(TASK, options={"columns": {**COLUMNS, "target": "absent"}})
    return [
        given(KIND, "150,000 short records", {"t.csv": task_files.csv(rows(many))}, TASK, meant(many)),
        given(KIND, "200,000 columns", {"t.csv": task_files.csv(wide)}, TASK, meant(records)),
        given(KIND, "200,000 columns, and not the one that is asked for", {"t.csv": task_files.csv(wide[:2])}, missing),
        given(KIND, "a cell of five million letters", {"t.csv": task_files.csv(huge)}, TASK, meant(records)),
        given(KIND, "a million quotation marks in a cell", {"t.csv": task_files.csv(deep)}, TASK, meant(records)),
        given(KIND, "a million empty lines", {"t.csv": task_files.csv(rows(records)) + "\n" * 10**6}, TASK,
              meant(records)),
    ]  # fmt: skip


# --- Broken files.


def _refused(random):
    records = draw_records(random)
    text = task_files.csv(rows(records))
    head, _, body = text.partition("\n")
    first, _, rest = body.partition("\n")
    sequence = records[0].sequence
    broken = {
        "nothing": "",
        "only line ends": "\n\r\n\r",
        "only a header": f"{head}\n",
        "no header": body,
        "a header twice": f"{head}\n{text}",
        "a column twice": text.replace("id,", "kind,", 1),
        "a column in another case": text.replace("kind", "Kind", 1),
        "a header with an invisible sign": text.replace("seq", "seq\u200b", 1),
        "an empty sequence": text.replace(sequence, "", 1),
        "an empty id": text.replace("r0,", ",", 1),
        "an empty target": text.replace(",p,", ",,", 1),
        "an empty split": text.replace(",train\n", ",\n", 1),
        "a record cut short": f"{head}\n{first[:9]}\n{rest}",
        "a record with a cell more": f"{head}\n{first},x\n{rest}",
        "an id twice": text + first + "\n",
        "a quotation mark that is never closed": f'{head}\n"{first}\n{rest}',
        "a quotation mark that closes too early": f'{head}\n"r0"x,{sequence},p,train\n{rest}',
        "backslashes before quotation marks": f'{head}\n"a\\"b",{sequence},p,train\n{rest}',
        "records joined by quotation marks": text.replace("r0", '"r0', 1).replace("r4", 'r4"', 1),
        "single quotation marks": f"{head}\n'a,b',{sequence},p,train\n{rest}",
        "another delimiter below the header": f"{head}\n{body.replace(',', ';')}",
        "several delimiters": text.replace("\nr1,", "\nr1;", 1),
        "commas in place of tabs, as the task says": text,
        "a letter outside the alphabet": text.replace(sequence, sequence + "X", 1),
        "a sequence of another script": text.replace(sequence, "АСТ", 1),
        "a class that is not named": text.replace(",p,", ",z,", 1),
        "a class with an invisible sign": text.replace(",p,", ",p\u200b,", 1),
        "a class in other letters that look the same": text.replace(",p,", ",р,", 1),
        "a split that is not named": text.replace(",train\n", ",Train\n", 1),
        "a word for a missing class": text.replace(",p,", ",NA,", 1),
        "NUL between the letters": text.encode("utf-16-le"),
        "an Excel workbook": b"PK\x03\x04\x14\0\x06\0xl/workbook.xml",
        "an old Excel workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "a FASTA file": ">r0 p train\nACGT\n",
        "a page of HTML": "<!DOCTYPE html>\n<html><title>Sign in</title></html>\n",
        "a pointer of Git LFS": "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n",
        "an id of 100,000 letters of a wrong record": f"{head}\n{'r' * 100_000},{sequence},z,train\n{rest}",
        "a class of 100,000 letters that is wrong": text.replace(",p,", f",{'p' * 100_000},", 1),
        "a column with a name of 100,000 letters": text.replace("kind", "k" * 100_000, 1),
        "one id of 100,000 letters twice": text.replace("r0", "r" * 100_000, 1).replace("r1,", "r" * 100_000 + ",", 1),
        "a header of control characters": text.replace("kind", "\x1b[31mkind\x07", 1),
    }  # fmt: skip
    found = []
    for words, content in broken.items():
        task = changed(TASK, options={"delimiter": "\t"}) if "as the task says" in words else TASK
        found.append(given(KIND, words, {"t.csv": content}, task))
    options = {
        "more lines to skip than there are": {"skip": 10**9},
        "names for fewer columns than there are": {"header": ["id", "seq", "kind"]},
        "names of columns although the file has them": {"header": ["id", "seq", "kind", "set"]},
        "a delimiter that no line has": {"delimiter": "§"},
        "a letter as the delimiter": {"delimiter": "s"},
        "one column for two roles": {"columns": {**COLUMNS, "target": "seq"}},
    }
    for words, change in options.items():
        found.append(given(KIND, words, {"t.csv": text}, changed(TASK, options=change)))
    return found
