"""Lines with labels below a sequence: one label for each residue, or one word for the record.

Predictors of structure and of signal peptides write the first kind. A FASTA parser would join the lines to the
sequence, since labels are letters, too.
"""

from collections import Counter

from beyondtext.data.normalize import GAPS, STOP

MOST_TRACKS = 4  # the sequence and kinds of labels
ENOUGH = 100  # letters, to say that there are few different ones
FEWEST = 3  # records with a word below the sequence
PER_WORD = 3  # records, on average
MOST_WORDS = 1000  # different ones
SIGNS = {*GAPS, STOP, " ", "N", "X"}  # that may be at the ends of sequences alone
TELLING = 0.25  # of the words that cannot be sequence, so that the others are words, too


class Annotations:
    """What the lengths of the lines of a file's records say about these.

    Sequences are wrapped at one width. If lines of most records are as long as those before, and widths differ, they
    belong to the same residues. So they do if all have one width, but the last ones few different letters.
    """

    def __init__(self):
        self.records = 0
        self.example = None  # the number and the text of a line of labels
        self.tracked = 0  # records whose lines could be tracks of the same residues
        self.widths = set()  # of their lines but the last ones, which may be shorter
        self.first, self.last = Counter(), Counter()  # the letters in their first and in their last lines
        self.several = 0  # records with several lines
        self.ends, self.places = Counter(), {}  # the last lines of these, and where each occurs first
        self.known = set()  # the letters of all other lines

    def add(self, lines):
        """Take note of the lines of a record, pairs of a number and a text."""
        self.records += 1
        self._add_end(lines)
        lengths = [len(line) for _, line in lines]
        sizes = [len(lines) // tracks for tracks in range(2, MOST_TRACKS + 1) if len(lines) % tracks == 0]
        size = next((size for size in sizes if size and lengths[:size] * (len(lines) // size) == lengths), 0)
        if size:
            self.tracked += 1
            self.example = self.example or lines[size]
            self.widths.update(lengths[:-1])
            self.first.update(lines[0][1])
            self.last.update(lines[-1][1])

    def _add_end(self, lines):
        others = lines[:-1] or lines
        self.known.update(*(line for _, line in others))
        if len(lines) > 1:
            self.several += 1
            number, end = lines[-1]
            if len(self.ends) <= MOST_WORDS:
                self.ends[end] += 1
                self.places.setdefault(end, number)

    @property
    def word(self):
        """The number and the text of a line with a word, if most records have one below the sequence; None if not.

        These are last lines that recur, and of which enough are not written like the other lines.
        """
        if 2 * self.several <= self.records or self.several < FEWEST:
            return None
        if len(self.ends) > min(MOST_WORDS, self.several / PER_WORD):
            return None
        has_lower = any(map(str.islower, self.known))
        words = [end for end in self.ends if cannot_be_sequence(end, self.known) or (end.islower() and not has_lower)]
        if sum(self.ends[word] for word in words) < TELLING * self.several:
            return None
        return self.places[words[0]], words[0]

    @property
    def are_present(self):
        """Whether most records have lines of labels."""
        are_few = self.last.total() >= ENOUGH and 2 * len(self.last) <= len(self.first)
        return 2 * self.tracked > self.records and (len(self.widths) > 1 or are_few)


def cannot_be_sequence(label, known):
    """Whether a line has other letters than sequences, whose characters are ``known``, or is a word among capitals."""
    letters = set(label)
    is_word = any(map(str.islower, letters)) and any(map(str.isupper, letters))
    others = {letter.upper() for letter in letters} - {letter.upper() for letter in known} - SIGNS
    return bool(others) or (is_word and not any(map(str.islower, known)))
