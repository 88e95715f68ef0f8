"""kz-accounts A3 (R28): a deprecated version tells the same as v3, as far as both know it."""

from __future__ import annotations

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import History
from conformance.contracts.kz_accounts.client import Accounts, is_cut_short
from conformance.contracts.kz_accounts.freshness import read_between
from conformance.contracts.kz_accounts.judgement import served
from conformance.contracts.kz_accounts.windows import listed
from conformance.contracts.kz_accounts.wire import Version
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found


@check("KZA-VERSIONS-01")
def the_same_accounts_are_listed(accounts: Accounts) -> None:
    """The list of accounts holds the same accounts as in v3."""
    here, there = {entry.id for entry in accounts.all()}, {entry.id for entry in latest(accounts).all()}
    given("number of accounts in v3", len(there) > 0, True, missing="a client with at least one open account")
    known = set(accounts.declaration.data.account_ids)
    given("accounts of data.account_ids missing in this version", sorted(known - here), none_found)

    expect("accounts of v3 that this version does not list", sorted(there - here), none_found)
    expect("accounts that v3 does not list", sorted(here - there), none_found)


@check("KZA-VERSIONS-02")
def an_account_is_the_same(accounts: Accounts) -> None:
    """An account has the same values as in v3."""
    here = {entry.id: entry for entry in accounts.all()}
    there = {entry.id: entry for entry in latest(accounts).all()}
    both = sorted(here.keys() & there.keys())
    given("number of accounts in both versions", len(both) > 0, True, missing="an account that both versions list")
    # The balance may move between the two lists; the balance endpoint is compared on its own.
    differing = [f"{name}: {', '.join(fault)}" for name in both if (fault := differences(here[name], there[name]))]

    expect("accounts that differ from v3", differing, none_found)


@check("KZA-VERSIONS-03")
def a_balance_is_the_same(accounts: Accounts) -> None:
    """A balance has the same values as in v3."""
    there = {account.id: answer.balance for account, answer in latest(accounts).balances()}
    pairs = [(account, answer.balance) for account, answer in accounts.balances() if account.id in there]
    given("number of balances in both versions", len(pairs) > 0, True, missing="a balance that both versions serve")
    differing = []
    for account, balance in pairs:
        if not differences(balance, there[account.id]):
            continue
        fault = balance_differences(accounts, account)
        differing += [f"{account.id}: {', '.join(fault)}"] if fault else []

    expect("balances that differ from v3", differing, none_found)


def balance_differences(accounts: Accounts, account: wire.Account) -> list[str]:
    """A payment may have come between the two answers, so both are read once more, the one around the other."""

    def there() -> wire.Balance:
        return served("the balance in v3, asked again", latest(accounts).balance(account)).balance

    def here() -> wire.Balance:
        return served("the balance, asked again", accounts.balance(account)).balance

    return differences(*read_between(there, here, "balances"))


@check("KZA-VERSIONS-04")
def a_transaction_is_the_same(accounts: Accounts) -> None:
    """A window holds the same transactions with the same values as in v3."""
    there = {history.account.id: history for history in latest(accounts).histories()}
    compared = 0
    for history in accounts.histories():
        if history.account.id not in there or is_cut_short(history.answers):
            continue
        evidence = history.answers[0].exchange
        mine = {item.id: item for item in history.items}
        theirs = {item.id: item for item in there[history.account.id].items}
        compared += len(mine.keys() & theirs.keys())
        expect("transactions that stand in one version only", sorted(mine.keys() ^ theirs.keys()), none_found)
        if any(differences(mine[name], theirs[name]) for name in mine):
            mine, theirs = read_again(accounts, history)
        differing = [
            f"{name}: {', '.join(fault)}"
            for name in sorted(mine.keys() & theirs.keys())
            if (fault := differences(mine[name], theirs[name]))
        ]
        expect("transactions that differ from v3", differing, none_found, evidence=evidence)
    if not compared:
        lacking("an account with a transaction in the last 89 days")


def read_again(accounts: Accounts, history: History) -> tuple[dict[str, wire.Transaction], dict[str, wire.Transaction]]:
    """What was pending may have been booked between the two answers, so both are read once more."""

    def read(version: Accounts) -> dict[str, wire.Transaction]:
        return {item.id: item for item in listed(version, history.account, history.start, history.end)}

    theirs, mine = read_between(lambda: read(latest(accounts)), lambda: read(accounts), "transactions")
    return mine, theirs


def latest(accounts: Accounts) -> Accounts:
    """The same target in v3."""
    return accounts.in_version(Version.V3)


def differences(one: wire.Entry, other: wire.Entry) -> list[str]:
    """Names of members that both have, with different values; dates count as moments.

    The balance of a list is left out: it may move between two lists, and the balance endpoint tells it too.
    """
    mine, theirs = one.facts(), other.facts()
    shared = (mine.keys() & theirs.keys()) - ({"currentBalance"} if isinstance(one, wire.Account) else set())
    return sorted(name for name in shared if mine[name] != theirs[name])
