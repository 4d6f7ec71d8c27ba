"""Why a request to a web server failed, in words, and which settings of the environment are wrong.

`requests` follows HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.
"""

import os
import re
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from beyondtext.core.printing import printable, without_secrets
from beyondtext.data.fetch import addresses

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in the order in which `requests` looks at them
SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
LONGEST_REASON = 300  # characters


class RetryableError(Exception):
    """A failed attempt after which another one may succeed; ``wait`` (seconds) overrides the back-off."""

    def __init__(self, message, wait=None):
        super().__init__(message)
        self.wait = wait


class PermanentError(Exception):
    """An address that will not provide the file, however often it is requested; ``advice`` says what may help."""

    def __init__(self, message, advice=None):
        super().__init__(message)
        self.advice = advice


class TooLargeError(PermanentError):
    """An address that sends more than the file may have."""


class WrongSettingError(PermanentError):
    """A setting of the environment with which no address of this kind can be reached."""


@contextmanager
def explained(address):
    """Check an address and the environment before a request, and translate exceptions of the body into our own.

    These are the exceptions of `requests` and urllib3, and those for text that cannot be encoded or decoded.
    """
    import requests
    import urllib3

    if problem := addresses.problem(address):
        raise PermanentError(f"not a web address ({problem})")
    if problem := wrong_setting(address):
        raise WrongSettingError(problem)
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
        message, is_permanent = failure(error, address)
        raise (PermanentError if is_permanent else RetryableError)(message) from None


def wrong_setting(address):
    """A sentence on a variable of the environment with which no request to an address can succeed.

    Parameters
    ----------
    address : str

    Returns
    -------
    str or None
        What the variable is set to, without a password, and what to do; None if nothing is wrong.
    """
    variable, proxy = _proxy(address)
    problem = _problem_of_proxy(proxy) if proxy else None
    if problem:
        return f"{variable} is {_without_password(proxy)!r}, {problem}"
    bundle = _bundle()
    if bundle and address.startswith("https:") and not Path(os.environ[bundle]).exists():
        return f"{bundle} is {os.environ[bundle]!r}, which does not exist; correct or unset it"
    return None


def failure(error, address):
    """What went wrong in a request, and whether another attempt would be pointless.

    Parameters
    ----------
    error : Exception
        One that `requests` or urllib3 raised.
    address : str

    Returns
    -------
    tuple of (str, bool)
    """
    from requests import exceptions
    from urllib3.exceptions import NameResolutionError

    from beyondtext.data.fetch.session import InsecureRedirectError, MalformedRedirectError

    *_, cause = _causes(error)
    reason = _without_place(cause)
    if isinstance(error, InsecureRedirectError | MalformedRedirectError):
        return reason, True
    if isinstance(error, exceptions.ProxyError):
        variable, proxy = _proxy(address)
        where = f" in {variable}, {_without_password(proxy)}," if proxy else ""
        return f"the proxy{where} cannot be reached or refused the request ({reason}); check it", False
    if isinstance(error, exceptions.SSLError) and "certificate" in reason.lower():
        bundle = _bundle()
        advice = (
            f"check {bundle}, which is {os.environ[bundle]!r}"
            if bundle
            else "if a proxy replaces certificates, set REQUESTS_CA_BUNDLE to the file with its own; check the clock"
        )
        return f"the server's certificate was not accepted ({reason}); {advice}", True
    if isinstance(error, exceptions.TooManyRedirects):
        return f"the address leads in a circle ({reason})", True
    if "Header" in type(error).__name__:  # InvalidHeader of `requests` or of urllib3
        return f"the header of the server's answer is not valid ({reason})", True
    if isinstance(error, ValueError):  # an address that cannot be parsed, or one that is not of http or https
        return f"not a web address ({reason})", True
    if isinstance(cause, NameResolutionError):
        return f"the server's name is not known ({reason})", False
    return f"the transfer was interrupted ({type(error).__name__}: {reason})", False


def _proxy(address):
    """The variable that gives the proxy for an address, and the proxy; None and None if it is reached directly."""
    from requests.utils import get_environ_proxies, select_proxy

    proxies = get_environ_proxies(address)
    proxy = select_proxy(address, proxies)
    if not proxy:
        return None, None
    key = next(key for key, value in proxies.items() if value == proxy)
    names = (f"{key}_proxy", f"{key}_proxy".upper())  # the first one wins if both are set
    return next((name for name in names if os.environ.get(name)), names[1]), proxy


def _problem_of_proxy(proxy):
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        parsed = parse_url(proxy)
    except LocationParseError:
        parsed = None
    if parsed is None or not parsed.host:
        return "which is not the address of a proxy; set it to one such as http://proxy.example.org:3128, or unset it"
    scheme = parsed.scheme or "http"
    if scheme in SOCKS and find_spec("socks") is None:
        return (
            "a SOCKS proxy, which needs the package PySocks; install it with `python -m pip install PySocks`, or set "
            "the variable to an http:// proxy, or unset it"
        )
    if scheme not in ("http", "https", *SOCKS):
        return "but the address of a proxy begins with http://, https:// or socks5://; correct or unset it"
    return None


def _without_password(proxy):
    """A proxy's address without the name and the password in front of its host."""
    before, at, host = proxy.rpartition("@")
    scheme = re.match(r"(\w+://)?", before)[0]
    return f"{scheme}***@{host}" if at else proxy


def _bundle():
    """The variable that names the file with the accepted certificates, if one is set."""
    return next((name for name in BUNDLES if os.environ.get(name)), None)


def _causes(error):
    """An exception, and what it was made from: `requests` and urllib3 pass causes on as arguments and attributes."""
    while isinstance(error, BaseException):
        yield error
        inner = (getattr(error, "reason", None), getattr(error, "original_error", None), *error.args[:1])
        error = next((item for item in inner if isinstance(item, BaseException)), None)


def _without_place(error):
    """The message of an exception on one line, without the name of the Python object that it begins with."""
    message = re.sub(r"^\w+\(host=[^)]*\): ", "", " ".join(str(error).split()))
    return printable(without_secrets(message), LONGEST_REASON)
