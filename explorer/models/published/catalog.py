"""Which networks can be explored, what they are called, and where their weights lie.

They are timm's; published weights are timm's own, or `known` ones of other libraries.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import timm.models
import torch
from timm.models import PretrainedCfg, get_pretrained_cfg, list_models, split_model_name_tag

from ...errors import ExplorerError
from . import shelf
from .addresses import HubFile, ReleaseFile
from .entry import Entry
from .known import Known, known_models
from .labels import classes_of

MODULES = (
    "vision_transformer",
    "deit",
    "beit",
    "eva",
    "vision_transformer_hybrid",
    "vision_transformer_relpos",
)  # timm's files in which every token attends to every token, by one call in each block

_PARALLEL = re.compile(r"_18x2_|^vit_d(little|wee|pwee)_")  # two attention calls in each block
_WINDOWS = "most of its attention stays inside small windows"
_FEWER = "it pools its patches into fewer tokens on the way"
_REASONS = {
    "cait": "it mixes its heads inside the attention, so that no head has a map of its own",
    "convit": "it blends attention with learned positions instead of computing it as a whole",
    "crossvit": "it looks at two sizes of patches in two branches",
    "coat": "it attends between scales and channels, not between patches",
    "davit": _WINDOWS,
    "deepseek_vit": "it is the eye of a language model and merges its patches into fewer tokens",
    "gcvit": _WINDOWS,
    "gemma4_vit": "it is the eye of a language model and merges its patches into fewer tokens",
    "hiera": _FEWER,
    "hieradet_sam2": _FEWER,
    "levit": _FEWER,
    "maxxvit": "it is half a convolutional network and pools its patches on the way",
    "mvitv2": _FEWER,
    "naflexvit": "it takes any number of patches as a list, not as a fixed grid",
    "nest": _WINDOWS,
    "pit": _FEWER,
    "pvt_v2": _FEWER,
    "qwen3_vit": "it is the eye of a language model and merges its patches into fewer tokens",
    "swin_transformer": _WINDOWS,
    "swin_transformer_v2": _WINDOWS,
    "swin_transformer_v2_cr": _WINDOWS,
    "tiny_vit": _WINDOWS,
    "tnt": "it attends inside each patch as well as between patches",
    "twins": _WINDOWS,
    "vision_transformer_sam": _WINDOWS,
    "volo": "it weighs neighbouring patches directly, without queries and keys",
    "xcit": "it attends between channels, not between patches",
}
_AROUND = re.compile(r"^(hf[-_]hub:|(https?://)?huggingface\.co/)?(timm/)?|/$", re.IGNORECASE)


@dataclass(frozen=True)
class ModelEntry(Entry):
    """One line of the list of models; its name has the pretrained tag."""

    input_size: tuple[int, int]  # height, width
    classes: int  # 0 where it gives features


@cache
def vit_names() -> tuple[str, ...]:
    """All models that can be explored and have a name: timm's that have weights, the known ones.

    Of timm's, each tag is one, the default first.
    """
    names = (f"{name}.{tag}" for name in architectures() for tag in _tags(name))
    return (*(name for name in names if config(name).hf_hub_id), *known_models())


@cache
def architectures() -> tuple[str, ...]:
    """All architectures that can be explored, with weights on the hub or without, sorted."""
    names = list_models(module=list(MODULES))
    return tuple(name for name in names if not _PARALLEL.search(name))


def known(name: str) -> Known | None:
    """What is known of a published checkpoint of another library; None where it is timm's."""
    return known_models().get(_understood(name))


def entries() -> list[ModelEntry]:
    """The list of models."""
    there = shelf.contents()
    return [describe(name, there) for name in vit_names()]


def describe(name: str, there: Mapping[str, Sequence[Path]] | None = None) -> ModelEntry:
    """What the list of models says of one; costs no more than a look at the disk.

    `there`: the shelf's contents, where somebody has looked already.
    """
    name = full_name(name)
    there = shelf.contents() if there is None else there
    belongings = tuple(file for called in _called(name) for file in there.get(called, ()))
    library, input_size, classes = _facts(name)
    return ModelEntry(
        name=name,
        library=library,
        address=address(name),
        file=weights_file(name) if belongings else None,
        belongings=belongings,
        size=sum(file.stat().st_size for file in belongings),
        input_size=input_size,
        classes=classes,
    )


def _facts(name: str) -> tuple[str, tuple[int, int], int]:
    """Library, input size (height, width) and number of classes of a full name."""
    if found := known(name):
        return found.library, found.input_size, found.classes
    said = config(name)
    _, height, width = said.input_size
    classes = classes_of(split_model_name_tag(name)[0], said.num_classes)
    return "timm", (height, width), classes


def address(name: str) -> str:
    """Where the weights of a full name are published, for people; "" where they are not."""
    found = known(name)
    if found and found.url:
        return ReleaseFile(found.url).url
    repository = found.repository if found else config(name).hf_hub_id
    return HubFile(repository, shelf.SAFE).page if repository else ""


def config(name: str) -> PretrainedCfg:
    """What timm says of a model's weights: their repository, classes and input.

    `name`: a full one. Raises ExplorerError where timm says nothing.
    """
    said = get_pretrained_cfg(name)
    if said is None:
        raise ExplorerError(f"timm says nothing about {name}.", hint="Choose another model.")
    return said


@cache
def parameters(name: str) -> int:
    """How many numbers a model has learned; about 0.1 s, for it is built, without memory."""
    found = known(name)
    with torch.device("meta"):
        if found:
            network = timm.create_model(found.architecture, num_classes=found.classes)
        else:
            network = timm.create_model(full_name(name))
    return sum(parameter.numel() for parameter in network.parameters())


def full_name(name: str) -> str:
    """A model's name as the list has it, with its pretrained tag: the default one where none is.

    The hub's addresses and any case are understood; names that timm has given up lead to their
    successors. Raises ExplorerError where there is no such model, or no such tag, or where it
    cannot be explored.
    """
    name = _understood(name)
    if name in known_models():
        return name
    name = timm.models.get_deprecated_models().get(name) or name
    architecture, tag = split_model_name_tag(name)
    check(architecture)
    known = _tags(architecture)
    if not tag:
        return f"{architecture}.{known[0]}" if known else architecture
    if tag not in known:
        raise ExplorerError(
            f"{architecture} has no pretrained weights “{tag}”.",
            hint=f"It has {_listed(known)}." if known else "It has none at all.",
        )
    return name


def check(architecture: str) -> None:
    """Raise ExplorerError where timm has no such architecture, or it cannot be explored."""
    if architecture in architectures():
        return
    if not timm.models.is_model(architecture):
        near = difflib.get_close_matches(architecture.lower(), _by_lower_case(), n=3)
        close = [_by_lower_case()[name] for name in near]
        hint = f"Did you mean {_listed(close)}?" if close else "Choose one from the list of models."
        raise ExplorerError(f"There is no model called “{architecture}”.", hint=hint)
    raise ExplorerError(
        f"{architecture} cannot be explored: {reason(architecture)}.",
        hint="Choose a plain vision transformer, such as vit_base_patch16_384.",
    )


def weights_file(name: str) -> Path | None:
    """Where a model's pretrained weights lie on this machine; None where they do not."""
    return shelf.find(_called(name))


def is_here(name: str) -> bool:
    """Whether a model's pretrained weights lie on this machine."""
    return weights_file(full_name(name)) is not None


def _called(name: str) -> tuple[str, ...]:
    """The names that a model's files may have: of its default weights, the tag may be left out."""
    architecture, tag = split_model_name_tag(name)
    is_default = tag and name == full_name(architecture)
    return (name, architecture) if is_default else (name,)


@cache
def _by_lower_case() -> dict[str, str]:
    """Every name that means a model, by itself in lower case."""
    return {name.lower(): name for name in (*architectures(), *vit_names())}


def _understood(name: str) -> str:
    """A name without the hub's address around it, and in the case that the list has."""
    name = _AROUND.sub("", name.strip())
    if not name or name in known_models() or timm.models.is_model(name):
        return name
    return _by_lower_case().get(name.lower(), name)


def _tags(architecture: str) -> list[str]:
    """Its pretrained tags, the default one first."""
    names = timm.models.get_arch_pretrained_cfgs(architecture)
    return [tag for tag in (split_model_name_tag(name)[1] for name in names) if tag]


def reason(architecture: str) -> str:
    """Why one of timm's architectures cannot be explored, in words after “cannot be explored:”."""
    if _PARALLEL.search(architecture):
        return "it computes two attentions side by side in each block"
    module = timm.models.model_entrypoint(architecture).__module__.rpartition(".")[2]
    return _REASONS.get(
        module, "it is no plain vision transformer, where every patch attends to every other"
    )


def _listed(names: list[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
