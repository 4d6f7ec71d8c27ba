# From raw downloads to results/report.html. The phases are download, tokenize, finetune, similarity,
# trainability and report; each is a target and a file in rules/.

from snakemake.utils import min_version

min_version("9.19")


configfile: "config/config.yaml"


include: "rules/common.smk"
include: "rules/download.smk"
include: "rules/tokenize.smk"
include: "rules/finetune.smk"
include: "rules/similarity.smk"
include: "rules/trainability.smk"
include: "rules/report.smk"


localrules:
    all,
    download,
    tokenize,
    finetune,
    similarity,
    trainability,
    report,


onstart:
    # DVC wants the folders of all stages, also of those that have nothing to do in this study.
    for name in ("selection", "similarity", "trainability"):
        Path("results", name).mkdir(parents=True, exist_ok=True)


# Every phase is named, though the report needs them all: Snakemake does not make a missing file again
# that lies between files that are there.
rule all:
    default_target: True
    input:
        rules.download.input,
        rules.tokenize.input,
        rules.finetune.input,
        rules.similarity.input,
        rules.trainability.input,
        rules.report.input,
