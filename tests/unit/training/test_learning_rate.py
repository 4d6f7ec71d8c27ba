"""Choosing learning rates: the trials that a configuration requests, the choice, and its errors."""

import pytest

import choose_rate as program
import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.core.records import write_record
from beyondtext.study.configuration import check_config
from beyondtext.study.grid import CHOSEN, FIXED, all_runs, trained_runs, trial_runs, trials
from beyondtext.study.job_settings import run_settings
from beyondtext.study.selection import selected
from beyondtext.training.learning_rate import CHOICE_IDENTITY, choose, read_choice

RATES = [3e-5, 1e-4, 3e-4]


@pytest.fixture
def config():
    """The task gb1 chooses among three learning rates; splice has one."""
    changed = study.config()
    changed["training_per_task"]["gb1"]["learning_rate"] = RATES
    return changed


def trial(rate, validation):
    return {"learning_rate": rate, "validation": validation}


def test_the_rate_with_the_best_mean_is_chosen_and_the_smallest_of_equals():
    assert choose([trial(1e-4, 0.9), trial(1e-4, 0.1), trial(3e-4, 0.6), trial(3e-4, 0.6)]) == 3e-4
    assert choose([trial(3e-4, 0.5), trial(1e-4, 0.25), trial(1e-4, 0.75)]) == 1e-4


def test_a_list_makes_trials_of_every_rate_with_seeds_that_the_report_does_not_use(config):
    runs = trained_runs(config)
    assert {run.rate for run in runs if run.task == "splice"} == {FIXED}
    assert {run.rate for run in runs if run.task == "gb1"} == {CHOSEN}
    trial_list = trial_runs(config)
    assert len(trial_list) == 2 * len(RATES) * 2  # inits, rates, selection seeds
    assert {run.task for run in trial_list} == {"gb1"}
    assert {run.seed for run in trial_list} == {1000, 1001} and not {1000, 1001} & set(config["seeds"])
    assert {run_settings(config, run)["training"]["learning_rate"] for run in trial_list} == set(RATES)


def test_the_settings_of_a_run_have_the_list_to_choose_from_or_the_fixed_rate(config):
    rates = {run.task: run_settings(config, run)["training"]["learning_rate"] for run in trained_runs(config)}
    assert rates == {"splice": 1e-4, "gb1": RATES}


def test_the_same_arm_may_have_a_fixed_and_a_chosen_rate(config):
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
        (lambda c: c.update(selection_seeds=[100]), "selection_seeds: 100 is also among the seeds"),
        (lambda c: c["training"].update(learning_rate=[1e-4]), r"learning_rate: \[0.0001\] is too short"),
        (lambda c: c["training"].update(learning_rate=[1e-4, 0]), r"learning_rate\.1: 0 is less than or equal"),
        (lambda c: c["training"].update(learning_rate=0), r"learning_rate: 0 is less than or equal"),
        (
            lambda c: c["arms"][1].update(inits=["scratch"], learning_rate=1e-3),
            "the learning rate 0.001 here and 0.0001",
        ),
    ],
)
def test_an_invalid_configuration_is_refused(config, change, message):
    change(config)
    with pytest.raises(InputError, match=message):
        check_config(config)


def test_each_arm_chooses_its_own_rate(config, tmp_path):
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
    with pytest.raises(SystemExit, match="give runs of one arm"):
        program.main([*map(str, mixed), "--output", str(tmp_path / "choice.json")])
    assert not (tmp_path / "choice.json").exists()


def test_a_choice_from_another_list_is_refused(tmp_path):
    write_record(tmp_path / "choice.json", {**dict.fromkeys(CHOICE_IDENTITY), "chosen": 0.5, "trials": []})
    with pytest.raises(InputError, match=r"choice\.json contains the learning rate 0\.5, which is not one of"):
        read_choice(tmp_path / "choice.json", RATES)


@pytest.mark.parametrize("kind", ["fixed", "frozen", "none"])
def test_a_run_with_a_test_score_is_not_a_trial(kind, config, tmp_path):
    """Also if it has no curve, as one of a baseline or on frozen features."""
    config["experiments"] = ["main", "frozen"]
    config = selected(config)
    study.write_study(tmp_path, config)
    run = next(run for run in all_runs(config) if run.rate == kind)
    with pytest.raises(
        SystemExit,
        match="has a test score, but a learning rate may only be chosen from runs that were made with --no-test",
    ):
        program.main([str(tmp_path / run.directory), "--output", str(tmp_path / "choice.json")])
    assert not (tmp_path / "choice.json").exists()


def test_files_that_are_not_choices_are_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder, not a file; give the path of a file"):
        read_choice(tmp_path, RATES)
    with pytest.raises(InputError, match=r"gone\.json is missing; if it is one of the workflow's files"):
        read_choice(tmp_path / "gone.json", RATES)


def test_the_program_prints_what_it_chose(config, tmp_path, capsys):
    config["tasks"], config["arms"] = ["gb1"], config["arms"][:1]
    study.write_choices(tmp_path, config)
    run = next(run for run in trained_runs(config) if run.init == "scratch")
    directories = [str(tmp_path / trial.directory) for trial in trials(config, run)]
    program.main([*directories, "--output", str(tmp_path / "choice.json")])
    assert capsys.readouterr().out == "gb1/minilm-l6/scratch/permutation/1: chose learning rate 0.0003 from 6 trials\n"
    assert (tmp_path / "choice.json").read_bytes() == (tmp_path / run.choice).read_bytes()
