"""The example of docs/own-data.md is what the program prints and writes."""

import re

import pytest

import new_study
from beyondtext.core import paths
from own_data import enzymes, write

PAGE = paths.ROOT / "docs" / "own-data.md"
HOME = "/home/me"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


@pytest.fixture
def printed(project, machine, tmp_path, capsys):
    """What the program prints about the example, with the folders of the page."""
    new_study.main([str(write(tmp_path / "enzymes.fasta", enzymes()))])
    return capsys.readouterr().out.replace(str(project), f"{HOME}/beyondtext").replace(str(tmp_path), HOME)


def test_the_output(page, printed):
    assert printed in blocks(page, "")


def test_what_is_said_if_the_time_is_too_short(page, project, machine, tmp_path, capsys):
    new_study.main([str(write(tmp_path / "enzymes.fasta", enzymes())), "--minutes", "3"])
    (line,) = [line for line in capsys.readouterr().out.splitlines(keepends=True) if "no answer" in line]
    assert f"\n```\n{line}```\n" in page


def test_the_files(page, printed, project, tmp_path):
    shown = [block.split("\n", 1)[1] for block in blocks(page, "yaml")[:3]]
    for text, name in zip(shown, ("sources/enzymes", "tasks/enzymes", "enzymes"), strict=True):
        assert text == (project / "config" / f"{name}.yaml").read_text(encoding="utf-8").replace(str(tmp_path), HOME)
