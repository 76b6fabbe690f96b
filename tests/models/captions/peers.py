"""Small captioners of transformers, and what it computed: ../transformers_peer/captioners.py."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from ..conftest import module_of

FOLDER = Path(__file__).parents[1] / "transformers_peer"
State = dict[str, torch.Tensor]

sys.path.insert(0, str(FOLDER))  # the peer's file imports its neighbours by name, as a script does
make = module_of(FOLDER / "captioners.py")
sys.path.remove(str(FOLDER))


@dataclass
class Peer:
    """One small model, and what the library computed with it."""

    name: str
    files: dict[str, str]  # what lies beside its weights, by the files' names
    file: State  # by the names in files
    memory: State  # by those in memory
    expected: dict[str, np.ndarray]
    vocabulary: dict[str, Any]

    def save(self, folder: Path, words: str = "tokenizer.json") -> Path:
        """As the library saves it."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.file, folder / "model.safetensors", {"format": "pt"})
        for name, text in {**self.files, words: self.vocabulary[words]}.items():
            (folder / name).write_text(text, "utf-8")
        return folder


def read_peers(version: int) -> dict[str, Peer]:
    """Those of transformers 4 or 5, by their names."""
    with np.load(FOLDER / f"captioners_{version}.npz") as arrays:
        found = dict(arrays)
    told = json.loads(str(found.pop("told")))
    peers = {}
    for name, said in told["models"].items():
        kind = name.split(" of ")[0]
        shapes = said["file"].items()
        file = {key: torch.from_numpy(make.made_up(key, tuple(shape))) for key, shape in shapes}
        peers[name] = Peer(
            name=name,
            files={**said["files"], **told["processors"][kind]},
            file=file,
            memory={key: file[whole] for key, whole in said["memory"].items()},
            expected={
                key.split("|")[1]: array
                for key, array in found.items()
                if key.split("|")[0] == name or key == f"{kind}|prepared"
            },
            vocabulary=told["vocabularies"][kind],
        )
    return peers
