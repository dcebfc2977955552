"""The QR code of a link, as the data of one SVG path."""

from __future__ import annotations

from io import BytesIO


def qr_path(link: str) -> tuple[str, int]:
    """Draw a link: a dash for each run of dark modules in a row, one unit a module, with the quiet zone around it.

    Returns the path, and how many modules a side has.
    """
    import segno  # noqa: PLC0415 - few pages draw one

    code = segno.make(link, error="m", micro=False)
    out = BytesIO()
    code.save(out, kind="svg", xmldecl=False, svgns=False, omitsize=True, svgclass=None, lineclass=None)
    path = out.getvalue().decode("ascii").partition(' d="')[2].partition('"')[0]
    return path, int(code.symbol_size()[0])
