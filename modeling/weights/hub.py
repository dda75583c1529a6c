"""hf://owner/name[@revision] -> a folder on this machine with its files.

What a model needs is downloaded once, into Hugging Face's own cache
(HF_HOME), and read from there afterwards, without the network too. Private
and gated models want HF_TOKEN. The library is imported for such a path only.
"""

from __future__ import annotations

import importlib
import logging
import re
from typing import Any

from foundation.errors import InputError
from modeling.weights.hub_files import missing_files, wanted_files
from modeling.weights.hub_weights import fetch_weights

PREFIX = "hf://"
_NAME = r"\w+(?:[.-]\w+)*"
_PATH = re.compile(
    rf"hf://(?P<repository>{_NAME}/{_NAME})(@(?P<revision>[\w./-]+))?/?",
    re.ASCII,
)
_DEFAULT_REVISION = "main"
# One of them lies in every folder that has a model.
_CONFIGS = ("config.json", "bert_config.json", "albert_config.json")

_log = logging.getLogger(__name__)

# The hub is asked once in a process, however often a path is used.
_found: dict[tuple[str, str | None, str | None], str] = {}


def is_hub_path(path: str) -> bool:
    """Returns whether a path names a model on Hugging Face."""
    return path.startswith(PREFIX)


def local_checkpoint(
    path: str, *, endpoint: str | None = None, cache_dir: str | None = None
) -> str:
    """Returns where a checkpoint lies on this machine; downloads it if need be.

    Args:
      path: hf://owner/name, hf://owner/name@revision (a branch, tag or
        commit); any other path is returned as it is.
      endpoint: of the hub; None = HF_ENDPOINT or huggingface.co.
      cache_dir: of the files; None = where HF_HOME or HF_HUB_CACHE says.

    Returns:
      The folder of its files; its last part is the commit.

    Raises:
      InputError: huggingface_hub is not installed, the path is not of that
        form, there is no such model or revision, no permission, no network
        and nothing in the cache, or no weights that can be read.
    """
    if not is_hub_path(path):
        return path
    key = path, endpoint, cache_dir
    if key not in _found:
        folder = _fetched(path, endpoint, cache_dir)
        _found[key] = folder
        _found[_with_commit(path, folder), endpoint, cache_dir] = folder
    return _found[key]


def pinned(path: str) -> str:
    """Returns hf://owner/name@commit of what `local_checkpoint` returns.

    Other paths are returned as they are.
    """
    if not is_hub_path(path):
        return path
    return _with_commit(path, local_checkpoint(path))


def _with_commit(path: str, folder: str) -> str:
    repository, _ = _split(path)
    return f"{PREFIX}{repository}@{folder.rstrip('/').rpartition('/')[2]}"


def _fetched(path: str, endpoint: str | None, cache_dir: str | None) -> str:
    repository, revision = _split(path)
    library = _library()
    place = {"cache_dir": cache_dir, "revision": revision}
    try:
        api = library.HfApi(endpoint=endpoint)
        info = api.model_info(repository, revision=revision)
        wanted = wanted_files([e.rfilename for e in info.siblings], path)
        fetch_weights(
            repository,
            wanted.weights,
            commit=info.sha,
            endpoint=endpoint,
            cache_dir=cache_dir,
        )
        folder = library.snapshot_download(
            repository,
            endpoint=endpoint,
            allow_patterns=[*wanted.weights, *wanted.others],
            **place,
        )
    except _failures() as error:
        if _is_of_disk(error):
            raise
        folder = _cached(library, repository, place)
        if folder is None or missing_files(folder):
            raise _refusal(error, path, folder) from error
        _log.warning(
            "%s: from the cache, the hub does not give it (%s).",
            path,
            type(error).__name__,
        )
    _log.info("%s is %s", path, folder)
    return str(folder)


def _split(path: str) -> tuple[str, str]:
    """Returns repository and revision."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise InputError(
            "not the name of a model on Hugging Face",
            got=path,
            expected="hf://owner/name or hf://owner/name@revision",
            next_step="write it as in "
            "hf://emilyalsentzer/Bio_ClinicalBERT; BERT's owner is google-bert",
        )
    return match["repository"], match["revision"] or _DEFAULT_REVISION


def _library() -> Any:
    for client in ("httpx", "httpx2"):  # a line for each request
        logging.getLogger(client).setLevel(logging.WARNING)
    try:
        return importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise InputError(
            "hf:// paths need the package huggingface_hub",
            got="it is not installed",
            expected="the extra `hub` of this project",
            next_step="pip install '.[hub]', in the checkout",
        ) from error


def _failures() -> tuple[type[Exception], ...]:
    """Returns what the library and the HTTP client below it raise.

    Which client that is has changed twice; the library's own error is one of
    the client's, whichever it is.
    """
    errors = importlib.import_module("huggingface_hub.errors")
    of_client = [
        kind
        for kind in errors.HfHubHTTPError.__mro__
        if issubclass(kind, Exception) and kind is not Exception
    ]
    return (*of_client, OSError)


def _is_of_disk(error: Exception) -> bool:
    """Returns whether an error is a full disk's or the like, not the hub's."""
    is_connection = isinstance(error, ConnectionError | TimeoutError)
    return getattr(error, "errno", None) is not None and not is_connection


def _refusal(error: Exception, path: str, folder: str | None) -> InputError:
    """Returns what a person can do about it.

    Args:
      error: of the library.
      path: hf://...
      folder: what an earlier download has left, if anything.
    """
    errors = importlib.import_module("huggingface_hub.errors")
    if isinstance(error, errors.GatedRepoError):
        return InputError(
            "the model is only for people whom its authors let in",
            got="a refusal of the hub",
            expected="a token of somebody who has accepted its conditions",
            next_step="accept them on the model's page, then set HF_TOKEN",
            path=path,
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return InputError(
            "there is no such model on Hugging Face, or it is private",
            got="nothing of that name",
            expected="owner and name as on the model's page",
            next_step="look at the spelling; for a private model set HF_TOKEN",
            path=path,
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return InputError(
            "the model has no such revision",
            got="nothing of that name after @",
            expected="a branch, a tag or a whole commit hash",
            next_step="look at the model's page, or leave @... out",
            path=path,
        )
    if folder is not None:
        return _incomplete(path, missing_files(folder))
    return _unreachable(path, error)


def _cached(library: Any, repository: str, place: dict[str, Any]) -> str | None:
    """Returns the folder of an earlier download."""
    for name in _CONFIGS:
        found = library.try_to_load_from_cache(repository, name, **place)
        if isinstance(found, str):
            return found.rpartition("/")[0]
    return None


def _unreachable(path: str, error: Exception) -> InputError:
    return InputError(
        "the model is not on this machine and the hub cannot be reached",
        got=type(error).__name__,
        expected="a network, or an earlier download of this revision",
        next_step="look at the network (and HF_HUB_OFFLINE) and run the same "
        "command: a download goes on where it stopped; or name a folder that "
        "you have copied",
        path=path,
    )


def _incomplete(path: str, missing: list[str]) -> InputError:
    return InputError(
        "the download is not complete",
        got=f"no {', '.join(missing)}",
        expected="all files of the model",
        next_step="run the same command with a network: it goes on where it "
        "stopped",
        path=path,
    )
