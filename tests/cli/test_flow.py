"""Ratings in, recommendations out: the whole way on the command line, on generated, demo and real data."""

import shutil
from xml.etree import ElementTree

import small_movielens
import pytest


def titles(result):
    return [item["film"]["title"] for item in result.json()["items"]]


def test_import_train_recommend(butaca, small_data, data_folder):
    summary = butaca("import", "--data", data_folder, small_data, "--json").json()["imports"][0]
    films, ratings = small_movielens.films(), list(small_movielens.ratings())
    assert summary["films"] == {"read": len(films), "new": len(films), "joined": 0}
    assert summary["ratings"]["read"] == summary["ratings"]["new"] == len(ratings)
    assert summary["rejected"]["rows"] == 0

    trained = butaca("train", "--data", data_folder, "--rank", 2, "--json").json()  # two camps
    assert trained["ratings"] == len(ratings) and trained["users"] == 120
    assert trained["losses"][-1] < trained["losses"][0] and trained["loss"] == trained["losses"][-1]

    listed = butaca("recommend", "--data", data_folder, "--like", "Alien (1979)", "--limit", 5, "--json").json()
    assert listed["model"] == trained["model"] and listed["basis"] == "taste"
    assert len(listed["items"]) == 5
    assert all("Sci-Fi" in item["film"]["genres"] for item in listed["items"])
    scores = [item["score"] for item in listed["items"]]
    assert scores == sorted(scores, reverse=True)


def test_importing_twice_changes_nothing(butaca, small_data, data_folder):
    butaca("import", "--data", data_folder, small_data)
    before = (data_folder / "ratings.bt").read_bytes()
    again = butaca("import", "--data", data_folder, small_data, "--json").json()["imports"][0]
    assert again["films"]["new"] == again["ratings"]["new"] == again["ratings"]["superseded"] == 0
    assert again["ratings"]["same"] == again["ratings"]["read"] > 0
    assert (data_folder / "ratings.bt").read_bytes() == before


def test_the_summary_is_for_people(butaca, small_data, data_folder):
    out = butaca("import", "--data", data_folder, small_data).out
    count = len(list(small_movielens.ratings()))
    assert f"{count:,} new" in out and "44 films" in out and "butaca train" in out
    out = butaca("train", "--data", data_folder).out
    assert f"Trained on {count:,} ratings" in out and "is active" in out


def test_refused_rows_are_counted_and_written(butaca, small_data, data_folder, tmp_path):
    bad = shutil.copytree(small_data, tmp_path / "bad")
    with open(bad / "ratings.csv", "a") as file:
        file.write("7,10,nan,1000000000\n7,10,6.0,1000000000\n7,999999,4.0,1000000000\n7,10\n")
    result = butaca("import", "--data", data_folder, bad)
    assert "refused" in result.out
    rejected = butaca("import", "--data", data_folder, bad, "--json").json()["imports"][0]["rejected"]
    assert rejected["rows"] == 4 == sum(rejected["reasons"].values())
    line = len((bad / "ratings.csv").read_text().splitlines())
    assert str(line) in open(rejected["file"]).read()


def test_user_and_titles_join(butaca, small_folder):
    plain = titles(butaca("recommend", "--data", small_folder, "--user", 1, "--limit", 44, "--json"))
    assert plain == titles(butaca("recommend", "--data", small_folder, "--user", "movielens:1", "--limit", 44, "--json"))
    less = titles(butaca("recommend", "--data", small_folder, "--user", 1, "--seen", plain[0], "--limit", 44, "--json"))
    assert less == plain[1:]  # seen says nothing about taste


def test_a_dislike_counts_and_takes_its_film_out(butaca, small_folder):
    liked = ["--like", "Alien (1979)", "--like", "matrix"]
    plain = titles(butaca("recommend", "--data", small_folder, *liked, "--limit", 44, "--json"))
    disliked = titles(butaca("recommend", "--data", small_folder, *liked, "--dislike", plain[0], "--limit", 44, "--json"))
    assert sorted(disliked) == sorted(plain[1:])
    assert disliked != plain[1:]


def test_ratings_act_as_likes(butaca, small_folder):
    like = butaca("recommend", "--data", small_folder, "--like", "Aliens", "--json").json()
    rate = butaca("recommend", "--data", small_folder, "--rate", "Aliens=4.5", "--json").json()
    assert [item["film"] for item in rate["items"]] == [item["film"] for item in like["items"]]


def test_filters(butaca, small_folder):
    def listed(*filters):
        return butaca("recommend", "--data", small_folder, "--like", "Alien (1979)", *filters, "--limit", 44, "--json").json()["items"]

    assert {g for item in listed("--genre", "comedy") for g in item["film"]["genres"]} >= {"Comedy"}
    assert len(listed("--genre", "comedy")) == 2
    assert len(listed("--genre", "comedy", "--genre", "ANIMATION")) == 3
    assert all(1990 <= item["film"]["year"] <= 1999 for item in listed("--from-year", 1990, "--to-year", 1999))
    result = butaca("recommend", "--data", small_folder, "--genre", "western", rc=1)
    assert "western" in result.err and "Romance" in result.err


def test_no_taste_gives_popular_films(butaca, small_folder):
    result = butaca("recommend", "--data", small_folder)
    assert "most liked" in result.err and "likes" in result.out
    listed = butaca("recommend", "--data", small_folder, "--json").json()
    assert listed["basis"] == "popularity" and len(listed["items"]) == 10


def test_explanations_add_up(butaca, small_folder):
    taste = ["--like", "Alien (1979)", "--like", "matrix", "--dislike", "Hamlet (1948)"]
    listed = butaca("recommend", "--data", small_folder, *taste, "--explain", "--json").json()["items"]
    for item in listed:
        assert len(item["reasons"]) == 3
        assert sum(reason["share"] for reason in item["reasons"]) == pytest.approx(item["score"], abs=1e-4)
    first = listed[0]["film"]["title"]
    explained = butaca("explain", "--data", small_folder, first, *taste, "--json").json()["items"][0]
    assert explained["score"] == pytest.approx(listed[0]["score"], abs=1e-9)
    text = butaca("explain", "--data", small_folder, first, *taste).out
    assert "disliked" in text and "in all" in text
    assert "because you liked" in butaca("recommend", "--data", small_folder, *taste, "--explain").out


def test_similar(butaca, small_folder):
    found = butaca("similar", "--data", small_folder, "Aliens", "--limit", 4, "--json").json()
    assert found["film"]["title"] == "Aliens" and len(found["items"]) == 4
    assert all("Sci-Fi" in item["film"]["genres"] for item in found["items"])
    assert all(-1 <= item["score"] <= 1 for item in found["items"])


def test_similar_by_text_and_by_both(butaca, demo_folder):
    def similar(by):
        found = butaca("similar", "--data", demo_folder, "Alien", "--by", by, "--limit", 500, "--json").json()
        assert found["by"] == by and found["film"]["title"] == "Alien"
        return {item["film"]["id"]: item["score"] for item in found["items"]}

    taste, text, both = similar("taste"), similar("text"), similar("both")
    assert len(taste) == 499 and 100 < len(text) <= 128 and list(taste)[:128] != list(text)
    first, last = max(text.values()), min(text.values()) if len(text) == 128 else 0
    expected = {film: 0.5 * (text[film] - last) / (first - last) for film in text}
    for film, score in list(taste.items())[:128]:
        if score > 0:
            expected[film] = expected.get(film, 0) + 0.5 * score / next(iter(taste.values()))
    assert both == pytest.approx(expected, abs=1e-6)
    assert list(both.values()) == sorted(both.values(), reverse=True)
    heads = [butaca("similar", "--data", demo_folder, "Alien", "--by", by).out.splitlines()[0] for by in ("text", "both")]
    assert heads == ["Described as Alien (1979) is", "Like Alien (1979), by taste and by text"]


def test_similar_of_a_film_that_is_newer_than_the_model(butaca, small_folder, tmp_path):
    folder, new = shutil.copytree(small_folder, tmp_path / "own"), tmp_path / "new"
    new.mkdir()
    (new / "movies.csv").write_text("movieId,title,genres\n9001,Alien Again (2030),Sci-Fi\n")
    (new / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,9001,3,1000000000\n")
    (tmp_path / "overviews.csv").write_text("movieId,overview\n" + "".join(
        f"{film},{text}.\n" for film, text in ((10, "A cook meets a monster"), (13, "The monster again"), (9001, "A cook and a monster"),
                                              (22, "Prince waits"))))
    for path in (new, tmp_path / "overviews.csv"):
        butaca("import", "--data", folder, path)
    query = ["similar", "--data", folder, "Alien Again", "--json"]
    assert butaca(*query, rc=1).json()["error"]["code"] == "NOT_FOUND"
    text, both = (titles(butaca(*query, "--by", by)) for by in ("text", "both"))
    assert set(text) == {"Alien", "Aliens"} and both == text


def test_evaluate_beats_popularity(butaca, small_folder):
    result = butaca("evaluate", "--data", small_folder, "--rank", 4, "--json").json()
    assert result["als"]["ndcg_10"] > result["popularity"]["ndcg_10"] > 0
    assert result["als"]["users"] == result["popularity"]["users"] > 100
    text = butaca("evaluate", "--data", small_folder, "--rank", 4, "--protocol", "strong").out
    assert f"{result['als']['recall_20']:.4f}" in text and "popularity" in text


def test_evaluate_beside_yardsticks(butaca, small_folder):
    line = ["evaluate", "--data", small_folder, "--rank", 4]
    result = butaca(*line, "--beside", "all", "--seeds", 2, "--json").json()
    others = ["lists", "dial-1", "dial-3", "dial-4", "dial-5", "no-texts", "no-dislikes", "no-damping", "diverse", "ease", "ease-middling", "knn", "popularity"]
    for name in others:
        lead = result[name]["als_leads_by"]["recall_20"]
        assert lead["mean"] == pytest.approx(result["als"]["recall_20"] - result[name]["recall_20"], abs=1e-9)
        low, high = lead["bootstrap_95"]
        assert low <= lead["mean"] <= high and high - low == pytest.approx(2 * lead["half_95"], rel=0.25, abs=1e-3)
        assert lead["half_95"] >= 0 and 0 < result[name]["coverage_20"] <= 1
    assert result["popularity"]["als_leads_by"]["ndcg_10"]["half_95"] > 0
    assert result["ease"]["ndcg_10"] > result["popularity"]["ndcg_10"]
    text = butaca(*line, "--beside", "knn").out
    assert "item-kNN" in text and "EASE" not in text and "leads by" in text
    assert "ease" in butaca(*line, "--beside", "nothing", rc=2).err


def test_evaluate_onboarding(butaca, small_folder):
    line = ["evaluate", "--data", small_folder, "--rank", 4, "--protocol", "onboarding"]
    result = butaca(*line, "--json").json()
    assert result["protocol"] == "onboarding"
    for name in ["als", "asked-popular", "popular-ordinary", "popularity"]:
        lead = result[name]["asked_leads_by"]["ndcg_100"]
        assert lead["mean"] == pytest.approx(result["asked"]["ndcg_100"] - result[name]["ndcg_100"], abs=1e-9)
        assert lead["bootstrap_95"][0] <= lead["mean"] <= lead["bootstrap_95"][1]
    assert "asked_leads_by" not in result["asked"]
    assert result["asked"]["ndcg_100"] > result["popularity"]["ndcg_100"], "answers say something"
    assert result["als"]["ndcg_100"] > result["popular-ordinary"]["ndcg_100"], "all ratings say more than ten answers"
    assert "10 questions lead by" in butaca(*line).out


def test_evaluations_are_drawn(butaca, small_folder, tmp_path):
    figure, svg = tmp_path / "figure.svg", "{http://www.w3.org/2000/svg}"
    line = ["evaluate", "--data", small_folder, "--rank", 4, "--beside", "ease,popularity", "--plot"]
    result = butaca(*line, figure, "--json").json()
    root = ElementTree.parse(figure).getroot()
    assert root.tag == f"{svg}svg" and "prefers-color-scheme: dark" in root.find(f"{svg}style").text
    drawn = [tuple(map(float, dot.find(f"{svg}title").text.split("±"))) for dot in root.iter(f"{svg}circle")]
    expected = [(result[kind][measure], 0 if kind == "als" else result[kind]["als_leads_by"][measure]["half_95"])
                for measure in ("recall_20", "recall_50", "ndcg_10", "ndcg_100") for kind in ("als", "ease", "popularity")]
    assert [value for pair in drawn for value in pair] == pytest.approx([v for pair in expected for v in pair], abs=1e-4)
    dots = list(root.iter(f"{svg}circle"))  # by value from left to right, inside their panel
    for panel in range(4):
        of_panel = sorted(dots[3 * panel : 3 * panel + 3], key=lambda dot: float(dot.get("cx")))
        values = [float(dot.find(f"{svg}title").text.split("±")[0]) for dot in of_panel]
        assert values == sorted(values)
        assert all(170 + 236 * panel <= float(dot.get("cx")) <= 360 + 236 * panel for dot in of_panel)
    assert not root.findall(f".//{svg}script")
    assert "figure.svg" in butaca(*line, tmp_path / "nowhere" / "figure.svg", rc=1).err
    assert "--plot" in butaca("evaluate", "--data", small_folder, "--protocol", "rmse", "--plot", figure, rc=2).err
    assert list(tmp_path.iterdir()) == [figure]


def test_evaluate_over_time(butaca, small_folder):
    result = butaca("evaluate", "--data", small_folder, "--rank", 4, "--protocol", "temporal", "--json").json()
    assert result["protocol"] == "temporal" and 0 <= result["als"]["unwanted_20"] < 1
    assert result["als"]["users"] > 100 and result["als"]["recall_20"] > 0
    assert "unwanted" in butaca("evaluate", "--data", small_folder, "--rank", 4, "--protocol", "temporal").out


def test_evaluate_dislikes(butaca, small_folder):
    line = ["evaluate", "--data", small_folder, "--rank", 4, "--protocol", "dislikes"]
    result = butaca(*line, "--json").json()
    lead = result["no-dislikes"]["lists_lead_by"]["unwanted_20"]
    assert result["protocol"] == "dislikes" and result["no-dislikes"]["unwanted_20"] > 0
    assert lead["mean"] == pytest.approx(result["lists"]["unwanted_20"] - result["no-dislikes"]["unwanted_20"], abs=1e-9)
    assert lead["bootstrap_95"][0] <= lead["mean"] <= lead["bootstrap_95"][1]
    text = butaca(*line).out
    assert "lists lead by" in text and text.count("unwanted") == 2
    assert "--export" in butaca(*line, "--export", "splits", rc=2).err


def test_splits_are_exported(butaca, small_folder, tmp_path):
    butaca("evaluate", "--data", small_folder, "--export", tmp_path / "splits", "--seeds", 2)
    butaca("evaluate", "--data", small_folder, "--export", tmp_path / "splits", "--protocol", "temporal")
    assert sorted(p.name for p in (tmp_path / "splits").iterdir()) == ["strong-1.tsv", "strong-2.tsv", "temporal-1.tsv"]
    rows = [line.split("\t") for line in (tmp_path / "splits" / "strong-1.tsv").read_text().splitlines()]
    assert rows[0] == ["user", "film", "rating", "time", "fold", "role"]
    folds = {}
    for user, _, rating, _, fold, role in rows[1:]:
        folds.setdefault(user, set()).add(fold)
        assert (role == "train") == (fold == "-") and (role != "wanted" or float(rating) >= 4)
    assert all(len(of_user) == 1 for of_user in folds.values())
    assert {"0", "1", "2", "3", "4"} <= {fold for of_user in folds.values() for fold in of_user}


def test_lists_for_everyone_are_those_of_each(butaca, small_folder):
    rows = [line.split("\t") for line in butaca("recommend", "--data", small_folder, "--all", "--limit", 7).out.splitlines()]
    everyone = butaca("recommend", "--data", small_folder, "--all", "--limit", 7, "--json").json()
    assert len(everyone["lists"]) == 120
    at = 0
    for one in everyone["lists"]:
        if one["user"].endswith("7"):
            alone = butaca("recommend", "--data", small_folder, "--user", one["user"], "--limit", 7, "--json").json()
            assert alone["model"] == everyone["model"] and alone["basis"] == one["basis"]
            assert [(i["film"]["id"], i["score"]) for i in alone["items"]] == [(i["id"], i["score"]) for i in one["items"]]
        for place, item in enumerate(one["items"], 1):
            assert rows[at][:3] == [one["user"], str(place), str(item["id"])] and rows[at][4]
            at += 1
    assert at == len(rows)
    few = butaca("recommend", "--data", small_folder, "--all", "--limit", 10000, "--json").json()["lists"]
    assert 0 < min(len(one["items"]) for one in few) < 44  # what was rated is gone, and nothing fills it up
    assert "--user" in butaca("recommend", "--data", small_folder, "--all", "--user", 1, rc=2).err
    assert "Nonsense" in butaca("recommend", "--data", small_folder, "--all", "--genre", "Nonsense", "--json", rc=1).err


def test_predicted_ratings_are_evaluated(butaca, small_folder):
    result = butaca("evaluate", "--data", small_folder, "--protocol", "rmse", "--rank", 3, "--json").json()
    assert result["trained"] > 8 * result["held_out"] > 0 and result["parameters"]["rank"] == 3
    assert result["als"]["rmse"] < result["biases"]["rmse"] < 5 and result["als"]["mae"] <= result["als"]["rmse"]
    assert butaca("evaluate", "--data", small_folder, "--protocol", "rmse", "--rank", 3, "--json").json() == result
    text = butaca("evaluate", "--data", small_folder, "--protocol", "rmse", "--rank", 3, "--nonnegative").out
    assert "biases alone" in text and f"{result['biases']['rmse']:.4f}" in text and "80 % intervals" in text
    intervals = result["intervals_80"]
    assert list(intervals) == ["shown_1", "shown_5", "shown_20", "few", "many", "all"]
    assert intervals["all"]["held_out"] == result["held_out"] == intervals["few"]["held_out"] + intervals["many"]["held_out"]
    assert 0.5 < intervals["all"]["coverage"] <= 1 and 0 < intervals["all"]["width"] < 4.5
    two = butaca("evaluate", "--data", small_folder, "--protocol", "rmse", "--rank", 3, "--seeds", 2, "--json").json()
    other = butaca("evaluate", "--data", small_folder, "--protocol", "rmse", "--rank", 3, "--seed", 2, "--json").json()
    assert two["seeds"] == 2 and two["als"]["rmse"] == pytest.approx((result["als"]["rmse"] + other["als"]["rmse"]) / 2)
    assert "ranking" in butaca("evaluate", "--data", small_folder, "--protocol", "rmse", "--alpha", 3, rc=2).err
    assert "rmse" in butaca("evaluate", "--data", small_folder, "--reg-bias", 1, rc=2).err


def test_models_can_be_rolled_back(butaca, own_folder):
    first = butaca("model", "list", "--data", own_folder, "--json").json()["models"]
    assert len(first) == 1 and first[0]["active"] and first[0]["sources"]
    trained = butaca("train", "--data", own_folder, "--rank", 4, "--seed", 2, "--json").json()
    second = trained["model"]
    assert 0 < trained["rating_model_seconds"] < trained["seconds"]
    assert {p.stem for p in (own_folder / "models").glob("*.btr")} == {first[0]["id"], second}
    models = butaca("model", "list", "--data", own_folder, "--json").json()["models"]
    assert {m["id"]: m["active"] for m in models} == {first[0]["id"]: False, second: True}
    butaca("model", "activate", first[0]["id"][:8], "--data", own_folder)
    assert butaca("recommend", "--data", own_folder, "--json").json()["model"] == first[0]["id"]
    assert butaca("model", "rollback", "--data", own_folder, "--json").json() == {"active": second}
    butaca("model", "activate", first[0]["id"], "--data", own_folder)
    table = butaca("model", "list", "--data", own_folder).out
    assert first[0]["sources"][0]["licence"] in table
    assert "0000" in butaca("model", "activate", "0000000000000000", "--data", own_folder, rc=1).err


def test_the_same_model_for_any_number_of_threads(butaca, small_data, tmp_path):
    found = []
    for threads in (1, 2, 1):
        folder = tmp_path / f"data-{len(found)}"
        butaca("import", "--data", folder, small_data)
        model = butaca("train", "--data", folder, "--threads", threads, "--json").json()["model"]
        found.append([model, *((folder / "models" / f"{model}.{kind}").read_bytes() for kind in ("btm", "btr"))])
    assert found[0] == found[1] == found[2]


# --- the demo, and real ratings --------------------------------------------------------------------------------------


def test_demo(butaca, demo_folder):
    listed = butaca("recommend", "--data", demo_folder, "--like", "Alien (1979)", "--explain", "--json").json()
    assert len(listed["items"]) == 10 and listed["basis"] == "taste"
    assert butaca("doctor", "--data", demo_folder, "--json").json()["ok"]


def test_movielens(butaca, movielens_folder):
    listed = butaca("recommend", "--data", movielens_folder, "--like", "Alien (1979)", "--json").json()["items"]
    assert "Aliens" in [item["film"]["title"] for item in listed[:5]]
    fitting = [item for item in listed if {"Sci-Fi", "Horror"} & set(item["film"]["genres"])]
    assert len(fitting) >= 7
    assert len(butaca("recommend", "--data", movielens_folder, "--user", 42, "--json").json()["items"]) == 10
    assert butaca("doctor", "--data", movielens_folder, "--json").json()["ok"]


def test_movielens_counts(butaca, test_data, data_folder):
    summary = butaca("import", "--data", data_folder, test_data / "ml-latest-small", "--json").json()["imports"][0]
    assert summary["ratings"]["read"] == summary["folder"]["ratings"] == 100836
    assert summary["films"]["read"] == summary["folder"]["films"] == 9742
    assert summary["folder"]["users"] == 610 and summary["tags"] == 3683 and summary["links"] == 9742
    assert summary["rejected"]["reasons"] == {}
