/* The table of data sets that can be had.
 *
 * Checksums: of ml-latest-small.zip as GroupLens has it since 2018, and of the four files in it; of ml-32m.zip, whose MD5 GroupLens
 * publishes as d472be332d4daa821edc399621853b57; of Wikipedia's films as commit 91ae721 of their repository has them. A set that
 * changes at its source is refused until its row here is looked at again.
 */
#include "import/known_sets.h"

#include <string.h>

#define GROUPLENS "https://files.grouplens.org/datasets/movielens/"
#define WIKIPEDIA "https://raw.githubusercontent.com/prust/wikipedia-movie-data/91ae721d3672e8ef4f15b213c763a634250ef61a/"

#define MOVIELENS_TERMS                                                                                                  \
    "For research. No commercial or revenue-bearing use without permission of GroupLens. Passed on only under the same " \
    "terms. Cite Harper and Konstan 2015, https://doi.org/10.1145/2827872. Suggest no endorsement by the University of " \
    "Minnesota."

static const known_file small_files[] = {
    {"ml-latest-small.zip", GROUPLENS "ml-latest-small.zip", 978202,
     "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436"},
};

static const known_file small_contents[] = {
    {"links.csv", NULL, 197979, "97ad18e4e56a09363c65676b6cb3482ce3e2cea2372a24620c1599c843325f31"},
    {"movies.csv", NULL, 494431, "5a5f32dd9bb3797b8e728a1b98958789d2b13f294a69fdfbc5727f8a9611aa07"},
    {"ratings.csv", NULL, 2483723, "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646"},
    {"tags.csv", NULL, 118660, "92a9f8bb7916dceef6151209845788c3643f794dfa79d1feaec7121b5960399d"},
};

static const known_file large_files[] = {
    {"ml-32m.zip", GROUPLENS "ml-32m.zip", 238950008, "e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee"},
};

static const known_file wikipedia_files[] = {
    {"movies-1900s.json", WIKIPEDIA "movies-1900s.json", 100041,
     "5a42dfc3ff83ab30e3982f93f1164114b41e99e73c632c2321a87772959793e5"},
    {"movies-1910s.json", WIKIPEDIA "movies-1910s.json", 2007693,
     "4672fe20aeddfe1c52464efc804ee3091f9e4b5fd385401ff0ce48cf8d367573"},
    {"movies-1920s.json", WIKIPEDIA "movies-1920s.json", 3463423,
     "cb892518d2ffda4f2f11a0bd56f28b102fd0d47e5ae1ba2b2e4cb4e964f8127a"},
    {"movies-1930s.json", WIKIPEDIA "movies-1930s.json", 2921862,
     "b2ffc5608cbeff231408433ad43f873d422b914bebdf408ebe18427c09a9dcb2"},
    {"movies-1940s.json", WIKIPEDIA "movies-1940s.json", 2972875,
     "b4d96fc8b7c36f406e489b6fc017de03dd6a10f4c89a84d2a2a46af74e8b49a3"},
    {"movies-1950s.json", WIKIPEDIA "movies-1950s.json", 2123294,
     "8f566bfec734e93f19f688598e82239556401bde63c226510d71190b30855298"},
    {"movies-1960s.json", WIKIPEDIA "movies-1960s.json", 1159360,
     "a2450179f0744c07960a7840b9a86b5e0d733f7c0136a4ebcb804a63de9dc0a1"},
    {"movies-1970s.json", WIKIPEDIA "movies-1970s.json", 1217440,
     "f9abef01840fc70afd148906c7985fa5548ab1f473520dfa6623a3a397bc4ce3"},
    {"movies-1980s.json", WIKIPEDIA "movies-1980s.json", 1713927,
     "21d0f3c203f77169bb6508225aad4740816a3d7efd9e3bac82e3b812d0569672"},
    {"movies-1990s.json", WIKIPEDIA "movies-1990s.json", 2213647,
     "facf24e3297937022285d064cc069e8bbe02581c3248a87f0b377c045b4fb61d"},
    {"movies-2000s.json", WIKIPEDIA "movies-2000s.json", 2472795,
     "66140e41fe6c79cbb325b6566f156e27fe032a42175f224dfff1b71aa9630207"},
    {"movies-2010s.json", WIKIPEDIA "movies-2010s.json", 2453005,
     "e218edfdd8453cdd938fcb8b07b6b177474b3b18361e3422fdd6480d7e3bf9f9"},
    {"movies-2020s.json", WIKIPEDIA "movies-2020s.json", 998941,
     "505f0f56ecdca7a2643fb3a811399b885f837e2cbfa9ee95a24b9018073e3eb3"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const known_set sets[] = {
    {
        .name = "movielens-small",
        .title = "MovieLens latest small (9/2018)",
        .who = "GroupLens, University of Minnesota",
        .holds = "100,836 ratings of 9,742 films by 610 people",
        .terms = MOVIELENS_TERMS,
        .terms_url = GROUPLENS "ml-latest-small-README.html",
        .files = small_files,
        .n_files = COUNT(small_files),
        .contents = small_contents,
        .n_contents = COUNT(small_contents),
    },
    {
        .name = "movielens-32m",
        .title = "MovieLens 32M (10/2023)",
        .who = "GroupLens, University of Minnesota",
        .holds = "32,000,204 ratings of 87,585 films by 200,948 people",
        .terms = MOVIELENS_TERMS,
        .terms_url = GROUPLENS "ml-32m-README.html",
        .files = large_files,
        .n_files = COUNT(large_files),
    },
    {
        .name = "the-movies-dataset",
        .title = "The Movies Dataset",
        .who = "Rounak Banik on Kaggle, from TMDB and GroupLens",
        .holds = "26,024,289 ratings of 45,000 films by 270,896 people, with descriptions, casts and keywords",
        .terms = "Of its ratings what MovieLens allows, of its films what TMDB allows: non-commercial use, with attribution. "
                 "Kaggle gives it to people with an account.",
        .terms_url = "https://www.kaggle.com/datasets/rounakbanik/the-movies-dataset",
        .by_hand = "kaggle datasets download rounakbanik/the-movies-dataset && butaca import the-movies-dataset.zip",
    },
    {
        .name = "wikipedia",
        .title = "Wikipedia's American films (4/2023)",
        .who = "Wikipedia's authors, collected by Peter Rust",
        .holds = "36,273 films, 34,532 with the beginning of their article",
        .terms =
            "The list: MIT. The texts: CC BY-SA, so name Wikipedia and the article, say what you changed, and pass on changed "
            "text under that licence.",
        .terms_url = "https://github.com/prust/wikipedia-movie-data",
        .files = wikipedia_files,
        .n_files = COUNT(wikipedia_files),
    },
};

const known_set *known_set_at(size_t i)
{
    return i < COUNT(sets) ? &sets[i] : NULL;
}

const known_set *known_set_find(const char *name)
{
    for (size_t i = 0; i < COUNT(sets); i++)
        if (strcmp(sets[i].name, name) == 0)
            return &sets[i];
    return strcmp(name, "kaggle") == 0 ? known_set_find("the-movies-dataset") : NULL;
}

uint64_t known_set_size(const known_set *set)
{
    uint64_t size = 0;
    for (size_t i = 0; i < set->n_files; i++)
        size += set->files[i].size;
    return size;
}
