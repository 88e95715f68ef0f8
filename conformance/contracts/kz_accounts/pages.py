"""kz-accounts 16, 43, 49, 64, A2.9: pages of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.contracts.kz_accounts.call import Call, invalid
from conformance.contracts.kz_accounts.wire import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE

Item = TypeVar("Item")

LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for; numbers start with 1."""

    number: int
    size: int

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        return self.number * self.size


class PagingRules:
    """The page that is asked for, and what an answer shows of a list."""

    default_page_number = 1
    default_page_size = DEFAULT_PAGE_SIZE

    def paging(self, call: Call) -> Paging:
        """The page asked for; raises Refusal for a number or size that is not allowed."""
        return Paging(self.page_number(call), self.page_size(call))

    def page_number(self, call: Call) -> int:
        text = self.single_value(call, "pageNumber")
        if text is None:
            return self.default_page_number
        number = self.integer("pageNumber", text)
        if not self.page_number_is_allowed(number):
            raise invalid("pageNumber", "must be at least 1")
        return number

    def page_size(self, call: Call) -> int:
        text = self.single_value(call, "pageSize")
        if text is None:
            return self.default_page_size
        size = self.integer("pageSize", text)
        if not self.page_size_is_allowed(size):
            raise invalid("pageSize", f"must be between 1 and {LARGEST_PAGE_SIZE}")
        return size

    def single_value(self, call: Call, name: str) -> str | None:
        """The value of a parameter that may be given once; None where it is absent."""
        values = call.values(name)
        if len(values) > 1:
            raise invalid(name, "is given more than once")
        return values[0] if values else None

    def integer(self, name: str, text: str) -> int:
        """A whole number in plain ASCII digits that fits 64 bits."""
        if not _INTEGER.fullmatch(text) or abs(number := int(text)) > LARGEST_INTEGER:
            raise invalid(name, "is not a whole number")
        return number

    def page_number_is_allowed(self, number: int) -> bool:
        """16: numbering starts with 1; there is no last number."""
        return number >= 1

    def page_size_is_allowed(self, size: int) -> bool:
        """49, 64: at most 100."""
        return 1 <= size <= LARGEST_PAGE_SIZE

    # --- what is shown ------------------------------------------------------------------------------------

    def check_page_exists(self, matching: Sequence[Any], paging: Paging) -> None:
        """A page beyond the end is served, and empty (R16)."""

    def page_items(self, matching: Sequence[Item], paging: Paging) -> Sequence[Item]:
        """The items of one page: neither overlap nor gap."""
        return matching[paging.start : paging.end]

    def page_json(self, matching: Sequence[Any], paging: Paging, call: Call) -> dict[str, Any]:
        return {
            "totalItems": self.total_items(matching, paging, call),
            "isLastPage": self.page_is_last(matching, paging, call),
        }

    def total_items(self, matching: Sequence[Any], paging: Paging, call: Call) -> int:
        """A2.9: all items that match the query, the same on every page."""
        return len(matching)

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        """A2.9: nothing follows this page."""
        return paging.end >= len(matching)


_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
