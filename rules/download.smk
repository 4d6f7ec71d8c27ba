# Sources to data/raw/<source>/: bytes whose checksums were verified, never edited.


import shlex


rule download:
    input:
        [raw(source) for source in SOURCES],


rule download_source:
    """One source: a package, an address or a local path -> its wanted files and their checksums."""
    input:
        local_files,
    output:
        "data/raw/{source}/source.json",
    log:
        "results/logs/download/{source}.log",
    conda:
        "../envs/data.yaml"
    params:
        # Only followed, so that a change runs the job again; the program reads the file itself.
        definition=lambda wildcards: as_json(job_settings.without_descriptions(definitions.source(wildcards.source))),
        options=lambda wildcards: (
            f"--path {shlex.quote(config['paths'][wildcards.source])}" if wildcards.source in config["paths"] else ""
        ),
        code=code_digest("download.py", "envs/data.yaml"),
    shell:
        "python scripts/download.py {wildcards.source} {params.options} 2>&1 | tee {log}"
