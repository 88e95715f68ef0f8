"""Providers whose answers have the wrong form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.damage import (
    Damage,
    adds,
    as_text,
    damaged,
    lacks,
    sends,
    with_fraction,
    with_zero_fraction,
)
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.provider import Provider
from conformance.transport.message import Request

# --- one member of one object, wrong in one way -------------------------------------------------------------

_SINGLE_MEMBERS: Mapping[str, tuple[str, str, Mapping[str, Damage]]] = {
    "Account": (
        "account_json",
        "KZA-SHAPE-02",
        {
            "LacksId": lacks("accountId"),
            "LacksBalance": lacks("currentBalance"),
            "LacksCurrency": lacks("currency"),
            "LacksOpening": lacks("openedDateTime"),
            "LacksType": lacks("type"),
            "LacksMaskedNumber": lacks("maskedNumber"),
            "HasLongId": sends("accountId", lambda text: f"{text}-2"),
            "HasNumericId": sends("accountId", 12345),
            "HasBalanceAsText": sends("currentBalance", as_text),
            "HasBalanceWithFraction": sends("currentBalance", with_fraction),
            "HasBalanceBeyondInt64": sends("currentBalance", 2**63),
            "HasNullBalance": sends("currentBalance", None),
            "HasUnknownType": sends("type", "LOAN"),
            "HasLowerCaseType": sends("type", str.lower),
            "HasLongDescription": sends("description", "о" * 71),
            "HasWholeNumberUnmasked": sends("maskedNumber", "4400430012345678"),
            "HasStatus": adds("status", "ACTIVE"),
            "HasLowerCaseCurrency": sends("currency", str.lower),
            "HasNumericCurrency": sends("currency", "398"),
            "HasNumericOpening": sends("openedDateTime", 1518446700),
            "HasLongAlternativeId": sends("altAccountId", "A" * 41),
        },
    ),
    "Balance": (
        "balance_json",
        "KZA-SHAPE-03",
        {
            "LacksCurrent": lacks("currentBalance"),
            "LacksAvailable": lacks("availableBalance"),
            "LacksCurrency": lacks("currency"),
            "HasAvailableAsText": sends("availableBalance", as_text),
            "HasBlockedWithFraction": sends("blockedBalance", with_zero_fraction),
            "HasLedgerBalance": adds("ledgerBalance", 1),
            "HasAccountId": adds("accountId", "6a0b6f0e-52c9-4a38-9a6c-9f0f6c1d2e33"),
            "HasPursesAsObject": sends("purses", {"USD": 100}),
        },
    ),
    "CreditLine": (
        "credit_line_json",
        "KZA-SHAPE-04",
        {
            "LacksIncluded": lacks("included"),
            "LacksType": lacks("type"),
            "LacksAmount": lacks("amount"),
            "HasIncludedAsText": sends("included", "true"),
            "HasUnknownType": sends("type", "OVERDRAFT"),
            "HasRate": adds("rate", 12),
        },
    ),
    "Amount": (
        "amount_json",
        "KZA-SHAPE-05",
        {
            "LacksAmount": lacks("amount"),
            "LacksCurrency": lacks("currency"),
            "HasFraction": sends("amount", with_fraction),
            "HasZeroFraction": sends("amount", with_zero_fraction),
            "HasText": sends("amount", as_text),
            "HasSymbol": sends("currency", "₸"),
            "HasScale": adds("scale", 2),
        },
    ),
    "Transaction": (
        "transaction_json",
        "KZA-SHAPE-07",
        {
            "LacksId": lacks("transactionId"),
            "LacksReference": lacks("reference"),
            "LacksStatus": lacks("status"),
            "LacksAmount": lacks("amount"),
            "HasNullAmount": sends("amount", None),
            "LacksDirection": lacks("creditDebitIndicator"),
            "LacksType": lacks("type"),
            "HasLongId": sends("transactionId", lambda text: f"{text}-{'0' * 36}"),
            "HasLongReference": sends("reference", "R" * 37),
            "HasUnknownStatus": sends("status", "REJECTED"),
            "HasUnknownDirection": sends("creditDebitIndicator", "D"),
            "HasUnknownType": sends("type", "CASHBACK"),
            "HasLongDocumentNumber": sends("documentNumber", "9" * 71),
            "HasShortPurposeCode": sends("purposeCode", "19"),
            "HasNumericPurposeCode": sends("purposeCode", 119),
            "HasLongBudgetCode": sends("budgetCode", "1081011"),
            "HasLongSenderCode": sends("senderCode", "191"),
            "HasShortBeneficiaryCode": sends("beneficiaryCode", "1"),
            "HasShortMcc": sends("mcc", "541"),
            "HasLongDescription": sends("description", "ж" * 71),
            "HasLongCreditor": sends("creditorName", "х" * 71),
            "HasLongDebtor": sends("debtorName", "х" * 71),
            "HasLongRrn": sends("rrn", "1" * 31),
            "HasPlainIin": sends("iinSender", "861231400123"),
            "HasShortHash": sends("iinReceiver", lambda text: text[:64]),
            "HasMisspeltRrn": adds("rn", "123456789012"),
            "HasBalanceAfter": adds("balanceAfter", 1),
        },
    ),
    "Institution": (
        "agent_json",
        "KZA-SHAPE-08",
        {
            "LacksBic": lacks("bic"),
            "HasLongBic": sends("bic", lambda text: f"{text}XXX"),
            "HasShortBin": sends("bin", lambda text: text[1:]),
            "HasNumericBin": sends("bin", 940140000385),
            "HasLongName": sends("name", "Б" * 257),
            "HasCountry": adds("country", "KZ"),
        },
    ),
    "Page": (
        "page_json",
        "KZA-SHAPE-09",
        {
            "LacksTotal": lacks("totalItems"),
            "LacksLastFlag": lacks("isLastPage"),
            "HasTotalAsText": sends("totalItems", as_text),
            "HasLastFlagAsNumber": sends("isLastPage", int),
            "HasPageNumber": adds("pageNumber", 1),
        },
    ),
    "Existence": (
        "exists_json",
        "KZA-SHAPE-10",
        {
            "LacksAnswer": lacks("exists"),
            "HasAnswerAsText": sends("exists", as_text),
            "HasOwner": adds("owner", "CLIENT"),
        },
    ),
}

for _object, (_method, _requirement, _damages) in _SINGLE_MEMBERS.items():
    for _wrong, _damage in _damages.items():
        _name = f"{_object}{_wrong}"
        globals()[_name] = type(
            _name,
            (Provider,),
            {
                "__doc__": f"One member of {_object} is wrong: {_wrong}.",
                "__module__": __name__,
                "breaks": _requirement,
                _method: damaged(_method, _damage),
            },
        )


# --- envelopes ----------------------------------------------------------------------------------------------


class ListsAccountsWithoutPage(Provider):
    """Sends no page object with accounts."""

    breaks = "KZA-SHAPE-01"

    def accounts_body(self, call: Call) -> dict[str, Any]:
        return {"data": super().accounts_body(call)["data"]}


class ListsAccountsBare(Provider):
    """Sends the accounts as a bare array."""

    breaks = "KZA-SHAPE-01"

    def accounts_body(self, call: Call) -> Any:
        return super().accounts_body(call)["data"]["accounts"]


class CountsAccountsInTheEnvelope(Provider):
    """Adds a member to the data of a list of accounts."""

    breaks = "KZA-SHAPE-01"

    def accounts_body(self, call: Call) -> dict[str, Any]:
        body = super().accounts_body(call)
        return {**body, "data": {**body["data"], "count": 1}}


class SendsBalanceWithoutData(Provider):
    """Sends the balance without its envelope."""

    breaks = "KZA-SHAPE-03"

    def balance_body(self, call: Call) -> dict[str, Any]:
        return dict(super().balance_body(call)["data"])


class SendsPageWithBalance(Provider):
    """Adds page details to a balance."""

    breaks = "KZA-SHAPE-03"

    def balance_body(self, call: Call) -> dict[str, Any]:
        return {**super().balance_body(call), "page": {"totalItems": 1, "isLastPage": True}}


class ListsTransactionsWithoutPage(Provider):
    """Sends no page object with transactions."""

    breaks = "KZA-SHAPE-06"

    def transactions_body(self, call: Call) -> dict[str, Any]:
        return {"data": super().transactions_body(call)["data"]}


class NamesTransactionsItems(Provider):
    """Calls the list of transactions `items`."""

    breaks = "KZA-SHAPE-06"

    def transactions_body(self, call: Call) -> dict[str, Any]:
        body = super().transactions_body(call)
        return {**body, "data": {"items": body["data"]["transactions"]}}


# --- JSON ---------------------------------------------------------------------------------------------------


class StartsWithByteOrderMark(Provider):
    """Puts a byte order mark before the JSON of an answer."""

    breaks = "KZA-SHAPE-11"

    def success_reply(self, value: Mapping[str, Any], request: Request) -> Any:
        return self.reply(200, b"\xef\xbb\xbf" + self.render_json(value), request)


class SendsMemberTwice(Provider):
    """Sends a member twice in one object."""

    breaks = "KZA-SHAPE-11"

    def success_reply(self, value: Mapping[str, Any], request: Request) -> Any:
        text = self.render_json(value)
        return self.reply(200, text.replace(b'"currency":', b'"currency":"XXX","currency":', 1), request)


class SpeaksWindows1251(Provider):
    """Encodes Russian texts in Windows-1251."""

    breaks = "KZA-SHAPE-11"

    def success_reply(self, value: Mapping[str, Any], request: Request) -> Any:
        return self.reply(200, self.render_json(value).decode("utf-8").encode("cp1251", "replace"), request)


class LeavesRubbishBehindTheJson(Provider):
    """Writes something after the end of a balance's JSON."""

    breaks = "KZA-SHAPE-11"

    def success_reply(self, value: Mapping[str, Any], request: Request) -> Any:
        rubbish = b"<!-- cached -->" if b"/balance" in request.target.encode() else b""
        return self.reply(200, self.render_json(value) + rubbish, request)


# --- values -------------------------------------------------------------------------------------------------


class HasHouseCurrency(Provider):
    """Uses a currency code that ISO 4217 does not know."""

    breaks = "KZA-SHAPE-13"

    def currency_text(self, code: str) -> str:
        return "KZZ" if code == "KZT" else code


class SharesIds(Provider):
    """Gives two accounts of one opening day the same id."""

    breaks = "KZA-SHAPE-14"

    def account_id_text(self, account: StoredAccount) -> str:
        mine = [entry for entry in self.ledger.accounts if entry.client == account.client and entry.is_active]
        return mine[0].account_id if account is mine[-1] else account.account_id


class RenumbersAccounts(Provider):
    """Gives an account another id on each call of the list."""

    breaks = "KZA-SHAPE-15"
    calls = 0

    def accounts_body(self, call: Call) -> dict[str, Any]:
        self.calls += 1
        body = super().accounts_body(call)
        for account in body["data"]["accounts"]:
            account["accountId"] = f"{self.calls:04x}{account['accountId'][4:]}"
        return body

    def find_account(self, account_id: str) -> StoredAccount | None:
        return next((entry for entry in self.ledger.accounts if entry.account_id[4:] == account_id[4:]), None)


class IdentifiesByIban(Provider):
    """Uses the IBAN as accountId."""

    breaks = "KZA-SHAPE-16"

    def account_id_text(self, account: StoredAccount) -> str:
        return account.iban


class NumbersAccounts(Provider):
    """Uses a short number as accountId."""

    breaks = "KZA-SHAPE-17"

    def account_id_text(self, account: StoredAccount) -> str:
        return f"acc-{account.account_id[:8]}"


class MasksWithStars(Provider):
    """Fills maskedNumber with stars."""

    breaks = "KZA-SHAPE-18"

    def masked_number(self, account: StoredAccount) -> str:
        return f"**{super().masked_number(account)[-2:]}"


class RepeatsTransactionIds(Provider):
    """Uses the day as transactionId."""

    breaks = "KZA-SHAPE-19"

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().transaction_json(transaction, account, call)
        return {**members, "transactionId": members["createDateTime"][:10]}


class ForgetsMccOnDebitCards(Provider):
    """Sends no mcc with transactions of debit cards."""

    breaks = "KZA-SHAPE-20"

    def merchant_category(self, transaction: StoredTransaction, account: StoredAccount) -> str | None:
        return None if account.type == "DEBIT_CARD" else transaction.mcc


class ForgetsMccOnCreditCards(Provider):
    """Sends no mcc with transactions of credit cards."""

    breaks = "KZA-SHAPE-20"

    def merchant_category(self, transaction: StoredTransaction, account: StoredAccount) -> str | None:
        return None if account.type == "CREDIT_CARD" else transaction.mcc


class NamesTheClientAsCreditor(Provider):
    """Names the client as creditor of incoming money."""

    breaks = "KZA-SHAPE-21"

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().transaction_json(transaction, account, call)
        if members["creditDebitIndicator"] == "CREDIT":
            members["creditorName"] = "Клиент"
        return members


class NamesMerchantCategoryInWords(Provider):
    """Writes letters into mcc."""

    breaks = "KZA-SHAPE-22"

    def merchant_category(self, transaction: StoredTransaction, account: StoredAccount) -> str | None:
        return "FOOD" if transaction.mcc else None
