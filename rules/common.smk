# What every phase needs: the checked configuration, the grid of runs, code digests.

import json
import shutil
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from beyondtext.core import paths
from beyondtext.core.digest import code_digest
from beyondtext.core.errors import InputError
from beyondtext.data.fetch.local import as_local
from beyondtext.data.patterns import matches
from beyondtext.study import definitions, grid, job_settings, needs
from beyondtext.study.configuration import MAIN, check_config, selected
from beyondtext.training.run_files import WEIGHTS


def checked(call, *arguments):
    """Call a function; an InputError becomes the workflow's one-sentence error."""
    try:
        return call(*arguments)
    except InputError as error:
        raise WorkflowError(str(error)) from None


def as_json(value):
    """A value as JSON with sorted keys: the form in which settings are passed and tracked."""
    return json.dumps(value, sort_keys=True)


def fall_back_without_conda():
    """Run in the current environment where --use-conda is given and there is no conda.

    Semi-private: `workflow.deployment_settings` is not part of Snakemake's documented interface, so
    its version is pinned and a test runs this.
    """
    chosen = workflow.deployment_settings.deployment_method
    methods = [method for method in chosen if method.name == "CONDA"]
    if methods and shutil.which("conda") is None:
        chosen.difference_update(methods)
        print("warning: --use-conda, but no conda on PATH: running in the current environment", file=sys.stderr)


fall_back_without_conda()
checked(check_config, config, "the configuration")
WHOLE, config = config, selected(config)

TASKS = {name: definitions.task(name, config["caps"].get(name)) for name in config["tasks"]}
TRAINED = {run.directory: run for run in grid.trained_runs(config)}
TRIALS = {run.directory: run for run in grid.trial_runs(config)}
BASELINES = {run.directory: run for run in grid.baseline_runs(config)}
RUNS = TRAINED | TRIALS | BASELINES
ENCODERS = checked(grid.compared_encoders, config)
INITIAL_MODELS = {probe.path: probe for probe in grid.initial_models(config)}
MODELS = needs.models_needed(config)
SOURCES = needs.sources_needed(config)

if workflow.is_main_process:  # a part of Snakemake's semi-private interface, as above
    counts = [f"{name} (runs: {len(runs):,})" for name, runs in grid.runs_by_experiment(config).items()]
    counts += [f"similarity (tasks: {len(ENCODERS)})"] if ENCODERS else []
    counts += [f"trainability (measurements: {len(INITIAL_MODELS):,})"] if INITIAL_MODELS else []
    others = [name for name in grid.runs_by_experiment(WHOLE) if name not in config["experiments"]]
    unasked = f"; not asked for: {', '.join(others)}" if others else ""
    print(f"experiments: {', '.join(counts)}{unasked}", file=sys.stderr)

# What a job that runs a network asks for: one GPU where there is one and the configuration allows it.
GPUS = int(shutil.which("nvidia-smi") is not None and config["device"] != "cpu")

# The priority of comparisons, the longest jobs, and of what they wait for: no core shall be idle in the end.
FIRST = 1


def raw(source):
    """The list of a source's files with their checksums; what later stages depend on."""
    return f"data/raw/{source}/source.json"


def local_files(wildcards):
    """The files of a source that lies on this machine, so that a change of them is seen."""
    definition = definitions.source(wildcards.source)
    if wildcards.source in config["paths"]:
        definition = as_local(definition, config["paths"][wildcards.source])
    path = Path(definition["address"]).expanduser() if definition["kind"] == "path" else None
    if path is None or not path.exists():  # the program says what is missing better than Snakemake does
        return []
    if path.is_file():
        return [str(path)]
    held = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    return [str(path / name) for name in sorted(held) if any(matches(name, p) for p in definition["paths"])]


def raw_of_task(wildcards):
    """The task's source, and the source of the vocabulary where its symbols are word pieces."""
    task = TASKS[wildcards.task]
    sources = [task["source"]]
    if "vocabulary" in task["symbols"]:
        sources.append(definitions.model(task["symbols"]["vocabulary"])["source"])
    return [raw(source) for source in sources]


def examples(task):
    return f"data/examples/{task}.parquet"


def run_of(pattern, wildcards):
    """The run of the grid whose folder a rule's wildcards name."""
    directory = pattern.format(**wildcards)
    if directory not in RUNS:
        raise WorkflowError(f"{directory} is not a run of this configuration; add its task, arm, fraction or seed")
    return RUNS[directory]


def encoder_of(wildcards):
    return grid.Encoder(wildcards.task, wildcards.model, wildcards.init, wildcards.stage, int(wildcards.seed))


def weights_of(wildcards):
    """The file with the weights of a fine-tuned encoder; nothing for one before any training."""
    encoder = encoder_of(wildcards)
    return [f"{grid.run_of(config, encoder).directory}/{WEIGHTS}"] if encoder.stage == grid.FINETUNED else []


def choice_of(wildcards):
    """The file with the learning rate of a run whose arm chooses one; nothing for others."""
    return [run_of(RUN, wildcards).choice] if wildcards.rate == grid.CHOSEN else []


def trials_of(wildcards):
    """The folders of the runs that an arm's choice is made from."""
    return [trial.directory for trial in grid.trials(config, CHOICES[CHOICE.format(**wildcards)])]


wildcard_constraints:
    source="[^/]+",
    task="[^/]+",
    model="[^/]+",
    init=f"(?!{grid.BASELINE}/)[^/]+",
    mapping="[^/]+",
    fraction="[^/]+",
    rate="[^/]+",
    stage=f"{grid.INITIAL}|{grid.FINETUNED}",
    seed="[0-9]+",
