"""The raw table `surveys`: NPS asked every quarter, answered by some."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.lives import Lives
from data.simulator.population import Traits
from data.simulator.spans import Spans
from data.simulator.tables import customer_ids, date_column, ids
from data.simulator.texts import COMMENTS, fill
from data.simulator.vocabulary import EPISODES, NO_EPISODE

_FIRST_SURVEY_DAYS, _SURVEY_DAYS = 45, 91
_ANSWERS, _COMMENTS = 0.55, 0.62


def surveys_table(
    config: SimulationConfig, traits: Traits, lives: Lives, spans: Spans
) -> pd.DataFrame:
    """One row an answered survey."""
    rng = config.rng("surveys")
    asked = np.maximum((spans.last - spans.start - _FIRST_SURVEY_DAYS) // _SURVEY_DAYS + 1, 0)
    span = np.repeat(np.arange(len(asked)), asked)
    number = np.arange(len(span)) - np.repeat(np.cumsum(asked) - asked, asked)
    day = spans.start[span] + _FIRST_SURVEY_DAYS + _SURVEY_DAYS * number
    day = day + rng.integers(0, 15, len(day))
    answered = (rng.random(len(day)) < _ANSWERS) & (day <= spans.last[span])
    client, day = spans.client[span][answered], day[answered]
    order = np.lexsort((client, day))
    client, day = client[order], day[order]
    week = day // DAYS_A_WEEK
    content = lives.satisfaction[week, client]
    score = np.rint(10.8 * content + 0.6 + 1.15 * rng.standard_normal(len(content)))
    score = np.clip(score, 0, 10).astype(np.int64)
    return pd.DataFrame(
        {
            "survey_id": ids("N", np.arange(1, len(client) + 1), 6),
            "customer_id": customer_ids(len(traits))[client],
            "response_date": date_column(config, day),
            "nps_score": score,
            "comments": _comments(score, lives.episode[week, client], rng),
        }
    )


def themes(score: NDArray[np.int64], episode: NDArray[np.int8]) -> list[str]:
    """What each answer would be about: the mood of its score, the client's real trouble."""
    names: list[str] = []
    for points, kind in zip(score.tolist(), episode.tolist(), strict=True):
        if points >= 9:
            names.append("praise")
        elif points >= 7:
            names.append("neutral")
        else:
            names.append("unhappy" if kind == NO_EPISODE else EPISODES[kind])
    return names


def _comments(
    score: NDArray[np.int64], episode: NDArray[np.int8], rng: np.random.Generator
) -> NDArray[np.object_]:
    pick = rng.integers(0, 1_000_000, len(score))
    templates = [
        COMMENTS[theme][number % len(COMMENTS[theme])]
        for theme, number in zip(themes(score, episode), pick.tolist(), strict=True)
    ]
    texts = fill(templates, rng)
    texts[rng.random(len(score)) >= _COMMENTS] = None
    return texts
