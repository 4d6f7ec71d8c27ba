"""Other formats of text: JSON, lines, KEEL and MRPC; whole, in other words, and broken."""

import json
import re
from dataclasses import replace

import task_files
from task_files import TASK, as_file, changed, distinct, draw_records, given, meant, with_pairs

KIND = "records"
EACH = 8  # generated inputs of a format
COLUMNS = {"sequence": "seq", "target": "kind"}
SPLITS = ("train", "validation", "test")
JSON_TASK = {**TASK, "reader": "records",
             "options": {"files": {name: f"{name}.json" for name in SPLITS}, "columns": COLUMNS}}  # fmt: skip
RANDOM = {"method": "random", "seed": 0, "fractions": {"train": 0.6, "validation": 0.2, "test": 0.2}}
LINES_TASK = {**TASK, "reader": "lines", "split": RANDOM,
              "options": {"path": "l.txt", "lines": ["id", "sequence", "target"]}}  # fmt: skip
KEEL_TASK = {**TASK, "reader": "keel", "split": RANDOM, "options": {"path": "k.dat"}}
MRPC_TASK = {
    **TASK,
    "reader": "mrpc",
    "options": {"train": "m.txt", "development_ids": "ids.tsv"},
    "target": {"kind": "class", "classes": ["0", "1"]},
    "split": {
        "method": "published",
        "seed": 0,
        "values": {"train": "train", "test": "dev"},
        "validation_fraction": 0.25,
    },
}


def inputs(shared, random):
    """Files of each format."""
    task_files.preload()
    found = []
    for draw in (_json, _lines, _keel, _mrpc):
        found += distinct(lambda draw=draw: draw(random), EACH)
    return [*found, *_unusual_json(random), *_broken_json(random), *_broken_lines(random), *_broken_keel(random),
            *_broken_mrpc(random)]  # fmt: skip


def without_splits(records, **changes):
    """A check of ids, targets and sequences, and of the sizes of random splits of 60%, 20% and 20%."""
    size = len(records)
    whole = {one.id: [one.target, [*one.sequence]] for one in records}
    sizes = {"train": size * 6 // 10, "validation": size * 2 // 10, "test": size * 2 // 10}
    is_same = task_files.same({"examples": whole, "splits": sizes, "changes": changes, "unprintable": []})
    return lambda found: is_same({**found, "examples": {key: value[1:] for key, value in found["examples"].items()}})


# --- JSON.


def _files(records, dump, as_list, random):
    """A file for each split; each record is a dict with more keys than are asked for."""
    words, files = [], {}
    for split in SPLITS:
        entries = [{"more": None, "kind": one.target, "x": {"y": [1, {}]}, "seq": one.sequence} for one in records
                   if one.split == split]  # fmt: skip
        if as_list:
            text = dump(entries)
        else:
            text = "\n".join(json.dumps(entry) for entry in entries) + random.choice(["", "\n", "\n\n"])
        more, files[f"{split}.json"] = as_file(text, random, 0.4)
        words.append(" ".join(more) or "plain")
    return words, files


def _numbered(records):
    """The records with the ids that the reader gives them: the split and the number in its file."""
    numbers = dict.fromkeys(SPLITS, 0)
    named = []
    for one in records:
        numbers[one.split] += 1
        named.append(replace(one, id=f"{one.split}-{numbers[one.split]}"))
    return named


def _json(random):
    records, as_list = draw_records(random), random.random() < 0.5
    indent, is_ascii = random.choice([None, 0, 3]), random.random() < 0.5
    words, files = _files(
        records, lambda value: json.dumps(value, indent=indent, ensure_ascii=is_ascii), as_list, random
    )
    form = f"a list indented by {indent}" if as_list else "lines"
    return given(KIND, f"JSON as {form}, {'; '.join(words)}", files, JSON_TASK, meant(_numbered(records)))


def _unusual_json(random):
    found = []
    for words, targets, classes in (
        ("whole numbers", (0, 1), ["0", "1"]),
        ("true and false", (True, False), ["true", "false"]),
        ("lists of one", (["p"], ["q"]), ["p", "q"]),
        ("decimals for whole classes", (0.0, 1.0), ["0", "1"]),
        ("words with backslashes", ("\\x1b[31mp", "q\\u"), ["\\x1b[31mp", "q\\u"]),
        ("paths", ("../../x", "{y}"), ["../../x", "{y}"]),
    ):
        records = draw_records(random, 20, targets=range(2))
        _, files = _files([replace(one, target=targets[one.target]) for one in records], json.dumps, True, random)
        read = [replace(one, target=classes[one.target]) for one in records]
        counts = {"decimal_classes": 20} if words.startswith("decimals") else {}
        task = changed(JSON_TASK, target={"classes": classes})
        found.append(given(KIND, f"JSON with classes that are {words}", files, task, meant(_numbered(read), **counts)))
    numbers = [replace(one, target=random.uniform(-9, 9) * 10 ** random.randint(-9, 9)) for one in draw_records(random)]
    _, files = _files(numbers, json.dumps, True, random)
    task = {**JSON_TASK, "target": {"kind": "number"}, "metric": "spearman"}
    found.append(given(KIND, "JSON with numbers", files, task, meant(_numbered(numbers))))
    many = draw_records(random, 60_000, lengths=(12, 16))
    _, files = _files(many, json.dumps, False, random)
    return [*found, given(KIND, "JSON in 60,000 lines", files, JSON_TASK, meant(_numbered(many)))]


def _broken_json(random):
    records = draw_records(random)
    _, files = _files(records, json.dumps, True, random)
    files = {name: json.dumps([{"seq": one.sequence, "kind": one.target} for one in records
             if one.split == name.removesuffix(".json")]) for name in files}  # fmt: skip
    good = files["train.json"]
    first = good[1 : good.index("}") + 1]
    broken = {
        "nothing": "",
        "null": "null",
        "a number": "42",
        "an empty list": "[]",
        "an empty object": "{}",
        "an object": first,
        "a list of lists": "[[1, 2], [3, 4]]",
        "a list of texts": '["ACGT", "p"]',
        "a null among the records": good.replace("[", "[null, ", 1),
        "a comma too many": good.replace("]", ",]"),
        "a cut file": good[:-20],
        "two lists": good + good,
        "a comment": "// data\n" + good,
        "single quotation marks": good.replace('"', "'"),
        "a page of HTML": "<html>Sign in</html>",
        "a list 100,000 deep": "[" * 100_000 + "]" * 100_000,
        "objects 100,000 deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
        "a record 100,000 deep": "[" + first[:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}]",
        "lines 100,000 deep": first + "\n" + "[" * 100_000 + "]" * 100_000 + "\n",
        "a number of 5,000 digits": good.replace('"p"', "9" * 5000, 1),
        "NaN as the target": good.replace('"p"', "NaN", 1),
        "an infinity as the target": good.replace('"p"', "-Infinity", 1),
        "1e999 as the target": good.replace('"p"', "1e999", 1),
        "null as the target": good.replace('"p"', "null", 1),
        "an object as the target": good.replace('"p"', '{"a": "p"}', 1),
        "a list of two as the target": good.replace('"p"', '["p", "q"]', 1),
        "an empty text as the target": good.replace('"p"', '""', 1),
        "a number as the sequence": re.sub(r'"seq": "\w+"', '"seq": 5', good, count=1),
        "a key twice": good.replace('{"seq"', '{"seq": "ACGT", "seq"', 1),
        "a missing key": good.replace('"kind": "p"', '"Kind": "p"', 1),
        "half of a pair of surrogates in a target": good.replace('"p"', '"p\\ud800"', 1),
        "half of a pair of surrogates in a sequence": good.replace('"seq": "', '"seq": "\\udc00', 1),
        "NUL in a sequence": good.replace('"seq": "', '"seq": "\\u0000', 1),
        "a control character in a text": good.replace('"seq": "', '"seq": "\x01', 1),
    }
    found = [given(KIND, f"JSON: {words}", {**files, "train.json": text}, JSON_TASK) for words, text in broken.items()]
    with_id = changed(JSON_TASK, options={"columns": {**COLUMNS, "id": "id"}})
    half = good.replace('{"seq"', '{"id": "a\\ud83d", "seq"')
    all_ids = {name: text.replace('{"seq"', '{"id": 1, "seq"') for name, text in files.items()}
    found.append(given(KIND, "JSON: half of a pair of surrogates in ids", {**all_ids, "train.json": half}, with_id))
    bytes_of = {**files, "train.json": good.encode().replace(b"p", b"\xed\xa0\x80", 1)}
    return [*found, given(KIND, "JSON: a surrogate in three bytes", bytes_of, JSON_TASK)]


# --- Three lines a record.


def _lines(random):
    records = draw_records(random)
    gap = random.choice(["", "\n", "\n \n"])
    text = gap + "".join(f">{one.id} \n {one.sequence}\n{one.target}\n{gap}" for one in records)
    words, content = as_file(text, random)
    named = [replace(one, id=f">{one.id}") for one in records]
    return given(KIND, f"lines, gaps {gap!r}, {' '.join(words)}", {"l.txt": content}, LINES_TASK, without_splits(named))


def _broken_lines(random):
    lines = [line for one in draw_records(random) for line in (f">{one.id}", one.sequence, one.target)]
    text = "\n".join(lines) + "\n"
    broken = {
        "nothing": "",
        "blank lines only": "\n \n\t\n",
        "a line missing": "\n".join(lines[:4] + lines[5:]),
        "an empty line in place of a sequence": text.replace(lines[4], "", 1),
        "an empty line within a record": text.replace(lines[4], f"{lines[4]}\n", 1),
        "the last line missing": "\n".join(lines[:-1]),
        "a sequence over two lines": text.replace(lines[4], f"{lines[4]}\n{lines[4]}", 1),
        "a sequence over four lines": text.replace(lines[4], f"{lines[4]}\n" * 3 + lines[4], 1),
        "a title on top": f"data\n{text}",
        "FASTA": task_files.fasta(draw_records(random)),
    }
    return [given(KIND, f"lines: {words}", {"l.txt": content}, LINES_TASK) for words, content in broken.items()]


# --- KEEL.


def _keel(random):
    records = draw_records(random, lengths=(15, 15))
    comma = random.choice([",", ", ", " , "])
    top = random.choice(["", "@relation x\n@attribute a {A,C,G,T}\n@inputs a\n@outputs Class\n@data\n", "@DATA\n"])
    text = top.replace("@outputs Class", "@attribute Class {p,q}\n@outputs Class")
    start = text.count("\n") + 1
    text += "".join(comma.join([*one.sequence, one.target]) + "\n" for one in records)
    words, content = as_file(text, random)
    named = [replace(one, id=str(start + row)) for row, one in enumerate(records)]
    name = f"KEEL, {comma!r}, {start - 1} lines of header, {' '.join(words)}"
    return given(KIND, name, {"k.dat": content}, KEEL_TASK, without_splits(named))


def _broken_keel(random):
    records = draw_records(random, lengths=(15, 15))
    rows = [",".join([*one.sequence, one.target]) for one in records]
    text = "@data\n" + "\n".join(rows) + "\n"
    broken = {
        "nothing": "",
        "a header only": "@relation x\n@data\n",
        "an attribute missing": text.replace(rows[3], rows[3][2:]),
        "an attribute too many": text.replace(rows[3], f"A,{rows[3]}"),
        "an empty attribute": text.replace(rows[3], rows[3].replace("A", "", 1)),
        "a missing value": text.replace(rows[3], "?" + rows[3][1:]),
        "numbers of two digits": text.replace(rows[3], "10" + rows[3][1:]),
        "semicolons": text.replace(",", ";"),
        "the class first": "@attribute c {p,q}\n@attribute a {A}\n@outputs c\n" + text,
        "a class that is not named": text.replace(",p\n", ",z\n", 1),
        "a header in the middle": text.replace(rows[3], f"@data\n{rows[3]}"),
    }
    return [given(KIND, f"KEEL: {words}", {"k.dat": content}, KEEL_TASK) for words, content in broken.items()]


# --- MRPC.


def _pairs(random):
    records = with_pairs(draw_records(random, targets=("0", "1")), random)
    lines = [f"{one.target}\t{row}\t{row + 500}\t{one.sequence}\t{one.second}" for row, one in enumerate(records)]
    ids = [f"{row}\t{row + 500}" for row, one in enumerate(records) if one.split == "test"]
    return records, "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n" + "\n".join(lines) + "\n", "\n".join(ids) + "\n"


def _mrpc(random):
    records, text, ids = _pairs(random)
    more, content = as_file(text, random)
    others, ids_content = as_file(ids, random)
    whole = {str(row): [one.target, [*one.sequence, "[SEP]", *one.second]] for row, one in enumerate(records, 1)}
    tests = sorted(str(row) for row, one in enumerate(records, 1) if one.split == "test")

    def check(found):
        assert sorted(key for key, value in found["examples"].items() if value[0] == "test") == tests
        task_files.same({"splits": {"train": 12, "validation": 4, "test": 4}, "changes": {}})(found)
        task_files.same({"x": whole})({"x": {key: value[1:] for key, value in found["examples"].items()}})

    name = f"MRPC, {' '.join(more) or 'plain'}; ids {' '.join(others) or 'plain'}"
    return given(KIND, name, {"m.txt": content, "ids.tsv": ids_content}, MRPC_TASK, check)


def _broken_mrpc(random):
    _, text, ids = _pairs(random)
    broken = {
        "a pair of ids that the corpus lacks": (text, ids + "1\t2\n"),
        "no pairs for development": (text, ""),
        "a column missing": (text.replace("\t#2 ID", "", 1), ids),
        "a line cut": (text.replace("\t5\t505", "\t505"), ids),
        "a label that is not named": (text.replace("\n0\t", "\n2\t", 1), ids),
        "the files exchanged": (ids, text),
    }
    return [
        given(KIND, f"MRPC: {words}", {"m.txt": content, "ids.tsv": pairs}, MRPC_TASK)
        for words, (content, pairs) in broken.items()
    ]
