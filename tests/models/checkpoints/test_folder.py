"""A folder is opened by the one checkpoint in it, whole or in parts."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

import explorer
from explorer.errors import ExplorerError
from explorer.models.checkpoints.folder import checkpoint_in
from explorer.models.checkpoints.reading import read_checkpoint

State = dict[str, torch.Tensor]
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


@pytest.fixture(scope="module")
def state() -> State:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return timm.create_model("test_vit", num_classes=3).state_dict()


def in_parts(folder: Path, state: State, names: tuple[str, ...] = SHARDS) -> Path:
    """A checkpoint in two files, half of its tensors in each, and their index."""
    places = {tensor: names[number % 2] for number, tensor in enumerate(state)}
    for name in names:
        part = {tensor: state[tensor] for tensor, place in places.items() if place == name}
        if name.endswith(".bin"):
            torch.save(part, folder / name)
        else:
            save_file(part, folder / name)
    stem = names[0].partition("-")[0] + Path(names[0]).suffix
    index = {"metadata": {"total_size": 1}, "weight_map": places}
    (folder / f"{stem}.index.json").write_text(json.dumps(index))
    return folder


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["pytorch_model.bin", "model.safetensors"], "model.safetensors"),
        (["optimizer.pt", "training_args.bin", "pytorch_model.bin"], "pytorch_model.bin"),
        (["mine.pth", "notes.txt"], "mine.pth"),
        (["MINE.PTH"], "MINE.PTH"),
        (["model.safetensors.index.json", "optimizer.pt"], "model.safetensors.index.json"),
        (["model.safetensors", "model.safetensors.index.json"], "model.safetensors"),
    ],
    ids=str,
)
def test_the_one(tmp_path: Path, names: list[str], taken: str) -> None:
    """The usual names go before others; one alone may be called as it likes."""
    for name in names:
        (tmp_path / name).touch()
    assert checkpoint_in(tmp_path) == tmp_path / taken


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], r"holds no checkpoint \(model.safetensors"),
        (["cat.jpg"], r"holds no checkpoint \(model.safetensors"),
        (["a.pth", "b.pt"], r"holds several checkpoints: a.pth, b.pt\. Choose one of them"),
        (["tf_model.h5", "config.json"], "holds weights for TensorFlow or Flax"),
    ],
    ids=str,
)
def test_none_or_several(tmp_path: Path, names: list[str], sentence: str) -> None:
    """A folder without the one checkpoint has its sentence."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    with pytest.raises(ExplorerError, match=f"^mine {sentence}"):
        explorer.load_vit(weights=folder)


def test_what_is_no_folder(tmp_path: Path) -> None:
    """A file, there or not, stays itself."""
    for name in ("a.pth", "model-00001-of-00002.safetensors"):
        assert checkpoint_in(tmp_path / name) == tmp_path / name


@pytest.mark.parametrize("place", [".", "model.safetensors", "../mine"])
def test_the_working_directory(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A folder is called by its name, however it is reached."""
    folder = tmp_path / "mine"
    folder.mkdir()
    save_file(state, folder / "model.safetensors")
    monkeypatch.chdir(folder)
    assert explorer.load_vit(weights=place, device="cpu").info.name == "mine/model"


def test_a_name_that_no_system_has(tmp_path: Path) -> None:
    """It gets a sentence, too."""
    with pytest.raises(ExplorerError, match=r"^a+ cannot be read: "):
        checkpoint_in(tmp_path / ("a" * 5000))


def test_the_cache_of_the_hub(tmp_path: Path, state: State) -> None:
    """A folder of Hugging Face's cache opens at its main version, whose files are links."""
    (tmp_path / "refs").mkdir()
    (tmp_path / "refs" / "main").write_text("0123abc")
    version = tmp_path / "snapshots" / "0123abc"
    version.mkdir(parents=True)
    save_file(state, tmp_path / "blob")
    (version / "model.safetensors").symlink_to("../../blob")
    assert checkpoint_in(tmp_path) == version / "model.safetensors"
    assert explorer.load_vit(weights=tmp_path, device="cpu").info.name == "0123abc/model"
    (tmp_path / "refs" / "main").write_text("../../elsewhere")
    with pytest.raises(ExplorerError, match="holds no checkpoint"):
        checkpoint_in(tmp_path)


BINS = tuple(
    name.replace("model", "pytorch_model").replace("safetensors", "bin") for name in SHARDS
)


@pytest.mark.parametrize("names", [SHARDS, BINS], ids=["safetensors", "bin"])
@pytest.mark.parametrize("choose", ["folder", "index", "part"])
def test_parts(tmp_path: Path, state: State, names: tuple[str, ...], choose: str) -> None:
    """A checkpoint in parts opens as a whole, whichever of its files is chosen."""
    in_parts(tmp_path, state, names)
    (index,) = tmp_path.glob("*.index.json")
    place = {"folder": tmp_path, "index": index, "part": tmp_path / names[1]}[choose]
    read = read_checkpoint(checkpoint_in(place)).tensors
    assert read.keys() == state.keys()
    assert all(torch.equal(read[name], tensor) for name, tensor in state.items())
    info = explorer.load_vit(weights=place, device="cpu").info
    assert info.name.startswith(f"{tmp_path.name}/")
    assert info.source.startswith(f"Weights from {index.name}")


def test_parts_are_described(tmp_path: Path, state: State) -> None:
    """`config.json` speaks for a checkpoint in parts, too."""
    in_parts(tmp_path, state)
    said = {"architecture": "test_vit", "label_names": ["a", "b", "c"]}
    (tmp_path / "config.json").write_text(json.dumps(said))
    assert explorer.load_vit(weights=tmp_path, device="cpu").info.labels == ("a", "b", "c")


def test_a_part_is_missing(tmp_path: Path, state: State) -> None:
    """The part that was not copied is named."""
    in_parts(tmp_path, state)
    (tmp_path / SHARDS[1]).unlink()
    with pytest.raises(ExplorerError, match=f"names a part that is not there: {SHARDS[1]}"):
        explorer.load_vit(weights=tmp_path)


def test_a_part_lacks_tensors(tmp_path: Path, state: State) -> None:
    """A part of another checkpoint is found out."""
    in_parts(tmp_path, state)
    save_file({"other": torch.ones(1)}, tmp_path / SHARDS[1])
    with pytest.raises(ExplorerError, match=f"{SHARDS[1]} lacks tensors that"):
        explorer.load_vit(weights=tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        *("../secret.safetensors", "/etc/secret.safetensors", "sub/a.safetensors", "..", "."),
        *(r"..\secret.bin", "C:a.bin", "", "model.safetensors.index.json", 3, None, ["a"]),
    ],
    ids=str,
)
def test_an_index_stays_in_its_folder(tmp_path: Path, state: State, name: object) -> None:
    """Files elsewhere are not touched, whatever an index says."""
    folder = in_parts(tmp_path, state)
    save_file(state, tmp_path.parent / "secret.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"head.weight": name}}))
    with pytest.raises(ExplorerError, match="is not an index of files beside it"):
        explorer.load_vit(weights=folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"weight_map": []}', '{"weight_map": {}}', '{"a":' * 9999, "\0"]
)
def test_damaged_index(tmp_path: Path, text: str) -> None:
    """What is no index has its sentence."""
    (tmp_path / "model.safetensors.index.json").write_text(text)
    with pytest.raises(ExplorerError, match=r"is not an index|holds no named tensors"):
        explorer.load_vit(weights=tmp_path)


def test_endless_index(tmp_path: Path) -> None:
    """An index of gigabytes is not read."""
    index = tmp_path / "model.safetensors.index.json"
    index.write_text('{"weight_map": ')
    os.truncate(index, 1 << 33)  # takes no room on the disk
    with pytest.raises(ExplorerError, match="is not an index"):
        read_checkpoint(index)


def test_a_malicious_part(tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that would run code is refused like any pickle, and runs nothing."""
    in_parts(tmp_path, state, BINS)

    class Evil:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return Path.mkdir, (tmp_path / "ran",)

    (tmp_path / BINS[1]).write_bytes(pickle.dumps({"a": Evil()}, protocol=2))
    with pytest.raises(ExplorerError, match=r"was refused|is damaged"):
        explorer.load_vit(weights=tmp_path)
    assert not (tmp_path / "ran").exists()
