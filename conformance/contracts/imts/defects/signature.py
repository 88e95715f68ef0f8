"""imts signature: systems that take a pg_sig for good which is not, or refuse one that is."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from conformance.contracts.imts.call import Call, Refusal
from conformance.contracts.imts.leniency import Remembers, TakesASecondReading, TakesMore
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.signature import HmacKey, NumberText, SignatureReading, signed_text
from conformance.contracts.imts.store import RegisteredAgent
from conformance.contracts.imts.variants import SignsQueries
from conformance.contracts.imts.wire import ENCRYPTED, FEES_MEMBERS, LENGTHS, SALT, SIGNATURE, Method, Number
from conformance.crypto.mac import hmac_sha256

# --- the members ----------------------------------------------------------------------------------------------


class WantsTheSignatureLast(System):
    """Cuts pg_sig off the body by its place, and finds it behind all other members only."""

    breaks = "IMTS-SIGNATURE-01"

    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return [*call.members][-1] == SIGNATURE and super().signature_fits(given, call, agent)


class LooksUpTheOriginatorItself(TakesMore):
    """Signs the type of the originator as its own records have it, whatever the request says."""

    breaks = "IMTS-SIGNATURE-02"

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        types = ("person", "business") if call.method is Method.FEES else ()
        return any(self.fits_with(given, call, agent, originator_type=kind) for kind in types)


class FillsInTheUsualAgent(TakesMore):
    """Adds the agent that a directed transfer would go to before it checks the signature."""

    breaks = "IMTS-SIGNATURE-03"

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        agents = self.store.agents if "target_agent_id" not in call.members else ()
        return any(self.fits_with(given, call, agent, target_agent_id=one) for one in agents)


class FillsInTheSaltOfTheLastRequest(TakesMore):
    """Remembers the salt of the session for requests that bring none."""

    breaks = "IMTS-SIGNATURE-03"
    salt = ""

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return SALT not in call.members and self.fits_with(given, call, agent, **{SALT: self.salt})

    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        fits = super().signature_fits(given, call, agent)
        self.salt = str(call.members.get(SALT, self.salt))
        return fits


class SignsTheMembersItKnows(System):
    """Drops what it does not know before it joins the values."""

    breaks = "IMTS-SIGNATURE-04"
    known = {*FEES_MEMBERS, *LENGTHS, SALT, "destination_type", "transfer_id", "client_id", "sender_id", ENCRYPTED}

    def signed_members(self, call: Call) -> Mapping[str, Any]:
        return {name: value for name, value in call.members.items() if name in self.known}


class DirectsTransfersUnsigned(TakesMore):
    """Got target_agent_id later than its signature, which may leave it out."""

    breaks = "IMTS-SIGNATURE-04"

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return self.fits_with(given, call, agent, target_agent_id=None)


class RemembersTheSetOfValues(Remembers):
    """Knows a request by its pg_sig and its values, in whichever members they stand."""

    breaks = "IMTS-SIGNATURE-05"

    def looks_known(self, call: Call, verified: Call) -> bool:
        return sorted(map(str, call.members.values())) == sorted(map(str, verified.members.values()))


class RemembersSignaturesAcrossMethods(Remembers):
    """Knows a pg_sig that was good at another method."""

    breaks = "IMTS-SIGNATURE-11"

    def looks_known(self, call: Call, verified: Call) -> bool:
        return call.method is not verified.method


class JoinsValuesAsTheyCome(TakesMore):
    """Takes values in the order of the body, too, for agents who do not sort."""

    breaks = "IMTS-SIGNATURE-06"

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        values = [value for name, value in call.members.items() if name != SIGNATURE]
        return self.is_same(given, self.signature_due({f"{i:03}": value for i, value in enumerate(values)}, agent))


class SignsNullMembers(System):
    """Counts a member that is null as an empty text between two semicolons."""

    breaks = "IMTS-SIGNATURE-14"

    def has_a_text(self, value: Any) -> bool:
        return value is None

    def signature_due(self, members: Mapping[str, Any], agent: RegisteredAgent) -> str:
        counted = {name: Number("") if self.has_a_text(value) else value for name, value in members.items()}
        return super().signature_due(counted, agent)


class SignsEmptyMembers(SignsNullMembers):
    """Counts a member that is empty."""

    breaks = "IMTS-SIGNATURE-14"

    def has_a_text(self, value: Any) -> bool:
        return isinstance(value, str) and not value


class SignsWholeAmountsWithoutAPoint(System):
    """Reads amounts into floating point numbers, and signs 100.00 as 100."""

    breaks = "IMTS-SIGNATURE-15"

    def signed_members(self, call: Call) -> Mapping[str, Any]:
        amount = call.members.get("amount_source")
        if not isinstance(amount, Number) or amount.text.rpartition(".")[2].strip("0"):
            return call.members
        return {**call.members, "amount_source": Number(amount.text.partition(".")[0])}


class ReadsSaltsInSmallLetters(System):
    """Keeps salts in small letters, and signs what it keeps."""

    breaks = "IMTS-SIGNATURE-16"

    def signed_members(self, call: Call) -> Mapping[str, Any]:
        salt = call.members.get(SALT)
        return {**call.members, SALT: salt.lower()} if isinstance(salt, str) else call.members


class TakesTheSaltOutByItsValue(System):
    """Leaves out every value that equals the salt."""

    breaks = "IMTS-SIGNATURE-16"
    tried_with: Mapping[str, Any] = {"signing": SignatureReading(salt_is_signed=False)}

    def signed_members(self, call: Call) -> Mapping[str, Any]:
        return {name: value for name, value in call.members.items() if value != call.members.get(SALT)}


class CleansValuesOfSemicolons(System):
    """Takes semicolons out of values, so that the joined text can be split again."""

    breaks = "IMTS-SIGNATURE-17"

    def signed_members(self, call: Call) -> Mapping[str, Any]:
        texts = {name: value for name, value in call.members.items() if isinstance(value, str)}
        return {**call.members, **{name: text.replace(";", "") for name, text in texts.items()}}


class SignsInACodePage(System):
    """Encodes what is signed in a code page, in which Latin letters read the same."""

    breaks = "IMTS-SIGNATURE-19"

    def signature_due(self, members: Mapping[str, Any], agent: RegisteredAgent) -> str:
        text = signed_text(members, agent.secret, self.signing)
        return hmac_sha256(text.encode("cp1251", "replace"), agent.secret.encode("utf-8"))


# --- the comparison -------------------------------------------------------------------------------------------


class ComparesInAnyCase(System):
    """Compares digits whatever their case."""

    breaks = "IMTS-SIGNATURE-07"

    def is_same(self, given: str, due: str) -> bool:
        return super().is_same(given.lower(), due)


class ComparesBeginnings(System):
    """Compares as many digits as it was given."""

    breaks = "IMTS-SIGNATURE-08"

    def is_same(self, given: str, due: str) -> bool:
        return due.startswith(given)


class ComparesHalfOfASignature(System):
    """Keeps 32 characters of a pg_sig, as long as those were that it had before."""

    breaks = "IMTS-SIGNATURE-08"

    def is_same(self, given: str, due: str) -> bool:
        return super().is_same(given[:32], due[:32])


class StripsSignatures(System):
    """Takes white space off before it compares."""

    breaks = "IMTS-SIGNATURE-08"

    def is_same(self, given: str, due: str) -> bool:
        return super().is_same(given.strip(), due)


class TakesEmptySignatures(System):
    """Compares only what is there to compare."""

    breaks = "IMTS-SIGNATURE-10"

    def check_signature(self, call: Call, agent: RegisteredAgent) -> None:
        if call.members.get(SIGNATURE) != "":
            super().check_signature(call, agent)


class TakesTrueForASignature(System):
    """Compares loosely: true equals any text that is not empty."""

    breaks = "IMTS-SIGNATURE-10"

    def check_signature(self, call: Call, agent: RegisteredAgent) -> None:
        if call.members.get(SIGNATURE) is not True:
            super().check_signature(call, agent)


class QuotesWithoutASignature(System):
    """Looks at the pg_sig of a question for fees only if there is one."""

    breaks = "IMTS-SIGNATURE-10"

    def check_signature(self, call: Call, agent: RegisteredAgent) -> None:
        if call.method is not Method.FEES or SIGNATURE in call.members:
            super().check_signature(call, agent)


# --- the hash and its key -------------------------------------------------------------------------------------


class TakesAPlainHash(TakesMore):
    """Takes SHA-256 of the text with the secret, as it was before it learnt HMAC."""

    breaks = "IMTS-SIGNATURE-09"

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        text = signed_text(call.members, agent.secret, self.signing)
        return self.is_same(given, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


class TakesAnHmacOfSha1(TakesMore):
    """Tells the hash by the length of pg_sig."""

    breaks = "IMTS-SIGNATURE-09"

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        text = signed_text(call.members, agent.secret, self.signing).encode("utf-8", "surrogatepass")
        return self.is_same(given, hmac.digest(agent.secret.encode("utf-8"), text, "sha1").hex())


class KeepsOneSecretForAll(TakesMore):
    """Lets the secret of the agent that was registered last sign for everybody."""

    breaks = "IMTS-SIGNATURE-12"

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return self.is_same(given, self.signature_due(call.members, [*self.store.agents.values()][-1]))


class TakesAnHmacWithoutASecret(TakesASecondReading):
    """Takes the secret of an agent without one for an empty text."""

    breaks = "IMTS-SIGNATURE-09"
    changes: Mapping[str, Any] = {"key": HmacKey.EMPTY, "secret_is_appended": False}


class SignsTheSaltOrNot(TakesASecondReading):
    """Takes a pg_sig with the salt and one without."""

    breaks = "IMTS-SIGNATURE-13"
    changes: Mapping[str, Any] = {"salt_is_signed": False}


class TakesAnEmptyKeyAsWell(TakesASecondReading):
    """Takes the key for an option."""

    breaks = "IMTS-SIGNATURE-13"
    changes: Mapping[str, Any] = {"key": HmacKey.EMPTY}


class TakesTextsWithoutTheSecretAsWell(TakesASecondReading):
    """Takes the appended secret for an option."""

    breaks = "IMTS-SIGNATURE-13"
    changes: Mapping[str, Any] = {"secret_is_appended": False}


class TakesShortestNumbersAsWell(TakesASecondReading):
    """Takes 100.50 signed as 100.5."""

    breaks = "IMTS-SIGNATURE-13"
    changes: Mapping[str, Any] = {"numbers": NumberText.SHORTEST}


# --- the methods ----------------------------------------------------------------------------------------------


class CancelsWithoutASignature(System):
    """Checks no signature at cancel."""

    breaks = "IMTS-SIGNATURE-18"

    def must_be_signed(self, method: Method) -> bool:
        return method is not Method.CANCEL and super().must_be_signed(method)


class CancelsAndThenRefuses(System):
    """Cancels before it has looked at the signature."""

    breaks = "IMTS-SIGNATURE-18"

    def check_signature(self, call: Call, agent: RegisteredAgent) -> None:
        try:
            super().check_signature(call, agent)
        except Refusal:
            if call.method is Method.CANCEL:
                self.step(call, self.find_transfer(call))
            raise


class ConfirmsAnotherTransferThanWasSigned(TakesMore):
    """Takes a confirmation that was signed for any transfer."""

    breaks = "IMTS-SIGNATURE-18"

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        transfers = self.store.transfers if call.method is Method.CONFIRM else ()
        return any(self.fits_with(given, call, agent, transfer_id=one) for one in transfers)


class AnswersInfoUnsigned(SignsQueries):
    """Checks what Status asks and forgets Info."""

    breaks = "IMTS-SIGNATURE-18"

    def must_be_signed(self, method: Method) -> bool:
        return method is not Method.INFO and super().must_be_signed(method)
