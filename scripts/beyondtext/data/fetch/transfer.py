"""Downloading one file from a web address or its mirrors.

An interrupted download is resumed with a range request (RFC 9110, sections 13.1.5 and 14). `urllib3.util.Retry` counts
the attempts, computes the waits and parses Retry-After. Its own loop is not used: it repeats a request only until the
response begins, and repeats it as it was, whereas here a body that breaks off is continued from the last byte.
"""

import functools
import sys
import time

from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable
from beyondtext.data.fetch import addresses, body, connection, content
from beyondtext.data.fetch.connection import PermanentError, RetryableError, TooLargeError, WrongSettingError
from beyondtext.data.fetch.verify import OTHER_VERSION, mismatch

ATTEMPTS = 5  # per address
FIRST_WAIT = 1.0  # seconds before the second attempt; doubled for each further one
LONGEST_WAIT = 120.0  # seconds; an address whose server requests a longer wait is abandoned
TIMEOUTS = (10.0, 60.0)  # seconds to connect, and between two chunks of the body
RETRY_STATUSES = (408, 425, 429, 500, 502, 503, 504)
RANGE_NOT_SATISFIABLE = 416
MISSING = (404, 410)
RETRY = "then run the same command again, which resumes the download"


class UnavailableError(Exception):
    """A file that no address provides; the message has the reason for each.

    ``advice`` says what may help; None if the connection may be the reason for any. ``is_too_large`` says whether every
    address sends more than the file may have.
    """

    def __init__(self, message, advice=None, is_too_large=False):
        super().__init__(message)
        self.advice = advice
        self.is_too_large = is_too_large


def download(source, candidates, part, headers=None, access=None):
    """Complete a partial file from the first address that provides it, and verify it.

    Parameters
    ----------
    source : dict
        ``id``, for the progress bar; ``sha256`` and ``size`` of the file if they are known, otherwise ``limit``, the
        most bytes that it may have (default: `beyondtext.data.fetch.body.MAX_BYTES`). Without a checksum, the answer
        must look like the file, which is named after the first address.
    candidates : list of str
        The addresses.
    part : beyondtext.data.fetch.partial.PartialFile
        What earlier attempts received, and where the file is afterwards.
    headers : dict of str to dict, optional
        Further request headers, by address.
    access : callable, optional
        See `beyondtext.data.fetch.session.answer`.

    Raises
    ------
    UnavailableError
        If no address provides the file; what was received is kept in ``part``.
    InputError
        If a setting of the environment, such as a proxy, is the reason.
    """
    name = addresses.file_name(candidates[0])
    options = {"headers": headers or {}, "access": access}
    _from_any(candidates, lambda address: _download(source, name, address, part, options))


def header(address, name, headers):
    """The value of a response header at an address, or at one of those that it redirects to, the first that has it.

    It raises what `download` raises.
    """
    return _from_any([address], lambda address: _repeat(address, lambda: _request_header(address, name, headers)))


def page(address, headers, limit, access=None):
    """The bytes of a page, at most ``limit``, and the address that it has; None if there is none.

    It raises what `download` raises.
    """
    request = functools.partial(_request_page, address, headers, limit, access)
    return _from_any([address], lambda address: _repeat(address, request))


def _from_any(candidates, attempt):
    """The value of ``attempt(address)`` for the first address that does not fail."""
    failures = []
    for address in candidates:
        try:
            return attempt(address)
        except PermanentError as error:
            failures.append((addresses.shown(address), error))
            print(f"giving up on {addresses.shown(address)}: {error}", file=sys.stderr)
    errors = [error for _, error in failures]
    if all(isinstance(error, WrongSettingError) for error in errors):
        raise InputError(str(errors[0]))
    advice = list(dict.fromkeys(error.advice for error in errors))  # without repeats
    reasons = "; ".join(f"{address}: {error}" for address, error in failures)
    is_too_large = all(isinstance(error, TooLargeError) for error in errors)
    raise UnavailableError(reasons, None if None in advice else "; ".join(advice), is_too_large)


def _repeat(address, attempt):
    """The value of ``attempt()``, which is repeated while another attempt may help; else a `PermanentError`."""
    retry = _retry_policy(address)
    while True:
        try:
            return attempt()
        except RetryableError as error:
            retry = _wait_for_next_attempt(retry, address, error)


def _download(source, name, address, part, options):
    """Complete ``part`` and verify it; raise `PermanentError` if this address does not provide the file."""

    def attempt():
        is_resumed = part.size > 0
        _request(source, name, address, part, options)
        problem, advice = mismatch(source, files.sha256(part.path), part.size), OTHER_VERSION
        if problem is None and "sha256" not in source:
            problem, advice = content.wrong_beginning(name, part.path) or (None, None)
        if problem is None:
            return
        part.discard()
        if not is_resumed:
            raise PermanentError(f"{problem}; the file was deleted", advice)
        # The bytes kept from an earlier attempt may be those of another file: start once more from the beginning.
        raise RetryableError(problem, wait=0)

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
        raise PermanentError(f"{error}, in the last of {ATTEMPTS} attempts") from None
    wait = retry.get_backoff_time() if error.wait is None else error.wait
    if wait > LONGEST_WAIT:
        raise PermanentError(f"{error}, and the server requests a wait of {wait:.0f} s") from None
    attempt = ATTEMPTS - retry.total
    print(f"{addresses.shown(address)}: {error}; attempt {attempt} of {ATTEMPTS} in {wait:.0f} s", file=sys.stderr)
    time.sleep(wait)
    return retry


def _request_header(address, name, headers):
    """Request an answer without its body, once."""
    with (
        connection.explained(address),
        _session().answer("HEAD", address, headers, TIMEOUTS) as (response, history),
    ):
        for answer in (*history, response):
            if answer.status_code < 400 and name in answer.headers:
                return answer.headers[name]
        _check_status(response)
    raise PermanentError(f"the answer has no header {name}")


def _request_page(address, headers, limit, access):
    """Request a short page, once; None if there is none."""
    headers = {**headers, "Accept-Encoding": "identity"}
    with (
        connection.explained(address),
        _session().answer("GET", address, headers, TIMEOUTS, access) as (response, _),
    ):
        if response.status_code in MISSING:
            return None
        _check_status(response)
        problem = content.compressed("", response.headers)
        if problem:
            raise PermanentError(*problem)
        return body.read(response, limit), response.url


def _request(source, name, address, part, options):
    """Request the bytes that ``part`` lacks, once."""
    if part.size == source.get("size"):
        return
    start = _first_byte(source, address, part)
    tag = part.tag(address)
    # Ranges count the bytes that are sent, so the body must not be compressed.
    headers = {**options.get("headers", {}).get(address, {}), "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-"} | ({"If-Range": tag} if tag else {})
    with (
        connection.explained(address),
        _session().answer("GET", address, headers, TIMEOUTS, options.get("access")) as (response, _),
    ):
        _check_status(response, part, start)
        problem = None if "sha256" in source else content.wrong_headers(name, response.headers)
        if problem:
            raise PermanentError(*problem)
        if response.status_code == 200:  # the whole file: the server ignores ranges, or the file has changed
            part.discard()
            start = 0
        part.record_origin(address, response.headers.get("ETag", ""))
        body.receive(source, response, part, start)


def _first_byte(source, address, part):
    """The first byte to ask for; bytes that cannot be continued are discarded."""
    is_too_long = "size" in source and part.size > source["size"]
    if "sha256" in source and not is_too_long:
        return part.size
    # Without a checksum, the entity tag tells whether these bytes belong to the same file, and some that are sent
    # twice tell whether that is true.
    if is_too_long or not part.tag(address) or part.size <= body.OVERLAP:
        part.discard()
        return 0
    return part.size - body.OVERLAP


def _check_status(response, part=None, start=0):
    """Raise the error for a response without the bytes from ``start`` on."""
    status = response.status_code
    if status == 200 or (status == 206 and start and body.content_range(response.headers)[0] == start):
        return
    if status == 206 and not start:
        problem = "the server sends a part of the file (HTTP 206), although all of it was asked for"
        raise PermanentError(problem, content.OTHER_SERVER)
    if part and status in (206, RANGE_NOT_SATISFIABLE):
        part.discard()
        raise RetryableError("the server cannot resume the transfer", wait=0)
    explanation = response.headers.get("X-Error-Message")  # of the Hugging Face hub
    message = f"HTTP {status} {printable(response.reason or '')}".rstrip()
    message += f" ({printable(explanation)})" if explanation else ""
    if status in RETRY_STATUSES:
        raise RetryableError(message, wait=_retry_after(response))
    raise PermanentError(message)


def _retry_after(response):
    """The wait that the server requests, in seconds, or None if it gives no valid number or date."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        wait = Retry().get_retry_after(response)
        return None if wait is None else float(wait)
    except (InvalidHeader, ValueError, OverflowError):
        return None


def _session():
    from beyondtext.data.fetch import session  # imports `requests`

    return session
