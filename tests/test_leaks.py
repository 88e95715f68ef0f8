"""Law 6: no secret and no personal data that went into a run comes out in anything it writes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.sample import FIRST_CLIENT
from conformance.reporting.summary import summary
from conformance.serving import served
from conformance.transport.message import Reply, Request

KZ = contract("kz-accounts")


class SaysEverythingItKnows(Provider):
    """Every error repeats the request with its token, IBANs and names; every transaction has a wrong member."""

    def error_reply(self, refusal: Any, request: Request) -> Reply:
        reply = super().error_reply(refusal, request)
        knowledge = " ".join(account.iban for account in self.ledger.accounts)
        body = f"Traceback: {request.target} {request.header('Authorization')} {knowledge}".encode()
        return Reply(reply.status, (*reply.headers, ("X-Debug", str(request.header("Authorization")))), body)

    def transaction_json(self, transaction: Any, account: Any, call: Any) -> dict[str, Any]:
        return {**super().transaction_json(transaction, account, call), "status": transaction.debtor_name or "x"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str, str]:
    """Everything a run against that provider wrote, beside the configuration and what the provider stores."""
    folder = tmp_path_factory.mktemp("leaks")
    stand = KZ.stand(provider_class=SaysEverythingItKnows, requests_per_second=1000)
    with served(stand.provider) as url:
        document = stand.configuration(url)
        document["rate_limit"] = {"probe": False}
        declaration, _ = parsed(document, KZ.configuration, Path("leaks.toml"))
        certification = Certification(KZ, declaration, Options(folder, workers=8), quiet=True)
        outcome = certification.conduct()
    with (folder / "terminal.txt").open("w", encoding="utf-8") as file:
        from rich.console import Console

        summary(certification.document, KZ, report_dir=folder, console=Console(file=file, width=100))
    assert outcome.verdict.value == "non_conformant", "the run must have much to say"
    secrets = {f"token {name}": token for name, token in document["auth"]["static"].items()}
    secrets["minting key"] = document["auth"]["mint"]["key"]
    accounts = stand.provider.ledger.accounts
    mine = [account for account in accounts if account.client == FIRST_CLIENT]
    secrets |= {f"IBAN {number}": account.iban for number, account in enumerate(accounts)}
    known = document["data"]["existing_iban"]
    secrets |= {"IBAN cut short": known[:-1], "IBAN without its country": known[4:], "small IBAN": known.lower()}
    secrets |= {
        f"name in {item.transaction_id}": name
        for account in mine
        for item in account.transactions
        for name in (item.creditor_name, item.debtor_name)
        if name
    }
    text = "\n".join(path.read_text("utf-8") for path in sorted(folder.iterdir()))
    return secrets, text, str(sorted(path.name for path in folder.iterdir()))


def test_the_run_wrote_all_its_files(written: tuple[dict[str, str], str, str]) -> None:
    for name in ("exchanges.jsonl", "junit.xml", "report.html", "results.json", "run.json", "terminal.txt"):
        assert name in written[2]


def test_no_canary_comes_out(written: tuple[dict[str, str], str, str]) -> None:
    secrets, text, _ = written
    leaks = [name for name, value in secrets.items() if value in text]
    assert not leaks


def test_no_part_of_a_signed_token_comes_out(written: tuple[dict[str, str], str, str]) -> None:
    """The signature alone would not help a thief, but it is as unique as the token."""
    secrets, text, _ = written
    signatures = {name: value.rsplit(".", 1)[-1] for name, value in secrets.items() if name.startswith("token")}
    assert not [name for name, value in signatures.items() if value in text]


def test_no_private_key_comes_out(written: tuple[dict[str, str], str, str]) -> None:
    secrets, text, _ = written
    body = "".join(secrets["minting key"].splitlines()[1:-1])
    assert base64.b64decode(body)
    assert body[:60] not in text.replace("\n", "")
