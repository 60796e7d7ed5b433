/* Titles as people write and type them: the year at the end, the article that a list moved behind the comma, and the articles
 * themselves. Shared by the title keys, the importers and look-up by title.
 */
#ifndef TEXT_TITLE_H
#define TEXT_TITLE_H

#include <stdbool.h>
#include <stddef.h>

/* The year of "Heat (1995)" and the first one of "Death Note (2006–2007)" and "Columbo (1971-)"; 0 if there is none. *length is
 * cut to what precedes it, without blanks at the end; without a year only such blanks go. Years are 1870 to
 * 2199; a title that is nothing but a year in parentheses keeps it. */
int title_split_year(const char *title, size_t *length);

/* The length of what precedes a parenthesis at the end ("City of Lost Children, The (Cité des enfants perdus, La)" ->
 * "City of Lost Children, The"), without blanks; `length` itself if there is none or nothing precedes it. */
size_t title_before_parenthesis(const char *title, size_t length);

/* "Matrix, The" -> "The Matrix", "Avventura, L'" -> "L'Avventura"; any other title as it is. Case is kept. New memory (bt_free);
 * NULL: no memory. */
char *title_article_first(const char *title, size_t length);

/* Where the parts of a title with a moved article are: [0, *name_length) and [*article, *article + *article_length). False if no
 * article was moved. */
bool title_find_moved_article(const char *title, size_t length, size_t *name_length, size_t *article, size_t *article_length);

/* Articles that a search may leave out or put before a title, as keys ("the", "el", "l"), until NULL. Words that begin titles
 * in other ways more often ("die" hard, "i" robot) are not among them. */
extern const char *const title_leading_articles[];

#endif
