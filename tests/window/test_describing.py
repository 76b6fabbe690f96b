"""Captions: when they are written, what is computed for them, and what becomes of the words."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest

from explorer.errors import WeightsMissing
from explorer.records import Caption, CaptionerWeights, Query, WordQuery, Writing
from explorer.window.state import Captioning, Options, State

CATR = CaptionerWeights("catr-v3")
OTHER = CaptionerWeights("other")


def told(store) -> Captioning:
    captioning = store.state.captioning
    assert captioning is not None
    return captioning


def caption(store) -> Caption | None:
    """The shown picture's, once nothing is written any more."""
    captioning = store.state.captioning
    if captioning is None or captioning.is_writing:
        return None
    return captioning.caption


@pytest.fixture
def described(controller, store, wishes, pictures, qtbot) -> Callable[[int], Caption]:
    """Shows a picture until its caption is there; opens a model and a captioner where none is."""

    def describe(number: int) -> Caption:
        if store.state.model is None:
            controller.start()
        if store.state.captioning is None:
            wishes.captioner_chosen.emit(CATR)
        wishes.picture_chosen.emit(pictures[number], ())
        qtbot.waitUntil(lambda: store.state.path == pictures[number])
        qtbot.waitUntil(
            lambda: store.state.picture and store.state.picture.path == store.state.path
        )
        qtbot.waitUntil(lambda: caption(store) is not None)
        return caption(store)

    return describe


# The captioner


def test_captioner_is_told_at_once(controller, store, wishes, captioners, qtbot):
    """From the wish on the window knows which is coming, then what it is; nothing is fetched."""
    wishes.captioner_chosen.emit(CATR)
    assert told(store).wanted == CATR
    assert told(store).captioner is None
    qtbot.waitUntil(lambda: told(store).captioner is not None)
    assert told(store).captioner == captioners.captioner.info
    assert captioners.loaded == [(CATR, "auto", False)]


def test_captioner_of_the_last_time_is_loaded(controller, store, captioners, qtbot):
    """What the state wants at the start comes after the model."""
    store.update(captioning=Captioning(OTHER))
    controller.start()
    qtbot.waitUntil(lambda: told(store).captioner is not None)
    assert store.state.model is not None
    assert captioners.loaded == [(OTHER, "auto", False)]


def test_first_picture_comes_before_the_captioner(
    controller, store, wishes, shelf, captioners, pictures, qtbot
):
    """At a start nothing is loaded for captions until the picture's map is there."""
    store.update(captioning=Captioning(CATR), path=pictures[0])
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    shelf.vit.may_go.clear()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(shelf.vit.entered.is_set)
    assert not captioners.loading.is_set()
    shelf.vit.may_go.set()
    qtbot.waitUntil(lambda: caption(store) is not None)
    assert store.state.trace is not None


def test_captioner_comes_where_no_model_can_be_had(controller, store, shelf, captioners, qtbot):
    """Captions need no model: missing weights of one are no reason to wait."""
    shelf.missing.add(store.state.wanted.name)
    store.update(captioning=Captioning(CATR))
    controller.start()
    qtbot.waitUntil(lambda: told(store).captioner is not None)
    assert store.state.model_problem is not None


def test_pictures_are_looked_at_while_a_captioner_is_loaded(
    controller, store, wishes, captioners, pictures, qtbot
):
    """Whoever chooses a picture does not wait for a captioner that is on its way."""
    controller.start()
    captioners.load_may_go.clear()
    wishes.captioner_chosen.emit(CATR)
    qtbot.waitUntil(captioners.loading.is_set)
    for number in (0, 1):
        wishes.picture_chosen.emit(pictures[number], ())
        qtbot.waitUntil(lambda: store.state.trace is not None)
        assert store.state.path == pictures[number]
    assert told(store).captioner is None
    captioners.load_may_go.set()
    qtbot.waitUntil(lambda: caption(store) is not None)


def test_missing_captioner_is_fetched_when_wished(controller, store, wishes, captioners, qtbot):
    """Missing weights are said; a download shows its progress, and its end is a captioner."""
    captioners.missing.add("catr-v3")
    wishes.captioner_chosen.emit(CATR)
    qtbot.waitUntil(lambda: isinstance(told(store).problem, WeightsMissing))
    wishes.captioner_download_wished.emit()
    qtbot.waitUntil(lambda: store.state.activity is not None and store.state.activity.done == 0.25)
    assert store.state.activity.cancellable
    captioners.download_may_go.set()
    qtbot.waitUntil(lambda: told(store).captioner is not None)
    assert told(store).problem is None
    qtbot.waitUntil(lambda: store.state.activity is None)


def test_pictures_are_looked_at_while_a_captioner_is_fetched(
    controller, store, wishes, captioners, pictures, qtbot
):
    """A download has a thread of its own."""
    captioners.missing.add("catr-v3")
    controller.start()
    wishes.captioner_chosen.emit(CATR)
    qtbot.waitUntil(lambda: told(store).problem is not None)
    wishes.captioner_download_wished.emit()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: store.state.trace is not None)
    captioners.download_may_go.set()
    qtbot.waitUntil(lambda: caption(store) is not None)


@pytest.mark.parametrize("reason", ["cancelled", "broken"])
def test_download_that_ends_early_is_offered_again(
    controller, store, wishes, captioners, qtbot, reason
):
    """Cancelled or broken off: the window offers it as before, and it can be had."""
    captioners.missing.add("catr-v3")
    captioners.broken_line = reason == "broken"
    wishes.captioner_chosen.emit(CATR)
    qtbot.waitUntil(lambda: told(store).problem is not None)
    wishes.captioner_download_wished.emit()
    if reason == "cancelled":
        qtbot.waitUntil(lambda: store.state.activity and store.state.activity.done == 0.25)
        wishes.cancel_wished.emit()
        assert store.state.activity is None
    qtbot.waitUntil(lambda: isinstance(told(store).problem, WeightsMissing))
    captioners.broken_line = False
    captioners.download_may_go.set()
    wishes.captioner_download_wished.emit()
    qtbot.waitUntil(lambda: told(store).captioner is not None)


def test_cancelled_captioner_closes(controller, store, wishes, captioners, qtbot):
    """Whoever cancels the first captioner is where they were; the model is not touched."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    captioners.load_may_go.clear()
    wishes.captioner_chosen.emit(CATR)
    qtbot.waitUntil(lambda: store.state.activity is not None)
    wishes.cancel_wished.emit()
    assert store.state.captioning is None
    assert store.state.model_problem is None
    captioners.load_may_go.set()
    wishes.captioner_chosen.emit(CATR)
    qtbot.waitUntil(lambda: told(store).captioner is not None)


def test_cancelled_captioner_is_no_model(controller, store, wishes, captioners, qtbot):
    """A cancelled captioner says nothing of a model that is still to come."""
    captioners.missing.add("catr-v3")
    wishes.captioner_chosen.emit(CATR)
    qtbot.waitUntil(lambda: told(store).problem is not None)
    wishes.captioner_download_wished.emit()
    qtbot.waitUntil(lambda: store.state.activity is not None)
    wishes.cancel_wished.emit()
    assert store.state.model_problem is None


def test_captioner_in_use_outlives_a_bad_one(
    described, controller, store, wishes, captioners, qtbot
):
    """A captioner that cannot be had is said, and the caption of the last one is there again."""
    first = described(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(captioners, "bring", lambda *_: 1 / 0)
        wishes.captioner_chosen.emit(OTHER)
        assert told(store).caption is None
        qtbot.waitUntil(lambda: bool(controller.problems))
    assert told(store).wanted == CATR
    assert told(store).problem is None
    assert caption(store) is first


def test_closed_captioner_leaves_nothing(described, controller, store, wishes, captioners, qtbot):
    """Its caption and its words go; what comes back later is written anew."""
    described(0)
    wishes.words_chosen.emit(WordQuery(places=(1,)))
    wishes.captioner_closed.emit()
    assert store.state.captioning is None
    assert store.state.words.places == ()
    assert len(controller._captions._written) == 0
    old = captioners.captioner
    described(0)
    assert captioners.captioner is not old
    assert captioners.captioner.looked == ["a"]


def test_memory_of_a_closed_captioner_is_free(described, wishes, captioners, qtbot):
    """Nothing keeps it: neither its place, nor the work that it did."""
    described(0)
    gone = weakref.ref(captioners.captioner)
    captioners.change()
    wishes.captioner_closed.emit()
    qtbot.waitUntil(lambda: gc.collect() >= 0 and gone() is None)


def test_late_caption_of_the_last_captioner(
    described, controller, store, wishes, captioners, qtbot
):
    """What it still wrote when another one was chosen is not shown as that one's, nor goes on."""
    described(0)
    last = captioners.captioner
    last.may_go.clear()
    last.entered.clear()
    wishes.beginning_chosen.emit("two cats")
    qtbot.waitUntil(last.entered.is_set)
    captioners.load_may_go.clear()
    is_caption = {"check_params_cb": lambda kind: kind == "caption"}
    with qtbot.waitSignal(controller._computer.ended, **is_caption):
        wishes.captioner_chosen.emit(OTHER)
        last.may_go.set()
    assert told(store).captioner is None
    assert told(store).caption is None
    captioners.load_may_go.set()
    qtbot.waitUntil(lambda: caption(store) is not None)
    assert captioners.captioner.asked == [("a", Writing(), ())]


def test_another_captioner_describes_anew(described, store, wishes, captioners, qtbot):
    """Its caption takes the place of the last one; of the words' look stays what it has."""
    first = described(0)
    wishes.words_chosen.emit(WordQuery(places=(2,), layer=2, head=3, row="stands"))
    captioners.change(layers=2, heads=4)
    wishes.captioner_chosen.emit(OTHER)
    qtbot.waitUntil(lambda: caption(store) not in (None, first))
    assert store.state.words == WordQuery(places=(), layer=-1, head=3, row="stands")
    assert told(store).captioner.name == "other"


def test_device_loads_the_captioner_anew(described, store, wishes, captioners, qtbot):
    """Another device reaches it; precision and framing are none of its business."""
    described(0)
    wishes.options_chosen.emit(Options(precision="bfloat16", framing="crop"))
    wishes.options_chosen.emit(Options(device="cpu"))
    qtbot.waitUntil(lambda: len(captioners.loaded) == 2)
    assert captioners.loaded[1] == (CATR, "cpu", False)
    qtbot.waitUntil(lambda: captioners.captioner.looked == ["a"])


def test_impossible_device_leaves_the_captioner(
    controller, described, store, wishes, captioners, qtbot
):
    """Where the device is not there, model and captioner go on with the last one."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    first = described(0)
    wishes.options_chosen.emit(Options(device="mps"))
    qtbot.waitUntil(lambda: "mps" in "".join(controller.problems))
    qtbot.waitUntil(lambda: controller._computer._running is None)
    assert store.state.options == Options()
    assert caption(store) is first


# Its captions


def test_caption_comes_after_the_trace(controller, store, wishes, pictures, qtbot):
    """By itself, for every picture, and never before what the window shows first."""
    states: list[State] = []
    store.changed.connect(lambda old, new: states.append(new))
    controller.start()
    wishes.captioner_chosen.emit(CATR)
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: caption(store) is not None)
    with_caption = [state for state in states if state.captioning and state.captioning.caption]
    assert all(state.trace is not None for state in with_caption)
    assert told(store).written_in is not None


def test_caption_waits_for_a_model_that_is_loaded(
    controller, store, wishes, shelf, captioners, pictures, qtbot
):
    """A captioner that is there before the model lets it look first."""
    shelf.load_may_go.clear()
    controller.start()
    wishes.captioner_chosen.emit(CATR)
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: told(store).captioner is not None)
    qtbot.waitUntil(lambda: store.state.picture is not None)
    with pytest.raises(qtbot.TimeoutError):
        qtbot.waitUntil(captioners.captioner.entered.is_set, timeout=100)
    shelf.load_may_go.set()
    qtbot.waitUntil(captioners.captioner.entered.is_set)
    assert store.state.trace is not None
    qtbot.waitUntil(lambda: caption(store) is not None)


def test_caption_never_stands_under_another_picture(described, store, wishes, pictures, qtbot):
    """From the very change that shows a picture, the last one's caption is gone."""
    owners: dict[int, str] = {}
    states: list[State] = []
    store.changed.connect(lambda old, new: states.append(new))
    for number in (0, 1, 0, 2):
        described(number)
    for state in states:
        if state.captioning and state.captioning.caption and state.picture:
            name = state.picture.path.stem
            assert owners.setdefault(id(state.captioning.caption), name) == name
    assert len(owners) == 3


def test_known_caption_is_there_at_once(described, store, wishes, captioners, pictures):
    """A picture that was described is so in the very call that chooses it."""
    first = described(0)
    described(1)
    wishes.picture_chosen.emit(pictures[0], ())
    assert caption(store) is first
    assert told(store).written_in is None
    assert captioners.captioner.looked == ["a", "b"]


def test_edited_picture_is_described_anew(described, store, wishes, captioners, pictures, qtbot):
    """A caption of the file as it was is none of the file as it is."""
    first = described(0)
    described(1)
    PIL.Image.new("RGB", (200, 100)).save(pictures[0])
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: captioners.captioner.looked == ["a", "b", "a"])
    qtbot.waitUntil(lambda: caption(store) not in (None, first))


def test_of_quick_choices_only_the_last_is_described(
    described, store, wishes, captioners, pictures, qtbot
):
    """Writing ends between two words as soon as another picture is chosen."""
    described(0)
    fake = captioners.captioner
    fake.may_go.clear()
    fake.entered.clear()
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(fake.entered.is_set)
    assert told(store).is_writing
    for number in (2, 3, 4):
        wishes.picture_chosen.emit(pictures[number], ())
    qtbot.waitUntil(lambda: told(store).is_writing and store.state.picture.path == pictures[4])
    fake.may_go.set()
    qtbot.waitUntil(lambda: caption(store) is not None)
    assert [picture for picture, *_ in fake.asked] == ["a", "b", "e"]


def test_beginning_costs_words_only(described, store, wishes, captioners, qtbot):
    """The picture is looked at once, for a sentence, tokens and another way of writing."""
    first = described(0)
    wishes.beginning_chosen.emit(" two cats ")
    assert caption(store) is None  # being written
    assert told(store).caption is first
    qtbot.waitUntil(lambda: caption(store) is not None)
    assert caption(store).text.startswith("two cats holding")
    wishes.beginning_chosen.emit((7, 8))
    qtbot.waitUntil(lambda: caption(store) is not None and caption(store).tokens[1:3] == (7, 8))
    wishes.writing_chosen.emit(Writing(beams=3))
    qtbot.waitUntil(lambda: len(captioners.captioner.asked) == 4 and caption(store) is not None)
    assert captioners.captioner.asked[-1] == ("a", Writing(beams=3), (7, 8))
    assert captioners.captioner.looked == ["a"]
    wishes.writing_chosen.emit(Writing())
    wishes.beginning_chosen.emit(())
    assert caption(store) is first


def test_beginning_belongs_to_its_picture(described, store, wishes, captioners, qtbot):
    """The next picture's caption is all the captioner's own."""
    described(0)
    wishes.beginning_chosen.emit("two cats")
    qtbot.waitUntil(lambda: caption(store) is not None)
    described(1)
    assert captioners.captioner.asked[-1] == ("b", Writing(), ())


def test_impossible_beginning_leaves_the_caption(
    described, controller, store, wishes, captioners, qtbot
):
    """A word that cannot be spelled is said; what comes next does not begin with it."""
    first = described(0)
    wishes.beginning_chosen.emit("xyzzy")
    qtbot.waitUntil(lambda: "xyzzy" in "".join(controller.problems))
    assert caption(store) is first
    assert told(store).caption_problem is None
    wishes.writing_chosen.emit(Writing(seed=1))
    qtbot.waitUntil(lambda: caption(store) not in (None, first))
    assert captioners.captioner.asked[-1] == ("a", Writing(seed=1), ())


def test_impossible_writing_is_taken_back(described, controller, store, wishes):
    """What makes no sense is said, and wished no more."""
    first = described(0)
    wishes.writing_chosen.emit(Writing(temperature=-1.0))
    assert "temperature" in "".join(controller.problems)
    assert store.state.writing == Writing()
    assert caption(store) is first


def test_longer_captions_than_the_captioner_has(described, store, wishes, captioners, qtbot):
    """Whoever wanted 100 words of another captioner gets as many as this one has."""
    wishes.writing_chosen.emit(Writing(max_tokens=100))
    described(0)
    assert captioners.captioner.asked == [("a", Writing(max_tokens=None), ())]
    assert store.state.writing.max_tokens == 100


def test_unsuitable_picture_says_why(described, controller, store, wishes, pictures, qtbot):
    """A picture of 1 × 10,000 pixels has no caption but a reason; the next one has its own."""
    PIL.Image.new("RGB", (10_000, 1)).save(pictures[1])
    described(0)
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: told(store).caption_problem is not None)
    assert "too narrow" in told(store).caption_problem.message
    assert caption(store) is None
    described(2)
    assert told(store).caption_problem is None


def test_long_caption_can_be_cancelled(
    described, store, wishes, captioners, pictures, qtbot, monkeypatch
):
    """One that takes its time says so; cancelled, the last caption stays, or a reason is told."""
    monkeypatch.setattr("explorer.window.captioner_work.PATIENCE", 0.0)
    first = described(0)
    fake = captioners.captioner
    fake.may_go.clear()
    wishes.beginning_chosen.emit("two cats")
    qtbot.waitUntil(lambda: store.state.activity is not None)
    assert store.state.activity.cancellable
    wishes.cancel_wished.emit()
    assert caption(store) is first
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: store.state.activity is not None)
    wishes.cancel_wished.emit()
    assert "cancelled" in told(store).caption_problem.message
    fake.may_go.set()
    wishes.beginning_chosen.emit(())
    qtbot.waitUntil(lambda: caption(store) is not None)
    assert told(store).caption_problem is None


def test_captioner_that_moved_is_said(described, controller, store, captioners, qtbot):
    """CUDA out of memory: it goes on on the CPU, and the window says so."""
    described(0)
    fake = captioners.captioner
    fake.info = replace(fake.info, device="CPU (the GPU's memory was full)")
    with qtbot.waitSignal(controller.told):
        described(1)
    assert told(store).captioner.device.startswith("CPU (")


def test_captions_are_bounded(described, controller):
    """However many pictures are described, their captions stay within their bytes."""
    captions = controller._captions._written
    captions.limit = described(0).nbytes * 2 + 1
    for number in (1, 2, 3, 4):
        described(number)
    assert captions.nbytes <= captions.limit
    assert len(captions) == 2


# Words


def test_strip_is_saved(described, controller, wishes, pictures, tmp_path, qtbot):
    """Beside the window's work; it answers where the file lies, or why there is none."""
    described(0)
    file, elsewhere = tmp_path / "strip.png", tmp_path / "none" / "strip.png"
    with qtbot.waitSignal(controller.told) as answer:
        wishes.strip_wished.emit(file)
        assert not file.exists()  # nobody waited for it
    assert answer.args == [f"The strip is saved as {file}."]
    with PIL.Image.open(file) as figure:
        assert figure.width > 300
    with qtbot.waitSignal(controller.problem) as problem:
        wishes.strip_wished.emit(elsewhere)
    assert f"{elsewhere} cannot be written" in str(problem.args[0])


def test_words_are_left_with_their_picture(described, store, wishes):
    """Another picture has other words; what layer and row are shown stays."""
    described(0)
    wishes.words_chosen.emit(WordQuery(places=(1, 2), layer=0, row="stands"))
    wishes.word_hovered.emit(3)
    described(1)
    assert store.state.words == WordQuery(layer=0, row="stands")
    assert store.state.hovered_word is None


def test_continued_caption_keeps_its_words(described, store, wishes, qtbot):
    """Places that the new caption has, too, are still asked for."""
    described(0)
    wishes.words_chosen.emit(WordQuery(places=(1, 11)))
    wishes.writing_chosen.emit(Writing(max_tokens=4))
    qtbot.waitUntil(lambda: caption(store) is not None)
    assert len(caption(store).words) == 4
    assert store.state.words.places == (1,)


def test_words_fit_the_captioner(described, store, wishes):
    """A layer or head that it has not becomes the default."""
    described(0)
    wishes.words_chosen.emit(WordQuery(places=(1,), layer=7, head=4))
    assert store.state.words == WordQuery(places=(1,))
    wishes.words_chosen.emit(WordQuery(places=(1,), layer="mean", head="maximum"))
    assert store.state.words == WordQuery(places=(1,), layer="mean", head="maximum")


def test_asking_the_model_leaves_the_words(described, store, wishes):
    """A query is what the overlay shows from then on; no patch is hovered under a word's map."""
    described(0)
    wishes.patch_hovered.emit((1, 2))
    wishes.words_chosen.emit(WordQuery(places=(1,), row="stands"))
    assert store.state.hovered is None
    wishes.query_chosen.emit(Query(token=(2, 3)))
    assert store.state.words == WordQuery(row="stands")


# A real captioner


@pytest.fixture
def tiny_catr(shared: Callable[[str], Path], tmp_path: Path) -> CaptionerWeights:
    """CATR in small, with the words that it has."""
    lines = shared("data/vocab/bert-base-uncased-vocab.txt").read_text("utf-8").split("\n")
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join([*lines[:1000], ""]), "utf-8")
    return CaptionerWeights(
        file=shared("golden/catr/tiny.safetensors"), vocabulary=vocabulary, heads=4
    )


def test_real_captioner(qtbot, store, wishes, shelf, shared, tiny_catr, tmp_path):
    """Loaded, it describes a picture, goes on from a beginning, and refuses a thread of pixels."""
    from explorer.models.captions.loading import load_captioner
    from explorer.window.controller import Controller

    controller = Controller(store, wishes, shelf.load, load_captioner)
    try:
        controller.start()
        wishes.writing_chosen.emit(Writing(max_tokens=6))
        wishes.captioner_chosen.emit(tiny_catr)
        wishes.picture_chosen.emit(shared("golden/images/coffee.png"), ())
        qtbot.waitUntil(lambda: caption(store) is not None, timeout=30_000)
        first = caption(store)
        assert told(store).captioner.layers == first.maps.shape[1]
        assert first.frame.picture_size == store.state.picture.size
        wishes.beginning_chosen.emit(first.tokens[2:4])
        qtbot.waitUntil(lambda: caption(store) not in (None, first), timeout=30_000)
        assert caption(store).tokens[1:3] == first.tokens[2:4]
        assert caption(store).given == 2
        thread = tmp_path / "thread.png"
        PIL.Image.new("RGB", (1, 10_000)).save(thread)
        wishes.picture_chosen.emit(thread, ())
        qtbot.waitUntil(lambda: told(store).caption_problem is not None, timeout=30_000)
        assert told(store).caption_problem.hint
    finally:
        controller.close()
