"""Faulty envelopes: each is refused by two judges that share no code, at the step it is about; its twin is good."""

from __future__ import annotations

import random
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from conformance.crypto import compact, jwe, jws
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.crypto.faults import GoodJwe, GoodJws, JweFault, JwsFault, faulty_jwe, faulty_jws
from conformance.crypto.jwe import Fresh
from conformance.crypto.keys import new_private_key, rsa_public
from tests.second_opinion import content_of, is_good_jws

KEY, FOREIGN = new_private_key(), new_private_key()
PUBLIC: RSAPublicKey = rsa_public(KEY)
RANDOM = random.Random(5).randbytes

GOOD_JWS = GoodJws(
    payload='{"payment_id":"61bc","amount":"10.50","name":"მარიამ"}'.encode(),
    key=KEY,
    foreign=FOREIGN,
    other_payload=b'{"payment_id":"62bc","amount":"99.50"}',
    header={"typ": "JOSE"},
)
GOOD_JWE = GoodJwe(
    payload='{"payee":{"mobile":"995577445566","name":"დავით"}}'.encode(),
    key=RANDOM(32),
    foreign_key=RANDOM(32),
    fresh=Fresh.drawn(RANDOM),
    other_fresh=Fresh.drawn(RANDOM),
    header={"kid": "k1"},
)

# Where the fault is found; what is not named here shows in the signature alone.
STEP_OF_JWS = {
    **dict.fromkeys(
        [fault for fault in JwsFault if fault.name.startswith(("ALG_", "HS256", "RS", "PS"))], Flaw.ALGORITHM
    ),
    **dict.fromkeys(
        [JwsFault.PART_MISSING, JwsFault.PART_EXTRA, JwsFault.JSON_FLATTENED, JwsFault.JSON_GENERAL], Flaw.NOT_COMPACT
    ),
    **dict.fromkeys(
        [JwsFault.WHITE_SPACE_AROUND, JwsFault.WHITE_SPACE_INSIDE, JwsFault.PADDED, JwsFault.SECOND_SPELLING],
        Flaw.NOT_BASE64,
    ),
    **dict.fromkeys([JwsFault.CRIT_UNKNOWN, JwsFault.CRIT_EMPTY], Flaw.CRITICAL),
    JwsFault.HEADER_TWICE: Flaw.HEADER_TWICE,
}
STEP_OF_JWE = {
    **dict.fromkeys(
        [JweFault.PART_MISSING, JweFault.PART_EXTRA, JweFault.JSON_FLATTENED, JweFault.JSON_GENERAL], Flaw.NOT_COMPACT
    ),
    **dict.fromkeys([JweFault.WHITE_SPACE, JweFault.PADDED, JweFault.SECOND_SPELLING], Flaw.NOT_BASE64),
    **dict.fromkeys([fault for fault in JweFault if fault.name.startswith("ALG_")], Flaw.ALGORITHM),
    **dict.fromkeys([fault for fault in JweFault if fault.name.startswith("ENC_")], Flaw.ENCRYPTION),
    JweFault.COMPRESSED: Flaw.COMPRESSED,
    JweFault.CRIT_UNKNOWN: Flaw.CRITICAL,
    **dict.fromkeys([JweFault.KEY_IV_MISSING, JweFault.KEY_IV_LONG], Flaw.KEY_IV),
    **dict.fromkeys([JweFault.KEY_TAG_MISSING, JweFault.KEY_TAG_SHORT], Flaw.KEY_TAG),
    **dict.fromkeys([JweFault.ENCRYPTED_KEY_EMPTY, JweFault.CONTENT_KEY_SHORT], Flaw.ENCRYPTED_KEY),
    **dict.fromkeys([JweFault.IV_EMPTY, JweFault.IV_LONG], Flaw.IV),
    **dict.fromkeys([JweFault.TAG_EMPTY, JweFault.TAG_SHORT], Flaw.TAG),
    **dict.fromkeys([JweFault.KEY_TAG_BIT, JweFault.ENCRYPTED_KEY_BIT, JweFault.WRONG_KEY], Flaw.WRONG_KEY),
    **dict.fromkeys(
        [JweFault.IV_BIT, JweFault.TAG_BIT, JweFault.CIPHERTEXT_BIT, JweFault.HEADER_CHANGED], Flaw.CONTENT
    ),
}
SOUND_ALONE = {JweFault.IV_REUSED, JweFault.KEY_IV_REUSED}


def flaw(read: Callable[..., Any], *arguments: Any) -> Flaw:
    with pytest.raises(BadEnvelope) as caught:
        read(*arguments)
    return caught.value.flaw


# --- JWS --------------------------------------------------------------------------------------------------------


def test_the_good_jws_is_good_to_both_judges() -> None:
    assert is_good_jws(GOOD_JWS.text, PUBLIC)
    assert jws.signed_by(GOOD_JWS.text, KEY, ["RS256"]).payload == GOOD_JWS.payload


@pytest.mark.parametrize("fault", [fault for fault in JwsFault if fault is not JwsFault.KID])
def test_a_faulty_jws_is_refused_by_both_judges_at_the_step_that_the_fault_is_about(fault: JwsFault) -> None:
    text = faulty_jws(fault, GOOD_JWS)
    assert not is_good_jws(text, PUBLIC)
    assert flaw(jws.signed_by, text, KEY, ["RS256"]) is STEP_OF_JWS.get(fault, Flaw.SIGNATURE)


def test_a_kid_of_any_text_leaves_the_signature_good() -> None:
    text = faulty_jws(JwsFault.KID, replace(GOOD_JWS, kid="' OR 1=1 --"))
    assert is_good_jws(text, PUBLIC)
    assert jws.signed_by(text, KEY, ["RS256"]).header["kid"] == "' OR 1=1 --"


@pytest.mark.parametrize("fault", [JwsFault.RS384, JwsFault.RS512, JwsFault.PS256])
def test_a_jws_of_another_rsa_algorithm_is_sound_but_for_that(fault: JwsFault) -> None:
    assert jws.signed_by(faulty_jws(fault, GOOD_JWS), KEY, [fault.name]).payload == GOOD_JWS.payload


FOREIGN_SIGNED = [JwsFault.FOREIGN_KEY, JwsFault.EMBEDDED_JWK, JwsFault.JKU, JwsFault.X5U, JwsFault.FOREIGN_KID]


@pytest.mark.parametrize("fault", FOREIGN_SIGNED)
def test_a_jws_of_another_key_is_sound_to_who_trusts_that_key(fault: JwsFault) -> None:
    assert jws.signed_by(faulty_jws(fault, GOOD_JWS), FOREIGN, ["RS256"]).payload == GOOD_JWS.payload


def test_a_header_names_the_address_or_key_that_a_careless_receiver_would_use() -> None:
    good = replace(GOOD_JWS, url="http://127.0.0.1:9/keys", kid="/dev/null")
    headers = {fault: jws.read(faulty_jws(fault, good)).header for fault in FOREIGN_SIGNED}
    assert headers[JwsFault.JKU]["jku"] == headers[JwsFault.X5U]["x5u"] == "http://127.0.0.1:9/keys"
    assert headers[JwsFault.FOREIGN_KID]["kid"] == "/dev/null"
    assert JWK(**headers[JwsFault.EMBEDDED_JWK]["jwk"]).thumbprint() == FOREIGN.thumbprint()
    assert not JWK(**headers[JwsFault.EMBEDDED_JWK]["jwk"]).has_private


@pytest.mark.parametrize("secret", ["PEM", "DER"])
def test_the_public_key_as_a_secret_convinces_who_takes_it_for_one(secret: str) -> None:
    text = faulty_jws(JwsFault[f"HS256_PUBLIC_{secret}"], GOOD_JWS)
    pem = KEY.export_to_pem()
    der = compact.decoded("".join(pem.decode().splitlines()[1:-1]).translate({43: "-", 47: "_", 61: None}), "key")
    key = JWK(kty="oct", k=compact.encoded(pem if secret == "PEM" else der))
    assert jws.signed_by(text, key, ["HS256"]).payload == GOOD_JWS.payload


@pytest.mark.parametrize(
    ("fault", "index"), [(JwsFault.HEADER_BIT, 0), (JwsFault.PAYLOAD_BIT, 1), (JwsFault.SIGNATURE_BIT, 2)]
)
def test_one_bit_differs_and_the_json_still_reads(fault: JwsFault, index: int) -> None:
    before = [compact.decoded(piece, "") for piece in GOOD_JWS.text.split(".")]
    after = [compact.decoded(piece, "") for piece in faulty_jws(fault, GOOD_JWS).split(".")]
    different = {place for place in range(3) if before[place] != after[place]}
    assert different == {index}
    assert sum((left ^ right).bit_count() for left, right in zip(before[index], after[index], strict=True)) == 1
    header, payload, _ = jws.parts(faulty_jws(fault, GOOD_JWS))
    assert (header["alg"], set(payload)) == ("RS256", {"payment_id", "amount", "name"})


def test_a_header_without_a_spare_member_is_flipped_all_the_same() -> None:
    text = faulty_jws(JwsFault.HEADER_BIT, replace(GOOD_JWS, header={}))
    assert not is_good_jws(text, PUBLIC)
    assert text.partition(".")[2] == replace(GOOD_JWS, header={}).text.partition(".")[2]


def test_a_second_spelling_reads_as_the_same_bytes_to_lenient_decoders() -> None:
    for fault, text, good in (
        (JwsFault.SECOND_SPELLING, faulty_jws(JwsFault.SECOND_SPELLING, GOOD_JWS), GOOD_JWS.text),
        (JweFault.SECOND_SPELLING, faulty_jwe(JweFault.SECOND_SPELLING, GOOD_JWE), GOOD_JWE.text),
    ):
        assert text != good, fault
        assert urlsafe_b64decode(text.rpartition(".")[2] + "==") == urlsafe_b64decode(good.rpartition(".")[2] + "==")


# --- JWE --------------------------------------------------------------------------------------------------------


def test_the_good_jwe_is_good_to_three_judges() -> None:
    assert content_of(GOOD_JWE.text, GOOD_JWE.key) == GOOD_JWE.payload
    assert jwe.decrypt(GOOD_JWE.text, GOOD_JWE.key) == GOOD_JWE.payload
    third = JWE()
    third.deserialize(GOOD_JWE.text, JWK(kty="oct", k=compact.encoded(GOOD_JWE.key)))
    assert third.payload == GOOD_JWE.payload


@pytest.mark.parametrize("fault", [fault for fault in JweFault if fault not in SOUND_ALONE])
def test_a_faulty_jwe_is_refused_by_both_judges_at_the_step_that_the_fault_is_about(fault: JweFault) -> None:
    text = faulty_jwe(fault, GOOD_JWE)
    assert content_of(text, GOOD_JWE.key) is None
    assert flaw(jwe.decrypt, text, GOOD_JWE.key) is STEP_OF_JWE[fault]


LENIENT = [JweFault.ALG_A256KW, JweFault.ALG_DIR, JweFault.ENC_A128GCM, JweFault.COMPRESSED, JweFault.KEY_IV_LONG]
LENIENT += [JweFault.IV_LONG, JweFault.JSON_FLATTENED, JweFault.JSON_GENERAL]


@pytest.mark.parametrize("fault", [*LENIENT, JweFault.ALG_A128GCMKW])
def test_a_jwe_of_another_form_opens_for_a_receiver_that_takes_any(fault: JweFault) -> None:
    """jwcrypto is such a receiver; so the fault lies in the form alone."""
    key = GOOD_JWE.key[:16] if fault is JweFault.ALG_A128GCMKW else GOOD_JWE.key
    receiver = JWE(algs=["A256GCMKW", "A128GCMKW", "A256KW", "dir", "A256GCM", "A128GCM"])
    receiver.deserialize(faulty_jwe(fault, GOOD_JWE), JWK(kty="oct", k=compact.encoded(key)))
    assert receiver.payload == GOOD_JWE.payload


def test_another_key_opens_what_it_sealed() -> None:
    assert jwe.decrypt(faulty_jwe(JweFault.WRONG_KEY, GOOD_JWE), GOOD_JWE.foreign_key) == GOOD_JWE.payload


def test_a_reused_iv_shows_only_beside_the_other_message() -> None:
    other = jwe.encrypt(b"other", GOOD_JWE.key, GOOD_JWE.other_fresh)
    content, key_wrap = (faulty_jwe(fault, GOOD_JWE) for fault in (JweFault.IV_REUSED, JweFault.KEY_IV_REUSED))
    for text in (content, key_wrap):
        assert content_of(text, GOOD_JWE.key) == jwe.decrypt(text, GOOD_JWE.key) == GOOD_JWE.payload
    assert jwe.read(content).iv == jwe.read(other).iv != jwe.read(GOOD_JWE.text).iv
    assert jwe.opened(content, GOOD_JWE.key).content_key == jwe.opened(other, GOOD_JWE.key).content_key
    assert jwe.read(key_wrap).key_iv == jwe.read(other).key_iv != jwe.read(content).key_iv
    assert jwe.opened(key_wrap, GOOD_JWE.key).content_key != jwe.opened(other, GOOD_JWE.key).content_key


# --- both -------------------------------------------------------------------------------------------------------


def test_every_fault_says_in_words_of_its_own_what_differs_and_makes_a_text_of_its_own() -> None:
    for faults, make, good in ((JwsFault, faulty_jws, GOOD_JWS), (JweFault, faulty_jwe, GOOD_JWE)):
        texts = [make(fault, good) for fault in faults]  # type: ignore[operator, attr-defined]
        assert len(set(texts)) == len(texts)
        assert good.text not in texts
        assert all(str(fault)[0].islower() and " " in str(fault) for fault in faults)  # type: ignore[attr-defined]


def test_the_same_parts_give_the_same_faulty_text() -> None:
    for fault in JwsFault:
        if fault is not JwsFault.PS256:  # its salt is drawn
            assert faulty_jws(fault, GOOD_JWS) == faulty_jws(fault, GOOD_JWS), fault
    for sealed in JweFault:
        assert faulty_jwe(sealed, GOOD_JWE) == faulty_jwe(sealed, GOOD_JWE), sealed
