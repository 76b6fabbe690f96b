"""Checkpoint files are opened safely, whatever they are, or refused in one sentence."""

import argparse
import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explorer.errors import ExplorerError
from explorer.models.checkpoints.reading import read_checkpoint

TENSORS = {"cls_token": torch.arange(64.0).reshape(1, 1, 64), "norm.weight": torch.ones(64)}


class Evil:
    """Makes a folder when it is unpickled without care."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


def save(path: Path, content: Any, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".bin", ".old.pt", ".npz"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    """Safetensors, both of torch's formats and NumPy's archives give the same tensors."""
    path = tmp_path / f"model{suffix}"
    if suffix == ".safetensors":
        save_file(TENSORS, path, metadata={"mean": "[0.5]", "by": "me"})
    elif suffix == ".npz":
        np.savez(path, **{name: tensor.numpy() for name, tensor in TENSORS.items()})
    else:
        save(path, TENSORS, _use_new_zipfile_serialization="old" not in suffix)
    checkpoint = read_checkpoint(path)
    assert checkpoint.part == ""
    assert checkpoint.tensors.keys() == TENSORS.keys()
    assert all(torch.equal(checkpoint.tensors[name], TENSORS[name]) for name in TENSORS)
    assert checkpoint.notes == ({"mean": [0.5], "by": "me"} if suffix == ".safetensors" else {})


@pytest.mark.parametrize("part", ["model", "state_dict", "model_state_dict", "model_ema", "mine"])
def test_training_checkpoints(tmp_path: Path, part: str) -> None:
    """The weights are found in what a training script keeps, and what it noted beside them."""
    content = {
        "epoch": 3,
        "best": np.float64(0.5),
        "arch": "vit_tiny_patch16_224",
        "args": argparse.Namespace(lr=0.1),
        "loss": torch.tensor(0.3),
        "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}},
        part: {f"module.{name}": tensor for name, tensor in TENSORS.items()},
    }
    checkpoint = read_checkpoint(save(tmp_path / "last.pth", content))
    assert checkpoint.part == part
    assert checkpoint.tensors.keys() == TENSORS.keys()
    assert checkpoint.notes["arch"] == "vit_tiny_patch16_224"


def test_averaged_weights_come_first(tmp_path: Path) -> None:
    """As in timm, an averaged copy goes before the last state."""
    content = {"state_dict": TENSORS, "state_dict_ema": {k: v + 1 for k, v in TENSORS.items()}}
    checkpoint = read_checkpoint(save(tmp_path / "last.pth", content))
    assert checkpoint.part == "state_dict_ema"
    assert torch.equal(checkpoint.tensors["norm.weight"], torch.full((64,), 2.0))


WRAPPERS = ["module.", "_orig_mod.", "model.", "_orig_mod.module.", "timm_model."]


@pytest.mark.parametrize("prefix", WRAPPERS)
def test_wrappers(tmp_path: Path, prefix: str) -> None:
    """Prefixes of DDP, torch.compile, Lightning and transformers go, in either order."""
    content = {f"{prefix}{name}": tensor for name, tensor in TENSORS.items()}
    assert read_checkpoint(save(tmp_path / "a.pth", content)).tensors.keys() == TENSORS.keys()


@pytest.mark.parametrize(
    "name",
    [
        "transformer.blocks.0.attn.proj_q.weight",
        "encoder.layers.encoder_layer_0.self_attention.in_proj_weight",
    ],
    ids=["PyTorch-Pretrained-ViT", "torchvision"],
)
def test_other_libraries_wrappers(tmp_path: Path, name: str) -> None:
    """Another library's ViT inside somebody's own module is found there."""
    content = {f"model.vit.{name}": torch.ones(4, 4), "model.loss.weight": torch.ones(10)}
    checkpoint = read_checkpoint(save(tmp_path / "a.ckpt", {"state_dict": content}))
    assert checkpoint.tensors.keys() == {name}
    assert checkpoint.left_out == 1


def test_teacher_and_student(tmp_path: Path) -> None:
    """Of DINO's training checkpoints the teacher, an average, is taken, without its projection."""
    teacher = {f"backbone.{name}": tensor for name, tensor in TENSORS.items()}
    teacher["backbone.patch_embed.proj.weight"] = torch.ones(64, 3, 8, 8)
    teacher["head.mlp.0.weight"] = torch.ones(8, 64)
    student = {f"module.{name}": tensor + 1 for name, tensor in teacher.items()}
    path = save(tmp_path / "checkpoint.pth", {"student": student, "teacher": teacher, "epoch": 9})
    checkpoint = read_checkpoint(path)
    assert (checkpoint.part, checkpoint.left_out) == ("teacher", 1)
    assert checkpoint.tensors.keys() == {*TENSORS, "patch_embed.proj.weight"}
    assert torch.equal(checkpoint.tensors["norm.weight"], TENSORS["norm.weight"])


def test_tensors_beside_the_model(tmp_path: Path) -> None:
    """What Lightning keeps beside the model, such as a loss's weights, is left out and counted."""
    content = {f"model.{name}": tensor for name, tensor in TENSORS.items()}
    content["model.patch_embed.proj.weight"] = torch.ones(64, 3, 8, 8)
    content["criterion.weight"] = torch.ones(10)
    checkpoint = read_checkpoint(save(tmp_path / "a.ckpt", {"state_dict": content}))
    assert checkpoint.tensors.keys() == {*TENSORS, "patch_embed.proj.weight"}
    assert checkpoint.left_out == 1


@pytest.mark.parametrize("form", ["zip", "legacy", "plain pickle"])
def test_malicious_pickle(tmp_path: Path, form: str) -> None:
    """A pickle that would run code is refused, names the code, and has run nothing."""
    trace = tmp_path / "was_here"
    path = tmp_path / "evil.pth"
    content = {"weight": torch.ones(2), "evil": Evil(trace)}
    if form == "plain pickle":
        path.write_bytes(pickle.dumps(Evil(trace), protocol=2))
    else:
        save(path, content, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(ExplorerError, match=r"evil\.pth was refused: .*run code"):
        read_checkpoint(path)
    assert not trace.exists()
    pickle.loads(pickle.dumps(Evil(trace)))  # the trap works
    assert trace.exists()


def test_malicious_archive(tmp_path: Path) -> None:
    """An array of pickled objects is refused, and has run nothing."""
    trace, path = tmp_path / "was_here", tmp_path / "evil.npz"
    np.savez(path, weight=np.ones(2), evil=np.array([Evil(trace)], dtype=object))
    with pytest.raises(ExplorerError, match=r"evil\.npz was refused: .*run code \(evil is"):
        read_checkpoint(path)
    assert not trace.exists()
    with np.load(path, allow_pickle=True) as arrays:
        assert arrays["evil"].shape == (1,)  # the trap works
    assert trace.exists()


def test_pickled_model(tmp_path: Path) -> None:
    """A whole pickled model is code, too: the hint says how to save it instead."""
    with pytest.raises(ExplorerError, match=r"run code \(torch\.nn\..*Linear\)") as caught:
        read_checkpoint(save(tmp_path / "whole.pth", torch.nn.Linear(2, 2)))
    assert "state_dict()" in caught.value.hint


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def half(path: Path) -> Path:
    return written(path, path.read_bytes()[: path.stat().st_size // 2])


def scrambled(path: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[20:60] = bytes(range(200, 240))
    return written(path, bytes(content))


def safetensors(path: Path) -> Path:
    save_file(TENSORS, path)
    return path


def archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")
    return path


def arrays(path: Path, **more: np.ndarray) -> Path:
    np.savez(path, **{name: tensor.numpy() for name, tensor in TENSORS.items()}, **more)
    return path


def bomb(path: Path) -> Path:
    np.savez_compressed(path, weight=np.zeros(1_000_000))
    return path


def lying(path: Path) -> Path:
    """An archive with an array that says it is larger than it is."""
    array = io.BytesIO()
    np.save(array, np.zeros(10))
    content = array.getvalue().replace(b"(10,), }      ", b"(10000000,), }")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("weight.npy", content)
    return path


def odd_directory(path: Path) -> Path:
    """An archive that says to be of a version that nobody has written yet."""
    content = arrays(path).read_bytes()
    entry = content.rindex(b"PK\x01\x02")
    return written(path, content[: entry + 6] + b"\xff" + content[entry + 7 :])


def odd_array(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("weight.npy", b"no array")
    return path


BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty.pth": (lambda path: written(path, b""), "is empty"),
    "text.pth": (lambda path: written(path, b"epoch,loss\n1,0.5\n"), "is a text file"),
    "page.bin": (lambda path: written(path, b"<!DOCTYPE html>" * 999), "is a text file"),
    "umlauts.pt": (lambda path: written(path, "größe".encode() * 999), "is a text file"),
    "pointer.bin": (
        lambda path: written(path, b"version https://git-lfs.github.com/spec/v1\noid sha256:0"),
        "Git LFS",
    ),
    "noise.pth": (lambda path: written(path, bytes(range(1, 250)) * 30), "is not a checkpoint"),
    "half.safetensors": (lambda path: half(safetensors(path)), "is cut short"),
    "header.safetensors": (
        lambda path: written(path, safetensors(path).read_bytes()[:40]),
        "is cut short",
    ),
    "scrambled.safetensors": (lambda path: scrambled(safetensors(path)), "is damaged"),
    "half.pth": (lambda path: half(save(path, TENSORS)), "is cut short"),
    "stub.pth": (
        lambda path: written(path, save(path, TENSORS).read_bytes()[:700]),
        "is cut short",
    ),
    "half_old.pth": (
        lambda path: half(save(path, TENSORS, _use_new_zipfile_serialization=False)),
        "is cut short",
    ),
    "half.npz": (lambda path: half(arrays(path)), "is cut short"),
    "scrambled.npz": (lambda path: scrambled(arrays(path)), "is damaged"),
    "bomb.npz": (bomb, "would unpack to 8,000,"),
    "lying.npz": (lying, "is damaged"),
    "odd.npz": (odd_array, "is damaged"),
    "future.npz": (odd_directory, "is damaged"),
    "words.npz": (
        lambda path: np.savez(path, names=np.array(["cat"])) or path,
        "holds no named tensors",
    ),
    "zip.pth": (archive, "is damaged, or not a checkpoint"),
    "list.pth": (lambda path: save(path, [1, 2]), "holds no named tensors"),
    "one.pth": (lambda path: save(path, torch.ones(3)), "holds no named tensors"),
    "settings.pth": (lambda path: save(path, {"lr": 0.1}), "holds no named tensors"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(tmp_path: Path, name: str) -> None:
    """Whatever is no checkpoint says what it is instead, and what to do."""
    make, sentence = BROKEN[name]
    path = make(tmp_path / name)
    with pytest.raises(ExplorerError, match=sentence) as caught:
        read_checkpoint(path)
    assert caught.value.message.startswith(name)
    assert caught.value.hint


@pytest.mark.parametrize(
    "odd",
    [
        torch.ones(2, 2).to_sparse(),
        torch.ones(2, device="meta"),
        torch.ones(2, dtype=torch.complex64),
        torch.ones(1, 1).expand(1 << 40, 64),
    ],
    ids=["sparse", "without values", "complex", "terabytes"],
)
def test_tensors_of_odd_kinds(tmp_path: Path, odd: torch.Tensor) -> None:
    """Tensors that are no plain numbers are refused, with the name of one."""
    path = save(tmp_path / "odd.pth", {**TENSORS, "head.weight": odd})
    with pytest.raises(ExplorerError, match=r"^odd\.pth holds tensors .* head\.weight\."):
        read_checkpoint(path)


@pytest.mark.parametrize("kind", [">f4", "<f8", "f2", "i8", "?"])
def test_kinds_of_arrays(tmp_path: Path, kind: str) -> None:
    """Numbers of any width and byte order are read, columns first, too; words are left out."""
    array = np.asfortranarray(np.arange(6).reshape(2, 3).astype(kind))
    np.savez(tmp_path / "a.npz", weight=array, step=np.int64(3), name=np.array("ViT"))
    tensors = read_checkpoint(tmp_path / "a.npz").tensors
    assert tensors.keys() == {"weight", "step"}
    assert tensors["weight"].tolist() == array.tolist()


def test_nested_metadata(tmp_path: Path) -> None:
    """Metadata nested deeper than Python can follow stays text."""
    path = tmp_path / "nested.safetensors"
    save_file(TENSORS, path, metadata={"mean": "[" * 100_000})
    assert isinstance(read_checkpoint(path).notes["mean"], str)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    """A file that vanished, and a folder, have their sentences."""
    with pytest.raises(ExplorerError, match=r"no file gone\.pth\."):
        read_checkpoint(tmp_path / "gone.pth")
    with pytest.raises(ExplorerError, match="is a folder"):
        read_checkpoint(tmp_path)


def test_compiled_program(shared: Callable[[str], Path]) -> None:
    """Models of other programs are not taken for checkpoints."""
    path = shared("data/weights/other_formats/mobilevit_xxs_flowers5.tflite")
    with pytest.raises(ExplorerError, match="is not a checkpoint that can be read here"):
        read_checkpoint(path)
