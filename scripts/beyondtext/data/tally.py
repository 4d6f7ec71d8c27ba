"""What happens to records on the way from a file to examples: counts by reason, each with an example.

Readers and the stages after them add to one `Tally`; the tokenize job prints it, the examples' description keeps it,
and the report shows it. Nothing that changes data may bypass it.
"""

from collections import Counter
from dataclasses import dataclass, field

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted

DROPPED, ALTERED = "dropped", "altered"  # something is lost: together they have a limit
CHOSEN = "chosen"  # left out by a rule that the task states
REPAIRED = "repaired"  # written otherwise than usual, and read as it was meant
NOTED = "noted"  # about files or classes, or about records that stay as they are
LOSSES = (DROPPED, ALTERED)
MAX_AFFECTED = 0.1  # of the records, unless the task says otherwise
MOST_SYMBOLS = 5  # that are named
FEW = 10  # records; smaller classes are named


@dataclass(frozen=True)
class Reason:
    """A reason for which records are counted.

    Attributes
    ----------
    effect : str
        `DROPPED`, `ALTERED`, `CHOSEN`, `REPAIRED` or `NOTED`.
    words : str
        What follows the number, such as ``repeats of another record``.
    advice : str
        What to do about it if too many records are lost, besides correcting the data.
    one : str
        The singular with which ``words`` begins after the number 1; empty for no noun.
    of_record : bool
        Whether its example is the id of a record. Otherwise it is a place in a file, or a name.
    by_reader : bool
        Whether it counts records that a reader has left out of its table. They are among those that were read.
    of_file : bool
        Whether it counts files with many records each, whose share the reader limits; they are no lost records.
    """

    effect: str
    words: str
    advice: str = ""
    one: str = ""
    of_record: bool = False
    by_reader: bool = False
    of_file: bool = False

    @property
    def is_loss(self):
        """Whether it counts records that are dropped or altered."""
        return self.effect in LOSSES and not self.of_file

    def counted(self, count):
        """A number with its words."""
        words = self.words
        if count == 1 and self.one:
            words = " ".join([self.one, *words.split()[len(self.one.split()) :]])
        return f"{count:,} {words}"


KEEP_REPEATS = "to keep repeats, set the task's repeats to mean or median of numbers, majority of classes, or first"
ADVICE_ON_CUTS = "raise max_length, or cut the part in which the sequences differ out of each of them"


REASONS = {
    "empty": Reason(DROPPED, "with an empty cell", by_reader=True),
    "missing": Reason(DROPPED, "with a word for a missing target", of_record=True),
    "outside_bins": Reason(CHOSEN, "outside the target's bins", of_record=True),
    "other_classes": Reason(CHOSEN, "of classes that the task leaves out", of_record=True),
    "unknown_dropped": Reason(DROPPED, "with symbols outside the alphabet", of_record=True),
    "unknown": Reason(ALTERED, "with unknown symbols", of_record=True),
    "long": Reason(DROPPED, "too long", of_record=True),
    "truncated": Reason(ALTERED, "truncated", of_record=True),
    "in_test": Reason(DROPPED, "also in the test split", of_record=True),
    "in_validation": Reason(
        DROPPED,
        "of the training split that are also in the validation split",
        one="of the training split that is",
        of_record=True,
    ),
    "duplicates": Reason(DROPPED, "duplicates", KEEP_REPEATS, one="duplicate", of_record=True),
    "conflicting": Reason(DROPPED, "with conflicting targets", KEEP_REPEATS, of_record=True),
    "cut_repeats": Reason(
        DROPPED, "equal to another record only because both are truncated", ADVICE_ON_CUTS, of_record=True
    ),
    "cut_conflicting": Reason(
        DROPPED,
        "whose target differs from that of a record that is equal only after truncation",
        ADVICE_ON_CUTS,
        of_record=True,
    ),
    "ties": Reason(DROPPED, "with repeats that are tied between classes", of_record=True),
    "repeats": Reason(CHOSEN, "repeats, for which another record stays", one="repeat", of_record=True),
    "capped": Reason(CHOSEN, "over the split's cap"),
    "decimal_commas": Reason(REPAIRED, "with a decimal comma", of_record=True),
    "minus_signs": Reason(REPAIRED, "with the minus sign U+2212, read as a minus", of_record=True),
    "leading_zeros": Reason(REPAIRED, "with a number such as 007, read as 7", of_record=True),
    "decimal_classes": Reason(REPAIRED, "with a class such as 1 written as 1.0", of_record=True),
    "blank_ends": Reason(
        REPAIRED, "with blanks at an end of the target, the split or the group, where others have none"
    ),
    "line_breaks": Reason(REPAIRED, "with line breaks within quotation marks"),
    "extra_cells": Reason(REPAIRED, "with empty cells after the last column"),
    "blank_lines": Reason(NOTED, "lines with delimiters only", one="line"),
    "skipped_lines": Reason(NOTED, "lines at the top, skipped", one="line"),
    "delimiter": Reason(NOTED, "with a recognized delimiter other than the comma"),
    "quotation_marks": Reason(NOTED, "with a cell in quotation marks, which are part of it"),
    "likely_missing": Reason(
        NOTED,
        "sequences that may be words for a missing value, kept among short ones or texts",
        one="sequence that may also stand for",
    ),
    "shared_ids": Reason(NOTED, "ids in several files, told apart by the splits", one="id"),
    "small_classes": Reason(NOTED, f"classes with fewer than {FEW} records", one="class"),
    "unseen_classes": Reason(
        NOTED,
        "validation and test examples of classes that training does not have",
        one="validation or test example",
        of_record=True,
    ),
    "relatives": Reason(NOTED, "sequences with near relatives, kept in one split", one="sequence", of_record=True),
    "related_tests": Reason(
        NOTED, "test sequences with near relatives in the training split", one="test sequence", of_record=True
    ),
    "unused_labels": Reason(NOTED, "labels that no record has", one="label"),
    "white_space": Reason(REPAIRED, "with white space, removed", of_record=True),
    "enclosing_quotes": Reason(REPAIRED, "in quotation marks, removed", of_record=True),
    "lower_case": Reason(REPAIRED, "with lower case, read as upper case", of_record=True),
    "upper_case": Reason(REPAIRED, "with capitals, read in lower case", of_record=True),
    "accents": Reason(REPAIRED, "with accents or other marks, removed", of_record=True),
    "invisible": Reason(REPAIRED, "with invisible or control characters, removed", of_record=True),
    "gaps": Reason(REPAIRED, "with gaps, removed", of_record=True),
    "stop": Reason(REPAIRED, "with a final stop, removed", of_record=True),
    "u_as_t": Reason(REPAIRED, "with U, read as T", of_record=True),
    "t_as_u": Reason(REPAIRED, "with T, read as U", of_record=True),
    "repeated_ids": Reason(REPAIRED, "with repeated ids; line numbers are used as ids instead"),
    "latin1": Reason(NOTED, "not UTF-8, read as Latin-1"),
    "windows1252": Reason(NOTED, "not UTF-8, read as Windows-1252"),
    "extra_marks": Reason(REPAIRED, "byte order marks after the first one, removed", one="byte order mark"),
    "comments": Reason(NOTED, "comment lines, skipped", one="comment line,"),
    "failed_pieces": Reason(DROPPED, "pieces that cannot be read", one="piece", of_file=True),
    "other_windows": Reason(CHOSEN, "windows over the piece's cap", one="window"),
    "short_windows": Reason(CHOSEN, "windows with too few notes", one="window"),
    "short_pieces": Reason(CHOSEN, "pieces with too few notes for a window", one="piece"),
    "drums": Reason(CHOSEN, "notes of drums", one="note"),
    "other_instruments": Reason(CHOSEN, "notes of instruments other than the first", one="note"),
    "instant_notes": Reason(CHOSEN, "notes without a length, of chord symbols or grace notes", one="note"),
    "endless_notes": Reason(REPAIRED, "notes without an end or a length, kept", one="note"),
    "zip_names": Reason(REPAIRED, "names in a zip that it does not declare as UTF-8", one="name"),
    "zip_folders": Reason(REPAIRED, "names in a zip with backslashes between folders", one="name"),
    "large_pieces": Reason(NOTED, "pieces with more than 10% of the windows", one="piece"),
    "unused": Reason(NOTED, "files left out of the folders that are read", one="file"),
}


@dataclass
class Entry:
    """How many records (or files, for a reason about files) a reason applies to."""

    count: int = 0
    example: str = ""  # the first one
    symbols: Counter = field(default_factory=Counter)
    remark: str = ""


class Tally:
    """Counts by reason.

    Parameters
    ----------
    limit : float
        The largest share of the records that may be dropped or altered; ``max_affected`` of the task.
    """

    def __init__(self, limit=MAX_AFFECTED):
        self.limit = limit
        self.entries = {}

    def add(self, reason, count=1, example="", symbols=(), remark=""):
        """Count records.

        Parameters
        ----------
        reason : str
            A key of `REASONS`.
        count : int
            Nothing is added for 0.
        example : str
            One of the records; that of the first call is kept.
        symbols : iterable of str or Counter
            The symbols that are the reason, if they are.
        remark : str
            More about all of the records.
        """
        if reason not in REASONS:
            raise KeyError(reason)
        if count:
            entry = self.entries.setdefault(reason, Entry())
            entry.count += int(count)
            entry.example = entry.example or str(example)
            entry.symbols.update(symbols)
            entry.remark = remark or entry.remark

    def update(self, changes):
        """Add the counts of another tally, as `as_list` gives them."""
        for change in changes:
            self.add(**change)

    def count(self, reason):
        """How many records were counted for a reason."""
        return self.entries[reason].count if reason in self.entries else 0

    def count_by_reader(self):
        """How many records a reader has left out of its table."""
        return sum(entry.count for reason, entry in self.entries.items() if REASONS[reason].by_reader)

    def sentence(self, effects=(DROPPED, ALTERED, CHOSEN, REPAIRED, NOTED)):
        """The counts in words, in the order of `REASONS`: ``3 duplicates (such as 'r7'), 2 truncated (…)``.

        It is empty if there is nothing to count.
        """
        return ", ".join(self.words(reason) for reason, _ in self._in_order() if REASONS[reason].effect in effects)

    def words(self, reason):
        """One of the counts in words."""
        entry = self.entries[reason]
        return describe(reason, entry.count, entry.example, entry.symbols, entry.remark)

    def as_list(self):
        """The counts for a JSON file: dicts with the parameters of `describe`, and ``remark`` only if there is one."""
        return [
            {"reason": reason, "count": entry.count, "example": entry.example, "symbols": dict(most(entry.symbols))}
            | ({"remark": entry.remark} if entry.remark else {})
            for reason, entry in self._in_order()
        ]

    def check(self, records, altered):
        """Raise `InputError` if too many of the records that were read are dropped, or kept but altered.

        Parameters
        ----------
        records : int
            How many were read.
        altered : int
            How many of those that are kept are altered; a record may be both altered and then dropped.
        """
        lost = [reason for reason, _ in self._in_order() if REASONS[reason].is_loss]
        affected = sum(self.count(reason) for reason in lost if REASONS[reason].effect == DROPPED) + altered
        if affected > self.limit * records:
            raise InputError(
                f"of {records:,} records, {affected:,} ({affected / records:.0%}) would be dropped or altered: "
                f"{', '.join(map(self.words, lost))}; at most {self.limit:.0%} may be: correct the data or the task's "
                f"rules, or raise the task's max_affected{self._advice(affected - self.limit * records)}"
            )

    def _advice(self, excess):
        """What to do about reasons without which an excess of losses would not be one."""
        counts = Counter()
        for reason, entry in self.entries.items():
            counts[REASONS[reason].advice] += entry.count
        return "".join(f"; {advice}" for advice, count in counts.items() if advice and count >= excess)

    def _in_order(self):
        return [(reason, self.entries[reason]) for reason in REASONS if reason in self.entries]


def describe(reason, count, example="", symbols=(), remark=""):
    """One count in words, with its commonest symbols, a remark and an example."""
    remarks = []
    if symbols:
        remarks.append(f"most often {name_symbols(symbols)}")
    if remark:
        remarks.append(remark)
    if example:
        remarks.append(f"such as {'record ' * REASONS[reason].of_record}{quoted(example)}")
    return REASONS[reason].counted(count) + (f" ({'; '.join(remarks)})" if remarks else "")


def name_symbols(symbols):
    """The commonest three symbols in words."""
    return ", ".join(f"{quoted(symbol)} {in_times(times)}" for symbol, times in most(Counter(symbols))[:3])


def in_times(number):
    """How often, in words."""
    return "once" if number == 1 else f"{number:,} times"


def most(symbols):
    """The commonest symbols with their counts; of equally common ones, the first in alphabetical order."""
    return sorted(symbols.items(), key=lambda item: (-item[1], item[0]))[:MOST_SYMBOLS]
