# From raw files to data/examples/<task>.parquet: id, split, group, target, symbols.


rule tokenize:
    input:
        [paths.examples(task) for task in TASKS],
        [paths.similarity_check(task) for task in ENCODERS],


rule make_examples:
    """One task: the records of its source, cleaned and split, and the counts of what was filtered."""
    input:
        task_sources,
    output:
        examples=paths.EXAMPLES,
        counts=paths.EXAMPLE_COUNTS,
    log:
        f"{paths.LOGS}/tokenize/{{task}}.log",
    priority: FIRST
    conda:
        "../envs/data.yaml"
    threads: reader_threads
    params:
        *code_digests("make_examples.py", "envs/data.yaml"),
        definition=lambda wildcards: as_written(definitions.without_descriptions(TASKS[wildcards.task])),
        vocabulary=vocabulary_of,
        reader=reader_code,
    shell:
        logged(
            "python scripts/make_examples.py {wildcards.task} --definition {params.definition}"
            " --output {output.examples}"
        )


rule check_similarity:
    """Whether a task has enough test sequences for its similarities, so that this is known before training."""
    input:
        examples=paths.EXAMPLES,
        counts=paths.EXAMPLE_COUNTS,
        models=compared_models,
    output:
        paths.SIMILARITY_CHECK,
    log:
        f"{paths.LOGS}/tokenize/{{task}}-similarity.log",
    priority: FIRST + 1
    conda:
        "../envs/train.yaml"
    params:
        *code_digests("check_similarity.py", "envs/train.yaml"),
        settings=settings_as_json(job_settings.check_settings, lambda wildcards: wildcards.task),
    shell:
        logged(
            "python scripts/check_similarity.py --settings {params.settings} --examples {input.examples}"
            " --output {output}"
        )
