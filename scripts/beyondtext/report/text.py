"""Sentences of the report, made from its numbers."""

from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.study import definitions
from beyondtext.study.grid import BASELINE

RATES = {"fixed": "one learning rate for every start", "chosen": "each start at its own best learning rate"}
DOMAINS = {"text": "text", "protein": "protein", "dna": "DNA", "music": "music"}


def task_title(name):
    """A task's title."""
    return definitions.task(name)["title"]


def model_title(name):
    """A model's title, without what stands in brackets."""
    return definitions.model(name)["title"].partition(" (")[0]


def init_title(init):
    """An init in words."""
    return INITIALIZATIONS[init].title if init in INITIALIZATIONS else init


def encoder_title(model, init, stage, seed=None):
    """One encoder of the similarity table, short enough for an axis; with its seed if that is given."""
    parts = [model_title(model)]
    if init != "pretrained":
        parts.append(init_title(init))
    if stage == "finetuned":
        parts.append("fine-tuned")
    if seed is not None:
        parts.append(f"seed {seed}")
    return ", ".join(parts)


def score(value):
    """A score, to three decimals; empty where there is none."""
    return "" if value != value else f"{value:z.3f}".replace("-", "−")


def signed(value):
    """A difference of scores, always with its sign."""
    return "" if value != value else f"{value:+.3f}".replace("-", "−")


def between(low, high, form=score):
    """An interval in words; empty where there is none, and one number where both ends read the same."""
    if low != low:
        return ""
    return form(low) if form(low) == form(high) else f"{form(low)} to {form(high)}"


def listed(words):
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(words)
    if not words:
        return ""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def verdict(row):
    """What an interval of a difference says: ``higher``, ``lower``, ``open`` or ``none`` (too few seeds)."""
    if row["ci_low"] != row["ci_low"]:
        return "none"
    if row["ci_low"] > 0:
        return "higher"
    return "lower" if row["ci_high"] < 0 else "open"


def effect_sentences(effects, confidence):
    """One sentence for each outcome that occurs, for each comparison, from `beyondtext.report.tables.effects`."""
    if effects.empty:
        return [
            "No arm has a random initialization to compare with, so nothing can be said about what a start is worth."
        ]
    sentences = []
    percent = f"{100 * confidence:g} %"
    for comparison, part in effects.groupby("comparison", sort=False):
        init = init_title(comparison.split(" - ")[0])
        named = _by_verdict(part)
        subject = f"The start “{init}” scores"
        if named["higher"]:
            sentences.append(f"{subject} higher than a random initialization on {listed(named['higher'])}.")
        if named["lower"]:
            sentences.append(f"{subject} lower than a random initialization on {listed(named['lower'])}.")
        if named["open"]:
            sentences.append(
                f"For “{init}” no difference is shown on {listed(named['open'])}: the {percent} interval includes zero."
            )
        if named["none"]:
            sentences.append(
                f"For “{init}” on {listed(named['none'])} there are too few seeds for an interval, so nothing is "
                "claimed."
            )
    return sentences


def _by_verdict(part):
    """What rows of differences are about, with their numbers, by `verdict`."""
    named = {outcome: [] for outcome in ("higher", "lower", "open", "none")}
    for row in part.to_dict("records"):
        interval = between(row["ci_low"], row["ci_high"], signed)
        numbers = f"{signed(row['mean'])}; {interval}" if interval else signed(row["mean"])
        named[verdict(row)].append(f"{_what(row, part)} ({numbers})")
    return named


def apart(row, table, keys=("model", "mapping", "fraction", "rate")):
    """What tells a row from others of its task and init, in words: a list, empty where nothing does."""
    in_words = {
        "model": model_title,
        "mapping": str,
        "fraction": lambda f: f"{100 * f:g} % of the training data",
        "rate": lambda rate: RATES[rate],
    }
    return [in_words[key](row[key]) for key in keys if table[key].nunique() > 1]


def _what(row, part):
    return ", ".join([task_title(row["task"]), *apart(row, part)])


def convergence_sentences(convergence):
    """How fast each init reaches the random initialization's level, from "
    "`beyondtext.report.convergence.convergence`."""
    sentences, no_level = [], []
    for init, part in convergence[convergence["init"] != "scratch"].groupby("init", sort=False):
        known, unclear, missed, at_once = [], [], [], []
        for row in part.to_dict("records"):
            reference = _reference(row, convergence)
            if reference is None:
                continue
            if row["level"] != row["level"]:
                no_level.append(_what(row, part))
            elif row["ratio_ci_low"] <= 1 <= row["ratio_ci_high"]:
                unclear.append(_ratio(row, part))
            elif row["ratio"] == row["ratio"]:
                known.append(_ratio(row, part))
            elif row["n_reached"] < row["n"] or reference["n_reached"] < reference["n"]:
                missed.append(
                    f"{_what(row, part)} ({row['n_reached']} of {row['n']} runs, and {reference['n_reached']} of "
                    f"{reference['n']} from a random initialization)"
                )
            else:
                at_once.append(_what(row, part))
        if known:
            sentences.append(f"The start “{init_title(init)}” needs {listed(known)}.")
        if unclear:
            sentences.append(
                f"For “{init_title(init)}” no difference in speed is shown, since the interval includes 1: it needs "
                f"{listed(unclear)}."
            )
        if missed:
            sentences.append(
                f"No ratio can be given for “{init_title(init)}” on {listed(missed)}, since not every run "
                "reached the level in the steps that it had."
            )
        if at_once:
            sentences.append(
                f"No ratio can be given for “{init_title(init)}” on {listed(at_once)}, since a run was at the level "
                "before its first step."
            )
    if no_level:
        sentences.append(
            f"On {listed(dict.fromkeys(no_level))} the random initialization gains nothing over the trivial baseline."
        )
    return sentences


def area_sentences(convergence, confidence):
    """Where the mean validation score while training differs from a random initialization's."""
    table = convergence.rename(columns={"area_difference": "mean"})
    table = table.assign(ci_low=table["area_ci_low"], ci_high=table["area_ci_high"])
    table = table[(table["init"] != "scratch") & table["ci_low"].notna()]
    sentences = []
    for init, part in table.groupby("init", sort=False):
        named = _by_verdict(part)
        clauses = [
            f"{words} than a random initialization's on {listed(named[outcome])}"
            for outcome, words in (("higher", "higher"), ("lower", "lower"))
            if named[outcome]
        ]
        if named["open"]:
            clauses.append(f"not shown to differ on {listed(named['open'])}")
        sentences.append(
            f"The area under the curve of “{init_title(init)}”, its mean validation score while training, is "
            f"{'; '.join(clauses)} ({100 * confidence:g} % intervals over seeds)."
        )
    return sentences


def _ratio(row, part):
    interval = between(row["ratio_ci_low"], row["ratio_ci_high"])
    return f"{score(row['ratio'])} times the steps on {_what(row, part)}" + (f" ({interval})" if interval else "")


def _reference(row, convergence):
    """The row of the random initialization that a row is compared with, or None."""
    same = convergence["init"] == "scratch"
    for key in ("task", "model", "mapping", "fraction", "rate"):
        same &= convergence[key] == row[key]
    found = convergence[same].to_dict("records")
    return found[0] if found else None


def baseline_sentences(summary):
    """Where a linear model on n-grams scores at least as high as the best network."""
    beaten = []
    for task, part in summary[summary["fraction"] == summary["fraction"].max()].groupby("task", sort=False):
        kmer = part.loc[part["model"] == "kmer", "mean"]
        networks = part.loc[part["init"] != "baseline"]
        if len(kmer) and len(networks) and kmer.iloc[0] >= networks["mean"].max():
            beaten.append(f"{task_title(task)} ({score(kmer.iloc[0])} against {score(networks['mean'].max())})")
    if not beaten:
        return []
    return [
        f"A linear model on n-grams scores as high as the best network, or higher, on {listed(beaten)}: there, "
        "a difference between two starts is not yet a reason to use either."
    ]


def untrained_sentences(runs):
    """Which runs kept the weights that they started with, from `beyondtext.report.load.read_runs`."""
    counts = []
    trained = runs[runs["init"] != BASELINE]
    for task, part in trained.groupby("task", sort=False):
        kept = int((part["best_step"] == 0).sum())
        if kept:
            counts.append(f"{kept} of {len(part)} on {task_title(task)}")
    if not counts:
        return []
    return [
        f"Some runs never scored higher on the validation split than before their first step, so their test scores are "
        f"those of a start with an untrained head: {listed(counts)}."
    ]


def constant_sentences(runs):
    """Which runs have learned nothing that shows on the test split, from `beyondtext.report.load.read_runs`."""
    clauses = []
    trained = runs[runs["init"] != BASELINE]
    for task, part in trained.groupby("task", sort=False):
        counts = [
            f"{int(mine['constant'].sum())} of {len(mine)} from “{init_title(init)}”"
            for init, mine in part.groupby("init", sort=False)
            if mine["constant"].any()
        ]
        if counts:
            clauses.append(f"on {task_title(task)} {listed(counts)}")
    if not clauses:
        return []
    return [
        "Some runs predict the same for every test example, as the trivial baseline does, so they have learned nothing "
        f"that shows, and a difference between such runs says nothing of their starts: {'; '.join(clauses)}."
    ]


def multiplicity_sentences(effects, confidence):
    """How many of so many intervals leave out zero by chance, from `beyondtext.report.tables.effects`."""
    shown = int(effects["ci_low"].notna().sum())
    if shown < 2:
        return []
    return [
        f"{shown} differences are looked at here; where there is nothing to find, about one interval in "
        f"{1 / (1 - confidence):.0f} leaves out zero all the same."
    ]
