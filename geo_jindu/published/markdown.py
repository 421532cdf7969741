"""The published figures as a document: ``python -m geo_jindu.published.markdown docs`` writes both."""

import sys
from collections.abc import Iterator
from pathlib import Path

from geo_jindu.published import read_facts
from geo_jindu.published.margin_table import list_margins
from geo_jindu.published.wording import Detail, Entry, describe_facts
from geo_jindu.texts import Language, translate

FILES: dict[Language, str] = {"en": "published.md", "zh": "published.zh.md"}
_MADE_BY = (
    "<!-- Made by: python -m geo_jindu.published.markdown docs (from facts.toml; do not edit) -->"
)


def published_markdown(language: Language) -> str:
    """Return the published figures in Markdown, facts first, then what the demonstration adds up to."""
    return "\n".join([*_head(language), *_facts(language), *_margins(language), ""])


def write_documents(folder: Path) -> None:
    """Write the documents in both languages."""
    for language, name in FILES.items():
        (folder / name).write_text(published_markdown(language), encoding="utf-8", newline="\n")


def _head(language: Language) -> Iterator[str]:
    case = read_facts()
    other = FILES["zh" if language == "en" else "en"]
    yield from (_MADE_BY, "", f"# {case.title.of(language)}", "")
    yield from (f"[{translate('published.other_language', language)}]({other})", "")
    yield from (f"**{case.warning.of(language)}**", "")
    for paragraph in case.introduction.of(language):
        yield from (paragraph, "")


def _facts(language: Language) -> Iterator[str]:
    for chapter in describe_facts(language):
        yield from (f"## {chapter.heading}", "")
        for entry in chapter.entries:
            yield from _fact(entry, language)


def _fact(entry: Entry, language: Language) -> Iterator[str]:
    def say(key: str) -> str:
        return translate(f"published.{key}", language)

    colon = translate("problem_place.colon", language)
    lines = list(entry.details)
    lines += [Detail(say("ambiguity"), entry.ambiguity)] if entry.ambiguity else []
    lines += [Detail(say("derived"), text) for text in entry.derived]
    links = [f"[{each.label}](#margin-{each.id})" for each in entry.margins]
    lines.append(Detail(say("demonstration"), " · ".join(links) or say("not_in_demonstration")))
    yield from (f'### <a id="{entry.id}"></a>{entry.id} · {entry.statement}', "")
    yield from (f"**{entry.figure}**", "")
    yield from (*(f"- {line.label}{colon}{line.text}" for line in lines), "")


def _margins(language: Language) -> Iterator[str]:
    yield from (f"## {translate('published.margins', language)}", "")
    yield from (translate("published.margins_note", language), "")
    columns = ("what", "figure", "period", "place", "basis", "file")
    yield from _row(*(translate(f"published.{column}", language) for column in columns))
    yield from _row(*("---" for _ in columns))
    for margin in list_margins(language):
        for at, row in enumerate(margin.rows):
            anchor = "" if at else f'<a id="margin-{margin.id}"></a>'
            yield from _row(anchor + margin.label, *row, f"`{margin.file}`")


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    write_documents(Path(sys.argv[1]))
