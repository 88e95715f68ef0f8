"""The command `conformance`. Thin: each command reads its options, calls one room, and gives an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from conformance import __version__
from conformance.commands import OFFLINE
from conformance.errors import SuiteError, TargetUnreachable, UnacceptableWaiver, UnknownName, UsageError
from conformance.evidence.commands import EVIDENCE
from conformance.reporting.overhearing import overheard, tell_no_values_of_threads, told_without_values

DEFAULT_CONTRACT = "kz-accounts"
FUZZ_BUDGETS = ("off", "quick", "standard", "deep")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="conformance")
def cli() -> None:
    """Does the system at this URL keep its contract?"""


@cli.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option("--target", help="Base URL; goes before the one in CONFIG.")
@click.option("--contract", "contract_id", help="Contract; goes before the one in CONFIG.")
@click.option("--role", help="Who is under test; goes before the role in CONFIG.")
@click.option("--only", multiple=True, metavar="ID", help="Only requirements or checks that start with ID.")
@click.option("--skip", multiple=True, metavar="ID", help="Not those that start with ID; the run is then not complete.")
@click.option("--report-dir", type=click.Path(path_type=Path, file_okay=False), help="Where results go.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Requests at once.")
@click.option("--max-rps", type=click.FloatRange(min=0, min_open=True), help="Requests a second at the most.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed sends the same requests.")
@click.option("--fuzz", type=click.Choice(FUZZ_BUDGETS), default="off", show_default=True, help="Drawn requests.")
@click.option("--replay", type=click.Path(path_type=Path), metavar="FILE", help="Send a stored fuzz-requests.jsonl.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS")
@click.option("--lang", type=click.Choice(["en", "ru", "kk"]), default="en", show_default=True)
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
@click.option("--json", "as_json", is_flag=True, help="The result on standard output.")
@click.option("--yes-production", is_flag=True, help="Go on though the target looks like production.")
@click.option("--waivers", type=click.Path(path_type=Path), metavar="FILE", help="Signed acceptance of failures.")
@click.option("--waiver-trust", type=click.Path(path_type=Path), metavar="PUBLIC.pem", help="Who may waive.")
@click.option("--known-issues", type=click.Path(path_type=Path), metavar="FILE", help="Failures that CI knows.")
@click.option("--allure", is_flag=True, help="Allure results in the report folder.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with a run that was broken off.")
@click.option("--skip-doctor", is_flag=True, hidden=True, help="Run against a target that answers nothing well.")
def run(
    config: Path | None,
    target: str | None,
    contract_id: str | None,
    role: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    report_dir: Path | None,
    workers: int,
    max_rps: float | None,
    seed: int,
    fuzz: str,
    replay: Path | None,
    time_limit: float | None,
    lang: str,
    quiet: bool,
    as_json: bool,
    yes_production: bool,
    waivers: Path | None,
    waiver_trust: Path | None,
    known_issues: Path | None,
    allure: bool,
    resume: Path | None,
    skip_doctor: bool,
) -> int:
    """Certify the target in CONFIG; without CONFIG, the embedded reference provider on loopback.

    Exit codes: 0 conformant, 1 non-conformant, 2 usage, 3 inconclusive, 4 target not reachable or the doctor
    stopped the run, 5 error of the suite, 6 a waiver or known issue is expired, unused or too broad, 130
    interrupted. With --known-issues, failures that are known are none for the exit code.
    """
    from conformance.certification import Certification, Options, default_report_dir
    from conformance.config import contract_named, parsed, read_document
    from conformance.contracts import contract
    from conformance.doctor.command import keep_quiet, leave_for_production, warn
    from conformance.reporting.summary import summary
    from conformance.serving import served_apart

    def report(certification: Certification, stop_reason: str) -> None:
        """All that the run says at its end; whether that tells a secret is looked at after it."""
        if not quiet:
            of = certification.document, the_contract
            summary(*of, report_dir=options.report_dir, lang=lang, stop_reason=stop_reason)
        for line in certification.stale:
            click.echo(f"conformance: {line}", err=True)
        if as_json:
            click.echo(json.dumps(certification.document, ensure_ascii=False, indent=2))

    with ExitStack() as stack:
        said = stack.enter_context(overheard())
        if resume is not None and (config is None or report_dir is not None):
            raise UsageError("--resume DIR needs the CONFIG of that run, and is itself the --report-dir")
        if config is not None:
            document = read_document(config)
        elif target is not None:
            raise UsageError('--target needs a CONFIG with tokens; "conformance init" writes one to fill in')
        else:
            embedded = contract(contract_id or DEFAULT_CONTRACT)
            _one_of_the_roles(role, embedded.roles)
            if role in embedded.attend:
                raise UsageError(f"--role {role} needs a CONFIG: the software under test calls the suite")
            document = stack.enter_context(served_apart(embedded.id, role))
        _override(document, target, contract_id, role)
        the_contract = contract(contract_named(document, config))
        path = config or Path("embedded configuration")
        declaration, warnings = parsed(document, the_contract.configuration_of(document.get("role")), path)
        options = Options(
            resume or report_dir or default_report_dir(the_contract.id),
            only,
            skip,
            workers,
            max_rps,
            seed,
            time_limit,
            fuzz,
            replay,
            yes_production or leave_for_production(declaration.target.base_url),
            skip_doctor,
            waivers,
            waiver_trust,
            known_issues,
            allure,
            resume is not None,
        )
        if config is not None and not quiet:
            for line in _in_one_line(warnings):
                click.echo(f"warning: {line}", err=True)
        told = warn if config is not None and not quiet else keep_quiet
        certification = Certification(the_contract, declaration, options, quiet, lang, told, report, said)
        outcome = certification.conduct()
    for line in certification.leaks:
        click.echo(f"warning: {line}; keep it to yourself, it cannot be sealed", err=True)
    return int(certification.exit_code(outcome))


@cli.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--yes-production", is_flag=True, help="Go on though the target looks like production.")
@click.option("--lang", type=click.Choice(["en", "ru", "kk"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The findings on standard output.")
def doctor(config: Path, yes_production: bool, lang: str, as_json: bool) -> int:
    """Look at the target in CONFIG before any verdict: what is found, whose it is, what helps. Only reads.

    Exit codes: 0 a run can begin, 2 usage or configuration, 4 something stops it.
    """
    from conformance.config import contract_named, parsed, read_document
    from conformance.contracts import contract
    from conformance.doctor.command import consulted

    document = read_document(config)
    the_contract = contract(contract_named(document, config))
    declaration, warnings = parsed(document, the_contract.configuration_of(document.get("role")), config)
    for line in _in_one_line(warnings):
        click.echo(f"warning: {line}", err=True)
    is_well = consulted(the_contract, declaration, yes_production=yes_production, lang=lang, as_json=as_json)
    return 0 if is_well else 4


@cli.command()
@click.argument("contract_id", metavar="CONTRACT")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("conformance.toml"), show_default=True
)
@click.option("--role", help="Who is under test, where that needs another configuration.")
def init(contract_id: str, out: Path, role: str | None) -> int:
    """Write a commented configuration to fill in."""
    from conformance.contracts import contract

    the_contract = contract(contract_id)
    _one_of_the_roles(role, the_contract.roles)
    text = the_contract.configuration_templates.get(role or "", the_contract.configuration_template)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{out}: exists already; give another name with --out") from None
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); give another name with --out") from None
    click.echo(f"wrote {out}; fill it in, then: conformance run {out}", err=True)
    return 0


@cli.command(name="list")
@click.argument("contract_id", metavar="CONTRACT")
@click.option("--json", "as_json", is_flag=True)
@click.option("--lang", type=click.Choice(["en", "ru", "kk"]), default="en", show_default=True)
def list_(contract_id: str, as_json: bool, lang: str) -> int:
    """All requirements of a contract with their checks."""
    from conformance.contracts import contract
    from conformance.reporting.listing import requirements_json, requirements_table
    from conformance.reporting.terminal import output_console

    the_contract = contract(contract_id)
    if as_json:
        click.echo(json.dumps(requirements_json(the_contract), ensure_ascii=False, indent=2))
    else:
        output_console().print(requirements_table(the_contract, lang))
    return 0


@cli.command()
@click.argument("contract_id", metavar="CONTRACT")
@click.option(
    "--defect", "defects", multiple=True, metavar="NAME", help="Break one rule, or many by one mishap; may be repeated."
)
@click.option("--variant", metavar="NAME", help="Conform in another lawful way.")
@click.option("--null", "null_target", metavar="NAME", help="A target that conforms to nothing.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option("--role", help="Who the provider plays.")
@click.option("--attended", is_flag=True, hidden=True, help="Stop once standard input ends.")
def serve(
    contract_id: str,
    defects: tuple[str, ...],
    variant: str | None,
    null_target: str | None,
    port: int,
    role: str | None,
    attended: bool,
) -> int:
    """Serve the reference provider on loopback until interrupted.

    Prints one JSON line: `url`, and beside it the whole configuration. Saved to a file, that line is itself a
    CONFIG for `conformance run`.
    """
    from conformance.contracts import contract
    from conformance.serving import server_of

    the_contract = contract(contract_id)
    if sum(map(bool, (defects, variant, null_target))) > 1:
        raise UsageError("--defect, --variant and --null exclude each other")
    _one_of_the_roles(role, the_contract.roles)
    if role in the_contract.attend:
        raise UsageError(f"--role {role}: there is nothing to serve, since it calls the suite")
    options: dict[str, Any] = {"role": role} if role else {}
    if defects:
        broken = [_named("defect", name, the_contract.broken_providers()) for name in defects]
        for defect in broken:
            options = {**getattr(defect, "tried_with", {}), **options}  # the stand on which the defect shows
        options["provider_class"] = broken[0] if len(broken) == 1 else type("And".join(defects), tuple(broken), {})
    if variant:
        lawful = _named("variant", variant, the_contract.variants())
        options = {**getattr(lawful, "tried_with", {}), **options, "provider_class": lawful}
    stand = the_contract.stand(**options)
    handler = _named("null target", null_target, the_contract.null_targets(stand)) if null_target else stand.provider
    server = server_of(handler, port)
    if attended:
        server.stop_with_standard_input()
    click.echo(json.dumps({"url": server.url, **stand.configuration(server.url)}, ensure_ascii=False))
    sys.stdout.flush()
    server.run()
    return 0


@cli.command()
@click.argument("contract_id", metavar="CONTRACT")
@click.option("--markdown", is_flag=True, help="The text of COVERAGE.md.")
def coverage(contract_id: str, markdown: bool) -> int:
    """Clause by clause: requirement, checks and defects, or the reason why not."""
    from conformance.contracts import contract
    from conformance.reporting.coverage import as_markdown, as_text
    from conformance.reporting.coverage import coverage as rows_of
    from conformance.reporting.terminal import output_console

    the_contract = contract(contract_id)
    rows = rows_of(the_contract)
    if markdown:
        click.echo(as_markdown(the_contract, rows), nl=False)
    else:
        output_console().print(as_text(rows))
    return 0


for command in (*EVIDENCE, *OFFLINE):
    cli.add_command(command)


def main() -> None:
    """The entry point: every error becomes one line and an exit code."""
    tell_no_values_of_threads()
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        click.echo(help_wanted.format_message())
        code = 2
    except click.UsageError as error:
        click.echo(f"conformance: {error.format_message()}", err=True)
        code = 2
    except UsageError as error:
        click.echo(f"conformance: {error}", err=True)
        code = 2
    except UnacceptableWaiver as error:
        for line in error.lines:
            click.echo(f"conformance: {line}", err=True)
        code = 6
    except TargetUnreachable as error:
        click.echo(f"conformance: {error}", err=True)
        code = 4
    except (KeyboardInterrupt, click.Abort):
        code = 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has gone; nothing is left to tell it
        code = 0
    except (SuiteError, Exception) as error:
        click.echo(told_without_values(error), err=True)
        code = 5
    sys.exit(code)


def _override(document: dict[str, Any], target: str | None, contract_id: str | None, role: str | None) -> None:
    """Options of the command line go before the file."""
    if target is not None:
        table = document.setdefault("target", {})
        if isinstance(table, dict):
            table["base_url"] = target
    if contract_id is not None:
        document["contract"] = contract_id
    if role is not None:
        document["role"] = role


def _in_one_line(warnings: list[str]) -> list[str]:
    """The first warning, and how many more there are of its kind: ten secrets in clear need not be ten lines."""
    return [f"{warnings[0]} (and {len(warnings) - 1} more)" if len(warnings) > 1 else warnings[0]] if warnings else []


def _one_of_the_roles(role: str | None, known: Sequence[str]) -> None:
    if role is not None and role not in known:
        raise UnknownName("role", role, known)


def _named(kind: str, name: str, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise UnknownName(kind, name, known)
    return known[name]
