"""What clients write: templates by theme and mood, filled with concrete details."""

import numpy as np
from numpy.typing import NDArray

_DETAILS: dict[str, tuple[str, ...]] = {
    "feature": (
        "the pipeline dashboard", "scheduled reports", "the alert rules", "bulk export",
        "the automation builder", "saved searches", "the mobile app", "role permissions",
        "the API", "custom fields",
    ),
    "system": ("Salesforce", "HubSpot", "SAP", "Slack", "Teams", "Google Sheets", "Snowflake"),
    "count": ("three", "four", "five", "six", "a dozen"),
    "span": ("two days", "three days", "a week", "ten days", "two weeks"),
    "team": ("sales team", "operations team", "support desk", "finance team", "field team"),
    "rep": ("José", "Chloé", "Björn", "Anna", "Renée", "David"),
    "person": ("head of operations", "project sponsor", "VP of sales", "admin", "IT lead"),
}  # fmt: skip

TICKETS: dict[str, tuple[tuple[str, str], ...]] = {
    "bug": (
        ("{feature} shows an error", "Since yesterday {feature} fails with an error for {count} of our users. Refreshing does not help."),
        ("Wrong numbers in {feature}", "The totals in {feature} do not match our own records. We noticed it in {count} places."),
        ("{feature} stopped saving", "Changes made in {feature} are lost after saving. Our {team} has to redo the work every time."),
        ("Crash when opening {feature}", "The page crashes as soon as we open {feature}. This has happened {count} times this week."),
    ),
    "performance": (
        ("Very slow loading", "Pages take more than thirty seconds to load for our {team}. It has been like this for {span}."),
        ("Time-outs in {feature}", "{feature} times out nearly every morning. We cannot work like this."),
        ("Lag since the last update", "Everything became sluggish after the last update, above all {feature}."),
    ),
    "billing": (
        ("Question about the last invoice", "Our invoice is higher than last month and we do not see why. Please explain the difference."),
        ("Charged twice", "It looks as if our card was charged twice this month. Please check and refund."),
        ("Change of billing contact", "Our billing contact has changed. Please send future invoices to our {team}."),
        ("Price increase", "We received the notice of the price increase. It does not fit our budget, what are the options?"),
    ),
    "how_to": (
        ("How do I set up {feature}?", "Could you point us to a guide for {feature}? Our {team} would like to use it."),
        ("Sharing {feature} with colleagues", "How can we give our {team} access to {feature} without making everyone an admin?"),
        ("Filter by date", "Is there a way to filter {feature} by date range? We could not find it."),
    ),
    "integration": (
        ("{system} sync is broken", "The {system} integration has not synced for {span}. Records are missing on both sides."),
        ("Connecting {system}", "We want to connect {system} but the authorisation step ends with an error."),
        ("Duplicate records from {system}", "Since the {system} sync was switched on we see duplicates of {count} accounts."),
    ),
    "feature_request": (
        ("Request: more options in {feature}", "It would help our {team} a lot if {feature} could be customised. Is it on the roadmap?"),
        ("Missing {system} connector", "We need a native {system} connector. Other vendors offer it already."),
        ("Please add bulk editing", "Editing records one by one costs us hours. Bulk editing in {feature} would solve it."),
    ),
    "account_access": (
        ("Cannot log in", "{count} colleagues cannot log in since this morning. Password reset e-mails do not arrive."),
        ("Single sign-on problem", "Single sign-on sends us back to the login page. Our {team} is locked out."),
        ("Remove former employee", "Please remove the account of our former {person}, who has left the company."),
    ),
    "onboarding": (
        ("Data import stuck", "The import of our existing records has been stuck for {span}. We cannot go live without it."),
        ("Need help with the setup", "We are still not set up after {span} and the onboarding guide does not fit our case."),
        ("Who is our onboarding contact?", "Nobody has contacted us for the kick-off yet. Our {team} is waiting."),
    ),
}  # fmt: skip

COMMENTS: dict[str, tuple[str, ...]] = {
    "praise": (
        "Great product, {feature} saves our {team} hours every week.",
        "Really happy with Aura. The support people answer quickly and know what they talk about.",
        "{feature} is excellent and our {team} uses it every day.",
        "Easy to use, reliable, and the new release made it even better.",
        "Our account manager is fantastic and always a step ahead.",
        "Best tool we have bought in years. The {system} integration just works.",
        "Onboarding was smooth and we were live within {span}.",
        "Kudos to {rep} in support, who solved our problem within the hour.",
        "We rolled {feature} out to the whole {team} and adoption is high.",
    ),
    "neutral": (
        "Works fine overall, though {feature} could be more flexible.",
        "Good tool, we do not use all of it yet.",
        "Does what we need. A native {system} connector would be welcome.",
        "Solid, but reports take some time to set up.",
        "It is okay. Training for our {team} would help us get more out of it.",
    ),
    "poor_fit": (
        "{feature} is missing what we need, so our {team} went back to spreadsheets.",
        "We hardly use it any more. It does not fit how our {team} works.",
        "Too many features we do not need and not the ones we asked for.",
        "Without a {system} connector it is of little use to us.",
    ),
    "support": (
        "Support takes far too long. We waited {span} for an answer.",
        "We reported the same bug {count} times and it is still not fixed.",
        "{feature} keeps breaking and nobody seems to care.",
        "Constant errors in {feature}. Our {team} has lost confidence.",
        "Slow, buggy, and tickets are closed without a solution.",
    ),
    "price": (
        "The price increase is hard to justify for what we get.",
        "Too expensive for the {count} people who really use it.",
        "We are comparing cheaper alternatives before the renewal.",
        "Good product, but the new pricing does not fit our budget.",
    ),
    "sponsor_left": (
        "Our {person} who brought Aura in has left, and nobody owns it now.",
        "After the reorganisation we are not sure that we still need it.",
        "New management is reviewing all tools, this one included.",
        "Since our {person} left, hardly anybody logs in.",
    ),
    "onboarding": (
        "Setup is confusing and we are still not live after {span}.",
        "We were left alone after the contract was signed. No real onboarding.",
        "The data import failed {count} times, a frustrating start.",
        "Our {team} never got the training that was promised.",
    ),
    "unhappy": (
        "It has become slower and less reliable over the last months.",
        "Not what we had hoped for. {feature} is clumsy.",
        "Difficult to use, our {team} complains about it every week.",
        "We expected more from {feature} at this price.",
    ),
}  # fmt: skip


def fill(templates: list[str], rng: np.random.Generator) -> NDArray[np.object_]:
    """Put concrete details into templates; each text begins with a capital letter."""
    return fill_together([(template,) for template in templates], rng)[:, 0]


def fill_together(rows: list[tuple[str, ...]], rng: np.random.Generator) -> NDArray[np.object_]:
    """The same, for texts that share their details, such as a subject and its body."""
    names = list(_DETAILS)
    picks = rng.integers(0, 1_000_000, (len(rows), len(names)))
    out = np.empty((len(rows), len(rows[0]) if rows else 1), dtype=object)
    for index, (row, pick) in enumerate(zip(rows, picks.tolist(), strict=True)):
        details = {
            name: _DETAILS[name][number % len(_DETAILS[name])]
            for name, number in zip(names, pick, strict=True)
        }
        for column, template in enumerate(row):
            text = template.format_map(details)
            out[index, column] = text[0].upper() + text[1:]
    return out
