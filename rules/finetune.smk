# Examples to results/runs/<task>/<model>/<init>/<mapping>/fraction<f>/seed<k>/: one job per run.

RUN = "results/runs/{task}/{model}/{init}/{mapping}/fraction{fraction}/seed{seed}"
BASELINE_RUN = f"results/runs/{{task}}/{{model}}/{grid.BASELINE}/{{mapping}}/fraction{{fraction}}/seed{{seed}}"


rule finetune:
    input:
        [f"{directory}/{name}" for directory in BASELINES for name in ("run.json", "predictions.parquet")],
        [f"{directory}/{name}" for directory in TRAINED for name in ("run.json", "curve.csv", "predictions.parquet")],


rule finetune_run:
    """One model from one start on one task: its scores, learning curve and test predictions."""
    input:
        examples=examples("{task}"),
        counts="data/examples/{task}.json",
        model=lambda wildcards: raw(definitions.model(wildcards.model)["source"]),
    output:
        run=f"{RUN}/run.json",
        curve=f"{RUN}/curve.csv",
        predictions=f"{RUN}/predictions.parquet",
    log:
        "results/logs/finetune/{task}-{model}-{init}-{mapping}-{fraction}-{seed}.log",
    conda:
        "../envs/train.yaml"
    # One thread a job and as many jobs as cores is faster than several threads a job.
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=2000,
        # Among the params it would train every run again, but it changes no number.
        checkpoint_seconds=config["checkpoint_seconds"],
    params:
        settings=lambda wildcards: as_json(settings.run_settings(config, run_of(RUN, wildcards))),
        code=code_digest("finetune.py", "envs/train.yaml"),
    shell:
        "python scripts/finetune.py --settings {params.settings:q} --examples {input.examples}"
        " --checkpoint-seconds {resources.checkpoint_seconds}"
        " --output $(dirname {output.run}) 2>&1 | tee {log}"


rule fit_baseline:
    """The majority (or mean), or a linear model on n-gram counts, as a run like any other."""
    input:
        examples=examples("{task}"),
        counts="data/examples/{task}.json",
    output:
        run=f"{BASELINE_RUN}/run.json",
        predictions=f"{BASELINE_RUN}/predictions.parquet",
    log:
        "results/logs/finetune/{task}-{model}-baseline-{mapping}-{fraction}-{seed}.log",
    conda:
        "../envs/train.yaml"
    threads: 1
    params:
        settings=lambda wildcards: as_json(settings.baseline_settings(run_of(BASELINE_RUN, wildcards))),
        code=code_digest("fit_baseline.py", "envs/train.yaml"),
    shell:
        "python scripts/fit_baseline.py --settings {params.settings:q} --examples {input.examples}"
        " --output $(dirname {output.run}) 2>&1 | tee {log}"
