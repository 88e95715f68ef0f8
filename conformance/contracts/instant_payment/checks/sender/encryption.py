"""instant-payment encryption: payee and payer data of a sender travel as a compact JWE, A256GCMKW and A256GCM."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contracts.instant_payment.inspection import Inspected, Unjudged
from conformance.contracts.instant_payment.received import Arrival, SenderUnderTest
from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto import jwe
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.engine.check import check
from conformance.engine.observation import shown

_WITH_DATA = (Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER)


@check("IPG-ENCRYPTION-01")
def data_travels_as_a_compact_jwe(sender: SenderUnderTest) -> None:
    """Payee and payer data are five parts in strict Base64url, with a JSON object as their header."""
    sender.judge("data that are no compact JWE", _is_no_compact_jwe, *_WITH_DATA)


def _is_no_compact_jwe(message: Inspected) -> Iterator[str]:
    message.text(message.data_name)
    try:
        _ = message.data_header
    except Unjudged as why:
        yield str(why)


@check("IPG-ENCRYPTION-02")
def data_names_a256gcmkw(sender: SenderUnderTest) -> None:
    """The header of payee and payer data names the key management A256GCMKW."""
    sender.judge("data under another key management", _names_another_alg, *_WITH_DATA)


def _names_another_alg(message: Inspected) -> Iterator[str]:
    if message.data_header.get("alg") != jwe.ALG:
        yield f"alg of {message.data_name} is {shown(message.data_header.get('alg'))}"


@check("IPG-ENCRYPTION-03")
def data_names_a256gcm(sender: SenderUnderTest) -> None:
    """The header of payee and payer data names the content encryption A256GCM."""
    sender.judge("data under another content encryption", _names_another_enc, *_WITH_DATA)


def _names_another_enc(message: Inspected) -> Iterator[str]:
    if message.data_header.get("enc") != jwe.ENC:
        yield f"enc of {message.data_name} is {shown(message.data_header.get('enc'))}"


@check("IPG-ENCRYPTION-04")
def data_has_parts_of_the_right_length(sender: SenderUnderTest) -> None:
    """Both IVs have 96 bits, both tags 128, and the wrapped key has 256."""
    sender.judge("parts of another length", _has_another_length, *_WITH_DATA)


def _has_another_length(message: Inspected) -> Iterator[str]:
    if next(_names_another_alg(message), None) or next(_names_another_enc(message), None):
        raise Unjudged("its data are under other algorithms, which have other lengths")
    _, wrapped, iv, _, tag = message.data_parts
    lengths = {
        "wrapped key": (len(wrapped), jwe.KEY_BYTES),
        "IV": (len(iv), jwe.IV_BYTES),
        "tag": (len(tag), jwe.TAG_BYTES),
        "IV of the wrapped key": (len(message.header_bytes("iv")), jwe.IV_BYTES),
        "tag of the wrapped key": (len(message.header_bytes("tag")), jwe.TAG_BYTES),
    }
    for name, (length, due) in lengths.items():
        if length != due:
            yield f"the {name} of {message.data_name} has {8 * length} bits, not {8 * due}"


@check("IPG-ENCRYPTION-05")
def the_transported_key_opens_the_data(sender: SenderUnderTest) -> None:
    """The AES key that the receiver bank was sent opens the data: both tags fit, and nothing is compressed (IR21)."""
    sender.judge("data that the transported key does not open", _does_not_open, *_WITH_DATA, secret=True)


def _does_not_open(message: Inspected) -> Iterator[str]:
    try:
        jwe.decrypt(message.text(message.data_name), message.aes_key)
    except BadEnvelope as fault:
        if fault.flaw not in (Flaw.WRONG_KEY, Flaw.CONTENT, Flaw.COMPRESSED, Flaw.CRITICAL):
            raise Unjudged(f"{message.data_name} {fault.flaw}") from None
        yield f"{message.data_name} {fault.flaw}"


@check("IPG-ENCRYPTION-06")
def no_iv_is_used_twice(sender: SenderUnderTest) -> None:
    """All IVs of the run are different: of payee and payer data, of their content and of their wrapped keys."""
    seen: dict[bytes, str] = {}
    tokens: set[str] = set()

    def repeats_an_iv(arrival: Arrival) -> Iterator[str]:
        message = arrival.inspected
        if message.token in tokens:  # the same bytes once more are no other message
            return
        tokens.add(message.token)
        for name, iv in (("IV", message.data_parts[2]), ("IV of the wrapped key", message.header_bytes("iv"))):
            if iv in seen:
                yield f"its {name} is the {seen[iv]}"
            seen[iv] = f"{name} of exchange {arrival.number}"

    sender.judge_arrivals("IVs that are used twice", repeats_an_iv, *_WITH_DATA)
