"""The examples that the next build reads feedback by: those of the package, or a user's file."""

from app.settings import Settings
from tools.models.feedback_examples import Examples, ExamplesError, load_default


def read_topics(settings: Settings) -> Examples:
    """Read the file that AURA_TOPICS names, or without one the examples of the package.

    Raises:
        ExamplesError: The file cannot be read, or what stands in it is malformed.
    """
    path = settings.topics
    if path is None:
        return load_default()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ExamplesError(f"AURA_TOPICS={path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ExamplesError(f"AURA_TOPICS={path}: it is not UTF-8 text.") from error
    return Examples.from_yaml(text, str(path))
