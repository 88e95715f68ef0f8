"""What the tests of single messages of imts share: the judge as they call it, and messages that are signed here."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from conformance.contracts.imts.message import check_message
from conformance.contracts.imts.signature import SignatureReading, signature_of
from conformance.contracts.imts.wire import SIGNATURE, Number, body_of
from conformance.engine.offline import MessageFile, MessageReport
from conformance.engine.verdict import Verdict
from conformance.reporting.message_findings import findings_json, findings_text

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "messages" / "imts"
KEYS = FIXTURES / "KEYS.toml"
SECRET = "s3cret-of-the-messages-01"
KEY = hashlib.sha256(b"partner_key of the messages").digest()
FEES = {"originator_type": "person", "amount_source": Number("100.50"), "pg_salt": "0f1e2d3c4b5a6978"}


def judge(content: bytes | dict[str, Any], keys: Path | None = KEYS, **options: Any) -> MessageReport:
    return check_message(MessageFile(body_of(content) if isinstance(content, dict) else content, keys, **options))


def signed(members: dict[str, Any], secret: str = SECRET, reading: SignatureReading | None = None) -> dict[str, Any]:
    return {**members, SIGNATURE: signature_of(members, secret, reading or SignatureReading())}


def broken(report: MessageReport) -> set[str]:
    return {finding.requirement for finding in report.of(Verdict.FAIL, Verdict.WARN)}


def verdicts(report: MessageReport, requirement: str) -> set[Verdict]:
    return {finding.verdict for finding in report.about(requirement)}


def told(report: MessageReport) -> str:
    """Everything that a person or a program is told."""
    texts = [findings_text(report, "message", lang) for lang in ("en", "ru")]
    whole = "\n".join([*texts, json.dumps(findings_json(report, "message"), ensure_ascii=False)])
    assert whole.encode("utf-8"), "a terminal can print it"
    return whole


@cache
def fixture(name: str) -> MessageReport:
    return judge((FIXTURES / f"{name}.json").read_bytes())


def keys_file(folder: Path, text: str) -> Path:
    path = folder / "KEYS.toml"
    path.write_text(text, "utf-8")
    return path
