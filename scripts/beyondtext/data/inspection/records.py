"""The records of a file by the format that they have: their fields, and the options with which a reader finds them."""

from dataclasses import dataclass, replace

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.inspection import headers
from beyondtext.data.inspection.fields import Field
from beyondtext.data.inspection.findings import AmbiguousError, Notes, Wishes
from beyondtext.data.inspection.formats import FASTA, KEEL, TABLE
from beyondtext.data.inspection.published import absent_split, merge_marks
from beyondtext.data.inspection.roles import Roles, choose_roles, in_roles
from beyondtext.data.inspection.tables import read_table
from beyondtext.data.inspection.third_lines import THIRD, third_lines
from beyondtext.data.normalize import GAPS
from beyondtext.data.readers.fasta import COMMENTS
from beyondtext.data.tally import Tally

SAMPLE = 5000  # headers from which their layout is judged
ADVICE_ON_ENDS = "; the sequences then end with their third lines, unless these are the target"


@dataclass(frozen=True)
class Records:
    """How to read the records of one file.

    Attributes
    ----------
    reader : str
    options : dict
        Of the reader.
    fields : dict of str to Field
    roles : Roles
    """

    reader: str
    options: dict
    fields: dict
    roles: Roles


@dataclass(frozen=True)
class Material:
    """The records of a file or folder, read by the reader that the workflow uses.

    Attributes
    ----------
    records : Records
    table : pandas.DataFrame
        What the reader returned.
    tally : beyondtext.data.tally.Tally
        What it counted.
    source : dict
        ``address`` and ``paths`` of the source.
    symbols : dict or None
        The task's ``symbols``, if they follow from the format.
    fractions : dict or None
        Of random splits, if they differ from the usual ones.
    share : float
        The share of the files that were read.
    failed : float
        The share of these that cannot be used.
    short : float
        The share of these that are left out because they are short.
    """

    records: Records
    table: pd.DataFrame
    tally: Tally
    source: dict
    symbols: dict | None = None
    fractions: dict | None = None
    share: float = 1.0
    failed: float = 0.0
    short: float = 0.0


def read_records(kind, path, text, wishes, notes):
    """Find the fields of a text file and their roles.

    Parameters
    ----------
    kind, text : str
        From `beyondtext.data.inspection.formats.recognise`.
    path : pathlib.Path
    wishes : Wishes
    notes : Notes

    Returns
    -------
    Records

    Raises
    ------
    InputError
        If there is no target or no sequence, or if several fields could be it (`AmbiguousError`).
    """
    if kind == FASTA:
        return _fasta(path, text, wishes, notes)
    if kind == TABLE:
        return _table(path, text, wishes, notes)
    return _keel(path, text, wishes, notes) if kind == KEEL else _triples(path, text, wishes, notes)


def _fasta(path, text, wishes, notes):
    lines, lengths, parts = [], [], []
    for line in text.split("\n"):
        if line.startswith(">"):
            lines.append(line[1:].strip())
            lengths.append(0)
            parts.append([])
        elif lines and not line.startswith(COMMENTS):
            lengths[-1] += len(line) - sum(map(line.count, f"{GAPS} \t"))
            parts[-1].append(line.strip(" \t"))
    layout, fields, roles = _layout(lines, pd.Series(lengths), wishes, notes)
    fields = in_roles(fields, roles.names, notes)
    names = dict(roles.names)
    if twice := headers.given_twice(lines, sorted(layout.keys.keys() & names.values())):
        header, name = twice
        raise InputError(
            f"{path}: the header {quoted(header, 60)} gives `{name}` twice, and it is not clear which one counts; "
            "remove one of them"
        )
    if names.get("id") not in ("id", wishes.id) or any(name.startswith("id.") for name in names.values()):
        names.pop("id", None)  # the reader takes the first word
    expression = layout.expression(names)
    options = {"path": path.name, "header": expression}
    absent = _absent({role: fields[names[role]] for role in ("split", "group") if role in names}, notes)
    if absent:
        options["absent"] = absent
    sequences = Field("the sequence", pd.Series(["".join(part) for part in parts], dtype=str))
    used = [fields[names["target"]]]
    if (sequences.values != "").all():  # the reader refuses records without any
        used += in_roles({sequences.name: sequences}, {"sequence": sequences.name}, notes).values()
    options |= leave_out(used, fields[names["target"]], wishes, notes, "field")
    found = ", ".join(f"{role} `{name}`" for role, name in sorted(names.items()))
    notes.add("fields of the headers", f"{found}, as in {lines[0][:80]!r}", "--target NAME", "options.header")
    _note_cut_values(layout, names.values(), len(lines), notes)
    return Records("fasta", options, fields, roles)


def absent_splits(fields, names, notes):
    """The reader's value for records without a split, as a dict; empty if it is not clear, or if there are none."""
    field = fields.get(names.get("split"))
    split = absent_split(field) if field else None
    if not split:
        return {}
    named = " and ".join(quoted(word, 24) for word in field.counts.index)
    why = f"`{field.name}` names only {named}, and is empty in {(field.values == '').sum():,}"
    notes.add(f"records without a split are in the {split} split", why, "--split none", "options.absent")
    return {"split": split}


def _absent(used, notes):
    """The values of records that lack a field, by the role of each field that is used."""
    absent = absent_splits(used, {role: role for role in used}, notes)
    if "group" in used and used["group"].empty_share:
        group = used["group"]
        absent["group"] = "none"
        while absent["group"] in group.counts.index:
            absent["group"] += "_"
        lacking = int((group.values == "").sum())
        why = f"{lacking:,} {'header has' if lacking == 1 else 'headers have'} no `{group.name}`"
        notes.add(f"records without a group are one group, `{absent['group']}`", why, key="options.absent")
    return absent


def _note_cut_values(layout, used, number, notes):
    """Say of which fields only the first word, or what precedes a sign, is the value."""
    for name in used:
        if name in layout.cut:
            texts = layout.cut[name]
            why = f"in {len(texts):,} of {number:,} headers a description seems to follow, as in {quoted(texts[0], 40)}"
            what = f"the value of `{name}` is only its first word"
            notes.add(what, f"{why}; if these words belong to the value, write it without spaces")
        if name in layout.ended:
            texts = layout.ended[name]
            why = f"in {len(texts):,} of {number:,} headers more follows, as in {quoted(texts[0], 40)}"
            what = f"the value of `{name}` ends at the first sign between fields"
            notes.add(what, f"{why}; if this belongs to the value, write it with another sign")


def _layout(lines, lengths, wishes, notes):
    """The first layout of the headers in which the target is found."""
    problem, wished = None, {wishes.target, wishes.split, wishes.group, wishes.id} - {None}
    for layout, fields in headers.layouts(lines, wished):
        trial = Notes()
        try:
            roles = choose_roles(fields, wishes, trial, has_sequence=False, lengths=lengths)
        except InputError as error:
            # Two candidates are a better answer than a layout with none, and that better than one without the name.
            problem = problem or error
            if hasattr(error, "candidates"):
                raise
            continue
        notes.remarks += trial.remarks
        notes.seen |= trial.seen
        return layout, fields, roles
    raise problem


def _table(path, text, wishes, notes):
    dialect, fields = read_table(path, text, wishes, notes)
    fields, merged = merge_marks(fields, wishes, notes)
    roles = choose_roles(fields, wishes, notes, has_sequence=True)
    fields = in_roles(fields, roles.names, notes)
    _refuse_headers(path, fields[roles.names["sequence"]])
    order = ("id", "sequence", "second", "target", "group", "split")
    columns = {role: roles.names[role] for role in order if role in roles.names}
    options = {"path": path.name, **dialect.options, "columns": columns}
    absent = absent_splits(fields, roles.names, notes)
    if absent:
        options["absent"] = absent
    used = [fields[name] for role, name in columns.items() if role not in absent]
    if roles.names.get("split") in merged:
        columns["validation"] = merged[roles.names["split"]]
    options |= leave_out(used, fields[columns["target"]], wishes, notes)
    return Records("delimited", options, fields, roles)


def leave_out(used, target, wishes, notes, cell="cell"):
    """The reader's option that leaves out records with an empty cell or without a known target, if there are any.

    Parameters
    ----------
    used : list of Field
        Those in which no cell may be empty.
    target : Field
    wishes : Wishes
    notes : Notes
    cell : str
        What a cell is called.

    Returns
    -------
    dict
    """
    empty = _empty_cells(used)
    missing = "" if wishes.keep_missing else _missing_targets(target)
    if not empty and not missing:
        return {}
    notes.seen["options.empty"] = ", ".join(filter(None, [empty, missing]))
    if empty:
        notes.add(f"records with an empty {cell} are left out", empty)
    if missing:
        why = f"{missing}, which is taken for a missing value"
        notes.add("records without a known target are left out", why, "--keep-missing")
    return {"empty": "drop"}


def _refuse_headers(path, field):
    """Refuse sequences with a header of FASTA in front of them."""
    parts = field.present.str.extract(r"^>\S*\s+(?:.*\s)?(\S+)$")[0].dropna()
    if len(parts) > len(field.present) / 2 and Field(field.name, parts).is_residues:
        raise InputError(
            f"{path}: the sequences in {quoted(field.name)} follow headers of FASTA, as in "
            f"{quoted(field.examples(1)[0])}; delete the headers from the cells"
        )


def _empty_cells(used):
    """How many cells of the used columns are empty, in words."""
    return ", ".join(
        f"`{field.name}` is empty in {(field.values == '').sum():,}" for field in used if field.empty_share
    )


def _missing_targets(target):
    """How many targets are words for a missing value, in words."""
    return ", ".join(f"{quoted(word)} is the target in {count:,}" for word, count in target.missing_words.items())


def _triples(path, text, wishes, notes):
    found = third_lines(text.split("\n"))
    target = Field("target", pd.Series(found.labels, dtype=str))
    chosen = replace(wishes, target=None) if wishes.target == THIRD else wishes
    others = {} if wishes.target else _header_targets(found.places)
    if others and not found.are_sure:
        raise AmbiguousError("target", {**others, THIRD: target.examples()}, ADVICE_ON_ENDS)
    found.check(path)
    roles = _only(target, chosen)
    if others:
        shown = ", ".join(f"`{name}` ({', '.join(values)})" for name, values in others.items())
        notes.add(f"not used: {shown} in the headers", "the third lines have the target; delete them to use a header")
    return Records("lines", {"path": path.name, "lines": ["id", "sequence", "target"]}, {"target": target}, roles)


def _header_targets(places):
    """The fields of headers that could be the target, with three values of each."""
    headers, lengths = (
        [place.header for place in places],
        [sum(len(line) for _, line in place.lines) for place in places],
    )
    try:
        _, fields, roles = _layout(headers, pd.Series(lengths), Wishes(), Notes())
    except AmbiguousError as error:
        names = [name for name in error.candidates if name.split(".")[0] != "id"]
        return {name: error.candidates[name] for name in names}
    except InputError:
        return {}
    names = [roles.names["target"], *roles.alternatives]
    return {name: fields[name].examples() for name in names}


def _keel(path, text, wishes, notes):
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith(("@", "%"))]
    target = Field("target", pd.Series([line.rpartition(",")[2].strip() for line in lines], dtype=str))
    return Records("keel", {"path": path.name}, {"target": target}, _only(target, wishes))


def _only(target, wishes):
    """The roles of a format that has a target and nothing to choose."""
    if wishes.target not in (None, target.name):
        raise InputError(f"--target: this format has no field {quoted(wishes.target)}; leave the option out")
    return Roles({"target": target.name})
