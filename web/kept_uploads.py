"""Files that people upload for a job to read later: taken by their ending, kept in a folder of their own."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from starlette.datastructures import FormData, UploadFile

from gis_core.errors import BadInput

LONGEST_STEM = 60
_UNFIT = re.compile(r"[^\w.-]+")


def keep_upload(
    form: FormData,
    folder: Path,
    *,
    is_taken: Callable[[str], bool],
    refuse: Callable[[], BadInput],
    named_by: Callable[[Path], str],
) -> Path:
    """The file of a form, moved to a folder in `folder` that `named_by` names when it has arrived.

    :raises BadInput: what `refuse` makes, when there is no file or its ending is not taken; nothing is kept.
    """
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename or not is_taken(upload.filename.lower()):
        raise refuse()
    folder.mkdir(parents=True, exist_ok=True)
    name = fit_name(upload.filename)
    arriving = folder / f".arriving-{uuid4().hex}-{name}"
    try:
        with arriving.open("wb") as out:
            shutil.copyfileobj(upload.file, out)
        kept = folder / named_by(arriving)
        kept.mkdir(exist_ok=True)
        return arriving.rename(kept / name)
    finally:
        arriving.unlink(missing_ok=True)


def fit_name(sent: str) -> str:
    """A file's name without folders and without signs that no name should have; its ending in small letters.

    >>> fit_name("C:\\\\成果\\\\井盖 第2批.ZIP"), fit_name("点;rm.osm.pbf"), fit_name(".csv")
    ('井盖_第2批.zip', '点_rm.osm.pbf', 'file.csv')
    """
    last = re.split(r"[/\\]", sent)[-1]
    stem, dot, ending = last.rpartition(".")
    stem = _UNFIT.sub("_", stem).strip("._")[-LONGEST_STEM:] or "file"
    return stem + dot + _UNFIT.sub("", ending.lower())
