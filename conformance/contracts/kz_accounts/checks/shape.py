"""kz-accounts 43, 51-52, 58-59, 66-67, 73-74, A2, A4: answers have the form of the embedded document."""

from __future__ import annotations

import re
from collections import Counter

from iso4217 import Currency
from stdnum import iban as iban_number

from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.corpus import corpus, no_fault, parts, the_document
from conformance.contracts.kz_accounts.judgement import served
from conformance.contracts.kz_accounts.wire import CARD_TYPES, LONGEST_ACCOUNT_ID, Account, Direction
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found
from conformance.errors import UnreadableReply


@check("KZA-SHAPE-01")
def a_list_of_accounts_has_its_envelope(accounts: Accounts) -> None:
    """A list of accounts is an object of `data.accounts` and `page`, and nothing else."""
    components_are_sound(accounts, "envelopes of accounts", accounts.dialect.accounts_schema, "AccountResponse")


@check("KZA-SHAPE-02")
def an_account_has_the_members_of_its_type(accounts: Accounts) -> None:
    """Each account has all mandatory members, no unknown ones, and values of the right type, length and list."""
    components_are_sound(accounts, "accounts", "Account", missing="a client with at least one open account")


@check("KZA-SHAPE-03")
def a_balance_has_the_members_of_its_type(accounts: Accounts) -> None:
    """A balance has all mandatory members, no unknown ones, and values of the right type and length."""
    components_are_sound(accounts, "balances", accounts.dialect.balance_schema, "BalanceResponse")


@check("KZA-SHAPE-04")
def a_credit_line_has_the_members_of_its_type(accounts: Accounts) -> None:
    """A credit line has `included`, `type` and `amount`, and nothing else."""
    components_are_sound(accounts, "credit lines", "CreditLine", missing="an account with a credit line")


@check("KZA-SHAPE-05")
def an_amount_has_the_members_of_its_type(accounts: Accounts) -> None:
    """An amount is an integer of minor units with its currency, and nothing else."""
    components_are_sound(accounts, "amounts", "Amount", missing="a transaction, a credit line or a purse")


@check("KZA-SHAPE-06")
def a_list_of_transactions_has_its_envelope(accounts: Accounts) -> None:
    """A list of transactions is an object of `data.transactions` and `page`, and nothing else."""
    schema = accounts.dialect.transactions_schema
    components_are_sound(accounts, "envelopes of transactions", schema, "TransactionResponse")


@check("KZA-SHAPE-07")
def a_transaction_has_the_members_of_its_type(accounts: Accounts) -> None:
    """Each transaction has all mandatory members, no unknown ones, and values of the right type, length and list."""
    components_are_sound(accounts, "transactions", "Transaction", missing="a transaction in the last 178 days")


@check("KZA-SHAPE-08")
def a_financial_institution_has_the_members_of_its_type(accounts: Accounts) -> None:
    """creditorAgent and debtorAgent have a BIC of 8 characters, and a BIN of 12 where they have one."""
    missing = "a transaction with creditorAgent or debtorAgent"
    components_are_sound(accounts, "institutions", "FinancialInstitutionIdentificationType", missing=missing)


@check("KZA-SHAPE-09")
def a_page_has_the_members_of_its_type(accounts: Accounts) -> None:
    """`page` holds totalItems and isLastPage, and nothing else."""
    components_are_sound(accounts, "page objects", "Page")


def components_are_sound(
    accounts: Accounts, what: str, *names: str, missing: str = "an answer with status 200"
) -> None:
    """
    Every object of these components in the corpus fits its schema. A name stands for its versions
    too: Account for AccountV2 and AccountV3.
    """
    wanted = [part for part in parts(accounts) if {part.component, re.sub(r"V\d$", "", part.component)} & {*names}]
    found = [(part, fault) for part in wanted for fault in the_document().faults(part.component, part.value)]
    no_fault(what, found, len(wanted), missing)


@check("KZA-SHAPE-10")
def the_answer_on_existence_is_one_boolean(accounts: Accounts) -> None:
    """The answer on existence is an object with the boolean `exists` and nothing else."""
    components_are_sound(accounts, "answers on existence", "AccountExists")


@check("KZA-SHAPE-11")
def every_answer_is_json_in_utf8(accounts: Accounts) -> None:
    """Every body with status 200 is JSON in UTF-8: no byte order mark, no member twice, no NaN."""
    answers = [answer for _, answer in corpus(accounts)]
    given("number of answers with status 200", len(answers) > 0, True, missing="an answer with status 200")
    found: list[str] = []
    evidence, served_at_all = None, False
    for answer in answers:
        try:
            faults = answer.json.faults
            served_at_all |= isinstance(answer.json.value, dict) and bool({"data", "exists"} & answer.json.value.keys())
        except UnreadableReply as fault:
            faults = (str(fault),)
        evidence = evidence or (answer.exchange if faults else None)
        found += [f"exchange {answer.exchange.number} {fault}" for fault in faults]
    given("whether any answer holds data", served_at_all or bool(found), True)
    expect("bodies that are no proper JSON", found, none_found, evidence=evidence)


@check("KZA-SHAPE-13")
def every_currency_is_in_iso_4217(accounts: Accounts) -> None:
    """Every currency is an alphabetic code of ISO 4217."""
    known = {currency.code for currency in Currency}
    seen = [(part, part.value["currency"]) for part in parts(accounts) if has_currency(part.value)]
    found = [(part, f"currency {code} is not in ISO 4217") for part, code in seen if code not in known]
    no_fault("currencies", found, len(seen), "an account")


def has_currency(value: object) -> bool:
    """Whether there is a code of the right form; another form is a fault of the object that holds it."""
    code = value.get("currency") if isinstance(value, dict) else None
    return isinstance(code, str) and re.fullmatch(r"[A-Z]{3}", code) is not None


@check("KZA-SHAPE-14")
def every_account_has_its_own_id(accounts: Accounts) -> None:
    """No two accounts of the list share an accountId."""
    answer = served("the list of accounts on one page", accounts.listing(page=1, size=100))
    ids = [account.id for account in answer.accounts]
    given("number of accounts", len(ids) > 1, True, missing="a client with at least two open accounts")

    twice = [name for name, count in Counter(ids).items() if count > 1]

    expect("accountIds used by two accounts on one page", twice, none_found)


@check("KZA-SHAPE-15")
def an_account_keeps_its_id(accounts: Accounts) -> None:
    """An accountId is the same from call to call."""
    known = {account.id for account in accounts.all()}
    given("number of accounts", len(known) > 0, True, missing="a client with at least one open account")

    again = served("the list of accounts, asked again", accounts.listing(page=1, size=100))

    ids = {account.id for account in again.accounts}
    given("number of accounts in both answers", len(ids), min(len(known), 100))
    expect("accountIds that the list had not before", sorted(ids - known), none_found)


@check("KZA-SHAPE-16")
def an_account_id_is_no_iban(accounts: Accounts) -> None:
    """An accountId is the identifier of the System, never the account's IBAN."""
    ids = {account.id: account for account in accounts.all()}
    given("number of accounts", len(ids) > 0, True, missing="a client with at least one open account")

    ibans = [account.where for name, account in ids.items() if is_iban(accounts, name)]

    expect("accounts whose accountId is an IBAN", ibans, none_found)


def is_iban(accounts: Accounts, text: str) -> bool:
    """Valid as an IBAN of any country, formed like a Kazakh one, or the very IBAN that the bank told us."""
    plain = re.sub(r"[\s-]", "", text).upper()
    kazakh = re.fullmatch(r"KZ\d{2}[A-Z0-9]{16}", plain) is not None
    return kazakh or plain == accounts.declaration.data.existing_iban or iban_number.is_valid(plain)


@check("KZA-SHAPE-17")
def an_account_id_is_a_uuid(accounts: Accounts) -> None:
    """An accountId is a UUID."""
    ids = [account.id for account in accounts.all()]
    judged = [name for name in ids if len(name) <= LONGEST_ACCOUNT_ID and not is_iban(accounts, name)]
    given("number of accounts with an id of their own", len(judged) > 0, True, missing="a client with an open account")
    pattern = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    expect("accountIds that are no UUID", [name for name in judged if not re.fullmatch(pattern, name)], none_found)


@check("KZA-SHAPE-18")
def a_masked_number_is_four_digits(accounts: Accounts) -> None:
    """maskedNumber is the last four digits of a number."""
    if not accounts.dialect.has_types:
        lacking("a version whose accounts have maskedNumber")
    numbers = [(account, masked_number(account)) for account in accounts.all()]
    four = [(account, text) for account, text in numbers if text is not None]
    if not four:
        lacking("an account with a maskedNumber of four characters")

    expect(
        "maskedNumbers that are not four digits",
        [account.where for account, text in four if not re.fullmatch(r"[0-9]{4}", text)],
        none_found,
    )


def masked_number(account: Account) -> str | None:
    """Where it has four characters; a missing one or another length is a fault of the account's form."""
    try:
        text = account.masked_number
    except UnreadableReply:
        return None
    return text if len(text) == 4 and text.strip() else None


@check("KZA-SHAPE-19")
def every_transaction_of_an_account_has_its_own_id(accounts: Accounts) -> None:
    """No two transactions of an account share a transactionId."""
    pages = [answer for history in accounts.histories() for answer in history.answers if len(answer.transactions) > 1]
    given("number of pages with two transactions", len(pages) > 0, True, missing="an account with two transactions")
    for page in pages:
        twice = [name for name, count in Counter(item.id for item in page.transactions).items() if count > 1]
        expect("transactionIds used twice on one page", twice, none_found, evidence=page.exchange)


@check("KZA-SHAPE-20")
def a_card_transaction_names_its_merchant_category(accounts: Accounts) -> None:
    """A transaction of a card account has an mcc."""
    if not accounts.dialect.has_types:
        lacking("a version whose accounts have a type")
    histories = [history for history in accounts.histories() if history.account.type in CARD_TYPES and history.items]
    if not histories:
        lacking("a CREDIT_CARD or DEBIT_CARD account with a transaction in the last 89 days")
    for history in histories:
        for answer in history.answers:
            without = [item.where for item in answer.transactions if not item.has("mcc")]
            expect("card transactions without mcc", without, none_found, evidence=answer.exchange)


_WRONG_PARTY = {Direction.CREDIT.value: "creditorName", Direction.DEBIT.value: "debtorName"}


@check("KZA-SHAPE-21")
def the_other_party_fits_the_direction(accounts: Accounts) -> None:
    """creditorName stands only with DEBIT, debtorName only with CREDIT."""
    named = 0
    for history in accounts.histories():
        for answer in history.answers:
            items = [item for item in answer.transactions if item.has("creditorName") or item.has("debtorName")]
            named += len(items)
            wrong = [item.where for item in items if item.has(_WRONG_PARTY.get(item.direction, ""))]
            expect("transactions that name the wrong party", wrong, none_found, evidence=answer.exchange)
    missing = "a transaction with creditorName or debtorName"
    given("number of transactions with a name", named > 0, True, missing=missing)


@check("KZA-SHAPE-22")
def a_merchant_category_is_four_digits(accounts: Accounts) -> None:
    """An mcc is a number of four digits."""
    seen = [
        part for part in parts(accounts) if part.component.startswith("Transaction") and has_mcc_of_four(part.value)
    ]
    found = [(part, f"mcc {part.value['mcc']}") for part in seen if not re.fullmatch(r"[0-9]{4}", part.value["mcc"])]
    no_fault("merchant category codes", found, len(seen), "a transaction with mcc")


def has_mcc_of_four(value: object) -> bool:
    """Another length is a fault of the transaction's form."""
    mcc = value.get("mcc") if isinstance(value, dict) else None
    return isinstance(mcc, str) and len(mcc) == 4 and bool(mcc.strip())
