"""Commands without a target: the proof of the suite, and one message judged by itself. Thin, as those of `cli`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from conformance.errors import UsageError


@click.command()
@click.argument("contract_id", metavar="[CONTRACT]", required=False)
@click.option("--only", multiple=True, metavar="NAME", help="Only exhibits of that name; * and ? stand for anything.")
@click.option("--jobs", type=click.IntRange(1, 64), default=None, help="Processes; as many as there are cores.")
@click.option("--report-dir", type=click.Path(path_type=Path, file_okay=False), help="Where proof.json and .html go.")
@click.option("--record", is_flag=True, help="Note the digest of this proof for all later runs of this version.")
@click.option("--quiet", is_flag=True, help="No progress, and of the matrix only what is wrong.")
@click.option("--json", "as_json", is_flag=True, help="The proof on standard output.")
def prove(
    contract_id: str | None,
    only: tuple[str, ...],
    jobs: int | None,
    report_dir: Path | None,
    record: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Show that the suite itself is right: lawful providers never fail, defects never pass, nor do null targets.

    All in this machine's memory; nothing is sent anywhere. Exit codes: 0 the proof holds, 2 usage, 5 it does not.
    """
    from conformance.contracts import contract, contract_ids
    from conformance.proof.command import proven

    chosen = [contract(name) for name in ([contract_id] if contract_id else contract_ids())]
    holds = [
        proven(one, only=only, jobs=jobs, report_dir=report_dir, record=record, quiet=quiet, as_json=as_json)
        for one in chosen
    ]
    return 0 if all(holds) else 5


@click.command(name="check-message")
@click.argument("contract_id", metavar="CONTRACT")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--keys", type=click.Path(path_type=Path), metavar="KEYS.toml", help="Keys that are at hand, or a conformance.toml."
)
@click.option("--method", metavar="NAME", help="What the message is for; else its members tell.")
@click.option("--payment-id", metavar="ID", help="The payment that the path of the request names.")
@click.option("--show-values", is_flag=True, help="Show signed values as they are; they may be personal.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--lang", type=click.Choice(["en", "ru"]), default="en", show_default=True)
def check_message(
    contract_id: str,
    file: Path,
    keys: Path | None,
    method: str | None,
    payment_id: str | None,
    show_values: bool,
    as_json: bool,
    lang: str,
) -> int:
    """Everything that is right and wrong with one message in FILE, or on standard input with -, without any network.

    Exit codes: 0 nothing wrong, 1 something wrong, 2 usage, 3 nothing wrong, but not everything could be looked at.
    """
    from conformance.contracts import contract
    from conformance.engine.offline import MessageFile
    from conformance.reporting.message_findings import findings_json, findings_text

    judge = contract(contract_id).check_message
    if judge is None:
        raise UsageError(f"{contract_id} has no messages that can be judged alone")
    report = judge(MessageFile(_content(file), keys, method, payment_id, show_values))
    name = "standard input" if str(file) == "-" else click.format_filename(file)
    if as_json:
        click.echo(json.dumps(findings_json(report, name), ensure_ascii=False, indent=2))
    else:
        click.echo(findings_text(report, name, lang))
    return report.exit_code


def _content(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{click.format_filename(file)}: no such file") from None
    except OSError as error:
        raise UsageError(f"{click.format_filename(file)}: cannot be read ({error.strerror})") from None


OFFLINE = (prove, check_message)
