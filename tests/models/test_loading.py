"""Networks come with their own weights, preprocessing and names, or say why they do not."""

import json
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save, save_file
from timm.models.vision_transformer import VisionTransformer

from explorer import paths
from explorer.errors import Cancelled, ExplorerError, WeightsMissing
from explorer.images.reading import read_picture
from explorer.models import opening
from explorer.models.examining import examine
from explorer.models.loading import Loaded, load_network
from explorer.models.vit import load
from explorer.records import Preprocessing, Weights

ZERO_ONE = ((0.0,), (1.0,))  # pixels as they are
MNIST = ((0.1307,), (0.3081,))
TINY = "test_vit"  # timm's own, for tests: 6 layers of width 64


def random_state(name: str = TINY, **options: Any) -> dict[str, torch.Tensor]:
    """Values as after training: no tensor is constant."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = timm.create_model(name, **options)
        return {k: v + 0.02 * torch.randn_like(v) for k, v in network.state_dict().items()}


@pytest.fixture(scope="module")
def tiny() -> dict[str, torch.Tensor]:
    return random_state()


def saved(path: Path, state: dict[str, torch.Tensor], **metadata: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in state.items()}, path, metadata=metadata or None)
    return path


def outputs(network: torch.nn.Module, loaded: Loaded) -> torch.Tensor:
    height, width = loaded.preprocessing.input_size
    picture = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return network(picture)


# Local checkpoints


@pytest.mark.parametrize(
    ("file", "normalisation"),
    [
        ("timm_vit_cifar10.safetensors", ZERO_ONE),
        ("timm_vit_cifar10.pth", ZERO_ONE),
        ("timm_vit_mnist3.safetensors", MNIST),
    ],
)
def test_trained_checkpoints(
    shared: Callable[[str], Path], file: str, normalisation: tuple[Any, Any]
) -> None:
    """Trained models open by their path alone and classify as they did where they were trained."""
    path = shared(f"data/weights/{file}")
    vit = load(Weights("", file=path, normalisation=normalisation), device="cpu")
    references = json.loads(shared("data/weights/reference_outputs.json").read_text())[path.stem]
    pictures = [read_picture(shared(f"data/{reference['file']}")) for reference in references]
    found = torch.from_numpy(vit.predict(pictures))
    expected = torch.tensor([reference["probabilities"] for reference in references])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)
    assert found.argmax(dim=1).tolist() == [reference["top1"] for reference in references]
    assert "4 heads, the usual number" in vit.info.source


def test_attention_wider_than_the_tokens(shared: Callable[[str], Path]) -> None:
    """A model whose heads are together wider than its tokens still reads its digits."""
    path = shared("data/weights/timm_keys_vit_mnist10_headdim64.safetensors")
    vit = load(Weights("", file=path, normalisation=MNIST), device="cpu")
    rows = shared("data/digits/single_labels.csv").read_text().splitlines()[1:201:5]
    names, digits = zip(*(row.split(",")[:2] for row in rows), strict=True)
    pictures = [read_picture(shared(f"data/digits/single/{name}")) for name in names]
    found = vit.predict(pictures).argmax(axis=1)
    assert (found == [int(digit) for digit in digits]).mean() > 0.9


@pytest.mark.parametrize(
    "file",
    [
        "vit_cifar10_postnorm_original.pth",
        "vit_cifar10_prenorm_original.pth",
        "vit_mnist3_original.pt",
        "vit_mnist10_headdim64_original.pt",
        "vit_371_parameters_original.pt",
        "digit_captioner_vit_encoder_decoder_original.pth",
    ],
)
def test_foreign_checkpoints(shared: Callable[[str], Path], file: str) -> None:
    """Other layouts are refused, with some of the tensors that have foreign names."""
    with pytest.raises(ExplorerError, match=r"not named as timm .* and \d+ more") as caught:
        load_network(Weights("", file=shared(f"data/weights/{file}")))
    assert caught.value.message.startswith(f"{file} cannot be opened: its tensors")


def test_named_architecture(tmp_path: Path) -> None:
    """A checkpoint with a named architecture keeps its own classes and picture size."""
    state = random_state(num_classes=37, img_size=96)
    loaded = load_network(Weights(TINY, file=saved(tmp_path / "pets.safetensors", state)))
    twin = timm.create_model(TINY, num_classes=37, img_size=96).eval()
    twin.load_state_dict(state)
    torch.testing.assert_close(outputs(loaded.network, loaded), outputs(twin, loaded))
    assert loaded.preprocessing.input_size == (96, 96)
    assert loaded.labels is not None
    assert loaded.labels[:3] == ("Abyssinian", "american bulldog", "american pit bull terrier")
    assert loaded.name == "pets"
    assert f"as {TINY}, normalised as timm does for it" in loaded.source


def test_training_checkpoint(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """What timm's training script saves opens without a word, by the architecture it notes."""
    path = tmp_path / "last.pth.tar"
    content = {"epoch": 1, "arch": TINY, "state_dict": tiny, "state_dict_ema": tiny}
    torch.save(content, path)
    loaded = load_network(Weights("", file=path))
    assert f"(its “state_dict_ema”), as {TINY}" in loaded.source
    assert examine(path).heads is None


def test_arguments_of_training(tmp_path: Path) -> None:
    """So do the arguments that it was given, noted beside the weights; empty ones say nothing."""
    state = random_state(num_classes=3, reg_tokens=2)
    args = Namespace(
        model=TINY,
        model_kwargs={"reg_tokens": 2},
        mean=[0.1, 0.2, 0.3],
        std=[0.4, 0.5, 0.6],
        crop_pct=None,
        interpolation="",
        img_size=None,
    )
    path = tmp_path / "last.pth.tar"
    torch.save({"epoch": 1, "arch": TINY, "state_dict": state, "args": args}, path)
    loaded = load_network(Weights("", file=path))
    usual = load_network(Weights(TINY, random=True)).preprocessing
    assert loaded.preprocessing == replace(usual, mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))
    assert f"as {TINY}, normalised as last.pth.tar says" in loaded.source
    assert torch.equal(loaded.network.reg_token, state["reg_token"])


def test_random_networks_in_other_sizes() -> None:
    """A random network has the sizes it is asked for; what timm does not know is said."""
    small = Weights(TINY, random=True, image_size=(64, 64), arguments=(("depth", 2),))
    loaded = load_network(small)
    network = loaded.network
    assert "depth = 2" in loaded.source
    assert (len(network.blocks), network.patch_embed.grid_size) == (2, (4, 4))
    with pytest.raises(ExplorerError, match="dept") as raised:
        load_network(replace(small, arguments=(("dept", 2),)))
    assert "arguments" in raised.value.hint


def test_half_precision(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """Half-precision checkpoints become float32, and nothing asks for gradients."""
    halves = {name: tensor.bfloat16() for name, tensor in tiny.items()}
    loaded = load_network(Weights("", file=saved(tmp_path / "half.safetensors", halves)))
    parameters = list(loaded.network.parameters())
    assert {parameter.dtype for parameter in parameters} == {torch.float32}
    assert not any(parameter.requires_grad for parameter in parameters)
    assert not loaded.network.training


def test_file_may_change_afterwards(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """A checkpoint that is overwritten or cut while its model is in use does it no harm."""
    path = saved(tmp_path / "last.safetensors", tiny)
    loaded = load_network(Weights("", file=path))
    before = outputs(loaded.network, loaded)
    with path.open("r+b") as file:
        file.truncate(100)
    torch.testing.assert_close(outputs(loaded.network, loaded), before, rtol=0, atol=0)


# What a checkpoint says about itself

CONFIG = {
    "architecture": "test_vit",
    "num_classes": 3,
    "pretrained_cfg": {
        "mean": [0.1, 0.2, 0.3],
        "std": [0.4, 0.5, 0.6],
        "crop_mode": "border",
        "crop_pct": 0.8,
        "interpolation": "bilinear",
    },
    "label_names": ["n1", "n2", "n3"],
    "label_descriptions": {"n1": "cat", "n2": "dog", "n3": "bird"},
}
SAID = Preprocessing(
    (64, 64), (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), "pad", crop_fraction=0.8, interpolation="bilinear"
)


@pytest.mark.parametrize("beside", ["config.json", "mine.json"])
def test_config_beside_the_file(tmp_path: Path, beside: str) -> None:
    """A config in timm's layout beside the file gives preprocessing and names of classes."""
    (tmp_path / beside).write_text(json.dumps(CONFIG))
    state = random_state(num_classes=3, img_size=64)
    loaded = load_network(Weights("", file=saved(tmp_path / "mine.safetensors", state)))
    assert loaded.preprocessing == SAID
    assert loaded.labels == ("cat", "dog", "bird")
    assert f"normalised as {beside} says" in loaded.source


def test_metadata(tmp_path: Path) -> None:
    """So does the metadata of a safetensors file."""
    config = {**CONFIG["pretrained_cfg"], "labels": ["cat", "dog", "bird"]}
    metadata = {name: json.dumps(value) for name, value in config.items()}
    state = random_state(num_classes=3, img_size=64)
    path = saved(tmp_path / "mine.safetensors", state, **metadata)
    loaded = load_network(Weights("", file=path))
    assert loaded.preprocessing == SAID
    assert loaded.labels == ("cat", "dog", "bird")


def test_heads_beside_the_file(tmp_path: Path) -> None:
    """A config that gives the number of heads leaves nothing to ask."""
    state = VisionTransformer(
        img_size=32, patch_size=8, embed_dim=64, depth=2, num_heads=4
    ).state_dict()
    path = saved(tmp_path / "mine.safetensors", state)
    assert examine(path).heads == (4, (1, 2, 4, 8, 16))
    (tmp_path / "mine.json").write_text('{"model_args": {"num_heads": 8}}')
    assert examine(path).heads is None
    loaded = load_network(Weights("", file=path))
    assert loaded.network.blocks[0].attn.num_heads == 8
    assert "Assumed: mean and standard deviation 0.5; the usual names of 1,000" in loaded.source


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[1, 2]",
        '{"mean": "grey", "label_names": [1, 2]}',
        '{"mean": [], "id2label": {}}',
        '{"mean": [NaN, 0.5, 0.5], "std": [1e400, 1, 1]}',
        '{"mean": [1' + "0" * 400 + "]}",
        '{"a":' * 100_000,
        '{"input_size": [3, NaN, 160], "crop_pct": NaN}',
        '{"crop_mode": ["center"], "interpolation": {}}',
        '{"id2label": {"²": "cat", "' + "1" * 5000 + '": "dog"}}',
    ],
    ids=range(10),
)
def test_strange_configs(tmp_path: Path, tiny: dict[str, torch.Tensor], text: str) -> None:
    """What cannot be understood counts as not said."""
    (tmp_path / "config.json").write_text(text)
    loaded = load_network(Weights("", file=saved(tmp_path / "mine.safetensors", tiny)))
    assert loaded.preprocessing.mean == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    "argument",
    [
        *({"num_heads": heads} for heads in ("twelve", [2], -2, 0, True)),
        {"norm_layer": "foo"},
        {"patch_size": 0},
        {"global_pool": ""},
        *({name: "it"} for name in ("name", "tensors", "image_size", "architecture")),
    ],
    ids=str,
)
@pytest.mark.parametrize("architecture", ["", TINY])
def test_strange_arguments(
    tmp_path: Path, tiny: dict[str, torch.Tensor], argument: dict[str, Any], architecture: str
) -> None:
    """Arguments of a config that make no sense are left aside, which is told."""
    config = {"architecture": architecture, "model_args": {**argument, "features_only": True}}
    (tmp_path / "mine.json").write_text(json.dumps(config))
    loaded = load_network(Weights("", file=saved(tmp_path / "mine.safetensors", tiny)))
    assert f"without “{next(iter(argument))}” of mine.json" in loaded.source
    assert "features_only" not in loaded.source


@pytest.mark.parametrize("argument", [{"depth": 7}, {"embed_dim": 128}], ids=str)
def test_config_of_another_model(
    tmp_path: Path, tiny: dict[str, torch.Tensor], argument: dict[str, int]
) -> None:
    """Sizes that the tensors contradict are refused before a network is built."""
    config = {"architecture": TINY, "model_args": argument}
    (tmp_path / "mine.json").write_text(json.dumps(config))
    with pytest.raises(ExplorerError, match=r"mine\.json says (depth 7|embed_dim 128), but"):
        load_network(Weights("", file=saved(tmp_path / "mine.safetensors", tiny)))


def test_config_of_a_folder(tmp_path: Path) -> None:
    """Among several checkpoints, `config.json` speaks for the usual name or the same classes."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    three, five = (random_state(num_classes=classes, img_size=64) for classes in (3, 5))
    files = {"model": five, "cats": three, "mine": five}
    paths_of = {name: saved(tmp_path / f"{name}.safetensors", files[name]) for name in files}
    means = {
        name: load_network(Weights("", file=path)).preprocessing.mean
        for name, path in paths_of.items()
    }
    assert means == {"model": SAID.mean, "cats": SAID.mean, "mine": (0.5, 0.5, 0.5)}


def test_tensors_beside_the_model(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """What was left out of a file is told."""
    state = {f"model.{name}": tensor for name, tensor in tiny.items()}
    path = saved(tmp_path / "a.safetensors", {**state, "criterion.weight": torch.ones(3)})
    assert "without 1 tensor beside the model" in load_network(Weights("", file=path)).source


def test_given_normalisation_wins(tmp_path: Path) -> None:
    """What a person gives goes before what a file says; one value stands for all channels."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    path = saved(tmp_path / "a.safetensors", random_state(num_classes=3, img_size=64))
    loaded = load_network(Weights("", file=path, normalisation=ZERO_ONE))
    assert (loaded.preprocessing.mean, loaded.preprocessing.std) == ((0.0,) * 3, (1.0,) * 3)


def test_normalisation_that_cannot_be(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """A standard deviation of zero is refused."""
    path = saved(tmp_path / "a.safetensors", tiny)
    with pytest.raises(ExplorerError, match="larger than 0"):
        load_network(Weights("", file=path, normalisation=((0.5,), (0.0,))))


def test_labels_of_another_count(tmp_path: Path) -> None:
    """Names that are more or fewer than the classes are not used."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    path = saved(tmp_path / "a.safetensors", random_state(num_classes=5, img_size=64))
    assert load_network(Weights("", file=path)).labels is None


def test_files_named_like_all_others(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """A file called “model” is named with its folder."""
    path = saved(tmp_path / "cats/model.safetensors", tiny)
    assert load_network(Weights("", file=path)).name == "cats/model"


# What does not fit


def test_another_depth_and_width(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """A model of another size is told by that, not by all its tensors."""
    path = saved(tmp_path / "a.safetensors", tiny)
    sentence = "it has 6 layers of width 64, not 12 of width 192"
    with pytest.raises(ExplorerError, match=rf"^a\.safetensors does not fit .*: {sentence}"):
        load_network(Weights("vit_tiny_patch16_224", file=path))


def test_problem_of_a_folder(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """A dialog hears the same sentence as a notebook, about the file in the folder."""
    saved(tmp_path / "model.safetensors", tiny)
    (tmp_path / "config.json").write_text('{"architecture": "vit_tiny_patch16_224"}')
    problem = examine(tmp_path).problem
    assert problem is not None
    with pytest.raises(ExplorerError) as caught:
        load_network(Weights("", file=tmp_path))
    assert problem.message == caught.value.message
    assert problem.message.startswith("model.safetensors does not fit")


def test_what_cannot_be_adapted(tmp_path: Path) -> None:
    """Where timm trips over what is missing, that is said, not its stumbling."""
    path = saved(tmp_path / "a.safetensors", random_state("vit_tiny_patch16_224"))
    with pytest.raises(ExplorerError, match=r"lacks 3 tensors .*: dist_token, head_dist"):
        load_network(Weights("deit_tiny_distilled_patch16_224", file=path))


def test_patches_of_another_size(tmp_path: Path) -> None:
    """That a named architecture cuts other patches is told."""
    path = saved(tmp_path / "a.safetensors", random_state(patch_size=8, img_size=80))
    loaded = load_network(Weights(TINY, file=path))
    told = "8 × 8 pixels stored, resampled to 16 × 16, as timm does"
    assert dict(loaded.details)["Patches"] == told


def test_missing_tensors(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """Missing tensors are counted, and the first ones named."""
    state = {name: tensor for name, tensor in tiny.items() if ".norm1." not in name}
    path = saved(tmp_path / "a.safetensors", state)
    with pytest.raises(ExplorerError, match=r"lacks 12 tensors .*norm1\.weight.* and 8 more"):
        load_network(Weights(TINY, file=path))


def test_unknown_tensors(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """Tensors that the network does not know are not silently left out."""
    path = saved(tmp_path / "a.safetensors", {**tiny, "adapter.weight": torch.ones(3)})
    with pytest.raises(ExplorerError, match=r"1 tensor that .* does not know: adapter\.weight"):
        load_network(Weights(TINY, file=path))


def test_other_shapes(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """A shape that differs is named, with both shapes."""
    state = {**tiny, "blocks.0.norm1.weight": torch.ones(100)}
    path = saved(tmp_path / "a.safetensors", state)
    with pytest.raises(ExplorerError, match=r"blocks\.0\.norm1\.weight is 100 instead of 64"):
        load_network(Weights(TINY, file=path))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_no_numbers(
    tmp_path: Path, tiny: dict[str, torch.Tensor], value: float
) -> None:
    """A checkpoint of a training that went wrong says so."""
    broken = tiny["blocks.3.mlp.fc1.weight"].clone()
    broken[5, 7] = value
    path = saved(tmp_path / "a.safetensors", {**tiny, "blocks.3.mlp.fc1.weight": broken})
    with pytest.raises(ExplorerError, match=r"in 1 tensor: blocks\.3\.mlp\.fc1\.weight"):
        load_network(Weights("", file=path))


ODD: dict[str, torch.Tensor] = {
    "blocks.0.attn.qkv.weight": torch.ones(192),
    "blocks.0.mlp.fc2.weight": torch.ones(64),
    "blocks.3000000.norm1.weight": torch.ones(64),
    "head.weight": torch.tensor(1.0),
    "patch_embed.proj.weight": torch.ones(64, 3, 0, 16),
    "pos_embed": torch.ones(1, 0, 64),
    "reg_token": torch.ones(64),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("architecture", ["", TINY])
def test_odd_tensors(
    tmp_path: Path, tiny: dict[str, torch.Tensor], name: str, architecture: str
) -> None:
    """Tensors of sizes that make no sense lead to a sentence, at once."""
    path = saved(tmp_path / "a.safetensors", {**tiny, name: ODD[name]})
    with pytest.raises(ExplorerError, match=r"^a\.safetensors (holds 1|cannot be opened: its) "):
        load_network(Weights(architecture, file=path))


def test_unforeseen_errors(
    tmp_path: Path, tiny: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody thought of is one sentence, too, and its cause is kept."""

    def fails(*_: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(opening, "recognise", fails)
    path = saved(tmp_path / "a.safetensors", tiny)
    with pytest.raises(ExplorerError, match="do not describe a vision transformer") as caught:
        load_network(Weights("", file=path))
    assert caught.value.hint
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_too_little_memory(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """Where torch cannot allocate, memory is named, not the architecture."""
    path = saved(tmp_path / "a.safetensors", tiny)
    with pytest.raises(ExplorerError, match="not enough memory"):
        load_network(Weights("", file=path, image_size=(1 << 24, 1 << 24)))


@pytest.mark.parametrize("dtype", [torch.int32, torch.bool])
def test_whole_numbers(tmp_path: Path, tiny: dict[str, torch.Tensor], dtype: torch.dtype) -> None:
    """Whole numbers become what the network computes with."""
    head = torch.eye(1000, 64).to(dtype)
    path = saved(tmp_path / "a.safetensors", {**tiny, "head.weight": head})
    network = load_network(Weights("", file=path)).network
    assert torch.equal(network.head.weight, torch.eye(1000, 64))


@pytest.mark.parametrize("heads", [-2, 3])
def test_heads_that_cannot_be(tmp_path: Path, tiny: dict[str, torch.Tensor], heads: int) -> None:
    """A number of heads that does not divide the width is refused."""
    path = saved(tmp_path / "a.safetensors", tiny)
    with pytest.raises(ExplorerError, match="heads do not divide"):
        load_network(Weights("", file=path, heads=heads))


def test_five_channels(tmp_path: Path) -> None:
    """No picture has five channels: it is said when the model is opened."""
    path = saved(tmp_path / "a.safetensors", random_state(in_chans=5))
    with pytest.raises(ExplorerError, match="pictures of 5 channels"):
        load_network(Weights("", file=path))


def test_checkpoint_of_a_resnet(tmp_path: Path) -> None:
    """A ResNet is no vision transformer, named or not."""
    path = saved(tmp_path / "r.safetensors", timm.create_model("test_resnet").state_dict())
    with pytest.raises(ExplorerError, match=r"convolutional network, such as a ResNet.*: bn1\."):
        load_network(Weights("", file=path))
    with pytest.raises(ExplorerError, match="lacks 80 tensors"):
        load_network(Weights(TINY, file=path))


def test_sizes_that_do_not_suit() -> None:
    """An input smaller than a patch has its sentence."""
    with pytest.raises(ExplorerError, match="smaller than one patch") as caught:
        load_network(Weights(TINY, random=True, image_size=(8, 64)))
    assert "16 × 16" in caught.value.hint


# Random values


def test_random_values() -> None:
    """Random values are the same each time, and leave other random numbers alone."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second = (load_network(Weights(TINY, random=True)) for _ in range(2))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(outputs(first.network, first), outputs(second.network, second))
    assert "Random" in first.source
    assert first.labels is not None
    assert first.labels[281] == "tabby"
    assert first.preprocessing == Preprocessing(
        (160, 160), (0.5,) * 3, (0.5,) * 3, "crop", crop_fraction=0.95
    )


# Pretrained weights


@pytest.mark.filterwarnings("ignore:.*non-tuple sequence:UserWarning")  # in timm's resampling
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("vit_tiny_patch16_224", None),
        ("vit_tiny_patch16_224", (96, 160)),
        ("deit_tiny_distilled_patch16_224", (160, 96)),
        ("deit3_small_patch16_224", (96, 160)),
        ("vit_small_patch14_reg4_dinov2", (140, 98)),
        ("beit_base_patch16_224", (96, 160)),
        ("eva02_tiny_patch14_224", (98, 140)),
        ("vit_relpos_small_patch16_224", (96, 160)),
        ("vit_base_patch16_siglip_gap_224", (96, 160)),
        ("vit_small_patch16_rope_mixed_224", (96, 160)),
        ("vit_tiny_r_s16_p8_224", (96, 160)),
        ("flexivit_small", (96, 160)),
    ],
)
def test_pretrained_as_timm(name: str, size: tuple[int, int] | None) -> None:
    """Every family is filled, and resampled to another size, exactly as timm does it."""
    source = name.replace("_gap", "")  # SigLIP's pooled twin is made from its weights
    path = saved(paths.weights() / f"{name}.safetensors", random_state(source, depth=2))
    options = {"img_size": size} if size else {}
    overlay = {"file": str(path)}
    with pytest.MonkeyPatch.context() as patch:
        shallow = timm.create_model
        patch.setattr(timm, "create_model", lambda *a, **o: shallow(*a, **{"depth": 2, **o}))
        loaded = load_network(Weights(name, image_size=size), may_download=False)
        twin = timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay, **options)
    assert loaded.preprocessing.input_size == (size or (224, 224))
    torch.testing.assert_close(
        outputs(loaded.network, loaded), outputs(twin.eval(), loaded), rtol=0, atol=0
    )


def test_weights_that_are_not_here() -> None:
    """Without leave to download, the missing weights are named, with their size."""
    with pytest.raises(WeightsMissing, match=r"vit_base_patch16_384\.augreg.* not on") as caught:
        load_network(Weights("vit_base_patch16_384"), may_download=False)
    assert "about 347 MB" in caught.value.hint


def test_weights_that_nobody_has() -> None:
    """An architecture without weights on the hub says so."""
    with pytest.raises(ExplorerError, match="no published weights of vit_huge_patch14_gap"):
        load_network(Weights("vit_huge_patch14_gap_224.in1k_ijepa"))


def test_download(hub, tiny: dict[str, torch.Tensor]) -> None:
    """Missing weights come from the hub, once, and lie where they can be found by name."""
    name = f"{TINY}.r160_in1k"
    hub.put(name, save(tiny))
    told: list[str] = []
    first = load_network(Weights(TINY), progress=lambda text, _: told.append(text))
    second = load_network(Weights(TINY), may_download=False)
    assert len(hub.ranges) == 1
    assert torch.equal(outputs(first.network, first), outputs(second.network, second))
    assert any(text.startswith(f"Downloading {name}") for text in told)
    assert told[-1] == f"Loading {name}"
    assert [path.name for path in paths.weights().iterdir()] == [f"{name}.safetensors"]
    assert first.source == f"timm's pretrained weights “{name}”, from {name}.safetensors."


def test_download_of_the_older_format(hub, tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """Where a repository has no safetensors, its pickle is fetched, and opened with care."""
    name = f"{TINY}.r160_in1k"
    torch.save(tiny, tmp_path / "a.bin")
    hub.put(name, (tmp_path / "a.bin").read_bytes(), "pytorch_model.bin")
    loaded = load_network(Weights(TINY))
    assert loaded.network.num_classes == 1000
    assert [path.name for path in paths.weights().iterdir()] == [f"{name}.bin"]


def test_broken_file_among_the_weights() -> None:
    """A broken file in the folder of weights can be fetched anew: the hint says how."""
    path = paths.weights() / f"{TINY}.r160_in1k.safetensors"
    path.parent.mkdir(parents=True)
    path.write_bytes(save(random_state())[:5000])
    with pytest.raises(ExplorerError, match="is cut short") as caught:
        load_network(Weights(TINY), may_download=False)
    assert caught.value.hint.startswith(f"Delete {path}")


def test_cancel(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    """Loading that nobody waits for any more is not done."""
    with pytest.raises(Cancelled):
        load_network(Weights(TINY, random=True), should_stop=lambda: True)
    path = saved(tmp_path / "a.safetensors", tiny)
    with pytest.raises(Cancelled):
        load_network(Weights("", file=path), should_stop=lambda: True)
