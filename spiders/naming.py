"""What an element's class and id say of it: whether they are the names of furniture.

A name is judged whole: `share-buttons` names furniture, `sharing-expertise` only holds a word of it.
"""

import re
from functools import lru_cache

SURE, WHOLE, PART = 3, 2, 1
"""Grades: furniture whatever stands in it; furniture unless it holds long prose; only a word of furniture."""

_SURE = re.compile(
    r"(?:.*-)?(?:cookies?|consent|gdpr|ccpa)-(?:banner|notice|bar|law|consent|message|popup|modal|dialog|overlay|"
    r"policy|settings|preferences|info|wrapper|container|box|prompt|root|alert|warning|disclaimer)(?:-.*)?|"
    r"cookies|gdpr|ccpa|consent|(?:onetrust|cookiebot|cmplz|cky|usercentrics|osano|truste)(?:-.*)?|"
    r"comments|comment-?list|comments-(?:area|list|section|wrapper|wrap|container|content|template|block)|"
    r"(?:.*-)?comment-(?:form|respond|area|section|wrapper)|respond|disqus(?:-.*)?|"
    r"(?:jp-)?sharedaddy|(?:sharethis|addtoany|addthis|a2a)(?:-.*)?|"
    r"byline|(?:.*-)?author-?(?:bio|box|info)|about-?author|post-?author|mailchimp(?:-.*)?|mc4wp(?:-.*)?|"
    r"adsbygoogle|skip-?links?|skip-?to-?content"
)
_BEFORE = (
    "site|page|main|primary|secondary|top|bottom|left|right|block|wp|region|section|post|entry|article|blog|single|"
    "content|global|header|footer|mobile|desktop|inner|module|widget|elementor|et-pb|first|second|[a-z]{1,3}"
)
_AFTER = (
    "area|list|box|bar|banner|buttons?|btns?|links?|icons?|items?|wrap|wrapper|container|inner|outer|section|block|"
    "group|widgets?|menu|toggle|form|holder|region|left|right|primary|secondary|top|bottom|title|header|nav|row|"
    "col|column|tools?|trail|cloud|dialog|content|first|second|label|[a-z]|\\d+"
)
_WHOLE = re.compile(
    rf"(?:(?:{_BEFORE})-){{0,3}}(?:"
    r"breadcrumbs?|navbar|nav|navigation|menu|submenu|megamenu|topbar|pagination|pager|paging|"
    r"share|sharing|socials?|social-(?:media|share|sharing|follow|networks?)|share-(?:this|post|page|article|social)|"
    r"related|relatedposts?|recommended|trending|(?:jp-)?relatedposts|"
    r"(?:related|recommended|similar|more|latest|recent|popular)-?(?:posts?|articles?|news|stories|content|pages|"
    r"projects|resources|reading|case-studies|events|comments)|read-?(?:more|next)|(?:you-(?:may|might)-)?also-?like|"
    r"comment|comment-body|replies|sidebars?|widget-area|widgets|newsletters?|newsletter-sign-?up|subscribe|"
    r"subscription|sign-?up|adverts?|advertisement|ads|sponsored|promos?|promoted|teasers?|"
    r"modal|popup|lightbox|overlay|offcanvas|screen-?reader(?:-text)?|sr-only|visually-?hidden|"
    r"footer|masthead|colophon|back-?to-?top|scroll-?top|print-?only|no-?print|"
    r"(?:post|entry)-?(?:navigation|nav|tags|categories|meta|share|footer)|nav-?links|tags-?links|cat-?links|"
    r"tag-?(?:list|cloud)|taglist|search-?(?:form|box|bar)|login|edit-?link|ratings?|toc|table-?of-?contents|"
    rf"ez-toc|edit-?section)(?:-(?:{_AFTER})){{0,3}}"
)
_ORDINARY = frozenset(
    "share sharing social socials related recommended navigation menu comment replies promo teaser rating ratings "
    "subscription newsletter trending overlay".split()
)
"""Words that the id of an article's own section can be."""
_PART = re.compile(
    r"(?:^|[- ])(?:cookies?|breadcrumbs?|navbar|nav|navigation|menu|topbar|pagination|pager|share|sharing|socials?|"
    r"related|recommended|recommendations?|read-?more|trending|comments?|replies|sidebars?|widgets?|newsletters?|"
    r"subscribe|subscription|sign-?up|adverts?|advertisement|ads|sponsored|promos?|promoted|teasers?|modal|popup|"
    r"lightbox|overlay|offcanvas|sr-only|footer|masthead|noprint|search-?(?:form|box|bar)|login|ratings?|toc)(?:[- ]|$)"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_JOINTS = re.compile(r"[-_]+")


@lru_cache(maxsize=4096)
def grade_of(classes: str, identifier: str) -> int:
    """Return SURE, WHOLE or PART, or 0 if nothing in the names is a word of furniture."""
    names = [(name, False) for name in _plain(classes).split()]
    names += [(name, True) for name in _plain(identifier).split()]
    joined = " ".join(name for name, _ in names)
    if _PART.search(joined) is None and not any(_SURE.fullmatch(name) for name, _ in names):
        return WHOLE if any(_WHOLE.fullmatch(name) for name, _ in names) else 0
    grade = PART
    for name, is_identifier in names:
        if _SURE.fullmatch(name):
            return SURE
        if _WHOLE.fullmatch(name) and not (is_identifier and name in _ORDINARY):
            grade = WHOLE
    return grade


def _plain(names: str) -> str:
    parts = _JOINTS.sub("-", _CAMEL.sub("-", names[:500])).lower().split()
    return " ".join(part.strip("-")[:80] for part in parts)
