# From raw files to data/examples/<task>.parquet: id, split, group, target, symbols.


rule tokenize:
    input:
        [paths.examples(task) for task in TASKS],


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
    # Music is exported in parallel; the other readers use one core, however many they get. A job that wants all cores
    # would wait until nothing else is left to do.
    threads: lambda wildcards: max(1, workflow.cores // 2) if reader_of(wildcards) == "scores" else 1
    params:
        *code_of("make_examples.py", "envs/data.yaml"),
        definition=lambda wildcards: as_json(job_settings.without_descriptions(TASKS[wildcards.task])),
        reader=reader_code,
    shell:
        logged(
            "python scripts/make_examples.py {wildcards.task} --definition {params.definition:q}"
            " --output {output.examples}"
        )
