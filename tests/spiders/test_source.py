"""Source files: what is right, and how what is wrong is named."""

from pathlib import Path

import pytest

import spiders
from spiders.source import SourceError, read_source, read_sources, scan_sources

GOOD = 'title = "Harbour"\nkind = "pages"\nstart = ["https://harbour.example/a"]\n'
LISTING = 'title = "Harbour"\nkind = "listing"\nstart = ["https://harbour.example/a"]\n'


def fault(tmp_path: Path, content: str | bytes, name: str = "harbour.toml") -> str:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SourceError) as caught:
        read_source(path)
    return str(caught.value)


def test_a_source_is_read_with_all_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "harbour.toml"
    path.write_text(
        'title = "Harbour"\nkind = "listing"\nstart = ["HTTP://Harbour.example:80/a/../b/?utm_source=x#top"]\n'
        "allow = ['/b/[^/]+/$']\ndeny = ['/tag/']\nlicence = \"OGL 3\"\nbasis = \"public\"\nchecked_on = 2026-11-02\n"
        'contact = "office@harbour.example"\ndelay = 2.5\nmax_documents = 12\nactive = false\n'
        '[select]\nitem = "a::attr(href)"\n[split]\nheading = "auto"\n[expect]\nmin = 2\nmax = 9\n'
    )
    source = read_source(path)
    assert source.id == "harbour"
    assert source.start == ("http://harbour.example/b/",)
    assert source.hosts == {"harbour.example"}
    assert (source.delay, source.max_documents, source.active) == (2.5, 12, False)
    assert source.checked_on == "2026-11-02"
    assert source.select.item == "a::attr(href)"
    assert source.split is not None
    assert source.split.heading == "auto"
    assert (source.expect.min, source.expect.max) == (2, 9)
    assert source.takes("http://harbour.example/b/one/")
    assert not source.takes("http://harbour.example/b/one/tag/")
    assert not source.takes("http://harbour.example/c/")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD.replace("pages", "lists"), "kind 'lists' is unknown; one of archive, feed, folder, listing"),
        (GOOD.replace('title = "Harbour"\n', ""), "title is missing"),
        (GOOD.replace('kind = "pages"\n', ""), "kind is missing; one of archive"),
        ('title = "Harbour"\nkind = "pages"\n', "start is missing"),
        ('title = "Harbour"\nkind = "pages"\nstart = []\n', "start is empty"),
        (GOOD.replace("[", "").replace("]", ""), "start is 'https://harbour.example/a'; a list of strings"),
        (
            GOOD.replace("https://harbour.example/a", "harbour.example"),
            "start 'harbour.example' is not an address",
        ),
        (GOOD.replace("https", "ftp"), "start 'ftp://harbour.example/a' is not an address"),
        (GOOD + 'licens = "x"\n', "key 'licens' is unknown; 'licence' is near it"),
        (GOOD + "allow = ['(']\n", "allow '(' is not a regular expression: missing )"),
        (GOOD + 'delay = "2"\n', "delay is '2'; seconds from 0"),
        (GOOD + "delay = -1\n", "delay is -1; seconds from 0"),
        (GOOD + "max_documents = 0\n", "max_documents is 0; a whole number, 1 or more"),
        (GOOD + 'active = "no"\n', "active is 'no'; true or false"),
        (GOOD + "checked_on = 3\n", "checked_on is 3; a date"),
        (GOOD + "licence = 3\n", "licence is 3; a string"),
        (GOOD + '[select]\nbodi = "p"\n', "key 'select.bodi' is unknown; select.'body' is near it"),
        (GOOD + '[select]\nbody = "p["\n', "select.body = 'p[' is not a CSS selector"),
        (GOOD + '[select]\nbody = "p::before"\n', "select.body = 'p::before' is not a CSS selector"),
        (GOOD + "[split]\n", "split.heading is missing"),
        (GOOD + 'split = "h2"\n', "split is 'h2'; a section [split]"),
        (GOOD + "[expect]\nmin = 5\nmax = 3\n", "expect.min 5 is above expect.max 3"),
        (GOOD + "[expect]\nmin = true\n", "expect.min is True; a whole number"),
        (LISTING, "kind 'listing' needs select.item"),
        ('title = "H"\nkind = "folder"\nstart = ["nowhere"]\n', "start 'nowhere': there is no"),
        ("", "the file is empty"),
        (b'title = "\xff"', "line 1 is not UTF-8"),
        ("title = \n", "is not TOML: Invalid value (at line 1, column 9)"),
    ],
)
def test_a_fault_is_named_with_what_would_be_right(tmp_path: Path, content: str | bytes, words: str) -> None:
    message = fault(tmp_path, content)
    assert words in message
    assert all(line.startswith(f"{tmp_path / 'harbour.toml'}: ") for line in message.splitlines())


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    message = fault(tmp_path, 'kind = "lists"\nstart = ["x"]\ndeny = ["["]\n')
    assert len(message.splitlines()) == 3


def test_a_name_that_could_leave_the_folder_is_no_id(tmp_path: Path) -> None:
    assert "is the source's id" in fault(tmp_path, GOOD, name="har bour.toml")


def test_a_path_is_looked_for_beside_its_source_file(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    path = tmp_path / "own.toml"
    path.write_text('title = "Own"\nkind = "folder"\nstart = ["files"]\n')
    assert read_source(path).start == (str(tmp_path / "files"),)


def test_a_later_folder_replaces_a_namesake(tmp_path: Path) -> None:
    for folder, title in (("shipped", "Old"), ("own", "New")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "harbour.toml").write_text(GOOD.replace("Harbour", title))
    assert [source.title for source in read_sources(tmp_path / "shipped", tmp_path / "own")] == ["New"]


def test_one_bad_file_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("title = 1")
    (tmp_path / "b.toml").write_text(GOOD)
    sources, faults = scan_sources(tmp_path)
    assert [source.id for source in sources] == ["b"]
    assert len(faults) == 3
    with pytest.raises(SourceError):
        read_sources(tmp_path)


def test_one_s_own_machine_needs_no_delay_and_others_do(tmp_path: Path) -> None:
    near, far = tmp_path / "near.toml", tmp_path / "far.toml"
    near.write_text(GOOD.replace("https://harbour.example", "http://127.0.0.1:8000"))
    far.write_text(GOOD)
    assert read_source(near).delay == 0
    assert read_source(far).delay >= 1


def test_the_shipped_sources_are_right_and_wait_to_be_made_active() -> None:
    sources = read_sources(Path(spiders.__path__[0]) / "sources")
    assert len(sources) >= 8
    assert not any(source.active for source in sources)
