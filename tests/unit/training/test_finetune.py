"""The fine-tuning program: its arguments and what it prints."""

import json

import pytest

import finetune as program
from beyondtext.core.records import write_record
from tiny import tiny_examples, tiny_settings, tiny_source


def test_the_program_prints_the_score_and_reports_an_error_in_one_line(tmp_path, capsys):
    raw, definition = tiny_source(tmp_path)
    arguments = ["--settings", json.dumps(tiny_settings(definition)), "--raw", str(raw)]
    arguments += ["--output", str(tmp_path / "run"), "--examples", str(tmp_path / "demo.parquet")]
    arguments += ["--state", str(tmp_path / "state")]
    with pytest.raises(SystemExit, match=r"^error: .*demo\.parquet is missing"):
        program.main(arguments)
    tiny_examples(tmp_path)
    program.main(arguments)
    printed = capsys.readouterr()
    assert "demo tiny pretrained seed 7: test accuracy" in printed.out
    assert "step 3/6" in printed.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--choice", "c.json", "--learning-rate", "1e-4"], "give --choice or --learning-rate, not both"),
        (
            ["--choice", "c.json"],
            "the configuration has one learning rate for splice, so there is nothing to choose; omit --choice",
        ),
    ],
)
def test_a_choice_without_several_learning_rates_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit):
        program.main(["--task", "splice", "--model", "minilm-l6", *arguments])
    assert message in capsys.readouterr().err


def test_a_run_by_hand_with_a_choice_goes_into_the_folder_for_chosen_rates(tmp_path, monkeypatch):
    """Also if the list of learning rates belongs to an arm."""
    calls = []
    monkeypatch.setattr(program, "finetune", lambda job, *_: calls.append(job) or 1 / 0)
    arm = {"task": "splice", "model": "minilm-l6", "init": "pretrained", "mapping": "permutation", "fraction": 1}
    write_record(tmp_path / "c.json", {**arm, "chosen": 0.0003, "trials": []})
    arms = "[{models: [minilm-l6], inits: [pretrained], learning_rate: [1.0e-4, 3.0e-4]}]"
    (tmp_path / "study.yaml").write_text(f"name: mine\nexperiments: [main]\narms: {arms}\n")
    arguments = ["--choice", tmp_path / "c.json", "--config", tmp_path / "study.yaml", "--seed", 7]
    with pytest.raises(ZeroDivisionError):
        program.main(["--task", "splice", "--model", "minilm-l6", *map(str, arguments)])
    (job,) = calls
    assert job.settings["training"]["learning_rate"] == 0.0003
    assert job.output.as_posix().endswith("/rate-chosen/seed7")


@pytest.mark.parametrize(
    ("arm", "everywhere", "arguments", "message"),
    [
        ("[1.0e-4, 5.0e-4]", "2.0e-4", [], "has several learning rates for splice; give one with --learning-rate"),
        ("2.0e-4", "[1.0e-4, 5.0e-4]", ["--choice", "c.json"], "has one learning rate for splice, so there is nothing"),
    ],
)
def test_a_run_by_hand_has_the_learning_rates_of_its_arm(arm, everywhere, arguments, message, tmp_path, capsys):
    arms = f"[{{models: [minilm-l6], inits: [pretrained], learning_rate: {arm}}}]"
    study = f"name: mine\nexperiments: [main]\narms: {arms}\ntraining: {{learning_rate: {everywhere}}}\n"
    (tmp_path / "study.yaml").write_text(study)
    config = ["--config", str(tmp_path / "study.yaml")]
    with pytest.raises(SystemExit):
        program.main(["--task", "splice", "--model", "minilm-l6", *config, *arguments])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--seed", "-5", "'-5' is not a whole number, 0 or more"),
        ("--seed", "1.5", "'1.5' is not a whole number, 0 or more"),
        ("--checkpoint-seconds", "-4", "'-4' is not a number of seconds, 0 or more"),
        ("--checkpoint-seconds", "nan", "'nan' is not a number of seconds, 0 or more"),
    ],
)
def test_an_invalid_number_is_refused(option, value, message, capsys):
    with pytest.raises(SystemExit):
        program.main(["--task", "splice", "--model", "minilm-l6", f"{option}={value}"])
    assert message in capsys.readouterr().err
