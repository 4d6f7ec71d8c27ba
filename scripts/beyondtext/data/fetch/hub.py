"""Sources of kind ``hub``: files of a repository on the model hub, fetched by huggingface_hub."""

import shutil
from contextlib import contextmanager
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.data.fetch.partial import DISK_FULL, partial_folder


@contextmanager
def retrieve(source, partial):
    """Yield a folder with the requested files and the commit that they belong to.

    huggingface_hub resumes interrupted downloads, keeps its own cache, and follows HF_ENDPOINT, HF_HUB_OFFLINE and the
    user's token.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    with partial_folder(partial) as folder:
        complete = folder / "files"
        for path in source["paths"]:
            try:
                cached = hf_hub_download(source["repository"], path, revision=source["revision"])
            except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
                if isinstance(error, OSError) and error.errno in DISK_FULL:
                    raise
                reason = " ".join(str(error).split())
                raise InputError(
                    f"{path} of {source['repository']} at {source['revision']} is not available ({reason}); check the "
                    "connection, HF_ENDPOINT and HF_HUB_OFFLINE, or fetch the files by hand and give their folder "
                    f"under `paths` in the configuration ({source['id']}: /a/folder)"
                ) from None
            (complete / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cached, complete / path)
        # A cached file is <repository>/snapshots/<commit>/<path>.
        yield complete, Path(cached).parts[-len(Path(path).parts) - 1]
