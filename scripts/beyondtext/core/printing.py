"""What messages may print of names, texts and addresses that others wrote."""

import re
from itertools import islice

LONGEST_NAME = 200  # characters of a name that a message prints
LONGEST_MESSAGE = 1200  # characters of a whole message; a file may have names of millions
HIDDEN = "***"
# What a terminal, a browser or an XML parser does not show as a character: control characters, line separators, halves
# of surrogate pairs, and two code points that are none. Tabs and line feeds are, in a text of several lines.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
# What reverses the direction of the text after it, or is not seen, so that a text looks like another one.
CONTROL_OR_MISLEADING = re.compile(rf"{CONTROL.pattern}|[\u202a-\u202e\u2066-\u2069\ufeff]")
CONTROL_IN_LINE = re.compile(rf"{CONTROL_OR_MISLEADING.pattern}|[\t\n]")  # in a message of one line
# The name and the password in front of a host. A password may have an unescaped slash: then what follows the first
# colon is no port, and everything up to the last @ is hidden.
ACCOUNT = re.compile(r"(\b[a-z][a-z0-9+.-]*://)(?:[^/?#\s@:]*:(?!\d*(?:[/?#\s]|$))\S*|[^/?#\s]*)@", re.IGNORECASE)
# A parameter whose name says that its value is a secret, such as access_token or X-Amz-Signature.
SECRET = re.compile(
    r"([?&](?:[^=&#\s]*(?:token|secret|passw|signature|credential|auth)[^=&#\s]*|sig|key|api_?key)=)[^&#\s'\")\]]+",
    re.IGNORECASE,
)


def visible(text, unprintable=CONTROL_IN_LINE):
    """A text with its control characters as escapes such as ``\\x1b``, so that it is printed as one line.

    Bytes of a file's name that are not UTF-8 are escaped as well: Python reads them as halves of surrogate pairs.
    """

    def escaped(match):
        code = ord(match[0])
        code -= 0xDC00 * (0xDC80 <= code <= 0xDCFF)
        known = {9: "\\t", 10: "\\n", 13: "\\r"}
        return known.get(code) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")

    return unprintable.sub(escaped, text)


def printable(text, longest=LONGEST_NAME):
    """A name or a text that comes from data or from a server, made `visible` and, if it is long, cut."""
    text = str(text)
    return visible(text if longest is None or len(text) <= longest else f"{text[:longest]}…")


def quoted(text, longest=LONGEST_NAME):
    """The `repr` of a value that comes from data; that of a long text is cut."""
    is_long = isinstance(text, str) and len(text) > longest
    return repr(f"{text[:longest]}…" if is_long else text)


def listed(names, most=10):
    """Names that come from data, as a list in words; only the first ones if there are many."""
    shown = [printable(name) for name in islice(names, most)]
    return ", ".join(shown) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def without_middle(text, longest):
    """A text, or its beginning and end if it has more than so many characters."""
    return text if len(text) <= longest else f"{text[: longest // 2]} … {text[-longest // 2 :]}"


def without_secrets(text):
    """A text, such as an address or an error message, with passwords and tokens in its addresses hidden."""
    return SECRET.sub(rf"\1{HIDDEN}", ACCOUNT.sub(rf"\1{HIDDEN}@", str(text)))


def kind_of(value):
    """What a value of JSON or YAML is, in words with an article, such as ``a list``."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    kinds = {int: "an integer", float: "a number", str: "a text", list: "a list", dict: "an object"}
    own = f"a {type(value).__name__}"  # YAML also has dates
    return next((words for kind, words in kinds.items() if isinstance(value, kind)), own)
