"""Providers behind a server whose encryption is weak or missing."""

from __future__ import annotations

from typing import Any

from conformance.contracts.kz_accounts.provider import Provider


class AlsoServesInClear(Provider):
    """Answers over plain HTTP too."""

    breaks = "KZA-TLS-01"

    def status_in_clear(self) -> int | None:
        return 200


class AsksForTokensInClear(Provider):
    """Asks for a token over plain HTTP."""

    breaks = "KZA-TLS-01"

    def status_in_clear(self) -> int | None:
        return 401


class PublishesAPlainAddress(Provider):
    """Gives out an address without encryption."""

    breaks = "KZA-TLS-01"

    def published_url(self, base_url: str) -> str:
        return base_url.replace("https://", "http://")


class StillTakesTls10(Provider):
    """Accepts TLS 1.0."""

    breaks = "KZA-TLS-02"
    tls_versions = frozenset({"TLSv1", "TLSv1.2", "TLSv1.3"})


class StillTakesTls11(Provider):
    """Accepts TLS 1.1."""

    breaks = "KZA-TLS-02"
    tls_versions = frozenset({"TLSv1.1", "TLSv1.2", "TLSv1.3"})


class OffersOnlyOldVersions(Provider):
    """Offers TLS 1.1 at best."""

    breaks = "KZA-TLS-03"
    tls_versions = frozenset({"TLSv1", "TLSv1.1"})


class LacksTls13(Provider):
    """Offers TLS 1.2 only."""

    breaks = "KZA-TLS-04"
    tls_versions = frozenset({"TLSv1.2"})


class ShowsAnExpiredCertificate(Provider):
    """Has let its certificate expire."""

    breaks = "KZA-TLS-05"

    def certificate_facts(self) -> dict[str, Any]:
        return {"trusted": False, "reason": "certificate has expired"}
