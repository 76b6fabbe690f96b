"""What Hugging Face's transformers writes beside a checkpoint, in its fourth and fifth version."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .json_files import read_object
from .model_args import is_count


class Beside(NamedTuple):
    """The words of a folder; empty where nothing is said."""

    config: Mapping[str, Any]
    generation: Mapping[str, Any]  # how it writes
    processor: Mapping[str, Any]  # what is done to pictures


def beside(file: Path, model_type: str) -> Beside:
    """What lies beside a checkpoint that may be of that type; another's config says nothing."""
    config = _object(file.with_name("config.json"))
    if config.get("model_type") != model_type:
        return Beside({}, {}, {})
    generation = _object(file.with_name("generation_config.json"))
    alone = _object(file.with_name("preprocessor_config.json"))
    # Version 5 puts it into one file with what is done to words.
    together = part(_object(file.with_name("processor_config.json")), "image_processor")
    return Beside(config, generation, alone or together)


def part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A config inside another one; empty where there is none."""
    inner = said.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _object(file: Path) -> dict[str, Any]:
    try:
        return read_object(file)
    except OSError:
        return {}


def token_of(*said: Any) -> int | None:
    """The first of these that is a token, or the first of several; None where none is."""
    tokens = (value[0] if isinstance(value, list) and value else value for value in said)
    return next(filter(is_count(10_000_000, least=0), tokens), None)
