"""The body of an answer: of limited size, not endlessly slow and, if a transfer is resumed, of the same file."""

import re
import sys
import threading
from contextlib import contextmanager, suppress

from beyondtext.core.atomic import sync
from beyondtext.data.fetch.connection import PermanentError, RetryableError, TooLargeError
from beyondtext.data.fetch.content import BROWSER
from beyondtext.data.fetch.verify import OTHER_VERSION

CHUNK = 1 << 16  # bytes; a process that is killed loses at most one chunk
OVERLAP = 1 << 16  # bytes that are sent twice where no checksum tells whether a resumed file is the same
MAX_BYTES = 5 * 10**9  # of a download whose definition gives no size
SLOWEST = 1000  # bytes per second, on average over SPEED_TIME
SPEED_TIME = 60.0  # seconds
LENGTH = re.compile("[0-9]{1,15}")
CONTENT_RANGE = re.compile("bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15}|[*])")


def content_range(headers):
    """The first byte that a partial answer has, and the size of the whole file; None for what it does not say."""
    match = CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if not match:
        return None, None
    return int(match[1]), None if match[2] == "*" else int(match[2])


def receive(source, response, part, start):
    """Append a body that begins at byte ``start`` of the file to ``part``, or replace it if ``start`` is 0.

    A complete body is on the disk when this returns, since a file that then gets its name is taken as complete.

    Parameters
    ----------
    source : dict
        ``id``, for the progress bar; ``size`` of the file, or else ``limit``, the most that it may have.
    response : requests.Response
    part : beyondtext.data.fetch.partial.PartialFile
        Bytes that it already has from ``start`` on are compared with those that arrive.
    start : int

    Raises
    ------
    RetryableError
        If the body breaks off, is too slow, or belongs to another file.
    TooLargeError
        If it is too large.
    """
    length = _declared_length(response)
    end = None if length is None else start + length
    _, total = content_range(response.headers)
    size = source.get("size") or total or end
    limit = source.get("size") or source.get("limit", MAX_BYTES)
    if max(end or 0, total or 0) > limit:
        if not start:  # otherwise the bytes may be continued from another address
            part.discard()
        raise _too_large(source)
    with _bar(source, size, start) as bar, open(part.path, "r+b" if start else "w+b", buffering=0) as out:
        kept = _bytes_from(out, start)
        received = start
        for piece in pieces(response):
            received += len(piece)
            if received > limit:
                part.discard()
                raise _too_large(source)
            bar.update(len(piece))
            known, piece = piece[: len(kept)], piece[len(kept) :]
            if known != kept[: len(known)]:
                part.discard()
                raise RetryableError("the file has changed since the transfer broke off", wait=0)
            kept = kept[len(known) :]
            while piece:  # an unbuffered write may write less than it is given
                piece = piece[out.write(piece) :]
    # A complete body of another length than the definition's is left to the verification.
    is_whole = start == 0 and received == end
    if size is not None and received < size and not is_whole:
        raise RetryableError(f"the transfer ended after {received} of {size} bytes")
    sync(part.path)


def read(response, limit):
    """The whole of a short body."""
    content = b""
    for piece in pieces(response):
        content += piece
        if len(content) > limit:
            raise PermanentError(f"the server sends more than {limit} bytes, the most for such a page")
    length = _declared_length(response)
    if length is not None and len(content) < length:
        raise RetryableError(f"the transfer ended after {len(content)} of {length} bytes")
    return content


def pieces(response):
    """Yield the pieces of a body as they arrive; a `RetryableError` if they do so too slowly."""
    with _fast_enough(response) as count:
        while piece := response.raw.read1(CHUNK, decode_content=False):
            count(len(piece))
            yield piece


@contextmanager
def _fast_enough(response):
    """Yield the function that counts what arrives, and end a transfer that is too slow, wherever it waits.

    A time limit of a connection is for each piece that arrives, so that a byte now and then would go on for ever.
    """
    import urllib3

    received, is_done, is_slow = [0], threading.Event(), threading.Event()

    def watch():
        before = 0
        while not is_done.wait(SPEED_TIME):
            if received[0] - before < SLOWEST * SPEED_TIME:
                is_slow.set()
                with suppress(ValueError, RuntimeError, OSError):  # the connection may have just ended
                    response.raw.shutdown()
                return
            before = received[0]

    def count(size):
        received[0] += size
        check()

    def check():
        if is_slow.is_set():
            raise RetryableError(f"the server sends fewer than {SLOWEST} bytes a second") from None

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield count
    except (urllib3.exceptions.HTTPError, OSError):  # what a connection that was shut down raises
        check()
        raise
    finally:
        is_done.set()
    check()


def _declared_length(response):
    length = response.headers.get("Content-Length", "").strip()
    return int(length) if LENGTH.fullmatch(length) else None


def _bytes_from(stream, start):
    """What a file has from a byte on; the stream is left at its end."""
    stream.seek(start)
    return stream.read()


def _too_large(source):
    """The exception for a body that is larger than its source allows."""
    if "size" in source:
        return TooLargeError(f"the server sends more than the {source['size']} bytes expected", OTHER_VERSION)
    return TooLargeError(
        f"the server sends more than the {source.get('limit', MAX_BYTES):,} bytes that are accepted; if the file is so "
        "large, give the `size` of the source's download in its definition",
        BROWSER,
    )


def _bar(source, size, start):
    from tqdm import tqdm

    # On a terminal the bar moves; in a log file every update is a new line.
    interval = 0.1 if sys.stderr.isatty() else 10.0
    return tqdm(desc=source["id"], total=size, initial=start, unit="B", unit_scale=True, mininterval=interval)
