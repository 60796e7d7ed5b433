"""butaca events where nobody has marked a film yet; tests/server/test_events.py has them of a log that people wrote."""


def test_no_log_yet(butaca, small_folder):
    for verb in (["list"], ["replay"], ["replay", "--verify"]):
        assert "nobody has marked a film yet" in butaca("events", *verb, "--data", small_folder, rc=1).err


def test_usage(butaca, small_folder):
    assert "events list, or events replay" in butaca("events", "clear", "--data", small_folder, rc=2).err
    assert "--verify belongs to events replay" in butaca("events", "list", "--verify", "--data", small_folder, rc=2).err
    assert "expected a UUID" in butaca("events", "list", "--user", "42", "--data", small_folder, rc=2).err
    assert "--limit" in butaca("events", "list", "--limit", 0, "--data", small_folder, rc=2).err
