"""kz-accounts 25, 26: how the provider would be reached in production, told as facts about the connection.

The provider itself speaks no TLS; in process it tells what a measurement of the server in front of it would find.
"""

from __future__ import annotations

from typing import Any


class TlsRules:
    """A server that takes TLS 1.2 and 1.3 only, with a good certificate."""

    tls_versions = frozenset({"TLSv1.2", "TLSv1.3"})

    def published_url(self, base_url: str) -> str:
        """26: the address that is given to the System names https."""
        return base_url

    def connection_facts(self, what: str) -> dict[str, Any]:
        """The facts that `transport.tls` would measure."""
        kind, _, detail = what.partition(":")
        match kind:
            case "handshake":
                return {"accepted": self.takes_tls_version(detail)}
            case "certificate":
                return self.certificate_facts()
            case _:
                return {"status": self.status_in_clear()}

    def takes_tls_version(self, version: str) -> bool:
        """25: not below 1.2."""
        return version in self.tls_versions

    def certificate_facts(self) -> dict[str, Any]:
        """25: trusted, for this host, not expired."""
        return {"trusted": True, "days_left": 300}

    def status_in_clear(self) -> int | None:
        """26: nothing answers to plain HTTP."""
        return None
