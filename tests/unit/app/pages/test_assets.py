import gzip

import pytest

from app.pages.assets import PLOTLY, AssetMissingError, Assets


def test_an_address_names_the_content() -> None:
    """A file is found under its own version and no other."""
    assets = Assets()
    address = assets.url("pages/page.css")
    version = address.split("/")[2]
    found = assets.find(version, "pages/page.css")
    assert found is not None
    assert found.media_type == "text/css"
    assert found.compressed is not None
    assert gzip.decompress(found.compressed) == found.content
    assert assets.find("0" * 16, "pages/page.css") is None


@pytest.mark.parametrize("name", ["../settings.py", "chainlit.toml", "theme.json", ""])
def test_nothing_but_pages_files_is_given_out(name: str) -> None:
    """Names are looked up, never opened as paths."""
    assets = Assets()
    with pytest.raises(AssetMissingError, match="no file"):
        assets.url(name)
    assert assets.find(assets.version(PLOTLY), name) is None
