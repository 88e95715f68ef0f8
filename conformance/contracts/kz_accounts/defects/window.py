"""Providers that take other windows of transactions than they should."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.contracts.kz_accounts.call import Call, Refusal
from conformance.contracts.kz_accounts.filters import Window
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode

BOTH = frozenset({"start", "end"})


class RefusesNinetyDays(Provider):
    """Takes a window of 90 days as the first one that is too long."""

    breaks = "KZA-WINDOW-01"

    def window_is_too_long(self, window: Window, call: Call) -> bool:
        return window.end - window.start >= timedelta(days=90)


class CountsHalfAYearAsSixShortMonths(Provider):
    """Refuses windows that start 175 days ago."""

    breaks = "KZA-WINDOW-02"

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        return window.start < call.received - timedelta(days=175)


class ReachesBackForever(Provider):
    """Serves windows of any age."""

    breaks = "KZA-WINDOW-03"

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        return False


class ReachesBackAYear(Provider):
    """Serves windows that start up to 300 days ago."""

    breaks = "KZA-WINDOW-03"

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        return window.start < call.received - timedelta(days=300)


class CallsAnOldStartMissing(Provider):
    """Refuses an old start with the code for a missing field."""

    breaks = "KZA-WINDOW-03"

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        if super().window_starts_too_early(window, call):
            raise Refusal(400, ErrorCode.FIELD_MISSING, "from: is too old")
        return False


class AcceptsYearLongWindows(Provider):
    """Serves a window of any length."""

    breaks = "KZA-WINDOW-04"

    def window_is_too_long(self, window: Window, call: Call) -> bool:
        return window.given != BOTH and super().window_is_too_long(window, call)


class AcceptsFourMonths(Provider):
    """Serves windows of up to 120 days."""

    breaks = "KZA-WINDOW-04"

    def window_is_too_long(self, window: Window, call: Call) -> bool:
        limit = 120 if window.given == BOTH else 90
        return window.end - window.start > timedelta(days=limit)


class ServesReversedWindows(Provider):
    """Serves a window whose start is later than its end, as an empty one."""

    breaks = "KZA-WINDOW-05"

    def window_is_reversed(self, window: Window, call: Call) -> bool:
        return window.given != BOTH and super().window_is_reversed(window, call)


class ComparesOnlyTheDates(Provider):
    """Serves a window whose start is later than its end on the same day."""

    breaks = "KZA-WINDOW-05"

    def window_is_reversed(self, window: Window, call: Call) -> bool:
        return window.start.date() > window.end.date()


class RefusesAMoment(Provider):
    """Refuses a window whose start equals its end."""

    breaks = "KZA-WINDOW-06"

    def window_is_reversed(self, window: Window, call: Call) -> bool:
        return window.start >= window.end


class MeasuresOnlyWholeWindows(Provider):
    """Limits the length of a window only where both ends are given."""

    breaks = "KZA-WINDOW-07"

    def window_is_too_long(self, window: Window, call: Call) -> bool:
        return window.given == BOTH and super().window_is_too_long(window, call)


class DemandsAnEnd(Provider):
    """Refuses a start without an end."""

    breaks = "KZA-WINDOW-08"

    def window_is_reversed(self, window: Window, call: Call) -> bool:
        if window.given == {"start"}:
            raise Refusal(400, ErrorCode.FIELD_MISSING, "to: is missing")
        return super().window_is_reversed(window, call)


class EndsYesterdayByDefault(Provider):
    """Without an end a window reaches up to the start of today."""

    breaks = "KZA-WINDOW-09"

    def default_end(self, call: Call) -> datetime:
        return max(self.default_start(call), call.received - timedelta(hours=24))


class LagsAnHourByDefault(Provider):
    """Without an end a window ends an hour ago."""

    breaks = "KZA-WINDOW-09"

    def default_end(self, call: Call) -> datetime:
        return max(self.default_start(call), call.received - timedelta(hours=1))


class ServesAnEndBeforeTheDefaultStart(Provider):
    """Serves an end before today without a start, as an empty window."""

    breaks = "KZA-WINDOW-10"

    def window_is_reversed(self, window: Window, call: Call) -> bool:
        return "start" in window.given and super().window_is_reversed(window, call)


class StartsAMonthAgoByDefault(Provider):
    """Without a start a window reaches back 30 days."""

    breaks = "KZA-WINDOW-11"

    def default_start(self, call: Call) -> datetime:
        return call.received - timedelta(days=30)


class StartsMinutesAgoByDefault(Provider):
    """Without a start a window reaches back ten minutes."""

    breaks = "KZA-WINDOW-12"

    def default_start(self, call: Call) -> datetime:
        return call.received - timedelta(minutes=10)


class StartsMinutesAgoWithAnEnd(Provider):
    """With an end only, a window reaches back ten minutes."""

    breaks = "KZA-WINDOW-13"

    def default_start(self, call: Call) -> datetime:
        late = call.received - timedelta(minutes=10)
        return late if call.values(call.dialect.end_parameter) else super().default_start(call)


class StartsYesterdayWithAnEnd(Provider):
    """With an end only, a window starts a day earlier than without one."""

    breaks = "KZA-WINDOW-13"

    def default_start(self, call: Call) -> datetime:
        early = super().default_start(call)
        return call.received - timedelta(hours=48.5) if call.values(call.dialect.end_parameter) else early
