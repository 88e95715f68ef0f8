"""What the doctor wants to know of instant-payment: keys, certificates, names, clocks, whether our signature is known.

Two requests go out at most, both questions for a payment that nobody opened. No key is printed: of each only kind and
length are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from stdnum import bic

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.declaration import Declaration, KeyPair
from conformance.contracts.instant_payment.judgement import story, took_effect
from conformance.contracts.instant_payment.published_keys import SPARE, STRAY
from conformance.contracts.instant_payment.sender_declaration import SenderDeclaration
from conformance.contracts.instant_payment.wire import date_text
from conformance.crypto.certificates import certificate
from conformance.crypto.keys import private_key, public_part, rsa_public
from conformance.engine.finding import Finding, Owner, fine, stop, warning
from conformance.engine.session import Session

SOON = timedelta(days=14)  # a certificate that ends sooner may end before the next run
LONGEST_KEY = 4096  # bits; a longer one makes a run slow, since every message is signed
_OURS = Owner.CONFIGURATION


def keys(session: Session) -> Iterator[Finding]:
    """Each key: kind and length, whether its halves belong together, and whose else it is. Nothing is sent."""
    seen: dict[str, str] = {}
    for name, pair in _pairs(session):
        place = f"keys.{name}"
        if pair.private and pair.public and not _belong_together(pair):
            text = f"{place}: private and public are halves of different keys"
            yield stop("key", _OURS, text, "give the two halves of one key, or leave public out")
            continue
        if pair.private in (STRAY, SPARE):
            text = f"{place}: is a test key that is published with this suite"
            yield stop("key", _OURS, text, "take a key of your own: anybody could sign with this one")
            continue
        yield _of_one_key(place, pair)
        half = pair.verifying
        known = seen.setdefault(half.thumbprint(), place) if half is not None else place
        if known != place:
            text = f"{place} and {known} are the same key"
            yield warning("key", _OURS, text, "give each bank a key of its own, or mixed up keys cannot be seen")


def certificates(session: Session) -> Iterator[Finding]:
    """The certificates that stand in place of public keys: how long they are in force. Nothing is sent."""
    for name, pair in _pairs(session):
        if pair.public is None or "CERTIFICATE" not in pair.public:
            continue
        found = certificate(pair.public)
        told = f"keys.{name}.public: certificate of {found.subject}"
        left = found.not_after - session.now
        if found.not_before > session.now:
            text = f"{told}, in force from {found.not_before:%Y-%m-%d} on"
            yield stop("certificate", _OURS, text, "give the certificate in use, or check the clock of this machine")
        elif left < timedelta(0):
            text = f"{told}, expired on {found.not_after:%Y-%m-%d}"
            yield stop("certificate", _OURS, text, "have it renewed, and name the new one as cert_id")
        elif left < SOON:
            yield warning("certificate", _OURS, f"{told}, {left.days} days left", "have it renewed")
        else:
            yield fine("certificate", f"{told}, {left.days} days left", _OURS)


def names(session: Session) -> Iterator[Finding]:
    """Codes and certificate ids of the banks; which the gateway knows, no question can tell. Nothing is sent."""
    odd = []
    for name, bank in session.declaration.banks:  # type: ignore[attr-defined]
        if bank is None or name == "nobody":
            continue
        if not bic.is_valid(bank.code):
            odd.append(f"banks.{name}.code {bank.code}")
        if bank.cert_id != bank.cert_id.strip() or not bank.cert_id.isprintable():
            text = f"banks.{name}.cert_id has blanks around it, or characters that nobody sees"
            yield warning("bank", _OURS, text, "copy it once more from where the certificate was registered")
    if odd:
        text = f"no BIC: {', '.join(odd)}"
        yield warning("bank", _OURS, text, "see that the gateway knows the banks under these codes (IR25)")
    else:
        yield fine("bank", "every code has the form of a BIC", _OURS)


def settings(session: Session) -> Iterator[Finding]:
    """Settings without which checks do not apply or stay inconclusive, and those that contradict. Nothing is sent."""
    declaration = session.declaration
    if not isinstance(declaration, Declaration):
        return
    listed = {
        "banks.other": declaration.banks.other is not None,
        "keys.other.private": declaration.keys.other is not None and declaration.keys.other.private is not None,
        "keys.receiver.private": declaration.keys.receiver.private is not None,
        "payee.initials": declaration.payee.initials is not None,
        "payer.rejected": declaration.payer.rejected is not None,
        "dates.tolerance_s": declaration.dates.tolerance_s is not None,
        "listener.address": declaration.listener.address is not None,
        "data.canceled_payment_id": declaration.data.canceled_payment_id is not None,
    }
    if absent := [name for name, is_given in listed.items() if not is_given]:
        text = f"not given: {', '.join(absent)}"
        yield warning("settings", _OURS, text, "the checks that need them will not apply, or be inconclusive")
    else:
        yield fine("settings", "all that checks may need is given", _OURS)
    polling, rate = declaration.polling, declaration.limits.max_rps
    if polling.patience_s < 3 * polling.interval_s:
        text = f"polling.patience_s of {polling.patience_s:g} leaves no three questions, {polling.interval_s:g} s apart"
        yield warning("polling", _OURS, text, "raise patience_s, or steps that take their time stay inconclusive")
    if rate is not None and rate < 1:
        text = f"limits.max_rps of {rate:g}: a run sends some 1500 requests"
        yield warning("polling", _OURS, text, "raise it where the target allows, or run a part with --only")


def access(session: Session) -> Iterator[Finding]:
    """Whether our signature makes a difference, by two questions for a payment that nobody opened."""
    if not isinstance(session.declaration, Declaration):
        return
    bank = SenderBank(session)
    question = bank.question(bank.made_up_payment_id())
    answer = bank.send(question)
    yield from _dates(bank, answer)
    if took_effect(answer):
        text = f"a payment that nobody opened is given: {story(answer)}"
        yield warning("signature", Owner.TARGET, text, "see whether target.base_url leads to a mock")
        return
    if answer.status >= 500:
        text = f"a good question is answered with {answer.status}"
        yield stop("signature", Owner.TARGET, text, "mend the target; its answers now would show nothing else")
        return
    if answer.status in (400, 405, 411, 415):
        text = f"a GET with a signed body is answered with {answer.status}"
        remedy = "see whether a proxy on the way drops the body of a GET; the contract has it so (get-payment)"
        yield warning("signature", Owner.TARGET, text, remedy)
        return
    stray = bank.signing_as(key=bank.declaration.keys.stray)
    other = stray.send(question)
    if (answer.status, answer.result_code) != (other.status, other.result_code):
        yield fine("signature", f"told from that of a stray key: {story(answer)}, not {story(other)}")
    elif answer.status in (401, 403):
        text = f"our question is answered like one signed by a stray key: {story(answer)}"
        remedy = "see that the certificate of keys.sender is registered for banks.sender, under banks.sender.cert_id; "
        remedy += "some gateways ask for keys.kid_in_header"
        yield warning("signature", _OURS, text, remedy)
    else:
        yield fine("signature", f"a payment that nobody opened is refused, whoever asks: {story(answer)}")


def _dates(bank: SenderBank, answer: Answer) -> Iterator[Finding]:
    """What a request_date of now is, and how far the clock of the target is off beside the declared tolerance."""
    declaration = bank.declaration
    tolerance, zone = declaration.dates.tolerance_s, declaration.dates.zone
    written = date_text(answer.exchange.at, declaration.zone, "")
    skew = _skew(answer)
    if tolerance is None or skew is None or abs(skew) <= tolerance / 4:
        yield fine("request_date", f"now is {written} in dates.zone {zone}", _OURS)
        return
    text = f"the clocks are {abs(skew):.0f} s apart, dates.tolerance_s is {tolerance:g}"
    remedy = "set the clock that is wrong by NTP, or good messages will be refused as stale"
    yield (stop if abs(skew) >= tolerance / 2 else warning)("request_date", Owner.TARGET, text, remedy)


def _skew(answer: Answer) -> float | None:
    """Seconds by which the Date header is ahead of the moment of the request; None where it tells no moment."""
    text = answer.header("Date")
    try:
        told = parsedate_to_datetime(text) if text else None
    except ValueError:
        told = None
    return None if told is None else (_aware(told) - answer.exchange.at).total_seconds()


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


LOOKS = (keys, certificates, names, settings, access)
"""In order; those that send nothing come first."""


def _pairs(session: Session) -> Iterator[tuple[str, KeyPair]]:
    """The keys of banks, and a stray one that is not the usual."""
    declaration = session.declaration
    if not isinstance(declaration, Declaration | SenderDeclaration):
        return
    found = declaration.keys
    pairs = {"sender": found.sender, "receiver": found.receiver, "other": found.other}
    yield from ((name, pair) for name, pair in pairs.items() if pair is not None)
    if found.stray.private not in (None, STRAY):
        yield "stray", found.stray


def _belong_together(pair: KeyPair) -> bool:
    signing, verifying = pair.signing, pair.verifying
    return signing is None or verifying is None or public_part(signing).thumbprint() == verifying.thumbprint()


def _of_one_key(place: str, pair: KeyPair) -> Finding:
    key = pair.verifying or private_key(pair.private or "")
    bits = rsa_public(key).key_size
    halves = " and ".join(name for name in ("private", "public") if getattr(pair, name))
    told = f"{place}: RSA, {bits} bits, {halves}"
    if bits > LONGEST_KEY:
        return warning("key", _OURS, told, f"a key above {LONGEST_KEY} bits makes every message slow to sign")
    return fine("key", f"{told}; fits RS256 and the transport of AES keys", _OURS)
