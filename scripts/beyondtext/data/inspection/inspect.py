"""From a file or folder to the three definitions of a study, with a remark for each decision."""

import copy
import math
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from beyondtext.core.errors import InputError, located
from beyondtext.core.printing import CONTROL, printable, quoted
from beyondtext.core.schema import check
from beyondtext.data.inspection import formats, music
from beyondtext.data.inspection.advice import in_options
from beyondtext.data.inspection.content import length_rule, symbols_rule
from beyondtext.data.inspection.findings import Findings, Notes, Wishes, option
from beyondtext.data.inspection.names import MOST_LETTERS, VAGUE, address_of, check_unused, study_name
from beyondtext.data.inspection.published import is_validation, split_problem, split_rule
from beyondtext.data.inspection.records import Material, read_records
from beyondtext.data.inspection.relatives import MOST, keep_relatives_together
from beyondtext.data.inspection.study_file import study_of
from beyondtext.data.inspection.targets import target_rule
from beyondtext.data.inspection.words import vocabulary_of
from beyondtext.data.normalize import AMBIGUOUS, is_nucleic, repair
from beyondtext.data.prepare import build
from beyondtext.data.readers import reader
from beyondtext.data.symbols import make_symbols
from beyondtext.data.tally import MAX_AFFECTED, REASONS, Tally, describe
from beyondtext.study.definitions import REPEATS

SEED = 0
FRACTIONS = {"train": 0.7, "validation": 0.1, "test": 0.2}
VALIDATION_SHARE = 0.1  # of a published training split
CAPS = {"validation": 1000, "test": 5000}  # more are scored again and again for little
FEWEST_VALIDATION, TRAIN_PER_VALIDATION = 100, 4  # sequences, if the training split is limited
MOST_LOST = 0.5  # of the records, unless the user allows more; the rest says little about the data
USUAL = ("long", "truncated", "duplicates")  # reasons
SHORT = 0.7  # of max_length: with a smaller median, the estimate of a study's duration needs to know it


def inspect(path, wishes=None):
    """Find out what a file or folder has, and define a study of it.

    Parameters
    ----------
    path : path
        A text file, compressed or not, or a folder of MIDI files.
    wishes : Wishes, optional

    Returns
    -------
    Findings

    Raises
    ------
    InputError
        If the data cannot be used, or if several fields could be the target or the sequence (`AmbiguousError`). Its
        attribute ``remarks`` has what was found until then.
    """
    notes = Notes()
    try:
        return _inspect(_resolved(path), wishes or Wishes(), notes)
    except InputError as error:
        error.args = (in_options(str(error)),)
        error.remarks = tuple(notes.remarks)
        raise


def _resolved(path):
    """An absolute path without links; `InputError` for one that leads nowhere, or that no file can name."""
    try:
        path = Path(path).expanduser().resolve()
        str(path).encode()
    except RuntimeError:  # the home folder of nobody, or a link to itself
        raise InputError(f"{path} leads nowhere; correct its ~ or its links") from None
    except UnicodeEncodeError:  # bytes that are not UTF-8
        raise InputError(
            f"{path} has a name that is not UTF-8, which the study's files could not say; rename it"
        ) from None
    return path


def _inspect(path, wishes, notes):
    name = study_name(path, wishes, notes)
    check_unused(name, wishes.overwrite)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        kind, text = formats.recognise(path, notes, wishes.target)
        formats.check_options(kind, wishes)
        if kind == formats.MUSIC:
            material = music.read_folder(path, wishes, notes, scratch)
        else:
            material = _read_file(kind, path, text, wishes, notes)
        task = _task(name, path, material, wishes, notes)
        examples, alphabet, counts = _complete(task, material, wishes, notes, scratch)
    source = {"id": name, "title": task["title"], "kind": "path", **material.source}
    check(source, "source", "the source")
    check(task, "task", "the task")
    study, study_seen = study_of(name, task, wishes, notes)
    lengths = tuple(examples.loc[examples["split"] == "train", "symbols"].map(len))
    remarks = tuple(notes.remarks)
    return Findings(name, source, task, study, notes.seen, study_seen, remarks, counts, lengths, len(alphabet))


def _read_file(kind, path, text, wishes, notes):
    """The `Material` of a text file, read by the reader that the workflow uses."""
    records = read_records(kind, path, text, wishes, notes)
    tally = Tally(1)
    with located(f"reader {records.reader}"):
        table = reader(records.reader).read({path.name: path}, records.options, path.parent, tally)
    source = {"address": address_of(path), "paths": formats.source_paths([path.name])}
    return Material(records, table, tally, source)


def _task(name, path, material, wishes, notes):
    """The task, as far as it follows from the records alone."""
    records = material.records
    target = records.fields[records.roles.names["target"]]
    # The name of a folder, such as NA, stands for something, while an empty cell may be written so.
    own_words = replace(wishes, keep_missing=True) if "classes" in records.options else wishes
    rule, metric = target_rule(target, own_words, notes)
    _note_others(records.roles, notes)
    if material.symbols:
        domain, symbols = "music", material.symbols
    else:
        domain, symbols = symbols_rule(_sequences(material.table), wishes, notes)
    unit = "notes" if domain == "music" else "two sequences" if "second" in material.table else "sequence"
    return {
        "domain": domain,
        "title": _title(path.name.split(".")[0], name),
        "description": f"Prediction of {_word_for(target.name, rule['kind'])} from the {unit}",
        "source": name,
        "reader": records.reader,
        "options": records.options,
        "target": rule,
        "metric": metric,
        "symbols": symbols,
        "split": _split(records, material.fractions or FRACTIONS, notes),
        "caps": {},
    }


def _title(stem, name):
    """What the report calls the task: the file's name, unless this says nothing."""
    stem = " ".join(CONTROL.sub(" ", stem).split())[:MOST_LETTERS]
    return (stem if stem and stem.lower() not in VAGUE else name.replace("-", " ")).replace("_", " ")


def _word_for(name, kind):
    """What a description calls the target: its name, unless this was made up here."""
    is_made_up = re.fullmatch(r"(id|last|target|folder|(field|column)\d+)(\.(start|end))?", name)
    return {"class": "the class", "number": "the value"}[kind] if is_made_up else printable(name)


def _sequences(table):
    return table["sequence"].tolist() + (table["second"].tolist() if "second" in table else [])


def _split(records, fractions, notes):
    names = records.roles.names
    if "split" in names:
        rule = split_rule(records.fields[names["split"]], SEED, VALIDATION_SHARE)
        word = rule["values"]["test"]
        if is_validation(word):
            why = (
                f"`{names['split']}` names no test split; use another word than {quoted(word)} if it is not for testing"
            )
            notes.add("the validation split of the file is the test split", why, "--split none")
        if "validation_fraction" in rule:
            why = f"`{names['split']}` names no other validation split, so it is drawn from the training split"
            notes.add(f"{VALIDATION_SHARE:.0%} of the training split for validation", why)
        return rule
    shares = ", ".join(f"{share:.0%} {split}" for split, share in fractions.items())
    is_named = any(map(split_problem, records.fields.values()))
    why = "the file names no splits" + (" that can be used" if is_named else "")
    why += ", and no group is divided" if "group" in names else ""
    notes.add(f"random splits, {shares}", why, "--split NAME", "split")
    return {"method": "random", "seed": SEED, "fractions": dict(fractions)}


def _note_others(roles, notes):
    if roles.alternatives:
        shown = ", ".join(f"`{name}`" for name in roles.alternatives)
        why, change = f"`{roles.names['target']}` is", option("target", roles.alternatives[0])
        notes.add(f"not used as target: {shown}", why, change)
    for name, why in roles.others.items():
        if name not in roles.names.values():
            notes.add(f"not used: `{name}`", why, option("target", name))


def _complete(task, material, wishes, notes, scratch):
    """Add to the task what follows from its lengths and from a trial of the whole preparation; return its results."""
    vocabulary, pieces = None, 1.0
    if "vocabulary" in task["symbols"]:
        vocabulary, pieces = vocabulary_of(task["symbols"]["vocabulary"], _sequences(material.table), scratch)
    lengths = _lengths(task, material, vocabulary)
    if pieces != 1:
        why = f"{wishes.model} is not downloaded yet; it has about {pieces:g} word pieces for a word, and "
        why += "which words it does not know is only known for those with an emoji or the like"
        notes.add("lengths are estimates, and most unknown words are not counted yet", why)
        lengths = (pieces * lengths).round().astype(int)
    task["max_length"], task["too_long"] = length_rule(task, lengths, wishes, notes, pieces != 1)
    examples, alphabet, counts = _prepare(task, material, wishes, notes, vocabulary)
    if task["domain"] != "music":  # the pieces keep windows together
        together = keep_relatives_together(examples, task, wishes, notes, "group" in material.table)
        if together and len(examples) <= MOST:
            examples, alphabet, counts = build(task, material.table, copy.deepcopy(material.tally), vocabulary)
    _note_changes(counts, notes, has_vocabulary=pieces == 1)
    estimated = 0 if pieces == 1 else float((lengths > task["max_length"]).mean())
    _allow_losses(task, counts, estimated, material, wishes, notes)
    splits, available = (_of_all(counts[key], material.share) for key in ("splits", "available"))
    _cap(task, splits, wishes, notes)
    task["records"] = available
    if counts["length"]["median"] * pieces < SHORT * task["max_length"]:
        task["length"] = max(1, round(counts["length"]["median"] * pieces))
    return examples, alphabet, counts


def _lengths(task, material, vocabulary):
    """The lengths of all sequences, in symbols, as a Series."""
    table, sequences = material.table, _sequences(material.table)
    if vocabulary:
        sequences = make_symbols(sequences, task["symbols"], vocabulary)[0]
    elif task["symbols"]["kind"] == "characters":
        sequences, _ = repair(sequences, task["symbols"]["alphabet"])
    lengths = pd.Series([len(sequence) for sequence in sequences])
    if "second" in table:
        return lengths[: len(table)] + 1 + lengths[len(table) :].to_numpy()
    return lengths


def _prepare(task, material, wishes, notes, vocabulary):
    """Prepare the examples as the workflow does, but without a limit for losses."""
    if wishes.repeats:
        kind, suited = task["target"]["kind"], REPEATS.get(wishes.repeats)
        if suited not in (None, kind):
            raise InputError(f"--repeats {wishes.repeats} is for targets of the kind {suited}, and these are {kind}")
        task["repeats"] = wishes.repeats
    tally = copy.deepcopy(material.tally)
    prepared = build(task, material.table, tally, vocabulary)
    if tally.count("conflicting") and task["target"]["kind"] == "number" and not wishes.repeats:
        task["repeats"] = "mean"
        why = f"{tally.count('conflicting'):,} records repeat a sequence with another number"
        notes.add("the mean of repeated measurements is the target", why, "--repeats drop", "repeats")
        tally = copy.deepcopy(material.tally)
        prepared = build(task, material.table, tally, vocabulary)
    _note_cuts(tally, task, notes)
    return prepared


def _note_cuts(tally, task, notes):
    """Say that truncation removes what sequences differ in, if it does."""
    alike = tally.count("cut_repeats") + tally.count("cut_conflicting")
    if alike:
        why = (
            f"{alike:,} records differ from another one only after their first {task['max_length']:,} symbols, and are "
            "left out; cut the part in which they differ out of each sequence, if it is what the target depends on"
        )
        notes.add("truncation removes the part in which sequences differ", why)


def _note_changes(counts, notes, has_vocabulary):
    splits = ", ".join(f"{count:,} {split}" for split, count in counts["splits"].items())
    changes = ", ".join(describe(**change) for change in counts["changes"]) or "nothing left out or changed"
    changes += "" if has_vocabulary else "; words that the vocabulary does not know are counted once it is downloaded"
    notes.add(f"{counts['read']:,} records make {splits}", changes)


def _allow_losses(task, counts, estimated, material, wishes, notes):
    """Raise the limit for losses if the data need it, and say so.

    Raises
    ------
    InputError
        If more are lost than the user allows or, without a wish, more than `MOST_LOST`, apart from what may be so in
        any file.
    """
    lost = {change["reason"]: change for change in counts["changes"] if REASONS[change["reason"]].is_loss}
    share = sum(change["count"] for change in lost.values()) / counts["read"]
    pieces = material.failed + material.short
    why = {
        "records are left out or altered": min(1.0, share + estimated),
        f"pieces cannot be read{' or are too short' if material.short else ''}": pieces,
    }
    what, largest = max(why.items(), key=lambda item: item[1])
    limit, counted = wishes.max_affected, largest
    if limit is None:
        usual = sum(change["count"] for change in lost.values() if _is_usual(change, task, wishes))
        limit, counted = MOST_LOST, max(pieces, share - usual / counts["read"])
    if counted > limit:
        kinds = ("failed_pieces", "short_pieces") if what.startswith("pieces") else lost
        shown = ", ".join(describe(**change) for change in counts["changes"] if change["reason"] in kinds)
        repeats = ", keep repeats with --repeats" if "conflicting" in lost else ""
        raise InputError(
            f"{largest:.0%} of the {what}{f' ({shown})' if shown else ''}, but at most {limit:.0%} may be; correct the "
            f"data{repeats} or, if the study is about the others, give --max-affected {_rounded(largest):g}"
        )
    if largest > MAX_AFFECTED or wishes.max_affected is not None:
        task["max_affected"] = wishes.max_affected or _rounded(largest)
        why = f"{largest:.0%} of the {what}" if wishes.max_affected is None else "--max-affected"
        what = f"the task allows this: max_affected is {task['max_affected']:g} instead of {MAX_AFFECTED:g}"
        notes.add(what, why, "--max-affected SHARE", "max_affected")


def _is_usual(change, task, wishes):
    """Whether many records may be lost for a reason in a file without mistakes.

    Long sequences have a remark of their own, one of several duplicates stays, ambiguity codes are in the data, and a
    target that the user names may be known for few records.
    """
    reason = change["reason"]
    if reason == "unknown" and task["symbols"].get("alphabet"):
        codes = AMBIGUOUS if is_nucleic(task["symbols"]["alphabet"]) else {"X"}
        return codes.issuperset(map(str.upper, change["symbols"]))
    return reason in USUAL or (wishes.target is not None and reason in ("empty", "missing"))


def _rounded(share):
    """A limit for losses that a share does not exceed, nor a slightly larger one."""
    return min(1.0, math.ceil(100 * share + 1) / 100)


def _of_all(counts, share):
    """How many there are of each kind, if ``counts`` are of a share of the files."""
    return {kind: round(count / share) for kind, count in counts.items()}


def _cap(task, splits, wishes, notes):
    """Limit large validation and test splits, and the training split to the number that is wished for.

    A validation split is scored several times in each run, so it is limited with the training split.
    """
    limits = dict(CAPS)
    if wishes.max_train:
        fewer = max(FEWEST_VALIDATION, wishes.max_train // TRAIN_PER_VALIDATION)
        limits = {"train": wishes.max_train, **CAPS, "validation": min(fewer, CAPS["validation"])}
    task["caps"] = {split: cap for split, cap in limits.items() if splits[split] > cap}
    if task["caps"]:
        shown = ", ".join(f"{cap:,} of {splits[split]:,} {split}" for split, cap in task["caps"].items())
        why = "--max-train" if "train" in task["caps"] else "larger splits would be scored many times for little gain"
        notes.add(f"not all sequences are used: {shown}", why, key="caps")
