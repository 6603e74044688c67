"""Keeps what was fetched: bytes under their sha256, compressed, whole or not there at all."""

import hashlib
import os
import secrets
from pathlib import Path

LEVEL = 6


def digest(body: bytes) -> str:
    """Return the sha256 of the bytes, in lower-case hexadecimal."""
    return hashlib.sha256(body).hexdigest()


class Bodies:
    """A folder of bodies; many processes may write to it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where a body lies, or would lie."""
        return self.folder / sha256[:2] / f"{sha256}.zst"

    def put(self, body: bytes) -> str:
        """Keep a body and return its sha256; when this returns, the bytes are on the disk."""
        import zstandard

        sha256 = digest(body)
        path = self.path(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{sha256}.{secrets.token_hex(4)}")
        try:
            with temporary.open("wb") as file:
                file.write(zstandard.ZstdCompressor(level=LEVEL).compress(body))
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a body. Raises FileNotFoundError, or ValueError if the file is damaged."""
        import zstandard

        try:
            body = zstandard.ZstdDecompressor().decompress(self.path(sha256).read_bytes())
        except zstandard.ZstdError as error:
            raise ValueError(f"{self.path(sha256)}: is damaged: {error}") from error
        if digest(body) != sha256:
            raise ValueError(f"{self.path(sha256)}: is damaged: its sha256 is another")
        return body
