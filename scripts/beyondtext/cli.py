"""What the report's programs have in common on the command line."""

import json

from beyondtext import config
from beyondtext.errors import InputError


def configuration(text):
    """A configuration from a file's path, or from JSON (the workflow's way)."""
    if not text.lstrip().startswith("{"):
        return config.load_config(text)
    try:
        return config.check_config(json.loads(text), "--config")
    except ValueError as error:
        raise InputError(f"--config is not valid JSON ({error}); give a path, or one JSON object") from None
