"""The commands about evidence. Thin: each reads its options, calls one module here, and gives an exit code."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.errors import UsageError

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("bundle", type=_FOLDER)
@click.option("--key", required=True, metavar="PEM", help="Private key: a file, or env:NAME.")
@click.option("--alg", type=click.Choice(["EdDSA", "ES256", "PS256"]), help="The one that fits the key.")
@click.option("--chain", metavar="PEM", help="Certificates of that key, its own first: a file, or env:NAME.")
def seal(bundle: Path, key: str, alg: str | None, chain: str | None) -> int:
    """Sign every file of a report folder, so that it can be trusted without trusting its sender."""
    from conformance.evidence.seal import SEAL
    from conformance.evidence.seal import seal as sealed

    manifest = sealed(bundle, key, alg, chain)
    click.echo(f"sealed {len(manifest.files)} files in {bundle / SEAL}", err=True)
    return 0


@click.command()
@click.argument("bundle", type=_FOLDER)
@click.option(
    "--trust", multiple=True, required=True, metavar="PEM", help="Public key or certificate; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="The findings on standard output as JSON.")
def verify(bundle: Path, trust: tuple[str, ...], as_json: bool) -> int:
    """Check a sealed bundle: its signature and files, and every verdict anew, without any network.

    Exit codes: 0 it holds, 1 it is not to be trusted, 2 usage.
    """
    from conformance.crypto.signing import trusted
    from conformance.evidence.seal import text_of
    from conformance.evidence.verification import verify as verified

    verification = verified(bundle, [trusted(text_of(place, "--trust"), place) for place in trust])
    click.echo(verification.as_json() if as_json else verification.as_lines())
    return 0 if verification.holds else 1


@click.command()
@click.argument("bundle", type=_FOLDER)
@click.option(
    "--policy", required=True, type=click.Path(path_type=Path), metavar="TOML", help="What the operator asks."
)
@click.option("--json", "as_json", is_flag=True, help="The rules on standard output as JSON.")
def gate(bundle: Path, policy: Path, as_json: bool) -> int:
    """Verify a sealed bundle and hold it against a policy, rule by rule.

    Exit codes: 0 accepted, 1 refused, 2 usage.
    """
    from conformance.evidence.gate import gate as decided

    decision = decided(bundle, policy)
    click.echo(decision.as_json() if as_json else decision.as_lines())
    return 0 if decision.accepted else 1


@click.command()
@click.argument("before", type=click.Path(path_type=Path, exists=True))
@click.argument("after", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--latency-floor",
    type=click.FloatRange(min=0),
    default=100.0,
    show_default=True,
    metavar="MS",
    help="A latency that doubled by less is noise.",
)
@click.option("--json", "as_json", is_flag=True, help="The changes on standard output as JSON.")
def compare(before: Path, after: Path, latency_floor: float, as_json: bool) -> int:
    """What changed between two report folders or results.json: worse, better, other readings.

    Of folders also where an operation takes twice as long (p50, p95, p99 of what it served).

    Exit codes: 0 nothing got worse, 1 something did, 2 usage.
    """
    from conformance.evidence.comparing import compare as compared

    comparison = compared(before, after, latency_floor)
    click.echo(comparison.as_json() if as_json else comparison.as_lines())
    return 1 if comparison.got_worse else 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), required=True, metavar="KEY.pem", help="Private key.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="FILE with the ending .jws by default.")
def waive(file: Path, key: Path, out: Path | None) -> int:
    """Check the waivers in FILE (TOML), and sign them.

    Exit codes: 0 signed, 2 usage, 6 a waiver is expired, too broad or incomplete.
    """
    from datetime import UTC, datetime

    from conformance.config import contract_named
    from conformance.contracts import contract
    from conformance.evidence.waivers import read_known_issues, signed_waivers
    from conformance.reporting.results import write_text

    document = read_known_issues(file)
    the_contract = contract(contract_named(document, file))
    target = out or file.with_suffix(".jws")
    signed = signed_waivers(document, the_contract, key, datetime.now(UTC).date())
    try:
        write_text(target, f"{signed}\n")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror}); give another name with --out") from None
    click.echo(f"wrote {target}; conformance run CONFIG --waivers {target} --waiver-trust PUBLIC.pem", err=True)
    return 0


EVIDENCE = (waive, seal, verify, gate, compare)
