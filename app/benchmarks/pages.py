"""`aura bench pages`: what a page costs this server, cold and warm."""

import asyncio
from time import perf_counter
from urllib.parse import quote

import httpx
from starlette.applications import Starlette

from app.benchmarks.machine import Timing, timing
from app.dashboard import build_pages
from app.wiring import Parts
from data.query import Filter, OrderBy

ROUNDS = 100


def pages(parts: Parts) -> list[Timing]:
    """Time whole answers, with everything but the network: the first view, then views again."""
    return asyncio.run(_pages(parts))


async def _pages(parts: Parts) -> list[Timing]:
    segments = parts.gold.values("segment", parts.identity.identify(None).scope)
    addresses = {
        "overview": "/",
        "overview, one segment": f"/?segment={quote(segments[0])}" if segments else "/",
        "client": f"/customers/{quote(_first_customer(parts))}",
    }
    transport = httpx.ASGITransport(Starlette(routes=list(build_pages(parts))))
    timings: list[Timing] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for name, address in addresses.items():
            timings.append(timing(f"{name}, first view", [await _milliseconds(client, address)]))
            again = [await _milliseconds(client, address) for _ in range(ROUNDS)]
            timings.append(timing(f"{name}, warm", again))
    return timings


def _first_customer(parts: Parts) -> str:
    found = parts.gold.customers(
        filters=[Filter(dimension="status", op="=", value="active")],
        scope=parts.identity.identify(None).scope,
        sort_by=OrderBy(by="arr"),
        limit=1,
    )
    return str(found.rows[0][0])


async def _milliseconds(client: httpx.AsyncClient, address: str) -> float:
    start = perf_counter()
    (await client.get(address)).raise_for_status()
    return 1000 * (perf_counter() - start)
