"""What goes wrong with a download, each in one sentence with a next step."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from ...errors import Cancelled, ExplorerError
from .addresses import Address, Refusal, called


@contextmanager
def explained(folder: Path, address: Address) -> Iterator[None]:
    """Whatever goes wrong is said in one sentence."""
    try:
        yield
    except (ExplorerError, Cancelled):
        raise
    except OfflineModeIsEnabled as error:
        raise ExplorerError(
            "Downloads are switched off on this machine.", hint="Unset HF_HUB_OFFLINE."
        ) from error
    except Refusal as error:
        raise address.refused(error.status) from error
    except HfHubHTTPError as error:
        raise address.refused(error.response.status_code) from error
    except Exception as error:
        if is_of_the_line(error):
            raise _unreachable(error, address) from error
        if isinstance(error, OSError):
            raise _not_written(error, folder) from error
        if "proxy" in str(error):  # of the kind SOCKS, or one that does not exist
            raise ExplorerError(
                f"The system's proxy cannot be used: {error}", hint="Correct HTTPS_PROXY."
            ) from error
        raise


def is_of_the_line(error: Exception) -> bool:
    """Whether the network failed; the hub's library speaks through httpx, under varying names."""
    library = type(error).__module__.partition(".")[0]
    return library.startswith(("httpx", "httpcore")) or isinstance(
        error, ConnectionError | TimeoutError
    )


def _unreachable(error: Exception, address: Address) -> ExplorerError:
    host = address.host
    with suppress(AttributeError, RuntimeError):  # it may have led on to another one
        host = called(str(error.request.url))  # type: ignore[attr-defined]
    if type(error).__name__ == "ProxyError":
        return ExplorerError(
            f"The proxy does not lead to {host}: {error}.", hint="Check HTTPS_PROXY and NO_PROXY."
        )
    return ExplorerError(
        f"{host} cannot be reached.",
        hint=f"Check the network and its proxy; {address.mirror} names a mirror.",
    )


def _not_written(error: OSError, folder: Path) -> ExplorerError:
    move = "set EXPLORER_WEIGHTS to a folder on another disk."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExplorerError(
            f"There is not enough space for the weights in {folder}.",
            hint=f"Make room there, or {move}",
        )
    reason = error.strerror or str(error)
    return ExplorerError(
        f"The weights cannot be written to {folder}: {reason}.", hint=f"S{move[1:]}"
    )
