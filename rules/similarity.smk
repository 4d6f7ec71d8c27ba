# Encoders on the same tokens to results/similarity/<task>.csv.

from beyondtext.similarity import check_measures

checked(check_measures, config["similarity"]["measures"])


rule similarity:
    input:
        [f"results/similarity/{task}.csv" for task in config["similarity"]["tasks"]],


rule compare_representations:
    """Every pair of encoders on one task's test sequences: similarity with its interval."""
    input:
        examples=examples("{task}"),
        counts="data/examples/{task}.json",
        models=[
            raw(definitions.model(name)["source"])
            for name in sorted({encoder["model"] for encoder in config["similarity"]["encoders"]})
        ],
    output:
        "results/similarity/{task}.csv",
    log:
        "results/logs/similarity/{task}.log",
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=2000,
        gpu_jobs=config["gpu_jobs"],  # among the params it would run the job again, but it changes no number
    params:
        settings=lambda wildcards: as_json(settings.comparison_settings(config, wildcards.task)),
        code=code_digest("compare_representations.py", "envs/train.yaml"),
    shell:
        "python scripts/compare_representations.py --settings {params.settings:q} --examples {input.examples}"
        " --gpu-jobs {resources.gpu_jobs} --output {output} 2>&1 | tee {log}"
