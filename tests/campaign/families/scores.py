"""Printed scores that are damaged, huge or hostile, and what is in the cache of those that were exported."""

import gzip
import pickle
import shutil
from dataclasses import replace
from itertools import pairwise

from music_files import LEFT_OUT, TASK, either, import_once, notes_in_examples, pitches_of, something, trial
from packed import zip_of
from sources import write_source
from trying import CANARY, REFUSED, Input

KIND = "scores"
PITCHES = [67, 69]
MEASURE = (
    "<attributes><divisions>1</divisions></attributes>"
    "<note><pitch><step>G</step><octave>4</octave></pitch><duration>1</duration></note>"
    "<note><pitch><step>A</step><octave>4</octave></pitch><duration>1</duration></note>"
)
OPTIONS = {"window": 64, "classes": {"p": ["p*"], "q": ["q*"]}, "pieces_per_class": 9, "seed": 0, "instruments": "all"}
CHANGES = {"reader": "scores", "options": OPTIONS}
KERN = "**kern\n*M4/4\n4g\n4a\n*-\n"


class Evil:
    """A pickle of this runs code."""

    def __reduce__(self):
        return exec, (f"import os; open(os.environ[{CANARY!r}], 'w')",)


def one(name, content, expected=LEFT_OUT, file="podd.musicxml", seconds=None, **changes):
    """A trial of an odd score among good ones; ``seconds`` are the limit of time of its export."""
    text = content.encode() if isinstance(content, str) else content
    made = trial(KIND, name, text, expected, file, good=good_scores(), **{**CHANGES, **changes})

    def run(work):
        from beyondtext.data.readers import scores

        scores.MOST_SECONDS = seconds
        return made.run(work)

    return replace(made, run=run) if seconds else made


def good_scores():
    """Scores by their names, each of other notes."""
    return {f"{name}{place}.krn": kern(name, place) for name in "pq" for place in range(6)}


def kern(name, place):
    """A score with the notes of `music_files.pitches_of`."""
    letters = "ccddeffggaab"
    lines = []
    for pitch in pitches_of(name, place):
        octave, step = divmod(pitch, 12)
        letter = letters[step]
        written = (
            letter * (octave - 4) if octave > 4 else letter.upper() * (5 - octave)
        )  # middle C is c, and the C below is C
        lines.append(f"4{written}{'#' if step in (1, 3, 6, 8, 10) else ''}")
    return "\n".join(["**kern", "*M4/4", *lines, "*-", ""])


def score(measures=MEASURE, before="", number=1):
    parts = "".join(f"<measure number='{place + 1}'>{measures}</measure>" for place in range(number))
    start = f'<?xml version="1.0"?>{before}<score-partwise version="3.1"><part-list><score-part id="P1">'
    return f"{start}<part-name>A</part-name></score-part></part-list><part id='P1'>{parts}</part></score-partwise>"


def inputs(shared, random):
    import music21.converter  # noqa: F401 # once, instead of in each child

    import_once()
    return [*damaged(random), *hostile(), *huge(), *archives(), *caches()]


def damaged(random):
    whole = score()
    yield one("good score", whole, PITCHES)
    yield one("good score of the humdrum format", KERN, PITCHES, "podd.krn")
    yield one("empty score", "")
    yield one("score cut at half", whole[: len(whole) // 2])
    for number in range(3):
        yield one(f"score cut at a random place ({number + 1})", whole[: random.randrange(1, len(whole) - 9)])
    for number in range(3):
        changed = bytearray(KERN.encode())
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(7)
        yield one(f"humdrum with a random bit flipped ({number + 1})", bytes(changed), something, "podd.krn")
    yield one("score without notes", score("<attributes><divisions>1</divisions></attributes>"))
    yield one("score with 0 divisions", whole.replace("<divisions>1<", "<divisions>0<"), something)
    yield one("score with a step that is none", whole.replace("<step>G", "<step>X"), something)
    for octave in (99, -99):
        yield one(f"score with an octave of {octave}", whole.replace("<octave>4", f"<octave>{octave}"), something)
    lengths = {"below 0": "-1", "in words": "long", "of 300 digits": "9" * 300, "without end": "inf"}
    for title, length in lengths.items():
        yield one(f"score with a duration {title}", whole.replace("<duration>1", f"<duration>{length}"), something)
    yield one(
        "score in another encoding than it says", whole.replace('"1.0"', '"1.0" encoding="UTF-16"'), either(*PITCHES)
    )
    yield one("web page in place of a score", "<html><body>log in</body></html>")
    yield one("text in place of a score", "this is not a score\n", file="podd.krn")


def hostile():
    entity = "<!DOCTYPE s [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
    title = "<direction><direction-type><words>&e;</words></direction-type></direction>"
    yield one("score with a file of the system in it", score(title + MEASURE, entity), either(*PITCHES))
    far = entity.replace("file:///etc/passwd", "http://127.0.0.1:9/x")
    yield one("score with a file of the web in it", score(title + MEASURE, far), either(*PITCHES))
    names = "abcdefghij"
    laughs = "".join(f"<!ENTITY {n} '{f'&{o};' * 10}'>" for o, n in pairwise(names))
    bomb = f"<!DOCTYPE s [<!ENTITY a 'ha'>{laughs}]>"
    yield one("score with entities that multiply", score(title.replace("&e;", "&j;") + MEASURE, bomb))
    for ending in ("p", "pgz", "pickle", "krn", "mxl", "musicxml", "abc"):
        yield one(f"pickle that runs code, called {ending}", pickle.dumps(Evil()), file=f"podd.{ending}")
    yield one("score whose name is a command", score(), PITCHES, "p$(touch ran).musicxml")
    yield one("score whose name is an option", score(), PITCHES, "p--help.musicxml")
    yield one("score without an ending", score(), something, "podd")


def huge():
    repeat = "<barline location='right'><repeat direction='backward' times='{}'/></barline>"
    yield one("score that is repeated 3 times", score(MEASURE + repeat.format(3)), something)
    endless = score(MEASURE + repeat.format(10**6))
    yield one("score repeated a million times, with the limit of time at 2 seconds", endless, LEFT_OUT, seconds=2)
    rest = "<measure-style><multiple-rest>1000000</multiple-rest></measure-style></attributes>"
    yield one("score with a rest of a million measures", score(MEASURE.replace("</attributes>", rest)), something)
    yield one("score nested 5,000 deep", score("<x>" * 5000 + "</x>" * 5000 + MEASURE), something)
    parts = "".join("\t".join([word] * 500) + "\n" for word in ("**kern", "4g", "*-"))
    wide = {**CHANGES, "options": {**OPTIONS, "window": 500}, "max_length": 500}
    yield one("humdrum with 500 parts", parts, [67] * 500, "podd.krn", **wide)
    long = "**kern\n" + "4" * 10**6 + "g\n*-\n"
    yield one("line of a million letters, with the limit of time at 2 seconds", long, something, "podd.krn", seconds=2)


def archives():
    inside = score().encode()
    about = b'<?xml version="1.0"?><container><rootfiles><rootfile full-path="s.xml"/></rootfiles></container>'
    files = {"META-INF/container.xml": about, "s.xml": inside}
    yield one("compressed score", zip_of(files), PITCHES, "podd.mxl")
    yield one(
        "compressed score with a path up", zip_of({**files, "../../evil.xml": inside}), either(*PITCHES), "podd.mxl"
    )
    yield one("compressed score cut", zip_of(files)[:-30], file="podd.mxl")
    yield one("compressed score without a score", zip_of({"META-INF/container.xml": about}), file="podd.mxl")
    elsewhere = {"META-INF/container.xml": about.replace(b"s.xml", b"/etc/passwd")}
    yield one("compressed score that leads to a file of the system", zip_of(elsewhere), file="podd.mxl")
    yield one("compressed score of zeros", zip_of({"s.xml": bytes(10**8)}), file="podd.mxl")
    yield one("score compressed by gzip", gzip.compress(inside), something, "podd.musicxml")


def caches():
    """What was exported before, and was changed since."""

    def changed(name, change, expected=PITCHES):
        def prepare(work):
            write_source(work / "data/raw/demo", {**good_scores(), "podd.musicxml": score().encode()})
            notes_in_examples(work, {**TASK, **CHANGES}, "podd.musicxml")
            shutil.rmtree(work / "data/examples")
            change(work / "cache/midi")

        def run(work):
            return notes_in_examples(work, {**TASK, **CHANGES}, "podd.musicxml")

        return Input(KIND, name, prepare, run, expected)

    def each(change, pattern="*/*.mid"):
        def change_all(folder):
            for path in list(folder.glob(pattern)):
                change(path)

        return change_all

    yield changed("cache as it was written", lambda folder: None)
    yield changed("cache with files cut in half", each(lambda path: path.write_bytes(path.read_bytes()[:40])))
    yield changed(
        "cache with other notes", each(lambda path: path.write_bytes(path.read_bytes().replace(b"\x90C", b"\x90D")))
    )
    yield changed("cache with empty files", each(lambda path: path.write_bytes(b"")))
    yield changed("cache with links to nothing", each(lambda path: (path.unlink(), path.symlink_to("/nowhere"))))
    yield changed("cache with folders in place of files", each(lambda path: (path.unlink(), path.mkdir())))
    yield changed(
        "cache with files in place of folders",
        each(lambda path: (shutil.rmtree(path), path.write_text("x")), "*"),
        REFUSED,
    )
