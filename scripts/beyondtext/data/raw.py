"""Reading a downloaded source, ``data/raw/<source>/``, in the format that `beyondtext.data.fetch` writes."""

import re
from pathlib import Path, PurePosixPath

from beyondtext.core import files, paths
from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable, quoted
from beyondtext.core.records import read_record
from beyondtext.data.patterns import same_path

RECORD = "source.json"
KEYS = {"source", "version", "sha256", "size", "changes", "files"}
DIGEST = re.compile("[0-9a-f]{64}")


def raw_record(directory):
    """The contents of a downloaded source's ``source.json``, without its checksum.

    Raises `InputError` if it is missing, was changed, is that of another source, or does not list the source's files.
    """
    path = Path(directory) / RECORD
    record = read_record(path, KEYS, _download_again(directory))
    if paths.place(directory, paths.RAW) and record["source"] != Path(directory).absolute().name:
        raise InputError(f"{path} is that of the source {record['source']!r}; {_download_again(directory)}")
    entries = record["files"]
    if not isinstance(entries, dict) or not all(_is_inside(name) and _is_entry(entries[name]) for name in entries):
        raise InputError(f"{path} does not list files with their sha256 and size; {_download_again(directory)}")
    return record


def raw_files(directory):
    """Verify and list the files of a downloaded source.

    Parameters
    ----------
    directory : path
        ``data/raw/<source>``.

    Returns
    -------
    dict of str to pathlib.Path
        The files' locations by their paths in the source, sorted by path.

    Raises
    ------
    InputError
        For the first file that is missing, or whose size or SHA-256 is not the one recorded at the download.
    """
    directory = Path(directory)
    entries = raw_record(directory)["files"]
    for relative in sorted(entries):
        _verify(directory / relative, entries[relative], directory)
    return {relative: directory / relative for relative in sorted(entries)}


def require_file(files, path):
    """The location of the file at ``path`` in a source; `InputError` if the source does not have it.

    Unicode forms and the case of the ending make no difference, as in `beyondtext.data.patterns`.
    """
    name = same_path(files, path)
    if name is None:
        names = sorted(files)
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        raise InputError(
            f"the source has no file {quoted(path)}; its files are {', '.join(map(printable, names[:5]))}{more}"
        )
    return files[name]


def _is_inside(name):
    """Whether a record's name of a file leads to a file inside the source's folder."""
    parts = PurePosixPath(name).parts
    return bool(parts) and parts[0] != "/" and ".." not in parts and "\0" not in name


def _is_entry(entry):
    digest, size = (entry.get("sha256"), entry.get("size")) if isinstance(entry, dict) else (None, None)
    return isinstance(digest, str) and bool(DIGEST.fullmatch(digest)) and isinstance(size, int) and size >= 0


def _verify(path, entry, directory):
    if not path.is_file():
        raise InputError(f"{path} is missing, although {RECORD} lists it; {_download_again(directory)}")
    size = path.stat().st_size
    if size != entry["size"]:
        raise InputError(
            f"{path} was changed after its download: it has {size} bytes, not {entry['size']}; "
            f"{_download_again(directory)}"
        )
    try:
        digest = files.sha256(path)
    except PermissionError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); change its permissions") from None
    if digest != entry["sha256"]:
        raise InputError(
            f"{path} was changed after its download: its sha256 is {digest}, not {entry['sha256']}; "
            f"{_download_again(directory)}"
        )


def _download_again(directory):
    return f"delete the folder {directory} and download the source again"
