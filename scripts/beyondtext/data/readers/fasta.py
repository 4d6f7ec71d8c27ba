"""FASTA, by Biopython."""

import re

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import only_file

GROUPS = {"id", "target", "group", "split"}


def read(files, options, cache):
    """Read one file; see `beyondtext.data.readers` for what is returned.

    Options: ``path``; ``header``, a regular expression that matches every record's header line (without the
    ``>``) and has the named group ``target`` and, where there are such, ``id``, ``group`` and ``split``;
    without an ``id`` the id is the header's first word. ``absent`` gives the value of a group that took no
    part in the match, such as ``{split: train}`` where only test records are marked.
    """
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    path = only_file(files, options["path"])
    try:
        pattern = re.compile(options["header"])
    except re.error as error:
        raise InputError(f"options.header {options['header']!r} is no regular expression: {error}; mend it") from None
    strange = sorted(set(pattern.groupindex) - GROUPS)
    if strange:
        raise InputError(
            f"options.header {options['header']!r} has the group {strange[0]}; the groups known are "
            f"{', '.join(sorted(GROUPS))}"
        )
    if "target" not in pattern.groupindex:
        raise InputError(
            f"options.header {options['header']!r} has no group named target; write (?P<target>...) where the target is"
        )
    records, seen = [], set()
    with open(path, encoding="utf-8-sig") as stream:
        try:
            first = next((line for line in stream if line.strip()), ">")
            if not first.startswith(">"):
                raise InputError(
                    f"{path} has no FASTA records at its top but {first.strip()[:40]!r}; lines that start with > were "
                    "expected"
                )
            stream.seek(0)
            for number, (header, sequence) in enumerate(SimpleFastaParser(stream), start=1):
                records.append(_record(path, number, header, sequence, pattern, options.get("absent", {})))
                if records[-1]["id"] in seen:
                    raise InputError(
                        f"{path}: record {number} has the id {records[-1]['id']!r} of an earlier record; "
                        "ids must differ"
                    )
                seen.add(records[-1]["id"])
        except UnicodeDecodeError:
            raise InputError(f"{path} is not text; a FASTA file was expected (unpack it first)") from None
    if not records:
        raise InputError(f"{path} has no FASTA records; lines that start with > were expected")
    return pd.DataFrame(records), {}


def _record(path, number, header, sequence, pattern, absent):
    match = pattern.search(header)
    if match is None:
        raise InputError(
            f"{path}: the header of record {number}, {header!r}, does not match options.header {pattern.pattern!r}; "
            "mend the header or the expression"
        )
    found = {name: absent.get(name) if value is None else value for name, value in match.groupdict().items()}
    for name, value in found.items():
        if not value:
            raise InputError(
                f"{path}: the header of record {number}, {header!r}, has no {name}; "
                f"add it, or give options.absent.{name}"
            )
    sequence = sequence.replace(" ", "").removesuffix("*")
    if not sequence:
        raise InputError(f"{path}: record {number}, {header!r}, has no sequence; delete the record or fill it in")
    return {"id": header.split()[0] if header.split() else str(number), "sequence": sequence, **found}
