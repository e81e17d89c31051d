"""QR codes (ISO/IEC 18004) as drawings within a page, drawn by segno."""

import io

import segno
from markupsafe import Markup


def qr_svg(words: str) -> Markup:
    """A code that holds `words`, as an SVG without size: its place in the page says how large.

    Error correction M: 15 % of a code may be dirt or glare.
    """
    drawn = io.BytesIO()
    code = segno.make(words, error="m", micro=False)
    code.save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, svgclass=None, lineclass=None
    )
    return Markup(drawn.getvalue().decode().strip())  # noqa: S704 - drawn from modules, not from words
