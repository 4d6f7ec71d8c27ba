"""YAML and JSON that anybody may have written: the content, or one sentence that says what is wrong.

PyYAML's safe loader runs no code, but it takes the last of two equal keys, never ends if aliases multiply what they
stand for, crashes if lists are nested too deep, and has no message for a number that Python refuses.
"""

import json
import math
import re
from collections import Counter

import yaml

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast, but not in every installation
MERGE_KEY = "tag:yaml.org,2002:merge"  # of <<, which may be given more than once
INTEGER, NUMBER, TEXT = (f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "str"))
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")  # a number, in digits of ASCII only
MOST_CHARACTERS = 5_000_000  # of a file; the largest here has ten thousand
DEEPEST = 50  # lists and mappings within each other; the deepest here has seven
MOST_VALUES = 100_000  # once every alias is replaced by what it stands for
SHOWN = 40  # characters of a value in a message


def load_yaml(text, where):
    """The content of a YAML text.

    Parameters
    ----------
    text : str
    where : str or path
        Where the text was read, for messages.

    Returns
    -------
    object
        Dicts, lists, texts, numbers, booleans, dates and None.

    Raises
    ------
    InputError
        If the text is not YAML, is too long, nested too deep or stands for too many values, gives a key twice, or has a
        value that cannot be read or would be read as another number than it looks like.
    """
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{where} has more than {MOST_CHARACTERS:,} characters; give the path of a smaller YAML file")
    try:
        _check_nesting(text, where)
        loader = Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _check_aliases(node, where)
            _check_node(node, loader, where)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split()).replace(' in "<unicode string>",', " in")
        mark = getattr(error, "problem_mark", None)
        if mark is not None and re.match(" *\t", text[text.rfind("\n", 0, mark.index) + 1 :]):
            problem = f"line {mark.line + 1} is indented with a tab; use spaces"
        raise InputError(f"{where} is not valid YAML: {problem}") from None


def load_json(text, allow_nan=False):
    """The content of a JSON text.

    Parameters
    ----------
    text : str
    allow_nan : bool, optional
        Whether NaN, Infinity and -Infinity, which are not JSON but which many programs write, are read as numbers.

    Raises
    ------
    ValueError
        If the text is not JSON, is nested too deep, has NaN or Infinity where they are not allowed, has a number that
        is too large for a computer's or too long, or gives a key twice.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_without_repeats,
            parse_constant=float if allow_nan else _refuse_constant,
            parse_float=_finite,
            parse_int=_short_enough,
        )
    except RecursionError:
        raise ValueError("its lists and objects are nested too deep") from None


def repeated_keys(pairs):
    """The keys that a JSON object gives more than once, in their order; ``pairs`` are its keys and values."""
    return [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]


def _without_repeats(pairs):
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError(f"the key {quoted(repeated_keys(pairs)[0])} is given twice")
    return value


def _refuse_constant(name):
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text):
    """The value of a number with decimals, if it is not too large for one."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _short_enough(text):
    """The value of a whole number, if it does not have more digits than Python reads."""
    try:
        return int(text)
    except ValueError:
        raise ValueError("a number is too long") from None


def _check_nesting(text, where):
    """Raise `InputError` for lists and mappings nested too deep; the loader itself would overflow its stack."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise InputError(
                f"{where}, line {event.start_mark.line + 1}: more than {DEEPEST} lists and mappings are nested within "
                "each other; remove some"
            )


def _check_aliases(node, where):
    """Raise `InputError` for too many values, or too many levels, once the aliases are filled in."""
    values, depth = _extent(node, {})
    if values > MOST_VALUES or depth > DEEPEST:
        found = f"{values:,.0f} values" if values < 1e15 else "values without end"
        if values <= MOST_VALUES:
            found = f"values nested {depth} deep"
        raise InputError(
            f"{where} stands for {found} once its aliases (*) are filled in, but at most {MOST_VALUES:,} values and "
            f"{DEEPEST} levels are allowed; use fewer aliases"
        )


def _extent(node, known):
    """How many values a node stands for, and how deep they are nested; both infinite if it contains itself."""
    if isinstance(node, yaml.ScalarNode):
        return 1, 0
    if node not in known:
        known[node] = (math.inf, math.inf)  # until its parts are known
        parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        extents = [_extent(part, known) for part in parts]
        known[node] = (1 + sum(extent[0] for extent in extents), 1 + max((extent[1] for extent in extents), default=0))
    return known[node]


def _check_node(node, loader, where, prefix="", seen=None):
    """Raise `InputError` for a key that is given twice and for a value that cannot be read, at any depth.

    ``prefix`` are the keys above the node.
    """
    seen = set() if seen is None else seen
    if node in seen:  # an alias
        return
    seen.add(node)
    if isinstance(node, yaml.ScalarNode):
        _check_value(node, loader, where)
    elif isinstance(node, yaml.SequenceNode):
        for number, entry in enumerate(node.value):
            _check_node(entry, loader, where, f"{prefix}{number}.", seen)
    else:
        lines = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines and key.tag != MERGE_KEY:
                raise InputError(
                    f"{where}, line {line}: the key {prefix}{name} is given twice, first on line {lines[name]}; remove "
                    "one of the two"
                )
            lines[name] = line
            if key.tag != MERGE_KEY:
                _check_node(key, loader, where, prefix, seen)
            _check_node(value, loader, where, f"{prefix}{name}.", seen)


def _check_value(node, loader, where):
    """Raise `InputError` for a single value that cannot be read, or is a number that looks like another one."""
    if node.tag == TEXT:
        return
    shown = node.value if len(node.value) <= SHOWN else f"{node.value[:SHOWN]}… ({len(node.value):,} characters)"
    place = f"{where}, line {node.start_mark.line + 1}: {shown}"
    try:
        value = loader.construct_object(node)
    except yaml.YAMLError:
        raise InputError(f"{place} has the tag {node.tag!r}, which cannot be read; remove it, or quote it") from None
    except Exception:  # PyYAML raises many kinds, for numbers too long, dates that do not exist and the like
        kind = node.tag.rpartition(":")[2]
        raise InputError(
            f"{place} looks like a value of the type {kind} but is none; correct it, or quote it"
        ) from None
    is_clear = node.tag != INTEGER or re.fullmatch("[+-]?(0|[1-9][0-9_]*)", node.value)
    if not is_clear or (node.tag == NUMBER and ":" in node.value):  # 017 is octal, and 1:30.5 has minutes and seconds
        raise InputError(f"{place} is the number {value} to YAML; write {value}, or quote it")
