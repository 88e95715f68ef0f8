"""A bank's client software as a program: `python -m tests.paying CONFIG MOBILE` makes one payment over HTTP."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.provider import system_clock
from conformance.contracts.instant_payment.sender import BankClient
from conformance.contracts.instant_payment.stand import GOOD_PAYER
from conformance.crypto.keys import private_key, public_part
from conformance.transport.http import HttpTransport
from conformance.transport.message import Reply, Request


class OverHttp:
    """The gateway as the client reaches it."""

    def __init__(self, base_url: str) -> None:
        self._transport = HttpTransport(base_url, timeout_s=60, connections=2)

    def handle(self, request: Request) -> Reply:
        return self._transport.exchange(request)

    def close(self) -> None:
        self._transport.close()


def client_of(document: dict[str, Any], mobiles: list[str], client_class: type[BankClient] = BankClient) -> BankClient:
    """A client with the keys and names of a configuration; its random numbers depend on the mobile numbers alone."""

    def bank(name: str) -> RegisteredBank:
        private = private_key(document["keys"][name]["private"])
        return RegisteredBank(**document["banks"][name], key=public_part(private), private=private)

    return client_class(
        bank=bank("sender"),
        receiver=bank("receiver"),
        mobiles=mobiles,
        payer=GOOD_PAYER,
        zone=ZoneInfo(document["dates"]["zone"]),
        clock=system_clock,
        sleep=time.sleep,
        random=Random(" ".join(mobiles)),
        interval_s=document["polling"]["interval_s"],
    )


def main(config: str, mobile: str) -> None:
    document = json.loads(Path(config).read_text("utf-8"))
    gateway = OverHttp(document["target"]["base_url"])
    client_of(document, [mobile]).call(gateway)
    gateway.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
