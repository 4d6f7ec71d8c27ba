"""The user's options, and the findings of an inspection."""

from dataclasses import dataclass, field
from shlex import quote

from beyondtext.core.errors import InputError

NONE = "none"  # the wish that a role be left empty
MAY_BE_EMPTY = ("second", "split", "group", "id")  # roles


def option(wish, name):
    """The option that names a field, as a shell reads it."""
    return f"--{wish}{'=' if name.startswith('-') else ' '}{quote(name)}"


@dataclass(frozen=True)
class Wishes:
    """What the user decided on the command line; None for everything that the inspection is to determine.

    Attributes
    ----------
    name : str
        Of the study, the task and the source.
    target, sequence, second, split, group, id : str
        The field (a table's column, or a part of a FASTA header) of a role; `NONE` for no field, where a role may be
        empty.
    target_kind : {"class", "number"}
    keep_missing : bool
        Whether words for missing values, such as NA, are classes.
    decimal : {"comma", "point"}
        The decimal sign of the target's numbers, where it may also be between thousands.
    repeats : {"drop", "first", "mean", "median", "majority"}
        What to do with several records of one sequence.
    smallest_class : int
        Records of classes with fewer are left out.
    domain : {"text", "protein", "dna"}
    alphabet : str
        The symbols, one letter each.
    max_length : int
        In symbols.
    too_long : {"truncate", "drop"}
    max_train : int
        The largest number of training sequences.
    delimiter : str
        Of a table's cells.
    quotes : {"yes", "no"}
        Whether double quotes enclose a table's cells.
    header : {"yes", "no"}
        Whether a table's first line names its columns.
    relatives : {"together", "apart"}
        Whether near relatives stay in one split.
    window : int
        Notes in a window of music.
    max_affected : float
        The largest share of the records that may be left out or altered.
    margin : float
        The smallest difference in the score that is worth having.
    model : str
        The text model.
    overwrite : bool
        Whether the files of an earlier study of this name may be replaced.
    """

    name: str | None = None
    target: str | None = None
    sequence: str | None = None
    second: str | None = None
    split: str | None = None
    group: str | None = None
    id: str | None = None
    target_kind: str | None = None
    keep_missing: bool = False
    decimal: str | None = None
    repeats: str | None = None
    smallest_class: int | None = None
    domain: str | None = None
    alphabet: str | None = None
    max_length: int | None = None
    too_long: str | None = None
    max_train: int | None = None
    delimiter: str | None = None
    quotes: str | None = None
    header: str | None = None
    relatives: str | None = None
    window: int | None = None
    max_affected: float | None = None
    margin: float | None = None
    model: str = "minilm-l6"
    overwrite: bool = False


@dataclass(frozen=True)
class Remark:
    """One thing that was found, why it is believed, and the option that changes it (empty if none does)."""

    what: str
    why: str
    option: str = ""

    def __str__(self):
        return f"{self.what}: {self.why}" + (f" (change with `{self.option}`)" if self.option else "")


@dataclass
class Notes:
    """The remarks of an inspection in order, and the comments of the values that it assumed.

    Attributes
    ----------
    remarks : list of Remark
    seen : dict of str to str
        What was seen, by the key of the task that it decided, such as ``split`` or ``options.header``.
    """

    remarks: list = field(default_factory=list)
    seen: dict = field(default_factory=dict)

    def add(self, what, why, option="", key=None):
        """Add a remark; with a ``key`` it is also the comment of this key of the task."""
        self.remarks.append(Remark(what, why, option))
        if key is not None:
            self.seen[key] = why


@dataclass(frozen=True)
class Findings:
    """All that the three files of a study need.

    Attributes
    ----------
    name : str
        Of the study, the task and the source.
    source, task, study : dict
        The contents of the three files.
    seen : dict of str to str
        Comments by the keys of the task, as in `Notes`.
    study_seen : dict of str to str
        Comments by the keys of the study.
    remarks : tuple of Remark
        In the order in which a reader wants them.
    counts : dict
        What `beyondtext.data.prepare.build` counted with this task.
    lengths : tuple of int
        Of the training sequences, in symbols.
    symbols : int
        The number of different symbols.
    """

    name: str
    source: dict
    task: dict
    study: dict
    seen: dict
    study_seen: dict
    remarks: tuple
    counts: dict
    lengths: tuple
    symbols: int


class AmbiguousError(InputError):
    """Several fields could have a role, and nothing in the file decides which one has it.

    Attributes
    ----------
    wish : str
        The attribute of `Wishes` that decides.
    candidates : dict of str to list of str
        Three values of each candidate.
    """

    def __init__(self, wish, candidates, advice=""):
        shown = " or ".join(f"`{name}` ({', '.join(values)})" for name, values in candidates.items())
        number = f"{len(candidates)} fields" if len(candidates) > 1 else "one field, a part of the id,"
        other = " or another of these names" if len(candidates) > 1 else ""
        choice = option(wish, next(iter(candidates)))
        super().__init__(f"{number} could be the {wish}: {shown}; choose with `{choice}`{other}{advice}")
        self.wish, self.candidates = wish, candidates
