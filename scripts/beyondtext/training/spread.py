"""The standard deviation of numbers by which others are divided."""

import numpy as np

ROUNDING = 1e-13  # of the largest absolute value; smaller differences are rounding errors


def spread(values):
    """The standard deviation of an array of numbers; 0 if they are equal up to rounding.

    That of equal numbers is seldom computed as exactly 0.
    """
    return float(values.std()) if np.ptp(values) > ROUNDING * np.abs(values).max() else 0.0
