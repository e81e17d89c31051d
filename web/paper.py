"""Pages of ours on paper: HTML to PDF by WeasyPrint, one at a time, nothing fetched from anywhere."""

from importlib import import_module
from threading import BoundedSemaphore, Thread

from gis_core.errors import CitygridError

_ONE_AT_A_TIME = BoundedSemaphore(1)


class PaperMissing(CitygridError):
    """What lays out pages on paper is not installed."""

    code = "paper_missing"


def as_pdf(html: str) -> bytes:
    """A page that holds all it shows (`data:` addresses alone are read) as PDF.

    :raises PaperMissing: when WeasyPrint or the libraries of the operating system that it needs are missing.
    """
    try:
        _load()
    except (ImportError, OSError) as problem:
        raise PaperMissing("没有安装排版 PDF 用的程序库。请运行 script/bootstrap 后重试。") from problem
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    with _ONE_AT_A_TIME:
        only_held = URLFetcher(allowed_protocols=("data",))
        made: bytes = HTML(string=html, url_fetcher=only_held).write_pdf()
    return made


def warm_up() -> None:
    """Load what lays out pages, beside what is done now: the first PDF would wait a second or two for it."""
    if not _WARM:
        _WARM.append(True)
        Thread(target=_load_quietly, name="warm-paper", daemon=True).start()


def _load() -> None:
    """Load WeasyPrint, and undo what that does to the whole process: half a photo is no photo."""
    from PIL import ImageFile

    import_module("weasyprint.images")
    ImageFile.LOAD_TRUNCATED_IMAGES = False


def _load_quietly() -> None:
    try:
        _load()
    except (ImportError, OSError):
        _WARM.clear()  # told to who asks for a PDF


_WARM: list[bool] = []
