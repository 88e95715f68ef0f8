"""The role `sender`: the suite serves the gateway and waits until the payments of the scenarios were made."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.received import ring_of
from conformance.contracts.instant_payment.scenarios import ScenarioGateway
from conformance.contracts.instant_payment.sender_declaration import SenderDeclaration
from conformance.engine.session import Session
from conformance.errors import UsageError

_LOOK_S = 0.1
_STANDARD_ERROR = 2


def attend(session: Session, announce: Callable[[str], None]) -> None:
    """Serve until every scenario came to its end and nothing followed, or `sender.wait_s` is over, or the run stops.

    Raises UsageError when the address cannot be used or the command not be started.
    """
    declaration: SenderDeclaration = session.declaration  # type: ignore[assignment]
    timer = session.channel.timer
    gateway = ScenarioGateway(
        *banks_of(declaration),
        declaration.scenarios.place_of,
        declaration.polling.interval_s,
        lambda name, value: session.redactor.add_secret(name.upper().replace(".", "_"), value),
        padding=declaration.keys.transport,
        zone=declaration.zone,
        clock=timer.now,
        monotonic=timer.monotonic,
        sleep=timer.sleep,
    )
    session.attend(gateway, _Attendance(session, declaration, gateway, announce).wait)


def banks_of(declaration: SenderDeclaration) -> tuple[RegisteredBank, RegisteredBank]:
    """The bank under test and the one whose part the suite plays."""
    banks, ring = declaration.banks, ring_of(declaration)
    return (
        RegisteredBank(banks.sender.code, banks.sender.cert_id, ring.sender),
        RegisteredBank(banks.receiver.code, banks.receiver.cert_id, ring.receiver, ring.receiver_private),
    )


class _Attendance:
    """What the suite does while requests come in."""

    def __init__(
        self,
        session: Session,
        declaration: SenderDeclaration,
        gateway: ScenarioGateway,
        announce: Callable[[str], None],
    ) -> None:
        self._session = session
        self._declaration = declaration
        self._gateway = gateway
        self._announce = announce
        self._places = dict(declaration.scenarios.places())
        self._waiting = deque(self._places.values() if declaration.sender.command else ())
        self._process: subprocess.Popen[bytes] | None = None

    def wait(self) -> None:
        settings = self._declaration.sender
        who = f"starting {settings.command[0]} for each" if settings.command else "pay to each of them now"
        self._announce(
            f"serving the gateway at {self._declaration.target.base_url} for {settings.wait_s:g} s at most; "
            f"awaited are payments to {', '.join(f'scenarios.{place}' for place in self._places)}: {who}"
        )
        timer = self._session.channel.timer
        until = timer.monotonic() + settings.wait_s
        try:
            while timer.monotonic() < until and not self._is_over() and self._session.channel.stop_reason is None:
                self._session.sleep(_LOOK_S)
        finally:
            self._end_command()
        missing = [place for place in self._places if place not in self._gateway.settled]
        if missing:
            self._announce(f"not seen to its end: {', '.join(f'scenarios.{place}' for place in missing)}")

    def _is_over(self) -> bool:
        """Whether all is done, and nothing came for as long as something lawful could still come."""
        self._go_on_with_commands()
        polling = self._declaration.polling
        quiet = self._session.channel.timer.monotonic() - self._gateway.latest
        if self._process is not None or self._waiting:
            return False
        if self._declaration.sender.command:  # all of them have ended
            return True
        return self._gateway.all_settled(self._places) and quiet > polling.quiet_intervals * polling.interval_s

    def _go_on_with_commands(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._process = None
        if self._waiting:
            named = {"{mobile}": self._waiting.popleft(), "{amount}": self._declaration.amounts.usual}
            command = [_filled(part, named) for part in self._declaration.sender.command]
            try:
                # What it prints is for the person at the terminal; standard output belongs to the results.
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=_STANDARD_ERROR)
            except OSError as error:
                raise UsageError(f"sender.command: {command[0]} cannot be started ({error.strerror})") from None

    def _end_command(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()


def _filled(part: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        part = part.replace(name, value)
    return part
