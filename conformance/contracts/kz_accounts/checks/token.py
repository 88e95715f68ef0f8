"""kz-accounts 5, 22-24, 92-93: a token that is not genuine, in force and meant for this API gives nothing.

Each bad token goes to every endpoint, right after a good one. Any refusal will do here; that it has status 401
is a rule of the topic `auth`.
"""

from __future__ import annotations

from conformance.contracts.kz_accounts import credentials
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import not_served
from conformance.engine.check import check


@check("KZA-TOKEN-01")
def an_expired_token_is_given_nothing(accounts: Accounts) -> None:
    """An expired token is given nothing, at any endpoint."""
    for attempt in credentials.expired(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-02")
def a_token_that_is_not_yet_valid_is_given_nothing(accounts: Accounts) -> None:
    """A token whose `nbf` lies an hour ahead is given nothing; its twin differs in that claim alone."""
    for attempt in credentials.not_yet_valid(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-03")
def a_revoked_token_is_given_nothing(accounts: Accounts) -> None:
    """A token whose consent the client withdrew is given nothing, at any endpoint."""
    for attempt in credentials.revoked(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-04")
def a_token_signed_by_a_foreign_key_is_given_nothing(accounts: Accounts) -> None:
    """A token signed by a key that the authorization server never published is given nothing."""
    for attempt in credentials.foreign_key(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-04")
def a_token_under_an_unknown_key_id_is_given_nothing(accounts: Accounts) -> None:
    """
    A token that names a key id nobody published, and is signed by such a key, is given nothing.

    Signed by the published key it would be genuine whatever its `kid` says; so the key is foreign as well.
    """
    for attempt in credentials.unknown_key_id(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-04")
def a_token_with_algorithm_none_is_given_nothing(accounts: Accounts) -> None:
    """A token with `alg: none`, in any spelling, is given nothing, with an empty signature or the old one."""
    for attempt in credentials.algorithm_none(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-04")
def a_token_without_its_signature_is_given_nothing(accounts: Accounts) -> None:
    """A token stripped of its signature is given nothing, with and without the last dot."""
    for attempt in credentials.stripped(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-04")
def a_token_with_one_changed_bit_of_signature_is_given_nothing(accounts: Accounts) -> None:
    """A token whose signature differs in one bit is given nothing, whether in its first or its last byte."""
    for attempt in credentials.changed_signature(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-04")
def a_token_with_changed_claims_is_given_nothing(accounts: Accounts) -> None:
    """A token whose subject, scope or expiry was changed under the old signature is given nothing."""
    for attempt in credentials.changed_claims(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-04")
def a_token_keyed_with_the_public_key_is_given_nothing(accounts: Accounts) -> None:
    """A token signed with HMAC, keyed with the text of the published key or with nothing, is given nothing."""
    for attempt in credentials.public_key_as_secret(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-04")
def a_token_that_brings_its_own_key_is_given_nothing(accounts: Accounts) -> None:
    """A token that carries the key it was signed with in its header is given nothing."""
    for attempt in credentials.embedded_key(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-05")
def a_token_of_another_issuer_is_given_nothing(accounts: Accounts) -> None:
    """A token that names another issuer than the System's authorization server is given nothing."""
    for attempt in credentials.other_issuer(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-TOKEN-06")
def a_token_for_another_audience_is_given_nothing(accounts: Accounts) -> None:
    """A token made for another audience is given nothing."""
    for attempt in credentials.other_audience(accounts):
        not_served(attempt.what, attempt.answer)
