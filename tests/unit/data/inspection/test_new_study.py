"""The program."""

import io
import shlex
import subprocess
import sys

import pytest

import new_study
from beyondtext.core import paths
from beyondtext.data.inspection.findings import option
from beyondtext.study import definitions
from beyondtext.study.configuration import load_config
from own_data import letters, table, write

NUMBER = 60


@pytest.fixture
def data(project, tmp_path):
    """A table with two columns that could be the target."""
    kinds = ["a" if row % 3 else "b" for row in range(NUMBER)]
    sites = ["x" if row % 4 else "y" for row in range(NUMBER)]
    return write(tmp_path / "mine.csv", table(letters(NUMBER), kinds, sites, header=["sequence", "kind", "site"]))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_it_prints_what_it_found_and_how_to_go_on(project, machine, data, capsys):
    new_study.main([str(data), "--target", "kind", "--minutes", "60"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(data)
    assert "  2 classes: `kind` has two values (a: 40, b: 20) (change with `--target NAME`)" in lines
    assert lines[-9:] == [
        "  a training step takes 2.5 s: measured with minilm-l6 on batches of 16 sequences as long as these, on one "
        "core of this machine",
        "  400 training steps for each of 5 seeds: 133.3 passes over the training split; more than 5 passes or 400 "
        "steps are not needed (change with `--minutes NUMBER`)",
        "the source is in config/sources/mine.yaml",
        "the task is in config/tasks/mine.yaml",
        "the study is in config/mine.yaml",
        "correct any mistakes in them, then run (times are for 4 cores):",
        "  make preview CONFIG=config/mine.yaml  # stage one, without fine-tuning: less than a minute",
        "  make report CONFIG=config/mine.yaml  # the whole study: about 43 minutes",
        f"both write the report to {project}/results/mine/report.html",
    ]
    study = load_config(project / "config" / "mine.yaml")
    assert study["arms"] == [{"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}]
    assert study["frozen"] == {"inits": ["pretrained", "scratch"], "max_seeds": 3, "domain_models": ["esm2-8m"]}
    assert (len(study["seeds"]), study["training"]["steps"], study["training"]["evaluations"]) == (5, 400, 5)
    assert study["report"]["margin"] == load_config(paths.CONFIG / "config.yaml")["report"]["margin"]


def test_a_time_that_is_too_short_is_said_to_give_no_answer(project, machine, data, capsys):
    new_study.main([str(data), "--target", "kind", "--minutes", "0.5"])
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if "no answer" in line]
    assert line.startswith("  fine-tuning will give no answer: in 0.5 minutes, training sees 33% of the training split")
    assert line.endswith("; --minutes 5 lets it see all of it once")
    assert any("everything else already takes 0.5 minutes or more" in line for line in lines)
    study = load_config(project / "config" / "mine.yaml")
    assert (study["training"]["steps"], study["training"]["evaluations"], len(study["seeds"])) == (1, 1, 3)


def test_training_sequences_may_be_left_out_to_save_time(project, machine, data, capsys):
    arguments = [str(data), "--target", "kind", "--minutes", "60"]
    new_study.main(arguments)
    new_study.main([*arguments, "--max-train", "30", "--overwrite"])
    assert "  not all sequences are used: 30 of 42 train: --max-train\n" in capsys.readouterr().out
    assert definitions.task("mine")["caps"] == {"train": 30}


def test_a_time_that_is_short_names_the_time_for_400_steps(project, machine, data, capsys):
    new_study.main([str(data), "--target", "kind", "--minutes", "10"])
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if "fine-tuning is short" in line]
    assert line.endswith("; --minutes 50 is enough for 400")


def test_the_margin_is_written_only_if_it_is_given(project, machine, data):
    new_study.main([str(data), "--target", "kind", "--margin", "0.02"])
    assert "report: {margin: 0.02}\n" in (project / "config" / "mine.yaml").read_text()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--margin", "2", "'2' is not a margin for scores; give a number from 0 to below 1"),
        ("--margin", "1", "'1' is not a margin for scores"),
        ("--max-train", "1", "1 is too few; give at least 10"),
        ("--max-train", "9", "9 are too few; give at least 10"),
        ("--max-train", "0", "'0' is not a whole number"),
    ],
)
def test_bounds_that_no_study_can_have_are_refused(project, data, option, value, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        new_study.main([str(data), "--target", "kind", option, value])
    assert stopped.value.code == 2 and f"argument {option}: {message}" in capsys.readouterr().err
    assert not (project / "config" / "mine.yaml").exists()


def test_ten_sequences_are_enough_to_train_on(project, machine, data):
    new_study.main([str(data), "--target", "kind", "--max-train", "10"])
    assert definitions.task("mine")["caps"] == {"train": 10}


def test_a_step_is_timed_for_real(project, data):
    new_study.main([str(data), "--target", "kind", "--minutes", "2"])
    study = load_config(project / "config" / "mine.yaml")
    assert 1 <= study["training"]["steps"] <= 400


def test_a_dry_run_writes_nothing(project, data):
    new_study.main([str(data), "--target", "kind", "--dry-run"])
    assert not (project / "config" / "mine.yaml").exists()


def test_without_a_terminal_it_stops_and_names_the_options(project, data, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(SystemExit) as stopped:
        new_study.main([str(data)])
    message = "error: 2 fields could be the target: `kind` (b, a) or `site` (y, x); choose with `--target kind`"
    assert str(stopped.value).startswith(message)
    assert "the sequence is `sequence`" in capsys.readouterr().out
    assert not (project / "config" / "mine.yaml").exists()


@pytest.mark.parametrize("answers", ["2\n", "site\n", "3\nnothing\n2\n", "²\n0\n-1\n٢.\n2\n", f"{'9' * 5000}\n2\n"])
def test_at_a_terminal_it_asks(project, machine, data, answers, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(answers))
    new_study.main([str(data)])
    out = capsys.readouterr().out
    assert "Which field is the target?\n  1  kind: b, a\n  2  site: y, x\n" in out
    assert "2 classes: `site` has two values" in out


def test_no_answer_is_the_error(project, data, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    with pytest.raises(SystemExit, match="2 fields could be the target"):
        new_study.main([str(data)])


def test_torch_is_not_imported_before_the_inspection_is_printed(data):
    program = "import sys, new_study; new_study.main(sys.argv[1:]); assert 'torch' not in sys.modules"
    command = [sys.executable, "-c", program, data, "--target", "kind", "--dry-run", "--name", "not-a-study"]
    done = subprocess.run(command, cwd=paths.SCRIPTS, capture_output=True, text=True)
    assert done.returncode == 0 and "60 records make" in done.stdout, done.stderr


@pytest.mark.parametrize(("text", "sign"), [("tab", "\t"), (r"\t", "\t"), (";", ";")])
def test_delimiters(text, sign):
    assert new_study.parse(["a.csv", "--delimiter", text]).delimiter == sign


def test_an_address_and_an_empty_name_are_no_paths(capsys):
    for text, said in (("https://example.org/x.fasta", "is an address; download it first"), ("", "it is empty; give")):
        with pytest.raises(SystemExit):
            new_study.main([text])
        assert said in capsys.readouterr().err


def test_a_delimiter_is_one_character(capsys):
    with pytest.raises(SystemExit):
        new_study.parse(["a.csv", "--delimiter", "ab"])
    assert "'ab' is not one character, or tab" in capsys.readouterr().err


def test_signs_of_a_terminal_are_printed_as_escapes(project, tmp_path, capsys):
    kinds = ["a" if row % 3 else "b" for row in range(NUMBER)]
    cells = table(letters(NUMBER), kinds, kinds[::-1], header=["sequence", "\x1b[31mkind", "y"])
    new_study.main([str(write(tmp_path / "mine\n.csv", cells)), "--target", "y", "--dry-run"])
    out = capsys.readouterr().out
    assert r"\x1b[31mkind" in out and "\x1b" not in out
    assert out.startswith(f"{tmp_path}/mine\\n.csv\n")


@pytest.mark.parametrize("name", ["-logKd", "--x", "-", "two words", "it's", "a=b", "$x", "kind"])
@pytest.mark.parametrize("wish", ["target", "sequence", "second", "group", "split"])
def test_the_options_that_messages_name_are_read_as_they_are_meant(name, wish):
    given = new_study.parse(["a.csv", *shlex.split(option(wish, name))])
    assert getattr(given, wish) == name
