"""Reading text files that come with a model, and that somebody else wrote."""

from reprlib import Repr

from beyondtext.core.errors import InputError
from beyondtext.core.parsing import load_json

LARGEST = 100_000_000  # bytes; the tokenizer.json of a vocabulary of 250,000 entries has 17 million

_limited = Repr()
_limited.maxstring = _limited.maxother = 80  # characters
shortened = _limited.repr  # a value as Python writes it, without the middle of a long one


def read_text(path):
    """The text of a file, without a byte order mark; `InputError` if it is not UTF-8, or larger than `LARGEST`."""
    size = path.stat().st_size
    if size > LARGEST:
        raise InputError(f"{path} has {size:,} bytes, more than {LARGEST:,}; give the model's own file")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}; give the model's own "
            "file, or convert it to UTF-8"
        ) from None


def read_object(path):
    """The contents of a JSON file that holds an object, as a dict; `InputError` for what `load_json` refuses.

    NaN and Infinity are read, as Transformers' older versions write them in keys that nothing here uses.
    """
    text = read_text(path)
    try:
        value = load_json(text, allow_nan=True)
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON ({error}); give the model's own file") from None
    if not isinstance(value, dict):
        raise InputError(f"{path} holds {shortened(value)}, not an object with keys; give the model's own file")
    return value
