"""How errors that a user can fix are reported."""

import errno
import re
import subprocess
import sys

import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError, command_line, located, suggestion
from beyondtext.core.printing import visible


def program(error):
    @command_line
    def main(arguments=None):
        raise error

    return main


def test_an_input_error_is_a_value_error():
    with pytest.raises(ValueError, match="wrong"):
        raise InputError("wrong")


def test_what_a_message_quotes_from_data_is_escaped_and_without_passwords():
    with pytest.raises(SystemExit) as caught:
        program(InputError("a\x1b[2J\u202e.csv of https://me:hunter2@a.org/x is empty\nsecond line"))([])
    assert caught.value.code == "error: a\\x1b[2J\\u202e.csv of https://***@a.org/x is empty\\nsecond line"


def test_a_message_that_a_long_name_would_fill_loses_its_middle():
    message = str(InputError(f"tasks: {'a' * 100_000} is unknown"))
    assert len(message) < 1500 and message.startswith("tasks: aaa") and message.endswith("aaa is unknown")


def test_an_input_error_ends_a_program_with_one_line():
    with pytest.raises(SystemExit) as caught:
        program(InputError("a.csv: line 3 is empty; delete it"))([])
    assert caught.value.code == "error: a.csv: line 3 is empty; delete it"


@pytest.mark.parametrize(
    ("arguments", "job_of", "added"),
    [
        (["--config", "config/mine.yaml", "--task", "x"], "", "config/mine.yaml"),
        ([], "/home/me/mine.yaml", "/home/me/mine.yaml"),
        (["--config", "config/config.yaml"], "", None),
        (["--config", '{"name": "mine"}'], "", None),
        (["--config", '{"name": "mine"}'], "config/mine.yaml", "config/mine.yaml"),
        (["--config", "a\nb.yaml"], "", "a\\nb.yaml"),
        ([], "", None),
    ],
)
def test_a_command_of_the_workflow_is_that_of_the_study(arguments, job_of, added, monkeypatch):
    monkeypatch.setenv("BEYONDTEXT_STUDY", job_of)
    message = "x.parquet was changed; run `snakemake --cores 2 tokenize` again"
    with pytest.raises(SystemExit) as caught:
        program(InputError(message))(arguments)
    more = f"; with `--configfile {added}` after it, since the study is not the default one" if added else ""
    assert caught.value.code == f"error: {message}{more}"
    with pytest.raises(SystemExit, match=r"^error: empty$"):
        program(InputError("empty"))(arguments)


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


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(errno.EACCES, "no", "a/b"), "a/b: permission denied; change its permissions"),
        (
            PermissionError(errno.EPERM, "no", "a/b", None, "a/c"),
            "a/c: operation not permitted; change its permissions",
        ),
        (OSError(errno.EROFS, "no", "/a"), "/a: read-only file system; use a path on a disk that can be written to"),
        (OSError(errno.EIO, "no", "/a"), "/a: input/output error; check the disk"),
        (OSError(errno.ENAMETOOLONG, "no", "a" * 300), "a{300}: file name too long; shorten the name"),
        (OSError(errno.ENAMETOOLONG, "no", "a" * 2000), "a{500} … a{500}: file name too long; shorten the name"),
        (
            OSError(errno.EFBIG, "no", "/a"),
            r"/a: file too large; use a disk that can have larger files, or raise .*ulimit -f",
        ),
        (OSError(errno.EMFILE, "no", "/a"), r"too many files are open; raise the limit \(ulimit -n\)"),
        (FileNotFoundError(errno.ENOENT, "no", "here/a.csv"), "here/a.csv: no such file or directory; check the path"),
        (FileNotFoundError(errno.ENOENT, "no", "there"), "there: no such file or directory; check the path"),
        (IsADirectoryError(errno.EISDIR, "no", "here"), "here: is a directory; give the path of a file"),
        (NotADirectoryError(errno.ENOTDIR, "no", "there/x"), "there/x: not a directory; give a path whose folders are"),
        (FileExistsError(errno.EEXIST, "no", "there"), "there: file exists; give a path whose folders are folders"),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/a']"),
            ".*; set TMPDIR to a folder",
        ),
    ],
)
def test_what_the_user_can_fix_in_the_system_ends_a_program_with_one_line(error, said):
    with pytest.raises(SystemExit) as caught:
        program(error)(["--input", "here/a.csv", "--output=there/x"])
    assert re.match(f"error: {said}", caught.value.code) and "\n" not in caught.value.code


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "no", "data/raw/x"),
        FileNotFoundError(errno.ENOENT, "no", "here-too/a.csv"),
        FileNotFoundError(errno.ENOENT, "no", "here/a.csv"),  # in a folder that was given
        IsADirectoryError(errno.EISDIR, "no", "results"),
        FileNotFoundError(errno.ENOENT, "no", 7),
        OSError("without a number"),
        ConnectionResetError(errno.ECONNRESET, "no"),
        BrokenPipeError(errno.EPIPE, "to a process"),
    ],
)
def test_what_may_be_a_fault_of_the_program_keeps_its_traceback(error):
    with pytest.raises(type(error)):
        program(error)(["here", "--flag", "", "--number=3"])


def test_ctrl_c_ends_a_program_without_a_traceback(capsys):
    with pytest.raises(SystemExit) as caught:
        program(KeyboardInterrupt())([])
    assert caught.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


PRINTS = """
import sys
from beyondtext.core.errors import command_line

@command_line
def main(arguments=None):
    for number in range({lines}):
        print(number)

main()
"""


@pytest.mark.parametrize("lines", [10, 100_000])  # which fit into the pipe and do not
def test_output_that_nobody_reads_any_more_is_no_error(lines):
    command = f"{sys.executable} -c '{PRINTS.format(lines=lines)}' | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], cwd=paths.SCRIPTS, capture_output=True, text=True)
    assert ended.stderr == "" and ended.returncode in (0, 141)


def test_output_to_a_full_disk_is_one_line():
    command = [sys.executable, "-c", PRINTS.format(lines=10)]
    with open("/dev/full", "w") as full:
        ended = subprocess.run(command, cwd=paths.SCRIPTS, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.stderr.startswith("error: no space left on the disk; free some space")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("a\tb\0\x7f\x85", "a\\tb\\x00\\x7f\\x85"),
        ("left\u202eright\u2028", "left\\u202eright\\u2028"),
        ("caf\udce9.csv", "caf\\xe9.csv"),  # a byte of a file's name that is not UTF-8
        ("\ud800", "\\ud800"),
        ("Größe – 한국어 \N{DNA DOUBLE HELIX} שלום", "Größe – 한국어 \N{DNA DOUBLE HELIX} שלום"),
        ("C:\\x1b", "C:\\x1b"),
    ],
)
def test_control_characters_are_printed_as_escapes(text, shown):
    assert visible(text) == shown
    assert str(InputError(f"{text} is wrong")) == f"{shown} is wrong"
    with pytest.raises(InputError) as caught, located(text):
        raise InputError("it is wrong")
    assert str(caught.value) == f"{shown}: it is wrong"
    with pytest.raises(SystemExit) as ended:
        program(OSError(errno.EACCES, "denied", text))(["--output", text])
    assert shown in ended.value.code and (text == shown or text not in ended.value.code)
