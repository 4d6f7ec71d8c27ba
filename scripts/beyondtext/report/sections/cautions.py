"""What to keep in mind when reading the main experiment's effects: strong baselines, and runs that learned nothing."""

from math import nan

from beyondtext.report import text
from beyondtext.report.arms import fine_tuned, main_runs, on_all_data, rows_of
from beyondtext.study.grid import BASELINE


def sentences(tables, config):
    """What is to be kept in mind about the effects, from the table ``summary``."""
    return baseline_sentences(of_main(tables["summary"], config))


def sentences_on_runs(tables, config):
    """Which runs learned nothing, from the table ``runs``: this is said below the page's first table."""
    runs = of_main(tables["runs"], config)
    return [*constant_sentences(runs), *untrained_sentences(runs)]


def of_main(table, config):
    """The rows of a table of arms or runs that the verdicts are about: the main experiment's, on all of the data.

    Without a main experiment there are no verdicts, and the rows of all experiments stay.
    """
    main = main_runs(config)
    return on_all_data(rows_of(table, main) if main else table)


def as_good_as_fine_tuned(summary, column, value):
    """The titles of the tasks where the rows with this value score as high as the best fine-tuned network, or higher.

    ``summary`` is the table ``summary`` or rows of it. A task without such rows, or without fine-tuning, is left out.
    """
    best = fine_tuned(summary).groupby("task")["mean"].max()
    theirs = summary[summary[column] == value].groupby("task")["mean"].max()
    tasks = dict.fromkeys(summary["task"])
    return [text.task_title(task) for task in tasks if theirs.get(task, nan) >= best.get(task, nan)]


def baseline_sentences(summary):
    """Where a linear model on n-grams scores at least as high as the best fine-tuned network."""
    unbeaten = as_good_as_fine_tuned(summary, "model", "kmer")
    if not unbeaten:
        return []
    return [
        "A linear model on n-grams (counts of one to three consecutive symbols) scores at least as high as the best "
        f"fine-tuned network on {text.listed(unbeaten)}. "
        "There, a difference between two initializations is no reason in itself to use either."
    ]


def constant_sentences(runs):
    """Which runs predict the same value for every test example."""
    found = _tasks_and_inits(runs[runs["constant"].astype(bool)])
    if not found:
        return []
    return [
        "Some runs show no sign of learning, since they predict the same value for every test example: on "
        f"{found}. A difference between such runs says nothing about their initializations."
    ]


def untrained_sentences(runs):
    """Which runs kept the weights that they started with."""
    found = _tasks_and_inits(runs[runs["best_step"] == 0])
    if not found:
        return []
    return [
        f"On {found}, some runs never scored higher on the validation split than before their first step, so their "
        "test scores are those of the networks before fine-tuning."
    ]


def _tasks_and_inits(runs):
    """The tasks of fine-tuning runs, each with the initializations that they start from, as text."""
    return text.listed(
        f"{text.task_title(task)} ({text.listed(map(text.init_title, dict.fromkeys(part['init'])))})"
        for task, part in runs[runs["init"] != BASELINE].groupby("task", sort=False)
    )
