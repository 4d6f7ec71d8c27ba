"""How errors that a user can fix are reported."""

import errno

import pytest

from beyondtext.core.errors import InputError, command_line, located, suggestion


def program(error):
    @command_line
    def main(arguments=None):
        raise error

    return main


def test_an_input_error_is_a_value_error():
    with pytest.raises(ValueError, match="wrong"):
        raise InputError("wrong")


def test_an_input_error_ends_a_program_with_one_line():
    with pytest.raises(SystemExit) as caught:
        program(InputError("a.csv: line 3 is empty; delete it"))([])
    assert caught.value.code == "error: a.csv: line 3 is empty; delete it"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_ends_a_program_with_one_line(number):
    with pytest.raises(SystemExit) as caught:
        program(OSError(number, "full", "data/raw/x"))([])
    assert caught.value.code.startswith("error: no space left on the disk while writing data/raw/x; free some space")
    with pytest.raises(SystemExit, match="no space left on the disk; free"):
        program(OSError(number, "full"))([])


@pytest.mark.parametrize("error", [ValueError("a fault"), OSError(errno.EACCES, "denied"), KeyError("a")])
def test_every_other_exception_keeps_its_traceback(error):
    with pytest.raises(type(error)):
        program(error)([])


def test_a_place_is_put_only_in_front_of_an_input_error():
    with pytest.raises(InputError, match=r"^a\.csv: line 3 is empty$"), located("a.csv"):
        raise InputError("line 3 is empty")
    with pytest.raises(ValueError, match=r"^a fault$"), located("a.csv"):
        raise ValueError("a fault")


def test_the_closest_name_is_suggested_if_one_is_close():
    assert suggestion("splise", ["amp", "splice"]) == " (did you mean 'splice'?)"
    assert suggestion("music", ["amp", "splice"]) == suggestion("music", []) == ""
