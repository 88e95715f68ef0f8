"""What is drawn for instant-payment: payments with unusual data, and sequences of calls along the graph and off it.

Nothing personal is drawn: payee and personal id are those of the configuration, names are made of random letters.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import cycle
from random import Random

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.contracts.instant_payment.declaration import Amounts
from conformance.contracts.instant_payment.wire import PAYER_MEMBERS, Status
from conformance.fuzz.adapter import draws
from conformance.fuzz.case import Pairs
from conformance.fuzz.sequences import Graph, Step, Steps

LONGEST = 14  # calls of a sequence
LARGEST = 2**53  # AMOUNTS-06
_DRAWN_MORE = 3  # values drawn for each payment, since some come twice
USUAL_FRACTION = "9"  # digits of a second, as in the source (IR06)


class Rule(StrEnum):
    """The kinds of calls; the value is how a sentence names one."""

    PAYEE = "Validate Payee"
    NOBODY = "Validate Payee to nobody"
    PAYER = "Validate Payer"
    REJECTED = "Validate Payer of a payer who is not taken"
    CONFIRMATION = "Make a Payment"
    QUESTION = "Get a Payment"
    PAYEE_AGAIN = "the same Validate Payee once more"
    PAYER_AGAIN = "the same Validate Payer once more"
    CONFIRMATION_AGAIN = "the same Make a Payment once more"
    WAIT = "wait"


_NOTHING, _LOST_PAYEE, _LOST_PAYER = "nothing", "payee that will be rejected", "payer that will be rejected"

GRAPH = Graph(
    _NOTHING,
    {
        Rule.PAYEE: {_NOTHING: Status.PAYEE_VALIDATING},
        Rule.PAYER: {Status.PAYEE_VALIDATED: Status.PAYER_VALIDATING},
        Rule.CONFIRMATION: {Status.PAYER_VALIDATED: Status.SENDING},
        Rule.WAIT: {
            Status.PAYEE_VALIDATING: Status.PAYEE_VALIDATED,
            Status.PAYER_VALIDATING: Status.PAYER_VALIDATED,
            Status.SENDING: Status.COMPLETED,
            _LOST_PAYEE: Status.PAYEE_VALIDATING_REJECTED,
            _LOST_PAYER: Status.PAYER_VALIDATING_REJECTED,
        },
        Rule.NOBODY: {_NOTHING: _LOST_PAYEE},
        Rule.REJECTED: {Status.PAYEE_VALIDATED: _LOST_PAYER},
        Rule.QUESTION: {},
        Rule.PAYEE_AGAIN: {},
        Rule.PAYER_AGAIN: {},
        Rule.CONFIRMATION_AGAIN: {},
    },
)
"""The graph of statuses as a sequence walks along it. What an answer shows decides what the next call must meet."""


def graph(*, rejects: bool) -> Graph:
    """The graph for a configuration that names a payer whom the receiver bank does not take, or none."""
    rules = {rule: leads for rule, leads in GRAPH.rules.items() if rejects or rule is not Rule.REJECTED}
    return Graph(GRAPH.start, rules)


# --- payments -------------------------------------------------------------------------------------------------


def payments(amounts: Amounts, count: int, source: Callable[[str], int]) -> list[Steps]:
    """Payments that go their way to the end, with data of all kinds; every other one is that of another person.

    `source` gives a number to draw from by a name. Each kind of data is drawn apart, and no value twice: all of them
    together Hypothesis would repeat too often.
    """

    def pool(name: str, strategy: SearchStrategy[Pairs], edges: Iterable[Pairs]) -> Iterator[Pairs]:
        """The edges in some order, and then what was drawn."""
        mixed = [*edges]
        Random(source(name)).shuffle(mixed)
        return cycle(dict.fromkeys([*mixed, *draws(strategy, _DRAWN_MORE * count, source(f"drawn {name}"))]))

    persons = pool("persons", _persons(), _LONG_NAMES)
    references = pool("references", _references(), [(("reference", "000{}"),)])
    values = pool("amounts", _amounts(amounts), _edges(amounts))
    currencies, fractions = cycle(amounts.currencies), cycle([(), (("fraction", "3"),), (), (("fraction", "0"),), ()])
    return [
        (
            Step(Rule.PAYEE, next(references) if place % 3 else next(fractions)),
            Step(Rule.WAIT),
            Step(Rule.PAYER, next(persons) if place % 2 else next(fractions)),
            Step(Rule.WAIT),
            Step(Rule.CONFIRMATION, (*next(values), ("currency", next(currencies)))),
            Step(Rule.WAIT),
        )
        for place in range(count)
    ]


def _references() -> SearchStrategy[Pairs]:
    """Texts around digits that make each reference another one."""
    letters = st.text(string.ascii_letters + string.digits + "-_.", max_size=9)
    made = st.builds("{}{{}}{}".format, st.one_of(letters, st.sampled_from(["0", "000", "-", "1e"])), letters)
    return made.map(lambda text: (("reference", text),))


_GEORGIAN = "".join(map(chr, range(0x10D0, 0x10FB)))  # Mkhedruli, with letters that are written in old names only
_LATIN = string.ascii_letters + "éöüçñžŁß"
_LONG_NAMES: Sequence[Pairs] = [
    (("first_name_ka", _GEORGIAN), ("last_name_ka", f"{_GEORGIAN[:20]}-{_GEORGIAN[20:]}")),
    (("first_name_en", _LATIN), ("last_name_en", "O'Neill-" + _LATIN[:30])),
    (("first_name_ka", "ა"), ("last_name_ka", "ბ"), ("first_name_en", "A"), ("last_name_en", "B")),
]


def _persons() -> SearchStrategy[Pairs]:
    """A payer under the personal id of the good one, with all or some members of another person."""
    birthday = st.one_of(
        st.dates(date(1900, 1, 1), date(2008, 12, 31)),
        st.sampled_from([date(1900, 1, 1), date(1999, 12, 31), date(2000, 2, 29), date(2008, 12, 31)]),
    )
    of = {name: _names(_GEORGIAN if name.endswith("_ka") else _LATIN) for name in PAYER_MEMBERS if "name" in name}
    of |= {
        name: st.text(_GEORGIAN if name.endswith("_ka") else string.ascii_uppercase, min_size=2, max_size=3).map(
            lambda letters: "".join(f"{letter}." for letter in letters)
        )
        for name in PAYER_MEMBERS
        if name.startswith("initials")
    }
    of["date_of_birth"] = birthday.map(_written)
    pairs = [st.tuples(st.just(name), values) for name, values in of.items()]
    return st.one_of(st.tuples(*pairs), *map(st.tuples, pairs))


def _names(alphabet: str) -> SearchStrategy[str]:
    """One or two words, as short or as long as people have them."""
    word = st.one_of(st.text(alphabet, min_size=1, max_size=12), st.text(alphabet, min_size=1, max_size=40))
    joint = st.sampled_from([" ", "-", "'"])
    return st.one_of(word, st.builds(lambda one, between, two: f"{one}{between}{two}", word, joint, word))


def _written(day: date) -> str:
    return f"{day:%d/%m/}{day.year:04}"


def _edges(amounts: Amounts) -> Iterator[Pairs]:
    """The least and the most, decimals or none, and what a binary number does not hold."""
    limits = [amounts.small, amounts.large, "0.01", f"{LARGEST - 1}.99", str(LARGEST)]
    return ((("amount", text),) for text in [*limits, "0.29", "0.57", "1.15", "4.35", "19.99", "1", "1.1", "1.10"])


def _amounts(amounts: Amounts) -> SearchStrategy[Pairs]:
    least, most = (int(Decimal(text) * 100) for text in (amounts.small, amounts.large))
    cents = st.one_of(st.integers(least, min(most, max(least, 9999))), st.integers(least, most))
    texts = st.one_of(
        cents.map(lambda count: f"{count // 100}.{count % 100:02}"),
        cents.map(lambda count: f"{max(count // 100, 1)}.{count % 10}"),
        cents.map(lambda count: f"{max(count // 100, 1)}"),
    )
    return texts.map(lambda text: (("amount", text),))


def may_be_refused(step: Step, amounts: Amounts) -> bool:
    """Whether a gateway may lawfully refuse what was drawn for a call, as long as it refuses it properly.

    The source says nothing on other characters of references than digits, on fewer digits of a second than its own
    nine, or on which payers a receiver bank takes; amounts beyond those that are declared may meet a limit.
    """
    reference, amount = step.value("reference"), step.value("amount")
    return (
        step.value("fraction") is not None
        or (reference is not None and not reference.format("0").isdigit())
        or (amount is not None and not is_payable(amount, amounts))
        or any(name in PAYER_MEMBERS for name, _ in step.values)
    )


def is_payable(amount: str, amounts: Amounts) -> bool:
    """Whether an amount lies between those that the configuration calls payable, and is written as the source does."""
    is_within = Decimal(amounts.small) <= Decimal(amount) <= Decimal(amounts.large)
    return is_within and len(amount.partition(".")[2]) == 2
