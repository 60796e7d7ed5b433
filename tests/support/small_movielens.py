"""A generated data set of 120 users and 44 films, the same every time: people of odd number like Sci-Fi, the others Romance. Among
the films are titles that are hard to type: moved articles, accents, wide letters, one title twice, one the beginning of another."""

import csv
import random

SPECIAL = [
    ("Alien (1979)", "Horror|Sci-Fi"),
    ("Aliens (1986)", "Action|Sci-Fi"),
    ("Matrix, The (1999)", "Action|Sci-Fi"),
    ("Amélie (Fabuleux destin d'Amélie Poulain, Le) (2001)", "Comedy|Romance"),
    ("Hamlet (1948)", "Drama|Romance"),
    ("Hamlet (1996)", "Drama|Romance"),
    ("千と千尋の神隠し (2001)", "Animation|Sci-Fi"),
    ("Love, \"Actually\" (2003)", "Comedy|Romance"),
]


def films():
    """(id, title, genres), ids with gaps as MovieLens has them."""
    plain = [(f"{'Star' if n % 2 == 0 else 'Heart'} Story {n} ({1960 + n})", "Sci-Fi" if n % 2 == 0 else "Romance")
             for n in range(36)]
    return [(10 + 3 * n, title, genres) for n, (title, genres) in enumerate(SPECIAL + plain)]


def ratings():
    draw = random.Random(20240501)
    for user in range(1, 121):
        wanted = "Sci-Fi" if user % 2 == 1 else "Romance"
        for film, _, genres in films():
            own = wanted in genres
            if draw.random() < (0.5 if own else 0.12):
                stars = draw.choice([4, 4.5, 5]) if own else draw.choice([0.5, 1, 2, 3])
                yield user, film, stars, 1_000_000_000 + draw.randrange(10**8)


def write(folder):
    folder.mkdir(parents=True)

    def table(name, header, rows):
        with open(folder / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)

    table("movies.csv", ["movieId", "title", "genres"], films())
    table("ratings.csv", ["userId", "movieId", "rating", "timestamp"],
          ((user, film, f"{stars:.1f}", time) for user, film, stars, time in ratings()))
    table("links.csv", ["movieId", "imdbId", "tmdbId"], ((film, f"{film:07d}", film + 1000) for film, _, _ in films()))
    table("tags.csv", ["userId", "movieId", "tag", "timestamp"], [(1, 10, "space", 1_000_000_000)])
