"""Results that the tests of sections share, since no section writes to the files that they are read from."""

import copy

import pytest

import small_study as study
from beyondtext.report.load import Results


@pytest.fixture(scope="session")
def read_once(written):
    """The results of the study, read and scored."""
    results = Results(study.config(), written)
    assert len(results.scores) > len(results.group_scores) > 0
    return results


@pytest.fixture
def results(read_once):
    """The same without any table. A test may replace what was read, but not change it in place."""
    mine = copy.copy(read_once)
    mine._tables = {}
    return mine
