"""Comparing a download with the checksum and the size in its source's definition."""

from beyondtext.core.errors import InputError

OTHER_VERSION = (
    "the file at the address may have changed, so give an address of the expected version under `mirrors`, or, to use "
    "the new file, correct `sha256` and `size` in the source's definition or delete its entry in "
    "config/sources.lock.yaml"
)  # advice


class MismatchError(InputError):
    """A download that is complete but not the one that its source's definition describes."""


def mismatch(source, digest, size):
    """Describe how a download differs from the source's ``sha256`` and ``size``.

    Parameters
    ----------
    source : dict
        The source's definition, which may lack either value.
    digest : str
        The download's SHA-256, as 64 hexadecimal digits.
    size : int
        The download's size in bytes.

    Returns
    -------
    str or None
        None if the download matches.
    """
    expected_digest, expected_size = source.get("sha256", digest), source.get("size", size)
    if (digest, size) == (expected_digest, expected_size):
        return None
    return (
        f"the size is {size} bytes and the sha256 {digest}, but {expected_size} bytes and the sha256 {expected_digest} "
        "were expected"
    )


def verify(source, digest, size, name):
    """Raise `MismatchError` if a download, called ``name`` in the message, does not match; see `mismatch`."""
    problem = mismatch(source, digest, size)
    if problem:
        raise MismatchError(f"{name}: {problem}; check its origin, or correct the source's definition")
