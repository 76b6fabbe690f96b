"""Ask the real transformers what small captioners write: writes captioners_4.npz or _5.npz.

Needs an environment with torch, safetensors and transformers, which the tests do not:

    python tests/models/transformers_peer/captioners.py

The committed files were made with transformers 4.57.6 and 5.23.0 (torch 2.15.0, CPU, float32), one
each: configs, names of tensors and files of vocabularies differ between them, numbers do not.

Weights are made up by their names in files, as in networks.py. Which token ends a caption is
chosen so that the greedy caption ends after a few, where a model is said to end.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from networks import pixels, values
from PIL import Image
from processors import picture, samples
from safetensors.torch import load_file, save_file
from torch import Tensor

HERE = Path(__file__).parent
LONGEST = 12  # tokens, begin included
_EYE = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
_OTHER_EYE = {**_EYE, "num_attention_heads": 4, "hidden_act": "gelu_new", "layer_norm_eps": 1e-6}
_BERT = {
    "vocab_size": 62,
    "hidden_size": 32,
    "encoder_hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 16,
    "bos_token_id": 60,
    "sep_token_id": 61,
    "pad_token_id": 0,
}
_OTHER_BERT = {
    **_BERT,
    "hidden_size": 24,
    "num_attention_heads": 2,
    "layer_norm_eps": 1e-3,
    "hidden_act": "relu",
}
_GPT = {
    "vocab_size": 300,
    "n_embd": 32,
    "n_layer": 3,
    "n_head": 4,
    "n_positions": 16,
    "bos_token_id": 299,
    "eos_token_id": 299,
}
_OTHER_GPT = {
    **_GPT,
    "n_embd": 24,
    "n_head": 2,
    "n_inner": 40,
    "layer_norm_epsilon": 1e-3,
    "activation_function": "relu",
}
MODELS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {  # eye, decoder, does it end
    "blip": (_EYE, _BERT, False),
    "blip of another config": (_OTHER_EYE, _OTHER_BERT, True),
    "vit-gpt2": (_EYE, _GPT, False),
    "vit-gpt2 of another config": (_OTHER_EYE, _OTHER_GPT, True),
}
SENTENCES = (
    "a dog on the grass",
    "Two dogs' umbrellas, wet; don't look!",
    "a café in the snow ☃ at 10:30",
)
_CORPUS = "a man and a woman hold an umbrella on the grass while two dogs look at them in the snow"


def made_up(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """As for the other networks; but places weigh more than the picture, so that words differ."""
    is_text = "decoder" in name
    array = values(name.replace("embeddings", "tables") if is_text else name, shape)
    if name.endswith(("position_embeddings.weight", "wpe.weight")):
        return 4 * array
    is_small = name.endswith(("output.dense.weight", "c_proj.weight", "bias"))
    return array / 4 if is_text and is_small else array


def main() -> None:
    """Write what the installed transformers computes."""
    import transformers  # here, because the tests take `made_up` without it

    version = transformers.__version__
    arrays: dict[str, np.ndarray] = {}
    told: dict[str, Any] = {"transformers": version, "models": {}}
    for name, (eye, decoder, ends) in MODELS.items():
        network, said = _loaded(name, eye, decoder)
        if ends:
            network, said = _loaded(name, eye, decoder, _later(_generated(network, name)))
        told["models"][name] = said
        arrays |= {f"{name}|{what}": array for what, array in _written(network, name)}
    told["vocabularies"] = {"blip": _word_pieces(), "vit-gpt2": _byte_pairs()}
    told["processors"] = dict(_processors(arrays))
    place = HERE / f"captioners_{version.partition('.')[0]}.npz"
    np.savez_compressed(place, told=json.dumps(told), **arrays)


def _later(tokens: list[int]) -> int:
    """The first token that comes for the first time after some others."""
    return next(token for place, token in enumerate(tokens) if tokens.index(token) == place > 3)


def _loaded(
    name: str, eye: dict[str, Any], decoder: dict[str, Any], end: int | None = None
) -> tuple[Any, dict[str, Any]]:
    """A model with made-up weights; what its files say, its tensors' names there and in memory."""
    kind, config = _blip(eye, decoder, end) if "blip" in name else _vit_gpt2(eye, decoder, end)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "model.safetensors")
        kind(config).save_pretrained(place)
        shapes = {key: tuple(tensor.shape) for key, tensor in load_file(file).items()}
        in_file = {key: torch.from_numpy(made_up(key, shape)) for key, shape in shapes.items()}
        save_file(in_file, file, {"format": "pt"})
        network = kind.from_pretrained(place, attn_implementation="eager").eval()
        written = {path.name: path.read_text() for path in Path(place).glob("*.json")}
    memory = dict(_matched(network.state_dict(), in_file))
    return network, {"files": written, "file": shapes, "memory": memory}


def _blip(eye: dict[str, Any], text: dict[str, Any], end: int | None) -> tuple[Any, Any]:
    from transformers import BlipConfig, BlipForConditionalGeneration

    text = text if end is None else {**text, "sep_token_id": end}
    return BlipForConditionalGeneration, BlipConfig(vision_config=eye, text_config=text)


def _vit_gpt2(eye: dict[str, Any], text: dict[str, Any], end: int | None) -> tuple[Any, Any]:
    import transformers

    text = text if end is None else {**text, "eos_token_id": end}
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.ViTConfig(**eye), transformers.GPT2Config(**text)
    )
    config.decoder_start_token_id = config.pad_token_id = text["bos_token_id"]
    return transformers.VisionEncoderDecoderModel, config


def _matched(
    memory: Mapping[str, Tensor], in_file: Mapping[str, Tensor]
) -> Iterator[tuple[str, str]]:
    """For each name in memory that of the same tensor in the file."""
    for name, tensor in memory.items():
        yield name, next(key for key, other in in_file.items() if torch.equal(other, tensor))


@torch.no_grad()
def _generated(network: Any, name: str, **options: Any) -> list[int]:
    seen = torch.from_numpy(pixels((32, 32)))[None]
    options = {"do_sample": False, "num_beams": 1, **options}
    written = network.generate(seen, max_length=LONGEST, **options)
    return written[0].tolist()


@torch.no_grad()
def _written(network: Any, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """Captions, and what the network looked at for each token of the greedy one."""
    greedy = _generated(network, name)
    yield "greedy", np.array(greedy)
    for penalty in (0.0, 1.0, 2.0):
        options = {"num_beams": 3, "length_penalty": penalty, "early_stopping": True}
        yield f"beams {penalty}", np.array(_generated(network, name, **options))
    logits, maps = _read(network, name, torch.tensor([greedy]))
    assert logits[:-1].argmax(dim=-1).tolist() == greedy[1:]  # each row chose the next token
    yield "logits", logits.numpy()  # (tokens, vocabulary)
    yield "maps", maps.numpy()  # (tokens, layers, heads, class token and patches)


def _read(network: Any, name: str, tokens: Tensor) -> tuple[Tensor, Tensor]:
    seen = torch.from_numpy(pixels((32, 32)))[None]
    if "blip" in name:
        cells = network.vision_model(seen).last_hidden_state
        out = network.text_decoder(tokens, encoder_hidden_states=cells, output_attentions=True)
    else:
        out = network(pixel_values=seen, decoder_input_ids=tokens, output_attentions=True)
    return out.logits[0], torch.stack([layer[0] for layer in out.cross_attentions]).permute(
        2, 0, 1, 3
    )


def _bert_tokenizer() -> Any:
    """Of 60 tokens."""
    from transformers import BertTokenizerFast

    letters = sorted({letter for letter in _CORPUS if letter.isalpha()})
    words = sorted(set(_CORPUS.split()) - {"a"})[:12]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    texts = [*special, *letters, *(f"##{letter}" for letter in letters), *words, *",'.!?;:-("]
    with tempfile.TemporaryDirectory() as place:
        Path(place, "vocab.txt").write_text("\n".join([*texts, ""]))
        return BertTokenizerFast.from_pretrained(place)


def _word_pieces() -> dict[str, Any]:
    """A vocabulary of BERT's kind, as the library saves it, and what it makes of sentences."""
    tokenizer = _bert_tokenizer()
    texts = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    return {**_saved(tokenizer), "vocab.txt": "\n".join([*texts, ""])}


def _byte_pairs() -> dict[str, Any]:
    """A vocabulary of GPT-2's kind, of 299 tokens, as the library saves it."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import GPT2TokenizerFast

    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=299, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([_CORPUS], trainer)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    with tempfile.TemporaryDirectory() as place:
        tokenizer.model.save(place)
        listed = json.loads(Path(place, "vocab.json").read_text())
        listed["<|endoftext|>"] = len(listed)
        Path(place, "vocab.json").write_text(json.dumps(listed))
        loaded = GPT2TokenizerFast.from_pretrained(place)
        alone = {name: Path(place, name).read_text() for name in ("vocab.json", "merges.txt")}
        return {**_saved(loaded), **alone}


def _saved(tokenizer: Any) -> dict[str, Any]:
    """A tokenizer's file, and for each sentence its tokens and what is read from them."""
    with tempfile.TemporaryDirectory() as place:
        tokenizer.save_pretrained(place)
        content = Path(place, "tokenizer.json").read_text()
    encoded = [tokenizer(text, add_special_tokens=False).input_ids for text in SENTENCES]
    read = [tokenizer.decode(ids, skip_special_tokens=True) for ids in encoded]
    return {"tokenizer.json": content, "tokens": encoded, "read": read}


def _processors(arrays: dict[str, np.ndarray]) -> Iterator[tuple[str, dict[str, str]]]:
    """What is done to pictures: the files that say it, and samples of the pixels."""
    import transformers

    for name, kind in (("blip", "BlipImageProcessor"), ("vit-gpt2", "ViTImageProcessor")):
        made = getattr(transformers, f"{kind}Pil", None) or getattr(transformers, kind)
        processor = made(size={"height": 32, "width": 32})
        seen = processor(Image.fromarray(picture()), return_tensors="np").pixel_values[0]
        arrays[f"{name}|prepared"] = samples(np.asarray(seen)).astype(np.float32)
        if name == "blip":  # pictures and words are prepared by one object, saved together
            processor = transformers.BlipProcessor(processor, _bert_tokenizer())
        with tempfile.TemporaryDirectory() as place:
            processor.save_pretrained(place)
            yield name, {path.name: path.read_text() for path in Path(place).glob("*processor*")}


if __name__ == "__main__":
    main()
