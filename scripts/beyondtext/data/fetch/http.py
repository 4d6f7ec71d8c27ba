"""Sources of kind ``http``: one file from an address or its mirrors, or several files from an address each.

An interrupted download is resumed with a range request (RFC 9110, sections 13.1.5 and 14). `urllib3.util.Retry` counts
the attempts, computes the waits and parses Retry-After. Its own loop is not used: it repeats a request only until the
response begins, and repeats it as it was, whereas here a body that breaks off is continued from the last byte.
"""

import os
import sys
import time
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data.fetch.partial import PartialFile, partial_folder
from beyondtext.data.fetch.verify import mismatch

ATTEMPTS = 5  # per address
FIRST_WAIT = 1.0  # seconds before the second attempt; doubled for each further one
LONGEST_WAIT = 120.0  # seconds; an address whose server requests a longer wait is abandoned
TIMEOUTS = (10.0, 60.0)  # seconds to connect, and between two chunks of the body
CHUNK = 1 << 16  # bytes; a process that is killed loses at most one chunk
RETRY_STATUSES = (408, 425, 429, 500, 502, 503, 504)
RANGE_NOT_SATISFIABLE = 416


class _RetryableError(Exception):
    """A failed attempt after which another one may succeed; ``wait`` (seconds) overrides the back-off."""

    def __init__(self, message, wait=None):
        super().__init__(message)
        self.wait = wait


class _PermanentError(Exception):
    """An address that will not provide the file, however often it is requested."""


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
        # Named by the checksum: after a change of the definition, no other file's bytes are resumed.
        part = PartialFile(folder / source.get("sha256", _short_digest(source["address"]))[:16])
        _download_from_any(source, [source["address"], *source.get("mirrors", [])], part)
        # The requested files are named after the address, whichever mirror the bytes came from.
        named = folder / _file_name(source["address"])
        os.replace(part.path, named)
        try:
            yield named, source.get("version")
        finally:
            if named.exists():
                os.replace(named, part.path)


def _retrieve_several(source, folder):
    """The folder with the files of several addresses; the definition's checksum and size are those of the folder."""
    names = [_file_name(address) for address in source["address"]]
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise InputError(
            f"several addresses end in {repeated[0]}, but the files of a source need different names; define a source "
            "for each"
        )
    complete = folder / "files"
    complete.mkdir(exist_ok=True)
    file_source = {key: value for key, value in source.items() if key not in ("sha256", "size")}
    for address, name in zip(source["address"], names, strict=True):
        named = complete / name
        if not named.exists():  # otherwise an earlier call completed it
            part = PartialFile(folder / _short_digest(address))
            _download_from_any(file_source, [address], part)
            os.replace(part.path, named)
    return complete


def _short_digest(text):
    return sha256(text.encode()).hexdigest()[:16]


def _file_name(address):
    """The last part of an address's path; ``download`` if that is empty or consists of dots."""
    name = Path(unquote(urlsplit(address).path)).name
    return name if name.strip(".") else "download"


def _download_from_any(source, addresses, part):
    """Complete ``part`` from the first address that provides the verified file."""
    failures = []
    for address in addresses:
        try:
            _download(source, address, part)
            return
        except _PermanentError as error:
            failures.append(f"{address}: {error}")
            print(f"giving up on {failures[-1]}", file=sys.stderr)
    raise InputError(
        f"the file is not available ({'; '.join(failures)}); check the connection and the addresses, then run the same "
        "command again, which resumes the download; or fetch the file by hand and give its path under `paths` in the "
        f"configuration ({source['id']}: /a/file/or/folder)"
    )


def _download(source, address, part):
    """Complete ``part`` and verify it; raise `_PermanentError` if this address does not provide the file."""
    retry = _retry_policy(address)
    while True:
        is_resumed = part.size > 0
        try:
            _request(source, address, part)
            problem = mismatch(source, files.sha256(part.path), part.size)
            if problem is None:
                return
            part.discard()
            if not is_resumed:
                raise _PermanentError(f"{problem}; the file was deleted")
            # The bytes kept from an earlier attempt may be those of another file: start once more from the beginning.
            raise _RetryableError(problem, wait=0)
        except _RetryableError as error:
            retry = _wait_for_next_attempt(retry, address, error)


def _retry_policy(address):
    """The attempts and waits for one address: FIRST_WAIT, twice that, and so on up to LONGEST_WAIT."""
    from urllib3.util.retry import RequestHistory, Retry

    # urllib3 does not wait after the first failure in a row. With one in the history from the start, it does.
    history = (RequestHistory("GET", address, None, None, None),)
    return Retry(total=ATTEMPTS - 1, backoff_factor=FIRST_WAIT / 2, backoff_max=LONGEST_WAIT, history=history)


def _wait_for_next_attempt(retry, address, error):
    """Wait as the policy or the server requires, and return the policy for the next attempt."""
    from urllib3.exceptions import MaxRetryError

    try:
        retry = retry.increment("GET", address, error=error)
    except MaxRetryError:
        raise _PermanentError(f"{error}, in the last of {ATTEMPTS} attempts") from None
    wait = retry.get_backoff_time() if error.wait is None else error.wait
    if wait > LONGEST_WAIT:
        raise _PermanentError(f"{error}, and the server requests a wait of {wait:.0f} s") from None
    attempt = ATTEMPTS - retry.total
    print(f"{address}: {error}; attempt {attempt} of {ATTEMPTS} in {wait:.0f} s", file=sys.stderr)
    time.sleep(wait)
    return retry


def _request(source, address, part):
    """Request the bytes that ``part`` lacks, once."""
    import requests
    import urllib3

    size = source.get("size")
    if part.size == size:
        return
    tag = part.tag(address)
    # Without a checksum, only the entity tag tells whether these bytes belong to the same file.
    if (size is not None and part.size > size) or ("sha256" not in source and not tag):
        part.discard()
    # Ranges count the bytes that are sent, so the body must not be compressed.
    headers = {"Accept-Encoding": "identity"}
    if part.size:
        headers |= {"Range": f"bytes={part.size}-"} | ({"If-Range": tag} if tag else {})
    try:
        with requests.get(address, headers=headers, stream=True, timeout=TIMEOUTS) as response:
            _check_status(response, part)
            # A status of 200 is the whole file: the server ignores ranges, or the file has changed.
            start = 0 if response.status_code == 200 else part.size
            tag = response.headers.get("ETag", "")
            # A weak tag does not promise identical bytes and must not be used for ranges (RFC 9110, section 13.1.5).
            part.record_origin(address, "" if tag.startswith("W/") else tag)
            _receive(source, response, part, start)
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as e:
        raise _PermanentError(f"not a web address ({e})") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        reason = " ".join(str(error).split())
        raise _RetryableError(f"the transfer was interrupted ({type(error).__name__}: {reason})") from None


def _check_status(response, part):
    """Raise the error for a response without the requested bytes."""
    status = response.status_code
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
    if status == 200 or (status == 206 and start == str(part.size)):
        return
    if status in (206, RANGE_NOT_SATISFIABLE):
        part.discard()
        raise _RetryableError("the server cannot resume the transfer", wait=0)
    message = f"HTTP {status} {response.reason or ''}".rstrip()
    if status in RETRY_STATUSES:
        raise _RetryableError(message, wait=_retry_after(response))
    raise _PermanentError(message)


def _retry_after(response):
    """The wait that the server requests, in seconds, or None if it gives no valid number or date."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return Retry().get_retry_after(response)
    except (InvalidHeader, ValueError):
        return None


def _receive(source, response, part, start):
    """Append the body to the ``start`` bytes of ``part``, or replace them if ``start`` is 0."""
    from tqdm import tqdm

    length = response.headers.get("Content-Length", "")
    size = source.get("size", start + int(length) if length.isdigit() else None)
    # On a terminal the bar moves; in a log file every update is a new line.
    interval = 0.1 if sys.stderr.isatty() else 10.0
    bar = tqdm(desc=source["id"], total=size, initial=start, unit="B", unit_scale=True, mininterval=interval)
    received = start
    with bar, open(part.path, "ab" if start else "wb", buffering=0) as out:
        for chunk in response.raw.stream(CHUNK, decode_content=False):
            received += len(chunk)
            if size is not None and received > size:
                part.discard()
                raise _PermanentError(f"the server sends more than the {size} bytes expected")
            out.write(chunk)
            bar.update(len(chunk))
    # A complete body of another length than the definition's is left to the verification.
    is_complete = length.isdigit() and received == start + int(length)
    if size is not None and received < size and not is_complete:
        raise _RetryableError(f"the transfer ended after {received} of {size} bytes")
