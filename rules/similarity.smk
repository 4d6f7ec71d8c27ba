# From representations of the same tokens in several encoders to results/similarity/<task>.parquet.


rule similarity:
    input:
        [paths.similarity(task) for task in ENCODERS],


rule extract_activations:
    """Every layer's representations of a sample of a task's test tokens in one encoder."""
    input:
        examples=paths.EXAMPLES,
        counts=paths.EXAMPLE_COUNTS,
        check=paths.SIMILARITY_CHECK,
        model=model_source,
        run=finetuned_run,
    output:
        temp(paths.ACTIVATIONS),  # hundreds of megabytes that take a minute to make
    log:
        f"{paths.LOGS}/similarity/{{task}}-{{model}}-{{init}}-{{stage}}-{{seed}}.log",
    priority: FIRST
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=2500,  # 1.4 GB for the default's widest model, 2.3 GB for BERT base
    params:
        *code_digests("extract_activations.py", "envs/train.yaml"),
        settings=settings_as_json(job_settings.activation_settings, encoder_of),
        # The weights are next to the record, which is written after them; see weights_option.
        weights=kept_weights_option,
    shell:
        logged(
            "python scripts/extract_activations.py --settings {params.settings} --examples {input.examples}"
            " --check {input.check} {params.weights} --gpu-jobs $gpu_jobs --output {output}"
        )


rule compare_activations:
    """Every pair of encoders on one task's tokens: similarities with intervals and nulls."""
    input:
        encoders=lambda wildcards: [encoder.path for encoder in ENCODERS[wildcards.task]],
        check=paths.SIMILARITY_CHECK,
    output:
        paths.SIMILARITY,
    log:
        f"{paths.LOGS}/similarity/{{task}}.log",
    priority: FIRST
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=3000,  # 1.2 GB for the default's thirteen encoders, 2.6 GB for nine of BERT base's size; more if larger
    params:
        *code_digests("compare_activations.py", "envs/train.yaml"),
        settings=settings_as_json(job_settings.similarity_settings, lambda wildcards: wildcards.task),
    shell:
        logged(
            "python scripts/compare_activations.py {input.encoders} --check {input.check}"
            " --settings {params.settings} --output {output}"
        )
