"""Fuzzing of kz-accounts from its embedded document: every declared operation, with real ids, windows and pages.

First a few requests that show which accounts there are and when something happened, then all cases at once from the
seed and those answers alone, then the sending, then the judging.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from itertools import islice, zip_longest
from random import Random

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.corpus import the_document
from conformance.contracts.kz_accounts.declaration import Declaration, privacy
from conformance.contracts.kz_accounts.fuzzing import positive
from conformance.contracts.kz_accounts.fuzzing.demands import text_of
from conformance.contracts.kz_accounts.fuzzing.judging import Judging
from conformance.contracts.kz_accounts.fuzzing.knowledge import (
    MOST_LOOKED_AT,
    Kind,
    Knowledge,
    Operation,
    history_cases,
    learnt,
    list_case,
    operations,
)
from conformance.contracts.kz_accounts.fuzzing.negative import Wrong
from conformance.engine.contract import FuzzOutcome, FuzzPlan
from conformance.engine.session import Session
from conformance.fuzz.adapter import Generator, draws, wire_text
from conformance.fuzz.case import Case, Intent, Sent, encoded
from conformance.fuzz.phase import BUDGETS, failures_in, sent_together
from conformance.fuzz.stored import cases_in, lines_of

# Shares of the positive cases; what an answer may have wrong shows most in transactions.
_SHARES = {Kind.ACCOUNTS: 0.25, Kind.BALANCE: 0.17, Kind.TRANSACTIONS: 0.58}
_POSITIVE = 0.48
_DRAWN_MORE = 1.3  # Hypothesis repeats itself; the same request twice tells little


def fuzz(session: Session, plan: FuzzPlan) -> FuzzOutcome:
    """Carry out one phase of fuzzing."""
    declaration: Declaration = session.declaration  # type: ignore[assignment]
    known = operations(declaration.versions)
    apis = {wire.Version(name): Accounts(session, name) for name in declaration.versions}
    judging = Judging(apis, known)
    if plan.replay is not None:
        stored = cases_in(plan.replay, list(known))
        first = [case for case in stored if case.intent is Intent.DISCOVERY]
        # In the two steps in which they were sent first: the lists, then what hangs on them.
        lists, others = ([case for case in first if _is_list(known, case) is wanted] for wanted in (True, False))
        answered = sent_together(session, judging, lists) + sent_together(session, judging, others)
        _learn(judging, known, answered)
        cases = [case for case in stored if case.intent is not Intent.DISCOVERY]
    else:
        answered = _discovered(session, judging, known, plan.budget)
        first = [sent.case for sent in answered]
        cases = generated(judging, known, session.now, plan, max(0, BUDGETS[plan.budget] - len(first)), declaration)
    answered += sent_together(session, judging, cases)
    judging.served = {
        sent.case.operation
        for sent in answered
        if sent.exchange
        and sent.exchange.reply
        and sent.exchange.reply.status == 200
        and judging.demand(sent.case).is_positive
    }
    failures = failures_in(session, judging, answered)
    facts = {"contract": "kz-accounts", "now": wire.date_time_text(session.now), "seed": plan.seed, "fuzz": plan.budget}
    return FuzzOutcome(
        len({case.operation for case in (*first, *cases)}),
        len(first) + len(cases),
        tuple(failures),
        tuple(lines_of([*first, *cases], facts, session.redactor.text)),
    )


# --- discoveries ------------------------------------------------------------------------------------------


def _discovered(session: Session, judging: Judging, known: dict[str, Operation], budget: str) -> list[Sent]:
    """Which accounts there are, and when something happened on some of them."""
    most = max(2, MOST_LOOKED_AT[budget] // len(judging.knowledge))
    listed = sent_together(session, judging, [list_case(one) for one in known.values() if one.kind is Kind.ACCOUNTS])
    _learn(judging, known, listed)
    asked = [
        case
        for operation in known.values()
        if operation.kind is Kind.TRANSACTIONS
        for case in history_cases(operation, list(judging.knowledge[operation.version].accounts)[:most], session.now)
    ]
    answered = listed + sent_together(session, judging, asked)
    _learn(judging, known, answered)
    return answered


def _is_list(known: dict[str, Operation], case: Case) -> bool:
    return known[case.operation].kind is Kind.ACCOUNTS


def _learn(judging: Judging, known: dict[str, Operation], answered: Sequence[Sent]) -> None:
    for version in judging.knowledge:
        mine = [sent for sent in answered if known[sent.case.operation].version is version]
        by_kind = {
            kind: [sent for sent in mine if known[sent.case.operation].kind is kind]
            for kind in (Kind.ACCOUNTS, Kind.TRANSACTIONS)
        }
        judging.knowledge[version] = learnt(by_kind[Kind.ACCOUNTS], by_kind[Kind.TRANSACTIONS])


# --- generation -------------------------------------------------------------------------------------------


def generated(
    judging: Judging,
    known: dict[str, Operation],
    now: datetime,
    plan: FuzzPlan,
    count: int,
    declaration: Declaration,
) -> list[Case]:
    """The list of cases; it depends on the seed, the clock of the run and what was discovered, and on nothing else."""
    redactor = privacy(declaration).redactor()
    in_turn = _in_turn(
        {
            operation: _wrong(operation, judging.knowledge[operation.version], now, plan.seed, count)
            for operation in known.values()
        }
    )
    # What looks personal could not be stored, and so never be replayed.
    storable = (case for case in in_turn if all(redactor.text(line) == line for line in lines_of([case], {}, str)))
    wrong = list(islice(storable, count - round(count * _POSITIVE)))
    served: list[Case] = []
    for operation in known.values():
        share = round((count - len(wrong)) * _SHARES.get(operation.kind, 0) / len(judging.knowledge))
        served += _positive(operation, judging.knowledge[operation.version], now, plan.seed, share)
    return [_labelled(judging, case) for case in (*served, *wrong)]


def _positive(operation: Operation, knowledge: Knowledge, now: datetime, seed: int, count: int) -> list[Case]:
    if count < 1 or (not knowledge.accounts and operation.kind is not Kind.ACCOUNTS):
        return []
    drawn = _generator().positive(operation.template)
    if operation.kind is Kind.BALANCE:
        # Each account once before any of them twice: what is wrong may be wrong with one of them only.
        ids = sorted(knowledge.accounts)
        Random(f"{seed} {operation.name}").shuffle(ids)
        once = [Case(operation.name, Intent.POSITIVE, "as drawn", (("accountId", encoded(name)),)) for name in ids]
        return positive.distinct(once, count)
    source = _source(seed, operation.name)
    strategy = (
        positive.accounts(operation, knowledge, now, drawn)
        if operation.kind is Kind.ACCOUNTS
        else positive.transactions(operation, knowledge, now, drawn)
    )
    return positive.distinct(draws(strategy, round(count * _DRAWN_MORE), source), count)


def _in_turn(queues: Mapping[Operation, Iterator[Case]]) -> Iterator[Case]:
    """Some of each operation in turn, until all are exhausted; more of those where more can go wrong."""
    waiting = dict(queues)
    while waiting:
        for operation, cases in list(waiting.items()):
            taken = list(islice(cases, 3 if operation.is_list else 1))
            yield from taken
            if not taken:
                del waiting[operation]


def _wrong(operation: Operation, knowledge: Knowledge, now: datetime, seed: int, wanted: int) -> Iterator[Case]:
    """One of each stratum in turn."""
    harvest = _harvest(operation, seed, min(60, 10 + wanted // 20))
    queues = []
    for stratum in Wrong(operation, knowledge, now, harvest).strata():
        made = stratum.cases(Random(f"{seed} {operation.name} {stratum.why}"))
        queues.append([replace(case, intent=stratum.intent, why=stratum.why) for case in made])
    yield from (case for turn in zip_longest(*queues) for case in turn if case is not None)


@lru_cache(maxsize=32)  # it depends on nothing else, and takes most of the time
def _harvest(operation: Operation, seed: int, count: int) -> dict[str, list[str]]:
    """Wire values that Schemathesis made up for each parameter, and names that the document does not know under `?`."""
    strategy = _generator().negative(operation.template)
    found: dict[str, dict[str, None]] = {}

    def keep(name: str, value: str) -> None:
        if len(value) < 150:
            found.setdefault(name, {})[value] = None

    for one in draws(strategy, count, _source(seed, f"{operation.name} negative")):
        for name, value in one.path.items():  # these come percent-encoded
            text = text_of(value)
            if text and text.strip("./"):  # blank and dotted segments are taken apart on their way
                keep("malformed iban" if name == "iban" and len(text) <= wire.LONGEST_IBAN else name, encoded(text))
        for name, drawn in one.query.items():
            text = wire_text(drawn)
            if name not in operation.parameters and name:
                keep("?", _encoded_as_drawn(name))
            elif text is not None:
                keep(name, _encoded_as_drawn(text))
    return {name: list(values) for name, values in found.items()}


def _encoded_as_drawn(text: str) -> str:
    """A lone surrogate goes as the bytes that it would be, which are no UTF-8."""
    return "".join(encoded(char) if char.isprintable() and ord(char) < 0xD800 else _bytes(char) for char in text)


def _bytes(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def _labelled(judging: Judging, case: Case) -> Case:
    """What the case is for, by what it turned out to be; and why, in the words of the demand."""
    demand = judging.demand(case)
    if demand.wrong:
        return Case(case.operation, Intent.NEGATIVE, demand.wrong[0].what, case.path, case.query)
    served = demand.is_positive or case.intent is Intent.POSITIVE
    intent = Intent.POSITIVE if served else Intent.ODD
    return Case(case.operation, intent, demand.open[0].what if demand.open else case.why, case.path, case.query)


@cache
def _generator() -> Generator:
    return Generator(the_document().content)


def _source(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8])
