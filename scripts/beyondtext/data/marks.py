"""Columns of yes or no that say of training records whether they are for validation, as FLIP writes them."""

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.missing import MISSING

YES, NO = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}  # in lower case
VALIDATION_SPLIT = "validation"  # the split of the records that are marked


def says_yes(values):
    """Whether each value means yes.

    Parameters
    ----------
    values : pandas.Series of str
        Words for yes or no; an empty value, or a word for a missing one, means no.

    Returns
    -------
    pandas.Series of bool or None
        None if a value is another word.
    """
    lower = values.str.lower()
    return lower.isin(YES) if lower.isin(YES | NO | MISSING | {""}).all() else None


def with_validation(split, marks, where):
    """The splits, with that of the marked records changed to `VALIDATION_SPLIT`.

    Parameters
    ----------
    split, marks : pandas.Series of str
        The cells of the two columns.
    where : callable
        Describes the record with an index, for messages.

    Returns
    -------
    pandas.Series of str

    Raises
    ------
    InputError
        If a mark is neither yes nor no, if records of several splits are marked, or if the file has a validation split
        already.
    """
    marked = says_yes(marks)
    if marked is None:
        index = next(index for index in marks.index if says_yes(marks[[index]]) is None)
        raise InputError(
            f"{where(index)} has {quoted(marks[index])} in options.columns.validation, but true or false was expected; "
            "correct it, or name another column"
        )
    already = split.index[split == VALIDATION_SPLIT]
    if len(already):
        raise InputError(
            f"{where(already[0])} is already in the split {quoted(VALIDATION_SPLIT)}; delete "
            "options.columns.validation, or give that split another name in the file"
        )
    other = split.index[marked & (split != split[marked].iloc[0])] if marked.any() else []
    if len(other):
        raise InputError(
            f"{where(other[0])} is marked for validation, but it is in the split {quoted(split[other[0]])}, and others "
            f"in {quoted(split[marked].iloc[0])}; only training records can be for validation: correct the marks, or "
            "delete options.columns.validation"
        )
    return split.mask(marked, VALIDATION_SPLIT)
