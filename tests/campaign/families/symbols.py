"""Symbols and lengths: what a task's rules make of its sequences, and which they refuse."""

from collections import Counter
from dataclasses import replace

import task_files
from task_files import AMINO_ACIDS, TASK, changed, distinct, draw_records, given, meant, rows

KIND = "symbols"
GENERATED = 40
LOOSE = {**TASK, "max_affected": 1.0}


def inputs(shared, random):
    """Tables whose sequences are unusual."""
    task_files.preload()
    return [
        *distinct(lambda: _draw(random), GENERATED),
        *_alphabets(random),
        *_unknown(random),
        *_lengths(random),
    ]


def _table(records):
    return {"t.csv": task_files.csv(rows(records))}


def _given(name, records, task=LOOSE, expected=None, **options):
    return given(KIND, name, _table(records), task, expected, **options)


# --- Several rules at once, with counts that follow from what was done to which records.


def _draw(random):
    """Records some of which are too long, repeated, in conflict, with unknown symbols or without a target."""
    records = draw_records(random, 100, lengths=(10, 20))
    trains = [place for place, one in enumerate(records) if one.split == "train"]
    random.shuffle(trains)
    kept, words, counts = list(records), [], Counter()
    task = changed(LOOSE, options={"empty": "drop"})
    task = {**task, "max_length": 30}

    def some(reason, change, **rule):
        """Change a few training records, which the task then leaves out or alters."""
        places = [trains.pop() for _ in range(random.randint(1, 6))]
        for place in places:
            records[place], kept[place] = change(records[place])
        words.append(f"{len(places)} {reason}")
        counts[reason] += len(places)
        task.update(changed(task, **rule))

    def with_sequence(one, sequence):
        return replace(one, sequence=sequence)

    rule = random.choice(["long", "truncated", ""])
    if rule:
        fate = "drop" if rule == "long" else "truncate"
        cut = {"long": lambda text: None, "truncated": lambda text: text[:30]}[rule]
        some(rule, lambda one: _both(one, (one.sequence * 4)[:40], cut), too_long=fate)
    rule = random.choice(["unknown", "unknown_dropped", ""])
    if rule:
        letter, fate = random.choice("NRX1?é"), "drop" if rule == "unknown_dropped" else "unknown"
        read = {"unknown": lambda text: (*text[:-1], "[UNK]"), "unknown_dropped": lambda text: None}[rule]
        some(rule, lambda one: _both(one, one.sequence + letter, read), symbols={"unknown": fate})
    if random.random() < 0.5:
        word = random.choice(["NA", "n/a", "nan", "NULL", "-", "<NA>", "#N/A"])
        some("missing", lambda one: (replace(one, target=word), None))
    if random.random() < 0.5:
        role = random.choice(["sequence", "target", "split", "id"])
        some("empty", lambda one: (replace(one, **{role: ""}), None))
    if random.random() < 0.5:
        some("other_classes", lambda one: (replace(one, target="other"), None), target={"others": "drop"})
    tests = [one.sequence for one in records if one.split == "test"]
    if random.random() < 0.5:
        some("in_test", lambda one: (with_sequence(one, random.choice(tests)), None))
    if random.random() < 0.5 and len(trains) > 40:
        places = [(trains.pop(), trains.pop()) for _ in range(random.randint(1, 6))]
        places = [sorted(pair) for pair in places]
        for first, second in places:
            records[second], kept[second] = replace(records[first], id=f"again{second}"), None
        words.append(f"{len(places)} duplicates")
        counts["duplicates"] += len(places)
    expected = meant([one for one in kept if one], len(records), **counts)
    return _given(", ".join(words) or "nothing unusual", records, task, expected)


def _both(one, sequence, read):
    """A record with another sequence, and as it is read; None if it is left out."""
    meaning = read(sequence)
    return replace(one, sequence=sequence), meaning and replace(one, sequence=meaning)


# --- Alphabets.


def _alphabets(random):
    found = []
    alphabets = {
        "of small letters": "acgt",
        "of both cases": "ACGTacgt",
        "of digits": "0123456789",
        "of brackets, as of RNA structures": "().[]{}",
        "with a gap": "ACGT-",
        "with a stop": AMINO_ACIDS + "*",
        "with a blank": "ACGT ",
        "of Greek": "αβγδ",
        "of Chinese": "一二三四五",
        "of emoji": "🧬🎵🐍🔬",
        "of combining signs": "a\u0301e\u0302",
        "with quotation marks": "ab'`",
        "with a formula's signs": "=+@A",
        "of all of ASCII": "".join(map(chr, range(33, 127))).replace('"', "").replace(",", ""),
        "of HTML": "<b>&;/",
        "with letters that have no small form": "ßſK",
    }
    for words, alphabet in alphabets.items():
        records = draw_records(random, 20, [letter for letter in alphabet if letter != " "], (8, 40))
        if " " in alphabet:
            records = [replace(one, sequence=f"{one.sequence[:3]} {one.sequence[3:]}") for one in records]
        if "-" not in alphabet and "." not in alphabet:
            records = [replace(one, sequence=one.sequence.lstrip("'")) for one in records]
        found.append(
            _given(f"an alphabet {words}", records, changed(TASK, symbols={"alphabet": alphabet}), meant(records))
        )
    rna = [replace(one, sequence=one.sequence.replace("T", "U")) for one in draw_records(random)]
    number = sum("U" in one.sequence for one in rna)
    as_dna = [replace(one, sequence=one.sequence.replace("U", "T")) for one in rna]
    found.append(_given("RNA in an alphabet of DNA", rna, expected=meant(as_dna, u_as_t=number)))
    as_rna = changed(TASK, symbols={"alphabet": "ACGU"})
    found.append(_given("DNA in an alphabet of RNA", as_dna, as_rna, meant(rna, t_as_u=number)))
    both = changed(TASK, symbols={"alphabet": "ACGTU"})
    mixed = draw_records(random, 20, "ACGTU")
    found.append(_given("T and U in an alphabet of both", mixed, both, meant(mixed)))
    blanks = [replace(one, sequence="\u00a0".join(one.sequence)) for one in as_dna]
    found.append(_given("blanks that do not break", blanks, expected=meant(as_dna, white_space=20)))
    for marks in ("''", "‘’", "“”", "„“", "«»", "`´"):
        quoted = [replace(one, sequence=marks[0] + one.sequence + marks[1]) for one in as_dna]
        found.append(_given(f"sequences in {marks}", quoted, expected=meant(as_dna, enclosing_quotes=20)))
    for words, form in {"one quotation mark before": "'{}", "one quotation mark after": "{}’"}.items():
        found.append(
            _given(
                f"sequences with {words}", [replace(one, sequence=form.format(one.sequence)) for one in as_dna], TASK
            )
        )
    proteins = draw_records(random, 20, AMINO_ACIDS)
    protein_task = changed(TASK, symbols={"alphabet": AMINO_ACIDS})
    selenium = [replace(one, sequence=one.sequence + "U") for one in proteins]
    found.append(_given("selenocysteine in an alphabet without it", selenium, protein_task))
    found.append(_given("proteins in an alphabet of nucleotides", proteins))
    found.append(
        _given("stops within proteins", [replace(one, sequence=f"A*{one.sequence}") for one in proteins], protein_task)
    )
    return found


def _unknown(random):
    """One symbol in one record that nothing says how to read."""
    found = []
    signs = {"a digit": "1", "a question mark": "?", "an underscore": "_", "a Cyrillic letter": "А", "sharp s": "ß",
             "long s": "ſ", "the sign of a kelvin": "K", "a full-width letter": "Ａ", "a zero-width joiner": "\u200d",
             "a variation selector": "\ufe0f", "a combining accent": "\u0301", "an emoji": "🧬", "a bracket": "(",
             "a minus that is none": "−", "a control character": "\x07", "an escape sequence": "\x1b[2J",
             "right-to-left": "\u202e", "an ellipsis": "…", "a middle dot": "·", "U+FFFD": "\ufffd", "HTML": "<br>",
             "the word [UNK]": "[UNK]", "the word [SEP]": "[SEP]"}  # fmt: skip
    for words, sign in signs.items():
        records = draw_records(random)
        records[7] = replace(records[7], sequence=records[7].sequence[:4] + sign + records[7].sequence[4:])
        found.append(_given(f"{words} in a sequence", records, TASK))
    all_unknown = [replace(one, sequence="N" * row) for row, one in enumerate(draw_records(random), 1)]
    found.append(_given("sequences of N only", all_unknown, changed(TASK, symbols={"unknown": "unknown"})))
    few = draw_records(random)
    few[:5] = [replace(one, sequence=f"{one.sequence}N") for one in few[:5]]
    found.append(_given("a quarter with unknown symbols, dropped", few, changed(TASK, symbols={"unknown": "drop"})))
    only_gaps = draw_records(random)
    only_gaps[3] = replace(only_gaps[3], sequence="-.~*")
    found.append(_given("a sequence of gaps and stops only", only_gaps))
    return found


def _lengths(random):
    records = draw_records(random)
    exact = [replace(one, sequence=(one.sequence * 20)[:100]) for one in records]
    cut = [replace(one, sequence=one.sequence[:99]) for one in exact]
    one_long = [*records[:-1], replace(records[-1], sequence="ACGT" * 500_000)]
    return [
        _given("sequences as long as the limit", exact, {**TASK, "max_length": 100}, meant(exact)),
        _given("sequences longer by one, cut", exact, {**LOOSE, "max_length": 99, "too_long": "truncate"},
               meant(cut, truncated=20)),
        _given("all too long, dropped", exact, {**LOOSE, "max_length": 99}),
        _given("a quarter too long, more than the limit of losses", [*exact[:5], *records[5:]],
               {**TASK, "max_length": 50}),
        _given("one of two million letters, dropped", one_long, LOOSE, meant(records[:-1], 20, long=1)),
        _given("sequences that are equal once they are cut",
               [replace(one, sequence="ACGTACGT" + one.sequence) for one in records],
               {**LOOSE, "max_length": 8, "too_long": "truncate"}),
    ]  # fmt: skip
