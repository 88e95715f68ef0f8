"""The doctor: a few read-only looks at a target before any verdict.

From the outside in: does the address look like production, is its name known, does it take a connection, is its
certificate good, do the clocks agree; then what the contract itself wants to know. A look that stops the run is the
last one: what lies behind it could not be seen.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from conformance.engine.finding import Finding, Owner, Severity, fine, stop, warning
from conformance.engine.observation import Departure, Inconclusive, Observation, observing
from conformance.engine.session import Memory, Session
from conformance.errors import NoAnswer, TargetUnreachable, UnreadableReply
from conformance.transport import tls
from conformance.transport.channel import Channel
from conformance.transport.http import HttpTransport, tls_context, tls_remedy
from conformance.transport.recorder import Recorder
from conformance.transport.timing import RealTimer

if TYPE_CHECKING:
    from conformance.config import Configuration, Target
    from conformance.engine.contract import Contract
    from conformance.transport.redaction import Redactor

DOCTOR = "doctor"
SOON = timedelta(days=14)  # a certificate that ends sooner may end before the next run
SLIGHT_SKEW_S = 5.0  # what two clocks kept by NTP, and the way between them, never reach
LARGEST_SKEW_S = 300.0  # beyond it tokens and windows of time would be judged by the wrong clock
_DEFAULT_RPS = 10.0  # where the configuration sets no limit

# Parts of host names that say "not production", and endings that no public name has (RFC 2606, 6761, 6762, 8375).
_NOT_PRODUCTION = re.compile(
    r"\d*(tests?|testing|tst|stage|staging|stg|sandbox|sbx|uat|sit|qa|dev|develop|development|demo|mock|stub|pre|preprod|"
    r"nonprod|lab|local|localhost|ift|psi|pilot|stand|acc|acceptance|conformance|cert|certification)\d*"
)
_NEVER_PUBLIC = (".test", ".example", ".invalid", ".localhost", ".local", ".internal", ".lan", ".home.arpa")


def looks_like_production(base_url: str) -> bool:
    """Whether nothing in the address says that it is not: a mark in the host name, a private address, a bare name."""
    host = tls.address_of(base_url)[0].lower().rstrip(".")
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    if "." not in host or host.endswith(_NEVER_PUBLIC):
        return False
    return not any(_NOT_PRODUCTION.fullmatch(part) for part in re.split(r"[.\-_]", host))


class Doctor:
    """Looks at one target. `findings` is complete after `examine`; no text in it holds a secret.

    It sends on a channel of its own, so that nothing of it is in the record of a run.
    """

    def __init__(
        self,
        contract: Contract,
        declaration: Configuration,
        transport: HttpTransport,
        redactor: Redactor,
        now: datetime,
        *,
        production_allowed: bool = False,
        max_rps: float | None = None,
    ) -> None:
        self._contract = contract
        self._declaration = declaration
        self._transport = transport
        self._production_allowed = production_allowed
        rate = max_rps or declaration.limits.max_rps or _DEFAULT_RPS
        recorder = Recorder(redactor)
        self.channel = Channel(transport, recorder, timer=RealTimer(), max_rps=rate, in_flight=1)
        self._redactor = redactor
        self._session = Session(
            declaration, now, DOCTOR, self.channel, Memory(0), lambda: list(recorder.exchanges), redactor, 1
        )
        self.findings: list[Finding] = []

    @property
    def stops(self) -> list[Finding]:
        """The findings that leave no room for a run."""
        return [finding for finding in self.findings if finding.severity is Severity.STOPS]

    def examine(self) -> list[Finding]:
        """Look at everything, until something stops. Raises Stopped when the channel is stopped meanwhile."""
        target, timeout_s = self._declaration.target, self._declaration.limits.timeout_s
        looks: list[Callable[[], Iterable[Finding]]] = [
            lambda: environment(target.base_url, self._production_allowed),
            lambda: network(target.base_url, timeout_s),
            lambda: encryption(target, timeout_s),
            lambda: clock(self._transport),
            self._probed,
        ]
        if self._declaration.role in self._contract.attend:
            looks = []  # there is nobody to look at: the target calls the suite
        looks += [partial(look, self._session) for look in self._contract.doctor]
        for look in looks:
            with observing(Observation()):
                for finding in _guarded(look):
                    self._note(finding)
            if self.stops:
                break
        if self.channel.counters.requests:
            for finding in met_rate_limit(self.channel.counters.throttled):
                self._note(finding)
        return self.findings

    def _note(self, finding: Finding) -> None:
        prose = self._redactor.prose
        self.findings.append(replace(finding, text=prose(finding.text), remedy=prose(finding.remedy)))

    def _probed(self) -> Iterator[Finding]:
        self._contract.probe(self._session)
        yield fine("API", f"{self._declaration.target.base_url}: answers")


def _guarded(look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of one look; that it could not be finished is a finding, too."""
    try:
        yield from look()
    except TargetUnreachable as fault:
        yield stop("API", Owner.TARGET, str(fault), "see that it is up, and that target.base_url leads to it")
    except NoAnswer as fault:
        yield stop("API", Owner.TARGET, f"no answer ({fault})", "see that it is up, or raise limits.timeout_s")
    except UnreadableReply as fault:
        yield warning(
            "API", Owner.TARGET, f"an answer cannot be read ({fault})", "the run will say which rule it breaks"
        )
    except Inconclusive as gap:
        yield warning("API", Owner.CONFIGURATION, "not all could be looked at", f"needed: {gap.missing}")
    except Departure as end:
        yield warning("API", Owner.TARGET, f"not all could be looked at: {end.subject}", "the run will say more")


# --- looks that every contract needs --------------------------------------------------------------------------


def environment(base_url: str, allowed: bool) -> Iterator[Finding]:
    """What looks like production is left alone without leave."""
    host = tls.address_of(base_url)[0]
    if not looks_like_production(base_url):
        yield fine("environment", f"{host}: does not look like production", Owner.CONFIGURATION)
        return
    text = f"{host}: looks like production"
    if allowed:
        yield warning("environment", Owner.CONFIGURATION, text, "leave was given; watch the load and the audit log")
    else:
        yield stop(
            "environment",
            Owner.CONFIGURATION,
            text,
            "nothing was sent; take a test system as target.base_url, or say --yes-production",
        )


def network(base_url: str, timeout_s: float) -> Iterator[Finding]:
    """Name resolution, then a bare connection."""
    host, port = tls.address_of(base_url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        text = f"{host}: the name is not known here ({getattr(error, 'strerror', None) or error})"
        yield stop("name", Owner.CONFIGURATION, text, "check target.base_url, the name service and the VPN")
        return
    addresses = sorted({str(entry[4][0]) for entry in found})
    yield fine("name", f"{host}: {', '.join(addresses)}")
    started = time.monotonic()
    try:
        socket.create_connection((host, port), timeout=timeout_s).close()
    except OSError as error:
        text = f"{host}:{port}: nothing answers ({error.strerror or error})"
        yield stop("connection", Owner.TARGET, text, "check target.base_url and the network")
        return
    yield fine("connection", f"{host}:{port}: taken within {(time.monotonic() - started) * 1000:.0f} ms")


def encryption(target: Target, timeout_s: float) -> Iterator[Finding]:
    """The certificates of both ends: whether the chain leads to a trusted issuer, and when they end."""
    if not target.base_url.lower().startswith("https:"):
        return
    yield from _client_certificate(target)
    host, port = tls.address_of(target.base_url)
    context = tls_context(target.ca_file, target.client_cert, target.client_key)
    try:
        seen = tls.greeted(host, port, context, timeout_s)
    except ssl.SSLError as error:
        text = f"{host}:{port}: TLS failed ({error})"
        yield stop("TLS", _owner_of(str(error)), text, tls_remedy(str(error)))
        return
    except OSError as error:
        text = f"{host}:{port}: TLS failed ({error.strerror or error})"
        yield stop("TLS", Owner.TARGET, text, tls_remedy(str(error)))
        return
    told = f"{host}: {seen.version}, certificate of {seen.issuer}"
    yield _ending("TLS", Owner.TARGET, told, seen.ends, "have the server's certificate renewed")


def clock(transport: HttpTransport) -> Iterator[Finding]:
    """The Date header of any answer beside the clock of this machine (RFC 9110, 6.6.1)."""
    before = datetime.now(UTC)
    reply = transport.reach()
    after = datetime.now(UTC)
    text = reply.header("Date")
    if text is None:
        yield warning("clock", Owner.TARGET, "no Date header to compare the clocks by", "compare them yourself")
        return
    try:
        told = parsedate_to_datetime(text)
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
    except ValueError:
        yield warning("clock", Owner.TARGET, "the Date header holds no date", "see RFC 9110, 5.6.7")
        return
    # The header is cut to whole seconds, and was written at some moment between the request and its answer.
    ahead = max((told - after).total_seconds(), 0.0)
    behind = max((before - told).total_seconds() - 1, 0.0)
    skew = ahead or -behind
    remedy = "set the clock that is wrong by NTP; tokens and windows of time go by both"
    if abs(skew) <= SLIGHT_SKEW_S:
        yield fine("clock", f"agrees with this machine within {max(abs(skew), 1):.0f} s")
        return
    words = f"the target's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
    if abs(skew) > LARGEST_SKEW_S:
        yield stop("clock", Owner.TARGET, words, remedy)
    else:
        yield warning("clock", Owner.TARGET, words, remedy)


def met_rate_limit(throttled: int) -> Iterator[Finding]:
    """Whether these few requests were too many."""
    if throttled:
        remedy = "lower limits.max_rps, or see who else uses this client"
        yield warning("rate limit", Owner.TARGET, f"429 came {throttled} times to a few requests", remedy)
    else:
        yield fine("rate limit", "not met")


def _client_certificate(target: Target) -> Iterator[Finding]:
    if target.client_cert is None:
        return
    first = x509.load_pem_x509_certificates(Path(target.client_cert).read_bytes())[0]
    ends = first.not_valid_after_utc
    yield _ending("client certificate", Owner.CONFIGURATION, "target.client_cert", ends, "have it renewed")


def _ending(topic: str, owner: Owner, what: str, ends: datetime, remedy: str) -> Finding:
    left = ends - datetime.now(UTC)
    if left < timedelta(0):
        return stop(topic, owner, f"{what}: expired on {ends:%Y-%m-%d}", remedy)
    text = f"{what}: {left.days} days left"
    return warning(topic, owner, text, remedy) if left < SOON else fine(topic, text, owner)


def _owner_of(reason: str) -> Owner:
    """An unknown issuer and a missing client certificate are for the configuration to mend."""
    asked_of_us = ("unable to get local issuer", "unable to get issuer", "self-signed", "self signed", "ALERT")
    return Owner.CONFIGURATION if any(word in reason for word in asked_of_us) else Owner.TARGET
