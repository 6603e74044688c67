"""Kind `pages`: each start is a document."""

from collections.abc import AsyncIterator

from spiders.found import Found, Site


async def walk(site: Site) -> AsyncIterator[Found]:
    """Yield the starts."""
    for start in site.source.start:
        yield Found(start)
