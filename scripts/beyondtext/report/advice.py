"""What a user should do about one task: one of five answers, by rule, from intervals.

The rules ask, in this order: Can these data answer at all? Does pre-training help any network? Does that network score
higher than counting n-grams, which takes seconds? Is every gain too small to matter? If none of this is decided, what
would decide it?
"""

import math
from dataclasses import dataclass

from beyondtext.report.intervals import FEWEST_SEEDS, holm
from beyondtext.study.grid import FROZEN

YES = "yes"  # a pre-trained model scores higher than its untrained self, maybe by the margin, and than n-grams
NOT_FOR_SCORE = "not_for_score"  # pre-training helps the network, but n-grams score as high
NO_GAIN = "no_gain"  # no gain can be as large as the margin
NOT_YET = "not_yet"  # more training or more seeds would tell
CANNOT = "cannot"  # neither would: the data are the limit

HURTS = "hurts"  # the reason of a `NO_GAIN` where pre-training lowers the score
NGRAMS_HIGHER = "ngrams_higher"  # and of a `NOT_FOR_SCORE` where n-grams are sure to score higher

TEST, FOLDS = "test", "cross_validation"  # what a candidate's score is from

FEWEST_TEST_GROUPS = 10  # of examples to test on
LARGEST_SHARE = 0.5  # of the test examples, that one group may have
MOST_TRUNCATED = 0.5  # of the records
ONE_PASS = 0.995  # of the training split, which the page rounds to 100 %
STILL_LEARNING = 0.5  # of a network's runs: with as many whose best step is the last one, training ended too soon


@dataclass(frozen=True)
class Advice:
    """The answer for one task.

    Attributes
    ----------
    answer : str
        `YES`, `NOT_FOR_SCORE`, `NO_GAIN`, `NOT_YET` or `CANNOT`.
    reason : str
        Why. Empty for a `YES`; for a `NOT_FOR_SCORE` or a `NO_GAIN`, unless it is `NGRAMS_HIGHER` or `HURTS`. For the
        last two answers: the data, ``groups``, ``largest_share`` or ``truncated``; ``precision`` (no number of seeds
        would narrow the interval enough), ``correction`` (the interval excludes zero, but with no number of seeds after
        correction for the number of candidates) or ``baseline`` (no number of seeds would narrow that of the difference
        from n-grams enough). Fine-tuning: ``passes`` (it has not read everything once), ``learning`` (nothing was
        learned), ``unfinished`` (it was still learning) or ``fine_tuning`` (there is none). Otherwise ``seeds``,
        ``correction`` or ``baseline`` (more seeds would tell, the last whether n-grams score as high), ``spread`` (all
        seeds gain the same, so that nothing is known about others), or ``nothing`` (no pre-trained model has an
        untrained twin).
    candidate : int or None
        Which candidate it is about.
    """

    answer: str
    reason: str = ""
    candidate: int | None = None


def advise(candidates, truncated, margin, confidence):
    """The answer for one task.

    Parameters
    ----------
    candidates : list of dict
        One for each pre-trained model that has an untrained twin: ``rate``, ``score`` and ``passes`` (over the training
        split; NaN for frozen features), ``learned`` (whether either network scores above the trivial baseline),
        ``scored_by`` (`TEST` or `FOLDS`), ``at_last_step`` and ``scratch_at_last_step`` (the shares of runs whose
        best step is the last one), ``gain`` over ``n`` seeds with ``gain_low``, ``gain_high``, ``gain_p`` and
        ``seeds_needed`` (over the untrained twin), and ``over_kmer`` with ``over_kmer_low``, ``over_kmer_high`` and
        ``over_kmer_seeds_needed`` (over the linear model on n-grams; NaN without one). Of the examples that it is
        scored on: how many ``groups`` they are from, and the ``largest_share`` of one of these. ``hurts`` says whether
        the page's verdict on it is that pre-training hurts.
    truncated : float
        The share of the task's records that were cut.
    margin : float
        The smallest gain that is worth having.
    confidence : float

    Returns
    -------
    Advice
    """
    if truncated > MOST_TRUNCATED:
        return Advice(CANNOT, "truncated")
    if not candidates:
        return Advice(NOT_YET, "nothing")
    tested = [place for place, one in enumerate(candidates) if not _problem_of_examples(one)]
    if not tested:
        best = max(range(len(candidates)), key=lambda place: candidates[place]["groups"])
        return Advice(CANNOT, _problem_of_examples(candidates[best]), best)
    usable = [place for place in tested if _hindrance(candidates[place]) is None]
    winners = _winners(candidates, usable, margin, confidence)
    if winners:
        return _of_winner(candidates, max(winners, key=lambda place: _rank(candidates[place])))
    return _without_winner(candidates, tested, usable, margin)


def _problem_of_examples(candidate):
    """Why the examples that a candidate is scored on cannot answer; empty if they can."""
    if candidate["groups"] < FEWEST_TEST_GROUPS:
        return "groups"
    return "largest_share" if candidate["largest_share"] > LARGEST_SHARE else ""


def _hindrance(candidate):
    """Why a fine-tuned candidate says nothing about pre-training yet; None if it does, or is frozen."""
    if candidate["rate"] == FROZEN:
        return None
    if candidate["passes"] < ONE_PASS:
        return "passes"
    return None if candidate["learned"] else "learning"


def _winners(candidates, usable, margin, confidence):
    """The usable candidates that score higher than their untrained twins, by a gain that may be worth having.

    It is corrected for the number of all candidates that it is above zero.
    """
    p_values = holm([one["gain_p"] for one in candidates])
    return [
        place
        for place in usable
        if candidates[place]["gain_low"] > 0
        and candidates[place]["gain_high"] > margin
        and p_values[place] < 1 - confidence
    ]


def _rank(candidate):
    """What the recommended candidate has most of: groups that it was scored on, and then its score.

    Scores of different test examples cannot be compared.
    """
    return candidate["scored_by"] == FOLDS, candidate["score"]


def _of_winner(candidates, best):
    winner = candidates[best]
    if math.isnan(winner["over_kmer"]) or winner["over_kmer_low"] > 0:
        return Advice(YES, "", best)
    if winner["over_kmer"] <= 0:
        return Advice(NOT_FOR_SCORE, NGRAMS_HIGHER if winner["over_kmer_high"] < 0 else "", best)
    if math.isinf(winner["over_kmer_seeds_needed"]):
        return Advice(CANNOT, "baseline", best)
    return Advice(NOT_YET, "baseline", best)


def _without_winner(candidates, tested, usable, margin):
    """The answer if no candidate scores higher for sure, by a gain that may be worth having."""
    unusable = [place for place in tested if place not in usable]
    if unusable:
        return Advice(NOT_YET, _hindrance(candidates[unusable[0]]), unusable[0])
    open_ones = [place for place in usable if not candidates[place]["gain_high"] <= margin]
    if not open_ones:
        tuned = [place for place in usable if candidates[place]["rate"] != FROZEN]
        best = max(tuned or usable, key=lambda place: candidates[place]["gain"])
        if not tuned:
            return _without_fine_tuning(candidates, best)
        return Advice(NO_GAIN, HURTS if candidates[best]["hurts"] else "", best)
    best = max(open_ones, key=lambda place: candidates[place]["gain"])
    if still_learning(candidates[best]):
        return Advice(NOT_YET, "unfinished", best)
    if math.isinf(candidates[best]["seeds_needed"]):
        return Advice(CANNOT, "correction" if candidates[best]["gain_low"] > 0 else "precision", best)
    if math.isnan(candidates[best]["gain_low"]) and candidates[best]["n"] >= FEWEST_SEEDS:
        return Advice(NOT_YET, "spread", best)
    return Advice(NOT_YET, "correction" if candidates[best]["gain_low"] > 0 else "seeds", best)


def _without_fine_tuning(candidates, best):
    """The answer if frozen features gain nothing, and fine-tuning is missing or cannot be tested."""
    tuned = [place for place, one in enumerate(candidates) if one["rate"] != FROZEN]
    if not tuned:
        return Advice(NOT_YET, "fine_tuning", best)
    most = max(tuned, key=lambda place: candidates[place]["groups"])
    return Advice(CANNOT, _problem_of_examples(candidates[most]), most)


def still_learning(candidate):
    """Whether at least half of the runs of one network of a candidate were best at their last step; no if frozen."""
    return max(candidate["at_last_step"], candidate["scratch_at_last_step"]) >= STILL_LEARNING
