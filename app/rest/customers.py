"""Clients: pages of them, and one in full."""

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.asking import Identify
from app.failures import ApiError
from app.governance.identity import Asker
from app.rest.answers import Called, RenderChart, ToolAnswer
from app.rest.clients import CLIENT_COLUMNS, Client, ClientInFull
from app.rest.queries import ClientFilters, Order, Word, any_of
from app.rest.tool_door import ClientId, ToolDoor, no_such_client
from data.query import Filter, OrderBy
from tools.customers import GetCustomerArgs, ListCustomersArgs, get_customer, list_customers

MAX_PAGE: Final = 500
MAX_OFFSET: Final = 10_000_000


class CustomersQuery(ClientFilters, Order):
    """Which clients, in what order, which page."""

    customer: list[Word] = any_of("Client id or name; typos are understood")
    product: list[Word] = any_of("Product")
    health_band: list[Word] = any_of("healthy, watch or at_risk")
    churn_risk: list[Word] = any_of("low, medium or high")
    status: list[Word] = any_of("active or churned; active when left out")
    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description="Clients a page.")
    offset: int = Field(default=0, ge=0, le=MAX_OFFSET, description="Clients to skip.")
    data_version: Word | None = Field(
        default=None,
        description="`data_version` of the page before: 409 when the data were rebuilt since.",
    )


class CustomersAnswer(ToolAnswer):
    """A page of clients; `facts` are over all that match, not only over this page."""

    customers: list[Client]
    total: int = Field(description="All clients that match.")
    limit: int
    offset: int
    next_offset: int | None = Field(
        description="Asks for the page after this one; null at the end."
    )
    data_version: str = Field(description="Changes when the data are rebuilt.")


class CustomerAnswer(ToolAnswer):
    """One client in full; `facts` say the same with units, as the chat does."""

    customer: ClientInFull


def add_customer_routes(
    router: APIRouter, door: ToolDoor, identify: Identify, render: RenderChart
) -> None:
    """Make the routes under /api/v1/customers."""
    router.add_api_route(
        "/api/v1/customers",
        _list_with(door, identify, render),
        response_model=CustomersAnswer,
        summary="List clients",
        tags=["customers"],
    )
    router.add_api_route(
        "/api/v1/customers/{customer_id}",
        _show_with(door, identify, render),
        response_model=CustomerAnswer,
        summary="Show one client",
        tags=["customers"],
    )


def _list_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def list_clients(
        asked: Annotated[CustomersQuery, Query()], asker: Annotated[Asker, Depends(identify)]
    ) -> CustomersAnswer:
        """Clients that meet all conditions, a page at a time; active ones unless `status` is given.

        The order is stable: ties are broken by `customer_id`, and clients without a value of the
        sort key come last. Hand `data_version` on to notice a rebuild between two pages.
        """
        version = await door.read(lambda: _version(door))
        if asked.data_version not in {None, version}:
            raise _data_changed()
        args = ListCustomersArgs(filters=asked.filters(), sort_by=asked.order(), limit=asked.limit)
        called = await door.call(list_customers, args, asker)
        resolved = called.result.args
        page = await door.read(
            lambda: door.gold.customers(
                filters=[Filter.model_validate(each) for each in resolved["filters"]],
                scope=asker.scope,
                sort_by=OrderBy.model_validate(resolved["sort_by"]),
                limit=asked.limit,
                offset=asked.offset,
                columns=CLIENT_COLUMNS,
            )
        )
        names = [column.name for column in page.columns]
        end = asked.offset + len(page.rows)
        return CustomersAnswer.of(
            _without_table(called),
            render,
            customers=[Client.of(dict(zip(names, row, strict=True))) for row in page.rows],
            total=page.total,
            limit=asked.limit,
            offset=asked.offset,
            next_offset=end if page.rows and end < page.total else None,
            data_version=version,
        )

    return list_clients


def _show_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def show_client(
        customer_id: ClientId, asker: Annotated[Asker, Depends(identify)]
    ) -> CustomerAnswer:
        """Contract, revenue, usage, support, sentiment, health and risk of one client.

        A client outside your scope and one that does not exist are the same 404.
        """
        called = await door.call(
            get_customer, GetCustomerArgs(customer=customer_id), asker, client=customer_id
        )
        row = await door.read(lambda: door.gold.customer(customer_id, asker.scope))
        if row is None:
            raise no_such_client(customer_id)
        return CustomerAnswer.of(called, render, customer=ClientInFull.of(row))

    return show_client


def _without_table(called: Called) -> Called:
    """The tool's table is always the first page; `customers` is the one that was asked for."""
    return called.model_copy(update={"result": called.result.model_copy(update={"table": None})})


def _version(door: ToolDoor) -> str:
    return hashlib.sha256(door.gold.version.encode()).hexdigest()[:16]


def _data_changed() -> ApiError:
    return ApiError(
        HTTPStatus.CONFLICT,
        "data_changed",
        "The data were rebuilt since the page before.",
        "Start again at offset 0, without `data_version`.",
    )
