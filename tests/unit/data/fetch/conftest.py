"""Short waits and few attempts."""

import pytest

from beyondtext.data.fetch import transfer


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(transfer, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(transfer, "ATTEMPTS", 3)
