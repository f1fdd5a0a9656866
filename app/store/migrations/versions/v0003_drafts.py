"""Drafts of messages to clients, and what became of them."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "drafts",
        _text("id"),
        _text("batch"),
        _text("customer_id"),
        _text("user_id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _text("channel"),
        _text("tone"),
        _text("topic"),
        _text("variant"),
        _text("angle"),
        _text("subject"),
        _text("message"),
        sa.Column("propensity", sa.Double()),
        _text("feedback", nullable=True),
        _text("feedback_by", nullable=True),
        sa.Column("feedback_at", sa.DateTime(timezone=True)),
        _text("delivery", nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.CheckConstraint("feedback IN ('used', 'edited', 'rejected')", name="ck_drafts_feedback"),
        sa.CheckConstraint("propensity > 0 AND propensity <= 1", name="ck_drafts_propensity"),
    )
    op.create_index("ix_drafts_customer_id", "drafts", ["customer_id"])
    op.create_index("ix_drafts_user_id", "drafts", ["user_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("drafts")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)
