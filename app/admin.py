"""`aura users` and `aura audit`: people, tokens, and the record of who did what."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.governance.identity import Identity
from app.governance.scopes import ROLES, parse_role, parse_scope
from app.governance.secret import load_secret
from app.governance.tokens import DEFAULT_TTL_SECONDS, Tokens
from app.settings import Settings
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.users import Users
from app.terminal import failing_in_one_line, settings_of_command

users = typer.Typer(no_args_is_help=True, help="People who may sign in, and signed tokens.")
audit = typer.Typer(no_args_is_help=True, help="The record of who asked what.")

Name = Annotated[str, typer.Argument(help="The name they sign in with.")]
Role = Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")]
Scope = Annotated[
    str, typer.Option(help='Clients they see, as JSON, e.g. {"region": ["EMEA"]}; {} is all.')
]
Password = Annotated[
    str,
    typer.Option(prompt=True, confirmation_prompt=True, hide_input=True, help="Asked if left out."),
]


def _open(settings: Settings) -> Database:
    return Database.open(settings.home, settings.database_url)


@users.command("add")
def add(name: Name, role: Role, password: Password, scope: Scope = "{}") -> None:
    """Let somebody sign in."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        user = Users(_open(settings)).add(name, password, parse_role(role), parse_scope(scope))
        typer.echo(f"{user.name} may sign in as {user.role}.")


@users.command("list")
def list_users() -> None:
    """Show who may sign in."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        for user in Users(_open(settings)).all():
            state = "disabled" if user.disabled else "active"
            seen = (
                "all clients"
                if user.scope.is_full
                else user.scope.model_dump_json(exclude_none=True)
            )
            typer.echo(f"{user.name}\t{user.role}\t{state}\t{seen}")


@users.command("disable")
def disable(name: Name) -> None:
    """Lock somebody out; their conversations stay."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        typer.echo(f"{Users(_open(settings)).disable(name).name} is disabled.")


@users.command("set-password")
def set_password(name: Name, password: Password) -> None:
    """Give somebody a new password."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        typer.echo(
            f"{Users(_open(settings)).set_password(name, password).name} has a new password."
        )


@users.command("token")
def token(
    role: Annotated[str | None, typer.Option(help="Their own role by default.")] = None,
    scope: Annotated[str | None, typer.Option(help="As JSON; their own by default.")] = None,
    user: Annotated[str | None, typer.Option(help="Whom it is for.")] = None,
    ttl: Annotated[int, typer.Option(help="Seconds until it expires.")] = DEFAULT_TTL_SECONDS,
) -> None:
    """Print a signed token for the REST interface."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        given = settings.auth_secret.get_secret_value() if settings.auth_secret else None
        identity = Identity(
            Tokens(load_secret(settings.home, given)),
            Users(_open(settings)),
            loopback=settings.is_local,
        )
        typer.echo(identity.issue_token(role=role, scope=scope, user=user, ttl_seconds=ttl))


@audit.command("verify")
def verify() -> None:
    """Check that no record was changed, added or taken out."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        report = AuditLog(_open(settings)).verify()
        if not report.ok:
            typer.echo(f"aura: {report.records:,} records hold; then: {report.problem}", err=True)
            raise typer.Exit(1)
        typer.echo(f"{report.records:,} records, unbroken; the last is {report.head.hash}")


@audit.command("export")
def export(file: Annotated[Path, typer.Argument(help="JSON lines; - for the terminal.")]) -> None:
    """Write every record, one JSON object a line."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        log = AuditLog(_open(settings))
        if str(file) == "-":
            log.export(sys.stdout)
            return
        draft = file.with_name(f".{file.name}.part")
        with draft.open("w", encoding="utf-8") as out:
            log.export(out)
        draft.replace(file)
        typer.echo(f"Written: {file}")
