"""What a caption costs: our greedy decoding against the loop that recomputes everything.

`python tests/benchmarks/captions.py [--device cuda] [--words 24]` prints JSON. CATR in its own size
with random weights; both sides run the same modules on the same pixels, in turn, in this one run.
The loop does what the original does for each word: it encodes the picture, and reads all 128
positions of a caption that is mostly empty.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from timing import in_turn, ratio, summary
from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck

from explorer.models.captions.captioner import Captioner
from explorer.models.captions.catr_network import Catr, Sizes
from explorer.models.captions.draft import Draft
from explorer.models.captions.families import open_captioner
from explorer.models.captions.family import Asked
from explorer.models.captions.memory import Past
from explorer.models.captions.word_pieces import WordPieces
from explorer.models.checkpoints.reading import Checkpoint
from explorer.models.devices import one_thread, pick_device

INPUT = 3, 199, 299  # of a picture of 600 × 400
BEGIN, END, TOKENS = 101, 102, 30522
SIZES = Sizes(
    block=Bottleneck,
    blocks=[3, 4, 23, 3],
    groups=1,
    group_width=64,
    width=256,
    encoder_layers=6,
    decoder_layers=6,
    feed_forward=2048,
    vocabulary=TOKENS,
    positions=128,
    head=(512, 512),
    heads=8,
    dilation=True,
)


def build(device: str) -> Captioner:
    """CATR with random weights that never says the end; its words are numbers."""
    torch.manual_seed(0)
    network = Catr(SIZES)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            nn.init.xavier_uniform_(parameter)
    network.mlp.layers[-1].bias.data[END] = -1e9
    tensors = {
        name.replace("backbone.", "backbone.0.body."): tensor
        for name, tensor in network.state_dict().items()
    }
    opened = open_captioner(Checkpoint(tensors, "", {}), Asked(Path("random.pth")))
    texts = [f"w{token}" for token in range(TOKENS)]
    texts[BEGIN], texts[END], texts[100] = "[CLS]", "[SEP]", "[UNK]"
    return Captioner(opened, WordPieces(texts), "random", "", pick_device(device))


def recomputing(network: Catr, pixels: Tensor, words: int) -> Callable[[], list[int]]:
    """The original's loop: everything again for each word."""

    @torch.inference_mode()
    def write() -> list[int]:
        caption = torch.zeros(1, SIZES.positions, dtype=torch.long, device=pixels.device)
        caption[0, 0] = BEGIN
        for place in range(words):
            written = network.write(caption, network.see(pixels[None]), Past())
            caption[0, place + 1] = network.choose(written)[0, place].argmax()
        return caption[0, 1 : words + 1].tolist()

    return write


@torch.inference_mode()
@one_thread()  # as captions are written
def each_word(network: Catr, pixels: Tensor) -> dict[str, float]:
    """Milliseconds of one further word, early and late in the longest caption."""
    draft, times = Draft(network, network.see(pixels[None])), []
    for _ in range(SIZES.positions):
        started = time.perf_counter()
        draft.read([[BEGIN]]).argmax().item()
        times.append(1e3 * (time.perf_counter() - started))
    early, late = sorted(times[5:25]), sorted(times[-20:])
    return {"word_5_to_25_ms": early[10], "last_20_words_ms": late[10]}


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    captioner = build(arguments.device)
    device = pick_device(arguments.device)
    pixels = torch.rand(INPUT, generator=torch.Generator().manual_seed(1)) * 2 - 1
    network, words = captioner._network, arguments.words
    loop = recomputing(network, pixels.to(device), words)

    def ours() -> list[int]:
        return list(captioner.describe(pixels=pixels, max_tokens=words).token_ids)

    assert ours() == loop(), "both must write the same caption"
    times = in_turn(
        {
            "loop": loop,
            "ours": ours,
            "look": lambda: captioner.look(pixels=pixels),
            "beams": lambda: captioner.describe(pixels=pixels, max_tokens=words, beams=5),
        },
        arguments.rounds,
    )
    return {
        "device": captioner.info.device,
        "threads": torch.get_num_threads(),
        "words": words,
        "seconds": {name: summary(each) for name, each in times.items()},
        "loop_to_ours": ratio(times["loop"], times["ours"]),
        "further_words": each_word(network, pixels.to(device)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--words", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    print(json.dumps(measure(parser.parse_args()), indent=2))


if __name__ == "__main__":
    main()
