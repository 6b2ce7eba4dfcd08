import asyncio

from reverie import Reverie


async def main() -> None:
    async with Reverie("127.0.0.1:50051") as reverie:
        async with reverie.session("alice", "brad") as call:
            await call.say("I love rock climbing, and I am allergic to peanuts.")
            await call.reply("Climbing yes, peanuts no. Got it.")
        found = await reverie.recall("alice", "brad", "Is she allergic to anything?")
        for hit in found.hits:
            print(f"{hit.score:.2f}  {hit.text}")


asyncio.run(main())
