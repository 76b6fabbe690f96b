"""The list of models holds what can be explored, and only that."""

import json
from pathlib import Path

import pytest
import timm
import timm.models
import torch

from explorer import paths
from explorer.errors import ExplorerError
from explorer.models.attention import listen
from explorer.models.published import catalog
from explorer.models.published.known import known_models

DEEP_AS_IT_IS = "sapiens2"  # its layers are each described, so they cannot be fewer


def heard_shapes(name: str) -> tuple[torch.nn.Module, list[tuple[int, int]]]:
    """Queries and keys of each attention call in a forward pass that computes nothing."""
    shallow = {} if DEEP_AS_IT_IS in name else {"depth": 2}
    with torch.device("meta"):
        network = timm.create_model(name, **shallow).eval()
        picture = torch.empty(1, *network.pretrained_cfg["input_size"])
    shapes = []
    with torch.no_grad(), listen(lambda call: shapes.append((call.q.shape[-2], call.k.shape[-2]))):
        network(picture)
    return network, shapes


def test_every_listed_architecture_uses_the_seam() -> None:
    """In every block, every token attends to every token, by one call; then a pooling head may."""
    for name in catalog.architectures():
        network, shapes = heard_shapes(name)
        rows, columns = network.patch_embed.dynamic_feat_size(network.patch_embed.img_size)
        tokens = network.num_prefix_tokens + rows * columns
        blocks = len(network.blocks)
        assert shapes[:blocks] == [(tokens, tokens)] * blocks, name
        assert [queries for queries, _ in shapes[blocks:]] in ([], [1]), name


def test_list() -> None:
    """The list names the default model with its tag, and has each name once."""
    names = catalog.vit_names()
    assert "vit_base_patch16_384.augreg_in21k_ft_in1k" in names
    assert len(set(names)) == len(names) > 300
    families = ("deit_", "beit_", "eva02_", "vit_relpos_", "vit_small_r26_", "deit3_")
    assert all(any(name.startswith(family) for name in names) for family in families)
    assert not any("swin" in name or "18x2" in name for name in names)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("swin_tiny_patch4_window7_224", "small windows"),
        ("samvit_base_patch16", "small windows"),
        ("maxvit_tiny_tf_224", "convolutional"),
        ("cait_s24_224", "mixes its heads"),
        ("volo_d1_224", "without queries and keys"),
        ("mvitv2_tiny", "fewer tokens"),
        ("xcit_nano_12_p8_224", "between channels"),
        ("naflexvit_base_patch16_gap", "fixed grid"),
        ("vit_small_patch16_18x2_224", "side by side"),
        ("resnet50", "no plain vision transformer"),
    ],
)
def test_models_that_do_not_fit(name: str, reason: str) -> None:
    """A model that cannot be explored is refused with its reason and a next step."""
    with pytest.raises(ExplorerError, match=f"^{name} cannot be explored: .*{reason}") as caught:
        catalog.full_name(name)
    assert caught.value.hint


def test_reasons_are_of_families_that_timm_has() -> None:
    """No reason is given for a family that timm has renamed or dropped."""
    assert set(catalog._REASONS) <= set(timm.models.list_modules())
    assert set(catalog.MODULES) <= set(timm.models.list_modules())


def test_unknown_names() -> None:
    """A mistyped name is answered with those it may have meant; a wrong tag with the right ones."""
    with pytest.raises(ExplorerError, match="no model called") as caught:
        catalog.full_name("vit_base_patch16_38")
    assert "vit_base_patch16_384" in caught.value.hint
    with pytest.raises(ExplorerError, match="no model called") as caught:
        catalog.full_name("ĉu?")
    assert "list of models" in caught.value.hint
    with pytest.raises(ExplorerError, match="no pretrained weights “foo”") as caught:
        catalog.full_name("vit_base_patch16_384.foo")
    assert "augreg_in1k" in caught.value.hint


def test_full_names() -> None:
    """A bare name means its default weights; a name that timm gave up means its successor."""
    assert catalog.full_name("vit_base_patch16_384") == "vit_base_patch16_384.augreg_in21k_ft_in1k"
    assert catalog.full_name("vit_base_patch16_224_in21k") == "vit_base_patch16_224.augreg_in21k"
    assert catalog.full_name("vit_base_patch16_384.augreg_in1k").endswith(".augreg_in1k")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("b_16_ImageNet1k", "B_16_imagenet1k"),
        ("ViT_base_patch16_384.augreg_in1k", "vit_base_patch16_384.augreg_in1k"),
        ("hf_hub:timm/vit_base_patch16_384.augreg_in1k", "vit_base_patch16_384.augreg_in1k"),
        ("https://huggingface.co/google/vit-base-patch16-384/", "google/vit-base-patch16-384"),
        (" facebook/DINOv2-small ", "facebook/dinov2-small"),
    ],
)
def test_names_as_people_write_them(written: str, meant: str) -> None:
    """The hub's addresses and any case are understood."""
    assert catalog.full_name(written) == meant


def test_known_models(shared) -> None:
    """All names of PyTorch-Pretrained-ViT are known, with the facts of its own source."""
    source = json.loads(shared("golden/vit-lukemelas/architectures.json").read_text())
    known = {name: catalog.known(name) for name in source}
    for name, facts in source.items():
        network = timm.models.get_pretrained_cfg(known[name].architecture)
        assert known[name].url == facts["released_checkpoint_url_in_source"]
        assert list(known[name].input_size) == facts["image_size"] == list(network.input_size[1:])
        assert known[name].classes == facts["num_classes"]
        assert [known[name].epsilon] == facts["layer_norm_eps"]
    parameters = {name: catalog.parameters(name) for name in ("B_16", "L_32_imagenet1k")}
    assert parameters == {name: source[name]["n_params"] for name in parameters}


def test_known_models_of_the_hub() -> None:
    """Each is timm's network of the same input size, explorable, and has an address."""
    of_the_hub = [known for known in known_models().values() if known.library == "Hugging Face"]
    assert len(of_the_hub) > 30
    for known in of_the_hub:
        catalog.check(known.architecture)
        timms = timm.models.get_pretrained_cfg(known.architecture)
        assert timms.input_size[1:] == known.input_size, known.name
        assert known.repository == known.name
        assert known.name in catalog.vit_names()


def test_near_names_of_other_libraries() -> None:
    """A mistyped name of another library is answered with those it may have meant, too."""
    for wrong, meant in (("B16_imagenet1k", "B_16_imagenet1k"), ("google/vit-base", "google/vit-")):
        with pytest.raises(ExplorerError, match="no model called") as caught:
            catalog.full_name(wrong)
        assert meant in caught.value.hint


@pytest.mark.parametrize(
    "place",
    [
        "vit_base_patch16_384.augreg_in21k_ft_in1k.safetensors",
        "vit_base_patch16_384.augreg_in21k_ft_in1k/model.safetensors",
        "vit_base_patch16_384.safetensors",
        "vit_base_patch16_384/pytorch_model.bin",
    ],
)
def test_weights_put_there_by_hand(place: str) -> None:
    """A file in the folder of weights is found under the model's name, in either layout."""
    assert not catalog.is_here("vit_base_patch16_384")
    file: Path = paths.weights() / place
    file.parent.mkdir(parents=True)
    file.write_bytes(b"12345")
    entry = catalog.describe("vit_base_patch16_384")
    assert catalog.is_here("vit_base_patch16_384")
    assert (entry.file, entry.belongings, entry.size) == (file, (file,), 5)
    assert (entry.input_size, entry.classes) == ((384, 384), 1000)
    assert not catalog.is_here("vit_base_patch16_384.augreg_in1k")


def test_parameters() -> None:
    """A model's size is known without building it in memory."""
    assert catalog.parameters("vit_base_patch16_384") == 86_859_496
