"""Messages of instant-payment with one fault each, by the requirement that it breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from conformance.contracts.instant_payment.wire import RECEIVER_KEY, SENDER_KEY, Operation
from conformance.crypto import compact
from conformance.crypto.compact import as_json
from conformance.crypto.faults import JweFault, JwsFault
from conformance.crypto.keytransport import Padding, wrap
from tests.ip_messages import (
    MOBILE,
    PAYER,
    RECEIVER,
    SENDER,
    STRANGER,
    draft,
    transporting,
)

PAYEE, PAYER_DATA, CONFIRM, ASK = Operation
AES_KEY = Random(7).randbytes(32)


def info(**members: Any) -> str:
    return draft(CONFIRM).info(**members).text


def payer(**members: Any) -> str:
    return draft(PAYER_DATA, {"payer": {**PAYER, **members}}).text


def payee_fault(fault: JweFault) -> str:
    return draft(PAYEE).data_fault(fault).text


def holding(aes_key: bytes) -> str:
    """A message whose AES key is this very one, whatever its length."""
    return draft(PAYEE, aes_key=aes_key).text


def with_keys(**texts: str) -> str:
    return draft(PAYEE).changed(**texts).text


def respelt(change: Callable[[bytes], str]) -> str:
    """The receiver's key in another spelling."""
    message = draft(PAYEE)
    return message.changed(**{RECEIVER_KEY: change(compact.standard_decoded(message.members[RECEIVER_KEY]))}).text


def twice(payload: bytes, member: str) -> bytes:
    """The JSON object with one of its members given a second time."""
    first = as_json({member: json.loads(payload)[member]})
    return first[:-1] + b"," + payload[1:]


ONE_FAULT: dict[str, Callable[[], list[str | bytes]]] = {
    "IPG-ALGORITHMS-01": lambda: [
        draft(ASK).faulty(JwsFault.RS512),
        draft(ASK).faulty(JwsFault.PS256),
        draft(ASK).faulty(JwsFault.ALG_NONE_SIGNED),
        draft(ASK).faulty(JwsFault.ALG_MISSING),
    ],
    "IPG-AMOUNTS-01": lambda: [info(amount="0.00"), info(amount=0), info(amount="0")],
    "IPG-AMOUNTS-02": lambda: [info(amount="-10.50"), info(amount=-1)],
    "IPG-AMOUNTS-03": lambda: [info(amount="10.505"), info(amount="10.500"), info(amount=0.125)],
    "IPG-AMOUNTS-04": lambda: [info(amount="1.05E1"), info(amount="1e1")],
    "IPG-AMOUNTS-05": lambda: [
        info(amount=amount)
        for amount in ("10,50", "+10.50", " 10.50", "10.", ".5", "0x0A", "NaN", "١٠", "010.50", "1 000.00")
    ],
    "IPG-AMOUNTS-06": lambda: [info(amount="9007199254740993"), info(amount="9" * 5000)],
    "IPG-AMOUNTS-07": lambda: [info(currency="ZZZ"), info(currency="gel"), info(currency="Lari")],
    "IPG-CERTIFICATES-01": lambda: [draft(CONFIRM).changed(sender_party_cert_id="an-old-one-1").text],
    "IPG-CERTIFICATES-02": lambda: [draft(CONFIRM).changed(receiver_party_cert_id="S0VZLS0tLS0KTUlH").text],
    "IPG-CONTENT-01": lambda: [
        draft(PAYEE).without("sender_party_reference_id").text,
        draft(PAYER_DATA, form="example").without("payment_id").text,
        draft(CONFIRM).changed(payment_info={"amount": "10.50"}).text,
        draft(CONFIRM).without(SENDER_KEY).text,
        draft(CONFIRM, keys=False).without("payment_info").text,
        draft(ASK).without("request_date").text,
    ],
    "IPG-CONTENT-02": lambda: [
        draft(PAYEE).changed(sender_party_reference_id="").text,
        draft(CONFIRM).changed(receiver_party_cert_id="  ").text,
        info(currency=""),
        draft(PAYEE).data("").text,
    ],
    "IPG-CONTENT-03": lambda: [
        draft(PAYEE).changed(payee_encrypted_data=None).text,
        draft(ASK).changed(payment_id=None).text,
        info(amount=None),
    ],
    "IPG-CONTENT-04": lambda: [
        draft(PAYEE).changed(sender_party_reference_id=123456789).text,
        draft(CONFIRM).changed(payment_info=["10.50", "GEL"]).text,
        info(amount=True),
        draft(ASK).changed(request_date=1706880480).text,
    ],
    "IPG-CONTENT-05": lambda: [
        draft(ASK).signed_bytes(b'[{"request_date": "2024-02-02T13:28:00"}]'),
        draft(ASK).signed_bytes(b'{"request_date": "2024-02-02T13:28:00",}'),
        draft(ASK).signed_bytes(draft(ASK).payload[:-1] + b',"note":NaN}'),
        draft(ASK).signed_bytes(b"null"),
        draft(ASK).signed_bytes(b"{}{}"),
    ],
    "IPG-CONTENT-07": lambda: [
        draft(ASK).changed(payment_id="0" * 32).text,
        draft(PAYER_DATA).changed(payment_id="0" * 32).text,
    ],
    "IPG-DATES-01": lambda: [
        draft(ASK).changed(request_date=text).text
        for text in (
            "2024-02-30T13:28:00",
            "1706880480",
            "2024-02-02 13:28:00",
            "2024-02-02",
            "today",
            "2024-02-02T25:00:00",
        )
    ],
    "IPG-ENCRYPTION-01": lambda: [
        payee_fault(JweFault.PART_MISSING),
        payee_fault(JweFault.PART_EXTRA),
        payee_fault(JweFault.WHITE_SPACE),
        payee_fault(JweFault.PADDED),
        payee_fault(JweFault.SECOND_SPELLING),
        payee_fault(JweFault.JSON_FLATTENED),
        payee_fault(JweFault.JSON_GENERAL),
        payee_fault(JweFault.CRIT_UNKNOWN),
        draft(PAYEE).data(compact.standard_encoded(as_json({"payee": {"mobile": MOBILE}}))).text,
    ],
    "IPG-ENCRYPTION-02": lambda: [
        payee_fault(JweFault.ALG_DIR),
        payee_fault(JweFault.ALG_A256KW),
        payee_fault(JweFault.ALG_A128GCMKW),
        payee_fault(JweFault.ALG_MISSING),
    ],
    "IPG-ENCRYPTION-03": lambda: [
        payee_fault(JweFault.ENC_UNTRUE),
        payee_fault(JweFault.ENC_MISSING),
        payee_fault(JweFault.ENC_A128GCM),
    ],
    "IPG-ENCRYPTION-04": lambda: [
        payee_fault(JweFault.IV_LONG),
        payee_fault(JweFault.IV_EMPTY),
        payee_fault(JweFault.TAG_SHORT),
        payee_fault(JweFault.TAG_EMPTY),
        payee_fault(JweFault.KEY_IV_LONG),
        payee_fault(JweFault.KEY_IV_MISSING),
        payee_fault(JweFault.KEY_TAG_SHORT),
        payee_fault(JweFault.KEY_TAG_MISSING),
        payee_fault(JweFault.ENCRYPTED_KEY_EMPTY),
        payee_fault(JweFault.CONTENT_KEY_SHORT),
    ],
    "IPG-ENCRYPTION-05": lambda: [
        payee_fault(JweFault.WRONG_KEY),
        payee_fault(JweFault.COMPRESSED),
        payee_fault(JweFault.TAG_BIT),
        payee_fault(JweFault.CIPHERTEXT_BIT),
        payee_fault(JweFault.KEY_TAG_BIT),
        payee_fault(JweFault.HEADER_CHANGED),
    ],
    "IPG-ENVELOPE-05": lambda: [
        draft(ASK).signed_bytes(draft(ASK).payload.decode().encode("utf-16")),
        draft(ASK).signed_bytes(b"\xef\xbb\xbf" + draft(ASK).payload),
        draft(ASK).signed_bytes(draft(ASK).payload[:-1] + b',"note":"caf\xe9"}'),
        b"\xef\xbb\xbf" + draft(ASK).body,
        draft(ASK).body.decode().encode("utf-16-le"),
        draft(PAYEE, json.dumps({"payee": {"mobile": MOBILE}}).encode("utf-16")).text,
    ],
    "IPG-ENVELOPE-06": lambda: [
        draft(ASK).signed_bytes(twice(draft(ASK).payload, "payment_id")),
        draft(CONFIRM).signed_bytes(
            draft(CONFIRM).payload.replace(b'"currency"', b'"amount":"1.00","amount":"10.50","currency"')
        ),
        twice(draft(ASK).body, "signed_message"),
        draft(ASK).faulty(JwsFault.HEADER_TWICE),
        draft(PAYEE, twice(b'{"payee":{"mobile":"995577445566"}}', "payee")).text,
    ],
    "IPG-KEYS-02": lambda: [
        respelt(compact.encoded),
        respelt(bytes.hex),
        respelt(lambda block: compact.standard_encoded(block) + "\n"),
        respelt(lambda block: compact.standard_encoded(block[:-1])),
        respelt(lambda block: compact.standard_encoded(b"\0" + block)),
        with_keys(receiver_party_encrypted_key="no Base64 at all"),
    ],
    "IPG-KEYS-03": lambda: [
        with_keys(receiver_party_encrypted_key=wrap(AES_KEY, SENDER, Padding.PKCS1, Random(2).randbytes)),
        with_keys(receiver_party_encrypted_key=wrap(AES_KEY, STRANGER, Padding.PKCS1, Random(2).randbytes)),
        with_keys(receiver_party_encrypted_key=wrap(AES_KEY, RECEIVER, Padding.OAEP, Random(2).randbytes)),
    ],
    "IPG-KEYS-04": lambda: [
        with_keys(sender_party_encrypted_key=wrap(AES_KEY, RECEIVER, Padding.PKCS1, Random(2).randbytes)),
        with_keys(sender_party_encrypted_key=wrap(AES_KEY, SENDER, Padding.OAEP_256, Random(2).randbytes)),
    ],
    "IPG-KEYS-05": lambda: [
        with_keys(sender_party_encrypted_key=transporting(Random(9).randbytes(32))[SENDER_KEY]),
    ],
    "IPG-KEYS-06": lambda: [
        draft(PAYEE).changed(**transporting(AES_KEY.hex().encode())).text,
        draft(PAYEE).changed(**transporting(compact.standard_encoded(AES_KEY).encode())).text,
        holding(AES_KEY[:16]),
        holding(b""),
    ],
    "IPG-KEYS-07": lambda: [
        holding(b"correct horse battery staple 123"),
        holding(bytes(32)),
        holding(bytes(range(32))),
    ],
    "IPG-PARTIES-07": lambda: [
        draft(PAYEE).changed(sender_party="LBRTGE22").text,
        draft(PAYEE).changed(receiver_party="BAGAGE22").text,
    ],
    "IPG-PEOPLE-01": lambda: [
        draft(PAYEE, {"mobile": MOBILE}).text,
        draft(PAYEE, {"payee": {"mobile": 995577445566}}).text,
        draft(PAYEE, {"payee": {"mobile": " "}}).text,
        draft(PAYEE, b"995577445566").text,
        draft(PAYEE, b"{'payee'}").text,
    ],
    "IPG-PEOPLE-02": lambda: [
        draft(PAYEE, {"payee": {"mobile": mobile}}).text
        for mobile in ("+995577445566", "577445566", "995 577 44 55 66", "00995577445566")
    ],
    "IPG-PEOPLE-03": lambda: [
        payer(initials_en=""),
        payer(personal_id=12345678901),
        draft(PAYER_DATA, PAYER).text,
        draft(PAYER_DATA, b"{'payer'}").text,
    ],
    "IPG-PEOPLE-04": lambda: [
        payer(date_of_birth=text) for text in ("1987-05-23", "05/23/1987", "30/02/1987", "1/1/1987", "01/01/2030")
    ],
    "IPG-PEOPLE-05": lambda: [
        payer(first_name_ka="Mariam", last_name_ka="Akhaladze", initials_ka="M.A."),
        payer(first_name_en="მარიამ", last_name_en="ახალაძე", initials_en="მ.ა."),
        payer(last_name_en="Аkhaladze", initials_en="M.А."),
    ],
    "IPG-PEOPLE-06": lambda: [payer(initials_en="A.M."), payer(initials_ka="M.A.")],
    "IPG-PEOPLE-07": lambda: [
        payer(first_name_ka="??????", last_name_ka="???????"),
        payer(first_name_ka=PAYER["first_name_ka"].encode().decode("latin-1")),
        draft(PAYER_DATA, json.dumps({"payer": PAYER}, ensure_ascii=False).encode("utf-16")).text,
        draft(PAYER_DATA, b"\xef\xbb\xbf" + as_json({"payer": PAYER})).text,
    ],
    "IPG-SECRECY-02": lambda: [
        draft(PAYEE).changed(note=f"for {MOBILE}").text,
        draft(PAYEE).changed(note=compact.standard_encoded(as_json({"payee": {"mobile": MOBILE}}))).text,
        draft(PAYER_DATA).changed(note=PAYER["last_name_ka"].encode().hex()).text,
        draft(PAYEE).signed_bytes(draft(PAYEE).payload, kid=MOBILE),
        as_json({"signed_message": draft(PAYEE).text, "mobile": MOBILE}),
    ],
    "IPG-SECRECY-03": lambda: [
        draft(PAYEE).changed(note=compact.standard_encoded(AES_KEY)).text,
        draft(PAYEE).changed(note=compact.encoded(AES_KEY)).text,
        draft(PAYEE).changed(note=AES_KEY.hex()).text,
        draft(ASK).signed_bytes(draft(ASK).payload, jwk=json.loads(STRANGER.export())),
        draft(ASK).changed(note=STRANGER.export_to_pem(True, None).decode()).text,
        draft(ASK).changed(note="".join(STRANGER.export_to_pem(True, None).decode().split("\n")[1:-2])).text,
    ],
    "IPG-SIGNATURE-01": lambda: [
        draft(ASK).faulty(JwsFault.JSON_FLATTENED),
        draft(ASK).faulty(JwsFault.JSON_GENERAL),
        draft(ASK).faulty(JwsFault.PADDED),
        draft(ASK).faulty(JwsFault.SECOND_SPELLING),
        draft(ASK).faulty(JwsFault.PART_EXTRA),
        draft(ASK).faulty(JwsFault.WHITE_SPACE_INSIDE),
        as_json({"signed_message": draft(ASK).faulty(JwsFault.WHITE_SPACE_AROUND)}),
        draft(ASK).faulty(JwsFault.CRIT_UNKNOWN),
        as_json({"signed_message": json.loads(draft(ASK).faulty(JwsFault.JSON_FLATTENED))}),
    ],
    "IPG-SIGNATURE-02": lambda: [
        draft(ASK).changed(note="a text to flip a bit of").faulty(fault)
        for fault in (
            JwsFault.PAYLOAD_BIT,
            JwsFault.SIGNATURE_BIT,
            JwsFault.OTHER_SIGNATURE,
            JwsFault.FOREIGN_KEY,
            JwsFault.SHA1,
            JwsFault.SIGNATURE_EMPTY,
            JwsFault.SIGNATURE_CUT,
            JwsFault.SIGNATURE_ZERO,
            JwsFault.EMBEDDED_JWK,
        )
    ],
}
"""Messages with one fault, by the requirement that it breaks; those of OTHER_KEYS need keys of their own."""
OTHER_KEYS = {"IPG-KEYS-01", "IPG-CONTENT-08"}
