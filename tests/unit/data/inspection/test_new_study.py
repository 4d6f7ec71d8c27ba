"""The program."""

import io
import sys

import pytest

import new_study
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


def test_it_prints_what_it_found_and_how_to_go_on(project, data, capsys):
    new_study.main([str(data), "--target", "kind"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(data)
    assert "  2 classes: `kind` has two values (a: 40, b: 20); `--target NAME` otherwise" in lines
    assert lines[-5:] == [
        "the source is in config/sources/mine.yaml",
        "the task is in config/tasks/mine.yaml",
        "the study is in config/mine.yaml",
        "change what is wrong there, then run the study: make report CONFIG=config/mine.yaml",
        f"its page will be {project}/results/mine/report.html",
    ]
    assert load_config(project / "config" / "mine.yaml")["arms"][0]["models"] == ["minilm-l6"]


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


@pytest.mark.parametrize("answers", ["2\n", "site\n", "3\nnothing\n2\n"])
def test_at_a_terminal_it_asks(project, data, answers, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(answers))
    new_study.main([str(data)])
    out = capsys.readouterr().out
    assert "Which field is the target?\n  1  kind: b, a\n  2  site: y, x\n" in out
    assert "2 classes: `site` has two values" in out


def test_no_answer_is_the_error(project, data, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    with pytest.raises(SystemExit, match="2 fields could be the target"):
        new_study.main([str(data)])


@pytest.mark.parametrize(("text", "sign"), [("tab", "\t"), (r"\t", "\t"), (";", ";")])
def test_delimiters(text, sign):
    assert new_study.parse(["a.csv", "--delimiter", text]).delimiter == sign


def test_a_delimiter_is_one_character(capsys):
    with pytest.raises(SystemExit):
        new_study.parse(["a.csv", "--delimiter", "ab"])
    assert "'ab' is not one character, or tab" in capsys.readouterr().err
