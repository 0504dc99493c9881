"""Make kata/digits.npz from scikit-learn's copy of the UCI handwritten digits.

    pip install --group digits
    python scripts/make_digits.py

The file ships with the project: this is for whoever wants to see where it came from. Running it
again writes the same arrays.
"""

from pathlib import Path

import numpy as np

try:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
except ImportError:
    raise SystemExit("no scikit-learn: pip install --group digits, then try again") from None

SPLIT_SEED = 0
TEST_SIZE = 360  # one image in five, as nearly as 1,797 allows


def make_digits(path: Path) -> None:
    """Write the digits to `path`, with a fixed stratified split.

    Shapes: images uint8 (1797, 8, 8) in 0..16; targets uint8 (1797,); is_test bool (1797,).
    Source: https://doi.org/10.24432/C50P49 (E. Alpaydin and C. Kaynak, 1998, CC BY 4.0)
    """
    images, targets = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8)

    _, test = train_test_split(
        np.arange(len(targets)), test_size=TEST_SIZE, stratify=targets, random_state=SPLIT_SEED
    )
    is_test = np.zeros(len(targets), dtype=bool)
    is_test[test] = True

    np.savez_compressed(
        path, images=images.astype(np.uint8), targets=targets.astype(np.uint8), is_test=is_test
    )


if __name__ == "__main__":
    digits_file = Path(__file__).resolve().parent.parent / "kata" / "digits.npz"
    make_digits(digits_file)
    print(f"{digits_file}: {digits_file.stat().st_size:,} bytes")
