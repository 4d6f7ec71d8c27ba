# From sources to data/raw/<source>/: their files as published, with verified checksums.


rule download:
    input:
        [paths.source_record(name) for name in SOURCES],


rule download_source:
    """One source, from a package, an address or a local path: the files that tasks use, and their checksums."""
    input:
        local_files,
    output:
        paths.SOURCE_RECORD,
    log:
        f"{paths.LOGS}/download/{{source}}.log",
    conda:
        "../envs/data.yaml"
    params:
        *code_digests("download.py", "envs/data.yaml"),
        # Only compared; the program reads config/sources/ itself.
        definition=lambda wildcards: as_json(definitions.without_descriptions(definitions.source(wildcards.source))),
        path=path_option,
        digests=local_digests,
    shell:
        logged("python scripts/download.py {wildcards.source} {params.path}")
