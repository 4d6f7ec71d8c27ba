"""Errors that a user can fix, and how a command-line program reports them."""

import difflib
import errno
import functools
import sys
from contextlib import contextmanager


class InputError(ValueError):
    """A mistake in a file, a setting or an argument that the user can fix.

    The message is one sentence that names the file (and the line, record or key), says what was found and what was
    expected, and what to do.
    """


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
    return f" (did you mean {close[0]!r}?)" if close else ""


def command_line(main):
    """Decorate a program's ``main()`` so that an `InputError` ends it with one line on stderr and exit status 1.

    A full disk is reported in the same way. Every other exception keeps its traceback, since it is a fault of the
    program and not of its input.
    """

    @functools.wraps(main)
    def wrapped(arguments=None):
        try:
            main(arguments)
        except InputError as error:
            sys.exit(f"error: {error}")
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            where = f" while writing {error.filename}" if error.filename else ""
            sys.exit(
                f"error: no space left on the disk{where}; free some space and run the same command again: no "
                "incomplete file was kept"
            )

    return wrapped
