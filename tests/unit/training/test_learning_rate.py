"""Choosing learning rates: which trials a configuration asks for, what is taken, what is refused."""

import json

import pytest

import choose_rate as program
import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.study.configuration import check_config
from beyondtext.study.grid import CHOSEN, FIXED, trained_runs, trial_runs, trials
from beyondtext.study.job_settings import run_settings
from beyondtext.training.learning_rate import choose, read_choice

RATES = [3e-5, 1e-4, 3e-4]


@pytest.fixture
def config():
    """Gb1 chooses among three rates, splice does not."""
    changed = study.config()
    changed["training_per_task"]["gb1"]["learning_rate"] = RATES
    return changed


def trial(rate, validation):
    return {"learning_rate": rate, "validation": validation}


def test_the_best_mean_is_taken_and_the_smallest_rate_of_equals():
    assert choose([trial(1e-4, 0.9), trial(1e-4, 0.1), trial(3e-4, 0.6), trial(3e-4, 0.6)]) == 3e-4
    assert choose([trial(3e-4, 0.5), trial(1e-4, 0.25), trial(1e-4, 0.75)]) == 1e-4


def test_a_list_makes_trials_of_every_rate_on_seeds_that_no_report_uses(config):
    runs = trained_runs(config)
    assert {run.rate for run in runs if run.task == "splice"} == {FIXED}
    assert {run.rate for run in runs if run.task == "gb1"} == {CHOSEN}
    found = trial_runs(config)
    assert len(found) == 2 * len(RATES) * 2  # inits, rates, selection seeds
    assert {run.task for run in found} == {"gb1"}
    assert {run.seed for run in found} == {1000, 1001} and not {1000, 1001} & set(config["seeds"])
    assert {run_settings(config, run)["training"]["learning_rate"] for run in found} == set(RATES)


def test_a_chosen_run_has_the_list_among_its_settings_and_a_fixed_one_its_number(config):
    rates = {run.task: run_settings(config, run)["training"]["learning_rate"] for run in trained_runs(config)}
    assert rates == {"splice": 1e-4, "gb1": RATES}


def test_an_arm_may_have_both_rules_side_by_side(config):
    config["arms"] = [
        {"models": ["minilm-l6"], "inits": ["scratch"], "tasks": ["splice"]},
        {"models": ["minilm-l6"], "inits": ["scratch"], "tasks": ["splice"], "learning_rate": [1e-3, 1e-2]},
    ]
    runs = trained_runs(config)
    assert [run.rate for run in runs] == [FIXED] * 3 + [CHOSEN] * 3
    assert len({run.directory for run in runs}) == 6
    assert run_settings(config, runs[0])["training"]["learning_rate"] == 1e-4
    assert run_settings(config, runs[3])["training"]["learning_rate"] == [1e-3, 1e-2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(selection_seeds=[100]), "selection_seeds: 100 is among the seeds too"),
        (lambda c: c["training"].update(learning_rate=[1e-4]), r"learning_rate: \[0.0001\] is too short"),
        (lambda c: c["training"].update(learning_rate=[1e-4, 0]), r"learning_rate\.1: 0 is less than or equal"),
        (lambda c: c["training"].update(learning_rate=0), r"learning_rate: 0 is less than or equal"),
        (
            lambda c: c["arms"][1].update(inits=["scratch"], learning_rate=1e-3),
            "the learning rate 0.001 here and 0.0001",
        ),
    ],
)
def test_a_slip_is_named(config, change, message):
    change(config)
    with pytest.raises(InputError, match=message):
        check_config(config)


def test_each_arm_takes_its_own_best(config, tmp_path):
    config["tasks"], config["arms"] = ["gb1"], config["arms"][:1]
    study.write_choices(tmp_path, config)
    for run in trained_runs(config):
        chosen = read_choice(tmp_path / run.choice, RATES)
        assert chosen == (3e-4 if run.init == "scratch" else 3e-5)


def test_runs_of_two_arms_are_refused(config, tmp_path):
    config["tasks"], config["arms"] = ["gb1"], config["arms"][:1]
    study.write_choices(tmp_path, config)
    first, *_, last = trained_runs(config)
    mixed = [tmp_path / trials(config, run)[0].directory for run in (first, last)]
    with pytest.raises(SystemExit, match="give one arm"):
        program.main([*map(str, mixed), "--output", str(tmp_path / "choice.json")])
    assert not (tmp_path / "choice.json").exists()


def test_a_choice_from_another_list_is_refused(tmp_path):
    (tmp_path / "choice.json").write_text(json.dumps({"chosen": 0.5}))
    with pytest.raises(InputError, match=r"has chosen 0\.5, which is not among"):
        read_choice(tmp_path / "choice.json", RATES)


def test_a_run_that_has_scored_the_test_split_is_no_trial(config, tmp_path):
    study.write_study(tmp_path, config)
    with pytest.raises(SystemExit, match="has scored the test split; a rate is chosen among runs made with --no-test"):
        program.main([str(tmp_path / trained_runs(config)[0].directory), "--output", str(tmp_path / "choice.json")])
    assert not (tmp_path / "choice.json").exists()


def test_what_is_no_choice_is_named(tmp_path):
    with pytest.raises(InputError, match="is a folder; give a JSON file"):
        read_choice(tmp_path, RATES)
    with pytest.raises(InputError, match=r"gone\.json is missing; if it is one of the workflow's files"):
        read_choice(tmp_path / "gone.json", RATES)
