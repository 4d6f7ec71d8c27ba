"""FASTA files: written in every usual way, which must read the same; and broken or hostile ones."""

import os
import re
from collections import Counter
from dataclasses import replace

import task_files
from task_files import AMINO_ACIDS, FASTA_TASK, NUCLEOTIDES, changed, distinct, draw_records, fasta, given, meant

KIND = "FASTA"
GENERATED = 48
HEADERS = {
    "words": ("{id} {target} {split}", r"^(?P<id>\S+) (?P<target>\S+) (?P<split>\S+)$"),
    "tabs": ("{id}\t{target}\t{split}", r"^(?P<id>[^\t]+)\t(?P<target>[^\t]+)\t(?P<split>[^\t]+)$"),
    "bars": ("sp|{id}|X SET={split} OS=x y|z {target}", r"^sp\|(?P<id>\w+)\|.*SET=(?P<split>\w+).* (?P<target>\w)$"),
    "keys": ("{id} kind={target} set={split}", r"^(?P<id>\S+) (?=.*kind=(?P<target>\w+))(?=.*set=(?P<split>\w+))"),
    "JSON": ('{id} {{"t": "{target}", "s": "{split}"}}', r'(?P<id>\w+).*"t": "(?P<target>\w)", "s": "(?P<split>\w+)"'),
    "any signs": ("{id}_é|\u2028;>,{target} [{split}]", r"^(?P<id>\w+)_é\|.;>,(?P<target>\w) \[(?P<split>\w+)\]$"),
}
ID_AS_WRITTEN = {"any signs": "{id}"}


def inputs(shared, random):
    """Files that say the same in other ways, and files that say nothing."""
    task_files.preload()
    return [*distinct(lambda: _draw(random), GENERATED), *_taken(random), *_hostile(random), *_refused(random)]


# --- The same records, written in many ways.


def _draw(random):
    """Records written with some of the changes that must not change what is read."""
    is_dna = random.random() < 0.5
    records = draw_records(random, 20, NUCLEOTIDES if is_dna else AMINO_ACIDS, (12, 130))
    chosen = [one for one in (_lower, _gaps, _stops, _uracil if is_dna else _lower) if random.random() < 0.4]
    words, counts, as_written = [], Counter(), records
    for change in dict.fromkeys(chosen):
        word, as_written, number = change(as_written, random)
        words.append(word)
        counts.update(number)
    layout = random.choice(list(HEADERS))
    template, pattern = HEADERS[layout]
    width = random.choice([1, 7, 60, 61, 80, 10_000])
    text = fasta(as_written, template, width)
    for change in (_blocks, _comments, _empty_lines, _blanks_at_ends, _no_last_line_end):
        if random.random() < 0.35:
            word, text, number = change(text, random)
            words.append(word)
            counts.update(number)
    more, content = task_files.as_file(text, random)
    name = ", ".join([f"headers with {layout}", f"lines of {width}", *words, *more])
    alphabet = NUCLEOTIDES if is_dna else AMINO_ACIDS
    task = changed(FASTA_TASK, options={"header": pattern}, symbols={"alphabet": alphabet})
    return given(KIND, name, {"f.fasta": content}, task, meant(records, **{key: n for key, n in counts.items() if n}))


def _of_some(records, random, change):
    """Change the sequences of some records; return all of them, and how many were changed."""
    some = set(random.sample(range(len(records)), random.randint(1, len(records))))
    changed_ones = [replace(one, sequence=change(one.sequence)) if n in some else one for n, one in enumerate(records)]
    return changed_ones, sum(one != other for one, other in zip(records, changed_ones, strict=True))


def _lower(records, random):
    cut = random.random()
    change = str.lower if cut < 0.4 else lambda text: text[: len(text) // 3] + text[len(text) // 3 :].lower()
    records, number = _of_some(records, random, change)
    return ("lower case" if cut < 0.4 else "soft-masked"), records, {"lower_case": number}


def _gaps(records, random):
    sign = random.choice("-.~")

    def change(text):
        place = random.randint(0, len(text))
        return text[:place] + sign * random.randint(1, 9) + text[place:]

    records, number = _of_some(records, random, change)
    return f"gaps {sign}", records, {"gaps": number}


def _stops(records, random):
    records, number = _of_some(records, random, lambda text: text + "*")
    return "stops", records, {"stop": number}


def _uracil(records, random):
    records, number = _of_some(records, random, lambda text: text.replace("T", "U").replace("t", "u"))
    return "RNA", records, {"u_as_t": number}


def _blocks(text, random):
    """Blanks between blocks of ten letters."""
    records = re.split("(?m)^(?=>)", text)[1:]
    parts = [record.partition("\n") for record in records]
    bodies = [re.sub(r"(.{10})(?=.)", r"\1 ", body) for _, _, body in parts]
    number = sum(" " in body for body in bodies)
    together = (f"{head}\n{body}" for (head, _, _), body in zip(parts, bodies, strict=True))
    return "blocks of ten", "".join(together), {"white_space": number}


def _comments(text, random):
    comment = random.choice(["; a comment\n", ";>not a header\n", ";\n"])
    return (
        f"comments {comment.strip()}",
        comment + text.replace("\n>", f"\n{comment}>"),
        {"comments": text.count(">r") + text.count(">sp|r")},
    )


def _empty_lines(text, random):
    line = random.choice(["\n", "  \n", "\t\n"])
    return f"empty lines {line!r}", line + text.replace("\n", f"\n{line}"), {}


def _blanks_at_ends(text, random):
    blank = random.choice([" ", "\t", "   "])
    return f"{blank!r} at the ends of lines", text.replace("\n", f"{blank}\n"), {}


def _no_last_line_end(text, random):
    return "no line end at the end", text.rstrip("\n"), {}


# --- Unusual, but with one meaning.


def _taken(random):
    records = draw_records(random)
    unusual = {
        "ids with escape sequences": "\x1b[31m{id}\x1b[0m\x07",
        "ids that are paths": "../../../etc/{id}",
        "ids that are formulas": '=HYPERLINK("http://x","{id}")',
        "ids that are HTML": "<script>alert('{id}')</script>",
        "ids with braces": "{{{id}}}{{0}}{{wildcards.x}}",
        "ids with a shell's signs": "$(touch${{IFS}}x{id})`id`;rm",
        "ids with a percent sign": "%s%n{id}%00",
        "ids from right to left": "\u202e{id}\u2066",
        "ids of 20,000 letters": "{id}" + "x" * 20_000,
        "ids in Chinese": "蛋白{id}",
        "ids with an emoji": "🧬{id}",
    }
    found = []
    for words, template in unusual.items():
        name = template.replace("{id}", "ID").replace("{{", "{").replace("}}", "}")
        named = [replace(one, id=name.replace("ID", one.id)) for one in records]
        found.append(
            given(KIND, words, {"f.fasta": fasta(records, template + " {target} {split}")}, FASTA_TASK, meant(named))
        )
    same_file = {"f.fasta": fasta(records)}
    by_default = changed(FASTA_TASK, options={"header": r" (?P<target>.) (?P<split>\w+)"})
    test_only = fasta(records).replace(" train", "")
    absent = {"header": r"^(?P<id>\S+) (?P<target>\S)(?: (?P<split>\w+))?$", "absent": {"split": "train"}}
    long = [replace(one, sequence=one.sequence * 20_000) for one in records[:10]]
    huge = [replace(records[0], id="r" * 5_000_000), *records[1:]]
    many = draw_records(random, 60_000, lengths=(12, 16))
    some_classes = [*draw_records(random, 20, targets=("../../x", "{y}"))]
    quoted = changed(FASTA_TASK, target={"classes": ["../../x", "{y}"]})
    return [
        *found,
        given(KIND, "ids by default the first word", same_file, by_default, meant(records)),
        given(KIND, "only test records name their split", {"f.fasta": test_only}, changed(FASTA_TASK, options=absent),
              meant(records)),
        given(KIND, "sequences of half a million letters on one line", {"f.fasta": fasta(long, width=10**7)},
              {**FASTA_TASK, "max_length": 10**7}, meant(long)),
        given(KIND, "60,000 short records", {"f.fasta": fasta(many)}, FASTA_TASK, meant(many)),
        given(KIND, "classes that are paths and names in braces", {"f.fasta": fasta(some_classes)}, quoted,
              meant(some_classes)),
        given(KIND, "a name with folders, blanks and brackets", {"a b/[x]/f (1).{fa}": fasta(records)},
              changed(FASTA_TASK, options={"path": "a b/[x]/f (1).{fa}"}), meant(records)),
        given(KIND, "a name in another Unicode form", {"se\u0301quences.fa": fasta(records)},
              changed(FASTA_TASK, options={"path": "s\u00e9quences.fa"}), meant(records)),
        given(KIND, "a link to the file", lambda folder: _link(folder, fasta(records)), FASTA_TASK, meant(records)),
        given(KIND, "200,000 comment lines", {"f.fasta": ";x\n" * 200_000 + fasta(records)}, FASTA_TASK,
              meant(records, comments=200_000)),
        given(KIND, "an id of five million letters", {"f.fasta": fasta(huge)}, FASTA_TASK, meant(huge)),
    ]  # fmt: skip


def _link(folder, text):
    elsewhere = folder.parent.parent / "elsewhere.fa"
    elsewhere.write_text(text)
    (folder / "f.fasta").symlink_to(elsewhere)
    return {"f.fasta": text}


# --- Header expressions.


def _hostile(random):
    records = draw_records(random)
    evil = {"f.fasta": fasta(records, "{id} {target} {split} " + "a" * 40)}
    number = "\\d" * 10
    expressions = {
        "that backtracks without end": r"(?P<target>(a+)+b)",
        "with many repeats": r"(?P<target>(.*){20}!)",
        "that is not closed": r"(?P<target>\w",
        "of brackets nested 900 deep": "(" * 900 + r"(?P<target>\w)" + ")" * 900,
        "with a huge repeat": r"(?P<target>\w{99999999999})",
        "without a target": r"^(\S+) (\S+)",
        "with a group that is not known": r"(?P<target>\w)(?P<colour>\w)",
        "that matches no header": rf"^(?P<target>{number})$",
        "that matches some headers only": r"^r1\d* (?P<target>\w) (?P<split>\w+)",
        "with an empty target": r"^(?P<id>\S+) (?P<target>)\S+ (?P<split>\w+)",
        "with a flag in the middle": r"^(?P<id>\S+) (?P<target>\w)(?i) x",
        "with a name twice": r"(?P<target>\w) (?P<target>\w)",
        "that makes all ids one": r"^(?P<id>r)\d+ (?P<target>\w) (?P<split>\w+)",
    }
    return [
        given(KIND, f"a header expression {words}", evil, changed(FASTA_TASK, options={"header": pattern}))
        for words, pattern in expressions.items()
    ]


# --- Broken files.


def _refused(random):
    text = fasta(draw_records(random), width=20)
    head, _, rest = text.partition("\n>")
    header, _, body = head.partition("\n")
    broken = {
        "nothing": "",
        "only blanks": " \n\t\n",
        "only a >": ">",
        "only headers": "\n".join(line for line in text.split("\n") if line.startswith(">")),
        "sequence before the first header": f"ACGT\n{text}",
        "an empty header": f">\n{body}\n>{rest}",
        "a record without a sequence": f"{header}\n>{rest}",
        "the last record without a sequence": f"{text}>x p test\n",
        "a record with gaps only": f"{header}\n----\n>{rest}",
        "a record twice": text + head + "\n",
        "a > within a line": text.replace("\n>r3", ">r3"),
        "digits in front of the lines": f"{header}\n1 {body}\n>{rest}",
        "digits behind the lines": f"{header}\n{body} 61\n>{rest}",
        "a column after a tab": f"{header}\n{body}\t1\n>{rest}",
        "words after a sequence": f"{header}\n{body}\n(end of file)\n>{rest}",
        "a note in lower case after a sequence": f"{header}\n{body}\nthis is a cat\n>{rest}",
        "a comment behind a sequence": f"{header}\n{body} ; good\n>{rest}",
        "a letter of another script": f"{header}\n{body}А\n>{rest}",
        "full-width letters": f"{header}\n{body}ＡＣ\n>{rest}",
        "an ambiguity code": f"{header}\nN{body}\n>{rest}",
        "an amino acid among nucleotides": f"{header}\n{body}W\n>{rest}",
        "a stop within a sequence": f"{header}\n{body}*{body}\n>{rest}",
        "a control character in a sequence": f"{header}\n{body[:4]}\x08{body[4:]}\n>{rest}",
        "an escape sequence in a sequence": f"{header}\n{body}\x1b[2J\n>{rest}",
        "a soft hyphen in a sequence": f"{header}\n{body[:4]}\u00ad{body[4:]}\n>{rest}",
        "a zero-width space in a sequence": f"{header}\n{body[:4]}\u200b{body[4:]}\n>{rest}",
        "a line separator in a sequence": f"{header}\n{body[:4]}\u2028{body[4:]}\n>{rest}",
        "a NUL in a header": text.replace(">r3", ">r\0003"),
        "a NUL at the end": text + "\0",
        "a PIR file": text.replace(">r", ">P1;r"),
        "a FASTQ file": "".join(f"@r{n}\nACGTACGT\n+\nIIIIIIII\n" for n in range(20)),
        "a GenBank file": "LOCUS       X 60 bp DNA\nORIGIN\n        1 acgtacgtac gtacgtacgt\n//\n",
        "a Clustal file": "CLUSTAL W\n\nr1  ACGT--ACGT\nr2  ACGTACACGT\n",
        "a Stockholm file": "# STOCKHOLM 1.0\nr1 ACGT\n//\n",
        "a page of HTML": f"<!DOCTYPE html><html><body><pre>{text}</pre></body></html>",
        "a table": "id,seq,kind,set\nr1,ACGT,p,train\n",
        "an error of a server": '{"error": "rate limit exceeded"}',
        "markers of a merge": f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> branch\n",
        "an unknown class": text.replace(" p ", " z ", 1),
        "an unknown split": text.replace(" test", " Test", 1),
        "a class in another case": text.replace(" p ", " P ", 1),
        "a header with a blank more": text.replace(" p ", "  p ", 1),
    }
    refused = [given(KIND, words, {"f.fasta": content}, FASTA_TASK) for words, content in broken.items()]
    odd = {
        "a folder in place of the file": lambda folder: (folder / "f.fasta").mkdir(),
        "a pipe in place of the file": lambda folder: os.mkfifo(folder / "f.fasta"),
        "a device in place of the file": lambda folder: (folder / "f.fasta").symlink_to("/dev/zero"),
        "a link to itself in place of the file": lambda folder: (folder / "f.fasta").symlink_to("f.fasta"),
        "a link to nothing in place of the file": lambda folder: (folder / "f.fasta").symlink_to("/nowhere"),
    }
    for words, put in odd.items():
        refused.append(given(KIND, words, lambda folder, put=put: _instead(folder, put, text), FASTA_TASK))
    escaped = changed(FASTA_TASK, options={"path": "../../../etc/passwd"})
    return [
        *refused,
        given(KIND, "a path that leaves the source", {"f.fasta": text}, escaped),
        given(KIND, "a path that is absolute", {"f.fasta": text}, changed(FASTA_TASK, options={"path": "/etc/passwd"})),
        given(KIND, "a path of 5,000 letters", {"f.fasta": text}, changed(FASTA_TASK, options={"path": "x" * 5000})),
        given(KIND, "a path with NUL", {"f.fasta": text}, changed(FASTA_TASK, options={"path": "f\0.fasta"})),
        given(KIND, "every record in one split", {"f.fasta": text.replace(" test", " train")}, FASTA_TASK),
        given(KIND, "an alphabet of the other molecule", {"f.fasta": text.replace("T", "U")},
              changed(FASTA_TASK, symbols={"alphabet": AMINO_ACIDS})),
    ]  # fmt: skip


def _instead(folder, put, text):
    """A source whose file was replaced by something else after its download."""
    task_files.write_source(folder, {"f.fasta": text})
    (folder / "f.fasta").unlink()
    put(folder)
