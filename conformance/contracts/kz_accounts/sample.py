"""The sample ledger of the reference provider: the same for the same moment and seed, and all of it invented.

It is laid out so that each rule has something to break: lists longer than a page, equal moments, transactions on
both sides of every limit, texts and amounts at the edges of their types, optional members both present and absent.
"""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID, uuid5

from stdnum.iban import calc_check_digits

from conformance.contracts.kz_accounts.ledger import (
    CreditLine,
    Institution,
    Ledger,
    Money,
    StoredAccount,
    StoredTransaction,
)
from conformance.contracts.kz_accounts.wire import (
    CARD_TYPES,
    AccountType,
    CreditLineType,
    Direction,
    TransactionStatus,
    TransactionType,
)

FIRST_CLIENT, SECOND_CLIENT = "client-1", "client-2"


@lru_cache(maxsize=8)
def sample_ledger(now: datetime, seed: int = 7) -> Ledger:
    """Two clients' accounts as they stand at `now` (aware)."""
    now = now.astimezone(UTC)
    maker = _Maker(now, random.Random(seed))
    active = [maker.account(FIRST_CLIENT, number, row) for number, row in enumerate(_ACTIVE)]
    hidden = [
        maker.account(FIRST_CLIENT, 100 + number, row, closed=number < 3, blocked=number >= 3)
        for number, row in enumerate(_HIDDEN)
    ]
    others = [maker.account(SECOND_CLIENT, 200 + number, row) for number, row in enumerate(_OTHERS)]
    return Ledger((FIRST_CLIENT, SECOND_CLIENT), (*active, *hidden, *others), missing_iban=_iban(999_999))


_NAMES = UUID("5f0c1d4e-3f0b-4b6e-9d57-0b6f2c1a7e11")
_KAZAKHSTAN = timezone(timedelta(hours=5))
_BEYOND_DOUBLE = 2**53 + 1  # a reader that keeps numbers as doubles loses the last digit

_MANY, _EXACTLY_TWENTY, _HANDFUL, _NONE = "many", "exactly twenty", "handful", "none"
_CURRENT, _CREDIT, _DEBIT, _SAVINGS = AccountType


class _Row(NamedTuple):
    type: AccountType
    currency: str
    opened_days_ago: int
    balance: int
    description: str | None = None
    alternative_id: str | None = None
    activity: str = _HANDFUL
    lines: int = 0
    purses: int = 0


_ACTIVE = (
    _Row(_CURRENT, "KZT", 410, 15_430_012, "Основной счёт", "DOG-2024/00117", _MANY),
    _Row(_CURRENT, "KZT", 760, 20_000_000, "Жалақы шоты", None, _EXACTLY_TWENTY),
    _Row(_SAVINGS, "KZT", 35, 0, None, None, _NONE),
    _Row(_CREDIT, "KZT", 615, -4_512_050, "Кредитная карта «Пример»", "DOG-2023/90001", lines=2, purses=2),
    _Row(_DEBIT, "KZT", 15, 120_055, "Ұлттық карта", None),
    _Row(_DEBIT, "USD", 820, 10_001),
    _Row(_SAVINGS, "KZT", 1_205, _BEYOND_DOUBLE, "Депозит «Үлкен сан»", "DEP-1"),
    _Row(_CURRENT, "EUR", 1_960, 99, None, "ALT-EUR-0008"),
    _Row(_CURRENT, "USD", 2_240, 1),
    _Row(_CREDIT, "KZT", 2_500, 0, None, None, lines=1),
    _Row(_CREDIT, "USD", 3_010, -1, "Second card"),
    _Row(_CREDIT, "EUR", 3_333, 7_700, None, "C-11", _NONE),
    _Row(_CREDIT, "KZT", 90, 650_000, "Бөліп төлеу картасы", None, lines=1),
    _Row(_DEBIT, "KZT", 1_500, 33_333_300, "Карта для интернета", "DOG-2022/00005", purses=1),
    _Row(_DEBIT, "KZT", 1_500, 5_000),  # opened at the very instant of the one before
    _Row(_DEBIT, "EUR", 2_700, 820_010, None, None, purses=3),
    _Row(_DEBIT, "KZT", 3_900, 0, "Отбасы картасы"),
    _Row(_DEBIT, "RUB", 240, 1_000_000),
    _Row(_SAVINGS, "KZT", 300, 500_000_000, "Мақсатты жинақ"),
    _Row(_SAVINGS, "USD", 1_111, 25_000_00, None, "DEP-2"),
    _Row(_SAVINGS, "EUR", 2_010, 1_234_56),
    _Row(_SAVINGS, "KZT", 3_650, 42, "Старый депозит", None, _NONE),
    _Row(_CURRENT, "KZT", 500, 777_777, "Текущий счёт для коммунальных платежей"),
    _Row(_CURRENT, "CNY", 150, 66_600, None, "ALT-CNY-24"),
    _Row(_CURRENT, "KZT", 4_100, -15_000, "Овердрафт", None, lines=1),
    _Row(_CURRENT, "RUB", 60, 3_210_00),
    _Row(_CURRENT, "KZT", 1_750, 8_008_008, "Ескі шот"),
)
_HIDDEN = (
    _Row(_CURRENT, "KZT", 2_900, 0, "Закрытый счёт"),
    _Row(_DEBIT, "KZT", 1_300, 0, "Жабық карта"),
    _Row(_SAVINGS, "USD", 700, 0),
    _Row(_CURRENT, "KZT", 980, 44_000_00, "Заблокированный счёт"),
    _Row(_CREDIT, "KZT", 540, -250_000, None, "C-BLOCKED"),
)
_OTHERS = (
    _Row(_CURRENT, "KZT", 666, 1_010_101, "Чужой счёт", None, _EXACTLY_TWENTY),
    _Row(_DEBIT, "KZT", 333, 2_020_202),
    _Row(_SAVINGS, "EUR", 1_222, 3_030_303, "Басқа клиенттің салымы", None, _NONE),
)

_KINDS = (
    (Direction.DEBIT, TransactionType.PURCHASE, "5411", "Магазин «Образец», покупка"),
    (Direction.CREDIT, TransactionType.INCOME, "6012", "Шотты толтыру"),
    (Direction.DEBIT, TransactionType.TRANSFER, "4829", None),
    (Direction.CREDIT, TransactionType.TRANSFER, "4829", "Перевод от знакомого"),
    (Direction.DEBIT, TransactionType.E_COMMERCE, "5999", "Онлайн-дүкен «Үлгі» 🛒"),
    (Direction.DEBIT, TransactionType.PAYMENT, "4900", "Ы" * 70),
    (Direction.CREDIT, TransactionType.BONUS, "6012", "Кэшбэк 🎁" + "ә" * 61),
    (Direction.DEBIT, TransactionType.WITHDRAWAL, "6011", None),
    (Direction.DEBIT, TransactionType.OTHER, "7399", "Other"),
)
_PERSONS = ("Примеров Тест Образцович", "Үлгібаева Сынақ Мысалқызы", "ТОО «Вымышленная лавка»", "Testova Sample")
_PURSE_CURRENCIES = ("USD", "EUR", "GBP")
_BANKS = (
    Institution("OBCFKZKA"),
    Institution("TSTBKZKX", None, "АО «Банк Пример»"),
    Institution("SMPLKZ2A", "990140000012", "«Мысал Банкі» АҚ — " + "ұзын атау, " * 20 + "соңы"),
)


class _Maker:
    """Turns rows into accounts; one random source feeds them in a fixed order."""

    def __init__(self, now: datetime, chance: random.Random) -> None:
        self._now = now
        self._chance = chance
        self._midnight = now.astimezone(_KAZAKHSTAN).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)

    def account(
        self, client: str, number: int, row: _Row, *, closed: bool = False, blocked: bool = False
    ) -> StoredAccount:
        iban = _iban(number)
        instant = self._now.replace(hour=4, minute=17, second=33, microsecond=0)
        held = 12_345 if number % 4 == 0 else None
        lines = enumerate(list(CreditLineType)[: row.lines])
        purses = enumerate(_PURSE_CURRENCIES[: row.purses])
        return StoredAccount(
            iban=iban,
            account_id=str(uuid5(_NAMES, iban)),
            client=client,
            type=row.type,
            currency=row.currency,
            opened=instant - timedelta(days=row.opened_days_ago),
            closed=instant - timedelta(days=20 + number % 7) if closed else None,
            blocked=blocked,
            card_last_four=f"{(number * 737 + 1009) % 10_000:04d}" if row.type in CARD_TYPES else None,
            current=row.balance,
            available=row.balance - (held or 0),
            held=held,
            description=row.description,
            alternative_id=row.alternative_id,
            credit_lines=tuple(
                CreditLine(included=index == 1, type=kind, amount=Money(10_000_000 * (index + 1), row.currency))
                for index, kind in lines
            ),
            purses=tuple(Money(1_050 * index, code) for index, code in purses),
            transactions=tuple(
                self._transaction(iban, index, moment, row) for index, moment in enumerate(sorted(self._moments(row)))
            ),
        )

    def _moments(self, row: _Row) -> list[datetime]:
        """When an account's transactions took place: never before its opening, never later than now."""
        whole = self._now.replace(microsecond=0)
        if row.activity == _MANY:
            return [*self._moments_of_today(), *self._moments_over_200_days()]
        if row.activity == _EXACTLY_TWENTY:
            return [whole - timedelta(days=2, hours=92 * index, minutes=7) for index in range(20)]  # the last: 75 days
        if row.activity == _HANDFUL:
            span = min(row.opened_days_ago, 85)
            days = sorted(self._chance.uniform(0.4, span * 0.95) for _ in range(self._chance.randint(4, 7)))
            return [whole - timedelta(minutes=round(day * 1440)) for day in days]
        return []

    def _moments_of_today(self) -> list[datetime]:
        """Eight moments since midnight in Kazakhstan; of them two are seconds old. All between midnight and now."""
        elapsed = self._now - self._midnight
        early = [self._midnight + timedelta(seconds=int(elapsed.total_seconds() * part / 7)) for part in range(1, 7)]
        late = [self._now.replace(microsecond=0) - timedelta(seconds=back) for back in (9, 3)]
        return early + [max(self._midnight, moment) for moment in late]

    def _moments_over_200_days(self) -> list[datetime]:
        """232 moments, the last of them 198 days old; each twelfth shares its moment with the next two."""
        newest = self._now.replace(microsecond=0) - timedelta(hours=30)
        moments = []
        for index in range(232):
            step = index - index % 12 if index % 12 <= 2 else index
            moments.append(newest - timedelta(hours=20.4 * step, milliseconds=137 if step % 5 == 3 else 0))
        return moments

    def _transaction(self, iban: str, index: int, created: datetime, row: _Row) -> StoredTransaction:
        direction, kind, mcc, description = _KINDS[index % len(_KINDS)]
        booked = created + (timedelta(hours=31) if index % 3 == 0 else timedelta(minutes=10))
        is_booked = booked <= self._now
        person = _PERSONS[index % len(_PERSONS)] if index % 5 else None
        bank = _BANKS[index % len(_BANKS)] if index % 4 else None
        is_debit = direction is Direction.DEBIT
        amount = _BEYOND_DOUBLE if index % 97 == 40 else self._chance.randint(1, 9_999_999)
        is_payment = kind is TransactionType.PAYMENT
        return StoredTransaction(
            transaction_id=str(uuid5(_NAMES, f"{iban}/{index}")),
            reference=f"REF{self._chance.randrange(10**12):012d}",
            status=TransactionStatus.BOOKED if is_booked else TransactionStatus.PENDING,
            amount=Money(amount, row.currency),
            direction=direction,
            type=kind,
            created=created,
            booked=booked if is_booked else None,
            valued=booked.replace(hour=0, minute=0, second=0, microsecond=0) if is_booked and index % 2 else None,
            document_number=f"ПП-{index:05d}" if index % 3 == 1 else None,
            charge=Money(index % 5 * 100, row.currency) if is_payment or index % 7 == 0 else None,
            purpose_code="710" if is_payment else None,
            budget_code="101202" if is_payment and index % 2 else None,
            sender_code="19" if is_payment else None,
            beneficiary_code="17" if is_payment else None,
            mcc=mcc if row.type in CARD_TYPES or index % 6 == 0 else None,
            description=description,
            creditor_name=person if is_debit else None,
            debtor_name=None if is_debit else person,
            creditor_agent=bank if is_debit else None,
            debtor_agent=None if is_debit else bank,
            rrn=f"263{self._chance.randrange(10**9):09d}" if row.type in CARD_TYPES or index % 6 == 0 else None,
            iin_sender=_IINS[0] if kind is TransactionType.TRANSFER else None,
            iin_receiver=_IINS[1].upper() if kind is TransactionType.TRANSFER and index % 2 else None,
        )


def _iban(number: int) -> str:
    """A Kazakh IBAN of a bank that does not exist (999)."""
    rest = f"999TEST{number:09d}"
    return f"KZ{calc_check_digits('KZ00' + rest)}{rest}"


def _iin(first_eleven: str) -> str:
    """An identification number with its control digit, as the SHA-512 in hex that goes on the wire (A2.7)."""
    digits = [int(digit) for digit in first_eleven]
    control = sum(digit * weight for digit, weight in zip(digits, range(1, 12), strict=True)) % 11
    if control == 10:
        control = sum(digit * ((index + 2) % 11 + 1) for index, digit in enumerate(digits)) % 11
    return hashlib.sha512(f"{first_eleven}{control}".encode()).hexdigest()


_IINS = (_iin("00010150000"), _iin("99123140000"))
