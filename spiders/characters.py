"""Bytes to characters, and characters to text that can be searched and quoted.

A declared charset is checked against the bytes, since servers often declare the wrong one. Cleaning
takes out what readers cannot see (soft hyphens, zero-width and direction marks, control characters),
spells ligatures out and composes accents (NFC).
"""

import codecs
import html
import re
import unicodedata

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})|"
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})""",
    re.IGNORECASE,
)
# What these names mean to browsers (WHATWG encoding standard), which is what pages were tested in.
_ALIASES = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "windows-1252": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-9": "cp1254",
    "unicode": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-8",  # a meta element that could be read as ASCII cannot be UTF-16
}
_UNSAFE = {
    "utf-7",
    "utf7",
    "unicode_escape",
    "raw_unicode_escape",
    "idna",
    "punycode",
    "undefined",
    "mbcs",
    "oem",
}

# C1 controls in decoded text are nearly always cp1252 bytes read as Latin-1.
_C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
_TABLE: dict[int, str | None] = {
    **{code: None for code in range(0x20) if code not in (0x09, 0x0A)},
    **_C1,
    0x0B: "\n",
    0x0C: "\n",
    0x0D: "\n",
    0x7F: None,
    0x85: "…",
    0xAD: None,
    0x061C: None,
    0x180E: None,
    0x200B: None,
    0x200E: None,
    0x200F: None,
    0x2010: "-",
    0x2011: "-",
    0x2028: "\n",
    0x2029: "\n",
    **dict.fromkeys(range(0x202A, 0x202F)),
    **dict.fromkeys(range(0x2060, 0x2070)),
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
    0xF0B7: "•",  # the bullet of the Symbol font
    0xF0A7: "•",
    0xFEFF: None,
    0xFFF9: None,
    0xFFFA: None,
    0xFFFB: None,
    0xFFFC: None,
}
_REST = re.compile(
    "[\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
# Zero-width (non-)joiners mean something in Arabic and Indic script and between emoji, nowhere else.
_JOINERS = re.compile(
    "(?<![\u0590-\u0dff\u1f00-\u1fff\ufe0f\U0001f000-\U0001ffff])[\u200c\u200d]|[\u200c\u200d](?=[\u0000-\u024f]|$)"
)
_SPECIAL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\xc2\xc3\xe2\u061c\u180e\u200b-\u2011\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufb00-\ufb06\ufdd0-\ufdef"
    "\ufeff\ufff9-\uffff\U000e0000-\U0010ffff]"
)
_ODD_BYTES = bytes([*range(9), *range(14, 32), 127])
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_EDGES = re.compile(" ?\n ?")
_BLANK_LINES = re.compile("\n{3,}")
_ENTITY = re.compile(
    r"&(?:nbsp|amp|quot|apos|[lr][sd]quo|[nm]dash|hellip|pound|eacute|#\d{2,6}|#x[0-9a-fA-F]{2,5});"
)
_MOJIBAKE = re.compile(
    "(?:[\u00c2-\u00c3][\u0080-\u00bf]|â[€‚„†‡ˆ‰‹Š‘’“”•–—˜™š›œžŸ\u0080-\u009f][\u0080-\u00bfŒœŽžŠš™˜†‡ˆ‰‹›€‚ƒ„…‘’“”•–—])"
)


def decode(body: bytes, declared: str | None = None) -> str:
    """Return the body as characters; never raises.

    In order: byte order mark; valid UTF-8 with something beyond ASCII; the declared charset (header, then
    `meta`) if it fits without an error; UTF-8 with a few damaged bytes; windows-1252.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace").lstrip("\ufeff")
    wide = _wide(body)
    if wide:
        return body.decode(wide, "replace")
    named = [name for name in (_python_name(declared), _python_name(_from_meta(body))) if name]
    if body.isascii() and not any(name.startswith(("iso2022", "iso-2022", "hz")) for name in named):
        return body.decode("ascii")
    shifted = body.isascii()  # such charsets write all in seven bits, and would pass for UTF-8
    for name in [*named, "utf-8"] if shifted else ["utf-8", *named]:
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    text = body.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if damaged * 20 <= sum(1 for char in text if char > "\x7f") - damaged:
        return text
    return body.decode(next((name for name in named if name != "utf-8"), "cp1252"), "replace")


def clean(text: str, *, keep_lines: bool = True) -> str:
    """Return text without invisible characters, with plain spaces and composed accents.

    Line ends stay (at most one blank line in a row) unless `keep_lines` is false: then one line results.
    """
    if not _SPECIAL.search(text) and unicodedata.is_normalized("NFC", text):
        cleaned = text
    else:
        cleaned = text.replace("\r\n", "\n").translate(_TABLE)
        cleaned = _REST.sub("", _JOINERS.sub("", cleaned))
        if "Ã" in cleaned or "â" in cleaned or "Â" in cleaned:
            cleaned = _mended(cleaned)
        cleaned = unicodedata.normalize("NFC", cleaned)
    if "&" in cleaned:
        cleaned = _ENTITY.sub(lambda match: html.unescape(match.group()), cleaned)
    if not keep_lines:
        return " ".join(cleaned.split())
    if "\n" not in cleaned:
        return " ".join(cleaned.split())
    cleaned = _EDGES.sub("\n", _SPACES.sub(" ", cleaned))
    return _BLANK_LINES.sub("\n\n", cleaned).strip()


def is_binary(body: bytes) -> bool:
    """Return whether the bytes cannot be meant as text, whatever their declared type says."""
    head = body[:4096]
    if not head or head.startswith(tuple(mark for mark, _ in _BOMS)) or _wide(head):
        return False
    return len(head) - len(head.translate(None, _ODD_BYTES)) > len(head) // 20


def _from_meta(body: bytes) -> str | None:
    match = _META_CHARSET.search(body[:8192])
    return (match[1] or match[2]).decode("ascii") if match else None


def _python_name(declared: str | None) -> str | None:
    name = (declared or "").strip().strip("\"'").lower()
    if not name or name in _UNSAFE or not name.isascii():
        return None
    name = _ALIASES.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return info.name if getattr(info, "_is_text_encoding", True) else None


def _wide(body: bytes) -> str | None:
    """Return the name of UTF-16 without a mark, told by the zero bytes of its ASCII letters."""
    head = body[:2000]
    if len(head) < 8 or b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.6 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def _mended(text: str) -> str:
    """Return text with UTF-8 that was once read as windows-1252 put right, if it is plainly that."""
    found = _MOJIBAKE.findall(text)
    if len(found) < 2 and not any(part.startswith("â") for part in found):
        return text
    return _MOJIBAKE.sub(lambda match: _reread(match.group()), text)


def _reread(part: str) -> str:
    raw = bytearray()
    for char in part:
        try:
            raw += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 0xFF:
                return part
            raw.append(ord(char))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return part
