"""What a turn knows before the model speaks: the page, the past, and who is asking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from data.query import Scope
from tools.contract import Chart, Role

RenderChart = Callable[[Chart], dict[str, Any]]
"""Makes a Plotly spec of a chart."""


class PageContext(BaseModel):
    """What the page around the chat says; it sets tone and focus and never widens rights.

    Attributes:
        user_role: The role whose tone and starters are wanted.
        segment: The page's segment filter; it holds for questions that name no segment.
        customer_id: The client on the page ("this client", "them").
        page: The page's own name or path.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    user_role: str | None = None
    segment: str | None = None
    customer_id: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class PlannerTurn:
    """What the built-in planner is told beside the messages.

    Attributes:
        page_customer_id: The client on the page, if the asker may see it.
        page_segment: The page's segment filter.
        as_of: The day that counts as today.
    """

    scope: Scope
    role: Role
    user_name: str
    as_of: date
    page_customer_id: str | None = None
    page_segment: str | None = None


class SessionStore(Protocol):
    """Conversations, kept by (session, user): nobody ever reads another user's.

    Messages are LangChain's JSON form of one message each (`messages_to_dict`), oldest first.
    The methods block; a turn calls them in a thread.
    """

    def load(self, session_id: str, user_id: str, *, limit: int) -> list[dict[str, Any]]:
        """The last `limit` messages of this user in this session; empty for a new one."""
        ...

    def append(self, session_id: str, user_id: str, messages: Sequence[dict[str, Any]]) -> None:
        """Add one turn's messages; the session is created when it is new."""
        ...
