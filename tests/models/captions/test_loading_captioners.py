"""Captioners come from local files or by name; what is wrong with them is said in a sentence."""

import io
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import explorer
from explorer import paths
from explorer.errors import Cancelled, ExplorerError, WeightsMissing
from explorer.models.captions.loading import load_captioner
from explorer.records import CaptionerWeights

from ..conftest import Hub

Shared = Callable[[str], Path]
Tensors = dict[str, torch.Tensor]
RELEASE = "/saahiluppal/catr/releases/download/0.2/weight493084032.pth"
BERT = "google-bert/bert-base-uncased"


@pytest.fixture
def tensors(tiny_file: Path) -> Tensors:
    return load_file(tiny_file)


@pytest.fixture
def spoken(tensors: Tensors) -> Tensors:
    """The tiny one with room for all of BERT's tokens."""
    chance = torch.Generator().manual_seed(0)
    head = {"0": (8, 64), "1": (8, 8), "2": (30522, 8)}
    for layer, shape in head.items():
        tensors[f"mlp.layers.{layer}.weight"] = torch.randn(shape, generator=chance)
        tensors[f"mlp.layers.{layer}.bias"] = torch.randn(shape[0], generator=chance)
    words = torch.randn(30522, 64, generator=chance)
    tensors["transformer.embeddings.word_embeddings.weight"] = words.half()
    return tensors


@pytest.fixture
def bert(shared: Shared) -> Path:
    return shared("data/vocab/bert-base-uncased-vocab.txt")


@pytest.fixture
def published(hub: Hub, spoken: Tensors, bert: Path) -> Hub:
    """A server that has a captioner as CATR was released, and BERT's vocabulary."""
    content = io.BytesIO()
    optimizer = {"state": {}, "param_groups": [{"lr": 1e-5, "params": [0, 1]}]}
    torch.save({"model": spoken, "optimizer": optimizer, "epoch": 29}, content)
    hub.files[RELEASE] = content.getvalue()
    hub.put(BERT, bert.read_bytes(), "vocab.txt")
    return hub


def load(file: Path, **options: object):
    wanted = CaptionerWeights(file=file, **{"heads": 4, **options})
    return load_captioner(wanted, "cpu", may_download=False)


def refused(file: Path, **options: object) -> str:
    with pytest.raises(ExplorerError) as error:
        load(file, **options)
    return str(error.value)


def test_what_is_said_of_it(captioner):
    """What the tensors told and what had to be assumed is in words."""
    info = captioner.info
    assert (info.layers, info.heads, info.vocabulary, info.longest) == (2, 4, 1000, 127)
    assert "ResNet-18, 2 encoder and 2 decoder layers of width 64" in info.source
    assert dict(info.details)["Heads"] == "4, as was asked for"
    assert info.device == "CPU"


def test_full_size_is_recognised(full):
    """Without being told anything, CATR's own size is what its configuration says."""
    assert (full.layers, full.heads, full.tokens, full.positions) == (6, 8, 30522, 128)
    assert "ResNet-101, 6 encoder and 6 decoder layers of width 256" in full.source
    assert dict(full.details)["Dilation"].startswith("in the last stage")


def test_from_name_to_caption(published: Hub):
    """Weights and words are fetched once; then neither needs the network."""
    captioner = explorer.load_captioner(device="cpu")
    assert captioner.info.name == "catr-v3"
    files = {f.relative_to(paths.weights()).as_posix() for f in paths.weights().rglob("*.*")}
    assert files == {"catr-v3.pth", f"{BERT}/vocab.txt"}
    fetched = len(published.requests)
    again = load_captioner(CaptionerWeights(), "cpu", may_download=False)
    assert len(published.requests) == fetched
    pixels = torch.rand(3, 60, 80, generator=torch.Generator().manual_seed(1))
    captions = [each.describe(pixels=pixels, max_tokens=6) for each in (captioner, again)]
    assert captions[0].tokens == captions[1].tokens
    assert captions[0].text


def test_a_sentence_goes_on(published: Hub):
    """What somebody types begins the caption; its words may be of several pieces."""
    captioner = explorer.load_captioner(device="cpu")
    pixels = torch.zeros(3, 60, 80)
    caption = captioner.describe(pixels=pixels, given="A skateboarder's umbrella", max_tokens=9)
    assert caption.text.startswith("a skateboarder's umbrella")
    word = caption.words[1]
    assert word.text == "skateboarder"
    assert word.pieces == ("skate", "##board", "##er")
    places = [caption.heatmap(1, piece=piece) for piece in range(3)]
    torch.testing.assert_close(caption.heatmap(1), sum(places) / 3, check_dtype=False)
    with pytest.raises(ExplorerError, match="cannot spell “☃”"):
        captioner.describe(pixels=pixels, given="a ☃")


def test_nothing_is_fetched_unasked(published: Hub):
    """Where a download is not allowed, what is missing is named; first weights, then words."""
    with pytest.raises(WeightsMissing, match="weights of catr-v3 are not on this machine"):
        load_captioner(CaptionerWeights(), "cpu", may_download=False)
    assert not published.requests
    explorer.load_captioner(device="cpu")
    (paths.weights() / BERT / "vocab.txt").unlink()
    with pytest.raises(WeightsMissing, match="vocabulary of CATR is not on this machine"):
        load_captioner(CaptionerWeights(), "cpu", may_download=False)


def test_a_published_file_that_is_none(published: Hub, tensors: Tensors):
    """A download that turns out to be another network is told with the way out."""
    paths.weights().mkdir(parents=True)
    save_file({"patch_embed.proj.weight": torch.zeros(2, 3, 4, 4)}, _here("catr-v3.safetensors"))
    with pytest.raises(ExplorerError, match="not a captioner") as error:
        explorer.load_captioner(device="cpu")
    assert "it is downloaded anew" in error.value.hint


def _here(name: str) -> Path:
    return paths.weights() / name


def test_stopped(published: Hub):
    """Who does not want it any more gets no error."""
    with pytest.raises(Cancelled):
        load_captioner(CaptionerWeights(), "cpu", should_stop=lambda: True)


def test_no_such_name():
    """The names that there are, are listed."""
    with pytest.raises(ExplorerError, match="no captioner called “blob”") as error:
        explorer.load_captioner("blob")
    assert "“catr-v1”" in error.value.hint


def test_vocabularies(tiny_file: Path, tiny_vocabulary: Path, bert: Path, tmp_path: Path):
    """One of another size, one that is no text, and none at all each get their sentence."""
    wrong = refused(tiny_file, vocabulary=bert)
    assert "holds 30,522 tokens; this captioner has 1,000" in wrong
    assert "needs its own vocabulary, of 1,000 tokens" in refused(tiny_file)
    binary = tmp_path / "vocab.bin"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "it is not text" in refused(tiny_file, vocabulary=binary)
    assert "cannot be read" in refused(tiny_file, vocabulary=tmp_path / "gone.txt")
    other = tmp_path / "other.txt"
    other.write_text("\n".join(map(str, range(1000))), "utf-8")
    assert "has no token [CLS]" in refused(tiny_file, vocabulary=other)
    with other.open("wb") as file:
        file.truncate(40_000_000)
    assert "is far too large" in refused(tiny_file, vocabulary=other)


def test_vocabulary_beside_the_checkpoint(tiny_file: Path, tiny_vocabulary: Path, tmp_path: Path):
    """A list that lies beside a checkpoint belongs to it."""
    (tmp_path / "own.safetensors").write_bytes(tiny_file.read_bytes())
    (tmp_path / "vocab.txt").write_bytes(tiny_vocabulary.read_bytes())
    assert load(tmp_path / "own.safetensors").info.name == "own"


def test_other_networks(shared: Shared):
    """A vision transformer is called one; a captioner that nobody knows is not guessed at."""
    weights = shared("data/weights")
    vit = refused(weights / "timm_vit_cifar10.pth")
    assert "a vision transformer, not a captioner" in vit
    unknown = refused(weights / "digit_captioner_vit_encoder_decoder_original.pth")
    assert "no captioner that is known here" in unknown


class _Malicious:
    def __reduce__(self):
        return print, ("code ran",)


def test_broken_and_malicious_files(tiny_file: Path, tmp_path: Path, capsys):
    """A file cut short, a pickle with code in it, and a missing one are refused in words."""
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(tiny_file.read_bytes()[:100_000])
    assert "cut short" in refused(cut)
    evil = tmp_path / "evil.pth"
    evil.write_bytes(pickle.dumps({"model": _Malicious()}))
    assert "was refused" in refused(evil)
    assert "code ran" not in capsys.readouterr().out
    assert "There is no file" in refused(tmp_path / "gone.pth")


def _changed(tensors: Tensors, place: Path, **changes: torch.Tensor | None) -> Path:
    changed = {**tensors, **changes}
    file = place / "changed.safetensors"
    save_file({name: tensor for name, tensor in changed.items() if tensor is not None}, file)
    return file


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"transformer.encoder.norm.weight": None}, "post-norm"),
        ({"transformer.decoder.layers.1.norm3.bias": None}, "lacks 1 tensor"),
        ({"backbone.1.row_embed.weight": torch.zeros(50, 32)}, "does not know"),
        ({"input_proj.bias": torch.zeros(7)}, "input_proj.bias is 7 instead of 64"),
        ({"mlp.layers.0.weight": torch.zeros(0)}, "shapes that CATR's"),
        ({"transformer.embeddings.word_embeddings.weight": torch.zeros(5)}, "shapes that CATR's"),
        ({"backbone.0.body.layer1.0.conv2.weight": torch.zeros(())}, "shapes that CATR's"),
        ({"input_proj.bias": torch.full((64,), torch.nan)}, "not numbers"),
    ],
)
def test_a_catr_that_is_none(tensors: Tensors, tmp_path: Path, changes: Tensors, sentence: str):
    """What is missing, unknown, or of another shape is named."""
    with pytest.raises(ExplorerError, match=sentence):
        load(_changed(tensors, tmp_path, **changes))


def test_what_tensors_cannot_say(tiny_file: Path):
    """Numbers of heads that do not divide the width, and dilation where it cannot be."""
    assert "Attention of width 64 cannot have 7 heads" in refused(tiny_file, heads=7)
    assert "cannot have 0 heads" in refused(tiny_file, heads=0)
    assert "cannot be dilated" in refused(tiny_file, dilation=True)
