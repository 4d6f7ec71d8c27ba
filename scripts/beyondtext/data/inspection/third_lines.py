"""Files with three lines for each record: a header with >, a sequence, and the target.

They look like FASTA, in which the third lines would be the ends of the sequences. Third lines that recur, or are
numbers, are targets.
"""

import re
from collections import Counter
from dataclasses import dataclass

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.annotations import TELLING, cannot_be_sequence
from beyondtext.data.missing import MISSING
from beyondtext.data.normalize import STOP
from beyondtext.data.readers.fasta import COMMENTS, Place

THIRD = "third_line"  # the name by which a user chooses them as the target
FEWEST = 3  # records
FEW = 20  # different third lines that could be sequence
PER_LABEL = 3  # records, on average
LEAST_SURE, LEAST = 0.5, 0.9  # of the records have a third line: if it cannot be sequence, and if it could
LONG = 10  # letters of a third line that is rather the end of a sequence, among labels
NUMBER = re.compile(r"[+\N{MINUS SIGN}-]?[.,]?\d")  # how one begins


@dataclass(frozen=True)
class ThirdLines:
    """The third lines of a file.

    Attributes
    ----------
    places : list of Place
        All records, with the lines after their headers.
    are_sure : bool
        Whether they cannot be sequence.
    are_numbers : bool
    example : str
    """

    places: list
    are_sure: bool
    are_numbers: bool
    example: str

    @property
    def labels(self):
        """The last line of each record; the third one, if `check` finds nothing wrong."""
        return [place.lines[-1][1] if place.lines else "" for place in self.places]

    def check(self, path):
        """Raise `InputError` for the first record that has other lines than a header, a sequence and a target."""
        most = f"most records have three lines, the last one with the target, such as {quoted(self.example, 24)}"
        advice = "" if self.are_sure else "; if the last lines are sequence, write each sequence on one line"
        counts = Counter(self.labels)
        longest = max((len(label) for label, count in counts.items() if count > 1), default=0)
        for place in self.places:
            problem = ""
            if len(place.lines) < 2:
                problem, remedy = "has no third line", "add its target, or delete the record"
            elif len(place.lines) > 2:
                problem = f"has {1 + len(place.lines)} lines"
                remedy = "write its sequence on one line and its target on the next"
            elif _is_sequence(place, counts, longest, self.are_numbers):
                problem = f"has {quoted(place.lines[1][1], 24)} on its third line, which looks like sequence"
                remedy = "write its sequence on one line and its target on the next"
            if problem:
                raise InputError(f"{path}, line {place.line}: {place.name} {problem}, but {most}; {remedy}{advice}")


def third_lines(lines):
    """The `ThirdLines` of a file that begins with a header, or None if it is FASTA.

    Parameters
    ----------
    lines : list of str
        All of the file, with empty ones.
    """
    places = _places(lines)
    pairs = [(place.lines[0][1], place.lines[1][1]) for place in places if len(place.lines) == 2]
    if len(pairs) < FEWEST or len(pairs) <= LEAST_SURE * len(places):
        return None
    sequences, labels = zip(*pairs, strict=True)
    known, counts = set("".join(sequences)), Counter(labels)
    example = counts.most_common(1)[0][0]
    numbers = sum(NUMBER.match(label) is not None for label in labels)
    if 2 * numbers > len(labels) and len(counts) > 1 and not any(map(str.isdigit, known)):
        return ThirdLines(places, True, True, example)
    if not 1 < len(counts) <= len(labels) / PER_LABEL:
        return None
    if sum(cannot_be_sequence(label, known) for label in labels) >= TELLING * len(labels):
        return ThirdLines(places, True, False, example)
    if (
        len(counts) > FEW
        or len(pairs) < LEAST * len(places)
        or max(map(len, labels)) >= min(map(len, sequences))
        or _are_wrapped(sequences, labels)
    ):
        return None
    return ThirdLines(places, False, False, example)


def _places(lines):
    places = []
    for number, line in enumerate(lines, start=1):
        if line.startswith(">"):
            places.append(Place(len(places) + 1, number, line[1:].strip()))
        elif (text := line.strip()) and places and not line.startswith(COMMENTS):
            places[-1].lines.append((number, text))
    return places


def _are_wrapped(lines, ends):
    """Whether sequences are wrapped into two lines: the first are equally long, the second of the same letters."""
    return len(set(map(len, lines))) == 1 and set("".join(ends)) <= {*"".join(lines), STOP}


def _is_sequence(place, counts, longest, are_numbers):
    """Whether a third line is rather the end of a sequence that is wrapped."""
    label = place.lines[1][1]
    if are_numbers:
        return not any(map(str.isdigit, label)) and label.lower() not in MISSING
    known = set(place.lines[0][1])
    return counts[label] == 1 and len(label) > max(LONG, longest) and not cannot_be_sequence(label, known)
