"""The rules on the form of an answer, applied to one answer: what the checks of shape, empty, dates, headers and errors
judge over all answers of a run, kz-accounts 8, 10, 12, 14-15, 37, 39, 41, 43-45, A1-A4, R01."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.checks import headers
from conformance.contracts.kz_accounts.checks.errors import LIMITS
from conformance.contracts.kz_accounts.checks.shape import has_currency, has_mcc_of_four
from conformance.contracts.kz_accounts.corpus import the_document
from conformance.contracts.kz_accounts.judgement import CODES_OF_400
from conformance.contracts.kz_accounts.seen import kind_of_body, media_type
from conformance.contracts.kz_accounts.wire import ErrorCode
from conformance.engine.document import is_empty
from conformance.errors import UnreadableReply
from conformance.fuzz.case import Fault
from conformance.transport.insides import insides_in
from conformance.transport.jsontext import kind_of

_SHAPE_OF = {
    "GetAccountsResponse": "01", "AccountResponse": "01", "Account": "02",
    "GetAccountBalanceResponse": "03", "BalanceResponse": "03", "CreditLine": "04", "Amount": "05",
    "GetAccountTransactionsResponse": "06", "TransactionResponse": "06", "Transaction": "07",
    "FinancialInstitutionIdentificationType": "08", "Page": "09", "AccountExists": "10",
}  # fmt: skip
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NONE = "none"


def faults_of_form(answer: Answer, schema: str, is_iban: Callable[[str], bool], card: bool) -> Iterator[Fault]:
    """What is wrong with an answer of status 200; `card` says whether it is of a card account (R23)."""
    yield from _of_headers(answer)
    try:
        body = answer.json
    except UnreadableReply as unreadable:
        yield Fault("KZA-SHAPE-11", "body of the answer", "JSON in UTF-8", str(unreadable), "not JSON")
        return
    for text in body.faults:
        yield Fault("KZA-SHAPE-11", "faults in the JSON of the answer", _NONE, text)
    seen: set[str] = set()
    for component, pointer, value in the_document().components(schema, body.value):
        for fault in _of_component(component, pointer, value, is_iban, card):
            if fault.key not in seen:  # the same fault in every row is one fault
                seen.add(fault.key)
                yield fault


def _of_headers(answer: Answer) -> Iterator[Fault]:
    told = media_type(answer)
    if told != "application/json":
        yield Fault("KZA-HEADERS-11", "content type of the answer", "application/json", told or "absent")
    charset = str(headers.content_type(answer).get_param("charset", "utf-8")).lower()
    if charset != "utf-8":
        yield Fault("KZA-HEADERS-12", "charset in the content type of the answer", "utf-8", charset)
    yield from _of_header_dates(answer)


def _of_header_dates(answer: Answer) -> Iterator[Fault]:
    for name, value in headers.dates_of(answer):
        if not headers.is_imf_fixdate(value):
            yield Fault("KZA-HEADERS-13", f"header {name.title()}", "a full date in GMT", value)


# --- objects (14-15, A2, A4) ------------------------------------------------------------------------------


def _of_component(
    component: str, pointer: str, value: Any, is_iban: Callable[[str], bool], card: bool
) -> Iterator[Fault]:
    name = re.sub(r"V\d$", "", component)
    where = f"{pointer or 'body'} ({name})"
    document = the_document()
    for fault in document.faults(component, value):
        cause = f"{name} {_without_values(fault)}"
        yield Fault(f"KZA-SHAPE-{_SHAPE_OF[name]}", f"faults in {where}", _NONE, fault, cause)
    if not isinstance(value, dict):
        return
    required = document.content["components"]["schemas"][component].get("required", ())
    for member, item in value.items():
        if is_empty(item) and (item is not None or member not in required):
            requirement = {type(None): "03", dict: "02"}.get(type(item), "01")
            yield Fault(f"KZA-EMPTY-{requirement}", f"{where}/{member}", "a value, or absent", _shown(item), member)
    for member in document.optional_arrays(component):
        if member not in value:
            yield Fault("KZA-EMPTY-04", f"{where}/{member}", "an array, if empty", "absent", member)
    for member in document.date_time_members(component):
        yield from _of_date(f"{where}/{member}", value.get(member))
    if has_currency(value) and value["currency"] not in _currencies():
        yield Fault("KZA-SHAPE-13", f"{where}/currency", "a code of ISO 4217", value["currency"], "currency")
    if name == "AccountResponse":
        yield from _of_ids(value.get("accounts"), "accountId", "KZA-SHAPE-14")
    if name == "TransactionResponse":
        yield from _of_ids(value.get("transactions"), "transactionId", "KZA-SHAPE-19")
    if name == "Account":
        yield from _of_account(where, value, is_iban)
    if name == "Transaction":
        yield from _of_transaction(where, value, card)


def _of_date(where: str, text: Any) -> Iterator[Fault]:
    if not isinstance(text, str) or not text.strip():
        return
    try:
        wire.date_time(text)
    except ValueError as fault:
        requirement = "KZA-DATES-01" if "has no time zone" in str(fault) else "KZA-DATES-02"
        yield Fault(requirement, where, "a date and time with its zone", f"{text}: {fault}", where.rpartition("/")[2])


def _of_ids(items: Any, member: str, requirement: str) -> Iterator[Fault]:
    ids = [item.get(member) for item in items or () if isinstance(item, dict)] if isinstance(items, list) else []
    twice = [str(name) for name, count in Counter(filter(_is_text, ids)).items() if count > 1]
    if twice:
        yield Fault(requirement, f"{member}s that stand twice on one page", _NONE, ", ".join(twice), member)


def _of_account(where: str, value: dict[str, Any], is_iban: Callable[[str], bool]) -> Iterator[Fault]:
    name, masked = value.get("accountId"), value.get("maskedNumber")
    if isinstance(name, str) and name.strip():
        if is_iban(name):
            yield Fault("KZA-SHAPE-16", f"{where}/accountId", "no IBAN", "an IBAN", "accountId")
        elif len(name) <= wire.LONGEST_ACCOUNT_ID and not _UUID.fullmatch(name):
            yield Fault("KZA-SHAPE-17", f"{where}/accountId", "a UUID", name, "accountId")
    if isinstance(masked, str) and len(masked) == 4 and masked.strip() and not re.fullmatch("[0-9]{4}", masked):
        yield Fault("KZA-SHAPE-18", f"{where}/maskedNumber", "four digits", masked, "maskedNumber")


def _of_transaction(where: str, value: dict[str, Any], card: bool) -> Iterator[Fault]:
    if card and is_empty(value.get("mcc")):
        yield Fault("KZA-SHAPE-20", f"{where}/mcc of a card account", "four digits", "absent", "mcc")
    if has_mcc_of_four(value) and not re.fullmatch("[0-9]{4}", value["mcc"]):
        yield Fault("KZA-SHAPE-22", f"{where}/mcc", "four digits", value["mcc"], "mcc")
    wrong = {"CREDIT": "creditorName", "DEBIT": "debtorName"}.get(str(value.get("creditDebitIndicator")), "")
    if wrong and not is_empty(value.get(wrong)):
        what = f"{where}/{wrong} of a {value['creditDebitIndicator']}"
        yield Fault("KZA-SHAPE-21", what, "absent", "a name", "party")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _shown(value: Any) -> str:
    return "null" if value is None else repr(value) if value == {} else '""'


def _without_values(fault: str) -> str:
    """The kind of a fault of a schema: neither the value at fault nor its place in a list matters."""
    if "required property" in fault or "Additional properties" in fault:
        return fault
    return re.sub(r"\{.*\}|\[.*\]|\"[^\"]*\"|[0-9][0-9.eE+-]*", "*", fault, flags=re.DOTALL)


_known_currencies: list[frozenset[str]] = []


def _currencies() -> frozenset[str]:
    if not _known_currencies:
        from iso4217 import Currency

        _known_currencies.append(frozenset(currency.code for currency in Currency))
    return _known_currencies[0]


# --- errors (39, 41, 44-45, A1, R01) ----------------------------------------------------------------------

_REQUIREMENTS = {400: "01", 401: "06", 403: "07", 404: "08", 405: "09", 406: "10", 500: "11"}


def faults_of_error(answer: Answer, numbers: tuple[str, ...]) -> Iterator[Fault]:
    """What is wrong with an answer of status 400 or above; `numbers` of the request must not come back (37, R29)."""
    status = answer.status
    raw = answer.reply.body.decode("utf-8", "replace")
    for what in insides_in(answer.reply.body):
        yield Fault("KZA-FAILURES-05", f"what the {status} shows", "nothing of the inside", what)
    told = raw + "\n".join(value for _, value in answer.reply.headers)
    if any(number in told for number in numbers):
        yield Fault("KZA-INPUTS-08", f"whether the {status} repeats the account number", "no", "yes", "number")
    yield from _of_header_dates(answer)
    if status not in _REQUIREMENTS:
        return
    requirement = f"KZA-ERRORS-{_REQUIREMENTS[status]}"
    form = media_type(answer)
    if form != "application/json":
        yield Fault(requirement, f"content type of the {status}", "application/json", form or "absent")
    kind = kind_of_body(answer)
    if kind != "object":
        yield Fault(requirement, f"body of the {status}", "an object", kind, f"{status} body")
        return
    body = answer.json.value
    if status == 400:
        yield from _of_bad_request(body)
        return
    for name, limit in LIMITS.items():
        if name in body:
            yield from _of_text(requirement, f"{name} of the {status}", body[name], limit)
    if status == 500:
        if body.get("code") != ErrorCode.INTERNAL_ERROR.value:
            code = str(body.get("code"))
            yield Fault(requirement, "code of the 500", ErrorCode.INTERNAL_ERROR.value, code, "code of the server")
        if not _is_text(body.get("description")):
            yield Fault(requirement, "description of the 500", "a text", kind_of(body.get("description")), "described")


def _of_bad_request(body: dict[str, Any]) -> Iterator[Fault]:
    for name in ("code", "description"):
        if not _is_text(body.get(name)):
            actual = kind_of(body[name]) if name in body else "absent"
            yield Fault("KZA-ERRORS-02", f"{name} of the 400", "a text that is not empty", actual)
    if _is_text(body.get("code")) and body["code"] not in CODES_OF_400:
        yield Fault("KZA-ERRORS-03", "code of the 400", "one of annex 1", body["code"], "code of annex 1")
    if isinstance(body.get("description"), str):
        limit = wire.LONGEST_ERROR_DESCRIPTION
        yield from _of_text("KZA-ERRORS-04", "description of the 400", body["description"], limit)
    if "requestId" in body:
        yield from _of_text("KZA-ERRORS-04", "requestId of the 400", body["requestId"], wire.LONGEST_REQUEST_ID)
    for name in sorted(body.keys() - LIMITS.keys()):
        yield Fault("KZA-ERRORS-05", "other members of the 400", _NONE, name)


def _of_text(requirement: str, what: str, value: Any, limit: int) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault(requirement, what, "a text", kind_of(value))
    elif len(value) > limit:
        yield Fault(requirement, f"length of the {what}", f"at most {limit}", str(len(value)))
