"""How the headers of a FASTA file are divided into fields.

A header is an id, fields by position, and fields by name (``KEY=value``, in any order). There may be several ways to
divide the headers of a file; `layouts` lists them, and the first that has a target is used.
"""

import re
from collections import Counter
from dataclasses import replace

from beyondtext.core.printing import quoted
from beyondtext.data.inspection.fields import Field, is_group, plain
from beyondtext.data.inspection.header_expressions import BEFORE_DIGITS, Layout, Positions, literal
from beyondtext.data.inspection.published import OF_SPLIT, is_split
from beyondtext.data.inspection.target_field import TARGETS

KEY = re.compile(r"(?:(?<=[\s|;,\[])|^)([A-Za-z][\w.-]*)([=:])(?=\S)")
UNIPROT = re.compile(r"(sp|tr)\|[^|\s]+\|\S+|UniRef\d+_\S+")
UNIPROT_KEYS = {"OS", "OX", "GN", "PE", "SV", "n", "Tax", "TaxID", "RepID"}
SEPARATORS = ((r"\t", r"\t"), (r" *\| *", "|"), (r" *; *", ";"), (r"\s+", r"\s"), (r"[\s|]+", r"\s|"))
INNER = r"(?:[^\[\]]|\[[^\[\]]*\])"  # a character within brackets, or a pair of brackets
AT_END = ";,|"  # signs that divide fields and are not the end of a value
WITHIN_WORDS = "|/:_-~#."
LEAST_SHARE = 0.5  # of the headers
SHARES = {"=": LEAST_SHARE, ":": 0.9}  # that have a named field; what fewer have belongs to a value or a description
FEW_VALUES = 50  # different values of many words; a named field with more is followed by a description
PROSE = 3  # words of a value, on average, so that it may be one with a description
MOST_PARTS = 12
WORD = Positions(r"\s+", r"\s")  # the first word of a header, and nothing else
OF_UNIPROT, OF_PROSE = "one of UniProt's own fields", "a word of a description"


def layouts(headers, wished=()):
    """The ways to divide the headers of a file, the most plausible one first.

    Parameters
    ----------
    headers : list of str
        Without the ``>``.
    wished : collection of str
        Names of fields that the user gave a role.

    Yields
    ------
    layout : Layout
    fields : dict of str to Field
        All its fields.
    """
    keys, partial, cut, ended, doubts, heads, before = _named_fields(headers, wished)
    for positions, inner in _divisions(heads, before):
        layout = Layout(positions, keys, partial, inner, cut=cut, ended=ended)
        fields = {name: _field(layout, headers, name, doubts) for name in layout.names}
        yield _with_validation(layout, fields, headers)


def given_twice(headers, names):
    """The first header that has one of some named fields twice, and the field's name; None if there is none."""
    for header in headers:
        numbers = Counter(match[1] for match in _places(header))
        for name in names:
            if numbers[name] > 1:
                return header, name
    return None


def _named_fields(headers, wished):
    """The named fields of the headers: those of many headers, and those of any whose names give them a role.

    Returns
    -------
    keys : dict of str to (str, str)
        As in `Layout`.
    partial : frozenset of str
        The names that some headers lack.
    cut, ended : dict of str to list of str
        As in `Layout`.
    doubts : dict of str to str
        Why the fields have no role unless the user names them, by their names.
    heads : list of str
        What precedes the first named field.
    before : set of str
        The characters that precede the names.
    """
    found = [_places(header) for header in headers]
    numbers = Counter(name for places in found for name in {match.group(1, 2) for match in places})
    kept = {
        (name, sign)
        for (name, sign), number in numbers.items()
        if number >= SHARES[sign] * len(headers) or name in wished or (sign == "=" and _says_role(name))
    }
    found = [[match for match in places if match.group(1, 2) in kept] for places in found]
    values = {name: [] for name in sorted(kept, key=lambda name: _first_place(found, name))}
    before = {name: set() for name in values}
    enclosed = Counter()
    for header, places in zip(headers, found, strict=True):
        ends = [*(match.start() for match in places[1:]), len(header)]
        for match, end in zip(places, ends[: len(places)], strict=True):
            name = match.group(1, 2)
            before[name].add(header[match.start() - 1])
            enclosed[name] += _is_enclosed(header, match)
            values[name].append(header[match.end() : end])
    heads = [
        header[: places[0].start()].rstrip(" \t|;,[") if places else header
        for header, places in zip(headers, found, strict=True)
    ]
    enclosed = {name for name, number in enclosed.items() if 2 * number > len(values[name])}
    inside, outside = (set().union(*(before[name] for name in names)) for names in (enclosed, values.keys() - enclosed))
    before = inside | outside
    signs = "".join(sorted(before - set(" \t"))).replace("[", r"\[")
    ahead = rf".*[\s{signs}]" if signs else r".*\s"
    later = [re.escape("".join(name)) for name in values if name in enclosed] if inside - {"["} else []
    found = {
        name: (_enclosed_value(later), []) if name in enclosed else _value(texts, outside | inside & {"["})
        for name, texts in values.items()
    }
    keys = {name: (f"{ahead}{re.escape(name)}{sign}", value) for (name, sign), (value, _) in found.items()}
    cut = {name: texts for (name, _), (_, texts) in found.items() if texts}
    partial = frozenset(name for name, sign in values if numbers[name, sign] < len(headers))
    ended, doubts = {}, {}
    for (name, sign), (value, texts) in found.items():
        if (name, sign) not in enclosed and not texts:
            ended[name], doubts[name] = _more(values[name, sign], value)
    ended, doubts = ({name: more for name, more in both.items() if more} for both in (ended, doubts))
    return keys, partial, cut, ended, doubts, heads, before


def _more(texts, value):
    """What the texts after a name have in which more follows the value, and why they may all be values.

    The same number of parts after each value are other fields by position, unless nothing else differs.
    """
    wholes, values, numbers = [], set(), Counter()
    for text in texts:
        match = re.match(value, text)
        rest = text[match.end() :] if match else ""
        following = KEY.search(rest)
        rest = (rest[: following.start()] if following else rest).strip(f" \t{AT_END}[")
        is_more = rest != "" and not text[match.end() :].lstrip().startswith(("[", "]"))
        numbers[len(re.split(f"[{AT_END}]", rest)) if is_more else 0] += 1
        values.add(match[0] if match else "")
        if is_more:
            wholes.append(text.strip(f" \t{AT_END}["))
    if not wholes or (len(numbers) == 1 and (len(values) > 1 or len(set(wholes)) == 1)):
        return wholes, ""
    return wholes, f"it may end too early, at a sign within {quoted(wholes[0], 40)}"


def _says_role(name):
    """Whether a field's name says that it is the target, the split or the group."""
    return plain(name) in TARGETS or is_split(name) or is_group(name)


def _places(header):
    """Where the names of fields are; a name before ``:`` is one only after a blank, since chr1:100-200 is an id."""
    return [match for match in KEY.finditer(header) if match.start() and not (match[2] == ":" and "//" in header)]


def _is_enclosed(header, match):
    """Whether a field is in brackets, such as [gene=abc]."""
    return "[" in header[: match.start()].rpartition("]")[2] and "]" in header[match.end() :]


def _first_place(found, name):
    return min(number for places in found for number, match in enumerate(places) if match.group(1, 2) == name)


def _enclosed_value(later):
    """The expression of a value in brackets, up to the end of these or to a name that may follow within them.

    There may be other brackets within it, in pairs.
    """
    if not later:
        return rf"(?:(?!\s){INNER}+(?=\])|[^\]\s][^\]]*)"
    return rf"[^\]\s][^\]]*?(?=\s*\]|[\s{AT_END}]+(?:{'|'.join(later)})|$)"


def _value(values, before):
    """The expression of a named field's values, whose texts reach up to the next name; ``before`` precedes names.

    Signs at the end of a text are not part of the value, nor is what follows a blank and a bracket if brackets precede
    names. Also returns the texts of which only the first word is, since a description seems to follow it.
    """
    signs = re.escape("".join(sorted(before - set(" \t["))))
    next_sign = (f"[{signs}]|" if signs else "") + (r"\s\[|" if "[" in before else "")
    whole = rf"\S.*?(?<![\s{AT_END}])(?=[\s{AT_END}]*(?:\s[A-Za-z][\w.-]*[=:](?=\S)|{next_sign}$))"
    texts = [match[0] for match in (re.match(whole, value) for value in values) if match]
    long = [text for text in texts if len(text.split()) > 1]
    if long and not _has_description(long, len(texts)):
        return whole, []
    has_sign = any(value.split()[0][-1] in AT_END for value in values)
    word = rf"[^\s{signs}]*[^\s{signs}{AT_END}]" if has_sign else rf"[^\s{signs}]+" if signs else r"\S+"
    return word, long


def _has_description(texts, number):
    """Whether words follow the values of a field that do not belong to them; ``texts`` are those with blanks.

    Either most of the ``number`` values have an ending of their own, such as an accession, or there are many words and
    few of the texts repeat.
    """
    endings = {text.split(maxsplit=1)[1] for text in texts}
    most = min(FEW_VALUES, len(texts) / 3)
    words = sum(len(text.split()) for text in texts) / len(texts)
    is_prose = words >= PROSE and len(set(texts)) > most and len(endings) > most
    return is_prose or len(endings) == len(texts) > number / 2


def _divisions(heads, before):
    """Ways to divide what precedes the named fields: pairs of `Positions` and the separators inside of fields.

    ``before`` has the characters that precede the named fields; it is empty if the heads are whole headers.
    """
    if not _mostly(heads, UNIPROT):
        for separator, excluded in SEPARATORS:
            numbers = [len(re.split(separator, head.strip())) for head in heads]
            fewest, most = min(numbers), max(numbers)
            if most == 1 or (before and (fewest == 1 or not (before & set(excluded) or r"\s" in excluded))):
                continue
            most = fewest if before else most  # where a head ends is not known to the expression
            if excluded != r"\s" and (most > fewest or most > MOST_PARTS):
                continue
            positions = Positions(separator, excluded, fewest, most)
            yield positions, _inner(heads, positions)
    yield WORD, {}
    if not _mostly(heads, UNIPROT):
        yield from _within_words([head.split()[0] if head.split() else "" for head in heads])


def _within_words(words):
    """Ways to divide the first words of headers."""
    for sign in WITHIN_WORDS:
        numbers = {word.count(sign) for word in words}
        separator = literal(sign)
        if 0 in numbers:
            continue
        if len(numbers) == 1 and max(numbers) < MOST_PARTS:
            number = max(numbers) + 1
            yield Positions(separator, rf"\s{separator}", number, number), {}
        else:
            yield WORD, {"id": sign}
    if all(re.fullmatch(r"[^\W\d]{2,}\d+", word) for word in words):
        yield WORD, {"id": BEFORE_DIGITS}


def _inner(heads, positions):
    """The separators inside fields by position, by the names of the fields."""
    inner = {}
    layout = Layout(positions)
    for name in layout.names[1:]:
        values = [value for value in layout.values(heads, name) if value] if not positions.is_prose else []
        for sign in "-_/:|":
            parts = [value.rpartition(sign) for value in values]
            starts, ends = {start for start, _, _ in parts}, {end for _, _, end in parts}
            wholes = len(set(values))
            if "" not in starts | ends and min(len(starts), len(ends)) > 1 and max(len(starts), len(ends)) < wholes:
                inner[name] = sign
                break
    return inner


def _field(layout, headers, name, doubts):
    values = layout.values(headers, name)
    if name in layout.keys:
        is_theirs = name in UNIPROT_KEYS and _mostly(headers, UNIPROT)
        return Field(name, values, OF_UNIPROT if is_theirs else doubts.get(name, ""))
    is_word = layout.positions.is_prose and name.split(".")[0] != "id"
    return Field(name, values, OF_PROSE if is_word else "")


def _mostly(headers, pattern):
    return sum(pattern.match(header) is not None for header in headers) >= LEAST_SHARE * len(headers)


def _with_validation(layout, fields, headers):
    """Make one field of biotrainer's ``SET`` and ``VALIDATION``, if a training record may be one for validation."""
    if not {"SET", "VALIDATION"} <= layout.keys.keys():
        return layout, fields
    pairs = Counter(zip(fields["SET"].values, fields["VALIDATION"].values, strict=True))
    trues = {value for _, value in pairs if value.lower() == "true"}
    sets = {value for value, flag in pairs if flag in trues}
    aside = {"VALIDATION": Field("VALIDATION", fields["VALIDATION"].values, OF_SPLIT)}
    if not trues:
        return layout, fields | aside
    if len(trues) > 1 or len(sets) > 1 or not next(iter(sets)).lower().startswith("train"):
        return layout, fields
    train, true = next(iter(sets)), next(iter(trues))
    rule = (rf".*\bSET={train}\b", rf".*\bVALIDATION=(?={true}\b)", r".*\bSET=")
    layout = replace(layout, validation=rule)
    decided = Field("SET", layout.values(headers, "SET", "split"))
    return layout, fields | {"SET": decided} | aside
