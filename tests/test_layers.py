"""Each layer imports only those to its left; the compute side needs no Qt, a start no torch."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "explorer"

# From left to right: a layer may import all before it; those in one inner set also each other.
LAYERS: list[list[set[str]]] = [
    [{"records", "errors", "paths", "whole_file"}],
    [{"images"}, {"scenes"}],
    [{"models"}],
    [{"explain"}, {"training"}],
    [{"api", "commands"}],
    [{"window"}],
    [{"__init__", "__main__"}],  # the doors
]
QT = {"PySide6", "shiboken6", "pyqtgraph"}
SLOW = {"torch", "torchvision", "timm", "huggingface_hub", "accelerate"}
SLOW_LAYERS = {"models", "training", "api"}  # these may import the slow at module level
QUICK = {  # modules of slow layers that do not; others may import them at the start
    f"explorer.training.{folder}.{name}"
    for folder, names in {
        "recipes": "recipe recipe_changes recipe_file settings starting_model",
        "data": "captions checking dataset examples layouts tables",
        "runs": "events history lock position probe run run_answers run_tables sample",
        "evaluation": "class_matching evaluation evaluation_report",
    }.items()
    for name in names.split()
} | {"explorer.training.files"}


@dataclass(frozen=True)
class Import:
    """One imported module."""

    module: str  # dotted and absolute: "torch.nn", "explorer.images.reading"
    line: int
    at_start: bool  # runs when the importing module is imported


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def _nodes(node: ast.AST, at_start: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Every node below, and whether it runs when the module is imported."""
    for child in ast.iter_child_nodes(node):
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        runs = at_start and not later and not _is_type_checking(child)
        yield child, runs
        yield from _nodes(child, runs)


def _module_exists(root: Path, module: str) -> bool:
    path = root.joinpath(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def _base(node: ast.ImportFrom, file: Path, root: Path) -> str:
    """The absolute name of X in `from X import …`."""
    if not node.level:
        return node.module or ""
    place = file.relative_to(root).parts[: -node.level]
    return ".".join((*place, *filter(None, [node.module])))


def imports_of(file: Path, root: Path) -> Iterator[Import]:
    """All imports of a file in the package below `root`, wherever in the file they stand."""
    for node, at_start in _nodes(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, at_start)
        if isinstance(node, ast.ImportFrom):
            base = _base(node, file, root)
            for alias in node.names:
                if (base, alias.name) == ("explorer", "__version__"):
                    continue  # a fact of the package, which the window shows
                inner = f"{base}.{alias.name}"
                module = inner if _module_exists(root, inner) else base
                yield Import(module, node.lineno, at_start)


def _member(module: str) -> str:
    """`explorer.images.reading` belongs to `images`; `explorer` itself is the door `__init__`."""
    return (*module.split("."), "__init__")[1]


def _place(member: str) -> tuple[int, set[str]] | None:
    """A member's layer, counted from the left, and those that it shares it with."""
    for layer, groups in enumerate(LAYERS):
        for group in groups:
            if member in group:
                return layer, group
    return None


def _may_import(importer: str, imported: str) -> bool:
    own, other = _place(importer), _place(imported)
    return own is not None and other is not None and (other[0] < own[0] or own[1] is other[1])


def _crossing(importer: str, found: Import) -> str | None:
    """What is wrong with an import, or None."""
    top = found.module.split(".")[0]
    inside = _member(found.module) if top == "explorer" else None
    if inside is not None and not _may_import(importer, inside):
        return f"{importer} may not import {inside}"
    if top in QT and importer not in ("window", "__init__", "__main__"):
        return f"{importer} may not import Qt ({found.module})"
    slow = top in SLOW or (inside in SLOW_LAYERS and found.module not in QUICK)
    if slow and found.at_start and importer not in SLOW_LAYERS:
        return f"{importer} may import {found.module} only inside functions: it is slow"
    return None


def crossings(root: Path) -> list[str]:
    """Every import in `root`/explorer that crosses a layer: `file:line: reason`."""
    wrong = []
    for file in sorted((root / "explorer").rglob("*.py")):
        place = file.relative_to(root)
        importer = place.with_suffix("").parts[1]
        if _place(importer) is None:
            wrong.append(f"{place}:1: {importer} belongs to no layer")
            continue
        for found in imports_of(file, root):
            if reason := _crossing(importer, found):
                wrong.append(f"{place}:{found.line}: {reason}")
    return wrong


def test_no_layer_is_crossed():
    """The package imports from right to left only, and starts without torch."""
    assert crossings(PACKAGE.parent) == []


def _import_all(folders: set[str], blocked: set[str]) -> subprocess.CompletedProcess[str]:
    """Import every module of the given layers, and the quick ones of others, without `blocked`."""
    files = [file.relative_to(PACKAGE.parent).with_suffix("") for file in PACKAGE.rglob("*.py")]
    modules = [
        ".".join(file.parts).removesuffix(".__init__")
        for file in files
        if file.parts[1] in folders and file.name != "__main__"
    ]
    script = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({sorted(blocked)}))\n"
        f"for name in {sorted({*modules, *QUICK})}: importlib.import_module(name)"
    )
    return subprocess.run(
        [sys.executable, "-c", script], cwd=PACKAGE.parent, capture_output=True, text=True
    )


def test_the_window_is_imported_without_torch():
    """Nothing that the window imports brings torch with it, however far away."""
    done = _import_all({"records", "images", "explain", "commands", "window", "__init__"}, SLOW)
    assert done.returncode == 0, done.stderr


def test_the_compute_side_is_imported_without_qt():
    """Notebooks and servers need no Qt."""
    members = {member for groups in LAYERS[:-2] for group in groups for member in group}
    done = _import_all(members, QT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("file", "source", "reason"),
    [
        ("images/reading.py", "from ..window import app", "images may not import window"),
        ("images/reading.py", "from ..models.vit import load", "images may not import models"),
        ("images/reading.py", "import explorer.explain.rollout", "images may not import explain"),
        ("records.py", "from .images import reading", "records may not import images"),
        ("errors.py", "from . import paths, window", "errors may not import window"),
        ("explain/rollout.py", "from ..training.loop import run", "explain may not import train"),
        ("training/loop.py", "from .. import explain", "training may not import explain"),
        ("models/vit.py", "import explorer.api as api", "models may not import api"),
        ("models/vit.py", "import explorer", "models may not import __init__"),
        ("models/vit.py", "from .. import load_vit", "models may not import __init__"),
        ("models/vit.py", "def f():\n    from ..explain import x", "models may not import explain"),
        ("commands/predict.py", "from ..window.state import State", "commands may not import win"),
        ("models/vit.py", "class A:\n    from PySide6.QtCore import QObject", "may not import Qt"),
        ("commands/predict.py", "def f():\n    import pyqtgraph", "may not import Qt"),
        (
            "api.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .window import app",
            "api may not import window",
        ),
        ("window/app.py", "import torch.nn as nn", "only inside functions"),
        ("window/panels/heads.py", "from ...models.catalog import vit_names", "only inside func"),
        ("window/app.py", "from ..api import load_vit", "only inside functions"),
        ("window/app.py", "from ..training.loop import Training", "only inside functions"),
        ("window/app.py", "try:\n    import timm\nexcept ImportError:\n    pass", "only inside"),
        ("commands/predict.py", "from ..models import vit", "only inside functions"),
        ("records.py", "import torch", "only inside functions"),
        ("explain/attention.py", "from torch import Tensor", "only inside functions"),
        ("images/folder.py", "import huggingface_hub", "only inside functions"),
        ("__init__.py", "from .api import load_vit", "only inside functions"),
        ("helpers.py", "import os", "helpers belongs to no layer"),
    ],
)
def test_a_crossing_is_found(tmp_path: Path, file: str, source: str, reason: str):
    """The checker sees absolute, relative, nested and type-only imports, and names the line."""
    written = _write_package(tmp_path, {file: source})
    (found,) = crossings(tmp_path)
    assert found.startswith(f"{written[file].relative_to(tmp_path)}:")
    assert reason in found


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("window/app.py", "from ..commands import predict"),
        ("window/app.py", "def f():\n    import torch\n    from ..api import load_vit"),
        ("window/panels/heads.py", "from ..state import State\nfrom ...records import Query"),
        ("explain/rollout.py", "def f():\n    from ..models import vit"),
        ("commands/predict.py", "def f():\n    from ..api import load_vit"),
        ("models/vit.py", "import torch\nfrom ..images.reading import read_picture"),
        ("__main__.py", "def main():\n    from .window import app"),
        ("__init__.py", "from .errors import ExplorerError"),
        ("window/app.py", "from .. import __version__"),
        ("window/app.py", "from ..training.runs.run import Run"),
        ("errors.py", "from . import paths"),
    ],
)
def test_what_is_allowed_passes(tmp_path: Path, file: str, source: str):
    """Imports to the left, and slow ones inside functions, are fine."""
    _write_package(tmp_path, {file: source})
    assert crossings(tmp_path) == []


def _write_package(root: Path, sources: dict[str, str]) -> dict[str, Path]:
    """A small package with every layer in it, and the given files."""
    members = ["records", "errors", "paths", "api"]
    folders = ["images", "models", "explain", "training", "commands", "window"]
    inside = [
        "images/reading",
        "models/vit",
        "explain/rollout",
        "training/loop",
        "training/runs/run",
    ]
    inside += ["training/runs/run", "window/app"]
    files = [*members, *inside, *(f"{folder}/__init__" for folder in folders)]
    files += ["__init__", "__main__", "commands/predict", "models/catalog", "window/state"]
    everything = {f"{name}.py": "" for name in files} | sources
    written = {name: root / "explorer" / name for name in everything}
    for name, path in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(everything[name], encoding="utf-8")
    return written
