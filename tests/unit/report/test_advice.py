"""The five answers, by rule: each with the smallest change that turns it into another one."""

import pytest

from beyondtext.report.advice import CANNOT, HURTS, NGRAMS_HIGHER, NO_GAIN, NOT_FOR_SCORE, NOT_YET, YES, Advice, advise

NAN, INF = float("nan"), float("inf")
# A fine-tuned network that gains for sure, over its untrained twin and over n-grams.
TRAINED = {
    "rate": "fixed",
    "scored_by": "test",
    "score": 0.9,
    "passes": 3.0,
    "learned": True,
    "at_last_step": 0.2,
    "scratch_at_last_step": 0.0,
    "n": 5,
    "gain": 0.2,
    "gain_low": 0.1,
    "gain_high": 0.3,
    "gain_p": 0.001,
    "seeds_needed": 5,
    "over_kmer": 0.1,
    "over_kmer_low": 0.02,
    "over_kmer_high": 0.18,
    "over_kmer_seeds_needed": 7,
    "groups": 100,
    "largest_share": 0.05,
    "hurts": False,
}
FROZEN = {**TRAINED, "rate": "frozen", "passes": NAN, "at_last_step": NAN, "scratch_at_last_step": NAN, "score": 0.8}
OPEN = {"gain": 0.02, "gain_low": -0.04, "gain_high": 0.08, "gain_p": 0.5}
SMALL = {"gain": 0.01, "gain_low": -0.02, "gain_high": 0.04, "gain_p": 0.5}
WORSE = {"gain": -0.2, "gain_low": -0.3, "gain_high": -0.1, "gain_p": 0.001}


def advised(*candidates, margin=0.05, truncated=0.0):
    given = advise(list(candidates), truncated, margin, 0.95)
    assert isinstance(given, Advice)
    return given.answer, given.reason, given.candidate


def test_a_gain_over_the_untrained_twin_and_over_n_grams_is_a_yes():
    assert advised(TRAINED) == (YES, "", 0)
    assert advised(FROZEN) == (YES, "", 0)
    assert advised({**TRAINED, "over_kmer": NAN, "over_kmer_low": NAN}) == (YES, "", 0)  # a study without n-grams


def test_a_sure_gain_that_is_too_small_to_matter_is_none():
    tiny = {"gain": 0.006, "gain_low": 0.001, "gain_high": 0.011}
    assert advised({**TRAINED, **tiny}) == (NO_GAIN, "", 0)
    assert advised({**TRAINED, **tiny}, margin=0.01) == (YES, "", 0)
    assert advised({**TRAINED, **tiny}, FROZEN) == (YES, "", 1)


def test_without_a_gain_worth_having_the_candidate_with_the_largest_is_named():
    wide = {**TRAINED, "gain": -0.06, "gain_low": -0.16, "gain_high": 0.04, "gain_p": 0.3}
    assert advised(wide, {**TRAINED, **SMALL}) == (NO_GAIN, "", 1)
    assert advised(wide, {**TRAINED, **WORSE}) == (NO_GAIN, "", 0)


def test_the_winner_with_the_highest_score_is_recommended():
    assert advised(FROZEN, TRAINED) == (YES, "", 1)
    assert advised({**FROZEN, "score": 0.95}, TRAINED) == (YES, "", 0)
    assert advised({**FROZEN, "score": 0.95, **OPEN}, TRAINED) == (YES, "", 1)


def test_scores_of_different_examples_are_not_compared():
    assert advised({**FROZEN, "scored_by": "cross_validation"}, TRAINED) == (YES, "", 0)
    assert advised({**FROZEN, "scored_by": "cross_validation", **OPEN}, TRAINED) == (YES, "", 1)


def test_p_values_are_corrected_for_the_number_of_candidates():
    close = {**TRAINED, "gain_p": 0.03}
    assert advised(close) == (YES, "", 0)
    nothing = {**FROZEN, **SMALL}
    assert advised(close, nothing)[0] == NOT_YET
    # One that says nothing counts too.
    assert advised(close, {**nothing, "rate": "fixed", "learned": False})[0] == NOT_YET
    assert advised(close, {**nothing, "gain_p": NAN})[0] == YES  # without an interval it is no test


def test_an_interval_that_excludes_zero_before_the_correction_alone_leaves_it_open():
    close = {**TRAINED, "gain": 0.06, "gain_low": 0.003, "gain_high": 0.117, "gain_p": 0.043}
    others = [{**FROZEN, **SMALL, "gain_p": p} for p in (0.5, 0.9)]
    assert advised(close, *others) == (NOT_YET, "correction", 0)
    assert advised(close, {**FROZEN, **OPEN}) == (NOT_YET, "correction", 0)
    assert advised({**close, "seeds_needed": INF}, *others) == (CANNOT, "correction", 0)
    assert advised({**close, "at_last_step": 0.5}, *others) == (NOT_YET, "unfinished", 0)
    assert advised(close, {**FROZEN, **OPEN, "gain": 0.07}) == (NOT_YET, "seeds", 1)


def test_n_grams_that_score_as_high_are_a_no_for_the_score():
    assert advised({**TRAINED, "over_kmer": 0.0, "over_kmer_low": -0.1}) == (NOT_FOR_SCORE, "", 0)
    for high, reason in ((0.001, ""), (-0.001, NGRAMS_HIGHER), (NAN, "")):
        lower = {"over_kmer": -0.1, "over_kmer_low": -0.2, "over_kmer_high": high}
        assert advised({**TRAINED, **lower}) == (NOT_FOR_SCORE, reason, 0)
    assert advised({**TRAINED, "over_kmer": 0.01, "over_kmer_low": -0.1}) == (NOT_YET, "baseline", 0)
    precise = {"over_kmer": 0.01, "over_kmer_low": -0.1, "over_kmer_seeds_needed": INF}
    assert advised({**TRAINED, **precise}) == (CANNOT, "baseline", 0)


def test_no_gain_needs_the_whole_interval_below_the_margin():
    assert advised({**TRAINED, **SMALL}) == (NO_GAIN, "", 0)
    assert advised({**TRAINED, **WORSE}) == (NO_GAIN, "", 0)
    assert advised({**TRAINED, **SMALL}, margin=0.03) == (NOT_YET, "seeds", 0)
    # An interval that merely includes zero is never enough.
    assert advised({**TRAINED, **OPEN}) == (NOT_YET, "seeds", 0)
    assert advised({**TRAINED, **SMALL}, {**FROZEN, **OPEN}) == (NOT_YET, "seeds", 1)


def test_no_gain_is_about_fine_tuning_even_where_frozen_features_lose_less():
    assert advised({**FROZEN, **SMALL}, {**TRAINED, **WORSE}) == (NO_GAIN, "", 1)
    assert advised({**TRAINED, **WORSE}, {**FROZEN, **SMALL}, {**TRAINED, **SMALL}) == (NO_GAIN, "", 2)


def test_where_the_verdict_is_that_pre_training_hurts_the_answer_says_so():
    hurt = {**TRAINED, **WORSE, "hurts": True}
    assert advised(hurt, {**FROZEN, **SMALL}) == (NO_GAIN, HURTS, 0)
    assert advised(hurt, {**TRAINED, **SMALL}) == (NO_GAIN, "", 1)  # another model does not suffer
    assert advised(hurt, {**FROZEN, **OPEN}) == (NOT_YET, "seeds", 1)  # and its frozen features may gain


def test_frozen_features_alone_never_show_that_there_is_no_gain():
    assert advised({**FROZEN, **SMALL}) == (NOT_YET, "fine_tuning", 0)
    assert advised({**FROZEN, **SMALL}, {**TRAINED, **SMALL})[0] == NO_GAIN


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"passes": 0.99}, "passes"), ({"learned": False}, "learning"), ({"passes": 0.997}, ""), ({"passes": 1}, "")],
)
def test_fine_tuning_that_was_too_short_says_nothing(change, reason):
    for outcome in ({}, SMALL, WORSE):
        answer, why, place = advised({**TRAINED, **outcome, **change})
        assert (why, place) == (reason, 0) and (answer == NOT_YET) == bool(reason)
    # Frozen features may still answer.
    assert advised({**TRAINED, **change}, {**FROZEN, "score": 0.99})[0] == YES


def test_networks_that_still_improve_need_steps_before_seeds():
    for name in ("at_last_step", "scratch_at_last_step"):
        assert advised({**TRAINED, **OPEN, name: 0.5}) == (NOT_YET, "unfinished", 0)
        assert advised({**TRAINED, **OPEN, name: 0.4}) == (NOT_YET, "seeds", 0)
        assert advised({**TRAINED, **OPEN, name: 0.5, "seeds_needed": INF}) == (NOT_YET, "unfinished", 0)


def test_a_test_split_that_no_number_of_seeds_makes_precise_cannot_answer():
    assert advised({**TRAINED, **OPEN, "seeds_needed": INF}) == (CANNOT, "precision", 0)


def test_too_few_seeds_for_an_interval_need_more():
    none = dict.fromkeys(("gain_low", "gain_high", "gain_p", "seeds_needed", "over_kmer_low"), NAN)
    assert advised({**TRAINED, **none, "n": 2}) == (NOT_YET, "seeds", 0)
    for gain in (0, 0.2, -0.1):  # the same of every seed
        assert advised({**TRAINED, **none, "gain": gain, "n": 3}) == (NOT_YET, "spread", 0)


@pytest.mark.parametrize(
    ("examples", "reason"),
    [
        ({"groups": 9}, "groups"),
        ({"groups": 10}, ""),
        ({"largest_share": 0.51}, "largest_share"),
        ({"largest_share": 0.5}, ""),
        ({"largest_share": NAN}, ""),
    ],
)
def test_test_examples_that_cannot_answer_are_said_first(examples, reason):
    assert advised({**TRAINED, **examples}) == ((CANNOT, reason, 0) if reason else (YES, "", 0))
    assert advised({**TRAINED, **examples, "learned": False})[0] == (CANNOT if reason else NOT_YET)


def test_records_that_were_cut_are_said_first():
    assert advised(TRAINED, truncated=0.51) == (CANNOT, "truncated", None)
    assert advised(TRAINED, truncated=0.5) == (YES, "", 0)


def test_each_candidate_is_judged_by_the_groups_that_it_is_scored_on():
    few = {**TRAINED, "groups": 8, "score": 0.95}
    folds = {**FROZEN, "scored_by": "cross_validation", "groups": 40}
    assert advised(few, folds) == (YES, "", 1)
    assert advised(few, {**folds, **SMALL}) == (CANNOT, "groups", 0)  # fine-tuning cannot be judged, and may gain
    assert advised({**folds, **SMALL}) == (NOT_YET, "fine_tuning", 0)
    assert advised(few, {**folds, "groups": 9}) == (CANNOT, "groups", 1)  # the number that is said is the larger one
    assert advised({**few, "passes": 0.5}, {**folds, **OPEN})[1] == "seeds"


def test_a_study_without_pre_trained_and_untrained_twins():
    assert advised() == (NOT_YET, "nothing", None)
