"""Reads an answer's headers, and says in a code and in words why there was none."""

from typing import Any

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest

from spiders.politeness import Refused, describe

RIGHTS = ("x-robots-tag", "tdm-reservation", "tdm-policy")


def headers_of(response: Any) -> dict[str, str]:
    """Return the headers by their names in lower case."""
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("utf-8", "replace")
        for name, values in response.headers.items()
    }


def charset_of(headers: dict[str, str]) -> str | None:
    """Return the character set that the Content-Type declares."""
    _, _, rest = headers.get("content-type", "").partition("charset=")
    return rest.split(";")[0].strip(" \"'") or None


def reason_of(error: BaseException) -> tuple[str, str]:
    """Return a failure's code and words."""
    if isinstance(error, Refused):
        return error.reason, error.detail
    if isinstance(error, DownloadCancelledError) or (
        isinstance(error, IgnoreRequest) and "MAXSIZE" in str(error)
    ):
        return "too_large", "is larger than the harvest takes, as sent or inflated"
    if type(error).__name__ in {"BadGzipFile", "ZstdError"} or type(error).__module__ in {"zlib", "brotli"}:
        return "encoding_damaged", f"its compression is damaged: {error}"
    if isinstance(error, IgnoreRequest) and "redirect" in str(error):
        return "too_many_redirects", "redirects more than five times"
    codes = {
        "DownloadTimeoutError": "timeout",
        "CannotResolveHostError": "name_unknown",
        "PrivateAddressError": "private_address",
        "ResponseDataLossError": "cut_short",
    }
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in codes:
            return codes[type(cause).__name__], describe(cause)
        cause = cause.__cause__ or cause.__context__
    return "unreachable", describe(error)
