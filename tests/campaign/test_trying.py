"""The judge of the campaign: each way to go wrong is seen as what it is."""

import os
import signal
import time

import pytest

import trying
from beyondtext.core.errors import InputError
from trying import Input, try_all


def refuse(message="data.csv: line 3 has 2 cells, not 3; correct it"):
    raise InputError(message)


def leave_a_file(folder):
    (folder / "half.csv").write_text("a")
    refuse()


def write(path):
    path.write_text("x")
    return 1


def exit_with(code):
    raise SystemExit(code)


def outcome(folder, run, expected=trying.REFUSED, **options):
    (found,) = try_all([Input("demo", "one", lambda folder: None, run, expected, **options)], folder, seconds=1.5)
    return found.word


@pytest.mark.parametrize(
    ("run", "expected", "word"),
    [
        (lambda folder: 1, 1, trying.RIGHT),
        (lambda folder: 2, 1, trying.WRONG),
        (lambda folder: 2, trying.REFUSED, trying.WRONG),
        (lambda folder: refuse(), trying.REFUSED, trying.REFUSED),
        (lambda folder: exit_with("error: there is no such task"), trying.REFUSED, trying.REFUSED),
        (lambda folder: exit_with(0), trying.REFUSED, trying.WRONG),
        (lambda folder: refuse(), 1, trying.REFUSED_WRONGLY),
        (lambda folder: exit_with("Traceback: line 1"), trying.REFUSED, trying.MUMBLED),
        (lambda folder: exit_with("error: two\nlines"), trying.REFUSED, trying.MUMBLED),
        (lambda folder: [][0], trying.REFUSED, trying.TRACEBACK),
        (lambda folder: time.sleep(60), trying.REFUSED, trying.HUNG),
        (lambda folder: os.kill(os.getpid(), signal.SIGSEGV), trying.REFUSED, trying.CRASHED),
        (leave_a_file, trying.REFUSED, trying.LEFT),
        (lambda folder: write(folder.parent / "tmp" / "rest"), 1, trying.LEFT),
        (lambda folder: write(folder.parent / "other"), 1, trying.ESCAPED),
    ],
)
def test_the_word_for_what_happens(tmp_path, run, expected, word):
    assert outcome(tmp_path, run, expected) == word


def test_what_may_be_kept_or_refused(tmp_path):
    assert outcome(tmp_path, leave_a_file, keeps=("*.csv",)) == trying.REFUSED
    assert outcome(tmp_path, lambda folder: refuse(), 1, or_refused=True) == trying.REFUSED


def test_an_expected_value_may_be_checked_by_a_function(tmp_path):
    def is_even(value):
        assert value % 2 == 0, "odd"

    assert outcome(tmp_path, lambda folder: 4, is_even) == trying.RIGHT
    assert outcome(tmp_path, lambda folder: 3, is_even) == trying.WRONG


def test_a_fault_of_a_trial_is_not_one_of_the_code(tmp_path):
    (found,) = try_all([Input("demo", "one", lambda folder: [][0], lambda folder: 1, 1)], tmp_path)
    assert found.word == trying.BROKEN
