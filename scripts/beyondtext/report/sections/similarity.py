"""Similarity: the last layers of a text model and a model of the task's own domain, with their nulls."""

import pandas as pd

from beyondtext.core import paths
from beyondtext.report import nulls, over_seeds, plots, printed_similarity, text
from beyondtext.report.encoders import (
    PUBLISHED_COST,
    PUBLISHED_PWCCA,
    arm,
    measure_title,
    one_direction,
    pair_label,
    pair_of,
    pair_title,
    replaced,
)
from beyondtext.report.section import Figure, Section, Table
from beyondtext.report.similarity_words import (
    attention_sentences,
    finetuned_notes,
    missing_nulls,
    number_sentences,
    sample_sentences,
    seed_sentences,
    sentences,
)
from beyondtext.similarity.measures import MEASURES
from beyondtext.study.measured_models import FINETUNED

VARIANTS = {
    "raw": "unmodified",
    "deconfounded": "symbol and position regressed out",
    "paper": "as in the released code",
}
MEANINGS = {  # of the rows that answer the question
    "raw": "unmodified last layers",
    "deconfounded": "what is left after symbol and position are regressed out",
}
STAGES = {"initial": "before fine-tuning", "finetuned": "after fine-tuning"}
RANDOM, PERMUTED = "random initializations, lowest to highest", "permuted sequences, 95 % of them below"


def by_seed(results):
    """The last layers of every pair of encoders that are not random initializations; see `nulls.with_nulls`."""
    if results.similarity is None:
        return pd.DataFrame(columns=nulls.COLUMNS)
    return nulls.with_nulls(results.similarity)


def last_layers(results):
    """The last layers of every pair of arms; see `over_seeds.over_seeds`."""
    return over_seeds.over_seeds(results.table(by_seed))


def left_out(results):
    """The tasks that could not be compared, and why; see `beyondtext.similarity.feasibility`."""
    return results.similarity_problems


def printed(results):
    """Similarities that the paper's authors printed next to ours; see `printed_similarity.compare`."""
    table = pd.DataFrame(columns=["task", "last", "variant"]) if results.similarity is None else results.similarity
    return printed_similarity.compare(table, paths.CONFIG / "published_similarity.csv")


def answers(table):
    """The rows that answer the study's question, pair by pair and measure by measure."""
    kept, places = table[table["answer"].astype(bool)], {}
    for place, row in enumerate(kept.to_dict("records")):
        places.setdefault(pair_of(row), {}).setdefault((row["measure"], arm(row, "a")), []).append(place)
    return kept.iloc[[place for of_pair in places.values() for rows in of_pair.values() for place in rows]]


def draw_similarity(tables, config, width):
    """Each pair that answers the study's question with its nulls, a panel for each measure."""
    table = answers(tables["similarity"])
    first = one_direction(table)
    labels = {pair_of(row): pair_label(row) for row in first.to_dict("records")}
    panels = {}  # by title; a measure that is not symmetric has two
    for part, direction in ((first, ""), (table.drop(first.index), ", other direction")):
        for row in part.to_dict("records"):
            panels.setdefault(measure_title(row["measure"]) + direction, []).append(row)
    size = (2.9 if width == plots.WIDTH else width, 0.8 + 1.5 * plots.ROW * max(len(labels), 1))
    figure, axes = plots.grid_of_axes(max(len(panels), 1), size, width, sharey=True)
    for axis, (title, rows) in zip(axes.flat, panels.items(), strict=False):
        for row in rows:
            _draw_pair(axis, list(labels).index(pair_of(row)), row)
        axis.set_title(title)
        axis.set_xlim(min(-0.03, axis.get_xlim()[0]), 1.03)
        plots.forest_labels(axis, list(labels.values()))
    legend, columns = plots.labels_of(axes), 2 if width == plots.WIDTH else 1
    figure.supxlabel("similarity of the last layers", fontsize=9)
    figure.legend(legend.values(), legend.keys(), loc="upper center", bbox_to_anchor=(0.5, -0.01), ncol=columns)
    figure.tight_layout()
    return figure


def _draw_pair(axis, place, row):
    """One pair in one measure and variant: its value and interval, in front of its nulls."""
    deconfounded = row["variant"] == "deconfounded"
    place += 0.2 if deconfounded else -0.2
    if row["n_random"]:
        width = max(row["random_high"] - row["random_low"], 0.008)
        axis.barh(place, width, 0.36, row["random_low"], color="0.65", zorder=1, label=RANDOM)
    if pd.notna(row["permuted_q95"]):
        axis.plot(row["permuted_q95"], place, "|", color="black", ms=13, mew=1.4, zorder=4, label=PERMUTED)
    style = plots.style_of("rand_embed" if deconfounded else "pretrained")
    marker = "D" if deconfounded else "o"
    numbers = (row["value"], row["ci_low"], row["ci_high"])
    plots.interval_point(axis, place, numbers, style["color"], marker, label=VARIANTS[row["variant"]], size=4)


def answer_rows(table):
    """The rows that answer the study's question as text."""
    records = answers(table).to_dict("records")
    samples = {row["task"]: f"{row['n_tokens']:,} tokens, {row['n_sequences']:,} sequences" for row in records}
    return [
        {
            "task": text.task_title(row["task"]),
            "sample": samples.pop(row["task"], ""),  # once for each task
            "pair": pair_title(row),
            "measure": measure_title(row["measure"]),
            "meaning": MEANINGS[row["variant"]],
            "value": text.score(row["value"]),
            "interval": text.between(row["ci_low"], row["ci_high"]),
            "over": _over(row),
            "random": text.between(row["random_low"], row["random_high"]) or "missing",
            "how_many": f"{row['n_random']} {_state(row)}" if row["n_random"] else "",
            "permuted": text.score(row["permuted_q95"]) or "missing",
            "above": _above(row),
        }
        for row in records
    ]


def _over(row):
    """The similarities that a row's value is the mean of, if there are several."""
    return f"{row['n_pairs']} seeds: {text.between(row['lowest'], row['highest'])}" if row["n_pairs"] > 1 else ""


def _above(row):
    """Whether a row is above both nulls, in words; if not, which one it is above, unless a null is missing."""
    if row["above_both"] is not False:
        return "yes" if row["above_both"] is True else text.DASH
    found = {null: row[f"above_{null}"] for null in nulls.BOUNDS}
    exceeded = [null for null, above in found.items() if above is True]
    if exceeded:
        return f"no, above {exceeded[0]} only"
    return "no, neither" if all(above is False for above in found.values()) else "no"


def _state(row):
    """Whether the random initializations of a row are fine-tuned: as the encoders are that they replace."""
    stages = {one.stage for one in replaced(row)}
    return "untrained and fine-tuned" if len(stages) > 1 else "fine-tuned" if FINETUNED in stages else "untrained"


def further_rows(table):
    """The other rows as text."""
    table = table[~table["answer"].astype(bool) & table["variant"].isin(list(VARIANTS))]
    return [
        {
            "task": text.task_title(row["task"]),
            "first": row["title_a"],
            "second": row["title_b"],
            "variant": VARIANTS[row["variant"]],
            "measure": measure_title(row["measure"]),
            "value": _form(row)(row["value"]),
            "interval": text.between(row["ci_low"], row["ci_high"]) or _over(row),
            "random": text.between(row["random_low"], row["random_high"], _form(row)) or text.DASH,
            "permuted": text.score(row["permuted_q95"]) or text.DASH,
            "gaussian": text.score(row["gaussian"]) or text.DASH,
        }
        for row in table.to_dict("records")
    ]


def _form(row):
    """How a row's numbers are written: the released code's cost has no scale."""
    return "{:,.0f}".format if row["measure"] == PUBLISHED_COST else text.score


def printed_rows(table):
    """The printed similarities and ours as text."""
    return [
        {
            "task": text.task_title(row["task"]),
            "pair": printed_similarity.PAIRS[row["pair"]],
            "stage": STAGES[row["stage"]],
            "measure": MEASURES[row["measure"]].title,
            "theirs": text.score(row["value"]),
            "ours": text.between(row["ours_low"], row["ours_high"]),
        }
        for row in table.to_dict("records")
    ]


def content(tables, config):
    """The answer, the further pairs, and what the authors printed."""
    table, problems = tables["similarity"], tables["similarity_left_out"]
    if table.empty and problems.empty:
        return None
    reasons = [f"{text.task_title(row['task'])}: {row['problem']}." for row in problems.to_dict("records")]
    if table.empty:
        return {"reasons": reasons, "compared": False}
    answering, settings = answers(table), config["similarity"]
    return {
        "reasons": reasons,
        "compared": True,
        "several": bool((table["n_pairs"] > 1).any()),
        "sentences": sentences(answering),
        "numbers": number_sentences(answering),
        "samples": sample_sentences(answering, tables["tasks"], settings["tokens_per_sequence"]),
        "seeds": [
            *seed_sentences(tables["similarity_by_seed"]),
            *attention_sentences(table, settings["attention_sequences"]),
        ],
        "missing": missing_nulls(answering),
        "answers": answer_rows(table),
        "notes": finetuned_notes(tables["similarity_layers"], tables["runs"]),
        "rows": further_rows(table),
        "has_published": PUBLISHED_PWCCA in set(table["measure"]),
        "printed": printed_rows(tables["similarity_published"]),
        "where": list(dict.fromkeys(tables["similarity_published"]["where"])),
    }


def figures(config):
    return [Figure("similarity", draw_similarity, ("similarity",))] if config["similarity"]["tasks"] else []


SECTION = Section(
    "similarity",
    "Similarity of representations",
    content,
    (
        Table("similarity_by_seed", by_seed),
        Table("similarity", last_layers),
        Table("similarity_published", printed),
        Table("similarity_left_out", left_out),
    ),
    figures,
)
