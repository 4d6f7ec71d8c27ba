"""Frozen features: what a linear model makes of an encoder that is not trained, compared with fine-tuning."""

from beyondtext.report import text
from beyondtext.report.arms import fine_tuned, main_runs, rows_of
from beyondtext.report.section import Section
from beyondtext.report.sections import effects, scores
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE


def gain_sentences(summary):
    """Where a linear model on frozen features scores at least as high as the best fine-tuned network."""
    unbeaten = []
    networks = summary[summary["init"] != BASELINE]
    for task, part in networks.groupby("task", sort=False):
        trained, frozen = fine_tuned(part)["mean"].max(), part.loc[part["rate"] == grid.FROZEN, "mean"].max()
        if frozen >= trained:
            unbeaten.append(text.task_title(task))
    if not unbeaten:
        return []
    return [
        "A linear model on frozen features scores at least as high as the best fine-tuned network on "
        f"{text.listed(unbeaten)}, without a test of the difference."
    ]


def content(tables, config):
    """Frozen features of pre-trained and random encoders, and both compared with fine-tuning on the same data."""
    frozen = grid.frozen_runs(config)
    if not frozen:
        return None
    shares = {(run.task, run.fraction) for run in frozen}
    compared = [*frozen, *(run for run in main_runs(config) if (run.task, run.fraction) in shares)]
    summary, mine = rows_of(tables["summary"], compared), rows_of(tables["effects"], frozen)
    return {
        "sentences": [*effects.sentences(mine, config["report"]["confidence"]), *gain_sentences(summary)],
        "rows": effects.rows(mine),
        "scores": scores.grid_of_scores(summary),
        "group_scores": scores.grid_of_scores(rows_of(tables["summary_groups"], compared)),
    }


SECTION = Section("frozen", "Frozen features", content)
