"""Which source files describe the sample sites? The same keys as those of any source."""

from collections.abc import Mapping

SOURCE_IDS = ("sample-blog", "sample-directory", "sample-report")

_COMMON = """\
licence = "Creative Commons Attribution 4.0"
basis = "invented for the demonstration; no school, person or place in it exists"
checked_on = 2026-11-24
delay = 0.0
"""

_TEMPLATES = {
    "sample-blog": """\
title = "Two Rivers Notes (sample blog)"
kind = "wordpress"
start = ["{address}/"]
allow = ['/\\d{{4}}/\\d{{2}}/[^/]+/$']
"""
    + _COMMON
    + """
[expect]
min = 15
max = 40
""",
    "sample-directory": """\
title = "Schools Alongside (sample directory)"
kind = "listing"
start = ["{address}/projects/"]
allow = ['/projects/[a-z0-9-]+/?($|\\?)']
"""
    + _COMMON
    + """
[select]
item = "article.project-card h2 a"
next = "a.next"
title = "h1"
body = "div.entry-content"
published = "time.published::attr(datetime)"

[expect]
min = 15
max = 40
""",
    "sample-report": """\
title = "The Inglecross Partnership: review of the year (sample report)"
kind = "pages"
start = ["{address}/review/", "{address}/files/inglecross-review-2025.pdf"]
"""
    + _COMMON
    + """
[split]
heading = "auto"
""",
}


def source_files(addresses: Mapping[str, str]) -> dict[str, str]:
    """Return the text of each source file by source id; `addresses` are the sites', without a last slash."""
    return {source_id: _TEMPLATES[source_id].format(address=addresses[source_id]) for source_id in SOURCE_IDS}
