"""Lines with a label for each residue below a sequence, as predictors of structure and of signal peptides write them.

A FASTA parser would join them to the sequence, since their labels are letters, too.
"""

from collections import Counter

MOST_TRACKS = 4  # the sequence and kinds of labels
ENOUGH = 100  # letters, to say that there are few different ones


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

    def add(self, lines):
        """Take note of the lines of a record, pairs of a number and a text."""
        self.records += 1
        lengths = [len(line) for _, line in lines]
        sizes = [len(lines) // tracks for tracks in range(2, MOST_TRACKS + 1) if len(lines) % tracks == 0]
        size = next((size for size in sizes if size and lengths[:size] * (len(lines) // size) == lengths), 0)
        if size:
            self.tracked += 1
            self.example = self.example or lines[size]
            self.widths.update(lengths[:-1])
            self.first.update(lines[0][1])
            self.last.update(lines[-1][1])

    @property
    def are_present(self):
        """Whether most records have lines of labels."""
        are_few = self.last.total() >= ENOUGH and 2 * len(self.last) <= len(self.first)
        return 2 * self.tracked > self.records and (len(self.widths) > 1 or are_few)
