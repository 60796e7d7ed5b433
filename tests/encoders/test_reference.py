"""The encoders against their origins: the same tokens for thousands of texts in many languages and hostile ones, the same vectors.

What differs is listed: tests/encoders/differences.json has the texts whose tokens aren't the reference's.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from encoders import Encoder

pytestmark = pytest.mark.slow

COSINE = 0.99999


def cosines(found, expected):
    return (found * expected).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(expected, axis=1)


def name_of(encoder):
    return encoder.info.name.decode()


def test_tokens(encoder, reference, root):
    known = json.loads((root / "tests" / "encoders" / "differences.json").read_text())[name_of(encoder)]
    expected = reference.ids(name_of(encoder))
    differ = [text for text, ids in zip(reference.texts, expected) if encoder.tokens(text) != ids]
    assert len(expected) > 5000
    assert len(differ) <= len(expected) / 1000, differ
    assert sorted(text.decode() for text in differ) == sorted(known)


def test_vectors(encoder, reference):
    texts, expected = reference.vectors(name_of(encoder))
    found = encoder.encode(texts, threads=2)
    assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 1e-5
    near = cosines(found, expected)
    assert near.min() > COSINE, texts[near.argmin()][:200]


def test_company_and_threads_change_nothing(encoder, reference):
    """A text's vector has the same bits alone, in any order, and with any number of threads."""
    texts = [text for text in reference.vectors(name_of(encoder))[0] if len(text) < 2000][:150]
    together = encoder.encode(texts)
    assert np.array_equal(together, encoder.encode(texts, threads=3))
    assert np.array_equal(together[::-1], encoder.encode(texts[::-1], threads=2))
    alone = [encoder.encode([text])[0] for text in texts[::5]]
    assert np.array_equal(together[::5], alone)


def test_instruction_sets_agree(encoder, reference, weights, build, root, tmp_path):
    """The scalar reference in a process of its own, for the environment is read once."""
    name = name_of(encoder)
    texts = [text for text in reference.vectors(name)[0] if len(text) < 300][:40]
    (tmp_path / "texts.json").write_text(json.dumps([text.decode() for text in texts]))
    script = ("import json, pathlib, sys, numpy, encoders\n"
              "build, path, texts, out = map(pathlib.Path, sys.argv[1:])\n"
              "texts = [text.encode() for text in json.loads(texts.read_text())]\n"
              "numpy.save(out, encoders.Encoder(build, path).encode(texts))\n")
    out = tmp_path / "vectors.npy"
    subprocess.run([sys.executable, "-c", script, build, weights / f"{name}.btenc", tmp_path / "texts.json", out], check=True,
                   env={**os.environ, "BUTACA_SIMD": "scalar", "PYTHONPATH": str(root / "tests" / "support")})
    assert cosines(np.load(out), encoder.encode(texts)).min() > 0.999999


def test_bytes_that_are_no_utf8(encoder):
    """Each bad byte counts as U+FFFD."""
    for bad in (b"\xff", b"caf\xe9 noir", b"\xc3", b"abc\xe2\x82", b"\xed\xa0\x80 x", b"\xf5\x80\x80\x80", b"a\xc0\xafb"):
        good, rest = b"", bad
        while rest:
            for n in range(1, 5):
                try:
                    rest[:n].decode()
                except UnicodeDecodeError:
                    continue
                good, rest = good + rest[:n], rest[n:]
                break
            else:
                good, rest = good + "\ufffd".encode(), rest[1:]
        assert encoder.tokens(bad) == encoder.tokens(good)


def test_a_text_that_is_too_long(encoder):
    longest = b"word " * ((1 << 20) // 5)
    assert len(encoder.tokens(longest)) > 200
    with pytest.raises(RuntimeError, match="1048576 can be encoded"):
        encoder.encode([b"x" * ((1 << 20) + 1)])


def test_similar_texts_are_near(weights, build):
    """That meaning is in the vectors, in two languages where the encoder has them."""
    muse = Encoder(build, weights / "muse.btenc")
    english, spanish, other = muse.encode([b"A shark frightens the beach of a small town.",
                                           "Un tiburón aterroriza la playa de un pueblo pequeño.".encode(),
                                           b"Two lawyers argue over a contract."])
    assert english @ spanish > 0.6 > 0.3 > english @ other
