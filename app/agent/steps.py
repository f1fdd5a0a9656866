"""What a manager reads while a tool runs."""

_LABELS = {
    "query_metrics": "Looking up your metrics",
    "list_customers": "Finding the clients",
    "get_customer": "Opening the client file",
    "predict_churn": "Estimating who may leave",
    "explain_churn": "Working out why",
    "evaluate_rules": "Checking the warning rules",
    "forecast_metric": "Looking ahead",
    "search_playbooks": "Reading the playbooks",
    "get_playbook": "Opening the playbook",
    "recommend_action": "Choosing the next step",
    "simulate_strategy": "Playing it through",
    "compare_strategies": "Weighing the options",
    "start_experiment": "Preparing the test",
    "analyze_experiment": "Measuring the effect",
    "analyze_feedback": "Reading what clients say",
    "cohort_retention": "Following the cohorts",
    "draft_outreach": "Drafting the message",
    "log_intervention": "Noting what was done",
    "export_report": "Writing the file",
}


def step_label(tool: str) -> str:
    """The label of a tool's step."""
    return _LABELS.get(tool, tool.replace("_", " ").capitalize())
