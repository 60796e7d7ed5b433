"""libbutaca's encoders and vectors in Python: the shared library through ctypes, as any other program would use it."""

import ctypes

import numpy as np


class Text(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 512)]


class Info(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("dimensions", ctypes.c_size_t), ("n_vocabulary", ctypes.c_size_t),
                ("max_tokens", ctypes.c_size_t), ("about", ctypes.c_char_p), ("licence", ctypes.c_char_p),
                ("fingerprint", ctypes.c_uint64)]


class Params(ctypes.Structure):
    _fields_ = [("n_threads", ctypes.c_size_t), ("progress", ctypes.c_void_p)]


class Encoder:
    """Encoder(build, path): texts are bytes."""

    def __init__(self, build, path):
        self.butaca = ctypes.CDLL(str(build / "libbutaca.so"))
        self.butaca.bt_free.argtypes = [ctypes.c_void_p]
        self.butaca.bt_encoder_describe.restype = ctypes.POINTER(Info)
        self.butaca.bt_encoder_tokens.argtypes = [ctypes.c_void_p, Text, *[ctypes.c_void_p] * 3]
        self.butaca.bt_encode.argtypes = [*[ctypes.c_void_p] * 3, ctypes.c_size_t, *[ctypes.c_void_p] * 2]
        self.handle = ctypes.c_void_p()
        self.call("bt_encoder_open", str(path).encode(), ctypes.byref(self.handle))
        self.info = self.butaca.bt_encoder_describe(self.handle).contents

    def call(self, name, *arguments):
        error = Error()
        if getattr(self.butaca, name)(*arguments, ctypes.byref(error)) != 0:
            raise RuntimeError(error.message.decode())

    def tokens(self, text):
        ids, n = ctypes.POINTER(ctypes.c_uint32)(), ctypes.c_size_t()
        self.call("bt_encoder_tokens", self.handle, Text(text, len(text)), ctypes.byref(ids), ctypes.byref(n))
        found = ids[: n.value]
        self.butaca.bt_free(ids)
        return found

    def encode(self, texts, threads=1):
        array = (Text * len(texts))(*[Text(text, len(text)) for text in texts])
        vectors = np.empty((len(texts), self.info.dimensions), np.float32)
        params = Params(threads, None)
        self.call("bt_encode", self.handle, ctypes.byref(params), array, len(texts), vectors.ctypes.data)
        return vectors


class Hit(ctypes.Structure):
    _fields_ = [("film_id", ctypes.c_uint32), ("score", ctypes.c_float), ("text", ctypes.c_uint32), ("begin", ctypes.c_uint32),
                ("end", ctypes.c_uint32)]


class SearchParams(ctypes.Structure):
    _fields_ = [("limit", ctypes.c_size_t), ("allowed", ctypes.c_void_p), ("whole", ctypes.c_float)]


class Vectors:
    """Vectors(encoder, path): a data folder's text/vectors.bt, searched with queries that the encoder encodes."""

    def __init__(self, encoder, path):
        self.encoder = encoder
        encoder.butaca.bt_vectors_search.argtypes = [ctypes.c_void_p] * 6
        self.handle = ctypes.c_void_p()
        encoder.call("bt_vectors_open", str(path).encode(), ctypes.byref(self.handle))

    def search(self, query, limit):
        vector = self.encoder.encode([query.encode()])[0]
        hits, n = (Hit * limit)(), ctypes.c_size_t()
        params = SearchParams(limit, None, 0.5)
        self.encoder.call("bt_vectors_search", self.handle, vector.ctypes.data, ctypes.byref(params), hits, ctypes.byref(n))
        return list(hits[: n.value])
