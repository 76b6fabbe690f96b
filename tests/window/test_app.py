"""The program as it is started: in a process of its own, up to its window and down again."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(program: str, *arguments: str) -> str:
    """Run Python code in the repository; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(program), *arguments],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_window_is_there_before_torch():
    """When the window is painted, torch, timm and the hub's library are not even imported."""
    said = run(
        """
        import sys
        from PySide6.QtWidgets import QApplication
        from explorer.window.app import build_window

        app = QApplication([])
        window = build_window(app)
        heavy = ("torch", "timm", "torchvision", "huggingface_hub", "pyqtgraph")

        def look():
            print([name for name in heavy if name in sys.modules])
            window.close()

        window.appeared.connect(look)
        window.show()
        app.exec()
        """
    )
    assert said.strip() == "[]"


def test_random_model_from_start_to_end(tmp_path, shared):
    """A picture on the command line is traced by a real model; closing ends the process."""
    said = run(
        """
        import sys
        from pathlib import Path
        from PySide6.QtWidgets import QApplication
        from explorer.records import Weights
        from explorer.window.app import build_window

        app = QApplication([])
        window = build_window(app, Weights("vit_tiny_patch16_224", random=True))
        window.appeared.connect(lambda: window.begin(Path(sys.argv[1])))

        def look(old, new):
            if new.trace is not None and old.trace is None:
                print(new.picture.path.name, new.trace.maps().shape)
                window.close()

        window._store.changed.connect(look)
        window.show()
        sys.exit(app.exec())
        """,
        str(shared("golden/images") / "chelsea.png"),
    )
    assert said.strip() == "chelsea.png (12, 3, 14, 14)"


def test_closing_while_torch_is_imported():
    """Whoever closes the window at once does not wait, and leaves nothing behind."""
    run(
        """
        import sys
        from PySide6.QtWidgets import QApplication
        from explorer.window.app import build_window

        app = QApplication([])
        window = build_window(app)

        def leave():
            window.begin(None)
            window.close()

        window.appeared.connect(leave)
        window.show()
        sys.exit(app.exec())
        """
    )
