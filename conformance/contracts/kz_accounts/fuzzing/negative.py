"""Cases of kz-accounts with one thing wrong in an otherwise proper request, and with hostile texts.

A kind of wrongness is a `Stratum`: the values that Schemathesis made of the document by breaking it, and near misses of
our own that no schema knows, such as a date without its zone. Every stratum gets its share of the budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from random import Random
from uuid import UUID

from stdnum import iban as iban_number

from conformance.contracts.kz_accounts.checks.inputs import BAD_BYTES, ODD_TEXTS
from conformance.contracts.kz_accounts.fuzzing.knowledge import Kind, Knowledge, Operation
from conformance.contracts.kz_accounts.fuzzing.positive import DAY, plain
from conformance.fuzz.case import Case, Intent, encoded

_SIZES = ("101", "0", "-1", "1000", "1000000", "99999999999999999999")
_NUMBERS = ("0", "-1", "-99999999999999999999")
_NO_INTEGERS = ("1.5", "", "ten", "one", "NaN", "0x10")
_TYPES = ("LOAN_ACCOUNT", "CURRENT", "1")


@dataclass(frozen=True)
class Stratum:
    """One kind of wrongness at one operation; `first` are tried in their order before `others` are drawn from."""

    why: str
    intent: Intent
    first: Sequence[Case]
    others: Sequence[Case] = ()

    def cases(self, random: Random) -> Iterator[Case]:
        """Each once: the first three in their order, then drawn ones and the rest of the first in turn."""
        others = list(self.others)
        random.shuffle(others)
        yield from self.first[:3]
        for pair in zip_longest(others, self.first[3:]):
            yield from (case for case in pair if case is not None)


class Wrong:
    """Makes the strata of one operation."""

    def __init__(
        self, operation: Operation, knowledge: Knowledge, now: datetime, harvest: Mapping[str, Sequence[str]]
    ) -> None:
        self._operation = operation
        self._now = now.replace(microsecond=0)
        self._harvest = harvest
        self._accounts = sorted(knowledge.accounts)
        self._busiest = max(
            knowledge.accounts.values(), key=lambda account: (len(account.moments), account.id), default=None
        )

    def strata(self) -> list[Stratum]:
        """All of them; those that need an account only where one is known."""
        kind = self._operation.kind
        if kind is Kind.EXISTS:
            return [*self._of_iban()]
        if self._busiest is None and kind is not Kind.ACCOUNTS:
            return [*self._of_account_id()]
        found = [*self._of_account_id()] if kind is not Kind.ACCOUNTS else []
        if self._operation.is_list:
            found += [*self._of_pages(), *self._of_windows(), *self._of_types()]
        return [*found, *self._unknown_parameters()]

    # --- lists --------------------------------------------------------------------------------------------

    def _of_pages(self) -> Iterator[Stratum]:
        for name, numbers in (("pageSize", _SIZES), ("pageNumber", _NUMBERS)):
            harvested = self._harvest.get(name, ())
            signed = [value for value in harvested if value.strip("-").isdigit()]
            yield self._values(f"a {name} out of range", name, numbers, signed)
            others = [value for value in harvested if value not in signed]
            yield self._values(f"a {name} that is no whole number", name, _NO_INTEGERS, others)
        for name, proper in (("pageSize", "10"), ("pageNumber", "1")):
            yield self._odd(name, proper)

    def _of_types(self) -> Iterator[Stratum]:
        if "type" not in self._operation.parameters:
            return
        yield self._values("an unknown type", "type", _TYPES, self._harvest.get("type", ()))
        yield Stratum("a type in small letters", Intent.NEGATIVE, self._with("type", ["savings", "Credit_Card"]))
        yield self._odd("type", "SAVINGS")
        twice = self._base().having("type", "SAVINGS")
        both = Case(twice.operation, Intent.ODD, "", twice.path, (*twice.query, ("type", "DEBIT_CARD")))
        yield Stratum("type given twice", Intent.ODD, [both])

    def _of_windows(self) -> Iterator[Stratum]:
        if not self._operation.has_window:
            return
        start_name, end_name = self._operation.dialect.start_parameter, self._operation.dialect.end_parameter
        start, middle, end = (self._now - days * DAY for days in (40, 30, 20))
        last_day = (middle.replace(day=1) - DAY).replace(hour=10, minute=0, second=0)
        wrong = {
            "a date without a zone": [f"{middle:%Y-%m-%dT%H:%M:%S}", f"{middle:%Y-%m-%dT%H:%M:%S}.000"],
            "a date without a time": [f"{middle:%Y-%m-%d}"],
            "a date that does not exist": [
                f"{last_day:%Y-%m}-32T10:00:00Z", f"{last_day:%Y}-13-01T10:00:00Z", f"{middle:%Y-%m-%d}T25:00:00Z",
                f"{middle:%Y-%m-%d}T10:60:00Z", f"{last_day:%Y}-02-30T10:00:00Z",
            ],
            "what is no date": ["", "yesterday", str(int(middle.timestamp())), f"{middle:%d.%m.%Y %H:%M:%S}"],
        }  # fmt: skip
        for why, texts in wrong.items():
            first = [
                self._window(*pair)
                for text in texts
                for pair in ((encoded(text), encoded(plain(end))), (encoded(plain(start)), encoded(text)))
            ]
            harvested = []
            if why == "what is no date":
                harvested = [self._window(value, encoded(plain(end))) for value in self._harvest.get(start_name, ())]
                harvested += [self._window(encoded(plain(start)), value) for value in self._harvest.get(end_name, ())]
            yield Stratum(why, Intent.NEGATIVE, first, harvested)
        yield Stratum(
            "a start after the end",
            Intent.NEGATIVE,
            [self._between(20 * DAY, 30 * DAY), self._between(10 * DAY, 10 * DAY + timedelta(seconds=5))],
        )
        yield self._odd(start_name, plain(middle), (end_name, encoded(plain(end))))
        yield self._odd(end_name, plain(middle), (start_name, encoded(plain(start))))
        if self._operation.kind is Kind.TRANSACTIONS:
            yield from self._of_limits()

    def _of_limits(self) -> Iterator[Stratum]:
        """64: how long and how old a window may be."""
        between = self._between
        long = [between(121 * DAY, 30 * DAY), between(130 * DAY, 30 * DAY), between(178 * DAY, 28 * DAY)]
        yield Stratum("a window over 90 days", Intent.NEGATIVE, long)
        old = [between(age * DAY, (age - 10) * DAY) for age in (182, 200, 365, 3000)]
        yield Stratum("a start more than 180 days ago", Intent.NEGATIVE, old)
        without_end = [between(age * DAY, None) for age in (100, 92, 170)]
        yield Stratum("a start over 90 days ago without an end", Intent.NEGATIVE, without_end)
        without_start = [between(None, days * DAY) for days in (3, 10, 100)]
        yield Stratum("an end before today without a start", Intent.NEGATIVE, without_start)

    # --- paths --------------------------------------------------------------------------------------------

    def _of_account_id(self) -> Iterator[Stratum]:
        random = Random(f"{self._operation.name} ids")
        unknown = [str(UUID(int=random.getrandbits(128), version=4)) for _ in range(12)]
        yield self._ids("an accountId that nobody gave out", Intent.NEGATIVE, map(encoded, [*unknown, "unknown"]))
        long = ["a" * 37, "0" * 60, f"{unknown[0]}0", "a-" * 40]
        yield self._ids("a long accountId", Intent.NEGATIVE, map(encoded, long), self._harvest.get("accountId", ()))
        yield self._ids("an odd text as accountId", Intent.ODD, map(encoded, _odd_first()))
        bad = [*(encoded(unknown[1][:20]) + text for text in BAD_BYTES.values())]
        yield self._ids("bad bytes in the path", Intent.NEGATIVE, bad)
        yield self._ids("an IBAN as accountId", Intent.NEGATIVE, ["{existing_iban}", "{iban:0001234567890123}"])

    def _of_iban(self) -> Iterator[Stratum]:
        random = Random(f"{self._operation.name} ibans")
        made_up = ["000" + "".join(random.choices("0123456789", k=13)) for _ in range(12)]
        names = ["{existing_iban}", "{missing_iban}", *(f"{{iban:{bban}}}" for bban in made_up)]
        yield self._ibans("an IBAN", Intent.POSITIVE, names)
        yield self._ibans(
            "a long IBAN", Intent.NEGATIVE, ["A" * 35, "0" * 60, "Z9" * 50], self._harvest.get("iban", ())
        )
        malformed = [encoded(text) for text in ("KZ00000", "K", "KZ", "1234", "ҚЗ000", "kz0000123", "XX00TEST")]
        small = [f"kz{iban_number.calc_check_digits(f'KZ00{bban}')}{bban}" for bban in made_up[:3]]
        yield self._ibans("an IBAN in small letters", Intent.ODD, small)
        yield self._ibans("a malformed IBAN", Intent.ODD, malformed, self._harvest.get("malformed iban", ()))
        yield self._ibans("an odd text as IBAN", Intent.ODD, map(encoded, _odd_first()))
        yield self._ibans("bad bytes in the path", Intent.NEGATIVE, [f"KZ00{text}" for text in BAD_BYTES.values()])

    # --- small print --------------------------------------------------------------------------------------

    def _base(self) -> Case:
        """A request that is served: of the account with most transactions, in the window that needs no parameters."""
        path = (("accountId", encoded(self._busiest.id)),) if self._needs_account and self._busiest else ()
        return Case(self._operation.name, Intent.POSITIVE, "", path)

    @property
    def _needs_account(self) -> bool:
        return self._operation.kind in (Kind.BALANCE, Kind.TRANSACTIONS)

    def _with(self, name: str, texts: Iterable[str]) -> list[Case]:
        return [self._base().having(name, encoded(text)) for text in texts]

    def _values(self, why: str, name: str, texts: Iterable[str], harvested: Iterable[str]) -> Stratum:
        others = [self._base().having(name, value) for value in harvested]
        return Stratum(why, Intent.NEGATIVE, self._with(name, texts), others)

    def _odd(self, name: str, proper: str, *beside: tuple[str, str]) -> Stratum:
        """Hostile texts after a proper value, and alone."""
        base = self._base()
        for other, value in beside:
            base = base.having(other, value)
        texts = [text for odd in _odd_first() for text in (proper + odd, odd)]
        bad = [base.having(name, encoded(proper) + text) for text in BAD_BYTES.values()]
        cases = [base.having(name, encoded(text)) for text in texts]
        return Stratum(f"an odd text in {name}", Intent.ODD, [*cases[:3], bad[0], *cases[3:], *bad[1:]])

    def _window(self, start: str | None, end: str | None) -> Case:
        case = self._base()
        names = self._operation.dialect.start_parameter, self._operation.dialect.end_parameter
        for name, value in zip(names, (start, end), strict=True):
            case = case if value is None else case.having(name, value)
        return case

    def _between(self, start_age: timedelta | None, end_age: timedelta | None) -> Case:
        return self._window(*(None if age is None else encoded(plain(self._now - age)) for age in (start_age, end_age)))

    def _ids(self, why: str, intent: Intent, values: Iterable[str], others: Iterable[str] = ()) -> Stratum:
        return self._paths("accountId", why, intent, values, others)

    def _ibans(self, why: str, intent: Intent, values: Iterable[str], others: Iterable[str] = ()) -> Stratum:
        return self._paths("iban", why, intent, values, others)

    def _paths(self, name: str, why: str, intent: Intent, values: Iterable[str], others: Iterable[str]) -> Stratum:
        made: Callable[[str], Case] = lambda value: Case(self._operation.name, intent, "", ((name, value),))  # noqa: E731
        return Stratum(why, intent, [made(value) for value in values], [made(value) for value in others])

    def _unknown_parameters(self) -> Iterator[Stratum]:
        base = self._base()
        names = [("colour", "blue"), ("status", "CLOSED"), ("limit", "%27"), *self._unknown_harvest()]
        yield Stratum("an unknown parameter", Intent.ODD, [base.having(name, value) for name, value in names])

    def _unknown_harvest(self) -> list[tuple[str, str]]:
        return [(name, value) for name in self._harvest.get("?", ()) for value in ("1", "%27")]


def _odd_first() -> list[str]:
    """Odd texts, a quote before all others: it is what breaks most often. A blank segment or a dot is no path."""
    return list(ODD_TEXTS.values())
