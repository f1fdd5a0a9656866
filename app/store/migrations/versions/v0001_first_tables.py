"""Accounts, conversations, feedback, interventions and the audit chain."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the tables; the audit chain starts at 0."""
    _create_accounts()
    _create_sessions()
    _create_feedback()
    _create_interventions()
    _create_audit()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "audit_head",
        "audit_log",
        "interventions",
        "feedback",
        "messages",
        "sessions",
        "accounts",
    ):
        op.drop_table(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        _text("id"),
        _text("name"),
        _text("name_key"),
        _text("password_hash"),
        _text("role"),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name_key", name="uq_accounts_name_key"),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        _text("id"),
        _text("user_id"),
        _text("session_id"),
        _text("title"),
        sa.Column("message_count", sa.Integer(), nullable=False),
        _instant("created_at"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("user_id", "session_id", name="uq_sessions_user_id_session_id"),
    )
    op.create_table(
        "messages",
        _text("session_key"),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("type"),
        _text("content"),
        sa.Column("payload", sa.JSON(), nullable=False),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("session_key", "position", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["session_key"], ["sessions.id"], name="fk_messages_session_key", ondelete="CASCADE"
        ),
    )


def _create_feedback() -> None:
    op.create_table(
        "feedback",
        _text("id"),
        _text("message_id"),
        _text("user_id"),
        sa.Column("value", sa.Integer(), nullable=False),
        _text("comment"),
        _instant("at"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("message_id", "user_id", name="uq_feedback_message_id_user_id"),
        sa.CheckConstraint("value IN (-1, 1)", name="ck_feedback_thumb"),
    )


def _create_interventions() -> None:
    op.create_table(
        "interventions",
        _text("id"),
        _text("customer_id"),
        _text("strategy"),
        _text("note"),
        _text("user_id"),
        _instant("at"),
        _text("arm", nullable=True),
        _text("assignment", nullable=True),
        sa.Column("propensity", sa.Double()),
        sa.Column("cost", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_interventions"),
        sa.CheckConstraint("arm IN ('treatment', 'control')", name="ck_interventions_arm"),
        sa.CheckConstraint(
            "assignment IN ('random', 'targeted')", name="ck_interventions_assignment"
        ),
        sa.CheckConstraint(
            "propensity >= 0 AND propensity <= 1", name="ck_interventions_propensity"
        ),
    )
    op.create_index("ix_interventions_customer_id", "interventions", ["customer_id"])
    op.create_index("ix_interventions_strategy", "interventions", ["strategy"])


def _create_audit() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        _instant("at"),
        _text("audit_id"),
        _text("user_id"),
        _text("role"),
        _text("action"),
        _text("tool", nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("rows", sa.BigInteger()),
        _text("model", nullable=True),
        sa.Column("tokens", sa.BigInteger()),
        sa.Column("data_left", sa.Boolean(), nullable=False),
        _text("prev_hash"),
        _text("hash"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_audit_id", "audit_log", ["audit_id"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        _text("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
