"""The files of a package's release in package indexes: their addresses and checksums, and nothing of the files.

An index has a page for each package, in HTML or JSON (the simple repository API of the Python packaging standards).
pip itself cannot download a source distribution without running the build script in it, and clients of the API read
pages of any length into memory; what is needed of the API is a list of links.
"""

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

from packaging.utils import parse_sdist_filename, parse_wheel_filename

from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable, without_secrets
from beyondtext.data.fetch import transfer
from beyondtext.data.fetch.addresses import file_name

MOST_BYTES = 100 * 10**6  # of a page; those of the largest packages have tens of millions
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.5, text/html;q=0.1"
PAGES = (".html", ".htm")


@dataclass(frozen=True)
class Link:
    """A link to a file.

    Attributes
    ----------
    location : str or pathlib.Path
        An address on the web, or a file on the disk.
    sha256 : str or None
        What the index says.
    """

    location: str | Path
    sha256: str | None = None

    @property
    def name(self):
        """The file's name."""
        return self.location.name if isinstance(self.location, Path) else file_name(self.location)


def release(name):
    """The normalized name of the package and the version that a file's name says; None if it is no package's."""
    try:
        parse = parse_wheel_filename if name.endswith(".whl") else parse_sdist_filename
        return parse(name)[:2]
    except ValueError:  # that it is none, or has a number of thousands of digits
        return None


def links(place, package, access=None):
    """The links to a package's files in one index, or on one page or in one folder of find-links.

    Parameters
    ----------
    place : str
        An address on the web, the path of a folder or a page, or such a path as ``file://`` address.
    package : str or None
        The normalized name in an index; None for find-links, where all links of the place are listed.
    access : callable, optional
        See `beyondtext.data.fetch.session.answer`.

    Returns
    -------
    list of Link
        Empty if the place has no page for the package.

    Raises
    ------
    InputError
        If the place cannot be read.
    """
    if urlsplit(place).scheme in ("http", "https"):
        address = place if package is None else f"{place.rstrip('/')}/{package}/"
        return _on_the_web(address, access)
    path = _path(place) if package is None else _path(place) / package / "index.html"
    if path.is_dir():
        files = sorted(path.iterdir())
        found = [link for file in files if file.suffix in PAGES for link in _on_page(file.read_bytes(), file.as_uri())]
        return found + [Link(file) for file in files if file.suffix not in PAGES]
    if path.is_file():
        return _on_page(path.read_bytes(), path.as_uri()) if path.suffix in PAGES else [Link(path)]
    return []


def _path(place):
    """The path that a setting of pip means."""
    path = Path(url2pathname(urlsplit(place).path)) if place.startswith("file:") else Path(place).expanduser()
    return path.absolute()


def _on_the_web(address, access):
    try:
        page = transfer.page(address, {"Accept": ACCEPT}, MOST_BYTES, access)
    except transfer.UnavailableError as error:
        raise InputError(str(error)) from None
    if page is None:
        return []
    content, final = page
    # A page on the web leads to no file on this disk, and the address of its server may need the index's password.
    found = [link for link in _on_page(content, final) if isinstance(link.location, str)]
    return [Link(_with_account(link.location, address), link.sha256) for link in found]


def _on_page(content, address):
    """The links on a page, as its bytes, that has an address; a `file:` address becomes a path."""
    try:
        is_json = content.lstrip().startswith(b"{")
        pairs = _of_json(content) if is_json else _of_html(content)
        return [link for target, digest in pairs if (link := _link(urljoin(address, target), digest))]
    except (ValueError, RecursionError) as error:
        reason = printable(without_secrets(error))
        raise InputError(f"the page {without_secrets(address)} of the package index is corrupt ({reason})") from None


def _link(address, digest):
    """A link to an address; None if it is neither on the web nor on the disk."""
    address, fragment = urldefrag(address)
    digest = digest or next(iter(parse_qs(fragment).get("sha256", [])), None)
    parts = urlsplit(address)
    if parts.scheme == "file":
        path = url2pathname(parts.path)
        return None if "\0" in path else Link(Path(path), digest)
    return Link(address, digest) if parts.scheme in ("http", "https") else None


def _of_json(content):
    page = json.loads(content)
    for file in page["files"] if isinstance(page.get("files"), list) else []:
        address = file.get("url") if isinstance(file, dict) else None
        hashes = file.get("hashes") if isinstance(file, dict) else None
        digest = hashes.get("sha256") if isinstance(hashes, dict) else None
        if isinstance(address, str):
            yield address, digest if isinstance(digest, str) else None


class _Anchors(HTMLParser):
    """The targets of the links on a page, and the address from which they start."""

    def __init__(self):
        super().__init__()
        self.base, self.targets = "", []

    def handle_starttag(self, tag, attrs):
        target = dict(attrs).get("href")
        if tag == "base" and target:
            self.base = self.base or target
        elif tag == "a" and target:
            self.targets.append(target)


def _of_html(content):
    parser = _Anchors()
    parser.feed(content.decode("utf-8", "replace"))
    parser.close()
    return [(urljoin(parser.base, target), None) for target in parser.targets]


def _with_account(address, index):
    """The address of a file with the name and password of the index's address, if it is on the same server."""
    account, at, server = urlsplit(index).netloc.rpartition("@")
    parts = urlsplit(address)
    if not at or parts.netloc != server or parts.scheme != urlsplit(index).scheme:
        return address
    return parts._replace(netloc=f"{account}@{server}").geturl()
