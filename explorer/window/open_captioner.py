"""Keeps one captioner open: chosen, loaded, fetched, closed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from ..errors import ExplorerError, WeightsMissing
from ..records import CaptionerWeights
from .captioner_work import CaptionerInUse, LoadCaptioner, load_captioner
from .describing import Captions, is_looked_at
from .loading_slot import LoadingSlot
from .pictures import Pictures
from .state import Captioning, Options, State, Store, Wishes
from .work import release
from .worker import Worker


class CaptionerSlot(LoadingSlot[CaptionerWeights, CaptionerInUse]):
    """The place for the captioner."""

    def asked(self, weights: CaptionerWeights, options: Options) -> tuple[CaptionerWeights, str]:
        """Precision and framing are for vision transformers."""
        return weights, options.device


class OpenCaptioner(QObject):
    """Grants wishes for a captioner. The last one is kept until the next is there.

    It is loaded on a thread of its own: a picture that is chosen meanwhile does not wait.
    """

    problem = Signal(ExplorerError)  # of what was asked for once; captioner and caption stay
    told = Signal(str)

    def __init__(
        self,
        store: Store,
        wishes: Wishes,
        pictures: Pictures,
        load: LoadCaptioner,
        compute: Callable[..., None],  # `Controller.compute`
        computer: Worker,
        loader: Worker,
        downloader: Worker,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self.captions = Captions(store, wishes, pictures, compute, computer, self)
        self._compute = compute
        loads = partial(load_captioner, load)
        self.slot = CaptionerSlot("captioner", loads, loader.submit, loader, downloader, self)
        self._missing: ExplorerError | None = None  # what the download is to mend
        wishes.captioner_chosen.connect(self._choose)
        wishes.captioner_download_wished.connect(self._download)
        wishes.captioner_closed.connect(self._close)
        self.captions.problem.connect(self.problem)
        self.captions.told.connect(self.told)
        self.slot.loaded.connect(self._use_loaded)
        self.slot.failed.connect(self._fail)
        self.slot.given_up.connect(self._give_up)

    def start(self) -> None:
        """Load the captioner that is wanted, if there is one, once the picture is looked at."""
        self._store.changed.connect(self._load_first)
        self._load_first(self._store.state, self._store.state)

    def _load_first(self, _old: State, new: State) -> None:
        if is_looked_at(new):
            self._store.changed.disconnect(self._load_first)
            self.settle()

    def settle(self) -> None:
        """Have the captioner be the one that is wanted, for the options that are chosen."""
        captioning = self._store.state.captioning
        if captioning is not None:
            self.slot.settle(captioning.wanted, self._store.state.options)

    def _choose(self, weights: CaptionerWeights) -> None:
        self._missing = None
        self.captions.use(None, Captioning(weights))
        self.slot.load(weights, self._store.state.options)

    def _download(self) -> None:
        """Fetch and load what was missing."""
        captioning = self._store.state.captioning
        if captioning is not None:
            self._missing = captioning.problem
            self.captions.use(None, Captioning(captioning.wanted))
            self.slot.fetch(captioning.wanted, self._store.state.options)

    def _use_loaded(self) -> None:
        """Put a loaded captioner in the place of the last one."""
        used = self.slot.in_use
        assert used is not None
        self.captions.use(used, Captioning(used.weights, used.captioner.info))
        self._clear_up()

    def _fail(self, weights: CaptionerWeights, error: ExplorerError) -> None:
        """Go on with the captioner in use; where there is none, or a download helps, say why."""
        if self.slot.in_use is None or isinstance(error, WeightsMissing):
            self.captions.use(None, Captioning(weights, problem=error))
        else:
            self._take_back()
            self.problem.emit(error)

    def _give_up(self) -> None:
        """Somebody cancelled: offer the download again, or go on with the captioner in use."""
        captioning = self._store.state.captioning
        if captioning is None or captioning.captioner is not None or captioning.problem is not None:
            return
        if self._missing is not None:
            self.captions.use(None, Captioning(captioning.wanted, problem=self._missing))
        elif self.slot.in_use is not None:
            self._take_back()
        else:
            self._close()

    def _take_back(self) -> None:
        """Want no other captioner than the one in use."""
        captioning, used = self._store.state.captioning, self.slot.in_use
        if used is not None and (captioning is None or captioning.captioner is None):
            self.captions.use(used, Captioning(used.weights, used.captioner.info))

    def _close(self) -> None:
        """Let go of the captioner, of its captions, and of all work with it."""
        self.slot.close()
        self.captions.use(None, None)
        self._clear_up()

    def _clear_up(self) -> None:
        """Let go of the captions of captioners that are gone, and of the memory."""
        self._missing = None
        self.captions.forget_others()
        self._compute("release", release, lambda _none: None)
