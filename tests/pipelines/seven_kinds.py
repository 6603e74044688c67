"""A made-up county of schools, served as each of the seven kinds of source."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

from tests.serving import Query, Reply, Site

SCHOOLS = (
    "Aldermoor",
    "Brackwater",
    "Cinderhill",
    "Dunmere",
    "Eastling",
    "Farrowby",
    "Glaisdale",
    "Holmwick",
)
SUBJECTS = ("physics", "Latin", "music", "geography", "chemistry", "drama", "German", "mathematics")


def story(kind: str, number: int) -> tuple[str, list[str]]:
    """Return the title and the paragraphs of a case study that stands nowhere else."""
    host, guest = SCHOOLS[number % 8], SCHOOLS[(number * 3 + 1) % 8]
    subject, pupils, year = (
        SUBJECTS[(number * 5 + len(kind)) % 8],
        11 + number * 7 + len(kind),
        2011 + number % 9,
    )
    title = f"{subject.capitalize()} at {guest} ({kind} {number})"
    return title, [
        f"Every Tuesday since {year} a teacher from {host} School has driven to {guest} Academy to take the {subject} "
        f"set of {pupils} pupils, because the academy could not fill the post after its own specialist left. The "
        f"{kind} committee of both schools agreed the arrangement in its meeting number {number + 3}.",
        f"She plans the lessons with the academy's head of department, marks the work, and sits with {number + 2} "
        f"younger colleagues who are new to teaching {subject}. {host} goes on paying her; the academy meets the "
        "travel costs.",
        f"The two heads look at the results each July. Last summer {pupils - 5} of the {pupils} passed, and the course "
        f"was changed where the second unit had gone badly. {guest} has asked for another {number % 3 + 1} years.",
    ]


def page(kind: str, number: int) -> str:
    """Return a story as a page with the furniture of a school's site."""
    title, paragraphs = story(kind, number)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html lang=en><head><title>{title} | County Schools</title><meta charset=utf-8></head><body>"
        "<header><nav><ul><li><a href=/>Home</a><li><a href=/admissions>Admissions</a></ul></nav></header>"
        "<div class=cookie-banner>We use cookies to give you the best experience.</div>"
        f"<main><article><h1>{title}</h1><time datetime=2023-0{number % 9 + 1}-14>14th</time>{body}</article></main>"
        "<footer>Copyright 2026 County Schools. Charity 1234567.</footer></body></html>"
    )


def put_blog(site: Site, count: int) -> None:
    """A WordPress at /blog/: its REST API, found from the page's Link header, ten posts a page at most."""
    posts = [_post(site, number) for number in range(count)]
    link = {"Link": f'<{site.url("/blog/wp-json/")}>; rel="https://api.w.org/"'}
    site.pages["/blog/"] = Reply("<html><body><p>A blog.</p></body></html>", headers=link)
    root = {"name": "Blog", "namespaces": ["wp/v2"], "routes": {"/wp/v2/posts": {"methods": ["GET"]}}}
    site.pages["/blog/wp-json/"] = Reply(json.dumps(root), "application/json", headers=link, etag=False)

    def collection(query: Query) -> Reply:
        size, number = min(int(query.get("per_page", ["10"])[0]), 10), int(query.get("page", ["1"])[0])
        after = query.get("modified_after", [""])[0][:19]
        found = [post for post in posts if not after or post["modified"] > after]
        pages = -(-len(found) // size)
        if number > max(pages, 1):
            return Reply(
                '{"code":"rest_post_invalid_page_number"}', "application/json", status=400, etag=False
            )
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        chosen = found[(number - 1) * size : number * size]
        return Reply(json.dumps(chosen), "application/json; charset=UTF-8", headers=headers, etag=False)

    site.pages["/blog/wp-json/wp/v2/posts"] = collection


def _post(site: Site, number: int) -> dict[str, Any]:
    title, paragraphs = story("blog", number)
    return {
        "id": 100 + number,
        "date": f"2024-02-{number + 1:02}T09:00:00",
        "date_gmt": f"2024-02-{number + 1:02}T09:00:00",
        "modified": f"2024-03-{number + 1:02}T09:00:00",
        "modified_gmt": f"2024-03-{number + 1:02}T09:00:00",
        "slug": f"post-{number}",
        "status": "publish",
        "type": "post",
        "link": site.url(f"/blog/post-{number}/"),
        "title": {"rendered": title.replace("'", "&#8217;")},
        "content": {"rendered": "".join(f"<p>{text}</p>\n" for text in paragraphs), "protected": False},
        "excerpt": {"rendered": "", "protected": False},
    }


def put_sitemap(site: Site, count: int) -> None:
    """A sitemap index that leads to one sitemap; pages with a lastmod."""
    ns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    urls = ""
    for number in range(count):
        site.pages[f"/trust/{number}/"] = Reply(page("trust", number))
        urls += (
            f"<url><loc>{site.url(f'/trust/{number}/')}</loc><lastmod>2024-05-0{number + 1}</lastmod></url>"
        )
    index = f"<sitemapindex {ns}><sitemap><loc>{site.url('/trust-pages.xml')}</loc></sitemap></sitemapindex>"
    site.pages["/trust.xml"] = Reply(f'<?xml version="1.0"?>{index}', "application/xml")
    site.pages["/trust-pages.xml"] = Reply(
        f'<?xml version="1.0"?><urlset {ns}>{urls}</urlset>', "application/xml"
    )


def put_listing(site: Site, count: int) -> None:
    """Three entries a page, relative links, a tracking parameter; the last page leads to itself."""
    pages = -(-count // 3)
    for at in range(pages):
        entries = "".join(
            f"<li class=entry><h2><a href='../projects/{number}/?utm_source=list'>"
            f"{story('project', number)[0]}</a></h2>"
            for number in range(at * 3, min(count, at * 3 + 3))
        )
        following = min(at + 1, pages - 1)
        site.pages[f"/projects/page-{at}"] = Reply(
            f"<html><body><ul>{entries}</ul><a class=next href=/projects/page-{following}>Next</a></body></html>"
        )
    for number in range(count):
        site.pages[f"/projects/{number}/"] = Reply(page("project", number))


def put_feed(site: Site, count: int) -> None:
    """An RSS feed of summaries with links to follow."""
    entries = ""
    for number in range(count):
        site.pages[f"/news/{number}.html"] = Reply(page("news", number))
        entries += (
            f"<item><title>{story('news', number)[0]}</title><link>{site.url(f'/news/{number}.html')}</link>"
            f"<guid>{site.url(f'/news/{number}.html')}</guid><description>Read more</description>"
            f"<pubDate>Mon, 0{number + 1} Apr 2024 10:00:00 +0000</pubDate></item>"
        )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'
    site.pages["/news/feed"] = Reply(feed, "application/rss+xml")


def put_pages(site: Site, count: int) -> None:
    """A page with three case studies under headings, and a PDF of several pages."""
    sections = "".join(
        f"<h2>{story('review', number)[0]}</h2>"
        + "".join(f"<p>{text}</p>" for text in story("review", number)[1])
        for number in range(3)
    )
    site.pages["/review.html"] = Reply(f"<html><body><main><h1>The year</h1>{sections}</main></body></html>")
    site.pages["/report.pdf"] = Reply(pdf_report(range(count)), "application/pdf")


def pdf_report(numbers: range) -> bytes:
    """Return a PDF: one case study a heading, running heads on each page."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    styles, parts = getSampleStyleSheet(), []
    for number in numbers:
        title, paragraphs = story("report", number)
        parts += [
            Paragraph(title, styles["Heading1"]),
            *(Paragraph(text, styles["BodyText"]) for text in paragraphs),
        ]
        parts.append(Spacer(1, 24))
    file = io.BytesIO()

    def furniture(canvas: Any, _document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 815, "County Schools Annual Review")
        canvas.drawString(290, 20, f"Page {canvas.getPageNumber()}")

    SimpleDocTemplate(file, invariant=True).build(parts, onFirstPage=furniture, onLaterPages=furniture)
    return file.getvalue()


def make_folder(folder: Path) -> None:
    """A folder of one file of each type: HTML, TXT, DOCX, PDF."""
    import docx

    folder.mkdir(parents=True)
    (folder / "one.html").write_text(page("folder", 0), encoding="utf-8")
    title, paragraphs = story("folder", 1)
    (folder / "two.txt").write_text("\n\n".join([title, *paragraphs]), encoding="utf-8")
    document = docx.Document()
    title, paragraphs = story("folder", 2)
    document.add_heading(title, 1)
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(str(folder / "three.docx"))
    (folder / "four.pdf").write_bytes(pdf_report(range(5, 6)))


def make_archive(path: Path, count: int) -> None:
    """A WARC.gz of a crawl that somebody else made, a gzip member a record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records = []
    for number in range(count):
        body = page("archive", number).encode()
        response = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
        head = (
            "WARC/1.1\r\nWARC-Type: response\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012}>\r\n"
            f"WARC-Target-URI: https://archive.example/{number}/\r\nWARC-Date: 2024-06-01T10:00:00Z\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(response)}\r\n\r\n"
        )
        records.append(gzip.compress(head.encode() + response + b"\r\n\r\n"))
    path.write_bytes(b"".join(records))


def write_sources(site: Site, folder: Path, files: Path) -> None:
    """Write a source file for each of the seven kinds."""
    folder.mkdir(parents=True)
    common = 'licence = "Invented Licence"\ndelay = 0.0\n'
    texts = {
        "blog": f'kind = "wordpress"\nstart = ["{site.url("/blog/")}"]\n',
        "trust": f'kind = "sitemap"\nstart = ["{site.url("/trust.xml")}"]\n',
        "projects": f'kind = "listing"\nstart = ["{site.url("/projects/page-0")}"]\nallow = ["/projects/[0-9]+/$"]\n',
        "news": f'kind = "feed"\nstart = ["{site.url("/news/feed")}"]\n',
        "review": f'kind = "pages"\nstart = ["{site.url("/review.html")}"]\n',
        "report": f'kind = "pages"\nstart = ["{site.url("/report.pdf")}"]\n',
        "papers": f'kind = "folder"\nstart = ["{files / "papers"}"]\n',
        "crawl": f'kind = "archive"\nstart = ["{files / "crawl.warc.gz"}"]\n',
    }
    rest = {
        "projects": '[select]\nitem = "li.entry h2 a"\nnext = "a.next"\n',
        "review": '[split]\nheading = "h2"\n',
        "report": '[split]\nheading = "auto"\n',
    }
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(
            f'title = "{name}"\n{text}{common}{rest.get(name, "")}', encoding="utf-8"
        )
