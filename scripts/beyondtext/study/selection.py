"""What a configuration says about single arms and tasks, and its reduction to the experiments that it requests."""

MAIN = "main"  # the experiment of an arm that names none
SECTIONS = ("frozen", "similarity", "trainability")  # experiments that have a section of their own instead of arms
DEFAULT_MAPPINGS = ["permutation"]  # of an entry that names none


def tasks_of(config, arm):
    """The tasks of an entry of ``arms``: its own, or those of the study."""
    return arm.get("tasks", config["tasks"])


def experiment_of(arm):
    """The experiment of an entry of ``arms``."""
    return arm.get("experiment", MAIN)


def mappings_of(entry):
    """The mappings of an entry of ``arms``, or of a section like it."""
    return entry.get("mappings", DEFAULT_MAPPINGS)


def main_arms(config):
    """The entries of ``arms`` that belong to the main experiment."""
    return [arm for arm in config["arms"] if experiment_of(arm) == MAIN]


def selected(config):
    """A checked configuration, reduced to what its ``experiments`` request.

    The section ``frozen`` gets the ``arms`` whose models it is about, which need not be requested themselves.
    """
    wanted = config["experiments"]
    arms = [arm for arm in config["arms"] if experiment_of(arm) in wanted]
    sections = {name: config[name] for name in SECTIONS}
    # A configuration that was reduced before has them already.
    frozen_arms = sections["frozen"].get("arms", main_arms(config))
    sections["frozen"] = {**sections["frozen"], "arms": frozen_arms if "frozen" in wanted else []}
    for name in ("similarity", "trainability"):
        if name not in wanted:
            sections[name] = {**sections[name], "tasks": []}
    used = {name for arm in (*arms, *sections["frozen"]["arms"]) for name in tasks_of(config, arm)}
    used.update(*(sections[name]["tasks"] for name in ("similarity", "trainability")))
    return {**config, "arms": arms, "tasks": [name for name in config["tasks"] if name in used], **sections}


def training_settings(config, task_name):
    """The training settings of a task: ``training``, with those of ``training_per_task`` in their place.

    They have ``epochs`` or ``steps``, not both.
    """
    own = config["training_per_task"].get(task_name, {})
    merged = {**config["training"], **own}
    if own.get("steps") is not None and "epochs" not in own:
        merged["epochs"] = None
    merged.pop("epochs" if merged.get("epochs") is None else "steps", None)
    return merged


def learning_rate(config, arm, task_name):
    """The learning rate of an entry of ``arms`` on a task, or the list that it is chosen from."""
    return arm.get("learning_rate", training_settings(config, task_name)["learning_rate"])
