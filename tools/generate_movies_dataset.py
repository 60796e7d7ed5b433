#!/usr/bin/env python3
"""A data set in the form of Kaggle's The Movies Dataset, with each of the defects that the original is known for.

    generate_movies_dataset.py OUTDIR [--films 1000] [--ratings 20000] [--seed 1] [--without DEFECT …]

Writes movies_metadata.csv, keywords.csv, credits.csv, links.csv and ratings.csv. Where OUTDIR has a links.csv already
(`generate-ratings OUTDIR` makes one, with as many ratings as wanted), its films are described and links.csv and ratings.csv stay as
they are. Names and texts are made of words drawn by the seed: the same options give the same bytes. Nothing here is from the
original; its columns and its defects are described at

    https://www.kaggle.com/datasets/rounakbanik/the-movies-dataset

and, row by row, in the notebooks and discussions beside it (the rows that pandas numbers 19730, 29503 and 35587 are the torn ones).
DEFECTS tells what each is and what becomes of it here.
"""

import argparse
import csv
import io
import random
from pathlib import Path

COLUMNS = ("adult belongs_to_collection budget genres homepage id imdb_id original_language original_title overview popularity "
           "poster_path production_companies production_countries release_date revenue runtime spoken_languages status tagline "
           "title video vote_average vote_count").split()

# name: what the original has. Each is done to one film (or row) of its own, film_of(NAME).
DEFECTS = {
    "literals": "columns that look like JSON are Python's repr: quotes of both kinds, escapes, None",
    "breaks": "an overview in quotes goes over several lines",
    "torn": "an overview with a line feed and no quotes: its record lies in two rows, the second one shifted by nine columns",
    "torn-return": "the same with a carriage return",
    "shifted": "a second half without its first one: a date in the column id, a number in original_language",
    "duplicate": "a film stands twice",
    "duplicate-credits": "a film's people stand twice",
    "no-tmdb": "a row of links.csv without an id at TMDB; the id at IMDb joins it",
    "no-metadata": "a rated film that has no metadata",
    "two-movies": "two MovieLens ids for one film at TMDB",
    "no-date": "no release date, or a number in its place",
    "no-overview": "an overview that says there is none",
    "no-title": "no title",
    "zeros": "runtime 0.0 and imdb_id 0",
    "floats": "ids as pandas writes them back: 862.0",
    "empty-lists": "people, keywords, genres: [] or nothing at all",
    "no-literal": "a column of people that was cut off",
}

SYLLABLES = "ba be bi bo da de di do fa fe ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to".split()
GENRES = [(28, "Action"), (12, "Adventure"), (16, "Animation"), (35, "Comedy"), (80, "Crime"), (18, "Drama"), (10751, "Family"),
          (14, "Fantasy"), (27, "Horror"), (10749, "Romance"), (878, "Science Fiction"), (53, "Thriller")]
COUNTRIES = [("US", "United States of America"), ("GB", "United Kingdom"), ("FR", "France"), ("ES", "Spain"), ("JP", "Japan")]
LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español"), ("ja", "日本語")]
JOBS = [("Directing", "Director"), ("Writing", "Screenplay"), ("Writing", "Writer"), ("Production", "Producer"), ("Sound", "Sound"),
        ("Editing", "Editor"), ("Camera", "Director of Photography"), ("Art", "Art Direction")]


def word(draw, syllables=(2, 3)):
    return "".join(draw.choices(SYLLABLES, k=draw.randint(*syllables)))


def name(draw):
    return f"{word(draw).capitalize()} {word(draw).capitalize()}"


def text(draw, words):
    return " ".join(word(draw) for _ in range(words)).capitalize() + "."


def path(draw):
    return "/" + "".join(draw.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=27)) + ".jpg"


def hexadecimal(draw):
    return "".join(draw.choices("0123456789abcdef", k=24))


class Film:
    """A film as its rows in the four files have it; fields may be changed before they are written."""

    def __init__(self, seed, movie, imdb, tmdb):
        draw = random.Random(f"{seed} {movie}")
        title = " ".join(word(draw).capitalize() for _ in range(draw.randint(1, 4)))
        language = draw.choices(LANGUAGES, [8, 1, 1, 1])[0]
        self.movie, self.imdb, self.tmdb = movie, imdb, tmdb
        self.cast = [{"cast_id": i, "character": name(draw), "credit_id": hexadecimal(draw), "gender": draw.randint(0, 2),
                      "id": draw.randint(1, 10**6), "name": name(draw), "order": i,
                      "profile_path": path(draw) if draw.random() < 0.6 else None} for i in range(draw.randint(3, 24))]
        self.crew = [{"credit_id": hexadecimal(draw), "department": department, "gender": draw.randint(0, 2),
                      "id": draw.randint(1, 10**6), "job": job, "name": name(draw),
                      "profile_path": path(draw) if draw.random() < 0.3 else None} for department, job in JOBS]
        self.keywords = [{"id": draw.randint(1, 10**5), "name": " ".join(word(draw) for _ in range(draw.randint(1, 2)))}
                         for _ in range(draw.randint(0, 12))]
        self.row = {
            "adult": "False",
            "belongs_to_collection": "" if draw.random() < 0.9 else repr(
                {"id": draw.randint(1, 10**6), "name": f"{title} Collection", "poster_path": path(draw), "backdrop_path": None}),
            "budget": draw.choice([0, 0, 0, draw.randint(10**5, 10**8)]),
            "genres": repr([{"id": number, "name": genre} for number, genre in draw.sample(GENRES, draw.randint(1, 3))]),
            "homepage": "",
            "id": tmdb,
            "imdb_id": f"tt{imdb:07d}",
            "original_language": language[0],
            "original_title": title if draw.random() < 0.8 else name(draw),
            "overview": " ".join(text(draw, draw.randint(6, 18)) for _ in range(draw.randint(1, 5))),
            "popularity": f"{draw.uniform(0, 30):.6f}",
            "poster_path": path(draw),
            "production_companies": repr([{"name": name(draw), "id": draw.randint(1, 10**5)}]),
            "production_countries": repr([{"iso_3166_1": code, "name": country}
                                          for code, country in draw.sample(COUNTRIES, draw.randint(1, 2))]),
            "release_date": f"{draw.randint(1920, 2017)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
            "revenue": 0,
            "runtime": f"{draw.randint(60, 180)}.0",
            "spoken_languages": repr([{"iso_639_1": language[0], "name": language[1]}]),
            "status": "Released",
            "tagline": text(draw, 5) if draw.random() < 0.5 else "",
            "title": title,
            "video": "False",
            "vote_average": f"{draw.uniform(3, 9):.1f}",
            "vote_count": draw.randint(0, 5000),
        }


def line(values, unquoted=()):
    """A row as pandas writes it; columns of `unquoted` go without quotes whatever is in them."""
    out = io.StringIO()
    marks = {f"\x02{i}\x02": values[i] for i in unquoted}
    csv.writer(out, lineterminator="\n").writerow([f"\x02{i}\x02" if i in unquoted else value for i, value in enumerate(values)])
    row = out.getvalue()
    for mark, value in marks.items():
        row = row.replace(mark, value)
    return row


def film_of(defect, films):
    """The film that shows the defect: each has its own, spread over the set."""
    place = list(DEFECTS).index(defect)
    return films[(place + 1) * len(films) // (len(DEFECTS) + 1)]


def spoil(films, defects):
    """Changes films in place where the defect lies in a field; defects of rows are done when they are written."""
    def of(defect):
        return film_of(defect, films)

    if "literals" in defects:
        film = of("literals")
        film.crew[0]["name"] = "Conan O'Brien"
        film.cast[0]["name"] = "The \"Rock\" O'Neil \\ Ñandú"
        film.cast[1]["name"] = "Bell\x07 and \u200btab\t"
        film.row["genres"] = "[{'id': 10751, 'name': \"Children's\"}, {'id': 35, 'name': 'Com\\xe9die'}]"
    if "breaks" in defects:
        of("breaks").row["overview"] = "First line.\n\nThird line, \"quoted\".\r\nLast line."
    if "no-date" in defects:
        of("no-date").row["release_date"] = "12"
    if "no-overview" in defects:
        of("no-overview").row["overview"] = "No overview found."
    if "no-title" in defects:
        of("no-title").row.update(title="", original_title="")
    if "zeros" in defects:
        of("zeros").row.update(runtime="0.0", imdb_id="0")
    if "empty-lists" in defects:
        film = of("empty-lists")
        film.cast, film.crew, film.keywords = [], [], []
        film.row.update(genres="[]", spoken_languages="", production_countries="[]")


def metadata_rows(films, defects):
    yield line(COLUMNS)
    overview = COLUMNS.index("overview")
    torn = {film_of(d, films): "\n" if d == "torn" else "\r" for d in ("torn", "torn-return") if d in defects}
    for film in films:
        values = [film.row[column] for column in COLUMNS]
        if "no-metadata" in defects and film is film_of("no-metadata", films):
            continue
        if film in torn:
            values[overview] = "A text of two lines" + torn[film] + " - Written by Nobody"
            yield line(values, unquoted=[overview])
        elif "shifted" in defects and film is film_of("shifted", films):
            yield line(values)
            yield line(["A line of nothing", *values[overview + 1:]])
        else:
            yield line(values)
            if "duplicate" in defects and film is film_of("duplicate", films):
                yield line(["Again" if column == "title" else film.row[column] for column in COLUMNS])


def credit_rows(films, defects):
    yield line(["cast", "crew", "id"])
    for film in films:
        row = line([repr(film.cast), repr(film.crew), film.tmdb])
        if "no-literal" in defects and film is film_of("no-literal", films):
            row = line([repr(film.cast)[:-20], repr(film.crew), film.tmdb])
        yield row
        if "duplicate-credits" in defects and film is film_of("duplicate-credits", films):
            yield row


def link_rows(films, defects):
    yield line(["movieId", "imdbId", "tmdbId"])
    for film in films:
        tmdb = film.tmdb
        if "no-tmdb" in defects and film is film_of("no-tmdb", films):
            tmdb = ""
        if "floats" in defects and film is film_of("floats", films):
            tmdb = f"{tmdb}.0"
        yield line([film.movie, f"{film.imdb:07d}", tmdb])
        if "two-movies" in defects and film is film_of("two-movies", films):
            yield line([film.movie + 10**6, f"{film.imdb + 10**6:07d}", tmdb])


def rating_rows(films, defects, n, seed):
    draw = random.Random(f"ratings {seed}")
    movies = [film.movie for film in films]
    if "two-movies" in defects:
        movies.append(film_of("two-movies", films).movie + 10**6)
    yield line(["userId", "movieId", "rating", "timestamp"])
    user = 0
    while n > 0:
        user += 1
        for movie in sorted(draw.sample(movies, min(n, len(movies), draw.randint(5, 60)))):
            yield line([user, movie, draw.randint(1, 10) / 2, draw.randint(10**9, 15 * 10**8)])
            n -= 1


def read_links(file):
    with open(file, newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            yield int(row["movieId"]), int(row["imdbId"]), int(row["tmdbId"] or 10**8 + int(row["movieId"]))


def write(folder, rows):
    with open(folder, "w", newline="", encoding="utf-8") as file:
        file.writelines(rows)


def generate(folder, films=1000, ratings=20000, seed=1, defects=tuple(DEFECTS)):
    """Writes the files and returns the films."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    given = folder / "links.csv"
    ids = list(read_links(given)) if given.exists() else [(m, 10**5 + 7 * m, 500 + 3 * m) for m in range(1, films + 1)]
    made = [Film(seed, *one) for one in ids]
    spoil(made, defects)
    write(folder / "movies_metadata.csv", metadata_rows(made, defects))
    write(folder / "credits.csv", credit_rows(made, defects))
    write(folder / "keywords.csv", (line(row) for row in [("id", "keywords"), *((f.tmdb, repr(f.keywords)) for f in made)]))
    if not given.exists():
        write(folder / "links.csv", link_rows(made, defects))
        write(folder / "ratings.csv", rating_rows(made, defects, ratings, seed))
    return made


def main():
    parser = argparse.ArgumentParser(description="Generates a data set in the form of Kaggle's The Movies Dataset.")
    parser.add_argument("folder", metavar="OUTDIR")
    parser.add_argument("--films", type=int, default=1000)
    parser.add_argument("--ratings", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", metavar="DEFECT", action="append", default=[], choices=DEFECTS)
    a = parser.parse_args()
    if a.films < 2 * len(DEFECTS):
        parser.error(f"--films: at least {2 * len(DEFECTS)}, so that each defect has a film of its own")
    generate(a.folder, a.films, a.ratings, a.seed, [defect for defect in DEFECTS if defect not in a.without])


if __name__ == "__main__":
    main()
