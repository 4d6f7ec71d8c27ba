"""Sequences that are so much alike that a split should not divide them."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.data.relatives import relatives

MOST = 2000  # sequences that are compared in an inspection
LEAST_RELATED = 0.05  # of the sequences: then relatives stay together
LARGEST_GROUP = 0.5  # of the sequences: with a larger one, the splits could not have their sizes


def keep_relatives_together(sequences, task, wishes, notes):
    """Find near relatives, and decide whether the task keeps them in one split.

    Of many sequences, a sample is compared.

    Parameters
    ----------
    sequences : list
        The symbols of each, all different.
    task : dict
        Gets the key ``split.groups`` if relatives stay together.
    wishes : Wishes
    notes : Notes

    Returns
    -------
    bool
        Whether they do.

    Raises
    ------
    InputError
        If they are to stay together, but the splits are published.
    """
    is_random = task["split"]["method"] == "random"
    if wishes.relatives == "together" and not is_random:
        raise InputError("--relatives together needs random splits, but the file names its own; give --split none, too")
    places = np.linspace(0, len(sequences) - 1, min(len(sequences), MOST)).astype(int)
    _, counts = np.unique(relatives([sequences[place] for place in places]), return_counts=True)
    related, largest = int(counts[counts > 1].sum()), int(counts.max())
    compared = f"{len(places):,} sequences" if len(places) == len(sequences) else f"a sample of {len(places):,}"
    found = f"{related:,} of {compared} have near relatives, the largest group {largest:,}"
    if not related:
        found = f"none of {compared} has a near relative"
    is_frequent = related > LEAST_RELATED * len(places)
    together = is_random and (wishes.relatives or ("together" if is_frequent else "apart")) == "together"
    if together and wishes.relatives is None and largest > LARGEST_GROUP * len(places):
        why = f"{found}, which is too large for one split"
        notes.add("near relatives may be in different splits", why, "--relatives together")
        return False
    if together:
        task["split"]["groups"] = "relatives"
        notes.add("near relatives stay in one split", found, "--relatives apart", "split.groups")
    elif related:
        where = "some of them are in training and others in test"
        option = "--relatives together" if is_random else ""
        notes.add("near relatives are not kept together", f"{found}; {where}", option)
    return together
