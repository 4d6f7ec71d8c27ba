"""Regular expressions that somebody else wrote, with a limit on the time that they take.

For some expressions, such as ``(a+)+b``, the time doubles with each further letter of the text: they would never end.
"""

import signal
import threading
from contextlib import contextmanager

LONGEST = 5.0  # seconds of processor time for one text
FOR_ALL = 10.0  # and for all texts together, plus
FOR_EACH = 0.001  # for each of them; usual expressions need a hundredth of that


@contextmanager
def timed_search(pattern, longest=LONGEST, for_all=FOR_ALL):
    """Yield a function like ``pattern.search`` that raises `TimeoutError` if it has taken too long.

    A timer of processor time sends the process a signal, for which the matching looks now and then. Python lets only
    the main thread handle signals, so there is no limit in other threads.

    Parameters
    ----------
    pattern : re.Pattern
    longest, for_all : float
        Seconds of processor time: for one text, and for all texts together beyond `FOR_EACH` of them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield pattern.search
        return
    left = for_all

    def stop(number, frame):
        raise TimeoutError

    def search(text):
        nonlocal left
        left += FOR_EACH
        given = min(longest, left)
        signal.setitimer(signal.ITIMER_VIRTUAL, given)
        try:
            return pattern.search(text)
        finally:
            remaining, _ = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            left = max(left - given + remaining, FOR_EACH)

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        yield search
    finally:
        signal.signal(signal.SIGVTALRM, before)
