"""Units on one owner take turns, and nobody who leaves keeps a turn."""

from __future__ import annotations

import asyncio

import pytest

from reverie_server.storage.postgres_turns import Owner, Turns

U: Owner = ("w", "u")
V: Owner = ("w", "v")


async def settle() -> None:
    """Lets everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_owners_turns_come_in_the_order_of_asking() -> None:
    turns = Turns()
    order: list[int] = []

    async def work(number: int) -> None:
        await turns.take(U)
        order.append(number)
        await asyncio.sleep(0)
        turns.give(U)

    await asyncio.gather(*(work(number) for number in range(20)))
    assert order == list(range(20))
    assert turns.idle


async def test_owners_do_not_wait_for_each_other() -> None:
    turns = Turns()
    await turns.take(U)
    await turns.take(V)
    turns.give(V)
    turns.give(U)
    assert turns.idle


async def test_who_leaves_while_waiting_is_passed_over() -> None:
    turns = Turns()
    await turns.take(U)
    leaver = asyncio.create_task(turns.take(U))
    stayer = asyncio.create_task(turns.take(U))
    await settle()
    leaver.cancel()
    await settle()
    turns.give(U)
    await stayer
    turns.give(U)
    assert turns.idle


async def test_who_leaves_in_the_moment_of_the_turn_hands_it_on() -> None:
    turns = Turns()
    await turns.take(U)
    leaver = asyncio.create_task(turns.take(U))
    stayer = asyncio.create_task(turns.take(U))
    await settle()
    turns.give(U)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    await stayer
    turns.give(U)
    assert turns.idle
