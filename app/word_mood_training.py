"""Fits the words of `tools/models/word_mood.json` to sentences that people rated.

Run `pip download --no-deps --no-binary :all: vaderSentiment==3.3.2`, then
`python -m app.word_mood_training vaderSentiment-3.3.2.tar.gz`. The archive (MIT) carries snippets
of Amazon reviews and tweets, each rated by twenty people from −4 to 4; films and editorials in it
talk of other things and are left out. The sentence encoder is the one that `aura prepare` exported.
"""

import html
import json
import logging
import tarfile
from collections import Counter
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import Ridge

from app.settings import Settings
from knowledge.embedder import Embedder
from tools.models.word_mood import lexicon_moods, terms_of

TARGET: Final = Path(__file__).parents[1] / "tools" / "models" / "word_mood.json"
_INNER: Final = "additional_resources/hutto_ICWSM_2014.tar.gz"
_RATED: Final = ("amazonReviewSnippets", "tweets")
_FULL_RATING: Final = 2.0
"""A mean rating of 2 of 4 is as clear as people get; beyond it counts as 1."""
_LEAST_SEEN: Final = 3
_KEPT: Final = 4_000
_LEXICON_SCALE: Final = 0.5
_RIDGE: Final = 2.0
_log = logging.getLogger(__name__)


def rated_sentences(archive: Path) -> tuple[list[str], NDArray[np.float64]]:
    """The sentences of the archive and their ratings, from −1 to 1."""
    texts: list[str] = []
    ratings: list[float] = []
    with tarfile.open(archive) as outer:
        inner = _member(outer, _INNER)
    with tarfile.open(fileobj=BytesIO(inner)) as corpus:
        for name in _RATED:
            lines = _member(corpus, f"{name}_GroundTruth.txt").decode("utf-8", "replace")
            for line in lines.splitlines():
                _, rating, text = line.split("\t", 2)
                texts.append(html.unescape(text).strip())
                ratings.append(float(rating))
    return texts, np.clip(np.array(ratings) / _FULL_RATING, -1, 1)


def fit(
    texts: list[str], ratings: NDArray[np.float64], embeddings: NDArray[np.float64]
) -> dict[str, object]:
    """Fit lexicon, terms and embedding together, and keep the terms that say most."""
    found = [terms_of(text) for text in texts]
    seen = Counter(term for terms in found for term in terms)
    vocabulary = sorted(term for term, times in seen.items() if times >= _LEAST_SEEN)
    column = {term: index for index, term in enumerate(vocabulary)}
    cells = [
        (row, column[term], len(terms) ** -0.5)
        for row, terms in enumerate(found)
        for term in terms
        if term in column
    ]
    rows, columns, values = zip(*cells, strict=True)
    counts = csr_matrix((values, (rows, columns)), shape=(len(texts), len(vocabulary)))
    lexicon = csr_matrix(_LEXICON_SCALE * lexicon_moods(texts)[:, None])
    model = Ridge(alpha=_RIDGE, solver="sparse_cg", tol=1e-8).fit(
        hstack([counts, lexicon, csr_matrix(embeddings)]).tocsr(), ratings
    )
    weights = np.asarray(model.coef_, dtype=np.float64)
    size = len(vocabulary)
    strongest = np.argsort(-np.abs(weights[:size]), kind="stable")[:_KEPT]
    return {
        "lexicon": round(_LEXICON_SCALE * float(weights[size]), 4),
        "bias": round(float(model.intercept_), 4),
        "terms": {
            term: round(float(weights[column[term]]), 3)
            for term in sorted(vocabulary[index] for index in strongest)
        },
        "direction": [round(float(weight), 4) for weight in weights[size + 1 :]],
    }


def main(archive: Path) -> None:
    """Rewrite `word_mood.json`."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    texts, ratings = rated_sentences(archive)
    source = {"file": archive.name, "sha256": sha256(archive.read_bytes()).hexdigest()}
    vectors = Embedder(Settings().home / "embedder").embed(texts).astype(np.float64)
    report = {"source": source, "sentences": len(texts), **fit(texts, ratings, vectors)}
    beside = TARGET.with_suffix(".new")
    beside.write_text(json.dumps(report, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(TARGET)
    _log.info("%s: %d sentences", TARGET.name, len(texts))


def _member(archive: tarfile.TarFile, ending: str) -> bytes:
    found = [member for member in archive.getmembers() if member.name.endswith(ending)]
    content = archive.extractfile(found[0]) if found else None
    if content is None:
        raise typer.BadParameter(f"No {ending} in the archive.")
    return content.read()


if __name__ == "__main__":
    typer.run(main)
