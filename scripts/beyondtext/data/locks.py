"""Checksums of sources whose definitions give none: recorded at the first download, enforced from then on.

``config/sources.lock.yaml`` has an entry for each such source: ``origin`` (its addresses, or its repository and
revision), ``sha256`` and ``size`` of the download as `beyondtext.data.fetch` defines them, and for a repository
``revision``, the commit. Keep the file under version control with the configuration, so that everybody gets the same
bytes.
"""

import yaml

from beyondtext.core import files, paths
from beyondtext.core.atomic import replacing
from beyondtext.core.locks import file_lock, holding
from beyondtext.core.printing import without_secrets
from beyondtext.core.schema import check

LOCK = paths.CONFIG / "sources.lock.yaml"
HEADER = "# Made by scripts/download.py: checksums of the first download of sources whose definitions give none.\n"


def locked(source, path=None):
    """Add the checksum, size and commit of the first download to a source's definition.

    Parameters
    ----------
    source : dict
        The source's definition.
    path : pathlib.Path, optional
        The lock file.

    Returns
    -------
    dict
        The definition, unchanged if it has a checksum or if no download from the same origin was recorded.
    """
    entry = dict(_read(path or LOCK).get(source["id"], {}))
    if "sha256" in source or entry.pop("origin", None) != _origin(source):
        return source
    return {**source, **entry}


def record(source, downloaded, path=None):
    """Record the checksum of a download, unless the source's definition gives one or is a local path.

    Parameters
    ----------
    source : dict
        The source's definition.
    downloaded : dict
        The contents of the download's ``source.json``.
    path : pathlib.Path, optional
        The lock file.
    """
    if "sha256" in source or source["kind"] == "path":  # users may change their own data
        return
    path = path or LOCK
    entry = {"origin": _origin(source), "sha256": downloaded["sha256"], "size": downloaded["size"]}
    if source["kind"] == "hub":
        entry["revision"] = downloaded["version"]
    # Other jobs may download other sources at the same time.
    with holding(file_lock(path.with_name(f".{path.name}.lock"))):
        entries = _read(path)
        if entries.get(source["id"]) != entry:
            with replacing(path) as part:
                part.write_text(HEADER + yaml.safe_dump({**entries, source["id"]: entry}, sort_keys=True))


def _origin(source):
    """Where a source comes from, as one string: another address or revision is another download."""
    if source["kind"] == "hub":
        return f"{source['repository']}@{source['revision']}"
    address = source.get("address", "")
    # The file is shared with the configuration, so that it must not tell a password.
    return without_secrets(" ".join(address) if isinstance(address, list) else address)


def _read(path):
    if not path.exists():
        return {}
    entries = files.read_yaml(path)
    check(entries, "lock", path)
    return entries
