"""Errors that a user can fix, and how a command-line program reports them."""

import difflib
import errno
import functools
import itertools
import os
import select
import sys
from contextlib import contextmanager

from beyondtext.core.printing import LONGEST_MESSAGE, quoted, visible, without_middle, without_secrets


class InputError(ValueError):
    """A mistake in a file, a setting or an argument that the user can fix.

    The message is one sentence that names the file (and the line, record or key), says what was found and what was
    expected, and what to do. Names and texts that it quotes may come from anywhere, so they are made `visible`; and if
    they make it very long, it loses its middle.
    """

    def __init__(self, message):
        super().__init__(without_middle(visible(message), LONGEST_MESSAGE))


@contextmanager
def located(where):
    """Put ``where`` in front of the message of an `InputError` that the body raises."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def suggestion(name, known):
    """A remark that names the closest of the ``known`` names, such as ``" (did you mean 'splice'?)"``.

    It is empty if none is close, so it can follow the name in any message.
    """
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {quoted(close[0])}?)" if close else ""


def command_line(main):
    """Decorate a program's ``main()`` so that an `InputError` ends it with one line on stderr and exit status 1.

    So does an `OSError` that the user can fix (see `_about_system`). Every other exception keeps its traceback, since
    it is a fault of the program and not of its input.
    """

    @functools.wraps(main)
    def wrapped(arguments=None):
        try:
            main(arguments)
            sys.stdout.flush()
        except InputError as error:  # with whatever its message quotes from data
            given = sys.argv[1:] if arguments is None else arguments
            sys.exit(f"error: {without_secrets(error)}{_of_study(str(error), given)}")
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            if not _is_unread(sys.stdout):
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes it
            sys.exit(UNREAD)
        except OSError as error:
            message = _about_system(error, sys.argv[1:] if arguments is None else arguments)
            if message is None:
                raise
            sys.exit(f"error: {visible(message)}")

    return wrapped


STUDY = "BEYONDTEXT_STUDY"  # names, in the environment of the workflow's jobs, the file of their study
INTERRUPTED, UNREAD = 130, 141  # exit statuses after Ctrl-C, and if output is piped into a program that stops reading
LONGEST_PATH = 1000  # characters of a path in a message
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
REMEDIES = {  # for a file that any path of the program may lead to
    errno.EACCES: "change its permissions or those of its folder, or use another path",
    errno.EPERM: "change its permissions or those of its folder, or use another path",
    errno.EROFS: "use a path on a disk that can be written to",
    errno.EIO: "check the disk, and run the same command again",
    errno.ESTALE: "check the network folder, and run the same command again",
    errno.ENAMETOOLONG: "shorten the name",
    errno.EFBIG: "use a disk that can have larger files, or raise the limit (ulimit -f)",
    errno.ELOOP: "correct its symbolic links",
}
REMEDIES_OF_ARGUMENTS = {  # for a file that the user named; a file that the program named would be its own fault
    errno.ENOENT: "check the path",
    errno.EISDIR: "give the path of a file",
    errno.ENOTDIR: "give a path whose folders are folders",
    errno.EEXIST: "give a path whose folders are folders",  # a file where a folder was to be made
}


def _of_study(message, arguments):
    """What to add to a message that names a command of Snakemake, if it is for another study than the default."""
    study = str(dict(itertools.pairwise(arguments)).get("--config", ""))
    if not study or study.lstrip().startswith("{"):  # a job gets its configuration as JSON
        study = os.environ.get(STUDY, "")
    if os.path.basename(study) in ("", "config.yaml") or "`snakemake --cores" not in message:
        return ""
    return f"; with `--configfile {visible(study)}` after it, since the study is not the default one"


def _about_system(error, arguments):
    """What the user can do about an `OSError`, as a sentence; None if it may be a fault of the program."""
    if error.errno in DISK_FULL:
        where = f" while writing {error.filename}" if error.filename else ""
        return (
            f"no space left on the disk{where}; free some space and run the same command again: no incomplete file was "
            "kept"
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "too many files are open; raise the limit (ulimit -n), or run fewer jobs at a time"
    if error.filename is None:
        no_folder = error.errno == errno.ENOENT and "temporary directory" in str(error)
        return f"{error.strerror}; set TMPDIR to a folder that can be written to" if no_folder else None
    path = error.filename if error.filename2 is None else error.filename2
    remedy = REMEDIES.get(error.errno)
    # A file that is missing in a folder that was given may be one that the program should have written itself.
    if remedy is None and _is_given(path, arguments, or_below=error.errno != errno.ENOENT):
        remedy = REMEDIES_OF_ARGUMENTS.get(error.errno)
    if isinstance(path, str | bytes):
        path = without_middle(os.fsdecode(path), LONGEST_PATH)
    return f"{path}: {os.strerror(error.errno).lower()}; {remedy}" if remedy else None


def _is_given(path, arguments, or_below):
    """Whether one of a program's arguments is a path, or leads through it; ``or_below``: or to a folder above it."""
    if isinstance(path, int):  # a file descriptor
        return False
    path = os.path.abspath(os.fsdecode(path))
    values = (argument.rpartition("=")[2] for argument in arguments)
    given = (os.path.abspath(os.path.expanduser(value)) for value in values if value)
    return any(os.path.commonpath([path, one]) in ((path, one) if or_below else (path,)) for one in given)


def _is_unread(stream):
    """Whether an output stream is a pipe from which nobody reads any more."""
    poll = select.poll()
    poll.register(stream.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
