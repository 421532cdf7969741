"""Signing in and out: the cookie, links, forged requests, a real browser, and what the terminal prints."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import uvicorn
from browser import DESK, PHONE, overflow
from fastapi import FastAPI
from limits import RateLimitItemPerMinute
from service import SITE, bearer, client_of, make_key
from starlette.testclient import TestClient

from api import Settings, create_app, failures
from geo_jindu.cli.line import run_line
from geo_jindu.store import Store, open_store
from geo_jindu.store.access_log import read_access
from geo_jindu.store.keys import KeyState, list_keys, revoke_key
from geo_jindu.store.schema import SESSIONS
from geo_jindu.store.times import now
from geo_jindu.tiers import Tier

COOKIE = "__Host-geo_jindu"


@pytest.fixture(scope="module")
def kept() -> dict[str, object]:
    """Return a place for what is made once for all tests here."""
    return {}


@pytest.fixture
def workspace(make_workspace, kept) -> Path:
    """Return a workspace that was run."""
    if "workspace" not in kept:
        kept["workspace"] = make_workspace()
        run_line(kept["workspace"])
        kept["key"] = make_key(kept["workspace"], Tier.PLANNER)
    return kept["workspace"]


@pytest.fixture
def service(workspace, kept) -> FastAPI:
    """Return its service."""
    if "app" not in kept:
        kept["app"] = create_app(Settings(workspace=workspace))
    return kept["app"]


@pytest.fixture(autouse=True)
def high_limits(monkeypatch) -> None:
    """Let no test meet failures that another counted."""
    for limit in ("PER_ADDRESS", "IN_ALL"):
        monkeypatch.setattr(failures, limit, RateLimitItemPerMinute(100_000, namespace="test"))


@pytest.fixture
def key(workspace, kept) -> str:
    """Return a planner's key."""
    return kept["key"]


@pytest.fixture
def store(workspace) -> Iterator[Store]:
    """Return the store of the workspace."""
    opened = open_store(workspace)
    yield opened
    opened.close()


@pytest.fixture
def signed_in(service, key) -> TestClient:
    """Return a browser with a session."""
    client = client_of(service)
    assert client.post("/sign-in", data={"key": key}).status_code == 303
    return client


def is_planner(client: TestClient) -> bool:
    """Return whether a client sees what a planner does."""
    return client.get("/assignment.csv").status_code == 200


# ---- the cookie


@pytest.mark.parametrize("way", ["form", "link"])
def test_signing_in_sets_a_cookie_that_only_this_site_gets(service, key, way):
    client = client_of(service)
    if way == "form":
        answer = client.post("/sign-in", data={"key": f" {key}\n"})
    else:
        answer = client.get("/sign-in", params={"key": key})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert answer.headers["cache-control"] == "no-store"
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert cookie.key == COOKIE
    assert cookie["secure"] is True
    assert cookie["httponly"] is True
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) == 12 * 3600
    assert not set(key.split("_")[1:]) & set(re.split(r"\W", cookie.value))
    assert key.split("_")[2] not in str(answer.headers) + answer.text
    assert is_planner(client)


def test_who_signs_in_again_gets_a_new_session_and_loses_the_old(service, key, signed_in):
    old = signed_in.cookies[COOKIE]
    signed_in.post("/sign-in", data={"key": key})
    assert signed_in.cookies[COOKIE] != old
    assert client_with(service, old).get("/").status_code == 401


def test_nobody_is_given_a_session_of_the_visitors_choice(service, key):
    client = client_with(service, "A" * 43)
    client.post("/sign-in", data={"key": key})
    assert client_with(service, "A" * 43).get("/").status_code == 401


def client_with(service: FastAPI, token: str) -> TestClient:
    """Return a browser with a cookie."""
    client = client_of(service)
    client.cookies.set(COOKIE, token, domain=SITE.partition("//")[2])
    return client


def test_signing_out_ends_the_session(service, signed_in):
    token = signed_in.cookies[COOKIE]
    answer = signed_in.post("/sign-out")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert answer.headers["clear-site-data"] == '"cache"'
    assert not signed_in.cookies
    assert signed_in.get("/").status_code == 200
    assert not is_planner(signed_in)
    assert client_with(service, token).get("/").status_code == 401


def test_a_session_ends_with_its_time_and_with_its_key(service, store, workspace):
    for how in ("time", "key"):
        text = make_key(workspace, Tier.PLANNER)
        client = client_of(service)
        client.post("/sign-in", data={"key": text})
        assert is_planner(client)
        if how == "key":
            revoke_key(store, text.split("_")[1])
        else:
            with store.writing() as connection:
                connection.execute(SESSIONS.update().values(expires_at=now()))
        answer = client.get("/townships.csv")
        assert answer.status_code == 401
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert client.get("/townships.csv").status_code == 200, "the cookie is gone: the public again"


def test_a_key_in_the_header_counts_before_the_cookie(service, signed_in):
    assert signed_in.get("/townships", headers=bearer("gj_wrong")).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "é", "a;b", "../..", "' OR 1=1"])
def test_a_wrong_cookie_does_not_let_in(service, token):
    header = {"Cookie": f"{COOKIE}={token}".encode("latin-1")}
    answer = client_of(service).get("/assignment.csv", headers=header)
    assert answer.status_code == 401
    assert "Max-Age=0" in answer.headers["set-cookie"]


# ---- the page


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_a_browser_is_shown_where_to_sign_in_and_a_program_a_problem(service, accept):
    for answer in [
        client_with(service, "x").get("/", headers={"Accept": accept}),
        client_of(service).get("/audit", headers={"Accept": accept}),
        client_of(service).post("/sign-in", data={"key": "x"}, headers={"Accept": accept}),
    ]:
        assert answer.status_code in {401, 403}
        is_page = accept == "text/html"
        assert answer.headers["content-type"].startswith(
            accept if is_page else "application/problem+json"
        )
        assert ('role="alert"' in answer.text) == is_page
        assert answer.headers["cache-control"] == "no-store"


def test_the_page_needs_no_script_and_loads_nothing(service):
    answer = client_of(service).get("/sign-in")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|href)="(?!/"|data:)', answer.text)
    assert re.search(r'<label for="key">', answer.text)
    assert 'type="password"' in answer.text


def test_the_key_is_not_repeated(service):
    wrong = "gj_<script>alert(1)</script>"
    for answer in [
        client_of(service).post("/sign-in", data={"key": wrong}, headers={"Accept": "text/html"}),
        client_of(service).get("/sign-in", params={"key": wrong}, headers={"Accept": "text/html"}),
    ]:
        assert answer.status_code == 401
        assert "alert(1)" not in answer.text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("sent", [{}, {"key": ""}, {"password": "x"}])
def test_a_form_without_a_key_is_refused(service, sent):
    assert client_of(service).post("/sign-in", data=sent).status_code == 400


def test_head_signs_nobody_in(service, key):
    answer = client_of(service).head("/sign-in", params={"key": key})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


# ---- requests that another site makes a browser send

FOREIGN = [
    {"Origin": "https://elsewhere.invalid"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": SITE + ".elsewhere.invalid"},
    {"Origin": SITE + ":8443"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_forged_request_does_nothing(service, key, signed_in, headers):
    assert signed_in.post("/sign-out", headers=headers).status_code == 403
    assert is_planner(signed_in)
    for send in (
        lambda client: client.post("/sign-in", data={"key": key}, headers=headers),
        lambda client: client.get("/sign-in", params={"key": key}, headers=headers),
    ):
        answer = send(client_of(service))
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    said = {"indicator": "incident", "ground": "other"}
    lodged = signed_in.post("/townships/990000101/corrections", json=said, headers=headers)
    assert lodged.status_code == 403


@pytest.mark.parametrize("headers", [{"Origin": SITE}, {"Sec-Fetch-Site": "same-origin"}, {}], ids=str)
def test_an_own_request_is_taken(service, key, headers):
    assert client_of(service).post("/sign-in", data={"key": key}, headers=headers).status_code == 303


@pytest.mark.parametrize("name", ["next", "url", "return_to", "redirect", "Location"])
@pytest.mark.parametrize("target", ["//elsewhere.invalid", "https://elsewhere.invalid", "/\\elsewhere"])
def test_signing_in_leads_nowhere_else(service, key, name, target):
    client = client_of(service)
    host = {"Host": "elsewhere.invalid", "X-Forwarded-Host": "elsewhere.invalid"}
    for answer in [
        client.get("/sign-in", params={"key": key, name: target}, headers=host),
        client.post(f"/sign-in?{name}={target}", data={"key": key, name: target}, headers=host),
        client.post(f"/sign-out?{name}={target}", data={name: target}, headers=host),
    ]:
        assert answer.headers["location"] == "/"


def test_no_header_is_put_into_an_answer(service, key):
    for text in (f"{key}\r\nX-Put: 1", f"x\r\nSet-Cookie: {COOKIE}=x", "%0d%0aX-Put:%201"):
        for answer in [
            client_of(service).post("/sign-in", data={"key": text}),
            client_of(service).get("/sign-in", params={"key": text}),
        ]:
            assert answer.status_code == 401
            assert "x-put" not in answer.headers
            assert "set-cookie" not in answer.headers


def test_signing_in_and_out_is_written_down(service, store, key, signed_in):
    signed_in.post("/sign-out")
    client_of(service).post("/sign-in", data={"key": "gj_wrong"})
    lines = [(line.key_id, line.route, line.status) for line in read_access(store, limit=3)]
    key_id = key.split("_")[1]
    assert lines == [("", "/sign-in", 401), (key_id, "/sign-out", 303), (key_id, "/sign-in", 303)]


# ---- a real browser


@pytest.fixture
def site(make_workspace) -> Iterator[Callable[[str], tuple[str, Path]]]:
    """Return a function that serves a workspace in a language over plain HTTP on loopback."""
    with contextlib.ExitStack() as ends:

        def start(language: str) -> tuple[str, Path]:
            directory = make_workspace(language=language)
            run_line(directory)
            listener = ends.enter_context(socket.create_server(("127.0.0.1", 0)))
            application = create_app(Settings(workspace=directory))
            server = uvicorn.Server(uvicorn.Config(application, log_level="warning", access_log=False))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            ends.callback(thread.join, 10)
            ends.callback(setattr, server, "should_exit", True)
            return f"http://127.0.0.1:{listener.getsockname()[1]}", directory

        yield start


@pytest.mark.browser
@pytest.mark.parametrize(("language", "size", "javascript"), [("en", DESK, True), ("zh", PHONE, False)])
def test_a_browser_signs_in_reads_and_signs_out(site, visit, language, size, javascript):
    """By keyboard alone; once with scripts switched off, for signing in must not need them."""
    address, directory = site(language)
    key = make_key(directory, Tier.PLANNER)
    options = {"size": size, "offline": False, "java_script_enabled": javascript}
    page = visit(f"{address}/", **options).page
    words = {
        "en": ("Sign in", "Public view", "Signed in: planner"),
        "zh": ("登录", "公开视图", "已登录"),
    }
    sign_in, public, planner = words[language]
    assert public in page.inner_text("header")
    assert overflow(page) <= 0 if javascript else True
    page.get_by_role("link", name=sign_in).press("Enter")
    page.wait_for_url("**/sign-in")
    page.get_by_label({"en": "Key", "zh": "密钥"}[language]).press_sequentially("gj_wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.locator("#key").fill(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    assert planner in page.inner_text("header")
    assert page.request.get(f"{address}/assignment.csv").status == 200
    cookies = page.context.cookies()
    assert [(each["name"], each["httpOnly"], each["secure"], each["sameSite"]) for each in cookies] == [
        (COOKIE, True, True, "Strict")
    ]
    page.locator("header button").press("Enter")
    page.get_by_role("link", name=sign_in).wait_for()
    assert public in page.inner_text("header")
    assert page.context.cookies() == []
    page.go_back()
    assert planner not in page.inner_text("body")


@pytest.mark.browser
def test_a_link_signs_in_and_the_key_is_gone_from_the_address(site, visit):
    address, directory = site("en")
    key = make_key(directory, Tier.PARTNER, ["990001"])
    seen = visit(f"{address}/sign-in?key={key}", offline=False)
    assert seen.page.url == f"{address}/"
    assert "Signed in: partner · 东县" in seen.page.inner_text("header")
    assert key not in seen.page.evaluate("JSON.stringify(performance.getEntries())")
    assert [request for request in seen.requests if key in request] == [f"{address}/sign-in?key={key}"]
    assert seen.complaints == []
    wrong = visit(f"{address}/sign-in?key=gj_wrong", offline=False)
    assert wrong.page.get_by_role("alert").is_visible()


# ---- what the terminal prints


def test_a_demonstration_prints_a_link_for_each_tier_whose_keys_end_with_it(workspace, store):
    before = {each.id for each in list_keys(store)}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-P", "-m", "geo_jindu", "serve", str(workspace), "--port", str(port)]
    environment = os.environ | {"GEO_JINDU_LANGUAGE": "en", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.count("Bearer") and len(lines) > 11:
                break
        said = "".join(lines)
        links = re.findall(r"(\w[\w ·]*): (http://\S+/sign-in\?key=(gj_\S+))", said)
        assert [name for name, _, _ in links] == [
            "partner",
            "planner",
            "commander",
            "auditor",
            "planner · 东县",
        ]
        for _, _, key in links:
            assert said.count(f"Authorization: Bearer {key}") == 1
            request = Request(f"http://127.0.0.1:{port}/townships", headers=bearer(key))
            with urlopen(request) as answer:
                assert answer.status == 200
        opener = urlopen(links[0][1])
        assert opener.url == f"http://127.0.0.1:{port}/"
        opener.close()
        made = [each for each in list_keys(store) if each.id not in before]
        assert {(each.label, each.state) for each in made} == {("demo", KeyState.ACTIVE)}
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=20)
    made = [each for each in list_keys(store) if each.id not in before]
    assert len(made) == 5
    assert {each.state for each in made} == {KeyState.REVOKED}
    assert "gj_" not in rest
    assert "/townships" not in rest
