"""Sources of kind ``path``: a file or folder on the disk."""

from contextlib import contextmanager

from beyondtext.core import files, paths
from beyondtext.core.errors import InputError
from beyondtext.data.fetch.verify import verify


@contextmanager
def retrieve(source, partial):
    """Yield a local file or folder; a relative address starts at the project's root."""
    path = paths.written(source["address"])
    if not (path.is_file() or path.is_dir()):
        problem = "is neither a file nor a folder" if path.exists() else "does not exist"
        raise InputError(f"{path} {problem}; put the data there, or correct the address")
    if path.is_file():
        verify(source, files.sha256(path), path.stat().st_size, path)
    yield path, source.get("version")


def as_local(source, path):
    """Point a source at a local copy of its data.

    Parameters
    ----------
    source : dict
        The definition of a source of any kind.
    path : path
        The downloaded file, whose checksum is verified as usual; or a folder, for which no checksum is known. The
        folder is the one that the archive would be unpacked into, or the folder inside it that has all requested files.

    Returns
    -------
    dict
        The definition of a source of kind ``path``.
    """
    definition = {key: value for key, value in source.items() if key not in ("mirrors", "repository", "revision")}
    path = paths.written(path).resolve()
    if path.is_dir():
        for key in ("sha256", "size", "inner_archive"):
            definition.pop(key, None)
        if not any((path / pattern).exists() or any(path.glob(pattern)) for pattern in source["paths"]):
            is_inner_folder = all(pattern.startswith(f"{path.name}/") for pattern in source["paths"])
            path = path.parent if is_inner_folder else path
    return {**definition, "kind": "path", "address": str(path)}
