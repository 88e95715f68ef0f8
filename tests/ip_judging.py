"""The judge of messages in files as the tests call it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from conformance.contracts.instant_payment.message import check_message
from conformance.engine.offline import MessageFile, MessageReport
from conformance.engine.verdict import Verdict
from tests.ip_messages import PAYMENT_ID

TODAY = date(2026, 3, 1)
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "messages" / "instant-payment"
ALL_KEYS = FIXTURES / "KEYS.toml"


def written(folder: Path, document: str) -> Path:
    path = folder / "KEYS.toml"
    path.write_text(document, "utf-8")
    return path


def judge(content: str | bytes, keys: Path | None, **options: Any) -> MessageReport:
    content = content.encode("utf-8") if isinstance(content, str) else content
    return check_message(MessageFile(content, keys, payment_id=PAYMENT_ID, **options), TODAY)


def broken(report: MessageReport) -> set[str]:
    return {finding.requirement for finding in report.of(Verdict.FAIL, Verdict.WARN)}


def verdicts(report: MessageReport, requirement: str) -> set[Verdict]:
    return {finding.verdict for finding in report.about(requirement)}
