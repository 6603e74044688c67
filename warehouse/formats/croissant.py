"""Croissant metadata: what a dataset search engine and a machine-learning library read of a data package."""

from __future__ import annotations

from typing import Any

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
TYPES = {
    "integer": "sc:Integer", "number": "sc:Float", "boolean": "sc:Boolean", "date": "sc:Date",
    "datetime": "sc:DateTime", "string": "sc:Text",
}  # fmt: skip


def croissant(package: dict[str, Any], note: dict[str, Any]) -> dict[str, Any]:
    """Return the Croissant description (version 1.0) of a data package and what is noted about it."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": package["name"],
        "description": f"{package['title']}. {package['description']}",
        "version": _semantic(note["published_at"]),
        "datePublished": note["published_at"],
        "citeAs": note["citation"],
        "url": package["sources"][0]["path"] if package["sources"] else "https://example.org/",
        "license": sorted({s["licence"] for s in note["sources"] if s["licence"]}) or ["unknown"],
        "distribution": [_file(resource) for resource in package["resources"]],
        "recordSet": [_record_set(resource) for resource in package["resources"]],
    }


def _semantic(published_at: str) -> str:
    """Return the time as a version that Croissant takes: 2026.11.241305 for 13:05 on 24 November 2026."""
    day, _, clock = published_at.partition("T")
    year, month, date = day.split("-")
    return f"{year}.{int(month)}.{int(date)}{clock[:2]}{clock[3:5]}"


def _file(resource: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": resource["path"],
        "name": resource["path"],
        "contentUrl": resource["path"],
        "contentSize": f"{resource['bytes']} B",
        "encodingFormat": "text/csv",
        "sha256": resource["hash"].removeprefix("sha256:"),
    }


def _record_set(resource: dict[str, Any]) -> dict[str, Any]:
    name = resource["name"]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": resource["description"],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{field['name']}",
                "name": f"{name}/{field['name']}",
                "description": field["description"],
                "dataType": TYPES[field["type"]],
                "source": {"fileObject": {"@id": resource["path"]}, "extract": {"column": field["name"]}},
            }
            for field in resource["schema"]["fields"]
        ],
    }
