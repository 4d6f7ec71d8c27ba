"""One request to a web server, with its redirections: an answer begins in time, and no step leaves encryption.

`requests` itself follows redirections from https to http, reads the bodies of redirections to their ends, and waits
for as long as a server sends a byte of its header now and then.
"""

import threading
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import requests

from beyondtext.data.fetch import addresses

ANSWER_TIME = 150.0  # seconds in which a server must have sent the header of its answer
MOST_REDIRECTS = 20


class InsecureRedirectError(requests.RequestException):
    """A redirection from an encrypted connection to one that anybody on the way can read and change."""


class MalformedRedirectError(requests.RequestException):
    """A redirection to something that is no web address."""


class _Session(requests.Session):
    """A session that leaves redirections to us: `requests` prepares the next one even if it shall not follow it."""

    def resolve_redirects(self, *arguments, **options):
        return iter(())


@contextmanager
def answer(method, address, headers, timeout, access=None):
    """Yield the answer to a request, whose body has not been read, and those that redirected to it.

    Parameters
    ----------
    method : {"GET", "HEAD"}
    address : str
    headers : dict
        An Authorization is not passed on to another server.
    timeout : tuple of float
        Seconds to connect, and between two pieces that arrive.
    access : callable, optional
        ``access(address)`` gives further arguments of `requests.request`, such as ``verify``.

    Yields
    ------
    tuple of (requests.Response, list of requests.Response)

    Raises
    ------
    requests.RequestException
    """
    history = []
    with _Session() as session:
        while True:
            more = {"headers": headers, "timeout": timeout, **(access(address) if access else {})}
            response = _in_time(session, method, address, more)
            try:
                target = _target(session, response)
                if target is None:
                    yield response, history
                    return
            finally:
                response.close()
            history.append(response)
            if len(history) > MOST_REDIRECTS:
                raise requests.TooManyRedirects(f"more than {MOST_REDIRECTS} redirections", response=response)
            if session.should_strip_auth(address, target):
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            address = target


def _in_time(session, method, address, more):
    """The answer to one request.

    A time limit of a connection is for each piece that arrives, so that a server that sends its header byte by byte
    would never exceed it. The thread that waits for such a server ends with the program.
    """
    result = {}

    def request():
        try:
            result["answer"] = session.request(method, address, stream=True, allow_redirects=False, **more)
        except BaseException as error:
            result["error"] = error

    thread = threading.Thread(target=request, daemon=True)
    thread.start()
    thread.join(ANSWER_TIME)
    if thread.is_alive():
        raise requests.ReadTimeout(f"the server did not answer within {ANSWER_TIME:.0f} s")
    if "error" in result:
        raise result["error"]
    return result["answer"]


def _target(session, response):
    """Where an answer redirects to; None if it does not."""
    try:
        location = session.get_redirect_target(response)
        if location is None:
            return None
        target = urljoin(response.url, location)
        problem = addresses.problem(target)
    except ValueError as error:
        problem = error
    if problem:
        raise MalformedRedirectError(f"the address redirects to what is not a web address ({problem})")
    if urlsplit(response.url).scheme == "https" and urlsplit(target).scheme == "http":
        raise InsecureRedirectError(
            f"the address redirects from https to {addresses.shown(target)}, which is not encrypted"
        )
    return target
