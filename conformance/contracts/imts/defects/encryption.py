"""Systems that encrypt or decrypt personal data otherwise than declared."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from conformance.contracts.imts.call import Refusal
from conformance.contracts.imts.encryption import sealed
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Client, RegisteredAgent
from conformance.contracts.imts.wire import ENCRYPTED
from conformance.crypto import cbc
from conformance.crypto.cbc import BLOCK_BYTES, Ciphered
from conformance.crypto.compact import BadEnvelope, Flaw

# --- requests ---------------------------------------------------------------------------------------------------


class ReadsIvsAsText(System):
    """Cuts blanks off before it takes the bytes apart, and then lacks some."""

    breaks = "IMTS-ENCRYPTION-01"

    def ciphered(self, members: Mapping[str, Any]) -> Ciphered:
        found = super().ciphered(members)
        if found.iv != found.iv.strip():
            raise BadEnvelope(Flaw.CBC_IV)
        return found


class CannotUnpadWholeBlocks(System):
    """Takes a padding of a whole block for a mistake."""

    breaks = "IMTS-ENCRYPTION-01"

    def opened(self, ciphered: Ciphered, agent: RegisteredAgent) -> bytes:
        found = super().opened(ciphered, agent)
        if len(ciphered.ciphertext) - len(found) == BLOCK_BYTES:
            raise BadEnvelope(Flaw.FILLING)
        return found


class MendsTheFirstByte(System):
    """Knows how every object begins, and writes it there."""

    breaks = "IMTS-ENCRYPTION-02"

    def opened(self, ciphered: Ciphered, agent: RegisteredAgent) -> bytes:
        found = super().opened(ciphered, agent)
        return b"{" + found[1:] if found[:1] > b"\x7f" else found


class FillsUpShortIvs(System):
    """Fills a short IV up with zeros, as some libraries do."""

    breaks = "IMTS-ENCRYPTION-03"

    def ciphered(self, members: Mapping[str, Any]) -> Ciphered:
        try:
            return super().ciphered(members)
        except BadEnvelope:
            both = base64.b64decode(members[ENCRYPTED], validate=True)
            short = len(both) % BLOCK_BYTES
            if short not in (8, 12):
                raise
            return Ciphered(both[:short].ljust(BLOCK_BYTES, b"\0"), both[short:])


def decrypted_by(ciphered: Ciphered, key: bytes, mode: CBC | ECB) -> bytes:
    """The payload under another key or mode. Raises BadEnvelope."""
    decryptor = Cipher(AES(key), mode).decryptor()
    padded = decryptor.update(ciphered.ciphertext) + decryptor.finalize()
    filling = padded[-1]
    if not 0 < filling <= BLOCK_BYTES or padded[-filling:] != bytes([filling]) * filling:
        raise BadEnvelope(Flaw.FILLING)
    return padded[:-filling]


class ReadsAes128(System):
    """Still reads what partners of an earlier version encrypt with half of the key."""

    breaks = "IMTS-ENCRYPTION-04"

    def decrypted(self, ciphered: Ciphered, agent: RegisteredAgent) -> dict[str, Any]:
        try:
            return super().decrypted(ciphered, agent)
        except (BadEnvelope, ValueError):
            return self.object_in(decrypted_by(ciphered, agent.partner_key[:16], CBC(ciphered.iv)))


class ReadsEcb(System):
    """Tries mode ECB where CBC does not make sense."""

    breaks = "IMTS-ENCRYPTION-04"

    def decrypted(self, ciphered: Ciphered, agent: RegisteredAgent) -> dict[str, Any]:
        try:
            return super().decrypted(ciphered, agent)
        except (BadEnvelope, ValueError):
            return self.object_in(decrypted_by(ciphered, agent.partner_key, ECB()))


class TriesTheKeysOfAll(System):
    """Takes the key under which the data makes sense, whoever's it is."""

    breaks = "IMTS-ENCRYPTION-04"

    def decrypted(self, ciphered: Ciphered, agent: RegisteredAgent) -> dict[str, Any]:
        for one in (agent, *self.store.agents.values()):
            try:
                return super().decrypted(ciphered, one)
            except (BadEnvelope, ValueError):
                continue
        raise BadEnvelope(Flaw.FILLING)


def unpadded(ciphered: Ciphered, key: bytes) -> bytes:
    """All blocks with whatever fills the last."""
    decryptor = Cipher(AES(key), CBC(ciphered.iv)).decryptor()
    return decryptor.update(ciphered.ciphertext) + decryptor.finalize()


class LooksAtTheLengthOfPaddingAlone(System):
    """Cuts off as much as the last byte says."""

    breaks = "IMTS-ENCRYPTION-05"

    def opened(self, ciphered: Ciphered, agent: RegisteredAgent) -> bytes:
        padded = unpadded(ciphered, agent.partner_key)
        if not 0 < padded[-1] <= BLOCK_BYTES:
            raise BadEnvelope(Flaw.FILLING)
        return padded[: -padded[-1]]


class StripsZeros(System):
    """Takes zeros off the end, as partners in PHP once sent them."""

    breaks = "IMTS-ENCRYPTION-05"

    def opened(self, ciphered: Ciphered, agent: RegisteredAgent) -> bytes:
        padded = unpadded(ciphered, agent.partner_key)
        return padded.rstrip(b"\0") if padded.endswith(b"\0") else super().opened(ciphered, agent)


class ReadsUnpaddedData(System):
    """Reads data that was filled with blanks up to whole blocks."""

    breaks = "IMTS-ENCRYPTION-05"

    def opened(self, ciphered: Ciphered, agent: RegisteredAgent) -> bytes:
        padded = unpadded(ciphered, agent.partner_key)
        return padded if padded.endswith(b" ") else super().opened(ciphered, agent)


class OverlooksOddCharacters(System):
    """Decodes Base64 as many libraries do unless told otherwise: what does not belong there is skipped."""

    breaks = "IMTS-ENCRYPTION-06"

    def ciphered(self, members: Mapping[str, Any]) -> Ciphered:
        text = str(members[ENCRYPTED])
        return super().ciphered({**members, ENCRYPTED: "".join(char for char in text if char not in "*!?")})


class ReadsHex(System):
    """Takes hex as well as Base64."""

    breaks = "IMTS-ENCRYPTION-06"

    def ciphered(self, members: Mapping[str, Any]) -> Ciphered:
        text = str(members[ENCRYPTED])
        if set(text) <= set("0123456789abcdef"):
            return super().ciphered({**members, ENCRYPTED: base64.b64encode(bytes.fromhex(text)).decode("ascii")})
        return super().ciphered(members)


class OverlooksWhatFollows(System):
    """Reads as many whole blocks as there are."""

    breaks = "IMTS-ENCRYPTION-06"

    def ciphered(self, members: Mapping[str, Any]) -> Ciphered:
        try:
            return super().ciphered(members)
        except BadEnvelope:
            both = base64.b64decode(members[ENCRYPTED], validate=True)
            if len(both) % BLOCK_BYTES != 1:
                raise
            return super().ciphered({**members, ENCRYPTED: base64.b64encode(both[:-1]).decode("ascii")})


class ReadsDataInClear(System):
    """Takes data that a partner forgot to encrypt."""

    breaks = "IMTS-ENCRYPTION-06"

    def personal_data(self, call: Any) -> dict[str, Any]:
        text = call.members.get(ENCRYPTED)
        return self.object_in(text.encode()) if str(text).startswith("{") else super().personal_data(call)


class TakesTheOnlyOneOfAList(System):
    """Takes a list of one object for the object."""

    breaks = "IMTS-ENCRYPTION-07"

    def object_in(self, payload: bytes) -> dict[str, Any]:
        found = json.loads(payload.decode("utf-8"))
        return found[0] if isinstance(found, list) and found else super().object_in(payload)


class OverlooksWhatFollowsTheObject(System):
    """Reads the object that the payload begins with."""

    breaks = "IMTS-ENCRYPTION-07"

    def object_in(self, payload: bytes) -> dict[str, Any]:
        text = payload.decode("utf-8")
        return dict(json.JSONDecoder().raw_decode(text)[0]) if text.startswith("{") else super().object_in(payload)


# --- padding oracles --------------------------------------------------------------------------------------------


class NamesBadPadding(System):
    """Helps its partners to find their mistake."""

    breaks = "IMTS-ENCRYPTION-08"

    def undecipherable(self) -> Refusal:
        return Refusal(400, "PADDING", "encrypted_data: has bad padding")


class AnswersBadPaddingWith422(System):
    """The same words, from another layer and with another status."""

    breaks = "IMTS-ENCRYPTION-08"

    def undecipherable(self) -> Refusal:
        known = self.unreadable()
        return Refusal(422, known.code, str(known))


class ReadsBadPaddingTwice(System):
    """Tries once more after a moment, since it takes bad padding for a broken connection to its key store."""

    breaks = "IMTS-ENCRYPTION-09"

    def undecipherable(self) -> Refusal:
        self.sleep(0.2)
        return super().undecipherable()


# --- answers ----------------------------------------------------------------------------------------------------


class EncryptsUnderTheDigestOfTheKey(System):
    """Derives another key for its answers."""

    breaks = "IMTS-ENCRYPTION-10"

    def key_of(self, agent: RegisteredAgent) -> bytes:
        return hashlib.sha256(super().key_of(agent)).digest()


class EncryptsAList(System):
    """Shows a list of values in place of the object."""

    breaks = "IMTS-ENCRYPTION-10"

    def personal_data_shown(self, client: Client, agent: RegisteredAgent) -> dict[str, Any]:
        payload = json.dumps(list(client.data.values())).encode("utf-8")
        return dict(self.encryption.members(cbc.encrypt(payload, self.key_of(agent), self.new_iv())))


class AnswersInBase64Url(System):
    """Encodes answers as for addresses."""

    breaks = "IMTS-ENCRYPTION-11"

    def personal_data_shown(self, client: Client, agent: RegisteredAgent) -> dict[str, Any]:
        shown = super().personal_data_shown(client, agent)
        return {**shown, ENCRYPTED: base64.urlsafe_b64encode(base64.b64decode(shown[ENCRYPTED])).decode("ascii")}


class BreaksBase64IntoLines(System):
    """Encodes as for a letter."""

    breaks = "IMTS-ENCRYPTION-11"

    def personal_data_shown(self, client: Client, agent: RegisteredAgent) -> dict[str, Any]:
        shown = super().personal_data_shown(client, agent)
        return {**shown, ENCRYPTED: base64.encodebytes(base64.b64decode(shown[ENCRYPTED])).decode("ascii")}


class ShowsNoIv(System):
    """Keeps the IV to itself: only its own programs can read the answer."""

    breaks = "IMTS-ENCRYPTION-11"

    def personal_data_shown(self, client: Client, agent: RegisteredAgent) -> dict[str, Any]:
        whole = sealed(client.data, self.key_of(agent), self.new_iv())
        return {ENCRYPTED: base64.b64encode(whole.iv[:12] + whole.ciphertext).decode("ascii")}


class HasOneIv(System):
    """Draws its IV once."""

    breaks = "IMTS-ENCRYPTION-12"

    def new_iv(self) -> bytes:
        return b"initial-vector-1"


class CountsIvs(System):
    """Counts on, so that no IV comes twice."""

    breaks = "IMTS-ENCRYPTION-12"
    count = 0

    def new_iv(self) -> bytes:
        self.count += 1
        return self.count.to_bytes(BLOCK_BYTES, "big")


class ChainsIvs(System):
    """Goes on with the last block of the answer before, as TLS 1.0 did."""

    breaks = "IMTS-ENCRYPTION-12"
    last = b"the first vector"

    def new_iv(self) -> bytes:
        return self.last

    def personal_data_shown(self, client: Client, agent: RegisteredAgent) -> dict[str, Any]:
        shown = super().personal_data_shown(client, agent)
        self.last = self.encryption.read(shown).ciphertext[-BLOCK_BYTES:]
        return shown


class SendsBackTheIvOfThePartner(System):
    """Shows data once as it was encrypted by the partner, and anew from then on."""

    breaks = "IMTS-ENCRYPTION-12"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.received: list[bytes] = []

    def ciphered(self, members: Mapping[str, Any]) -> Ciphered:
        found = super().ciphered(members)
        self.received.append(found.iv)
        return found

    def new_iv(self) -> bytes:
        return self.received.pop(0) if self.received else super().new_iv()
