"""The answer: for each task, whether pre-training helps in the end, and whether it helps while learning."""

import math

import numpy as np
import pandas as pd

from beyondtext.report import text
from beyondtext.report.arms import MATCHED, REFERENCE, compared_init, main_runs, matching, rows_of
from beyondtext.report.drawings import IntervalDrawings
from beyondtext.report.intervals import holm
from beyondtext.report.section import Section, Table
from beyondtext.report.sections import convergence, curves, effects, scores
from beyondtext.report.verdicts import (
    HIGHER,
    LOWER,
    MARGIN,
    MAYBE_HIGHER,
    MAYBE_LOWER,
    SMALL,
    UNCERTAIN,
    UNKNOWN,
    bound,
    verdict,
)
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE, FIXED, FROZEN

TEST_SCORE, LEARNING_CURVE = "test_score", "learning_curve"  # the endpoints: values of `report.endpoint`
PREFIX = {TEST_SCORE: "", LEARNING_CURVE: "area_"}  # of an endpoint's columns
NUMBERS = ["effect", "ci_low", "ci_high", "p", "p_holm", "seeds_needed", "verdict", "bound"]
COLUMNS = ["domain", *MATCHED, "init", "metric", "n", *NUMBERS, *(f"area_{name}" for name in NUMBERS), "steps_ratio"]
COLUMNS += ["steps_ratio_ci_low", "steps_ratio_ci_high", "group_effect", "group_ci_low", "group_ci_high", "passes"]
COLUMNS += ["score", "scratch", "frozen", "frozen_scratch", "kmer", "trivial"]
LEVELS = {  # the mean test scores that the page shows, by column
    "Fine-tuned": {"score": "{init}", "scratch": "random"},
    "Frozen": {"frozen": "{init}", "frozen_scratch": "random"},
    "n\N{NON-BREAKING HYPHEN}grams": {"kmer": ""},
}
LINEAR = {  # models without fine-tuning, as a sentence names them
    "kmer": "n-grams",
    "frozen": "frozen features of the {init} encoder",
    "frozen_scratch": "frozen features of a random encoder",
}

LABELS = {
    TEST_SCORE: {HIGHER: "helps", LOWER: "hurts", MAYBE_HIGHER: "may help", MAYBE_LOWER: "may hurt"},
    LEARNING_CURVE: {HIGHER: "faster", LOWER: "slower", MAYBE_HIGHER: "may be faster", MAYBE_LOWER: "may be slower"},
}
CLAUSES = {
    TEST_SCORE: {
        HIGHER: "helps on {tasks}",
        LOWER: "hurts on {tasks}",
        MAYBE_HIGHER: "may help on {tasks}",
        MAYBE_LOWER: "may hurt on {tasks}",
        SMALL: "makes a difference of at most {bound} on {tasks}",
    },
    LEARNING_CURVE: {
        HIGHER: "learns faster on {tasks}",
        LOWER: "learns more slowly on {tasks}",
        MAYBE_HIGHER: "may learn faster on {tasks}",
        MAYBE_LOWER: "may learn more slowly on {tasks}",
        SMALL: "differs by at most {bound} in its mean validation score on {tasks}",
    },
}
OPENINGS = {
    TEST_SCORE: "After fine-tuning, pre-training",
    LEARNING_CURVE: "Compared with training from scratch, the pre-trained network",
}
UNDECIDED = {  # if no task has a verdict
    TEST_SCORE: "Whether pre-training helps after fine-tuning cannot be decided on {tasks}.",
    LEARNING_CURVE: "Whether the pre-trained network learns faster than one from scratch cannot be decided on {tasks}.",
}


def verdicts(results):
    """The main experiment's primary comparison on each task; see `decide`."""
    made_by = {
        "effects": effects.effects,
        "effects_groups": effects.effects_by_group,
        "convergence": convergence.convergence,
        "curves": curves.mean_curves,
        "summary": scores.summary,
    }
    return decide({name: results.table(make) for name, make in made_by.items()}, results.config)


def decide(tables, config):
    """One row for each task, model, mapping and rule for the learning rate of the main experiment, on all of the data.

    The comparison is that of the first initialization that the study names with random initialization, by the test
    score and by the area under the validation curve (``area_…``). p-values are adjusted for the number of rows with the
    same rule for the learning rate (``p_holm``). ``group_…`` is the effect on the score by whole group, and ``passes``
    is how often training saw the training split.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        ``effects``, ``effects_groups``, ``convergence``, ``curves`` and ``summary``.
    config : dict
    """
    main, confidence = main_runs(config), config["report"]["confidence"]
    mine = rows_of(tables["effects"], main)
    mine = mine[mine["fraction"] == mine["fraction"].max()].drop_duplicates(MATCHED)
    rows = []
    for row in mine.to_dict("records"):
        row |= {"init": compared_init(row["comparison"]), "effect": row["mean"]}
        speed = _row(tables["convergence"], row, [*MATCHED, "init"])
        row |= {f"area_{name}": speed[f"area_{name}"] for name in ("ci_low", "ci_high", "p", "seeds_needed")}
        row |= {"area_effect": speed["area_difference"], "steps_ratio": speed["ratio"]}
        row |= {f"steps_ratio_{name}": speed[f"ratio_{name}"] for name in ("ci_low", "ci_high")}
        of_groups = _row(tables["effects_groups"], row, [*MATCHED, "comparison"])
        row |= {f"group_{name}": of_groups.get(name, np.nan) for name in ("ci_low", "ci_high")}
        row |= {"group_effect": of_groups.get("mean", np.nan), "passes": _passes(tables, row)}
        rows.append({**row, **_levels(tables["summary"], row)})
    table = pd.DataFrame(rows, columns=COLUMNS)
    for prefix in PREFIX.values():
        table[f"{prefix}p_holm"] = table.groupby("rate")[f"{prefix}p"].transform(lambda p: holm(p.to_numpy()))
        ends = [table[f"{prefix}{name}"].astype(float) for name in ("ci_low", "ci_high", "p_holm")]
        table[f"{prefix}verdict"] = [verdict(*numbers, confidence) for numbers in zip(*ends, strict=True)]
        table[f"{prefix}bound"] = [bound(low, high) for low, high in zip(*ends[:2], strict=True)]
    return table


def _passes(tables, row):
    """How often training saw the training split: the sequences that it read, divided by those that there are."""
    keys = [*MATCHED, "init"]
    return matching(tables["curves"], row, keys)["examples"].max() / _row(tables["summary"], row, keys)["sequences"]


def _levels(summary, row):
    """The mean test scores of both arms, of frozen features and of the baselines; NaN for what the study lacks."""
    same = {key: row[key] for key in MATCHED}
    arms = {
        "score": {**same, "init": row["init"]},
        "scratch": {**same, "init": REFERENCE},
        "frozen": {**same, "init": row["init"], "rate": FROZEN},
        "frozen_scratch": {**same, "init": REFERENCE, "rate": FROZEN},
        "kmer": {"task": row["task"], "fraction": row["fraction"], "model": "kmer", "init": BASELINE},
        "trivial": {"task": row["task"], "fraction": row["fraction"], "model": "trivial", "init": BASELINE},
    }
    return {name: _row(summary, keys, list(keys)).get("mean", np.nan) for name, keys in arms.items()}


def _row(table, values, keys):
    """The one row of a table with these values, as a dict; an empty one if there is none."""
    found = matching(table, values, keys)
    return found.iloc[0].to_dict() if len(found) else {}


def label(row, endpoint):
    """A row's verdict on one endpoint in a few words, and what is needed if there is none."""
    prefix = PREFIX[endpoint]
    found, seeds = row[f"{prefix}verdict"], row[f"{prefix}seeds_needed"]
    if found == UNCERTAIN:
        enough = f"needs about {seeds:.0f} seeds"
        return "too uncertain", "the test split is too small" if math.isinf(seeds) else enough
    if found == UNKNOWN:
        return "unknown", "too few seeds for an interval"
    if found == SMALL:
        return f"no difference larger than {row[f'{prefix}bound']:.2f}", ""
    return LABELS[endpoint][found], ""


def sentence(table, endpoint):
    """What the rows of one rule for the learning rate say about one endpoint: one sentence."""
    prefix, clauses, tasks, bounds = PREFIX[endpoint], [], {}, {}
    for row in table.to_dict("records"):
        found, name = row[f"{prefix}verdict"], text.subject(row, table, ("model", "mapping"))
        tasks.setdefault(found, []).append(name)
        bounds[found] = max(bounds.get(found, 0.0), row[f"{prefix}bound"])
    for found, clause in CLAUSES[endpoint].items():
        if found in tasks:
            clauses.append(clause.format(tasks=text.listed(tasks[found]), bound=f"{bounds[found]:.2f}"))
    undecided = text.listed([*tasks.get(UNCERTAIN, []), *tasks.get(UNKNOWN, [])])
    if not clauses:
        return UNDECIDED[endpoint].format(tasks=undecided)
    said = f"{OPENINGS[endpoint]} {text.listed(clauses)}"
    return f"{said}; on {undecided}, this cannot be decided." if undecided else f"{said}."


def sentences(table, endpoint):
    """What a stranger should know: one sentence on each endpoint, and one on models that are not fine-tuned.

    If the study has both rules for the learning rate, these are about the common rate, and another says what is found
    if each initialization has its own best rate.
    """
    other = LEARNING_CURVE if endpoint == TEST_SCORE else TEST_SCORE
    first = primary(table)
    said = [sentence(first, endpoint), sentence(first, other)]
    rest = table[table["rate"] != first["rate"].iloc[0]]
    if len(rest):
        at_best = sentence(rest, endpoint)
        said.append(f"With each initialization at its own best learning rate: {at_best[0].lower()}{at_best[1:]}")
    return [*said, *unbeaten_sentence(first), *short_sentence(first)]


def unbeaten_sentence(table):
    """Where a linear model without fine-tuning scores at least as high as both networks: a list of at most one."""
    best, clauses = table[["score", "scratch"]].max(axis=1), []
    for level, words in LINEAR.items():
        tasks = dict.fromkeys(table.loc[table[level] >= best, "task"])
        if tasks:
            init = text.init_title(table["init"].iloc[0])
            clauses.append(f"{words.format(init=init)} ({text.listed(map(text.task_title, tasks))})")
    if not clauses:
        return []
    return [f"A linear model scores at least as high on average as both networks if it reads {' or '.join(clauses)}."]


def short_sentence(table):
    """Where training ends before it has seen every training sequence once: a list of at most one."""
    tasks = dict.fromkeys(table.loc[table["passes"] < 1, "task"])
    if not tasks:
        return []
    names = text.listed(map(text.task_title, tasks))
    return [
        f"On {names}, fine-tuning ends before it has seen every training sequence once, so longer training may change "
        "the result."
    ]


def primary(table):
    """The rows of the primary comparison: those with one learning rate for every initialization, if there are any."""
    fixed = table[table["rate"] == FIXED]
    return fixed if len(fixed) else table


def rows(table, seeds, endpoint):
    """The ``rows`` of the page's table, those of a task together, and the ``scale`` of their drawings: a dict.

    Parameters
    ----------
    table : pandas.DataFrame
        `verdicts`.
    seeds : pandas.DataFrame
        The differences by seed: ``effects_by_seed`` or ``convergence_runs``, with a column ``difference``.
    endpoint : str
    """
    first, other = endpoint, LEARNING_CURVE if endpoint == TEST_SCORE else TEST_SCORE
    prefix = PREFIX[endpoint]
    records = [(row, _differences(seeds, row)) for row in table.to_dict("records")]
    numbers = [row[f"{prefix}{name}"] for row, _ in records for name in ("effect", "ci_low", "ci_high")]
    drawings = IntervalDrawings([*numbers, *(difference for _, points in records for difference in points)])
    order = list(dict.fromkeys(table["task"]))
    records.sort(key=lambda pair: (order.index(pair[0]["task"]), pair[0]["rate"] != FIXED))
    shown = [
        {
            "task": text.task_title(row["task"]),
            "domain": _domain(row),
            "qualifiers": ", ".join(text.qualifiers(row, table)),
            "metric": text.metric_title(row["metric"]),
            "first": _cell(row, first),
            "other": _cell(row, other),
            "drawing": drawings.draw(
                *(row[f"{prefix}{name}"] for name in ("effect", "ci_low", "ci_high")), points, row[f"{prefix}verdict"]
            ),
            "by_group": _by_group(row) if endpoint == TEST_SCORE else [],
            "levels": _shown_levels(row, table),
        }
        for row, points in records
    ]
    return {"rows": shown, "scale": drawings.scale()}


def _shown_levels(row, table):
    """A row's mean test scores as text, by column: those that a row of the table has; the row's highest is marked."""
    init, shown = text.init_title(row["init"]), {}
    best = np.nanmax([row[name] for of_column in LEVELS.values() for name in of_column])
    for column, of_column in LEVELS.items():
        cells = [
            {"title": title.format(init=init), "score": text.score(row[name]) or text.DASH, "best": row[name] == best}
            for name, title in of_column.items()
            if table[name].notna().any()
        ]
        shown |= {column: cells} if cells else {}
    return shown


def _by_group(row):
    """The effect on the score by whole group, and its interval; empty if the task has no groups."""
    if math.isnan(row["group_effect"]):
        return []
    interval = text.between(row["group_ci_low"], row["group_ci_high"], text.signed)
    return [f"by group: {text.signed(row['group_effect'])}", interval]


def _domain(row):
    """A row's domain in words; a text whose words are permuted is not one for the model."""
    permuted = row["domain"] == "text" and row["mapping"] == "permutation"
    return "text with permuted words" if permuted else text.DOMAINS[row["domain"]]


def _cell(row, endpoint):
    """One endpoint of a row: its verdict, and the difference with its interval; of the curve, also the steps."""
    prefix = PREFIX[endpoint]
    low, high = row[f"{prefix}ci_low"], row[f"{prefix}ci_high"]
    words, need = label(row, endpoint)
    return {
        "kind": row[f"{prefix}verdict"],
        "label": words,
        "need": need,
        "effect": text.signed(row[f"{prefix}effect"]),
        "interval": text.between(low, high, text.signed),
        "steps": _steps(row) if endpoint == LEARNING_CURVE else "",
    }


def _steps(row):
    """The ratio of steps to the level with its interval, as percentages; empty if there is none."""
    ratio, *ends = (row[f"steps_ratio{end}"] for end in ("", "_ci_low", "_ci_high"))
    if math.isnan(ratio):
        return ""
    between = text.between(*ends, lambda share: f"{100 * share:.0f}")
    return f"{100 * ratio:.0f} % of the steps" + (f" ({between} %)" if between else "")


def _differences(seeds, row):
    """The differences of the single seeds that belong to a row."""
    return matching(seeds, row, [*MATCHED, "init"])["difference"].dropna().tolist()


def differences_by_seed(tables, endpoint):
    """The table that has each seed's difference in an endpoint, with a column ``difference``."""
    if endpoint == TEST_SCORE:
        return tables["effects_by_seed"]
    return tables["convergence_runs"].rename(columns={"area_difference": "difference"})


def content(tables, config):
    """The verdicts, and the sentences that say them."""
    table, endpoint = rows_of(tables["verdicts"], main_runs(config)), config["report"]["endpoint"]
    if table.empty:
        return {"sentences": [_why_nothing(config)], "rows": []}
    return {
        "sentences": sentences(table, endpoint),
        **rows(table, differences_by_seed(tables, endpoint), endpoint),
        "test_score_first": endpoint == TEST_SCORE,
        "init": text.init_title(table["init"].iloc[0]),
        "comparisons": table.groupby("rate").size().max(),
        "seeds": "effects_by_seed" if endpoint == TEST_SCORE else "convergence_runs",
        "margin": f"{MARGIN:.2f}",
        "level": text.percent(convergence.GAIN_SHARE),
        "frozen_seeds": len({run.seed for run in grid.frozen_runs(config)}),
        "by_group": endpoint == TEST_SCORE and bool(table["group_effect"].notna().any()),
        "both_rules": table["rate"].nunique() > 1,
    }


def _why_nothing(config):
    """Why a study has no verdict."""
    if main_runs(config):
        return "No arm has a random initialization to compare with, so no effect can be estimated."
    if grid.runs_by_experiment(config):
        return "The main experiment is not part of this study; its other experiments are reported below."
    return "This study fine-tunes nothing."


SECTION = Section("answer", "The answer", content, (Table("verdicts", verdicts),))
