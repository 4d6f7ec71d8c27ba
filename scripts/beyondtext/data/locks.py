"""Checksums that nobody knew when a source was described: recorded at its first download, enforced from then on.

``config/sources.lock.yaml`` has for each such source its ``origin`` (addresses, or repository and revision), ``sha256``
and ``size`` of the download (of several files, what `beyondtext.data.fetch` says of a folder), and ``revision``, the
commit, of a repository. It is meant to be kept with the configuration, so that everybody gets the same bytes.
"""

import yaml
from filelock import FileLock

from beyondtext.core import files, paths
from beyondtext.core.files import replacing
from beyondtext.core.schema import check

LOCK = paths.CONFIG / "sources.lock.yaml"
HEADER = "# Made by scripts/download.py: checksums of the first download of sources whose definitions give none.\n"


def locked(source, path=None):
    """A source's definition with what its first download had, where that was from the same place."""
    entry = dict(_read(path or LOCK).get(source["id"], {}))
    if "sha256" in source or entry.pop("origin", None) != _origin(source):
        return source
    return {**source, **entry}


def record(source, downloaded, path=None):
    """Keep the checksum of a source whose definition gives none; ``downloaded`` is what ``source.json`` holds."""
    if "sha256" in source or source["kind"] == "path":  # somebody's own data may change
        return
    path = path or LOCK
    entry = {"origin": _origin(source), "sha256": downloaded["sha256"], "size": downloaded["size"]}
    if source["kind"] == "hub":
        entry["revision"] = downloaded["version"]
    with FileLock(path.with_name(f".{path.name}.lock")):  # other sources may be fetched at the same time
        held = _read(path)
        if held.get(source["id"]) != entry:
            with replacing(path) as part:
                part.write_text(HEADER + yaml.safe_dump({**held, source["id"]: entry}, sort_keys=True))


def _origin(source):
    """Where a source comes from, as one text: another address or revision is another download."""
    if source["kind"] == "hub":
        return f"{source['repository']}@{source['revision']}"
    address = source.get("address", "")
    return " ".join(address) if isinstance(address, list) else address


def _read(path):
    if not path.exists():
        return {}
    held = files.read_yaml(path)
    check(held, "lock", path)
    return held
