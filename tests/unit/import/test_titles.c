/* MovieLens titles taken apart. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "import/titles.h"
#include "support/test.h"

typedef struct title_case {
    const char *text, *title;
    int year;
    const char *others; /* joined with "|" */
} title_case;

static void check_title(const title_case *c)
{
    bt_error error = {0};
    arena a = {0};
    film f = {0};
    char others[1024] = "";
    CHECK_OK(titles_parse(test_guarded_copy(c->text, strlen(c->text)), strlen(c->text), &a, &f, &error), error);
    for (size_t i = 0; i < f.other_titles.n; i++) {
        if (i > 0)
            strcat(others, "|");
        strcat(others, f.other_titles.items[i]);
    }
    CHECK_STR(f.title ? f.title : "none", c->title);
    CHECK_INT(f.year, c->year);
    CHECK_STR(others, c->others);
    arena_free(&a);
}

TEST(titles_of_movielens)
{
    static const title_case cases[] = {
        {"Heat (1995)", "Heat", 1995, ""},
        {"Matrix, The (1999)", "The Matrix", 1999, ""},
        {"Christmas Carol, A (1938)", "A Christmas Carol", 1938, ""},
        {"Awfully Big Adventure, An (1995)", "An Awfully Big Adventure", 1995, ""},
        {"Misérables, Les (1995)", "Les Misérables", 1995, ""},
        {"Laberinto del fauno, El (2006)", "El Laberinto del fauno", 2006, ""},
        {"Haine, La (1995)", "La Haine", 1995, ""},
        {"Boot, Das (1981)", "Das Boot", 1981, ""},
        {"Avventura, L' (1960)", "L'Avventura", 1960, ""},
        {"Gattopardo, Il (1963)", "Il Gattopardo", 1963, ""},
        {"Postman, The (Postino, Il) (1994)", "The Postman", 1994, "Il Postino|Postman, The (Postino, Il)"},
        {"City of Lost Children, The (Cité des enfants perdus, La) (1995)", "The City of Lost Children", 1995,
         "La Cité des enfants perdus|City of Lost Children, The (Cité des enfants perdus, La)"},
        {"Seven (a.k.a. Se7en) (1995)", "Seven", 1995, "Se7en|Seven (a.k.a. Se7en)"},
        {"Léon: The Professional (a.k.a. The Professional) (Léon) (1994)", "Léon: The Professional", 1994,
         "Léon|The Professional|Léon: The Professional (a.k.a. The Professional) (Léon)"},
        {"(500) Days of Summer (2009)", "(500) Days of Summer", 2009, ""},
        {"Babylon 5", "Babylon 5", 0, ""},
        {"96 Minutes (2011) ", "96 Minutes", 2011, ""},
        {"Assembly (Ji jie hao) (2007) ", "Assembly", 2007, "Ji jie hao|Assembly (Ji jie hao)"},
        {"Death Note: Desu nôto (2006–2007)", "Death Note: Desu nôto", 2006, ""},
        {"Aliens (Director (uncut)) (1986)", "Aliens", 1986, "Director (uncut)|Aliens (Director (uncut))"},
        {"I, Robot (2004)", "I, Robot", 2004, ""},
        {"2001", "2001", 0, ""},
        {"(1999)", "(1999)", 0, ""},
        {"()", "()", 0, ""},
        {"a () (1999)", "a", 1999, "a ()"},
        {"((((", "((((", 0, ""},
        {"))))", "))))", 0, ""},
        {"七人の侍 (1954)", "七人の侍", 1954, ""},
        {"  ", "none", 0, ""},
        {"", "none", 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_title(&cases[i]);
}

TEST(titles_survive_any_failed_allocation)
{
    static const char text[] = "Postman, The (Postino, Il) (1994)";
    EACH_FAILED_ALLOCATION
    {
        arena a = {0};
        film f = {0};
        const bt_status status = titles_parse(text, sizeof text - 1, &a, &f, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        arena_free(&a);
    }
}
