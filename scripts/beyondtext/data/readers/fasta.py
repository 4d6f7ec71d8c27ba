"""FASTA, by Biopython."""

import re

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import require_file

GROUPS = {"id", "target", "group", "split"}


def read(files, options, cache, tally):
    """Read one file.

    Options: ``path``; ``header``, a regular expression that matches every record's header line (without the ``>``) and
    has the named group ``target`` and optionally ``id``, ``group`` and ``split``; ``absent``, the values of groups that
    take no part in the match, such as ``{split: train}`` if only test records are marked.

    Without a group ``id``, the id is the first word of the header. See `beyondtext.data.readers` for the parameters and
    what is returned.
    """
    path = require_file(files, options["path"])
    pattern = _header_pattern(options["header"])
    records, ids = [], set()
    for number, (header, sequence) in enumerate(_parse(path), start=1):
        record = _record(path, number, header, sequence, pattern, options.get("absent", {}))
        if record["id"] in ids:
            raise InputError(
                f"{path}: record {number} has the id {record['id']!r} of an earlier record; make the ids unique"
            )
        ids.add(record["id"])
        records.append(record)
    if not records:
        raise InputError(f"{path} has no FASTA records, but lines that start with > were expected; replace it")
    return pd.DataFrame(records)


def _header_pattern(text):
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise InputError(f"options.header {text!r} is not a regular expression: {error}; correct it") from None
    unknown = sorted(set(pattern.groupindex) - GROUPS)
    if unknown:
        raise InputError(f"options.header {text!r} has the group {unknown[0]}; use only {', '.join(sorted(GROUPS))}")
    if "target" not in pattern.groupindex:
        raise InputError(
            f"options.header {text!r} has no group named target; write (?P<target>...) where the target is"
        )
    return pattern


def _parse(path):
    """Yield the header and sequence of each record."""
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    with open(path, encoding="utf-8-sig") as stream:
        try:
            first = next((line for line in stream if line.strip()), ">")
            if not first.startswith(">"):
                raise InputError(
                    f"{path} has no FASTA records at its start: a line that starts with > was expected, not "
                    f"{first.strip()[:40]!r}; correct or replace it"
                )
            stream.seek(0)
            yield from SimpleFastaParser(stream)
        except UnicodeDecodeError:
            raise InputError(f"{path} is not text, but a FASTA file was expected; unpack or replace it") from None


def _record(path, number, header, sequence, pattern, absent):
    """One row of the table."""
    match = pattern.search(header)
    if match is None:
        raise InputError(
            f"{path}: the header of record {number}, {header!r}, does not match options.header {pattern.pattern!r}; "
            "correct the header or the expression"
        )
    fields = {name: absent.get(name) if value is None else value for name, value in match.groupdict().items()}
    for name, value in fields.items():
        if not value:
            raise InputError(
                f"{path}: the header of record {number}, {header!r}, has no {name}; add it, or set "
                f"options.absent.{name}"
            )
    sequence = sequence.replace(" ", "").removesuffix("*")
    if not sequence:
        raise InputError(f"{path}: record {number}, {header!r}, has no sequence; delete the record or fill it in")
    return {"id": header.split()[0] if header.split() else str(number), "sequence": sequence, **fields}
