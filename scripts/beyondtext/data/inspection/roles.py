"""Which fields are the sequence, the target, the split, the group and the id."""

import re
from dataclasses import dataclass, field

from beyondtext.core.errors import InputError, suggestion
from beyondtext.core.printing import quoted
from beyondtext.data.inspection.fields import (
    CATEGORY,
    CONSTANT,
    IDENTIFIER,
    RESIDUES,
    RESIDUES_AT_LEAST,
    TEXT,
    VARIOUS,
    is_group,
    plain,
)
from beyondtext.data.inspection.findings import MAY_BE_EMPTY, NONE, AmbiguousError, option
from beyondtext.data.inspection.published import is_split, published_values, split_problem
from beyondtext.data.inspection.target_field import choose_target, says_the_same

# Names that say what a field is, in lower case and without signs.
SEQUENCES = {"sequence", "seq", "dna", "dnaseq", "dnasequence", "rna", "rnaseq", "protein", "proteinsequence"}
SEQUENCES |= {"peptide", "aaseq", "aasequence", "primary", "text", "sentence"}
DESCRIPTIONS = {"title", "description", "comment", "comments", "note", "notes", "source", "filename", "name", "url"}
IDS = {"id", "ids", "name", "accession", "entry", "identifier", "uid", "index", "seqid", "sequenceid"}
UNIQUE = IDS - {"name", "entry", "index"}  # what other columns are called, too
PAIRS = ("12", "ab", "xy", ("first", "second"), ("left", "right"))
MOST_WITHOUT_GROUP = 0.1  # of the records: of a field that fewer have, it is not clear what belongs together


@dataclass
class Roles:
    """The name of the field of each role, in ``names``, and why the other fields are not the target."""

    names: dict
    others: dict = field(default_factory=dict)
    alternatives: list = field(default_factory=list)


def choose_roles(fields, wishes, notes, has_sequence, lengths=None):
    """Find the field of each role.

    Parameters
    ----------
    fields : dict of str to Field
    wishes : Wishes
    notes : Notes
    has_sequence : bool
        Whether the sequence is one of the fields (of a table) or not (in FASTA).
    lengths : pandas.Series of int, optional
        Of sequences that are not among the fields.

    Returns
    -------
    Roles

    Raises
    ------
    AmbiguousError
        If several fields could be the sequence or the target.
    InputError
        If no field could be, or if a wish names no field.
    """
    _check_wishes(fields, wishes)
    names = {}
    if has_sequence:
        names |= choose_sequences(fields, wishes, notes)
    names |= _choose_split(_left(fields, names, wishes), wishes, notes)
    candidates = _without_splits(_left(fields, names, wishes), wishes, notes)
    if has_sequence:
        lengths = fields[names["sequence"]].values.str.len()
    target, others, alternatives = choose_target(candidates, fields, wishes, lengths, in_header=not has_sequence)
    names |= {"target": target}
    split = fields[names["split"]].in_role("split") if "split" in names else None
    names |= _choose_group(_left(fields, names, wishes), split, wishes, notes, are_dropped=has_sequence)
    alternatives = [name for name in alternatives if name != names.get("group")]
    names |= _choose_id(_left(fields, names, wishes), wishes, notes if has_sequence else None)
    return Roles(names, others, alternatives)


def in_roles(fields, names, notes):
    """The fields as the readers see them in their roles: empty where a word stands for a missing value.

    Parameters
    ----------
    fields : dict of str to Field
    names : dict of str to str
        The name of the field of each role.
    notes : Notes

    Returns
    -------
    dict of str to Field
    """
    fields = dict(fields)
    for role, name in names.items():
        written, fields[name] = fields[name], fields[name].in_role(role)
        words = written.values[written.values != fields[name].values].value_counts()
        if len(words):
            shown = ", ".join(f"{quoted(word)} in {count:,}" for word, count in words.items())
            notes.add(f"`{name}` has words for missing values, read as empty", shown)
    return fields


def _left(fields, names, wishes):
    """The fields that have no role yet, and that no wish has given one."""
    wished = {getattr(wishes, role) for role in ("sequence", "second", "target", "split", "group", "id")}
    return {name: value for name, value in fields.items() if name not in {*names.values(), *wished}}


def _check_wishes(fields, wishes):
    given = {}
    for role in ("sequence", "second", "target", "split", "group", "id"):
        name = getattr(wishes, role)
        if name is None or (name == NONE and role in MAY_BE_EMPTY):
            continue
        if name not in fields:
            raise InputError(
                f"--{role}: there is no field {quoted(name)}{suggestion(name, fields)}; the fields are {_list(fields)}"
            )
        if name in given:
            raise InputError(f"--{role} and --{given[name]} both name {quoted(name)}; a field can have one role only")
        given[name] = role


def _list(fields):
    shown = [f"`{name}` ({', '.join(value.examples()) or 'empty'})" for name, value in fields.items()]
    return ", ".join(shown[:20]) + (f" and {len(shown) - 20} more" if len(shown) > 20 else "")


# --- The sequence.


def choose_sequences(fields, wishes, notes):
    """The field of the sequence, and of the second one of a pair."""
    if wishes.sequence:
        return {"sequence": wishes.sequence} | ({"second": wishes.second} if wishes.second not in (None, NONE) else {})
    candidates = {name: value for name, value in fields.items() if _is_sequence(value)}
    residues = {name: value for name, value in candidates.items() if value.is_residues}
    left = {name: value for name, value in (residues or candidates).items() if name not in _wished(wishes)}
    if not left:
        for name, value in fields.items():
            if value.looks == CONSTANT and value.median_length >= RESIDUES_AT_LEAST and value.is_residues:
                raise InputError(f"all sequences, in `{name}`, are the same; a study needs different ones")
        _refuse_repeated([name for name, value in fields.items() if _may_repeat(value) and name not in _wished(wishes)])
        raise InputError(
            f"no column looks like a sequence: the columns are {_list(fields)}; name it with --sequence, correct "
            "--delimiter, or delete the lines above the header if there are any"
        )
    if len(left) == 1:
        name = next(iter(left))
        others = [other for other in candidates if other != name]
        why = "its values are residues" if residues else "its values are sentences"
        if others:
            why += f", those of `{'`, `'.join(others)}` are text"
        notes.add(f"the sequence is `{name}`", why, "--sequence NAME", "options.columns.sequence")
        return {"sequence": name}
    pair = _pair(list(left))
    if pair and wishes.second != NONE:
        why = f"`{pair[0]}` and `{pair[1]}` differ in a number or letter only"
        single = f"{option('sequence', pair[0])} --second none"
        notes.add("pairs of sequences", why, single, "options.columns.second")
        return {"sequence": pair[0], "second": pair[1]}
    named = [name for name in left if plain(name) in SEQUENCES]
    if len(named) == 1 and all(plain(name) in DESCRIPTIONS for name in left if name not in named):
        notes.add(f"the sequence is `{named[0]}`", "its name says so", "--sequence NAME", "options.columns.sequence")
        return {"sequence": named[0]}
    first, second, *_ = left
    shown = {name: value.examples() for name, value in left.items()}
    pair = f"{option('sequence', first)} {option('second', second)}"
    raise AmbiguousError("sequence", shown, f", or make them pairs with `{pair}`")


def _refuse_repeated(names):
    """Raise `InputError` with the options that name the columns in which sequences repeat, if there are any."""
    if not names:
        return
    names = list(_pair(names) or names)
    single = option("sequence", names[0])
    pair = f", or make them pairs with `{single} {option('second', names[1])}`" if len(names) > 1 else ""
    raise InputError(
        f"no column has a sequence of its own for each record; the values of `{'`, `'.join(names)}` look like "
        f"sequences that repeat: if they are, name them with `{single}`{pair}"
    )


def _may_repeat(value):
    """Whether the values may be sequences of which each is in several records, as in a table of pairs."""
    return value.looks in (CATEGORY, VARIOUS) and value.median_length >= RESIDUES_AT_LEAST and value.is_residues


def _wished(wishes):
    return {getattr(wishes, role) for role in ("target", "split", "group", "id", "second")}


def _is_sequence(value):
    if value.looks == TEXT or (value.looks == RESIDUES and value.median_length >= RESIDUES_AT_LEAST):
        return True
    is_named = plain(value.name) in SEQUENCES and value.looks in (CATEGORY, IDENTIFIER, VARIOUS, RESIDUES)
    return is_named and value.median_length > 1 and len(value.counts) > 2


def _pair(names):
    """The two names that differ only in 1 and 2, a and b or the like, if there are just two names."""
    if len(names) != 2:
        return None
    for first, second in PAIRS:
        for one, other in (names, names[::-1]):
            parts = re.split(rf"{first}(?![A-Za-z0-9])", one, flags=re.IGNORECASE)
            if len(parts) > 1 and other.lower() in {f"{second}".join(parts).lower()}:
                return one, other
    return None


# --- The split, the group and the id.


def _choose_split(fields, wishes, notes):
    if wishes.split:
        return {} if wishes.split == NONE else {"split": wishes.split}
    found = {name: value for name, value in fields.items() if published_values(value) and not value.aside}
    found = {name: value for name, value in found.items() if is_split(name)} or found
    if not found:
        return {}
    name, *others = found
    if not all(says_the_same(found[name].in_role("split"), found[other].in_role("split")) for other in others):
        shown = {name: value.examples() for name, value in found.items()}
        raise AmbiguousError("split", shown, ", or draw random splits with `--split none`")
    values = ", ".join(f"{value}: {count:,}" for value, count in fields[name].counts.items())
    empty = int((fields[name].in_role("split").values == "").sum())
    values += f", none: {empty:,}" if empty else ""
    notes.add("published splits", f"`{name}` has the values {values}", "--split none", "split")
    return {"split": name}


def _without_splits(fields, wishes, notes):
    """The fields without those that name splits; of these, the ones that cannot be used are named with the reason."""
    problems = {name: split_problem(value) for name, value in fields.items()}
    for name, problem in problems.items():
        if problem and not wishes.split and not fields[name].aside:
            notes.add(f"`{name}` is not used as the split", problem, "--split NAME")
    return {name: value for name, value in fields.items() if not problems[name] and not published_values(value)}


def _choose_group(fields, split, wishes, notes, are_dropped):
    """The field of the group.

    ``split`` is the `Field` of a published split, or None; ``are_dropped`` says whether records without a group are.
    """
    if wishes.group:
        return {} if wishes.group == NONE else {"group": wishes.group}
    for name, written in fields.items():
        value = written.in_role("group")
        if not is_group(name) or not 1 < len(value.counts) < len(value.present):
            continue
        if value.empty_share > MOST_WITHOUT_GROUP:
            why = f"{(value.values == '').sum():,} of {len(value.values):,} records have none"
            notes.add(f"`{name}` is not the group", why, option("group", name))
            continue
        known = value.present if are_dropped else value.values  # otherwise, records without a group are one
        divided = 0 if split is None else int((split.values[known.index].groupby(known).nunique() > 1).sum())
        if divided:
            why = f"the published splits divide {divided:,} of its {len(value.counts):,} groups"
            notes.add(f"`{name}` is not the group", why, f"{option('group', name)} --split none")
            continue
        why = f"by its name, `{name}` says what belongs together ({len(value.counts):,} groups)"
        notes.add("groups that no split divides", why, "--group none", "options.columns.group")
        return {"group": name}
    return {}


def _choose_id(fields, wishes, notes):
    """The field of the id; ``notes`` of a table, whose records are numbered if ids repeat, or None."""
    if wishes.id:
        return {} if wishes.id == NONE else {"id": wishes.id}
    unique = [name for name, value in fields.items() if value.is_unique]
    named = [name for name in unique if plain(name) in IDS]
    words = [name for name in unique if fields[name].looks == IDENTIFIER]
    if named or words:
        return {"id": (named or words)[0]}
    repeating = [name for name, value in fields.items() if plain(name) in UNIQUE and len(value.present)]
    if notes and repeating:
        values = fields[repeating[0]].values
        number = int((values.duplicated(keep=False) | (values == "")).sum())
        why = f"{number:,} of {len(values):,} records have one that repeats or is empty"
        notes.add(f"the numbers of the records are the ids, not `{repeating[0]}`", why)
    return {}
