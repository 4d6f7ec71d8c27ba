"""Sequences that are so much alike that a split should not divide them."""

import numpy as np
import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.relatives import likely_relatives, relatives

MOST = 2000  # sequences that are compared in an inspection
SAMPLED, EACH = 300, 2  # of more sequences, and how many others each of these is compared with
LEAST_RELATED = 0.05  # of the sequences: then relatives stay together
LARGEST_GROUP = 0.5  # of the sequences: with a larger one, the splits could not have their sizes


def keep_relatives_together(examples, task, wishes, notes, has_groups=False):
    """Find near relatives, and decide whether the task keeps them in one split.

    Of many sequences, a sample is compared with those of all others that are most like it.

    Parameters
    ----------
    examples : pandas.DataFrame
        ``symbols``, all different, and ``group``, which is the id where the file has no groups.
    task : dict
        Gets the key ``split.groups`` if relatives stay together.
    wishes : Wishes
    notes : Notes
    has_groups : bool
        Whether the file says what belongs together. Then relatives are joined only if the user wishes it.

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
    compared, related, largest = _related(examples, task.get("domain") == "dna")
    shown = f"{compared:,} sequences" if compared == len(examples) else f"a sample of {compared:,}"
    where = " in another group" if has_groups else ""
    found = f"{related:,} of {shown} have near relatives{where}"
    found += f", the largest group {largest:,}" if compared == len(examples) else f" among all {len(examples):,}"
    if not related:
        found = f"none of {shown} has a near relative{where}"
    is_frequent = related > LEAST_RELATED * compared and not has_groups
    together = is_random and (wishes.relatives or ("together" if is_frequent else "apart")) == "together"
    if together and wishes.relatives is None and largest > LARGEST_GROUP * compared:
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


def _related(examples, strands):
    """How many sequences are compared, how many of these have relatives in another group, and the largest family."""
    sequences, groups = examples["symbols"].tolist(), examples["group"].to_numpy()
    places = list(range(len(sequences)))
    rows = places
    if len(sequences) > MOST:
        places = np.linspace(0, len(sequences) - 1, SAMPLED).astype(int).tolist()
        each = EACH // 2 if strands else EACH  # on each of two strands
        rows = sorted({*places, *likely_relatives(sequences, places, each, strands)})
    families = pd.Series(relatives([sequences[row] for row in rows], strands=strands), index=rows)
    crosses = pd.Series(groups[rows], index=rows).groupby(families).transform("nunique").gt(1)
    return len(places), int(crosses[places].sum()), int(families[places].value_counts().max())
