"""kz-accounts 43, 68-74, A3, R18: whether an account exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import accepted, refused, rejected, served
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, reading


@check("KZA-EXISTS-01")
def an_existing_account_exists(accounts: Accounts) -> None:
    """The IBAN of an account of the client is answered with 200 and `exists` true."""
    iban = accounts.declaration.data.existing_iban
    if iban is None:
        lacking("data.existing_iban: the IBAN of an account of the client")
    served("a made-up IBAN", accounts.exists(accounts.made_up_iban()))
    answer = accounts.exists(iban)
    accepted("the IBAN of an existing account", answer)
    expect("exists for the IBAN of an existing account", answer.exists, True)


def given_existing_one_is_known(accounts: Accounts) -> None:
    """A target that says the same of every IBAN knows none."""
    iban = accounts.declaration.data.existing_iban
    if iban is not None:
        answer = accounts.recall("an existing IBAN", lambda: accounts.exists(iban))
        served("the IBAN of an existing account", answer)
        given("exists for the IBAN of an existing account", answer.exists, True)


@check("KZA-EXISTS-02")
def an_iban_that_nobody_has_does_not_exist(accounts: Accounts) -> None:
    """An IBAN that belongs to no account is answered with 200 and `exists` false, not with 404."""
    given_existing_one_is_known(accounts)
    known = accounts.declaration.data.missing_iban
    ibans = {"the IBAN of data.missing_iban": known} if known else {}
    ibans["a made-up IBAN with right check digits"] = accounts.made_up_iban()
    for what, iban in ibans.items():
        answer = accounts.exists(iban)
        accepted(what, answer)
        expect(f"exists for {what}", answer.exists, False)


@check("KZA-EXISTS-03")
def an_iban_over_34_characters_is_refused(accounts: Accounts) -> None:
    """An IBAN of more than 34 characters is refused with 400 FIELD_INVALID."""
    iban = accounts.made_up_iban()
    served("an IBAN of 20 characters", accounts.exists(iban))
    for length in (35, 60, 200):
        refused(f"an IBAN of {length} characters", accounts.exists(f"{iban:0<{length}}"))


@check("KZA-EXISTS-04")
def a_malformed_iban_does_not_exist(accounts: Accounts) -> None:
    """An IBAN with wrong check digits or characters is refused with 400 FIELD_INVALID, or does not exist."""
    good = accounts.declaration.data.existing_iban or accounts.made_up_iban()
    given_existing_one_is_known(accounts)
    nobodys = served("a made-up IBAN", accounts.exists(accounts.made_up_iban()))
    given("exists for a made-up IBAN", nobodys.exists, False)
    for what, change in MALFORMED.items():
        text = accounts.varied(good, change)
        answer = accounts.exists(text)
        if answer.status == 403 and any(sign in text for sign in "%'"):
            continue  # what a firewall in front of the API answers to an odd text
        does_not_exist(what, answer)
    does_not_exist("a single letter", accounts.exists("K"))


def with_other_check_digits(iban: str) -> str:
    return f"{iban[:2]}{(int(iban[2:4]) % 97 + 1):02}{iban[4:]}" if iban[2:4].isdigit() else f"KZ00{iban[4:]}"


MALFORMED: Mapping[str, Callable[[str], str]] = {
    "an IBAN with other check digits": with_other_check_digits,
    "an IBAN cut short": lambda iban: iban[:-1],
    "an IBAN with a character too many": lambda iban: f"{iban}0",
    "an IBAN with a sign in it": lambda iban: f"{iban[:4]}-{iban[4:]}",
    "an IBAN followed by a wildcard": lambda iban: f"{iban[:10]}%",
    "an IBAN with a quote": lambda iban: f"{iban}'",
    "letters that are not Latin": lambda iban: "ҚЗ" + iban[2:],
}


def does_not_exist(what: str, answer: Answer) -> None:
    rejected(what, answer, 200, 400)
    reading("R18", f"{answer.status} to {what}")
    if answer.status == 400:
        refused(what, answer)
    else:
        expect(f"exists for {what}", answer.exists, False, evidence=answer.exchange)


@check("KZA-EXISTS-05")
def an_iban_in_small_letters_is_answered(accounts: Accounts) -> None:
    """An IBAN in small letters is answered with 200, whatever it says, or refused with 400 FIELD_INVALID."""
    good = accounts.declaration.data.existing_iban or accounts.made_up_iban()
    given_existing_one_is_known(accounts)
    nobodys = served("a made-up IBAN", accounts.exists(accounts.made_up_iban()))
    given("exists for a made-up IBAN", nobodys.exists, False)
    answer = accounts.exists(accounts.varied(good, str.lower))
    rejected("an IBAN in small letters", answer, 200, 400)
    reading("R18", f"{answer.status} to small letters")
    if answer.status == 400:
        refused("an IBAN in small letters", answer)


@check("KZA-EXISTS-06")
def the_question_has_its_path(accounts: Accounts) -> None:
    """
    GET /v1/accounts/{iban}/exists is there: not each IBAN is answered with 404, 405 or 501.

    Both a well-formed IBAN that nobody has and, where it is known, an existing one are asked: a provider that does
    not find one of them breaks another rule.
    """
    asked = [iban for iban in (accounts.declaration.data.existing_iban, accounts.made_up_iban()) if iban]
    listing = served("the list of accounts", accounts.listing(page=1, size=1))
    given("number of accounts on a page of one", len(listing.accounts) <= 1, True)
    statuses = [accounts.exists(iban).status for iban in asked]
    given("number of IBANs asked", len(statuses) > 1, True, missing="data.existing_iban: the IBAN of an account")
    absent = all(status in _NOT_THERE for status in statuses)
    expect("answers to GET on the path of the question", f"all {statuses[0]}" if absent else "there", "there")


_NOT_THERE = (404, 405, 501)
