"""Providers that filter accounts wrongly by the date of their opening."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, invalid, not_found
from conformance.contracts.kz_accounts.filters import OpeningRange
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.pages import Paging
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode


class IgnoresTheFirstOpening(Provider):
    """Lists accounts however long ago they were opened."""

    breaks = "KZA-OPENINGS-01"

    def opened_late_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return True


class IgnoresTheLastOpening(Provider):
    """Lists accounts however lately they were opened."""

    breaks = "KZA-OPENINGS-01"

    def opened_early_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return True


class IgnoresAStartAlone(Provider):
    """Lists all accounts when only `from` is given."""

    breaks = "KZA-OPENINGS-01"

    def opened_late_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.end is None or super().opened_late_enough(account, opened)


class TakesTheWholeDayOfOpening(Provider):
    """Lists all accounts opened on the last day."""

    breaks = "KZA-OPENINGS-01"

    def opened_early_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.end is None or account.opened.date() <= opened.end.date()


class LosesTheLastDayOfOpening(Provider):
    """Leaves out the accounts opened on the last day."""

    breaks = "KZA-OPENINGS-02"

    def opened_early_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.end is None or account.opened.date() < opened.end.date()


class EndsAMonthAfterAStartAlone(Provider):
    """Without `to` only the accounts of 30 days are listed."""

    breaks = "KZA-OPENINGS-02"

    def opened_early_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        if opened.start is not None and opened.end is None:
            return account.opened <= opened.start + timedelta(days=30)
        return super().opened_early_enough(account, opened)


class LimitsOpeningDatesToNinetyDays(Provider):
    """Applies the limit for windows of transactions to opening dates."""

    breaks = "KZA-OPENINGS-03"

    def opening_range_is_reversed(self, opened: OpeningRange) -> bool:
        if opened.start and opened.end and opened.end - opened.start > timedelta(days=90):
            raise invalid("to", "must be within 90 days of from")
        return super().opening_range_is_reversed(opened)


class LimitsTheAgeOfOpeningDates(Provider):
    """Refuses opening dates of more than 180 days ago."""

    breaks = "KZA-OPENINGS-03"

    def opening_range_is_reversed(self, opened: OpeningRange) -> bool:
        if opened.start and opened.start < self.clock() - timedelta(days=180):
            raise invalid("from", "must not be earlier than 180 days ago")
        return super().opening_range_is_reversed(opened)


class LimitsOpeningDatesToAYear(Provider):
    """Refuses opening dates that span more than a year."""

    breaks = "KZA-OPENINGS-03"

    def opening_range_is_reversed(self, opened: OpeningRange) -> bool:
        if opened.start and (opened.end or self.clock()) - opened.start > timedelta(days=2000):
            raise invalid("to", "must be within years of from")
        return super().opening_range_is_reversed(opened)


class DemandsAnEndOfOpeningDates(Provider):
    """Refuses `from` without `to` for accounts."""

    breaks = "KZA-OPENINGS-03"

    def opening_range_is_reversed(self, opened: OpeningRange) -> bool:
        if opened.start is not None and opened.end is None:
            raise Refusal(400, ErrorCode.FIELD_MISSING, "to: is missing")
        return super().opening_range_is_reversed(opened)


class ServesReversedOpeningDates(Provider):
    """Answers opening dates whose start is later than their end with an empty list."""

    breaks = "KZA-OPENINGS-04"

    def opening_range_is_reversed(self, opened: OpeningRange) -> bool:
        return False


class ComparesOpeningDatesByDay(Provider):
    """Serves opening dates whose start is later than their end on the same day."""

    breaks = "KZA-OPENINGS-04"

    def opening_range_is_reversed(self, opened: OpeningRange) -> bool:
        return bool(opened.start and opened.end and opened.start.date() > opened.end.date())


class PrefersTheTypeToTheDates(Provider):
    """With a type the opening dates do not count."""

    breaks = "KZA-OPENINGS-05"

    def opening_range(self, call: Call) -> OpeningRange:
        opened = super().opening_range(call)
        return OpeningRange(None, None) if call.values("type") else opened


class FindsNothingByTypeAndDates(Provider):
    """With a type and opening dates only the accounts of the last year are listed."""

    breaks = "KZA-OPENINGS-05"

    def opening_range(self, call: Call) -> OpeningRange:
        opened = super().opening_range(call)
        if call.values("type") and opened.start:
            return OpeningRange(max(opened.start, self.clock() - timedelta(days=365)), opened.end)
        return opened


class _OnEmptyLists(Provider):
    def nothing_fits(self, matching: Sequence[Any], call: Call) -> bool:
        return not matching and call.operation is Operation.ACCOUNTS


class DoesNotFindAnEmptyList(_OnEmptyLists):
    """Answers 404 when no account fits."""

    breaks = "KZA-OPENINGS-06"

    def matching_accounts(self, call: Call) -> Sequence[StoredAccount]:
        matching = super().matching_accounts(call)
        if self.nothing_fits(matching, call):
            raise not_found("accounts")
        return matching


class CountsOneOfNone(_OnEmptyLists):
    """totalItems is 1 when no account fits."""

    breaks = "KZA-OPENINGS-06"

    def total_items(self, matching: Sequence[Any], paging: Paging, call: Call) -> int:
        return 1 if self.nothing_fits(matching, call) else len(matching)


class PromisesMoreOfNone(_OnEmptyLists):
    """isLastPage is false when no account fits."""

    breaks = "KZA-OPENINGS-06"

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        return not self.nothing_fits(matching, call) and super().page_is_last(matching, paging, call)
