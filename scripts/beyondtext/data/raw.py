"""Reading what the download stage left: ``data/raw/<source>/``, as `beyondtext.data.fetch` writes it."""

from pathlib import Path

from beyondtext.core import files
from beyondtext.core.errors import InputError

RECORD = "source.json"


def raw_record(directory):
    """The ``source.json`` of a downloaded source, as a dict.

    Raises `InputError` if it is missing, or does not say which files there are.
    """
    path = Path(directory) / RECORD
    record = files.read_json(path)
    listed = record.get("files") if isinstance(record, dict) else None
    if not isinstance(listed, dict) or not all(_is_entry(entry) for entry in listed.values()):
        raise InputError(f"{path} does not list files with their sha256 and size; {_again(directory)}")
    return record


def raw_files(directory):
    """Map the path of every file of a source, inside its archive, to where it lies.

    ``directory`` is ``data/raw/<source>``. The order is that of the sorted paths. Every file's size and
    SHA-256 are compared with those recorded at download; raises `InputError` for the first that is
    missing or altered.
    """
    directory = Path(directory)
    listed = raw_record(directory)["files"]
    for relative in sorted(listed):
        _verify(directory / relative, listed[relative], directory)
    return {relative: directory / relative for relative in sorted(listed)}


def only_file(files, path):
    """The file at ``path`` in a source; `InputError` if the source lacks it."""
    if path not in files:
        raise InputError(f"the source has no file {path!r}; its files are {shown(files)}")
    return files[path]


def shown(files, limit=5):
    """The first few paths of a source, for an error message."""
    names = sorted(files)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _is_entry(entry):
    return isinstance(entry, dict) and isinstance(entry.get("sha256"), str) and isinstance(entry.get("size"), int)


def _verify(path, entry, directory):
    if not path.is_file():
        raise InputError(f"{path} is missing, though {RECORD} lists it; {_again(directory)}")
    size = path.stat().st_size
    if size != entry["size"]:
        raise InputError(
            f"{path} was altered after its download: it has {size} bytes, not {entry['size']}; {_again(directory)}"
        )
    found = files.sha256(path)
    if found != entry["sha256"]:
        raise InputError(
            f"{path} was altered after its download: its sha256 is {found}, not {entry['sha256']}; {_again(directory)}"
        )


def _again(directory):
    return f"delete the folder {directory} and download the source again"
