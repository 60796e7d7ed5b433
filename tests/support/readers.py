"""A small data set for each reader of import/, as text that tests make wrong.

Each has one file whose reader it is about. That file has two good rows and between them a third one, which a test asks for with an
id, a text or a time of its own; what else the import needs stands in `others`. A text that isn't one of the three below is what a
reader of numbers finds in a number's place.
"""

import json
from dataclasses import dataclass, field

MOVIES = "movieId,title,genres\n1,Heat (1995),Crime\n2,Alien (1979),Sci-Fi\n3,Brazil (1985),Sci-Fi\n"
RATINGS = "userId,movieId,rating,timestamp\n1,1,4.0,100\n2,1,4.5,100\n"
LINKS = "movieId,imdbId,tmdbId\n1,0113277,949\n2,0078748,348\n3,0088846,68\n"
METADATA = ["id", "imdb_id", "title", "original_title", "overview", "genres", "production_countries", "spoken_languages",
            "original_language", "release_date", "runtime", "poster_path"]
DAT_MOVIES = "1::Heat (1995)::Crime\n2::Alien (1979)::Sci-Fi\n3::Brazil (1985)::Sci-Fi\n"
DAT_RATINGS = "1::1::4::100\n2::1::4::100\n"


def quoted(text):
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text


@dataclass
class Reader:
    """`row` makes the fields of a row of (id, text, time); no columns: the file has no header."""

    name: str
    file: str
    row: callable
    columns: list = None
    separator: str = ","
    others: dict = field(default_factory=dict)
    options: list = field(default_factory=list)
    single: bool = False  # the file itself is imported, not its folder
    texts: bool = True    # it reads a text, not numbers alone
    timed: bool = False

    def line(self, fields):
        return self.separator.join(map(quoted, fields) if self.columns else fields)

    def text(self, id="3", text="Brazil", time="100", columns=None, change=lambda fields, n: fields):
        """The file with a row of these. `change` gets each row's fields and its number, the header's is 0."""
        rows = [self.row("1", "Heat", "100"), self.row(id, text, time), self.row("2", "Alien", "100")]
        numbered = list(enumerate(rows, 1))
        if self.columns:
            numbered.insert(0, (0, columns or self.columns))
        return "".join(self.line(change(fields, n)) + "\n" for n, fields in numbered)


@dataclass
class JsonReader(Reader):
    lines: bool = False  # an object a line, not an array

    def text(self, id="3", text="Brazil", time="100", columns=None, change=lambda items, n: items):
        rows = [self.row("1", "Heat", "100"), self.row(id, text, time), self.row("2", "Alien", "100")]
        objects = [json.dumps(dict(change(list(row.items()), n)), ensure_ascii=False) for n, row in enumerate(rows, 1)]
        return "\n".join(objects) + "\n" if self.lines else "[" + ",\n".join(objects) + "]\n"


def stars(text):
    return "4" if text in ("Heat", "Alien", "Brazil") else text


def metadata(id, text, time):
    literal = "[{'name': 'Drama'}]"
    return [id, f"tt{id}", text, "", "An overview.", literal, "[]", "[]", "en", "1985-01-01", "100.0", "/p.jpg"]


def item(id, text, time):
    return [id, f"{text} (1985)", "01-Jan-1985", "", "http://x", *("0" * 19)]


KAGGLE = {"movies_metadata.csv": ",".join(METADATA) + "\n" + "".join(
    ",".join(map(quoted, metadata(id, title, ""))) + "\n" for id, title in (("1", "Heat"), ("2", "Alien"), ("3", "Brazil")))}
WITH_MOVIES = {"movies.csv": MOVIES, "links.csv": LINKS}

READERS = [
    Reader("ratings.csv", "ratings.csv", lambda id, text, time: ["7", id, stars(text), time],
           ["userId", "movieId", "rating", "timestamp"], others=WITH_MOVIES, texts=False, timed=True),
    Reader("movies.csv", "movies.csv", lambda id, text, time: [id, f"{text} (1985)", "Drama"], ["movieId", "title", "genres"],
           others={"ratings.csv": RATINGS}),
    Reader("links.csv", "links.csv", lambda id, text, time: [id, f"00{id}" if stars(text) == "4" else text, f"9{id}"],
           ["movieId", "imdbId", "tmdbId"], others={"movies.csv": MOVIES, "ratings.csv": RATINGS}, texts=False),
    Reader("tags.csv", "tags.csv", lambda id, text, time: ["7", id, text, time], ["userId", "movieId", "tag", "timestamp"],
           others={"movies.csv": MOVIES, "ratings.csv": RATINGS}, timed=True),
    Reader("ratings.dat", "ratings.dat", lambda id, text, time: ["7", id, stars(text), time], separator="::",
           others={"movies.dat": DAT_MOVIES}, texts=False, timed=True),
    Reader("movies.dat", "movies.dat", lambda id, text, time: [id, f"{text} (1985)", "Drama"], separator="::",
           others={"ratings.dat": DAT_RATINGS}),
    Reader("tags.dat", "tags.dat", lambda id, text, time: ["7", id, text, time], separator="::",
           others={"movies.dat": DAT_MOVIES, "ratings.dat": DAT_RATINGS}, timed=True),
    Reader("u.data", "u.data", lambda id, text, time: ["7", id, stars(text), time], separator="\t",
           others={"u.item": "".join("|".join(item(id, "Film " + id, "")) + "\n" for id in "123")}, texts=False, timed=True),
    Reader("u.item", "u.item", item, separator="|", others={"u.data": "7\t1\t4\t100\n"}),
    Reader("movies_metadata.csv", "movies_metadata.csv", metadata, METADATA),
    Reader("keywords.csv", "keywords.csv", lambda id, text, time: [id, f"[{{'name': '{text}'}}]"], ["id", "keywords"],
           others=KAGGLE),
    Reader("credits.csv", "credits.csv", lambda id, text, time: [f"[{{'name': '{text}'}}]", "[]", id], ["cast", "crew", "id"],
           others=KAGGLE),
    Reader("links.csv of Kaggle", "links.csv", lambda id, text, time: [id, f"00{id}" if stars(text) == "4" else text, id],
           ["movieId", "imdbId", "tmdbId"], others={**KAGGLE, "ratings.csv": RATINGS}, texts=False),
    Reader("overviews", "overviews.csv", lambda id, text, time: [id, text], ["movieId", "overview"], single=True),
    Reader("map", "own.csv", lambda id, text, time: ["7", id, "4.0", time, text], ["who", "what", "stars", "when", "title"],
           single=True, timed=True, options=["--map", "user=who,item=what,rating=stars,timestamp=when,title=title"]),
    JsonReader("wikipedia", "films.json", lambda id, text, time: {
        "title": text, "year": int(id) + 1984 if id != "0" else 0, "cast": [], "genres": [], "href": text}, single=True),
    JsonReader("films.jsonl", "films.jsonl", lambda id, text, time: {"id": int(id), "title": text}, lines=True,
               others={"ratings.csv": RATINGS}),
]
