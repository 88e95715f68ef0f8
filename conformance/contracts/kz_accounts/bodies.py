"""kz-accounts 10, 14-15, 43, A2: the objects of a successful answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.ledger import CreditLine, Institution, Money, StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.wire import date_time_text

JsonObject = dict[str, Any]


class BodyRules:
    """How what is stored looks on the wire."""

    offset_hours: int | None = 5  # of every date; None writes `Z`

    def account_json(self, account: StoredAccount, call: Call) -> JsonObject:
        """A2.2: an account of the list; v1 knows no type, masked number or second id."""
        members = {
            "accountId": self.account_id_text(account),
            "currentBalance": self.listed_balance(account),
            "currency": self.currency_text(account.currency),
            "openedDateTime": self.date_time_json(account.opened),
            "description": account.description,
        }
        if call.dialect.has_types:
            members |= {
                "type": account.type,
                "maskedNumber": self.masked_number(account),
                "altAccountId": account.alternative_id,
            }
        return self.without_absent(members)

    def account_id_text(self, account: StoredAccount) -> str:
        """94-97, A5: the id that the System gave, never the IBAN, the same on every call."""
        return account.account_id

    def masked_number(self, account: StoredAccount) -> str:
        """A2.2: the last four digits of the card for card accounts, of the IBAN for the others."""
        return account.card_last_four or account.iban[-4:]

    def listed_balance(self, account: StoredAccount) -> int:
        """The list tells the same balance as the balance endpoint (R27)."""
        return self.current_balance(account)

    def current_balance(self, account: StoredAccount) -> int:
        return account.current

    def balance_json(self, account: StoredAccount, call: Call) -> JsonObject:
        """A2.3: the optional arrays are always there (15)."""
        members = {
            "currentBalance": self.current_balance(account),
            "availableBalance": account.available,
            "blockedBalance": account.held,
            "currency": self.currency_text(account.currency),
        }
        return {
            **self.without_absent(members),
            "creditLine": [self.credit_line_json(line) for line in account.credit_lines],
            "purses": [self.amount_json(purse) for purse in account.purses],
        }

    def credit_line_json(self, line: CreditLine) -> JsonObject:
        """A2.4."""
        return {"included": line.included, "type": line.type, "amount": self.amount_json(line.amount)}

    def amount_json(self, money: Money) -> JsonObject:
        """A2.5: minor units, as an integer."""
        return {"amount": money.amount, "currency": self.currency_text(money.currency)}

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> JsonObject:
        """A2.7: v1 and v2 know no RRN and no hashed identification numbers."""
        members = {
            "transactionId": transaction.transaction_id,
            "documentNumber": transaction.document_number,
            "reference": transaction.reference,
            "status": transaction.status,
            "amount": self.amount_json(transaction.amount),
            "chargeAmount": transaction.charge and self.amount_json(transaction.charge),
            "creditDebitIndicator": transaction.direction,
            "type": transaction.type,
            "purposeCode": transaction.purpose_code,
            "budgetCode": transaction.budget_code,
            "senderCode": transaction.sender_code,
            "beneficiaryCode": transaction.beneficiary_code,
            "mcc": self.merchant_category(transaction, account),
            "description": transaction.description,
            "createDateTime": self.date_time_json(transaction.created),
            "bookingDateTime": transaction.booked and self.date_time_json(transaction.booked),
            "valueDateTime": transaction.valued and self.date_time_json(transaction.valued),
            "creditorName": transaction.creditor_name,
            "debtorName": transaction.debtor_name,
            "creditorAgent": transaction.creditor_agent and self.agent_json(transaction.creditor_agent),
            "debtorAgent": transaction.debtor_agent and self.agent_json(transaction.debtor_agent),
        }
        if call.dialect.has_rrn:
            members |= {
                "rrn": transaction.rrn,
                "iinSender": transaction.iin_sender,
                "iinReceiver": transaction.iin_receiver,
            }
        return self.without_absent(members)

    def merchant_category(self, transaction: StoredTransaction, account: StoredAccount) -> str | None:
        """A2.7: every transaction of a card account carries it."""
        return transaction.mcc

    def agent_json(self, institution: Institution) -> JsonObject:
        """A2.8."""
        return self.without_absent({"bic": institution.bic, "bin": institution.bin, "name": institution.name})

    def exists_json(self, known: bool) -> JsonObject:
        """43, 74."""
        return {"exists": known}

    # --- values -------------------------------------------------------------------------------------------

    def without_absent(self, members: Mapping[str, Any]) -> JsonObject:
        """14: a member without a value is left out, never sent as null, blank text or {}."""
        return {name: value for name, value in members.items() if not _is_absent(value)}

    def date_time_json(self, moment: datetime) -> str:
        """10: every date carries its zone."""
        return date_time_text(moment, self.offset_hours)

    def currency_text(self, code: str) -> str:
        """A2.5: three capital letters of ISO 4217."""
        return code


def _is_absent(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else value is None or value == {}
