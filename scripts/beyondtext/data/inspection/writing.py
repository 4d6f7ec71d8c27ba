"""Writing the three files of a study, with a comment at each value that was seen in the data."""

import textwrap
from contextlib import ExitStack
from dataclasses import replace

import yaml

from beyondtext.core.atomic import replacing
from beyondtext.data.inspection.names import MARK, check_unused, files_of
from beyondtext.study import definitions
from beyondtext.study.configuration import load_config

WIDTH = 120


def write(findings, decide=None, overwrite=False):
    """Write all three files, or none.

    Parameters
    ----------
    findings : Findings
    decide : callable, optional
        ``decide(config)``, called with the checked configuration of the study as soon as it exists, returns what the
        study says besides, and comments by key.
    overwrite : bool, default False
        Whether the files of an earlier study of this name may be replaced.

    Returns
    -------
    dict of str to pathlib.Path
        The files by kind: ``source``, ``task`` and ``study``.

    Raises
    ------
    InputError
        If one of them exists and may not be replaced.
    """
    check_unused(findings.name, overwrite)
    made = files_of(findings.name)
    before = {path: path.read_bytes() for path in made.values() if path.exists()}
    try:
        config = _write_files(text_of(findings), made)
        if decide is not None:
            more, seen = decide(config)
            findings = replace(findings, study=findings.study | more, study_seen=findings.study_seen | seen)
            _write_files({"study": text_of(findings)["study"]}, made)
    except BaseException:
        for path in made.values():
            if path in before:
                path.write_bytes(before[path])
            else:
                path.unlink(missing_ok=True)
        definitions.forget()
        raise
    return made


def _write_files(texts, made):
    """Write files by kind; return the configuration that the workflow reads then."""
    with ExitStack() as stack:
        for kind, text in texts.items():
            stack.enter_context(replacing(made[kind])).write_text(text, encoding="utf-8")
    definitions.forget()
    return load_config(made["study"])


def text_of(findings):
    """The texts of the three files, by kind."""
    command = f"CONFIG=config/{findings.name}.yaml"
    origin = findings.source["address"]
    texts = {
        "source": f"# {_line(origin)}, as found by {MARK}. Change what is wrong.\n" + as_yaml(findings.source),
        "task": f"# Found by {MARK} in the source's files; `seen` says why. Change what is wrong.\n"
        + as_yaml(findings.task, findings.seen),
        "study": f"# Written by {MARK}. What is not here is in config/config.yaml.\n"
        f"# Stage one: make preview {command}; all of it: make report {command}\n"
        + as_yaml(findings.study, findings.study_seen),
    }
    values = {"source": findings.source, "task": findings.task, "study": findings.study}
    for kind, text in texts.items():
        assert yaml.safe_load(text) == values[kind], f"the {kind} file does not say what was found"
    return texts


def as_yaml(value, seen=None, prefix="", indent=""):
    """A mapping as YAML, a line for each key where it fits.

    Parameters
    ----------
    value : dict
    seen : dict of str to str, optional
        Comments, by key; that of a key inside a mapping is ``outer.inner``.
    prefix, indent : str
        Of the keys of this mapping.
    """
    seen, text = seen or {}, ""
    for key, entry in value.items():
        path, start, flow = f"{prefix}{key}", f"{indent}{_flow(key)}:", _flow(entry)
        inside = any(name.startswith(f"{path}.") for name in seen)
        is_long = len(start) + len(flow) >= WIDTH
        if isinstance(entry, dict) and entry and (inside or is_long):
            body = "\n" + as_yaml(entry, seen, f"{path}.", f"{indent}  ")
        elif isinstance(entry, list) and is_long:
            body = "\n" + "".join(f"{indent}  - {_flow(item)}\n" for item in entry)
        else:
            body = f" {flow}\n"
        text += _commented(start, body, f"seen: {_line(seen[path])}" if path in seen else "", indent)
    return text


def _commented(start, body, comment, indent):
    """An entry with its comment behind the first line or, if it does not fit there, above it."""
    first, end, rest = body.partition("\n")
    if not comment or len(start) + len(first) + len(comment) + len(" # ") <= WIDTH:
        return start + first + (f" # {comment}" if comment else "") + end + rest
    lines = textwrap.wrap(comment, WIDTH - len(indent) - len("# "), break_long_words=False, break_on_hyphens=False)
    return "".join(f"{indent}# {line}\n" for line in lines) + start + body


def _flow(value):
    """A value on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _line(text):
    """A comment's text on one line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(text)).split())
