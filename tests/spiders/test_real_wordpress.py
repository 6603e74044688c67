"""The harvest of a real WordPress, with pretty and with plain permalinks."""

from pathlib import Path

import pytest

from tests.spiders.blog import Blog, blog, missing
from tests.spiders.conftest import Harvester

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"a real WordPress needs {missing()}")


@pytest.mark.parametrize("permalinks", ["/%year%/%postname%/", ""])
def test_a_real_wordpress_is_harvested_and_an_edit_is_found(
    tmp_path: Path, harvested: Harvester, permalinks: str
) -> None:
    with blog(tmp_path, permalinks=permalinks) as served:
        source = f'title="W"\nkind="wordpress"\nstart=["{served.address}/"]\n[expect]\nmin=25\nmax=25\n'
        first = harvested(source)
        assert first.result.ok, first.result.message
        assert first.titles() == sorted(f"Project {number} & friends" for number in range(1, 26))
        assert list(first.reasons().values()) == ["protected"]
        assert all("wrote about what it had learnt" in line["text"] for line in first.lines("documents"))
        assert {
            line["published"] for line in first.lines("documents") if line["title"] == "Project 2 & friends"
        } == {"2026-03-03"}
        second = harvested(source)
        assert set(second.outcomes().values()) == {"skipped"}
        assert second.lines("documents") == []
        served.php(
            "$p = get_page_by_path('project-7', OBJECT, 'post'); wp_update_post(['ID' => $p->ID, 'post_content' => "
            "$p->post_content . '<p>Since spring a third school has joined the project on every second Friday.</p>']);"
            "wp_trash_post(get_page_by_path('project-9', OBJECT, 'post')->ID);"
        )
        third = harvested(source.replace("min=25", "min=24"))
        assert [line["title"] for line in third.lines("documents")] == ["Project 7 & friends"]
        assert sorted(set(third.outcomes().values())) == ["changed", "gone", "skipped"]
        if permalinks:
            _without_its_api(served, harvested)


def _without_its_api(served: Blog, harvested: Harvester) -> None:
    """Harvest the same blog by category; then without its API by sitemap; then by feed."""
    named = f'title="W"\nkind="wordpress"\nstart=["{served.address}/category/reading/"]\n'
    below = harvested(harvested.source(named, "below"))
    assert below.titles() == [f"Project {number} & friends" for number in range(1, 5)]
    (served.folder / "wp-content" / "mu-plugins").mkdir()
    (served.folder / "wp-content" / "mu-plugins" / "closed.php").write_text(
        "<?php add_filter('rest_authentication_errors', fn() => new WP_Error('closed', 'no', ['status' => 401]));"
    )
    mapped = harvested(
        harvested.source(f'title="W"\nkind="wordpress"\nstart=["{served.address}/"]\n', "mapped")
    )
    assert mapped.result.document_count >= 24
    assert all(
        "In project" in line["text"] for line in mapped.lines("documents") if "Project" in line["title"]
    )
    fed = harvested(harvested.source(f'title="W"\nkind="feed"\nstart=["{served.address}/feed/"]\n', "fed"))
    assert fed.result.document_count == 24
