"""Keys and sessions: who is let in, for how long, and that no secret is kept or said."""

import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from time import sleep

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from geo_jindu.cli.keys import app
from geo_jindu.errors import InputError, StoreError
from geo_jindu.store import keys, open_store
from geo_jindu.store.keys import KeyState, create_key, find_key, list_keys, revoke_key
from geo_jindu.store.schema import KEYS, SESSIONS
from geo_jindu.store.sessions import create_session, end_session, find_session
from geo_jindu.tiers import Tier

DAY = timedelta(days=1)
INJECTIONS = ["' OR 1=1 --", "'; DROP TABLE keys; --", '") UNION SELECT hash FROM keys --', "%", "\0"]
MOBILE = "138" + "0013" * 2


class Counting(PasswordHasher):
    """A cheap hasher that says how often it worked."""

    def __init__(self):
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = self.working = self.most_at_once = 0

    def verify(self, *arguments):
        self.verified += 1
        self.working += 1
        self.most_at_once = max(self.most_at_once, self.working)
        sleep(0.001)
        try:
            return super().verify(*arguments)
        finally:
            self.working -= 1


@pytest.fixture
def hasher(monkeypatch):
    """Let Argon2 work as little as it can; the real parameters have a test of their own."""
    cheap = Counting()
    monkeypatch.setattr(keys, "_hasher", lambda: cheap)
    monkeypatch.setattr(keys, "_hash_of_nobody", cache(keys._hash_of_nobody.__wrapped__))
    return cheap


@pytest.fixture
def store(database, hasher, tmp_path):
    """Return a store on either database."""
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def file_store(hasher, tmp_path):
    """Return a store for what no database decides."""
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def make(store, tier=Tier.PLANNER, counties=("990101",), lasts=DAY, label="统计岗"):
    return create_key(store, tier, counties, datetime.now(UTC) + lasts, label)


def end_early(store, key):
    """Let a key have expired."""
    with store.writing() as connection:
        connection.execute(KEYS.update().where(KEYS.c.id == key.id).values(expires_at=key.created_at))


def count(store, table):
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar()


# ---- keys


def test_a_key_is_found_by_its_text_as_it_was_made(store):
    key, written = make(store)
    everywhere, other = make(store, Tier.AUDITOR, (), label="")
    assert find_key(store, written) == key
    assert (key.tier, key.counties, key.label) == (Tier.PLANNER, {"990101"}, "统计岗")
    assert find_key(store, other).counties == frozenset()
    assert list_keys(store) == [key, everywhere]


def test_only_an_argon2_hash_of_the_recommended_cost_is_stored(tmp_path):
    keys._hasher.cache_clear()
    store = open_store(tmp_path)
    _, written = make(store)
    assert find_key(store, written) is not None
    with store.reading() as connection:
        assert (
            connection.execute(select(KEYS.c.hash))
            .scalar()
            .startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        )
    store.close()
    secret = written.rpartition("_")[2].encode()
    assert all(secret not in file.read_bytes() for file in tmp_path.iterdir())


def test_texts_are_short_safe_in_addresses_and_never_twice_the_same(file_store):
    texts = [make(file_store)[1] for _ in range(50)]
    parts = [each.split("_") for each in texts]
    assert {(start, len(key_id), len(secret)) for start, key_id, secret in parts} == {("gj", 8, 32)}
    assert not set("01ilo") & set("".join(key_id + secret for _, key_id, secret in parts))
    assert len({key_id for _, key_id, _ in parts}) == len({secret for *_, secret in parts}) == 50


def test_no_other_text_lets_in(store):
    (_, mine), (_, other) = make(store), make(store)
    _, mine_id, secret = mine.split("_")
    others_id = other.split("_")[1]
    forged = [
        f"gj_{others_id}_{secret}",
        f"gj_{mine_id}_{other.split('_')[2]}",
        f"gj_{'2' * 8}_{secret}",
        *(mine[:length] for length in (0, 2, 3, 11, 12, 13, 43)),
        f"{mine}2",
        f"{mine}\n",
        f" {mine}",
        mine.upper(),
        mine.replace("gj", "ｇｊ"),
        mine[:-1] + "密",
        mine[:-1] + "\ud800",
        mine[:-1] + "\0",
        mine + "2" * 5_000_000,
        "9" * 5_000_000,
        *INJECTIONS,
        *(f"gj_{mine_id}_{each}" for each in INJECTIONS),
        *(f"gj_{each}_{secret}" for each in INJECTIONS),
    ]
    assert [each[:60] for each in forged if find_key(store, each) is not None] == []
    assert find_key(store, mine) is not None


def test_an_unknown_id_costs_what_a_wrong_secret_costs(file_store, hasher):
    _, written = make(file_store)
    _, key_id, secret = written.split("_")
    wrong = "2" * len(secret)
    for each in (f"gj_{key_id}_{wrong}", f"gj_{'2' * 8}_{wrong}", f"gj_{'2' * 8}_{secret}"):
        before = hasher.verified
        assert find_key(file_store, each) is None
        assert hasher.verified == before + 1


def test_many_wrong_keys_do_not_take_the_memory_of_many(file_store, hasher):
    _, written = make(file_store)
    wrong = written[:-1] + ("2" if written[-1] != "2" else "3")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(find_key, [file_store] * 16, [wrong] * 16)) == {None}
    assert (hasher.verified, hasher.most_at_once) == (16, 1)


def test_argon2_runs_once_for_a_key_and_the_row_is_read_every_time(store, hasher):
    key, written = make(store)
    for _ in range(3):
        assert find_key(store, written) == key
    assert hasher.verified == 1
    _, other = make(store)
    with store.writing() as connection:
        theirs = select(KEYS.c.hash).where(KEYS.c.id != key.id).scalar_subquery()
        connection.execute(KEYS.update().where(KEYS.c.id == key.id).values(hash=theirs))
    assert find_key(store, written) is None
    with store.writing() as connection:
        connection.execute(KEYS.update().values(hash="$argon2id$nonsense"))
    with pytest.raises(StoreError, match="cannot be verified") as caught:
        find_key(store, other)
    assert caught.value.__suppress_context__
    assert "nonsense" not in str(caught.value)


def test_an_expired_or_revoked_key_ends_at_once_and_so_do_its_sessions(store):
    expiring, first = make(store)
    revoked, second = make(store)
    staying, third = make(store)
    tokens = [create_session(store, key, DAY) for key in (expiring, revoked, staying)]
    assert [find_session(store, token) for token in tokens] == [expiring, revoked, staying]
    end_early(store, expiring)
    revoke_key(store, revoked.id)
    assert [find_key(store, each) for each in (first, second, third)] == [None, None, staying]
    assert [find_session(store, token) for token in tokens] == [None, None, staying]
    assert [key.state for key in list_keys(store)] == ["expired", "revoked", "active"]
    moment = list_keys(store)[1].revoked_at
    revoke_key(store, revoked.id)
    assert list_keys(store)[1].revoked_at == moment
    late = create_session(store, revoked, DAY)
    assert find_session(store, late) is None


def test_a_key_ends_at_its_moment(file_store, monkeypatch):
    key, written = make(file_store)
    monkeypatch.setattr(keys, "now", lambda: key.expires_at)
    assert find_key(file_store, written) is None
    before = datetime.fromisoformat(key.expires_at) - timedelta(microseconds=1)
    monkeypatch.setattr(keys, "now", lambda: keys.written(before))
    assert find_key(file_store, written).state is KeyState.ACTIVE


def test_revoking_what_is_no_key_changes_nothing(store):
    key, written = make(store)
    wrong = ["", "22222222", "Ａ" * 8, "\ud800", "2" * 1_000_000, written, *INJECTIONS]
    for each in wrong:
        with pytest.raises(StoreError, match="no key has this id") as caught:
            revoke_key(store, each)
        assert written not in str(caught.value)
    assert list_keys(store) == [key]


def test_revoking_is_for_all_threads_from_that_moment(store):
    key, written = make(store)
    token = create_session(store, key, DAY)
    assert find_key(store, written) == key
    done = []

    def look(_):
        was_done = bool(done)
        return was_done, find_key(store, written), find_session(store, token)

    def revoke(_):
        revoke_key(store, key.id)
        done.append(1)

    with ThreadPoolExecutor(6) as pool:
        looks = [pool.submit(look, at) for at in range(20)]
        revokes = [pool.submit(revoke, at) for at in range(4)]
        looks += [pool.submit(look, at) for at in range(20)]
        for each in revokes:
            each.result()
        after = [pool.submit(look, at) for at in range(5)]
    seen = [each.result() for each in looks + after]
    assert {found for _, *pair in seen for found in pair} <= {key, None}
    late = [pair for was_done, *pair in seen if was_done]
    assert len(late) >= 5
    assert all(pair == [None, None] for pair in late)
    assert len(list_keys(store)) == 1


def test_neither_secret_nor_hash_is_logged_or_shown(database, hasher, tmp_path, caplog):
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    store = open_store(tmp_path)
    key, written = make(store)
    token = create_session(store, key, DAY)
    assert find_key(store, written) == find_session(store, token) == key
    find_key(store, f"{written[:-3]}222")
    list_keys(store)
    end_session(store, token)
    with pytest.raises(StoreError):
        revoke_key(store, written)
    store.close()
    assert "SELECT keys.id" in caplog.text, "the log is not listened to, so this test could not fail"
    assert key.id in caplog.text
    said = caplog.text + repr(key) + str(key)
    for secret in (written, written.rpartition("_")[2], token, "argon2id"):
        assert secret not in said


def test_what_no_key_may_be_is_refused_whole(store):
    later = datetime.now(UTC) + DAY
    wrong = [
        (Tier.PUBLIC, (), later, "", "tier"),
        (Tier.PLANNER, (), datetime.now(UTC) - timedelta(seconds=1), "", "expires"),
        (Tier.PLANNER, ("990101", ""), later, "", "county"),
        (Tier.PLANNER, ("9" * 1_000_000,), later, "", "county"),
        *((Tier.PLANNER, (each,), later, "", "county") for each in INJECTIONS),
        (Tier.PLANNER, (), later, "岗" * 101, "label"),
        (Tier.PLANNER, (), later, "岗" * 3_000_000, "label"),
        (Tier.PLANNER, (), later, "统计\0岗", "label"),
        (Tier.PLANNER, (), later, "统计\x1b[2J岗", "label"),
        (Tier.PLANNER, (), later, "\ud800", "label"),
        (Tier.PLANNER, (), later, f"电话 {MOBILE}", "label"),
        (Tier.PLANNER, (), later, f"{MOBILE[:6]}\u200b{MOBILE[6:]}", "label"),
    ]
    for *asked, field in wrong:
        with pytest.raises(InputError) as caught:
            create_key(store, *asked)
        assert [problem.field for problem in caught.value.problems] == [field]
        assert MOBILE not in str(caught.value)
        assert len(str(caught.value)) < 300
    assert list_keys(store) == []


def test_words_in_a_label_are_only_words(store):
    labels = ["'; DROP TABLE keys; --", "[bold]x[/]", "岗" * 100, "=1+1"]
    for label in labels:
        make(store, label=label)
    assert [key.label for key in list_keys(store)] == labels


def test_counties_are_those_of_the_units_on_record(store):
    make(store, counties=("123456",))
    with store.writing() as connection:
        connection.execute(text("INSERT INTO boundary_vintages VALUES (1, '2018', 'd', 's', 't')"))
        connection.execute(text("INSERT INTO units VALUES (1, '990101101', '甲镇', '990101')"))
    make(store, counties=("990101",))
    make(store, counties=())
    with pytest.raises(InputError, match="123456; they have: 990101"):
        make(store, counties=("123456", "990101"))
    assert len(list_keys(store)) == 3


# ---- sessions


def test_a_session_ends_when_it_is_over_or_ended(store):
    key, _ = make(store)
    over = create_session(store, key, timedelta(0))
    assert find_session(store, over) is None
    token = create_session(store, key, DAY)
    assert count(store, SESSIONS) == 1, "what is over is forgotten when the next begins"
    assert find_session(store, token) == key
    end_session(store, token)
    end_session(store, token)
    assert find_session(store, token) is None
    assert count(store, SESSIONS) == 0


def test_no_session_outlives_its_key_and_its_token_is_not_stored(store):
    key, _ = make(store)
    token = create_session(store, key, 1000 * DAY)
    with store.reading() as connection:
        row = connection.execute(select(SESSIONS)).one()
    assert row.expires_at == key.expires_at
    assert token not in str(row)


def test_no_other_token_is_a_session(store):
    key, written = make(store)
    token = create_session(store, key, DAY)
    with store.reading() as connection:
        digest = connection.execute(select(SESSIONS.c.digest)).scalar()
    forged = [
        written,
        digest,
        token[:-1],
        token + "A",
        token.swapcase(),
        token[:-1] + "\ud800",
        token[:-1] + "密",
        "A" * 43,
        "A" * 5_000_000,
        "",
        *INJECTIONS,
    ]
    for each in forged:
        assert find_session(store, each) is None
        end_session(store, each)
    assert find_session(store, token) == key


def test_a_session_needs_a_key(store):
    ghost = keys.Key("22222222", Tier.AUDITOR, frozenset(), "", "", "9", None)
    with pytest.raises(StoreError):
        create_session(store, ghost, DAY)


# ---- the command


@pytest.fixture
def run(hasher, monkeypatch):
    """Return a function that runs ``geo-jindu keys`` in English."""
    monkeypatch.setenv("GEO_JINDU_LANGUAGE", "en")
    return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})


def test_a_key_is_printed_once_listed_without_its_text_and_revoked(run, make_workspace):
    directory = make_workspace()
    options = ("--tier", "planner", "--county", "990001", "--county", "990002", "--label", "统计岗")
    made = run("create", directory, *options, "--expires", "2999-12-31")
    written = made.stdout.strip()
    key_id = written.split("_")[1]
    assert made.stdout.count("\n") == 1
    assert "this once only" in made.stderr
    assert "2999-12-31 23:59" in made.stderr
    listed = run("list", directory).stdout
    for shown in (key_id, "planner", "990001, 990002", "统计岗", "2999-12-31 23:59", "active"):
        assert shown in listed
    assert written.split("_")[2] not in listed
    store = open_store(directory)
    assert find_key(store, written).counties == {"990001", "990002"}
    assert run("revoke", directory, key_id).exit_code == 0
    assert find_key(store, written) is None
    store.close()
    assert "revoked" in run("list", directory).stdout
    assert isinstance(run("revoke", directory, written).exception, StoreError)


def test_days_are_counted_from_now(run, make_workspace):
    directory = make_workspace()
    run("create", directory, "--tier", "partner", "--expires", "90d")
    store = open_store(directory)
    (key,) = list_keys(store)
    store.close()
    lasts = datetime.fromisoformat(key.expires_at) - datetime.fromisoformat(key.created_at)
    assert abs(lasts - 90 * DAY) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "expires",
    ["soon", "", "90", "d", "-5d", "0d", "2019-02-29", "2019-01-01", "99999d", "9999-12-31", "1d\n"],
)
def test_no_key_is_made_for_a_time_that_is_past_or_unreadable(expires, run, make_workspace):
    directory = make_workspace()
    done = run("create", directory, "--tier", "planner", f"--expires={expires}")
    if expires == "99999d":  # 273 years are a time
        assert done.exit_code == 0
        return
    assert isinstance(done.exception, InputError)
    assert done.stdout == ""
    if (directory / "store.sqlite").exists():
        rows = sqlite3.connect(directory / "store.sqlite").execute("SELECT count(*) FROM keys")
        assert rows.fetchone() == (0,)


def test_no_store_appears_where_there_is_no_workspace(run, tmp_path: Path):
    made = run("create", tmp_path, "--tier", "planner", "--expires", "90d")
    assert isinstance(made.exception, InputError)
    assert isinstance(run("list", tmp_path).exception, StoreError)
    assert isinstance(run("revoke", tmp_path, "22222222").exception, StoreError)
    assert not list(tmp_path.iterdir())
