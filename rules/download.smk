# Sources to data/raw/<source>/: bytes whose checksums were verified, never edited.


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
        definition=lambda wildcards: as_json(checked(definitions.source, wildcards.source)),
        code=code_digest("download.py", "envs/data.yaml"),
    shell:
        "python scripts/download.py {wildcards.source} --definition {params.definition:q} 2>&1 | tee {log}"
