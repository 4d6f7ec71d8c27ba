# Examples to results/runs/<task>/<model>/<init>/<mapping>/fraction<f>/rate-<r>/seed<k>/: one job per run.

import re

RUN = "results/runs/{task}/{model}/{init}/{mapping}/fraction{fraction}/rate-{rate}/seed{seed}"
BASELINE_RUN = RUN.replace("{init}", grid.BASELINE)
CHOICE = "results/selection/{task}/{model}/{init}/{mapping}/fraction{fraction}.json"
KEPT = checked(grid.runs_with_kept_weights, config)
# What a training job asks for. Some would be options of the program, but among the params they would train every run
# again, and they change no number; whether it keeps its weights is another.
TRAINING = {
    "gpu": GPUS,
    "mem_mb": 2000,
    "checkpoint_seconds": config["checkpoint_seconds"],
    "gpu_jobs": config["gpu_jobs"],
}
CHOICES = {run.choice: run for run in TRAINED.values() if run.rate == grid.CHOSEN}


rule finetune:
    input:
        [f"{directory}/{name}" for directory in BASELINES for name in ("run.json", "predictions.parquet")],
        [f"{directory}/{name}" for directory in TRAINED for name in ("run.json", "curve.csv", "predictions.parquet")],
        [f"{run.directory}/{WEIGHTS}" for run in KEPT],


rule choose_rate:
    """The learning rate of one arm, from runs with seeds of their own and their validation scores."""
    input:
        lambda wildcards: [f"{trial}/{name}" for trial in trials_of(wildcards) for name in ("run.json", "curve.csv")],
    output:
        CHOICE,
    log:
        "results/logs/selection/{task}-{model}-{init}-{mapping}-{fraction}.log",
    conda:
        "../envs/train.yaml"
    params:
        trials=trials_of,
        code=code_digest("choose_rate.py", "envs/train.yaml"),
    shell:
        "python scripts/choose_rate.py {params.trials} --output {output} 2>&1 | tee {log}"


rule finetune_run:
    """One model from one start on one task: its scores, learning curve and test predictions."""
    input:
        examples=examples("{task}"),
        counts="data/examples/{task}.json",
        model=lambda wildcards: raw(definitions.model(wildcards.model)["source"]),
        choice=choice_of,
    output:
        run=f"{RUN}/run.json",
        curve=f"{RUN}/curve.csv",
        predictions=f"{RUN}/predictions.parquet",
    log:
        "results/logs/finetune/{task}-{model}-{init}-{mapping}-{fraction}-{rate}-{seed}.log",
    wildcard_constraints:
        rate=f"{grid.FIXED}|{grid.CHOSEN}",
    conda:
        "../envs/train.yaml"
    # One thread a job and as many jobs as cores is faster than several threads a job.
    threads: 1
    resources:
        **TRAINING,
        keep_weights=0,
    params:
        settings=lambda wildcards: as_json(job_settings.run_settings(config, run_of(RUN, wildcards))),
        options=lambda wildcards, input: f"--choice {input.choice}" if input.choice else "",
        code=code_digest("finetune.py", "envs/train.yaml"),
    shell:
        "python scripts/finetune.py --settings {params.settings:q} --examples {input.examples} {params.options}"
        " --checkpoint-seconds {resources.checkpoint_seconds} --gpu-jobs {resources.gpu_jobs}"
        " --keep-weights {resources.keep_weights} --output $(dirname {output.run}) 2>&1 | tee {log}"


if KEPT:

    use rule finetune_run as finetune_and_keep with:
        output:
            run=f"{RUN}/run.json",
            curve=f"{RUN}/curve.csv",
            predictions=f"{RUN}/predictions.parquet",
            weights=f"{RUN}/{WEIGHTS}",
        wildcard_constraints:
            # These runs and no others: a task's name with the rest of the folder after it.
            task="|".join(
                f"{run.task}(?={re.escape(run.directory.removeprefix(f'results/runs/{run.task}'))}/)" for run in KEPT
            ),
        priority: FIRST
        resources:
            **TRAINING,
            keep_weights=1,

    ruleorder: finetune_and_keep > finetune_run


use rule finetune_run as try_rate with:
    input:
        examples=examples("{task}"),
        counts="data/examples/{task}.json",
        model=lambda wildcards: raw(definitions.model(wildcards.model)["source"]),
    output:
        run=f"{RUN}/run.json",
        curve=f"{RUN}/curve.csv",
    wildcard_constraints:
        rate="[0-9].*",
    params:
        settings=lambda wildcards: as_json(job_settings.run_settings(config, run_of(RUN, wildcards))),
        options="--no-test",
        code=code_digest("finetune.py", "envs/train.yaml"),


rule fit_baseline:
    """The majority (or mean), or a linear model on n-gram counts, as a run like any other."""
    input:
        examples=examples("{task}"),
        counts="data/examples/{task}.json",
    output:
        run=f"{BASELINE_RUN}/run.json",
        predictions=f"{BASELINE_RUN}/predictions.parquet",
    log:
        "results/logs/finetune/{task}-{model}-baseline-{mapping}-{fraction}-{rate}-{seed}.log",
    conda:
        "../envs/train.yaml"
    threads: 1
    params:
        settings=lambda wildcards: as_json(job_settings.baseline_settings(run_of(BASELINE_RUN, wildcards))),
        code=code_digest("fit_baseline.py", "envs/train.yaml"),
    shell:
        "python scripts/fit_baseline.py --settings {params.settings:q} --examples {input.examples}"
        " --output $(dirname {output.run}) 2>&1 | tee {log}"
