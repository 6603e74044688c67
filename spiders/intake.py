"""Decides what becomes of a fetched body: a new document, a changed one, an unchanged one, or a failure."""

import asyncio
import datetime as dt
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from spiders.address import canonical, host_of, loose
from spiders.bodies import Bodies, digest
from spiders.ledger import Address, Ledger
from spiders.records import alike, case_studies_of, digest16, says_absent, title_of
from spiders.source import FILE_KINDS, Source
from spiders.takedown import Banned
from spiders.workers import Workers

EXTRACTOR = 1  # raise it when extraction changes so much that kept bodies should be read again
GONE_AFTER = dt.timedelta(days=14)
FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came with a body: the answer's status and headers, as far as they matter here."""

    body: bytes
    url: str  # after redirects
    status: int | None = 200
    content_type: str | None = None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    rights: dict[str, str] | None = None
    elapsed_ms: int | None = None
    fetched_at: str | None = None
    detail: str | None = None


class Intake:
    """Takes bodies in for one run of one source."""

    def __init__(
        self, source: Source, ledger: Ledger, bodies: Bodies, workers: Workers, *, run_id: str, sweep: int,
        now: Callable[[], dt.datetime],
    ) -> None:  # fmt: skip
        self.source, self.ledger, self.bodies, self.workers = source, ledger, bodies, workers
        self.run_id, self.sweep, self._now = run_id, sweep, now
        self.banned = Banned()
        self.holds: Callable[[str, str], Awaitable[Address | None]] | None = None  # asks for a canonical page
        self._recipes = {plain: _recipe(source, plain=plain) for plain in (False, True)}

    def now(self) -> str:
        """Return the moment, as the records write it."""
        return self._now().strftime(FORMAT)

    # Outcomes without a body

    def spared(self, address: Address, outcome: str, *, status: int | None = None, **values: Any) -> None:
        """Note that an address is as it was: `skipped`, `not_modified` or `unchanged`."""
        now = self.now()
        verified = {} if outcome == "skipped" else {"verified_at": now}
        with self.ledger.together():
            self.ledger.set(
                address.url, state="done", sweep=self.sweep, modified=address.now_modified, missing_since=None,
                missing_count=0, gone_at=None, outcome=outcome, outcome_run=self.run_id, **verified,
            )  # fmt: skip
            self._fetch(address.url, outcome, document_id=address.document_id, status=status, **values)
            if address.document_id:
                self.ledger.see(address.document_id, self.run_id, seen_at=now)

    def missing(
        self, address: Address, status: int | None, detail: str, *, reason: str | None = None, certain: bool = False,
        **values: Any,
    ) -> None:  # fmt: skip
        """Note that an address answers that it is not there; by the rule, its document is gone."""
        now = self.now()
        since, count = address.missing_since or now, address.missing_count + 1
        lasted = self._now() - dt.datetime.strptime(since, FORMAT).replace(tzinfo=dt.UTC)
        gone_at = now if certain or status == 410 or (count > 1 and lasted >= GONE_AFTER) else None
        held = address.document_id is not None
        with self.ledger.together():
            self.ledger.set(
                address.url, state="done", sweep=self.sweep, missing_since=since, missing_count=count,
                gone_at=gone_at, outcome="gone" if held else "error", outcome_run=self.run_id,
            )  # fmt: skip
            self._fetch(
                address.url, "gone" if held else "error", document_id=address.document_id, status=status,
                detail=detail, **values,
            )  # fmt: skip
            self.fail(address.url, reason or (f"http_{status}" if status else "file_gone"), detail)
            if held and gone_at and not self._elsewhere(address):
                self.ledger.see(str(address.document_id), self.run_id, seen_at=None, gone_at=gone_at)

    def failed(
        self, address: Address, reason: str, detail: str, *, outcome: str = "error", **values: Any
    ) -> None:
        """Note that an address could not be harvested."""
        with self.ledger.together():
            self.ledger.set(
                address.url, state="done", sweep=self.sweep, outcome=outcome, outcome_run=self.run_id
            )
            self._fetch(address.url, outcome, document_id=address.document_id, detail=detail, **values)
            self.fail(address.url, reason, detail)

    def fail(self, url: str, reason: str, detail: str) -> None:
        """Note a failure."""
        self.ledger.failure(
            failure_id=secrets.token_hex(8), run_id=self.run_id, url=url, reason=reason, detail=detail[:1000],
            at=self.now(),
        )  # fmt: skip

    # Outcomes with a body

    async def take(
        self, address: Address, answer: Answer, *, plain: bool = False, follow: bool = True
    ) -> None:
        """Keep a body, then see what it is: from here on, nothing is asked again if the process dies."""
        sha256 = (
            await asyncio.to_thread(digest, answer.body)
            if len(answer.body) > 1 << 20
            else digest(answer.body)
        )
        same = sha256 == address.body_sha256
        validators = {"etag": answer.etag, "last_modified": answer.last_modified}
        if same and self._settled(address, plain=plain) and self.bodies.path(sha256).exists():
            self.ledger.set(address.url, **validators)
            self.spared(
                address, "unchanged", status=answer.status, byte_count=len(answer.body), body_sha256=sha256,
                elapsed_ms=answer.elapsed_ms, detail=answer.detail,
            )  # fmt: skip
            return
        await asyncio.to_thread(self.bodies.put, answer.body)
        fetch_id = secrets.token_hex(8)
        with self.ledger.together():
            self._fetch(
                address.url, "pending", fetch_id=fetch_id, status=answer.status, byte_count=len(answer.body),
                body_sha256=sha256, elapsed_ms=answer.elapsed_ms, detail=answer.detail,
            )  # fmt: skip
            self.ledger.set(
                address.url, state="kept", body_sha256=sha256, fetch_id=fetch_id, final_url=answer.url,
                fetched_at=answer.fetched_at or self.now(), verified_at=self.now(), charset=answer.charset,
                content_type=answer.content_type, rights=json.dumps(answer.rights or {}),
                recipe="plain" if plain else "page", **validators,
            )  # fmt: skip
        await self.read(address.url, answer.body, plain=plain, follow=follow)

    async def again(self, address: Address, *, status: int | None = None, follow: bool = True) -> None:
        """Read a kept body again, because it would be read otherwise now; nothing was asked, or 304 answered."""
        fetch_id = secrets.token_hex(8)
        self._fetch(
            address.url, "pending", fetch_id=fetch_id, status=status, detail="read again from the kept body"
        )
        spared = "not_modified" if status == 304 else "skipped"
        await self.read(address.url, follow=follow, fetch_id=fetch_id, unchanged=spared)

    async def read(
        self, url: str, body: bytes | None = None, *, plain: bool | None = None, follow: bool = True,
        fetch_id: str | None = None, unchanged: str = "unchanged",
    ) -> None:  # fmt: skip
        """Extract a kept body and note what it is, in the row of the fetch that brought it, or in another."""
        address = self.ledger.address(url)
        if address is None or not address.body_sha256:
            return
        recipe = self._recipe_of(address) if plain is None else ("plain" if plain else "page")
        reply = await self._reply(address, recipe, body)
        fetch_id = fetch_id or address.fetch_id
        if (
            not reply.get("reason")
            and recipe == "page"
            and says_absent(reply.get("title") or "", reply["text"])
        ):
            self.ledger.sql.execute(
                "DELETE FROM fetch WHERE fetch_id = ? AND outcome = 'pending'", (fetch_id,)
            )
            words = f"answers as if it were there, but is titled {reply['title']!r}"
            self.missing(address, None, words, reason="soft_404")
            return
        identity = None if reply.get("reason") else await self._identity(address, reply, follow=follow)
        if identity is not None and self.banned.bans(identity):
            reply = {"reason": "taken_down", "detail": f"leads to {identity}, which was taken down"}
        elif identity is not None and not self.source.takes(identity):
            reply = {
                "reason": "not_allowed",
                "detail": f"leads to {identity}, which allow and deny do not take",
            }
        with self.ledger.together():
            if identity is None or reply.get("reason"):
                detail = f"{reply['reason']}: {reply['detail']}"
                self._finish(address, recipe, "error", None, fetch_id, detail=detail)
                self.fail(url, str(reply["reason"]), str(reply["detail"]))
                return
            document_id = digest16(self.source.id, identity)
            outcome = self._version(address, document_id, identity, reply)
            self._finish(
                address, recipe, unchanged if outcome == "unchanged" else outcome, document_id, fetch_id
            )
            self.ledger.see(document_id, self.run_id, seen_at=self.now())

    async def _reply(self, address: Address, recipe: str, body: bytes | None) -> dict[str, Any]:
        """Return what a worker makes of a kept body."""
        try:
            body = (
                await asyncio.to_thread(self.bodies.get, str(address.body_sha256)) if body is None else body
            )
        except (OSError, ValueError) as error:
            self.ledger.set(address.url, etag=None, last_modified=None, modified=None, body_sha256=None)
            return {"reason": "body_lost", "detail": f"the kept body cannot be read: {error}"}
        reply = await asyncio.wrap_future(self.workers.submit(self._job(address, recipe), body))
        reply = {"text": "", **_whole(reply)}
        if not reply.get("reason") and not reply["text"].strip():
            return {"reason": "empty_text", "detail": "no text was found in it"}
        return reply

    def _version(self, address: Address, document_id: str, url: str, reply: dict[str, Any]) -> str:
        """Give the document a new version if it is new or has changed, and return the outcome."""
        text = str(reply["text"])
        text_sha256 = digest(text.encode())
        title = str(reply.get("title") or "").strip() or title_of(text, url)
        record: dict[str, Any] = {
            "document_id": document_id,
            "source": self.source.id,
            "url": url,
            "title": title,
            "text": text,
            "published": reply.get("published"),
            "language": reply.get("language"),
            "licence": self.source.licence,
            "content_type": address.content_type or "application/octet-stream",
            "body_sha256": address.body_sha256,
            "text_sha256": text_sha256,
            "fetched_at": address.fetched_at,
            "fetch_id": address.fetch_id,
            "rights": {**dict(reply.get("rights") or {}), **json.loads(address.rights or "{}")},
        }
        case_studies = case_studies_of(record, reply["sections"], split=self.source.split is not None)
        parts = [[one["start_char"], one["end_char"], one["title"]] for one in case_studies]
        whole = digest(json.dumps([title, text_sha256, record["licence"], parts]).encode())
        current = self.ledger.current(document_id)
        if current is not None and current["digest"] == whole:
            return "unchanged"
        self.ledger.add_version(
            document_id, url, self.run_id, text_sha256=text_sha256, digest=whole, record=_json(record),
            case_studies=_json(case_studies), case_study_count=len(case_studies),
        )  # fmt: skip
        return "new" if current is None else "changed"

    def _finish(
        self, address: Address, recipe: str, outcome: str, document_id: str | None, fetch_id: str | None, *,
        detail: str | None = None,
    ) -> None:  # fmt: skip
        with self.ledger.together():
            self.ledger.set(
                address.url, state="done", sweep=self.sweep, modified=address.now_modified, outcome=outcome,
                recipe=f"{recipe} {self._recipes[recipe == 'plain']}", outcome_run=self.run_id, missing_since=None,
                missing_count=0, gone_at=None, **({"document_id": document_id} if document_id else {}),
            )  # fmt: skip
            self.ledger.sql.execute(
                "UPDATE fetch SET outcome = ?, document_id = ?, detail = coalesce(?, detail) "
                "WHERE fetch_id = ? AND outcome = 'pending'",
                (outcome, document_id, detail, fetch_id),
            )

    # Identity

    async def _identity(self, address: Address, reply: dict[str, Any], *, follow: bool) -> str:
        """Return the document's canonical URL: where redirects led, or what the page calls itself if that holds."""
        url = (
            canonical(address.final_url or address.url)
            if self.source.kind not in FILE_KINDS[1:]
            else address.url
        )
        twin = self._twin(url, reply)
        if twin is not None:
            return twin
        try:
            named = canonical(str(reply.get("canonical") or ""))
        except ValueError:
            return url
        if (
            loose(named) == loose(url)
            or not follow
            or self.holds is None
            or host_of(named) not in self._hosts(url)
        ):
            return url
        if not self.source.takes(named):
            return url
        other = await self.holds(named, address.url)
        held = self.ledger.current(other.document_id) if other and other.document_id else None
        if held is not None and alike(str(json.loads(held["record"])["text"]), str(reply["text"])):
            return str(held["url"])
        return url

    def _hosts(self, url: str) -> frozenset[str]:
        return self.source.hosts or frozenset([host_of(url)])

    def _twin(self, url: str, reply: dict[str, Any]) -> str | None:
        """Return the document that is surely this one: of the same path, or held under nearly the same address."""
        text_sha256 = digest(str(reply["text"]).encode())
        path = loose(url).partition("?")[0]
        for row in self.ledger.sql.execute(
            "SELECT url, text_sha256 FROM document JOIN version USING (version_id) WHERE text_sha256 = ? ORDER BY url",
            (text_sha256,),
        ):
            if loose(row["url"]).partition("?")[0] == path:
                return str(row["url"])
        near = self.ledger.address(url, loose(url))
        held = self.ledger.current(near.document_id) if near and near.document_id else None
        return str(held["url"]) if held is not None and loose(held["url"]) == loose(url) else None

    def _elsewhere(self, address: Address) -> bool:
        """Tell whether another address still leads to the same document."""
        return bool(
            self.ledger.number(
                "SELECT count(*) FROM address WHERE document_id = ? AND url <> ? AND missing_since IS NULL",
                address.document_id, address.url,
            )
        )  # fmt: skip

    # Helpers

    def _settled(self, address: Address, *, plain: bool) -> bool:
        recipe = f"{'plain' if plain else 'page'} {self._recipes[plain]}"
        return address.document_id is not None and address.recipe == recipe and address.outcome != "error"

    def settled(self, address: Address) -> bool:
        """Tell whether an address was read as it would be read now."""
        return self._settled(address, plain=self._recipe_of(address) == "plain")

    @staticmethod
    def _recipe_of(address: Address) -> str:
        return "plain" if (address.recipe or "").startswith("plain") else "page"

    def _job(self, address: Address, recipe: str) -> dict[str, Any]:
        select = asdict(self.source.select)
        if recipe == "plain":
            select.update(title=None, body=None, published=None)
        return {
            "url": address.final_url or address.url,
            "content_type": address.content_type,
            "charset": address.charset,
            "select": select,
            "split": self.source.split.heading if self.source.split else None,
            "given": json.loads(address.given),
        }

    def _fetch(self, url: str, outcome: str, **values: Any) -> None:
        values.setdefault("fetch_id", secrets.token_hex(8))
        self.ledger.fetch(run_id=self.run_id, url=url, outcome=outcome, at=self.now(), **values)


def _whole(value: Any) -> Any:
    """Return a value without half characters, which no file could hold; offsets stay as they are."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return {key: _whole(one) for key, one in value.items()} if isinstance(value, dict) else value


def _recipe(source: Source, *, plain: bool) -> str:
    select = [None] * 3 if plain else [source.select.title, source.select.body, source.select.published]
    split = source.split.heading if source.split else None
    return digest(json.dumps([EXTRACTOR, select, split, source.licence]).encode())[:12]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
