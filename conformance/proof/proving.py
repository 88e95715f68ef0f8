"""Carrying a proof out: every exhibit once, spread over the cores."""

from __future__ import annotations

import gc
import logging
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from conformance.proof.exhibits import Exhibit, Shown, tried


def shown_by(
    batch: Sequence[Exhibit], jobs: int, told: Callable[[Shown], None] = lambda shown: None
) -> tuple[Shown, ...]:
    """What each exhibit shows, in their order; `told` learns of each as it is done."""
    # Fresh processes, since a fork would take along whatever threads the caller has.
    spawning = multiprocessing.get_context("spawn")
    found: dict[Exhibit, Shown] = {}
    with ProcessPoolExecutor(jobs, mp_context=spawning, initializer=_quiet) as pool:
        waiting = [pool.submit(tried, exhibit) for exhibit in batch]
        try:
            for future in as_completed(waiting):
                shown = future.result()
                found[shown.exhibit] = shown
                told(shown)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(found[exhibit] for exhibit in batch)


def _quiet() -> None:
    # A defect may break a rule by failing inside; that is for the checks to see and no news for the terminal.
    logging.disable(logging.CRITICAL)
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # trials make much garbage, and nearly all of it dies young
