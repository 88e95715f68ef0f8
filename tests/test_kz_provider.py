"""The reference provider of kz-accounts keeps its own rules, and so does each lawful variant."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
import yaml

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.stand import Stand, stand
from conformance.contracts.kz_accounts.variants import VARIANTS
from conformance.contracts.kz_accounts.wire import AccountType, Version, date_time
from conformance.crypto import jws
from conformance.crypto.keys import new_private_key, private_key, public_part, public_pem
from conformance.data import specs
from conformance.transport.jsontext import read_json
from conformance.transport.message import Reply, Request

NOW = datetime(2026, 3, 17, 9, 30, 15, 250_000, tzinfo=UTC)
ALL_VERSIONS = tuple(Version)


class Client:
    """Asks a provider on a stand."""

    def __init__(self, on: Stand) -> None:
        self.stand = on
        self.configuration = on.configuration("http://provider.test")
        self.tokens = self.configuration["auth"]["static"]
        self.data = self.configuration["data"]

    def get(self, path: str, *, token: str | None = "full", method: str = "GET", **headers: str) -> Reply:
        sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if token is not None:
            sent.append(("Authorization", f"Bearer {self.tokens.get(token, token)}"))
        return self.stand.provider.handle(Request(method, path, tuple(sent)))

    def body(self, path: str, **options: Any) -> Any:
        reply = self.get(path, **options)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def transactions(self, account: int = 0, prefix: str = "/v3", **parameters: Any) -> Reply:
        query = "&".join(f"{name.rstrip('_')}={_encoded(value)}" for name, value in parameters.items())
        return self.get(f"{prefix}/accounts/{self.data['account_ids'][account]}/transactions?{query}")

    def total(self, account: int = 0, **parameters: Any) -> int:
        return int(json.loads(self.transactions(account, **parameters).body)["page"]["totalItems"])

    def minted(
        self, *, key: Any = None, alg: str = "RS256", header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        mint = self.configuration["auth"]["mint"]
        payload = {**mint["claims"], "scope": "accounts", "exp": int(NOW.timestamp()) + 60, **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        return jws.sign(payload, key or _private_key(mint["key"]), alg, **{"kid": mint["kid"], **(header or {})})


@pytest.fixture
def client() -> Client:
    return Client(stand(now=NOW, requests_per_second=10_000, versions=ALL_VERSIONS))


# --- paths, methods, headers ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [
    "/", "/v3", "/v3/account", "/v3/accounts/", "/v4/accounts", "/V3/accounts", "/v3/accounts//balances",
    "/v3/accounts/x/balance", "/v1/accounts/x/balances", "/v3/accounts/x/exists", "/v3/accounts/x",
])  # fmt: skip
def test_what_is_not_published_is_404(client: Client, path: str) -> None:
    assert client.get(path).status == 404


def test_only_declared_versions_are_published_and_exists_always_is() -> None:
    only_v3 = Client(stand(now=NOW))
    seen = [only_v3.get(f"/{prefix}/accounts").status for prefix in ("v3", "v2", "v1", "providers/v1")]
    assert seen == [200, 404, 404, 404]
    assert only_v3.get(f"/v1/accounts/{only_v3.data['existing_iban']}/exists").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"])
def test_every_method_but_get_is_405(client: Client, method: str) -> None:
    reply = client.get("/v3/accounts", method=method)
    assert (reply.status, reply.header("allow")) == (405, "GET")


@pytest.mark.parametrize(("accept", "status"), [
    ("application/json", 200), ("*/*", 200), ("application/*;q=0.1", 200), ("", 200),
    ("text/html, application/json;q=0.5", 200), ("application/xml", 406), ("application/json;q=0, */*", 406),
    ("*/*;q=0", 406),
])  # fmt: skip
def test_accept_decides_on_406(client: Client, accept: str, status: int) -> None:
    assert client.get("/v3/accounts", accept=accept).status == status


@pytest.mark.parametrize(("charset", "status"), [
    ("utf-8", 200), ("UTF-8;q=0.1", 200), ("*", 200), ("windows-1251", 406), ("utf-8;q=0", 406),
])  # fmt: skip
def test_accept_charset_without_utf_8_is_406(client: Client, charset: str, status: int) -> None:
    assert client.get("/v3/accounts", accept_charset=charset).status == status


@pytest.mark.parametrize("target", [
    "/v3/accounts/%FF/balances", "/%C3", "/v3/accounts?type=%ff", "/v3/accounts?x=%C3%28", "/v3/accounts?x=%zz",
    "/v3/accounts?%",
])  # fmt: skip
def test_bytes_that_are_not_utf_8_are_400(client: Client, target: str) -> None:
    reply = client.get(target)
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "FIELD_INVALID")


def test_only_the_system_demands_x_provider_id(client: Client) -> None:
    system = Client(stand(now=NOW, role="system"))
    refused = [system.get("/v3/accounts"), system.get("/v3/accounts", x_provider_id="7")]
    assert [json.loads(reply.body)["code"] for reply in refused] == ["HEADER_MISSING", "HEADER_INVALID"]
    assert system.get("/v3/accounts", x_provider_id=system.configuration["target"]["provider_id"]).status == 200
    assert client.get("/v3/accounts", x_provider_id="7").status == 200


def test_an_error_inside_is_500_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Provider):
        def account_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
            raise RuntimeError(account.iban)

    reply = Client(stand(provider_class=Broken, now=NOW)).get("/v3/accounts")
    assert (reply.status, json.loads(reply.body)["code"]) == (500, "INTERNAL_ERROR")
    assert b"KZ" not in reply.body


# --- pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [
    "pageNumber=0", "pageNumber=-1", "pageNumber=%2B5", "pageNumber=1.5", "pageNumber=", "pageNumber=x",
    "pageNumber=%EF%BC%91", "pageNumber=9223372036854775808", "pageSize=0", "pageSize=101", "pageSize=1e1",
    "pageSize=5&pageSize=5", "type=current_account", "type=", "type=CASH", "type=SAVINGS,DEBIT_CARD",
    "from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z", "from=x&from=x",
])  # fmt: skip
def test_a_parameter_out_of_its_range_is_refused_without_echo(client: Client, query: str) -> None:
    reply = client.get(f"/v3/accounts?{query}")
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "FIELD_INVALID")
    assert query.partition("=")[0] in json.loads(reply.body)["description"]


def test_pages_join_to_the_whole_list(client: Client) -> None:
    pages = [client.body(f"/v3/accounts?pageSize=4&pageNumber={number}") for number in range(1, 8)]
    ids = [account["accountId"] for page in pages for account in page["data"]["accounts"]]
    assert sorted(ids) == sorted(client.data["account_ids"])
    assert [page["page"]["isLastPage"] for page in pages] == [False] * 6 + [True]
    assert {page["page"]["totalItems"] for page in pages} == {len(ids)}


def test_a_page_beyond_the_end_is_empty_and_last(client: Client) -> None:
    body = client.body("/v3/accounts?pageNumber=9223372036854775807&unknown=1")
    assert (body["data"]["accounts"], body["page"]["isLastPage"]) == ([], True)


def test_a_full_last_page_is_last(client: Client) -> None:
    reply = json.loads(client.transactions(1, from_=NOW - timedelta(days=80), pageNumber=2).body)
    assert (len(reply["data"]["transactions"]), reply["page"]) == (10, {"totalItems": 20, "isLastPage": True})


@pytest.mark.parametrize("kind", AccountType)
def test_types_filter_before_paging(client: Client, kind: AccountType) -> None:
    body = client.body(f"/v3/accounts?type={kind}&pageSize=3")
    assert {account["type"] for account in body["data"]["accounts"]} == {kind}
    assert 3 < body["page"]["totalItems"] < 27
    assert not body["page"]["isLastPage"]


def test_a_repeated_type_means_the_union_and_v1_knows_none(client: Client) -> None:
    both = client.body("/v2/accounts?type=SAVINGS&type=CREDIT_CARD&pageSize=100")
    assert {account["type"] for account in both["data"]["accounts"]} == {"SAVINGS", "CREDIT_CARD"}
    assert client.body("/v1/accounts?type=none")["page"]["totalItems"] == len(client.data["account_ids"])


def test_accounts_are_filtered_by_opening_with_both_ends(client: Client) -> None:
    opened = [account["openedDateTime"] for account in client.body("/v3/accounts?pageSize=100")["data"]["accounts"]]
    twice = _encoded(next(moment for moment in opened if opened.count(moment) == 2))
    assert client.body(f"/v3/accounts?from={twice}&to={twice}")["page"]["totalItems"] == 2
    late, early = (client.body(f"/v3/accounts?{end}={twice}")["page"]["totalItems"] for end in ("from", "to"))
    assert late + early == len(opened) + 2


# --- windows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end", "status"), [
    (120, 30, 200), (120.001, 30, 400), (180, 91, 200), (180.001, 100, 400), (90, None, 200), (90.001, None, 400),
    (None, 1, 400), (None, -1, 200), (5, 5, 200), (5, 6, 400), (-1, None, 400), (-1, -2, 200),
])  # fmt: skip
def test_a_window_is_at_most_90_days_long_and_180_days_old(
    client: Client, start: float | None, end: float | None, status: int
) -> None:
    ends = {"from_": start, "to": end}
    given: dict[str, Any] = {name: NOW - timedelta(days=days) for name, days in ends.items() if days is not None}
    assert client.transactions(**given).status == status


@pytest.mark.parametrize("text", [
    "2026-03-01", "2026-03-01T00:00:00", "2026-02-30T00:00:00Z", "2026-03-01T24:00:00Z", "yesterday", "",
    "2026-03-01 00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "1772323200",
    "2026-03-01T00:00:00+25:00",
])  # fmt: skip
def test_a_date_needs_all_its_parts_and_a_zone(client: Client, text: str) -> None:
    assert client.transactions(from_=text).status == 400


def test_a_bare_plus_is_a_space(client: Client) -> None:
    account = client.data["account_ids"][0]
    assert client.get(f"/v3/accounts/{account}/transactions?from=2026-03-01T00:00:00+05:00").status == 400


def test_the_default_window_is_today_in_kazakhstan(client: Client) -> None:
    midnight = datetime(2026, 3, 16, 19, tzinfo=UTC)
    assert client.total() == client.total(from_=midnight, to=NOW) >= 6


def test_both_ends_belong_to_a_window_whatever_their_zone(client: Client) -> None:
    shown = json.loads(client.transactions(from_=NOW - timedelta(days=80), pageSize=100).body)["data"]["transactions"]
    moment = shown[50]["createDateTime"]
    same = sum(item["createDateTime"] == moment for item in shown)
    assert client.total(from_=moment, to=date_time(moment).isoformat()) == same >= 1


@pytest.mark.parametrize("prefix", ["/v2", "/v1", "/providers/v1"])
def test_old_versions_have_their_own_names_of_the_window(client: Client, prefix: str) -> None:
    start = NOW - timedelta(days=80)
    reply = client.transactions(1, prefix, fromCreateDateTime=start)
    assert json.loads(reply.body)["page"]["totalItems"] == 20
    assert not set(json.loads(reply.body)["data"]["transactions"][0]) & {"rrn", "iinSender", "iinReceiver"}
    assert json.loads(client.transactions(1, prefix, from_=start).body)["page"]["totalItems"] == 0


# --- tokens, scopes, owners -------------------------------------------------------------------------------


def _bad_tokens(client: Client) -> Iterator[tuple[str, str]]:
    key = _private_key(client.configuration["auth"]["mint"]["key"])
    foreign = new_private_key("RS256", "stand-1")
    header, payload, signature = jws.parts(client.tokens["full"])
    secret = type(key).from_password(public_pem(key).decode("ascii"))
    yield "empty", ""
    yield "malformed", "a.b.c"
    yield "not ASCII", "é"
    yield "alg none", jws.joined({**header, "alg": "none"}, payload)
    yield "stripped signature", jws.joined(header, payload)
    yield "changed payload", jws.joined(header, {**payload, "sub": "client-2"}, signature)
    yield "HMAC with the public key", client.minted(key=secret, alg="HS256")
    embedded = {"jwk": public_part(foreign).export_public(as_dict=True)}
    yield "embedded key", client.minted(key=foreign, header=embedded)
    yield "unknown kid", client.minted(header={"kid": "other"})
    yield "critical header", client.minted(header={"crit": ["b64"], "b64": True})
    yield "not yet valid", client.minted(nbf=int(NOW.timestamp()) + 3600)
    yield "ends now", client.minted(exp=int(NOW.timestamp()))
    yield "without end", client.minted(exp=None)
    yield "end as text", client.minted(exp="9999999999")
    odd: tuple[Any, ...] = (None, "other", {}, 7)
    for claim, value in itertools.product(("iss", "aud", "client_id", "sub"), odd):
        yield f"{claim} is {value}", client.minted(**{claim: value})


def test_a_token_that_breaks_any_rule_is_401(client: Client) -> None:
    named = ("expired", "revoked", "foreign_key")
    tokens = [*_bad_tokens(client), *((name, client.tokens[name]) for name in named)]
    assert {name: client.get("/v3/accounts", token=token).status for name, token in tokens} == {
        name: 401 for name, _ in tokens
    }


def test_only_the_header_carries_a_token(client: Client) -> None:
    full = client.tokens["full"]
    assert client.get("/v3/accounts", token=None).status == 401
    assert client.get(f"/v3/accounts?access_token={full}", token=None).status == 401
    assert client.get("/v3/accounts", token=None, authorization=f"Basic {full}").status == 401
    assert client.get("/v3/accounts", token=None, authorization=f"bearer {full}").status == 200


def test_lawful_forms_of_a_token_are_served(client: Client) -> None:
    audience = client.configuration["auth"]["mint"]["claims"]["aud"]
    assert client.get("/v3/accounts", token=client.minted(aud=["x", audience])).status == 200
    assert client.get("/v3/accounts", token=client.minted(nbf=int(NOW.timestamp()))).status == 200


def test_each_operation_needs_its_own_scope(client: Client) -> None:
    account = f"/v3/accounts/{client.data['account_ids'][0]}"
    ends = {"accounts": "/v3/accounts", "account_balance": "balances", "account_transactions": "transactions"}
    paths = {scope: end if end.startswith("/") else f"{account}/{end}" for scope, end in ends.items()}
    for scope, path in paths.items():
        seen = {token: client.get(path, token=token).status for token in (*paths, "none")}
        assert seen == {token: 200 if token == scope else 403 for token in seen}


def test_a_client_sees_its_own_active_accounts_only(client: Client) -> None:
    theirs = client.data["other_client_account_id"]
    shown = client.body("/v3/accounts?pageSize=100", token="other_client")["data"]["accounts"]
    assert theirs in {account["accountId"] for account in shown}
    hidden = [theirs, "unknown", client.data["existing_iban"], *client.data["closed_account_ids"]]
    for account in hidden:
        assert client.get(f"/v3/accounts/{account}/balances").status == 404
        assert client.get(f"/v3/accounts/{account}/transactions").status == 404
    assert client.get(f"/v3/accounts/{theirs}/balances", token="other_client").status == 200
    assert client.get(f"/v3/accounts/{'x' * 37}/balances").status == 400


def test_exists_knows_ibans_of_all_clients(client: Client) -> None:
    known, missing = client.data["existing_iban"], client.data["missing_iban"]
    seen = [client.body(f"/v1/accounts/{iban}/exists")["exists"] for iban in (known, missing, "KZ00", "%D0%AB")]
    assert seen == [True, False, False, False]
    assert client.get(f"/v1/accounts/{'K' * 35}/exists").status == 400


# --- rate limit -------------------------------------------------------------------------------------------


def test_too_many_requests_are_429_until_the_time_named_has_passed() -> None:
    ticks = [0.0]
    client = Client(stand(now=NOW, requests_per_second=5, monotonic=lambda: ticks[0]))
    replies = [client.get("/v3/accounts") for _ in range(7)]
    assert [reply.status for reply in replies] == [200] * 5 + [429] * 2
    assert client.get("/v3/accounts", token="other_client").status == 200
    ticks[0] += int(replies[-1].header("retry-after") or "")
    assert client.get("/v3/accounts").status == 200


# --- bodies -----------------------------------------------------------------------------------------------


@cache
def _schema(name: str) -> Any:
    components = yaml.safe_load((specs("kz-accounts") / "openapi.yaml").read_text("utf-8"))["components"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


@pytest.mark.parametrize("version", Version)
def test_every_body_fits_its_schema(client: Client, version: Version) -> None:
    route = next(route for route in client.stand.provider.routes.values() if route.version is version)
    dialect, start = route.dialect, _encoded(NOW - timedelta(days=85))
    _assert_fits(dialect.accounts_schema, client.get(f"{dialect.accounts()}?pageSize=100"))
    for account in client.data["account_ids"]:
        _assert_fits(dialect.balance_schema, client.get(dialect.balance(account)))
        window = f"?pageSize=100&{dialect.start_parameter}={start}"
        _assert_fits(dialect.transactions_schema, client.get(dialect.transactions(account) + window))
    _assert_fits("AccountExists", client.get(f"/v1/accounts/{client.data['existing_iban']}/exists"))
    _assert_fits("ErrorResponse400", client.get(f"{dialect.accounts()}?pageSize=0"))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_answers_lists_that_fit_their_schemas(name: str) -> None:
    client = Client(stand(now=NOW, provider_class=VARIANTS[name], sleep=lambda seconds: None))
    _assert_fits("GetAccountsResponseV3", client.get("/v3/accounts"))
    for account in client.data["account_ids"][:4]:
        _assert_fits("GetAccountBalanceResponseV3", client.get(f"/v3/accounts/{account}/balances"))
        _assert_fits("GetAccountTransactionsResponseV3", client.get(f"/v3/accounts/{account}/transactions"))
    assert client.get("/v3/accounts", token="expired").status == 401
    assert [read_json(client.get(path).body).faults for path in ("/v3/accounts", "/x")] == [(), ()]


def test_every_reply_has_its_headers_and_no_error_repeats_an_iban(client: Client) -> None:
    iban = client.data["existing_iban"]
    for path in ("/v3/accounts", "/x", f"/v3/accounts/{iban}/balances", f"/v1/accounts/{iban}{iban}/exists"):
        reply = client.get(path)
        assert reply.header("content-type") == "application/json"
        assert reply.header("date") == "Tue, 17 Mar 2026 09:30:15 GMT"
        assert reply.status == 200 or iban.encode() not in reply.body


def _assert_fits(name: str, reply: Reply) -> None:
    text = read_json(reply.body)
    assert text.faults == ()
    _schema(name).validate(json.loads(reply.body))


@cache
def _private_key(pem: str) -> Any:
    return private_key(pem)


def _encoded(value: Any) -> str:
    return quote(value.isoformat() if isinstance(value, datetime) else str(value), safe="")
