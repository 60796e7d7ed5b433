/* The inside of `butaca doctor`: findings are gathered one by one; what one check learns, a later one uses. */
#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "app/app.h"

typedef struct doctor {
    const char *data_path;
    const char *data_option; /* " --data 'DIR'", or "" when DIR is the default: the end of commands to type */
    arena *memory;
    app_finding *findings;
    size_t n_findings, room;
    bool no_memory;

    folder folder;        /* open for reading, if folder.path isn't NULL */
    catalogue *catalogue; /* NULL: couldn't be opened */
    film_card *cards;
    size_t n_cards;
    const bt_ratings *ratings; /* NULL: couldn't be opened */
} doctor;

/* All is well with `what`. */
void doctor_well(doctor *d, const char *what, const char *detail, ...) __attribute__((format(printf, 3, 4)));

/* Something is wrong with `what`; `mend` was made by doctor_command or is a sentence in the arena or a literal. */
void doctor_fault(doctor *d, const char *what, const char *mend, const char *detail, ...) __attribute__((format(printf, 4, 5)));

/* Text in the doctor's arena; "" when there is no memory, which d remembers. */
const char *doctor_text(doctor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "butaca VERB --data 'DIR'". */
const char *doctor_command(doctor *d, const char *verb);

/* A path as a shell word. */
const char *doctor_quoted(doctor *d, const char *path);

/* Films in ids[n] that the catalogue lacks. */
size_t doctor_missing_films(const doctor *d, const uint32_t *ids, size_t n);

/* --- the checks, in the order they run ------------------------------------------------------------------------------ */

bool doctor_check_folder(doctor *d); /* false: there is nothing to look into */
void doctor_check_writer(doctor *d);
void doctor_check_space(doctor *d);
void doctor_check_leftovers(doctor *d);
void doctor_check_catalogue(doctor *d);
void doctor_check_ratings(doctor *d);
void doctor_check_models(doctor *d);
void doctor_check_search(doctor *d);
void doctor_check_texts(doctor *d);
void doctor_check_people(doctor *d);

#endif
