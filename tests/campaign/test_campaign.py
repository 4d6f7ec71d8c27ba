"""A part of the campaign with every change; all of it with ``pytest -m campaign``."""

import subprocess
import sys
from pathlib import Path

import pytest

EVERY = 20  # of a family's inputs, one of so many is tried in the fast part


def test_inputs_are_taken_rightly_or_refused_in_a_sentence():
    campaign("--every", str(EVERY))


@pytest.mark.campaign
def test_the_whole_campaign():
    campaign()


def campaign(*options):
    """Run it in a process of its own: after a fork, libraries whose threads other tests started may wait for ever."""
    command = [sys.executable, Path(__file__).with_name("campaign.py"), "--processes", "1", *options]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ended.returncode == 0, ended.stdout[-20_000:]
