"""pip's settings: which package indexes it uses, and how they are reached.

They are read with pip's own commands, so that whatever a user has configured, in files or in the environment, holds
here, too, and this project names no index of its own.
"""

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable, without_secrets

SECTIONS = ("global", "download", ":env:")  # of which a later one wins, as for `pip download`
SETTING = re.compile(r"(?P<section>[^=]+?)\.(?P<name>[^=.]+)=(?P<value>['\"].*)")
DEFAULT = re.compile(r"--index-url <url>.*?\(default\s+(\S+)\)", re.DOTALL)
TRUE = ("1", "t", "true", "y", "yes", "on")


@dataclass(frozen=True)
class Settings:
    """Where pip looks for packages.

    Attributes
    ----------
    indexes : tuple of str
        Addresses, or paths of folders, that have a folder for each package.
    find_links : tuple of str
        Addresses of pages with links, or paths of folders with files.
    certificates, client_certificate, proxy : str or None
    trusted_hosts : tuple of str
        Servers whose certificates are not checked: names, or names with ports.
    """

    indexes: tuple = ()
    find_links: tuple = ()
    certificates: str | None = None
    client_certificate: str | None = None
    proxy: str | None = None
    trusted_hosts: tuple = ()

    def access(self, address):
        """Arguments of `requests.request` for an address."""
        parts = urlsplit(address)
        arguments = {}
        if self.certificates:
            arguments["verify"] = self.certificates
        if {parts.hostname, f"{parts.hostname}:{parts.port}"} & set(self.trusted_hosts):
            arguments["verify"] = False
        if self.client_certificate:
            arguments["cert"] = self.client_certificate
        if self.proxy:
            arguments["proxies"] = {"http": self.proxy, "https": self.proxy}
        return arguments


def read():
    """The settings that `pip download` would use.

    Raises
    ------
    InputError
        If pip cannot be run, or does not accept its own settings.
    """
    values = _parsed(_run("config", "list"))
    indexes = values.get("extra-index-url", "").split()
    if values.get("no-index", "").lower() in TRUE:
        indexes = []
    else:
        indexes.insert(0, values.get("index-url") or _default_index())
    certificates = values.get("cert")
    if certificates and not Path(certificates).expanduser().exists():
        raise InputError(f"pip's setting cert is {certificates!r}, which does not exist; correct or unset it")
    return Settings(
        tuple(indexes),
        tuple(values.get("find-links", "").split()),
        certificates,
        values.get("client-cert"),
        values.get("proxy"),
        tuple(values.get("trusted-host", "").split()),
    )


def _run(*words):
    """What a command of pip prints."""
    # In a wide terminal, the help does not cut addresses.
    environment = {**os.environ, "COLUMNS": "1000", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-m", "pip", *words]
    done = subprocess.run(command, env=environment, text=True, capture_output=True, errors="replace")
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        reason = printable(without_secrets(lines[-1]))
        raise InputError(f"pip, whose settings name the package index, failed ({reason}); check pip and its settings")
    return done.stdout


def _parsed(text):
    """The settings that `pip config list` printed, by name; those that are empty are as good as missing."""
    found = [match for line in text.splitlines() if (match := SETTING.fullmatch(line))]
    values = {}
    for section in SECTIONS:
        for match in found:
            if match["section"] == section:
                values[match["name"].replace("_", "-")] = ast.literal_eval(match["value"])
    return {name: value for name, value in values.items() if value}


def _default_index():
    """The index that pip uses if no setting names one; its help says which."""
    match = DEFAULT.search(_run("download", "--help"))
    if not match:
        raise InputError("pip does not say which package index it uses; set PIP_INDEX_URL to the address of one")
    return match[1]
