"""The answer: what to do about each task, and the verdicts on pre-training that this rests on."""

import math

import numpy as np

from beyondtext.report import text
from beyondtext.report.advice import FOLDS
from beyondtext.report.arms import MATCHED, REFERENCE, main_runs, matching, primary, rows_of
from beyondtext.report.drawings import IntervalDrawings
from beyondtext.report.section import Section, Table
from beyondtext.report.sections import advice, candidates, cautions, control, convergence
from beyondtext.report.sections.verdict_table import LEARNING_CURVE, PREFIX, TEST_SCORE, verdicts
from beyondtext.report.sections.verdict_words import (
    IN_ALL_ROWS,
    label,
    learning_notes,
    sentences,
    shared_note,
)
from beyondtext.report.verdicts import MAYBE_HIGHER, MAYBE_LOWER, SMALL, UNCERTAIN
from beyondtext.study import grid
from beyondtext.study.grid import FIXED, FROZEN

BY_SEED = {  # the table that has each seed's difference in an endpoint, and its column
    TEST_SCORE: ("effects_by_seed", "difference"),
    LEARNING_CURVE: ("convergence_runs", "area_difference"),
}
NGRAMS = "n\N{NON-BREAKING HYPHEN}grams"


def rows(table, seeds, frozen, report):
    """The ``rows`` of the page's table, those of a task together, the drawings' ``scale``, and a ``note`` on all rows.

    Parameters
    ----------
    table : pandas.DataFrame
        `verdicts`.
    seeds : pandas.DataFrame
        The differences by seed: ``effects_by_seed`` or ``convergence_runs``, with a column ``difference``.
    frozen : pandas.DataFrame
        The rows of ``summary`` on frozen features, also those of other models than ``table`` has.
    report : dict
        The settings ``endpoint`` and ``margin``.
    """
    endpoint, margin = report["endpoint"], report["margin"]
    first, other = endpoint, LEARNING_CURVE if endpoint == TEST_SCORE else TEST_SCORE
    prefix = PREFIX[endpoint]
    records = [(row, _differences(seeds, row)) for row in table.to_dict("records")]
    numbers = [row[f"{prefix}{name}"] for row, _ in records for name in ("effect", "ci_low", "ci_high")]
    drawings = IntervalDrawings([*numbers, *(difference for _, points in records for difference in points)])
    shared = shared_note(table, margin)
    order = list(dict.fromkeys(table["task"]))
    records.sort(key=lambda pair: (order.index(pair[0]["task"]), pair[0]["rate"] != FIXED))
    shown = [
        {
            "task": text.task_title(row["task"]),
            "domain": domain(row),
            "qualifiers": ", ".join(text.qualifiers(row, table)),
            "metric": text.metric_title(row["metric"]),
            "first": _cell(row, first, margin, shared),
            "other": _cell(row, other, margin, shared),
            "drawing": drawings.draw(
                *(row[f"{prefix}{name}"] for name in ("effect", "ci_low", "ci_high")), points, row[f"{prefix}verdict"]
            ),
            "by_group": _by_group(row) if endpoint == TEST_SCORE else [],
            "levels": _shown_levels(row, table, frozen),
        }
        for row, points in records
    ]
    return {"rows": shown, "scale": drawings.scale(), "note": IN_ALL_ROWS.get(shared, "")}


def _shown_levels(row, table, frozen):
    """A row's mean test scores as text, by column: those that a row of the table has.

    The row's highest is marked, and so are others that read the same.
    """
    levels = _levels(row, table, frozen)
    best = round(np.nanmax([score for cells in levels.values() for _, score in cells]), 3)
    return {
        column: [
            {"title": title, "score": text.score(score) or text.DASH, "best": round(score, 3) == best}
            for title, score in cells
        ]
        for column, cells in levels.items()
    }


def _levels(row, table, frozen):
    """A row's mean test scores with a title for each, by column: of its own model, of other models, and of n-grams."""
    inits = {row["init"]: text.init_title(row["init"]), REFERENCE: "random"}
    levels = {
        "Fine-tuned": [(inits[row["init"]], row["score"]), ("random", row["scratch"])],
        "Frozen": [
            (title, row[name])
            for name, title in zip(("frozen", "frozen_scratch"), inits.values(), strict=True)
            if table[name].notna().any()
        ],
    }
    for model in dict.fromkeys(frozen["model"]):
        if model not in set(table["model"]):
            arms = [{**row, "model": model, "init": init} for init in inits]
            found = [matching(frozen, arm, ["task", "model", "init", "fraction"])["mean"] for arm in arms]
            scores = [means.iloc[0] if len(means) else math.nan for means in found]
            levels[f"Frozen {text.model_title(model)}"] = list(zip(inits.values(), scores, strict=True))
    levels[NGRAMS] = [("", row["kmer"])] if table["kmer"].notna().any() else []
    return {column: cells for column, cells in levels.items() if cells}


def _by_group(row):
    """The effect on the score by whole group, and its interval; empty if the task has no groups."""
    if math.isnan(row["group_effect"]):
        return []
    interval = text.between(row["group_ci_low"], row["group_ci_high"], text.signed)
    return [f"by group: {text.signed(row['group_effect'])}", interval]


def domain(row):
    """A row's domain in words; a text whose words are replaced is not one for the model."""
    permuted = row["domain"] == "text" and row["mapping"] == "permutation"
    return "text with replaced words" if permuted else text.DOMAINS[row["domain"]]


def _cell(row, endpoint, margin, shared):
    """One endpoint of a row: its verdict, and the difference with its interval; of the curve, also the steps.

    The note that all rows have ``shared`` is below the table.
    """
    prefix = PREFIX[endpoint]
    low, high = row[f"{prefix}ci_low"], row[f"{prefix}ci_high"]
    words, need = label(row, endpoint)
    notes = [note for note in learning_notes(row, margin) if note != shared] if endpoint == TEST_SCORE else []
    return {
        "kind": row[f"{prefix}verdict"],
        "label": words,
        "notes": [need, *notes] if need else notes,
        "effect": text.signed(row[f"{prefix}effect"]),
        "interval": text.between(low, high, text.signed),
        "steps": _steps(row) if endpoint == LEARNING_CURVE else "",
    }


def _steps(row):
    """The ratio of steps to the level with its interval, as percentages, or else how many runs reached the level."""
    ratio, *ends = (row[f"steps_ratio{end}"] for end in ("", "_ci_low", "_ci_high"))
    if math.isnan(ratio):
        if math.isnan(row["level"]):
            return ""
        mine, theirs = (f"{row[f'{one}reached']:.0f} of {row[f'{one}runs']:.0f}" for one in ("", "scratch_"))
        return f"level reached by {mine} runs (random: {theirs})"
    between = text.between(*ends, lambda share: f"{100 * share:.0f}")
    return f"needs {100 * ratio:.0f} % of the steps" + (f" ({between} %)" if between else "")


def _differences(seeds, row):
    """The differences of the single seeds that belong to a row."""
    return matching(seeds, row, [*MATCHED, "init"])["difference"].dropna().tolist()


def content(tables, config):
    """What to do about each task; the verdicts, and the sentences that say them."""
    table, endpoint = rows_of(tables["verdicts"], main_runs(config)), config["report"]["endpoint"]
    advised = advice.entries(tables, config) if len(tables["candidates"]) else []
    in_short = advice.in_short(tables) if len(advised) > 1 else ""
    frozen = grid.frozen_runs(config)
    advice_content = {
        "advice": advised,
        "in_short": in_short,
        "has_folds": FOLDS in set(tables["candidates"]["scored_by"]),
    }
    of_frozen, on_runs = rows_of(tables["summary"], frozen), cautions.sentences_on_runs(tables, config)
    of_frozen = of_frozen[of_frozen["rate"] == FROZEN]
    if table.empty:
        return {**advice_content, "sentences": [_why_nothing(config), *on_runs], "rows": []}
    by_seed, column = BY_SEED[endpoint]
    seeds = tables[by_seed].rename(columns={column: "difference"})
    of_control = control.sentences(tables, config)
    has_other_models = not set(of_frozen["model"]) <= set(table["model"])
    return {
        **advice_content,
        "sentences": [*sentences(table, endpoint), *of_control, *on_runs],
        **rows(table, seeds, of_frozen, config["report"]),
        "test_score_first": endpoint == TEST_SCORE,
        "init": text.init_title(table["init"].iloc[0]),
        "comparisons": " or ".join(map(str, _comparisons(table))),
        "sources": ["verdicts", by_seed, *["effects"] * bool(of_control), *["summary"] * has_other_models],
        "margin": f"{config['report']['margin']:g}",
        "level": text.percent(convergence.GAIN_SHARE),
        "frozen_seeds": text.seeds_of_each(frozen) if frozen else "",
        "terms": _terms(table),
        "passes": text.between(table["passes"].min(), table["passes"].max(), lambda times: f"{times:.1f}"),
        "by_group": endpoint == TEST_SCORE and bool(table["group_effect"].notna().any()),
        "both_rules": len(primary(table)) < len(table),
    }


def _comparisons(table):
    """How many p-values are corrected together, by endpoint, those of the primary rows alone: each number above one."""
    p_values = table.groupby(table.index.isin(primary(table).index))[[f"{prefix}p" for prefix in PREFIX.values()]]
    return sorted({number for number in p_values.count().to_numpy().ravel().tolist() if number > 1})


def _terms(table):
    """Which words of its verdicts the table below the answer needs to have explained: a set."""
    kinds = {kind for prefix in PREFIX.values() for kind in table[f"{prefix}verdict"]}
    terms = {"may"} if kinds & {MAYBE_HIGHER, MAYBE_LOWER} else set()
    terms |= {"steps"} if table["steps_ratio"].notna().any() else set()
    terms |= {"level"} if (table["steps_ratio"].isna() & table["level"].notna()).any() else set()
    return terms | (kinds & {SMALL, UNCERTAIN})


def _why_nothing(config):
    """Why a study has no verdict."""
    if main_runs(config):
        return "No network of this study was also trained from scratch for comparison, so no effect can be estimated."
    if grid.runs_by_experiment(config):
        return "The main experiment is not part of this study; its other experiments are reported below."
    if grid.frozen_runs(config):
        return (
            "This study does not fine-tune: it compares linear models on frozen features and on counts of n-grams. "
            "Fine-tuning may score higher."
        )
    return "This study fine-tunes nothing."


SECTION = Section(
    "answer",
    "The answer",
    content,
    (Table("advice", advice.advice), Table("candidates", candidates.candidates), Table("verdicts", verdicts)),
)
