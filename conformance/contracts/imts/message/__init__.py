"""imts, a message in a file: one request body judged without any exchange, and shown as it was signed and closed.

What is open in the source (MTR01 to MTR06) is tried in every reading unless the keys file declares one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from conformance.contracts.imts.message.curtain import Curtain
from conformance.contracts.imts.message.keyfile import Keyring, keyring
from conformance.contracts.imts.message.sealed import Sealed
from conformance.contracts.imts.message.secrecy import judge_personal, judge_secrets
from conformance.contracts.imts.message.signing import FITS, FORM, Signing
from conformance.contracts.imts.wire import FEES_MEMBERS, SIGNATURE, Method, members_of
from conformance.data import specs
from conformance.engine.notebook import Notebook
from conformance.engine.offline import Asked, MessageFile, MessageReport, Words
from conformance.engine.register import Requirement, load_register
from conformance.errors import UnknownName, UsageError

HEADINGS = {"signature": "Request Signature", "encryption": "Encryption"}
"""The headings of the source in full, by their short names in clauses.toml."""

_LARGEST = 1024 * 1024  # bytes; a good message has about a thousand


def check_message(file: MessageFile) -> MessageReport:
    """Judge one message. Raises UsageError for an empty or oversized file, unusable keys or an unknown method."""
    if file.payment_id is not None:
        raise UsageError("--payment-id: a message of imts has no payment in its path")
    names = {name: method for method in Method for name in (method.value, method.key)}
    if file.method is not None and file.method not in names:
        raise UnknownName("method", file.method, list(Method))
    if not file.content.strip():
        raise UsageError("the file is empty; give the body of a request, a JSON object with pg_sig")
    if len(file.content) > _LARGEST:
        raise UsageError(f"the file has {len(file.content)} bytes; a message has a thousand, at most {_LARGEST}")
    return _Judge(file, keyring(file.keys), names[file.method] if file.method else None).report()


class _Judge:
    def __init__(self, file: MessageFile, keys: Keyring, method: Method | None) -> None:
        self._file, self._keys, self._method = file, keys, method
        self._note = Notebook(judged())
        self._curtain = Curtain(keys.secrets, show_values=file.show_values)

    def report(self) -> MessageReport:
        members, flaw = _read(self._file.content)
        method = self._method or (method_of(members) if members is not None else None)
        passages = []
        if members is None:
            self._note.stopped = f"the body {flaw}"
            self._note.wrong(FITS, "body", "one JSON object in UTF-8, whose values are signed", flaw)
        else:
            sealed = Sealed(members, self._keys, self._curtain, self._note)
            sealed.judge()
            signing = Signing(members, self._keys, self._curtain, self._note, len(self._file.content))
            if self._keys.is_unsigned(method) and SIGNATURE not in members:
                self._note.absent([FITS, FORM], SIGNATURE, "requests of this method are not signed (MTR14)")
            else:
                signing.judge()
                passages += signing.passages
            passages += sealed.passages
            judge_personal(members, sealed, self._curtain, self._note)
            judge_secrets(members, method, self._keys, self._curtain, self._note)
        summary = {
            "form": "request body",
            "method": method.value if method else "unknown",
            "told_by": "--method" if self._method else "its members" if method else "nothing",
            "bytes": str(len(self._file.content)),
            "members": str(len(members or {})),
            "signature": "declared" if self._keys.signing else "every reading is tried",
            "encryption": "declared" if self._keys.encryption else "every reading is tried",
            "partner_key": self._keys.forms_of_partner_key,
        }
        asked = {requirement.id: _cited(requirement) for requirement in judged()}
        return MessageReport(summary, self._note.finish(), asked, _headline(summary), tuple(passages))


@cache
def judged() -> tuple[Requirement, ...]:
    """The requirements on a message that can be seen in it."""
    register = load_register(specs("imts") / "register")
    return tuple(item for item in register if "message" in item.roles and item.is_checked)


def method_of(members: Mapping[str, Any]) -> Method | None:
    """What a body is for, where its members tell; names that are a bank's own tell nothing."""
    names = members.keys()
    if {"agent_id", "agent_secret"} <= names:
        return Method.GET_TOKEN
    if "refresh_token" in names:
        return Method.REFRESH_TOKEN
    if {"destination_type", "destination_identifier"} & names:
        return Method.CREATE
    return Method.FEES if {*FEES_MEMBERS} <= names else None


def _read(content: bytes) -> tuple[dict[str, Any] | None, str]:
    """The members, or why they cannot be read; nothing of the body is repeated in that."""
    try:
        return members_of(content), ""
    except UnicodeDecodeError as error:
        return None, f"is not UTF-8 at byte {error.start}"
    except ValueError as error:
        if not content.lstrip().startswith(b"{") and b"=" in content:
            return None, "is no JSON object, but looks like fields of a form (a=1&b=2)"
        return None, f"is no JSON object that can be read in one way ({error})"


def _cited(requirement: Requirement) -> Asked:
    headings = tuple(HEADINGS[clause] for clause in requirement.clauses)
    return Asked(requirement.level, requirement.title.en, requirement.title.ru, headings)


def _headline(told: Mapping[str, str]) -> Words:
    return Words(
        en=f"{told['form']}, {told['bytes']} bytes, {told['members']} members; method: {told['method']} (told by "
        f"{told['told_by']}); signature: {told['signature']}; encryption: {told['encryption']}",
        ru=f"{told['form']}, байт: {told['bytes']}, элементов: {told['members']}; метод: {told['method']} "
        f"(определён по: {told['told_by']}); подпись: {told['signature']}; шифрование: {told['encryption']}",
    )


__all__ = ["check_message", "judged", "method_of"]
