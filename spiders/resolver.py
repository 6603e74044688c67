"""Looks names up once, and refuses those that lead into a private network."""

from typing import Any

from scrapy.resolver import CachingThreadedResolver, dnscache
from twisted.internet.defer import Deferred

from spiders.address import is_loopback, is_private


class PrivateAddressError(OSError):
    """A public name that leads to a private or link-local address, which the source does not name."""


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, whose cache pins each name for the whole run."""

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":  # noqa: N802 - Twisted's name
        """Return the address of a name. Fails with PrivateAddressError for one that is not public."""
        answer: Deferred[str] = super().getHostByName(name, timeout)
        return answer.addCallback(_checked, name)


def _checked(address: str, name: str) -> str:
    if is_private(address) and not is_loopback(name):
        dnscache.pop(name, None)
        raise PrivateAddressError(f"{name} is at {address}, a private address that the source does not name")
    return address
