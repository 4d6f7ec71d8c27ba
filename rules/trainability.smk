# The trainability of each initialization before its first step: results/trainability/, a small table for each model.


rule trainability:
    input:
        list(INITIAL_MODELS),


rule measure_trainability:
    """Gradient confusion, perturbation sensitivity, the LayerNorm statistic and dynamical isometry of one model."""
    input:
        examples=paths.EXAMPLES,
        counts=paths.EXAMPLE_COUNTS,
        model=model_source,
    output:
        paths.TRAINABILITY,
    log:
        f"{paths.LOGS}/trainability/{{task}}-{{model}}-{{init}}-{{mapping}}-{{seed}}.log",
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=4000,
    params:
        *code_digests("measure_trainability.py", "envs/train.yaml"),
        settings=settings_as_json(job_settings.trainability_settings, initial_model_of),
    shell:
        logged(
            "python scripts/measure_trainability.py --settings {params.settings} --examples {input.examples}"
            " --gpu-jobs $gpu_jobs --output {output}"
        )
