"""The client that checks of kz-accounts use: requests by name, answers by type, discoveries shared.

A check receives one `Accounts`, bound to one version. Reading a member of an answer that is not there
raises UnreadableReply, which ends the check as inconclusive: the topic `shape` judges the form of answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar
from urllib.parse import quote
from uuid import UUID

from stdnum import iban as iban_number

from conformance import __version__
from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer, History
from conformance.contracts.kz_accounts.declaration import Declaration
from conformance.contracts.kz_accounts.tokens import Kind, Tokens
from conformance.engine.observation import given, lacking
from conformance.engine.session import Session
from conformance.errors import UnreadableReply
from conformance.transport.message import Headers, Request
from conformance.transport.recorder import Exchange

USER_AGENT = f"openbanking-conformance/{__version__}"  # so that a bank finds the run in its logs
RECENT_DAYS = 89  # a window that every admitted reading of the 90- and 180-day rules allows
SETTLED = timedelta(minutes=10)  # a window that ended this long ago no longer grows
MOST_ACCOUNTS = 60  # of a client with more accounts, so many are looked at one by one
MOST_PAGES = 25  # of one list; a list that never says it ended must not hold the run

Query = Iterable[tuple[str, object]]
T = TypeVar("T")
R = TypeVar("R")


class Accounts:
    """The API of one version at the target."""

    def __init__(self, session: Session, version: str, as_of: str = "") -> None:
        self.version = wire.Version(version)
        self.dialect = wire.DIALECTS[self.version]
        self.declaration: Declaration = session.declaration  # type: ignore[assignment]
        self.now = session.now
        self._session = session
        self._as_of = as_of  # which state of the target's data the discoveries are about
        self.tokens = Tokens(self.declaration.auth, session.now, session.redactor)

    def in_version(self, version: wire.Version) -> Accounts:
        """The same target in another version; discoveries of that version are shared as well."""
        return Accounts(self._session, version, self._as_of)

    def as_of(self, state: str) -> Accounts:
        """The same target with discoveries of its own, shared by all that name the same state of its data."""
        return Accounts(self._session, self.version, f" {state}")

    @property
    def random(self) -> Random:
        return self._session.random

    @property
    def settled(self) -> datetime:
        """The end of what can no longer change."""
        return self.now - SETTLED

    # --- requests -----------------------------------------------------------------------------------------

    def send(
        self,
        path: str,
        query: Query | str = (),
        *,
        method: str = "GET",
        token: Kind | str | None = Kind.FULL,
        headers: Headers = (),
        without: str = "",
        body: bytes = b"",
        impatient: bool = False,
    ) -> Answer:
        """Any request. A `token` of Kind comes from the configuration, a text is sent as it stands, None sends none.

        `headers` replace default ones of the same name; the header `without` is not sent at all.
        """
        text = query if isinstance(query, str) else encoded(query)
        bearer = self.tokens.get(token) if isinstance(token, Kind) else token
        defaults = [("User-Agent", USER_AGENT), ("Accept-Encoding", "gzip, deflate"), ("Accept", "application/json")]
        if bearer is not None:
            defaults.append(("Authorization", f"Bearer {bearer}"))
        if self.declaration.role == "system":
            defaults.append(("x-provider-id", str(self.declaration.target.provider_id)))
        given_names = {name.lower() for name, _ in headers} | {without.lower()}
        sent = tuple(pair for pair in defaults if pair[0].lower() not in given_names) + tuple(headers)
        target = f"{path}?{text}" if text else path
        return self._answer(Request(method, target, sent, body), impatient)

    def again(self, exchange: Exchange) -> Answer:
        """The request of a recorded exchange, sent once more as it was."""
        return self._answer(exchange.request)

    def _answer(self, request: Request, impatient: bool = False) -> Answer:
        exchange = self._session.send(request, impatient=impatient)
        if exchange.reply is None:
            raise AssertionError("the channel returns only answered exchanges")
        return Answer(exchange, exchange.reply)

    def listing(
        self,
        *,
        page: object = None,
        size: object = None,
        start: object = None,
        end: object = None,
        types: Iterable[str] = (),
        extra: Query = (),
        token: Kind | str | None = Kind.FULL,
        headers: Headers = (),
    ) -> Answer:
        """The list of accounts (48, 49); what is None is not sent."""
        query = [("pageNumber", page), ("pageSize", size), ("from", start), ("to", end)]
        query += [("type", name) for name in types]
        return self.send(self.dialect.accounts(), [*query, *extra], token=token, headers=headers)

    def balance(
        self, account: wire.Account | str, *, token: Kind | str | None = Kind.FULL, headers: Headers = ()
    ) -> Answer:
        """The balance of one account (55)."""
        return self.send(self.balance_path(account), token=token, headers=headers)

    def transactions(
        self,
        account: wire.Account | str,
        *,
        page: object = None,
        size: object = None,
        start: object = None,
        end: object = None,
        extra: Query = (),
        token: Kind | str | None = Kind.FULL,
        headers: Headers = (),
    ) -> Answer:
        """The transactions of one account (62, 64); what is None is not sent."""
        query = [
            ("pageNumber", page),
            ("pageSize", size),
            (self.dialect.start_parameter, start),
            (self.dialect.end_parameter, end),
        ]
        return self.send(self.transactions_path(account), [*query, *extra], token=token, headers=headers)

    def balance_path(self, account: wire.Account | str) -> str:
        """The path of an account's balance, its id percent-encoded."""
        return self.dialect.balance(_segment(account))

    def transactions_path(self, account: wire.Account | str) -> str:
        """The path of an account's transactions, its id percent-encoded."""
        return self.dialect.transactions(_segment(account))

    def exists(self, iban: str, *, token: Kind | str | None = Kind.FULL, headers: Headers = ()) -> Answer:
        """Whether an account exists (70)."""
        return self.send(wire.exists_path(_segment(iban)), token=token, headers=headers)

    def endpoints(self) -> list[Endpoint]:
        """Each operation of this version with a path that a good token is served on; `exists` belongs to v3."""
        account = self.first()
        dialect = self.dialect
        window = [(dialect.start_parameter, self.days_ago(RECENT_DAYS)), (dialect.end_parameter, self.settled)]
        found = [
            Endpoint("accounts", self.dialect.accounts(), "", wire.Scope.ACCOUNTS),
            Endpoint("balances", self.balance_path(account), "", wire.Scope.BALANCE),
            Endpoint("transactions", self.transactions_path(account), encoded(window), wire.Scope.TRANSACTIONS),
        ]
        if self.version is wire.Version.V3:
            found.append(Endpoint("exists", wire.exists_path(self.any_iban()), "", None))
        return found

    def days_ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    # --- discoveries, shared by all checks of the run -----------------------------------------------------

    def pages_of_accounts(self) -> tuple[Answer, ...]:
        """The whole list of accounts in the largest pages."""
        return self.recall(
            "accounts", lambda: tuple(self.walk(lambda page: self.listing(page=page, size=wire.LARGEST_PAGE_SIZE)))
        )

    def all(self) -> tuple[wire.Account, ...]:
        """Every account of the list."""
        return tuple(account for answer in self.pages_of_accounts() for account in answer.accounts)

    def of_type(self, name: str) -> tuple[wire.Account, ...]:
        """The list filtered by one type, whole (49)."""

        def ask() -> tuple[Answer, ...]:
            return tuple(self.walk(lambda page: self.listing(page=page, size=wire.LARGEST_PAGE_SIZE, types=[name])))

        return tuple(account for answer in self.recall(f"accounts of type {name}", ask) for account in answer.accounts)

    def first(self) -> wire.Account:
        """Some account of the client."""
        return self._at_least_one(self.all())

    def examined(self) -> tuple[wire.Account, ...]:
        """The accounts that are looked at one by one: those whose id can be read; of very many, from the whole list."""
        known = [account for account in self.all() if account.has_id]
        count = min(len(known), MOST_ACCOUNTS)
        return tuple(known[place * len(known) // count] for place in range(count))

    def balance_answers(self) -> list[tuple[wire.Account, Answer]]:
        """The answer to the balance of each examined account, whatever it is."""
        return self.recall(
            "balances",
            lambda: self._session.together(lambda account: (account, self.balance(account)), self.examined()),
        )

    def balances(self) -> list[tuple[wire.Account, Answer]]:
        """The balances that were served; at least one."""
        served = [(account, answer) for account, answer in self.balance_answers() if answer.status == 200]
        if not served:
            lacking("a listed account whose balance is served")
        return served

    def history_answers(self) -> list[History]:
        """The transactions of each examined account in the last 89 days, whatever the answers are."""
        return self.recall("histories", lambda: self._walked_histories(RECENT_DAYS, 0))

    def histories(self) -> list[History]:
        """Those that were served; at least one."""
        return _served(self.history_answers())

    def older_histories(self) -> list[History]:
        """The same for the 89 days before those."""
        return _served(self.recall("older histories", lambda: self._walked_histories(2 * RECENT_DAYS, RECENT_DAYS)))

    def history(self, *, at_least: int = 1) -> History:
        """The recent history of the account that has most, as far as it is known as a whole; so many at least."""
        histories = [history for history in self.histories() if not is_cut_short(history.answers)]
        richest = max(histories, key=lambda history: len(history.items), default=None)
        if richest is None or len(richest.items) < at_least:
            most = MOST_PAGES * wire.LARGEST_PAGE_SIZE
            lacking(f"an account with {at_least} to {most} transactions in the last {RECENT_DAYS} days")
        return richest

    def walk(self, fetch: Callable[[int], Answer], first: Answer | None = None) -> Iterator[Answer]:
        """Page after page until one says that it is the last, is empty, or cannot be read; `first` is page 1.

        A page that cannot be read is kept: the checks that need it say so, and `shape` judges it. So is one that
        only repeats the page before: a list that turns in circles has no end.
        """
        items: list[object] = []
        for number in range(1, MOST_PAGES + 1):
            answer = first if first is not None and number == 1 else fetch(number)
            given(f"answer to page {number} of a list", answer.status, 200)
            yield answer
            try:
                before, items = items, wire.items_of(answer.json.value)
                if answer.page.is_last or not items or items == before:
                    return
            except UnreadableReply:
                return

    def answer_on_existence(self) -> Answer:
        """The answer to whether an account exists, asked once."""

        def ask() -> Answer:
            answer = self.exists(self.any_iban())
            given("answer to the existence of an account", answer.status, 200)
            return answer

        return self.recall("existence", ask)

    def any_iban(self) -> str:
        """An IBAN of the right form, of which nothing else is known."""
        return self.declaration.data.existing_iban or self.declaration.data.missing_iban or self.made_up_iban()

    def made_up_iban(self) -> str:
        """A Kazakh IBAN with right check digits that no bank gave out (its bank code is 000)."""
        bban = "000" + "".join(self.random.choices("0123456789", k=13))
        return self.harmless(f"KZ{iban_number.calc_check_digits(f'KZ00{bban}')}{bban}")

    def harmless(self, number: str) -> str:
        """A number that the suite made up, which only looks like a personal one: it is not redacted."""
        return self._session.redactor.harmless(number)

    def varied(self, number: str, change: Callable[[str], str]) -> str:
        """A personal number with a change to it, which is as personal."""
        return self._session.redactor.varied(number, change)

    def public(self, text: str) -> str:
        """The text as it may leave the run: what is named by it has the same name in a later judgement."""
        return self._session.redactor.prose(text)

    def is_secret(self, text: str) -> bool:
        """Whether this is a token or another secret of the run."""
        return self._session.redactor.is_secret(text)

    def made_up_account_id(self) -> str:
        """An accountId of the right form that nobody gave out."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def sleep(self, seconds: float) -> None:
        """Wait, for instance for as long as a Retry-After asks."""
        self._session.sleep(seconds)

    def recorded(self) -> list[Exchange]:
        """All exchanges of the run so far, for checks that judge the run as a whole."""
        return self._session.recorded()

    def together(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Apply a function that sends requests to several items at once."""
        return self._session.together(function, items)

    def _walked_histories(self, oldest_days: float, newest_days: float) -> list[History]:
        start = self.days_ago(oldest_days)
        end = self.days_ago(newest_days) if newest_days else self.settled

        def one(account: wire.Account) -> History:
            def fetch(page: int) -> Answer:
                return self.transactions(account, page=page, size=wire.LARGEST_PAGE_SIZE, start=start, end=end)

            first = fetch(1)
            rest = self.walk(fetch, first) if first.status == 200 else [first]
            return History(account, start, end, tuple(rest))

        return self._session.together(one, self.examined())

    def _at_least_one(self, accounts: tuple[wire.Account, ...]) -> wire.Account:
        if not accounts:
            lacking("a client with at least one open account")
        return accounts[0]

    def recall(self, what: str, discover: Callable[[], T]) -> T:
        """What `discover` finds out, found out once for all checks of this version."""
        return self._session.memory.recall(f"{self.version}{self._as_of}: {what}", discover)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation at a path that answers 200 to a good token; `scope` is the one that it demands, if any."""

    name: str
    path: str
    query: str
    scope: wire.Scope | None


def is_cut_short(answers: Sequence[Answer]) -> bool:
    """Whether a list went on beyond the pages that were read; what is missing there was not looked at."""
    if len(answers) < MOST_PAGES:
        return False
    try:
        return not answers[-1].page.is_last and bool(wire.items_of(answers[-1].json.value))
    except UnreadableReply:
        return False


def encoded(query: Query) -> str:
    """A query string: times in RFC 3339, everything percent-encoded (a bare `+` would mean a space)."""
    pairs = [(name, value) for name, value in query if value is not None]
    return "&".join(f"{name}={quote(_parameter(value), safe='')}" for name, value in pairs)


def _parameter(value: object) -> str:
    return wire.date_time_text(value) if isinstance(value, datetime) else str(value)


def _segment(value: wire.Account | str) -> str:
    return quote(value.id if isinstance(value, wire.Account) else value, safe="")


def _served(histories: list[History]) -> list[History]:
    served = [history for history in histories if history.answers[0].status == 200]
    if not served:
        lacking("a listed account whose transactions are served")
    return served
