"""Jinja: a typed context in, an HTML page or fragment out."""

from dataclasses import fields, is_dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from app.pages.assets import Assets
from app.pages.frame import Frame

TEMPLATES = Path(__file__).parents[1] / "templates"
PRIVATE = {"Cache-Control": "private, no-store"}


@cache
def assets() -> Assets:
    """The files of this process; they are read once."""
    return Assets()


def render(template: str, page: Any, frame: Frame | None = None) -> str:
    """Fill a template with the fields of a typed page.

    Args:
        template: File name in `app/templates`.
        page: A dataclass; its fields are the template's variables.
        frame: The surroundings; a fragment has none.
    """
    if not is_dataclass(page) or isinstance(page, type):
        raise TypeError(f"{template}: a page is a dataclass instance, got {page!r}")
    variables = {field.name: getattr(page, field.name) for field in fields(page)}
    return (
        _environment().get_template(template).render(**variables, frame=frame, asset=assets().url)
    )


def page_response(
    template: str, page: Any, frame: Frame, status: HTTPStatus = HTTPStatus.OK
) -> HTMLResponse:
    """A whole page; what it shows is for this asker alone and is not kept on the way."""
    html = render(template, page, frame)
    return HTMLResponse(html, status.value, headers=PRIVATE)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
