"""Kind `folder`: files of one's own, HTML, PDF, DOCX and TXT."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from spiders.found import Body, Found, Site

TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/plain",
}
TEXTUAL = {".doc", ".odt", ".rtf", ".pages", ".ppt", ".pptx", ".odp", ".epub", ".wpd", ".docm"}
SIZE_LIMIT = 256 << 20  # bytes


async def walk(site: Site) -> AsyncIterator[Found]:
    """Yield the files under each start, in the order of their names; hidden ones are left out."""
    ignored = 0
    for start in site.source.start:
        root = Path(start)
        for path in _files(root):
            url = path.as_uri()
            if path.suffix.lower() not in TYPES:
                if path.suffix.lower() in TEXTUAL:
                    site.fail(url, "unsupported_type", f"{path.suffix} is not read; {', '.join(TYPES)} are")
                ignored += 1
                continue
            found = _found(path, url, root, site)
            if found:
                yield found
    site.say(
        f"{', '.join(site.source.start)}: no HTML, PDF, DOCX or TXT file; {ignored} files of other types"
    )


def _found(path: Path, url: str, root: Path, site: Site) -> Found | None:
    try:
        status = path.stat()
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            site.fail(url, "outside_folder", f"is a link to {path.resolve()}, outside of {root}")
            return None
        if status.st_size > SIZE_LIMIT:
            site.fail(url, "too_large", f"has {status.st_size} bytes; up to {SIZE_LIMIT} are read")
            return None
        modified = f"{status.st_mtime_ns}:{status.st_size}"
        known = site.knows(url, modified)
        body = b"" if known else path.read_bytes()
    except OSError as error:
        site.fail(url, "unreadable", f"cannot be read: {error.strerror or error}")
        return None
    return Found(url, modified=modified, body=Body(body, content_type=TYPES[path.suffix.lower()]))


def _files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder; a start may be a single file, too."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith((".", "~$")) and (path.is_file() or path.is_symlink()):
                yield path
