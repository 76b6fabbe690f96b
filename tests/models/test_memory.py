"""Memory: said in words where it is missing, and given back where a model went."""

import subprocess
import sys

import pytest

from explorer.errors import ExplorerError
from explorer.models.memory import enough_memory

FREED = """
from pathlib import Path
import os, torch
from explorer.models.memory import release_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

before = resident()
network = [torch.ones(25_000) for _ in range(2000)]  # 200 MB in pieces that lie in C's heap
last = torch.ones(25_000)  # what lies behind them keeps the heap from shrinking by itself
network.clear()
kept = resident() - before
release_memory()
print(kept, resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the memory in use")
def test_memory_of_a_network_is_given_back():
    """What freed tensors leave in the heap goes back to the system."""
    answer = subprocess.run(
        [sys.executable, "-c", FREED], capture_output=True, text=True, check=True
    )
    kept, left = (int(number) for number in answer.stdout.split())
    assert kept > 150e6
    assert left < 20e6


def test_missing_memory_is_said_in_words():
    """Torch's own words for it become a sentence; other errors stay what they are."""
    with pytest.raises(ExplorerError, match="not enough memory"), enough_memory():
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
    with pytest.raises(RuntimeError, match="another"), enough_memory():
        raise RuntimeError("another")
