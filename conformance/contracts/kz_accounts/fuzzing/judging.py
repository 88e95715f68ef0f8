"""Judges each answer to a fuzzed request of kz-accounts, whatever the request was made for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from stdnum import iban as iban_number

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.checks.shape import is_iban
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.fuzzing.bodies import faults_of_error, faults_of_form
from conformance.contracts.kz_accounts.fuzzing.demands import (
    FIELD_INVALID,
    LONGEST_TARGET,
    Demand,
    demand_of,
    is_proper_iban,
    least_items,
    text_of,
    window_of,
)
from conformance.contracts.kz_accounts.fuzzing.knowledge import Kind, Knowledge, Operation
from conformance.contracts.kz_accounts.fuzzing.positive import plain
from conformance.contracts.kz_accounts.fuzzing.relations import (
    ENDS_THE_LIST,
    FULL_LAST_PAGE,
    faults_of_relations,
    overlaps,
)
from conformance.contracts.kz_accounts.judgement import CODES_OF_400, ERROR_STATUSES, is_disguised
from conformance.contracts.kz_accounts.seen import is_readable
from conformance.contracts.kz_accounts.tokens import Kind as TokenKind
from conformance.engine.contract import FuzzFailure
from conformance.errors import UnreadableReply
from conformance.fuzz.case import Case, Fault, Sent, encoded, filled
from conformance.transport.recorder import Exchange

DAY = timedelta(days=1)


class Judging:
    """The judge of one run; `knowledge` by version is filled in once the discoveries are answered."""

    def __init__(self, apis: dict[wire.Version, Accounts], operations: dict[str, Operation]) -> None:
        self._apis = apis
        self._operations = operations
        self._now = next(iter(apis.values())).now
        self._data = next(iter(apis.values())).declaration.data
        self._token = next(iter(apis.values())).tokens.get(TokenKind.FULL)
        self.knowledge: dict[wire.Version, Knowledge] = {version: Knowledge({}) for version in apis}
        self.served: set[str] = set()

    def send(self, case: Case) -> Exchange:
        """The exchange of a case with the good token. Raises NoAnswer."""
        operation = self._operations[case.operation]
        texts = self._texts(case)
        path = operation.template
        for name, value in texts.path:
            path = path.replace(f"{{{name}}}", value)
        return self._apis[operation.version].send(path, texts.query_text, token=self._token).exchange

    def version(self, case: Case) -> str:
        return self._operations[case.operation].version.value

    def named(self, name: str) -> str:
        """The value of a name in a case: what is personal, or made up to look so, is not stored."""
        kind, _, rest = name.partition(":")
        if kind == "iban":
            return next(iter(self._apis.values())).harmless(f"KZ{iban_number.calc_check_digits(f'KZ00{rest}')}{rest}")
        known = {"existing_iban": self._data.existing_iban, "missing_iban": self._data.missing_iban}.get(kind)
        return known or self.named("iban:0009999999999999")

    def demand(self, case: Case) -> Demand:
        operation = self._operations[case.operation]
        texts = self._texts(case)
        return demand_of(texts, operation, self.knowledge[operation.version], self._now)

    def _texts(self, case: Case) -> Case:
        path = tuple((name, filled(value, self.named)) for name, value in case.path)
        return replace(case, path=path)

    # --- one answer ---------------------------------------------------------------------------------------

    def faults(self, sent: Sent) -> list[Fault]:
        """Every rule that the answer breaks; a 429 that outlasted all patience breaks none."""
        if sent.exchange is None:
            return []
        if sent.exchange.reply is None:
            return [Fault("KZA-FAILURES-04", "answer to the request", "any", sent.exchange.failure or "none", "answer")]
        answer = Answer(sent.exchange, sent.exchange.reply)
        if answer.status == 429:
            return []
        texts = self._texts(sent.case)
        found = list(self._of_status(sent.case, answer))
        if answer.status >= 400:
            numbers = tuple(text for _, value in texts.path if is_proper_iban(text := text_of(value) or ""))
            found += faults_of_error(answer, numbers)
        elif answer.status == 200 and not any(fault.requirement == "KZA-FAILURES-01" for fault in found):
            found += self._of_data(texts, answer, with_relations=not self.demand(sent.case).wrong)
        return found

    def faults_between(self, sent: Sequence[Sent]) -> list[tuple[Sent, Fault]]:
        return list(overlaps(sent, self._operations, self._now))

    def _of_status(self, case: Case, answer: Answer) -> Iterator[Fault]:
        operation, status = self._operations[case.operation], answer.status
        if status >= 500:
            yield Fault("KZA-FAILURES-03", "status of the answer", "below 500", str(status), "server")
            return
        if status == 200 and is_readable(answer) and is_disguised(answer):
            yield Fault("KZA-FAILURES-01", "answer with status 200", "no error", "an error", "disguised")
            return
        demand = self.demand(case)
        if status in demand.statuses:
            if status == 400 and operation.name in self.served:
                yield from _of_code(demand, answer)
            if operation.kind is Kind.EXISTS and status == 200:
                yield from self._of_existence(case, answer)
            return
        if operation.name not in self.served:  # the twin that conforms was not served: nothing is proven
            return
        if 400 <= status < 500 and status not in ERROR_STATUSES:
            if len(answer.exchange.request.target) <= LONGEST_TARGET and 400 in demand.statuses:
                yield Fault("KZA-FAILURES-02", "status of a refusal", "one of annex 1", str(status), "status")
            return
        expected = " or ".join(map(str, sorted(demand.statuses - {414, 431})))
        if demand.wrong:
            first = demand.wrong[0]
            yield Fault(first.requirement, f"answer to {first.what}", expected, str(status))
        elif demand.open and demand.open[0].requirement:
            first = demand.open[0]
            yield Fault(first.requirement, f"answer to {first.what}", expected, str(status))
        else:
            requirement, what = self._broken_by_refusal(case, operation)
            if status in (204, 404) and operation.is_list and not self._least(case, operation):
                transactions = operation.kind is Kind.TRANSACTIONS
                requirement, what = ("KZA-CONTENTS-05" if transactions else "KZA-OPENINGS-06"), "a list without items"
            yield Fault(requirement, f"answer to {what}", expected, str(status), symptom="refusal")

    def _least(self, case: Case, operation: Operation) -> int:
        return least_items(case, operation, self.knowledge[operation.version], self._now)

    def _broken_by_refusal(self, case: Case, operation: Operation) -> tuple[str, str]:
        """Which requirement the refusal of a proper request breaks, by the most special thing in it."""
        plus = 20 * (operation.kind is Kind.TRANSACTIONS)
        names = {name for name, _ in case.query}
        window = window_of(case, operation)
        dates = [value for name, value in case.query if name in operation.parameters[2:4] and operation.has_window]
        if operation.kind is Kind.EXISTS:
            return ("KZA-EXISTS-01" if "existing" in (case.value("iban") or "") else "KZA-EXISTS-02"), "an IBAN"
        if operation.kind is Kind.BALANCE:
            return "KZA-CONSISTENCY-03", "the balance of a listed account"
        if any("." in text for text in dates):
            return f"KZA-MOMENTS-{22 - plus:02}", "a date with a fraction"
        if any(not (text_of(text) or "").endswith("Z") for text in dates):
            return f"KZA-MOMENTS-{21 - plus:02}", "a date with another zone"
        if window.start and window.end and operation.kind is Kind.TRANSACTIONS:
            if window.start == window.end:
                return "KZA-WINDOW-06", "a window whose start equals its end"
            if self._now - window.start > 175 * DAY:
                return "KZA-WINDOW-02", "a window that starts 179 days ago"
            if window.end - window.start > 85 * DAY:
                return "KZA-WINDOW-01", "a window of 90 days"
        if window.start and operation.kind is Kind.TRANSACTIONS and not window.end:
            return "KZA-WINDOW-08", "a start without an end"
        if "pageSize" in names:
            return f"KZA-PAGING-{3 + plus:02}", "a page size from 1 to 100"
        if "pageNumber" in names:
            return f"KZA-PAGING-{1 + plus:02}", "a page that is there"
        if dates and operation.kind is Kind.ACCOUNTS:
            return "KZA-OPENINGS-03", "opening dates"
        if "type" in names:
            return "KZA-FILTER-04", "a known type"
        return "KZA-CONSISTENCY-04", "the transactions of a listed account"

    def _of_existence(self, case: Case, answer: Answer) -> Iterator[Fault]:
        value = case.value("iban") or ""
        text = text_of(self._texts(case).value("iban") or "") or ""
        if value == "{existing_iban}" and self._data.existing_iban:
            due, requirement = True, "KZA-EXISTS-01"
        elif is_proper_iban(text) and text != self._data.existing_iban:
            due, requirement = False, "KZA-EXISTS-02"
        elif is_proper_iban(text) or text.upper() == self._data.existing_iban or text != text.upper():
            return
        else:
            due, requirement = False, "KZA-EXISTS-04"
        try:
            told = answer.exists
        except UnreadableReply:
            return
        if told is not due:
            yield Fault(requirement, "exists of the answer", str(due).lower(), str(told).lower(), "exists")

    def _of_data(self, case: Case, answer: Answer, *, with_relations: bool) -> Iterator[Fault]:
        """Faults of form; and of what is listed, unless the request was wrong: what it would list is not said."""
        operation = self._operations[case.operation]
        api, knowledge = self._apis[operation.version], self.knowledge[operation.version]
        account = knowledge.accounts.get(text_of(case.value("accountId") or "") or "")
        card = operation.kind is Kind.TRANSACTIONS and account is not None and account.type in wire.CARD_TYPES
        yield from faults_of_form(answer, operation.schema, lambda text: is_iban(api, text), card)
        if operation.is_list and with_relations:
            yield from faults_of_relations(case, operation, answer, knowledge, self._now)

    # --- smaller requests ---------------------------------------------------------------------------------

    def simpler(self, case: Case) -> Iterator[Case]:
        """Without one parameter; then with the plainest account and the plainest values."""
        for name in dict.fromkeys(name for name, _ in case.query):
            yield case.without(name)
        operation = self._operations[case.operation]
        dialect = operation.dialect
        if (
            operation.has_window
            and dialect.start_parameter in dict(case.query)
            and dialect.end_parameter in dict(case.query)
        ):
            yield case.without(dialect.start_parameter).without(dialect.end_parameter)
        accounts = sorted(self.knowledge[operation.version].accounts)
        if accounts and operation.kind in (Kind.BALANCE, Kind.TRANSACTIONS):
            yield case.having("accountId", encoded(accounts[0]))
        for name, value in case.query:
            text = text_of(value) or ""
            if len(text) > 1 and not any(char.isalnum() for char in text[-1]):
                yield case.having(name, encoded(text[-1]))
            if name in ("pageNumber", "pageSize") and value != "1":
                yield case.having(name, "1")
            if name in operation.parameters[2:4] and text:
                yield from _plainer_date(case, name, text)

    def without_consequences(self, failures: Sequence[FuzzFailure]) -> list[FuzzFailure]:
        """Without those that follow from another one, or that another one explains as well."""
        unsure = (ENDS_THE_LIST, FULL_LAST_PAGE)
        broken = {failure.requirement for failure in failures}
        certain = {failure.requirement for failure in failures if failure.subject not in unsure}
        return [
            failure
            for failure in failures
            if not broken & _CAUSES.get(failure.requirement, frozenset())
            and not (failure.subject in unsure and certain & _OTHER_MEMBER[failure.requirement])
        ]


_CAUSES: dict[str, frozenset[str]] = {
    "KZA-CONTENTS-01": frozenset({"KZA-MOMENTS-01", "KZA-MOMENTS-02"}),
    "KZA-CONTENTS-02": frozenset({"KZA-MOMENTS-01", "KZA-MOMENTS-02", "KZA-CONTENTS-01", "KZA-CONTENTS-03"}),
    "KZA-CONTENTS-05": frozenset({"KZA-PAGING-29", "KZA-PAGING-30"}),
    "KZA-EXISTS-04": frozenset({"KZA-EXISTS-02"}),
    "KZA-FILTER-06": frozenset({"KZA-FILTER-03"}),
    "KZA-FILTER-09": frozenset({"KZA-PAGING-09", "KZA-PAGING-01", "KZA-PAGING-02"}),
    "KZA-FILTER-10": frozenset({"KZA-PAGING-10"}),
    "KZA-FILTER-11": frozenset({"KZA-FILTER-10", "KZA-PAGING-04", "KZA-PAGING-02", "KZA-PAGING-07"}),
    "KZA-OPENINGS-05": frozenset({"KZA-OPENINGS-01", "KZA-OPENINGS-02", "KZA-FILTER-04"}),
    "KZA-OPENINGS-06": frozenset({"KZA-FILTER-09", "KZA-FILTER-10", "KZA-PAGING-09", "KZA-PAGING-10"}),
    "KZA-PAGING-07": frozenset({"KZA-PAGING-01", "KZA-PAGING-02", "KZA-PAGING-04", "KZA-PAGING-11"}),
    "KZA-PAGING-09": frozenset({"KZA-PAGING-01", "KZA-PAGING-02"}),
    "KZA-PAGING-11": frozenset({"KZA-OPENINGS-03", "KZA-PAGING-10", "KZA-FILTER-10"}),
    "KZA-PAGING-27": frozenset({"KZA-PAGING-21", "KZA-PAGING-22", "KZA-PAGING-24", "KZA-PAGING-31"}),
    "KZA-PAGING-29": frozenset({"KZA-PAGING-21", "KZA-PAGING-22"}),
    "KZA-PAGING-31": frozenset({"KZA-PAGING-30"}),
    "KZA-WINDOW-07": frozenset({"KZA-WINDOW-08"}),
    "KZA-WINDOW-09": frozenset({"KZA-CONTENTS-01", "KZA-CONTENTS-02", "KZA-CONTENTS-03"}),
    "KZA-WINDOW-10": frozenset({"KZA-WINDOW-11"}),
    "KZA-WINDOW-11": frozenset({"KZA-CONTENTS-01"}),
}
_TOTALS, _LASTS = frozenset({"KZA-PAGING-09", "KZA-FILTER-09"}), frozenset({"KZA-PAGING-10", "KZA-FILTER-10"})
_OTHER_MEMBER = {
    **dict.fromkeys(_TOTALS, _LASTS),
    **dict.fromkeys(_LASTS, _TOTALS),
    "KZA-PAGING-29": frozenset({"KZA-PAGING-30"}),
    "KZA-PAGING-30": frozenset({"KZA-PAGING-29"}),
}


def _of_code(demand: Demand, answer: Answer) -> Iterator[Fault]:
    """The code of a refusal, where it is one that annex 1 knows: any other breaks a rule of its own."""
    refusing = demand.wrong or demand.open
    if any(opinion.code != FIELD_INVALID for opinion in refusing):
        return
    try:
        code = answer.error.code
    except UnreadableReply:
        return
    if code != FIELD_INVALID and code in CODES_OF_400:
        first = refusing[0]
        yield Fault(first.requirement, f"error code of the answer to {first.what}", FIELD_INVALID, code)


def _plainer_date(case: Case, name: str, text: str) -> Iterator[Case]:
    try:
        plainest = plain(wire.date_time(text))
    except ValueError:
        return
    if plainest != text:
        yield case.having(name, encoded(plainest))
