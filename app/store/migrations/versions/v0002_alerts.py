"""Alerts, and who has read them."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "alerts",
        _text("id"),
        _text("kind"),
        _text("customer_id"),
        sa.Column("raised_as_of", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        _text("name"),
        _text("headline"),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("arr", sa.Double()),
        _text("severity"),
        _text("peak_severity"),
        _text("delivery", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint(
            "kind", "customer_id", "raised_as_of", name="uq_alerts_kind_customer_id_raised_as_of"
        ),
    )
    op.create_index("ix_alerts_as_of", "alerts", ["as_of"])
    op.create_index("ix_alerts_delivery", "alerts", ["delivery"])
    op.create_table(
        "alert_reads",
        _text("alert_id"),
        _text("user_id"),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "user_id", name="pk_alert_reads"),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_alert_reads_alert_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("alert_reads")
    op.drop_table("alerts")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)
