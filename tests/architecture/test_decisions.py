"""The decisions: each number once, in the name of its file and in its title, and all of them in the list."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")


def test_they_are_numbered_without_a_gap_or_a_double() -> None:
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))


def test_each_is_listed_by_its_number_and_its_title() -> None:
    titles = [page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in PAGES]
    listed = [line for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]

    numbered = [title.split(". ", maxsplit=1) for title in titles]
    assert listed == [f"{n}. [{title}]({page.name})" for (n, title), page in zip(numbered, PAGES, strict=True)]
    assert [int(n) for n, _ in numbered] == [int(page.name[:4]) for page in PAGES]
