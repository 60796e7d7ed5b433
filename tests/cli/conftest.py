"""A small data set in the shape of MovieLens, and data folders made of it."""

import shutil

import small_movielens
import program as butaca_program
import pytest


@pytest.fixture(scope="session")
def small_data(once):
    """A folder with movies.csv, ratings.csv, links.csv and tags.csv."""
    return once("small-data", small_movielens.write)


@pytest.fixture(scope="session")
def small_folder(once, program, small_data):
    """A data folder with the small data set imported and trained. Read it, or copy it and change the copy."""

    def make(folder):
        butaca_program.run(program, "import", "--data", folder, small_data)
        butaca_program.run(program, "train", "--data", folder, "--rank", 8)

    return once("small-folder", make)


@pytest.fixture
def own_folder(small_folder, tmp_path):
    """A copy of it that a test may change."""
    return shutil.copytree(small_folder, tmp_path / "own")
