"""The first questions, and what answers to them make; every reply as docs/openapi.yaml says."""

import pytest
from api import check, check_problem

PATH = "/api/v1/onboarding"


@pytest.fixture
def answered(demo):
    """answered(opinions, **more) -> the reply's JSON."""

    def post(profile, **more):
        reply = demo.post(PATH, {"profile": profile, **more})
        check("POST", PATH, reply)
        assert reply.status == 200, reply.text
        return reply.json()

    return post


def ids(films):
    return [film["id"] for film in films]


def listed(found):
    return ids(item["film"] for item in found["items"])


def test_questions_for_nobody(demo, answered):
    reply = demo.get(PATH)
    check("GET", PATH, reply)
    assert reply.json() == answered([])
    assert len(set(ids(reply.json()["questions"]))) == 10 and len(listed(reply.json())) == 20
    assert len(listed(demo.get(PATH + "?limit=3").json())) == 3
    check_problem(demo.get(PATH + "?limit=0"), 400)


def test_answers(answered):
    nothing = answered([], limit=100)
    first, second, third = ids(nothing["questions"])[:3]
    liked = answered([{"film_id": first, "verdict": "like"}], limit=100)
    disliked = answered([{"film_id": first, "verdict": "dislike"}], limit=100)
    unseen = answered([{"film_id": first}], limit=100)
    assert ids(liked["questions"])[:9] == ids(nothing["questions"])[1:] and first not in ids(unseen["questions"])
    assert first not in listed(liked) and first not in listed(disliked)
    assert listed(liked) != listed(nothing) != listed(unseen) != listed(liked)
    scores = {item["film"]["id"]: item["score"] for item in liked["items"]}
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    both = answered([{"film_id": first, "verdict": "like"}, {"film_id": second, "seen": True}, {"film_id": third, "rating": 1.5}], limit=100)
    assert not {first, second, third} & set(listed(both))


def test_answers_in_any_order_give_one_list(answered):
    first, second = ids(answered([])["questions"])[:2]
    one, other = {"film_id": first, "verdict": "like"}, {"film_id": second}
    assert answered([one, other]) == answered([other, one])


def test_what_is_wrong_is_said(demo):
    first = demo.get(PATH).json()["questions"][0]["id"]
    check_problem(demo.post(PATH, {}), 422)
    check_problem(demo.post(PATH, {"profile": [{"film_id": first}], "diversity": 1}), 422)
    check_problem(demo.post(PATH, {"profile": [{"film_id": first}, {"film_id": first}]}), 422)
