"""Every error of the suite.

SuiteError
├── UsageError            a person's input is wrong: one line that names what, where, remedy (exit code 2)
│   ├── ConfigError       the configuration file
│   ├── KeyFileError      a key or certificate
│   ├── BadRecord         a report folder that cannot be judged again
│   └── UnknownName       a contract, check, defect or variant that does not exist; suggests the nearest
├── NotTrusted            a signature behind which no trusted key stands
├── TargetUnreachable     nothing answers at the target's address (exit code 4)
│   └── DoctorStopped     the doctor found what leaves no room for a verdict
├── UnacceptableWaiver    a waiver or known issue is expired, too broad, incomplete or unused (exit code 6)
├── NoAnswer              one request of a run was not answered
├── OffTheRecord          a replay sends what the recorded run did not send
└── UnreadableReply       an answer lacks something that the next step needs
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SuiteError(Exception):
    """Root of all errors raised on purpose."""


class UsageError(SuiteError):
    """A person's input is wrong; the message is one line for that person."""


class ConfigError(UsageError):
    """The configuration file or one of its values is wrong."""


class KeyFileError(UsageError):
    """A key or certificate cannot be used."""


class BadRecord(UsageError):
    """What a run left in its report folder cannot be judged again: a file is missing, broken or of another format."""


class UnknownName(UsageError):
    """A name that stands for nothing.

    >>> print(UnknownName("contract", "kz-acounts", ["kz-accounts", "imts"]))
    no contract "kz-acounts"; did you mean "kz-accounts"?
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f'did you mean "{nearest[0]}"?' if nearest else _known(names)
        super().__init__(f'no {kind} "{name}"; {hint}')


class NotTrusted(SuiteError):
    """No trusted key stands behind a signature; the message says why."""


class TargetUnreachable(SuiteError):
    """Nothing answers at the target's address."""


class DoctorStopped(TargetUnreachable):
    """The doctor found what leaves no room for a verdict; the message is one line."""


class UnacceptableWaiver(SuiteError):
    """Waivers or known issues cannot be used; `lines` has one clear line for each fault."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("; ".join(self.lines))


class NoAnswer(SuiteError):
    """A request was sent and no whole answer came back (time-out, broken connection, answer too large)."""


class OffTheRecord(SuiteError):
    """A replay sends a request, or asks for a fact, that the recorded run did not have in that place."""


class UnreadableReply(SuiteError):
    """An answer lacks something that the next step of a check needs.

    `where` names the place in the answer, `why` says what is wrong there.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


def _known(names: list[str]) -> str:
    """All names where they fit a line, else how many there are."""
    if len(names) > 12:
        return f"there are {len(names)}, such as {', '.join(names[:3])}"
    return f"known: {', '.join(names) or 'none'}"
