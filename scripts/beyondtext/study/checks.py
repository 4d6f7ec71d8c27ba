"""What is checked in a configuration beyond its schema: each check is about one part and raises `InputError`."""

from dataclasses import replace
from itertools import chain, product

from beyondtext.core import paths
from beyondtext.core.errors import InputError, located, suggestion
from beyondtext.core.registries import registry
from beyondtext.study import definitions
from beyondtext.study.definitions import is_paired, named_in, unsuitable_mapping
from beyondtext.study.grid import runs_by_experiment
from beyondtext.study.measured_models import INITIAL, EncoderArm, runs_with_kept_weights
from beyondtext.study.selection import (
    MAIN,
    SECTIONS,
    experiment_of,
    learning_rate,
    main_arms,
    mappings_of,
    selected,
    tasks_of,
    training_settings,
)
from beyondtext.study.shape import most_symbols

FEWEST_SEQUENCES = 10  # for an interval of a similarity; a test compares it with the jackknife's
DIGITS = 6  # significant ones of the numbers in the report's tables


def check_study_name(config, where):
    """The study's folder in results/ is its own."""
    if config["name"] in paths.shared_folders():
        raise InputError(
            f"{where}: at name: results/{config['name']} is a folder that all studies share; choose another name"
        )


def check_tasks(config, where):
    """The study's tasks are defined."""
    for name in config["tasks"]:
        named_in(f"{where}: at tasks", "tasks", name)
        definitions.task(name)


def check_trainability(config, where):
    """The section ``trainability`` names tasks of the study, models, and inits that suit them."""
    section, where_section = config["trainability"], f"{where}: at trainability"
    for name in section["tasks"]:
        named_in(f"{where_section}.tasks", "tasks", name)
        if "trainability" in config["experiments"]:
            _in_study(f"{where_section}.tasks", config, name)
    for name in section["models"]:
        named_in(f"{where_section}.models", "models", name)
    _check_inits(section, section["tasks"], where_section)


def check_experiments(config, where):
    """Every requested experiment exists, none has the name of another section, and there is something to do."""
    for number, arm in enumerate(config["arms"]):
        if arm.get("experiment") in SECTIONS:
            raise InputError(
                f"{where}: at arms.{number}.experiment: {arm['experiment']} is the name of a section of the "
                "configuration, which `experiments` requests by it; choose another name"
            )
    known = {*SECTIONS, *(experiment_of(arm) for arm in config["arms"])}
    for name in config["experiments"]:
        if name not in known:
            raise InputError(
                f"{where}: at experiments: no arm belongs to the experiment {name!r}; known: "
                f"{', '.join(sorted(known))} (an arm without `experiment` belongs to {MAIN}; the default requests "
                "main, frozen and similarity)"
            )
    if not selected(config)["tasks"]:
        raise InputError(
            f"{where}: at experiments: {', '.join(config['experiments'])} have nothing to do; name tasks in similarity "
            "or trainability, or an experiment of an arm"
        )


def check_names(config, where):
    """The sources and tasks that ``paths``, ``training_per_task`` and ``caps`` name are defined."""
    for section, kind in (("paths", "sources"), ("training_per_task", "tasks"), ("caps", "tasks")):
        for name in config[section]:
            named_in(f"{where}: at {section}", kind, name)
    for name, own in config["training_per_task"].items():
        if None not in (own.get("steps"), own.get("epochs")):
            raise InputError(
                f"{where}: at training_per_task.{name}: gives both steps ({own['steps']}) and epochs "
                f"({own['epochs']}); leave one of them out"
            )
    for name, path in config["paths"].items():
        with located(f"{where}: at paths.{name}"):
            paths.written(path)


def check_length_of_training(config, where):
    """The training of every task has a number of steps or of epochs."""
    for name in config["tasks"]:
        settings = training_settings(config, name)
        if settings.get("steps", settings.get("epochs")) is None:
            section = f"training_per_task.{name}" if name in config["training_per_task"] else "training"
            raise InputError(f"{where}: at {section}: both steps and epochs are null for {name}; give one of them")


def check_arms(config, where):
    """Every arm names tasks of the study, models, and inits that suit them."""
    for number, arm in enumerate(config["arms"]):
        where_arm = f"{where}: at arms.{number}"
        for name in arm.get("tasks", []):
            _in_study(
                f"{where_arm}.tasks",
                config,
                name,
                "; add it, or give the study arms of its own (a study without any has those of config/config.yaml)",
            )
        for name in arm["models"]:
            named_in(f"{where_arm}.models", "models", name)
        _check_inits(arm, tasks_of(config, arm), where_arm)


def check_frozen(config, where):
    """The inits of the section ``frozen`` suit its models, those of the main experiment and those of a domain."""
    section, where_section = config["frozen"], f"{where}: at frozen"
    for arm in main_arms(config):
        _check_inits({**arm, "inits": section["inits"]}, tasks_of(config, arm), where_section)
    for name in section["domain_models"]:
        named_in(f"{where_section}.domain_models", "models", name)
        _check_inits({"models": [name], "inits": section["inits"], "mappings": ["identity"]}, [], where_section)


def check_every_task_is_trained(config, where):
    """Every task of the study belongs to an arm."""
    for name in config["tasks"]:
        if not any(name in tasks_of(config, arm) for arm in config["arms"]):
            raise InputError(f"{where}: no arm trains the task {name}; name it in an arm, or remove it from tasks")


def check_baselines(config, where):
    """Every baseline can predict the targets of every task."""
    for baseline, task in product(config["baselines"], config["tasks"]):
        reason = registry("baseline")[baseline].unsuitable(task, definitions.task(task)["target"]["kind"])
        if reason:
            raise InputError(f"{where}: at baselines: {reason}; remove the baseline, or give such tasks another study")


def check_similarity_tasks(config, where):
    """The tasks of the section ``similarity`` belong to the study and have single sequences."""
    if "similarity" not in config["experiments"]:
        return
    for name in config["similarity"]["tasks"]:
        _in_study(
            f"{where}: at similarity.tasks",
            config,
            name,
            "; add it, or set similarity: {tasks: []} (a study without that section has the one of config/config.yaml)",
        )
        if is_paired(definitions.task(name)):
            raise InputError(
                f"{where}: at similarity.tasks: {name} has pairs of sequences, but only tokens of single sequences can "
                "be compared; remove it"
            )


def check_encoders(config, where):
    """The encoders of the section ``similarity`` name defined models and tasks, and inits that suit them."""
    compared = config["similarity"]["tasks"] if "similarity" in config["experiments"] else []
    for number, encoder in enumerate(config["similarity"]["encoders"]):
        where_encoder = f"{where}: at similarity.encoders.{number}"
        if "seeds" in encoder and "max_seeds" in encoder:
            raise InputError(
                f"{where_encoder}: gives both seeds ({' '.join(map(str, encoder['seeds']))}) and max_seeds "
                f"({encoder['max_seeds']}), the first of the study's; leave one of them out"
            )
        named_in(where_encoder, "models", encoder["model"])
        definitions.model(encoder["model"])
        for name in encoder.get("tasks", []):  # the study may leave some of them out
            named_in(f"{where_encoder}.tasks", "tasks", name)
        for name in compared:
            if name in encoder.get("tasks", compared):
                mapping = EncoderArm(name, encoder["model"], encoder["init"], INITIAL).mapping
                entry = {"models": [encoder["model"]], "inits": [encoder["init"]], "mappings": [mapping]}
                _check_inits(entry, [name], where_encoder)


def check_fine_tuned_encoders(config, where):
    """Every fine-tuned encoder that is compared is trained by a run of the study."""
    with located(where):
        runs_with_kept_weights(selected(config))


def check_lengths(config, where):
    """Every model can read the longest sequences of the tasks that it is used on."""
    entries = [
        (f"arms.{number}.models", arm["models"], tasks_of(config, arm)) for number, arm in enumerate(config["arms"])
    ]
    section = config["similarity"]
    for number, encoder in enumerate(section["encoders"]):
        compared = section["tasks"] if "similarity" in config["experiments"] else []
        tasks = [name for name in compared if name in encoder.get("tasks", compared)]
        entries.append((f"similarity.encoders.{number}", [encoder["model"]], tasks))
    if "frozen" in config["experiments"]:
        tasks = dict.fromkeys(name for arm in main_arms(config) for name in tasks_of(config, arm))
        for model in config["frozen"]["domain_models"]:
            domain = definitions.model(model)["domain"]
            own = [name for name in tasks if definitions.task(name)["domain"] == domain]
            entries.append(("frozen.domain_models", [model], own))
    section = config["trainability"]
    measured = section["tasks"] if "trainability" in config["experiments"] else []
    entries.append(("trainability.models", section["models"], measured))
    for key, models, tasks in entries:
        for model, task_name in product(models, tasks):
            task = definitions.task(task_name)
            limit = most_symbols(model, task)
            if limit is not None and task["max_length"] > limit:
                raise InputError(
                    f"{where}: at {key}: {model} can read {limit} symbols, but {task_name} has sequences of up to "
                    f"{task['max_length']}; lower max_length in config/tasks/{task_name}.yaml to {limit} or less, or "
                    "leave out the model or the task"
                )


def check_numbers_of_sequences(config, where):
    """There are enough sequences for an interval."""
    section = config["similarity"]
    if section["sequences"] < FEWEST_SEQUENCES:
        raise InputError(
            f"{where}: at similarity.sequences: {section['sequences']} are too few for an interval; give at least "
            f"{FEWEST_SEQUENCES}"
        )
    if 0 < section["attention_sequences"] < FEWEST_SEQUENCES:
        raise InputError(
            f"{where}: at similarity.attention_sequences: {section['attention_sequences']} are too few for an "
            f"interval; give at least {FEWEST_SEQUENCES}, or 0 to compare no attention maps"
        )


def check_selection_seeds(config, where):
    """No seed that a learning rate is chosen on is reported."""
    reported = set(config["seeds"]).union(*(arm.get("seeds", []) for arm in config["arms"]))
    shared = reported & set(config["selection_seeds"])
    if shared:
        raise InputError(
            f"{where}: at selection_seeds: {min(shared)} is also among the seeds; choose learning rates on seeds that "
            "the report does not use"
        )


def check_learning_rates(config, where):
    """Arms that train the same runs agree on the learning rate.

    An arm may have one number and one list to choose from, since these are different runs.
    """
    rates = {}
    for number, arm in enumerate(config["arms"]):
        for task_name in tasks_of(config, arm):
            rate = learning_rate(config, arm, task_name)
            for key in product(arm["models"], arm["inits"], mappings_of(arm)):
                first = rates.setdefault((task_name, *key, isinstance(rate, list)), rate)
                if first != rate:
                    raise InputError(
                        f"{where}: at arms.{number}: {'/'.join((task_name, *key))} has the learning rate {rate} here "
                        f"and {first} in an earlier arm; give one number, one list, or one of each"
                    )


def check_numbers_are_apart(config, where):
    """No two training fractions, and no two learning rates to choose from, are one in the tables.

    These have six significant digits, and the names of folders twelve, so that 0.1 and 0.1000000000001 would share a
    folder, and 0.1 and 0.10000001 a row. A learning rate that was chosen is read from the name of its folder.
    """
    fractions = [config["fractions"], *(arm.get("fractions", []) for arm in config["arms"])]
    rates = [learning_rate(config, arm, task) for arm in config["arms"] for task in tasks_of(config, arm)]
    for key, lists in (("fractions", fractions), ("learning_rate", [rate for rate in rates if isinstance(rate, list)])):
        first = {}
        for number in chain(*lists):
            other = first.setdefault(f"{number:.{DIGITS}g}", number)
            if other != number:
                raise InputError(
                    f"{where}: at {key}: {other!r} and {number!r} differ only after {DIGITS} digits, which is what "
                    "tables have; leave one of them out"
                )
            if key == "learning_rate" and float(f"{number:.12g}") != number:
                raise InputError(f"{where}: at learning_rate: {number!r} has more than twelve digits; round it")


def check_seeds_of_equal_arms(config, where):
    """No experiment adds seeds to an arm that the main one has as well: the report has one row for both."""
    runs = runs_by_experiment(selected(config))
    seeds = {}
    for run in runs.get(MAIN, []):
        seeds.setdefault(replace(run, seed=0), set()).add(run.seed)
    for name, others in runs.items():
        for run in others:
            if run.seed not in seeds.get(replace(run, seed=0), {run.seed}):
                raise InputError(
                    f"{where}: at arms: the experiment {name} has {run.task}/{run.model}/{run.init}/{run.mapping} with "
                    f"the seed {run.seed}, and {MAIN} has the same without that seed, although the report pools them; "
                    f"give both the same seeds, or {name} fewer"
                )


CHECKS = (  # in the order in which mistakes are reported
    check_study_name,
    check_tasks,
    check_trainability,
    check_experiments,
    check_names,
    check_length_of_training,
    check_arms,
    check_frozen,
    check_every_task_is_trained,
    check_baselines,
    check_similarity_tasks,
    check_encoders,
    check_lengths,
    check_numbers_of_sequences,
    check_selection_seeds,
    check_learning_rates,
    check_numbers_are_apart,
    check_seeds_of_equal_arms,
    check_fine_tuned_encoders,
)


def _in_study(where, config, name, advice=""):
    """Check that a task belongs to the study."""
    if name not in config["tasks"]:
        raise InputError(
            f"{where}: {name!r} is not among the tasks {config['tasks']}{suggestion(name, config['tasks'])}{advice}"
        )


def _check_inits(entry, tasks, where):
    """Check that the inits and mappings of an arm, or of a section like it, suit its models and tasks."""
    mappings = mappings_of(entry)
    for name, init in product(entry["models"], entry["inits"]):
        reason = registry("init")[init].unsuitable(name, definitions.model(name), mappings)
        if reason:
            raise InputError(f"{where}.inits: {reason}")
    for model_name, task_name in product(entry["models"], tasks):
        model, task = definitions.model(model_name), definitions.task(task_name)
        for mapping in mappings:
            reason = unsuitable_mapping(mapping, task.get("special_ids", "keep"), model["family"])
            if reason:
                raise InputError(f"{where}.mappings: {task_name} on {model_name}: {reason}")
        model_domain, domain = model["domain"], task["domain"]
        if model_domain != domain and "identity" in mappings:
            raise InputError(
                f"{where}.mappings: identity is for models of the task's own domain, but {model_name} was pre-trained "
                f"on {model_domain} and {task_name} is {domain}; use the mapping permutation"
            )
