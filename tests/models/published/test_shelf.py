"""What lies in the folder of weights is found by name, and only that is ever deleted."""

from pathlib import Path

import pytest

from explorer import paths
from explorer.errors import ExplorerError
from explorer.models.published import catalog, shelf

NAME = "google/vit-base-patch16-384"


@pytest.fixture
def home() -> Path:
    folder = paths.weights()
    folder.mkdir(parents=True)
    return folder


def put(home: Path, *places: str) -> list[Path]:
    files = [home / place for place in places]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"12345")
    return files


def test_contents(home: Path) -> None:
    """Files and folders are told apart by model; what is not a model's is left out."""
    single, pickled = put(home, "vit_tiny.tag.safetensors", "B_16.pth")
    folder = put(home, f"{NAME}/config.json", f"{NAME}/model.safetensors")
    begun = put(home, "deit.bin.0123456789abcdef.part")
    put(home, "README.md", "notes.txt", "deit.bin.lock")
    assert shelf.contents() == {
        "vit_tiny.tag": [single],
        "B_16": [pickled],
        NAME: folder,
        "deit": begun,
    }


def test_empty_shelf() -> None:
    """Where nothing was ever downloaded, nothing is found, and nothing is created."""
    assert shelf.contents() == {}
    assert shelf.find([NAME]) is None
    assert not paths.weights().exists()


def test_the_safest_kind_goes_first(home: Path) -> None:
    """Where weights lie in several formats, the one that can run no code is taken."""
    put(home, f"{NAME}/pytorch_model.bin", f"{NAME}/model.safetensors")
    assert shelf.find([NAME]) == home / NAME / "model.safetensors"


def test_unfinished_folder(home: Path) -> None:
    """A folder whose weights are still on their way has none, but something to go on from."""
    files = put(home, f"{NAME}/config.json", f"{NAME}/model.safetensors.0123456789abcdef.part")
    entry = catalog.describe(NAME)
    assert entry.file is None
    assert entry.belongings == tuple(files)
    assert entry.size == 10


def test_weights_under_the_bare_name(home: Path) -> None:
    """Files without the default tag belong to the default weights, and to no others."""
    files = put(home, "vit_base_patch16_384.safetensors")
    assert catalog.describe("vit_base_patch16_384").belongings == tuple(files)
    assert catalog.describe("vit_base_patch16_384.augreg_in1k").belongings == ()


def test_entries(home: Path) -> None:
    """The list of models says of each what describing it alone says."""
    put(home, f"{NAME}/model.safetensors", "B_16.pth")
    entries = {entry.name: entry for entry in catalog.entries()}
    assert list(entries) == list(catalog.vit_names())
    assert [name for name, entry in entries.items() if entry.file] == ["B_16", NAME]
    assert entries[NAME] == catalog.describe(NAME)
    assert entries["L_16"].address == ""


def test_deleting_a_folder(home: Path) -> None:
    """A model's folder goes whole, with those that are empty then; its neighbour stays."""
    files = put(home, f"{NAME}/config.json", f"{NAME}/model.safetensors")
    (neighbour,) = put(home, "facebook/dinov2-small/model.safetensors")
    shelf.delete(files)
    assert not (home / "google").exists()
    assert neighbour.exists()
    shelf.delete([neighbour])
    assert home.exists()


def test_files_of_somebody_else_stay(home: Path) -> None:
    """What lies in a model's folder beside its own files keeps the folder."""
    files = put(home, f"{NAME}/model.safetensors")
    (notes,) = put(home, f"{NAME}/notes.txt")
    shelf.delete(catalog.describe(NAME).belongings)
    assert not files[0].exists()
    assert notes.exists()


def test_files_elsewhere_stay(home: Path, tmp_path: Path) -> None:
    """Neither a path out of the folder of weights nor a link leads to a deletion outside it."""
    outside = tmp_path / "elsewhere" / "model.safetensors"
    put(outside.parent, outside.name)
    with pytest.raises(ExplorerError, match="outside the folder of weights"):
        shelf.delete([outside])
    (home / "linked").symlink_to(outside.parent)
    with pytest.raises(ExplorerError, match="outside the folder of weights"):
        shelf.delete([home / "linked" / outside.name])
    (home / "B_16.pth").symlink_to(outside)
    shelf.delete([home / "B_16.pth"])
    assert not (home / "B_16.pth").is_symlink()
    assert outside.read_bytes() == b"12345"


def test_files_that_cannot_be_deleted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is said."""

    def refuse(_file: Path) -> None:
        raise PermissionError(13, "Permission denied")

    (file,) = put(home, "B_16.pth")
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(ExplorerError, match=r"B_16\.pth cannot be deleted: Permission denied"):
        shelf.delete([file])


def test_files_that_are_gone(home: Path) -> None:
    """What somebody else has deleted meanwhile is no error."""
    shelf.delete([home / "B_16.pth", home / NAME / "model.safetensors"])
