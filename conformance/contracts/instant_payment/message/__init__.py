"""instant-payment, a message in a file: everything that is right and wrong with it, without any exchange.

Each module looks at one part and notes what it finds; where a part is wrong it is read on as well as it can be, so
that one fault does not hide the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from conformance.contracts.instant_payment.message.amounts import judge_amounts
from conformance.contracts.instant_payment.message.envelope import read_envelope, read_payload, settle
from conformance.contracts.instant_payment.message.keyfile import Keyring, keyring
from conformance.contracts.instant_payment.message.members import Members, method_of
from conformance.contracts.instant_payment.message.notebook import Notebook, cited, judged
from conformance.contracts.instant_payment.message.people import judge_people
from conformance.contracts.instant_payment.message.sealed import Data, Sealed
from conformance.contracts.instant_payment.message.secrecy import judge_keys, judge_personal
from conformance.contracts.instant_payment.message.signing import judge_signature
from conformance.contracts.instant_payment.message.transport import Transport
from conformance.contracts.instant_payment.wire import KEYS, Operation, data_member
from conformance.engine.offline import MessageFile, MessageReport, Words
from conformance.errors import UnknownName, UsageError

_LARGEST = 1024 * 1024  # bytes; a good message has about four thousand


def check_message(file: MessageFile, today: date | None = None) -> MessageReport:
    """Judge one message. Raises UsageError for an empty or oversized file, unusable keys or an unknown method."""
    if file.show_values:
        raise UsageError("--show-values is for a contract that signs the values of members one by one, as imts does")
    if file.method is not None and file.method not in list(Operation):
        raise UnknownName("method", file.method, list(Operation))
    if not file.content.strip():
        raise UsageError("the file is empty; give a compact JWS, or a request body with signed_message")
    if len(file.content) > _LARGEST:
        raise UsageError(f"the file has {len(file.content)} bytes; a message has a few thousand, at most {_LARGEST}")
    return _Judge(file, keyring(file.keys), today or datetime.now(UTC).date()).report()


class _Judge:
    def __init__(self, file: MessageFile, keys: Keyring, today: date) -> None:
        self._file, self._keys, self._today = file, keys, today
        self._note = Notebook()

    def report(self) -> MessageReport:
        note = self._note
        envelope = read_envelope(self._file.content, note)
        judge_signature(envelope, self._keys, note)
        members = read_payload(envelope.payload, note)
        operation = self._operation(members)
        if members is not None and operation is None:
            note.stopped = "the members do not tell the method; --method would show it"
        places = {"request body": envelope.beside, "JWS header": envelope.header or {}}
        if members is None or operation is None:
            self._look_no_further(places, members)
        else:
            self._judge_contents(operation, members, places)
        findings = note.finish_for(operation)
        summary = {
            "form": envelope.kind,
            "method": operation.words if operation else "unknown",
            "told_by": "--method" if self._file.method else "its members" if operation else "nothing",
            "bytes": str(len(self._file.content)),
            "transport": str(self._keys.transport),
        }
        asked = {requirement.id: cited(requirement, operation) for requirement in judged()}
        return MessageReport(summary, findings, asked, _headline(summary))

    def _operation(self, members: Mapping[str, Any] | None) -> Operation | None:
        if self._file.method is not None:
            return Operation(self._file.method)
        return None if members is None else method_of(members)

    def _look_no_further(self, places: dict[str, Any], members: Mapping[str, Any] | None) -> None:
        """What can be said of a message whose object or method is not known."""
        everything = {**places, "payload": _in_clear(members or {}, None)}
        judge_keys(everything, (), self._note.stopped, self._note)
        settle(self._note, "what could be read", self._note.stopped)

    def _judge_contents(self, operation: Operation, members: Mapping[str, Any], places: dict[str, Any]) -> None:
        note = self._note
        contents = Members(operation, members, note)
        contents.judge(self._keys, self._file.payment_id)
        if operation is Operation.MAKE_PAYMENT:
            judge_amounts(contents.sound, note)
        transport = Transport(self._keys, note)
        data = Data()
        name = data_member(operation)
        no_key = ""
        if operation is not Operation.GET_PAYMENT:
            transport.judge(members, contents.sound, operation is Operation.MAKE_PAYMENT)
            no_key = transport.missing
        personal: list[str] = []
        not_opened = ""
        if name is not None:
            data = Sealed(name, note).judge(contents.sound.get(name), transport.aes_keys, no_key)
            not_opened = "" if data.payload is not None else no_key or "the encrypted data could not be opened"
            personal = judge_people(operation, data.payload, not_opened, self._today, note)
        clear = {**places, "payload": _in_clear(members, name), "JWE header": data.header or {}}
        if name is not None:
            judge_personal(clear, personal, not_opened, note)
        judge_keys(clear, transport.secrets, no_key, note)
        settle(note, "all texts", not_opened)


def _headline(told: Mapping[str, str]) -> Words:
    return Words(
        en=f"{told['form']}, {told['bytes']} bytes; method: {told['method']} (told by {told['told_by']}); "
        f"padding of key transport: {told['transport']}",
        ru=f"{told['form']}, байт: {told['bytes']}; метод: {told['method']} (определён по: {told['told_by']}); "
        f"дополнение ключа: {told['transport']}",
    )


def _in_clear(members: Mapping[str, Any], data: str | None) -> dict[str, Any]:
    """The members without those that are encrypted."""
    return {name: value for name, value in members.items() if name not in (*KEYS, data)}


__all__ = ["check_message"]
