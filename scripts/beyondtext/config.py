"""Reading and checking what users write: the configuration, tasks, models and sources.

A definition is one YAML file, ``config/<kind>/<name>.yaml``. It is checked against
``config/schemas/<kind>.schema.yaml`` and against the definitions it names, so that a slip is found
before anything is downloaded or trained.
"""

import math
import re
from functools import cache
from itertools import product
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

from beyondtext.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
FEWEST_SEQUENCES = 10  # that an interval of a similarity can be had from
MAIN = "main"  # the experiment of an arm that names none
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # that of C, ten times as fast, is not in every build
METRIC_TARGETS = {
    "accuracy": "class",
    "balanced_accuracy": "class",
    "matthews": "class",
    "spearman": "number",
}


def read_yaml(path):
    """Parse one YAML file into a dict.

    Raises `InputError` if the file is missing, is not YAML or does not hold a mapping.
    """
    try:
        value = yaml.load(Path(path).read_text(encoding="utf-8"), Loader)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; give the path of a YAML file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give the path of a YAML file") from None
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise InputError(f"{path} is not valid YAML: {problem}") from None
    if not isinstance(value, dict):
        raise InputError(f"{path} holds {type(value).__name__}, not keys and values; see config/config.yaml")
    return value


def _is_number(checker, value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(checker, value):
    return isinstance(value, int) and not isinstance(value, bool)  # 200.0 is one to JSON Schema, but not to Python


Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer}),
)


@cache
def _validator(kind):
    def retrieve(uri):
        return Resource.from_contents(read_yaml(CONFIG / "schemas" / uri))

    schema = read_yaml(CONFIG / "schemas" / f"{kind}.schema.yaml")
    return Validator(schema, registry=Registry(retrieve=retrieve))


def check(value, kind, where):
    """Check ``value`` against a schema (``config``, ``task``, ``model`` or ``source``).

    Raises `InputError` naming ``where`` it was read and the offending key.
    """
    error = best_match(_validator(kind).iter_errors(value))
    if error is None:
        return
    key = ".".join(str(part) for part in error.absolute_path) or "the top level"
    if error.validator == "additionalProperties":
        known = ", ".join(sorted(error.schema.get("properties", {})))
        raise InputError(f"{where}: at {key}: {error.message}; the keys known there are {known}")
    hint = "write it with a point, as 1.0e-4; " if error.validator == "type" and _is_exponent(error.instance) else ""
    raise InputError(f"{where}: at {key}: {error.message}; {hint}see config/schemas/{kind}.schema.yaml")


def _is_exponent(value):
    """Whether YAML took a number without a point, such as 1e-4, for text."""
    return isinstance(value, str) and re.fullmatch(r"[+-]?\d+e[+-]?\d+", value, re.IGNORECASE) is not None


@cache
def names(kind):
    """The names of all definitions of a kind: ``tasks``, ``models`` or ``sources``."""
    return sorted(path.stem for path in (CONFIG / kind).glob("*.yaml"))


@cache
def _definition(kind, name):
    path = CONFIG / kind / f"{name}.yaml"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise InputError(
            f"the name {name!r} of a {kind[:-1]} would not do as a folder's; use letters, digits, '.', '_' and '-' only"
        )
    if not path.exists():
        known = ", ".join(names(kind))
        raise InputError(
            f"there is no {kind[:-1]} named {name!r}: {path.relative_to(ROOT)} does not exist; known: {known}"
        )
    value = read_yaml(path)
    check(value, kind[:-1], path.relative_to(ROOT))
    return value


def source(name):
    """The checked definition of a source, as a dict."""
    value = _definition("sources", name)
    if value["id"] != name:
        raise InputError(f"config/sources/{name}.yaml: the id is {value['id']!r}; it must be the file's name, {name!r}")
    return value


def model(name):
    """The checked definition of a model, as a dict."""
    value = _definition("models", name)
    _named_in(f"config/models/{name}.yaml", "sources", value["source"])
    source(value["source"])
    return value


def task(name, caps=None):
    """The checked definition of a task, as a dict, with ``caps`` laid over its own."""
    where = f"config/tasks/{name}.yaml"
    value = _definition("tasks", name)
    _named_in(where, "sources", value["source"])
    source(value["source"])
    if "vocabulary" in value["symbols"]:
        _named_in(where, "models", value["symbols"]["vocabulary"])
        model(value["symbols"]["vocabulary"])
    kind = METRIC_TARGETS[value["metric"]]
    if kind != value["target"]["kind"]:
        raise InputError(
            f"{where}: metric {value['metric']} needs a target of kind {kind}, but the target's kind is "
            f"{value['target']['kind']}; choose another metric or mend the target"
        )
    if value["split"]["method"] == "random" and abs(sum(value["split"]["fractions"].values()) - 1) > 1e-6:
        raise InputError(f"{where}: split.fractions add up to {sum(value['split']['fractions'].values()):g}, not to 1")
    published = value["split"].get("values")
    if published and ("validation" in published) == ("validation_fraction" in value["split"]):
        raise InputError(
            f"{where}: a validation split is either published or drawn from the training split; give one of "
            "split.values.validation and split.validation_fraction, not both or neither"
        )
    return {**value, "caps": {**value["caps"], **(caps or {})}}


def is_paired(task):
    """Whether a task's examples are pairs of sequences."""
    return task["reader"] == "mrpc" or "second" in task["options"].get("columns", {})


def _named_in(where, kind, name):
    if name not in names(kind):
        known = ", ".join(names(kind))
        raise InputError(f"{where}: unknown {kind[:-1]} {name!r}; known: {known}")


def check_config(config, where="config/config.yaml"):
    """Check a whole configuration and every definition it names; return it unchanged.

    Raises `InputError` for the first thing that is wrong.
    """
    check(config, "config", where)
    for name in config["tasks"]:
        _named_in(f"{where}: at tasks", "tasks", name)
        task(name)
    for name in config["optimisation"]["tasks"]:
        _named_in(f"{where}: at optimisation.tasks", "tasks", name)
        if "optimisation" in config["experiments"] and name not in config["tasks"]:
            raise InputError(f"{where}: at optimisation.tasks: {name!r} is not among the tasks {config['tasks']}")
    for name in config["optimisation"]["models"]:
        _named_in(f"{where}: at optimisation.models", "models", name)
    _check_starts(config["optimisation"], config["optimisation"]["tasks"], f"{where}: at optimisation")
    known = {"similarity", "optimisation", *(arm.get("experiment", MAIN) for arm in config["arms"])}
    for name in config["experiments"]:
        if name not in known:
            raise InputError(
                f"{where}: at experiments: no arm is of the experiment {name!r}; known: {', '.join(sorted(known))} (an "
                f"arm without `experiment` is of {MAIN}; the default asks for main and similarity)"
            )
    if not selected(config)["tasks"]:
        raise InputError(
            f"{where}: at experiments: {', '.join(config['experiments'])} have nothing to do; name tasks in similarity "
            "or optimisation, or an experiment of an arm"
        )
    for name in config["paths"]:
        _named_in(f"{where}: at paths", "sources", name)
    for section in ("training_per_task", "caps"):
        for name in config[section]:
            _named_in(f"{where}: at {section}", "tasks", name)
    for place, arm in enumerate(config["arms"]):
        for name in arm.get("tasks", []):
            if name not in config["tasks"]:
                raise InputError(
                    f"{where}: at arms.{place}.tasks: {name!r} is not among the tasks {config['tasks']}; give the "
                    "study arms of its own (those of config/config.yaml hold where it has none)"
                )
        for name in arm["models"]:
            _named_in(f"{where}: at arms.{place}.models", "models", name)
        _check_starts(arm, arm.get("tasks", config["tasks"]), f"{where}: at arms.{place}")
    for name in config["tasks"]:
        if not any(name in arm.get("tasks", config["tasks"]) for arm in config["arms"]):
            raise InputError(f"{where}: no arm trains the task {name}; name it in an arm, or take it out of tasks")
    for name in config["similarity"]["tasks"] if "similarity" in config["experiments"] else []:
        if name not in config["tasks"]:
            raise InputError(f"{where}: at similarity.tasks: {name!r} is not among the tasks {config['tasks']}")
        if is_paired(task(name)):
            raise InputError(
                f"{where}: at similarity.tasks: {name} has pairs of sequences, and tokens of single ones are compared; "
                "take it out"
            )
    for place, encoder in enumerate(config["similarity"]["encoders"]):
        _named_in(f"{where}: at similarity.encoders.{place}", "models", encoder["model"])
        model(encoder["model"])
        for name in encoder.get("tasks", []):  # it may be one that this study leaves out
            _named_in(f"{where}: at similarity.encoders.{place}.tasks", "tasks", name)
    if config["similarity"]["sequences"] < FEWEST_SEQUENCES:
        raise InputError(
            f"{where}: at similarity.sequences: {config['similarity']['sequences']} are too few for an interval; give "
            f"at least {FEWEST_SEQUENCES}"
        )
    attended = config["similarity"]["attention_sequences"]
    if 0 < attended < FEWEST_SEQUENCES:
        raise InputError(
            f"{where}: at similarity.attention_sequences: {attended} are too few for an interval; give at least "
            f"{FEWEST_SEQUENCES}, or 0 to leave attention out"
        )
    check_rates(config, where)
    return config


def _check_starts(arm, tasks, where):
    """Check that the models of an entry of ``arms``, or of a section like it, can have its inits and mappings."""
    mappings = arm.get("mappings", ["permutation"])
    if "domain" in arm["inits"] and mappings != ["identity"]:
        raise InputError(
            f"{where}.mappings: the init domain is for a model that reads the task's symbols by their names, but the "
            f"mappings are {mappings}; give domain an entry of its own, with mappings: [identity]"
        )
    for model_name, task_name in product(arm["models"], tasks):
        domain, own = model(model_name)["domain"], task(task_name)["domain"]
        if domain != own and "identity" in mappings:
            raise InputError(
                f"{where}.mappings: identity is for models of the task's own domain, but {model_name} was pre-trained "
                f"on {domain} and {task_name} is {own}; give them the mapping permutation"
            )
    for name in arm["models"]:
        if "pretrain_ckpt" in arm["inits"] and "pretraining_steps" not in model(name):
            raise InputError(
                f"{where}.inits: pretrain_ckpt is for intermediate checkpoints, but config/models/{name}.yaml gives no "
                "pretraining_steps; add them, or take the init pretrained"
            )


def check_rates(config, where):
    """Check what is said about learning rates in several places of a configuration."""
    shared = set(config["seeds"]) & set(config["selection_seeds"])
    if shared:
        raise InputError(
            f"{where}: at selection_seeds: {min(shared)} is among the seeds too; choose learning rates on seeds that "
            "the report does not use"
        )
    said = {}
    for place, arm in enumerate(config["arms"]):
        for task_name in arm.get("tasks", config["tasks"]):
            rate = learning_rate(config, arm, task_name)
            for key in product(arm["models"], arm["inits"], arm.get("mappings", ["permutation"])):
                first = said.setdefault((task_name, *key, isinstance(rate, list)), rate)
                if first != rate:
                    raise InputError(
                        f"{where}: at arms.{place}: {'/'.join((task_name, *key))} has the learning rate {rate} here "
                        f"and {first} in an earlier arm; give one number, one list, or one of each"
                    )


def load_config(path):
    """Read a configuration file, lay it over config/config.yaml as Snakemake does, and check the whole."""
    return check_config(_laid_over(read_yaml(CONFIG / "config.yaml"), read_yaml(path)), where=path)


def _laid_over(below, above):
    """``above``, with what only ``below`` has; dicts are merged at every depth, lists are replaced."""
    merged = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            merged[key] = _laid_over(below[key], above[key])
    return merged


def training_settings(config, task_name):
    """The training settings of a task: ``training`` with ``training_per_task`` laid over it.

    They have ``epochs`` or ``steps``, not both.
    """
    own = config["training_per_task"].get(task_name, {})
    merged = {**config["training"], **own}
    if "steps" in own and "epochs" not in own:
        merged["epochs"] = None
    merged.pop("epochs" if merged.get("epochs") is None else "steps", None)
    return merged


def selected(config):
    """A checked configuration with nothing in it but what its ``experiments`` ask for."""
    wanted = config["experiments"]
    arms = [arm for arm in config["arms"] if arm.get("experiment", MAIN) in wanted]
    trained = {name for arm in arms for name in arm.get("tasks", config["tasks"])}
    similarity = config["similarity"]
    if "similarity" not in wanted:
        similarity = {**similarity, "tasks": []}
    optimisation = config["optimisation"]
    if "optimisation" not in wanted:
        optimisation = {**optimisation, "tasks": []}
    used = trained.union(similarity["tasks"], optimisation["tasks"])
    return {
        **config,
        "arms": arms,
        "tasks": [name for name in config["tasks"] if name in used],
        "similarity": similarity,
        "optimisation": optimisation,
    }


def learning_rate(config, arm, task_name):
    """The learning rate of an entry of ``arms`` on a task, or the list that it is chosen from."""
    return arm.get("learning_rate", training_settings(config, task_name)["learning_rate"])
