"""What a build found worth saying, kept for chat and REST and told to the webhook."""

from collections.abc import Callable, Sequence
from datetime import date

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.settings import Settings
from app.store.alerts import Alerts
from app.store.audit_log import AuditLog
from app.store.database import Database, DatabaseError
from app.webhook import Webhook
from tools.models.alerts import Alert

log = structlog.get_logger(__name__)


def announce(
    settings: Settings, found: Sequence[Alert], as_of: date, progress: Callable[[str], None]
) -> None:
    """Record a build's alerts and tell the webhook, if there is one.

    The build already serves: a database that is down is logged and does not undo it.
    """
    try:
        database = Database.open(settings.home, settings.database_url)
    except DatabaseError as error:
        log.warning("alerts not recorded", problem=str(error))
        return
    try:
        _announce(settings, database, found, as_of, progress)
    except (DatabaseError, SQLAlchemyError):
        log.exception("alerts not recorded")
    finally:
        database.close()


def _announce(
    settings: Settings,
    database: Database,
    found: Sequence[Alert],
    as_of: date,
    progress: Callable[[str], None],
) -> None:
    alerts = Alerts(database)
    url = settings.alert_webhook_url
    news = alerts.record(found, for_webhook=url is not None)
    progress(f"{len(found):,} alerts hold, {len(news):,} of them new")
    if url is None:
        return
    webhook = Webhook(
        url.get_secret_value(),
        details=settings.alert_webhook_details,
        alerts=alerts,
        audit=AuditLog(database),
    )
    webhook.deliver(as_of)
