# How easily models can be trained from where they start: results/trainability/, a small table a model and start.


rule trainability:
    input:
        list(INITIAL_MODELS),


rule measure_trainability:
    """Gradient confusion, perturbation, layer normalisation and singular values of one model from one start."""
    input:
        examples=examples("{task}"),
        counts="data/examples/{task}.json",
        model=lambda wildcards: raw(definitions.model(wildcards.model)["source"]),
    output:
        "results/trainability/{task}/{model}/{init}/{mapping}/seed{seed}.csv",
    log:
        "results/logs/trainability/{task}-{model}-{init}-{mapping}-{seed}.log",
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=4000,
        gpu_jobs=config["gpu_jobs"],  # among the params it would run the job again, but it changes no number
    params:
        settings=lambda wildcards, output: as_json(
            job_settings.trainability_settings(config, INITIAL_MODELS[output[0]])
        ),
        code=code_digest("measure_trainability.py", "envs/train.yaml"),
    shell:
        "python scripts/measure_trainability.py --settings {params.settings:q} --examples {input.examples}"
        " --gpu-jobs {resources.gpu_jobs} --output {output} 2>&1 | tee {log}"
