"""What a browser would make of the report's page, and what a spreadsheet or LaTeX would make of its tables."""

import base64
import csv
import html.parser
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

VOID = {"meta", "img", "source", "br", "hr", "link", "input", "line", "circle"}  # elements without an end tag
FORBIDDEN = {"script", "iframe", "object", "embed", "form", "base", "link", "audio", "video", "foreignobject"}
COMMANDS = re.compile(r"\\(input|include|write|immediate|openin|read|catcode|def|csname|verbatiminput|usepackage)\b")


class Page(html.parser.HTMLParser):
    """The page's text and its links; an AssertionError if it is not well-formed, or could run or fetch anything."""

    def __init__(self, content):
        super().__init__()
        self.parts, self.links, self._open = [], [], []
        self.feed(content)
        self.close()
        assert not self._open, f"not closed: {self._open}"
        self.words = " ".join("".join(self.parts).split())

    def handle_starttag(self, tag, attributes):
        assert tag not in FORBIDDEN, f"the element {tag}"
        names = [name for name, _ in attributes]
        assert len({*names}) == len(names), f"an attribute twice: {tag} {names}"
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("srcdoc", "action", "formaction"), f"{tag} {name}"
            if name in ("href", "src", "srcset", "xlink:href", "poster"):
                self._check_address(tag, value)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open and self._open[-1] == tag, f"{tag} is closed, but open are {self._open[-3:]}"
        self._open.pop()

    def handle_data(self, data):
        if not self._open or self._open[-1] != "style":
            self.parts.append(data)

    def handle_decl(self, declaration):
        assert declaration.lower() == "doctype html"

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data[:80]}")

    def unknown_decl(self, data):
        raise AssertionError(f"a declaration: {data[:80]}")

    def _check_address(self, tag, value):
        if tag in ("img", "source"):
            prefix = "data:image/svg+xml;base64,"
            assert value.startswith(prefix), f"an image from {value[:80]}"
            ElementTree.fromstring(base64.b64decode(value.removeprefix(prefix)))
        elif not value.startswith(("#", "tables/")):
            assert urlsplit(value).scheme in ("http", "https") and urlsplit(value).hostname, f"a link to {value[:80]}"
            self.links.append(value)


def check_tables(folder):
    """Assert that no cell of a CSV file is a formula, and that no LaTeX file has a command from data."""
    for path in sorted(folder.glob("*.csv")):
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines(keepends=True)))
        assert len({len(row) for row in rows}) == 1, f"{path.name} has rows of different lengths"
        for cell in (cell for row in rows for cell in row):
            assert not re.match(r"[=+\-@\t\r\n]", cell) or is_number(cell), f"{path.name} has the cell {cell[:80]!r}"
    for path in sorted(folder.glob("*.tex")):
        text = path.read_text(encoding="utf-8")
        body = text.partition("\n")[2]
        assert not COMMANDS.search(text), f"{path.name} has the command {COMMANDS.search(text)[0]}"
        assert not re.search(r"(?<!\\)[$#%]", body), f"{path.name} has a sign that is not escaped"
        assert body.count(r"\begin{") == body.count(r"\end{") == 1


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
