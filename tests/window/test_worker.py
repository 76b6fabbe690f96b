"""The worker: newest wish wins, errors become sentences, nothing is left behind."""

import logging
import threading
import weakref
from collections.abc import Iterator

import pytest

from explorer.errors import Cancelled, ExplorerError
from explorer.window.worker import AHEAD, Task, Worker


@pytest.fixture
def worker(qtbot) -> Iterator[Worker]:
    made = Worker("test")
    yield made
    assert made.close()


def never(_: object) -> None:
    raise AssertionError("this answer must not arrive")


class Stubborn:
    """Work that runs until it is let go, and only then looks whether it should have stopped."""

    def __init__(self) -> None:
        self.running = threading.Event()
        self.let_go = threading.Event()
        self.task: Task | None = None

    def __call__(self, task: Task) -> str:
        self.task = task
        self.running.set()
        assert self.let_go.wait(10)
        return "late"


def test_newest_wish_wins(worker, qtbot):
    """Of twenty quick requests only the last reaches the screen."""
    arrived: list[int] = []
    for number in range(20):
        worker.submit("trace", lambda task, n=number: n, arrived.append, never)
    with qtbot.waitSignal(worker.idle):
        pass
    qtbot.waitUntil(lambda: bool(arrived))
    assert arrived == [19]


def test_ended_work_is_forgotten(worker, qtbot):
    """What a wish was about, a model perhaps, does not stay in memory when it is granted."""

    class Model:
        pass

    model, arrived = Model(), []
    gone = weakref.ref(model)
    worker.submit("trace", lambda task, model=model: "answer", arrived.append, never)
    del model
    qtbot.waitUntil(lambda: arrived == ["answer"])
    qtbot.waitUntil(lambda: gone() is None)


def test_late_answer_never_arrives(worker, qtbot):
    """A replaced wish is asked to stop; its answer is thrown away though it comes."""
    stubborn, arrived = Stubborn(), []
    worker.submit("trace", stubborn, never, never)
    assert stubborn.running.wait(5)
    worker.submit("trace", lambda task: "new", arrived.append, never)
    assert stubborn.task.should_stop()
    stubborn.let_go.set()
    qtbot.waitUntil(lambda: arrived == ["new"])


def test_answer_in_flight_is_replaced_too(worker, qtbot):
    """An answer that is ready but not yet shown loses to a newer wish."""
    computed, arrived = threading.Event(), []
    worker.submit("trace", lambda task: computed.set(), never, never)
    assert computed.wait(5)
    threading.Event().wait(0.05)  # the answer is queued now; the event loop has not run
    worker.submit("trace", lambda task: "new", arrived.append, never)
    qtbot.waitUntil(lambda: arrived == ["new"])


def test_kinds_do_not_replace_each_other(worker, qtbot):
    """Loading a model and tracing a picture both end."""
    arrived: list[str] = []
    worker.submit("model", lambda task: "model", arrived.append, never)
    worker.submit("trace", lambda task: "trace", arrived.append, never)
    qtbot.waitUntil(lambda: arrived == ["model", "trace"])


def test_answers_arrive_on_the_gui_thread(worker, qtbot):
    """Work runs elsewhere, its answer and its progress arrive here."""
    threads, said = [], []
    worker.progressed.connect(lambda *what: said.append((*what, threading.current_thread())))

    def work(task: Task) -> threading.Thread:
        task.progress("halfway", 0.5)
        return threading.current_thread()

    worker.submit(
        "trace", work, lambda where: threads.extend([where, threading.current_thread()]), never
    )
    qtbot.waitUntil(lambda: bool(threads))
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()
    assert said == [("trace", "halfway", 0.5, threading.main_thread())]


def test_normal_wish_stops_work_ahead(worker, qtbot):
    """What nobody waits for makes way, and its answer is not mistaken for one."""
    stubborn, arrived = Stubborn(), []
    worker.submit("ahead", stubborn, never, never, AHEAD)
    assert stubborn.running.wait(5)
    worker.submit("trace", lambda task: "wanted", arrived.append, never)
    assert stubborn.task.should_stop()
    stubborn.let_go.set()
    qtbot.waitUntil(lambda: arrived == ["wanted"])


def test_wanted_work_goes_first(worker, qtbot):
    """A normal wish overtakes the pending ones of lower priority."""
    stubborn, arrived = Stubborn(), []
    worker.submit("model", stubborn, arrived.append, never)
    assert stubborn.running.wait(5)
    worker.submit("ahead", lambda task: "ahead", arrived.append, never, AHEAD)
    worker.submit("trace", lambda task: "trace", arrived.append, never)
    stubborn.let_go.set()
    qtbot.waitUntil(lambda: arrived == ["late", "trace", "ahead"])


def test_cancel(worker, qtbot):
    """A cancelled wish ends without an answer, and says that it ended."""

    def work(task: Task) -> None:
        while not task.should_stop():
            threading.Event().wait(0.001)
        raise Cancelled

    with qtbot.waitSignal(worker.started):
        worker.submit("download", work, never, never)
    with qtbot.waitSignal(worker.ended) as ended:
        worker.cancel("download")
    assert ended.args == ["download"]


def test_known_error_arrives_as_it_is(worker, qtbot):
    """An error for people is passed on untouched."""
    failures: list[ExplorerError] = []
    error = ExplorerError("sky.heic cannot be read.", hint="Convert it.")

    def work(task: Task) -> None:
        raise error

    worker.submit("read", work, never, failures.append)
    qtbot.waitUntil(lambda: failures == [error])


def test_unforeseen_error_keeps_its_traceback(worker, qtbot, caplog):
    """It is logged with its traceback and reaches the window as one sentence; work goes on."""
    failures: list[ExplorerError] = []

    def faulty(task: Task) -> None:
        raise KeyError("blocks.0")

    with caplog.at_level(logging.ERROR):
        worker.submit("trace", faulty, never, failures.append)
        qtbot.waitUntil(lambda: bool(failures))
    assert "KeyError" in failures[0].message
    assert "Show log" in failures[0].hint
    assert "in faulty" in caplog.text
    arrived: list[int] = []
    worker.submit("trace", lambda task: 1, arrived.append, never)
    qtbot.waitUntil(lambda: arrived == [1])


def test_every_start_has_one_end(worker, qtbot):
    """Also where an answer was thrown away."""
    starts, ends = [], []
    worker.started.connect(starts.append)
    worker.ended.connect(ends.append)
    stubborn = Stubborn()
    worker.submit("trace", stubborn, never, never)
    assert stubborn.running.wait(5)
    worker.submit("trace", lambda task: 1 / 0, never, lambda error: None)
    stubborn.let_go.set()
    qtbot.waitUntil(lambda: ends == ["trace", "trace"])
    assert starts == ["trace", "trace"]


def test_close_waits_for_the_running_step(qtbot):
    """Closing drops what waits, asks what runs to stop, and leaves no thread."""
    worker, stubborn = Worker("closing"), Stubborn()
    worker.submit("trace", stubborn, never, never)
    worker.submit("model", never, never, never)
    assert stubborn.running.wait(5)
    threading.Timer(0.05, stubborn.let_go.set).start()
    assert worker.close()
    worker.submit("trace", never, never, never)
    assert "closing" not in [thread.name for thread in threading.enumerate()]


def test_close_does_not_hang(qtbot):
    """A step that does not end is left behind after a while."""
    worker, stubborn = Worker("hanging"), Stubborn()
    worker.submit("trace", stubborn, never, never)
    assert stubborn.running.wait(5)
    assert not worker.close(timeout=0.05)
    stubborn.let_go.set()
    assert worker.close()
