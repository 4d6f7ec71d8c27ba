# From raw downloads to results/<study>/report.html. The phases are download, tokenize, finetune, similarity, trainability and
# report; each is a target and a file in rules/.

from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.19")


# From whatever folder Snakemake is called: all paths but that of --configfile are relative to this one.
workdir: workflow.basedir


if not Path().samefile(workflow.basedir):
    raise WorkflowError(
        f"the working directory is {Path().absolute()}, but the study is made in the folder of the Snakefile, "
        f"{Path(workflow.basedir).resolve()}; leave out --directory"
    )


# Snakemake takes the braces of a path that it was given, such as that of an environment, for a wildcard.
if set("{}") & set(workflow.basedir):
    raise WorkflowError(
        f"the project is in the folder {workflow.basedir}, whose name has braces, which Snakemake takes for wildcards; "
        "rename the folder"
    )


configfile: "config/config.yaml"


include: "rules/common.smk"
include: "rules/download.smk"
include: "rules/tokenize.smk"
include: "rules/finetune.smk"
include: "rules/similarity.smk"
include: "rules/trainability.smk"
include: "rules/report.smk"


# Not in onstart, which does not run if there is nothing to be done.
if workflow.is_main_process:
    remove_leftovers()
    limit_memory()


localrules:
    all,
    download,
    tokenize,
    finetune,
    similarity,
    trainability,
    report,


onstart:
    # DVC expects the outputs of all stages, even of those that have nothing to do in this study.
    for folder in ("runs", "selection", "similarity", "trainability"):
        Path("results", folder).mkdir(parents=True, exist_ok=True)
    Path(FIGURES).mkdir(parents=True, exist_ok=True)
    if workflow.is_main_process and not workflow.touch:
        remove_old_page()
        remove_other_figures()
        print_estimate()
    if RUNS_PER_PROCESS > 1:
        list_pending_runs()


# The report needs all phases, but each is named: Snakemake does not remake a missing intermediate file while the files
# made from it exist.
rule all:
    default_target: True
    input:
        rules.download.input,
        rules.tokenize.input,
        rules.finetune.input,
        rules.similarity.input,
        rules.trainability.input,
        rules.report.input,
