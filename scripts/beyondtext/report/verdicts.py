"""What the interval of a difference says, as one of a few verdicts."""

import math

HIGHER, LOWER = "higher", "lower"
MAYBE_HIGHER, MAYBE_LOWER = "maybe_higher", "maybe_lower"
SMALL, UNCERTAIN, UNKNOWN = "small", "uncertain", "unknown"


def verdict(low, high, p_adjusted, confidence, margin):
    """The verdict on a difference.

    Parameters
    ----------
    low, high : float
        The ends of its interval; NaN if there is none.
    p_adjusted : float
        Its p-value, adjusted for the number of comparisons.
    confidence : float
    margin : float
        The smallest difference that is worth having.

    Returns
    -------
    str
        `HIGHER` or `LOWER` if zero is excluded after the adjustment; `MAYBE_HIGHER` or `MAYBE_LOWER` if only the single
        interval excludes it; `SMALL` if the interval includes zero and its half-width is at most ``margin``;
        `UNCERTAIN` if it is wider; `UNKNOWN` without an interval.
    """
    if math.isnan(low):
        return UNKNOWN
    if low > 0 or high < 0:
        sure = p_adjusted < 1 - confidence
        if low > 0:
            return HIGHER if sure else MAYBE_HIGHER
        return LOWER if sure else MAYBE_LOWER
    return SMALL if (high - low) / 2 <= margin else UNCERTAIN


def bound(low, high):
    """The largest difference that an interval allows, rounded up to two decimals; NaN without an interval."""
    return math.nan if math.isnan(low) else math.ceil(100 * max(abs(low), abs(high)) - 1e-9) / 100
