"""The line on what a study requests."""

from beyondtext.study.overview import overview
from beyondtext.study.selection import selected


def line(config, *experiments):
    return overview(selected({**config, "experiments": list(experiments)}), config)


def test_every_experiment_has_its_number_and_the_others_are_named(default):
    runs = len(default["tasks"]) * len(default["seeds"]) * 2  # pretrained and scratch
    assert line(default, "main") == f"experiments: main (runs: {runs})"
    of_other = {**default["arms"][0], "experiment": "other", "inits": ["shuffled"], "tasks": default["tasks"][:1]}
    config = {**default, "arms": [*default["arms"], of_other]}
    assert line(config, "main") == f"experiments: main (runs: {runs}); not requested: other"
    assert line(config, "other") == f"experiments: other (runs: {len(default['seeds'])}); not requested: main"


def test_what_trains_nothing_is_counted_in_its_own_unit(default):
    assert line(default, "similarity").startswith("experiments: similarity (tasks: 1)")
    several = {**default["trainability"], "tasks": ["splice", "amp"], "inits": ["pretrained", "scratch"]}
    measured = 2 * 2 * len(default["seeds"])
    said = line({**default, "trainability": several}, "main", "trainability")
    assert said.endswith(f", trainability (measurements: {measured})")
