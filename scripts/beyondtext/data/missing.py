"""Words for a missing value, and the cells that they leave empty."""

BY_PROGRAMS = {"#n/a", "<na>", "(null)", r"\n"}  # in lower case; nobody writes them as a word of a text
MISSING = BY_PROGRAMS | {"na", "n/a", "nan", "null", "-"}
NO_SEQUENCE = MISSING | {"none"}
PEPTIDES = 8  # median length of the sequences: among shorter ones, words of letters such as NA are peptides


def without_missing_words(values, role):
    """The values of a column, empty where a word stands for a missing value.

    Parameters
    ----------
    values : pandas.Series of str
    role : str
        What the column has. Sequences, groups and splits may be missing. Targets stay as they are, since the task's
        ``target`` decides about them, and so do ids.

    Returns
    -------
    pandas.Series of str
    """
    if role in ("sequence", "second"):
        return values.mask(_is_no_sequence(values), "")
    if role in ("group", "split"):
        return values.mask(values.str.lower().isin(MISSING), "")
    return values


def _is_no_sequence(values):
    """Which values stand for a missing sequence, unless they may be a peptide or a short text."""
    lower = values.str.lower()
    is_missing = lower.isin(NO_SEQUENCE)
    others = values[~is_missing & (values != "")]
    if others.str.contains(" ", regex=False).mean() > 0.5:
        return lower.isin(BY_PROGRAMS)
    return is_missing if others.str.len().median() >= PEPTIDES else is_missing & ~lower.str.isalpha()


def count_likely_missing(values, tally):
    """Count the sequences, of those that `without_missing_words` has left, that are also words for a missing value."""
    likely = values[values.str.lower().isin(NO_SEQUENCE)]
    if len(likely):
        tally.add("likely_missing", len(likely), likely.iloc[0])
