"""The runs that a configuration requests."""

import copy

import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.study import grid
from beyondtext.study.configuration import check_config, load_config
from beyondtext.study.selection import selected


def test_the_grid_has_every_combination_once(default):
    default["arms"].append(copy.deepcopy(default["arms"][0]))
    runs = grid.trained_runs(default)
    assert len(runs) == len(set(runs))
    paired = {(run.task, run.seed) for run in runs if run.init == "pretrained"}
    assert paired == {(task, seed) for task in default["tasks"] for seed in default["seeds"]}
    assert len({run.directory for run in grid.all_runs(default)}) == len(grid.all_runs(default))


def test_an_arm_may_have_fractions_of_its_own(default):
    default["arms"].append(
        {"models": ["minilm-l6"], "inits": ["pretrained"], "tasks": ["splice"], "fractions": [0.5, 0.1]}
    )
    runs = [run for run in grid.trained_runs(default) if run.fraction != 1]
    assert {(run.task, run.init, run.fraction) for run in runs} == {("splice", "pretrained", f) for f in (0.5, 0.1)}
    baselines = {(run.task, run.fraction) for run in grid.baseline_runs(default)}
    assert baselines == {(task, 1) for task in default["tasks"]} | {("splice", 0.5), ("splice", 0.1)}


def test_an_arm_may_have_seeds_of_its_own(default):
    default["arms"].append({"models": ["minilm-l6"], "inits": ["shuffled"], "tasks": ["amp"], "seeds": [105, 300]})
    runs = [run for run in grid.trained_runs(check_config(default)) if run.init == "shuffled"]
    assert [(run.task, run.seed) for run in runs] == [("amp", 105), ("amp", 300)]


def test_no_arm_reports_a_seed_that_learning_rates_are_chosen_on(default):
    default["arms"].append({"models": ["minilm-l6"], "inits": ["shuffled"], "seeds": [1001]})
    with pytest.raises(InputError, match="selection_seeds: 1001 is also among the seeds"):
        check_config(default)


def test_frozen_features_have_the_first_seeds_and_the_largest_fraction(default):
    default["seeds"], default["frozen"]["max_seeds"] = [107, 103, 104], 2
    default["fractions"] = [0.1, 0.5]
    default = selected(default)
    runs = grid.frozen_runs(default)
    assert {(run.model, run.mapping, run.rate) for run in runs} == {("minilm-l6", "permutation", "frozen")}
    assert {(run.init, run.fraction, run.seed) for run in runs} == {
        (init, 0.5, seed) for init in ("pretrained", "scratch") for seed in (107, 103)
    }
    assert len(runs) == len(set(runs)) == 2 * 2 * len(default["tasks"])
    assert set(runs) <= set(grid.all_runs(default)) and not set(runs) & set(grid.trained_runs(default))
    # They differ from fine-tuning runs in nothing but how they are fitted.
    tuned = {(run.task, run.init, run.fraction, run.seed) for run in grid.trained_runs(default)}
    assert {(run.task, run.init, run.fraction, run.seed) for run in runs} <= tuned


def test_only_the_main_experiment_has_frozen_features_each_once(default):
    default["arms"] += [
        {"experiment": "shift", "models": ["minilm-l6"], "inits": ["pretrained"], "mappings": ["shift-9"]},
        {"models": ["minilm-l6"], "inits": ["pretrained"], "learning_rate": [1e-4, 3e-4]},
    ]
    runs = grid.frozen_runs(selected(default))
    assert {run.mapping for run in runs} == {"permutation"}
    assert len(runs) == len(set(runs)) == 2 * 3 * len(default["tasks"])
    assert grid.frozen_runs(selected({**default, "experiments": ["shift"]})) == []


def test_frozen_features_have_the_first_seeds_though_the_arms_split_them(default):
    [arm] = default["arms"]
    default["frozen"]["max_seeds"] = 3
    default["arms"] = [
        {**arm, "seeds": [103, 104], "fractions": [0.1]},
        {**arm, "seeds": [105, 106]},
        {**arm, "seeds": [103, 104]},
    ]
    runs = grid.frozen_runs(selected(default))
    assert {(run.fraction, run.seed) for run in runs} == {(1, 103), (1, 104), (1, 105)}
    assert len(runs) == len(set(runs)) == 2 * 3 * len(default["tasks"])
    # Seeds that have a smaller fraction alone are not among them.
    default["arms"] = default["arms"][:2]
    assert {(run.fraction, run.seed) for run in grid.frozen_runs(selected(default))} == {(1, 105), (1, 106)}


def test_frozen_features_need_no_fine_tuning(default):
    whole, alone = selected(default), selected({**default, "experiments": ["frozen"]})
    assert grid.frozen_runs(alone) == grid.frozen_runs(whole) and not grid.trained_runs(alone)
    assert alone["tasks"] == default["tasks"]
    assert grid.baseline_runs(alone) == grid.baseline_runs(whole) != []


def test_models_of_a_tasks_own_domain_have_frozen_features_by_the_symbols_names(default):
    default["frozen"]["domain_models"] = ["esm2-8m"]
    own = [run for run in grid.frozen_runs(selected(check_config(default))) if run.model == "esm2-8m"]
    assert {(run.task, run.mapping) for run in own} == {("amp", "identity"), ("gb1", "identity")}
    assert {(run.init, run.seed) for run in own} == {
        (init, seed) for init in ("pretrained", "scratch") for seed in (103, 104, 105)
    }


def test_the_study_of_the_paper_is_valid_and_has_all_its_runs():
    paper = load_config(paths.CONFIG / "paper.yaml")
    runs = grid.trained_runs(selected(paper))
    assert {run.task for run in runs} == set(paper["tasks"])
    assert len(runs) > 3000
    assert {arm.get("experiment", "main") for arm in paper["arms"]} <= set(paper["experiments"])


@pytest.mark.parametrize("factor", [{"mappings": ["identity"]}, {"inits": ["scratch"]}])
def test_arms_that_differ_in_the_mapping_or_the_init_alone_have_learning_rates_of_their_own(default, factor):
    arm = {"models": ["minilm-l6"], "inits": ["pretrained"], "tasks": ["splice"], "seeds": [100], "learning_rate": 1e-3}
    default["arms"] = [arm, {**arm, **factor, "learning_rate": 1e-4}]
    first, second = grid.trained_runs(default)
    assert [grid.learning_rate_of(default, run) for run in (first, second)] == [1e-3, 1e-4]
    assert [grid.arm_of(default, run) for run in (first, second)] == default["arms"]
