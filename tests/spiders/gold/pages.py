# ruff: noqa: E501  # markup stands on one line, as sites write it
"""Invented web pages in the shape of real ones, each with its gold main text.

`THEMES` are made after kinds of site: blogs of several content systems, page builders, directories,
government pages, hand-made pages. Each puts the same parts (`Article`) under another markup.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from tests.spiders.gold.prose import MONTHS, Prose


@dataclass
class Article:
    """What an author wrote: parts are (kind, content), kind one of h2, h3, bold, p, ul, ol, table, quote."""

    title: str
    parts: list[tuple[str, object]]
    date: tuple[int, int, int]

    def gold(self) -> str:
        """Return the main text without the title, a block a paragraph."""
        out = []
        for kind, content in self.parts:
            if kind in ("ul", "ol"):
                out.append("\n".join(f"- {item}" for item in content))  # type: ignore[attr-defined]
            elif kind == "table":
                out.append("\n".join(" | ".join(row) for row in content))  # type: ignore[attr-defined]
            else:
                out.append(str(content))
        return "\n\n".join(out)


@dataclass
class Page:
    """A page's markup and what is to be found in it."""

    name: str
    html: str
    title: str
    text: str
    published: str | None
    headings: list[str] = field(default_factory=list)


def article(prose: Prose, *, size: str = "medium", headings: str = "h2", rich: bool = True) -> Article:
    random = prose.random
    parts: list[tuple[str, object]] = [("p", prose.paragraph())]
    sections = {"short": 0, "medium": random.randint(2, 3), "long": random.randint(4, 7)}[size]
    names = random.sample(
        [
            "Aims",
            "What we did",
            "Impact",
            "Pupil involvement",
            "Resources",
            "Funding",
            "What we learned",
            "Next steps",
            "Background",
            "How it began",
        ],
        sections,
    )
    for name in names:
        parts.append((headings, name))
        parts += [("p", prose.paragraph()) for _ in range(random.randint(1, 3))]
        if rich and random.random() < 0.4:
            parts.append(("ul", [prose.item() for _ in range(random.randint(2, 5))]))
        if rich and random.random() < 0.2:
            parts.append(
                (
                    "table",
                    [
                        ("Year", "Pupils", "Schools"),
                        *[
                            (str(2019 + i), str(random.randint(8, 90)), str(random.randint(2, 12)))
                            for i in range(4)
                        ],
                    ],
                )
            )
        if rich and random.random() < 0.2:
            parts.append(("quote", f"“{prose.sentence()}”"))
    if size == "short":
        parts.append(("p", prose.paragraph(1, 3)))
    return Article(prose.title(), parts, prose.date())


def body(
    art: Article, *, p: str = "p", heading: str | None = None, item: str = "li", quote: str = "blockquote"
) -> str:
    """Return the parts as markup; `p` is the tag around paragraphs, `heading` overrides that of headings."""
    out = []
    for kind, content in art.parts:
        if kind == "p":
            out.append(f"<{p}>{escape(str(content))}</{p.split()[0]}>")
        elif kind in ("h2", "h3"):
            tag = heading or kind
            out.append(f"<{tag}>{escape(str(content))}</{tag.split()[0]}>")
        elif kind == "bold":
            out.append(f"<{p}><strong>{escape(str(content))}</strong></{p.split()[0]}>")
        elif kind in ("ul", "ol"):
            out.append(
                f"<{kind}>" + "".join(f"<{item}>{escape(each)}</{item}>" for each in content) + f"</{kind}>"
            )  # type: ignore[attr-defined]
        elif kind == "table":
            rows = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in content]  # type: ignore[attr-defined]
            out.append("<table>" + "".join(rows) + "</table>")
        else:
            out.append(f"<{quote}><p>{escape(str(content))}</p></{quote}>")
    return "\n".join(out)


def teasers(prose: Prose, count: int = 4, tag: str = "h3", *, with_text: bool = True) -> str:
    out = []
    for _ in range(count):
        text = f"<p>{escape(prose.sentence())} <a href='/x/'>Read more</a></p>" if with_text else ""
        out.append(
            f"<div class='card'><{tag}><a href='/{prose.random.randint(1, 999)}/'>{escape(prose.title())}</a></{tag}>{text}</div>"
        )
    return "".join(out)


def menu(prose: Prose, count: int = 9) -> str:
    names = [
        "Home",
        "About us",
        "Admissions",
        "Partnerships",
        "News",
        "Term dates",
        "Governors",
        "Vacancies",
        "Contact",
        "Calendar",
        "Sixth form",
        "Parents",
    ]
    inner = (
        "<ul class='sub'>"
        + "".join(
            f"<li><a href='/s/{number}/'><span>{escape(prose.title())}</span></a></li>" for number in range(5)
        )
        + "</ul>"
    )
    return (
        "<ul>"
        + "".join(
            f"<li class='item-{name.lower()[:3]}'><a href='/{name.lower()}/'>{name}</a>{inner if count > 5 else ''}</li>"
            for name in names[:count]
        )
        + "</ul>"
    )


COOKIES = "<div id='cookie-notice' class='cookie-bar' role='dialog'><p>We use cookies to give you the best experience on our website. By continuing to browse you accept our use of cookies.</p><button>Accept</button></div>"
UNNAMED_COOKIES = "<div class='x-bottom'><p>This website uses cookies to improve your experience. We assume you are happy with this, but you can opt out.</p><a href='#'>Accept all cookies</a></div>"
SHARE = "<div class='social-share'><span>Share this:</span><a href='#'>Facebook</a><a href='#'>X</a><a href='#'>LinkedIn</a></div>"


def comments(prose: Prose) -> str:
    inner = "".join(
        f"<li class='comment'><p class='comment-author'>{prose.person()} says:</p><div class='comment-content'><p>{escape(prose.paragraph(1, 3))}</p></div></li>"
        for _ in range(3)
    )
    return f"<div id='comments'><h2 class='comments-title'>3 thoughts on this</h2><ol class='comment-list'>{inner}</ol><div id='respond'><h3>Leave a Reply</h3><form><textarea></textarea></form></div></div>"


def footer(prose: Prose) -> str:
    return f"<footer class='site-footer'><p>{prose.school()}, registered charity. © 2025. All rights reserved.</p>{menu(prose, 5)}</footer>"


def iso(date: tuple[int, int, int]) -> str:
    return f"{date[0]}-{date[1]:02}-{date[2]:02}"


def spoken(date: tuple[int, int, int]) -> str:
    return f"{date[2]} {MONTHS[date[1] - 1]} {date[0]}"


def head(title: str, extra: str = "") -> str:
    styles = "".join(
        f".block-{number}{{margin:0 auto;padding:{number}px;color:#3a{number:02}5f}}" for number in range(99)
    )
    scripts = "".join(
        f"window.dataLayer.push({{'event':'e{number}','text':'words in a script'}});" for number in range(99)
    )
    links = "".join(
        f"<link rel='stylesheet' href='/assets/{number}.css'><meta name='x:{number}' content='{number}'>"
        for number in range(12)
    )
    return f"<!DOCTYPE html><html lang='en-GB'><head><meta charset='utf-8'><title>{escape(title)}</title>{extra}{links}<style>{styles}</style><script>{scripts}</script></head>"


def wordpress_classic(prose: Prose) -> tuple[Article, str, str | None]:
    art = article(prose)
    markup = f"""{head(art.title + " – Harbour Schools Partnership", f"<meta property='article:published_time' content='{iso(art.date)}T09:00:00+00:00'>")}
<body class='post-template single has-sidebar'>{COOKIES}<div id='page'><header id='masthead'><p class='site-title'><a href='/'>Harbour Schools Partnership</a></p><nav>{menu(prose)}</nav></header>
<div id='content'><div id='primary'><main><article class='post hentry'><header class='entry-header'><h1 class='entry-title'>{escape(art.title)}</h1><div class='entry-meta'>Posted on <time datetime='{iso(art.date)}'>{spoken(art.date)}</time> by <a>admin</a></div></header>
<div class='entry-content'>{body(art)}{SHARE}<div id='jp-relatedposts'><h3>Related</h3>{teasers(prose, 3, "h4")}</div></div><footer class='entry-footer'>Posted in <a>News</a></footer></article>
<nav class='post-navigation'><a>Previous post: {prose.title()}</a></nav>{comments(prose)}</main></div><aside id='secondary' class='widget-area'><section class='widget'><h2>Recent posts</h2><ul>{"".join(f"<li><a>{escape(prose.title())}</a></li>" for _ in range(5))}</ul></section></aside></div>{footer(prose)}</div></body></html>"""
    return art, markup, iso(art.date)


def blocks_builder(prose: Prose) -> tuple[Article, str, str | None]:
    """A page builder: text in bare divs, headings in spans of divs."""
    art = article(prose, size="long")
    rows = []
    for kind, content in art.parts:
        one = Article("", [(kind, content)], art.date)
        inner = escape(str(content)) if kind == "p" else body(one)
        rows.append(
            f"<div class='et_pb_row'><div class='et_pb_column'><div class='et_pb_module et_pb_text'><div class='et_pb_text_inner'>{inner}</div></div></div></div>"
        )
    markup = f"""{head(art.title + " | Saltgate Trust")}<body><div id='et-main-area'><header><div class='logo'></div><nav>{menu(prose)}</nav></header><div id='main-content'><article><div class='et_pb_section'><h1>{escape(art.title)}</h1></div><div class='et_pb_section'>{"".join(rows)}</div>
<div class='et_pb_section'><div class='et_pb_row'><h2>More stories</h2>{teasers(prose)}</div></div></article></div>{footer(prose)}</div>{UNNAMED_COOKIES}</body></html>"""
    return art, markup, None


def bold_headings(prose: Prose) -> tuple[Article, str, str | None]:
    art = article(prose, headings="bold")
    markup = f"""{head(art.title)}<body><div id='wrapper'><div id='top'>{menu(prose)}</div><div id='middle'><div id='left'>{menu(prose, 6)}</div><div id='main'><h1>{escape(art.title)}</h1><p class='date'>{spoken(art.date)}</p>{body(art)}<p><a href='#top'>Back to top</a></p></div></div><div id='bottom'>Website design by Kiln Street Studio. {prose.school()}, Wharf Road. Tel: 01632 960000</div></div></body></html>"""
    return art, markup, None


def break_paragraphs(prose: Prose) -> tuple[Article, str, str | None]:
    """Paragraphs parted by two line breaks, in a table laid out for the page."""
    art = article(prose, headings="bold", rich=False)
    text = "<br><br>\n".join(
        f"<b>{escape(str(c))}</b>" if kind == "bold" else escape(str(c)) for kind, c in art.parts
    )
    markup = f"""<html><head><title>{escape(art.title)}</title></head><body bgcolor=white><table width=100%><tr><td colspan=2><font size=6>{prose.school()}</font></td></tr><tr><td width=150 valign=top>{"<br>".join(f"<a href=/{i}.htm>{escape(prose.title())}</a>" for i in range(7))}</td><td valign=top><h1>{escape(art.title)}</h1><font face=Arial>{text}</font></td></tr><tr><td colspan=2><center><small>Last updated 3 May 2021. Best viewed at 1024 by 768.</small></center></td></tr></table></body></html>"""
    return art, markup, None


def directory(prose: Prose) -> tuple[Article, str, str | None]:
    """A fixed template of label and value, as directories have it."""
    names = ["Aims", "Resources", "Impact", "Pupil Involvement", "Staff Involvement", "Partner schools"]
    art = Article(prose.title(), [], prose.date())
    fields = []
    for name in names:
        text = prose.paragraph(1, 4)
        art.parts += [("h3", name), ("p", text)]
        fields.append(
            f"<div class='field'><h3 class='field-label'>{name}</h3><div class='field-value'>{escape(text)}</div></div>"
        )
    markup = f"""{head(art.title + " » County Directory of Projects")}<body><div class='navbar'>{menu(prose)}</div><div class='container'><ol class='breadcrumb'><li><a>Home</a></li><li><a>Projects</a></li><li>{escape(art.title)}</li></ol><div class='row'><div class='col-8'><h1>{escape(art.title)}</h1>{"".join(fields)}<a class='btn' href='/projects/'>Back to all projects</a></div><div class='col-4'><h4>Filter projects</h4>{menu(prose, 8)}<h4>Latest projects</h4>{teasers(prose, 3, "h5", with_text=False)}</div></div></div>{footer(prose)}</body></html>"""
    return art, markup, None


def definition_list(prose: Prose) -> tuple[Article, str, str | None]:
    art = Article(prose.title(), [("p", prose.paragraph())], prose.date())
    pairs = []
    for name in ("Lead school", "Partners", "Subject", "What happened", "What changed"):
        text = prose.school() if name == "Lead school" else prose.paragraph(1, 3)
        art.parts += [("p", name), ("p", text)]
        pairs.append(f"<dt>{name}</dt><dd>{escape(text)}</dd>")
    markup = f"""{head(art.title + " - Partnerships Register")}<body><div role='banner'><a>Register</a></div><div role='main'><h1>{escape(art.title)}</h1>{body(Article("", art.parts[:1], art.date))}<dl>{"".join(pairs)}</dl></div><div role='contentinfo'>{menu(prose, 4)}<p>Contact the register's editors with any correction to this page.</p></div></body></html>"""
    return art, markup, None


def government(prose: Prose) -> tuple[Article, str, str | None]:
    art = article(prose, size="long")
    toc = "".join(
        f"<li><a href='#{i}'>{content}</a></li>"
        for i, (kind, content) in enumerate(art.parts)
        if kind == "h2"
    )
    markup = f"""{head(art.title + " - CASE.EXAMPLE", "<meta name='govuk:first-published-at' content='" + iso(art.date) + "T00:00:00+00:00'>")}<body class='js-enabled'><a class='skip-link' href='#content'>Skip to main content</a><div class='global-cookie-message' role='region' aria-label='cookies'><p>We use some essential cookies to make this website work. We'd like to set additional cookies to understand how you use it.</p></div><header role='banner'>{menu(prose, 4)}</header><main id='content' role='main'><div class='title-block'><span class='caption'>Case study</span><h1>{escape(art.title)}</h1></div><p class='lead'>{escape(str(art.parts[0][1]))}</p><nav class='contents-list'><h2>Contents</h2><ol>{toc}</ol></nav><div class='govspeak'>{body(Article("", art.parts[1:], art.date))}</div><div class='feedback'><h2>Is this page useful?</h2><button>Yes</button><button>No</button></div></main>{footer(prose)}</body></html>"""
    return art, markup, iso(art.date)


def news_cms(prose: Prose) -> tuple[Article, str, str | None]:
    art = article(prose)
    half = len(art.parts) // 2
    markup = f"""{head("News | " + art.title, "<script type='application/ld+json'>{" + f'"@type":"NewsArticle","headline":"x","datePublished":"{iso(art.date)}T08:30:00Z"' + "}</script>")}<body><div class='site'><div class='header'>{menu(prose)}</div><div class='page-content'><div class='article'><h1>{escape(art.title)}</h1><div class='meta'>{spoken(art.date)} | 4 min read</div>{body(Article("", art.parts[:half], art.date))}<div class='newsletter-signup'><h3>Sign up to our newsletter</h3><p>Get the latest partnership stories in your inbox every month, free of charge.</p></div>{body(Article("", art.parts[half:], art.date))}<div class='tags'>Tags: <a>science</a> <a>primary</a></div></div><div class='you-may-also-like'><h3>You may also like</h3>{teasers(prose, 4, "h4")}</div></div>{footer(prose)}</div></body></html>"""
    return art, markup, iso(art.date)


def short_notice(prose: Prose) -> tuple[Article, str, str | None]:
    art = article(prose, size="short", rich=False)
    markup = f"""{head(art.title)}<body><header><nav>{menu(prose, 12)}</nav></header><section class='hero'><h1>{escape(art.title)}</h1></section><section><div class='content'>{body(art)}</div></section><section class='latest'><h2>Latest news</h2>{teasers(prose, 6)}</section>{footer(prose)}</body></html>"""
    return art, markup, None


def word_export(prose: Prose) -> tuple[Article, str, str | None]:
    art = article(prose, headings="bold")
    parts = (
        body(art, p="p class=MsoNormal")
        .replace("<strong>", "<b><span style='font-size:14.0pt'>")
        .replace("</strong>", "</span></b>")
    )
    markup = f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta http-equiv=Content-Type content="text/html; charset=utf-8"><title>{escape(art.title)}</title><style><!-- p.MsoNormal {{margin:0cm}} --></style></head><body lang=EN-GB><div class=WordSection1><h1>{escape(art.title)}</h1>{parts}<p class=MsoNormal>&nbsp;</p></div></body></html>"""
    return art, markup, None


def articles_listed(prose: Prose) -> tuple[Article, str, str | None]:
    """Many cases on one page, each in an article of its own."""
    art = Article("Case studies from our schools", [], prose.date())
    inner = []
    for _ in range(prose.random.randint(5, 9)):
        title = prose.title()
        paragraphs = [prose.paragraph() for _ in range(prose.random.randint(1, 3))]
        art.parts += [("h2", title), *[("p", text) for text in paragraphs]]
        inner.append(
            f"<article class='case'><h2>{escape(title)}</h2>{''.join(f'<p>{escape(text)}</p>' for text in paragraphs)}</article>"
        )
    markup = f"""{head(art.title + " | The Alliance")}<body><header>{menu(prose)}</header><main><h1>{art.title}</h1><div class='cases'>{"".join(inner)}</div></main><aside><h3>Events</h3><p>12 June: summer conference for partnership co-ordinators, booking now open to all members.</p></aside>{footer(prose)}{COOKIES}</body></html>"""
    return art, markup, None


def accordion(prose: Prose) -> tuple[Article, str, str | None]:
    art = article(prose, size="long", rich=False)
    out, inside = [f"<p>{escape(str(art.parts[0][1]))}</p>"], False
    for kind, content in art.parts[1:]:
        if kind == "h2":
            out.append(
                ("</div></div>" if inside else "")
                + f"<div class='accordion-item'><h2 class='accordion-header'><button aria-expanded='false'>{content}</button></h2><div class='accordion-panel' aria-hidden='true' style='display:none'>"
            )
            inside = True
        else:
            out.append(f"<p>{escape(str(content))}</p>")
    markup = f"""{head(art.title)}<body><nav>{menu(prose)}</nav><main><h1>{escape(art.title)}</h1>{"".join(out)}</div></div></main>{footer(prose)}</body></html>"""
    return art, markup, None


def fact_box(prose: Prose) -> tuple[Article, str, str | None]:
    art = article(prose, rich=False)
    facts = [prose.item() for _ in range(3)]
    first = art.parts[:2]
    art.parts = [*first, ("p", "At a glance"), ("ul", facts), *art.parts[2:]]
    markup = f"""{head(art.title + " - Beacon Moor")}<body><div id='nav'>{menu(prose)}</div><main><article><h1>{escape(art.title)}</h1>{body(Article("", first, art.date))}<aside class='fact-box'><p>At a glance</p><ul>{"".join(f"<li>{escape(f)}</li>" for f in facts)}</ul></aside>{body(Article("", art.parts[len(first) + 2 :], art.date))}<figure><img src='a.jpg' alt='x'></figure></article><section aria-label='Related content'><h2>Related content</h2>{teasers(prose, 3)}</section></main>{footer(prose)}</body></html>"""
    return art, markup, None


def spans(prose: Prose) -> tuple[Article, str, str | None]:
    """A site builder that writes every line as a span in a paragraph, with classes that mean nothing."""
    art = article(prose)
    inner = (
        body(art, p="p class='font_8 wixui-rich-text__text'")
        .replace("<h2>", "<h2 class='font_2'><span class='color_15'>")
        .replace("</h2>", "</span></h2>")
    )
    markup = f"""{head(art.title + " | My Site")}<body><div id='SITE_CONTAINER'><div id='main_MF'><div id='site-root'><header id='SITE_HEADER'><nav>{menu(prose)}</nav></header><main id='PAGES_CONTAINER'><div id='comp-1'><div class='a1'><div data-testid='richTextElement'><h1 class='font_0'><span>{escape(art.title)}</span></h1></div></div><div class='a1'><div data-testid='richTextElement'>{inner}</div></div><div class='a1'><div data-testid='richTextElement'><p class='font_8'><span>Subscribe to our newsletter</span></p></div></div></div></main><footer id='SITE_FOOTER'><p>©2025 by My Site.</p></footer></div></div></div></body></html>"""
    return art, markup, None


def sidebar_heavy(prose: Prose) -> tuple[Article, str, str | None]:
    """A short article beside long boxes of text."""
    art = article(prose, size="medium", rich=False)
    boxes = "".join(
        f"<div class='box'><h3>{name}</h3><p>{escape(prose.paragraph(2, 3))}</p></div>"
        for name in ("Our vision", "Open mornings", "Message from the head")
    )
    markup = f"""{head(art.title + " - " + prose.school())}<body><div class='wrap'><div class='top-strip'><p>Term starts on 4 September</p></div>{menu(prose)}<div class='cols'><div class='sidebar-left'>{boxes}</div><div class='content'><h1>{escape(art.title)}</h1><p class='posted'>Published: {spoken(art.date)}</p>{body(art)}</div></div>{footer(prose)}</div></body></html>"""
    return art, markup, iso(art.date)


THEMES: tuple[Callable[[Prose], tuple[Article, str, str | None]], ...] = (
    wordpress_classic,
    blocks_builder,
    bold_headings,
    break_paragraphs,
    directory,
    definition_list,
    government,
    news_cms,
    short_notice,
    word_export,
    articles_listed,
    accordion,
    fact_box,
    spans,
    sidebar_heavy,
)


def nameless(markup: str, prose: Prose) -> str:
    """Return the markup as build tools leave it: classes and ids mean nothing, and every container is a div."""
    names: dict[str, str] = {}

    def coded(match: re.Match[str]) -> str:
        value = match.group(2)
        names.setdefault(value, f"css-{prose.random.getrandbits(28):x}")
        return f" {match.group(1)}='{names[value]}'"

    markup = re.sub(r"\s(class|id)='([^']*)'", coded, markup)
    markup = re.sub(r"\s(?:role|aria-label|aria-hidden)='[^']*'", "", markup)
    return re.sub(r"<(/?)(?:header|footer|nav|aside|main|section|article)\b", r"<\1div", markup)


def pages(*, held_out: bool) -> list[Page]:
    """Return thirty pages, two a theme, the second with its names taken away; the halves share no words."""
    out = []
    for number, theme in enumerate(THEMES):
        for is_nameless in (False, True):
            half = "held" if held_out else "open"
            prose = Prose(f"{theme.__name__}-{half}-{is_nameless}")
            art, markup, published = theme(prose)
            if is_nameless:
                markup = nameless(markup, prose)
            headings = [str(content) for kind, content in art.parts if kind in ("h2", "h3", "bold")]
            name = f"{number:02}-{theme.__name__}{'-nameless' if is_nameless else ''}"
            out.append(Page(name, markup, art.title, art.gold(), published, headings))
    return out
