"""Stores what was harvested and labelled, with its history; publishes snapshots that analysts query and export.

Importing this is cheap: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.connection import connect as connect
    from warehouse.exporting import export as export
    from warehouse.querying import query as query

__all__ = ["WarehouseError", "connect", "export", "query"]

_HOMES = {"connect": "warehouse.connection", "export": "warehouse.exporting", "query": "warehouse.querying"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
