"""The programs in ``scripts/`` with odd arguments."""

import json
import os
from importlib import import_module

from own_config import ORIGINAL, move_to
from tiny import tiny_settings
from trying import REFUSED, Input
from wrong_values import drawn_mistakes, keys_in, naming, printed, with_value

KIND = "command lines"
MODEL = {
    **{"source": "tiny", "family": "bert", "domain": "text", "pooling": "mean", "first_free_id": 5},
    **{"weights": "model.safetensors", "configuration": "config.json", "vocabulary": "vocab.txt"},
    "special_ids": {"pad": 0, "unknown": 1, "start": 2, "end": 3},
}
NETWORK = {key: entry for key, entry in tiny_settings(MODEL).items() if key not in ("training", "fraction", "rate")}
SAMPLE = {"tokens": 200, "sequences": 20, "tokens_per_sequence": 8, "sample_seed": 0}
MEASURES = {"measures": ["cka"], "permutations": 3, "seed": 0}
SETTINGS = {  # of the programs that take them
    "finetune": tiny_settings(MODEL),
    "fit_frozen": {**NETWORK, "fraction": 1, "rate": "frozen", "precision": "float32"},
    "fit_baseline": {
        **{"task": "demo", "model": "kmer", "init": "baseline", "mapping": "identity", "fraction": 1, "rate": "none"},
        **{"seed": 0, "ngrams": [1, 3], "cross_validation": {"folds": 5, "below": 50}},
    },
    "extract_activations": {**NETWORK, **SAMPLE, "stage": "initial", "attention_sequences": 2},
    "measure_trainability": {
        **{**NETWORK, "batches": 2, "batch_size": 2, "noise": [0.1], "jacobians": 1, "jacobian_tokens": 4},
        "sample_seed": 0,
    },
    "check_similarity": {"task": "demo", "models": ["minilm-l6"], "test_cap": None, **SAMPLE, "measures": ["cka"]},
    "compare_activations": {
        **{"task": "demo", "confidence": 0.95, "domain_models": [], "encoders": {}},
        **{**SAMPLE, **MEASURES, "attention_sequences": 0},
    },
}
ALLOWED = {("rate", "a number"), ("mapping", "a date"), ("test_cap", "NaN"), ("prefix", "null")}
CONFIG = ["--config", str(ORIGINAL / "config" / "config.yaml")]
BY_HAND = {  # the usual arguments of programs that train, in place of settings
    "finetune": ["--task", "splice", "--model", "minilm-l6", *CONFIG],
    "fit_frozen": ["--task", "splice", "--model", "minilm-l6", *CONFIG],
    "extract_activations": ["--task", "splice", "--model", "minilm-l6", *CONFIG],
    "measure_trainability": ["--task", "splice", "--model", "minilm-l6", *CONFIG],
}
NUMBERS = {  # wrong texts for options that are numbers
    "--seed": ["-1", "1.5", "nan", "4294967296", "1e3", "0x10", "1_0", "\uff11", "", " 7", "7\n", "9" * 5000],
    "--fraction": ["0", "-0.5", "1.0000001", "nan", "inf", "1e999", "1/2", "\u00bd", "", "0,5"],
    "--gpu-jobs": ["0", "-1", "1.5", "all", "1e6", "9" * 16, "\u0661", ""],
}
WRONG_NAME = ("cannot be the name", "there is no", "expected one argument")
NAMES = [
    "../../evil",
    "/etc/passwd",
    "a/b",
    "",
    ".",
    "..",
    "-x",
    "splice\n",
    "a" * 300,
    "sp\u0142ice",
    "\udcff",
    "{seed}",
]


def inputs(shared, random):
    import make_examples
    from beyondtext.core import paths
    from beyondtext.models.libraries import LIBRARIES
    from beyondtext.report.plots import pyplot
    from beyondtext.study.configuration import load_config
    from beyondtext.training import preparation

    load_config(paths.default_config())  # imports once what every input needs
    assert make_examples and pyplot() and preparation
    for name in LIBRARIES:
        import_module(name)
    return [*settings(random), *by_hand(random), *examples(), *of_the_report(), *others()]


def program(name, words, arguments, expected=REFUSED, prepare=lambda folder: None, said=None, **options):
    """A program with these arguments, in an empty folder that it takes for the project's.

    ``said`` are words of which a refusal must have one. What is compared is what the program prints.
    """

    def run(folder):
        module = import_module(name)
        module.code_digest = lambda *names: "c0de"  # which needs the program in the project's folder
        move_to(folder)
        return naming(said or ("",), lambda: printed(module.main, *arguments))

    return Input(KIND, f"{name}: {words}", prepare, run, expected, **options)


def settings(random):
    """Settings as JSON with a value of another kind, without a key, with one too many, or that are none at all."""
    rest = {"compare_activations": ["a.safetensors"]}
    for name, right in SETTINGS.items():

        def given(words, value, name=name):
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            return program(name, f"settings, {words}", [*rest.get(name, []), "--settings", text], said=("--settings",))

        mistakes = list(drawn_mistakes(right, random, 1, ALLOWED))
        for path, words, value in random.sample([one for one in mistakes if one[1] != "a date"], 5):  # JSON has none
            yield given(f"{'.'.join(map(str, path))} is {words}", value)
        missing = random.choice([key for key in right if key != "cross_validation"])
        yield given("a key is missing", {key: value for key, value in right.items() if key != missing})
        yield given("a key too many", {**right, "code": "import os"})
        yield given("a task that is a path", {**right, "task": random.choice(["../../evil", "/evil", "a/b", ".."])})
        if "model_definition" in right:
            path = random.choice([path for path, _ in keys_in(right["model_definition"]) if path != ("prefix",)])
            yield given(
                f"a model whose {'.'.join(path)} is a list", with_value(right, ("model_definition", *path), [[]])
            )
            yield given("a model's source that is a path", with_value(right, ("model_definition", "source"), "../evil"))
    for words, text in broken_json(random):
        name = random.choice(sorted(SETTINGS))
        arguments = [*rest.get(name, []), "--settings", text]
        yield program(name, f"settings that are {words}", arguments, said=("--settings",))


def broken_json(random):
    """JSON that is none, or is no object."""
    deep = random.randrange(2_000, 100_000)
    yield "an empty object", "{}"
    yield "a list", "[]"
    yield "null", "null"
    yield "a number", "5"
    yield "a text", '"a"'
    yield "empty", ""
    yield "half an object", '{"task": "demo"'
    yield "YAML", "task: demo"
    yield "lists in lists", '{"task": ' + "[" * deep + "]" * deep + "}"
    yield "objects in objects", '{"task": ' * deep + "1" + "}" * deep
    yield "NaN", '{"task": NaN}'
    yield "a key twice", '{"task": "demo", "task": "other"}'
    yield "a number of thousands of digits", '{"task": "demo", "seed": ' + "1" * 5000 + "}"
    yield "a text with a NUL", '{"task": "a\\u0000b"}'
    yield "half a surrogate pair", '{"task": "\\ud800"}'
    yield "a million letters", '{"task": "' + "a" * 1_000_000 + '"}'


def by_hand(random):
    """Options of programs that train."""
    for option, texts in NUMBERS.items():
        for text in texts:
            name = random.choice(
                sorted(name for name in BY_HAND if option != "--fraction" or name != "extract_activations")
            )
            if name == "measure_trainability" and option == "--fraction":
                name = "finetune"
            yield program(name, f"{option} {text[:20]!a}", [*BY_HAND[name], option, text], said=(option,))
    for text in NAMES:
        name = random.choice(sorted(BY_HAND))
        yield program(
            name, f"the task {text[:20]!a}", ["--task", text, "--model", "minilm-l6", *CONFIG], said=WRONG_NAME
        )
        yield program(name, f"the model {text[:20]!a}", ["--task", "splice", "--model", text, *CONFIG], said=WRONG_NAME)
    for text in ("shift", "shift--1", "shift-9999999999", "permutation\n", "../x", "identity ", "shift-\u0661", ""):
        yield program(
            "finetune", f"the mapping {text!a}", [*BY_HAND["finetune"], "--mapping", text], said=("--mapping",)
        )
    for text in ("nan", "-1e-4", "0", "inf", "1e-999", "one", "", "1e-4,2e-4"):
        arguments = [*BY_HAND["finetune"], "--learning-rate", text]
        yield program("finetune", f"the learning rate {text!a}", arguments, said=("--learning-rate",))
    for text in ("-1", "nan", "inf", "soon"):
        arguments = [*BY_HAND["finetune"], "--checkpoint-seconds", text]
        yield program("finetune", f"{text} seconds between checkpoints", arguments, said=("--checkpoint-seconds",))
    for text in ("pretrained\n", "Scratch", "baseline", "", "../scratch"):
        yield program("fit_frozen", f"the init {text!a}", [*BY_HAND["fit_frozen"], "--init", text], said=("--init",))
    for name, usual in BY_HAND.items():
        yield program(name, "examples that are a folder", [*usual, "--examples", "."])
        yield program(name, "examples below a file", [*usual, "--examples", "a/b.parquet"], prepare=touch("a"))
        yield program(name, "examples in a pipe", [*usual, "--examples", "a.parquet"], prepare=pipe("a.parquet"))
        yield program(name, "examples that are a device", [*usual, "--examples", "/dev/zero"])
        yield program(name, "a configuration that is a folder", [*usual, "--config", "."])
        yield program(name, "an option that is not there", [*usual, "--trust-remote-code"])
        yield program(name, "an option without its value", [*usual, "--seed"])
    yield program("finetune", "the number of threads is no number", BY_HAND["finetune"], prepare=lambda folder:
                  os.environ.update(OMP_NUM_THREADS="many"))  # fmt: skip
    yield program("extract_activations", "weights of an encoder that is not trained",
                  [*BY_HAND["extract_activations"], "--weights", "a"], said=("--weights",))  # fmt: skip
    yield program(
        "fit_baseline", "an unknown baseline", ["--task", "splice", *CONFIG, "--model", "../kmer"], said=("--model",)
    )


def touch(name, content=""):
    return lambda folder: (folder / name).write_text(content)


def pipe(name):
    return lambda folder: os.mkfifo(folder / name)


def examples():
    """`make_examples.py` with definitions and paths."""
    from demo_task import TASK, WORDS
    from sources import write_source

    lines = [f"{word},{'pq'[number % 2]}" for number, word in enumerate(WORDS[:40])]

    def write(folder):
        write_source(folder / "raw" / "demo", {"t.csv": "\n".join(["s,t", *lines]) + "\n"})

    def given(words, definition, task="trial", expected=REFUSED, more=(), **options):
        text = definition if isinstance(definition, str) else json.dumps(definition)
        arguments = [task, "--definition", text, "--raw", "raw", "--output", "out/trial.parquet", *more]
        return program("make_examples", words, arguments, expected, write, keeps=("out",), **options)

    said = (
        "trial: 20 train, 10 validation, 10 test sequences of 40 read, in out/trial.parquet; none left out or changed\n"
    )
    yield given("a right definition", TASK, expected=said)
    yield given("a definition without a title", {**TASK, "title": "x", "description": ""}, expected=said)
    yield given("numbers in exponents", {**TASK, "max_affected": 1e-1}, expected=said)
    for words, text in (("an empty object", "{}"), ("a list", "[]"), ("null", "null"), ("empty", ""), ("half", "{")):
        yield given(f"a definition that is {words}", text, said=("--definition",))
    yield given("a definition of lists in lists", '{"reader": ' + "[" * 60_000 + "]" * 60_000 + "}")
    yield given("a definition with a key twice", json.dumps(TASK)[:-1] + ', "max_length": 5}', said=("--definition",))
    yield given("a definition with NaN", json.dumps({**TASK, "max_affected": float("nan")}), said=("--definition",))
    for key in TASK:
        yield given(f"a definition whose {key} is 5.5", {**TASK, key: 5.5}, said=("--definition",))
    yield given("a source that climbs", {**TASK, "source": "../raw/demo"}, said=("--definition",))
    yield given("a source that is absolute", {**TASK, "source": "/raw/demo"}, said=("--definition",))
    yield given("a file that climbs", {**TASK, "options": {**TASK["options"], "path": "../../t.csv"}})
    for name in NAMES:
        arguments = [name, "--definition", json.dumps(TASK), "--raw", "raw"]
        yield program("make_examples", f"a definition for the task {name[:20]!a}", arguments, prepare=write)
        yield program("make_examples", f"the task {name[:20]!a}", [name])
    yield given("raw files that are a file", TASK, more=["--raw", "raw/demo/t.csv"])
    yield given("an output that is a folder", TASK, more=["--output", "raw"], said=("raw",))
    yield given("an output below a file", TASK, more=["--output", "raw/demo/t.csv/a.parquet"], said=("raw/demo/t.csv",))


def of_the_report():
    """The programs of the report, with configurations as JSON and with folders that are none."""
    from small_study import CONFIG

    names = ("make_tables", "make_figures", "make_report")
    texts = {
        "an empty object": "{}",
        "half an object": "{",
        "a key twice": json.dumps(CONFIG)[:-1] + ', "seeds": [1]}',
        "objects in objects": '{"name": ' * 50_000,
        "NaN": json.dumps({**CONFIG, "checkpoint_seconds": float("nan")}),
        "a study's name that climbs": json.dumps({**CONFIG, "name": "../evil"}),
        "a study's name with a line feed": json.dumps({**CONFIG, "name": "small\n"}),
        "a task that is not there": json.dumps({**CONFIG, "tasks": ["splise", "gb1"]}),
        "a key too many": json.dumps({**CONFIG, "frozen": {**CONFIG["frozen"], "arm": []}}),
    }
    for name in names:
        for words, text in texts.items():
            yield program(name, f"a configuration with {words}", ["--config", text], said=("--config",))
        yield program(name, "no results", ["--config", json.dumps(CONFIG)])
        yield program(name, "an empty configuration", ["--config", ""])
        yield program(name, "a configuration that is a device", ["--config", "/dev/zero"])
    right = ["--config", json.dumps(CONFIG)]
    yield program("make_tables", "a table that is not there", ["../../summary", *right])
    yield program("make_tables", "choices that are a folder", ["rates", *right, "--choices", "."])
    yield program("make_tables", "a root that is a file", ["summary", *right, "--root", "a"], prepare=touch("a"))
    yield program("make_figures", "tables that are a file", [*right, "--tables", "a"], prepare=touch("a"))
    yield program("make_report", "an output that is a folder", [*right, "--output", "."])
    yield program("make_record", "no results", [])
    yield program("make_record", "a configuration that is not there", ["--config", "none.yaml"])


def others():
    """The other programs."""
    yield program("choose_rate", "no run", ["--output", "a.json"])
    yield program("choose_rate", "a run that is not there", ["none", "--output", "a.json"], said=("none",))
    yield program("choose_rate", "a run that is a file", ["a", "--output", "b.json"], prepare=touch("a"), said=("a",))
    yield program("choose_rate", "no output", ["none"], said=("--output",))
    empty = touch("a.safetensors")
    rest = ["--settings", json.dumps(SETTINGS["compare_activations"])]
    yield program("compare_activations", "a file that is not there", ["none.safetensors", *rest], said=("none",))
    yield program(
        "compare_activations", "an empty file", ["a.safetensors", *rest], prepare=empty, said=("a.safetensors",)
    )
    yield program("compare_activations", "a folder", [".", *rest])
    yield program("compare_activations", "a pipe", ["a.safetensors", *rest], prepare=pipe("a.safetensors"))
    yield program("compare_activations", "a check that is not there", ["a.safetensors", *rest, "--check", "none.json"])
    yield program("check_similarity", "no task", [], said=("--task",))
    yield program("check_similarity", "examples that are not there", ["--task", "splice", *CONFIG], said=("splice",))
    yield program("plan", "an unknown GPU", ["--gpu", "A1000000"], said=("--gpu",))
    yield program("check_study", "two files", ["a.yaml", "b.yaml"])
    yield program("check_study", "an option for a file", ["--rf"])
    yield program("pin_versions", "a folder that is not there", ["--folder", "none"])
    yield program("pin_versions", "a file for a folder", ["--folder", "a"], prepare=touch("a"))
    missing = touch("requirements.txt", "none-of-that-name==1.0\n")
    arguments = ["--folder", "."]
    yield program("pin_versions", "a package that is not installed", arguments, prepare=missing, said=("none-of",))
