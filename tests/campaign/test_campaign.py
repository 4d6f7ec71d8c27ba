"""A part of the campaign with every change; all of it with ``pytest -m campaign``."""

import pytest

from campaign import table, try_family
from families import families
from trying import GOOD

EVERY = 20  # of a family's inputs, one of so many is tried in the fast part


@pytest.mark.parametrize("family", families(), ids=lambda family: family.KIND)
def test_inputs_are_taken_rightly_or_refused_in_a_sentence(family, tmp_path):
    places = iter(range(100_000))
    check(list(try_family(family, tmp_path, is_wanted=lambda one: next(places) % EVERY == 0)))


@pytest.mark.campaign
@pytest.mark.parametrize("family", families(), ids=lambda family: family.KIND)
def test_the_whole_campaign(family, tmp_path):
    check(list(try_family(family, tmp_path)))


def check(outcomes):
    bad = [outcome for outcome in outcomes if outcome.word not in GOOD]
    assert outcomes and not bad, "\n".join([table(outcomes, 0), *(str(outcome) for outcome in bad)])
