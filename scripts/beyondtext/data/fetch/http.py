"""Sources of kind ``http``: one file from an address or its mirrors, or several files, each from addresses of its own.

``mirrors`` are further addresses of the same bytes: of the file, or, if ``address`` is a list of files, each mirror is
a list with an address for each of them, in the same order.
"""

import os
import sys
from contextlib import contextmanager

from beyondtext.core.errors import InputError
from beyondtext.data.fetch import transfer
from beyondtext.data.fetch.addresses import file_name, problem, problem_of_name, short_digest, shown
from beyondtext.data.fetch.partial import PartialFile, partial_folder
from beyondtext.data.fetch.verify import MismatchError
from beyondtext.data.patterns import twin


@contextmanager
def retrieve(source, partial):
    """Yield the file, or a folder with the files of several addresses, and the definition's version.

    The file stays in ``partial`` until the caller has finished with it, so that a wrong pattern in ``paths`` does not
    cost a second transfer.
    """
    with partial_folder(partial) as folder:
        if isinstance(source["address"], list):
            yield _retrieve_several(source, folder), source.get("version")
            return
        # The requested files are named after the address, whichever mirror the bytes came from.
        name = announced_name(source["address"])
        addresses = [source["address"], *source.get("mirrors", [])]
        with retrieve_one(source, addresses, folder, name) as file:
            yield file, source.get("version")


def announced_name(address):
    """The name that the file of an address gets; a line says so if it is not the one in the address."""
    name, reason = file_name(address), problem_of_name(address)
    if reason and not problem(address):  # otherwise the request says what is wrong with the address
        print(f"the file of {shown(address)} is called {name} here, since {reason}", file=sys.stderr)
    return name


@contextmanager
def retrieve_one(source, addresses, folder, name, access=None):
    """Yield the file of a source, called ``name``, from the first of its addresses that provides it.

    ``access`` is that of `beyondtext.data.fetch.session.answer`.
    """
    # Named by the checksum: after a change of the definition, no other file's bytes are resumed.
    part = PartialFile(folder / source.get("sha256", short_digest(addresses[0]))[:16])
    download(source, source, addresses, part, access)
    named = folder / name
    os.replace(part.path, named)
    try:
        yield named
    finally:
        if named.exists():
            os.replace(named, part.path)


def _retrieve_several(source, folder):
    """The folder with the files of several addresses; the definition's checksum and size are those of the folder."""
    names = [announced_name(address) for address in source["address"]]
    for number, name in enumerate(names):
        if name in names[:number] or twin(name, names[:number]):
            raise InputError(
                f"{shown(source['address'][number])} and an address before it both give a file called {name}, but the "
                "files of a source need different names; define a source for each, or, if these are addresses of one "
                "file, give the first as `address` and the others as `mirrors`"
            )
    mirrors = source.get("mirrors", [])
    for mirror in mirrors:
        if len(mirror) != len(names):
            raise InputError(
                f"a mirror has {len(mirror)} addresses and the source {len(names)} files; give each mirror as a list "
                "with an address for each file, in the order of `address`"
            )
    complete = folder / short_digest(" ".join(source["address"]))  # not the files of a definition that was changed
    complete.mkdir(exist_ok=True)
    for name, *addresses in zip(names, source["address"], *mirrors, strict=True):
        named = complete / name
        if not named.exists():  # otherwise an earlier call completed it
            part = PartialFile(folder / short_digest(addresses[0]))
            download(source, _one_of_several(source, complete), addresses, part)
            os.replace(part.path, named)
    return complete


def _one_of_several(source, complete):
    """What is known of one file of a source: the most that it may have, if the definition gives the size of all."""
    if "size" not in source:
        return {"id": source["id"]}
    arrived = sum(path.stat().st_size for path in complete.iterdir())
    return {"id": source["id"], "limit": max(source["size"] - arrived, 0)}


def download(source, file, addresses, part, access=None):
    """Complete ``part``, one file of a source, or raise an `InputError` that says what to do."""
    try:
        transfer.download(file, addresses, part, access=access)
    except transfer.UnavailableError as error:
        advice = error.advice or f"check the connection and the addresses, {transfer.RETRY}"
        # Of several files, one that came before may be the wrong one.
        kind = MismatchError if error.is_too_large and "limit" in file else InputError
        raise kind(
            f"the file is not available ({error}); {advice}; or fetch the file by hand and give its path under `paths` "
            f"in the configuration ({source['id']}: /a/file/or/folder)"
        ) from None
