"""The images the exercises run on: the embedded digits, MNIST, and where they are found."""

import hashlib
import os
import shutil
import socket
import ssl
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import Dataset

from kata.layout import ROOT

DIGITS_FILE = Path(__file__).with_name("digits.npz")
GET_MNIST = "run `kata download`, or set KATA_DATA to a folder that has MNIST/raw in it"
SHA256 = {  # of the four files as unpacked from the .gz files whose md5 sums torchvision knows
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
STALLED = 30.0  # seconds without a byte before a download gives up; urllib would wait for ever
NETWORK_ERRORS = (URLError, HTTPException, ConnectionError, TimeoutError, ssl.SSLError)


class MnistError(Exception):
    """MNIST cannot be had; the message says why and what to do next."""


class MnistNotFound(MnistError, FileNotFoundError):
    """One or more of MNIST's four files are not where they were looked for."""


class MnistDamaged(MnistError, RuntimeError):
    """One of MNIST's files is truncated or is not the published one."""


class DownloadFailed(MnistError):
    """MNIST could not be fetched or stored; what was there before is unchanged."""


class Images(Dataset[tuple[Tensor, Tensor]]):
    """A set of (image, target) pairs, held as two tensors.

    Shapes: images float32 (N, 1, 28, 28) in [0, 1]; targets int64 (N,).
    Raises: ValueError when there are not as many images as targets.
    Example:
        >>> train, test = digits()
        >>> image, target = test[0]
        >>> image.shape, len(test)
        (torch.Size([1, 28, 28]), 360)
    """

    def __init__(self, images: Tensor, targets: Tensor) -> None:
        if len(images) != len(targets):
            raise ValueError(
                f"{len(images)} images but {len(targets)} targets: each image needs one target"
            )
        self.images = images
        self.targets = targets

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int | slice | Tensor) -> tuple[Tensor, Tensor]:
        """Return the pair at `index`; for a slice or a tensor, the images and the targets there."""
        return self.images[index], self.targets[index]

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
        """Return the pairs at `indices`: what DataLoader asks for, a batch at a time."""
        images, targets = self[torch.tensor(indices, dtype=torch.int64, device="cpu")]
        return list(zip(images.unbind(), targets.unbind(), strict=True))


def digits() -> tuple[Images, Images]:
    """Return the 1,797 handwritten digits that ship with the project, as (train, test).

    1,437 to train on and 360 to test with, the same ones every time, with the same share of each
    digit. The 8x8 originals are drawn as MNIST's are: 20x20, with a margin of 4. Each call returns
    new memory.

    Shapes: images float32 (N, 1, 28, 28) in [0, 1]; targets int64 (N,).
    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine
        Learning Repository, 1998, https://doi.org/10.24432/C50P49, CC BY 4.0, as scikit-learn's
        load_digits has it; scripts/make_digits.py took it from there.
    """
    with np.load(DIGITS_FILE) as arrays:
        pixels = torch.from_numpy(arrays["images"])  # (N, 8, 8) uint8, 0..16
        targets = torch.from_numpy(arrays["targets"]).to(torch.int64)
        is_test = torch.from_numpy(arrays["is_test"])

    def part(chosen: Tensor) -> Images:
        images = pixels[chosen, None].to(torch.float32) / 16  # (N, 1, 8, 8)
        # Bicubic comes closest to MNIST's strokes; it overshoots, hence the clamp. Enlarging,
        # antialias hardly changes the picture, but it is the faster way.
        images = F.interpolate(images, size=(20, 20), mode="bicubic", antialias=True).clamp_(0, 1)
        return Images(F.pad(images, (4, 4, 4, 4)), targets[chosen])  # (N, 1, 28, 28)

    return part(~is_test), part(is_test)


def mnist_root() -> Path:
    """Return where MNIST is looked for: KATA_DATA when it is set, else the project's data/."""
    chosen = os.environ.get("KATA_DATA")
    return Path(chosen).expanduser() if chosen else ROOT / "data"


def has_mnist() -> bool:
    """Say whether MNIST's four files are there, without reading them.

    True for a damaged copy too: `mnist()` then says what is wrong; to skip would hide it.
    """
    return not _missing(_raw(mnist_root()))


def mnist() -> tuple[Images, Images]:
    """Return MNIST as (train, test), 60,000 and 10,000 images, checked against known checksums.

    Shapes: images float32 (N, 1, 28, 28) in [0, 1]; targets int64 (N,).
    Raises: MnistNotFound when a file is missing; MnistDamaged when one is not MNIST's.
    Source: Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits.
    """
    folder = _raw(mnist_root())
    _check(folder)
    # Not the MNIST class itself: it prefers an old processed/ folder, which has no checksums.
    from torchvision.datasets.mnist import read_image_file, read_label_file

    def read(part: str) -> Images:
        pixels = read_image_file(str(folder / f"{part}-images-idx3-ubyte"))  # (N, 28, 28) uint8
        targets = read_label_file(str(folder / f"{part}-labels-idx1-ubyte"))
        return Images(pixels[:, None].to(torch.float32).div_(255), targets)

    return read("train"), read("t10k")


def mnist_or_digits() -> tuple[str, Images, Images]:
    """Return ("MNIST", train, test) when MNIST is there, else ("digits", train, test).

    Raises: MnistDamaged when MNIST is there but wrong: digits in its place would go unnoticed.
    """
    return ("MNIST", *mnist()) if has_mnist() else ("digits", *digits())


def download(root: Path | None = None) -> None:
    """Fetch MNIST into `root` (`mnist_root()` by default), or repair the copy that is there.

    About 12 MB, by torchvision; right .gz files that are there already are unpacked instead. The
    files are moved into place when all four are right: an interrupted download changes nothing.

    Raises: DownloadFailed when MNIST could not be fetched, or not be written to `root`.
    """
    folder = _raw(root or mnist_root())
    try:
        _check(folder)
        print(f"MNIST is already in {folder}, complete and undamaged")
    except MnistError:
        _fill(folder)
        print(f"MNIST is in {folder}")


def _fill(folder: Path) -> None:
    """Put the four files into `folder`, once all of them are right."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the target, so that it is on the same disk, even when the target is a link.
        with TemporaryDirectory(prefix=".download-", dir=folder) as scratch:
            fetched = _raw(Path(scratch))
            fetched.mkdir(parents=True)
            for archive in folder.glob("*-ubyte.gz"):
                shutil.copyfile(archive, fetched / archive.name)
            _fetch(Path(scratch))
            for name in SHA256:
                (fetched / name).replace(folder / name)
    except OSError as error:
        raise DownloadFailed(
            f"cannot store MNIST, {error.filename or folder}: {error.strerror or error}. "
            "Put that right, or set KATA_DATA to a folder you can write to"
        ) from error


def _fetch(root: Path) -> None:
    """Let torchvision download and unpack MNIST into `root`, and check what came."""
    from torchvision.datasets import MNIST

    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALLED)
    try:
        MNIST(root, download=True)
        _check(_raw(root))
    except (MnistError, RuntimeError, *NETWORK_ERRORS) as error:
        reason = " ".join(str(error).split()).rstrip(".")  # torchvision's has several lines
        raise DownloadFailed(
            f"MNIST was not downloaded: {reason}. Check the connection and run `kata download` "
            "again; until then the exercises run on the digits that ship with the project"
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)


def _raw(root: Path) -> Path:
    return root / "MNIST" / "raw"  # torchvision's layout


def _missing(folder: Path) -> list[str]:
    # Path.is_file would raise for a folder that may not be read.
    return [name for name in SHA256 if not os.path.isfile(folder / name)]


def _check(folder: Path) -> None:
    """Raise MnistNotFound or MnistDamaged unless `folder` holds the four published files."""
    if missing := _missing(folder):
        raise MnistNotFound(f"MNIST not found, no {', '.join(missing)} in {folder}: {GET_MNIST}")
    for name, published in SHA256.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != published:
                raise MnistDamaged(
                    f"{folder / name} is truncated or not MNIST's (its checksum is wrong): "
                    "run `kata download` to replace it"
                )
