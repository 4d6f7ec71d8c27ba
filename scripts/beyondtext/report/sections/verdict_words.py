"""The verdicts in words: a label for each, and the sentences below the page's first table."""

import math

from beyondtext.report import text
from beyondtext.report.advice import ONE_PASS, STILL_LEARNING, still_learning
from beyondtext.report.arms import primary
from beyondtext.report.intervals import FEWEST_SEEDS
from beyondtext.report.sections.verdict_table import LEARNING_CURVE, PREFIX, TEST_SCORE
from beyondtext.report.verdicts import HIGHER, LOWER, MAYBE_HIGHER, MAYBE_LOWER, SMALL, UNCERTAIN, UNKNOWN
from beyondtext.study.grid import CHOSEN

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
        SMALL: "makes no difference larger than {bound} on {tasks}",
    },
    LEARNING_CURVE: {
        HIGHER: "learns faster on {tasks}",
        LOWER: "learns more slowly on {tasks}",
        MAYBE_HIGHER: "may learn faster on {tasks}",
        MAYBE_LOWER: "may learn more slowly on {tasks}",
        SMALL: "differs by at most {bound} in its mean validation score on {tasks}",
    },
}
SPLITS = {TEST_SCORE: "test", LEARNING_CURVE: "validation"}  # that an endpoint is measured on
OPENINGS = {
    TEST_SCORE: "After fine-tuning, pre-training",
    LEARNING_CURVE: "Compared with one trained from scratch, the pre-trained network",
}
UNDECIDED = {  # if no task has a verdict
    TEST_SCORE: "On {tasks}, the result after fine-tuning is too uncertain.",
    LEARNING_CURVE: "On {tasks}, it is open whether the pre-trained network learns faster than one from scratch.",
}
NOTHING_LEARNED = "On {tasks}, neither network clearly beats the trivial baseline, so they cannot be compared."
STILL_IMPROVING = "half or more of the runs of at least one initialization were still improving when training ended"

NONE_LEARNED = "neither network clearly beats the trivial baseline"
BOTH_BELOW = "both score lower fine-tuned than frozen"
ONE_BELOW = {name: f"{name} scores lower fine-tuned than frozen" for name in ("pre-trained", "random")}
IN_ALL_ROWS = {  # the notes, as sentences about every row
    NONE_LEARNED: "In every row, neither fine-tuned network clearly beats the trivial baseline.",
    BOTH_BELOW: "In every row, both fine-tuned networks score below linear models on their own frozen features.",
    ONE_BELOW["pre-trained"]: (
        "In every row, the fine-tuned pre-trained network scores below a linear model on its own frozen features."
    ),
    ONE_BELOW["random"]: (
        "In every row, the network trained from scratch scores below a linear model on its own frozen features."
    ),
}


def label(row, endpoint):
    """A row's verdict on one endpoint in a few words, and what is needed if there is none."""
    prefix = PREFIX[endpoint]
    found, seeds = row[f"{prefix}verdict"], row[f"{prefix}seeds_needed"]
    if found == UNCERTAIN:
        longer = " or longer training" if endpoint == TEST_SCORE and still_learning(row) else ""
        enough = f"needs about {seeds:.0f} seeds{longer}"
        return "too uncertain", f"the {SPLITS[endpoint]} split is too small" if math.isinf(seeds) else enough
    if found == UNKNOWN:
        return "unknown", _why_unknown(row["n"], seeds, SPLITS[endpoint])
    if found == SMALL:
        return f"no difference larger than {row[f'{prefix}bound']:.2f}", ""
    return LABELS[endpoint][found], ""


def _why_unknown(seeds, seeds_needed, split):
    """Why there is no interval of a score on a split."""
    if math.isinf(seeds_needed):
        return f"all {split} examples are of one group"
    return "too few seeds for an interval" if seeds < FEWEST_SEEDS else "all seeds give the same value"


def learning_notes(row, margin):
    """What a row's verdict on the test score rests on, where the networks did not learn much: a list of phrases.

    A network counts as lower fine-tuned than frozen if the difference in the mean score is larger than ``margin``, the
    smallest that is worth having.
    """
    if not row["learned"]:
        return [NONE_LEARNED]
    below = {"pre-trained": row["frozen"] - row["score"] > margin}
    below["random"] = row["frozen_scratch"] - row["scratch"] > margin
    if all(below.values()):
        return [BOTH_BELOW]
    return [ONE_BELOW[name] for name, is_below in below.items() if is_below]


def shared_note(table, margin):
    """The one note of `learning_notes` that all of several rows have, else an empty text."""
    notes = {tuple(learning_notes(row, margin)) for row in table.to_dict("records")}
    return notes.pop()[0] if len(table) > 1 and len(notes) == 1 and () not in notes else ""


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
    return f"{said}; on {undecided}, the result is too uncertain." if undecided else f"{said}."


def sentences(table, endpoint):
    """What a stranger should know: one sentence on each endpoint, and what would change with longer training.

    Tasks on which no network learned are in a sentence of their own. If the study has both rules for the learning rate,
    these are about the fixed rate, and another says what is found with each initialization's own.
    """
    if table.empty:
        return []
    other = LEARNING_CURVE if endpoint == TEST_SCORE else TEST_SCORE
    first = primary(table)
    rest = table.drop(first.index)
    learned, rest = (part[part["learned"].astype(bool)] for part in (first, rest))
    said = [sentence(learned, endpoint), sentence(learned, other)] if len(learned) else []
    if len(learned) < len(first):
        others = first[~first["learned"].astype(bool)].to_dict("records")
        tasks = [text.subject(row, first, ("model", "mapping")) for row in others]
        said.append(NOTHING_LEARNED.format(tasks=text.listed(tasks)))
    if len(rest):
        at_best = sentence(rest, endpoint)
        said.append(f"With {text.RATES[CHOSEN]}: {at_best[0].lower()}{at_best[1:]}")
    return [*said, *unfinished_sentence(first)]


def unfinished_sentence(table):
    """Where networks still improve when training ends: a list of at most one sentence."""
    still = (table[["at_last_step", "scratch_at_last_step"]] >= STILL_LEARNING).any(axis=1)
    short = table["passes"] < ONE_PASS
    clauses = []
    for rows, what in (
        (table[still], STILL_IMPROVING),
        (table[short & ~still], "training ends before it has read every training sequence once"),
    ):
        tasks = dict.fromkeys(rows["task"])
        if tasks:
            everywhere = len(tasks) == table["task"].nunique() > 1
            clauses.append(f"on {'every task' if everywhere else text.listed(map(text.task_title, tasks))}, {what}")
    return [f"Longer training may change the result: {'; '.join(clauses)}."] if clauses else []
