"""What lasts between starts, and what a damaged settings file can do: nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from explorer.paths import settings_file
from explorer.records import CaptionerWeights, Weights, WordQuery, Writing
from explorer.window.settings import RECENT, Settings
from explorer.window.state import Captioning, Options, Overlay, Second, State

WEIGHTS = Weights(
    "vit_tiny_patch16_224",
    file=Path("/somewhere/weights & more.pth"),
    heads=4,
    image_size=(240, 320),
    normalisation=((0.5, 0.4, 0.3), (0.2, 0.2, 0.2)),
    interpolation="bilinear",
    resampling="corners",
    pre_logits="before norm",
)
CAPTIONER = CaptionerWeights(
    file=Path("/somewhere/own & others.pth"),
    vocabulary=Path("/somewhere/words.txt"),
    heads=4,
    dilation=False,
)


def saved_again() -> Settings:
    """The settings as the next start reads them."""
    return Settings()


def remember(**changes: object) -> None:
    settings = Settings()
    settings.remember(State(), State(**changes))
    settings._file.sync()


def test_state_comes_back(tmp_path):
    """Folder, picture, model, options and overlay are there again."""
    picture = tmp_path / "a picture.png"
    picture.touch()
    changes = {
        "folder": tmp_path,
        "path": picture,
        "include_subfolders": True,
        "wanted": WEIGHTS,
        "options": Options("cpu", "bfloat16", "pad"),
        "overlay": Overlay(False, 0.25, "viridis", False, True),
    }
    remember(**changes)
    restored = saved_again().restore()
    assert {name: getattr(restored, name) for name in changes} == changes


def test_second_model_is_not_opened_again(tmp_path):
    """A start begins with one model: comparing is begun anew."""
    remember(second=Second(WEIGHTS), shows_difference=True)
    restored = saved_again().restore()
    assert (restored.second, restored.shows_difference) == (None, False)


def test_older_settings_are_understood():
    """What was saved before the newest questions were asked still opens, with their defaults."""
    settings = Settings()
    old = '{"name": "a", "file": null, "random": false, "heads": 4, "image_size": null, '
    settings._file.setValue("model", old + '"normalisation": null}')
    settings._file.sync()
    assert saved_again().restore().wanted == Weights("a", heads=4)


def test_nothing_saved():
    """The first start begins with the defaults."""
    restored = Settings().restore()
    assert (restored.folder, restored.wanted, restored.options) == (None, State().wanted, Options())


def test_what_is_gone_is_not_opened(tmp_path):
    """A folder or picture that is no longer there is left aside."""
    remember(folder=tmp_path / "gone", path=tmp_path / "gone" / "a.png")
    assert saved_again().restore().folder is None
    remember(folder=tmp_path, path=tmp_path / "a.png")
    restored = saved_again().restore()
    assert (restored.folder, restored.path) == (tmp_path, None)


@pytest.mark.parametrize("key", ["place", "model", "options", "overlay", "theme"])
@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "no JSON",
        "{}",
        "[]",
        "null",
        "3",
        '{"folder": 3, "path": [], "include_subfolders": {}}',
        '{"name": "", "file": null, "random": 0, "heads": null}',
        '{"name": "a", "file": null, "random": 0, "heads": Infinity}',
        '{"name": "a", "file": null, "random": 0, "heads": 1, "image_size": [1, 2, 3]}',
        '{"name": "a", "file": null, "random": 0, "heads": 1, "image_size": null, '
        '"normalisation": null, "resampling": "by hand"}',
        '{"device": "abacus", "precision": "float32", "framing": null}',
        '{"visible": 1, "opacity": "much", "colormap": "inferno"}',
    ],
)
def test_foreign_values_do_no_harm(key, foreign):
    """Whatever stands in the file, the program starts with something sensible."""
    settings = Settings()
    settings._file.setValue(key, foreign)
    settings._file.sync()
    restored = saved_again().restore()
    assert restored.wanted == State().wanted
    assert restored.options == Options()
    assert saved_again().theme == "system"


def test_file_that_is_no_settings_file():
    """Bytes of another kind count as nothing saved."""
    settings_file().write_bytes(bytes(range(256)) * 10)
    assert Settings().restore().wanted == State().wanted
    assert all(part.isEmpty() for part in Settings().layout())


def test_opacity_stays_within_bounds():
    """A number outside 0..1 becomes the nearest one inside."""
    remember(overlay=Overlay(opacity=7.0))
    assert saved_again().restore().overlay.opacity == 1.0


def test_theme_comes_back():
    settings = Settings()
    settings.theme = "dark"
    settings._file.sync()
    assert saved_again().theme == "dark"


def test_recent_folders(tmp_path):
    """The latest stands first, each once, and not too many."""
    settings = Settings()
    for number in [*range(15), 3]:
        settings.add_recent_folder(tmp_path / str(number))
    recent = settings.recent_folders
    assert recent[:2] == (tmp_path / "3", tmp_path / "14")
    assert len(recent) == len(set(recent)) == RECENT


def test_recent_checkpoints_keep_their_answers():
    """A checkpoint opens again with what was answered about it; the latest answer counts."""
    settings = Settings()
    settings.add_recent_checkpoint(Weights("", file=WEIGHTS.file, heads=2))
    settings.add_recent_checkpoint(WEIGHTS)
    assert settings.recent_checkpoints == (WEIGHTS,)


def test_recent_captioners_stand_among_models():
    """Both kinds of checkpoints come back as what they are, the latest first."""
    settings = Settings()
    settings.add_recent_checkpoint(WEIGHTS)
    settings.add_recent_checkpoint(CAPTIONER)
    assert settings.recent_checkpoints == (CAPTIONER, WEIGHTS)


def test_captioner_comes_back():
    """The captioner that was open is wanted again, and written and looked at as it was."""
    writing = Writing(beams=3, length_penalty=0.8, max_tokens=20)
    words = WordQuery((4, 5), layer="mean", head=2, row="stands", by_piece=True, with_ends=True)
    remember(captioning=Captioning(CAPTIONER), writing=writing, words=words)
    restored = saved_again().restore()
    assert restored.captioning.wanted == CAPTIONER
    assert restored.captioning.captioner is None
    assert restored.writing == writing
    assert restored.words == replace(words, places=())  # they are of a caption that is gone


def test_closed_captioner_is_not_opened_again():
    """A start after that begins with no captioner."""
    settings = Settings()
    opened = State(captioning=Captioning(CAPTIONER))
    settings.remember(State(), opened)
    settings.remember(opened, State())
    settings._file.sync()
    assert saved_again().restore().captioning is None


def test_words_that_are_clicked_are_not_written():
    """Only the look of maps lasts: who walks through words writes no file at each."""
    settings = Settings()
    settings.remember(State(), State(words=WordQuery((3,))))
    assert not settings._file.contains("words")


@pytest.mark.parametrize(
    ("key", "foreign"),
    [
        ("captioner", "no JSON"),
        ("captioner", "{}"),
        ("captioner", "[3]"),
        ("captioner", '{"name": "", "file": null, "vocabulary": null, "heads": null}'),
        ("captioner", '{"name": "a", "file": 3, "vocabulary": null, "heads": "many"}'),
        ("writing", "{}"),
        ("writing", '{"beams": 0, "length_penalty": 1, "temperature": null, "seed": 0}'),
        (
            "writing",
            '{"beams": 0, "length_penalty": 1, "temperature": null, "seed": 0, "max_tokens": null}',
        ),
        (
            "writing",
            '{"beams": 3, "length_penalty": 1, "temperature": 2, "seed": 0, "max_tokens": null}',
        ),
        (
            "writing",
            '{"beams": 1, "length_penalty": 1, "temperature": -1, "seed": 0, "max_tokens": null}',
        ),
        ("words", "{}"),
        (
            "words",
            '{"layer": "sum", "head": 0, "row": "chose", "by_piece": 0, "with_ends": 0}',
        ),
        (
            "words",
            '{"layer": 0, "head": 0, "row": "lies", "by_piece": 0, "with_ends": 0}',
        ),
        (
            "words",
            '{"layer": Infinity, "head": 0, "row": "chose", "by_piece": 0, "with_ends": 0}',
        ),
    ],
)
def test_foreign_captions_do_no_harm(key, foreign):
    """What makes no sense of captioners is left aside."""
    settings = Settings()
    settings._file.setValue(key, foreign)
    settings._file.sync()
    restored = saved_again().restore()
    assert restored.captioning is None
    assert (restored.writing, restored.words) == (Writing(), WordQuery())
