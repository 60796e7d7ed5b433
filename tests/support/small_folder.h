/* A small data folder for tests of what works on whole folders: 40 films in two camps of taste and 60 users, each of whom likes one
 * camp and dislikes some of the other. The same every time.
 */
#ifndef TESTS_SUPPORT_SMALL_FOLDER_H
#define TESTS_SUPPORT_SMALL_FOLDER_H

#include <stdint.h>

enum { SMALL_FILMS = 40, SMALL_USERS = 60 };

/* Film n (from 0): title "Space Film n" (even n, genre Sci-Fi) or "Love Film n" (odd n, genre Romance), year 1960 + n; the last film
 * is in both genres. ids[n] gets its id. Users are "small:1" … "small:60"; odd ones like Sci-Fi. Requires all of it to succeed. */
void small_folder_make(const char *path, uint32_t ids[SMALL_FILMS]);

/* One more user, "small:61": the ratings are another file then, the films the same. */
void small_folder_add_user(const char *path, const uint32_t ids[SMALL_FILMS]);

#endif
