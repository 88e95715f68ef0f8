"""Only what the trusted key signed, to the byte, is a waiver."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from conformance.crypto import jws
from conformance.crypto.keys import new_private_key, private_key
from conformance.evidence.waivers import TYPE
from tests.test_cli import Shell, conformance
from tests.waiving import TODAY, Desk, desk, desk_of

__all__ = ["conformance", "desk", "desk_of"]

SOME = "check:0123456789abcdef"


def refused(desk: Desk, waivers: Path, public: Path, text: str) -> None:
    said, document = desk.run("--waivers", waivers, "--waiver-trust", public)
    assert (said.code, document) == (2, {})
    assert text in said.err.splitlines()[-1]


def test_a_waiver_needs_the_key_of_who_may_waive(desk: Desk) -> None:
    waivers, public = desk.signed(desk.entry(SOME))
    said, _ = desk.run("--waivers", waivers)
    assert said.code == 2 and "--waivers needs --waiver-trust" in said.err
    public.write_bytes(new_private_key("ES256").export_to_pem())
    refused(desk, waivers, public, "accepted.jws: not signed by the trusted key")
    public.write_bytes(new_private_key("RS256").export_to_pem())
    refused(desk, waivers, public, "accepted.jws: not signed by the trusted key")


def test_a_private_key_is_none_to_trust(desk: Desk) -> None:
    waivers, _ = desk.signed(desk.entry(SOME))
    refused(desk, waivers, desk.folder / "key.pem", "this is a private key")


def test_any_changed_byte_of_a_signed_object_is_found(desk: Desk) -> None:
    waivers, public = desk.signed(desk.entry(SOME))
    text = waivers.read_text("utf-8").strip()
    places = range(0, len(text), max(1, len(text) // 12))
    for place in places:
        other = "A" if text[place] != "A" else "B"
        waivers.write_text(text[:place] + other + text[place + 1 :], "utf-8")
        refused(desk, waivers, public, "not signed by the trusted key")


def test_unsigned_and_otherwise_signed_things_are_no_waivers(desk: Desk) -> None:
    waivers, public = desk.signed(desk.entry(SOME))
    refused(desk, desk.folder / "accepted.toml", public, "not signed by the trusted key")
    header, payload, _ = jws.parts(waivers.read_text("utf-8").strip())
    none = jws.joined({**header, "alg": "none"}, payload)
    waivers.write_text(none, "utf-8")
    refused(desk, waivers, public, "not signed by the trusted key")
    key = private_key((desk.folder / "key.pem").read_text("utf-8"))
    waivers.write_text(jws.sign(payload, key, "ES256", typ="JWT"), "utf-8")
    refused(desk, waivers, public, "signed, but no waivers")


def test_a_signed_entry_is_held_to_the_same_rules_on_the_day_of_the_run(desk: Desk) -> None:
    waivers, public = desk.signed(desk.entry(SOME))
    payload = jws.parts(waivers.read_text("utf-8").strip())[1]
    payload["waiver"][0]["expires"] = (TODAY - timedelta(days=1)).isoformat()
    key = private_key((desk.folder / "key.pem").read_text("utf-8"))
    waivers.write_text(jws.sign(payload, key, "ES256", typ=TYPE), "utf-8")
    said, document = desk.run("--waivers", waivers, "--waiver-trust", public)
    assert (said.code, document) == (6, {})
    assert "expired on" in said.err


def test_waive_signs_nothing_that_is_wrong(conformance: Shell, desk: Desk) -> None:
    desk.signed(desk.entry(SOME))
    (desk.folder / "accepted.jws").unlink()
    key = desk.folder / "key.pem"
    said = conformance("waive", desk.file(desk.entry(SOME, expires=date(2020, 1, 1))), "--key", key)
    assert said.code == 6 and "expired on 2020-01-01" in said.err
    said = conformance("waive", desk.file(desk.entry(SOME)), "--key", desk.folder / "public.pem")
    assert said.code == 2 and "this is a public key" in said.err
    said = conformance("waive", desk.file(desk.entry(SOME)), "--key", key, "--out", desk.folder / "no" / "file.jws")
    assert said.code == 2 and "cannot be written" in said.err
    assert not (desk.folder / "accepted.jws").exists()
