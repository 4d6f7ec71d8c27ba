"""Which field is the target."""

import re

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.fields import (
    CATEGORY,
    CONSTANT,
    EMPTY,
    IDENTIFIER,
    NUMBER,
    PER_CLASS,
    RESIDUES,
    TEXT,
    VARIOUS,
    is_group,
    plain,
)
from beyondtext.data.inspection.findings import AmbiguousError
from beyondtext.data.inspection.number_forms import number_problem

TARGETS = {"target", "label", "labels", "class", "classlabel", "y", "goldlabel"}  # what `plain` makes of names
MOST_CLASSES = 10  # more numbers may correspond to others by chance
FEWEST = 10  # records, or so few that nothing shows which field is the target
LEAST_LENGTHS = 0.99  # of the records, in which a number is the length of the sequence
MOST_EMPTY = 0.5  # a target is given for at least half of the records


def choose_target(candidates, fields, wishes, lengths, in_header):
    """The field of the target.

    Parameters
    ----------
    candidates, fields : dict of str to Field
        Those without a role, and all.
    wishes : Wishes
    lengths : pandas.Series of int or None
        Of the sequences, if they are known.
    in_header : bool
        Whether the fields are those of headers or the like, and not the columns of a table.

    Returns
    -------
    target : str
    others : dict of str to str
        Why each of the other fields cannot be the target.
    alternatives : list of str
        Those that could.
    """
    others = {name: _why_not(value, lengths, in_header) for name, value in candidates.items()}
    possible = _without_repeats({name: candidates[name] for name, why in others.items() if not why}, others)
    others = {name: why for name, why in others.items() if why}
    if wishes.target:
        return wishes.target, others, [name for name in possible if name != wishes.target]
    named = [name for name in possible if plain(name) in TARGETS]
    if len(possible) == 1 or len(named) == 1:
        target = named[0] if named else next(iter(possible))
        if target.split(".")[0] == "id":
            raise AmbiguousError("target", {target: possible[target].examples()})
        return target, others, [name for name in possible if name != target]
    if not possible:
        number = max((len(value.values) for value in fields.values()), default=0)
        if number < FEWEST:
            raise InputError(
                f"{number} {'record is' if number == 1 else 'records are'} too few for a study; give at least {FEWEST}"
            )
        raise InputError(_no_target(candidates, others))
    grouped = {name for name in possible if is_group(name)}
    if len(possible) - len(grouped) == 1:
        (target,) = possible.keys() - grouped
        return target, others, sorted(grouped)
    raise AmbiguousError("target", {name: value.examples() for name, value in possible.items()})


def _no_target(candidates, others):
    various = [candidates[name] for name in others if is_various(candidates[name])]
    problems = [problem for problem in map(number_problem, various) if problem]
    if problems:
        return f"no field could be the target as it is: {'. '.join(problems)}"
    seen = "; ".join(f"`{name}`: {why}" for name, why in others.items())
    return "no field could be the target" + (
        f" ({seen}); name one with --target, or add one to the file" if seen else "; add one to every record"
    )


def is_various(value):
    """Whether nearly every record has a value of its own, so that these are no classes."""
    return value.looks in (IDENTIFIER, VARIOUS) and not value.aside


def _why_not(value, lengths, in_header):
    """Why a field, of a header or of a table, cannot be the target; empty if it can."""
    reasons = {EMPTY: "empty", CONSTANT: "always the same", TEXT: "text", RESIDUES: "sequences"}
    reasons[IDENTIFIER] = "different for every record"
    reasons[VARIOUS] = f"almost always different ({len(value.counts):,} values in {len(value.present):,} records)"
    if value.aside:
        return value.aside
    if value.looks in reasons:
        return reasons[value.looks]
    if value.empty_share > MOST_EMPTY:
        return f"empty in {value.empty_share:.0%} of the records"
    if value.looks == NUMBER and value.is_count:
        return "the numbers of the records"
    if value.looks == NUMBER and _is_id(value, in_header):
        return "an id, by its name"
    if lengths is not None and _are_lengths(value.values, lengths):
        return "the lengths of the sequences"
    return ""


def _are_lengths(values, lengths):
    """Whether nearly all values are the lengths of the sequences, with a unit or without."""
    found = values.str.extract(r"^(\d+)(?:\.0+)?\s*[a-z]*$", flags=re.IGNORECASE)[0]
    return (found == lengths.astype(str)).mean() > LEAST_LENGTHS


def _is_id(value, in_header):
    """Whether numbers are ids by their field's name; the first word of a header is called ``id`` whatever it says."""
    if in_header and value.name == "id" and len(value.counts) * PER_CLASS <= len(value.present):
        return False
    return re.search(r"(^|[\W_])(id|index|accession)$", value.name.lower()) is not None


def _without_repeats(possible, others):
    """Keep one of several fields that say the same in other words: the one whose values are longer."""
    kept = {}
    for name, value in possible.items():
        same = next((other for other in kept if says_the_same(kept[other], value)), None)
        if same is None:
            kept[name] = value
        elif value.looks == CATEGORY and kept[same].looks == NUMBER:
            others[same] = f"says the same as `{name}`"
            del kept[same]
            kept[name] = value
        else:
            others[name] = f"says the same as `{same}`"
    return kept


def says_the_same(one, other):
    """Whether two fields divide the records in the same way."""
    if len(one.counts) != len(other.counts) or len(one.counts) > MOST_CLASSES:
        return False
    return len(set(zip(one.values, other.values, strict=True))) == len(one.counts)
