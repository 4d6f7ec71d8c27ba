"""What several test modules share."""

import pytest

import web
from tiny import tiny_model


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture
def server():
    with web.running() as server:
        yield server
