"""The program explains itself: help, wrong usage, empty states, exit codes."""

import pytest

VERBS = ["get", "import", "train", "recommend", "onboard", "similar", "explain", "evaluate", "model", "serve", "user", "doctor", "version"]
EMPTY = [["train"], ["recommend"], ["onboard"], ["similar", "Alien"], ["explain", "Alien", "--like", "Aliens"], ["evaluate"], ["model", "list"],
         ["model", "activate", "6f3a"], ["serve"]]


def test_alone_it_lists_its_verbs(butaca):
    out = butaca().out
    assert all(f"\n  {verb} " in out for verb in VERBS)
    assert butaca("--help").out == butaca("help").out == out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(butaca, verb):
    result = butaca(verb, "--help")
    assert result.err == "" and f"usage: butaca {verb}" in result.out
    assert f"\n  butaca {verb}" in result.out.split("examples:")[1]
    assert "--data DIR" in result.out and "--json" in result.out
    assert max(map(len, result.out.splitlines())) <= 120
    assert butaca("help", verb).out == butaca(verb, "-h").out == result.out


def test_a_misspelt_verb_suggests_the_nearest(butaca):
    assert "did you mean butaca recommend?" in butaca("recomend", rc=2).err
    assert "butaca alone lists them" in butaca("frobnicate", rc=2).err


@pytest.mark.parametrize("line, part", [
    (["recommend", "--lmit", 3], "--lmit; did you mean --limit?"),
    (["recommend", "--frobnicate"], "unknown option --frobnicate"),
    (["recommend", "-x"], "unknown option -x"),
    (["recommend", "--like"], "--like needs a value"),
    (["recommend", "--explain=yes"], "--explain takes no value"),
    (["recommend", "--limit", "0"], "whole number from 1"),
    (["recommend", "--limit", "-3"], "whole number from 1"),
    (["recommend", "--limit", "ten"], 'found "ten"'),
    (["recommend", "--from-year", "2000", "--to-year", "1990"], "no year"),
    (["recommend", "--like", "Alien", "Saw"], '"Saw" is one argument too many'),
    (["train", "--rank", "0"], "--rank"),
    (["train", "--rank", "99999999999999999999"], "--rank"),
    (["train", "--alpha", "nan"], "--alpha"),
    (["train", "--interest", "1.5"], "from 0 to 1"),
    (["import"], "import needs PATH…"),
    (["similar"], "similar needs TITLE"),
    (["similar", "Alien", "--by", "colour"], "--by: there are taste, text and both, found \"colour\""),
    (["explain", "Alien", "--data", "@folder"], "needs a taste"),
    (["model"], "model needs list | activate ID | rollback"),
    (["model", "frobnicate"], "frobnicate"),
    (["model", "activate"], "needs the ID"),
    (["model", "list", "now"], "takes no argument"),
    (["user"], "user needs list | promote NAME"),
    (["user", "frobnicate"], "frobnicate"),
    (["user", "promote"], "needs the NAME"),
    (["user", "list", "now"], "takes no argument"),
    (["evaluate", "--protocol", "weak"], "strong"),
    (["serve", "--port", "70000"], "--port"),
])
def test_wrong_usage(butaca, small_folder, line, part):
    line = [small_folder if word == "@folder" else word for word in line]
    result = butaca(*line, rc=2)
    assert result.out == "" and part in result.err and f"butaca {line[0]} --help" in result.err
    result = butaca(line[0], "--json", *line[1:], rc=2)
    assert result.json()["error"]["code"] == "USAGE" and part in result.json()["error"]["message"] and part in result.err


@pytest.mark.parametrize("line", EMPTY, ids=lambda line: line[0])
def test_without_data_it_says_to_import(butaca, data_folder, line):
    result = butaca(*line, "--data", data_folder, rc=1)
    assert str(data_folder) in result.err and "butaca import PATH" in result.err
    assert not data_folder.exists()
    assert butaca(*line, "--data", data_folder, "--json", rc=1).json()["error"]["code"] == "NOT_FOUND"


def test_without_a_model_it_says_to_train(butaca, data_folder, small_data):
    butaca("import", "--data", data_folder, small_data)
    for line in (["recommend"], ["onboard"], ["similar", "Alien"], ["explain", "Alien", "--like", "Aliens"]):
        assert "butaca train" in butaca(*line, "--data", data_folder, rc=1).err
    assert "butaca train" in butaca("model", "list", "--data", data_folder).out


def test_the_data_folder_is_found(butaca, small_folder, tmp_path):
    assert butaca("recommend", env={"BUTACA_DATA": str(small_folder)}).out
    home = tmp_path / "home"
    home.mkdir()
    assert str(home / ".local/share/butaca") in butaca("recommend", env={"HOME": str(home)}, rc=1).err


def test_version(butaca):
    version = butaca("version", "--json").json()["version"]
    assert butaca("version").out == butaca("--version").out == f"butaca {version}\n"


def test_importing_what_is_not_there(butaca, data_folder):
    result = butaca("import", "--data", data_folder, "/nowhere/at-all.zip", rc=1)
    assert "/nowhere/at-all.zip" in result.err


def test_a_full_stdout_is_an_error(program, small_folder):
    import subprocess

    with open("/dev/full", "w") as full:
        done = subprocess.run([program, "recommend", "--data", small_folder], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"stdout" in done.stderr


def test_what_is_not_utf8_is_still_answered(butaca, small_folder, tmp_path):
    title = b"caf\xe9".decode(errors="surrogateescape")
    error = butaca("similar", title, "--data", small_folder, "--json", rc=1).json()["error"]
    assert error["code"] in ("BAD_FORMAT", "NOT_FOUND") and error["message"]
    path = tmp_path / title
    assert "caf\N{REPLACEMENT CHARACTER}" in butaca("import", path, "--data", small_folder, "--json", rc=1).json()["error"]["message"]


@pytest.mark.parametrize("title", ["", " ", "()", "(1979)", "id:"])
def test_titles_without_a_letter(butaca, small_folder, title):
    result = butaca("similar", title, "--data", small_folder, rc=1)
    assert "Spelt nearly" not in result.err and len(result.err.splitlines()) == 1
