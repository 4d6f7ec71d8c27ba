"""What to keep in mind when reading the effects: strong baselines, and runs that learned nothing."""

from beyondtext.report import text
from beyondtext.study.grid import BASELINE


def sentences(tables):
    """All cautions that apply, from the tables ``summary`` and ``runs``."""
    return [
        *baseline_sentences(tables["summary"]),
        *constant_sentences(tables["runs"]),
        *untrained_sentences(tables["runs"]),
    ]


def baseline_sentences(summary):
    """Where a linear model on n-grams scores at least as high as the best network."""
    unbeaten = []
    for task, part in summary[summary["fraction"] == summary["fraction"].max()].groupby("task", sort=False):
        kmer = part.loc[part["model"] == "kmer", "mean"]
        networks = part.loc[part["init"] != BASELINE]
        if len(kmer) and len(networks) and kmer.iloc[0] >= networks["mean"].max():
            scores = (text.score(value) for value in (kmer.iloc[0], networks["mean"].max()))
            unbeaten.append(f"{text.task_title(task)} ({' compared with '.join(scores)})")
    if not unbeaten:
        return []
    return [
        f"A linear model on n-grams scores at least as high as the best network on {text.listed(unbeaten)}. On these "
        "tasks, a difference between two initializations is no reason in itself to use either."
    ]


def constant_sentences(runs):
    """Which runs predict the same value for every test example."""
    clauses = []
    for task, part in runs[runs["init"] != BASELINE].groupby("task", sort=False):
        counts = [
            f"{int(mine['constant'].sum())} of {len(mine)} ({text.init_title(init)})"
            for init, mine in part.groupby("init", sort=False)
            if mine["constant"].any()
        ]
        if counts:
            clauses.append(f"{text.listed(counts)} on {text.task_title(task)}")
    if not clauses:
        return []
    return [
        "Some runs show no sign of learning, since they predict the same value for every test example: "
        f"{'; '.join(clauses)}. A difference between such runs says nothing about their initializations."
    ]


def untrained_sentences(runs):
    """Which runs kept the weights that they started with."""
    counts = []
    for task, part in runs[runs["init"] != BASELINE].groupby("task", sort=False):
        kept = int((part["best_step"] == 0).sum())
        if kept:
            counts.append(f"{kept} of {part['best_step'].count()} on {text.task_title(task)}")
    if not counts:
        return []
    return [
        "Some runs never scored higher on the validation split than before their first step, so their test scores are "
        f"those of an untrained head: {text.listed(counts)}."
    ]
