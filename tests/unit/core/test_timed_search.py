"""Regular expressions that would never end are stopped; others are left alone."""

import re
import signal
import threading
import time

import pytest

from beyondtext.core.timed_search import timed_search

ENDLESS = [
    (r"(a+)+b", "a" * 60 + "c"),
    (r"(a|aa)+$", "a" * 80 + "!"),
    (r"^(\w+\s?)*$", "word " * 30 + "!"),
    (r"(.*)*x(?P<target>y)", "z" * 60),
    (r"(?=(a*)*b)a", "a" * 60),
]


@pytest.mark.parametrize(("pattern", "text"), ENDLESS)
def test_an_expression_that_never_ends_is_stopped(pattern, text):
    began = time.process_time()
    with timed_search(re.compile(pattern), longest=0.2) as search, pytest.raises(TimeoutError):
        search(text)
    assert time.process_time() - began < 5


def test_many_texts_that_each_take_long_are_stopped():
    slow = re.compile(r"(a+)+b")
    with timed_search(slow, longest=0.5, for_all=0.3) as search, pytest.raises(TimeoutError):
        for _ in range(100_000):
            search("a" * 20)


def test_usual_expressions_are_searched_as_ever_and_the_signal_is_as_before():
    before = signal.getsignal(signal.SIGVTALRM)
    pattern = re.compile(r"class=(?P<target>\S+)")
    with timed_search(pattern) as search:
        assert [search(f"id{k} class=a{k} x")["target"] for k in range(1000)] == [f"a{k}" for k in range(1000)]
        assert search("nothing") is None
        assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
    assert signal.getsignal(signal.SIGVTALRM) == before


def test_what_comes_after_a_search_has_all_the_time():
    with timed_search(re.compile("a"), longest=0.05) as search:
        search("a")
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass


def test_in_another_thread_expressions_have_no_limit():
    found = []

    def work():
        with timed_search(re.compile("b+")) as search:
            found.append(search("abbb")[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["bbb"]
