# From examples to results/runs/<task>/<model>/<init>/<mapping>/fraction<f>/rate-<r>/seed<k>/: one job per run.

BASELINE_RUN = paths.RUN.replace("{init}", grid.BASELINE)


rule finetune:
    input:
        [f"{directory}/{name}" for directory in FROZEN | BASELINES for name in ("run.json", "predictions.parquet")],
        [f"{directory}/{name}" for directory in TRAINED for name in ("run.json", "curve.csv", "predictions.parquet")],


rule finetune_run:
    """One model from one initialization on one task: its scores, learning curve and test predictions."""
    input:
        examples=paths.EXAMPLES,
        counts=paths.EXAMPLE_COUNTS,
        model=model_source,
        choice=choice_of,
    output:
        run=f"{paths.RUN}/run.json",
        curve=f"{paths.RUN}/curve.csv",
        predictions=f"{paths.RUN}/predictions.parquet",
    log:
        f"{paths.LOGS}/finetune/{{task}}-{{model}}-{{init}}-{{mapping}}-{{fraction}}-{{rate}}-{{seed}}.log",
    wildcard_constraints:
        rate=f"{grid.FIXED}|{grid.CHOSEN}",
    priority: lambda wildcards: FIRST if run_of(wildcards) in KEPT else 0
    conda:
        "../envs/train.yaml"
    # One thread per job and as many jobs as cores are faster than several threads per job.
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=training_memory,
    params:
        *code_digests("finetune.py", "envs/train.yaml"),
        settings=settings_as_json(job_settings.run_settings, run_of),
        choice=choice_option,
        weights=weights_option,
        test="",
    shell:
        logged(
            "python scripts/finetune.py --settings {params.settings} --examples {input.examples} {params.choice}"
            " {params.weights} {params.test} --checkpoint-seconds $checkpoint_seconds --gpu-jobs $gpu_jobs"
            " --runs-per-process $runs_per_process --workflow $PPID"
            f' --pending {paths.PENDING} --output "$(dirname {{output.run}})"'
        )


use rule finetune_run as try_rate with:
    # One of the runs that a learning rate is chosen from; it does not score the test split.
    output:
        run=f"{paths.RUN}/run.json",
        curve=f"{paths.RUN}/curve.csv",
    wildcard_constraints:
        rate="[0-9].*",
    params:
        test="--no-test",


rule choose_rate:
    """The learning rate of one arm: the best by validation score, on seeds that the report does not use."""
    input:
        lambda wildcards: [f"{trial}/{name}" for trial in trials_of(wildcards) for name in ("run.json", "curve.csv")],
    output:
        paths.CHOICE,
    log:
        f"{paths.LOGS}/selection/{{task}}-{{model}}-{{init}}-{{mapping}}-{{fraction}}.log",
    conda:
        "../envs/train.yaml"
    params:
        *code_digests("choose_rate.py", "envs/train.yaml"),
        trials=trials_of,
    shell:
        logged("python scripts/choose_rate.py {params.trials} --output {output}")


rule fit_frozen:
    """A linear model on the features of an encoder that is not trained, as a run like any other.

    Where the test split has few groups, there is also cross_validation.parquet. It is not an output of the rule, since
    that depends on the examples; run.json, which is written after it, says whether there is one. So it is for baselines.
    """
    input:
        examples=paths.EXAMPLES,
        counts=paths.EXAMPLE_COUNTS,
        model=model_source,
    output:
        run=f"{paths.RUN}/run.json",
        predictions=f"{paths.RUN}/predictions.parquet",
    log:
        f"{paths.LOGS}/finetune/{{task}}-{{model}}-{{init}}-{{mapping}}-{{fraction}}-{{rate}}-{{seed}}.log",
    wildcard_constraints:
        rate=grid.FROZEN,
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=2000,
    params:
        *code_digests("fit_frozen.py", "envs/train.yaml"),
        settings=settings_as_json(job_settings.frozen_settings, run_of),
    shell:
        logged(
            "python scripts/fit_frozen.py --settings {params.settings} --examples {input.examples}"
            ' --gpu-jobs $gpu_jobs --output "$(dirname {output.run})"'
        )


rule fit_baseline:
    """The majority class (or the mean), or a linear model on n-gram counts, as a run like any other."""
    input:
        examples=paths.EXAMPLES,
        counts=paths.EXAMPLE_COUNTS,
    output:
        run=f"{BASELINE_RUN}/run.json",
        predictions=f"{BASELINE_RUN}/predictions.parquet",
    log:
        f"{paths.LOGS}/finetune/{{task}}-{{model}}-baseline-{{mapping}}-{{fraction}}-{{rate}}-{{seed}}.log",
    conda:
        "../envs/train.yaml"
    threads: 1
    params:
        *code_digests("fit_baseline.py", "envs/train.yaml"),
        settings=settings_as_json(job_settings.baseline_settings, run_of),
    shell:
        logged(
            "python scripts/fit_baseline.py --settings {params.settings} --examples {input.examples}"
            ' --output "$(dirname {output.run})"'
        )
