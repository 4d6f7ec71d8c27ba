"""What to do about each task, in a user's words: the first lines of the page."""

import math

import numpy as np
import pandas as pd

from beyondtext.report import advice as rules
from beyondtext.report import text
from beyondtext.report.advice import CANNOT, FOLDS, HURTS, NGRAMS_HIGHER, NO_GAIN, NOT_FOR_SCORE, NOT_YET, TEST, YES
from beyondtext.report.arms import ARM, MATCHED, REFERENCE, matching, primary
from beyondtext.report.intervals import FEWEST_SEEDS
from beyondtext.report.sections import candidates, verdict_table
from beyondtext.report.sections.verdict_words import STILL_IMPROVING
from beyondtext.report.verdicts import LOWER
from beyondtext.study import definitions
from beyondtext.study.grid import CHOSEN, FIXED, FROZEN
from beyondtext.study.selection import training_settings
from beyondtext.training.run_files import OUT_OF_FOLD, PREDICTIONS, read_predictions

GROUPS = ["groups", "largest_share", "examples"]  # that are tested on
ABOUT = ["model", "mapping", "rate"]  # which candidate the answer is about
COLUMNS = ["task", "answer", "reason", *ABOUT, *GROUPS, "truncated", "max_length"]
HEADINGS = {  # by answer, or by a reason that changes it
    YES: "Yes, use {name}",
    NGRAMS_HIGHER: "No: n-grams score higher",
    NOT_FOR_SCORE: "No: n-grams score at least as high",
    HURTS: "No: pre-training hurts",
    NO_GAIN: "No gain worth having",
    NOT_YET: "Undecided",
    CANNOT: "Your data cannot answer this",
}
WHAT_NEXT = {  # what would decide it, by reason
    "passes": "train longer",
    "learning": "train longer",
    "unfinished": "train longer",
    "fine_tuning": "run the whole study",
    "seeds": "add seeds",
    "correction": "add seeds",
    "baseline": "add seeds",
}
IN_SHORT = {  # the same answers, as clauses
    YES: "use a pre-trained model on {tasks}",
    NGRAMS_HIGHER: "on {tasks}, pre-training helps {network}, but a linear model on n-grams scores higher",
    NOT_FOR_SCORE: "on {tasks}, pre-training helps {network}, but a linear model on n-grams scores at least as high",
    HURTS: "on {tasks}, pre-training hurts {network}",
    NO_GAIN: "on {tasks}, a gain worth having is ruled out",
    NOT_YET: "on {tasks}, the question is undecided",
    CANNOT: "on {tasks}, the data cannot answer the question",
}
READERS = {True: "a linear model on frozen features", False: "a fine-tuned network"}  # of a candidate, if it is frozen
NOT_CORRECTED = (
    "The interval excludes zero, but not after correction for this task’s {tests} comparisons of pre-trained with "
    "randomly initialized networks"
)
NOT_STEPS_ALONE = (
    "Since most runs did not score best at their last step, try other learning rates as well: training.learning_rate "
    "can be a list."
)
GAINS = "pre-training changes the score of {network} by {gain}"
EVEN_CHANCE = "with about {seeds_needed} seeds, the chance of deciding is about even"
OF_NGRAMS = (
    "a linear model on counts of n-grams, which needs no network, reaches {kmer} ({metric}). "
    f"{text.capitalized(GAINS)}"
)
SENTENCES = {  # by answer and reason; `_words` fills them in
    (YES, ""): "Its {metric} is {score}, to which pre-training contributes {gain}{over_kmer}.{took} Try next: {next}.",
    (NOT_FOR_SCORE, ""): f"{OF_NGRAMS}, but only to {{score}}.",
    (NOT_FOR_SCORE, NGRAMS_HIGHER): f"{OF_NGRAMS}; its score with pre-training minus that of n-grams is {{over}}.",
    (NO_GAIN, ""): f"{GAINS}{{most}}; this rules out a gain of {{margin}}, the smallest worth having.",
    (NO_GAIN, HURTS): f"{GAINS}{{most}}.",
    (NOT_YET, "passes"): f"so far, {GAINS}, but training has covered only {{passes}} of the training sequences. "
    "To read all of them, set {one_pass}.",
    (NOT_YET, "learning"): "no network clearly beats the trivial baseline: the {metric} of the better one is {better}, "
    "and that of the baseline {trivial}. To train four times as long, set {longer}.",
    (NOT_YET, "unfinished"): f"{GAINS}, but {STILL_IMPROVING}. To train twice as long, set {{twice}}.",
    (NOT_YET, "fine_tuning"): f"{GAINS}. The whole study will show whether fine-tuning gains more.",
    (NOT_YET, "seeds"): f"{GAINS}. This does not distinguish no gain from a gain of {{margin}}; {EVEN_CHANCE}.",
    (NOT_YET, "correction"): f"{GAINS}. {NOT_CORRECTED}; {EVEN_CHANCE}.",
    (
        NOT_YET,
        "spread",
    ): f"with every seed, {GAINS}, so the variation between seeds cannot be estimated. More seeds, "
    "or more {unit} to test on, may reveal it.",
    (NOT_YET, "baseline"): f"{GAINS}. Whether the score with pre-training is higher than that of a linear model on "
    "counts of n-grams is still open: {over}. With about {over_kmer_seeds_needed} seeds, the chance of deciding is "
    "about even.",
    (NOT_YET, "nothing"): "The study has no model both with and without pre-training.",
    (CANNOT, "groups"): "There are {groups} {unit} to test on, and at least {fewest} are needed.",
    (CANNOT, "largest_share"): "One of the {unit} has {largest_share} of the examples to test on.",
    (CANNOT, "truncated"): "{truncated} of the sequences were truncated after {max_length} symbols, so the study sees "
    "only their beginnings. Use a model that reads longer sequences, or shorten yours to the part that matters.",
    (CANNOT, "baseline"): f"{GAINS}. With {{groups}} {{unit}} to test on, no number of seeds can show whether the "
    "score with pre-training is higher than that of a linear model on counts of n-grams: {over}.",
    (CANNOT, "correction"): f"{GAINS}. {NOT_CORRECTED}. With {{groups}} {{unit}} to test on, no number of seeds "
    "would decide.",
    (CANNOT, "precision"): f"{GAINS}. With {{groups}} {{unit}} to test on, no number of seeds could distinguish no "
    "gain from a gain of {margin}.",
}


def advice(results):
    """One row for each task: the answer of `beyondtext.report.advice.advise`, what it is about, and the data's limits.

    ``groups`` and the ``largest_share`` of one of them are those of the ``examples`` that the answer's candidate is
    scored on; ``truncated`` is the share of the records that are cut to ``max_length`` symbols.
    """
    table, settings = results.table(candidates.candidates), results.config["report"]
    verdicts = results.table(verdict_table.verdicts)
    rows = []
    for info in results.example_counts:
        scored_on = {by: _groups(results, info, by) for by in (TEST, FOLDS)}
        mine = primary(table[table["task"] == info["task"]]).to_dict("records")
        mine = [{**one, **scored_on[one["scored_by"]], "hurts": _hurts(one, verdicts)} for one in mine]
        counts = info["counts"]
        truncated = sum(change["count"] for change in counts["changes"] if change["reason"] == "truncated")
        share = truncated / counts["read"]
        given = rules.advise(mine, share, settings["margin"], settings["confidence"])
        about = scored_on[TEST] if given.candidate is None else mine[given.candidate]
        found = {key: about[key] for key in (*ABOUT, *GROUPS) if key in about}
        found |= {"truncated": share, "max_length": counts["length"]["max"]}
        rows.append({"task": info["task"], "answer": given.answer, "reason": given.reason, **found})
    return pd.DataFrame(rows, columns=COLUMNS)


def _hurts(candidate, verdicts):
    """Whether the verdict on a candidate's test score is that pre-training hurts; no if it has none."""
    return bool(matching(verdicts, candidate, [*MATCHED, "init"])["verdict"].eq(LOWER).any())


def _groups(results, info, scored_by):
    """The `GROUPS` of the examples that candidates are scored on: how many, the largest share of one, and examples."""
    runs, file = {TEST: (results.runs, PREDICTIONS), FOLDS: (results.out_of_fold_scores, OUT_OF_FOLD)}[scored_by]
    for directory in runs.loc[runs["task"] == info["task"], "directory"].head(1):
        groups = read_predictions(directory, file)["group"]
        shares, examples = groups.value_counts(normalize=True), len(groups)
        return dict(zip(GROUPS, (len(shares), shares.iloc[0], examples), strict=True))
    counts = info["counts"]
    return dict(zip(GROUPS, (counts["groups"]["test"], np.nan, counts["splits"]["test"]), strict=True))


def entries(tables, config):
    """For each task its ``title``, the answer's ``kind``, its ``heading``, and what it rests on, its ``reason``."""
    found = []
    for row in tables["advice"].fillna({"reason": ""}).to_dict("records"):
        of_task = tables["candidates"][tables["candidates"]["task"] == row["task"]]
        mine = primary(of_task).to_dict("records")
        candidate = next((one for one in mine if all(one[key] == row[key] for key in ABOUT)), {})
        words = _words(row, candidate, tables["runs"], config)
        words["tests"] = sum(not math.isnan(one["gain_p"]) for one in mine)
        others = {one["rate"] == FROZEN for one in mine if one is not candidate}
        several = row["rate"] != FROZEN and False in others
        words["most"] = ", the most favourable result of fine-tuning here" if several else ""
        said = [text.capitalized(SENTENCES[row["answer"], row["reason"]].format_map(words))]
        if row["answer"] == NO_GAIN:
            either = f"With frozen features, pre-training does not gain {words['margin']} either."
            said += [either] if True in others else []
            said += ["Longer training may change this."] if any(map(rules.still_learning, mine)) else []
        if row["reason"] == "learning" and not rules.still_learning(candidate):
            said.append(NOT_STEPS_ALONE)
        if row["answer"] not in (YES, NOT_FOR_SCORE):  # which have the scores in their sentences
            said += _highest(of_task.to_dict("records"))
        said += _by_group(row, candidate, tables)
        found.append(
            {
                "title": text.task_title(row["task"]),
                "kind": _kind(row),
                "heading": HEADINGS[_kind(row)].format_map(words) + _what_next(row),
                "reason": " ".join(said),
            }
        )
    return found


def in_short(tables):
    """All answers in one sentence, which says that they hold at a fixed learning rate if others were tried as well."""
    answered, tried = set(tables["advice"]["rate"]), set(tables["candidates"]["rate"])
    is_one_rule = FIXED in answered and CHOSEN in tried - answered
    tasks, rule = {}, "With a fixed learning rate: " if is_one_rule else ""
    for answer, clause in IN_SHORT.items():
        for row in tables["advice"].to_dict("records"):
            if _kind(row) == answer:
                said = clause.replace("{network}", READERS[row["rate"] == FROZEN])
                tasks.setdefault(said, []).append(text.task_title(row["task"]))
    said = "; ".join(clause.format(tasks=text.listed(found)) for clause, found in tasks.items())
    return text.capitalized(f"{rule}{said}.")


def _kind(row):
    """What the answer's heading and clause are found by: the reason if it has some of its own, else the answer."""
    return row["reason"] if row["reason"] in HEADINGS else row["answer"]


def _what_next(row):
    """What would decide an answer that is open, for its heading; empty for the others."""
    what = WHAT_NEXT.get(row["reason"]) if row["answer"] == NOT_YET else None
    return f": {what}" if what else ""


def _words(row, candidate, runs, config):
    """What the sentences about one task are filled in with."""
    words = {
        "margin": f"{config['report']['margin']:g}",
        "fewest": rules.FEWEST_TEST_GROUPS,
        "unit": _unit(row),
        **{key: f"{row[key]:,.0f}" for key in ("groups", "max_length")},
        **{key: text.percent(round(row[key], 2)) for key in ("largest_share", "truncated")},
    }
    if not candidate:
        return words
    is_frozen, passes = candidate["rate"] == FROZEN, candidate["passes"]
    over = _number(candidate, "over_kmer")
    return words | {
        "network": _network(candidate),
        "name": _name(candidate),
        "metric": _metric(candidate),
        **{key: text.score(candidate[key]) for key in ("score", "kmer", "trivial")},
        "better": text.score(max(candidate["score"], candidate["untrained"])),
        "gain": _number(candidate, "gain"),
        "over": over,
        "over_kmer": f"; the score is {over} above that of a linear model on counts of n-grams" if over else "",
        "took": _took(matching(runs, candidate, ARM)),
        "next": f"fine-tuning it (name {candidate['model']} in arms)"
        if is_frozen
        else "a larger model of this kind, and longer training",
        **{key: _seeds(candidate, key) for key in ("seeds_needed", "over_kmer_seeds_needed")},
        **({} if is_frozen else {"passes": text.percent(round(passes, 2)), **_longer(candidate, runs, config)}),
    }


def _took(runs):
    """How long one run took: a sentence, with a space before it; empty if runs shared a GPU, and each took longer."""
    if not runs["device"].str.startswith("cpu").all():
        return ""
    return f" A run took {text.duration(runs['seconds'].mean())} here."


def _by_group(row, candidate, tables):
    """What the gain is by whole group, or how the groups count: a list of at most one sentence."""
    if not candidate or row["answer"] == CANNOT or _unit(row) == "sequences":
        return []
    group, part = ("piece", "window") if _unit(row) == "pieces" else ("group", "sequence")
    if candidate["scored_by"] == FOLDS:
        return [f"Every {part} is scored by itself; the intervals are over whole {group}s."]
    comparison = {**candidate, "comparison": f"{candidate['init']} - {REFERENCE}"}
    found = matching(tables["effects_groups"], comparison, [*MATCHED, "comparison"]).to_dict("records")
    return [
        f"By whole {group} instead of by {part}, pre-training changes the score by {_number(one, 'mean', 'ci')}."
        for one in found
    ]


def _unit(row):
    """What a group of the examples to test on is."""
    if _each_is_a_group(row):
        return "sequences"
    return "pieces" if definitions.task(row["task"])["domain"] == "music" else "groups of sequences"


def _each_is_a_group(row):
    """Whether each of the examples to test on is a group of its own."""
    return row["groups"] == row["examples"]


def _network(candidate):
    """What reads the sequences: a noun phrase."""
    model = text.model_title(candidate["model"])
    return f"a linear model on frozen features of {model}" if candidate["rate"] == FROZEN else f"fine-tuned {model}"


def _name(candidate):
    """A candidate as something to use."""
    use = "frozen, with a linear model on its features" if candidate["rate"] == FROZEN else "fine-tuned"
    return f"{text.model_title(candidate['model'])} pre-trained on {text.origin(candidate['model'])}, {use}"


def _number(row, name, ends=None):
    """A difference with its interval, whose columns begin with ``ends`` or with its own name; empty for NaN."""
    if math.isnan(row[name]):
        return ""
    interval = text.between(row[f"{ends or name}_low"], row[f"{ends or name}_high"], text.signed)
    return text.signed(row[name]) + (f" ({interval})" if interval else "")


def _metric(candidate):
    """What a candidate's score is."""
    title = text.metric_title(candidate["metric"])
    return f"cross-validated {title}" if candidate["scored_by"] == FOLDS else title


def _seeds(candidate, name):
    """How many seeds would decide, more than there are: those have not decided."""
    needed = FEWEST_SEEDS if math.isnan(candidate[name]) else candidate[name]
    return f"{max(needed, candidate['n'] + 1):.0f}"


def _longer(candidate, runs, config):
    """Settings that train longer, each with the time that all fine-tuning runs of the task would take on one core.

    A run takes the median of their times, so that one which other work held up does not count. There is no such time
    if runs shared a GPU, where each takes as long as all of them.
    """
    tuned = runs[(runs["task"] == candidate["task"]) & runs["rate"].isin([FIXED, CHOSEN])]
    settings = training_settings(config, candidate["task"])
    unit = "epochs" if "epochs" in settings else "steps"
    own = config["training_per_task"].get(candidate["task"], {})
    key = f"training_per_task.{candidate['task']}.{unit}" if unit in own else f"training.{unit}"
    if unit == "epochs":
        now, one_pass, rounded_to = settings["epochs"], 1, 1
    else:
        now, one_pass, rounded_to = matching(tuned, candidate, ARM)["steps"].max(), candidate["steps_per_pass"], 10
    said = {}
    for name, amount in {"one_pass": one_pass, "twice": 2 * now, "longer": 4 * now}.items():
        rounded = math.ceil(amount / rounded_to) * rounded_to
        minutes = max(1, round(len(tuned) * tuned["seconds"].median() * rounded / now / 60))
        said[name] = f"{key} to {rounded:,}"
        if tuned["device"].str.startswith("cpu").all():
            said[name] += f" (about {minutes} minutes on one core here)"
    return said


def _highest(candidates):
    """The highest mean score of a task and which methods have it, to three decimals: a list of at most one sentence.

    Candidates that differ in their mapping alone are one method, with the higher of their scores.
    """
    has_folds = any(one["scored_by"] == FOLDS for one in candidates)
    candidates = [one for one in candidates if not has_folds or one["scored_by"] == FOLDS]
    scores = {}
    for one in candidates:
        network, rate = _network(one), " at the best of the learning rates tried" if one["rate"] == CHOSEN else ""
        found = {
            f"{network} with pre-training{rate}": one["score"],
            f"{network} without pre-training{rate}": one["untrained"],
        }
        found |= {"a linear model on counts of n-grams": one["kmer"], "the trivial baseline": one["trivial"]}
        for name, score in found.items():
            if not math.isnan(score):
                scores[name] = max(score, scores.get(name, -math.inf))
    if not scores:
        return []
    highest = text.score(max(scores.values()))
    best = text.listed(name for name, score in scores.items() if text.score(score) == highest)
    return [f"The highest mean {_metric(candidates[0])} here is {highest}, reached by {best}."]
