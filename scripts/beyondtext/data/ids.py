"""Ids of records, where a file has none or repeats them."""


def with_unique_ids(table, lines, tally):
    """Make the numbers of lines the ids, if there are no ids or if some repeat, which is counted.

    Parameters
    ----------
    table : pandas.DataFrame
        Of records, perhaps with the column ``id``.
    lines : list of int
        The line on which each record begins.
    tally : beyondtext.data.tally.Tally

    Returns
    -------
    pandas.DataFrame
    """
    if "id" in table:
        repeated = table["id"].duplicated(keep=False)
        if not repeated.any():
            return table
        remark = "" if repeated.all() else f"of all {len(table):,} records"
        tally.add("repeated_ids", repeated.sum(), table["id"][repeated.idxmax()], remark=remark)
    return table.assign(id=list(map(str, lines)))
