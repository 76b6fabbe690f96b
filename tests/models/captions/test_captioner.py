"""A caption tells which part of the picture belongs to which word, correct to the step."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import explorer
from explorer.errors import Cancelled, ExplorerError
from explorer.images.reading import read_picture
from explorer.models.captions.captioner import Captioner
from explorer.models.captions.families.catr import input_size, place, prepare
from explorer.records import Picture

Shared = Callable[[str], Path]
MAPS = 2e-5


@pytest.mark.parametrize("picture", ["coffee", "astronaut"])
def test_golden_from_file_to_words(captioner: Captioner, shared: Shared, picture: str):
    """Tokens, logits and maps of a picture are those of CATR's own loop."""
    caption = captioner.describe(shared(f"golden/images/{picture}.png"), max_tokens=24)
    with np.load(shared(f"golden/catr/tiny_{picture}.npz")) as golden:
        assert caption.token_ids == tuple(golden["tokens"].tolist())
        np.testing.assert_allclose(caption.logits, golden["logits"], rtol=0, atol=1e-4)
        cross = golden["cross"].reshape(caption.attention.shape)
        np.testing.assert_allclose(caption.attention, cross, rtol=0, atol=MAPS)


def test_which_row_belongs_to_which_word(captioner: Captioner, shared: Shared, coffee: Path):
    """The map of a word is the one that chose it; off by one would show another word's."""
    caption = captioner.describe(coffee, max_tokens=24)
    with np.load(shared("golden/catr/tiny_coffee.npz")) as golden:
        cross = golden["cross"].reshape(24, 2, 4, *golden["grid_hw"])
    for number in (0, 5, 23):
        chose = caption.heatmap(number)
        np.testing.assert_allclose(chose, cross[number, -1].mean(0), rtol=0, atol=MAPS)
    for number in (0, 5, 22):
        stands = caption.heatmap(number, layer=0, head=2, row="stands")
        np.testing.assert_allclose(stands, cross[number + 1, 0, 2], rtol=0, atol=MAPS)
    assert np.abs(caption.heatmap(5) - caption.heatmap(5, row="stands")).max() > 0.05
    np.testing.assert_array_equal(caption.heatmap("begin", row="stands"), caption.heatmap(0))


def test_both_rows_come_from_one_pass(captioner: Captioner, coffee: Path):
    """Feeding the finished caption in again, as homework does, shows the same rows."""
    written = captioner.describe(coffee, max_tokens=10)
    read = captioner.describe(coffee, given=written.token_ids, max_tokens=10)
    assert read.tokens == written.tokens
    assert read.given == 10
    np.testing.assert_allclose(read.maps, written.maps, rtol=0, atol=MAPS)


def test_pixels_are_taken_as_they_are(captioner: Captioner, shared: Shared, coffee: Path):
    """Who prepares pictures himself gets the same caption, placed on the pixels."""
    with np.load(shared("golden/catr/tiny_coffee.npz")) as golden:
        pixels = golden["input"]
    ours = captioner.describe(pixels=pixels, max_tokens=6)
    assert ours.tokens == captioner.describe(coffee, max_tokens=6).tokens
    assert ours.frame.picture_size == (299, 199)


def test_one_look_for_many_captions(
    captioner: Captioner, coffee: Path, monkeypatch: pytest.MonkeyPatch
):
    """A picture that was looked at is not encoded again."""
    seen = captioner.look(coffee)
    monkeypatch.setattr(captioner._network, "see", None)
    first = captioner.describe(seen, max_tokens=4)
    other = captioner.describe(seen, given=(*first.before(2), 55), max_tokens=4)
    assert other.token_ids[:3] == (*first.token_ids[:2], 55)


@pytest.mark.parametrize("step", ["see", "write"])
def test_full_gpu(tiny_file: Path, tiny_vocabulary: Path, coffee: Path, step: str):
    """CUDA out of memory while it looks or writes: the caption comes all the same, and says so."""
    captioner = explorer.load_captioner(
        weights=tiny_file, vocabulary=tiny_vocabulary, device="cpu", heads=4
    )
    expected = captioner.describe(coffee, max_tokens=3)
    does = getattr(captioner._network, step)
    failures = [torch.OutOfMemoryError("full")]

    def fail_once(*args, **named):
        if failures:
            raise failures.pop()
        return does(*args, **named)

    setattr(captioner._network, step, fail_once)
    seen = captioner.look(coffee)
    assert captioner.describe(seen, max_tokens=3).tokens == expected.tokens
    assert captioner.info.device == "CPU (the GPU's memory was full)"


def test_a_caption_that_never_ends(captioner: Captioner, coffee: Path):
    """It stops at the greatest length, and says so."""
    caption = captioner.describe(coffee)
    assert not caption.ended
    assert len(caption.token_ids) == captioner.info.longest == 127
    assert caption.maps.shape[0] == 128
    with pytest.raises(ExplorerError, match="stopped at its greatest length"):
        caption.heatmap("end")


def test_a_caption_that_ends(captioner: Captioner, coffee: Path):
    """Its end has maps of its own, and belongs to no word."""
    end = captioner.vocabulary.end
    caption = captioner.describe(coffee, given=(300, 301, end))
    assert caption.ended
    assert caption.token_ids == (300, 301)
    assert len(caption.words) == len(caption.logits) == len(caption.attention) == 2
    np.testing.assert_array_equal(caption.heatmap("end"), caption.heatmap(1, row="stands"))
    assert caption.heatmap("end", row="stands").shape == caption.heatmap(0).shape


def test_probabilities_are_the_chosen_ones(captioner: Captioner, coffee: Path):
    """A word is as likely as its alternatives say, and greedy decoding took the likeliest."""
    caption = captioner.describe(coffee, max_tokens=8)
    for number, word in enumerate(caption.words):
        best, *others = caption.alternatives(number, count=5)
        assert best.token == caption.token_ids[number]
        assert best.text == word.text
        assert best.probability == pytest.approx(word.probability, rel=1e-4)
        assert all(other.probability <= best.probability for other in others)


def test_sizes_are_cut_off_as_catr_does(shared: Shared):
    """Every size of CATR's own table, with its 298s; what would vanish is refused."""
    table = json.loads(shared("golden/catr/under_max_sizes.json").read_text())["table"]
    for (width, height), expected in table:
        if isinstance(expected, str):
            with pytest.raises(ExplorerError, match="too narrow"):
                input_size((width, height))
        else:
            assert input_size((width, height)) == tuple(expected)


@pytest.mark.parametrize("kind", ["rgb", "grey", "rgba"])
def test_pixels_are_resized_as_catr_does(shared: Shared, tmp_path: Path, kind: str):
    """Bicubic to the last bit; grey becomes three equal channels, alpha is dropped."""
    with np.load(shared("golden/catr/under_max_pixels.npz")) as golden:
        Image.fromarray(golden[f"{kind}_in"]).save(tmp_path / "noise.png")
        prepared = prepare(read_picture(tmp_path / "noise.png"))
        expected = golden["rgb_out"] if kind == "rgb" else golden[f"{kind}_out_checks"]
    pixels = np.rint((prepared.transpose(1, 2, 0) + 1) * 127.5).astype(np.uint8)
    if kind != "rgb":
        pixels = pixels[::20, ::20]
    np.testing.assert_array_equal(pixels, expected)


def test_a_thin_picture_is_refused(captioner: Captioner):
    """A strip of 1 × 10,000 pixels gets a sentence, not a crash."""
    strip = Picture(None, np.zeros((10_000, 1, 3), np.uint8), (1, 10_000))
    with pytest.raises(ExplorerError, match="too narrow for CATR"):
        captioner.describe(strip)


@pytest.mark.parametrize(("row", "column"), [(3, 4), (2, 6), (4, 5)])
def test_cells_lie_where_the_network_looks(captioner: Captioner, row: int, column: int):
    """What moves a cell's feature most lies within half a cell of where its map is painted."""
    pixels = torch.rand(1, 3, 199, 299, generator=torch.Generator().manual_seed(0)) * 2 - 1
    pixels.requires_grad_()
    network = captioner._network
    network.features(pixels)[0, :, row, column].square().sum().backward()
    weight = pixels.grad[0].square().sum(dim=0)
    middle_y = float((weight.sum(dim=1) * (torch.arange(199) + 0.5)).sum() / weight.sum())
    middle_x = float((weight.sum(dim=0) * (torch.arange(299) + 0.5)).sum() / weight.sum())
    frame = place(32)((299, 199), (299, 199), 7, 10)
    left, top, width, height = frame.patch_rect(row, column)
    assert abs(left + width / 2 - middle_x) < width / 2
    assert abs(top + height / 2 - middle_y) < height / 2


def test_cells_follow_the_resize(captioner: Captioner):
    """Cells are as far apart in the picture as the network's steps, scaled as the picture was."""
    frame = place(16)((550, 400), (298, 217), 14, 19)
    one, next_one = frame.patch_rect(3, 2), frame.patch_rect(4, 3)
    assert next_one[0] - one[0] == pytest.approx(16 * 550 / 298)
    assert next_one[1] - one[1] == pytest.approx(16 * 400 / 217)
    assert one[0] + one[2] / 2 == pytest.approx((2 * 16 + 0.5) * 550 / 298)
    assert one[1] + one[3] / 2 == pytest.approx((3 * 16 + 0.5) * 400 / 217)


def test_cells_cover_the_picture_and_no_more(captioner: Captioner):
    """All of it was seen: the outer cells end where it does, each pixel has its nearest cell."""
    frame = place(16)((550, 400), (298, 217), 14, 19)
    assert frame.patch_rect(0, 0)[:2] == (0, 0)
    left, top, width, height = frame.patch_rect(13, 18)
    assert (left + width, top + height) == (550, 400)
    assert frame.patch_at(0, 0) == (0, 0)
    assert frame.patch_at(549.9, 399.9) == (13, 18)
    x, y = np.arange(550) + 0.5, np.arange(400) + 0.5
    middles = (np.arange(19) * 16 + 0.5) * 550 / 298, (np.arange(14) * 16 + 0.5) * 400 / 217
    columns = np.abs(x[:, None] - middles[0]).argmin(axis=1)
    rows = np.abs(y[:, None] - middles[1]).argmin(axis=1)
    assert [frame.patch_at(place, 200) for place in x] == [(7, column) for column in columns]
    assert [frame.patch_at(300, place)[0] for place in y] == rows.tolist()
    for outside in ((-0.1, 5), (5, -0.1), (550, 5), (5, 400)):
        assert frame.patch_at(*outside) is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"max_tokens": 0}, "cannot be 0 tokens long"),
        ({"max_tokens": 128}, "cannot be 128 tokens long"),
        ({"given": [1000]}, "There is no token 1000"),
        ({"given": [102, 5]}, "Nothing can follow the end"),
        ({"given": [5] * 9, "max_tokens": 8}, "is 9 tokens long"),
        ({"given": 7}, "no beginning of a caption"),
        ({"beams": 0}, "cannot be 0 beams"),
        ({"pixels": np.zeros((1, 9, 9))}, "The pixels have shape"),
    ],
)
def test_arguments_that_make_no_sense(captioner: Captioner, options: dict, sentence: str):
    """They are refused in words, before anything is computed."""
    options = {"pixels": np.zeros((3, 40, 60), np.float32), **options}
    with pytest.raises(ExplorerError, match=sentence):
        captioner.describe(**options)


WRITINGS = pytest.mark.parametrize("how", [{}, {"beams": 3}, {"temperature": 1.0}])


@WRITINGS
def test_pixels_that_are_no_numbers(captioner: Captioner, how: dict):
    """No word is made up of them, however words are chosen."""
    pixels = np.full((3, 60, 60), np.nan, np.float32)
    with pytest.raises(ExplorerError, match="not numbers"):
        captioner.describe(pixels=pixels, **how)


@WRITINGS
def test_weights_that_overflow(
    tiny_file: Path, tiny_vocabulary: Path, coffee: Path, tmp_path: Path, how: dict
):
    """A training that went wrong may leave finite weights; they are told when they write."""
    tensors = load_file(tiny_file)
    tensors["mlp.layers.2.weight"] = tensors["mlp.layers.2.weight"].float() * 3e38
    save_file(tensors, tmp_path / "wrong.safetensors")
    wrong = explorer.load_captioner(
        weights=tmp_path / "wrong.safetensors", vocabulary=tiny_vocabulary, device="cpu", heads=4
    )
    with pytest.raises(ExplorerError, match="not numbers"):
        wrong.describe(coffee, **how)


@pytest.mark.parametrize("size", [(40, 10_000), (10_000, 40), (1, 1), (2, 300)])
def test_pictures_at_the_limit(captioner: Captioner, size: tuple[int, int]):
    """What keeps a pixel of its shorter side is described, and its cells cover it all."""
    caption = captioner.describe(np.zeros((size[1], size[0], 3), np.uint8), max_tokens=3)
    frame = caption.frame
    assert caption.heatmap(0).shape == (frame.rows, frame.columns)
    assert frame.seen == (0, 0, *size)
    y, x = frame.edges()
    assert (y[0], x[0], y[-1], x[-1]) == (0, 0, size[1], size[0])
    assert all(frame.patch_at(*place) for place in ((0, 0), (size[0] - 0.01, size[1] - 0.01)))


@WRITINGS
def test_cancelled_between_two_words(captioner: Captioner, coffee: Path, how: dict):
    """Who cancels waits for one word at most, and the captioner is as good as before."""
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    before = captioner.describe(coffee, max_tokens=4).tokens
    with pytest.raises(Cancelled):
        captioner.describe(coffee, should_stop=should_stop, **how)
    assert asked == 5
    assert captioner.describe(coffee, max_tokens=4).tokens == before


def test_nothing_to_describe(captioner: Captioner):
    """Without a picture there is a sentence; stopped at once, nothing is computed."""
    with pytest.raises(ExplorerError, match="nothing to describe"):
        captioner.describe()
    with pytest.raises(Cancelled):
        captioner.describe(pixels=np.zeros((3, 40, 60)), should_stop=lambda: True)
