"""What an interrupted download leaves behind, so that the next attempt can resume it.

Everything is kept in ``data/raw/.partial/<source>/``, which is deleted once the source is complete.
"""

import json
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from beyondtext.core.errors import DISK_FULL
from beyondtext.core.scratch import remove_abandoned
from beyondtext.data.fetch.addresses import short_digest
from beyondtext.data.fetch.verify import MismatchError

PARTIAL = ".partial"
STRONG_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')  # RFC 9110, section 8.8.3


@contextmanager
def partial_folder(path):
    """Create a folder for an incomplete download; delete it on success, if the disk is full, and after a mismatch.

    What a killed process was copying into it is deleted at once.
    """
    path.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    try:
        yield path
        shutil.rmtree(path, ignore_errors=True)
    except MismatchError as error:
        # The next attempt would take wrong files as complete.
        shutil.rmtree(path, ignore_errors=True)
        raise MismatchError(f"{error}; what was downloaded is deleted, so that the same command starts again") from None
    except OSError as error:
        # Incomplete files would use up the space that the user has to free.
        if error.errno in DISK_FULL:
            shutil.rmtree(path, ignore_errors=True)
        raise
    finally:
        inside = sorted((folder for folder in path.rglob("*") if folder.is_dir()), reverse=True)
        for folder in (*inside, path, path.parent):
            with suppress(OSError):  # not empty: a file to be resumed, or another source's download
                folder.rmdir()


@dataclass(frozen=True)
class PartialFile:
    """The first bytes of a file, and a JSON file next to it with the address and entity tag that they came with."""

    path: Path

    @property
    def size(self):
        """The number of bytes received so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def _origin(self):
        return self.path.with_name(f"{self.path.name}.json")

    def tag(self, address):
        """The entity tag that the bytes had at ``address``; empty if they came from elsewhere or without one."""
        try:
            origin = json.loads(self._origin.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError, RecursionError):
            return ""
        if not isinstance(origin, dict) or origin.get("address") != short_digest(address):
            return ""
        tag = origin.get("tag")
        return tag if isinstance(tag, str) and STRONG_TAG.fullmatch(tag) else ""

    def record_origin(self, address, tag):
        """Remember where the bytes come from.

        Only a strong tag is kept: a weak one does not promise identical bytes and must not be used for ranges (RFC
        9110, section 13.1.5). An address may have a password, so that only its digest is written.
        """
        origin = {"address": short_digest(address), "tag": tag if STRONG_TAG.fullmatch(tag) else ""}
        self._origin.write_text(json.dumps(origin), encoding="utf-8")

    def discard(self):
        """Delete the bytes and the record of their origin."""
        self.path.unlink(missing_ok=True)
        self._origin.unlink(missing_ok=True)
