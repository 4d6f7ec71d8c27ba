"""Small files in the published layouts of the paper's sources, from which every reader can make a task."""

import io
import json

import pretty_midi

import tiny
from beyondtext.study import definitions
from sources import tar_gz, zipped

WORDS = ["the", "cat", "dog", "sees", "a", "bird", "runs", "red", "blue", "sleeps", "here", "now"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused0]", *WORDS, ".", '"', "?"]
TRAIN, DEVELOPMENT = 60, 24  # records of a GLUE task
AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"


def sentence(number, length=6):
    """A sentence of known words, different for each number below 12^4."""
    places = [number // 12**k % 12 if k < 4 else (number + k) % 12 for k in range(length)]
    return " ".join(WORDS[place] for place in places) + " ."


def residues(number, length=40):
    """A protein sequence, different for each number below 20^4."""
    return "".join(AMINO_ACIDS[(number // 20 ** min(k, 3) + k * (k > 3)) % 20] for k in range(length))


def nucleotides(number, length=60):
    """A DNA sequence, different for each number below 4^8."""
    return "".join("ACGT"[(number // 4 ** min(k, 8) + k * (k > 8)) % 4] for k in range(length))


def tsv(header, rows):
    lines = ([header] if header else []) + rows
    return "".join("\t".join(map(str, line)) + "\n" for line in lines)


def glue(folder, header, row):
    """A GLUE archive: ``row(number)`` is a labelled record; the test split has no labels."""
    records = [row(number) for number in range(TRAIN + DEVELOPMENT)]
    return zipped(
        {
            f"{folder}/train.tsv": tsv(header, records[:TRAIN]),
            f"{folder}/dev.tsv": tsv(header, records[TRAIN:]),
            f"{folder}/test.tsv": tsv(["index", "sentence"], [[0, "x"]]),
        }
    )


def mnli_header(name):
    # The development files have the labels of five raters, the training file that of one.
    raters = ["label1"] if name == "train" else [f"label{k}" for k in range(1, 6)]
    parses = ["sentence1_binary_parse", "sentence2_binary_parse", "sentence1_parse", "sentence2_parse"]
    return ["index", "promptID", "pairID", "genre", *parses, "sentence1", "sentence2", *raters, "gold_label"]


def mnli():
    members, start = {}, 0
    for name, size in (("train", TRAIN), ("dev_matched", DEVELOPMENT), ("dev_mismatched", DEVELOPMENT)):
        header = mnli_header(name)
        rows = []
        for number in range(start, start + size):
            label = ["neutral", "entailment", "contradiction"][number % 3]
            values = dict.fromkeys(header, label) | {
                "index": number - start,
                "promptID": number,
                "pairID": f"{number}n",
                "genre": "fiction",
                **{key: "( a )" for key in header if "parse" in key},
                "sentence1": sentence(number),
                "sentence2": sentence(number + 500, 4),
            }
            rows.append([values[key] for key in header])
        members[f"MNLI/{name}.tsv"] = tsv(header, rows)
        start += size
    members["MNLI/test_matched.tsv"] = tsv(["index", "sentence1", "sentence2"], [[0, "x", "y"]])
    return zipped(members)


def mrpc():
    header = ["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"]
    # In every third sentence a quotation mark is opened and never closed.
    rows = [
        [n % 2, 1000 + n, 2000 + n, ('"' if n % 3 == 0 else "") + sentence(n), sentence(n + 500, 5)] for n in range(84)
    ]
    text = "\ufeff" + tsv(header, rows).replace("\n", "\r\n")
    ids = "".join(f"{1000 + n}\t{2000 + n}\n" for n in range(60, 84))
    return {"msr_paraphrase_train.txt": text.encode(), "mrpc_dev_ids.tsv": ids.encode()}


def tape(name, key):
    def records(start, size):
        return [
            {"id": str(n), "primary": residues(start + n), "protein_length": 40, key: [0.1 * n - 1]}
            for n in range(size)
        ]

    parts = {"train": (0, 60), "valid": (60, 24), "test": (84, 24)}
    return tar_gz({f"{name}/{name}_{part}.json": json.dumps(records(*size)).encode() for part, size in parts.items()})


def deeploc():
    places = ["Cell.membrane-M", "Cytoplasm-S", "Nucleus-U", "Lysosome/Vacuole-S"]
    records = []
    for number in range(120):
        test = " test" if number % 5 == 0 else ""
        sequence = residues(number)
        records.append(f">Q{number:05d} {places[number % 4]}{test}\n{sequence[:25]}\n{sequence[25:]}\n")
    return "".join(records).encode()


def histone(length):
    return "".join(f">iYAL{n:03d}W {n}\n{nucleotides(n, length)}\n{n % 2}\n" for n in range(120)).encode()


def splice():
    classes = ["EI", "IE", "N"]
    return "".join(
        f"{classes[n % 3]},{f'ATRINS-DONOR-{n // 2}':>20},{' ' * 15}{nucleotides(n)}\n" for n in range(240)
    ).encode()


def midi(number):
    song = pretty_midi.PrettyMIDI()
    piano = pretty_midi.Instrument(0)
    piano.notes = [pretty_midi.Note(64, 30 + (number * 7 + k * (number % 5 + 1)) % 60, k, k + 0.5) for k in range(300)]
    song.instruments.append(piano)
    buffer = io.BytesIO()
    song.write(buffer)
    return buffer.getvalue()


def maestro():
    composers, splits = ["Frédéric Chopin", "Johann Sebastian Bach"], ["train", "train", "validation", "test"]
    members = {}
    lines = ["canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration"]
    for number in range(16):
        name = f"2004/piece{number}.midi"
        lines.append(f'{composers[number % 2]},"Suite, No. {number}",{splits[number // 2 % 4]},2004,{name},x.wav,300.5')
        members[f"maestro-v1.0.0/{name}"] = midi(number)
    return zipped({"maestro-v1.0.0/maestro-v1.0.0.csv": "\n".join(lines) + "\n", **members})


def archives():
    """The published files of each source, by source and by the last part of their addresses."""

    def pair(label, n):
        return [n, sentence(n), sentence(n + 500, 5), label]

    entailment = ["not_entailment", "entailment"]
    return {
        "glue-cola": {
            "CoLA.zip": glue("CoLA", None, lambda n: ["gj04", n % 2, "*" if n % 2 == 0 else "", sentence(n)])
        },
        "glue-sst2": {"SST-2.zip": glue("SST-2", ["sentence", "label"], lambda n: [sentence(n) + " ", n % 2])},
        "glue-qqp": {
            "QQP-clean.zip": glue(
                "QQP",
                ["id", "qid1", "qid2", "question1", "question2", "is_duplicate"],
                lambda n: [n, 2 * n, 2 * n + 1, sentence(n), "" if n == 7 else sentence(n + 500, 5), n % 2],
            )
        },
        "glue-stsb": {
            "STS-B.zip": glue(
                "STS-B",
                [*(f"column{k}" for k in range(7)), "sentence1", "sentence2", "score"],
                lambda n: [n, "main-captions", "MSRvid", "2012test", n, "none", "none", *pair(f"{n % 6}.250", n)[1:]],
            )
        },
        "glue-mnli": {"MNLI.zip": mnli()},
        "glue-qnli": {
            "QNLIv2.zip": glue("QNLI", ["index", "question", "sentence", "label"], lambda n: pair(entailment[n % 2], n))
        },
        "glue-rte": {
            "RTE.zip": glue("RTE", ["index", "sentence1", "sentence2", "label"], lambda n: pair(entailment[n % 2], n))
        },
        "glue-mrpc": mrpc(),
        "tape-stability": {"stability.tar.gz": tape("stability", "stability_score")},
        "tape-fluorescence": {"fluorescence.tar.gz": tape("fluorescence", "log_fluorescence")},
        "deeploc": {"deeploc_data.fasta": deeploc()},
        "histones": {"H3.txt": histone(500), "H4.txt": histone(120), "H3K9ac.txt": histone(120)},
        "splice-uci": {"splice.txt": splice()},
        "maestro-v1": {"maestro-v1.0.0-midi.zip": maestro()},
    }


def repository(name, folder):
    """The files of a model on the hub, by path: a tiny random network with all of the model's word embeddings."""
    import torch
    from safetensors.torch import load_file

    model = definitions.model(name)
    entries = model["shape"]["entries"]
    sizes = {"vocab_size": entries, "max_position_embeddings": 514, "pad_token_id": model["special_ids"]["pad"]}
    _, files = tiny.tiny_model(folder / name, model["family"], model["prefix"], model["pooling"], **sizes)
    weights = files["model.safetensors"]
    if model["weights"].endswith(".bin"):
        torch.save(load_file(weights), weights.with_suffix(".bin"))
        weights = weights.with_suffix(".bin")
    words = [f"piece{number}" for number in range(entries)]
    vocabulary = "".join(f"{word}\n" for word in words)
    if model["vocabulary"].endswith(".json"):
        vocabulary = json.dumps({"model": {"vocab": {word: place for place, word in enumerate(words)}}})
    return {
        model["configuration"]: files["config.json"].read_bytes(),
        model["weights"]: weights.read_bytes(),
        model["vocabulary"]: vocabulary.encode(),
    }
