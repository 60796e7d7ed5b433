"""`butaca embed` with the real encoder on the demo's films: plots that people half remember find their film by meaning alone, in English and
in Spanish, though no word of the query need be in the film's text.
"""

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import time

import pytest
from encoders import Encoder, Vectors

pytestmark = pytest.mark.slow


def butaca(build, *arguments, rc=0, **environment):
    done = subprocess.run([build / "butaca", *map(str, arguments)], capture_output=True, text=True, timeout=600,
                          env={**os.environ, **{name: str(value) for name, value in environment.items()}})
    assert done.returncode == rc, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def embedded(root, build, weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedded") / "data"
    ratings = folder.with_name("ratings")
    subprocess.run([build / "demo-ratings", root / "data" / "demo" / "films.jsonl", ratings], check=True, capture_output=True)
    butaca(build, "import", "--data", folder, "--json", ratings)
    result = butaca(build, "embed", "--data", folder, "--json", BUTACA_WEIGHTS=weights)
    assert result["encoder"] == "muse" and result["films"] == result["encoded_films"] == 500
    return folder


def test_half_remembered_plots_find_their_film(root, build, weights, embedded):
    vectors = Vectors(Encoder(build, weights / "muse.btenc"), embedded / "text" / "vectors.bt")
    with sqlite3.connect(embedded / "butaca.db") as catalogue:
        films = dict(catalogue.execute("SELECT value, film_id FROM film_id WHERE source = 'butaca-demo'"))
    recall = {"en": [], "es": []}
    with open(root / "data" / "demo" / "queries.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            hits = vectors.search(row["query"], 5)
            recall[row["language"]].append(films[row["film"]] in [hit.film_id for hit in hits])
    english, spanish = (sum(found) / len(found) for found in (recall["en"], recall["es"]))
    assert len(recall["en"]) == len(recall["es"]) == 60
    assert english > 0.8 and spanish > 0.7, (english, spanish)


def measured(root, build, weights, embedded, mode):
    found = butaca(build, "evaluate", "--protocol", "search", "--data", embedded, "--mode", mode, "--queries",
                   root / "data" / "demo" / "queries.tsv", "--json", BUTACA_WEIGHTS=weights)
    assert found["mode"] == mode
    return {result["language"]: result for result in found["results"]}


def test_both_ways_find_more_than_each(root, build, weights, embedded):
    lexical, semantic, hybrid = (measured(root, build, weights, embedded, mode) for mode in ("lexical", "semantic", "hybrid"))
    assert hybrid[""]["mrr"] > lexical[""]["mrr"] + 0.02 and hybrid[""]["mrr"] > semantic[""]["mrr"] + 0.02
    assert abs(hybrid["en"]["hit_5"] - hybrid["es"]["hit_5"]) <= 0.1  # Recall@5, where one film is to be found


def test_a_search_says_how_near_a_film_is(build, weights, embedded):
    query = ["search", "--data", embedded, "--json", "a sailor alone with the sea"]
    hybrid, lexical = (butaca(build, *query, *more, BUTACA_WEIGHTS=weights)["items"] for more in ((), ("--mode", "lexical")))
    assert all(-1 <= item["meaning"] <= 1 for item in hybrid) and not any("meaning" in item for item in lexical)
    without = butaca(build, *query, BUTACA_WEIGHTS=embedded)["items"]  # no weights there: by words
    assert without == lexical


def test_what_is_embedded_is_left(build, weights, embedded):
    before = (embedded / "text" / "vectors.bt").stat().st_mtime_ns
    assert butaca(build, "embed", "--data", embedded, "--json", BUTACA_WEIGHTS=weights)["encoded_films"] == 0
    assert (embedded / "text" / "vectors.bt").stat().st_mtime_ns == before


def test_without_weights(build, embedded, tmp_path):
    error = butaca(build, "embed", "--data", embedded, "--encoder", "minilm", "--json", rc=1, BUTACA_WEIGHTS=tmp_path)["error"]
    assert error["code"] == "NOT_FOUND" and "tools/weights.sh minilm gets them" in error["message"]
    assert butaca(build, "embed", "--data", embedded, "--encoder", "bert", "--json", rc=2)["error"]["code"] == "USAGE"


def test_a_running_server_takes_what_is_embedded_beside_it(build, weights, embedded, server, tmp_path):
    data = shutil.copytree(embedded, tmp_path / "data")
    vectors, neighbours = (data / "text" / name for name in ("vectors.bt", "neighbours.bt"))
    vectors.unlink()
    neighbours.unlink()
    running = server(data, env={"BUTACA_WEIGHTS": str(weights)})
    query, near = "/api/v1/search?mode=semantic&text=a+sailor+alone+with+the+sea", "/api/v1/films/1/similar?by=text"

    def ids(found):
        return [item["film"]["id"] for item in found["items"]]

    by_words = ids(running.get(near).json())
    assert by_words and running.get(query).status == 400
    butaca(build, "embed", "--data", data, "--json", BUTACA_WEIGHTS=weights)
    expected = ids(butaca(build, "similar", "--data", data, "id:1", "--by", "text", "--limit", 20, "--json"))
    assert expected != by_words
    for _ in range(3000):
        if running.get(query).status == 200 and ids(running.get(near).json()) == expected:
            break
        time.sleep(0.02)
    else:
        raise AssertionError("the server never took them")
    assert running.stop() == 0
