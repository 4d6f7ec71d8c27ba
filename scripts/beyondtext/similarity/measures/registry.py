"""The measures of similarity by name."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from beyondtext.similarity.moments import Pair

MEASURES = {}


@dataclass(frozen=True)
class Measure:
    """A function of a `Pair` (``on_folds``: of a list of them, of disjoint tokens) and what is true of it.

    ``full_rank`` says that it needs more tokens than features.
    """

    title: str
    on: Callable
    symmetric: bool
    full_rank: bool
    on_folds: bool


def measure(name, title, symmetric, full_rank=False, on_folds=False):
    """Register a function of moments as the measure ``name``; figures and tables call it ``title``."""

    def register(function):
        MEASURES[name] = Measure(title, function, symmetric, full_rank, on_folds)
        return function

    return register


def measure_pairs(names, sides_x, sides_y, crosses, threads=None):
    """Measures of every layer of x with every layer of y.

    Pairs are shared out among the cores, one thread each: decompositions of matrices of this size gain little from a
    second thread, and lose much where another program takes its core.

    Parameters
    ----------
    names : list of str
        From `MEASURES`, none of those on folds.
    sides_x, sides_y, crosses
        From `beyondtext.similarity.moments.all_pairs`.
    threads : int, optional
        As many pairs at a time; by default one for each core.

    Returns
    -------
    dict of str to numpy.ndarray, shape (layers of x, layers of y)
    """
    from threadpoolctl import threadpool_limits

    def values(numbers):
        i, j = numbers
        pair = Pair(sides_x[i], sides_y[j], crosses[i][j])
        return [MEASURES[name].on(pair) for name in names]

    with threadpool_limits(1), ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(lambda side: side.principal, [*sides_x, *sides_y]))  # once each, before pairs ask for them
        found = list(pool.map(values, np.ndindex(len(sides_x), len(sides_y))))
    table = np.reshape(found, (len(sides_x), len(sides_y), len(names)))
    return {name: table[..., k] for k, name in enumerate(names)}
