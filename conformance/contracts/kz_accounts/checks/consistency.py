"""kz-accounts 53, 60, 97, A2.2, A2.3: what one endpoint says, the others say too."""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.freshness import read_between
from conformance.contracts.kz_accounts.judgement import served
from conformance.engine.check import check
from conformance.engine.observation import expect, given, none_found
from conformance.errors import UnreadableReply


@check("KZA-CONSISTENCY-01")
def the_balance_in_the_list_is_the_balance(accounts: Accounts) -> None:
    """currentBalance in the list equals currentBalance of the balance endpoint."""
    the_list_agrees_with_the_balance(
        accounts, lambda account: account.current_balance, lambda balance: balance.current_balance, "currentBalance"
    )


@check("KZA-CONSISTENCY-02")
def the_currency_in_the_list_is_the_currency(accounts: Accounts) -> None:
    """currency in the list equals currency of the balance endpoint."""
    the_list_agrees_with_the_balance(
        accounts, lambda account: account.currency, lambda balance: balance.currency, "currency"
    )


def the_list_agrees_with_the_balance(
    accounts: Accounts,
    listed: Callable[[wire.Account], object],
    told: Callable[[wire.Balance], object],
    name: str,
) -> None:
    """
    A difference may be a payment between the two answers. So both are read once more, the balance before and after
    the list: where it is the same both times, the list must agree; where it moves each time, nothing can be told.
    """
    ids = [account.id for account in accounts.examined()]
    given("ids that stand on the list twice", len(ids) - len(set(ids)), 0)
    pairs = [(account, answer) for account, answer in accounts.balances() if is_sound(listed(account))]
    given(f"number of accounts with a {name}", len(pairs) > 0, True, missing="an account of the right form")
    unequal = [account for account, answer in pairs if listed(account) != told(answer.balance)]
    still: list[str] = []
    for account in unequal[:5]:

        def balance(account: wire.Account = account) -> object:
            return told(served("the balance, asked again", accounts.balance(account)).balance)

        def in_the_list(account: wire.Account = account) -> object:
            return listed(listed_again(accounts, account))

        there, here = read_between(balance, in_the_list, "balances")
        if here != there:
            still.append(f"account {account.id}: list {here}, balance {there}")
    expect(f"accounts whose {name} differs", still, none_found)


def listed_again(accounts: Accounts, account: wire.Account) -> wire.Account:
    """The account as the list shows it now."""
    pages = accounts.walk(lambda page: accounts.listing(page=page, size=wire.LARGEST_PAGE_SIZE))
    found = (entry for answer in pages for entry in answer.accounts if entry.id == account.id)
    return next(found, account)


def is_sound(value: object) -> bool:
    """Whether a value can be compared at all: an int64, or a currency code; other forms are for `shape`."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value) is not None


@check("KZA-CONSISTENCY-03")
def the_balance_of_every_listed_account_is_served(accounts: Accounts) -> None:
    """The balance of every listed account is served under its accountId."""
    answers = accounts.balance_answers()
    given("number of listed accounts", len(answers) > 0, True, missing="a client with at least one open account")
    given("whether any balance is served", any(answer.status == 200 for _, answer in answers), True)
    lasting = [(account, unless_passing(accounts, answer)) for account, answer in answers]
    for account, answer in lasting:
        what = f"answer to the balance of the listed account {account.id}"
        expect(what, answer.status, 200, evidence=answer.exchange)
    others = [account.id for account, answer in lasting if not is_balance(answer)]
    given("accounts with an answer that is no balance", others, none_found)


@check("KZA-CONSISTENCY-04")
def the_transactions_of_every_listed_account_are_served(accounts: Accounts) -> None:
    """The transactions of every listed account are served under its accountId."""
    histories = accounts.history_answers()
    given("number of listed accounts", len(histories) > 0, True, missing="a client with at least one open account")
    given("whether any transactions are served", any(history.answers[0].status == 200 for history in histories), True)
    for history in histories:
        first = history.answers[0]
        what = f"answer to the transactions of the listed account {history.account.id}"
        lasting = unless_passing(accounts, first)
        expect(what, lasting.status, 200, evidence=lasting.exchange)
    others = [history.account.id for history in histories if not is_list_of_transactions(history.answers[0])]
    given("accounts with an answer that is no list of transactions", others, none_found)


def unless_passing(accounts: Accounts, answer: Answer) -> Answer:
    """An error of the server may pass: what it is worth shows when the same is asked again, a few times."""
    for _ in range(TRIES):
        if answer.status < 500:
            break
        answer = accounts.again(answer.exchange)
    return answer


TRIES = 3  # of several servers behind one address only one may be ill


def is_balance(answer: Answer) -> bool:
    """Whatever its members are worth: that is for the topic `shape`."""
    try:
        return "currentBalance" in answer.balance.facts()
    except UnreadableReply:
        return False


def is_list_of_transactions(answer: Answer) -> bool:
    try:
        return isinstance(answer.transactions, tuple)
    except UnreadableReply:
        return False
