"""Whose data it is, and on which terms, goes along from the import to the model and the page."""

import json

HARPER = "F. Maxwell Harper and Joseph A. Konstan. 2015."


def import_three(butaca, data, tmp_path):
    """Ratings of MovieLens, overviews of TMDB, texts of Wikipedia."""
    movielens = tmp_path / "movielens"
    movielens.mkdir()
    (movielens / "movies.csv").write_text("movieId,title,genres\n" + "".join(f"{i},Film {i} (1999),Drama\n" for i in range(1, 9)))
    (movielens / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "".join(
        f"{u},{i},{1 + (u * i) % 5}.0,1000000000\n" for u in range(1, 9) for i in range(1, 9)))
    (movielens / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0000001,11\n")
    overviews = tmp_path / "overviews.csv"
    overviews.write_text("tmdbId,overview\n11,A film of somebody.\n")
    wikipedia = tmp_path / "wikipedia.json"
    wikipedia.write_text(json.dumps([{"title": "Film 2", "year": 1999, "cast": [], "genres": [], "href": "Film_2",
                                      "extract": "Film 2 is a film."}]))
    for source in (movielens, overviews, wikipedia):
        butaca("import", "--data", data, source)


def test_terms_go_into_the_model_and_onto_the_page(butaca, data_folder, server, tmp_path):
    import_three(butaca, data_folder, tmp_path)
    butaca("train", "--data", data_folder, "--rank", 4)
    [model] = butaca("model", "list", "--data", data_folder, "--json").json()["models"]
    [rated] = model["sources"]
    assert rated["name"] == "movielens" and HARPER in rated["attribution"] and rated["url"].startswith("https://grouplens.org/")
    assert "no commercial use" in rated["licence"] and rated["licence"] in butaca("model", "list", "--data", data_folder).out
    moved = next((data_folder / "models").glob("*.btm")).read_bytes()
    assert HARPER.encode() in moved and rated["licence"].encode() in moved, "in the file that somebody passes on"

    about = {source["name"]: source for source in server(data_folder).get("/api/v1/about").json()["sources"]}
    assert set(about) == {"movielens", "tmdb", "wikipedia"}
    assert HARPER in about["movielens"]["attribution"]
    assert "not endorsed or certified by TMDB" in about["tmdb"]["attribution"] and "attribution" in about["tmdb"]["licence"]
    assert "CC BY-SA" in about["wikipedia"]["licence"] and about["wikipedia"]["url"].startswith("https://")


def test_the_docs_tell_the_same_terms(root):
    text = " ".join((root / "docs" / "data.md").read_text().split())
    for told in (HARPER.split(" 2015")[0], "No commercial or revenue-bearing use", "The MovieLens Datasets: History and Context",
                 "TMDB neither endorses nor certifies", "CC BY-SA", "https://doi.org/10.1145/2827872"):
        assert told in text, told
