"""Groups of near relatives: what the task's ``split.groups: relatives`` makes of the reader's groups.

Where the file itself names the splits, they stay as they are; relatives across them are counted.
"""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.relatives import join_labels, relatives

MOST = 0.5  # of the sequences; a larger group would decide the sizes of the splits
MOST_COMPARED = 10_000  # examples; more would take minutes
RELATED = ("protein", "dna")  # domains whose sequences have common ancestors


def join_relatives(table, tally, domain):
    """Join near relatives, and the groups that they belong to, to one group each.

    The groups are connected components: two sequences are in one group if a chain of relatives and of sequences of one
    group links them.

    Parameters
    ----------
    table : pandas.DataFrame
        ``id``, ``symbols`` and ``group``, which is the id where the task has no groups.
    tally : beyondtext.data.tally.Tally
    domain : str
        The task's. In ``dna``, reverse complements of relatives are relatives.

    Returns
    -------
    pandas.DataFrame
        With other groups: each has the name that is the first in alphabetical order among those of its groups.

    Raises
    ------
    InputError
        If most of the sequences are in one group.
    """
    families = relatives(table["symbols"].tolist(), strands=domain == "dna")
    table = table.assign(group=_join(table["group"], families))
    sizes = table.groupby("group", sort=False).size()
    is_related = np.bincount(families)[families] > 1
    if is_related.any():
        remark = f"{len(sizes):,} groups, the largest of {sizes.max():,} sequences"
        tally.add("relatives", is_related.sum(), table["id"].iloc[is_related.argmax()], remark=remark)
    if len(table) > 1 and sizes.max() > MOST * len(table):
        raise InputError(
            f"{sizes.max():,} of {len(table):,} sequences are in one group of near relatives, that of "
            f"{quoted(sizes.idxmax())}, which split.groups keeps in one split; add unrelated sequences, or remove "
            "split.groups so that the splits divide the group"
        )
    return table


def count_related_tests(examples, tally, domain):
    """Count the test examples with a near relative among the training examples, unless there are too many to compare.

    Parameters
    ----------
    examples : pandas.DataFrame
        ``id``, ``symbols`` and ``split``.
    tally : beyondtext.data.tally.Tally
    domain : str
        As for `join_relatives`.
    """
    if len(examples) > MOST_COMPARED:
        return
    families = relatives(examples["symbols"].tolist(), strands=domain == "dna")
    of_training = np.unique(families[(examples["split"] == "train").to_numpy()])
    is_related = np.isin(families, of_training) & (examples["split"] == "test").to_numpy()
    if is_related.any():
        tally.add("related_tests", is_related.sum(), examples["id"].iloc[is_related.argmax()])


def _join(groups, families):
    """Names of the connected components of rows that share a group or a family: a pandas.Series like ``groups``."""
    codes, names = groups.factorize()
    return groups.groupby(join_labels(codes, len(names) + families)).transform("min")
