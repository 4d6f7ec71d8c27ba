# Raw files to data/examples/<task>.parquet: id, split, group, target, symbols.


rule tokenize:
    input:
        [examples(task) for task in TASKS],


rule make_examples:
    """One task: the reader's table, cleaned, split and written; the counts lie beside it."""
    input:
        raw_of_task,
    output:
        examples="data/examples/{task}.parquet",
        counts="data/examples/{task}.json",
    log:
        "results/logs/tokenize/{task}.log",
    priority: FIRST
    conda:
        "../envs/data.yaml"
    # Music is exported in parallel; the other readers use one core whatever they get. A job that wants all cores would
    # wait until nothing else is left to do.
    threads: lambda wildcards: max(1, workflow.cores // 2) if TASKS[wildcards.task]["reader"] == "scores" else 1
    params:
        definition=lambda wildcards: as_json(job_settings.without_descriptions(TASKS[wildcards.task])),
        code=lambda wildcards: code_digest(
            "make_examples.py",
            "envs/data.yaml",
            f"scripts/beyondtext/data/readers/{TASKS[wildcards.task]['reader']}.py",
        ),
    shell:
        "python scripts/make_examples.py {wildcards.task} --definition {params.definition:q}"
        " --output {output.examples} 2>&1 | tee {log}"
