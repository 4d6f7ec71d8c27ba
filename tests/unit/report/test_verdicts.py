"""Verdicts on differences, at and around every boundary."""

import math

import pytest

from beyondtext.report import verdicts
from beyondtext.report.sections import verdict_table, verdict_words

NAN = float("nan")


@pytest.mark.parametrize(
    ("low", "high", "p_adjusted", "found"),
    [
        (0.01, 0.2, 0.049, verdicts.HIGHER),
        (0.01, 0.2, 0.051, verdicts.MAYBE_HIGHER),
        (0.01, 0.2, 0.6, verdicts.MAYBE_HIGHER),
        (-0.2, -0.01, 0.049, verdicts.LOWER),
        (-0.2, -0.01, 0.051, verdicts.MAYBE_LOWER),
        (-0.05, 0.05, 1, verdicts.SMALL),
        (-0.01, 0.09, 0.2, verdicts.SMALL),
        (-0.01, 0.091, 0.2, verdicts.UNCERTAIN),
        (0, 0.1, 0.05, verdicts.SMALL),  # an interval that ends at zero includes it
        (-0.3, 0, 0.05, verdicts.UNCERTAIN),
        (0, 0, 1, verdicts.SMALL),
        (NAN, NAN, NAN, verdicts.UNKNOWN),
    ],
)
def test_each_interval_has_its_verdict(low, high, p_adjusted, found):
    assert verdicts.verdict(low, high, p_adjusted, 0.95, 0.05) == found


def test_the_threshold_is_that_of_the_configured_confidence():
    assert verdicts.verdict(0.01, 0.2, 0.07, 0.9, 0.05) == verdicts.HIGHER
    assert verdicts.verdict(0.01, 0.2, 0.03, 0.99, 0.05) == verdicts.MAYBE_HIGHER


def test_the_margin_decides_what_is_small():
    assert verdicts.verdict(-0.05, 0.05, 1, 0.95, 0.04) == verdicts.UNCERTAIN
    assert verdicts.verdict(-0.05, 0.05, 1, 0.95, 0.06) == verdicts.SMALL


@pytest.mark.parametrize(
    ("low", "high", "largest"),
    [(-0.01, 0.041, 0.05), (-0.031, 0.02, 0.04), (-0.02, 0.03, 0.03), (0, 0, 0), (-0.29, 0.29, 0.29)],
)
def test_the_bound_is_the_end_further_from_zero_rounded_up(low, high, largest):
    assert verdicts.bound(low, high) == largest


def test_without_an_interval_there_is_no_bound():
    assert math.isnan(verdicts.bound(NAN, NAN))


def test_every_verdict_has_words_for_both_endpoints():
    decided = {verdicts.HIGHER, verdicts.LOWER, verdicts.MAYBE_HIGHER, verdicts.MAYBE_LOWER}
    for endpoint in verdict_table.PREFIX:
        assert set(verdict_words.LABELS[endpoint]) == decided
        assert set(verdict_words.CLAUSES[endpoint]) == decided | {verdicts.SMALL}
        assert len(set(verdict_words.CLAUSES[endpoint].values())) == len(verdict_words.CLAUSES[endpoint])
