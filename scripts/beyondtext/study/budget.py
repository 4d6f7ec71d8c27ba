"""How much training fits into a given time."""

import math
from bisect import bisect_right
from dataclasses import dataclass

from beyondtext.study import cost
from beyondtext.study.selection import selected

SEEDS, FEWEST_SEEDS = 5, 3
PASSES, STEPS = 5, 400  # over the training split: more training than the larger of both is not needed to see a gain
ROUNDED = 5  # minutes
RESERVE = 1.1  # a step may take longer the next time that it is timed
FEWEST_SEQUENCES = 100  # to train on: with fewer, there is little to learn from
PREVIEW = ["frozen"]  # the experiments of stage one


@dataclass(frozen=True)
class Budget:
    """The training of a study within a given time.

    Attributes
    ----------
    seeds : int
        The number of seeds.
    steps, evaluations : int
        Of each run, as in the configuration's ``training``.
    passes : float
        Over the training split.
    is_complete : bool
        Whether that is all the training that is needed.
    preview, whole : float
        Seconds that stage one and the whole study take.
    minutes_needed : int or None
        For one pass over the training split, if less fits.
    sequences : int or None
        If less fits, the largest multiple of ten training sequences over which one pass would fit; None also if that
        is below 100.
    minutes_for_steps : int or None
        For 400 steps with so many seeds, if fewer fit.
    """

    seeds: int
    steps: int
    evaluations: int
    passes: float
    is_complete: bool
    preview: float
    whole: float
    minutes_needed: int | None = None
    sequences: int | None = None
    minutes_for_steps: int | None = None


def with_training(config, seeds, steps):
    """A configuration with the first ``seeds`` seeds and ``steps`` training steps."""
    training = {**config["training"], "steps": steps, "epochs": None, "evaluations": evaluations_of(config, steps)}
    return {**config, "seeds": config["seeds"][:seeds], "training": training}


def evaluations_of(config, steps):
    """How often the validation split is scored: no more often than there are steps."""
    return min(config["training"]["evaluations"], steps)


def within(config, task, minutes, seconds_of):
    """The training of a study of one task that fits into a given time.

    Parameters
    ----------
    config : dict
        The checked configuration of the study; its ``seeds`` and ``training`` do not count, except for the batch size.
    task : str
    minutes : float
        For the whole study.
    seconds_of : callable
        ``seconds_of(jobs)``: how long jobs of `beyondtext.study.cost.plan` take.

    Returns
    -------
    Budget
        With 5 seeds; with 3 if less than one pass over the training split fits with 5.
    """
    train, batch = cost.size_of(task, config["caps"].get(task))[0]["train"], config["training"]["batch_size"]
    one_pass = math.ceil(train / batch)
    most = max(PASSES * one_pass, STEPS)

    def seconds(seeds, steps, **changes):
        return seconds_of(cost.plan(selected({**with_training(config, seeds, steps), **changes})))

    def fitting(seeds):
        return bisect_right(range(1, most + 1), 60 * minutes, key=lambda steps: seconds(seeds, steps))

    def with_sequences(number):
        caps = config["caps"] | {task: {**config["caps"].get(task, {}), "train": number}}
        return seconds(FEWEST_SEEDS, math.ceil(number / batch), caps=caps)

    def minutes_for(seeds, steps):
        return ROUNDED * math.ceil(RESERVE * seconds(seeds, steps) / 60 / ROUNDED)

    seeds, steps = SEEDS, fitting(SEEDS)
    if steps < one_pass:
        seeds, steps = FEWEST_SEEDS, fitting(FEWEST_SEEDS)
    needed = sequences = None
    if steps < one_pass:
        needed = minutes_for(seeds, one_pass)
        sequences = bisect_right(range(1, train + 1), 60 * minutes, key=with_sequences) // 10 * 10
        steps = max(steps, 1)
    return Budget(
        min(seeds, len(config["seeds"])),
        steps,
        evaluations_of(config, steps),
        steps / one_pass,
        steps == most,
        seconds(seeds, steps, experiments=PREVIEW),
        seconds(seeds, steps),
        needed,
        sequences if sequences and sequences >= FEWEST_SEQUENCES else None,
        None if needed or steps >= STEPS else minutes_for(seeds, STEPS),
    )
