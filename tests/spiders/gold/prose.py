# ruff: noqa: E501  # word lists
"""Invented English about school partnerships: names, sentences, paragraphs, all drawn from a seeded generator."""

import random

PLACES = (
    "Marsh Lane,Harbour View,Saltgate,Quarry Bank,Windle Park,Thornwick,Elmsett Road,Kiln Street,Orchard Rise,Ferryside,"
    "Copper Mill,Larkfield,Nether Hollow,Beacon Moor,Tanner's Row,Ashby Wharf,Greywell,Stonebridge Vale,Petherham,Coldbrook"
).split(",")
KINDS = "Academy,Primary School,High School,College,Junior School,Community School,Grammar School,Infant School".split(
    ","
)
SURNAMES = "Okafor,Lindqvist,Pereira,Hallam,Szabo,Mbeki,Trewin,Achterberg,Duvall,Kaur,Fenwick,Ozturk,Rowntree,Ivanova".split(
    ","
)
SUBJECTS = "physics,Latin,further maths,drama,computing,geography,Mandarin,chemistry,music,German,design,history".split(
    ","
)
MONTHS = "January,February,March,April,May,June,July,August,September,October,November,December".split(",")
_ACTORS = "{t},the head of {s},our partnership co-ordinator,two sixth-form volunteers,the science department,a retired engineer,{t} and {t2},both head teachers,the trust’s subject lead".split(
    ","
)
_DOINGS = (
    "teaches the Year {n} set at {p}|runs a workshop on {s} for pupils from {p}|meets colleagues from {p} to plan lessons|"
    "coaches early-career teachers at {p}|lends the laboratory to {p}|trains reading volunteers before they visit {p}|"
    "marks mock papers with the staff of {p}|brings a minibus of instruments to {p}|"
    "sits on the governing body of {p}|writes schemes of work with {p}|prepares applicants from {p} for interviews"
).split("|")
_TIMES = (
    "each Thursday afternoon|once a fortnight|every spring term|on six Saturdays a year|for ten weeks at a time|since 2019|"
    "during the autumn half-term|before school on Mondays|whenever the timetable allows|in the last week of June"
).split("|")
_RESULTS = (
    "Attendance has risen from {n} to {m} pupils in three years|Pupils say that they now see the point of {s}|"
    "Nineteen of the {m} who came went on to study {s}|What it cost, about £{m}00 a year, is shared by the schools|"
    "The evaluation, which both schools read in July, was honest about what had not worked|"
    "It is too early to say whether grades have changed|Teachers on both sides report that they plan lessons differently|"
    "Parents asked for a second group, and it began in {month}|The waiting list has {m} names on it|"
    "“We had nobody to teach {s},” said {t}, “and now we have a queue”"
).split("|")
_LINKS = "Besides this, |As a result, |At first |By the second year, |For most of the year, |With help from the local authority, |||||".split(
    "|"
)
_TITLES = (
    "{S} on {day}s at {place}|A bridge between {place} and {place2}|Reading partners at {place}|How {place} shares its {s} teachers|"
    "{place} and {place2}: {s} for all|The {place} Saturday school|Saturday masterclasses in {s}|Sharing governors with {place}|"
    "A year of {s} at {place}|From rivals to partners: {place}|{S} without specialists|Mentors for {place}|"
    "Two schools, one orchestra|What we learned at {place}|A {s} teacher on loan|Nine schools and one telescope"
).split("|")
DAYS = "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday".split(",")


class Prose:
    """A writer: the same seed gives the same words."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)

    def school(self) -> str:
        return f"{self.random.choice(PLACES)} {self.random.choice(KINDS)}"

    def person(self) -> str:
        return f"{self.random.choice(['Dr', 'Mr', 'Ms', 'Mrs'])} {self.random.choice(SURNAMES)}"

    def _fill(self, pattern: str) -> str:
        choose = self.random.choice
        subject = choose(SUBJECTS)
        return pattern.format(
            t=self.person(),
            t2=self.person(),
            s=subject,
            S=subject[0].upper() + subject[1:],
            p=self.school(),
            n=self.random.randint(7, 13),
            m=self.random.randint(14, 90),
            month=choose(MONTHS),
            day=choose(DAYS),
            place=choose(PLACES),
            place2=choose(PLACES),
        )

    def title(self) -> str:
        return self._fill(self.random.choice(_TITLES))

    def sentence(self) -> str:
        choose = self.random.choice
        if self.random.random() < 0.4:
            text = self._fill(choose(_RESULTS))
            return f"{text}."
        text = f"{choose(_LINKS)}{self._fill(choose(_ACTORS))} {self._fill(choose(_DOINGS))}"
        if self.random.random() < 0.6:
            text += f" {choose(_TIMES)}"
        if self.random.random() < 0.35:
            text += f", and {self._fill(choose(_ACTORS))} {self._fill(choose(_DOINGS))}"
        return text[0].upper() + text[1:] + "."

    def paragraph(self, least: int = 2, most: int = 6) -> str:
        return " ".join(self.sentence() for _ in range(self.random.randint(least, most)))

    def item(self) -> str:
        text = self._fill(self.random.choice(_DOINGS))
        return text[0].upper() + text[1:]

    def date(self) -> tuple[int, int, int]:
        return self.random.randint(2016, 2025), self.random.randint(1, 12), self.random.randint(1, 28)
