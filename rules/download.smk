# Sources to data/raw/<source>/: bytes whose checksums were verified, never edited.


rule download:
    input:
        [raw(source) for source in SOURCES],


def local_files(wildcards):
    """The files of a source of kind path, so that a change of them is seen."""
    definition = checked(definitions.source, wildcards.source)
    if definition["kind"] != "path":
        return []
    path = Path(definition["address"])
    return sorted(str(file) for file in path.rglob("*") if file.is_file()) if path.is_dir() else [str(path)]


rule download_source:
    """One source: a package, an address or a local path -> its wanted files and their checksums."""
    input:
        local_files,
    output:
        "data/raw/{source}/source.json",
    params:
        definition=lambda wildcards: as_json(checked(definitions.source, wildcards.source)),
        code=code_digest("download.py", "envs/data.yaml"),
    log:
        "results/logs/download/{source}.log",
    conda:
        "../envs/data.yaml"
    shell:
        "python scripts/download.py {wildcards.source} --definition {params.definition:q} 2>&1 | tee {log}"
