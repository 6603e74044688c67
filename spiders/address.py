"""Gives an address its one form, and names its host."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

# Parameters that name the reader or the way here, never the page.
_TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|matomo_\w+|hsa_\w+|ga_\w+|fb_\w+|vero_\w+|oly_\w+_id|mkt_\w+|trk_?\w*|"
    r"fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mc_cid|mc_eid|"
    r"_ga|_gl|_hsenc|_hsmi|__hs\w+|hsctatracking|mkt_tok|wickedid|ref_src|ref_url|spm|s_cid|cmpid|"
    r"replytocom|_openstat|rb_clickid|sc_cid|srsltid)\Z",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"(?:phpsessid|jsessionid|aspsessionid\w*|asp\.net_sessionid|session_?id|sessid|cfid|cftoken|oscsid|zenid)=|"
    # Names that may mean something else, such as a school or a school year: only with a value that is a token.
    r"sid=(?=[^&]*[a-z])(?=[^&]*\d)\w{6,}\Z|(?:session|sess|s_?token)=(?=\w*\d)\w{12,}\Z",
    re.IGNORECASE,
)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_SHARE_WORDS = {"nb", "share"}  # WordPress' share buttons: ?share=twitter&nb=1
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)\Z", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_SAFE_PATH = "!$&'()*+,;=:@/-._~%"
_SAFE_QUERY = _SAFE_PATH + "?[]"


def canonical(url: str, base: str | None = None) -> str:
    """Return an address in its one form: no fragment, default port, tracking or session parameter.

    Raises ValueError if it is not an absolute http or https address (after joining it to `base`).
    """
    joined = urljoin(base, url.strip()) if base else url.strip()
    joined = re.sub(r"[\t\r\n]", "", joined)
    parts = urlsplit(joined)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not an http or https address: {url!r}")
    path = _escaped(_PATH_SESSION.sub("", parts.path), _SAFE_PATH) or "/"
    return urlunsplit(
        (scheme, _netloc(scheme, parts.hostname, parts.port), _dotless(path), _query(parts.query), "")
    )


@lru_cache(4096)
def host_of(url: str) -> str:
    """Return an address's host, with its port where it is not the scheme's own: 'a.org', 'a.org:81'."""
    parts = urlsplit(url)
    return _netloc(parts.scheme.lower(), parts.hostname or "", parts.port)


def name_of(host: str) -> str:
    """Return the name of a host without its port, and without an IPv6 address's brackets."""
    return urlsplit(f"//{host}").hostname or ""


@lru_cache(4096)
def loose(url: str) -> str:
    """Return what is equal for two addresses that are surely one page.

    Scheme, 'www.', the last slash, index.html and the order of the parameters make no difference.
    """
    parts = urlsplit(url)
    path = _INDEX.sub("/", parts.path).rstrip("/")
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{host_of(url).removeprefix('www.')}{path}?{query}"


def is_loopback(host: str) -> bool:
    """Tell whether a host (name and port) is this machine, by its name or number."""
    name = name_of(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_private(address: str) -> bool:
    """Tell whether an IP address is no public host's: loopback, private, link-local, multicast, reserved."""
    number = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)
        if inner is not None:
            return is_private(str(inner))
    return not number.is_global or number.is_multicast


def _netloc(scheme: str, name: str, port: int | None) -> str:
    name = name.rstrip(".").lower()
    if ":" in name:
        name = f"[{name}]"
    elif not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ValueError(f"not a host name: {name!r}") from error
    return name if port is None or port == _PORTS.get(scheme) else f"{name}:{port}"


def _escaped(text: str, safe: str) -> str:
    """Return text with one spelling for each escape: %7e is ~, %c3 is %C3, é is %C3%A9."""

    def one(match: re.Match[str]) -> str:
        byte = unquote_to_bytes(match.group())
        char = byte.decode("latin-1")
        return char if char.isascii() and (char.isalnum() or char in "-._~") else match.group().upper()

    text = re.sub(r"%[0-9A-Fa-f]{2}", one, text)
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(text, safe=safe)


def _dotless(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if len(parts) > 1:
                parts.pop()
        elif part != ".":
            parts.append(part)
    if path.endswith(("/.", "/..")):
        parts.append("")
    return "/".join(parts) or "/"


def _query(query: str) -> str:
    kept = []
    pairs = [pair for pair in query.split("&") if pair]
    names = {pair.split("=", 1)[0].lower() for pair in pairs}
    for pair in pairs:
        name = unquote_to_bytes(pair.split("=", 1)[0]).decode("utf-8", "replace")
        shares = name.lower() in _SHARE_WORDS and names >= _SHARE_WORDS
        if not shares and not _TRACKING.match(name) and not _SESSION.match(pair):
            kept.append(pair)
    return _escaped("&".join(kept), _SAFE_QUERY)
