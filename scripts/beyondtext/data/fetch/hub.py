"""Sources of kind ``hub``: files of a repository on the Hugging Face hub.

huggingface_hub knows the user's endpoint, token and cache. Its own downloads are not used: since its version 2, a
download begins again if its process was stopped, whereas `beyondtext.data.fetch.transfer` resumes it; and it makes the
tag that a server gives part of a path, so that ``../../x`` is written outside the cache.

``mirrors`` are addresses of folders with the same files at the same paths, on another hub or any web server.
"""

import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable
from beyondtext.core.scratch import remove_abandoned
from beyondtext.data.fetch import transfer
from beyondtext.data.fetch.addresses import short_digest
from beyondtext.data.fetch.partial import PartialFile, partial_folder
from beyondtext.data.fetch.verify import MismatchError

COMMIT = re.compile("[0-9a-f]{40}")
COMMIT_HEADER = "X-Repo-Commit"
NOT_IN_REVISIONS = re.compile(r"[\s~^:?*\[\\]|\.\.|@\{")  # nor in the names of git's branches and tags

CHECK = "check the connection, HF_ENDPOINT, HF_HUB_OFFLINE and, for a repository with restricted access, HF_TOKEN"


@contextmanager
def retrieve(source, partial):
    """Yield a folder with the requested files and the commit that they belong to.

    A file in the hub's cache is not downloaded, and a downloaded file is added to it once the caller has verified all
    files, which other programs will read there. HF_ENDPOINT, HF_HOME,
    HF_HUB_OFFLINE and the user's token are respected. What a killed process was writing to the cache is deleted.
    """
    _check(source)
    remove_abandoned(_cache_folder(source))
    with partial_folder(partial) as folder:
        path = source["paths"][0]
        try:
            commit, bases = _commit_and_bases(source)
            complete = folder / short_digest(f"{source['repository']}@{commit}")
            for path in source["paths"]:
                if not (complete / path).exists():  # otherwise an earlier call completed it
                    _retrieve_file(source, commit, bases, path, complete)
        except transfer.UnavailableError as error:
            advice = error.advice or f"{CHECK}, {transfer.RETRY}"
            raise InputError(
                f"{path} of {source['repository']} at {source['revision']} is not available ({error}); {advice}; or "
                f"fetch the files by hand and give their folder under `paths` in the configuration ({source['id']}: "
                "/a/folder)"
            ) from None
        try:
            yield complete, commit
        except MismatchError as error:
            raise MismatchError(f"{error}{_advice_on_cache(source, commit)}") from None
        if "sha256" in source or not source.get("mirrors"):  # otherwise nothing verifies those of a mirror
            for path in source["paths"]:
                _add_to_cache(source, commit, path, complete / path)


def _check(source):
    """Check that the names of the repository, the revision and the files can be names on the hub.

    They become parts of paths, here and in the hub's cache.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(source["repository"])
    except HFValidationError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{source['repository']!r} cannot be a repository on the hub ({reason})") from None
    if not _is_revision(source["revision"]):
        raise InputError(f"{source['revision']!r} cannot be a revision on the hub; give a commit, a branch or a tag")
    for path in source["paths"]:
        parts = PurePosixPath(path).parts
        if not parts or parts[0] == "/" or ".." in parts or "\\" in path or not path.isprintable():
            raise InputError(f"{path!r} is not the path of a file inside a repository; correct `paths`")


def _is_revision(name):
    """Whether git allows a name for a branch or tag; no part of it begins with a dot and leads to another folder."""
    has_parts = all(part and not part.startswith((".", "-")) for part in name.split("/"))
    return has_parts and name.isprintable() and not NOT_IN_REVISIONS.search(name)


def _commit_and_bases(source):
    """The commit of the source's revision, and the addresses of the folders that have its files.

    If the hub cannot be reached, a branch is taken to be at the commit in the cache. Without one, only the mirrors are
    left, and the revision stands for the unknown commit.
    """
    from huggingface_hub import constants

    revision, path = source["revision"], source["paths"][0]
    if constants.is_offline_mode():
        return _commit_in_cache(source) or revision, []
    hub = f"{constants.ENDPOINT}/{source['repository']}/resolve"
    mirrors = [address.rstrip("/") for address in source.get("mirrors", [])]
    commit = revision
    if not COMMIT.fullmatch(revision):
        address = f"{hub}/{quote(revision, safe='')}/{quote(path)}"
        try:
            commit = _checked(transfer.header(address, COMMIT_HEADER, _headers()))
        except (transfer.UnavailableError, InputError):
            commit = _commit_in_cache(source)
            if commit is None and mirrors:
                return revision, mirrors
            if commit is None:
                raise
    return commit, [f"{hub}/{commit}", *mirrors]


def _checked(commit):
    """A commit that a server names, which becomes part of addresses and paths."""
    if not COMMIT.fullmatch(commit):
        raise transfer.UnavailableError(f"the server names the commit {printable(commit)!r}, which cannot be one")
    return commit


def _retrieve_file(source, commit, bases, path, complete):
    """Copy one file from the hub's cache to the folder ``complete``, or download it."""
    from huggingface_hub import constants

    target = complete / path
    target.parent.mkdir(parents=True, exist_ok=True)
    cached = _in_cache(source, path, commit)
    if cached:
        with replacing(target) as new:  # half a file must not be there: the next call would take it as complete
            shutil.copyfile(cached, new)
        return
    if not bases:
        raise transfer.UnavailableError("HF_HUB_OFFLINE is set, and the file is not in the hub's cache")
    addresses = [f"{base}/{quote(path)}" for base in bases]
    part = PartialFile(complete.with_name(f"{complete.name}-{short_digest(path)}"))
    of_hub = {address: _headers() for address in addresses if address.startswith(f"{constants.ENDPOINT}/")}
    limit = {"limit": source["size"]} if "size" in source else {}  # of all files together
    transfer.download({"id": source["id"], **limit}, addresses, part, of_hub)
    os.replace(part.path, target)


def _headers():
    """The request headers for the hub, with the user's token if there is one; no mirror gets them."""
    from huggingface_hub.utils import build_hf_headers

    return build_hf_headers(library_name="beyondtext")


def _in_cache(source, path, revision):
    """The path of a file in the hub's cache; None if it is not there."""
    from huggingface_hub import try_to_load_from_cache

    with suppress(OSError):
        cached = try_to_load_from_cache(source["repository"], path, revision=revision)
        return cached if isinstance(cached, str) else None


def _advice_on_cache(source, commit):
    """Which of a source's files are in the hub's cache, for a message that says that one of them is wrong."""
    cached = [path for path in source["paths"] if _in_cache(source, path, commit)]
    return f"; delete the hub's cache in {_cache_folder(source)}, which has {', '.join(cached)}" if cached else ""


def _commit_in_cache(source):
    """The commit that the source's revision had when the cache was filled; None if that is not known."""
    path = source["paths"][0]
    cached = _in_cache(source, path, source["revision"])
    # A cached file is <repository>/snapshots/<commit>/<path>.
    return Path(cached).parts[-len(Path(path).parts) - 1] if cached else None


def _cache_folder(source):
    """The folder of a source's repository in the hub's cache, which need not exist."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE, repo_folder_name(repo_id=source["repository"], repo_type="model"))


def _add_to_cache(source, commit, path, file):
    """Write a file to the hub's cache if it is not there, in the documented layout of a cache without links."""
    if not COMMIT.fullmatch(commit) or _in_cache(source, path, commit):
        return
    folder = _cache_folder(source)
    with suppress(OSError, InputError):  # a cache that cannot be written to only costs another download, some day
        with replacing(folder / "snapshots" / commit / path) as new:
            shutil.copyfile(file, new)
        if source["revision"] != commit:
            with replacing(folder / "refs" / source["revision"]) as new:
                new.write_text(commit)
