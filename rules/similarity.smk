# Encoders on the same tokens to results/similarity/<task>.parquet.


rule similarity:
    input:
        [f"results/similarity/{task}.parquet" for task in ENCODERS],


rule extract_activations:
    """What every layer of one encoder makes of a sample of a task's test tokens."""
    input:
        examples=examples("{task}"),
        counts="data/examples/{task}.json",
        model=lambda wildcards: raw(definitions.model(wildcards.model)["source"]),
        weights=weights_of,
    output:
        # Hundreds of megabytes that a minute makes again.
        temp("results/activations/{task}/{model}/{init}/{stage}/seed{seed}.safetensors"),
    log:
        "results/logs/similarity/{task}-{model}-{init}-{stage}-{seed}.log",
    priority: FIRST
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=2000,
        gpu_jobs=config["gpu_jobs"],  # among the params it would run the job again, but it changes no number
    params:
        settings=lambda wildcards: as_json(job_settings.activation_settings(config, encoder_of(wildcards))),
        options=lambda wildcards, input: f"--weights {input.weights}" if input.weights else "",
        code=code_digest("extract_activations.py", "envs/train.yaml"),
    shell:
        "python scripts/extract_activations.py --settings {params.settings:q} --examples {input.examples}"
        " {params.options} --gpu-jobs {resources.gpu_jobs} --output {output} 2>&1 | tee {log}"


rule compare_activations:
    """Every two encoders on one task's tokens: similarity with intervals and nulls."""
    input:
        lambda wildcards: [encoder.path for encoder in ENCODERS[wildcards.task]],
    output:
        "results/similarity/{task}.parquet",
    log:
        "results/logs/similarity/{task}.log",
    priority: FIRST
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=4000,
    params:
        settings=lambda wildcards: as_json(job_settings.similarity_settings(config, wildcards.task)),
        code=code_digest("compare_activations.py", "envs/train.yaml"),
    shell:
        "python scripts/compare_activations.py {input} --settings {params.settings:q} --output {output} 2>&1"
        " | tee {log}"
