"""What a training does, from its first picture to its last epoch; every setting explains itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ...records import Framing, Interpolation, PreLogits, Resampling
from ..data.examples import Task
from .settings import Argument, Refused, check, setting

Precision = Literal["float32", "bfloat16", "float16"]
NewHead = Literal["zeros", "normal", "kept"]
Trained = Literal["everything", "attention and head", "head"]
Schedule = Literal["constant", "cosine", "poly", "tanh", "step", "multistep", "plateau", "wsd"]
Words = Literal["of the captions", "of the starting model"]
Policy = Literal["AutoAugment", "RandAugment", "TrivialAugment", "AugMix"]

# timm's optimisers that need no package beside PyTorch and no second derivative, by what they take.
_TAKE_BETAS = (
    "adam",
    "adamw",
    "adamax",
    "nadam",
    "nadamw",
    "radam",
    "adamp",
    "adabelief",
    "adopt",
    "adoptw",
    "adafactor",
    "lamb",
    "laprop",
    "lion",
    "mars",
    "novograd",
    "muon",
)
_TAKE_MOMENTUM = (
    "sgd",
    "momentum",
    "nesterov",
    "sgdw",
    "sgdp",
    "rmsprop",
    "rmsproptf",
    "lars",
    "larc",
    "madgrad",
    "madgradw",
    "adafactorbv",
    "muon",
)
_TAKE_OTHERS = ("adagrad", "adadelta", "adan", "adanw")  # Adan has three betas: by `arguments`
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,3})?")
OPTIMISERS = tuple(sorted({*_TAKE_BETAS, *_TAKE_MOMENTUM, *_TAKE_OTHERS}))


@dataclass(frozen=True)
class Stage:
    """A part of a training with one optimiser and one schedule; stages follow each other."""

    epochs: int = setting(
        "How often every training picture is seen.",
        unit="epochs",
        low=1,
        high=100_000,
        in_front=True,
    )
    batch_size: int = setting(
        "Pictures that are learned from at once, over all processes and parts.",
        32,
        unit="pictures",
        low=1,
        high=1_000_000,
        in_front=True,
    )
    accumulation: int = setting(
        "Parts in which a batch goes through the model: more need less memory, with one result.",
        1,
        unit="parts",
        low=1,
        high=100_000,
    )
    optimiser: str = setting(
        "How weights follow their gradients, by timm's name; its “sgd” is Nesterov's, “momentum” "
        "is PyTorch's plain SGD.",
        "adamw",
        choices=OPTIMISERS,
        in_front=True,
    )
    learning_rate: float = setting(
        "How far a step goes, at its highest.", 1e-4, above=0, high=100, in_front=True
    )
    betas: tuple[float, float] | None = setting(
        "How slowly the running means of gradients and of their squares change.",
        None,
        low=0,
        below=1,
        none="the optimiser's own",
    )
    momentum: float = setting(
        "The share of the last step that the next one keeps, for optimisers that have momentum.",
        0.9,
        low=0,
        below=1,
    )
    weight_decay: float = setting(
        "How strongly weights are pulled towards zero.", 0.0, low=0, high=100
    )
    decay_everything: bool = setting(
        "Whether biases, norms and position embeddings are pulled towards zero, too.", False
    )
    arguments: Mapping[str, Argument] = setting(
        "Further arguments of the optimiser, by its own names: { eps = 1e-6 }.", {}
    )
    layer_decay: float | None = setting(
        "Each block learns this much slower than the next one; the head learns at full rate.",
        None,
        above=0,
        high=1,
        none="all learn at one rate",
    )
    schedule: Schedule = setting(
        "How the learning rate changes after warm-up, by timm's name.", "cosine"
    )
    warmup_epochs: float = setting(
        "Over this time the learning rate climbs to its highest.",
        0.0,
        unit="epochs",
        low=0,
        high=100_000,
    )
    warmup_learning_rate: float = setting("Where warm-up begins.", 0.0, low=0, high=100)
    minimum_learning_rate: float = setting(
        "Where the schedule ends, for schedules that end somewhere.", 0.0, low=0, high=100
    )
    decay_epochs: float | None = setting(
        "“step”: epochs between two drops; “wsd”: length of the fall at the end.",
        None,
        unit="epochs",
        above=0,
        high=100_000,
        none="a third of the stage; for “wsd” a fifth",
    )
    decay_at: tuple[int, ...] = setting(
        "“multistep”: the epochs after which the learning rate drops.",
        (),
        unit="epochs",
        low=1,
        high=100_000,
    )
    decay_rate: float = setting(
        "“step”, “multistep”, “plateau”: what a drop multiplies the learning rate by; “poly”: the "
        "power.",
        0.1,
        above=0,
        high=100,
    )
    plateau_patience: int = setting(
        "“plateau”: epochs without a better validation accuracy until the learning rate drops.",
        2,
        unit="epochs",
        low=0,
        high=100_000,
    )
    trained: Trained = setting(
        "Which weights may change; a captioner's head is its decoder.", "everything"
    )
    frozen_blocks: int = setting(
        "The patch embedding, the position embeddings and this many first blocks stay as they are; "
        "0 freezes nothing.",
        0,
        unit="blocks",
        low=0,
        high=1000,
    )
    captions_at_once: int = setting(
        "Captions of a picture that a captioner learns from at once: the picture is seen only once "
        "for all of them.",
        1,
        unit="captions",
        low=1,
        high=100,
    )
    encoder_share: float = setting(
        "A captioner's encoder learns at this share of the learning rate: less than 1 where it "
        "has learned already.",
        1.0,
        above=0,
        high=1,
    )
    drop_path: float = setting(
        "How often a block is skipped in training: the last one this often, earlier ones less "
        "(stochastic depth).",
        0.0,
        low=0,
        below=1,
    )
    dropout: float = setting(
        "The share of features that are hidden from the head, or in a captioner's decoder, in "
        "training.",
        0.0,
        low=0,
        below=1,
    )
    clip_norm: float | None = setting(
        "The greatest length of all gradients together; longer ones are shortened to it.",
        None,
        above=0,
        high=1e6,
        none="not clipped",
    )
    patience: int | None = setting(
        "The stage ends early after this many epochs without a better validation accuracy.",
        None,
        unit="epochs",
        low=1,
        high=100_000,
        none="it never ends early",
    )

    def __post_init__(self) -> None:
        check(self)
        self._check_schedule()
        if self.betas is not None and self.optimiser not in _TAKE_BETAS:
            raise Refused(("betas",), f"does not go with “{self.optimiser}”.", "Leave it out.")
        if self.accumulation > self.batch_size:
            hint = f"A batch has {self.batch_size} pictures."
            raise Refused(("accumulation",), "cuts a batch into more parts than it holds.", hint)

    def _check_schedule(self) -> None:
        if self.warmup_epochs > self.epochs:
            hint = f"The stage has {self.epochs}."
            raise Refused(("warmup_epochs",), "is longer than the stage.", hint)
        for name in ("warmup_learning_rate", "minimum_learning_rate"):
            if getattr(self, name) > self.learning_rate:
                hint = f"“learning_rate” is {self.learning_rate:g}."
                raise Refused((name,), "is higher than the highest learning rate.", hint)
        if self.schedule == "multistep" and not self.decay_at:
            hint = "Say after which epochs the learning rate drops, as in [10, 15]."
            raise Refused(("decay_at",), "must be given for “multistep”.", hint)
        if list(self.decay_at) != sorted(self.decay_at):
            hint = "Write the earliest epoch first."
            raise Refused(("decay_at",), "goes back and forth.", hint)
        falls = self.epochs - self.warmup_epochs
        if self.schedule == "wsd" and (self.decay_epochs or 0) > falls:
            hint = f"After warm-up {falls:g} are left."
            raise Refused(("decay_epochs",), "is longer than the rest of the stage.", hint)


@dataclass(frozen=True)
class Start:
    """What the weights that a training starts from leave open, answered as on opening them."""

    architecture: str | None = setting(
        "The network that a checkpoint holds, by timm's name.",
        None,
        none="recognised from its tensors",
    )
    heads: int | None = setting(
        "The number of heads that share a layer of a checkpoint, which its tensors do not tell.",
        None,
        unit="heads",
        low=1,
        high=1024,
        none="as its config says, or as usual",
    )
    resampling: Resampling | None = setting(
        "How position embeddings become those of another image size: as timm, as transformers "
        "(“bicubic”), as PyTorch-Pretrained-ViT (“corners”), as torchvision (“bicubic corners”).",
        None,
        none="as the library that the weights come from",
    )
    pre_logits: PreLogits | None = setting(
        "Where the layer before the classifier stands, in weights that have one; it serves the "
        "classes that it learned.",
        None,
        none="left out with a new head, else in its place",
    )
    arguments: Mapping[str, Argument] = setting(
        "What a network that begins with random values has otherwise, by timm's names: "
        "{ depth = 6 }.",
        {},
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Pictures:
    """How a picture becomes what the model sees, in training without chance and in validation."""

    framing: Framing | None = setting(
        "How a picture fills the model's square: squashed, cropped, or padded.",
        None,
        none="the model's own",
    )
    interpolation: Interpolation | None = setting(
        "How pictures are resized.", None, none="the model's own"
    )
    mean: tuple[float, float, float] | None = setting(
        "What is taken from red, green and blue, each 0 to 1.",
        None,
        low=0,
        high=1,
        none="the model's own",
    )
    std: tuple[float, float, float] | None = setting(
        "What red, green and blue are then divided by.",
        None,
        above=0,
        high=10,
        none="the model's own",
    )

    def __post_init__(self) -> None:
        check(self)
        if (self.mean is None) != (self.std is None):
            missing, given = ("mean", "std") if self.mean is None else ("std", "mean")
            raise Refused((missing,), f"must be given with “{given}”.", "Give both, or neither.")


@dataclass(frozen=True)
class Augmentation:
    """What chance does to a training picture, in the order of these fields; by torchvision.

    Where nothing is asked for, a picture is framed as in validation.
    """

    crop_scale: tuple[float, float] | None = setting(
        "A random part of the picture fills the model's square: the least and the greatest share "
        "of its area.",
        None,
        above=0,
        high=1,
        none="the whole picture, framed as in validation",
    )
    crop_ratio: tuple[float, float] = setting(
        "The part's least and greatest width over height.", (3 / 4, 4 / 3), above=0, high=10
    )
    flip: float = setting("How often left and right are swapped.", 0.0, low=0, high=1)
    vertical_flip: float = setting("How often top and bottom are swapped.", 0.0, low=0, high=1)
    rotation: float = setting(
        "The greatest turn to either side.", 0.0, unit="degrees", low=0, high=180
    )
    translation: tuple[float, float] = setting(
        "The greatest shift, as shares of width and height.", (0.0, 0.0), low=0, high=1
    )
    zoom: tuple[float, float] = setting(
        "The least and the greatest factor of size.", (1.0, 1.0), above=0, high=10
    )
    shear: float = setting("The greatest slant.", 0.0, unit="degrees", low=0, high=80)
    policy: Policy | None = setting(
        "A known mixture of changes of colour and shape.", None, none="none"
    )
    policy_operations: int = setting(
        "“RandAugment”: how many changes a picture gets; “AugMix”: how many mixtures.",
        2,
        unit="changes",
        low=1,
        high=10,
    )
    policy_strength: int = setting(
        "“RandAugment”: strength of its changes, 0 to 30; “AugMix”: 1 to 10.", 9, low=0, high=30
    )
    brightness: float = setting(
        "The greatest change of brightness, as a share.", 0.0, low=0, high=1
    )
    contrast: float = setting("The greatest change of contrast, as a share.", 0.0, low=0, high=1)
    saturation: float = setting(
        "The greatest change of saturation, as a share.", 0.0, low=0, high=1
    )
    hue: float = setting(
        "The greatest change of hue, as a share of the colour circle.", 0.0, low=0, high=0.5
    )
    grey: float = setting("How often a picture loses its colours.", 0.0, low=0, high=1)
    erasing: float = setting(
        "How often a random rectangle is filled with the mean colour.", 0.0, low=0, high=1
    )
    erasing_scale: tuple[float, float] = setting(
        "The rectangle's least and greatest share of the picture.", (0.02, 1 / 3), above=0, high=1
    )

    def __post_init__(self) -> None:
        check(self)
        for name in ("crop_scale", "crop_ratio", "zoom", "erasing_scale"):
            pair = getattr(self, name)
            if pair is not None and pair[0] > pair[1]:
                raise Refused(
                    (name,), "has its greatest value first.", "Write the least one first."
                )
        if self.policy == "AugMix" and not 1 <= self.policy_strength <= 10:
            raise Refused(("policy_strength",), "must be 1 to 10 for “AugMix”.")


@dataclass(frozen=True)
class Mixing:
    """Two training pictures in one, with both labels (timm's Mixup)."""

    mixup: float = setting(
        "Strength of blending two pictures: alpha of its Beta distribution; 0 blends none.",
        0.0,
        low=0,
        high=100,
    )
    cutmix: float = setting(
        "Strength of pasting a part of one picture into another: alpha; 0 pastes none.",
        0.0,
        low=0,
        high=100,
    )
    probability: float = setting("How often a batch is mixed at all.", 1.0, low=0, high=1)
    switch_probability: float = setting(
        "Where both are on, how often it is pasting.", 0.5, low=0, high=1
    )
    last_epochs_without: int = setting(
        "The last epochs of the last stage mix nothing, so that training ends on true pictures.",
        0,
        unit="epochs",
        low=0,
        high=100_000,
    )

    def __post_init__(self) -> None:
        check(self)

    @property
    def is_on(self) -> bool:
        return self.probability > 0 and (self.mixup > 0 or self.cutmix > 0)


@dataclass(frozen=True)
class Averaging:
    """A running mean of the weights, which is often better than the last ones (EMA)."""

    decay: float | None = setting(
        "The share of the mean that is kept at each step; the mean is what is validated and saved.",
        None,
        low=0,
        below=1,
        none="no mean is kept",
    )
    warmup: bool = setting(
        "Whether the mean keeps less in its first steps, so that it soon forgets the beginning.",
        True,
    )

    def __post_init__(self) -> None:
        check(self)

    @property
    def is_on(self) -> bool:
        return self.decay is not None


@dataclass(frozen=True)
class Captioner:
    """What is built where a captioner is learned: a decoder that writes what an encoder sees.

    A model that is a captioner already keeps its sizes.
    """

    encoder_blocks: int | None = setting(
        "The first blocks of the model, which see; the others are left out. Few of them keep what "
        "is seen at its place, so that words look at what they name.",
        None,
        unit="blocks",
        low=1,
        high=1000,
        none="all of them",
    )
    stem: bool = setting(
        "Whether several small convolutions cut the picture into patches instead of a large one: "
        "from random values, that learns faster (Xiao et al. 2021).",
        False,
    )
    layers: int = setting("Of the decoder.", 2, unit="layers", low=1, high=100)
    width: int = setting("Numbers by which the decoder knows a word.", 192, low=8, high=8192)
    heads: int = setting("Of attention in each layer of the decoder.", 4, low=1, high=256)
    places: bool = setting(
        "Whether the decoder learns places that are added to what its words look by, as in DETR.",
        True,
    )
    vocabulary: Words = setting(
        "Which words it can say: those of the training captions, or those that the model knows, "
        "where it is a captioner already.",
        "of the captions",
    )
    seldom: int = setting(
        "Words of the captions that are there less often are not learned.", 1, low=1, high=10**6
    )
    longest: int = setting(
        "Of longer captions the end is cut off.", 40, unit="words", low=1, high=1000
    )

    def __post_init__(self) -> None:
        check(self)
        if self.width % self.heads:
            hint = f"“width” is {self.width}."
            raise Refused(("heads",), "must divide the decoder's width.", hint)


@dataclass(frozen=True)
class Published:
    """An accuracy that somebody reached with these settings."""

    model: str = setting("The model that reached it.")
    accuracy: float = setting("On the validation pictures, 0 to 1.", low=0, high=1)
    train_accuracy: float | None = setting(
        "On the training pictures, 0 to 1.", None, low=0, high=1, none="not told"
    )
    source: str = setting("Where it was published.", "")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Recipe:
    """All that decides what a training learns, apart from its pictures."""

    stages: tuple[Stage, ...] = setting("What follows each other in the training.")
    name: str = setting("What the recipe is called.", "unnamed")
    about: str = setting("What it is for, and why it is as it is.", "")
    task: Task = setting(
        "What is learned: the classes of pictures, or to write their captions.", "classify"
    )
    model: str = setting(
        "What is fine-tuned, or becomes a captioner's encoder: a model's name, or a local "
        "checkpoint file.",
        "vit_base_patch16_384",
        in_front=True,
    )
    pretrained: bool = setting(
        "Whether it starts from learned weights; else from random ones.", True
    )
    image_size: tuple[int, int] | None = setting(
        "Height and width of what the model sees; one number is both.",
        None,
        unit="pixels",
        low=4,
        high=4096,
        none="the model's own",
        in_front=True,
        one_for_all=True,
    )
    new_head: NewHead = setting(
        "What the head begins with: zeros, small random numbers, or, where it knows these classes "
        "already, its learned ones.",
        "zeros",
    )
    label_smoothing: float = setting(
        "The share of certainty that a label gives to all classes alike.", 0.0, low=0, below=1
    )
    precision: Precision = setting(
        "Of the numbers in the forward pass; weights are kept in float32.", "float32", in_front=True
    )
    kept_precision: Precision = setting(
        "Of the numbers in the best model's file: half as long ones make it half as large. What is "
        "needed to go on stays in float32.",
        "float32",
    )
    device: str = setting(
        "Where it computes: “auto” (CUDA, then MPS, then CPU), “cuda”, “mps”, “cpu”; or one of "
        "several GPUs, “cuda:1”.",
        "auto",
        in_front=True,
    )
    seed: int = setting(
        "Of all chance: the same one gives the same training.",
        0,
        low=0,
        high=2**31 - 1,
        in_front=True,
    )
    validation_fraction: float = setting(
        "The share of each class that validates, where the pictures have no validation folder.",
        0.2,
        above=0,
        high=0.9,
    )
    workers: int | None = setting(
        "Processes that decode and change pictures; 0 leaves it to the training itself.",
        None,
        unit="processes",
        low=0,
        high=256,
        none="as many as this machine has cores to spare",
    )
    cache_share: float = setting(
        "Decoded pictures are kept in memory while they fit in this share of what is free.",
        0.5,
        low=0,
        high=0.9,
    )
    probe: str | None = setting(
        "The picture whose attention is kept after each epoch.",
        None,
        none="the first validation picture",
        in_front=True,
    )
    start: Start = field(
        default=Start(),
        metadata=setting("What the weights that it starts from leave open.").metadata,
    )
    pictures: Pictures = field(
        default=Pictures(), metadata=setting("How a picture becomes what the model sees.").metadata
    )
    augmentation: Augmentation = field(
        default=Augmentation(), metadata=setting("What chance does to a picture.").metadata
    )
    mixing: Mixing = field(default=Mixing(), metadata=setting("Two pictures in one.").metadata)
    averaging: Averaging = field(
        default=Averaging(), metadata=setting("A running mean of the weights.").metadata
    )
    captioner: Captioner = field(
        default=Captioner(), metadata=setting("What a captioner is built of.").metadata
    )
    published: tuple[Published, ...] = setting("What others reached with these settings.", ())

    def __post_init__(self) -> None:
        check(self)
        if not self.stages:
            hint = "Write at least one: [[stages]], and below it: epochs = 10."
            raise Refused(("stages",), "is empty.", hint)
        if not self.model.strip():
            raise Refused(("model",), "is empty.", "Give a model's name or a checkpoint file.")
        if not _DEVICE.fullmatch(self.device):
            hint = "It can be “auto”, “cuda”, “mps”, “cpu”, or one of several GPUs: “cuda:1”."
            raise Refused(("device",), f"cannot be “{self.device}”.", hint)
        if self.task == "caption":
            self._check_captions()

    def _check_captions(self) -> None:
        """Refuse what has a meaning for classes only."""
        hint = "A caption is about one picture as it is: leave it out."
        for name in ("mixup", "cutmix"):
            if getattr(self.mixing, name):
                raise Refused(("mixing", name), "makes no sense for captions.", hint)
        for number, stage in enumerate(self.stages):
            if stage.layer_decay is not None:
                place = ("stages", number, "layer_decay")
                instead = "Leave it out; “encoder_share” slows the encoder."
                raise Refused(place, "is for classifiers.", instead)
        if self.new_head != "zeros":
            raise Refused(("new_head",), "is for classifiers.", "Leave it out.")

    @property
    def epochs(self) -> int:
        """Of all stages together."""
        return sum(stage.epochs for stage in self.stages)
