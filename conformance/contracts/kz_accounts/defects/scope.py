"""Providers that open the wrong doors to a scope."""

from __future__ import annotations

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, unauthorized
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode, Scope

# --- the right scope does not suffice ---------------------------------------------------------------------


class _WantsAnotherScopeAsWell(Provider):
    at: Scope
    also: Scope

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        wanted = {required, self.also} if required is self.at else {required}
        return wanted <= granted


class WantsBalancesForTheList(_WantsAnotherScopeAsWell):
    """The list shows balances, and so it asks for both scopes."""

    breaks = "KZA-SCOPE-01"
    at, also = Scope.ACCOUNTS, Scope.BALANCE


class WantsTheListForBalances(_WantsAnotherScopeAsWell):
    """Gives a balance only to those who may see the list."""

    breaks = "KZA-SCOPE-02"
    at, also = Scope.BALANCE, Scope.ACCOUNTS


class WantsTheListForTransactions(_WantsAnotherScopeAsWell):
    """Gives transactions only to those who may see the list."""

    breaks = "KZA-SCOPE-03"
    at, also = Scope.TRANSACTIONS, Scope.ACCOUNTS


class DoesNotKnowTheScopeOfBalances(Provider):
    """Looks for the scope `balances`, which nobody has; only all three together pass."""

    breaks = "KZA-SCOPE-02"

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return len(granted) == 3 if required is Scope.BALANCE else super().scope_is_granted(granted, required)


# --- a wrong scope does -----------------------------------------------------------------------------------


class _ChecksNoScope(Provider):
    at: Operation

    def required_scope(self, call: Call) -> Scope | None:
        return None if call.operation is self.at else super().required_scope(call)


class ChecksNoScopeAtTheList(_ChecksNoScope):
    """Any token opens the list."""

    breaks = "KZA-SCOPE-04"
    at = Operation.ACCOUNTS


class ChecksNoScopeAtBalances(_ChecksNoScope):
    """Any token opens balances."""

    breaks = "KZA-SCOPE-05"
    at = Operation.BALANCE


class ChecksNoScopeAtTransactions(_ChecksNoScope):
    """Any token opens transactions."""

    breaks = "KZA-SCOPE-06"
    at = Operation.TRANSACTIONS


class _TakesNoScopeForAll(Provider):
    at: Scope

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return (required is self.at and not granted) or super().scope_is_granted(granted, required)


class TakesNoScopeForAllAtTheList(_TakesNoScopeForAll):
    """A token without scopes is taken for one without limits."""

    breaks = "KZA-SCOPE-04"
    at = Scope.ACCOUNTS


class TakesNoScopeForAllAtBalances(_TakesNoScopeForAll):
    """A token without scopes is taken for one without limits."""

    breaks = "KZA-SCOPE-05"
    at = Scope.BALANCE


class TakesNoScopeForAllAtTransactions(_TakesNoScopeForAll):
    """A token without scopes is taken for one without limits."""

    breaks = "KZA-SCOPE-06"
    at = Scope.TRANSACTIONS


class _OpensWith(Provider):
    at: Scope
    key: Scope

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return (required is self.at and self.key in granted) or super().scope_is_granted(granted, required)


class OpensTheListWithTransactions(_OpensWith):
    """The wrong constant stands at one endpoint."""

    breaks = "KZA-SCOPE-04"
    at, key = Scope.ACCOUNTS, Scope.TRANSACTIONS


class OpensBalancesWithTheList(_OpensWith):
    """The list shows balances, and so its scope opens them one by one."""

    breaks = "KZA-SCOPE-05"
    at, key = Scope.BALANCE, Scope.ACCOUNTS


class OpensTransactionsWithBalances(_OpensWith):
    """Who may see the balance may see how it came about."""

    breaks = "KZA-SCOPE-06"
    at, key = Scope.TRANSACTIONS, Scope.BALANCE


# --- the status of a refusal ------------------------------------------------------------------------------


class _RefusesAWrongScopeWith(Provider):
    refusal: Refusal

    def check_scope(self, call: Call) -> None:
        try:
            super().check_scope(call)
        except Refusal:
            raise self.refusal from None


class RefusesAWrongScopeWith401(_RefusesAWrongScopeWith):
    """Does not tell a wrong scope from a bad token."""

    breaks = "KZA-SCOPE-07"
    refusal = unauthorized("access token has the wrong scope")


class RefusesAWrongScopeWith404(_RefusesAWrongScopeWith):
    """Hides what may not be seen."""

    breaks = "KZA-SCOPE-07"
    refusal = Refusal(404, "NOT_FOUND", "path not found")


class RefusesAWrongScopeWith400(_RefusesAWrongScopeWith):
    """Takes a wrong scope for a wrong request."""

    breaks = "KZA-SCOPE-07"
    refusal = Refusal(400, ErrorCode.HEADER_INVALID, "Authorization: wrong scope")


# --- nearly the right scope -------------------------------------------------------------------------------


class FindsScopesInsideOthers(Provider):
    """Looks for the name anywhere in the text of the scopes."""

    breaks = "KZA-SCOPE-08"

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return required in " ".join(granted)


class TakesPartsOfAScope(Provider):
    """Looks for the text of the token in the name of the scope."""

    breaks = "KZA-SCOPE-08"

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return any(name in required for name in granted - set(Scope)) or required in granted


class TakesScopesInAnyCase(Provider):
    """Compares scopes as if they were words of a person."""

    breaks = "KZA-SCOPE-08"

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return required in {name.lower() for name in granted}


class TakesScopesByTheirBeginning(Provider):
    """Takes the plural for the singular."""

    breaks = "KZA-SCOPE-08"

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return any(name.startswith(required) for name in granted)


class SplitsScopesAtCommas(Provider):
    """Reads a list that the authorization server never writes."""

    breaks = "KZA-SCOPE-08"

    def granted_scopes(self, call: Call) -> frozenset[str]:
        return frozenset(part for name in super().granted_scopes(call) for part in name.split(","))
