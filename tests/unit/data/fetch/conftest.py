"""Short waits and few attempts."""

import pytest

from beyondtext.data.fetch import http


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(http, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(http, "ATTEMPTS", 3)
