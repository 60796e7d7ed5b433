/* User keys: "source:id", and the one order that they have everywhere. */
#ifndef RATINGS_USERS_H
#define RATINGS_USERS_H

/* Orders by source, then numbers by value before other texts, then bytes ("movielens:9" < "movielens:42" < "movielens:ana").
 * A key without a colon has the empty source. 0 only for equal keys. */
int user_key_compare(const char *a, const char *b);

#endif
