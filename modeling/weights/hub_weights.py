"""The large files of a repository on Hugging Face, resumed after a stop.

huggingface_hub 2 removes a file that is not complete, and a TF1 checkpoint
has 1.3 GB. So weights are put where its cache has them (blobs/<hash>), beside
a part that outlives a kill, and checked against their hash; the library then
finds them there. Where its cache looks otherwise it downloads them itself.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
from typing import Any
from urllib.parse import urlsplit

from foundation import files
from foundation.errors import InputError

_SHA256 = re.compile(r"[0-9a-f]{64}")  # of large files; others have git's hash
_PART = ".part"

_log = logging.getLogger(__name__)


def fetch_weights(
    repository: str,
    names: list[str],
    *,
    commit: str,
    endpoint: str | None,
    cache_dir: str | None,
) -> None:
    """Puts files into the cache, going on where an earlier try has stopped.

    Args:
      repository: owner/name.
      names: of the files.
      commit: the revision.
      endpoint: of the hub; None = the library's.
      cache_dir: None = the library's.

    Raises:
      InputError: what came is not what the hub promised.
      Exception: of the library or its HTTP client.
    """
    library = importlib.import_module("huggingface_hub")
    folder = files.join(
        cache_dir or library.constants.HF_HUB_CACHE,
        "models--" + repository.replace("/", "--"),
        "blobs",
    )
    headers = library.utils.build_hf_headers()
    for name in names:
        url = library.hf_hub_url(
            repository, name, revision=commit, endpoint=endpoint
        )
        facts = library.get_hf_file_metadata(
            url, headers=headers, endpoint=endpoint
        )
        if facts.etag is None or facts.size is None:
            continue  # the library knows other ways
        files.make_directory(folder)
        blob = files.join(folder, facts.etag)
        with library.utils.WeakFileLock(f"{blob}{_PART}.lock"):
            _fetch(blob, name, facts=facts, url=url, headers=headers)


def _fetch(
    blob: str,
    name: str,
    *,
    facts: Any,
    url: str,
    headers: dict[str, str],
) -> None:
    if files.exists(blob):
        return
    if urlsplit(facts.location).netloc != urlsplit(url).netloc:
        # The token is for the hub, not for whoever stores its files.
        headers = {
            key: value
            for key, value in headers.items()
            if key.lower() != "authorization"
        }
    part = blob + _PART
    done = files.size_of(part) if files.exists(part) else 0
    if done > facts.size:
        raise _damaged(part, name)
    if done:
        _log.info("%s: going on at byte %d of %d.", name, done, facts.size)
    download = importlib.import_module("huggingface_hub.file_download")
    with files.open_file(part, "ab") as file:
        download.http_get(
            facts.location,
            file,
            resume_size=done,
            headers=headers,
            expected_size=facts.size,
            displayed_filename=name,
        )
    is_hash = _SHA256.fullmatch(facts.etag)
    if is_hash and files.sha256_of(part) != facts.etag:
        raise _damaged(part, name)
    files.rename(part, blob)
    files.remove(f"{part}.lock")


def _damaged(part: str, name: str) -> InputError:
    """Removes the part, so that the next try starts anew."""
    size = os.path.getsize(part)
    files.remove(part)
    return InputError(
        f"{name} has been damaged on its way and is removed",
        got=f"{size} bytes with another hash",
        expected="the bytes that the hub has",
        next_step="run the same command again: it downloads the file anew",
        path=part,
    )
