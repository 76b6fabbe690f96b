"""ViT Explorer: see what a vision transformer sees.

>>> import explorer
>>> vit = explorer.load_vit("vit_base_patch16_384")
>>> trace = vit.trace("cat.jpg")
>>> trace.attention(layer=-1, head=None, query=(10, 15))
"""

from typing import TYPE_CHECKING, Any

from .errors import ExplorerError

if TYPE_CHECKING:
    from .api import load_captioner, load_vit, open_picture

__all__ = ["ExplorerError", "load_captioner", "load_vit", "open_picture"]
__version__ = "0.1.0"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    # Loaded when asked for: the window imports this package, and must be there before torch is.
    if name in __all__:
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
