"""kz-accounts 9, 34, 37, 94, A5: bad bytes and odd texts are refused, and never come back in an error."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import rejected, served
from conformance.contracts.kz_accounts.wire import exists_path
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, one_of

# Percent-encoded bytes that are no UTF-8 (RFC 3629, 3).
BAD_BYTES = {
    "a byte that never occurs": "%FF",
    "an overlong slash": "%C0%AF",
    "a sequence cut short": "%E2%82",
    "a lone continuation": "%80",
    "half of a surrogate pair": "%ED%A0%80",
}

# Texts that attacks are made of, harmless in themselves; none is longer than an accountId may be.
ODD_TEXTS = {
    "a quote": "'",
    "a condition of SQL": "' OR '1'='1",
    "a second statement of SQL": "x'; SELECT 1; --",
    "a wildcard of SQL": "%",
    "a double quote": '"',
    "an opened JSON object": '{"$ne":null}',
    "a tag": "<script>alert(1)</script>",
    "a null byte": "\x00",
    "a line break": "x\r\nX-Odd: 1",
    "an emoji": "💥",
    "right-to-left text": "\u202eحساب",
    "a step up": "../",
    "an encoded step up": "%2e%2e%2f",
    "an expression": "${7*7}",
}

# --- bytes that are no UTF-8 (9) --------------------------------------------------------------------------


@check("KZA-INPUTS-01")
def bad_bytes_in_a_path_are_refused(accounts: Accounts) -> None:
    """
    A path with bytes that are no UTF-8 is refused with 400.

    They stand after a listed accountId and after a part of one: a reader that drops them serves the first, one that
    replaces them does not find the second.
    """
    account = accounts.first()
    for name, path in (("balance", accounts.dialect.balance), ("transactions", accounts.dialect.transactions)):
        served(f"the {name} of a listed account", accounts.send(path(quote(account.id, safe=""))))
        rejected(f"the {name} of an id and a bad byte", accounts.send(path(quote(account.id, safe="") + "%FF")), 400)
        for what, text in BAD_BYTES.items():
            rejected(
                f"the {name} of part of an id and {what}",
                accounts.send(path(quote(account.id[:20], safe="") + text)),
                400,
            )


@check("KZA-INPUTS-02")
def bad_bytes_in_a_query_are_refused(accounts: Accounts) -> None:
    """A query with bytes that are no UTF-8 after a proper value is refused with 400."""
    account = accounts.first()
    listing, path = accounts.dialect.accounts(), accounts.transactions_path(account.id)
    start = f"{accounts.dialect.start_parameter}={quote(f'{accounts.days_ago(30):%Y-%m-%dT%H:%M:%SZ}', safe='')}"
    served("pageSize=10", accounts.listing(size=10))
    served("a proper start", accounts.send(path, start))
    for what, text in BAD_BYTES.items():
        rejected(f"pageSize=10 and {what}, accounts", accounts.send(listing, f"pageSize=10{text}"), 400)
        rejected(f"a start and {what}, transactions", accounts.send(path, start + text), 400)
    if accounts.dialect.has_types:
        served("type=SAVINGS", accounts.listing(types=["SAVINGS"]))
        rejected("type=SAVINGS and a bad byte", accounts.send(listing, "type=SAVINGS%FF"), 400)


# --- odd texts (34) ---------------------------------------------------------------------------------------


@check("KZA-INPUTS-03")
def odd_texts_as_account_id_are_refused(accounts: Accounts) -> None:
    """Quotes, tags, null bytes, steps up and the like in place of an accountId are refused with 400 or 404."""
    account = accounts.first()
    for name, ask in (("balance", accounts.balance), ("transactions", accounts.transactions)):
        served(f"the {name} of a listed account", ask(account))
        given(f"answer to an unknown {name}", ask(accounts.made_up_account_id()).status, one_of(400, 404))
        for what, text in ODD_TEXTS.items():
            # 403 is what a firewall in front of the API answers.
            rejected(f"the {name} of {what}", ask(text), 400, 403, 404)


@check("KZA-INPUTS-04")
def odd_texts_as_page_size_are_refused(accounts: Accounts) -> None:
    """Odd texts after a number in pageSize are refused with 400, or 403."""
    odd_values_are_refused("pageSize", "10", lambda text: accounts.listing(size=text), "ten")


@check("KZA-INPUTS-05")
def odd_texts_as_page_number_are_refused(accounts: Accounts) -> None:
    """Odd texts after a number in pageNumber are refused with 400, or 403."""
    account = accounts.first()
    odd_values_are_refused("pageNumber", "1", lambda text: accounts.transactions(account, page=text), "one")


@check("KZA-INPUTS-06")
def odd_texts_as_type_are_refused(accounts: Accounts) -> None:
    """Odd texts after a name in `type` are refused with 400, or 403."""
    odd_values_are_refused("type", "SAVINGS", lambda text: accounts.listing(types=[text]), "LOAN_ACCOUNT")


@check("KZA-INPUTS-07")
def odd_texts_as_start_are_refused(accounts: Accounts) -> None:
    """Odd texts after a date in the start of a window are refused with 400, or 403."""
    account = accounts.first()
    proper = f"{accounts.days_ago(30):%Y-%m-%dT%H:%M:%SZ}"
    odd_values_are_refused("the start", proper, lambda text: accounts.transactions(account, start=text), "yesterday")


def odd_values_are_refused(name: str, proper: str, ask: Callable[[str], Answer], plainly_wrong: str) -> None:
    """
    The proper value alone must be served, and a plainly wrong one refused: that has a check of its own.

    Of the odd texts the firewall in front of the API may refuse some with 403.
    """
    served(f"{name} alone", ask(proper))
    given(f"answer to {name}={plainly_wrong}", ask(plainly_wrong).status, 400)
    for what, text in ODD_TEXTS.items():
        rejected(f"{name} followed by {what}", ask(proper + text), 400, 403)


# --- account and personal numbers (37, 94, R29) -----------------------------------------------------------


@check("KZA-INPUTS-08")
def no_error_repeats_an_account_number(accounts: Accounts) -> None:
    """An error does not repeat the IBAN that the request holds, in body or headers."""
    numbers_are_not_repeated(accounts, accounts.made_up_iban())


@check("KZA-INPUTS-08")
def no_error_repeats_a_personal_number(accounts: Accounts) -> None:
    """An error does not repeat the individual identification number that the request holds, in body or headers."""
    numbers_are_not_repeated(accounts, accounts.harmless(f"000101500{accounts.random.randrange(1000):03}"))


def numbers_are_not_repeated(accounts: Accounts, number: str) -> None:
    account, dialect = accounts.first(), accounts.dialect
    answers = {
        "a balance by that number": accounts.balance(number),
        "transactions by that number": accounts.transactions(number),
        "an unknown path with that number": accounts.send(f"{dialect.accounts()}/{number}/nothing"),
        "existence with that number and more": accounts.send(exists_path(f"{number}{'0' * 35}"[:35])),
        "existence with that number and a sign": accounts.send(exists_path(f"{number}-")),
        "pageSize with that number": accounts.listing(size=f"x{number}"),
        "pageNumber with that number": accounts.transactions(account, page=f"x{number}"),
        "type with that number": accounts.listing(types=[number]),
        "the start with that number": accounts.transactions(account, start=number),
        "another method with that number": accounts.send(accounts.balance_path(number), method="POST"),
    }
    errors = {what: answer for what, answer in answers.items() if answer.status >= 400}
    if not errors:
        lacking("an error in answer to a wrong parameter")
    for what, answer in errors.items():
        text = answer.reply.body.decode("utf-8", "replace") + "\n".join(value for _, value in answer.reply.headers)
        expect(f"whether the error to {what} repeats it", number in text, False, evidence=answer.exchange)


@check("KZA-INPUTS-09")
def an_iban_is_no_account_id(accounts: Accounts) -> None:
    """Balance and transactions are not served for the IBAN of an account, only for its accountId."""
    iban = accounts.declaration.data.existing_iban
    if iban is None:
        lacking("data.existing_iban: the IBAN of an account of the client")
    account = accounts.first()
    given("whether the IBAN is an accountId", any(one.id == iban for one in accounts.all()), False)
    for name, ask in (("balance", accounts.balance), ("transactions", accounts.transactions)):
        served(f"the {name} by accountId", ask(account))
        given(f"answer to an unknown {name}", ask(accounts.made_up_account_id()).status, one_of(400, 404))
        rejected(f"the {name} by IBAN", ask(iban), 400, 403, 404)
