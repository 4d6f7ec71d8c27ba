"""The vocabulary that splits texts, or a stand-in while its model is not downloaded."""

from beyondtext.core import paths
from beyondtext.data.examples import UNKNOWN
from beyondtext.data.raw import RECORD, raw_files, require_file
from beyondtext.study import definitions

LAST_KNOWN = "\uffff"  # no vocabulary of BERT has a later character, such as an emoji
PIECES_PER_WORD = 1.3  # about, in English with the vocabulary of BERT


def vocabulary_of(model, texts, folder, root=paths.ROOT):
    """The vocabulary file of a model, or one in which every word of the texts that it may know is a word piece.

    Parameters
    ----------
    model : str
    texts : list of str
    folder : pathlib.Path
        For the stand-in.
    root : pathlib.Path
        The project's, where the downloads are.

    Returns
    -------
    path : pathlib.Path
    pieces : float
        By how much word pieces exceed those of the vocabulary, about: 1 if it is the model's own.
    """
    definition = definitions.model(model)
    raw = root / paths.raw(definition["source"])
    if (raw / RECORD).is_file():
        return require_file(raw_files(raw), definition["vocabulary"]), 1.0
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    normalizer, splitter = BertNormalizer(lowercase=True), BertPreTokenizer()
    words = {word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))}
    words = {word for word in words if max(word) <= LAST_KNOWN}
    path = folder / "vocab.txt"
    path.write_text("\n".join([UNKNOWN, *sorted(words)]) + "\n", encoding="utf-8")
    return path, PIECES_PER_WORD
