"""Downloading one file from a web address or its mirrors.

An interrupted download is resumed with a range request (RFC 9110, sections 13.1.5 and 14). `urllib3.util.Retry` counts
the attempts, computes the waits and parses Retry-After. Its own loop is not used: it repeats a request only until the
response begins, and repeats it as it was, whereas here a body that breaks off is continued from the last byte.
"""

import sys
import time
from contextlib import contextmanager

from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data.fetch import connection
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


class _WrongSettingError(_PermanentError):
    """A setting of the environment with which no address of this kind can be reached."""


class UnavailableError(Exception):
    """A file that no address provides; the message has the reason for each."""


def download(source, addresses, part, headers=None):
    """Complete a partial file from the first address that provides it, and verify it.

    Parameters
    ----------
    source : dict
        ``id``, for the progress bar; ``sha256`` and ``size`` of the file if they are known.
    addresses : list of str
    part : beyondtext.data.fetch.partial.PartialFile
        What earlier attempts received, and where the file is afterwards.
    headers : dict of str to dict, optional
        Further request headers, by address.

    Raises
    ------
    UnavailableError
        If no address provides the file; what was received is kept in ``part``.
    InputError
        If a setting of the environment, such as a proxy, is the reason.
    """
    _from_any(addresses, lambda address: _download(source, address, part, (headers or {}).get(address, {})))


def header(address, name, headers):
    """The value of a response header at an address, or at one of those that it redirects to, the first that has it.

    It raises what `download` raises.
    """
    return _from_any([address], lambda address: _repeat(address, lambda: _request_header(address, name, headers)))


def _from_any(addresses, attempt):
    """The value of ``attempt(address)`` for the first address that does not fail."""
    failures = []
    for address in addresses:
        try:
            return attempt(address)
        except _PermanentError as error:
            failures.append((address, error))
            print(f"giving up on {address}: {error}", file=sys.stderr)
    errors = [error for _, error in failures]
    if all(isinstance(error, _WrongSettingError) for error in errors):
        raise InputError(str(errors[0]))
    raise UnavailableError("; ".join(f"{address}: {error}" for address, error in failures))


def _repeat(address, attempt):
    """The value of ``attempt()``, which is repeated while another attempt may help; else a `_PermanentError`."""
    retry = _retry_policy(address)
    while True:
        try:
            return attempt()
        except _RetryableError as error:
            retry = _wait_for_next_attempt(retry, address, error)


def _download(source, address, part, headers):
    """Complete ``part`` and verify it; raise `_PermanentError` if this address does not provide the file."""

    def attempt():
        is_resumed = part.size > 0
        _request(source, address, part, headers)
        problem = mismatch(source, files.sha256(part.path), part.size)
        if problem is None:
            return
        part.discard()
        if not is_resumed:
            raise _PermanentError(f"{problem}; the file was deleted")
        # The bytes kept from an earlier attempt may be those of another file: start once more from the beginning.
        raise _RetryableError(problem, wait=0)

    _repeat(address, attempt)


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


@contextmanager
def _explained(address):
    """Check the environment before a request; turn what `requests` and urllib3 raise into one of our errors."""
    import requests
    import urllib3

    try:
        problem = connection.wrong_setting(address)
    except ValueError as error:
        raise _PermanentError(f"not a web address ({error})") from None
    if problem:
        raise _WrongSettingError(problem)
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        message, is_permanent = connection.failure(error, address)
        raise (_PermanentError if is_permanent else _RetryableError)(message) from None


def _request_header(address, name, headers):
    """Request an answer without its body, once."""
    import requests

    with _explained(address):
        response = requests.head(address, headers=headers, allow_redirects=True, timeout=TIMEOUTS)
    for answer in (*response.history, response):
        if answer.ok and name in answer.headers:
            return answer.headers[name]
    _check_status(response)
    raise _PermanentError(f"the answer has no header {name}")


def _request(source, address, part, headers):
    """Request the bytes that ``part`` lacks, once."""
    import requests

    size = source.get("size")
    if part.size == size:
        return
    tag = part.tag(address)
    # Without a checksum, only the entity tag tells whether these bytes belong to the same file.
    if (size is not None and part.size > size) or ("sha256" not in source and not tag):
        part.discard()
    # Ranges count the bytes that are sent, so the body must not be compressed.
    headers = {**headers, "Accept-Encoding": "identity"}
    if part.size:
        headers |= {"Range": f"bytes={part.size}-"} | ({"If-Range": tag} if tag else {})
    with _explained(address), requests.get(address, headers=headers, stream=True, timeout=TIMEOUTS) as response:
        _check_status(response, part)
        # A status of 200 is the whole file: the server ignores ranges, or the file has changed.
        start = 0 if response.status_code == 200 else part.size
        tag = response.headers.get("ETag", "")
        # A weak tag does not promise identical bytes and must not be used for ranges (RFC 9110, section 13.1.5).
        part.record_origin(address, "" if tag.startswith("W/") else tag)
        _receive(source, response, part, start)


def _check_status(response, part=None):
    """Raise the error for a response without the bytes that ``part`` lacks."""
    status = response.status_code
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
    if status == 200 or (status == 206 and part and start == str(part.size)):
        return
    if part and status in (206, RANGE_NOT_SATISFIABLE):
        part.discard()
        raise _RetryableError("the server cannot resume the transfer", wait=0)
    explanation = response.headers.get("X-Error-Message")  # of the Hugging Face hub
    message = f"HTTP {status} {response.reason or ''}".rstrip() + (f" ({explanation})" if explanation else "")
    if status in RETRY_STATUSES:
        raise _RetryableError(message, wait=_retry_after(response))
    raise _PermanentError(message)


def _retry_after(response):
    """The wait that the server requests, in seconds, or None if it gives no valid number or date."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return Retry().get_retry_after(response)
    except (InvalidHeader, ValueError, OverflowError):
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
            bar.update(len(chunk))
            while chunk:  # an unbuffered write may write less than it is given
                chunk = chunk[out.write(chunk) :]
    # A complete body of another length than the definition's is left to the verification.
    is_complete = length.isdigit() and received == start + int(length)
    if size is not None and received < size and not is_complete:
        raise _RetryableError(f"the transfer ended after {received} of {size} bytes")
