"""Numbers and names as the report writes them."""

import math
import re
from dataclasses import replace
from urllib.parse import urlsplit

from beyondtext.core.metrics import METRICS
from beyondtext.core.printing import CONTROL, HIDDEN, visible, without_secrets
from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.study import definitions
from beyondtext.study.grid import BASELINE, FROZEN
from beyondtext.training.baselines import BASELINES

RATES = {
    "fixed": "a fixed learning rate",
    "chosen": "each initialization at the best of the learning rates tried",
    "frozen": "frozen features",
}
DOMAINS = {"text": "text", "protein": "protein", "dna": "DNA", "music": "music"}
DASH = "–"  # in place of a missing number


def task_title(name):
    """A task's title, on one line."""
    return in_line(definitions.task(name)["title"])


def model_title(name):
    """A model's title, without the part in brackets, on one line."""
    return in_line(definitions.model(name)["title"].partition(" (")[0])


def origin(name):
    """What a model's published weights were trained on."""
    domain = definitions.model(name)["domain"]
    return "proteins" if domain == "protein" else DOMAINS[domain]


def in_line(words):
    """A text on one line, with control characters as escapes."""
    return visible(" ".join(words.split()))


def link(address):
    """An address if a page may lead to it, or else an empty text.

    It does for https and http addresses with a host, without the characters that no address may have (RFC 3986), and
    without a password, a token or an account, which every reader of the page would get.
    """
    try:
        parts = urlsplit(address)
        is_safe = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"""[\s\\"<>^`{|}]""", address)
    except ValueError:  # such as brackets in the host
        is_safe = False
    has_secret = HIDDEN in without_secrets(address)
    return address if is_safe and not has_secret and not CONTROL.search(address) else ""


def init_title(init):
    """The title of an initialization."""
    return INITIALIZATIONS[init].title


def arm_title(model, init):
    """The title of an initialization or a baseline."""
    return BASELINES[model].title if init == BASELINE else init_title(init)


def metric_title(name):
    """The title of a metric."""
    return METRICS[name].title


def encoder_title(model, init, stage, seed=None):
    """One encoder of the similarity table, short enough for an axis; with its seed if one is given."""
    parts = [model_title(model)]
    if init != "pretrained":
        parts.append(init_title(init))
    if stage == "finetuned":
        parts.append("fine-tuned")
    if seed is not None:
        parts.append(f"seed {seed}")
    return ", ".join(parts)


def score(value):
    """A score, to three decimals; empty for NaN."""
    return "" if math.isnan(value) else f"{value:z.3f}".replace("-", "−")


def signed(value):
    """A difference between scores, always with its sign; empty for NaN."""
    return "" if math.isnan(value) else f"{value:+z.3f}".replace("-", "−")


def between(low, high, form=score):
    """An interval as text; empty for NaN, and one number if both ends read the same."""
    if math.isnan(low):
        return ""
    return form(low) if form(low) == form(high) else f"{form(low)} to {form(high)}"


def duration(seconds):
    """A time in words: seconds up to a minute and a half, and minutes above."""
    return f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"


def percent(share):
    """A share as a percentage."""
    return f"{100 * share:.3g} %"


def listed(words):
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(words)
    if not words:
        return ""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def by_outcome(templates, named, **words):
    """A sentence for each outcome that occurs.

    Parameters
    ----------
    templates : dict of str to str
        The sentence for each outcome, in the order in which they are said; ``{cases}`` and the ``words`` are filled in.
    named : dict of str to list of str
        The cases with each outcome, such as tasks; may have outcomes that no sentence is for.
    """
    return [
        template.format(cases=listed(named[outcome]), **words)
        for outcome, template in templates.items()
        if named.get(outcome)
    ]


def capitalized(words):
    """Words with a capital first letter; unlike `str.capitalize`, this leaves the others as they are."""
    return words[:1].upper() + words[1:]


def quoted(init):
    """An initialization's title in quotation marks, for the start of a sentence."""
    return f"“{capitalized(init_title(init))}”"


def side_of_zero(low, high):
    """Where the interval of a difference lies: ``higher``, ``lower``, ``open``, or ``none`` if it is NaN."""
    if math.isnan(low):
        return "none"
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "open"


def seeds(runs):
    """How many seeds the arms of some runs have, in words, and whether all have the same ones."""
    arms = _seeds_by_arm(runs)
    if len({frozenset(found) for found in arms}) > 1:
        counted = seeds_of_each(runs)
        return counted if " to " in counted else f"{counted} each"
    return "the same seed" if len(arms[0]) == 1 else f"the same {len(arms[0])} seeds"


def seeds_of_each(runs):
    """How many seeds each arm of some runs has: ``one seed``, ``3 seeds``, ``3 to 5 seeds``."""
    counts = sorted({len(found) for found in _seeds_by_arm(runs)})
    if counts == [1]:
        return "one seed"
    return " to ".join(map(str, dict.fromkeys((counts[0], counts[-1])))) + " seeds"


def _seeds_by_arm(runs):
    """The seeds of each arm, as a list of sets; at least one set."""
    arms = {}
    for run in runs:
        arms.setdefault(replace(run, seed=0), set()).add(run.seed)
    return list(arms.values()) or [set()]


def rate_title(rate, rates):
    """The title of a rule for the learning rate; “fine-tuned” if all others of the table are frozen features."""
    return "fine-tuned" if rate != FROZEN and len(set(rates) - {FROZEN}) == 1 else RATES[rate]


QUALIFIERS = {  # from a value and all values of its column
    "model": lambda name, _: model_title(name),
    "mapping": lambda name, _: name,
    "fraction": lambda share, _: f"{percent(share)} of the training data",
    "rate": rate_title,
}


def qualifiers(row, table, keys=("model", "mapping", "fraction", "rate")):
    """The columns in which a row differs from others of its table, in words: a list, empty if there are none."""
    return [QUALIFIERS[key](row[key], table[key]) for key in keys if table[key].nunique() > 1]


def by_rule(table, key):
    """The rows with the same value of a column and the same rule for the learning rate.

    Yields
    ------
    value : str
    rule : str
        The rule in brackets, after a blank; empty if all rows of the table have the same.
    part : pandas.DataFrame
    """
    for (value, _), part in table.groupby([key, "rate"], sort=False):
        rule = "".join(qualifiers(part.iloc[0], table, ["rate"]))
        yield value, f" ({rule})" if rule else "", part


def subject(row, table, keys=("model", "mapping", "fraction", "rate")):
    """What a row is about: its task, and its `qualifiers`."""
    return ", ".join([task_title(row["task"]), *qualifiers(row, table, keys)])
