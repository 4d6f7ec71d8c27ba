"""How much training fits into a given time."""

import pytest

import small_study as study
from beyondtext.study import cost, grid
from beyondtext.study.budget import PASSES, STEPS, with_training, within
from beyondtext.study.selection import selected

# Splice has about 2,100 training sequences: 132 batches of 16.
SPEED = 1e12


def config(**changes):
    """A study of splice, of the kind that scripts/new_study.py writes."""
    frozen = {"inits": ["pretrained", "scratch"], "max_seeds": 3, "domain_models": []}
    arms = [{"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}]
    own = {"tasks": ["splice"], "arms": arms, "frozen": frozen, "experiments": ["main", "frozen"]}
    return study.config(**{**own, "training_per_task": {}, "seeds": [1, 2, 3, 4, 5], **changes})


def seconds_of(jobs):
    return sum(job.seconds + job.operations / SPEED for job in jobs)


def seconds(seeds, steps):
    return seconds_of(cost.plan(selected(with_training(config(), seeds, steps))))


def one_pass():
    return -(-cost.size_of("splice", None)[0]["train"] // 16)


def test_the_whole_study_takes_as_long_as_it_may():
    minutes = seconds(5, 2 * one_pass()) / 60
    budget = within(config(), "splice", minutes + 0.001, seconds_of)
    assert (budget.seeds, budget.steps, budget.passes) == (5, 2 * one_pass(), 2)
    assert budget.whole == pytest.approx(60 * minutes) and not budget.is_complete
    assert (budget.minutes_needed, budget.sequences) == (None, None)
    assert seconds(5, budget.steps + 1) > 60 * minutes + 0.06


def test_more_than_is_needed_is_not_used():
    budget = within(config(), "splice", 1e6, seconds_of)
    assert (budget.seeds, budget.steps) == (5, max(PASSES * one_pass(), STEPS)) and budget.is_complete
    assert budget.whole == pytest.approx(seconds(5, budget.steps))


def test_three_seeds_if_one_pass_does_not_fit_with_five():
    minutes = (seconds(3, one_pass()) + 1) / 60
    assert seconds(5, one_pass()) > 60 * minutes
    budget = within(config(), "splice", minutes, seconds_of)
    assert (budget.seeds, budget.minutes_needed) == (3, None) and budget.steps >= one_pass()


def test_less_than_a_pass_names_the_minutes_that_it_takes():
    budget = within(config(), "splice", seconds(3, 10) / 60, seconds_of)
    assert (budget.seeds, budget.steps, budget.evaluations) == (3, 10, 4)
    assert budget.passes == pytest.approx(10 / one_pass())
    assert budget.minutes_needed % 5 == 0
    assert within(config(), "splice", budget.minutes_needed, seconds_of).steps >= one_pass()


def test_less_than_a_pass_names_the_sequences_of_which_it_fits():
    minutes = seconds(3, one_pass() // 2) / 60
    sequences = within(config(), "splice", minutes, seconds_of).sequences
    capped = config(caps={"splice": {"train": sequences}})
    budget = within(capped, "splice", minutes, seconds_of)
    assert (budget.seeds, budget.minutes_needed) == (3, None) and budget.passes >= 1
    more = config(caps={"splice": {"train": sequences + 26}})
    assert within(more, "splice", minutes, seconds_of).minutes_needed


def test_fewer_steps_than_400_name_the_minutes_for_400():
    budget = within(config(), "splice", (seconds(5, 200) + 1) / 60, seconds_of)
    assert 200 <= budget.steps < STEPS
    enough = within(config(), "splice", budget.minutes_for_steps, seconds_of)
    assert enough.steps >= STEPS and enough.minutes_for_steps is None


def test_a_study_has_at_least_one_step():
    budget = within(config(), "splice", 0.01, seconds_of)
    assert (budget.steps, budget.evaluations) == (1, 1) and budget.minutes_needed > 0 and budget.sequences is None


def test_stage_one_trains_nothing():
    budget = within(config(), "splice", 30, seconds_of)
    jobs = cost.plan(selected({**with_training(config(), 5, budget.steps), "experiments": ["frozen"]}))
    assert budget.preview == pytest.approx(seconds_of(jobs)) and budget.preview < budget.whole
    assert not any(job.steps for job in jobs)


def test_stage_one_has_the_baselines_and_all_frozen_features():
    preview, whole = (selected(config(experiments=names)) for names in (["frozen"], ["main", "frozen"]))
    assert grid.frozen_runs(preview) == grid.frozen_runs(whole) and len(grid.frozen_runs(preview)) == 6
    assert grid.baseline_runs(preview) == grid.baseline_runs(whole) and grid.trained_runs(preview) == []
