"""Web addresses: what is wrong with one, the file that it names, and how it is printed."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from beyondtext.core.printing import printable, without_secrets

LONGEST_FILE_NAME = 200  # bytes; most file systems allow 255, and a temporary name is longer


def shown(address):
    """An address as a message prints it."""
    return printable(without_secrets(address))


def problem(address):
    """Why something is not the address of a file on the web; None if it is one."""
    strange = next((sign for sign in address if not sign.isprintable()), None)
    if strange is not None:
        return f"it has the character {strange!r}"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:  # whose message may quote a password
        return "its server or its port cannot be read"
    if parts.scheme not in ("http", "https"):
        return "it does not begin with http:// or https://"
    return None if host else "it has no server"


def file_name(address):
    """The last part of an address's path; ``download`` if that cannot be the name of a file."""
    return "download" if problem_of_name(address) else _last_part(address)


def problem_of_name(address):
    """Why the last part of an address's path cannot be the name of a file; None if it can."""
    name = _last_part(address)
    if not name.strip("."):
        return "the address does not end with the name of a file"
    strange = next((sign for sign in name if not sign.isprintable()), None)
    if strange is not None:
        return f"the last part of the address has the character {strange!r}"
    size = len(name.encode())
    if size >= LONGEST_FILE_NAME:
        return f"the last part of the address has {size:,} bytes, and a name fewer than {LONGEST_FILE_NAME}"
    return None


def _last_part(address):
    """The last part of an address's path, decoded; empty if there is none."""
    try:
        return Path(unquote(urlsplit(address).path)).name
    except ValueError:  # such as an incomplete IPv6 host, of which the request will say more
        return ""


def short_digest(text):
    """A short name for a file that belongs to an address."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
