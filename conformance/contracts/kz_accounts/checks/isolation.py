"""kz-accounts 5, 22-23, 36, 93.2: a client's token gives that client's accounts, and never another's (R03)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import accepted, not_served, served
from conformance.contracts.kz_accounts.tokens import Kind
from conformance.contracts.kz_accounts.wire import ErrorCode
from conformance.engine.check import check
from conformance.engine.observation import Expected, Inconclusive, expect, given, lacking, none_found, reading
from conformance.errors import UnreadableReply

# A gateway may keep answers by path and query. Each purpose below has a page size or window of its own, so that
# such a store is cold where ownership is judged, and warm only where the store itself is.
SIZE_OF_DISCOVERY, SIZE_OF_TWIN, SIZE_OF_STRANGER, SIZE_A_FIRST, SIZE_B_FIRST = 97, 95, 96, 98, 99


def ours(accounts: Accounts) -> set[str]:
    return {accounts.first().id} | {account.id for account in accounts.all()}


def theirs(accounts: Accounts) -> list[str]:
    """The ids of the other client's accounts, as that client's own token lists them."""

    def discover() -> list[str]:
        other = accounts.tokens.get(Kind.OTHER_CLIENT)
        if accounts.tokens.is_of_one_client(Kind.FULL, Kind.OTHER_CLIENT):
            lacking("auth.static.other_client as the token of another client than auth.static.full")
        answers = accounts.walk(lambda page: accounts.listing(page=page, size=SIZE_OF_DISCOVERY, token=other))
        ids = [account.id for answer in answers for account in answer.accounts]
        if not ids:
            lacking("a second client (auth.static.other_client) with at least one open account")
        return ids

    return accounts.recall("isolation: accounts of the other client", discover)


@dataclass(frozen=True)
class Probe:
    """One account of each client, asked for by both in a fixed order."""

    stranger_first: Answer  # their account, asked for by us before its owner does
    owner: Answer
    stranger_after: Answer  # the same request of ours, after the owner was served
    control: Answer | None  # another account of the owner, which no stranger asked for; None where there is none
    our_twin: Answer  # our account, asked for by us
    their_request: Answer  # and by them
    unknown: Answer  # an account that nobody has, asked for by us


Asks = Callable[[Accounts, str, Kind], Answer]


def balance(accounts: Accounts, account_id: str, token: Kind) -> Answer:
    return accounts.balance(account_id, token=token)


def transactions(accounts: Accounts, account_id: str, token: Kind) -> Answer:
    return accounts.transactions(account_id, start=accounts.days_ago(37), end=accounts.days_ago(1), token=token)


def probe(accounts: Accounts, ask: Asks) -> Probe:
    def discover() -> Probe:
        their_id, our_id = their_account(accounts), accounts.first().id
        untouched = [account for account in theirs(accounts) if account != their_id]
        return Probe(
            ask(accounts, their_id, Kind.FULL),
            ask(accounts, their_id, Kind.OTHER_CLIENT),
            ask(accounts, their_id, Kind.FULL),
            ask(accounts, untouched[0], Kind.OTHER_CLIENT) if untouched else None,
            ask(accounts, our_id, Kind.FULL),
            ask(accounts, our_id, Kind.OTHER_CLIENT),
            ask(accounts, accounts.made_up_account_id(), Kind.FULL),
        )

    return accounts.recall(f"isolation: {ask.__name__}", discover)


def their_account(accounts: Accounts) -> str:
    """The configured one where it is in their list, so that its owner is served; else the first of the list."""
    listed, named = theirs(accounts), accounts.declaration.data.other_client_account_id
    chosen = named if named in listed else listed[0]
    given("account of both clients", chosen in ours(accounts), False, missing="an account of the other client alone")
    return str(chosen)


# --- whose account it is ----------------------------------------------------------------------------------


@check("KZA-ISOLATION-01")
def two_clients_share_no_account(accounts: Accounts) -> None:
    """The lists of two clients have no account in common."""
    mine = ours(accounts)
    expect("accounts in the lists of both clients", sorted(mine & set(theirs(accounts))), none_found)


@check("KZA-ISOLATION-02")
def the_balance_of_another_client_is_not_given(accounts: Accounts) -> None:
    """
    The balance of another client's account is not given, though the id is right.

    The owner is served the same request right afterwards, so that ownership is the only reason left.
    """
    strangers_are_given_nothing(accounts, balance)


@check("KZA-ISOLATION-03")
def the_transactions_of_another_client_are_not_given(accounts: Accounts) -> None:
    """The transactions of another client's account are not given, though the id is right."""
    strangers_are_given_nothing(accounts, transactions)


def strangers_are_given_nothing(accounts: Accounts, ask: Asks) -> None:
    """Without the owner's token an account named in the configuration can still be seen to be given away."""
    what = ask.__name__
    try:
        seen = probe(accounts, ask)
    except Inconclusive:
        named = accounts.declaration.data.other_client_account_id
        if named is not None:
            not_served(f"a request for the {what} of data.other_client_account_id", ask(accounts, named, Kind.FULL))
        raise
    # Whoever serves the same for an account that nobody has gives nothing away, but breaks a rule of the routes.
    same = is_the_same(seen.stranger_first, seen.unknown)
    given(f"whether the answer for an account that nobody has is the same {what}", same, False)
    not_served(f"a request for the {what} of another client's account", seen.stranger_first)
    served(f"the owner's request for the {what}", seen.owner)


def is_the_same(one: Answer, other: Answer) -> bool:
    return one.status == other.status == 200 and one.reply.body == other.reply.body


# --- how it is refused (R03) ------------------------------------------------------------------------------


@check("KZA-ISOLATION-04")
def a_foreign_balance_is_refused_like_a_missing_one(accounts: Accounts) -> None:
    """The balance of another client's account is refused with 403, 404 or 400 RESOURCE_NOT_FOUND."""
    the_refusal_is_admitted("balance", probe(accounts, balance))


@check("KZA-ISOLATION-04")
def foreign_transactions_are_refused_like_missing_ones(accounts: Accounts) -> None:
    """The transactions of another client's account are refused with 403, 404 or 400 RESOURCE_NOT_FOUND."""
    the_refusal_is_admitted("transactions", probe(accounts, transactions))


ADMITTED = ("403", "404", f"400 {ErrorCode.RESOURCE_NOT_FOUND}")
AS_ADMITTED = Expected(", ".join(ADMITTED), lambda form: form in ADMITTED)


def the_refusal_is_admitted(what: str, seen: Probe) -> None:
    """An unknown account that is refused in the same wrong way breaks a rule about unknown accounts, not this one."""
    served(f"the owner's request for the {what}", seen.owner)
    refusal = seen.stranger_first
    given(f"another client's {what} is refused", refusal.status in range(300, 500), True)
    form = form_of(refusal)
    if form not in ADMITTED:
        given("refusal of an account that nobody has", form_of(seen.unknown) == form, False)
    expect(f"refusal of another client's {what}", form, AS_ADMITTED, evidence=refusal.exchange)
    reading("R03", f"{form} for another client's {what}")


def form_of(answer: Answer) -> str:
    """The status, and on 400 the code that tells its reasons apart."""
    if answer.status != 400:
        return str(answer.status)
    try:
        return f"400 {answer.error.code}"
    except UnreadableReply:
        raise Inconclusive("body of a refusal", missing="a 400 with its error code") from None


# --- answers are not mixed up -----------------------------------------------------------------------------


@check("KZA-ISOLATION-05")
def a_list_goes_to_its_own_client_only(accounts: Accounts) -> None:
    """
    The same request for the list, sent by two clients in turn, gives each its own accounts.

    A store of answers that looks at path and query alone would give the first one's answer to both.
    """
    mine, others = ours(accounts), set(theirs(accounts))
    given("accounts in the lists of both clients", sorted(mine & others), none_found)
    orders = {
        SIZE_A_FIRST: (Kind.FULL, Kind.OTHER_CLIENT, Kind.FULL),
        SIZE_B_FIRST: (Kind.OTHER_CLIENT, Kind.FULL, Kind.OTHER_CLIENT),
    }
    for size, turns in orders.items():
        for kind in turns:
            answer = served(f"the list of {kind}", accounts.listing(page=1, size=size, token=kind))
            wrong = {account.id for account in answer.accounts} & (others if kind is Kind.FULL else mine)
            expect(f"foreign accounts in the list of {kind}, asked in turn", sorted(wrong), none_found)


@check("KZA-ISOLATION-05")
def a_balance_goes_to_its_own_client_only(accounts: Accounts) -> None:
    """The same request for a balance, sent by its owner and by another client in turn, is served to the owner only."""
    answers_stay_apart("balance", probe(accounts, balance))


@check("KZA-ISOLATION-05")
def transactions_go_to_their_own_client_only(accounts: Accounts) -> None:
    """The same request for transactions, sent by both clients in turn, is served to the owner only."""
    answers_stay_apart("transactions", probe(accounts, transactions))


def answers_stay_apart(what: str, seen: Probe) -> None:
    """Asked first, the stranger was refused: what changed is that the owner was served before."""
    given(f"another client's {what}, asked for before the owner does", seen.stranger_first.status >= 300, True)
    if seen.control is not None and seen.control.status == 200:
        accepted(f"the owner's request for the {what} after a stranger was refused it", seen.owner)
    served(f"the owner's request for the {what}", seen.owner)
    served(f"our request for the {what} of our account", seen.our_twin)

    not_served(f"a request for the {what} of another client's account after the owner's", seen.stranger_after)
    not_served(f"the other client's request for the {what} of our account after ours", seen.their_request)


# --- a client that nobody knows ---------------------------------------------------------------------------


@check("KZA-ISOLATION-06")
def an_unknown_client_sees_nobodys_accounts(accounts: Accounts) -> None:
    """
    A token of a client that nobody knows shows no account of the known ones.

    It is minted, and differs from a good minted one in the claims that tell clients apart. The known clients are
    kept apart as well, so that a provider which looks at another claim is not blamed.
    """
    known = ours(accounts) | set(theirs(accounts))
    given("accounts in the lists of both clients", sorted(ours(accounts) & set(theirs(accounts))), none_found)
    given("another client's transactions", probe(accounts, transactions).stranger_first.status >= 300, True)
    good, unknown = accounts.tokens.minted("good"), accounts.tokens.minted("unknown client", **unknown_client(accounts))
    served("the list with a good minted token", accounts.listing(page=1, size=SIZE_OF_TWIN, token=good))

    answer = accounts.listing(page=1, size=SIZE_OF_STRANGER, token=unknown)
    if answer.status in range(200, 300):
        seen = sorted({account.id for account in answer.accounts} & known)
        expect("known accounts in the list of an unknown client", seen, none_found)
    start, end = accounts.days_ago(41), accounts.days_ago(1)
    answer = accounts.transactions(accounts.first(), start=start, end=end, token=unknown)
    not_served("an unknown client's request for the transactions of our account", answer)


def unknown_client(accounts: Accounts) -> dict[str, Any]:
    """The claims that tell the second client from the first, with values that stand for neither."""
    mint = accounts.declaration.auth.mint
    if mint is None:
        lacking("auth.mint with a test key that the target trusts")
    names = list(mint.other_client_claims) or [name for name in ("sub",) if name in mint.claims]
    if not names:
        lacking("auth.mint.other_client_claims: the claims that tell one client from another")
    return {name: f"conformance-{accounts.random.getrandbits(48):012x}" for name in names}
