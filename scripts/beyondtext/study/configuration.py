"""The configuration of a study: checked, and narrowed to the experiments that it asks for."""

from itertools import product

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_yaml
from beyondtext.core.registries import registry
from beyondtext.core.schema import check
from beyondtext.study import definitions
from beyondtext.study.definitions import is_paired, named_in

FEWEST_SEQUENCES = 10  # that an interval of a similarity can be had from
MAIN = "main"  # the experiment of an arm that names none


def check_config(config, where="config/config.yaml"):
    """Check a whole configuration and every definition it names; return it unchanged.

    Raises `InputError` for the first thing that is wrong.
    """
    check(config, "config", where)
    for name in config["tasks"]:
        named_in(f"{where}: at tasks", "tasks", name)
        definitions.task(name)
    for name in config["trainability"]["tasks"]:
        named_in(f"{where}: at trainability.tasks", "tasks", name)
        if "trainability" in config["experiments"] and name not in config["tasks"]:
            raise InputError(f"{where}: at trainability.tasks: {name!r} is not among the tasks {config['tasks']}")
    for name in config["trainability"]["models"]:
        named_in(f"{where}: at trainability.models", "models", name)
    _check_inits(config["trainability"], config["trainability"]["tasks"], f"{where}: at trainability")
    known = {"similarity", "trainability", *(arm.get("experiment", MAIN) for arm in config["arms"])}
    for name in config["experiments"]:
        if name not in known:
            raise InputError(
                f"{where}: at experiments: no arm is of the experiment {name!r}; known: {', '.join(sorted(known))} (an "
                f"arm without `experiment` is of {MAIN}; the default asks for main and similarity)"
            )
    if not selected(config)["tasks"]:
        raise InputError(
            f"{where}: at experiments: {', '.join(config['experiments'])} have nothing to do; name tasks in similarity "
            "or trainability, or an experiment of an arm"
        )
    for name in config["paths"]:
        named_in(f"{where}: at paths", "sources", name)
    for section in ("training_per_task", "caps"):
        for name in config[section]:
            named_in(f"{where}: at {section}", "tasks", name)
    for place, arm in enumerate(config["arms"]):
        for name in arm.get("tasks", []):
            if name not in config["tasks"]:
                raise InputError(
                    f"{where}: at arms.{place}.tasks: {name!r} is not among the tasks {config['tasks']}; give the "
                    "study arms of its own (those of config/config.yaml hold where it has none)"
                )
        for name in arm["models"]:
            named_in(f"{where}: at arms.{place}.models", "models", name)
        _check_inits(arm, arm.get("tasks", config["tasks"]), f"{where}: at arms.{place}")
    for name in config["tasks"]:
        if not any(name in arm.get("tasks", config["tasks"]) for arm in config["arms"]):
            raise InputError(f"{where}: no arm trains the task {name}; name it in an arm, or take it out of tasks")
    for name in config["similarity"]["tasks"] if "similarity" in config["experiments"] else []:
        if name not in config["tasks"]:
            raise InputError(f"{where}: at similarity.tasks: {name!r} is not among the tasks {config['tasks']}")
        if is_paired(definitions.task(name)):
            raise InputError(
                f"{where}: at similarity.tasks: {name} has pairs of sequences, and tokens of single ones are compared; "
                "take it out"
            )
    for place, encoder in enumerate(config["similarity"]["encoders"]):
        named_in(f"{where}: at similarity.encoders.{place}", "models", encoder["model"])
        definitions.model(encoder["model"])
        for name in encoder.get("tasks", []):  # it may be one that this study leaves out
            named_in(f"{where}: at similarity.encoders.{place}.tasks", "tasks", name)
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


def _check_inits(entry, tasks, where):
    """Check that the models of an entry of ``arms``, or of a section like it, suit its inits and mappings."""
    mappings = entry.get("mappings", ["permutation"])
    for name, init in product(entry["models"], entry["inits"]):
        reason = registry("init")[init].unsuitable(name, definitions.model(name), mappings)
        if reason:
            raise InputError(f"{where}.inits: {reason}")
    for model_name, task_name in product(entry["models"], tasks):
        domain, own = definitions.model(model_name)["domain"], definitions.task(task_name)["domain"]
        if domain != own and "identity" in mappings:
            raise InputError(
                f"{where}.mappings: identity is for models of the task's own domain, but {model_name} was pre-trained "
                f"on {domain} and {task_name} is {own}; give them the mapping permutation"
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
    return check_config(_laid_over(read_yaml(paths.CONFIG / "config.yaml"), read_yaml(path)), where=path)


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
    trainability = config["trainability"]
    if "trainability" not in wanted:
        trainability = {**trainability, "tasks": []}
    used = trained.union(similarity["tasks"], trainability["tasks"])
    return {
        **config,
        "arms": arms,
        "tasks": [name for name in config["tasks"] if name in used],
        "similarity": similarity,
        "trainability": trainability,
    }


def learning_rate(config, arm, task_name):
    """The learning rate of an entry of ``arms`` on a task, or the list that it is chosen from."""
    return arm.get("learning_rate", training_settings(config, task_name)["learning_rate"])
