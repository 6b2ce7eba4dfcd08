"""Lists as async iterators: page after page, as they are needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any


async def items(method: Callable[[Any], Awaitable[Any]], request: Any) -> AsyncIterator[Any]:
    """All items of a List or Search RPC, from the page that ``request`` names on.

    Args:
        method: the stub's method.
        request: its request; ``page_size`` says how many items come with one call.
    """
    page = type(request)()
    page.CopyFrom(request)
    while True:
        response = await method(page)
        for item in getattr(response, _items_field(response)):
            yield item
        if not response.next_page_token:
            return
        page.page_token = response.next_page_token


def _items_field(response: Any) -> str:
    """The one repeated field of the response."""
    names = [field.name for field in response.DESCRIPTOR.fields if field.is_repeated]
    if len(names) != 1:
        raise TypeError(f"{response.DESCRIPTOR.name} is not a page of one list")
    return names[0]
