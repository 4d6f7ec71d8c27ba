"""The positive control: text whose words are not replaced, on which a model pre-trained on text should be better."""

from beyondtext.report import text
from beyondtext.report.arms import MATCHED, on_all_data, primary, rows_of
from beyondtext.study import definitions, grid
from beyondtext.study.selection import MAIN

OUTCOMES = {
    "higher": "helps on {cases}",
    "lower": "hurts on {cases}",
    "open": "makes no detectable difference on {cases}",
    "none": "cannot be judged on {cases}",
}


def sentences(tables, config):
    """What pre-training does in the study's positive control: a list of at most one sentence.

    The control consists of the text tasks that an experiment other than the main one has with the mapping ``identity``
    and a model of text. Of each arm, it is the first comparison with random initialization in ``effects`` that counts.
    """
    runs = [run for name, found in grid.runs_by_experiment(config).items() if name != MAIN for run in found]
    table = rows_of(tables["effects"], [run for run in runs if _is_control(run)])
    table = primary(on_all_data(table)).drop_duplicates(MATCHED)
    named = {}
    for row in table.to_dict("records"):
        size = f" ({_effect(row)})" if len(table) == 1 else ""
        side = text.side_of_zero(row["ci_low"], row["ci_high"])
        named.setdefault(side, []).append(text.subject(row, table, ("model",)) + size)
    if not named:
        return []
    said = text.listed(text.by_outcome(OUTCOMES, named))
    return [f"A positive control reads the text with its words unchanged: there, pre-training {said}."]


def _effect(row):
    """An effect, its interval and its number of seeds."""
    interval = text.between(row["ci_low"], row["ci_high"], text.signed)
    interval = f"interval {interval}" if interval else ""
    return ", ".join(filter(None, [text.signed(row["mean"]), interval, f"{row['n']:.0f} seeds"]))


def _is_control(run):
    """Whether a run reads unchanged text with a model of text."""
    domains = {definitions.task(run.task)["domain"], definitions.model(run.model)["domain"]}
    return run.mapping == "identity" and domains == {"text"}
