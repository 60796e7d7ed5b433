"""The service that a running Butaca is compared with: Flask and implicit under gunicorn, doing the same job on the same number of films.

    FILMS=60000 DATABASE=… gunicorn -k gthread -w 2 --threads 8 --keep-alive 60 live_peer:app

`POST /api/v1/events` keeps a mark in SQLite, as durable as Butaca's (WAL, synchronous=FULL); `GET /api/v1/me/recommendations` folds the
person's likes in, scores all films, leaves out what is marked and returns the best 20, with `explain=1` also each like's share, as
implicit explains them. Factors of rank 64 are random: their values cost nothing.
"""

import os
import sqlite3
import threading

import flask
import numpy as np
import scipy.sparse
from implicit.cpu.als import AlternatingLeastSquares

FILMS, RANK = int(os.environ["FILMS"]), 64
app = flask.Flask(__name__)
own = threading.local()
model = AlternatingLeastSquares(factors=RANK, num_threads=1)
model.item_factors = np.random.default_rng(1).normal(0, 0.1, (FILMS, RANK)).astype(np.float32)
model.user_factors = np.zeros((1, RANK), np.float32)
model._YtY = None


def database():
    if not hasattr(own, "database"):
        own.database = sqlite3.connect(os.environ["DATABASE"], timeout=60, isolation_level=None)
        own.database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                   "CREATE TABLE IF NOT EXISTS mark (user TEXT, film INTEGER, value REAL, PRIMARY KEY (user, film)) WITHOUT ROWID;")
    return own.database


@app.post("/api/v1/events")
def say():
    event = flask.request.get_json()
    value = event["value"] if isinstance(event["value"], (int, float)) else 5
    database().execute("INSERT INTO mark VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                       (flask.request.headers["Cookie"], event["film_id"] % FILMS, value))
    return {"outcome": "accepted"}, 201


@app.get("/api/v1/me/recommendations")
def recommend():
    marks = database().execute("SELECT film, value FROM mark WHERE user = ? ORDER BY film", (flask.request.headers["Cookie"],)).fetchall()
    films = np.array([film for film, _ in marks], np.int32)
    likes = np.array([1 + value for _, value in marks], np.float32)
    row = scipy.sparse.csr_matrix((likes, films, [0, len(films)]), shape=(1, FILMS))
    found, scores = model.recommend(0, row, N=int(flask.request.args.get("limit", 20)), recalculate_user=True)
    items = [{"film": {"id": int(film)}, "score": float(score)} for film, score in zip(found, scores)]
    if flask.request.args.get("explain") == "1":
        weights = None
        for item in items:
            _, shares, weights = model.explain(0, row, item["film"]["id"], user_weights=weights, N=10)
            item["reasons"] = [{"film": {"id": int(film)}, "share": float(share)} for film, share in shares]
    return {"items": items}
