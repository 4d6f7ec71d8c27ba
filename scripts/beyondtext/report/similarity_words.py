"""What the section on similarity says in words, from its tables."""

import itertools

import numpy as np

from beyondtext.report import text
from beyondtext.report.arms import fine_tuned, matching
from beyondtext.report.encoders import (
    arm,
    encoder,
    encoders_of,
    measure_title,
    one_direction,
    pair_of,
    pair_title,
    replaced,
)
from beyondtext.similarity.jackknife import FEWEST_GROUPS
from beyondtext.similarity.tokens import MOST_CONFOUNDED
from beyondtext.study.measured_models import FINETUNED, INITIAL, is_random

MOST_NUMBERS = 12  # sentences with numbers; those of more pairs are in the table alone
OPENING = "With symbol and position regressed out,"
LEFT = {"raw": "", "deconfounded": ", symbol and position regressed out"}  # of a similarity, by variant
FIRST = {  # whether the unmodified layers are above both nulls
    "all": "{first} {resembles} {second} more than {null} do, in every measure",
    "some": "{first} {resembles} {second} more than {null} do in {measures} only",
    "none": "in no measure {does} {first} resemble {second} more than {null} do{although_more}",
    "open": "whether {first} {resembles} {second} more than {null} do is open, since a null is missing",
}
THEN = {  # the same with symbol and position regressed out, if it differs
    "all": "the similarity is above both nulls in every measure",
    "some": "the similarity is above both nulls in {measures} only",
    "none": "in no measure is the similarity above {nulls}{although_above}",
    "open": "this is open, since a null is missing",
}
NULLS = {
    INITIAL: {"random": "random initializations", "permuted": "permuted sequences"},
    FINETUNED: {"random": "fine-tuned random initializations", "permuted": "permuted sequences"},
}


def sentences(table):
    """The answer in words: sentences for encoders before fine-tuning, and for those after it.

    ``table`` is the rows of the last layers that answer the question. On tasks without a model of their own domain,
    one sentence says which pairs exceed both nulls.
    """
    rows = table.to_dict("records")
    with_domain = [row for row in rows if len(replaced(row)) == 1]
    tasks = {row["task"] for row in with_domain}
    by_stage = {
        stage: [row for row in with_domain if replaced(row)[0].stage == stage] for stage in (INITIAL, FINETUNED)
    }
    said = [sentence for stage, of_stage in by_stage.items() for sentence in _of_stage(of_stage, stage)]
    return said + _pairs_above([row for row in rows if row["task"] not in tasks])


def _of_stage(rows, stage):
    """Whether encoders at one stage resemble the domain's models more than the nulls do: a sentence for each finding.

    What is found for each task, encoder and model of the domain has a sentence of its own; those that are found to be
    alike share one.
    """
    by_pair = {}
    for row in rows:
        one = replaced(row)[0]
        [domain] = (row[f"model_{side}"] for side in "ab" if arm(row, side) not in replaced(row))
        names = (text.task_title(row["task"]), text.model_title(domain))
        by_pair.setdefault((*names, text.encoder_title(one.model, one.init, INITIAL)), []).append(row)
    alike = {}
    for names, of_pair in by_pair.items():
        found = [_found([row for row in of_pair if row["variant"] == name], stage) for name in ("raw", "deconfounded")]
        alike.setdefault(repr(found), (found, []))[1].append(tuple((name,) for name in names))
    return [_sentence(*names, *found, stage) for found, cases in alike.values() for names in _joined(cases)]


def _joined(cases):
    """Cases of several names each, with those that differ in one place only joined, place by place."""
    for place in range(len(cases[0])):
        same = {}
        for case in cases:
            same.setdefault((*case[:place], *case[place + 1 :]), []).append(case[place])
        cases = [(*rest[:place], tuple(itertools.chain(*names)), *rest[place:]) for rest, names in same.items()]
    return cases


def _sentence(tasks, second, first, raw, left, stage):
    """The sentence on some encoders, ``first``, and models of the domain, ``second``; each of the others a `_found`."""
    several = len(first) > 1
    words = {
        "first": f"{'fine-tuned ' if stage == FINETUNED else ''}{text.listed(first)}",
        "second": text.listed(second),
        "resembles": "resemble" if several else "resembles",
        "does": "do" if several else "does",
    }
    said = FIRST[raw[0]].format(**words, **raw[1])
    then = "the same holds" if raw == left else THEN[left[0]].format(**left[1])
    return f"On {text.listed(tasks)}, {said}; with symbol and position regressed out, {then}."


def _found(rows, stage):
    """The `_outcome` of some rows, and words for the nulls: if it is ``none``, those missed and one always exceeded."""
    outcome, names, exceeded = _outcome(rows), list(NULLS[stage].values()), ""
    if outcome == "none":
        found = {words: [row[f"above_{null}"] for row in rows] for null, words in NULLS[stage].items()}
        names = [words for words, above in found.items() if any(one is False for one in above)]
        exceeded = "".join(words for words, above in found.items() if all(one is True for one in above))
    return outcome, {
        "null": f"{'both ' * (len(names) > 1)}{text.listed(names)}",
        "nulls": "both nulls" if len(names) > 1 else names[0],
        "although_more": f" (though in every measure more than {exceeded} do)" if exceeded else "",
        "although_above": f" (though above {exceeded} in every measure)" if exceeded else "",
        "measures": _measures_above(rows) if outcome == "some" else "",
    }


def _measures_above(rows):
    """The measures in which rows are above both nulls, in words; without any, those that are in one direction."""
    by_measure = {}
    for row in rows:
        by_measure.setdefault(measure_title(row["measure"]), []).append(row["above_both"] is True)
    names = [name for name, above in by_measure.items() if all(above)]
    return text.listed(names or [f"one direction of {name}" for name, above in by_measure.items() if any(above)])


def _outcome(rows):
    """How many rows are above both nulls: ``all``, ``some``, ``none``, or ``open`` if a null is missing."""
    found = [row["above_both"] for row in rows]
    if any(above not in (True, False) for above in found):  # None, or NaN in a table that was read
        return "open"
    return "all" if all(found) else "some" if any(found) else "none"


def _pairs_above(rows):
    """Which pairs exceed both nulls in every measure once symbol and position are regressed out."""
    by_pair = {}
    for row in rows:
        if row["variant"] == "deconfounded":
            by_pair.setdefault(pair_of(row), []).append(row)
    outcomes = {pair: _outcome(of_pair) for pair, of_pair in by_pair.items()}
    names = [
        f"{pair_title(of_pair[0])} on {text.task_title(of_pair[0]['task'])}"
        for pair, of_pair in by_pair.items()
        if outcomes[pair] == "all"
    ]
    if names:
        return [f"{OPENING} these pairs exceed both nulls in every measure: {text.listed(names)}."]
    if set(outcomes.values()) <= {"open"}:
        return []
    tasks = dict.fromkeys(text.task_title(row["task"]) for row in rows)
    return [f"{OPENING} no pair exceeds both nulls in every measure on {text.listed(tasks)}."]


def number_sentences(table):
    """One similarity of each pair with both of its nulls, for each variant: what the words of `sentences` rest on.

    ``table`` as for `sentences`. The measure is the first of the study; the table on the page has the others. A study
    with more than `MOST_NUMBERS` of them has none.
    """
    first = table["measure"] == (table["measure"].iloc[0] if len(table) else None)
    rows = one_direction(table[first]).to_dict("records")
    if len(rows) > MOST_NUMBERS:
        return []
    return [
        f"{measure_title(row['measure'])} of “{row['title_a']}” and “{row['title_b']}” on "
        f"{text.task_title(row['task'])}{LEFT[row['variant']]}: {text.score(row['value'])}. {_nulls_in_numbers(row)}"
        for row in rows
    ]


def _nulls_in_numbers(row):
    random = text.between(row["random_low"], row["random_high"]) or "missing"
    permuted = text.score(row["permuted_q95"])
    permuted = f"nearly all below {permuted}" if permuted else "missing"
    stage = NULLS[FINETUNED if FINETUNED in {one.stage for one in replaced(row)} else INITIAL]
    return f"{text.capitalized(stage['random'])}: {random}; permuted sequences: {permuted}."


def sample_sentences(table, tasks, tokens_per_sequence):
    """How the tokens of each task were drawn, and from how many sequences.

    Parameters
    ----------
    table : pandas.DataFrame
        The rows of the last layers that answer the question.
    tasks : pandas.DataFrame
        The report's table of that name.
    tokens_per_sequence : int
        The configuration's.
    """
    available = tasks.set_index("task")["test"]
    said = []
    for row in table.drop_duplicates("task").to_dict("records"):
        drawn, test = row["n_sequences"], available[row["task"]]
        which = (
            f"the {test:,} test sequences"
            if drawn == test
            else f"{drawn:,} of {test:,} test sequences, drawn at random"
        )
        said.append(
            f"{text.task_title(row['task'])}: {row['n_tokens']:,} symbols in all, up to {tokens_per_sequence} from "
            f"each of {which}. Their positions are drawn at random, once for all sequences of the same length."
        )
    return said


def attention_sentences(table, sequences):
    """On which tasks attention is not compared, of all that the report's ``similarity`` has: a list of one at most.

    ``sequences`` is the configuration's ``attention_sequences``; with 0, attention is not to be compared.
    """
    if not sequences:
        return []
    tasks = [task for task, part in table.groupby("task", sort=False) if "attention" not in set(part["measure"])]
    if not tasks:
        return []
    return [
        f"On {text.listed(map(text.task_title, tasks))}, attention is not compared: the sequences that its maps are "
        f"computed for come from fewer than {FEWEST_GROUPS} groups."
    ]


def seed_sentences(table):
    """On how many seeds the comparisons of each model that was not trained on the task's domain rest.

    ``table`` is the report's ``similarity_by_seed``.
    """
    seeds = {}
    for row in table[table["answer"].astype(bool)].to_dict("records"):
        for one in (encoder(row, side) for side in "ab" if arm(row, side) in replaced(row)):
            seeds.setdefault((one.task, one.model, one.init), {}).setdefault(one.stage, set()).add(one.seed)
    tasks = {}  # by encoder and what is said of its seeds
    for (task, model, init), by_stage in seeds.items():
        said = _seeds_in_words(by_stage)
        tasks.setdefault((text.encoder_title(model, init, INITIAL), said), []).append(text.task_title(task))
    return [f"{title} on {text.listed(names)}: {said}" for (title, said), names in tasks.items()]


def _seeds_in_words(by_stage):
    """How many seeds an encoder has at each stage, and what its intervals are over; ``by_stage`` has sets of seeds."""
    parts = []
    if INITIAL in by_stage:
        parts.append(_counted(by_stage[INITIAL], "seed") + " before fine-tuning")
    if FINETUNED in by_stage:
        parts.append(_counted(by_stage[FINETUNED], "fine-tuned run"))
    of_one = "Intervals are over test sequences alone; how much the values vary between seeds is not known."
    of_several = "A similarity is the mean over seeds; its interval spans those of all seeds, each over test sequences."
    several = [stage for stage, seeds in by_stage.items() if len(seeds) > 1]
    if 0 < len(several) < len(by_stage):
        where = "Before fine-tuning" if several == [FINETUNED] else "After fine-tuning"
        return f"{text.listed(parts)}. {of_several} {where}, intervals are over test sequences alone."
    return f"{text.listed(parts)}. {of_several if several else of_one}"


def _counted(seeds, noun):
    """``one run (seed 103)``, ``3 runs``."""
    if len(seeds) > 1:
        return f"{len(seeds)} {noun}s"
    return f"one {noun} ({min(seeds)})" if noun == "seed" else f"one {noun} (seed {min(seeds)})"


def missing_nulls(table):
    """Which pairs of encoders lack a null, and why; ``table`` as for `sentences`."""
    no_permuted = table["permuted_q95"].isna()
    without_any = set(map(pair_of, table[no_permuted & (table["variant"] == "raw")].to_dict("records")))
    in_neither = no_permuted & np.array([pair_of(row) in without_any for row in table.to_dict("records")], dtype=bool)
    lacking = {
        "random initializations: similarity.encoders has none of the same model at the same stage.": (
            table["n_random"] == 0
        ),
        "permuted sequences: similarity.permutations is 0, or the sampled sequences (or groups of them, such as the "
        "windows of a piece) with a counterpart of the same length are fewer than ten or have less than half of the "
        "tokens.": in_neither,
        "permuted sequences with symbol and position regressed out: these take up more than "
        f"{text.percent(MOST_CONFOUNDED)} of the degrees of freedom, so that unrelated sequences would exceed it.": (
            no_permuted & ~in_neither
        ),
    }
    return list(
        dict.fromkeys(
            f"“{pair_title(row)}” on {text.task_title(row['task'])} has no null of {null}"
            for null, lacks in lacking.items()
            for row in one_direction(table[lacks]).to_dict("records")
        )
    )


def finetuned_notes(table, runs):
    """Which weights the fine-tuned encoders have, arm by arm.

    Parameters
    ----------
    table : pandas.DataFrame
        All pairs that are compared, with the columns that identify their encoders.
    runs : pandas.DataFrame
        The report's table of that name.
    """
    arms, trained = {}, fine_tuned(runs)
    for one in encoders_of(table):
        mine = matching(trained, {**vars(one), "mapping": one.mapping}, ["task", "model", "init", "mapping", "seed"])
        if one.stage == FINETUNED and not mine.empty:
            arms.setdefault(one.arm, []).append(mine.loc[mine["fraction"].idxmax()])
    others = {one: of_arm for one, of_arm in arms.items() if not is_random(one.init)}
    random = {one: of_arm for one, of_arm in arms.items() if is_random(one.init)}
    notes = [_note(one, of_arm[0]) if len(of_arm) == 1 else _notes(one, of_arm) for one, of_arm in others.items()]
    for one, of_arm in random.items():
        unchanged = _unchanged(of_arm)
        if unchanged:
            notes.append(
                f"Of the {len(of_arm)} fine-tuned random initializations of {text.model_title(one.model)} on "
                f"{text.task_title(one.task)}, {unchanged} scored highest on the validation split before the first "
                "step, so their weights are the initial ones."
            )
    return notes


def _unchanged(runs):
    """How many runs scored highest before their first step, so that their encoders are the initial ones."""
    return sum(run["best_step"] == 0 for run in runs)


def _arm_title(one):
    """An arm and its task, as the notes name them."""
    return f"“{text.encoder_title(one.model, one.init, one.stage)}” on {text.task_title(one.task)}"


def _note(one, run):
    """Which weights the fine-tuned encoder of an arm with one run has."""
    title = f"{_arm_title(one)} is the run with seed {run['seed']}"
    if run["best_step"] == 0:
        return (
            f"{title}, which scored highest on the validation split before its first step: it is the encoder without "
            "fine-tuning."
        )
    constant = "; it predicts the same value for every example" if run["constant"] else ""
    return (
        f"{title}, with the weights of step {run['best_step']:.0f} of {run['steps']:.0f} (test score "
        f"{text.score(run['test'])}{constant})."
    )


def _notes(one, runs):
    """Which weights the fine-tuned encoders of an arm with several runs have."""
    best, tests = ([run[name] for run in runs] for name in ("best_step", "test"))
    said = (
        f"{_arm_title(one)} is {len(runs)} runs, with the weights of steps {min(best):.0f} to {max(best):.0f} of "
        f"{runs[0]['steps']:.0f} (test scores {text.between(min(tests), max(tests))})."
    )
    if unchanged := _unchanged(runs):
        said += f" {text.capitalized(_runs(unchanged))} scored highest on the validation split before the first step."
    if constant := sum(bool(run["constant"]) for run in runs):
        said += f" {text.capitalized(_runs(constant))} predict{'s' * (constant == 1)} the same value for every example."
    return said


def _runs(count):
    """``one run``, ``3 runs``."""
    return "one run" if count == 1 else f"{count} runs"
