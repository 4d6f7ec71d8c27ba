"""Sources to download: their definitions, archives to download them from, and what should be on the disk afterwards."""

import hashlib
import io
import tarfile
import zipfile

from beyondtext.core import files
from beyondtext.core.records import write_record
from beyondtext.core.schema import check
from beyondtext.data.fetch import fetch
from beyondtext.data.raw import raw_files
from web import BODY


def definition(kind="http", body=BODY, **changes):
    """A checked definition with the checksum and size of ``body``."""
    source = {
        "id": "demo",
        "title": "a demonstration",
        "kind": kind,
        "sha256": hashlib.sha256(body).hexdigest(),
        "size": len(body),
        "licence": "CC0-1.0",
        "homepage": "https://example.org",
        "paths": ["*"],
    }
    source = {**source, **changes}
    check(source, "source", "test")
    return source


def without_checksum(**changes):
    """A definition without a checksum and size."""
    return {key: value for key, value in definition(**changes).items() if key not in ("sha256", "size")}


def local_definition(address, **changes):
    """The definition of a local file or folder, without a checksum and size unless ``changes`` gives them."""
    return {**without_checksum(kind="path", address=str(address)), **changes}


def zipped(members):
    """A zip archive of texts or bytes, by their paths."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def tar_gz(members):
    """A gzipped tar archive of bytes by their paths."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, content in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def write_source(folder, contents):
    """Write a downloaded source, as the download stage would, from texts or bytes by their paths."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    entries = {
        name: {"sha256": files.sha256(folder / name), "size": (folder / name).stat().st_size} for name in contents
    }
    write_record_of_source(folder, entries)


def write_record_of_source(folder, entries, **changes):
    """Write the record of a downloaded source, of these files."""
    record = {"source": folder.name, "version": None, "sha256": "0" * 64, "size": 1, "changes": [], "files": entries}
    write_record(folder / "source.json", {**record, **changes})


def assert_fetched(destination, name="data.bin", body=BODY):
    """Check that a source's folder has this one file, and that nothing else is next to it."""
    assert {key: path.read_bytes() for key, path in raw_files(destination).items()} == {name: body}
    assert sorted(path.name for path in destination.parent.iterdir()) == [destination.name]


def fetch_data_bin(server, folder, **changes):
    """Fetch the server's /data.bin as the source ``demo`` into ``folder`` and check the result."""
    fetch(definition(**{"address": f"{server.url}/data.bin", **changes}), folder / "demo")
    assert_fetched(folder / "demo")


def on_disk(folder):
    """The paths of all files and folders in a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) if folder.exists() else []
