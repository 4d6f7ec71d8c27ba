# What every phase needs: the configuration, the grid of runs, and helpers for inputs, params and commands.

import json
import os
import re
import shutil
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(Path(workflow.basedir).resolve() / "scripts"))

from beyondtext.core import paths, terminal
from beyondtext.core.digest import code_digests
from beyondtext.core.errors import STUDY, InputError
from beyondtext.core.files import sha256
from beyondtext.core.machine import available_memory_mb, visible_gpus
from beyondtext.core.scratch import remove_abandoned
from beyondtext.data.fetch.local import as_local, requested_files
from beyondtext.study import cost, definitions, duration, grid, job_settings, measured_models, needs
from beyondtext.study.configuration import check_config, check_has_name, check_steps_or_epochs, read_study, with_numbers
from beyondtext.study.overview import overview
from beyondtext.study.selection import selected
from beyondtext.training.pending import write_pending
from beyondtext.training.run_files import WEIGHTS


def checked(call, *arguments):
    """Call a function; an InputError becomes the workflow's error, one sentence without a traceback."""
    try:
        return call(*arguments)
    except InputError as error:
        raise WorkflowError(str(error)) from None


checked(paths.check_writable, Path())


# --- The configuration. From here on `config` is the part of it that `experiments` selects.

# Snakemake merges a study file into config/config.yaml, so that a study without a name would have that of the default.
os.environ[STUDY] = " ".join(map(str, workflow.overwrite_configfiles))  # for the messages of jobs
for study_file in workflow.overwrite_configfiles:
    checked(check_has_name, workflow.config_settings.overwrite_config, study_file)
for study_file in workflow.configfiles:
    # This refuses what Snakemake takes silently, such as a key that is given twice.
    checked(check_steps_or_epochs, checked(read_study, study_file), study_file)
own = workflow.config_settings.overwrite_config  # of all study files and --config
checked(
    check_steps_or_epochs, with_numbers(own, own), " ".join([*map(str, workflow.overwrite_configfiles), "--config"])
)
config = checked(check_config, with_numbers(config, workflow.config_settings.config), "the configuration")
WHOLE, config = config, selected(config)


# --- The grid: everything that the phases make, by the path of its file or folder.

TASKS = {name: definitions.task(name, config["caps"].get(name)) for name in config["tasks"]}
TRAINED = {run.directory: run for run in grid.trained_runs(config)}
TRIALS = {run.directory: run for run in grid.trial_runs(config)}
FROZEN = {run.directory: run for run in grid.frozen_runs(config)}
BASELINES = {run.directory: run for run in grid.baseline_runs(config)}
RUNS = TRAINED | TRIALS | FROZEN | BASELINES
CHOICES = {run.choice: run for run in TRAINED.values() if run.rate == grid.CHOSEN}
ENCODERS = checked(measured_models.compared_encoders, config)
KEPT = checked(measured_models.runs_with_kept_weights, config)
INITIAL_MODELS = {model.path: model for model in measured_models.initial_models(config)}
MODELS = needs.models_needed(config)
SOURCES = needs.sources_needed(config)


wildcard_constraints:
    source="[^/]+",
    task="[^/]+",
    model="[^/]+",
    init=f"(?!{grid.BASELINE}/)[^/]+",
    mapping="[^/]+",
    fraction="[^/]+",
    rate="[^/]+",
    stage=f"{measured_models.INITIAL}|{measured_models.FINETUNED}",
    seed="[0-9]+",


# --- Params: why a job runs again. Snakemake compares them with those of the previous run, by content.


def as_json(value):
    """JSON with sorted keys, the form in which settings are passed and compared."""
    return json.dumps(value, sort_keys=True)


def as_written(value):
    """JSON with the keys in their order, which decides the order of the records of a task with several files."""
    return json.dumps(value)


def settings_as_json(make, job):
    """A params function: the settings that `make(config, job(wildcards))` returns, as JSON."""
    return lambda wildcards: as_json(make(config, job(wildcards)))


def reader_code(wildcards):
    """The digests of a task's reader, which is imported by name, without those of the program itself."""
    program = code_digests("make_examples.py", "envs/data.yaml")
    reader = code_digests(f"beyondtext/data/readers/{reader_of(wildcards)}.py")
    return [digest for digest in reader if digest not in program]


# --- Inputs and options that depend on the wildcards, phase by phase. (`snakemake --lint` rejects functions among the
# rules.)

MOST_ON_A_CLUSTER = 8  # cores of a job that can use several


def local_files(wildcards):
    """The files of a source on this machine, as inputs, so that changes to them are noticed."""
    return [path for path in all_local_files(wildcards) if "{" not in path]


def local_digests(wildcards):
    """The digests of those that cannot be inputs: Snakemake would take braces in a name for a wildcard."""
    return [sha256(path) for path in all_local_files(wildcards) if "{" in path]


def all_local_files(wildcards):
    definition = definitions.source(wildcards.source)
    try:
        if wildcards.source in config["paths"]:
            definition = as_local(definition, config["paths"][wildcards.source])
        return [str(path) for path in requested_files(definition)] if definition["kind"] == "path" else []
    except InputError:
        return []  # as for a path that does not exist: the program's message is clearer than Snakemake's


def path_option(wildcards):
    path = config["paths"].get(wildcards.source)
    return f"--path={path}" if path else ""  # as one word, since the path may begin with a dash


def task_sources(wildcards):
    """The task's source, and that of the vocabulary where its symbols are word pieces."""
    task = TASKS[wildcards.task]
    names = [task["source"]]
    if "vocabulary" in task["symbols"]:
        names.append(definitions.model(task["symbols"]["vocabulary"])["source"])
    return [paths.source_record(name) for name in names]


def vocabulary_of(wildcards):
    """The path of the vocabulary in its model's source, where a task's symbols are word pieces."""
    symbols = TASKS[wildcards.task]["symbols"]
    return definitions.model(symbols["vocabulary"])["vocabulary"] if "vocabulary" in symbols else ""


def reader_of(wildcards):
    return TASKS[wildcards.task]["reader"]


def reader_threads(wildcards):
    """Music is exported in parallel; the other readers use one core, however many they get.

    Half of this machine's cores, since a job that wants all of them would wait until nothing else is left to do. In a job
    on a cluster, where the number of cores need not be given, eight.
    """
    if reader_of(wildcards) != "scores":
        return 1
    cores = workflow.resource_settings.cores
    if cores is None or workflow.remote_exec:
        return min(cores or MOST_ON_A_CLUSTER, MOST_ON_A_CLUSTER)
    return max(1, cores // 2)


def model_source(wildcards):
    """The record of the source that a model's files come from."""
    return paths.source_record(definitions.model(wildcards.model)["source"])


def compared_models(wildcards):
    """The records of the sources of the models that are compared on a task."""
    models = job_settings.check_settings(config, wildcards.task)["models"]
    return sorted({paths.source_record(definitions.model(name)["source"]) for name in models})


def run_of(wildcards):
    """The run of the grid that a rule's wildcards name; a baseline's rule has no wildcard `init`."""
    directory = paths.RUN.format(**{"init": grid.BASELINE, **dict(wildcards.items())})
    if directory not in RUNS:
        raise WorkflowError(f"{directory} is not a run of this configuration; add its task, arm, fraction or seed")
    return RUNS[directory]


def training_memory(wildcards):
    return cost.training_memory_mb(wildcards.model)


def choice_of(wildcards):
    """The file with the learning rate of a run whose arm chooses one; nothing for other runs."""
    return [run_of(wildcards).choice] if wildcards.rate == grid.CHOSEN else []


def weights_option(wildcards):
    """Whether a run writes its weights: if the similarity phase reads them.

    The weights are not an output of the rule, since an output cannot depend on the configuration. A run that joins
    `similarity.encoders` has new params and is trained again, with its weights. One that leaves keeps its weights,
    hence its params, and is not trained again.
    """
    return "--keep-weights" if keeps_weights(run_of(wildcards)) else ""


def keeps_weights(run):
    return run in KEPT or Path(run.directory, WEIGHTS).exists()


def trials_of(wildcards):
    """The folders of the runs that an arm's learning rate is chosen from."""
    return [trial.directory for trial in grid.trials(config, CHOICES[paths.CHOICE.format(**wildcards)])]


def encoder_of(wildcards):
    task, model, init, stage, seed = (wildcards[key] for key in ("task", "model", "init", "stage", "seed"))
    return measured_models.Encoder(task, model, init, stage, int(seed))


def finetuned_run(wildcards):
    """The record of the run that a fine-tuned encoder comes from; nothing for an encoder before training."""
    encoder = encoder_of(wildcards)
    if encoder.stage != measured_models.FINETUNED:
        return []
    return [f"{measured_models.run_of(config, encoder).directory}/run.json"]


def initial_model_of(wildcards):
    return INITIAL_MODELS[paths.TRAINABILITY.format(**wildcards)]


# --- Commands.

# What a job that runs a network requests: one GPU if there is one and the configuration allows it.
GPUS = int(config["device"] != "cpu" and len(visible_gpus()) > 0)

# How many runs a process makes. On processors, Snakemake keeps every core busy anyway, and on a cluster, the other jobs
# may have started elsewhere.
RUNS_PER_PROCESS = config["runs_per_process"]
if RUNS_PER_PROCESS == "auto":
    RUNS_PER_PROCESS = duration.RUNS_ON_A_GPU if GPUS and not workflow.remote_exec else 1

# Settings that do not affect the results are not params: a new value is no reason to run a job again. Commands read
# them from shell variables, whose names Snakemake compares, but not their values.
IN_COMMANDS = {
    "checkpoint_seconds": config["checkpoint_seconds"],
    "gpu_jobs": config["gpu_jobs"],
    "runs_per_process": RUNS_PER_PROCESS,
}
shell.prefix("".join(["set -euo pipefail; ", *(f"{name}={value}; " for name, value in IN_COMMANDS.items())]))


def logged(command):
    """A shell command whose output goes to the terminal and to the rule's log, with every placeholder quoted.

    Each of the values of a placeholder becomes one word of the command, whatever characters it has; an empty one none.
    """
    return re.sub(r"\{([\w.]+)\}", r"{\1:q}", f"{command} 2>&1 | tee {{log}}")


def choice_option(wildcards, input):
    return ["--choice", str(input.choice)] if input.choice else []


def kept_weights_option(wildcards, input):
    return ["--weights", str(Path(str(input.run)).with_name(WEIGHTS))] if input.run else []


# The priority of comparisons, which are the longest jobs, and of the jobs that they wait for, so that no core is idle
# at the end.
FIRST = 1


# --- The terminal and the environment. This uses undocumented interfaces of Snakemake, so its version is pinned, and
# tests cover this.


def outputs_to_make():
    """The files that this call of Snakemake will make."""
    return {output for job in workflow.dag.needrun_jobs() for output in job.output}


def remove_leftovers():
    """Remove what processes that were killed left of the files that they were writing."""
    for path in [path for folder in ("config", "data", "results", "docs/record") for path in remove_abandoned(folder)]:
        print(f"removed {path}, left behind by a killed process", file=sys.stderr)


def remove_old_page():
    """Remove the study's page before anything behind it changes: if a job fails, no page is left that looks current."""
    page = Path(PAGE)
    if outputs_to_make() and page.exists():
        page.unlink()
        print(f"removed {page}, which is out of date", file=sys.stderr)


def remove_other_figures():
    """Remove the figures of an earlier configuration that the study no longer has, if its page is made again."""
    if PAGE in outputs_to_make():
        for path in set(Path(FIGURES).glob("[!.]*")) - set(map(Path, FIGURE_FILES)):
            path.unlink()
            print(f"removed {path}, which the study no longer has", file=sys.stderr)


def limit_memory():
    """Start local jobs side by side only as far as memory is free, unless `--resources mem_mb=…` says how far."""
    if workflow.local_exec and workflow.is_main_process and "mem_mb" not in workflow.global_resources:
        workflow.register_resource("mem_mb", available_memory_mb())


def print_estimate():
    """One line on what is about to run and how long it will take on this machine."""
    if not workflow.local_exec:
        return
    jobs = cost.plan(config, outputs_to_make())
    if any(job.operations for job in jobs):
        machine = duration.this_machine(config["device"], config["training"]["precision"])
        gpus = workflow.global_resources.get("gpu").value or 1
        cores = workflow.cores
        if machine and not machine.gpus:
            cores = at_once()
        line = duration.announcement(jobs, machine, cores, gpus, RUNS_PER_PROCESS)
        if line:
            print(line, file=sys.stderr)


def at_once():
    """How many runs train at the same time on processors; if that is fewer than there are cores, a line says why."""
    if GPUS:
        number = min(workflow.cores, workflow.global_resources.get("gpu").value or 1)
        why = "torch cannot use this machine's GPU, but the workflow reserves it for them; set device to cpu"
    else:
        free = workflow.global_resources.get("mem_mb").value
        number, needed = cost.runs_at_once({run.model for run in TRAINED.values()}, workflow.cores, free)
        why = f"each may need {needed / 1000:.1f} GB of memory, and {free / 1000:.1f} GB are free"
    if number < workflow.cores:
        print(f"no more than {number} of {workflow.cores} cores can be used for networks: {why}", file=sys.stderr)
    return number


def list_pending_runs():
    """Write the list of runs that this call of Snakemake will make, from which a process takes further ones."""
    outputs = outputs_to_make()
    pending = [
        {
            "settings": job_settings.run_settings(config, run),
            "choice": run.choice if run.rate == grid.CHOSEN else None,
            "output": directory,
            "score_test": directory not in TRIALS,
            "keep_weights": keeps_weights(run),
        }
        for directory, run in (TRAINED | TRIALS).items()
        if f"{directory}/run.json" in outputs
    ]
    write_pending(paths.PENDING, pending)


def fall_back_without_conda():
    """Run in the current environment if --use-conda is given but there is no conda."""
    methods = workflow.deployment_settings.deployment_method
    unusable = {method for method in methods if method.name == "CONDA" and shutil.which("conda") is None}
    if unusable:
        methods.difference_update(unusable)
        print(
            "warning: --use-conda was given, but conda is not on the PATH; running in the current environment",
            file=sys.stderr,
        )


fall_back_without_conda()
if not workflow.output_settings.verbose:
    terminal.shorten()
if workflow.is_main_process:
    print(overview(config, WHOLE), file=sys.stderr)
