"""Drafts messages to clients, for a person to edit and send: `draft_outreach`."""

from tools.contract import ToolContext, ToolResult
from tools.outreach_args import DraftOutreachArgs
from tools.outreach_group import draft_for_group
from tools.outreach_outcome import record_feedback, show_results
from tools.outreach_sending import send_draft
from tools.outreach_single import draft_for_client

__all__ = ["DraftOutreachArgs", "draft_outreach"]


def draft_outreach(args: DraftOutreachArgs, context: ToolContext) -> ToolResult:
    """Draft an e-mail, a call script or an in-app message to a client; nothing is sent by itself.

    Use for "draft an email to X", "write them about the renewal", "what shall I say on the phone",
    "three versions of it". With `filters` instead of a customer the variants are split at random
    over a group. `action` serves what comes after: "I used version B", "reject that draft" (used,
    edited, rejected), "send it" (send), "how do our drafts do?" (results).
    The message states the client's own facts only and makes no offer; show it as it is. Without
    the client's consent to be contacted it is a note for a colleague instead. Not for advice on
    what to do (`recommend_action`).
    """
    match args.action:
        case "draft":
            one = args.customer is not None
            return draft_for_client(args, context) if one else draft_for_group(args, context)
        case "send":
            return send_draft(args, context)
        case "results":
            return show_results(args, context)
        case "used" | "edited" | "rejected":
            return record_feedback(args, context)
