"""Tokens of an identity provider: what lets in, and what an attacker tries."""

import base64
import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from service import bearer, client_of

from api import Settings, create_app
from api.errors import Refused
from api.oidc import Tokens
from api.settings import OidcSettings
from geo_jindu.cli.line import run_line
from geo_jindu.store import open_store
from geo_jindu.store.access_log import read_access
from geo_jindu.tiers import Tier

ISSUER, AUDIENCE = "https://identity.test/realm", "geo_jindu"
TIER, COUNTIES = "geo_jindu_tier", "geo_jindu_counties"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """Return the provider's key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(private, kid: str, algorithm: str) -> dict[str, str]:
    """Return what the provider publishes of a key."""
    algorithms = jwt.algorithms.get_default_algorithms()
    written = algorithms[algorithm].to_jwk(private.public_key(), as_dict=True)
    return written | {"kid": kid, "use": "sig", "alg": algorithm}


@pytest.fixture
def provider(tmp_path, key) -> OidcSettings:
    """Return settings that name a file with the provider's key."""
    path = tmp_path / "jwks.json"
    path.write_bytes(orjson.dumps({"keys": [public_jwk(key, "one", "RS256")]}))
    return OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(path))


def claims(**changed: object) -> dict[str, object]:
    """Return the claims of a token that lets in, but for what is changed; ``None`` leaves one out."""
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "an office",
        "nbf": now - 10,
        "exp": now + 600,
        TIER: "planner",
        COUNTIES: ["990001"],
    }
    return {name: value for name, value in (said | changed).items() if value is not None}


def sign(key, algorithm: str = "RS256", kid: str | None = "one", **changed: object) -> str:
    """Return a signed token."""
    headers = {} if kid is None else {"kid": kid}
    return jwt.PyJWS().encode(json.dumps(claims(**changed)).encode(), key, algorithm, headers=headers)


# ---- what lets in


def test_a_token_says_tier_and_counties(provider, key):
    reader = Tokens(provider).find_reader(sign(key))
    assert (reader.tier, reader.counties) == (Tier.PLANNER, {"990001"})
    assert reader.key_id.startswith("oidc:")
    assert "office" not in reader.key_id


def test_every_county_has_to_be_said(provider, key):
    assert Tokens(provider).find_reader(sign(key, **{COUNTIES: "*"})).counties == frozenset()
    city = provider.model_copy(update={"county_claim": ""})
    assert Tokens(city).find_reader(sign(key, **{COUNTIES: None})).counties == frozenset()


def test_one_subject_has_one_id(provider, key):
    tokens = Tokens(provider)
    ids = [tokens.find_reader(sign(key, sub=sub)).key_id for sub in ("a", "a", "b")]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ed25519.Ed25519PrivateKey.generate, "EdDSA"),
    ],
    ids=["ES256", "EdDSA"],
)
def test_other_asymmetric_algorithms_are_taken(provider, tmp_path, make, algorithm):
    private = make()
    (tmp_path / "jwks.json").write_bytes(
        orjson.dumps({"keys": [public_jwk(private, "two", algorithm)]})
    )
    assert Tokens(provider).find_reader(sign(private, algorithm, "two")).tier is Tier.PLANNER


@pytest.mark.parametrize("seconds", [-20, 20])
def test_clocks_may_differ_a_little(provider, key, seconds):
    now = int(time.time())
    changed = {"exp": now + seconds} if seconds < 0 else {"nbf": now + seconds}
    assert Tokens(provider).find_reader(sign(key, **changed)) is not None


# ---- what does not

WRONG_CLAIMS = {
    "another issuer": {"iss": "https://elsewhere.test"},
    "issuer with a slash": {"iss": ISSUER + "/"},
    "issuer is a list": {"iss": [ISSUER]},
    "another audience": {"aud": "other"},
    "other audiences": {"aud": ["a", "b"]},
    "expired": {"exp": 1_500_000_000},
    "not yet": {"nbf": 4_000_000_000},
    "no expiry": {"exp": None},
    "no beginning": {"nbf": None},
    "no issuer": {"iss": None},
    "no audience": {"aud": None},
    "no subject": {"sub": None},
    "subject is a number": {"sub": 7},
    "expiry is a text": {"exp": "tomorrow"},
    "expiry is a list": {"exp": [4_000_000_000]},
    "expiry is endless": {"exp": float("inf")},
    "no tier": {TIER: None},
    "unknown tier": {TIER: "mayor"},
    "the public": {TIER: "public"},
    "tier in capitals": {TIER: "AUDITOR"},
    "tier is a list": {TIER: ["auditor"]},
    "tier is a number": {TIER: 4},
    "tier is true": {TIER: True},
    "no counties": {COUNTIES: None},
    "no county": {COUNTIES: []},
    "counties are a text": {COUNTIES: "990001"},
    "a county is a number": {COUNTIES: [990001]},
    "a county is empty": {COUNTIES: [""]},
    "all in a list": {COUNTIES: ["*"]},
    "counties by name": {COUNTIES: {"990001": True}},
}


@pytest.mark.parametrize("changed", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_wrong_claims_do_not_let_in(provider, key, changed):
    assert Tokens(provider).find_reader(sign(key, **changed)) is None


def encode(part: object) -> str:
    """Return a part of a token as it is written."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None])
def test_an_unsigned_token_does_not_let_in(provider, algorithm):
    header = encode({"alg": algorithm, "kid": "one", "typ": "JWT"})
    assert Tokens(provider).find_reader(f"{header}.{encode(claims())}.") is None


def test_the_public_key_is_no_shared_secret(provider, key):
    """Whoever knows the public key must not be able to sign with it."""
    import hashlib
    import hmac

    for form in (serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1):
        public = key.public_key().public_bytes(serialization.Encoding.PEM, form)
        signed = f"{encode({'alg': 'HS256', 'kid': 'one'})}.{encode(claims())}"
        digest = hmac.new(public, signed.encode(), hashlib.sha256).digest()
        token = f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
        assert Tokens(provider).find_reader(token) is None


def test_a_shared_secret_among_the_keys_is_not_used(provider, tmp_path):
    secret = b"x" * 32
    shared = {
        "kty": "oct",
        "kid": "one",
        "k": base64.urlsafe_b64encode(secret).decode(),
        "alg": "HS256",
    }
    (tmp_path / "jwks.json").write_bytes(orjson.dumps({"keys": [shared]}))
    assert Tokens(provider).find_reader(sign(secret, "HS256")) is None


@pytest.mark.parametrize("kid", [None, "two", "", "../one"])
def test_an_unknown_key_does_not_let_in(provider, key, kid):
    assert Tokens(provider).find_reader(sign(key, kid=kid)) is None


def test_a_key_without_a_name_is_not_meant_by_a_token_without_one(provider, tmp_path, key):
    nameless = {**public_jwk(key, "one", "RS256")}
    del nameless["kid"]
    (tmp_path / "jwks.json").write_bytes(orjson.dumps({"keys": [nameless]}))
    assert Tokens(provider).find_reader(sign(key, kid=None)) is None


def test_a_key_that_is_no_text_does_not_let_in(provider):
    for kid in (1, ["one"], {"a": 1}, True):
        token = f"{encode({'alg': 'RS256', 'kid': kid})}.{encode(claims())}.AAAA"
        assert Tokens(provider).find_reader(token) is None


def test_another_key_under_the_same_name_does_not_let_in(provider):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert Tokens(provider).find_reader(sign(stranger)) is None


@pytest.mark.parametrize("header", [{"jku": "https://evil.test"}, {"x5u": "https://evil.test"}])
def test_a_token_does_not_bring_its_own_key(provider, header):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = {"kid": "mine", "jwk": public_jwk(stranger, "mine", "RS256"), **header}
    token = jwt.encode(claims(), stranger, "RS256", headers=own)
    assert Tokens(provider).find_reader(token) is None


def test_a_changed_token_does_not_let_in(provider, key):
    head, _, signature = sign(key).split(".")
    assert (
        Tokens(provider).find_reader(f"{head}.{encode(claims(**{TIER: 'auditor'}))}.{signature}")
        is None
    )


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_no_text_breaks_the_check(text):
    tokens = Tokens(OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks="/no/such/file"))
    with contextlib.suppress(Refused):  # the file cannot be read
        assert tokens.find_reader(text) is None


def test_a_deep_token_does_not_break_the_check(provider):
    deep = base64.urlsafe_b64encode(b"[" * 5_000).rstrip(b"=").decode()
    assert Tokens(provider).find_reader(f"{deep}.{deep}.AAAA") is None


# ---- where the keys are


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"keys": []}', b'{"keys": 5}'])
def test_keys_that_cannot_be_read_let_nobody_in(provider, tmp_path, key, content):
    path = tmp_path / "jwks.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refused) as caught:
        Tokens(provider).find_reader(sign(key))
    assert caught.value.status_code == 503


@pytest.fixture
def address(key) -> Iterator[str]:
    """Serve the provider's keys; return where."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = orjson.dumps({"keys": [public_jwk(key, "one", "RS256")]})
            self.server.asked += 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_keys_come_from_an_address_and_are_kept(address, key):
    place = f"http://127.0.0.1:{address.server_port}/jwks"
    tokens = Tokens(OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks=place))
    for _ in range(3):
        assert tokens.find_reader(sign(key)) is not None
        assert tokens.find_reader(sign(key, kid="unknown")) is None
    assert address.asked == 1, "unknown keys must not make the service ask again and again"


def test_a_provider_that_does_not_answer_lets_nobody_in(key):
    place = "http://127.0.0.1:9/jwks"
    tokens = Tokens(OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks=place))
    with pytest.raises(Refused) as caught:
        tokens.find_reader(sign(key))
    assert caught.value.status_code == 503


@pytest.mark.parametrize("missing", ["ISSUER", "AUDIENCE", "JWKS"])
def test_half_a_provider_is_a_mistake(monkeypatch, tmp_path, missing):
    for name in {"ISSUER", "AUDIENCE", "JWKS"} - {missing}:
        monkeypatch.setenv(f"GEO_JINDU_OIDC_{name}", "x")
    with pytest.raises(ValueError, match="together"):
        Settings(workspace=tmp_path)


# ---- the service


def test_the_service_takes_tokens_only_if_it_is_told_to(make_workspace, provider, key, monkeypatch):
    directory = make_workspace()
    run_line(directory)
    without = create_app(Settings(workspace=directory))
    assert client_of(without, sign(key)).get("/townships").status_code == 401
    for name in ("issuer", "audience", "jwks"):
        monkeypatch.setenv(f"GEO_JINDU_OIDC_{name.upper()}", getattr(provider, name))
    service = create_app(Settings(workspace=directory))
    reader = client_of(service, sign(key))
    assert {row["county"] for row in reader.get("/townships").json()["townships"]} == {"990001"}
    assert reader.get("/townships/990000201").status_code == 403
    auditor = client_of(service, sign(key, **{TIER: "auditor", COUNTIES: "*"}))
    lines = auditor.get("/audit").json()["accesses"]
    assert {line["key_id"][:5] for line in lines} == {"oidc:", ""}
    assert client_of(service, sign(key, exp=1)).get("/townships").status_code == 401
    for path in ("/townships", "/townships.geojson", "/townships.parquet", "/assessment", "/"):
        elsewhere = client_of(service, sign(key, **{COUNTIES: ["110101"]})).get(path)
        assert elsewhere.status_code == 403, path
    signed_in = client_of(service).post("/sign-in", data={"key": sign(key)})
    assert signed_in.status_code == 401, "sessions are for keys"
    monkeypatch.setattr(
        Tokens, "_key_of", lambda *_: (_ for _ in ()).throw(jwt.PyJWKClientConnectionError)
    )
    answer = client_of(service).get("/townships", headers=bearer(sign(key)))
    assert answer.status_code == 503
    store = open_store(directory)
    said = "".join(map(str, read_access(store, limit=None)))
    store.close()
    assert "an office" not in said
