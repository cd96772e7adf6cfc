"""Pages that are made when the documentation is built, from the code itself: they cannot fall behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pages
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PAGES: Final[dict[str, Callable[[], str]]] = {
    "reference/settings.md": pages.settings,
    "reference/api.md": pages.api,
    "reference/process.md": pages.process,
    "reference/states.md": pages.states,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add them to the pages that lie in the folder."""
    for name, make in PAGES.items():
        files.append(File.generated(config, name, content=make()))
    return files
