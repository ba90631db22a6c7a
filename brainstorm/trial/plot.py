"""A comparison as a picture (PNG, SVG) and as a page (HTML) that needs nothing else."""

from __future__ import annotations

import html
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from brainstorm.errors import MissingPackageError, RunFileError
from brainstorm.trial.measures import MEASURES
from brainstorm.trial.report import MAIN, Comparison, tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANELS: Final = (*MAIN, "vendi", "tokens_per_distinct", "best", "quality")

_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Techniques compared</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
table {{ border-collapse: collapse; margin: .5rem 0 2rem; display: block; overflow-x: auto }}
th, td {{ padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }}
th:first-child, td:first-child {{ text-align: left }}
svg {{ max-width: 100%; height: auto }}
</style>
<h1>Techniques compared</h1>
<p>{about}</p>
{picture}
{tables}
<h2>Measures</h2>
<dl>{measures}</dl>
<h2>Prompts</h2>
<ol>{prompts}</ol>
<ul>{notes}</ul>
</html>
"""


def save_picture(found: Comparison, path: Path) -> None:
    """Draw bars with intervals; the ending of `path` (.png, .svg, .pdf) says in what form.

    Raises:
        MissingPackageError: matplotlib is not installed.
        RunFileError: it cannot be written, or has an ending that nothing can draw.
    """
    figure = _figure(found)
    try:
        figure.savefig(path, dpi=150, metadata=_undated(path.suffix))
    except (OSError, ValueError) as error:
        raise RunFileError(f"cannot save {path}: {error}.", hint="Name a .png, .svg or .pdf file.") from error


def save_page(found: Comparison, path: Path) -> None:
    """Write one HTML file: the picture, every table, the measures and the prompts.

    Raises:
        MissingPackageError: matplotlib is not installed.
        RunFileError: it cannot be written.
    """
    drawn = io.StringIO()
    _figure(found).savefig(drawn, format="svg", metadata=_undated(".svg"))
    svg = drawn.getvalue()
    text = _PAGE.format(
        about=html.escape(f"Asked: {', '.join(found.models)}; {found.tokens:,} tokens a technique and prompt."),
        picture=svg[svg.index("<svg") :],
        tables="\n".join(_table(title, head, rows) for title, head, rows in tables(found)),
        measures="".join(
            f"<dt>{html.escape(m.label)}</dt><dd>{html.escape(m.meaning)}</dd>" for m in MEASURES.values()
        ),
        prompts="".join(f"<li>{html.escape(p)}</li>" for p in found.prompts),
        notes="".join(f"<li>{html.escape(n)}</li>" for n in found.notes),
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunFileError(f"cannot save {path}: {error.strerror or error}.") from error


def _figure(found: Comparison) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPackageError(
            "drawing needs the package matplotlib.", hint="Run: pip install 'langchain-brainstorm[plot]'."
        ) from error
    names = list(found.techniques)
    panels = [m for m in _PANELS if all(m in found.means[t] for t in names)]
    columns = 2
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(10, max(1, rows) * (1.0 + 0.32 * len(names))), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for place, ax in enumerate(axes.flat):
        if place >= len(panels):
            ax.set_axis_off()
            continue
        name = panels[place]
        figures = [found.means[t][name] for t in names]
        values = [i.value for i in figures]
        below = [i.value - (i.value if i.low is None else i.low) for i in figures]
        above = [(i.value if i.high is None else i.high) - i.value for i in figures]
        ax.barh(range(len(names)), values, color="#7a9cc6", xerr=[below, above], ecolor="#333", capsize=3)
        ax.set_yticks(range(len(names)), names)
        ax.invert_yaxis()
        ax.set_title(MEASURES[name].label + (" (less is better)" if MEASURES[name].less else ""), fontsize=10)
        ax.set_xlim(left=0)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    return figure


def _undated(suffix: str) -> dict[str, None] | None:
    """Metadata without the date, so that the same comparison gives the same file."""
    return {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)


def _table(title: str, head: list[str], rows: list[list[str]]) -> str:
    cells = "".join(f"<th>{html.escape(h)}</th>" for h in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<h2>{html.escape(title)}</h2><table><tr>{cells}</tr>{body}</table>"
