"""Errors that a user can mend, and how a program reports them."""

import errno
import functools
import sys
from contextlib import contextmanager


class InputError(Exception):
    """Something the user can mend.

    The message is one sentence that names the file (and the line, record or key), what was found,
    what was expected, and what to do.
    """


@contextmanager
def located(where):
    """Put ``where`` it happened before the message of an `InputError` that the body raises."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def command_line(main):
    """Decorate a program's ``main()``: an `InputError` becomes one line on stderr and exit status 1.

    A full disk is reported the same way; every other exception keeps its traceback, since it is a
    fault of this program and not of its input.
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
                f"error: no space left on the disk{where}; free some and run the same command again, "
                "nothing half-written was kept"
            )

    return wrapped
