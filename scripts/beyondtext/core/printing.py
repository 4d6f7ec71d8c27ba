"""What messages may print of names, texts and addresses that others wrote."""

import re

LONGEST_NAME = 200  # characters of a name that a message prints
HIDDEN = "***"
# The name and the password in front of a host. A password may have an unescaped slash: then what follows the first
# colon is no port, and everything up to the last @ is hidden.
ACCOUNT = re.compile(r"(\b[a-z][a-z0-9+.-]*://)(?:[^/?#\s@:]*:(?!\d*(?:[/?#\s]|$))\S*|[^/?#\s]*)@", re.IGNORECASE)
# A parameter whose name says that its value is a secret, such as access_token or X-Amz-Signature.
SECRET = re.compile(
    r"([?&](?:[^=&#\s]*(?:token|secret|passw|signature|credential|auth)[^=&#\s]*|sig|key|api_?key)=)[^&#\s'\")\]]+",
    re.IGNORECASE,
)


def printable(text, longest=LONGEST_NAME):
    """A name or a text that comes from data or from a server, as a message can print it.

    Characters that a terminal may obey or hide, such as escape sequences, line ends and marks that reverse the
    direction of writing, are escaped, and so are bytes that were not UTF-8. A long text is cut.
    """
    text = str(text)
    shown = text if longest is None or len(text) <= longest else f"{text[:longest]}…"
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in shown)


def _escaped(sign):
    if "\udc80" <= sign <= "\udcff":  # how Python reads a byte of a file's name that is not UTF-8
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode("ascii")


def without_secrets(text):
    """A text, such as an address or an error message, with passwords and tokens in its addresses hidden."""
    return SECRET.sub(rf"\1{HIDDEN}", ACCOUNT.sub(rf"\1{HIDDEN}@", str(text)))
